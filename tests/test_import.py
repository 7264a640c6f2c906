"""Importing saved pages: where the address comes from, what is skipped, and that twice is once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli import main
from tests.conftest import CORPUS
from tests.hostile_server import ARTICLE, LIVE

CANONICAL = b'<link rel="canonical" href="https://times.example/live/storm">'


def stoppress(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def saved(path: Path, body: bytes, at: int = 1_772_366_400) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    os.utime(path, (at, at))
    return path


def only_url(archive: Path) -> str:
    found = json.loads(stoppress("status", "--json", "--archive", archive).stdout)
    return str(found["live_blogs"][0]["url"])


def test_twice_is_once(tmp_path: Path) -> None:
    page = saved(tmp_path / "storm.html", LIVE)
    first = stoppress("import", page, "--url", "https://times.example/live/a", "--archive", tmp_path / "a", "--json")
    again = stoppress("import", page, "--url", "https://times.example/live/a", "--archive", tmp_path / "a", "--json")
    assert (json.loads(first.stdout)["new"], json.loads(again.stdout)["new"]) == (1, 0)
    status = json.loads(stoppress("status", "--json", "--archive", tmp_path / "a").stdout)
    assert status["totals"]["captures"] == 1
    assert status["live_blogs"][0]["last_poll"] == "2026-03-01T12:00:00Z", "the clock is the file's"


def test_where_the_address_comes_from(tmp_path: Path) -> None:
    page = saved(tmp_path / "pages" / "storm.html", LIVE.replace(b"</head>", CANONICAL + b"</head>"))
    stoppress("import", page, "--archive", tmp_path / "declared")
    assert only_url(tmp_path / "declared") == "https://times.example/live/storm"
    (tmp_path / "index.json").write_text(json.dumps([{"slug": "storm", "url": "https://www.times.example/live/indexed"}]))
    stoppress("import", tmp_path / "pages", "--archive", tmp_path / "indexed")
    captured = json.loads(stoppress("search", "--json", "--archive", tmp_path / "indexed").stdout)
    assert captured["results"][0]["key"].startswith("times.example/live/storm/"), "the page's own canonical address names the live blog"
    saved(tmp_path / "pages" / "storm.html.url", b"https://other.example/live/noted\n")
    stoppress("import", page, "--archive", tmp_path / "noted")
    assert only_url(tmp_path / "noted") == "https://other.example/live/noted", "a canonical address elsewhere is not believed"
    stoppress("import", page, "--url", "https://third.example/live/given", "--archive", tmp_path / "given")
    assert only_url(tmp_path / "given") == "https://third.example/live/given"


def test_what_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    saved(tmp_path / "p" / "storm.html", LIVE.replace(b"</head>", CANONICAL + b"</head>"))
    saved(tmp_path / "p" / "nowhere.html", LIVE)
    saved(tmp_path / "p" / "article.html", ARTICLE.replace(b"</head>", CANONICAL + b"</head>"))
    saved(tmp_path / "p" / "half.json", b'{"url": "https://times.example/x", "blocks": [')
    saved(tmp_path / "p" / "picture.png", b"\x89PNG")
    run = stoppress("import", tmp_path / "p", "--archive", tmp_path / "a")
    assert run.exit_code == 0, run.stderr
    assert run.stdout == "1 file of 4 read: 1 new, 0 edited; 1 without live updates, 0 unreadable, 2 skipped; 1 other file in the folders\n"
    assert "nowhere.html: no address known; give one with --url, a nowhere.html.url file or an index.json" in run.stderr


def test_files_that_are_no_pages_are_counted(tmp_path: Path) -> None:
    saved(tmp_path / "p" / "storm.html", LIVE)
    for name in ("storm.html.url", "index.json", ".hidden.png", ".git/config"):
        saved(tmp_path / "p" / name, b"https://times.example/live/storm")
    for name in ("picture.png", "deeper/report.pdf", "deeper/noending"):
        saved(tmp_path / "p" / name, b"%PDF")
    found = json.loads(stoppress("import", tmp_path / "p", tmp_path / "p" / "deeper", "--archive", tmp_path / "a", "--json").stdout)
    assert (found["files"], found["read"], found["other_files"]) == (1, 1, 3)


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("old.arc.gz", b"\x1f\x8b", "ARC, the format before WARC, is not read; `warcio recompress` makes a WARC of it"),
        ("old", b"filedesc://old.arc 0.0.0.0 20060101000000 text/plain 73\n", "ARC, the format before WARC, is not read"),
        (
            "pages.wacz",
            b"PK\x03\x04",
            "WACZ, a zip of WARCs, is not read as a whole; unpack it and import the WARCs in its folder archive/",
        ),
        ("pages.zip", b"PK\x03\x04", "a zip is not read; unpack it"),
        ("pages", b"PK\x03\x04", "a zip is not read; unpack it"),
    ],
)
def test_other_archives_say_so(tmp_path: Path, name: str, body: bytes, words: str) -> None:
    path = saved(tmp_path / "in" / name, body)
    run = stoppress("import", path, "--archive", tmp_path / "a")
    assert (run.exit_code, words in run.stderr) == (1, True), run.stderr
    if "." in name:
        saved(tmp_path / "in" / "storm.html", LIVE.replace(b"</head>", CANONICAL + b"</head>"))
        beside = stoppress("import", tmp_path / "in", "--archive", tmp_path / "a")
        assert (beside.exit_code, words in beside.stderr, "1 skipped" in beside.stdout) == (0, True, True)


def test_nothing_read_is_exit_one(tmp_path: Path) -> None:
    page = saved(tmp_path / "article.html", ARTICLE)
    run = stoppress("import", page, "--url", "https://times.example/x", "--archive", tmp_path / "a")
    assert run.exit_code == 1
    assert "no live updates found in https://times.example/x" in run.stderr


def test_wrong_use_is_exit_two(tmp_path: Path) -> None:
    saved(tmp_path / "a.html", LIVE)
    saved(tmp_path / "b.html", LIVE)
    run = stoppress("import", tmp_path, "--url", "https://times.example/x", "--archive", tmp_path / "archive")
    assert run.exit_code == 2
    for url in ("ftp://times.example/x", "nonsense"):
        wrong = stoppress("import", tmp_path / "a.html", "--url", url, "--archive", tmp_path / "unmade")
        assert not (tmp_path / "unmade").exists()
        assert (wrong.exit_code, "expected an http or https address with --url" in wrong.stderr) == (2, True)
    missing = stoppress("import", tmp_path / "missing", "--archive", tmp_path / "archive")
    assert (missing.exit_code, "expected a saved page, a WARC or a folder" in missing.stderr) == (1, True)


def test_a_later_file_is_an_edit(tmp_path: Path) -> None:
    for number, body in enumerate((LIVE, LIVE.replace(b"is shut.", b"is open again."))):
        page = saved(tmp_path / f"{number}.html", body, at=1_772_366_400 + 600 * number)
        stoppress("import", page, "--url", "https://times.example/live/a", "--archive", tmp_path / "a")
    history = json.loads(stoppress("history", "--json", "--archive", tmp_path / "a", "times.example/live/a/b1").stdout)
    assert [wording["seen_at"] for wording in history["wordings"]] == ["2026-03-01T12:00:00Z", "2026-03-01T12:10:00Z"]
    shown = stoppress("history", "--archive", tmp_path / "a", "times.example/live/a/b1").stdout
    assert "[-shut-]{+open again+}" in shown


def test_the_pages_of_every_layout_make_one_sound_archive(tmp_path: Path) -> None:
    """The same live blog in several forms, read by several readers."""
    done = stoppress("import", Path(__file__).parent / "pages", "--archive", tmp_path / "a", "--json")
    assert json.loads(done.stdout)["new"] > 100
    checked = stoppress("verify", "--archive", tmp_path / "a")
    assert checked.exit_code == 0, checked.stdout


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real pages is not beside this checkout")
def test_the_corpus(tmp_path: Path) -> None:
    first = json.loads(stoppress("import", CORPUS / "pages", "--archive", tmp_path / "a", "--json").stdout)
    again = json.loads(stoppress("import", CORPUS / "pages", "--archive", tmp_path / "a", "--json").stdout)
    assert first["new"] >= 200
    assert (again["new"], again["edited"]) == (0, 0)
    found = json.loads(stoppress("search", '"rape unit"', "--json", "--archive", tmp_path / "a").stdout)
    assert [hit["publisher"] for hit in found["results"]] == ["itv"]
