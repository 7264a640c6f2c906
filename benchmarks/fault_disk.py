"""A disk that fills up in the middle of a command: one sentence, the archive as before, and on it goes when there is room again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

from archive.folder import Folder
from archive.opening import open_reader
from archive.times import to_utc
from benchmarks.fault_kills import Backup, Forget, Import, Replay, Subject
from benchmarks.fault_stage import LATER, Ended, Work, copy, crawl_once, faults, run_to_end

_LEAST = 16 * 1024


class CrawlOnce(Subject):
    """`stoppress crawl` of every page, on an archive that has the day so far."""

    name = "crawl"
    may_differ = ("counts",)  # a poll that was stored, and recorded by the next run, counts there

    def begin(self) -> Folder:
        return copy(self.stage.day, super().begin().path)

    def work(self, folder: Folder, number: int) -> Work:
        return crawl_once(folder, self.stage.port)

    def torn(self, folder: Folder, ended: Ended) -> Iterator[str]:
        with closing(open_reader(folder.archive)) as connection:
            at = to_utc(LATER)
            recorded = {row[0] for row in connection.execute("SELECT url FROM captures WHERE fetched_at = ?", (at,))}
        for line in ended.stderr.splitlines():
            url, _, rest = line.partition(": ")
            if rest.endswith(" unchanged") and url not in recorded:
                yield f"the poll of {url} was acknowledged and is not on record"
        yield from faults(folder)


SUBJECTS: tuple[type[Subject], ...] = (CrawlOnce, Import, Replay, Backup, Forget)


def disk_rounds(subject: Subject, chance: Random, *, mount: Path | None = None) -> Iterator[None]:
    """Rounds without end, one a step: by a limit to the size of a file, or, with a place to mount it, on a small file system."""
    tally = subject.tally
    place = subject.place
    most = subject.largest * 3 // 2  # a log may be larger than what it is the log of
    while True:
        problems: list[str] = []
        if mount is None:
            folder = subject.begin()
            limit = chance.randrange(_LEAST, most)
            ended = run_to_end(subject.work(folder, 0), subject.room, largest_file=limit)
            full = f"files of at most {limit:,} bytes"
        else:
            with _small(mount):
                subject.place = mount
                folder = subject.begin()
                used = sum(path.stat().st_blocks * 512 for path in mount.rglob("*"))
                limit = used + chance.randrange(_LEAST, 2 * most)
                _resize(mount, limit)
                ended = run_to_end(subject.work(folder, 0), subject.room)
                full = f"a file system of {limit:,} bytes"
                _resize(mount, 1 << 28)
                problems += _checked(subject, folder, ended)
            subject.place = place
        if mount is None:
            problems += _checked(subject, folder, ended)
        tally.killed += ended.code != 0
        tally.finished += ended.code == 0
        tally.rounds += 1
        tally.problems += [f"{subject.name}, {full}: {problem}" for problem in problems]
        yield


def _checked(subject: Subject, folder: Folder, ended: Ended) -> Iterator[str]:
    if ended.code:
        yield from _sentence(ended)
    if folder.archive.exists():
        yield from subject.torn(folder, ended)
    again = run_to_end(subject.again(folder, 0), subject.room)
    if again.code:
        yield f"with room again it ended with {again.code}: {again.stderr.strip()[-300:]}"
    yield from subject.wrong(folder)


def _sentence(ended: Ended) -> Iterator[str]:
    """What is wrong with how a command said that it could not do its work."""
    said_so = [line for line in ended.stderr.splitlines() if line.startswith("Error: ")]
    if "Traceback" in ended.stderr:
        yield f"a traceback: ...{ended.stderr.strip()[-300:]}"
    elif ended.code != 1 or len(said_so) != 1 or ended.stderr.splitlines()[-1] != said_so[0]:
        yield f"expected one sentence and exit code 1, found {ended.code}: {ended.stderr.strip()[-500:]}"


@contextmanager
def _small(mount: Path) -> Iterator[None]:
    mount.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(mount)], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(mount)], check=True, capture_output=True)


def _resize(mount: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(mount)], check=True, capture_output=True)


def can_mount(mount: Path) -> bool:
    """Whether this process may mount a file system: root may, where the system lets it."""
    try:
        with _small(mount):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False
