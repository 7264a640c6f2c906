"""Serving in several processes: they answer at one address, end together, and none is left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from archive.folder import Folder
from archive.store import Archive
from tests.conftest import ROOT

PATIENCE = 60.0  # seconds; the machine may be busy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    found = Folder(tmp_path_factory.mktemp("archive"))
    found.make()
    Archive(found.archive).close()
    return found


@contextmanager
def serving(folder: Folder) -> Iterator[tuple[subprocess.Popen[bytes], str, list[int]]]:
    command = [sys.executable, "-m", "crawler.cli", "serve", "--port", "0", "--processes", "2", "--archive", str(folder.path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT)
    try:
        assert process.stderr is not None
        url = re.search(rb"http://127[0-9.:]+", process.stderr.readline())
        assert url
        until = time.monotonic() + PATIENCE
        workers: list[int] = []
        while len(workers) < 2 and time.monotonic() < until:
            time.sleep(0.05)
            workers = children(process.pid)
        yield process, url[0].decode(), workers
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def answers(url: str) -> Any:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return httpx.get(f"{url}/.json", timeout=PATIENCE)
        except httpx.ConnectError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def are_gone(pids: list[int]) -> bool:
    until = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{pid}").exists() and "State:\tZ" not in Path(f"/proc/{pid}/status").read_text() for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_both_answer_and_end_when_told(folder: Folder, name: str) -> None:
    with serving(folder) as (process, url, workers):
        assert len(workers) == 2
        assert answers(url).status_code == 200
        process.send_signal(getattr(signal, name))
        assert process.wait(PATIENCE) == 0
        assert are_gone(workers)


def test_none_outlives_the_first(folder: Folder) -> None:
    with serving(folder) as (process, url, workers):
        assert answers(url).status_code == 200
        process.kill()
        assert are_gone(workers)


def test_one_that_dies_ends_the_others(folder: Folder) -> None:
    with serving(folder) as (process, url, workers):
        assert answers(url).status_code == 200
        os.kill(workers[0], signal.SIGKILL)
        assert process.wait(PATIENCE) == 1
        assert process.stderr is not None
        assert b"found one ended (-9)" in process.stderr.read()
        assert are_gone(workers)
