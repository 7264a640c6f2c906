"""The order of entries: which of a page's updates came first, and the sort position each one gets."""

from __future__ import annotations

import sqlite3
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


def free_id(connection: sqlite3.Connection, instant: str) -> int:
    """Return the sort position for an instant (UTC): its Unix second, or the next one nobody has."""
    second = int(from_utc(instant).timestamp())
    if not connection.execute("SELECT 1 FROM entries WHERE id = ?", (second,)).fetchone():
        return second
    row = connection.execute(
        "SELECT e.id + 1 FROM entries e WHERE e.id >= ? AND NOT EXISTS (SELECT 1 FROM entries n WHERE n.id = e.id + 1)"
        " ORDER BY e.id LIMIT 1",
        (second,),
    ).fetchone()
    return int(row[0])
