"""The best hits of a query first: bm25, which counts how often its words stand in an entry and how rare they are. Reads only."""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterable, Sequence

from archive.newest import Found, Place, first, newest, newest_rows, newest_standing, stands, with_earlier
from archive.search_plan import EARLIER, POSITIONS, PRESENT, Plan, Source, conditions
from archive.wordings import entry_of

# Of a query with more hits than this, the newest are ranked. Each takes a microsecond; a search of several words seldom has so many.
CANDIDATES = 5000
_RECENT = 5_000  # of the newest entries, how common a word is; smaller archives need not ask
WEIGHTS = "1.0, 8.0, 2.0, 0.0"  # text, title, byline, tag: a word in the title weighs most, and a filter nothing

Scored = list[tuple[float, int]]  # (score, the lower the better; number in the index, negative: of equal ones the newer is the better)


def best(connection: sqlite3.Connection, made: Plan, limit: int, offset: int, *, whole: int = 0) -> tuple[list[Place], Found]:
    """Return the best hits, best first, after `offset` others, and the newest that were found on the way: all of a `whole` of so many."""
    wanted = limit + offset
    telling, filters = _telling(connection, made.groups), _telling(connection, made.tags)
    if not telling:
        found = newest(connection, made, CANDIDATES + 1, whole=whole)
        return found.places(offset, wanted), found
    all_tell = len(telling) + len(filters) == len(made.groups) + len(made.tags)
    by = None if all_tell else " AND ".join(f"({part})" for part in (*telling, *filters))
    scored, found = _ranked_standing(connection, made, by, wanted, whole)
    ranked: Iterable[tuple[float, int, int | None]] = ((score, -number, None) for score, number in scored)
    if made.has_earlier:
        numbers = newest_rows(connection, made, EARLIER, CANDIDATES + 1)
        older = _ranked(connection, made, EARLIER, by, numbers, 4 * wanted)
        found = with_earlier(found, map(entry_of, numbers), CANDIDATES + 1)
        earlier = ((score, *entry_of(-number)) for score, number in older)
        ranked = sorted([*ranked, *earlier], key=lambda one: (one[0], -one[1]))
    places: dict[int, int | None] = {}
    for _, position, wording in ranked:
        if len(places) == wanted:
            break
        if position not in places:
            places[position] = None if wording is None or stands(connection, made, position) else wording
    return list(places.items())[offset:], found


def _ranked_standing(connection: sqlite3.Connection, made: Plan, by: str | None, limit: int, whole: int) -> tuple[Scored, Found]:
    """The best of the hits of which the present wording matches, best first, and the newest of them."""
    known = first(connection, made, CANDIDATES + 1)
    if by is None and not made.is_one_word and not known.is_all and known.likely <= CANDIDATES / 4:
        # Few hits, between which much is gone through: with their scores at once. They may stand closer elsewhere.
        where, values = conditions(made, PRESENT)
        rows = _scores(connection, PRESENT, f"{where} ORDER BY s.rowid", values, CANDIDATES + 1)
        if len(rows) <= CANDIDATES:
            positions = sorted((-number for _, number in rows), reverse=True)
            return heapq.nsmallest(limit, rows), Found(positions=positions, is_all=True)
    found = newest_standing(connection, made, CANDIDATES + 1, whole=whole, known=known)
    return _ranked(connection, made, PRESENT, by, found.positions, limit), found


def _ranked(connection: sqlite3.Connection, made: Plan, source: Source, by: str | None, numbers: Sequence[int], limit: int) -> Scored:
    """The best of the newest hits, whose numbers are given, best first: weighed by the words and filters of the query, or by those that
    tell them apart (`by`)."""
    where, values = conditions(made, source)
    if by is not None:
        # Without the plus the words are looked up again for each.
        where = f"FROM {source.words} s WHERE s.{source.words} MATCH ? AND +s.rowid IN (SELECT value FROM json_each(?))"
        values = [by, json.dumps(numbers[:CANDIDATES])]
    if numbers and (by is not None or len(numbers) > CANDIDATES):
        where, values = f"{where} AND s.rowid >= ?", [*values, numbers[:CANDIDATES][-1]]
    return _scores(connection, source, f"{where} ORDER BY score, number", values, limit)


def _scores(connection: sqlite3.Connection, source: Source, where: str, values: Sequence[object], limit: int) -> Scored:
    cursor = connection.cursor()
    cursor.row_factory = None  # a tuple takes half as long as a row that knows its names
    sql = f"SELECT bm25({source.words}, {WEIGHTS}) AS score, -s.rowid AS number {where} LIMIT ?"
    return cursor.execute(sql, (*values, limit)).fetchall()


def _telling(connection: sqlite3.Connection, groups: Sequence[str]) -> list[str]:
    """The parts of a query that do not hold for every fourth update. bm25 reads every place of each word or filter in the archive, to
    learn how rare it is: of "the" only to find that it weighs nothing."""
    if not groups:
        return []
    recent = connection.execute(f"SELECT id FROM {POSITIONS} ORDER BY id DESC LIMIT 1 OFFSET {_RECENT}").fetchone()
    if recent is None:
        return list(groups)
    # From the newest on: FTS5 would go through all that is older to come to where it is to begin.
    counted = "SELECT count(*) FROM (SELECT rowid FROM entries_fts WHERE entries_fts MATCH ? AND rowid > ? ORDER BY rowid DESC LIMIT ?)"
    most = _RECENT // 4
    return [group for group in groups if connection.execute(counted, (group, recent[0], most + 1)).fetchone()[0] <= most]
