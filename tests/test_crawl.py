"""Crawling a hostile server on loopback: one sentence for each thing that is wrong, nothing recorded that isn't so."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.guard import is_loopback, is_public, may_follow
from tests.hostile_server import hostile_server

ALLOWED = {"STOPPRESS_ALLOW_PRIVATE": "1"}


def stoppress(*arguments: str, env: dict[str, str] | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STOPPRESS_")}
    return subprocess.run(
        [sys.executable, "-m", "crawler.cli", *arguments], capture_output=True, text=True, env={**clean, **(env or {})}, timeout=timeout
    )


def outcomes(path: Path) -> dict[str, str]:
    with sqlite3.connect(path / "archive.db") as connection:
        return dict(connection.execute("SELECT url, outcome FROM polls"))


def test_everything_that_can_be_wrong_with_a_page(tmp_path: Path) -> None:
    expected = {
        "/live": ("new", "1 new"),
        "/article": ("no_updates", "no live updates found"),
        "/half": ("no_updates", "no live updates found"),
        "/invalid-json": ("no_updates", "no live updates found"),
        "/missing": ("http_404", "answered 404, expected a page"),
        "/error": ("http_500", "answered 500"),
        "/binary": ("unreadable", "found binary data"),
        "/empty": ("unreadable", "found an empty answer"),
        "/large": ("too_large", "more than 16 MiB"),
        "/bomb": ("too_large", "more than 16 MiB"),
        "/to-live": ("unchanged", "1 unchanged"),
        "/to-file": ("refused_redirect", "redirects to 'file:///etc/passwd'"),
        "/to-private": ("refused_redirect", "redirects to 'http://10.0.0.1/secret'"),
        "/to-metadata": ("refused_redirect", "169.254.169.254"),
        "/to-nowhere": ("http_302", "answered 302"),
        "/loop": ("refused_redirect", "more than 5 redirects"),
    }
    with hostile_server() as server:
        run = stoppress("crawl", "--archive", str(tmp_path), *(server.url + path for path in expected), env=ALLOWED)
        gaps = [later[0] - earlier[0] for earlier, later in zip(server.log, server.log[1:], strict=False)]
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    lines = {path: [line for line in run.stderr.splitlines() if re.search(re.escape(server.url + path) + r"\b", line)] for path in expected}
    for path, (_, words) in expected.items():
        assert len(lines[path]) == 1, (path, run.stderr)
        assert words in lines[path][0]
    assert outcomes(tmp_path) == {server.url + path: outcome for path, (outcome, _) in expected.items()}
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone()[0] == 1
    assert min(gaps) > 0.9, "a second between two requests to a host"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.0.0.1", "[::ffff:127.0.0.1]", "0"])
def test_a_private_address_is_refused_however_it_is_spelt(tmp_path: Path, host: str) -> None:
    with hostile_server() as server:
        url = f"http://{host}:{server.server_address[1]}/live"
        run = stoppress("crawl", "--archive", str(tmp_path), "--contact", "desk@example.org", url)
        assert server.log == [], "no connection was made"
    assert run.returncode == 1
    assert "private address" in run.stderr
    assert "is refused" in run.stderr
    assert outcomes(tmp_path) == {url: "refused_address"}


@pytest.mark.parametrize(
    ("robots", "asked"),
    [
        ((200, b"User-agent: *\nDisallow: /live"), ["/robots.txt"]),
        ((503, b""), ["/robots.txt"]),
        ((404, b""), ["/robots.txt", "/live"]),
        ((200, b"User-agent: *\nAllow: /"), ["/robots.txt", "/live"]),
    ],
    ids=["disallowed", "unavailable", "none", "allowed"],
)
def test_robots_txt_is_obeyed(tmp_path: Path, robots: tuple[int, bytes], asked: list[str]) -> None:
    with hostile_server(robots) as server:
        run = stoppress("crawl", "--archive", str(tmp_path), f"{server.url}/live", env=ALLOWED)
        assert server.paths == asked
    assert run.returncode == (0 if "/live" in asked else 1)
    assert outcomes(tmp_path) == {f"{server.url}/live": "new" if "/live" in asked else "refused_robots"}


def test_a_page_is_not_asked_for_twice_within_ten_seconds(tmp_path: Path) -> None:
    with hostile_server() as server:
        for _ in range(2):
            run = stoppress("crawl", "--json", "--archive", str(tmp_path), f"{server.url}/live", env=ALLOWED)
        polls = [moment for moment, path in server.log if path == "/live"]
    assert polls[1] - polls[0] > 9
    assert "waiting" in run.stderr
    assert json.loads(run.stdout)["totals"] == {"pages": 1, "read": 1, "new": 0, "edited": 0, "unchanged": 1, "withdrawn": 0}


def test_nobody_answers(tmp_path: Path) -> None:
    run = stoppress("crawl", "--archive", str(tmp_path), "http://127.0.0.1:1/live", env=ALLOWED)
    assert (run.returncode, outcomes(tmp_path)) == (1, {"http://127.0.0.1:1/live": "unreachable"})
    assert "connection refused" in run.stderr


def test_extract_reads_an_address_and_archives_nothing(tmp_path: Path) -> None:
    with hostile_server() as server:
        run = stoppress("extract", "--json", f"{server.url}/live", env=ALLOWED)
        refused = stoppress("extract", f"{server.url}/live")
    found = json.loads(run.stdout)
    assert [entry["title"] for entry in found["entries"]] == ["Bridge shut"]
    assert (refused.returncode, "private address" in refused.stderr) == (1, True)


@pytest.mark.parametrize("url", ["ftp://times.example/live", "http://[bad", "times.example/live", "file:///etc/passwd", "http://"])
def test_what_is_no_address_is_said_before_anything_is_made(tmp_path: Path, url: str) -> None:
    run = stoppress("crawl", "--archive", str(tmp_path / "a"), url)
    assert run.returncode == 2, "wrong use"
    assert not (tmp_path / "a").exists()
    assert "expected an http or https address, found" in run.stderr


def test_a_contact_is_required_before_anybody_is_asked(tmp_path: Path) -> None:
    run = stoppress("crawl", "--archive", str(tmp_path), "https://times.example/live")
    assert run.returncode == 1
    assert "STOPPRESS_CONTACT" in run.stderr


def test_an_archive_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_text("notes")
    run = stoppress("crawl", "--archive", str(tmp_path), "http://127.0.0.1:1/live", env=ALLOWED)
    assert run.returncode == 1
    assert "found a file that is none" in run.stderr
    assert (tmp_path / "archive.db").read_text() == "notes"
    assert stoppress("crawl", "--archive", "/proc/nothing/here", "http://127.0.0.1:1/live", env=ALLOWED).returncode == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:192.168.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_redirects_stay_with_the_publisher() -> None:
    assert may_follow("http://www.bbc.co.uk/news/live/1", "https://bbc.co.uk/news/live/1")
    assert not may_follow("http://one.co.uk/", "http://two.co.uk/")
    assert not may_follow("http://127.0.0.1:80/", "http://127.0.0.1:8080/")
    assert is_loopback("vale.localhost")
    assert not is_loopback("localhost.example")
