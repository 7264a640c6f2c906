"""How markup is parsed: as browsers read it, without what nobody here asks of a tree."""

from __future__ import annotations

import threading
from functools import lru_cache

import lxml.html
from lxml import etree

_ELEMENTS = etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement, comment=lxml.html.HtmlComment)


class _Kept(threading.local):
    def __init__(self) -> None:
        self.parsers: dict[bool, etree.HTMLParser] = {}


_KEPT = _Kept()


def html_parser(encoding: str | None = None, *, ids: bool = False) -> etree.HTMLParser:
    """Return a parser that reads what browsers read and makes plain elements of it.

    lxml's own asks a Python function which class each element has, which costs as much as the parse; no form needs it here.
    `ids`: with the table of ids that `id()` in an XPath asks, a twentieth of a parse; without it `id()` finds nothing.
    """
    # Without huge_tree everything below 256 levels, and all that follows, would be lost in silence.
    parser = etree.HTMLParser(huge_tree=True, encoding=encoding, collect_ids=ids)
    parser.set_element_class_lookup(_ELEMENTS)
    return parser


@lru_cache(maxsize=8)
def fragment_parser(encoding: str | None = None) -> etree.HTMLParser:
    """Return the parser for the bodies of updates: one for all of them, since making one costs as much as parsing a paragraph."""
    return html_parser(encoding)


def page_parser(*, ids: bool = False) -> etree.HTMLParser:
    """Return the parser for whole pages in UTF-8: one for each thread, since what it logs of a page is asked behind the parse."""
    parser = _KEPT.parsers.get(ids)
    if parser is None:
        parser = _KEPT.parsers[ids] = html_parser("utf-8", ids=ids)
    return parser
