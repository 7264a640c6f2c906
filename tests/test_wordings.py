"""The index of superseded wordings holds what the rows say, whatever happens to an entry; archives without edits pay nothing for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from archive import wordings
from archive.model import Capture, Extraction
from archive.opening import open_database
from archive.schema import archive_migrations
from archive.store import Archive
from archive.verify_wordings import wordings as faults
from tests.conftest import page, update

NEIGHBOURS = (update("9", None, "Newer.", "2026-03-01T13:00:00Z"), update("1", None, "Older.", "2026-03-01T09:00:00Z"))


def shown(text: str | None, at: str = "2026-03-01T11:00:00Z", **fields: str) -> Extraction:
    newer, older = NEIGHBOURS
    return page(newer, *([update("5", None, text, at, **fields)] if text is not None else []), older)


def found(archive: Archive, expression: str) -> list[tuple[str, int]]:
    """(the entry's own id, number of the wording) of what the index finds; and the index must agree with the rows."""
    connection = archive.connection
    connection.execute("INSERT INTO revisions_fts (revisions_fts, rank) VALUES ('integrity-check', 1)")
    assert list(faults(connection)) == []
    rows = connection.execute("SELECT rowid FROM revisions_fts WHERE revisions_fts MATCH ? ORDER BY rowid", (expression,)).fetchall()
    ids = dict(connection.execute("SELECT id, source_id FROM entries").fetchall())
    return [(ids[entry_id], number) for entry_id, number in (wordings.entry_of(row[0]) for row in rows)]


@pytest.fixture
def polled(archive: Archive, capture: Callable[..., Capture]) -> Callable[..., Archive]:
    minutes = iter(range(0, 60))

    def poll(*pages: Extraction) -> Archive:
        for one in pages:
            archive.record(one, capture(f"2026-03-01T14:{next(minutes):02}:00Z", url=str(one.url)))
        return archive

    return poll


def test_each_edit_adds_the_wording_it_superseded(polled: Callable[..., Archive]) -> None:
    archive = polled(shown("The mayor resigned."), shown("The mayor has stepped down."), shown("The mayor left office."))
    assert found(archive, "resigned") == [("5", 1)]
    assert found(archive, "stepped") == [("5", 2)]
    assert found(archive, "office") == [], "the present wording is in the index of entries"
    assert found(archive, "mayor AND xedited") == [("5", 1), ("5", 2)]


def test_a_corrected_time_moves_the_wordings_along(polled: Callable[..., Archive]) -> None:
    archive = polled(shown("It burns."), shown("It burnt."), shown("It burnt.", "2026-03-01T10:30:00Z"))
    assert found(archive, "burns") == [("5", 1)]
    assert [number for _, number in found(archive, "burnt")] == [2]
    assert archive.connection.execute("SELECT count(*) FROM revisions_fts_docsize").fetchone()[0] == 2


def test_filters_of_a_wording_are_those_of_its_entry(polled: Callable[..., Archive]) -> None:
    archive = polled(shown("It burns."), shown("It burnt."), shown(None))
    assert found(archive, "burns AND xwithdrawn") == [("5", 1)]
    polled(shown("It burnt.", kind="key_event"))
    assert found(archive, "burns AND xwithdrawn") == []
    polled(shown("It burnt down.", kind="key_event"))
    assert found(archive, "burns AND xkkeyevent") == [("5", 1)]
    assert found(archive, "burns AND xkpost") == []


def test_a_second_placement(archive: Archive, capture: Callable[..., Capture]) -> None:
    everywhere = {"ids_are_global": True}
    archive.record(page(update("5", None, "It burns."), **everywhere), capture())
    archive.record(page(update("5", None, "It burnt."), **everywhere), capture("2026-03-01T12:10:00Z"))
    other = page(update("5", None, "It burnt."), url="https://times.example/live/fire", **everywhere)
    archive.record(other, capture("2026-03-01T12:20:00Z", url="https://times.example/live/fire"))
    assert found(archive, "burns AND xl1 AND xl2") == [("5", 1)]


def test_scripts_without_spaces(polled: Callable[..., Archive]) -> None:
    archive = polled(shown("東京で停電"), shown("東京の停電は復旧"))
    found(archive, "x")
    assert archive.connection.execute("SELECT count(*) FROM revisions_pairs WHERE revisions_pairs MATCH '\"京で\"'").fetchone()[0] == 1


def test_new_entries_and_archives_without_edits_write_nothing_to_it(polled: Callable[..., Archive]) -> None:
    archive = polled(shown("It burns."))
    statements: list[str] = []
    archive.connection.set_trace_callback(statements.append)
    polled(page(update("10", None, "Newest.", "2026-03-01T13:30:00Z"), *shown("It burns.").updates))
    archive.connection.set_trace_callback(None)
    assert statements
    assert [statement for statement in statements if "revisions" in statement] == []


def test_an_older_archive_is_indexed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    earlier = Migrations(archive_migrations.name)
    earlier._migrations = archive_migrations._migrations[:3]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        earlier.apply(Database(connection))
        connection.execute("INSERT INTO publishers (slug, name) VALUES ('times', 'Times')")
        connection.execute(
            "INSERT INTO live_blogs (slug, url, publisher_id, kind, first_seen, last_seen, last_changed)"
            " VALUES ('l', 'l', 1, 'story', '', '', '')"
        )
        connection.execute(
            "INSERT INTO entries (id, slug, key, publisher_id, live_blog_id, text, kind, day, first_seen, revision, content_hash)"
            " VALUES (7, 's', 'k', 1, 1, 'now', 'post', '2026-03-01', '', 3, '')"
        )
        for number, text in ((1, "resigned"), (2, "東京")):
            connection.execute(
                "INSERT INTO revisions (entry_id, number, text, seen_at, superseded_at) VALUES (7, ?, ?, '', '')", (number, text)
            )
    with closing(open_database(path, archive_migrations)) as connection:
        assert list(faults(connection)) == []
        rows = connection.execute("SELECT rowid FROM revisions_fts WHERE revisions_fts MATCH 'resigned AND xp1'").fetchall()
        assert [wordings.entry_of(row[0]) for row in rows] == [(7, 1)]
