"""The text of markup that holds nothing but paragraphs, lists and inline tags, without parsing it: many updates do. Pure.

`simple_text` gives what `html_to_text` gives, or None where it cannot vouch for that.
"""

from __future__ import annotations

import re

_INLINE = "a|strong|em|b|i|span|u|s|sub|sup|small|mark"
_BLOCK = "p|ul|ol|h[2-6]"
# Quotes in attributes are closed, and no tag holds an angle bracket: then no parser sees tags elsewhere than we do.
_ATTRIBUTES = r"""(?:\s+[\w:.-]+(?:=(?:"[^"<>]*"|'[^'<>]*'))?)*+\s*+"""
_ENTITIES = r"&(?:amp|quot|lt|gt|#39|#x27);"
_PARAGRAPHS = re.compile(rf"\s*+(?:<p{_ATTRIBUTES}>(?:[^<&]++|{_ENTITIES})++</p>\s*+)++")
_PARAGRAPH = re.compile(r">([^<]+)</p>")
_TAG = re.compile(rf"(?:(?P<inline>{_INLINE})|(?P<line>li|br)|{_BLOCK}){_ATTRIBUTES}/?+")
_ENTITIES_ONLY = re.compile(rf"(?:[^&]++|{_ENTITIES}|&nbsp;)*+")

# What a tag without attributes leaves in the text.
_LEAVES = {f"{end}{name}": "" for name in _INLINE.split("|") for end in ("", "/")}
_LEAVES |= {f"{end}{name}": "\n\n" for name in "p ul ol h2 h3 h4 h5 h6".split() for end in ("", "/")}
_LEAVES |= {"li": "\n", "br": "\n", "/li": ""}


def paragraphs(html: str) -> list[str] | None:
    """Return the paragraphs of markup that is nothing but text in paragraphs, spaces folded; None for any other markup."""
    found = html[3:-4].split("</p><p>")
    if not (html.startswith("<p>") and html.endswith("</p>") and html.count("<") == 2 * len(found) and "&" not in html and all(found)):
        if _PARAGRAPHS.fullmatch(html) is None:
            return None
        found = _PARAGRAPH.findall(html)
    return [_unescaped(line) for part in found if (line := fold_line(part))]


def simple_text(html: str) -> str | None:
    """Return the plain text of simple markup, spaces folded; None if it is not that simple."""
    parts: list[str] = []  # a line, what is between it and the next, a line, and so on
    line: list[str] = []
    for piece in f"p>{html}".split("<"):  # as if in a paragraph: then every piece begins with a tag
        tag, closes, text = piece.partition(">")
        leaves = _LEAVES.get(tag)
        if leaves is None:
            known = _TAG.fullmatch(tag)
            if known is None:
                return None
            leaves = "" if known["inline"] else "\n" if known["line"] else "\n\n"
        if not closes:
            return None
        if "&" in text:
            if _ENTITIES_ONLY.fullmatch(text) is None:
                return None
            text = text.replace("&nbsp;", " ")
        if leaves:
            _end_line(parts, line, leaves)
            line = []
        line.append(text)
    _end_line(parts, line, "\n")
    return _unescaped("".join(parts).strip())


def _end_line(parts: list[str], line: list[str], leaves: str) -> None:
    folded = fold_line("".join(line))
    if folded or not parts:
        parts += (folded, leaves)
    else:
        parts[-1] = (parts[-1] + leaves)[:2]  # at most one empty line


def fold_line(text: str) -> str:
    """Return text with single spaces between its words, and none around them."""
    # Of all space only the plain one is printable.
    return text.strip() if text.isprintable() and "  " not in text else " ".join(text.split())


def _unescaped(text: str) -> str:
    if "&" in text:
        text = text.replace("&quot;", '"').replace("&#39;", "'").replace("&#x27;", "'")
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text
