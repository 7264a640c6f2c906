"""An archive made by any earlier version is brought up to this one's schema; what it holds stays."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from archive.opening import applied, open_database
from archive.schema import archive_migrations, capture_migrations

SETS = {"archive": archive_migrations, "captures": capture_migrations}


def schema(connection: sqlite3.Connection) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")}


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, found in SETS.items() for number in range(1, len(found._migrations) + 1)]
)
def test_from_every_earlier_migration(tmp_path: Path, name: str, number: int) -> None:
    migrations = SETS[name]
    earlier = Migrations(migrations.name)
    earlier._migrations = migrations._migrations[:number]
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        earlier.apply(Database(connection))
        if name == "archive":
            connection.execute("INSERT INTO publishers (slug, name) VALUES ('times', 'The Times of Vale')")
    with closing(open_database(path, migrations)) as upgraded, closing(open_database(":memory:", migrations)) as fresh:
        assert applied(upgraded, migrations) == applied(fresh, migrations)
        assert schema(upgraded) == schema(fresh)
        if name == "archive":
            assert upgraded.execute("SELECT name FROM publishers").fetchone()[0] == "The Times of Vale"


def test_polls_are_counted_by_hour_however_they_come_and_go(tmp_path: Path) -> None:
    """Those of before the counts were kept, those written since, and not those taken out."""
    earlier = Migrations(archive_migrations.name)
    earlier._migrations = [found for found in archive_migrations._migrations if found.name < "m004"]
    path = tmp_path / "old.db"
    add = "INSERT INTO polls (url, at, outcome, new, edited) VALUES ('u', ?, ?, ?, ?)"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        earlier.apply(Database(connection))
        connection.execute(add, ("2026-03-03T11:59:59Z", "new", 3, 1))
    with closing(open_database(path, archive_migrations)) as connection:
        connection.execute(add, ("2026-03-03T11:00:00Z", "new", 2, 0))
        connection.execute(add, ("2026-03-03T12:00:00Z", "broken", 0, 0))
        counts = "SELECT hour, outcome, polls, new, edited FROM polls_by_hour WHERE polls > 0"
        assert [tuple(row) for row in connection.execute(counts)] == [
            ("2026-03-03T11", "new", 2, 5, 1),
            ("2026-03-03T12", "broken", 1, 0, 0),
        ]
        connection.execute("DELETE FROM polls WHERE at < '2026-03-03T11:30' OR outcome = 'broken'")
        assert [tuple(row) for row in connection.execute(counts)] == [("2026-03-03T11", "new", 1, 3, 1)]
