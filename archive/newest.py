"""The newest entries that a query finds, and how many there are. Reads only.

What goes through the index is FTS5, in C; each row that Python is given takes three times as long as finding it, so that positions come as
one JSON text. And going forward takes a quarter less than going back, so that few hits, between which much is gone through, are fetched
all at once from the first to the last.
"""

from __future__ import annotations

import json
import math
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import neg

from archive.search_plan import EARLIER, POSITIONS, PRESENT, Plan, Source, conditions
from archive.wordings import entry_of

MOST = 50_000  # hits that are fetched all at once: some five milliseconds
_PART = 16  # the newest sixteenth of the time tells whether there are many

Place = tuple[int, int | None]  # the position of an entry, and the number of the wording found if it is not the present one


@dataclass(frozen=True, kw_only=True)
class Found:
    """Positions of hits, newest first; `is_all`: there are no others. `numbers` has those of which only a superseded wording matches."""

    positions: list[int]
    is_all: bool
    numbers: dict[int, int] = field(default_factory=dict)

    def places(self, start: int, end: int, *, before: int | None = None) -> list[Place]:
        """Return a stretch of the hits, of those older than `before`."""
        skipped = 0 if before is None else bisect_right(self.positions, -before, key=neg)
        return [(position, self.numbers.get(position)) for position in self.positions[skipped + start : skipped + end]]


@dataclass(frozen=True, kw_only=True)
class Recent:
    """The hits since a position, newest first, and how many in all they let one expect."""

    positions: list[int]
    likely: float
    since: int | None


def newest(connection: sqlite3.Connection, made: Plan, limit: int, *, before: int | None = None) -> Found:
    """Return the newest hits, those older than `before`: all of them where that costs no more, else `limit` of them."""
    if not made.has_earlier:
        return newest_standing(connection, made, limit, before=before)
    positions = newest_rows(connection, made, PRESENT, limit, before=before)
    present = Found(positions=positions, is_all=len(positions) < limit)
    where, parameters = conditions(made, EARLIER, before=before)
    earlier = connection.execute(f"SELECT s.rowid {where} ORDER BY s.rowid DESC", parameters)
    return with_earlier(present, (entry_of(row[0]) for row in earlier), limit)


def with_earlier(present: Found, earlier: Iterable[tuple[int, int]], limit: int) -> Found:
    """The newest hits with those of superseded wordings, given as (position, number) from the newest on, among them."""
    standing = present.positions[:limit]
    last = standing[-1] if len(standing) == limit else None
    numbers: dict[int, int] = {}
    for position, number in earlier:
        if len(numbers) >= limit or (last is not None and position < last):
            break
        numbers.setdefault(position, number)  # the latest of several wordings
    for position in standing:
        numbers.pop(position, None)
    positions = sorted([*standing, *numbers], reverse=True)
    return Found(positions=positions[:limit], is_all=len(positions) < limit, numbers=numbers)


def count(connection: sqlite3.Connection, made: Plan, most: int) -> int:
    """Return how many hits a query has, counting to `most`."""
    if made.has_earlier:
        return len(newest(connection, made, most).positions)
    where, parameters = conditions(made, PRESENT)
    return int(connection.execute(f"SELECT count(*) FROM (SELECT 1 {where} LIMIT ?)", (*parameters, most)).fetchone()[0])


def count_all(connection: sqlite3.Connection, made: Plan) -> int:
    """Return how many hits a query has, however many: that takes as long as going through them."""
    where, parameters = conditions(made, PRESENT)
    if not made.has_earlier:
        return int(connection.execute(f"SELECT count(*) {where}", parameters).fetchone()[0])
    earlier, more = conditions(made, EARLIER)
    sql = f"SELECT count(*) FROM (SELECT s.rowid {where} UNION SELECT s.rowid / {EARLIER.scale} {earlier})"
    return int(connection.execute(sql, (*parameters, *more)).fetchone()[0])


def newest_rows(
    connection: sqlite3.Connection, made: Plan, source: Source, limit: int, *, before: int | None = None, after: int | None = None
) -> list[int]:
    """Return the numbers of the newest rows of a source that match, newest first, between two positions."""
    where, parameters = conditions(made, source, before=before, after=after)
    return sorted(_numbers(connection, f"{where} ORDER BY s.rowid DESC", parameters, limit), reverse=True)


def oldest_rows(connection: sqlite3.Connection, made: Plan, limit: int, *, before: int | None = None) -> list[int]:
    """Return the positions of the oldest entries that match, oldest first."""
    where, parameters = conditions(made, PRESENT, before=before)
    return sorted(_numbers(connection, f"{where} ORDER BY s.rowid", parameters, limit))


def _numbers(connection: sqlite3.Connection, where: str, parameters: Sequence[object], limit: int) -> list[int]:
    sql = f"SELECT json_group_array(rowid) FROM (SELECT s.rowid AS rowid {where} LIMIT ?)"
    numbers: list[int] = json.loads(connection.execute(sql, (*parameters, limit)).fetchone()[0])
    return numbers


def recent(connection: sqlite3.Connection, made: Plan, limit: int, *, before: int | None = None) -> Recent:
    """Return the hits of the newest part of the time, at most `limit`."""
    if not made.is_one_look_up:
        return Recent(positions=[], likely=math.inf, since=before)
    if made.has_beginnings:  # better asked only once
        return Recent(positions=[], likely=0, since=before)
    since = _beginning_of_last_part(connection, made, before)
    positions = newest_rows(connection, made, PRESENT, limit, before=before, after=since)
    return Recent(positions=positions, likely=len(positions) * _PART, since=since)


def newest_standing(
    connection: sqlite3.Connection, made: Plan, limit: int, *, before: int | None = None, known: Recent | None = None
) -> Found:
    """Return the newest hits of which the present wording matches; `known` is what is `recent`, if that was asked for as many."""
    known = known or recent(connection, made, limit, before=before)
    if len(known.positions) == limit:
        return Found(positions=known.positions, is_all=False)
    if known.likely <= MOST / 2:
        positions = oldest_rows(connection, made, MOST + 1, before=before)
        if len(positions) <= MOST:
            return Found(positions=positions[::-1], is_all=True)
    positions = known.positions + newest_rows(connection, made, PRESENT, limit - len(known.positions), before=known.since)
    return Found(positions=positions, is_all=len(positions) < limit)


def _beginning_of_last_part(connection: sqlite3.Connection, made: Plan, before: int | None) -> int | None:
    first, last = connection.execute(f"SELECT (SELECT min(id) FROM {POSITIONS}), (SELECT max(id) FROM {POSITIONS})").fetchone()
    if first is None:
        return None
    first = max(value for value in (first, made.least) if value is not None)
    last = min(value for value in (last, made.most, before) if value is not None)
    return int(last - (last - first) // _PART)
