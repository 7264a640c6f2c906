"""Whether the character pairs of superseded wordings are those of their rows; the full-text index answers for itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from archive.pairs import has_spaceless, pairs
from archive.wordings import entry_of


def wordings(connection: sqlite3.Connection) -> Iterator[str]:
    """What is wrong with the index of the character pairs of earlier wordings, in the order of time."""
    kept = dict(connection.execute("SELECT rowid, text FROM revisions_pairs").fetchall())
    for row in connection.execute("SELECT id, text, title, byline FROM revisions_index ORDER BY id"):
        words = " ".join(row[name] or "" for name in ("text", "title", "byline"))
        expected = pairs(words) if has_spaceless(words) else None
        if kept.pop(row["id"], None) != expected:
            entry_id, number = entry_of(row["id"])
            yield f"archive.db: the index of character pairs does not hold the text of wording {number} of the entry at {entry_id}"
    for rowid in sorted(kept):
        entry_id, number = entry_of(rowid)
        yield f"archive.db: the index of character pairs has a wording {number} of an entry at {entry_id} that no entry has"
