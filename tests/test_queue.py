"""`stoppress run --queue`: the roles share the work through Redis, over loopback."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.living_server import LivingServer, Story, living_server
from tests.redis_server import RedisServer, redis_server
from tests.test_run import Running, stoppress, until


class Role(Running):
    """A `stoppress run --queue` in some of the roles."""

    def __init__(self, folder: Path, server: RedisServer, *roles: str) -> None:
        super().__init__(folder)
        self.options = ["--queue", server.url, *(word for role in roles for word in ("--role", role))]

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
