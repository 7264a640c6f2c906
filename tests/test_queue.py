"""`stoppress run --queue`: the roles share the work through Redis, over loopback."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crawler.queue.link import make_groups
from tests.living_server import Asked, LivingServer, Story, living_server
from tests.redis_server import RedisServer, redis_server
from tests.test_run import PATIENCE, Running, stoppress, until


class Role(Running):
    """A `stoppress run --queue` in some of the roles."""

    def __init__(self, folder: Path, server: RedisServer | None, *roles: str) -> None:
        super().__init__(folder)
        self.options = ["--queue", server.url if server else "", *(word for role in roles for word in ("--role", role))]

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "crawler.cli", "run", "--json", "--archive", str(self.folder), *self.options, *options]
        environment = {**os.environ, "STOPPRESS_ALLOW_PRIVATE": "1", "STOPPRESS_QUEUE_CLAIM_AFTER": "3"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.communicate()
        self.process = None


@pytest.fixture
def server() -> Iterator[LivingServer]:
    with living_server() as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path / "redis") as made:
        make_groups(made.client())
        yield made


@pytest.fixture
def roles(tmp_path: Path, store: RedisServer) -> Iterator[list[Role]]:
    made: list[Role] = []
    yield made
    for role in made:
        if role.process is not None:
            role.process.kill()
            role.process.communicate()


def stories(server: LivingServer, count: int) -> list[str]:
    for number in range(count):
        story = server.stories[f"/live/{number}"] = Story()
        story.post("a", f"It began at place {number}, and nobody knows how.")
    return [f"http://h{number}.localhost:{server.server_address[1]}/live/{number}" for number in range(count)]


def test_one_process_does_it_all(server: LivingServer, store: RedisServer, tmp_path: Path, roles: list[Role]) -> None:
    urls = [f"{server.url}/live/{number}" for number in range(3)]
    stories(server, 3)
    archive = tmp_path / "archive"
    stoppress("watch", "add", *urls, "--archive", archive)
    role = Role(archive, store)
    roles.append(role)
    role.start()
    until(lambda: role.rows("SELECT count(*) FROM entries") == [(3,)], "three pages read")
    until(lambda: store.client().hlen("stoppress:sent") == 0, "all acknowledged")
    code, out, err = role.stop()
    assert code == 0, err
    assert [json.loads(line)["outcome"] for line in out.splitlines()] == ["new"] * 3, err
    polls = sorted((asked for asked in server.log), key=lambda asked: asked.began)
    assert all(later.began - earlier.ended >= 0.9 for earlier, later in itertools.pairwise(polls)), "a second between two requests"
    assert (store.client().xlen("stoppress:due"), store.client().xlen("stoppress:found")) == (0, 0)
    assert stoppress("verify", "--archive", archive).exit_code == 0


@pytest.fixture
def start(tmp_path: Path, store: RedisServer, roles: list[Role]) -> Callable[..., Role]:
    def make(*names: str, folder: str = "archive", options: tuple[str, ...] = ()) -> Role:
        role = Role(tmp_path / folder, store, *names)
        roles.append(role)
        role.start(*options)
        return role

    return make


def gaps_are_kept(server: LivingServer) -> bool:
    """Whether no host was asked while it answered, or less than a second after it had been."""
    hosts: dict[str, list[Asked]] = {}
    for asked in sorted(server.log, key=lambda asked: asked.began):
        hosts.setdefault(asked.host, []).append(asked)
    pairs = [pair for polls in hosts.values() for pair in itertools.pairwise(polls)]
    return all(later.began >= earlier.ended and later.began - earlier.began >= 0.95 for earlier, later in pairs)


def test_fetchers_and_recorders_are_killed(server: LivingServer, store: RedisServer, tmp_path: Path, start: Callable[..., Role]) -> None:
    urls = stories(server, 24)
    server.slow = 0.3
    stoppress("watch", "add", *urls, "--archive", tmp_path / "archive")
    recorder = start("recorder")
    lock = tmp_path / "archive" / "crawler.lock"
    until(lambda: lock.exists() and "process" in lock.read_text(), "a recorder at work")
    stand_by = start("recorder")
    start("scheduler")
    fetchers = [start("fetcher", folder=f"none-{number}") for number in range(2)]
    until(lambda: len(server.log) > 4, "polls")
    fetchers[0].kill()
    until(lambda: recorder.rows("SELECT count(*) > 3 FROM polls") == [(1,)], "records")
    recorder.kill()
    until(lambda: stand_by.rows("SELECT count(*) FROM entries") == [(24,)], "every page, by the others")
    until(lambda: store.client().hlen("stoppress:sent") == 0, "all acknowledged")
    for role in (fetchers[1], stand_by):
        code, _, err = role.stop()
        assert code == 0, err
    assert "standing by: expected no other crawler at work" in err
    assert "taking over" in err
    assert stand_by.rows("SELECT count(*) FROM polls WHERE outcome = 'new'") == [(24,)]
    assert gaps_are_kept(server)
    assert not (tmp_path / "none-0").exists(), "a fetcher needs no archive"
    assert stoppress("verify", "--archive", tmp_path / "archive").exit_code == 0


def test_redis_goes_away_and_comes_back(server: LivingServer, store: RedisServer, tmp_path: Path, start: Callable[..., Role]) -> None:
    urls = stories(server, 12)
    server.slow = 0.2
    stoppress("watch", "add", *urls, "--archive", tmp_path / "archive")
    role = start()
    until(lambda: len(server.log) > 4, "polls")
    store.stop(kill=True)
    time.sleep(2)
    store.start()
    until(lambda: role.rows("SELECT count(*) FROM entries") == [(12,)], "every page")
    code, _, err = role.stop(signal.SIGINT)
    assert code == 0, err
    for who in ("scheduler", "fetcher", "recorder"):
        assert err.count(f"{who}: Redis at {store.url} is away (") == err.count(f"{who}: Redis at {store.url} is back") == 1, err
    assert role.rows("SELECT count(*) FROM polls") == [(12,)]
    assert stoppress("verify", "--archive", tmp_path / "archive").exit_code == 0


def test_a_fetcher_told_to_stop_finishes_what_is_under_way(
    server: LivingServer, store: RedisServer, tmp_path: Path, start: Callable[..., Role]
) -> None:
    stoppress("watch", "add", *stories(server, 3), "--archive", tmp_path / "archive")
    server.slow = 1.5
    start("scheduler")
    fetcher = start("fetcher")
    until(lambda: store.client().xpending("stoppress:due", "fetchers")["pending"] == 3, "polls under way")
    code, _, err = fetcher.stop()
    assert (code, err) == (0, "")
    left = store.client().xpending("stoppress:due", "fetchers")
    assert store.client().xlen("stoppress:found") + left["pending"] == 3
    assert {consumer["name"] for consumer in left["consumers"]} <= {b"given-back"}


def test_a_front_leads_to_pages(server: LivingServer, tmp_path: Path, start: Callable[..., Role]) -> None:
    stories(server, 1)
    card = '<article><a href="/live/{0}"><span class="badge live">LIVE</span><h3>Live: the {0} hour by hour</h3></a></article>'
    cards = "".join(card.format(name) for name in ("0", "flood", "fire"))
    server.stories["/news"] = Story(body=f"<html><head><title>News</title></head><body><h1>News</h1>{cards}</body></html>".encode())
    stoppress("watch", "add", f"{server.url}/news", "--archive", tmp_path / "archive")
    role = start()
    until(lambda: "new" in role.outcomes("/live/0"), "a poll of a live page that the front links to")
    assert role.stop()[0] == 0


def test_metrics_of_every_role(server: LivingServer, tmp_path: Path, start: Callable[..., Role]) -> None:
    stoppress("watch", "add", *stories(server, 2), "--archive", tmp_path / "archive")
    ports = []
    for role in ("scheduler", "recorder", "fetcher"):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports.append(free.getsockname()[1])
        started = start(role, options=("--metrics-port", str(ports[-1])))
    scheduler = Role(tmp_path / "archive", None, "scheduler")
    until(lambda: len(scheduler.outcomes()) == 2, "two polls")
    texts = [urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode() for port in ports]
    assert all('stoppress_queue_messages{stream="found"} 0.0' in text for text in texts)
    assert 'stoppress_polls_total{outcome="new",publisher=' in texts[1]
    assert 'stoppress_fetched_total{outcome="read",publisher=' in texts[2]
    assert not any("/live/" in text for text in texts)
    assert started.stop()[0] == 0


def test_a_problem_of_one_role_ends_all_with_its_sentence(
    server: LivingServer, store: RedisServer, tmp_path: Path, start: Callable[..., Role]
) -> None:
    store.client().set("stoppress:archive", "another")
    stoppress("watch", "add", *stories(server, 1), "--archive", tmp_path / "archive")
    role = start()
    assert role.process is not None
    _, err = role.process.communicate(timeout=PATIENCE)
    assert role.process.returncode == 1
    assert "found that of another one" in err
    assert "Traceback" not in err


def test_run_without_a_queue_does_not_import_redis(server: LivingServer, tmp_path: Path) -> None:
    stoppress("watch", "add", *stories(server, 1), "--archive", tmp_path / "archive")
    code = "import sys; sys.modules['redis'] = None; from crawler.cli import main; main(sys.argv[1:])"
    role = Running(tmp_path / "archive")
    command = [sys.executable, "-c", code, "run", "--archive", str(role.folder)]
    role.process = subprocess.Popen(
        command, env={**os.environ, "STOPPRESS_ALLOW_PRIVATE": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until(lambda: role.outcomes() == ["new"], "a poll")
    assert role.stop()[0] == 0
