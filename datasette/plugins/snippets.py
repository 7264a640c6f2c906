"""`serve --snippets WORDS`: readers get the beginning of each text, on every page and in every form, and none of Datasette's own pages.

The texts are cut below everything else: on each connection a view stands before each table that holds them, so what a page does
not think of is cut, too.
"""

from __future__ import annotations

import sqlite3

from datasette import hookimpl
from datasette.app import Datasette

from archive.answering import DATABASE
from archive.pairs import has_spaceless

_CUT = {"text": "first_words(text) AS text", "html": "NULL AS html"}
_TABLES = ("entries", "revisions")
_OWN = ("entries_index",)  # the search index reads it by itself, and shows no more than forty words at a time
_DATASETTES = ("view-database", "view-database-download", "view-table", "view-query", "execute-sql")


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    words = _words(datasette)
    if words is None or database != DATABASE:
        return
    conn.create_function("first_words", 1, lambda text: first_words(text, words), deterministic=True)
    for table in _TABLES:
        columns = [row[1] for row in conn.execute(f"PRAGMA main.table_info({table})")]
        if columns:
            conn.execute(f"CREATE TEMP VIEW {table} AS SELECT {', '.join(_CUT.get(name, name) for name in columns)} FROM main.{table}")
    for name, sql in conn.execute("SELECT name, sql FROM main.sqlite_master WHERE type = 'view'").fetchall():
        if name not in _OWN:
            conn.execute(sql.replace("CREATE VIEW", "CREATE TEMP VIEW", 1))


@hookimpl
def permission_allowed(datasette: Datasette, action: str) -> bool | None:
    """Tables and SQL would show the texts whole."""
    return False if _words(datasette) is not None and action in _DATASETTES else None


def first_words(text: str | None, words: int) -> str | None:
    """The first words of a text, with its paragraphs, and a mark if there were more.

    In a script without spaces two characters count as a word; elsewhere a word has at most twelve, or one of a megabyte would be whole.
    """
    if text is None:
        return None
    parts = text.split(None, words)
    end = len(text) - len(parts[-1]) if len(parts) > words else len(text)
    end = min(end, words * (2 if has_spaceless(text) else 12))
    return text if end == len(text) else text[:end].rstrip() + " \u2026"


def _words(datasette: Datasette) -> int | None:
    found: int | None = (datasette.plugin_config("stoppress") or {}).get("snippets")
    return found
