"""Importing WARCs: in the order of their dates whatever file they are in, revisits as sightings, and nothing twice."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import zstandard

from archive.captures import Captures, body_digest
from archive.folder import Folder
from archive.model import Capture
from archive.warc import write_warc
from crawler.demo import DEFAULT_PORT, OPENS, Request, live_urls, render
from crawler.importing import importing
from crawler.recorder import recording
from tests.hostile_server import ARTICLE, LIVE
from tests.test_import import saved, stoppress
from tests.warcs import HTML, REVISIT, URL, Made, by_hand, response, save, with_fastwarc, with_warcio

OPEN = LIVE.replace(b"is shut.", b"is open again.")
CLOSED = LIVE.replace(b"is shut.", b"is shut for good.")


def run(archive: Path, *paths: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stoppress("import", *paths, "--archive", archive, "--json").stdout)
    return found


def captured(archive: Path) -> list[tuple[str, str, int, str]]:
    """When, where from, with what status and outcome, in the order of receipt."""
    with closing(sqlite3.connect(archive / "archive.db")) as connection:
        return connection.execute("SELECT fetched_at, url, status, outcome FROM captures ORDER BY fetched_at, id").fetchall()


def wordings(archive: Path) -> list[tuple[str, str]]:
    history = json.loads(stoppress("history", "--json", "--archive", archive, "times.example/live/storm/b1").stdout)
    return [(wording["seen_at"][11:16], wording["text"]) for wording in history["wordings"]]


def poll(minute: int, body: bytes = LIVE, **fields: Any) -> Made:
    return Made(body=body, at=f"2026-03-01T12:{minute:02}:00Z", **fields)


@pytest.mark.parametrize("write", [with_warcio, with_fastwarc])
def test_twice_is_once(tmp_path: Path, write: Callable[..., bytes]) -> None:
    path = save(tmp_path / "storm.warc", write(poll(0), poll(10, OPEN)))
    first, again = run(tmp_path / "a", path), run(tmp_path / "a", path)
    assert (first["captures"], first["new"], first["edited"]) == (2, 1, 1)
    assert (again["captures"], again["read"], again["new"], again["edited"]) == (2, 2, 0, 0)
    assert captured(tmp_path / "a") == [("2026-03-01T12:00:00Z", URL, 200, "new"), ("2026-03-01T12:10:00Z", URL, 200, "new")]


def test_the_order_is_that_of_the_clocks_over_all_files(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.warc.gz", with_warcio(poll(30, CLOSED), poll(0), packed=True))
    save(tmp_path / "in" / "deeper" / "b.warc", with_warcio(poll(10, OPEN)))
    save(tmp_path / "in" / "c.warc.zst", zstandard.compress(with_warcio(poll(40, OPEN))))
    saved(tmp_path / "in" / "d.html", LIVE, at=1_772_366_400 + 20 * 60)
    save(tmp_path / "in" / "d.html.url", URL.encode())
    found = run(tmp_path / "a", tmp_path / "in")
    assert (found["files"], found["warcs"], found["captures"], found["edited"]) == (4, 3, 5, 4)
    assert wordings(tmp_path / "a") == [
        ("12:00", "The harbour bridge is shut."),
        ("12:10", "The harbour bridge is open again."),
        ("12:20", "The harbour bridge is shut."),
        ("12:30", "The harbour bridge is shut for good."),
        ("12:40", "The harbour bridge is open again."),
    ]


def test_a_stop_between_storing_and_recording_loses_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "storm.warc", with_warcio(poll(10, OPEN), poll(0)))
    with recording(Folder(tmp_path / "a")) as recorder, importing([path], recorder) as made:
        assert list(made.store()) == []
    with recording(Folder(tmp_path / "a")):
        pass
    assert wordings(tmp_path / "a") == [("12:00", "The harbour bridge is shut."), ("12:10", "The harbour bridge is open again.")]


def revisit(minute: int, **fields: str) -> Made:
    stated = {"WARC-Profile": REVISIT, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return poll(minute, b"", kind="revisit", fields=stated)


SHA1 = "sha1:" + base64.b32encode(hashlib.sha1(LIVE).digest()).decode()


@pytest.mark.parametrize(
    "reference",
    [
        {"WARC_Payload_Digest": SHA1},
        {"WARC_Payload_Digest": "sha1:" + hashlib.sha1(LIVE).hexdigest()},
        {"WARC_Payload_Digest": body_digest(LIVE)},
        {"WARC_Refers_To": "<urn:uuid:11111111-1111-1111-1111-111111111111>"},
        {"WARC_Refers_To_Target_URI": URL, "WARC_Refers_To_Date": "2026-03-01T12:00:00Z"},
        {"WARC_Profile": "http://netpreserve.org/warc/1.1/revisit/server-not-modified"},
    ],
    ids=["sha1", "hex", "sha256", "record", "address-and-date", "not-modified"],
)
def test_a_revisit_is_a_sighting(tmp_path: Path, reference: dict[str, str]) -> None:
    first = poll(0, fields={"WARC-Record-ID": "<urn:uuid:11111111-1111-1111-1111-111111111111>"})
    # The file with the revisit is read first.
    later = save(tmp_path / "in" / "a.warc", with_warcio(revisit(20, **reference)))
    earlier = save(tmp_path / "in" / "b.warc", with_warcio(first, poll(10, ARTICLE, url="https://times.example/article")))
    os.utime(later, (1, 1))
    found = run(tmp_path / "a", earlier.parent)
    assert (found["revisits"], found["unknown_revisits"], found["captures"]) == (1, 0, 3)
    assert captured(tmp_path / "a")[-1] == ("2026-03-01T12:20:00Z", URL, 200, "unchanged")


def test_a_revisit_of_what_is_in_the_archive_already(tmp_path: Path) -> None:
    run(tmp_path / "a", save(tmp_path / "one.warc", with_warcio(poll(0))))
    by_date = {"WARC_Refers_To_Target_URI": URL, "WARC_Refers_To_Date": "2026-03-01T12:00:00.5Z"}
    for number, reference in enumerate(({"WARC_Payload_Digest": body_digest(LIVE)}, by_date), start=1):
        found = run(tmp_path / "a", save(tmp_path / f"{number}.warc", with_warcio(revisit(10 * number, **reference))))
        assert (found["revisits"], found["unknown_revisits"]) == (1, 0)
    assert [when[11:16] for when, *_ in captured(tmp_path / "a")] == ["12:00", "12:10", "12:20"]


def test_a_revisit_of_something_unknown_is_counted(tmp_path: Path) -> None:
    path = save(tmp_path / "a.warc", with_warcio(poll(0), revisit(1, WARC_Payload_Digest="sha1:" + "A" * 32), revisit(2)))
    done = stoppress("import", path, "--archive", tmp_path / "a")
    assert done.exit_code == 0
    assert f"{path}: 2 revisit records refer to pages that are neither in what was imported nor in the archive\n" == done.stderr
    assert run(tmp_path / "a", path)["unknown_revisits"] == 2


def test_a_false_name_gives_no_body_to_another_page(tmp_path: Path) -> None:
    """A record may claim any digest or name; a revisit of another page must not become what it holds."""
    name = "<urn:uuid:11111111-1111-1111-1111-111111111111>"
    false = poll(0, OPEN, url="https://evil.example/", fields={"WARC-Record-ID": name, "WARC-Payload-Digest": SHA1})
    path = save(tmp_path / "a.warc", with_warcio(false, revisit(1, WARC_Refers_To=name, WARC_Payload_Digest=SHA1)))
    assert run(tmp_path / "a", path)["unknown_revisits"] == 1


def test_what_is_kept_and_what_is_counted(tmp_path: Path) -> None:
    data = with_warcio(
        poll(0),
        poll(1, b"\x89PNG", headers={"Content-Type": "image/png"}),
        poll(2, b"", status=301, headers={"Location": URL}),
        poll(3, b"<p>gone", status=410),
        poll(4, ARTICLE, url="https://times.example/article"),
        poll(5, gzip.compress(LIVE), headers=HTML | {"Content-Encoding": "gzip"}),
        Made(body=LIVE, at="2999-01-01T00:00:00Z"),
        packed=True,
    )
    path = save(tmp_path / "a.warc.gz", data + b"garbage")
    done = stoppress("import", path, "--archive", tmp_path / "a")
    assert done.stdout == (
        "2 captures of 4 in 1 file read: 1 new, 0 edited; 1 without live updates, 1 unreadable, 2 skipped; 3 WARC records hold no page\n"
    )
    assert f"skipped {path}: expected a gzip member, found b'garbage'" in done.stderr
    assert f"skipped {path}: expected a date that is past, found 2999-01-01T00:00:00Z" in done.stderr
    assert [(when[11:16], status) for when, _, status, _ in captured(tmp_path / "a")] == [
        ("12:00", 200), ("12:03", 410), ("12:04", 200), ("12:05", 200),
    ]  # fmt: skip


def test_many_faults_of_one_file_are_told_in_few_lines(tmp_path: Path) -> None:
    articles = [poll(0, ARTICLE + b"%d" % number, url=f"https://times.example/{number}") for number in range(50)]
    faults = by_hand(*(response(b"", head="no http") for _ in range(50)))
    path = save(tmp_path / "a.warc", with_warcio(*articles) + faults)
    done = stoppress("import", path, "--archive", tmp_path / "a")
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 42
    assert f"... and 30 more in {path}\n... and 30 more\n" in done.stderr
    assert "0 captures of 50 in 1 file read" in done.stdout


def test_a_terminal_is_safe_from_what_a_warc_says(tmp_path: Path) -> None:
    evil = by_hand(response(b"", head="\x1b[2J\x07"), response(url="https://times.example/\x1b[2J"))
    path = save(tmp_path / "a.warc", evil + b"\x1b[2J\r\nWARC/\x1b[2J\r\n\r\n")
    done = stoppress("import", path, "--archive", tmp_path / "a")
    assert "\x1b" not in done.stdout + done.stderr


def test_wrong_use(tmp_path: Path) -> None:
    path = save(tmp_path / "a.warc", with_warcio(poll(0)))
    done = stoppress("import", path, "--url", URL, "--archive", tmp_path / "a")
    assert done.exit_code == 2
    assert "--url goes with a saved page, found a WARC" in done.stderr
    nothing = stoppress("import", save(tmp_path / "b.warc.gz", b"\x89PNG"), "--archive", tmp_path / "a")
    assert (nothing.exit_code, "expected a WARC, found none" in nothing.stderr) == (1, True)
    unnamed = run(tmp_path / "a", save(tmp_path / "no-suffix", path.read_bytes()))
    assert unnamed["warcs"] == 1


def test_ctrl_c_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.warc", with_warcio(poll(0), poll(10, OPEN), poll(20, CLOSED)))
    plain = Captures.add

    def interrupted_add(self: Captures, capture: Capture) -> Capture:
        if capture.body == OPEN:
            os.kill(os.getpid(), signal.SIGINT)
        return plain(self, capture)

    monkeypatch.setattr(Captures, "add", interrupted_add)
    done = stoppress("import", path, "--archive", tmp_path / "a")
    assert (done.exit_code, "interrupted after a part of the files was read; import again to go on" in done.stderr) == (1, True)
    monkeypatch.undo()
    again = run(tmp_path / "a", path)
    assert again["recorded_first"] == {"captures": 2, "new": 1, "edited": 1, "withdrawn": 0}
    assert (again["read"], again["new"], again["edited"]) == (3, 0, 1), "what the first run stored is counted apart"
    assert [text for _, text in wordings(tmp_path / "a")] == [
        "The harbour bridge is shut.", "The harbour bridge is open again.", "The harbour bridge is shut for good.",
    ]  # fmt: skip


# What an archive is, ids aside.
_SAME = (
    "SELECT key, title, text, html, kind, published_at, published_precision, published_basis, published_raw, first_seen, last_seen,"
    " withdrawn_at, revision, content_hash FROM entries ORDER BY key",
    "SELECT slug, number, title, text, published_at, seen_at, superseded_at FROM entry_history ORDER BY slug, number",
    "SELECT url, title, kind, state, declared_count, first_seen, last_seen, last_changed FROM live_blogs ORDER BY url",
    "SELECT l.url, e.key, p.position, p.pinned, p.content_hash, p.first_seen, p.last_seen FROM placements p JOIN entries e"
    " ON e.id = p.entry_id JOIN live_blogs l ON l.id = p.live_blog_id ORDER BY l.url, e.key",
    "SELECT url, final_url, fetched_at, status, digest, outcome FROM captures ORDER BY fetched_at, url",
)


def sample_day(folder: Folder) -> None:
    """Poll the sample site's pages every hour of its day, as it would answer."""
    urls = live_urls(DEFAULT_PORT)
    with recording(folder) as recorder:
        for hour in range(17):
            now = (OPENS + timedelta(hours=hour)).astimezone(UTC)
            for url in urls:
                parts = urlsplit(url)
                answer = render(Request(target=parts.path, now=now, host=parts.hostname or "", port=DEFAULT_PORT, headers={}))
                headers = {name: str(value) for name, value in answer.headers.items()}
                recorder.receive(Capture(url=url, body=answer.body, fetched_at=now, status=answer.status, headers=headers))


def test_an_archive_goes_through_a_warc_and_is_the_same(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "day")
    sample_day(folder)
    saved(tmp_path / "page.html", LIVE)
    stoppress("import", tmp_path / "page.html", "--url", URL, "--archive", folder.path)
    with closing(Captures(folder.captures)) as captures, (tmp_path / "day.warc.gz").open("wb") as out:
        count = write_warc(captures, out, gzip=True)
    found = run(tmp_path / "again", tmp_path / "day.warc.gz")
    assert (found["captures"], found["skipped"], found["unknown_revisits"]) == (count, 0, 0)
    assert found["revisits"] > 10
    with closing(sqlite3.connect(folder.archive)) as ours, closing(sqlite3.connect(tmp_path / "again" / "archive.db")) as theirs:
        for question in _SAME:
            rows = ours.execute(question).fetchall()
            assert rows
            assert theirs.execute(question).fetchall() == rows
