"""What a query may cost: the time limit stops long ones, this stops ones that answer with half a gigabyte."""

from __future__ import annotations

import sqlite3

from datasette import hookimpl

LARGEST_VALUE = 20_000_000  # bytes of one value; a page may have 16 MiB, so no field of ours is larger
MAPPED = 1 << 40  # bytes of a file, all that SQLite allows: two gigabytes


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    conn.execute("PRAGMA trusted_schema = OFF")
    # 16 MB instead of two for each thread, and what is read stays in the system's memory instead of being copied from there: a search
    # looks at thousands of pages all over the archive, and ranking takes a third less time.
    conn.execute("PRAGMA cache_size = -16000")
    conn.execute(f"PRAGMA mmap_size = {MAPPED}")
