"""Several readings of one page as one: the page's data beside its markup, matched by id or by words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from archive.media import holds_media
from archive.model import Extraction, Update
from archive.normalise import html_to_text
from crawler import fields as fields_of
from crawler.generic import extract_generic
from crawler.page import Page
from crawler.records import best_list, extract_json, printed_zone, read_records
from crawler.states import states
from crawler.structured import extract_structured

_WORDS = 40  # letters and digits that two texts begin with alike
# Where most of one reading is found in the other, both read the same list.
_MOST = 0.6
# State is read for scripts, not for readers: lists of other stories abound, so more is asked than of the markup.
_SURE_STATE = 0.6
_SHORTEST_MARKUP = 80  # characters; an update in its box has more
_LONGEST_MARKUP = 4_000_000
_TAG = re.compile(r"<(?:div|article|li|section|p|ul|ol)\b", re.I)
# id="post-, data-post-id=" before an id, with the letters that make a number in `id` a name.
_NAMING = re.compile(rb"(?<=[\s\"'])(?:id=[\"'](?=[\w-]*[A-Za-z])|data-[\w-]*id=[\"'])[\w-]{0,40}\Z")
_VALUE = re.compile(rb"[\w-]{1,80}(?=[\"'])")
_FIRST_CLASS = re.compile(rb"\sclass=[\"']\s*([^\s\"'\d]+)")
_LONGEST_NAME = 80  # characters of an attribute up to the id in it
_LONGEST_TAG = 600
_MOST_NAMED = 20  # places of an id in a page that are looked at
_MOST_BOXES = 2000
_ASKED = 3  # updates whose ids are looked for in the markup
_FEW = 5  # JSON-LD with fewer updates than this may hold only the newest, or the key events
_MOST_OBJECTS = 200_000  # of a page's state; 16 MiB of JSON hold some 300,000


def extract_undescribed(page: Page) -> Extraction | None:
    """Return the reading of an HTML page nobody described: its JSON-LD, else its state, else its markup, each completed by the others."""
    structured = extract_structured(page)
    if structured is not None and structured.updates:
        return _completed(structured, page)
    shown = extract_generic(page)
    values = [value for value in states(page) if isinstance(value, (dict, list))]
    if shown is not None and _lacks(shown.updates):
        shown = replace(shown, updates=_filled(shown.updates, values))
    best = best_list(values, page=page)
    if best is None or best.certainty < _SURE_STATE:
        return shown
    stated = read_records(best, page, zone=shown.zone if shown else printed_zone(best, page))
    if shown is None:
        return stated if _is_shown(stated.updates, page) else None
    pairs = matched(stated.updates, shown.updates)
    if len(pairs) < _MOST * min(len(stated.updates), len(shown.updates)):
        return shown
    return replace(stated, title=shown.title or stated.title, zone=shown.zone, updates=joined(stated.updates, shown.updates))


def extract_json_page(page: Page) -> Extraction | None:
    """Return the reading of a page that is JSON: its list of records, else the markup it carries in strings (pollers' answers, embeds)."""
    found = extract_json(page)
    if found is not None:
        return found
    markup = "".join(_markup_in(page.json))
    return extract_undescribed(Page(url=page.url, body=markup.encode(), fetched_at=page.fetched_at)) if markup else None


def _markup_in(value: Any) -> Iterator[str]:
    """The strings of a JSON value that are markup, in their order, as the parts of one page."""
    left = _LONGEST_MARKUP
    stack: list[Any] = [value]
    while stack and left > 0:
        item = stack.pop()
        left -= 1
        if isinstance(item, str):
            if len(item) >= _SHORTEST_MARKUP and _TAG.search(item[:200]):
                left -= len(item)
                yield f"{item}\n"
        elif isinstance(item, (dict, list)):
            stack.extend(reversed(list(item.values()) if isinstance(item, dict) else item))


def _lacks(updates: Sequence[Update]) -> bool:
    return sum(update.published is None for update in updates) * 5 > len(updates)


def _completed(structured: Extraction, page: Page) -> Extraction:
    """JSON-LD with the times, headlines and ids that only the markup has, where both list the same updates."""
    stated = structured.updates
    untimed = _lacks(stated)
    unnamed = not any(update.title for update in stated) or not any(update.source_id for update in stated)
    if not untimed and not unnamed and len(stated) >= _FEW and not _may_show_more(stated, page):
        return structured
    shown = extract_generic(page)
    if shown is None or len(matched(stated, shown.updates)) < _MOST * min(len(stated), len(shown.updates)):
        return structured
    # Markup that shows more, or times that data lacks: the page leads.
    leads = untimed or len(shown.updates) > len(stated)
    updates = joined(shown.updates, stated) if leads else joined(stated, shown.updates)
    return replace(structured, updates=updates, zone=structured.zone or shown.zone)


def _may_show_more(stated: Sequence[Update], page: Page) -> bool:
    """Whether the markup has more boxes named like those of the updates that JSON-LD lists, told without parsing it."""
    for update in stated[:_ASKED]:
        named = _box_of(update.source_id.encode(), page.markup) if update.source_id else None
        if named is not None:
            # What stands there no oftener than that need not be looked at.
            return page.markup.count(named[0]) > len(stated) and len(_boxes_like(named, page.markup)) > len(stated)
    return False


def _box_of(own_id: bytes, body: bytes) -> tuple[bytes, tuple[bytes, bytes]] | None:
    """How the box with an id is named, up to the id (`id="post-`), and its tag and first class."""
    place = -1
    for _ in range(_MOST_NAMED):
        place = body.find(own_id, place + 1)
        if place < 0:
            return None
        named = _NAMING.search(body, max(0, place - _LONGEST_NAME), place)
        if named is not None and named.end() == place and body[place + len(own_id) : place + len(own_id) + 1] in (b'"', b"'"):
            return named[0], _shape(body, place)
    return None


def _boxes_like(named: tuple[bytes, tuple[bytes, bytes]], body: bytes) -> set[bytes]:
    naming, shape = named
    found: set[bytes] = set()
    place = body.find(naming)
    while place >= 0 and len(found) < _MOST_BOXES:
        start = place + len(naming)
        value = _VALUE.match(body, start)
        if value is not None and _shape(body, place) == shape:
            found.add(value[0])
        place = body.find(naming, start)
    return found


def _shape(body: bytes, place: int) -> tuple[bytes, bytes]:
    """The tag around a place in it, and its first class name."""
    start = body.rfind(b"<", max(0, place - _LONGEST_TAG), place)
    end = body.find(b">", place, place + _LONGEST_TAG)
    tag = body[start : end if end >= 0 else place] if start >= 0 else b""
    first = _FIRST_CLASS.search(tag)
    return tag[1:].split(None, 1)[0] if tag[1:].strip() else b"", first[1] if first else b""


def matched(first: Sequence[Update], second: Sequence[Update]) -> dict[int, int]:
    """Return which update of `second` is each of `first`, by place: the same id (also with a prefix), else the same first words."""
    by_id = {update.source_id: place for place, update in enumerate(second) if update.source_id}
    bare = {_bare(name): place for name, place in by_id.items() if name and _bare(name)}
    by_words: dict[str, int] = {}
    for place, update in enumerate(second):
        for words in _words(update):
            by_words.setdefault(words, place)
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for place, update in enumerate(first):
        found = by_id.get(update.source_id) if update.source_id else None
        if found is None and update.source_id:
            found = bare.get(_bare(update.source_id))
        if found is None:
            found = next((by_words[words] for words in _words(update) if words in by_words), None)
        if found is not None and found not in taken:
            pairs[place] = found
            taken.add(found)
    return pairs


def _bare(name: str) -> str:
    """The part of an id that a prefix does not change: from its first digit on, if that is long enough to mean one update."""
    found = re.search(r"(?:[0-9a-f]{8,}|\d{4,}).*$", name)
    return found[0] if found else ""


def _words(update: Update) -> list[str]:
    """The first words of body and headline, folded."""
    folded = [re.sub(r"[\W_]+", "", text[:200]).casefold()[:_WORDS] for text in _texts(update)]
    return [words for words in folded if len(words) >= 15]


def _texts(update: Update) -> tuple[str, str]:
    return (html_to_text(update.html) if update.html else update.text or "", update.title or "")


def joined(first: Sequence[Update], second: Sequence[Update]) -> tuple[Update, ...]:
    """Return `first` with what it lacks from `second`; updates only `second` has stay after their neighbour there.

    Of two texts the fuller is taken if it begins like the other: data is often cut short, markup never.
    """
    pairs = matched(first, second)
    back = {there: here for here, there in pairs.items()}
    result: list[Update] = []
    waiting: dict[int, list[Update]] = {}
    last = -1
    for place, update in enumerate(second):
        if place in back:
            last = back[place]
        elif any(_texts(update)):  # a picture alone is no update that the other reading missed
            waiting.setdefault(last, []).append(update)
    result.extend(waiting.get(-1, ()))
    for place, update in enumerate(first):
        result.append(_merged(update, second[pairs[place]]) if place in pairs else update)
        result.extend(waiting.get(place, ()))
    return tuple(result)


def _merged(update: Update, other: Update) -> Update:
    changes: dict[str, Any] = {
        name: getattr(other, name)
        for name in ("source_id", "url", "title", "byline", "published", "updated")
        if getattr(update, name) is None and getattr(other, name) is not None
    }
    if (
        update.published is not None
        and other.published is not None
        and update.published.basis != "page"
        and other.published.basis == "page"
    ):
        changes["published"] = other.published
    mine = html_to_text(update.html) if update.html else update.text or ""
    theirs = html_to_text(other.html) if other.html else other.text or ""
    if len(theirs) > len(mine) * 1.2 and re.sub(r"\W+", "", theirs).startswith(re.sub(r"\W+", "", mine)[:_WORDS]):
        changes["html"], changes["text"] = other.html, None if other.html else other.text
    elif update.html is None and other.html and holds_media(other.html) and re.sub(r"\W+", "", theirs) == re.sub(r"\W+", "", mine):
        changes["html"], changes["text"] = other.html, None  # the same words, with the pictures between them
    return replace(update, **changes) if changes else update


def _filled(updates: tuple[Update, ...], values: Sequence[Any]) -> tuple[Update, ...]:
    """Updates with the times that the page's state has under the same ids."""
    ids = {update.source_id for update in updates if update.source_id}
    if len(ids) < 2:
        return updates
    flats: dict[str, dict[str, Any]] = {}
    for record in _objects(values):
        for value in record.values():
            if isinstance(value, (str, int)) and str(value) in ids and str(value) not in flats:
                flat = fields_of.flat(record)
                if fields_of.published(flat):
                    flats[str(value)] = flat
    if len(flats) < _MOST * len(ids):
        return updates
    return tuple(_with_times(update, flats.get(update.source_id or "")) for update in updates)


def _objects(values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Every object in JSON values, whatever it hangs on: some states keep each record apart and refer to it."""
    stack: list[Any] = list(values)
    seen = 0
    while stack and seen < _MOST_OBJECTS:
        item = stack.pop()
        seen += 1
        if isinstance(item, dict):
            yield item
            stack.extend(inner for inner in item.values() if isinstance(inner, (dict, list)))
        else:
            stack.extend(inner for inner in item if isinstance(inner, (dict, list)))


def _with_times(update: Update, flat: dict[str, Any] | None) -> Update:
    if flat is None:
        return update
    published, updated = update.published or fields_of.published(flat), update.updated or fields_of.updated(flat)
    return replace(update, published=published, updated=updated if updated and published and updated.instant != published.instant else None)


def _is_shown(updates: Sequence[Update], page: Page) -> bool:
    """Whether the page shows what its state holds, or shows nothing because a script will."""
    body = page.selector.root.find("body")
    if body is None:
        return False
    text = re.sub(
        r"[\W_]+", "", "".join(body.xpath("descendant::*[not(self::script or self::style or self::noscript)]/text()", smart_strings=False))
    ).casefold()
    if len(text) < 1500:  # a page that a script fills has its frame at most
        return True
    sample = [words[0] for update in updates[:12] if (words := _words(update))]
    return bool(sample) and sum(words in text for words in sample) * 3 >= len(sample)
