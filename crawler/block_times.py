"""Which of the times in the blocks of a page is each update's own: when it was published, when changed. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from archive.clocks import Clock, DayName, place, read_day
from archive.model import When
from archive.reading_times import read_time
from archive.times import against_shown
from crawler.candidates import Candidate
from crawler.markers import Marker
from crawler.own_text import classes, short_text
from crawler.page import Page
from crawler.page_days import page_day, settled

Element = Any
_Place = tuple[str, str, tuple[str, ...]]  # what a slot is made of

_HIGHEST = 48
_PLAIN_TAG = re.compile("[a-z][a-z0-9-]*")
# `data-update-time` says when a post was changed (AMP);
# "elb-js-update-time" is the time of an update, so class names ask for the participle.
_CHANGED_ATTRIBUTE = re.compile(r"update-?time|updated|modif|edited|last-?(?:update|change|edit|mod)", re.I)
_CHANGED_CLASS = re.compile(r"updated|modified|edited|last-?(?:update|modif)|correction", re.I)
# "Updated at 12.36 BST", in languages whose words are near each other.
_CHANGED_TEXT = re.compile(
    r"\W*(?:last |zuletzt |dernière |última |ultimo )?(?:updated?|edited|modified|aktuali[sz]|actuali[sz]|aggiorna|atualiza"
    r"|mis à jour|modifi|bijgewerkt|gewijzigd|oppdatert|opdater|uppdater|päivit|muokattu|zaktuali|aktualizo|frissít|güncelle"
    r"|обновл|оновл|更新|最終更新|수정|تحديث|آخر تحديث|עודכן|ενημέρωση)",
    re.I,
)
_UPDATE = re.compile(r"\W*(?:updates?|aktualisierung|aggiornamento|mise à jour|actualización|atualização|güncelleme)(?!\w)", re.I)
_HOURS = re.compile(r"\s*\d{1,2}\s?h\.?\s*")  # "3h" beside an instant is three hours ago
_EMBEDDED = re.compile(r"tweet|twitter|instagram|facebook|tiktok|embed|related|inline-article|read-?more", re.I)
_LONGEST_DAY = 60
_MOST_BETWEEN = 4000  # elements between blocks that are asked whether they are day headings


@dataclass(frozen=True, eq=False)
class Slot:
    """One place in the blocks where a time stands: the same form, attribute and tags from the block down. `Times` has each once."""

    form: str
    name: str
    path: tuple[str, ...]


class Timed(NamedTuple):
    """The markers of one block: the one that says when it was published, the one that says when it was changed,
    the text shown beside the first, and all others."""

    published: Marker | None = None
    updated: Marker | None = None
    shown: Marker | None = None
    all: tuple[Marker, ...] = ()


class Times:
    """The markers of a page by the element they stand in, and the slots of those in a block, which are asked for again."""

    def __init__(self, found: Iterable[Marker]) -> None:
        self.by_element: dict[Element, list[Marker]] = defaultdict(list)
        for marker in found:
            self.by_element[marker.element].append(marker)
        tags = {element.tag for element in self.by_element}
        # The parser then finds the elements of these names, and no other is made an object.
        self._tags = tuple(tags) if all(map(_PLAIN_TAG.fullmatch, tags)) else ()
        self._places: dict[_Place, Slot] = {}
        self._slots: dict[tuple[Element, frozenset[Element]], list[tuple[Slot, Marker]]] = {}

    def slots(self, top: Element, openers: frozenset[Element]) -> list[tuple[Slot, Marker]]:
        """Return the times in one element of a block; of the elements that open a block the clock is its time."""
        known = self._slots.get((top, openers))
        if known is None:
            inside = _in_element(top.iter(*self._tags), top, openers, self.by_element)
            known = self._slots[top, openers] = [(self._slot(place), marker) for place, marker in inside]
        return known

    def _slot(self, place: _Place) -> Slot:
        found = self._places.get(place)
        if found is None:
            found = self._places[place] = Slot(*place)
        return found


def timed(candidate: Candidate, of_page: Times) -> list[Timed]:
    """Return the times of each block, chosen alike for all."""
    of_block = _by_block(candidate, of_page)
    # Most blocks have their times in the same places: what is chosen is chosen once for all of those.
    patterns = Counter(tuple([slot for slot, _ in pairs]) for pairs in of_block)
    held: Counter[Slot] = Counter()  # how many blocks have it
    order: Counter[Slot] = Counter()
    for pattern, count in patterns.items():
        for slot in set(pattern):
            held[slot] += count
        for position, slot in enumerate(pattern):
            order[slot] += position * count
    markers: dict[Slot, list[Marker]] = defaultdict(list)
    for pairs in of_block:
        for slot, marker in pairs:
            markers[slot].append(marker)
    changed = {slot for slot in markers if _is_changed(slot, markers[slot])}
    if all(held[slot] * 2 < len(of_block) for slot in markers if slot not in changed):
        # "UPDATE 18:35" is what a page calls its updates; where nothing else says when, it is their time.
        changed = {slot for slot in changed if not all(_UPDATE.match(marker.raw) for marker in markers[slot])}
    # A slot that half of the blocks have speaks for them; among those an instant before a clock before words; then the first.
    half = max(1, len(of_block) // 2)

    def rank(slot: Slot) -> tuple[bool, int, int, float]:
        forms = {"instant": 0, "clock": 1, "leading": 1, "words": 2}
        day_only = all(len(marker.raw) == 10 and "-" in marker.raw for marker in markers[slot])
        form = 3 if slot.form == "instant" and day_only else forms[slot.form]
        attribute = 0 if slot.name in ("", "datetime") else 1
        return (held[slot] < half, form, attribute, order[slot] / held[slot])

    ranked = sorted((slot for slot in markers if slot not in changed and (held[slot] > 1 or slot.form != "leading")), key=rank)
    edits = sorted((slot for slot in markers if slot in changed), key=rank)
    chosen = {pattern: _Chosen.among(pattern, ranked, edits, changed) for pattern in patterns}
    result = []
    for pairs in of_block:
        all_of = tuple([marker for _, marker in pairs])
        places = chosen[tuple([slot for slot, _ in pairs])]
        result.append(
            Timed(
                published=None if places.published is None else all_of[places.published],
                updated=None if places.updated is None else all_of[places.updated],
                shown=next((one for one in map(all_of.__getitem__, places.shown) if one.clock and not _HOURS.fullmatch(one.raw)), None),
                all=all_of,
            )
        )
    return result


class _Chosen(NamedTuple):
    """Which of the times of a block is which, by their places; those that may be shown beside the first."""

    published: int | None
    updated: int | None
    shown: tuple[int, ...]

    @classmethod
    def among(cls, pattern: tuple[Slot, ...], ranked: Sequence[Slot], edits: Sequence[Slot], changed: set[Slot]) -> _Chosen:
        return cls(
            published=next((pattern.index(slot) for slot in ranked if slot in pattern), None),
            updated=next((pattern.index(slot) for slot in edits if slot in pattern), None),
            shown=tuple(place for place, slot in enumerate(pattern) if slot not in changed),
        )


def _by_block(candidate: Candidate, found: Times) -> list[list[tuple[Slot, Marker]]]:
    openers = candidate.openers
    return [[pair for item in block if not isinstance(item, str) for pair in found.slots(item, openers)] for block in candidate.blocks]


def _in_element(
    elements: Iterable[Element], top: Element, openers: frozenset[Element], found: Mapping[Element, Sequence[Marker]]
) -> Iterator[tuple[_Place, Marker]]:
    """Yield form, attribute and tags from the block down of each time in an element of a block, with the time."""
    for element in elements:
        here = found.get(element)
        if here is None:
            continue
        path: list[str] = []
        above, quoted = element, False
        while above is not top and len(path) < _HIGHEST:
            # Class names of the time alone: those around it differ between updates ("post--breaking").
            path.append(above.tag if path else f"{above.tag}.{classes(above)}")
            above = above.getparent()
            quoted = quoted or _is_embedded(classes(above))
        if quoted:
            continue  # a post quoted from elsewhere has a time of its own
        steps, opens = tuple(path), element in openers
        for marker in here:
            if marker.form != "leading" or opens or len(steps) <= 2:
                form = "clock" if marker.form == "leading" and opens else marker.form
                yield (form, marker.name, steps), marker


@lru_cache(maxsize=4096)
def _is_embedded(name: str) -> bool:
    return bool(_EMBEDDED.search(name))


def _is_changed(slot: Slot, markers: Sequence[Marker]) -> bool:
    if slot.name and slot.name != "datetime" and _CHANGED_ATTRIBUTE.search(slot.name):
        return True
    if any(_CHANGED_CLASS.search(f"{classes(marker.element)} {classes(_parent(marker.element))}") for marker in markers[:3]):
        return True
    texts = [short_text(marker.element, 120) or short_text(_parent(marker.element), 120) or "" for marker in markers[:12]]
    return sum(bool(_CHANGED_TEXT.match(text)) for text in texts) * 2 > len(texts)


def _parent(element: Element) -> Element:
    parent = element.getparent()
    return element if parent is None else parent


def read_times(candidate: Candidate, times: Sequence[Timed], page: Page, *, zone: str | None) -> list[tuple[When | None, When | None]]:
    """Return (published, updated) of each block. Clocks without a day are placed by day headings and by their order."""
    now = page.fetched_at
    near = page_day(page) if any(item.published is not None and item.published.form != "instant" for item in times) else None
    published: list[When | None] = []
    clocks: list[Clock | None] = []
    for item in times:
        marker = item.published
        when = None
        if marker is not None and marker.form == "instant":
            when = read_time(marker.raw, fetched_at=now, zone=zone, language=page.language)
            if when is not None and item.shown is not None:
                when = against_shown(when, item.shown.clock, zone=zone)
        elif marker is not None and marker.clock is None:
            when = read_time(marker.raw, fetched_at=now, zone=zone, language=page.language, day=_day(near))
        clock = marker.clock if marker is not None and when is None else None
        published.append(when)
        clocks.append(clock)
    if any(clocks):
        placed = _placed(candidate, clocks, page, near=near, zone=zone)
        published = [when or found for when, found in zip(published, placed, strict=True)]
    result = []
    for item, when in zip(times, published, strict=True):
        changed = None
        if item.updated is not None:
            day = when.instant.date() if when else _day(near)
            changed = read_time(item.updated.raw, fetched_at=now, zone=zone, language=page.language, day=day)
            if changed is None and item.updated.clock is not None and day is not None:
                changed = place([item.updated.clock], near=day, zone=zone)[0]
        result.append((when, changed))
    return result


def _day(near: date | None) -> date | None:
    return near.date() if isinstance(near, datetime) else near


def _placed(candidate: Candidate, clocks: Sequence[Clock | None], page: Page, *, near: date | None, zone: str | None) -> list[When | None]:
    headings = day_headings(candidate, language=page.language)
    items: list[Clock | DayName | None] = []
    places: list[int] = []
    for number, clock in enumerate(clocks):
        items.extend(headings.get(number, ()))
        places.append(len(items))
        items.append(clock)
    items.extend(headings.get(len(clocks), ()))
    named = any(isinstance(item, DayName) and item.is_full for item in items) or any(
        clock and clock.day and clock.day.is_full for clock in clocks
    )
    if near is None and not named:
        return [None] * len(clocks)
    if near is None:
        # Every day is named in full; any day stands for the one nobody knows.
        first = next(
            day for day in (item if isinstance(item, DayName) else item.day if item else None for item in items) if day and day.is_full
        )
        near = date(first.year or 1, first.month or 1, min(first.day or 1, 28))
    when = place(items, near=near, zone=zone)
    placed = [when[number] for number in places]
    said = any(isinstance(item, DayName) or (item is not None and item.day is not None) for item in items)
    return placed if said else settled(placed, page)


def day_headings(candidate: Candidate, *, language: str | None) -> dict[int, list[DayName]]:
    """Return the days named between blocks, by the number of the block they stand before (their count: after the last)."""
    number_of: dict[Element, int] = {}
    for number, block in enumerate(candidate.blocks):
        for element in block:
            if not isinstance(element, str):
                number_of.setdefault(element, number)
    found: dict[int, list[DayName]] = defaultdict(list)
    following = 0
    stack: list[Any] = [candidate.above]
    seen = 0
    while stack and seen < _MOST_BETWEEN:
        element = stack.pop()
        seen += 1
        if element in number_of:
            following = number_of[element] + 1
            continue
        words = short_text(element, _LONGEST_DAY)
        if words is not None:
            day = read_day(words, language=language) if any(c.isdigit() for c in words) or len(words) <= 24 else None
            if day is not None and (day.day is not None or day.offset is not None or day.weekday is not None):
                found[following].append(day)
            continue
        stack.extend(child for child in reversed(element) if isinstance(child.tag, str))
    return found
