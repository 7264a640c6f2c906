"""The index of superseded wordings, for `in:history`. Written with the index of entries, in the transaction that changes one.

An archive without edits has no row in it, and a new entry none to write. A wording is found by the place of its entry in the order
of time: `rowid` is the entry's position times NUMBERS plus the number of the wording.
"""

from __future__ import annotations

import sqlite3

from archive.pairs import has_spaceless, pairs

NUMBERS = 1 << 20  # what the view `revisions_index` multiplies by: wordings beyond that number are kept, but not searched
_ROW = "SELECT r.entry_id * 1048576 + r.number, r.text, r.title, r.byline FROM revisions r WHERE r.entry_id = ? AND r.number < ?"


def entry_of(rowid: int) -> tuple[int, int]:
    """Return the position of the entry and the number of the wording that a row of the index stands for.

    >>> entry_of(1_740_826_800 * NUMBERS + 3)
    (1740826800, 3)
    """
    return divmod(rowid, NUMBERS)


def add(connection: sqlite3.Connection, entry_id: int, tag: str, below: int, *, first: int = 1) -> None:
    """Index the wordings of an entry that are numbered from `first` to below its present one; `tag` is the entry's."""
    rows = connection.execute(f"{_ROW} AND r.number >= ?", (entry_id, min(below, NUMBERS), first)).fetchall()
    connection.executemany(
        "INSERT INTO revisions_fts (rowid, text, title, byline, tag) VALUES (?, ?, ?, ?, ?)", [(*row, tag) for row in rows]
    )
    for rowid, *values in rows:
        words = " ".join(value or "" for value in values)
        if has_spaceless(words):
            connection.execute("INSERT INTO revisions_pairs (rowid, text) VALUES (?, ?)", (rowid, pairs(words)))


def remove(connection: sqlite3.Connection, entry_id: int, tag: str, below: int) -> None:
    """Take the wordings of an entry out of the index, before its row changes: FTS5 must be told the old values."""
    rows = connection.execute(_ROW, (entry_id, min(below, NUMBERS))).fetchall()
    connection.executemany(
        "INSERT INTO revisions_fts (revisions_fts, rowid, text, title, byline, tag) VALUES ('delete', ?, ?, ?, ?, ?)",
        [(*row, tag) for row in rows],
    )
    connection.executemany("DELETE FROM revisions_pairs WHERE rowid = ?", [(row[0],) for row in rows])


def build(connection: sqlite3.Connection) -> None:
    """Index every superseded wording of an archive that was made before there was an index of them."""
    connection.execute("INSERT INTO revisions_fts (revisions_fts) VALUES ('rebuild')")
    for rowid, *values in connection.execute("SELECT id, text, title, byline FROM revisions_index").fetchall():
        words = " ".join(value or "" for value in values)
        if has_spaceless(words):
            connection.execute("INSERT INTO revisions_pairs (rowid, text) VALUES (?, ?)", (rowid, pairs(words)))
