"""Processes, a Redis and an archive for benchmarks of several machines: started, killed and stopped by their process ids."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import redis

from archive import watches
from archive.folder import Folder
from archive.store import Archive
from benchmarks.queue_site import Site

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
_STARTING = 15.0  # seconds, on a machine with much other work
_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A command that may be killed and started again. What it says goes to a file."""

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.command = [str(word) for word in command]
        self.log = folder / f"{name}.log"
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "STOPPRESS_ALLOW_PRIVATE": "1", **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.kills = 0

    def start(self) -> None:
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=file, stderr=file, cwd=ROOT)
        self.started_at = time.monotonic()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def stop(self) -> None:
        """End it as an operator does. Raises ClickException if it did not end well."""
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        if code == -signal.SIGTERM and time.monotonic() - self.started_at < _STARTING:
            return  # it was killed and started again a moment ago, and did not listen yet
        if code:
            raise click.ClickException(f"expected {self.name} to end with 0, found {code}: {self.log.read_text()[-2000:]}")

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def cpu(self) -> float:
        """CPU seconds so far, those of its threads included."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


class Redis(Process):
    """A redis-server on a free port of loopback that keeps what it was told."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        options = ["--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--dir", str(folder)]
        super().__init__("redis", ["redis-server", "--port", str(self.port), *options], folder)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client: Any = redis.Redis.from_url(self.url, protocol=2)

    def start(self) -> None:
        super().start()
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.client.ping()
                return
            except redis.RedisError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Start processes, and kill at the end what is still alive."""
    try:
        for process in processes:
            process.start()
        yield
    finally:
        for process in processes:
            if process.is_alive():
                process.kill()


# `stoppress run` without gaps between requests, so that the machine and not the manners say how fast it goes.
_HURRIED = """
import sys
from pathlib import Path
from archive.folder import Folder
from crawler.running import run
run(Folder(Path(sys.argv[1])), queue=sys.argv[2] or None, roles=tuple(sys.argv[3].split(",")), DOWNLOAD_DELAY=0, STOPPRESS_POLL_GAP=-1)
"""


def hurried(name: str, folder: Folder, logs: Path, *, roles: str = "", queue: Redis | None = None) -> Process:
    """`stoppress run`, or some roles of it, without any gaps."""
    path = folder.path if roles != "fetcher" else logs / "nowhere"
    return Process(name, [sys.executable, "-c", _HURRIED, path, queue.url if queue else "", roles], logs)


def role(name: str, kind: str, folder: Folder, queue: Redis, logs: Path, *, claim_after: float = 10) -> Process:
    """A process of `stoppress run --queue`; `kind` may be several roles, with commas."""
    words = [word for one in kind.split(",") for word in ("--role", one)]
    path = folder.path if kind != "fetcher" else logs / "nowhere"
    command = [sys.executable, "-m", "crawler.cli", "run", "--queue", queue.url, *words, "--archive", path]
    # The contact is part of the user agent: the site notes which machine asked.
    return Process(name, command, logs, {"STOPPRESS_QUEUE_CLAIM_AFTER": str(claim_after), "STOPPRESS_CONTACT": name})


def single(folder: Folder, logs: Path) -> Process:
    return Process("single", [sys.executable, "-m", "crawler.cli", "run", "--archive", folder.path], logs)


def listed(folder: Folder, site: Site) -> None:
    """Make an archive that watches the site; nothing is due yet."""
    folder.make()
    with closing(Archive(folder.archive)) as archive, archive.writing() as connection:
        watches.add(connection, site.urls, at=datetime.now(UTC))
        connection.execute("UPDATE watches SET next_poll_at = NULL")


def poll_all(folder: Folder, site: Site, *, patience: float, meanwhile: Callable[[], None] = lambda: None) -> float:
    """Make every page due and return the seconds until every poll was recorded. Raises ClickException if that takes too long."""
    began = time.monotonic()
    with closing(Archive(folder.archive)) as archive:
        with archive.writing() as connection:
            watches.resume(connection, site.urls, at=datetime.now(UTC).replace(microsecond=0))
        while waiting(archive.connection):
            if time.monotonic() - began > patience:
                left = waiting(archive.connection)
                raise click.ClickException(f"expected every page to be polled within {patience:.0f} s, found {left} that were not")
            meanwhile()
            time.sleep(0.1)
    return time.monotonic() - began


def waiting(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM watches WHERE next_poll_at IS NOT NULL").fetchone()[0])


def stoppress(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler.cli", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, cwd=ROOT)
