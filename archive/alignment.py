"""Which updates without a known id are which entries on record: one assignment over the page. Pure.

Each pair of an update and an entry gets the weight of evidence that they are one: how much of the text is the
same, title, time, and where on the page they stand. The assignment with the greatest sum is taken. What is
weighed follows from how live pages are edited: a wording may change wholly, but then the title or the time
stays; a time is corrected by minutes; what is new stands at the new end of the page.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from archive.assignment import assign
from archive.model import Entry
from archive.pairs import has_spaceless, pairs
from archive.times import from_utc

_ENOUGH = 1.0  # what the evidence must come to; see the weights below
_SHORT = 6  # words: "Goal!" is said many times a day, so equal texts of that length say half as much
_MOST_PAIRS = 20_000  # about a second; a page past that is no live blog that a person follows
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entry on record, as far as telling it apart needs.

    `position` is its place on this live blog (None: none known). `left`: the poll before showed it, this one does not.
    """

    entry_id: int
    source_id: str | None
    title: str | None
    text: str
    published_at: str | None = None
    published_basis: str | None = None
    published_precision: str | None = None
    reader: str | None = None
    position: int | None = None
    left: bool = False
    is_elsewhere: bool = False


@dataclass(frozen=True)
class Slot:
    """The places on record between which an update stands; None: nothing known stands older, or newer."""

    older: int | None
    newer: int | None

    def holds(self, position: int) -> bool:
        return (self.older is None or position > self.older) and (self.newer is None or position < self.newer)


def align(entries: Sequence[Entry], slots: Sequence[Slot | None], known: Sequence[Known], *, reader: str = "") -> dict[int, int]:
    """Return, by position in `entries`, the id of the entry on record that each one is; unmatched ones are absent.

    `slots` says where each update stands (None: nobody knows). Two different ids of one reader are two updates.
    """
    if not entries or not known or len(entries) * len(known) > _MOST_PAIRS:
        return {}
    sole = _sole_pairs(slots, known)
    bags = [word_bag(item.text) for item in known]
    titles = Counter(title for title in (*(item.title for item in known), *(entry.title for entry in entries)) if title)
    weights: dict[tuple[int, int], float] = {}
    for row, entry in enumerate(entries):
        bag = word_bag(entry.text)
        for column, item in enumerate(known):
            if entry.source_id and item.source_id and item.reader == reader:
                continue
            weight = (
                _text(entry.text, bag, item.text, bags[column])
                + _title(entry.title, item.title, is_sure=item.left and titles[entry.title or ""] <= 2)
                + _time(entry, item)
                + (_place(slots[row], item, is_sole=(row, column) in sole) if slots[row] else 0.0)
            )
            if item.is_elsewhere:
                weight -= 2.0
            if weight > _ENOUGH:
                weights[row, column] = weight - _ENOUGH
    return {row: known[column].entry_id for row, column in assign(weights).items()}


def _sole_pairs(slots: Sequence[Slot | None], known: Sequence[Known]) -> set[tuple[int, int]]:
    """Pairs of the one update and the one entry just gone between the same two neighbours."""
    found = set()
    for slot in {slot for slot in slots if slot and slot.older is not None and slot.newer is not None}:
        rows = [row for row, other in enumerate(slots) if other == slot]
        columns = [column for column, item in enumerate(known) if item.left and item.position is not None and slot.holds(item.position)]
        if len(rows) == len(columns) == 1:
            found.add((rows[0], columns[0]))
    return found


def _text(text: str, bag: Counter[str], other: str, other_bag: Counter[str]) -> float:
    """From -3 (nothing in common) to 7 (equal); half of what speaks for it where the texts are short."""
    if not text and not other:
        return 0.0
    alike = similarity(bag, other_bag)
    shorter, longer = sorted((text, other), key=len)
    if len(shorter) >= 40 and longer.startswith(shorter.rstrip(" .\u2026")):
        alike = max(alike, 0.9)  # a teaser, or a text that was continued
    weight = _between(alike, ((0.0, -3.0), (0.3, -1.5), (0.5, 1.0), (0.75, 4.0), (1.0, 7.0)))
    return weight / 2 if weight > 0 and min(bag.total(), other_bag.total()) < _SHORT else weight


def _title(title: str | None, other: str | None, *, is_sure: bool) -> float:
    """From -2 (nothing in common) to 5 (equal); 2 if the title is said again and again, or the page has gone on without it."""
    if not title and not other:
        return 0.0
    if not title or not other:
        return -0.5
    if title == other:
        return 5.0 if is_sure else 2.0
    return 4 * similarity(word_bag(title), word_bag(other)) - 2


def _time(entry: Entry, item: Known) -> float:
    """From 4.5 (the same second) to -4 (hours apart)."""
    if entry.published is None and item.published_at is None:
        return 0.0
    if entry.published is None or item.published_at is None:
        return -0.3
    apart = abs(entry.published.instant.timestamp() - from_utc(item.published_at).timestamp())
    if "day" in (entry.published.precision, item.published_precision):
        return 0.5 if apart < 86_400 else -3.0
    if entry.published.precision == item.published_precision == "second":
        # Two posts of one minute are told apart where the page counts seconds.
        weight = _between(apart, ((0, 4.5), (1, 3.0), (5, 0.0), (600, -0.7), (3600, -2.0), (21_600, -3.0), (86_400, -4.0)))
    else:
        weight = _between(apart / 60, ((0, 4.0), (1, 2.0), (2, 0.0), (10, -0.7), (60, -2.0), (360, -3.0), (1440, -4.0)))
    # A clock time on the wrong side of midnight.
    inferred = "inferred" in (entry.published.basis, item.published_basis)
    return max(weight, -0.5) if inferred and min(apart % 86_400, -apart % 86_400) < 120 else weight


def _place(slot: Slot | None, item: Known, *, is_sole: bool) -> float:
    if slot is None or item.position is None:
        return 0.0
    just_left = 0.5 if item.left else -1.5  # an edit does not take an update off the page
    if slot.holds(item.position):
        return (4.5 if is_sole else 1.5) + just_left
    is_across = (slot.newer is None and slot.older is not None) and not item.left
    return (-2.0 if is_across else -1.0) + just_left


def _between(value: float, points: Sequence[tuple[float, float]]) -> float:
    """Linear interpolation between points, flat beyond the last."""
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return points[-1][1]


def similarity(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of words two bags have in common (Dice), 0 to 1; 0 if either is empty."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if one and other else 0.0


@lru_cache(maxsize=4096)
def word_bag(text: str) -> Counter[str]:
    """The words of a text; of scripts without spaces the pairs of characters."""
    folded = text.casefold()
    words = _WORDS.findall(folded)
    if has_spaceless(folded):
        words = [word for word in words if not has_spaceless(word)] + pairs(folded).split()
    return Counter(words)
