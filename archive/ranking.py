"""The best hits of a query first: bm25, which counts how often its words stand in an entry and how rare they are. Reads only."""

from __future__ import annotations

import heapq
import json
import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from archive.commonness import recently
from archive.commonness import telling as telling_of
from archive.newest import Found, Place, first, newest, newest_rows, newest_standing, stands, with_earlier
from archive.search_plan import EARLIER, PRESENT, TITLES, Plan, Source, conditions
from archive.wordings import entry_of

# Of a query with more hits, so many of the newest are ranked: by how many words and filters are looked for in each of them.
RANKED = (4000, 2000, 500)
_AT_ONCE = 1250  # hits that are few enough to be found and ranked in one go
_TITLED = 2000  # updates that have every word in the title, among which hits are looked for
WEIGHTS = "1.0, 8.0, 2.0, 0.0"  # text, title, byline, tag: a word in the title weighs most, and a filter nothing

Scored = list[tuple[float, int]]  # (score, the lower the better; number in the index, negative: of equal ones the newer is the better)


def best(connection: sqlite3.Connection, made: Plan, limit: int, offset: int, *, whole: int = 0) -> tuple[list[Place], Found]:
    """Return the best hits, best first, after `offset` others, and the newest that were found on the way: all of a `whole` of so many."""
    wanted = limit + offset
    recent = recently(connection)
    telling, filters = made.groups, made.tags
    if recent is not None:
        telling = tuple(telling_of(connection, made.weighed, recent))
        rare = telling_of(connection, made.tags, recent)
        # Of hits that are found already the term is asked wherever it stands: to read where takes half as long again.
        filters = (min(rare, key=rare.__getitem__).removeprefix("tag : "),) if rare else ()
    candidates = RANKED[min(len(telling) + len(made.tags), len(RANKED)) - 1] if telling else RANKED[0]
    if not telling:
        found = newest(connection, made, max(candidates, wanted) + 1, whole=whole)
        titled = _titled(connection, made, found.positions[:candidates], wanted)
        others = [place for place in found.places(0, wanted + len(titled)) if place[0] not in titled]
        return [*((position, None) for position in titled), *others][offset:wanted], found
    all_tell = (telling, filters) == (made.groups, made.tags)
    by = None if all_tell else " AND ".join(f"({part})" for part in (*telling, *filters))
    scored, found = _ranked_standing(connection, made, by, wanted, whole, candidates)
    ranked: Iterable[tuple[float, int, int | None]] = ((score, -number, None) for score, number in scored)
    if made.has_earlier:
        numbers = newest_rows(connection, made, EARLIER, candidates + 1)
        older = _ranked(connection, made, EARLIER, by, numbers, 4 * wanted, candidates)
        found = with_earlier(found, map(entry_of, numbers), candidates + 1)
        earlier = ((score, *entry_of(-number)) for score, number in older)
        ranked = sorted([*ranked, *earlier], key=lambda one: (one[0], -one[1]))
    places: dict[int, int | None] = {}
    for _, position, wording in ranked:
        if len(places) == wanted:
            break
        if position not in places:
            places[position] = None if wording is None or stands(connection, made, position) else wording
    return list(places.items())[offset:], found


def _ranked_standing(
    connection: sqlite3.Connection, made: Plan, by: str | None, limit: int, whole: int, candidates: int
) -> tuple[Scored, Found]:
    """The best of the hits of which the present wording matches, best first, and the newest of them."""
    wanted = max(candidates, limit) + 1
    known = first(connection, made, wanted)
    if by is None and not made.is_one_word and not known.is_all and known.likely <= min(candidates, _AT_ONCE):
        # Few hits, between which much is gone through: with their scores at once. They may stand closer elsewhere.
        where, values = conditions(made, PRESENT)
        rows = _scores(connection, PRESENT, f"{where} ORDER BY s.rowid", values, candidates + 1)
        if len(rows) <= candidates:
            positions = sorted((-number for _, number in rows), reverse=True)
            return heapq.nsmallest(limit, rows), Found(positions=positions, is_all=True)
    found = newest_standing(connection, made, wanted, whole=whole, known=known)
    if len(found.positions) <= candidates:
        return _ranked(connection, made, PRESENT, by, found.positions, limit, candidates), found
    # Those that have every word in the title come before the best of the newest, however old they are, and what is not ranked after them.
    titled = _titled(connection, made, found.positions[:candidates], limit)
    if len(titled) == limit:
        return [(-math.inf, -position) for position in titled], found
    ranked = _ranked(connection, made, PRESENT, by, found.positions, limit, candidates)
    places = [*((-math.inf, -position) for position in titled), *(one for one in ranked if -one[1] not in titled)]
    places += ((math.inf, -position) for position in found.positions[candidates:limit] if position not in titled)
    return places[:limit], found


def _titled(connection: sqlite3.Connection, made: Plan, newest_hits: Sequence[int], limit: int) -> dict[int, None]:
    """The newest hits that have every word in the title, newest first: of all hits if words are all that is looked for, else of these."""
    if made.titles is None:
        return {}
    sought = replace(made, match=made.titles)
    if made.is_words_alone:
        return dict.fromkeys(newest_rows(connection, sought, TITLES, limit))
    standing = frozenset(newest_hits)
    titled = (position for position in newest_rows(connection, sought, TITLES, _TITLED) if position in standing)
    return dict.fromkeys(islice(titled, limit))


def _ranked(
    connection: sqlite3.Connection, made: Plan, source: Source, by: str | None, numbers: Sequence[int], limit: int, candidates: int
) -> Scored:
    """The best of the newest hits, whose numbers are given, best first: weighed by the words and filters of the query, or by those that
    tell them apart (`by`)."""
    where, values = conditions(made, source)
    if by is not None:
        # Without the plus the words are looked up again for each.
        where = f"FROM {source.words} s WHERE s.{source.words} MATCH ? AND +s.rowid IN (SELECT value FROM json_each(?))"
        values = [by, json.dumps(numbers[:candidates])]
    if numbers and (by is not None or len(numbers) > candidates):
        where, values = f"{where} AND s.rowid >= ?", [*values, numbers[:candidates][-1]]
    return _scores(connection, source, f"{where} ORDER BY score, number", values, limit)


def _scores(connection: sqlite3.Connection, source: Source, where: str, values: Sequence[object], limit: int) -> Scored:
    cursor = connection.cursor()
    cursor.row_factory = None  # a tuple takes half as long as a row that knows its names
    sql = f"SELECT bm25({source.words}, {WEIGHTS}) AS score, -s.rowid AS number {where} LIMIT ?"
    return cursor.execute(sql, (*values, limit)).fetchall()
