"""The newest entries that a query finds, and how many there are. Reads only.

FTS5 goes through the index in C; to hand a row to Python takes three times as long as to find it, so that positions come as one JSON text.
Going forward takes a quarter less than going back: few hits, between which much is gone through, are fetched at once from the oldest on.
"""

from __future__ import annotations

import json
import math
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import neg

from archive.commonness import recently, times
from archive.search_plan import EARLIER, POSITIONS, PRESENT, Plan, Source, conditions
from archive.wordings import entry_of

MOST = 50_000  # hits that are fetched all at once: some five milliseconds
WHOLE = MOST // 2  # so many are expected at most where that is tried
_AT_HAND = 60_000  # entries that say a word of a phrase: to go through them takes a millisecond
_FEW = 200  # hits that are fetched as they are asked for, from the newest on
_FIRST = 21  # of more, those by which one can tell first whether there are many

Place = tuple[int, int | None]  # the position of an entry, and the number of the wording found if it is not the present one


@dataclass(frozen=True, kw_only=True)
class Found:
    """Positions of hits, newest first; `is_all`: there are no others. `numbers` has those of which only a superseded wording matches.

    `is_part`: there are others, of which no more are to be looked for.
    """

    positions: list[int]
    is_all: bool
    numbers: dict[int, int] = field(default_factory=dict)
    is_part: bool = False

    def places(self, start: int, end: int, *, before: int | None = None) -> list[Place]:
        """Return a stretch of the hits, of those older than `before`."""
        skipped = 0 if before is None else bisect_right(self.positions, -before, key=neg)
        return [(position, self.numbers.get(position)) for position in self.positions[skipped + start : skipped + end]]


@dataclass(frozen=True, kw_only=True)
class First:
    """The very newest hits, newest first, and how many in all they let one expect; `is_all`: there are no others."""

    positions: list[int]
    likely: float
    is_all: bool = False


def newest(connection: sqlite3.Connection, made: Plan, limit: int, *, before: int | None = None, whole: int = 0) -> Found:
    """Return the newest hits, those older than `before`: `limit` of them, or all where that costs no more, as for a `whole` of so many
    hits that all of them are wanted."""
    if not made.has_earlier:
        return newest_standing(connection, made, limit, before=before, whole=whole)
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


def stands(connection: sqlite3.Connection, made: Plan, position: int) -> bool:
    """Return whether the present wording of an entry is a hit."""
    where, parameters = conditions(made, PRESENT, before=position + 1, after=position)
    return connection.execute(f"SELECT 1 {where}", parameters).fetchone() is not None


def stood(connection: sqlite3.Connection, made: Plan, position: int) -> bool:
    """Return whether a superseded wording of an entry is a hit."""
    where, parameters = conditions(made, EARLIER, before=position + 1, after=position)
    return connection.execute(f"SELECT 1 {where} LIMIT 1", parameters).fetchone() is not None


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


def first(connection: sqlite3.Connection, made: Plan, limit: int, *, before: int | None = None) -> First:
    """Return the first few of the newest hits, at most `limit`."""
    if not made.is_one_look_up:
        return First(positions=[], likely=math.inf)
    if made.has_beginnings:  # better asked only once
        return First(positions=[], likely=limit)
    wanted = limit if limit <= _FEW else _FIRST
    positions = newest_rows(connection, made, PRESENT, wanted, before=before)
    if len(positions) < wanted:
        return First(positions=positions, likely=len(positions), is_all=True)
    oldest, newest = _ends(connection, made, before)
    return First(positions=positions, likely=len(positions) * max(1, (newest - oldest) / max(1, newest - positions[-1])))


def newest_of_many(connection: sqlite3.Connection, made: Plan, limit: int, most: int) -> Found | None:
    """Return the newest hits of a phrase of common words, more than `limit` and at most `most`, as far back as they are found in a
    millisecond, or all hits of one that is rare. None where neither is so: then they are found in another way."""
    if not made.phrase_words or not made.is_one_look_up or made.has_earlier or made.has_beginnings:
        return None
    recent = recently(connection)
    if recent is None:
        return None
    oldest, newest = _ends(connection, made, None)
    said = sum(times(connection, word, recent) for word in made.phrase_words)
    since = newest - (newest - recent) * _AT_HAND // max(1, said)
    if since <= oldest:
        return None
    where, parameters = conditions(made, PRESENT, after=since)
    positions = _numbers(connection, f"{where} ORDER BY s.rowid", parameters, MOST + 1)[::-1]
    if limit < len(positions) <= MOST:
        return Found(positions=positions[:most], is_all=False, is_part=True)
    if len(positions) <= limit and since - oldest < newest - since:  # the rest takes no longer
        older = oldest_rows(connection, made, most, before=since)
        return Found(positions=[*positions, *older[::-1]], is_all=True) if len(positions) + len(older) < most else None
    return None


def newest_standing(
    connection: sqlite3.Connection, made: Plan, limit: int, *, before: int | None = None, whole: int = 0, known: First | None = None
) -> Found:
    """Return the newest hits of which the present wording matches; `known` are the `first` of as many."""
    known = known or first(connection, made, limit, before=before)
    positions, wanted = known.positions, max(limit, whole)
    if known.is_all or (len(positions) == limit and known.likely > wanted):
        return Found(positions=positions, is_all=known.is_all)
    most = limit
    if 4 * len(positions) <= known.likely <= wanted:
        found = oldest_rows(connection, made, MOST + 1, before=before)
        if len(found) <= MOST:
            return Found(positions=found[::-1], is_all=True)
    elif known.likely <= wanted:  # most of the way is gone already
        most = wanted + 1
    positions = positions + newest_rows(connection, made, PRESENT, most - len(positions), before=positions[-1] if positions else before)
    return Found(positions=positions, is_all=len(positions) < most)


def _ends(connection: sqlite3.Connection, made: Plan, before: int | None) -> tuple[int, int]:
    """The positions between which hits can stand, the oldest first."""
    oldest, newest = connection.execute(f"SELECT (SELECT min(id) FROM {POSITIONS}), (SELECT max(id) FROM {POSITIONS})").fetchone()
    least = max(value for value in (oldest, made.least) if value is not None)
    return least, min(value for value in (newest, made.most, before) if value is not None)
