"""`stoppress run` over loopback: due polls, conditional requests, changes to the list, manners, signals, kills."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.times import from_utc
from crawler.cli import main
from tests.living_server import LivingServer, Story, living_server

PATIENCE = 30.0


def stoppress(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"expected {what} within {PATIENCE} s"
        time.sleep(0.05)


class Running:
    """An archive, and a `stoppress run` on it that a test may stop, kill and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "crawler.cli", "run", "--json", "--archive", str(self.folder), *options]
        environment = {**os.environ, "STOPPRESS_ALLOW_PRIVATE": "1"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        assert self.process is not None
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=PATIENCE)
        code, self.process = self.process.returncode, None
        return code, out, err

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(f"file:{self.folder / 'archive.db'}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def outcomes(self, path: str = "") -> list[object]:
        return [row[0] for row in self.rows(f"SELECT outcome FROM polls WHERE url LIKE '%{path}' ORDER BY id")]


@pytest.fixture
def server() -> Iterator[LivingServer]:
    with living_server() as made:
        made.stories["/live/storm"] = Story()
        made.stories["/live/storm"].post("a", "The river rose overnight.")
        yield made


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path / "archive")
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.communicate()


def test_a_page_that_has_not_changed_is_not_sent_again(server: LivingServer, running: Running) -> None:
    url = f"{server.url}/live/storm"
    stoppress("watch", "add", url, "--archive", running.folder)
    running.start()
    until(lambda: running.outcomes() == ["new"], "the first poll")
    stoppress("watch", "resume", url, "--archive", running.folder)  # due at once, within the gap: it waits for that
    until(lambda: len(running.outcomes()) == 2, "the second poll")
    server.stories["/live/storm"].post("b", "The bridge is shut.")
    stoppress("watch", "resume", url, "--archive", running.folder)
    until(lambda: len(running.outcomes()) == 3, "the third poll")
    code, out, _ = running.stop(signal.SIGINT)
    assert code == 0
    assert running.outcomes() == ["new", "not_modified", "new"]
    assert [json.loads(line)["outcome"] for line in out.splitlines()] == ["new", "not_modified", "new"]
    polls = server.asked("/live/storm")
    assert [asked.status for asked in polls] == [200, 304, 200]
    assert all(later.began - earlier.ended >= 9 for earlier, later in itertools.pairwise(polls)), "ten seconds apart"
    assert running.rows("SELECT status, outcome FROM captures ORDER BY id") == [(200, "new"), (304, "not_modified"), (200, "new")]
    assert stoppress("verify", "--archive", running.folder).exit_code == 0
    replayed = stoppress("replay", "--json", "--archive", running.folder)
    assert json.loads(replayed.stdout)["is_equal"], replayed.output


def test_changes_to_the_list_take_effect_while_it_runs(server: LivingServer, running: Running) -> None:
    for name in ("flood", "fire"):
        server.stories[f"/live/{name}"] = Story()
        server.stories[f"/live/{name}"].post("a", f"The {name} began.")
    stoppress("watch", "add", f"{server.url}/live/storm", "--archive", running.folder)
    running.start("--metrics-port", "0")
    until(lambda: running.outcomes("storm"), "the first poll")
    stoppress("watch", "add", f"{server.url}/live/fire", "--archive", running.folder)
    until(lambda: running.outcomes("fire"), "a poll of the added page")
    stoppress("watch", "add", f"{server.url}/live/flood", "--archive", running.folder)
    stoppress("watch", "pause", f"{server.url}/live/flood", "--archive", running.folder)
    time.sleep(2.5)
    assert len(running.outcomes("flood")) <= 1, "paused before or right after its first poll"
    listed = json.loads(stoppress("watch", "list", "--json", "--archive", running.folder).stdout)["watches"]
    assert {item["url"].rsplit("/", 1)[-1]: item["paused"] for item in listed} == {"storm": False, "fire": False, "flood": True}
    assert all(item["note"] for item in listed if not item["paused"]), "each says why it is polled when it is"
    second = subprocess.run(
        [sys.executable, "-m", "crawler.cli", "run", "--archive", str(running.folder)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (second.returncode, "stoppress run (process" in second.stderr) == (1, True), second.stderr
    assert stoppress("watch", "remove", f"{server.url}/live/flood", "--archive", running.folder).exit_code == 0
    assert running.stop()[0] == 0


def test_who_asks_to_be_left_alone_is(server: LivingServer, running: Running) -> None:
    server.stories["/live/storm"].status = 429
    server.stories["/live/storm"].headers = {"Retry-After": "3600"}
    server.stories["/live/fire"] = Story()
    for name in ("storm", "fire"):
        stoppress("watch", "add", f"{server.url}/live/{name}", "--archive", running.folder)
    running.start()
    until(lambda: "http_429" in running.outcomes("storm"), "the refusal")
    time.sleep(1.5)
    running.stop()
    at = from_utc(str(running.rows("SELECT at FROM polls WHERE outcome = 'http_429'")[0][0]))
    due = [from_utc(str(row[0])) for row in running.rows("SELECT next_poll_at FROM watches")]
    assert all(3590 <= (when - at).total_seconds() <= 3610 for when in due), "every page of the host"


def test_failures_are_counted_and_polled_more_rarely(server: LivingServer, running: Running) -> None:
    url = f"{server.url}/live/storm"
    server.stories["/live/storm"].status = 500
    stoppress("watch", "add", url, "--archive", running.folder)
    running.start()
    until(lambda: running.outcomes() == ["http_500"], "the first failure")
    running.stop()
    assert running.rows("SELECT failures, etag FROM watches") == [(1, None)]


def test_killed_at_any_moment_it_loses_no_due_poll(server: LivingServer, running: Running) -> None:
    for number in range(12):
        story = server.stories[f"/live/{number}"] = Story()
        story.post("a", f"It began at place {number}.")
        stoppress("watch", "add", f"{server.url}/live/{number}", "--archive", running.folder)
    for pause in (1.2, 1.6, 2.1, 2.9):
        running.start()
        time.sleep(pause)
        assert running.process is not None
        running.process.kill()
        running.process.communicate()
    running.start()
    until(lambda: running.rows("SELECT count(*) FROM entries") == [(12,)], "every page read")
    assert running.stop()[0] == 0
    polls = sorted((asked for asked in server.log if asked.path.startswith("/live/")), key=lambda asked: asked.began)
    assert all(later.began >= earlier.ended for earlier, later in itertools.pairwise(polls)), "one request at a time a host"
    assert stoppress("verify", "--archive", running.folder).exit_code == 0


def test_a_page_is_not_asked_again_at_once_after_a_kill(server: LivingServer, running: Running) -> None:
    stoppress("watch", "add", f"{server.url}/live/storm", "--archive", running.folder)
    server.slow = 3.0
    running.start()
    until(lambda: server.asked("/robots.txt"), "the first request")
    time.sleep(2)  # the page is asked for, and has not answered
    assert running.process is not None
    running.process.kill()
    running.process.communicate()
    server.slow = 0.0
    running.start()
    until(lambda: running.outcomes() == ["new"], "the poll that the kill cut short")
    running.stop()
    first, second = server.asked("/live/storm")
    assert second.began - first.began >= 10


def test_a_section_front_brings_its_live_pages(server: LivingServer, running: Running) -> None:
    card = '<article><a href="/live/{0}"><span class="badge live">LIVE</span><h3>Live: the {0} hour by hour</h3></a></article>'
    cards = "".join(card.format(name) for name in ("storm", "flood", "fire"))
    server.stories["/news"] = Story(body=f"<html><head><title>News</title></head><body><h1>News</h1>{cards}</body></html>".encode())
    stoppress("watch", "add", f"{server.url}/news", "--archive", running.folder)
    running.start()
    until(lambda: "new" in running.outcomes("storm"), "a poll of a live page that the front links to")
    running.stop()
    listed = json.loads(stoppress("watch", "list", "--json", "--archive", running.folder).stdout)["watches"]
    assert {"news", "storm"} <= {item["url"].rsplit("/", 1)[-1] for item in listed}, "what is no live page leaves again"


def test_metrics_name_publishers_and_outcomes_and_no_address(server: LivingServer, running: Running, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stoppress("watch", "add", f"{server.url}/live/storm", f"{server.url}/live/none", "--archive", running.folder)
    running.start("--metrics-port", str(port), "--log", str(tmp_path / "polls.jsonl"))
    until(lambda: len(running.outcomes()) == 2, "two polls")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    running.stop()
    assert 'outcome="new"' in text
    assert "/live/" not in text
    logged = [json.loads(line) for line in (tmp_path / "polls.jsonl").read_text().splitlines()]
    assert {line["outcome"] for line in logged} == {"new", "http_404"}


def test_the_watch_list_says_what_it_did(tmp_path: Path) -> None:
    wrong = stoppress("watch", "add", "https://times.example/live", "ftp://times.example/", "--archive", tmp_path / "a")
    assert (wrong.exit_code, "expected an http or https address" in wrong.output) == (2, True)
    assert not (tmp_path / "a" / "archive.db").exists() or stoppress("watch", "list", "--archive", tmp_path / "a").output
    added = stoppress(
        "watch", "add", "https://times.example/live?utm_source=x", "https://times.example/live", "--archive", tmp_path / "a", "--json"
    )
    assert json.loads(added.stdout) == {"added": ["https://times.example/live"], "known": 0}
    missing = stoppress("watch", "pause", "https://times.example/other", "--archive", tmp_path / "a")
    assert (missing.exit_code, "expected pages on the watch list" in missing.output) == (1, True)
    nobody = stoppress("run", "--archive", tmp_path / "a", "--contact", "")
    assert (nobody.exit_code, "STOPPRESS_CONTACT" in nobody.output) == (1, True)
