"""A full-text index in memory of the few texts in hand: it splits words as the archive's own does, and marks those found.

Marking the words of twenty hits in the archive's index would look up each word of the search twenty times; here it takes 1.5 ms, however
large the archive is.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable

MARK_START, MARK_END = "\x02", "\x03"  # round a found word; control characters no text holds
# The title and a snippet of 40 words of the text, in an index whose columns begin with text and title.
HIGHLIGHTED = "highlight({0}, 1, ?, ?), snippet({0}, 0, ?, ?, ' \u2026 ', 40)"
MARKS = (MARK_START, MARK_END, MARK_START, MARK_END)

_local = threading.local()


def marked(texts: Iterable[tuple[int, str, str | None, str | None]], expression: str) -> dict[int, tuple[str | None, str]]:
    """Return (title, snippet of the text) by number for (number, text, title, byline), words that an FTS5 expression finds marked.

    A text in which the expression finds nothing is left out.
    """
    connection = _connection()
    connection.execute("BEGIN")
    try:
        connection.executemany("INSERT INTO texts (rowid, text, title, byline) VALUES (?, ?, ?, ?)", texts)
        rows = connection.execute(f"SELECT rowid, {HIGHLIGHTED.format('texts')} FROM texts WHERE texts MATCH ?", (*MARKS, expression))
        return {row[0]: (row[1], row[2]) for row in rows}
    finally:
        connection.execute("ROLLBACK")


def tokens(text: str) -> list[str]:
    """Return what the index makes of the words of a text, in their order.

    >>> tokens("Réouvert: the lorries")
    ['reouvert', 'the', 'lorri']
    """
    connection = _connection()
    connection.execute("BEGIN")
    try:
        connection.execute("INSERT INTO texts (text) VALUES (?)", (text,))
        return [row[0] for row in connection.execute("SELECT term FROM terms ORDER BY offset")]
    finally:
        connection.execute("ROLLBACK")


def _connection() -> sqlite3.Connection:
    """This thread's index; it is empty whenever it is not in use."""
    connection: sqlite3.Connection | None = getattr(_local, "connection", None)
    if connection is None:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text, title, byline, tokenize='porter unicode61 remove_diacritics 2')")
        connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(texts, instance)")
        _local.connection = connection
    return connection
