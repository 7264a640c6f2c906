"""Writing the search index: directly, in the transaction that changes the entry. No row triggers: they halve the rate."""

from __future__ import annotations

import sqlite3

from archive.pairs import has_spaceless, pairs

_ROW = "SELECT id, title, text, byline, tag FROM entries_index WHERE id = ?"
_FIELDS = ("id", "title", "text", "byline", "tag")


def add(connection: sqlite3.Connection, entry_id: int) -> None:
    """Index an entry as its row stands now."""
    row = connection.execute(_ROW, (entry_id,)).fetchone()
    values = tuple(row[name] for name in _FIELDS)
    connection.execute("INSERT INTO entries_fts (rowid, title, text, byline, tag) VALUES (?, ?, ?, ?, ?)", values)
    words = " ".join(row[name] or "" for name in ("title", "text", "byline"))
    if has_spaceless(words):
        connection.execute("INSERT INTO entries_pairs (rowid, text) VALUES (?, ?)", (entry_id, pairs(words)))


def remove(connection: sqlite3.Connection, entry_id: int) -> None:
    """Take an entry out of the index. Call it before the row changes: FTS5 must be told the old values."""
    row = connection.execute(_ROW, (entry_id,)).fetchone()
    if row is None:
        return
    values = tuple(row[name] for name in _FIELDS)
    connection.execute("INSERT INTO entries_fts (entries_fts, rowid, title, text, byline, tag) VALUES ('delete', ?, ?, ?, ?, ?)", values)
    connection.execute("DELETE FROM entries_pairs WHERE rowid = ?", (entry_id,))
