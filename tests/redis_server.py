"""A redis-server of our own on a free port of loopback, in a folder of its own, stopped by its process id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

_PATIENCE = 20.0
REASON = "there is no redis-server on this machine (Debian: apt-get install redis-server)"


class RedisServer:
    """Keeps what it was told through a restart: every write is on the disk before it is answered, or once a second."""

    def __init__(self, folder: Path, *options: str, fsync: str = "everysec") -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = folder
        self.options = ("--appendonly", "yes", "--appendfsync", fsync, "--save", "", *options)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                assert time.monotonic() < end, "expected redis-server to listen"
                time.sleep(0.02)

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(_PATIENCE)
            self.process = None

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, protocol=2)


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[RedisServer]:
    """Skips the test where redis-server is missing, unless STOPPRESS_REQUIRE_REDIS is set: then it fails."""
    if shutil.which("redis-server") is None:
        if os.environ.get("STOPPRESS_REQUIRE_REDIS") == "1":
            pytest.fail(REASON)
        pytest.skip(REASON)
    folder.mkdir(parents=True, exist_ok=True)
    server = RedisServer(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.stop(kill=True)
