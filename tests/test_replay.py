"""Replaying captures with unchanged code gives an equal archive; with changed code it says what would change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.model import Capture
from archive.schema import open_reader
from archive.times import from_utc
from crawler import recorder
from crawler.recorder import recording
from crawler.replaying import replay
from tests.equality import facts
from tests.test_order_of_arrival import URL, captures_of_the_day

TABLES = ("publishers", "live_blogs", "entries", "entry_aliases", "placements", "revisions", "rollups", "captures", "polls", "tombstones",
          "watches", "saved_searches", "entries_fts_docsize", "entries_pairs")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    with recording(made) as opened:
        for capture in captures_of_the_day():
            opened.receive(capture)
        opened.receive(Capture(url=URL, body=b"<html><title>Just a moment</title></html>", fetched_at=from_utc("2026-03-01T13:00:00Z")))
        opened.fail(URL, at=from_utc("2026-03-01T13:05:00Z"), outcome="unreachable", message="no answer")
        opened.archive.connection.execute("INSERT INTO watches (url, added_at, live_blog_id) VALUES (?, '2026-03-01T12:00:00Z', 1)", (URL,))
        opened.archive.connection.execute("INSERT INTO saved_searches (name, query) VALUES ('river', 'river')")
        opened.archive.connection.execute("INSERT INTO tombstones VALUES ('00')")
    return made


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(path)
    try:
        return {table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in TABLES}
    finally:
        connection.close()


def test_unchanged_code_gives_an_equal_archive_row_for_row(folder: Folder) -> None:
    before = dump(folder.archive)
    assert replay(folder).is_equal
    assert dump(folder.archive) == before, "nothing is touched unless asked"
    assert replay(folder, apply=True).is_equal
    assert dump(folder.archive) == before
    assert not list(folder.path.glob("replay.db*"))


def test_by_several_processes_it_is_the_same(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.replaying._WORTH_A_POOL", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    before = dump(folder.archive)
    assert replay(folder, apply=True).is_equal
    assert dump(folder.archive) == before


def test_a_better_reader_is_shown_and_taken_over_when_asked(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with recording(folder) as opened:
        before = facts(opened.archive.connection)
    plain = recorder.extract

    def louder(page: object) -> object:
        from dataclasses import replace

        found = plain(page)  # type: ignore[arg-type]
        return replace(found, updates=tuple(replace(update, title=(update.title or "").upper()) for update in found.updates[:-1]))

    monkeypatch.setattr(recorder, "extract", louder)
    reader = open_reader(folder.archive)
    reader.execute("BEGIN")
    count = reader.execute("SELECT count(*) FROM entries").fetchone()[0]
    differences = replay(folder)
    assert (differences.new, differences.gone, differences.changed, differences.fields["title"]) == (0, 1, 4, 4)
    assert {change.field for change in differences.examples} >= {"gone", "title"}
    replay(folder, apply=True)
    assert reader.execute("SELECT count(*) FROM entries").fetchone()[0] == count == 5, "a reader keeps what it reads"
    reader.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM entries").fetchone()[0] == 4
    reader.close()
    with recording(folder) as opened:
        after = facts(opened.archive.connection)
        assert opened.archive.connection.execute("SELECT count(*) FROM polls").fetchone()[0] == 8, "polls are copied"
    assert {row[5] for row in after["entries"]} == {str(row[5]).upper() for row in before["entries"]} - {"UPDATE A"}


def test_an_archive_that_is_gone_is_rebuilt_when_asked(folder: Folder) -> None:
    with recording(folder) as opened:
        before = facts(opened.archive.connection)
    for file in folder.path.glob("archive.db*"):
        file.unlink()
    with pytest.raises(ArchiveError, match="replay --apply"):
        replay(folder)
    replay(folder, apply=True)
    with recording(folder) as opened:
        assert facts(opened.archive.connection) == before


def test_captures_that_wait_are_told_of_and_recorded_first_when_applied(folder: Folder) -> None:
    late = Capture(url=URL, body=captures_of_the_day()[-1].body, fetched_at=from_utc("2026-03-01T14:00:00Z"))
    with recording(folder) as opened:
        stored = opened.captures.add(late)
    assert replay(folder).waiting == 1
    assert replay(folder, apply=True).waiting == 0
    with closing(open_reader(folder.archive)) as connection:
        assert connection.execute("SELECT 1 FROM captures WHERE id = ?", (stored.id,)).fetchone()


def test_what_comes_in_meanwhile_is_caught_up(folder: Folder) -> None:
    """A capture that is stored, but was not recorded when the replay began, is recorded at the next opening."""
    late = Capture(url=URL, body=captures_of_the_day()[-1].body, fetched_at=from_utc("2026-03-01T14:00:00Z"))
    with recording(folder) as opened:
        stored = opened.captures.add(late)
    replay(folder, apply=True)
    with recording(folder) as opened:
        assert stored.id is not None
        assert opened.archive.is_recorded(stored.id)
