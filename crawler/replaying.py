"""Replay: the archive rebuilt from its captures with today's code, beside the old one; taken over only when asked."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

from archive.captures import Captures
from archive.differences import Differences, compare
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.progress import Bar, silent
from archive.schema import open_reader
from archive.scratch import scratch
from archive.store import Archive, Read
from crawler.recorder import Recorder, read, recording

_WORTH_A_POOL = 200  # captures; below that starting processes costs more than they save
_AT_ONCE = 16  # captures a process reads before it hands them over
_KEPT = ("tombstones", "watches", "polls", "backfills", "saved_searches")  # what no capture tells


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
            _take_over(path, folder.archive)
        return differences


def _rebuild(folder: Folder, path: Path, old: sqlite3.Connection, bar: Bar) -> int:
    """Build the new archive from what the old one has recorded, and return how many captures wait to be."""
    with closing(Archive(path)) as archive, closing(Captures.reading(folder.captures)) as captures:
        _copy(old, archive, ("tombstones",))
        recorded = {row[0] for row in old.execute("SELECT id FROM captures")}
        stored = captures.ids()
        ids = [capture_id for capture_id in stored if capture_id in recorded]
        captures.remember()
        with bar("captures", len(ids)) as advance:
            for _ in Recorder(archive, captures).record_all(_read_in_order(folder, captures, ids)):
                advance()
        with archive.writing() as connection:
            connection.execute("DELETE FROM polls")
        _copy(old, archive, _KEPT[1:])
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
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
    """Let this process end when the one that started it does: killed, that one says no goodbye, and this one would wait for ever."""
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


def _copy(old: sqlite3.Connection, archive: Archive, tables: Sequence[str]) -> None:
    """Take over what no capture tells; a live blog is the one with the same address."""
    with archive.writing() as connection:
        ids = {row["url"]: row["id"] for row in connection.execute("SELECT id, url FROM live_blogs")}
        urls = {row["id"]: row["url"] for row in old.execute("SELECT id, url FROM live_blogs")}
        for table in tables:
            columns = [row["name"] for row in old.execute(f"PRAGMA table_info({table})")]
            rows = (
                tuple(ids.get(urls.get(row[name])) if name == "live_blog_id" else row[name] for name in columns)
                for row in old.execute(f"SELECT * FROM {table}")
            )
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _take_over(path: Path, target: Path) -> None:
    """Copy the new archive into the old one's file, in one transaction: open readers keep what they read and then see the new."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target, timeout=30)) as destination:
        source.backup(destination)
        with suppress(sqlite3.OperationalError):  # the new archive is there; a later writer takes it out of the log
            destination.execute("PRAGMA wal_checkpoint(PASSIVE)")
