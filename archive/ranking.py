"""The best hits of a query first: bm25, which counts how often its words stand in an entry and how rare they are. Reads only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from archive.search_plan import EARLIER, POSITIONS, PRESENT, Plan, Source, conditions, select
from archive.wordings import entry_of

# Of a query with more hits than this, the newest are ranked. Each takes a microsecond; a search of several words seldom has so many.
CANDIDATES = 5000
_RECENT = 5_000  # of the newest entries, how common a word is; smaller archives need not ask
WEIGHTS = "1.0, 8.0, 2.0, 0.0"  # text, title, byline, tag: a word in the title weighs most, and a filter nothing


def best(connection: sqlite3.Connection, made: Plan, limit: int, offset: int, *, are_few: bool) -> list[tuple[int, int | None]]:
    """Return (position, number of the wording if it is a superseded one) of the best hits, best first, after `offset` others.

    `are_few`: all hits are known to be fewer than are ranked.
    """
    wanted = limit + offset
    ranked: list[tuple[float, int, int | None]] = [
        (score, rowid, None) for score, rowid in _ranked(connection, made, PRESENT, wanted, are_few)
    ]
    if made.has_earlier:
        earlier = ((score, *entry_of(rowid)) for score, rowid in _ranked(connection, made, EARLIER, 4 * wanted, are_few))
        ranked = sorted([*ranked, *earlier], key=lambda one: (one[0], -one[1]))
    found: dict[int, int | None] = {}
    for _, position, number in ranked:
        if len(found) == wanted:
            break
        if position not in found:
            found[position] = None if number is None or _stands(connection, made, position) else number
    return list(found.items())[offset:]


def _ranked(connection: sqlite3.Connection, made: Plan, source: Source, limit: int, are_few: bool) -> list[tuple[float, int]]:
    """(score, rowid) of the best, the lower the better."""
    sql, parameters = select(made, source, limit=CANDIDATES + 1)
    telling, filters = _telling(connection, made.groups), _telling(connection, made.tags)
    if len(telling) == len(made.groups) and len(filters) == len(made.tags):
        oldest = None if are_few else connection.execute(f"{sql} OFFSET {CANDIDATES}", (*parameters[:-1], 1)).fetchone()
        where, values = conditions(made, source)
        if oldest is not None:
            where, values = f"{where} AND s.rowid > ?", [*values, oldest[0]]
    else:
        found = [row[0] for row in connection.execute(sql, parameters)][:CANDIDATES]
        if not telling:
            return [(0.0, rowid) for rowid in found[:limit]]
        # The hits of the whole query, weighed by the words that tell them apart. Without the plus the words are looked up again for each.
        expression = " AND ".join(f"({part})" for part in (*telling, *filters))
        where = f"FROM {source.words} s WHERE s.{source.words} MATCH ? AND s.rowid >= ? AND +s.rowid IN (SELECT value FROM json_each(?))"
        values = [expression, found[-1] if found else 0, json.dumps(found)]
    rows = connection.execute(
        f"SELECT bm25({source.words}, {WEIGHTS}) AS score, s.rowid {where} ORDER BY score, s.rowid DESC LIMIT ?", (*values, limit)
    )
    return [(row[0], row[1]) for row in rows]


def _telling(connection: sqlite3.Connection, groups: Sequence[str]) -> list[str]:
    """The parts of a query that do not hold for every fourth update. bm25 reads every place of each word or filter in the archive, to
    learn how rare it is: of "the" only to find that it weighs nothing."""
    if not groups:
        return []
    recent = connection.execute(f"SELECT id FROM {POSITIONS} ORDER BY id DESC LIMIT 1 OFFSET {_RECENT}").fetchone()
    if recent is None:
        return list(groups)
    counted = "SELECT count(*) FROM entries_fts WHERE entries_fts MATCH ? AND rowid > ?"
    return [group for group in groups if connection.execute(counted, (group, recent[0])).fetchone()[0] * 4 <= _RECENT]


def _stands(connection: sqlite3.Connection, made: Plan, position: int) -> bool:
    """Whether the present wording of an entry is a hit, too."""
    where, parameters = conditions(made, PRESENT)
    return connection.execute(f"SELECT 1 {where} AND s.rowid = ?", (*parameters, position)).fetchone() is not None
