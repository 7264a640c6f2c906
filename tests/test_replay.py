"""Replaying captures with unchanged code gives an equal archive; with changed code it says what would change."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from archive import carrying, watches
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.model import Capture
from archive.opening import open_reader
from archive.store import Archive
from archive.times import from_utc
from archive.verify import verify
from crawler import recorder
from crawler.recorder import recording
from crawler.replaying import replay
from tests.conftest import ROOT
from tests.equality import facts
from tests.test_order_of_arrival import URL, captures_of_the_day

TABLES = ("publishers", "live_blogs", "entries", "entry_aliases", "placements", "revisions", "rollups", "captures", "polls", "tombstones",
          "watches", "saved_searches", "entries_fts_docsize", "entries_pairs", "revisions_fts_docsize", "revisions_pairs")  # fmt: skip


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


# What others write while it works


def others_write(folder: Folder, number: int) -> None:
    """What a `watch add`, a `watch remove`, an import and a failed poll leave."""
    with recording(folder) as opened:
        opened.receive(Capture(url=URL, body=captures_of_the_day()[-1].body, fetched_at=from_utc(f"2026-03-01T15:{number:02}:00Z")))
        opened.fail(URL, at=from_utc(f"2026-03-01T16:{number:02}:00Z"), outcome="unreachable", message="no answer")
        with opened.archive.writing() as connection:
            watches.add(connection, [f"https://times.example/live/{number}"], at=from_utc("2026-03-01T16:00:00Z"))
            watches.remove(connection, [URL])


def written(folder: Folder) -> dict[str, list[tuple[object, ...]]]:
    with closing(open_reader(folder.archive)) as connection:
        return facts_of(connection)


def facts_of(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    sql = "SELECT url, at, outcome, new, edited, message, count, live_blog_id IS NULL FROM polls ORDER BY at, url, outcome"
    return {
        "polls": [tuple(row) for row in connection.execute(sql)],
        "watches": [tuple(row) for row in connection.execute("SELECT url, added_at, next_poll_at FROM watches ORDER BY url")],
    }


@pytest.mark.parametrize("when", ["while it reads", "before it is locked"])
def test_what_others_write_meanwhile_is_taken_along(folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, when: str) -> None:
    undisturbed = Folder(tmp_path / "undisturbed")
    shutil.copytree(folder.path, undisturbed.path, ignore=shutil.ignore_patterns("undisturbed"))
    for number in (1, 2):
        others_write(undisturbed, number)
    numbers = iter((1, 2))
    carry_over = carrying.carry_over

    @contextmanager
    def bar(what: str, total: int) -> Iterator[Callable[..., None]]:
        for number in numbers if when == "while it reads" else ():
            others_write(folder, number)
        yield lambda note="": None

    def carry_and_then_write(old: sqlite3.Connection, new: Archive) -> None:
        carry_over(old, new)
        for number in numbers:
            others_write(folder, number)
            break

    if when == "before it is locked":
        monkeypatch.setattr(carrying, "carry_over", carry_and_then_write)
    replay(folder, apply=True, bar=bar)
    assert list(numbers) == [], "both were written"
    assert written(folder) == written(undisturbed)
    with recording(folder) as one, recording(undisturbed) as other:
        assert facts(one.archive.connection) == facts(other.archive.connection)
    assert verify(folder).problems == ()


def test_somebody_who_never_stops_writing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "_ATTEMPTS", 3)
    before = dump(folder.archive)
    carry_over = carrying.carry_over

    def carry_and_then_write(old: sqlite3.Connection, new: Archive) -> None:
        carry_over(old, new)
        with closing(sqlite3.connect(folder.archive)) as other, other:
            other.execute("UPDATE watches SET failures = failures + 1")

    monkeypatch.setattr(carrying, "carry_over", carry_and_then_write)
    with pytest.raises(ArchiveError, match="each of 3 times it was to be replaced; it is as it was"):
        replay(folder, apply=True)
    after = dump(folder.archive)
    assert {table: rows for table, rows in after.items() if table != "watches"} == {
        table: rows for table, rows in before.items() if table != "watches"
    }


# Ctrl-C

SLOW = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
import {module} as module
from crawler.cli import main
def slow(*arguments, **named):
    print("begun", flush=True)
    time.sleep(30)
module.{name} = slow
main({arguments!r})
"""


@pytest.mark.parametrize(
    ("module", "name", "command", "words"),
    [
        ("crawler.replaying", "compare", ["replay"], "the archive is as it was; `stoppress replay` begins again"),
        ("crawler.replaying", "take_over", ["replay", "--apply"], None),
        ("archive.export", "write_text", ["export", "{room}/out.csv"], "nothing was left at {room}/out.csv but what was there before"),
        ("archive.export", "write_text", ["export", "-", "--format", "csv"], "what was written so far is not all there is"),
        ("archive.backup", "_copy", ["backup", "{room}/copy"], "no copy was left at {room}/copy, and the archive is as it was"),
        ("archive.verify", "index", ["verify"], "nothing was changed, and not everything was checked"),
        ("archive.search", "search", ["search", "river"], "what was recorded before is safe"),
    ],
)
def test_ctrl_c_says_what_is_left(folder: Folder, tmp_path: Path, module: str, name: str, command: list[str], words: str | None) -> None:
    room = tmp_path / "room"
    room.mkdir()
    before = dump(folder.archive)
    arguments = [part.format(room=room) for part in command] + ["--archive", str(folder.path)]
    code = SLOW.format(module=module, name=name, arguments=arguments)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    if words is None:  # the archive is being replaced: that is done as a whole
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        process.kill()
        process.communicate()
    else:
        _, said = process.communicate(timeout=20)
        assert process.returncode == 1
        assert said.splitlines()[-1].startswith(f"Error: interrupted: {words.format(room=room)}"), said
        assert "Traceback" not in said
    assert dump(folder.archive) == before
    assert list(room.iterdir()) == []
