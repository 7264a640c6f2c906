"""Machines killed at random while they poll a site whose pages change: what is lost, what comes twice, who is asked too often."""

from __future__ import annotations

import itertools
import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import click

from archive.folder import Folder
from archive.opening import open_reader
from benchmarks.queue_site import Asked, Site
from benchmarks.queue_stage import ROOT, Process, Redis, listed, poll_all, role, running, single, stoppress
from crawler.queue.link import FOUND, PREFIX

FETCHERS = 4
_PATIENCE = 1800
_QUIET = 12.0  # seconds without anything new after which scrapy-redis has made what it will make; its workers look for work every five
_EVERY = (3.0, 5.0)  # seconds between two kills
_START = 2.0  # seconds a process takes to start on a machine that does nothing else; on a busier one kills are as much rarer
_ENVIRONMENT = ROOT / ".bench" / "scrapy-redis"
# The newest versions its newest release works with.
_PACKAGES = ("scrapy-redis==0.9.1", "scrapy==2.12.0", "w3lib==2.2.1", "twisted==24.11.0")

# What two archives of the same site must agree on: keys, wordings and claims, not when each was seen.
_FACTS = {
    "live pages": "SELECT url, title, language, kind, declared_count, state FROM live_blogs ORDER BY url",
    "keys": "SELECT key, slug, source_id, url, kind, revision, withdrawn_at IS NOT NULL, content_hash FROM entries ORDER BY key",
    "wordings": "SELECT e.key, e.title, e.byline, e.text, e.html FROM entries e ORDER BY e.key",
    "earlier wordings": "SELECT e.key, r.number, r.title, r.text, r.html FROM revisions r"
    " JOIN entries e ON e.id = r.entry_id ORDER BY 1, 2",
    "claims": "SELECT key, published_at, published_precision, published_basis, published_raw, updated_at, day FROM entries ORDER BY key",
    "placements": "SELECT l.url, e.key, p.pinned, p.content_hash FROM placements p JOIN entries e ON e.id = p.entry_id"
    " JOIN live_blogs l ON l.id = p.live_blog_id ORDER BY 1, 2",
    "aliases": "SELECT e.key, a.alias FROM entry_aliases a JOIN entries e ON e.id = a.entry_id ORDER BY 1, 2",
    "index": "SELECT e.key, f.title, f.text FROM entries_fts f JOIN entries e ON e.id = f.rowid ORDER BY 1",
}


@dataclass(kw_only=True)
class Result:
    """What came of polling every edition of every page once: counts of polls, and why anything else does not hold."""

    polls: int = 0
    lost: int = 0
    twice: int = 0
    again: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    shortest_gap: float = float("inf")  # seconds from one request to a host to the next
    shortest_across: float = float("inf")  # the same where two machines asked
    overlaps: int = 0
    seconds: float = 0.0
    largest: int = 0  # bytes of the stream of answers
    start: float = _START  # seconds one process takes until it is at work
    is_sound: bool = False

    def gaps(self, asked: Sequence[Asked]) -> None:
        hosts: dict[str, list[Asked]] = {}
        for one in sorted(asked, key=lambda one: one.began):
            hosts.setdefault(one.host, []).append(one)
        for polls in hosts.values():
            for earlier, later in itertools.pairwise(polls):
                self.shortest_gap = min(self.shortest_gap, later.began - earlier.began)
                if later.agent != earlier.agent:
                    self.shortest_across = min(self.shortest_across, later.began - earlier.began)
                self.overlaps += later.began < earlier.ended


class Killer:
    """Kills a process now and then and starts it again, and restarts Redis once."""

    def __init__(self, processes: Sequence[Process], queue: Redis, result: Result, *, redis_at: float) -> None:
        self.processes = processes
        self.queue = queue
        self.result = result
        self.random = Random(7)
        self.slower = max(1.0, result.start / _START)
        self.next = time.monotonic() + _EVERY[1] * self.slower
        self.redis_at = time.monotonic() + redis_at * self.slower

    def strike(self) -> None:
        now = time.monotonic()
        if self.redis_at and now >= self.redis_at:
            self.redis_at = 0
            self.queue.kill()
            self.result.kills["redis"] += 1
            time.sleep(1)
            self.queue.start()
        elif now >= self.next:
            victim = self.random.choice(self.processes)
            if victim.is_alive():
                victim.kill()
                self.result.kills[victim.name.partition("-")[0]] += 1
            victim.start()
            self.next = time.monotonic() + self.slower * self.random.uniform(*_EVERY)
        for process in self.processes:
            if not process.is_alive():
                process.start()  # it found no Redis when it began
        self.result.largest = max(self.result.largest, self.queue.client.memory_usage(FOUND, samples=0) or 0)


def several(site: Site, folder: Path, editions: int, *, redis_at: float) -> tuple[Folder, Result]:
    """Poll each edition of each page with four fetchers, a scheduler, a recorder and a stand-by, all of them killed at random."""
    folder.mkdir()
    archive, queue, result = Folder(folder / "archive"), Redis(folder), Result(polls=site.shape.pages * editions)
    listed(archive, site)
    site.forget()
    processes = [role("scheduler", "scheduler", archive, queue, folder)]
    processes += [role(f"recorder-{number}", "recorder", archive, queue, folder) for number in range(2)]
    processes += [role(f"fetcher-{number}", "fetcher", archive, queue, folder) for number in range(FETCHERS)]
    began = time.monotonic()
    with running(queue, *processes):
        while _at_work(queue) < FETCHERS:
            time.sleep(0.05)
        result.start = (time.monotonic() - began) / len(processes)
        killer = Killer(processes, queue, result, redis_at=redis_at)
        began = time.monotonic()
        for edition in range(editions):
            site.edition = edition
            poll_all(archive, site, patience=_PATIENCE, meanwhile=killer.strike)
            click.echo(f"edition {edition + 1} of {editions} recorded after {time.monotonic() - began:.0f} s", err=True)
        result.seconds = time.monotonic() - began
        for process in processes:
            process.stop()
    result.gaps(site.asked())
    count(archive, site, editions, result)
    return archive, result


def _at_work(queue: Redis) -> int:
    """How many fetchers are connected."""
    return len({one["name"] for one in queue.client.client_list() if one["name"].startswith(f"{PREFIX}fetcher:")})


def alone(site: Site, folder: Path, editions: int) -> tuple[Folder, Result]:
    """The same by `stoppress run`, undisturbed."""
    folder.mkdir()
    archive, result = Folder(folder / "archive"), Result(polls=site.shape.pages * editions)
    listed(archive, site)
    site.forget()
    process = single(archive, folder)
    with running(process):
        began = time.monotonic()
        for edition in range(editions):
            site.edition = edition
            poll_all(archive, site, patience=_PATIENCE)
            click.echo(f"edition {edition + 1} of {editions} by one machine after {time.monotonic() - began:.0f} s", err=True)
        result.seconds = time.monotonic() - began
        process.stop()
    result.gaps(site.asked())
    count(archive, site, editions, result)
    return archive, result


def count(archive: Folder, site: Site, editions: int, result: Result) -> None:
    """Count the polls that are on record: each edition of each page once, in both files, and nothing else as something new."""
    wanted = {(url, site.digest(page, edition)) for page, url in enumerate(site.urls) for edition in range(editions)}
    with closing(open_reader(archive.archive)) as connection:
        new = Counter(map(tuple, connection.execute("SELECT url, digest FROM captures WHERE outcome = 'new'")))
        polls = Counter(map(tuple, connection.execute("SELECT url, at FROM polls")))
        recorded = dict(connection.execute("SELECT id, digest FROM captures").fetchall())
    with closing(sqlite3.connect(f"file:{archive.captures}?mode=ro", uri=True)) as connection:
        stored = dict(connection.execute("SELECT id, digest FROM captures").fetchall())
    result.lost = len(wanted - set(new))
    result.twice = sum(number - 1 for number in new.values()) + sum(number - 1 for number in polls.values()) + (stored != recorded)
    result.again = sum(polls.values()) - result.polls
    result.is_sound = not stoppress("verify", "--archive", archive.path).returncode


def differing(one: Folder, other: Folder) -> list[str]:
    """The kinds of facts that two archives do not agree on."""
    found = []
    with closing(open_reader(one.archive)) as first, closing(open_reader(other.archive)) as second:
        for name, sql in _FACTS.items():
            if [tuple(row) for row in first.execute(sql)] != [tuple(row) for row in second.execute(sql)]:
                found.append(name)
    return found


def environment() -> Path | None:
    """The Python of scrapy-redis' own environment; None, with a sentence, if there is none and none can be made."""
    python, done = _ENVIRONMENT / "bin" / "python", _ENVIRONMENT / "made.txt"
    if done.exists() and done.read_text() == " ".join(_PACKAGES):
        return python
    subprocess.run([sys.executable, "-m", "venv", _ENVIRONMENT], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_PACKAGES]
    tried = subprocess.run(install, capture_output=True, text=True)
    if tried.returncode:
        click.echo(f"scrapy-redis is left out: no package index gave {' '.join(_PACKAGES)}.", err=True)
        return None
    done.write_text(" ".join(_PACKAGES))
    return python


def scrapy_redis(site: Site, folder: Path, editions: int, python: Path, *, redis_at: float, start: float) -> Result:
    """The same polls by four workers of scrapy-redis, killed as often, with Redis restarted once."""
    folder.mkdir()
    queue, result = Redis(folder), Result(polls=site.shape.pages * editions, start=start)
    site.forget()
    worker = ROOT / "benchmarks" / "peers" / "scrapy_redis_worker.py"
    processes = [Process(f"worker-{number}", [python, worker, queue.url], folder, {"PYTHONPATH": ""}) for number in range(FETCHERS)]
    with running(queue, *processes):
        killer = Killer(processes, queue, result, redis_at=redis_at)
        began = time.monotonic()
        for edition in range(editions):
            site.edition = edition
            queue.client.rpush("pages:start_urls", *[json.dumps({"url": url}) for url in site.urls])
            seen, changed_at = (-1, -1, -1), time.monotonic()
            while time.monotonic() - changed_at < _QUIET * killer.slower:
                killer.strike()
                now = (queue.client.llen("pages:items"), queue.client.llen("pages:start_urls"), queue.client.zcard("pages:requests"))
                if now != seen:
                    seen, changed_at = now, time.monotonic()
                if now[0] >= (edition + 1) * site.shape.pages:
                    break
                time.sleep(0.1)
        result.seconds = time.monotonic() - began
        items = [json.loads(item) for item in queue.client.lrange("pages:items", 0, -1)]
    result.gaps(site.asked())
    made = Counter((item["url"], item["digest"]) for item in items)
    wanted = {(url, site.digest(page, edition)) for page, url in enumerate(site.urls) for edition in range(editions)}
    result.lost = len(wanted - set(made))
    result.twice = sum(number - 1 for number in made.values())
    result.again = len(items) - result.polls
    return result
