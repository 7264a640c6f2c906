"""kill -9 at random moments of a command, then: is anything acknowledged lost, is anything torn, does the next run go on?"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

import crawler.replaying
from archive.folder import Folder
from archive.forget_journal import journal_of
from archive.opening import open_reader
from archive.times import to_utc
from benchmarks.fault_stage import (
    INSTANTS,
    Ended,
    Process,
    Said,
    Stage,
    Work,
    copy,
    crawl_day,
    differing,
    faults,
    run_to_end,
    said,
    stoppress,
)

_AGAIN = 0.3  # so many of the runs that are to go on are killed, too


@dataclass(kw_only=True)
class Tally:
    """What came of the rounds of one kind. `seconds` is how long the command takes undisturbed."""

    name: str
    seconds: float = 0.0
    rounds: int = 0
    killed: int = 0
    finished: int = 0
    problems: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


class Subject:
    """One command, an archive to run it on, and what must hold after a kill and at the end."""

    name = ""
    may_differ: tuple[str, ...] = ()

    def __init__(self, stage: Stage, room: Path) -> None:
        """Run it undisturbed: `seconds` is how long that takes, `expected` what the archive says then, `largest` a file's size."""
        self.stage = stage
        self.room = room / self.name  # for what the processes print
        self.place = self.room / "place"  # for the archive, and a copy of it
        self.room.mkdir(parents=True, exist_ok=True)
        self.tally = Tally(name=self.name)
        for _ in range(2):
            folder = self.begin()
            ended = run_to_end(self.work(folder, 0), self.room)
            if ended.code:
                raise RuntimeError(f"expected {self.name} to work undisturbed, found exit code {ended.code}: {ended.stderr}")
            self.tally.seconds = ended.seconds
        self.expected: Said = said(folder)
        self.largest = max(path.stat().st_size for path in self.place.rglob("*") if path.is_file())

    def begin(self) -> Folder:
        """An archive to run the command on, begun anew."""
        self.place.mkdir(exist_ok=True)
        for path in self.place.iterdir():
            shutil.rmtree(path)
        return Folder(self.place / "archive")

    def work(self, folder: Folder, number: int) -> Work:
        raise NotImplementedError

    def again(self, folder: Folder, number: int) -> Work:
        """What a person runs after a kill."""
        return self.work(folder, number)

    def torn(self, folder: Folder, ended: Ended) -> Iterator[str]:
        """What does not hold right after a kill, or after the end."""
        raise NotImplementedError

    def wrong(self, folder: Folder) -> Iterator[str]:
        """What does not hold when the command was run again to its end."""
        yield from faults(folder)
        for name in differing(self.expected, said(folder), but=self.may_differ):
            yield f"{name} differ from the undisturbed archive"

    def until(self, folder: Folder, number: int) -> Callable[[], bool] | None:
        """A moment to kill at: None is any, a function says that it has come."""
        return None


class Crawl(Subject):
    """Two of three kills are after a number of polls drawn beforehand, and a random moment more."""

    name = "crawl"

    def work(self, folder: Folder, number: int) -> Work:
        return crawl_day(folder, self.stage.port)

    def until(self, folder: Folder, number: int) -> Callable[[], bool] | None:
        wanted = Random(number).randrange(len(self.expected["polls"]))
        return (lambda: (self.room / "stdout").read_bytes().count(b"\n") >= wanted) if number % 3 else None

    def torn(self, folder: Folder, ended: Ended) -> Iterator[str]:
        acknowledged = [json.loads(line) for line in ended.stdout.splitlines(keepends=True) if line.endswith("\n")]
        self.tally.seen["polls acknowledged"] += len(acknowledged)
        if not folder.archive.exists() or not acknowledged:
            return
        with closing(open_reader(folder.archive)) as connection:
            recorded = Counter(connection.execute("SELECT url, fetched_at FROM captures").fetchall())
            polls = {tuple(row)[:2]: tuple(row)[2:] for row in connection.execute("SELECT url, at, outcome, new, edited FROM polls")}
            recorded = Counter(tuple(row) for row in recorded)
        turns: Counter[str] = Counter()
        for url, outcome, new, edited in acknowledged:
            at = to_utc(INSTANTS[turns[url]])
            turns[url] += 1
            if (url, at) not in recorded:
                yield f"the poll of {url} at {at} was acknowledged and is not on record"
            elif (new or edited) and polls.get((url, at)) != (outcome, new, edited):
                yield f"the poll of {url} at {at} was acknowledged as {new} new, {edited} edited, on record is {polls.get((url, at))}"
        yield from faults(folder)


class Import(Subject):
    name = "import"
    may_differ = ("counts",)  # what was new at a poll depends on what was on record already; what is on record does not

    def work(self, folder: Folder, number: int) -> Work:
        return stoppress("import", self.stage.saved, "--archive", folder.path)

    def torn(self, folder: Folder, ended: Ended) -> Iterator[str]:
        if folder.archive.exists() and _has_tables(folder.archive) and _has_tables(folder.captures):
            yield from faults(folder)
        if " read: " in ended.stdout:
            for name in differing(self.expected, said(folder), but=self.may_differ):
                yield f"the import was acknowledged, and {name} differ"


class Replay(Subject):
    """Half of the kills are while the new archive is copied over the old one; a sixth of the runs read by several processes."""

    name = "replay"

    def __init__(self, stage: Stage, room: Path) -> None:
        self.before = said(stage.old)
        super().__init__(stage, room)

    def begin(self) -> Folder:
        return copy(self.stage.old, super().begin().path)

    def work(self, folder: Folder, number: int) -> Work:
        plain = stoppress("replay", "--apply", "--archive", folder.path)

        def by_several() -> int:
            crawler.replaying._WORTH_A_POOL = 2
            return plain()

        return by_several if number % 6 == 1 else plain

    def until(self, folder: Folder, number: int) -> Callable[[], bool] | None:
        log = folder.path / "archive.db-wal"
        return (lambda: log.exists() and log.stat().st_size > 0) if number % 2 else None

    def torn(self, folder: Folder, ended: Ended) -> Iterator[str]:
        yield from faults(folder)
        now = said(folder)
        is_old, is_new = not differing(self.before, now), not differing(self.expected, now)
        self.tally.seen["the old archive" if is_old else "the new archive" if is_new else "a mixture"] += 1
        if not is_old and not is_new:
            yield f"a mixture: {differing(self.before, now)} are not the old, {differing(self.expected, now)} not the new"
        if "was replaced by this" in ended.stdout and not is_new:
            yield "the new archive was acknowledged, the old one is there"

    def wrong(self, folder: Folder) -> Iterator[str]:
        yield from super().wrong(folder)
        for path in folder.path.glob(".replay.*"):
            yield f"{path.name} is left over"


class Backup(Subject):
    name = "backup"

    def __init__(self, stage: Stage, room: Path) -> None:
        super().__init__(stage, room)
        self.expected = said(stage.day)

    def begin(self) -> Folder:
        return copy(self.stage.day, super().begin().path)

    def work(self, folder: Folder, number: int) -> Work:
        return stoppress("backup", self.place / "copy", "--archive", folder.path)

    def again(self, folder: Folder, number: int) -> Work:
        return self.work(folder, number) if not (self.place / "copy").exists() else stoppress("verify", "--archive", self.place / "copy")

    def torn(self, folder: Folder, ended: Ended) -> Iterator[str]:
        for name in differing(self.expected, said(folder)):
            yield f"{name} of the original differ"
        if (self.place / "copy").exists():
            self.tally.seen["whole copies"] += 1
            yield from self._copy()
        elif "copied to" in ended.stdout:
            yield "the copy was acknowledged and is not there"
        else:
            self.tally.seen["no copy"] += 1

    def wrong(self, folder: Folder) -> Iterator[str]:
        yield from super().wrong(folder)
        yield from self._copy()
        left = [path.name for path in self.place.glob(".copy.*")]
        if left:
            yield f"{len(left)} unfinished copies are left over"

    def _copy(self) -> Iterator[str]:
        there = Folder(self.place / "copy")
        yield from (f"the copy: {problem}" for problem in faults(there))
        for name in differing(self.expected, said(there)):
            yield f"{name} of the copy differ"


class Forget(Subject):
    """An edited entry, and a live blog with all that stands on it."""

    name = "forget"
    _not_yet = ("captures", "evidence")  # the rows go first, then the words in the captures

    def __init__(self, stage: Stage, room: Path) -> None:
        with closing(open_reader(stage.day.archive)) as connection:
            entry = connection.execute("SELECT slug, text FROM entries WHERE revision > 1 AND key LIKE '%echo%' ORDER BY id").fetchone()
            blog = connection.execute("SELECT url FROM live_blogs WHERE url LIKE '%ledger%'").fetchone()
            gone = connection.execute(
                "SELECT e.text FROM entries e JOIN live_blogs l ON l.id = e.live_blog_id WHERE l.url = ? ORDER BY e.id", (blog["url"],)
            )
            texts = [entry["text"], *(row[0] for row in islice(gone, 5))]
        self.names = (entry["slug"], blog["url"])
        self.words = [" ".join(text.split()[3:7]).encode() for text in texts]
        self.before = said(stage.day)
        super().__init__(stage, room)

    def begin(self) -> Folder:
        return copy(self.stage.day, super().begin().path)

    def work(self, folder: Folder, number: int) -> Work:
        return stoppress("forget", *self.names, "--yes", "--archive", folder.path)

    def again(self, folder: Folder, number: int) -> Work:
        if journal_of(folder).exists():
            return stoppress("forget", "--yes", "--archive", folder.path)
        with closing(sqlite3.connect(folder.archive)) as connection:
            if connection.execute("SELECT count(*) FROM tombstones").fetchone()[0]:
                return stoppress("verify", "--archive", folder.path)
        return self.work(folder, number)

    def torn(self, folder: Folder, ended: Ended) -> Iterator[str]:
        half = journal_of(folder).exists()
        self.tally.seen["to be finished" if half else "not begun, or done"] += 1
        found = faults(folder)
        if not half or not any("forgetting was cut short" in problem for problem in found):
            yield from found
        now = said(folder)
        if differing(self.before, now, but=self._not_yet) and differing(self.expected, now, but=self._not_yet):
            yield "a mixture: some of the rows are gone"
        if ended.stdout.startswith("forgotten: "):
            yield from self.wrong(folder)

    def wrong(self, folder: Folder) -> Iterator[str]:
        yield from super().wrong(folder)
        for path in sorted(folder.path.iterdir()):
            held = [words for words in self.words if words in path.read_bytes()]
            if held:
                yield f"{path.name} still holds {held[0]!r}"
        if journal_of(folder).exists():
            yield "the note of what is to be forgotten is left over"


SUBJECTS: tuple[type[Subject], ...] = (Crawl, Import, Replay, Backup, Forget)


def kill_rounds(subject: Subject, chance: Random) -> Iterator[None]:
    """Rounds without end, one a step: a run is killed, sometimes the next one too, and then one goes on to the end."""
    tally = subject.tally
    while True:
        number = tally.rounds
        folder = subject.begin()
        problems: list[str] = []
        runs = 0
        while runs == 0 or chance.random() < _AGAIN:
            runs += 1
            work = subject.work(folder, number) if runs == 1 else subject.again(folder, number)
            if _killed(subject, work, folder, number, chance, problems):
                tally.killed += 1
            else:
                tally.finished += 1
                break
        ended = run_to_end(subject.again(folder, number), subject.room)
        if ended.code:
            problems.append(f"the next run ended with {ended.code}: {ended.stderr.strip()[-300:]}")
        problems += subject.wrong(folder)
        tally.problems += [f"{subject.name}, round {number + 1}: {problem}" for problem in problems]
        tally.rounds += 1
        yield


def _killed(subject: Subject, work: Work, folder: Folder, number: int, chance: Random, problems: list[str]) -> bool:
    """Run work and kill it at a random moment of its usual time; return whether that came before its end."""
    usual = subject.tally.seconds
    process = Process(work, subject.room)
    moment = subject.until(folder, number)
    if moment is None:
        code = process.wait(chance.random() * usual * 1.05)
    else:
        code = process.wait(until=moment)
        if code is None:
            code = process.wait(chance.random() * usual * 0.1)
    if code is None:
        process.kill()
    ended = process.ended(code)
    if code not in (None, 0):
        problems.append(f"it ended with {code}: {ended.stderr.strip()[-300:]}")
    if "Traceback" in ended.stderr:
        problems.append(f"a traceback: {ended.stderr.strip()[-300:]}")
    if ended.left:
        problems.append("processes it had started outlived it")
    problems += subject.torn(folder, ended)
    return code is None


def _has_tables(path: Path) -> bool:
    """Whether a database was made as far as its tables: a kill in the first moments leaves an empty one."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
