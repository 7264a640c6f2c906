"""backup: a second archive that verifies, taken while the first is written; never a half one under its name."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import archive.backup
from archive.backup import backup
from archive.captures import Captures
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.model import Capture
from archive.opening import open_reader
from archive.store import Archive
from archive.times import from_utc
from archive.verify import verify
from crawler.cli import main
from tests.conftest import page, update


def poll(folder: Folder, number: int) -> None:
    """One poll with an update more than the one before."""
    archive, captures = Archive(folder.archive), Captures(folder.captures)
    shown = [
        update(f"b{n}", f"Title {n}", f"Text number {n} of many.", f"2026-03-01T11:{n % 60:02}:00Z")
        for n in range(max(0, number - 20), number)
    ]
    body = f"<html>{number}</html>".encode() + os.urandom(20_000)
    at = from_utc(f"2026-03-02T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z")
    archive.record(page(*shown), captures.add(Capture(url="https://times.example/live/storm", body=body, fetched_at=at)))
    archive.close()
    captures.close()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "archive")
    made.make()
    for number in range(1, 6):
        poll(made, number)
    return made


def stoppress(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def count(path: Path, table: str) -> int:
    with closing(open_reader(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_the_copy_is_an_archive(folder: Folder, tmp_path: Path) -> None:
    run = stoppress("backup", tmp_path / "copy", "--archive", folder.path)
    assert run.exit_code == 0, run.stderr
    assert run.stdout.startswith(f"5 entries and 5 captures copied to {tmp_path / 'copy'}: ")
    copy = Folder(tmp_path / "copy")
    assert sorted(path.name for path in copy.path.iterdir()) == ["archive.db", "captures.db"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "copy"]
    with closing(sqlite3.connect(folder.archive)) as one, closing(sqlite3.connect(copy.archive)) as other:
        assert list(one.iterdump()) == list(other.iterdump())
    found = verify(copy)
    assert (found.problems, found.notes) == ((), ())
    poll(copy, 6)
    assert count(copy.archive, "entries") == 6, "it goes on as an archive of its own"


def test_json(folder: Folder, tmp_path: Path) -> None:
    found = json.loads(stoppress("backup", tmp_path / "copy", "--json", "--archive", folder.path).stdout)
    assert found == {"path": str(tmp_path / "copy"), "entries": 5, "captures": 5, "bytes": found["bytes"]}
    assert found["bytes"] > 100_000


def test_an_empty_folder_is_filled_and_a_full_one_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    assert backup(folder, tmp_path / "copy").entries == 5
    before = (tmp_path / "copy" / "archive.db").read_bytes()
    run = stoppress("backup", tmp_path / "copy", "--archive", folder.path)
    assert (run.exit_code, "expected a new or empty folder" in run.stderr) == (1, True)
    assert (tmp_path / "copy" / "archive.db").read_bytes() == before
    (tmp_path / "file").write_text("x")
    assert "found something that is no folder" in stoppress("backup", tmp_path / "file", "--archive", folder.path).stderr
    assert stoppress("backup", folder.path, "--archive", folder.path).exit_code == 1


def test_no_archive_no_backup(tmp_path: Path) -> None:
    run = stoppress("backup", tmp_path / "copy", "--archive", tmp_path / "none")
    assert (run.exit_code, list(tmp_path.iterdir())) == (1, [])


def test_without_evidence(folder: Folder, tmp_path: Path) -> None:
    folder.captures.unlink()
    assert backup(folder, tmp_path / "copy").captures is None
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["archive.db"]


def test_while_a_crawler_writes_without_pause(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.backup, "_STEP", 1)
    stop = threading.Event()
    written = [5]

    def crawl() -> None:
        while not stop.is_set():
            written[0] += 1
            poll(folder, written[0])

    crawler = threading.Thread(target=crawl)
    crawler.start()
    try:
        time.sleep(0.2)
        for number in range(3):
            started = written[0]
            done = backup(folder, tmp_path / f"copy{number}")
            assert started - 1 <= done.entries <= written[0]
    finally:
        stop.set()
        crawler.join()
    for number in range(3):
        assert verify(Folder(tmp_path / f"copy{number}")).problems == ()


def test_captures_that_came_in_between_are_recorded_by_the_next_writer(folder: Folder, tmp_path: Path) -> None:
    captures = Captures(folder.captures)
    captures.add(Capture(url="https://times.example/live/storm", body=b"<p>later</p>", fetched_at=from_utc("2026-03-03T00:00:00Z")))
    captures.close()
    backup(folder, tmp_path / "copy")
    assert "1 capture is not recorded yet" in verify(Folder(tmp_path / "copy")).notes[0]


def test_too_little_room_is_said_before(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: namedtuple("usage", "total used free")(1, 1, 1000))
    run = stoppress("backup", tmp_path / "copy", "--archive", folder.path)
    assert (run.exit_code, "bytes of room for the backup" in run.stderr) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]


def test_a_disk_that_fills_up_leaves_nothing(folder: Folder, tmp_path: Path) -> None:
    limited = subprocess.run(
        [sys.executable, "-m", "crawler.cli", "backup", str(tmp_path / "copy"), "--archive", str(folder.path)],
        capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )  # fmt: skip
    assert limited.returncode == 1
    assert "the backup could not be written to" in limited.stderr
    assert len(limited.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]


def test_a_kill_leaves_no_backup_that_looks_whole(folder: Folder, tmp_path: Path) -> None:
    script = (
        "import sys, time, archive.backup\nfrom pathlib import Path\nfrom archive.folder import Folder\n"
        "real = archive.backup._copy\n"
        "def slow(*a):\n    real(*a)\n    print('copied', flush=True)\n    time.sleep(30)\n"
        "archive.backup._copy = slow\n"
        f"archive.backup.backup(Folder(Path({str(folder.path)!r})), Path({str(tmp_path / 'copy')!r}))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not (tmp_path / "copy").exists()
    assert backup(folder, tmp_path / "copy").entries == 5


def test_interrupted_it_leaves_nothing(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(archive.backup, "_sync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        backup(folder, tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]


def test_not_while_something_is_half_forgotten(folder: Folder, tmp_path: Path) -> None:
    (folder.path / "forget.json").write_text("{}")
    with pytest.raises(ArchiveError, match="forgetting was cut short"):
        backup(folder, tmp_path / "copy")


@pytest.mark.parametrize("name", ["archive.db", "captures.db"])
def test_a_damaged_file_is_not_taken_for_a_backup(folder: Folder, tmp_path: Path, name: str) -> None:
    path = folder.path / name
    table = {"archive.db": "placements", "captures.db": "bodies"}[name]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * size + 8)
        file.write(b"\xff" * 40)  # the page's own table of what is where
    run = stoppress("backup", tmp_path / "copy", "--archive", folder.path)
    assert run.exit_code == 1
    assert f"expected a sound {name}, found: " in run.stderr
    assert "`stoppress verify` says more" in run.stderr
    assert not (tmp_path / "copy").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["archive"], "nothing is left beside it either"
