"""What the rounds of faults.py start from: a crawled day, its pages saved, and processes that may be killed."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from scrapy import Request as Poll

import crawler.recorder
from archive.captures import Captures
from archive.folder import Folder
from archive.model import Extraction
from archive.verify import verify
from crawler import cli, settings
from crawler.crawling import crawl_settings, run
from crawler.demo import CLOSES, OPENS, Request, SampleSite, live_urls, render
from crawler.demo.spider import SampleSpider, day_in_steps, exempt
from crawler.domains import registrable_domain
from crawler.extraction import extract
from crawler.page import Page
from crawler.recorder import Polled, recording
from tests.equality import facts

Work = Callable[[], int]
Said = Mapping[str, Sequence[tuple[object, ...]]]

INSTANTS = day_in_steps(OPENS, CLOSES, minutes=180)
LATER = CLOSES - timedelta(minutes=30)  # an hour of the sample day that no poll of the stage was at
_USED = (
    "archive.backup", "archive.export", "archive.forget", "crawler.console_import", "crawler.console_replay", "crawler.console_upkeep",
    "crawler.importing", "crawler.replaying",
)  # fmt: skip
_OF_EACH_PROCESS = "twisted.internet.reactor"  # whoever imports it has installed one
LONGEST = 120.0  # seconds; a command of the stage takes a few
_FILES = ("archive.db", "captures.db")
_MORE = {
    "polls": "SELECT url, at, status FROM polls ORDER BY at, url, status",
    "counts": "SELECT url, at, outcome, new, edited, withdrawn, message FROM polls ORDER BY at, url, outcome",
    "watches": "SELECT url, added_at FROM watches ORDER BY url",
    "saved_searches": "SELECT name, query FROM saved_searches ORDER BY name",
    "tombstones": "SELECT hash FROM tombstones ORDER BY hash",
}
_EVIDENCE = "SELECT url, final_url, fetched_at, status, headers, digest FROM captures ORDER BY url, fetched_at, digest"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a process ended. `code` is None if it was killed; `left` says that processes it had started outlived it."""

    code: int | None
    stdout: str
    stderr: str
    seconds: float
    left: bool = False


class Process:
    """Work done in a process of its own, in a process group of its own. The modules are there already: a kill hits the work."""

    def __init__(self, work: Work, room: Path, *, largest_file: int | None = None) -> None:
        self._files = room / "stdout", room / "stderr"
        for path in self._files:  # a kill may come before the process has opened them
            path.write_bytes(b"")
        self._started = time.monotonic()
        self.id = os.fork()
        if self.id == 0:
            self._be(work, largest_file)

    def _be(self, work: Work, largest_file: int | None) -> None:
        code = 70
        try:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for number, path in enumerate(self._files, start=1):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            if largest_file is not None:
                # Python ignores SIGXFSZ: a write past the limit is an error, as on a full disk.
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def wait(self, seconds: float = LONGEST, until: Callable[[], bool] = lambda: False) -> int | None:
        """Return the exit code, or None if it is still at work after so many seconds or when `until` holds."""
        end = time.monotonic() + seconds
        try:
            while True:
                found, status = os.waitpid(self.id, os.WNOHANG)
                if found:
                    return os.waitstatus_to_exitcode(status)
                if time.monotonic() >= end or until():
                    return None
                time.sleep(0.0005)
        except BaseException:  # Ctrl-C: nothing goes on alone
            self.kill()
            raise

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.id, signal.SIGKILL)
        os.waitpid(self.id, 0)

    def ended(self, code: int | None) -> Ended:
        seconds = time.monotonic() - self._started
        left = self._outlived()
        stdout, stderr = (path.read_text() for path in self._files)
        return Ended(code=code, stdout=stdout, stderr=stderr, seconds=seconds, left=left)

    def _outlived(self) -> bool:
        """Whether processes that it had started are still there five seconds later; then they are ended."""
        try:
            for _ in range(500):
                os.killpg(self.id, 0)
                time.sleep(0.01)
            os.killpg(self.id, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def run_to_end(work: Work, room: Path, *, largest_file: int | None = None) -> Ended:
    """Run work in a process. Raises TimeoutError if it takes longer than anything here should."""
    process = Process(work, room, largest_file=largest_file)
    code = process.wait()
    if code is None:
        process.kill()
        raise TimeoutError(f"a process was still at work after {LONGEST:.0f} seconds")
    return process.ended(code)


# What the processes do


def stoppress(*arguments: str | Path) -> Work:
    """The command line, as a person would call it."""

    def work() -> int:
        try:
            cli.main([str(argument) for argument in arguments], prog_name="stoppress")
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return work


def naming_modules(work: Work, to: Path) -> Work:
    """Work, and then the names of all modules there are, in the order they were first imported: Scrapy loads most of its own late."""

    def named() -> int:
        code = work()
        to.write_text("\n".join(sys.modules))
        return code

    return named


class OneByOne(SampleSpider):
    """Polls page after page: which of two pages shows an update first must not depend on how busy the machine is."""

    async def round(self) -> AsyncIterator[Poll]:
        for url in self.urls:
            self.open = 1
            self.idle.clear()
            yield self.poll(url)
            await asyncio.wait_for(self.idle.wait(), LONGEST)


def crawl_day(folder: Folder, port: int) -> Work:
    """A crawl of the sample site through its day; a line for each poll that is recorded."""

    def polled(outcome: Polled) -> None:
        print(json.dumps([outcome.url, outcome.outcome, outcome.recorded.new, outcome.recorded.edited]), flush=True)

    def work() -> int:
        with SampleSite(port) as site:
            made = crawl_settings(folder, STOPPRESS_COMMAND="stoppress crawl", STOPPRESS_EXEMPT=exempt(site), DOWNLOAD_DELAY=0)
            run(OneByOne, made, polled=polled, site=site, instants=INSTANTS)
        return 0

    return work


def crawl_once(folder: Folder, port: int) -> Work:
    """`stoppress crawl` of every page of the sample site at one moment, without the gaps between requests that others are owed."""

    def work() -> int:
        with SampleSite(port) as site:
            site.clock.set(LATER)
            settings.STOPPRESS_EXEMPT, settings.DOWNLOAD_DELAY = exempt(site), 0  # of this process alone
            return stoppress("crawl", *site.urls, "--archive", folder.path)()

    return work


def recorded_as_before(folder: Folder) -> Work:
    """Record what is stored by a reader of another day, which shouted its titles and overlooked every page's last update."""

    def louder(page: Page) -> Extraction:
        found = extract(page)
        return replace(found, updates=tuple(replace(update, title=(update.title or "").upper()) for update in found.updates[:-1]))

    def work() -> int:
        crawler.recorder.extract = louder
        with recording(folder) as recorder, recorder.archive.writing() as connection:
            connection.execute("INSERT INTO watches (url, added_at) VALUES ('http://vale.localhost/live', '2026-03-03T06:00:00Z')")
            connection.execute("INSERT INTO saved_searches (name, query) VALUES ('river', 'river')")
        return 0

    return work


# What an archive is and says


def said(folder: Folder) -> Said:
    """Everything an archive says, and its evidence."""
    with closing(sqlite3.connect(folder.archive, timeout=30)) as connection:
        found: dict[str, Sequence[tuple[object, ...]]] = dict(facts(connection))
        found |= {name: connection.execute(sql).fetchall() for name, sql in _MORE.items()}
    with closing(Captures.reading(folder.captures)) as captures:
        found["evidence"] = [tuple(row) for row in captures.connection.execute(_EVIDENCE)]
    return found


def differing(one: Said, other: Said, *, but: Sequence[str] = ()) -> list[str]:
    """The names of what two archives say differently."""
    return [name for name in one if name not in but and list(one[name]) != list(other[name])]


def faults(folder: Folder) -> list[str]:
    """What `stoppress verify` finds wrong."""
    return [f"verify: {problem}" for problem in verify(folder).problems]


def copy(folder: Folder, to: Path) -> Folder:
    """Copy the two databases of an archive nobody is at work on, to a folder begun anew."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for name in _FILES:
        for ending in ("", "-wal"):
            if (folder.path / (name + ending)).exists():
                shutil.copyfile(folder.path / (name + ending), to / (name + ending))
    return Folder(to)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`day`: a crawled archive. `saved`: its pages of other hours, and a WARC. `old`: the day as an older reader recorded it."""

    root: Path
    port: int
    day: Folder
    saved: Path
    old: Folder

    @classmethod
    def make(cls, root: Path) -> Stage:
        for name in _USED:
            importlib.import_module(name)  # once, here: a kill should hit the work, not the start
        made = cls(root=root, port=_free_port(), day=Folder(root / "day"), saved=root / "saved", old=Folder(root / "old"))
        used = root / "modules"
        made.do(naming_modules(crawl_day(made.day, made.port), used))
        for name in used.read_text().split():
            if name not in sys.modules and name != _OF_EACH_PROCESS:
                importlib.import_module(name)
        registrable_domain("https://vale.localhost/")  # which reads the list of public suffixes
        for at in INSTANTS[:-1]:
            made._save(at + timedelta(minutes=60))
        made.do(stoppress("export", made.saved / "crawled.warc.gz", "--archive", made.day.path))
        made.old.make()
        shutil.copyfile(made.day.captures, made.old.captures)
        made.do(recorded_as_before(made.old))
        return made

    def do(self, work: Work) -> Ended:
        """Run work to its end. Raises RuntimeError with what it printed if it fails."""
        ended = run_to_end(work, self.root)
        if ended.code:
            raise RuntimeError(f"expected this to work undisturbed, found exit code {ended.code}: {ended.stderr}")
        return ended

    def _save(self, at: datetime) -> None:
        """Save every live page as it stands at a moment."""
        self.saved.mkdir(exist_ok=True)
        for number, url in enumerate(live_urls(self.port)):
            parts = urlsplit(url)
            page = self.saved / f"{number}-{at:%H%M}.html"
            page.write_bytes(render(Request(target=parts.path, now=at, host=parts.hostname or "", port=self.port)).body)
            page.with_name(page.name + ".url").write_text(url)
            os.utime(page, (at.timestamp(), at.timestamp()))


def _free_port() -> int:
    """A port that is free and that the system gives nobody by itself: the site is opened on it again and again."""
    chance = Random()  # two of these scripts at a time, of one seed, must not meet
    while True:
        port = chance.randrange(18_000, 28_000)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
