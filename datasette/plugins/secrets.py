"""Keeps from the site's readers what alerts watch for and whom they tell: such addresses are secrets, and SQL reads every table."""

from __future__ import annotations

import sqlite3

from datasette import hookimpl

_HIDDEN = ("saved_searches",)


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    conn.set_authorizer(_may)


def _may(action: int, first: str | None, second: str | None, database: str | None, within: str | None) -> int:
    """A query that reads what is hidden is refused, with a sentence by SQLite; how many rows there are is no secret."""
    is_hidden = action == sqlite3.SQLITE_READ and first in _HIDDEN and bool(second)
    return sqlite3.SQLITE_DENY if is_hidden else sqlite3.SQLITE_OK
