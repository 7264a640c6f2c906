"""What no capture tells (watches, polls, searches, tombstones), taken along when an archive is rebuilt from its captures."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Mapping
from contextlib import closing, suppress
from pathlib import Path

from archive.store import Archive

_TABLES = ("watches", "polls", "backfills", "saved_searches", "queue_positions")
_ATTEMPTS = 20
_STEP = 8  # pages, fewer than any archive has: the first step must not be the last


class _ChangedError(Exception):
    """Somebody wrote to the old archive after what it knows was taken along."""


def copy_tombstones(old: sqlite3.Connection, new: Archive) -> None:
    """Let a new archive know what was forgotten, before anything is recorded in it."""
    with new.writing() as connection:
        _copy(old, connection, "tombstones", {}, ())


def recorded_ids(old: sqlite3.Connection) -> set[int]:
    """The captures an archive has recorded."""
    return {row[0] for row in old.execute("SELECT id FROM captures")}


def carry_over(old: sqlite3.Connection, new: Archive) -> None:
    """Take along what no capture tells, as the old archive knows it now; a live blog is the one with the same address.

    Polls of captures that the new archive has not recorded are left out: they are counted when these are.
    """
    with new.writing() as connection:
        ids = {row["url"]: row["id"] for row in connection.execute("SELECT id, url FROM live_blogs")}
        live_blogs = {row["id"]: ids.get(row["url"]) for row in old.execute("SELECT id, url FROM live_blogs")}
        recorded = recorded_ids(connection)
        waiting = [row for row in old.execute("SELECT id, url, fetched_at FROM captures") if row["id"] not in recorded]
        for table in _TABLES:
            connection.execute(f"DELETE FROM {table}")
            _copy(old, connection, table, live_blogs, {(row["url"], row["fetched_at"]) for row in waiting})
    new.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def take_over(path: Path, target: Path) -> None:
    """Copy a new archive into the old one's file, in one transaction: open readers keep what they read and then see the new.

    Whatever was written to the old one until SQLite has locked it is taken along.
    """
    with (
        closing(Archive(path)) as new,
        closing(sqlite3.connect(target, timeout=30)) as destination,
        closing(sqlite3.connect(f"{target.resolve().as_uri()}?mode=ro", uri=True, timeout=30, isolation_level=None)) as old,
    ):
        old.row_factory = sqlite3.Row
        for _ in range(_ATTEMPTS):
            version = _version(old)
            carry_over(old, new)

            def check(status: int, remaining: int, total: int, version: int = version) -> None:
                # From the first step to the last SQLite keeps everybody else from writing.
                if remaining and _version(old) != version:
                    raise _ChangedError

            try:
                new.connection.backup(destination, pages=_STEP, progress=check, sleep=0)
                break
            except _ChangedError:
                continue
        else:
            raise sqlite3.OperationalError(f"somebody wrote to {target} each of {_ATTEMPTS} times it was to be replaced")
        with suppress(sqlite3.OperationalError):  # the new archive is there; a later writer takes it out of the log
            destination.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _version(connection: sqlite3.Connection) -> int:
    """A number that another connection's commit changes."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _copy(
    old: sqlite3.Connection, new: sqlite3.Connection, table: str, live_blogs: Mapping[int, int | None], left_out: Container[tuple[str, str]]
) -> None:
    columns = [row["name"] for row in old.execute(f"PRAGMA table_info({table})")]
    rows = (
        tuple(live_blogs.get(row[name]) if name == "live_blog_id" else row[name] for name in columns)
        for row in old.execute(f"SELECT * FROM {table}")
        if table != "polls" or (row["url"], row["at"]) not in left_out
    )
    new.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
