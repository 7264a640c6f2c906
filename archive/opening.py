"""Opening `archive.db` and `captures.db`: made or upgraded for writing, read-only as they are, and a sentence for what is neither."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database, Migrations

from archive.errors import ArchiveError, NewerArchiveError
from archive.index import Writer
from archive.schema import PAGE_SIZE, archive_migrations


def open_database(path: Path | str, migrations: Migrations, *, synchronous: str = "NORMAL") -> Writer:
    """Open a database for writing, made or upgraded to this version's schema, in WAL mode.

    `path` may be ":memory:". Raises NewerArchiveError for a file made by a newer version, ArchiveError for
    a file that is no database or cannot be written.
    """
    try:
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, factory=Writer)
    except sqlite3.Error as error:
        raise ArchiveError(f"expected a database that can be written at {path}, found: {error}") from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        refuse_newer(connection, migrations, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        _migrate(connection, migrations)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a database read-only. Raises ArchiveError if there is none, or it is no archive.

    An archive nobody may write to any more (a copy on a read-only medium) is opened as it stands.
    """
    if not path.exists():
        raise ArchiveError(f"expected an archive at {path}, found none; `stoppress crawl`, `import` or `demo` makes one")
    if not path.is_file():
        raise ArchiveError(f"expected a SQLite database at {path}, found something that is no file")
    return read_only(path, archive_migrations, "an archive")


def upgrade(path: Path) -> None:
    """Bring an archive of an older version to this one's schema, if it may be written. Raises as `open_reader` does."""
    with closing(open_reader(path)) as connection:
        is_older = len(applied(connection, archive_migrations)) < len(archive_migrations._migrations)
    if is_older and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        open_database(path, archive_migrations).close()


def read_only(path: Path, migrations: Migrations, what: str) -> sqlite3.Connection:
    """Open a file read-only that is there; `what` it should be, for the message. Raises as `open_reader` does."""
    # Nobody writes to a copy on a read-only medium, and SQLite could not make the files it shares with a writer there.
    settled = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    connection: sqlite3.Connection | None = None
    try:
        uri = f"{path.resolve().as_uri()}?{'immutable=1' if settled else 'mode=ro'}"
        connection = sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA trusted_schema = OFF")
        refuse_newer(connection, migrations, path)
        if not applied(connection, migrations):
            raise ArchiveError(f"expected {what} at {path}, found a database of something else")
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, sqlite3.Error):
            raise _unusable(path, error) from error
        raise
    return connection


def applied(connection: sqlite3.Connection, migrations: Migrations) -> list[str]:
    """The names of the migrations a database has had, oldest first."""
    exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (Migrations.migrations_table,)).fetchone()
    if not exists:
        return []
    rows = connection.execute(f"SELECT name FROM {Migrations.migrations_table} WHERE migration_set = ? ORDER BY rowid", (migrations.name,))
    return [row[0] for row in rows]


def refuse_newer(connection: sqlite3.Connection, migrations: Migrations, path: Path | str) -> None:
    """Raise NewerArchiveError if a database has had a migration this code does not know."""
    known = [migration.name for migration in migrations._migrations]
    unknown = [name for name in applied(connection, migrations) if name not in known]
    if unknown:
        raise NewerArchiveError(
            f"{path} was made by a newer version (migration {unknown[-1]!r}, this code knows {known[-1]}); upgrade stoppress"
        )


def _migrate(connection: sqlite3.Connection, migrations: Migrations) -> None:
    database = Database(connection)
    if not migrations.pending(database):
        return
    # Two processes may open a new archive at once: the second waits here and then finds nothing to do.
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(database)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _unusable(path: Path | str, error: sqlite3.Error) -> ArchiveError:
    message = str(error)
    if "not a database" in message or "malformed" in message:
        return ArchiveError(f"expected a SQLite database at {path}, found a file that is none ({message}); it was left as it is")
    if "readonly" in message or "unable to open" in message:
        return ArchiveError(f"expected a database that can be written at {path}, found: {message}")
    return ArchiveError(f"the database at {path} could not be used: {message}")
