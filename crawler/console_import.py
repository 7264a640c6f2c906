"""What `stoppress import` prints: what was left out and why, how far it is, and a summary."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from crawler.console import note, plural, print_json, stderr, why
from crawler.importing import Files, Note, Skipped, is_warc
from crawler.recorder import Polled, Recorder

_MOST_NOTES = 20  # of one WARC and of its captures: there may be a hundred thousand pages without live updates
_SMALL = 4 * 1024 * 1024  # read before a bar could be seen


@contextmanager
def reading(files: list[Path], *, after_each: Callable[[], None]) -> Iterator[Callable[[int], None]]:
    """A progress bar over the bytes of files on a terminal, nothing elsewhere. Yields a function to tell what was read."""
    total = sum(path.stat().st_size for path in files)
    if not sys.stderr.isatty() or total < _SMALL:
        yield lambda size: after_each()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task("reading", total=total)

        def advance(size: int) -> None:
            bar.update(task, advance=size)
            after_each()

        yield advance


@contextmanager
def stopping_between_steps() -> Iterator[Callable[[], None]]:
    """Keep a first Ctrl-C until a step is done; a second one stops at once. Yields a function that ends the work if it was asked to."""
    asked: list[int] = []

    def ask(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


class ImportReport:
    """Counts what became of the files and captures of one import, and says what a person should know."""

    def __init__(self, files: Files) -> None:
        self.files = len(files.pages)
        self.others = files.others
        self.first: dict[str, int] = {"captures": 0}
        self._has_warcs = any(is_warc(path) for path in files.pages)
        self.outcomes: Counter[str] = Counter()
        self.entries: Counter[str] = Counter()
        self.skipped = self.read = self.captures = 0
        self._said: Counter[str] = Counter()

    def recorded_first(self, recorder: Recorder) -> None:
        """Say what an earlier run had stored, and what came of it; it is counted apart."""
        self.first = {"captures": recorder.caught_up} | {name: recorder.caught_up_changes[name] for name in ("new", "edited", "withdrawn")}
        if recorder.caught_up:
            captures = f"{plural(recorder.caught_up, 'capture')} of an earlier run recorded first"
            note(f"{captures}: {self.first['new']:,} new, {self.first['edited']:,} edited")

    def left_out(self, item: Skipped | Note) -> None:
        if isinstance(item, Skipped):
            self.skipped += 1
            self._say(str(item.path), f"skipped {item.reason}")
        else:
            self._say(str(item.path), item.text)

    def polled(self, outcome: Polled) -> None:
        self.captures += 1
        self.outcomes[outcome.outcome] += 1
        if outcome.is_read:
            self.read += 1
            for name in ("new", "edited", "withdrawn"):
                self.entries[name] += getattr(outcome.recorded, name)
            for warning in outcome.warnings:
                self._say("", f"{outcome.url}: {warning}")
        else:
            self._say("", why(outcome))

    def summary(self, counts: Mapping[str, int], *, as_json: bool) -> None:
        """Print what the import did. `counts` are those of the WARCs among the files."""
        for source, number in self._said.items():
            if number > _MOST_NOTES and self._has_warcs:
                note(f"... and {number - _MOST_NOTES:,} more{f' in {source}' if source else ''}")
        none = self.outcomes["no_updates"]
        unreadable = self.captures - self.read - none
        new, edited = self.entries["new"], self.entries["edited"]
        if as_json:
            found = {"files": self.files, "read": self.read, "without_updates": none, "unreadable": unreadable, "skipped": self.skipped}
            apart: dict[str, Any] = {"other_files": self.others, "recorded_first": self.first}
            changes = {"new": new, "edited": edited, "withdrawn": self.entries["withdrawn"]}
            print_json(found | changes | {"captures": self.captures} | dict(counts) | apart)
            return
        if counts["warcs"]:
            of = f"{plural(self.read, 'capture')} of {self.captures:,} in {plural(self.files, 'file')} read"
        else:
            of = f"{plural(self.read, 'file')} of {self.files} read"
        rest = f"{none} without live updates, {unreadable} unreadable, {self.skipped} skipped"
        other = plural(counts["other_records"], "WARC record holds", "WARC records hold")
        warcs = f"; {other} no page" if counts["warcs"] else ""
        others = f"; {plural(self.others, 'other file')} in the folders" if self.others else ""
        click.echo(f"{of}: {new} new, {edited} edited; {rest}{warcs}{others}")

    def _say(self, source: str, message: str) -> None:
        self._said[source] += 1
        if self._said[source] <= _MOST_NOTES or not self._has_warcs:
            note(message)
