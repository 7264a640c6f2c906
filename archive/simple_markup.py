"""The text of markup that holds nothing but paragraphs, lists and inline tags, without parsing it: many updates do. Pure.

`simple_text` gives what `html_to_text` gives, or None where it cannot vouch for that.
"""

from __future__ import annotations

import re

_INLINE = "a|strong|em|b|i|span|u|s|sub|sup|small|mark"
_BLOCK = "p|ul|ol|h[2-6]"
# Quotes in attributes are closed, and no tag holds an angle bracket: then no parser sees tags elsewhere than we do.
_ATTRIBUTES = r"""(?:\s+[\w:.-]+(?:=(?:"[^"<>]*"|'[^'<>]*'))?)*+\s*+"""
_ENTITIES = r"&(?:amp|quot|nbsp|lt|gt|#39|#x27);"
_SIMPLE = re.compile(rf"[^<&]*+(?:(?:<(?:(?:{_INLINE}|{_BLOCK}|li|br){_ATTRIBUTES}/?+|/(?:{_INLINE}|{_BLOCK}|li))>|{_ENTITIES})[^<&]*+)*+")
_PARAGRAPHS = re.compile(rf"\s*+(?:<p{_ATTRIBUTES}>(?:[^<&]++|&(?:amp|quot|lt|gt|#39|#x27);)++</p>\s*+)++")
_PARAGRAPH = re.compile(r">([^<]+)</p>")
_INLINE_TAGS = re.compile(rf"</?(?:{_INLINE})(?:\s[^>]*)?>")
_ITEMS = re.compile(r"<(?:li|br)(?:[\s/][^>]*)?>")
_BLOCKS = re.compile(rf"</?(?:{_BLOCK})(?:[\s/][^>]*)?>")
_EMPTY_LINES = re.compile(r"\n{3,}")


def paragraphs(html: str) -> str | None:
    """Return the text of markup that is nothing but text in paragraphs, spaces folded; None for any other markup."""
    if _PARAGRAPHS.fullmatch(html) is None:
        return None
    found = [" ".join(part.split()) for part in _PARAGRAPH.findall(html)]
    return _unescaped("\n\n".join([part for part in found if part]))


def simple_text(html: str) -> str | None:
    """Return the plain text of simple markup, spaces folded; None if it is not that simple."""
    if _SIMPLE.fullmatch(html) is None:
        return None
    if "&nbsp;" in html:
        html = html.replace("&nbsp;", " ")
    text = " ".join(_INLINE_TAGS.sub("", html).split())
    if "<li" in text or "<br" in text or "</li>" in text:
        text = _ITEMS.sub("\n", text).replace("</li>", "")
    text = _BLOCKS.sub("\n\n", text).replace(" \n", "\n").replace("\n ", "\n")
    if "\n\n\n" in text:
        text = _EMPTY_LINES.sub("\n\n", text)
    return _unescaped(text.strip())


def _unescaped(text: str) -> str:
    if "&" in text:
        text = text.replace("&quot;", '"').replace("&#39;", "'").replace("&#x27;", "'")
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text
