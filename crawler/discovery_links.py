"""The links of a section front or topic page, with what stands on and around them: headlines, live badges, structured data. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

from crawler.discovery_signs import Sign, attribute_sign, badge_sign, posting_sign, title_sign, without_badge
from crawler.page import Page
from crawler.schema_values import text_value, types

MOST_LINKS = 2_000  # looked at; the fronts of newspapers have 200 to 900
_MOST_ELEMENTS = 60_000
_MOST_BADGES = 400
_HIGHEST = 6  # levels from a badge to the card it stands on
_MOST_IN_CARD = 4  # addresses in a card: the story, its section, a related one
_LARGEST_CARD = 400  # elements
_SHORTEST = 8  # characters of a headline; three of a script that needs fewer
_LONGEST = 300
_PARTS = 60  # pieces of text of one link
_AWAY = re.compile(r"(?<![a-z])(?:nav|navigation|menu|breadcrumbs?|masthead|footer|cookie)(?![a-z])", re.I)
_SILENT = frozenset(("script", "style", "noscript", "template", "iframe", "svg", "path"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")


@dataclass(frozen=True, kw_only=True)
class Link:
    """One address a page leads to, absolute, with its headline and the signs that stand beside it."""

    url: str
    title: str | None = None
    signs: tuple[Sign, ...] = ()


def links(page: Page) -> list[Link]:
    """Return the links of a page in page order, each address as often as it stands there. Raises ExtractionError as parsing does."""
    root = page.selector.root
    found: list[Link] = list(_from_data(page))
    for anchor in islice(root.iter("a"), MOST_LINKS):
        url = page.join(anchor.get("href"))
        if url:
            text = _text(anchor)
            sign = title_sign(text)
            found.append(Link(url=url, title=_title(anchor, text), signs=(sign,) if sign else ()))
    found.extend(_badged(page, root))
    return found


def _from_data(page: Page) -> Iterator[Link]:
    """The live blogs and listed addresses of the page's JSON-LD."""
    stack: list[Any] = list(reversed(page.json_ld[:MOST_LINKS]))
    looked = 0
    while stack and looked < MOST_LINKS:
        item = stack.pop()
        looked += 1
        if not isinstance(item, dict):
            continue
        kinds = types(item)
        url = page.join(text_value(item.get("url") or item.get("@id") or item.get("mainEntityOfPage")))
        title = text_value(item.get("headline") or item.get("name"))
        if url and "LiveBlogPosting" in kinds:
            yield Link(url=url, title=_tidy(title), signs=(posting_sign(),))
        elif url and ("ListItem" in kinds or any(kind.endswith("Article") for kind in kinds)):
            sign = title_sign(title)
            yield Link(url=url, title=_tidy(title), signs=(sign,) if sign else ())
        for name in ("itemListElement", "item", "mainEntity", "hasPart"):
            inner = item.get(name)
            stack.extend(reversed(inner[:MOST_LINKS] if isinstance(inner, list) else [inner] if isinstance(inner, dict) else []))


def _badged(page: Page, root: Any) -> Iterator[Link]:
    """The links that live badges stand on, found from each badge upwards."""
    seen = 0
    for element in islice(root.iter(etree.Element), _MOST_ELEMENTS):
        if element.tag in _SILENT and element.tag != "svg":
            continue
        for start, sign in _badges(element):
            seen += 1
            if seen > _MOST_BADGES:
                return
            link = _card_link(page, start)
            if link is not None:
                yield Link(url=link.url, title=link.title, signs=(sign,))


def _badges(element: Any) -> Iterator[tuple[Any, Sign]]:
    attributes = dict(element.items()) if element.keys() else {}
    sign = badge_sign(element.text) or (attribute_sign(attributes) if attributes else None)
    if sign:
        yield element, sign
    after = badge_sign(element.tail)
    if after and element.getparent() is not None:
        yield element.getparent(), after


def _card_link(page: Page, badge: Any) -> Link | None:
    """The headline's link of the card a badge stands on: the nearest element above it that has one, and few besides."""
    element = badge
    for _ in range(_HIGHEST):
        if element is None or element.tag in ("body", "html", "nav", "footer", "main"):
            return None
        if element.tag != "a" and _AWAY.search(_names(element)):
            return None
        inside = list(islice(element.iter(), _LARGEST_CARD + 1))
        anchors = [part for part in inside if part.tag == "a"]
        named: dict[str, str] = {}
        addresses: set[str] = set()
        for anchor in anchors[: 3 * _MOST_IN_CARD + 1]:
            url = page.join(anchor.get("href"))
            if not url or not page.is_own(url):
                continue
            addresses.add(url.split("#")[0])
            title = _title(anchor, _text(anchor))
            if title and _is_headline(title):
                named[url] = max(named.get(url, ""), title, key=len)
        if len(addresses) > _MOST_IN_CARD or len(inside) > _LARGEST_CARD:
            return None
        if named:
            url = max(named, key=lambda address: len(named[address]))
            is_card = element.tag == "a" or _is_mostly(named[url], element)
            return Link(url=url, title=named[url]) if is_card and not _is_away(element) else None
        element = element.getparent()
    return None


def _names(element: Any) -> str:
    return " ".join((element.get(name) or "")[:200] for name in ("class", "id", "role"))


def _is_mostly(title: str, card: Any) -> bool:
    """Whether a headline is what a card is about, and not a link in a paragraph."""
    return (
        any(title in _text(part) for part in islice(card.iter(), _LARGEST_CARD) if part.tag in _HEADINGS)
        or len(_text(card)) <= 3 * len(title) + 80
    )


def _is_away(element: Any) -> bool:
    """Whether an element stands in the page's menus."""
    return any(above.tag in ("nav", "footer") or above.get("role") == "navigation" for above in islice(element.iterancestors(), 12))


def _is_headline(title: str) -> bool:
    if badge_sign(title):
        return False
    return len(title) >= _SHORTEST or (len(title) > 3 and not title.isascii() and any(ord(c) > 0x2E80 for c in title))


def _title(anchor: Any, text: str) -> str | None:
    """The headline of a link: the heading inside it, else all its words."""
    heading = next((part for part in islice(anchor.iter(), _PARTS) if part.tag in _HEADINGS), None)
    inside = _text(heading) if heading is not None else ""
    return _tidy(inside or text or anchor.get("aria-label") or anchor.get("title"))


def _text(element: Any) -> str:
    parts: list[str] = []
    for node in islice(element.iter(), _PARTS):
        if isinstance(node.tag, str) and node.tag not in _SILENT:
            parts.append((node.text or "")[:_LONGEST])
        if node is not element:
            parts.append((node.tail or "")[:_LONGEST])
    return " ".join(" ".join(parts).split())[: _LONGEST * 2]


def _tidy(title: str | None) -> str | None:
    line = " ".join((title or "").split())[:_LONGEST]
    return without_badge(line) or None
