"""Merging the search index, a little at a time.

FTS5 writes a small index of its own for each transaction and merges sixteen of a size when there are so many; a search looks each word
up in every one of them. Merged by fours at quiet moments, they are a handful instead of dozens.
https://sqlite.org/fts5.html, "The 'merge' Command"
"""

from __future__ import annotations

import sqlite3

INDEXES = ("entries_fts", "entries_titles", "entries_pairs", "revisions_fts", "revisions_pairs")
# Written at once, of about four kilobytes each: some 15 ms, 40 at most.
PAGES = 200


def merge(connection: sqlite3.Connection, index: str, *, pages: int = PAGES) -> bool:
    """Merge what has come together in an index, so many pages of it, and return whether there was anything to merge. Inside the caller's
    transaction."""
    before = connection.total_changes
    connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)", (pages,))
    # One change is the statement itself.
    return connection.total_changes - before >= 2
