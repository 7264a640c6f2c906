"""The order of entries: which of a page's updates came first, and the sort position each one gets."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from archive.model import Entry
from archive.times import from_utc


def distinct(entries: Sequence[Entry]) -> list[Entry]:
    """Entries without repeats of one id, or of one content without an id: a pinned update stands on a page twice."""
    kept: dict[str, Entry] = {}
    for entry in entries:
        name = entry.source_id or "~" + entry.content_hash
        if name not in kept:
            kept[name] = entry
        elif kept[name].pinned and not entry.pinned:
            kept[name] = replace(entry, pinned=True)
    return list(kept.values())


def oldest_first(entries: Sequence[Entry]) -> list[int]:
    """Positions in the order of time; where times are equal or absent, in the order the page runs."""
    times = [entry.published.instant.timestamp() for entry in entries if entry.published and not entry.pinned]
    rising = sum(a < b for a, b in pairwise(times))
    falling = sum(a > b for a, b in pairwise(times))
    order = list(range(len(entries)))
    if falling >= rising:
        order.reverse()
    latest = float("inf")
    return sorted(order, key=lambda i: ((p := entries[i].published) and p.instant.timestamp()) or latest)


def longest_run(positions: Sequence[int]) -> list[int]:
    """Return the most of a page's positions that run one way, newest or oldest first, in page order.

    What stands out of order (an old post kept at the top) says nothing about what lies between its neighbours.

    >>> longest_run([3, 90, 80, 70])
    [90, 80, 70]
    """
    falling = _rising([-position for position in positions])
    rising = _rising(positions)
    return rising if len(rising) > len(falling) else [-position for position in falling]


def _rising(numbers: Sequence[int]) -> list[int]:
    """The longest rising subsequence, by patience sorting."""
    tops: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        before.append(places[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [number]
        places[pile : pile + 1] = [place]
    found: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        found.append(numbers[place])
        place = before[place]
    return found[::-1]


def free_id(connection: sqlite3.Connection, instant: str, runs: dict[int, int]) -> int:
    """Return the sort position for an instant (UTC): its Unix second, or the next one nobody has.

    `runs` remembers, for one transaction, where the search from a second ended: thousands of updates of one
    day would each walk over all the others.
    """
    second = int(from_utc(instant).timestamp())
    start = runs.get(second, second - 1) + 1
    if connection.execute("SELECT 1 FROM entries WHERE id = ?", (start,)).fetchone():
        start = connection.execute(
            "SELECT e.id + 1 FROM entries e WHERE e.id >= ? AND NOT EXISTS (SELECT 1 FROM entries n WHERE n.id = e.id + 1)"
            " ORDER BY e.id LIMIT 1",
            (start,),
        ).fetchone()[0]
    runs[second] = start
    return start
