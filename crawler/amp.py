"""AMP live lists: `amp-live-list` and the children of its `items`, each with a lasting id and the times it sorts by. Pure."""

from __future__ import annotations

import re
from typing import Any

from archive.model import Extraction, Update, When
from archive.normalise import element_text, one_line
from archive.reading_times import read_time
from crawler.layouts import read_each
from crawler.own_ids import bare_ids
from crawler.page import Page
from crawler.schema_values import when
from crawler.shown import body_markup, own_heading

Element = Any  # lxml has no types of its own

_ITEMS = "//amp-live-list//*[@items]/*[@data-sort-time]"
# Seconds or milliseconds of this century; adverts among the items sort at the first second of 1970.
_SORT_TIME = re.compile(r"\d{9,10}|\d{12,13}")
_ADVERT = re.compile(r"(?:ad|ads|advert\w*|sponsor\w*|promo\w*)(?:[-_]|$)", re.I)
# A WordPress plugin names an item by the second of its last edit: an edit gives it another name.
_CHANGING_ID = re.compile(r"post\d{9,}")
_BYLINES = './/*[@rel="author" or @itemprop="author" or contains(@class, "byline") or contains(@class, "author-name")]'


def read_live_list(page: Page) -> Extraction | None:
    """Return what the page's AMP live list shows, in its order, or None if it has none with items.

    A deleted item (`data-tombstone`) stays in the list, emptied, and is no update; nor is an advert. The
    time is the one shown where the item shows one, else the one it sorts by.
    """
    if page.format != "html" or not page.holds(b"<amp-live-list"):
        return None
    items = [item for item in page.selector.root.xpath(_ITEMS) if _is_update(item)]
    ids = bare_ids([_lasting_id(item) for item in items])

    def read(numbered: tuple[Element, str | None]) -> Update | None:
        item, source_id = numbered
        return _update(item, source_id=source_id, page=page)

    updates, warnings = read_each(list(zip(items, ids, strict=True)), read)
    if not updates:
        return None
    return Extraction(updates=updates, method="amp-live-list", warnings=warnings)


def _is_update(item: Element) -> bool:
    if _ADVERT.match(item.get("id") or ""):
        return False
    return item.get("data-tombstone") is None and bool(_SORT_TIME.fullmatch(item.get("data-sort-time").strip()))


def _lasting_id(item: Element) -> str | None:
    stated = item.get("data-post-id") or item.get("id")
    return None if not stated or _CHANGING_ID.fullmatch(stated) else stated


def _update(item: Element, *, source_id: str | None, page: Page) -> Update | None:
    heading = own_heading(item)
    title = one_line(element_text(heading)) if heading is not None else None
    html = body_markup(item, title, heading)
    if not (html or title):
        return None
    sorted_by = when(item.get("data-sort-time"), None)
    changed = when(item.get("data-update-time"), None)
    authors = [one_line(element_text(author)) for author in item.xpath(_BYLINES)[:1]]
    return Update(
        source_id=source_id,
        url=f"#{item.get('id')}" if source_id and item.get("id") else None,
        title=title,
        byline=authors[0] if authors else None,
        html=html or None,
        published=_shown_time(item, page) or sorted_by,
        updated=changed if changed and sorted_by and changed.instant > sorted_by.instant else None,
    )


def _shown_time(item: Element, page: Page) -> When | None:
    """The one time an item shows in machine form, or None."""
    stated = set(item.xpath(".//time/@datetime | .//amp-timeago/@datetime"))
    return read_time(stated.pop(), fetched_at=page.fetched_at, zone=None) if len(stated) == 1 else None
