"""Replay: the archive rebuilt from its captures with today's code, beside the old one; taken over only when asked."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

from archive.captures import Captures
from archive.carrying import carry_over, copy_tombstones, recorded_ids, take_over
from archive.differences import Differences, compare
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.opening import open_reader
from archive.progress import Bar, silent
from archive.scratch import scratch
from archive.store import Archive, Read
from crawler.recorder import Recorder, read, recording

_WORTH_A_POOL = 200  # captures; below that starting processes costs more than they save
_AT_ONCE = 16  # captures a process reads before it hands them over


def replay(folder: Folder, *, apply: bool = False, bar: Bar = silent) -> Differences:
    """Rebuild the archive from its captures beside the old one, and return what would change; `apply` takes it over.

    `bar` shows how far it has come. Readers are not disturbed: they see the old archive until the new one is whole.
    Raises ArchiveError if there are no captures or the disk is full, LockedError if a crawler is at work and it is to be applied.
    """
    try:
        return _replay(folder, apply=apply, bar=bar)
    except sqlite3.OperationalError as error:
        raise ArchiveError(f"the archive could not be rebuilt in {folder.path}: {error}; it is as it was") from error
    except BrokenProcessPool as error:
        raise ArchiveError("expected the captures to be read by several processes, found one killed; the archive is as it was") from error


def _replay(folder: Folder, *, apply: bool, bar: Bar) -> Differences:
    with ExitStack() as stack:
        if not folder.captures.is_file():
            raise ArchiveError(f"expected the captures to replay at {folder.captures}, found none")
        if apply:
            stack.enter_context(folder.crawling("stoppress replay"))
            with recording(folder):
                pass  # what waits to be recorded, all of it where archive.db is gone, is recorded first
        elif not folder.archive.exists():
            raise ArchiveError(f"expected an archive at {folder.archive}, found its captures alone; `stoppress replay --apply` rebuilds it")
        path = stack.enter_context(scratch(folder.path, "replay")) / "archive.db"
        with closing(open_reader(folder.archive)) as old:
            waiting = _rebuild(folder, path, old, bar)
            with closing(open_reader(path)) as new:
                differences = compare(old, new)
                differences.waiting = waiting
        if apply:
            with _undisturbed():
                take_over(path, folder.archive)
            with recording(folder) as recorder:  # what others have recorded meanwhile
                differences.waiting = max(0, differences.waiting - recorder.caught_up)
        return differences


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let a Ctrl-C pass by: what takes a moment is done as a whole."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _rebuild(folder: Folder, path: Path, old: sqlite3.Connection, bar: Bar) -> int:
    """Build the new archive from what the old one has recorded, and return how many captures wait to be."""
    with closing(Archive(path)) as archive, closing(Captures.reading(folder.captures)) as captures:
        copy_tombstones(old, archive)
        recorded = recorded_ids(old)
        stored = captures.ids()
        ids = [capture_id for capture_id in stored if capture_id in recorded]
        captures.remember()
        with bar("captures", len(ids)) as advance:
            for _ in Recorder(archive, captures).record_all(_read_in_order(folder, captures, ids)):
                advance()
        carry_over(old, archive)
        return len(stored) - len(ids)


def _read_in_order(folder: Folder, captures: Captures, ids: Sequence[int]) -> Iterator[Read]:
    """What each capture shows, in the order given; by several processes if there are many."""
    workers = os.cpu_count() or 1
    if len(ids) < _WORTH_A_POOL or workers < 2:
        for capture_id in ids:
            capture = captures.get(capture_id)
            if capture is not None:
                yield read(capture)
        return
    parts = iter([ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_the_parent) as pool:
        under_way: deque[Future[list[Read]]] = deque()
        try:
            for part in parts:
                under_way.append(pool.submit(_read_part, folder.captures, part))
                if len(under_way) > 2 * workers:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


def _end_with_the_parent() -> None:
    """Let this process end when the one that started it does: killed, that one says no goodbye, and this one would wait for ever.

    A Ctrl-C is for that one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _read_part(path: Path, ids: Sequence[int]) -> list[Read]:
    with closing(Captures.reading(path)) as captures:
        captures.remember()
        found = [read(capture) for capture_id in ids if (capture := captures.get(capture_id))]
    return [replace(item, capture=replace(item.capture, body=b"")) for item in found]
