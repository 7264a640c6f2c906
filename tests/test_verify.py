"""verify: an archive that is well says so; whatever is wrong with a file, a row, the index or a body is said in a sentence."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.captures import Captures
from archive.folder import Folder
from archive.model import Capture
from archive.store import Archive
from archive.times import from_utc
from archive.verify import verify
from crawler.cli import main
from tests.conftest import page, update

STORM = update("b1", "Bridge shut", "The harbour bridge is shut to lorries.", "2026-03-01T11:00:00Z")
OPEN = update("b1", "Bridge open", "The harbour bridge is open again.", "2026-03-01T11:00:00Z")
TOKYO = update("b2", "東京で大雪", "東京都心で大雪になった。", "2026-03-01T11:30:00Z")
PLAIN = update(None, None, "A word without an id or a time.")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An archive of three polls: an edit, a script without spaces, an entry without id and time."""
    made = Folder(tmp_path / "archive")
    made.make()
    archive, captures = Archive(made.archive), Captures(made.captures)
    for minute, found in enumerate((page(TOKYO, STORM, PLAIN), page(TOKYO, OPEN, PLAIN), page(TOKYO, OPEN, PLAIN))):
        body = f"<html>{'the page ' * 200}{minute}</html>".encode()
        at = from_utc(f"2026-03-01T12:{minute}0:00Z")
        archive.record(found, captures.add(Capture(url="https://times.example/live/storm", body=body, fetched_at=at)))
    archive.close()
    captures.close()
    return made


def stoppress(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_an_archive_that_is_well(folder: Folder) -> None:
    found = verify(folder)
    assert (found.problems, found.notes) == ((), ())
    assert (found.entries, found.captures, found.bodies) == (3, 3, 3)
    run = stoppress("verify", "--archive", folder.path)
    assert (run.exit_code, run.stdout) == (0, "3 entries, 3 captures, 3 bodies checked: all is well\n")


def test_an_archive_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    run = stoppress("verify", "--archive", tmp_path / "none")
    assert (run.exit_code, "expected an archive at" in run.stderr) == (1, True)
    assert not (tmp_path / "none").exists()


ARCHIVE_FAULTS = [
    ("UPDATE entries SET slug = 'aaaaaaaaaaaa' WHERE source_id = 'b1'", "of its key, found another"),
    ("UPDATE entries SET text = 'Not what was said.' WHERE source_id = 'b1'", "its content hash is not that of its title"),
    ("UPDATE entries SET text = 'Not what was said.' WHERE source_id = 'b1'", "entries_fts: expected an index that agrees"),
    ("UPDATE entries SET id = 5 WHERE source_id = 'b1'", "the second of its time, found 5"),
    ("UPDATE entries SET first_seen = 'yesterday'", "entries.first_seen: expected a time such as"),
    ("UPDATE polls SET at = '2026-02-31T12:00:00Z'", "polls.at: expected a time such as"),
    ("UPDATE entries SET kind = 'advert' WHERE source_id = 'b1'", "entries.kind: expected one of post, key_event"),
    ("UPDATE entries SET published_basis = NULL WHERE source_id = 'b1'", "has a time without its precision and basis"),
    ("DELETE FROM placements", "stands on no live blog"),
    ("DELETE FROM live_blogs", "names a row of live_blogs that is not there"),
    ("DELETE FROM publishers", "names a row of publishers that is not there"),
    ("DELETE FROM entries WHERE source_id = 'b1'", "of revisions names a row of entries that is not there"),
    ("UPDATE revisions SET number = 7", "expected wordings numbered 1 to 2, found 1 earlier ones numbered 7 to 7"),
    ("UPDATE entries SET revision = 4 WHERE source_id = 'b1'", "expected wordings numbered 1 to 4"),
    ("UPDATE revisions SET superseded_at = '2020-01-01T00:00:00Z'", "wording 1 does not end when the next begins"),
    ("UPDATE rollups SET count = count + 1", "found 4"),
    ("DELETE FROM rollups", "expected 3 entries of publisher 1 in 2026-03, found 0"),
    ("UPDATE polls_by_hour SET new = new + 1", "the counts of 2026-03-01T12, 'new' are not those of the polls"),
    ("DELETE FROM polls_by_hour", "the counts of 2026-03-01T12, 'new' are not those of the polls"),
    ("UPDATE live_blogs SET slug = 'aaaaaaaaaaaa'", "live blog 'https://times.example/live/storm': expected the slug"),
    ("UPDATE entries SET title = 'Not what was said.' WHERE source_id = 'b1'", "entries_titles: expected an index that agrees"),
    ("DELETE FROM entries_pairs", "the index of character pairs has not got its text"),
    ("INSERT INTO entries_pairs (rowid, text) VALUES (7, 'x')", "the index of character pairs has a row 7 that no entry has"),
    ("UPDATE entries_pairs SET text = 'x'", "the index of character pairs holds other text"),
    ("DELETE FROM entries_fts_data WHERE id > 10", "entries_fts"),
    ("UPDATE revisions SET text = 'Not what was said.'", "revisions_fts: expected an index that agrees"),
    ("INSERT INTO revisions_pairs (rowid, text) VALUES (7, 'x')", "has a wording 7 of an entry at 0 that no entry has"),
    ("UPDATE captures SET digest = 'sha256:0' WHERE id = 2", "capture 2: its digest is 'sha256:0' in archive.db"),
    ("UPDATE captures SET fetched_at = '2026-03-01T12:10:01Z' WHERE id = 2", "capture 2: its fetched_at is"),
]


@pytest.mark.parametrize(("damage", "sentence"), ARCHIVE_FAULTS)
def test_what_is_wrong_with_the_archive_is_said(folder: Folder, damage: str, sentence: str) -> None:
    with sqlite3.connect(folder.archive) as connection:
        connection.execute(damage)
    connection.close()
    found = verify(folder)
    assert [problem for problem in found.problems if sentence in problem], found.problems
    run = stoppress("verify", "--archive", folder.path)
    assert run.exit_code == 1
    assert sentence in run.stdout


CAPTURE_FAULTS = [
    ("UPDATE bodies SET data = zeroblob(20)", "is damaged"),
    ("UPDATE bodies SET data = (SELECT data FROM bodies b WHERE b.digest != bodies.digest LIMIT 1)", "digest"),
    ("UPDATE bodies SET keyframe = digest", "keyframes go in a circle"),
    ("UPDATE bodies SET size = 'wide'", "is damaged"),
    ("DELETE FROM captures WHERE id = 2", "capture 2 of 'https://times.example/live/storm' is recorded in archive.db and missing"),
    ("DELETE FROM captures WHERE id = 3", "belongs to no capture"),
    ("UPDATE captures SET url = 'https://elsewhere.example/' WHERE id = 1", "capture 1: its url is"),
    ("UPDATE captures SET digest = 'sha256:0' WHERE id = 1", "capture 1 has no body"),
    ("UPDATE captures SET headers = '{' WHERE id = 1", "capture 1 has headers that are no JSON"),
    ("DELETE FROM bodies", "has no body"),
]


@pytest.mark.parametrize(("damage", "sentence"), CAPTURE_FAULTS)
def test_what_is_wrong_with_the_evidence_is_said(folder: Folder, damage: str, sentence: str) -> None:
    with sqlite3.connect(folder.captures) as connection:
        connection.execute(damage)
    connection.close()
    found = verify(folder)
    assert [problem for problem in found.problems if sentence in problem], found.problems


@pytest.mark.parametrize("name", ["archive.db", "captures.db"])
@pytest.mark.parametrize("place", [0.3, 0.5, 0.7, 0.9])
def test_a_damaged_file_is_said_and_no_traceback(folder: Folder, name: str, place: float) -> None:
    with sqlite3.connect(folder.path / name) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    path = folder.path / name
    data = bytearray(path.read_bytes())
    start = int(len(data) * place) // 8192 * 8192
    data[start : start + 8192] = bytes(range(256)) * 32
    path.write_bytes(data)
    run = stoppress("verify", "--archive", folder.path)
    assert run.exit_code == 1
    assert isinstance(run.exception, SystemExit)


def test_a_file_that_is_no_database(folder: Folder) -> None:
    folder.captures.write_bytes(b"not a database, but as long as the header of one is: a hundred bytes and some more of them" * 9)
    assert "expected a SQLite database at" in verify(folder).problems[0]


def test_a_flood_of_one_fault_is_cut_short(folder: Folder) -> None:
    with sqlite3.connect(folder.archive) as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 9 UNION ALL SELECT i + 1 FROM n WHERE i < 508)"
            " INSERT INTO captures (id, url, fetched_at, status, digest, outcome)"
            " SELECT i, 'u', '2026-03-01T12:00:00Z', 200, 'd', 'new' FROM n"
        )
    connection.close()
    problems = verify(folder).problems
    assert (len(problems), problems[-1]) == (21, "and 480 more like the last")


def test_captures_that_wait_are_no_fault(folder: Folder) -> None:
    captures = Captures(folder.captures)
    captures.add(Capture(url="https://times.example/live/storm", body=b"later", fetched_at=from_utc("2026-03-01T13:00:00Z")))
    captures.close()
    found = verify(folder)
    assert (found.problems, found.notes) == ((), ("1 capture is not recorded yet; the next command that writes does it",))


def test_without_evidence_the_rest_is_checked(folder: Folder) -> None:
    folder.captures.unlink()
    found = verify(folder)
    assert found.is_sound
    assert "there is no evidence here" in found.notes[0]


def test_while_a_crawler_writes(folder: Folder, capture: Callable[..., Capture]) -> None:
    archive = Archive(folder.archive)
    with archive.writing() as connection:
        connection.execute("UPDATE entries SET text = 'half'")
        assert verify(folder).is_sound, "what is not committed is not seen, and nobody waits"
    archive.close()


def test_a_copy_nobody_may_write_to(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (folder.archive, folder.captures):
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    copy = Folder(tmp_path / "copy")
    copy.make()
    shutil.copy(folder.archive, copy.archive)
    shutil.copy(folder.captures, copy.captures)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert verify(copy).problems == ()
    assert sorted(path.name for path in copy.path.iterdir()) == ["archive.db", "captures.db"], "nothing was made beside them"


def test_json(folder: Folder) -> None:
    found = json.loads(stoppress("verify", "--json", "--archive", folder.path).stdout)
    assert found == {"sound": True, "problems": [], "notes": [], "checked": {"entries": 3, "captures": 3, "bodies": 3}}
