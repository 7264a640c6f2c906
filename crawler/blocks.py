"""A page as the sequence of its headings, paragraphs, lists and quotes: one reading for HTML and for copied text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html
from lxml import etree

from archive.normalise import element_text
from crawler.page import Block

_KINDS = {"p": "paragraph", "ul": "list", "ol": "list", "blockquote": "quote", "pre": "paragraph"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LABELS = frozenset("div span a section time footer cite label".split())
_BREAKING = frozenset((*_HEADINGS, *_KINDS, "div", "section", "article"))
_NOT_READ = frozenset("script style noscript template svg iframe form button figure nav head".split())

_LONGEST = 1_000_000  # characters of one text; no paragraph has a hundredth of that, and each copy of it costs as much again

_LIST_LINE = re.compile(r"^(?:[-*\u2022\u00b7])\s+(.*)$")  # - 5 updates
_ATTRIBUTION = re.compile(r"^[\u2013\u2014-]\s*[A-Z]")  # – Deborah Glass, IPCC
_MARKDOWN_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_SENTENCE_END = re.compile(r"[.:;,!?\u2026][\"'\u201d\u2019)\]]*$|[.!?][\"'\u201d\u2019]?\s*\[?\u2026?\]?$")


def html_blocks(root: lxml.html.HtmlElement) -> Iterator[Block]:
    """Yield the blocks of a parsed page in document order; text outside any block element is a paragraph."""
    stack = [root]
    while stack:
        node = stack.pop()
        tag = node.tag
        if not isinstance(tag, str) or tag in _NOT_READ:
            continue
        if tag in _HEADINGS or tag in _KINDS:
            block = _block(node, tag)
            if block:
                yield block
        elif tag in _LABELS and _is_leaf(node):
            text = " ".join(element_text(node).split())
            if text:
                yield Block(kind="label", text=text, url=node.get("href"))
        else:
            stack.extend(reversed(node))


def _is_leaf(node: lxml.html.HtmlElement) -> bool:
    """Whether an element holds text of its own and nothing that is a block."""
    if not (node.text and node.text.strip()) and len(node):
        return False
    return not any(child.tag in _BREAKING for child in node.iterdescendants())


def _block(node: lxml.html.HtmlElement, tag: str) -> Block | None:
    if len("".join(node.itertext())) > _LONGEST and any(len(piece) > _LONGEST for piece in node.itertext()):
        return None
    text = element_text(node)
    if not text:
        return None
    links = [a for a in node.iter("a") if a.get("href")]
    whole = next((a for a in links if _may_say(a, text) and element_text(a) == text), None)
    parent = node.getparent()
    url = whole.get("href") if whole is not None else None
    if url is None and tag in _HEADINGS and links:
        url = links[0].get("href")
    if url is None and tag in _HEADINGS and parent is not None and parent.tag == "a":
        url = parent.get("href")
    if tag in _HEADINGS:
        return Block(kind="heading", text=" ".join(text.split()), level=_HEADINGS[tag], url=url)
    html = etree.tostring(node, encoding="unicode", method="html", with_tail=False)
    items: tuple[str, ...] = ()
    if tag in ("ul", "ol"):
        items = tuple(" ".join(element_text(item).split()) for item in node.iter("li"))
    return Block(kind=_KINDS[tag], text=text, items=items, url=url, html=html)


def _may_say(link: lxml.html.HtmlElement, text: str) -> bool:
    """Whether a link has letters enough to be all of a text: between two of them, markup puts three signs at most."""
    return 4 * len("".join(link.itertext())) + 3 >= len(text)


def text_blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a page copied as plain text, one line a block.

    Lists are lines that begin with a dash or bullet and neighbour no other kind; a heading is a line
    that is no sentence and has text below it. A copy in Markdown (`## Heading`) says it outright.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    marked = any(_MARKDOWN_HEADING.match(line) for line in lines)
    items: list[str] = []
    for index, line in enumerate(lines):
        listed = _LIST_LINE.match(line)
        if listed and not _closes_quotation(line, lines[index - 1] if index else ""):
            items.append(listed[1])
            continue
        if items:
            yield _list(items)
            items = []
        heading = _MARKDOWN_HEADING.match(line)
        if heading:
            yield Block(kind="heading", text=heading[2], level=len(heading[1]))
        elif not marked and _looks_like_heading(line, lines[index + 1] if index + 1 < len(lines) else ""):
            yield Block(kind="heading", text=line, level=2)
        elif line.startswith(">"):
            yield Block(kind="quote", text=line.lstrip("> "))
        else:
            yield Block(kind="paragraph", text=line)
    if items:
        yield _list(items)


def _list(items: list[str]) -> Block:
    return Block(kind="list", text="\n".join(items), items=tuple(items))


def _closes_quotation(line: str, before: str) -> bool:
    """Whether "- Name, Organisation" ends the quotation above it rather than opening a list."""
    return bool(_ATTRIBUTION.match(line)) and "," in line and before.endswith(('"', "\u201d", "'", "\u2019"))


def _looks_like_heading(line: str, below: str) -> bool:
    """Whether a line is a headline: short, no sentence, and something other than a headline follows.

    A question or an exclamation can be a headline ("Met police: what went wrong?") if a sentence follows.
    """
    if len(line) > 140 or not below or _ATTRIBUTION.match(line):
        return False
    if _SENTENCE_END.search(line):
        return line[-1] in "?!" and len(line) <= 100 and bool(_SENTENCE_END.search(below)) and len(below) > len(line)
    if line[-1] in "\"\u201d\u2019'" and line[-2:-1] in ".,!?":
        return False
    return True
