"""Reach: Mirror, Cork Beo and many regional titles on one platform. Each update is a `.live-event-entry[id]`.

A platform layout: told by structure on whatever host it is found. The page shows the newest updates (30 were seen),
JSON-LD lists all of them (428 on the same page).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from itertools import takewhile
from typing import Any

from lxml import etree
from parsel import Selector

from archive.media import media_of
from archive.model import Extraction, Update, When
from archive.normalise import element_text
from archive.times import from_epoch
from crawler.layouts import Layout, read_each
from crawler.page import Page
from crawler.structured import live_blog_posting, read_posting, union

# The rarest attribute is asked for first: to compare classes costs most.
_ENTRIES = "descendant-or-self::*[@data-post-time and @id and contains(concat(' ', normalize-space(@class), ' '), ' live-event-entry ')]"
_KEY_EVENTS = etree.XPath(
    "descendant::a[@data-id and ancestor::*[contains(concat(' ', normalize-space(@class), ' '), ' live-event-key-events ')]]"
)
_MARK = etree.XPath(
    "descendant::mark[ancestor::*[contains(concat(' ', normalize-space(@class), ' '), ' entry-info ')]]/descendant::text()",
    smart_strings=False,
)
# Boxes between the paragraphs: embeds, pictures, recommended stories, sign-ups. Their class names vary by title.
_BOXES = re.compile(
    r"tweet|twitter|embed|image|video|gallery|recirc|fact-?box|newsletter|advert|\bads?\b|promo|read-?more|related|share", re.I
)
_MEDIA = re.compile(r"tweet|twitter|instagram|live-event-image|in-article-image|video|gallery", re.I)
_OTHERS = re.compile(r"recirc|fact-?box|newsletter|advert|\bads?\b|promo|read-?more|related|share", re.I)
_SKIPPED = ("figure", "aside", "script", "iframe", "form", "button", "section")
_CONTENT = etree.XPath("(.//*[contains(@class, 'entry-content')])[1]")
_HEADINGS = etree.XPath(".//h3[not(preceding-sibling::p or preceding-sibling::ul)]")
_BARE_ADDRESS = re.compile(r"https?://\S+")  # what is left of an embedded Facebook post


class Reach(Layout):
    name = "Reach"
    zone = "Europe/London"
    live_blog_number = re.compile(r"-(\d{6,})/?$")  # .../level-3-live-cork-ireland-19056312

    def matches(self, page: Page) -> bool:
        # Ordinary articles name the class in their styles and scripts.
        return page.format == "html" and page.holds(b"live-event-entry") and bool(page.xpath(_ENTRIES))

    def extract(self, page: Page) -> Extraction:
        key_events = {link.get("data-id") for link in _KEY_EVENTS(page.selector.root)}
        shown, warnings = read_each(page.xpath(_ENTRIES), _update)
        ids = {update.source_id for update in shown}
        posting = live_blog_posting(page)
        stated = read_posting(page, posting, zone=self.zone, shown=ids) if posting else Extraction()
        updates = union(shown, _unseen(stated.updates, ids))
        return Extraction(
            url=page.canonical_url,
            publisher_name=_publisher_name(posting),
            title=page.title or stated.title,
            standfirst=stated.standfirst or page.css("p.sub-title::text").get(),
            updates=tuple(replace(u, kind="key_event") if u.source_id in key_events else u for u in updates),
            complete=ids <= {update.source_id for update in stated.updates} and not warnings and not stated.warnings,
            warnings=warnings + stated.warnings,
            coverage_start=stated.coverage_start,
        )


def _update(entry: Selector) -> Update:
    published, changed = _epoch(entry, "data-post-time"), _epoch(entry, "data-last-modified-time")
    key_event = entry.root.get("data-type") == "key-event"
    # The mark names the author, or says KEY EVENT in the author's place.
    mark = " ".join(_MARK(entry.root)).strip()
    content = next(iter(_CONTENT(entry.root)), None)
    title = None if content is None else _title(content, entry.root)
    return Update(
        source_id=entry.root.get("id"),
        url=f"#{entry.root.get('id')}",
        title=element_text(title) if title is not None else None,
        byline=mark if mark and mark.upper() != "KEY EVENT" else None,
        html=None if content is None else _body(content, title) or None,
        published=published,
        updated=changed,
        kind="key_event" if key_event else "post",
    )


def _title(content: Any, entry: Any) -> Any:
    """The heading above the body. An h3 in a box belongs to another story, a later one to the body."""
    for heading in _HEADINGS(content):
        if not any(_is_box(above) for above in takewhile(lambda above: above is not entry, heading.iterancestors())):
            return heading
    return None


def _body(content: Any, title: Any) -> str:
    parts: list[str] = []
    for node in _nodes(content, title):
        if isinstance(node, str):
            parts.append(escape(node) if _says(node) else "")
        elif _is_box(node):
            parts.append(media_of(node))
        elif len((node.text or "").split()) > 1 or _says(element_text(node)):
            parts.append(str(etree.tostring(node, encoding="unicode", method="html", with_tail=False)))
    return "".join(parts)


def _says(words: str) -> bool:
    return bool(words.strip()) and not _BARE_ADDRESS.fullmatch(words.strip())


def _nodes(content: Any, title: Any) -> Iterator[Any]:
    """Elements and bare text in page order, without boxes and the title."""
    inside = () if title is None else tuple(title.iterancestors())
    if content.text:
        yield content.text
    for node in content:
        if not isinstance(node.tag, str) or node is title or (_is_box(node) and not _is_own_box(node)):
            pass
        elif title is not None and node in inside:
            yield from _nodes(node, title)
        else:
            yield node
        if node.tail:
            yield node.tail


def _is_box(element: Any) -> bool:
    return element.tag in _SKIPPED or bool(_BOXES.search(element.get("class") or ""))


def _is_own_box(element: Any) -> bool:
    """Whether a box is the update's own picture, film or embedded post, and no other story's."""
    return bool(_MEDIA.search(element.get("class") or "")) and not _OTHERS.search(element.get("class") or "")


def _epoch(entry: Selector, name: str) -> When | None:
    raw = entry.root.get(name)
    return from_epoch(raw) if raw else None


def _unseen(listed: tuple[Update, ...], ids: set[str | None]) -> tuple[Update, ...]:
    """What JSON-LD adds: whole updates the page does not show, for the others only who wrote them.

    Some titles name the page's author on every update; that says nothing about an update.
    """
    if len(listed) > 1 and len({update.byline for update in listed}) == 1:
        listed = tuple(replace(update, byline=None) for update in listed)
    return tuple(Update(source_id=u.source_id, byline=u.byline) if u.source_id in ids else u for u in listed)


def _publisher_name(posting: dict[str, Any] | None) -> str | None:
    publisher = (posting or {}).get("publisher")
    name = publisher.get("name") if isinstance(publisher, dict) else None
    return name if isinstance(name, str) else None
