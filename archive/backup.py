"""A second copy of an archive, taken while it is written: a folder that is whole or not there.

Each file is copied page by page by SQLite's own backup, out of one read transaction: SQLite starts a backup anew whenever
another process writes, unless the reader's view is held, so a busy crawler would keep it from ever ending. VACUUM INTO holds the view
too but tells no progress and writes every index anew. While the view is held the log of the original grows; it shrinks after.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from archive.captures import Captures
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.forget_journal import journal_of
from archive.opening import open_reader
from archive.progress import Bar, silent
from archive.scratch import scratch, sweep

_STEP = 1024  # pages of 8 kB


@dataclass(frozen=True, kw_only=True)
class BackedUp:
    """What was copied where. `captures` is None where the archive had no evidence."""

    path: Path
    entries: int
    captures: int | None
    bytes: int


def backup(folder: Folder, out: Path, *, bar: Bar = silent) -> BackedUp:
    """Copy `archive.db` and `captures.db` into the new folder `out` and return what was copied.

    Both are copied as they stood at one moment, the archive's first: all it has recorded is then among the captures, and opening the
    copy for writing records what these have more. The copy is made beside `out` and gets its name when it is on disk as a whole.

    Raises ArchiveError if `out` is there and not empty, if there is not enough room, if there is no archive, or if it is damaged.
    """
    _refuse(folder, out)
    with ExitStack() as stack:
        archive = stack.enter_context(closing(open_reader(folder.archive)))
        _hold(archive)
        sources = {"archive.db": archive}
        if folder.captures.exists():
            sources["captures.db"] = stack.enter_context(closing(Captures.reading(folder.captures))).connection
            _hold(sources["captures.db"])
        parent = out.absolute().parent
        try:
            parent.mkdir(parents=True, exist_ok=True)
            sweep(parent, out.name)
            _refuse_without_room(sources, parent)
            part = stack.enter_context(scratch(parent, out.name))
        except OSError as error:
            raise ArchiveError(f"expected a place that can be written at {parent}, found: {error.strerror or error}") from error
        try:
            for name, source in sources.items():
                _copy(source, part / name, name, bar)
            _sync(part)
            part.chmod(0o777 & ~_umask())
            part.rename(out)  # onto nothing, or an empty folder
            _sync(parent)
        except BaseException as error:
            if isinstance(error, sqlite3.Error | OSError):
                raise ArchiveError(f"the backup could not be written to {out}: {error}; nothing was left there") from error
            raise
        entries = archive.execute("SELECT count(*) FROM entries").fetchone()[0]
        captures = sources["captures.db"].execute("SELECT count(*) FROM captures").fetchone()[0] if len(sources) > 1 else None
    return BackedUp(path=out, entries=entries, captures=captures, bytes=sum((out / name).stat().st_size for name in sources))


def _refuse(folder: Folder, out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise ArchiveError(f"expected a new folder for the backup at {out}, found something that is no folder")
    if out.exists() and any(out.iterdir()):
        raise ArchiveError(f"expected a new or empty folder for the backup at {out}, found one that holds something")
    if journal_of(folder).exists():
        raise ArchiveError(
            "expected nothing half forgotten, found that forgetting was cut short; run `stoppress forget` without a name first"
        )


def _hold(connection: sqlite3.Connection) -> None:
    """Let a connection see the database as it stands now until it is closed."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _refuse_without_room(sources: dict[str, sqlite3.Connection], parent: Path) -> None:
    needed = sum(_pages(source) * source.execute("PRAGMA page_size").fetchone()[0] for source in sources.values())
    free = shutil.disk_usage(parent).free
    if needed > free:
        raise ArchiveError(f"expected {needed:,} bytes of room for the backup in {parent}, found {free:,}")


def _pages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA page_count").fetchone()[0])


def _copy(source: sqlite3.Connection, path: Path, name: str, bar: Bar) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as copy, bar(name, _pages(source) // _STEP + 1) as advance:
        # Nothing of it counts before it has its name: no journal, and one sync at the end.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(copy, pages=_STEP, progress=lambda status, remaining, total: advance(), sleep=0)
        _refuse_damaged(copy, name)
    _sync(path)


def _refuse_damaged(copy: sqlite3.Connection, name: str) -> None:
    """A damaged file is copied page by page like any other, and would take the place of the last sound backup."""
    found = [" ".join(str(row[0]).split()) for row in copy.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise ArchiveError(
            f"expected a sound {name}, found: {found[0][:300]}; nothing was left of the backup, and an earlier one should be kept;"
            " `stoppress verify` says more"
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
