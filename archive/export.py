"""Giving entries away: those a query finds, as a table, as JSON, as a smaller archive, or their captures as a WARC.

A file is written beside its place and gets its name when it is whole; constant memory, however many entries.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.captures import Captures
from archive.errors import ArchiveError
from archive.export_archive import write_archive
from archive.export_parquet import write_parquet
from archive.export_rows import chunks, count_matching
from archive.export_text import write_csv, write_ndjson
from archive.export_warc import write_matching_warc
from archive.folder import Folder
from archive.opening import open_reader
from archive.progress import Bar, silent
from archive.query import Query

FORMATS = {
    ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet", ".warc": "warc", ".warc.gz": "warc",
    ".sqlite": "sqlite", ".db": "sqlite",
}  # fmt: skip
_CHUNK = 1000  # entries read, and shown by the bar, at a time


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written: `entries` for every format but a WARC, which has `captures`; `bytes` is the file's size, None for a stream."""

    path: Path | None
    format: str
    entries: int | None
    captures: int | None
    bytes: int | None


def format_of(out: Path) -> str | None:
    """Return the format a file's ending stands for, or None."""
    name = out.name.lower()
    return next((FORMATS[ending] for ending in sorted(FORMATS, key=len, reverse=True) if name.endswith(ending)), None)


def export(
    folder: Folder, out: Path, query: Query, *, format: str, history: bool = False, force: bool = False, bar: Bar = silent
) -> Exported:
    """Write the entries that `query` finds to the file `out` and return what was written. An empty query finds all.

    Raises ArchiveError if `out` is there already and not `force`, if it is the archive's own file, if it cannot be written, or
    if Parquet is asked for and pyarrow is not installed. Whatever goes wrong, nothing is left at `out` but what was there.
    """
    _refuse(folder, out, force)
    with _snapshot(folder) as archive, _renamed_when_whole(out) as part:
        entries = captures = None
        if format == "warc":
            with closing(Captures.reading(folder.captures)) as evidence, part.open("wb") as file:
                captures = write_matching_warc(archive, evidence, file, query, gzip=out.name.lower().endswith(".gz"), bar=bar)
        else:
            total = count_matching(archive, query)
            with bar("entries", total // _CHUNK + 1) as advance:
                found = _told(chunks(archive, query, _CHUNK), advance)
                if format == "sqlite":
                    entries = write_archive(archive, part, found)
                elif format == "parquet":
                    entries = write_parquet(archive, part, found, history=history)
                else:
                    with part.open("wb") as file:
                        entries = write_text(archive, file, found, format=format, history=history)
    return Exported(path=out, format=format, entries=entries, captures=captures, bytes=out.stat().st_size)


def export_to_stream(folder: Folder, out: BinaryIO, query: Query, *, format: str, history: bool = False) -> Exported:
    """Write the entries that `query` finds to a stream, as csv or ndjson, and return what was written."""
    with _snapshot(folder) as archive:
        entries = write_text(archive, out, chunks(archive, query, _CHUNK), format=format, history=history)
    return Exported(path=None, format=format, entries=entries, captures=None, bytes=None)


def write_text(archive: sqlite3.Connection, out: BinaryIO, found: Iterable[list[int]], *, format: str, history: bool) -> int:
    return write_csv(archive, out, found) if format == "csv" else write_ndjson(archive, out, found, history=history)


@contextmanager
def _snapshot(folder: Folder) -> Iterator[sqlite3.Connection]:
    """The archive as it stands now, whatever is written meanwhile."""
    with closing(open_reader(folder.archive)) as archive:
        archive.execute("BEGIN")
        yield archive


@contextmanager
def _renamed_when_whole(out: Path) -> Iterator[Path]:
    """A path to write to instead; it becomes `out` at the end, or is gone."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(out)
    except (OSError, sqlite3.OperationalError) as error:
        raise ArchiveError(f"the export could not be written to {out}: {error}; nothing was left there") from error
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def _refuse(folder: Folder, out: Path, force: bool) -> None:
    place = out.resolve()
    if place in (folder.archive.resolve(), folder.captures.resolve()) or place.with_name(place.name + "-wal").exists():
        raise ArchiveError(f"expected a place for the export, found {out}, which is a database in use")
    if out.is_dir():
        raise ArchiveError(f"expected a file for the export at {out}, found a folder")
    if out.exists() and not force:
        raise ArchiveError(f"expected nothing at {out}, found a file; --force replaces it")


def _told(found: Iterable[list[int]], advance: Callable[..., None]) -> Iterator[list[int]]:
    for ids in found:
        yield ids
        advance()
