"""An archive made by any earlier version is brought up to this one's schema; what it holds stays."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from archive.schema import applied, archive_migrations, capture_migrations, open_database

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
