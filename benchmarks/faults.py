"""Faults on purpose: kill -9, full disks, lost logs, clocks set back. What was acknowledged must be there, and the next run must go on.

    python benchmarks/faults.py [--rounds N] [--quick] [--seed N] [--only NAME] [--minutes M] [--json]

An archive of the sample site's day is crawled first; every round starts from a copy. A command runs as a process of its own, without
the time Python takes to start, and is killed after a random part of its usual time. Nothing outside a temporary folder is touched.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import fault_disk, fault_kills  # noqa: E402
from benchmarks.fault_kills import Tally, kill_rounds  # noqa: E402
from benchmarks.fault_power import clock_rounds, cut_rounds  # noqa: E402
from benchmarks.fault_stage import Stage  # noqa: E402

KILLED = {"crawl": 0.15, "import": 0.25, "replay": 0.2, "backup": 0.2, "forget": 0.2}  # shares of the rounds
OTHERS = ("disk", "wal", "clock")
_OTHER_SHARE = 0.05  # of the rounds: for each command on a full disk, of each way; for killed writers; for clocks
_MOST_OF_THE_TIME = 0.3  # of what is left, for one kind of rounds
_SHOWN = 20

Plan = tuple[Tally, Callable[[], Iterator[None]], int]


def plans(stage: Stage, root: Path, chance: Random, rounds: int, only: str | None, notes: list[str]) -> Iterator[Plan]:
    """What is to be done: a tally, what makes its rounds, and how many."""
    few = rounds if only else max(1, round(rounds * _OTHER_SHARE))
    for kind in fault_kills.SUBJECTS:
        if only in (None, kind.name):
            subject = kind(stage, root / "kill")
            count = rounds if only else max(2, round(rounds * KILLED[kind.name]))
            yield subject.tally, lambda subject=subject: kill_rounds(subject, chance), count  # type: ignore[misc]
    if only in (None, "disk"):
        mount = root / "mount"
        mounts = fault_disk.can_mount(mount)
        if not mounts:
            notes.append("no small file system was tried: this process may not mount one")
        for kind in fault_disk.SUBJECTS:
            subject = kind(stage, root / "disk")
            for way, place in (("file size limit", None), ("small file system", mount)):
                if place is None or mounts:
                    subject.tally = Tally(name=f"{kind.name}, {way}", seconds=subject.tally.seconds)
                    yield subject.tally, lambda s=subject, p=place: fault_disk.disk_rounds(s, chance, mount=p), few  # type: ignore[misc]
    if only in (None, "wal"):
        tally = Tally(name="logs cut")
        yield tally, lambda: cut_rounds(stage, root / "wal", chance, tally), few
    if only in (None, "clock"):
        clocks = Tally(name="clock set back")
        yield clocks, lambda: clock_rounds(stage, chance, clocks), few


def shown(tally: Tally) -> str:
    """One line of a Markdown table."""
    seen = ", ".join(f"{number:,} {what}" for what, number in sorted(tally.seen.items()))
    held = "all held" if not tally.problems else f"{len(tally.problems)} did not hold"
    return f"| {tally.name} | {tally.seconds:.2f} | {tally.rounds} | {tally.killed} | {tally.finished} | {seen} | {held} |"


@click.command(help=__doc__)
@click.option("--rounds", default=200, show_default=True, help="Of kill -9, all commands together; the rest in proportion.")
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--seed", default=1, show_default=True)
@click.option("--only", type=click.Choice([*KILLED, *OTHERS]))
@click.option("--minutes", default=14.0, show_default=True, help="Begin no further round after so long; the last may take one more.")
@click.option("--json", "as_json", is_flag=True)
def main(rounds: int, quick: bool, seed: int, only: str | None, minutes: float, as_json: bool) -> None:
    if quick:
        rounds, minutes = min(rounds, 10), min(minutes, 0.75)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that nothing stays mounted
    end = time.monotonic() + 60 * minutes
    tallies: list[Tally] = []
    notes: list[str] = []
    if not as_json:
        print("| | seconds undisturbed | rounds | cut short | came to its end | seen | |\n|---|---:|---:|---:|---:|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="stoppress-faults-") as name:
        chance = Random(seed)
        stage = Stage.make(Path(name))
        for tally, begin, count in plans(stage, Path(name), chance, rounds, only, notes):
            if time.monotonic() >= end:
                notes.append("the time was up: not every kind of round was begun")
                break
            steps = begin()
            now = time.monotonic()
            stop = end if only else now + _MOST_OF_THE_TIME * (end - now)
            while tally.rounds < count and time.monotonic() < stop:
                next(steps)
            tallies.append(tally)
            if tally.rounds < count:
                notes.append(f"{tally.name}: {tally.rounds} of {count} rounds, then the time was up")
            if not as_json:
                print(shown(tally), flush=True)
            for problem in tally.problems[:_SHOWN]:
                click.echo(problem, err=True)
    for note in notes:
        click.echo(note, err=True)
    if as_json:
        claims = [
            {"name": f"{tally.name}: what did not hold", "value": len(tally.problems), "unit": f"in {tally.rounds} rounds", "goal": 0,
             "holds": not tally.problems} for tally in tallies
        ]  # fmt: skip
        click.echo(json.dumps({"claims": claims}, indent=1))
    if any(tally.problems for tally in tallies):
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()
