"""The main job through its real parts: sample site, real crawl, a second crawl after the pages changed, a real Datasette client."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archive.folder import Folder
from crawler.demo import SampleSite
from crawler.serving import datasette_for
from tests.conftest import ROOT, at
from tests.test_crawl import stoppress

MORNING, NOON = at("2026-03-03T10:10:00"), at("2026-03-03T12:40:00")


def crawl(site: SampleSite, folder: Path) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.crawl_sample", str(site.port), str(folder)], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "archive.db") as connection:
        return connection.execute(sql).fetchall()


def ask(folder: Path, *addresses: str) -> list[Any]:
    """What the real site answers, in this process."""

    async def asked() -> list[Any]:
        client = datasette_for(Folder(folder)).client
        return [await client.get(address) for address in addresses]

    return asyncio.run(asked())


def test_a_live_page_becomes_searchable_entries_with_their_history(tmp_path: Path) -> None:
    with SampleSite(0) as site:
        site.clock.set(MORNING)
        first = crawl(site, tmp_path)
        again = crawl(site, tmp_path)
        site.clock.set(NOON)
        crawl(site, tmp_path)
    assert sum(int(line.split()[1]) for line in first) > 20
    assert [line.split()[1:] for line in again] == [["0", "0"]] * len(again), "nothing is new while the pages stand still"

    found = json.loads(stoppress("search", "--json", "--archive", str(tmp_path), '"not be permanent"').stdout)
    assert [hit["title"] for hit in found["results"]] == ["Trust: the closure would not be permanent"]
    found = json.loads(stoppress("search", "--json", "--archive", str(tmp_path), '"three people" hurt lorry').stdout)
    (hit,) = [hit for hit in found["results"] if hit["publisher"] == "northmouth_echo"]
    assert hit["published_at"] == "2026-03-03T08:40:00Z"

    history = json.loads(stoppress("history", "--json", "--archive", str(tmp_path), hit["slug"]).stdout)
    assert [wording["title"].split()[0] for wording in history["wordings"]] == ["Four", "Three"]
    assert [wording["seen_at"] for wording in history["wordings"]] == ["2026-03-03T10:10:00Z", "2026-03-03T12:40:00Z"]
    assert history["wordings"][0]["superseded_at"] == "2026-03-03T12:40:00Z"
    assert history["wordings"][0]["capture"]["digest"] != history["wordings"][1]["capture"]["digest"]

    search, entry, as_json, home = ask(tmp_path, "/search?q=lorry+three+people", f"/entry/{hit['slug']}", f"/entry/{hit['slug']}.json", "/")
    assert {answer.status_code for answer in (search, entry, as_json, home)} == {200}
    assert f"/entry/{hit['slug']}" in search.text
    assert "Four" in entry.text
    assert as_json.json() == history
    assert "Northmouth Echo" in home.text


def comparable(folder: Path) -> list[list[tuple[Any, ...]]]:
    """Everything an archive says, but for the numbers of rows."""
    return [
        rows(
            folder, "SELECT key, title, byline, text, published_at, first_seen, last_seen, revision, content_hash FROM entries ORDER BY key"
        ),
        rows(folder, "SELECT slug, number, title, text, seen_at, superseded_at FROM entry_history ORDER BY slug, number"),
        rows(folder, "SELECT url, title, declared_count, first_seen, last_seen, last_changed FROM live_blogs ORDER BY url"),
        rows(folder, "SELECT p.slug, month, count FROM rollups JOIN publishers p ON p.id = publisher_id ORDER BY 1, 2"),
        rows(folder, "SELECT url, fetched_at, digest, outcome FROM captures ORDER BY url, fetched_at"),
    ]


def test_a_kill_in_the_middle_of_a_crawl_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(20260303)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with SampleSite(0) as site:
        for moment in (MORNING, NOON):
            site.clock.set(moment)
            crawl(site, whole)
            for _ in range(4):
                process = subprocess.Popen(
                    [sys.executable, "-m", "tests.crawl_sample", str(site.port), str(killed)], stdout=subprocess.PIPE, cwd=ROOT
                )
                assert process.stdout is not None
                for _ in range(chance.randint(0, 3)):
                    process.stdout.readline()
                time.sleep(chance.random() / 20)
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                process.stdout.close()
            crawl(site, killed)
    assert comparable(killed) == comparable(whole)


def test_a_capture_that_was_stored_but_not_read_is_read_next_time(tmp_path: Path) -> None:
    from archive.captures import Captures
    from archive.model import Capture
    from crawler.recorder import recording
    from tests.hostile_server import LIVE

    folder = Folder(tmp_path)
    with recording(folder):
        pass
    captures = Captures(folder.captures)
    captures.add(Capture(url="https://times.example/live", body=LIVE, fetched_at=at("2026-03-01T12:00:00")))
    captures.close()
    with recording(folder):
        pass
    assert rows(tmp_path, "SELECT title, first_seen FROM entries") == [("Bridge shut", "2026-03-01T12:00:00Z")]


def test_the_demo_crawls_its_whole_day(tmp_path: Path) -> None:
    run = stoppress("demo", "--once", "--json", "--archive", str(tmp_path / "demo"))
    assert run.returncode == 0, run.stderr
    summary = json.loads(run.stdout)
    assert (summary["new"], summary["edited"], summary["withdrawn"]) == (88, 20, 3)
    assert set(summary["outcomes"]) == {"new", "unchanged"}


def test_the_demo_does_not_touch_an_archive_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_text("mine")
    run = stoppress("demo", "--once", "--archive", str(tmp_path))
    assert (run.returncode, (tmp_path / "archive.db").read_text()) == (1, "mine")
    assert "choose another with --archive" in run.stderr


def test_a_second_crawler_is_refused_by_name(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.crawling("stoppress crawl"):
        run = stoppress("crawl", "--archive", str(tmp_path), "http://127.0.0.1:1/live", env={"STOPPRESS_ALLOW_PRIVATE": "1"})
    assert run.returncode == 1
    assert f"found stoppress crawl (process {os.getpid()})" in run.stderr


@pytest.mark.parametrize("path", ["/search?q=%22", "/search?q=" + "a" * 5000, "/entry/none", "/live/none"])
def test_the_site_has_an_answer_for_everything(tmp_path: Path, path: str) -> None:
    from crawler.recorder import recording

    with recording(Folder(tmp_path)):
        pass
    (answer,) = ask(tmp_path, path)
    assert answer.status_code == (404 if path.endswith("none") else 200)
    assert "Stop" in answer.text
