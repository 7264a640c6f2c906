"""The day a page states for itself, and where on it the clocks of its updates lie. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from archive.errors import ExtractionError
from archive.model import When
from archive.reading_times import read_time
from archive.times import day_in_url, from_iso
from crawler.own_text import label, short_text
from crawler.page import Page
from crawler.zones import page_zone

_CHANGED = ("article:modified_time", "og:updated_time", "last-modified", "dateModified", "dcterms.modified")
_BEGUN = ("article:published_time", "date", "datePublished", "pubdate", "parsely-pub-date", "DC.date.issued")
_FIRST_YEAR = 1990  # a page of no known time has its fetch set to 1970
_MOST_ASKED = 500  # elements asked for the page's own date: it stands at the top
_LONGEST_SHOWN = 80  # "Published on Tuesday, 3 March 2026 at 08:00 CET, updated ..."
_DATED = re.compile(r"date(?!line)|publi|updated|modified|(?<![a-z])(?:meta|stand|posted|datum|fecha|data|pub-?time)(?![a-z])", re.I)
_NEAR = timedelta(hours=3)  # a live blog begins with its first update, and is changed last with its newest
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Stated:
    """When a page says it was begun and changed: the instants of each, the days of its address among the first."""

    begun: tuple[datetime, ...]
    changed: tuple[datetime, ...]
    days: tuple[datetime, ...] = ()


def page_day(page: Page) -> date | None:
    """Return the page's own date; a datetime where nothing on the page can be later: its last change, or the fetch.

    The latest of what it declares and its address names, else what it shows at its top in an element named for that, else
    when it was fetched, if that is known. A page fetched within two days of its own date is still being written: its newest
    update is as late as the fetch.
    """
    fetched = _fetched(page)
    if page.format != "html":
        day = day_in_url(page.url)
        return fetched or day
    own = page.once(_stated)
    stated = [when for when in (*own.changed, *own.begun, *own.days) if fetched is None or when <= fetched + _DAY]
    if not stated:
        if fetched is None:
            return _shown(page)
        # A page read long after it was written may say so in words alone.
        day = _shown(page, dated=True)
        return day if day is not None and fetched.date() - day >= 2 * _DAY else fetched
    latest = max(stated)
    if fetched is not None and fetched - latest < 2 * _DAY:
        return fetched
    # The day it was begun alone is a day: updates follow it.
    return latest if latest in own.changed else latest.date()


def settled(placed: Sequence[When | None], page: Page) -> list[When | None]:
    """Return clocks placed from the page's day moved by whole days, where its times say that they lie elsewhere.

    Nothing is older than the page. And a page changed long after its newest update, but begun with its oldest, was
    changed on another day than that of the update.
    """
    instants = [when.instant for when in placed if when is not None]
    fetched = _fetched(page)
    if not instants or page.format != "html":
        return list(placed)
    own = page.once(_stated)
    begun = max((when for when in own.begun if fetched is None or when <= fetched), default=None)
    changed = max((*own.changed, *((fetched,) if fetched is not None else ())), default=None)
    if begun is None:
        return list(placed)
    oldest, newest = min(instants), max(instants)
    days = 0
    if changed is None and not timedelta(0) <= begun - newest <= _NEAR:  # some pages are begun anew with each update
        days = max(0, math.ceil((begun - _NEAR - oldest) / _DAY))
    elif changed is not None and changed - newest > _NEAR:
        back = math.floor((oldest - begun + _NEAR) / _DAY)
        days = -back if back > 0 and abs(oldest - back * _DAY - begun) <= _NEAR else 0
    return [when and replace(when, instant=when.instant + days * _DAY) for when in placed] if days else list(placed)


def _fetched(page: Page) -> datetime | None:
    return page.fetched_at if page.fetched_at.year >= _FIRST_YEAR else None


def _stated(page: Page) -> Stated:
    root = page.selector.root
    declared = {meta.get("property") or meta.get("name"): meta.get("content") for meta in islice(root.iter("meta"), _MOST_ASKED)}
    changed = [when for name in _CHANGED for when in _read(declared.get(name))] + _in_json_ld(page, "dateModified")
    begun = [when for name in _BEGUN for when in _read(declared.get(name))] + _in_json_ld(page, "datePublished")
    days: list[datetime] = []
    if not changed and not begun:
        days = [when for element in islice(root.iter("time"), _MOST_ASKED) for when in _read(element.get("datetime"))]
    day = day_in_url(page.url)
    if day is not None:
        days.append(datetime(day.year, day.month, day.day, tzinfo=UTC))
    return Stated(begun=tuple(begun), changed=tuple(changed), days=tuple(days))


def _shown(page: Page, *, dated: bool = False) -> date | None:
    """The first whole day that a short text of the page names ("Stand: 03.03.2026, 22:50 Uhr"); `dated`: one in an element named so."""
    body = page.selector.root.find("body")
    for element in islice(body.iter("time", "p", "span", "div", "small", "li"), _MOST_ASKED) if body is not None else ():
        if dated and element.tag != "time" and not _DATED.search(label(element)):
            continue
        found = _day_in(element, page)
        if found is not None:
            return found
    return None


def _day_in(element: Any, page: Page) -> date | None:
    text = element.text or ""
    words = short_text(element, _LONGEST_SHOWN) if "20" in text or element.tag == "time" else None
    if not words or "20" not in words:
        return None
    when = read_time(words, fetched_at=page.fetched_at, zone=page_zone(page), language=page.language)
    return when.instant.date() if when is not None and when.instant.year >= _FIRST_YEAR else None


def _in_json_ld(page: Page, key: str) -> list[datetime]:
    return [when for item in page.json_ld for value in (item.get(key),) if isinstance(value, str) for when in _read(value)]


def _read(value: str | None) -> list[datetime]:
    if not value or not value[:4].isdigit():
        return []
    try:
        return [from_iso(value).instant]
    except ExtractionError:
        return []
