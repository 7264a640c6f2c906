"""How much of the search index a look-up would have to read, before it is made: FTS5 cannot be stopped while it gathers the
words with one beginning, not even by the time limit. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archive.small_index import tokens

# A page of an index takes 0.1 ms to gather, so this is a fifth of a second, for all the beginnings in a search together.
MOST_PAGES = 2000
_FEW = 4  # words that are looked up whatever they are: without a beginning, even the commonest take milliseconds
_IN_PLACE = 50  # pages of a word that is only gone through, for one that is gathered

# FTS5 keeps in `<index>_idx` which word begins each page of a segment, after a byte "0"; `pgno` is twice the number of the page
# and a flag. What one word alone fills is left out of it, so that the words from one to another end where the next page begins.
# https://sqlite.org/fts5.html, "FTS5 Data Structures", and the comments in fts5_index.c
_PAGES = """
WITH RECURSIVE segments (id) AS (
    SELECT min(segid) FROM entries_fts_idx
    UNION ALL SELECT (SELECT min(segid) FROM entries_fts_idx WHERE segid > segments.id) FROM segments WHERE segments.id IS NOT NULL
)
SELECT coalesce(sum(
    coalesce(
        (SELECT pgno / 2 - 1 FROM entries_fts_idx WHERE segid = segments.id AND term >= :end ORDER BY term LIMIT 1),
        (SELECT pgno / 2 FROM entries_fts_idx WHERE segid = segments.id ORDER BY term DESC LIMIT 1)
    ) - (SELECT pgno / 2 FROM entries_fts_idx WHERE segid = segments.id AND term <= :start ORDER BY term DESC LIMIT 1)
), 0) FROM segments WHERE id IS NOT NULL
"""


def pages(connection: sqlite3.Connection, word: str, *, whole: bool = False) -> int:
    """Return how many pages of the index, about four kilobytes each, hold the words that begin so, or the `whole` word alone; 0 if they
    share pages with others. A word that begins where another ends may be told to take what that does."""
    start = b"0" + word.encode()
    return int(connection.execute(_PAGES, {"start": start, "end": start + (b"\x00" if whole else b"\xff")}).fetchone()[0])


def too_much(connection: sqlite3.Connection, terms: Sequence[str]) -> list[str]:
    """Return which of the terms, FTS5 strings such as `"the harbour"` and `"harb"*`, are too much to look for together: the commonest."""
    words = {term: tokens(term) for term in dict.fromkeys(terms)}
    if not any(term.endswith("*") for term in words) and sum(map(len, words.values())) <= _FEW:
        return []
    sizes = {term: sum(pages(connection, word, whole=True) for word in set(said)) / _IN_PLACE for term, said in words.items()}
    sizes |= {term: pages(connection, said[-1]) for term, said in words.items() if term.endswith("*") and said}
    total = 0.0
    exceeded = []
    for term in sorted(sizes, key=lambda term: sizes[term]):
        total += sizes[term]
        if total > MOST_PAGES:
            exceeded.append(term)
    return [term for term in words if term in exceeded]
