"""Keeps from the site's readers whom alerts tell: an address that takes messages is a secret, and SQL reads every column."""

from __future__ import annotations

import sqlite3

from datasette import hookimpl

_HIDDEN = {("saved_searches", "action")}


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    conn.set_authorizer(_may)


def _may(action: int, first: str | None, second: str | None, database: str | None, within: str | None) -> int:
    """A query that reads what is hidden is refused, with a sentence by SQLite."""
    is_hidden = action == sqlite3.SQLITE_READ and (first, second) in _HIDDEN
    return sqlite3.SQLITE_DENY if is_hidden else sqlite3.SQLITE_OK
