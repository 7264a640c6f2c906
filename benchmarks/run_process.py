"""`stoppress run` as a process of its own over a site on loopback, and what the site's log says of its manners."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from archive import watches
from archive.folder import Folder
from archive.store import Archive
from archive.times import to_utc
from benchmarks.claims import Claim, claim
from benchmarks.loopback import Served

ROOT = Path(__file__).resolve().parent.parent
HOST_GAP, PAGE_GAP = 1.0, 10.0  # seconds: what no request may come sooner than


def watch(folder: Path, urls: Sequence[str], due: Sequence[datetime] = ()) -> None:
    """Put pages on the watch list of an archive, due at once or when `due` says."""
    Folder(folder).make()
    archive = Archive(Folder(folder).archive)
    with archive.writing() as connection:
        watches.add(connection, urls, at=datetime.now(UTC))
        for url, at in zip(urls, due, strict=False):
            connection.execute("UPDATE watches SET next_poll_at = ? WHERE url = ?", (to_utc(at), url))
    archive.close()


def make_due(folder: Path, urls: Iterable[str]) -> None:
    """Let pages be due at once, as `stoppress watch resume` does."""
    archive = Archive(Folder(folder).archive)
    with archive.writing() as connection:
        watches.resume(connection, urls, at=datetime.now(UTC))
    archive.close()


@contextmanager
def running(folder: Path, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`stoppress run --json` on an archive, its lines appended to a file; killed at the end if it still runs."""
    command = [sys.executable, "-m", "crawler.cli", "run", "--json", "--archive", str(folder)]
    environment = {**os.environ, "STOPPRESS_ALLOW_PRIVATE": "1", "PYTHONPATH": str(ROOT)}
    with output.open("ab") as out, output.with_suffix(".err").open("ab") as err:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


def manners(log: Sequence[Served]) -> list[Claim]:
    """How near requests came to each other, by a server's log: at one host, robots.txt included, and at one page."""
    hosts, pages = defaultdict(list), defaultdict(list)
    for served in log:
        hosts[served.request.host].append(served)
        if served.request.path != "/robots.txt":
            pages[served.request.host, served.request.path].append(served.request.at)
    overlaps, nearest, nearest_page = 0, float("inf"), float("inf")
    for asked in hosts.values():
        asked.sort(key=lambda served: served.request.at)
        for one, other in itertools.pairwise(asked):
            overlaps += other.request.at < one.ended
            nearest = min(nearest, other.request.at - one.request.at)
    for times in pages.values():
        nearest_page = min([nearest_page, *(later - earlier for earlier, later in itertools.pairwise(sorted(times)))])
    return [
        claim("requests in the log", len(log)),
        claim("requests to a host while another was under way", overlaps, goal=0),
        claim("nearest two requests to a host", min(nearest, 3600), "s", goal=HOST_GAP, more=True),
        claim("nearest two polls of a page", min(nearest_page, 3600), "s", goal=PAGE_GAP, more=True),
    ]
