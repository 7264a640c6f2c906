"""How much of the search index a look-up would have to read, before it is made: FTS5 cannot be stopped while it gathers the
words with one beginning, not even by the time limit. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archive.small_index import tokens

# A page of an index takes 0.1 ms to gather, so this is a fifth of a second, for all the beginnings in a search together.
MOST_PAGES = 2000

# FTS5 keeps in `<index>_idx` which word begins each page of a segment, after a byte "0"; `pgno` is twice the number of the page
# and a flag.
# https://sqlite.org/fts5.html, "FTS5 Data Structures", and the comments in fts5_index.c
_PAGES = """
WITH RECURSIVE segments (id) AS (
    SELECT min(segid) FROM entries_fts_idx
    UNION ALL SELECT (SELECT min(segid) FROM entries_fts_idx WHERE segid > segments.id) FROM segments WHERE segments.id IS NOT NULL
)
SELECT coalesce(sum(
    (SELECT pgno / 2 FROM entries_fts_idx WHERE segid = segments.id AND term < :end ORDER BY term DESC LIMIT 1)
    - (SELECT pgno / 2 FROM entries_fts_idx WHERE segid = segments.id AND term <= :start ORDER BY term DESC LIMIT 1)
), 0) FROM segments WHERE id IS NOT NULL
"""


def pages(connection: sqlite3.Connection, beginning: str) -> int:
    """Return how many pages of the index, about four kilobytes each, hold the words with a beginning; 0 if they share pages with others."""
    start = b"0" + beginning.encode()
    return int(connection.execute(_PAGES, {"start": start, "end": start + b"\xff"}).fetchone()[0])


def most_pages_exceeded(connection: sqlite3.Connection, terms: Sequence[str]) -> list[str]:
    """Return which of the terms, FTS5 strings such as `"harb"*`, are too much to gather beside those before them."""
    total = 0
    exceeded = []
    for term in dict.fromkeys(terms):
        words = tokens(term)
        size = pages(connection, words[-1]) if words else 0
        if total + size > MOST_PAGES:
            exceeded.append(term)
        else:
            total += size
    return exceeded
