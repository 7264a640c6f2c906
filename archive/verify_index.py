"""Whether the full-text index holds exactly what the rows say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

# Rank 1 compares the index with the rows it was made from; the plain form passes after drift.
_CHECKS = {
    "entries_fts": "INSERT INTO entries_fts (entries_fts, rank) VALUES ('integrity-check', 1)",
    "entries_titles": "INSERT INTO entries_titles (entries_titles, rank) VALUES ('integrity-check', 1)",
    "entries_pairs": "INSERT INTO entries_pairs (entries_pairs) VALUES ('integrity-check')",
    "revisions_fts": "INSERT INTO revisions_fts (revisions_fts, rank) VALUES ('integrity-check', 1)",
    "revisions_pairs": "INSERT INTO revisions_pairs (revisions_pairs) VALUES ('integrity-check')",
}


def index(connection: sqlite3.Connection, notes: list[str]) -> Iterator[str]:
    """Indexes that do not agree with the rows. Where that cannot be asked, a sentence is added to `notes`.

    FTS5 answers only a writer, and for minutes; a crawler would wait for it in vain. So a copy is asked, as
    the connection sees it now, in a file without a name that is gone when it is closed.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as copy:
        try:
            connection.backup(copy)
        except sqlite3.DatabaseError as error:
            notes.append(f"the full-text index was not checked: a temporary copy of archive.db could not be made ({error})")
            return
        for name, check in _CHECKS.items():
            try:
                copy.execute(check)
            except sqlite3.DatabaseError as error:
                yield f"archive.db: {name}: expected an index that agrees with the rows, found one that does not ({error})"
