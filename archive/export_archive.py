"""A smaller archive: the same schema, only some of the entries, with all that belongs to them and no evidence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from archive import index
from archive.opening import open_database
from archive.schema import archive_migrations

# What belongs to an entry, by the column that names it.
_PARTS = {"placements": "entry_id", "revisions": "entry_id", "entry_aliases": "entry_id"}


def write_archive(archive: sqlite3.Connection, path: Path, found: Iterable[list[int]]) -> int:
    """Make a database of entries with their publishers, live blogs, placements, wordings, aliases, the captures they were read from
    (not their bodies), rollups and index, and return how many entries there were."""
    written = 0
    with closing(open_database(path, archive_migrations)) as copy:
        copy.execute("PRAGMA foreign_keys = OFF")  # rows come with what they refer to, not after it
        copy.execute("PRAGMA synchronous = OFF")  # it is synced when it is whole
        for ids in found:
            copy.execute("BEGIN")
            oldest_first = ids[::-1]
            _copy(archive, copy, "entries", "id", oldest_first)
            for table, column in _PARTS.items():
                _copy(archive, copy, table, column, oldest_first)
            for entry_id in oldest_first:
                _copy_what_it_names(archive, copy, entry_id)
                index.add(copy, entry_id)
            copy.execute("COMMIT")
            written += len(ids)
        copy.execute(
            "INSERT INTO rollups (publisher_id, month, count) SELECT publisher_id, substr(day, 1, 7), count(*) FROM entries GROUP BY 1, 2"
        )
        # One file, to be handed on: without a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    return written


def _copy_what_it_names(archive: sqlite3.Connection, copy: sqlite3.Connection, entry_id: int) -> None:
    entry = copy.execute("SELECT publisher_id, live_blog_id, capture_id FROM entries WHERE id = ?", (entry_id,)).fetchone()
    live_blogs = {entry["live_blog_id"]}
    live_blogs |= {row[0] for row in copy.execute("SELECT live_blog_id FROM placements WHERE entry_id = ?", (entry_id,))}
    captures = {entry["capture_id"]}
    captures |= {row[0] for row in copy.execute("SELECT capture_id FROM revisions WHERE entry_id = ?", (entry_id,))}
    new = _missing(copy, "captures", captures)
    _copy(archive, copy, "captures", "id", new)
    for capture_id in new:
        live_blogs |= {row[0] for row in copy.execute("SELECT live_blog_id FROM captures WHERE id = ?", (capture_id,))}
    publishers = {entry["publisher_id"]}
    new = _missing(copy, "live_blogs", live_blogs)
    _copy(archive, copy, "live_blogs", "id", new)
    for live_blog_id in new:
        publishers |= {row[0] for row in copy.execute("SELECT publisher_id FROM live_blogs WHERE id = ?", (live_blog_id,))}
    _copy(archive, copy, "publishers", "id", _missing(copy, "publishers", publishers))


def _missing(copy: sqlite3.Connection, table: str, ids: Iterable[int | None]) -> list[int]:
    return [
        number
        for number in sorted(found for found in ids if found is not None)
        if copy.execute(f"SELECT 1 FROM {table} WHERE id = ?", (number,)).fetchone() is None
    ]


def _copy(archive: sqlite3.Connection, copy: sqlite3.Connection, table: str, column: str, values: Sequence[int]) -> None:
    """Copy the rows of a table in which `column` is one of the values, in their order; columns an older archive lacks stay empty."""
    if not values:
        return
    known = {row["name"] for row in archive.execute(f"PRAGMA table_info({table})")}
    names = [row["name"] for row in copy.execute(f"PRAGMA table_info({table})") if row["name"] in known]
    listed, marks = ", ".join(names), ", ".join("?" * len(values))
    rows = archive.execute(f"SELECT {listed} FROM {table} WHERE {column} IN ({marks}) ORDER BY {column}", values)
    copy.executemany(f"INSERT INTO {table} ({listed}) VALUES ({', '.join('?' * len(names))})", (tuple(row) for row in rows))
