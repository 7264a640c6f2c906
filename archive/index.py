"""Writing the search index: directly, in the transaction that changes the entry. No row triggers: they halve the rate.

New entries wait for the end of their transaction, and are written together: FTS5 writes out what it holds whenever a part of a transaction
begins, a segment each time, and takes the rows of one segment in the order of their numbers only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache

from archive import wordings
from archive.pairs import has_spaceless, pairs

_ROW = "SELECT id, text, title, byline, tag FROM entries_index WHERE id = ?"
_FIELDS = ("id", "text", "title", "byline", "tag")
_EDITED = " xedited"
_MOST_WAITING = 2000  # entries; a transaction that records live blogs anew may have any number
Row = tuple[int, str, str | None, str | None, str]  # id, text, title, byline and tag


class Writer(sqlite3.Connection):
    """A connection to an archive that is written. `waiting`: new entries that are not indexed yet; None where they need not wait."""

    waiting: list[Row] | None = None


def add(connection: sqlite3.Connection, entry_id: int, *, earlier: int = 1) -> None:
    """Index an entry as its row stands now, and its earlier wordings from that number on."""
    write(connection)
    row = connection.execute(_ROW, (entry_id,)).fetchone()
    values = tuple(row[name] for name in _FIELDS)
    connection.execute("INSERT INTO entries_fts (rowid, text, title, byline, tag) VALUES (?, ?, ?, ?, ?)", values)
    if row["title"] is not None:
        connection.execute("INSERT INTO entries_titles (rowid, title) VALUES (?, ?)", (entry_id, row["title"]))
    _add_pairs(connection, entry_id, [row[name] for name in ("title", "text", "byline")])
    if _EDITED in row["tag"]:
        wordings.add(connection, entry_id, row["tag"], _present(connection, entry_id), first=earlier)


@lru_cache(maxsize=256)
def tag(publisher_id: int, month: str, kind: str, language: str | None, live_blog_id: int) -> str:
    """Return the filter terms of a new entry of a month (`2013-02`), as the view `entries_index` puts them together."""
    spoken = f" xg{language}" if language is not None else ""
    return f"xp{publisher_id} xm{month.replace('-', '')} xk{kind.replace('_', '')}{spoken} xl{live_blog_id}"


def add_new(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Index entries that were just written, now or at the end of the transaction."""
    if isinstance(connection, Writer) and connection.waiting is not None:
        connection.waiting += rows
        if len(connection.waiting) > _MOST_WAITING:
            write(connection)
    else:
        _write(connection, rows)


def write(connection: sqlite3.Connection) -> None:
    """Index the entries that wait for it."""
    if isinstance(connection, Writer) and connection.waiting:
        _write(connection, sorted(connection.waiting))
        connection.waiting.clear()


def _write(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    connection.executemany("INSERT INTO entries_fts (rowid, text, title, byline, tag) VALUES (?, ?, ?, ?, ?)", rows)
    titles = [(entry_id, title) for entry_id, _, title, _, _ in rows if title is not None]
    connection.executemany("INSERT INTO entries_titles (rowid, title) VALUES (?, ?)", titles)
    if has_spaceless(" ".join([f"{title} {text} {byline}" for _, text, title, byline, _ in rows])):
        for entry_id, text, title, byline, _ in rows:
            _add_pairs(connection, entry_id, (title, text, byline))


def _add_pairs(connection: sqlite3.Connection, entry_id: int, values: Sequence[str | None]) -> None:
    words = " ".join(value or "" for value in values)
    if has_spaceless(words):
        connection.execute("INSERT INTO entries_pairs (rowid, text) VALUES (?, ?)", (entry_id, pairs(words)))


def remove(connection: sqlite3.Connection, entry_id: int, *, earlier: bool = True) -> None:
    """Take an entry out of the index, with its earlier wordings. Call it before the row changes: FTS5 must be told the old values."""
    write(connection)
    row = connection.execute(_ROW, (entry_id,)).fetchone()
    if row is None:
        return
    values = tuple(row[name] for name in _FIELDS)
    connection.execute("INSERT INTO entries_fts (entries_fts, rowid, text, title, byline, tag) VALUES ('delete', ?, ?, ?, ?, ?)", values)
    if row["title"] is not None:
        connection.execute("INSERT INTO entries_titles (entries_titles, rowid, title) VALUES ('delete', ?, ?)", (entry_id, row["title"]))
    connection.execute("DELETE FROM entries_pairs WHERE rowid = ?", (entry_id,))
    if earlier and _EDITED in row["tag"]:
        wordings.remove(connection, entry_id, row["tag"], _present(connection, entry_id))


def _present(connection: sqlite3.Connection, entry_id: int) -> int:
    """The number of the present wording of an entry; only those below it are indexed as earlier ones."""
    return int(connection.execute("SELECT revision FROM entries WHERE id = ?", (entry_id,)).fetchone()[0])
