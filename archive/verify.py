"""Whether an archive still holds what it says: both files, the index, every body, every row. Reads only, while others write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

from archive.captures import Captures
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.forget_journal import journal_of
from archive.opening import open_reader
from archive.progress import Bar, silent
from archive.verify_captures import bodies, captures_agree, missing_bodies
from archive.verify_entries import entries
from archive.verify_index import index
from archive.verify_rows import ROW_CHECKS
from archive.verify_wordings import wordings

_MOST = 20  # sentences of one kind; one fault often shows in every row
_BATCH = 1000  # rows a step of the bar


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was found: `problems` are faults, a sentence each; `notes` say what is no fault, or could not be checked."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    entries: int
    captures: int
    bodies: int

    @property
    def is_sound(self) -> bool:
        return not self.problems


def verify(folder: Folder, *, bar: Bar = silent) -> Verified:
    """Check an archive folder and return what was found.

    Both files are read as they stood at one moment, so a crawler may go on writing. Nothing is written: the
    index, which only a writer can ask for its state, is asked in a temporary copy.

    Raises ArchiveError if there is no archive, or it cannot be opened at all.
    """
    problems: list[str] = []
    notes: list[str] = []
    with ExitStack() as stack:
        # The archive's moment first: what it has recorded must then be among the captures of the later moment.
        archive = stack.enter_context(closing(open_reader(folder.archive)))
        _at_one_moment(archive)
        captures = _evidence(folder, stack, problems, notes)
        if journal_of(folder).exists():
            problems.append(f"{journal_of(folder)} says that forgetting was cut short; `stoppress forget` without a name finishes it")
        problems += _sound_file(archive, "archive.db")
        checks: list[Callable[[], Iterable[str]]] = [lambda check=check: check(archive) for check in (*ROW_CHECKS, wordings)]  # type: ignore[misc]
        checks.append(lambda: index(archive, notes))
        if captures is not None:
            problems += _sound_file(captures.connection, "captures.db")
            checks.append(lambda: captures_agree(archive, captures.connection, notes))
            checks.append(lambda: missing_bodies(captures.connection))
        with bar("checks", len(checks)) as advance:
            for check in checks:
                problems += _few(check())
                advance()
        counted = _count(archive, "SELECT count(*) FROM entries")
        with bar("entries", counted // _BATCH + 1) as advance:
            problems += _few(entries(archive, every(_BATCH, advance)))
        stored, kept = 0, 0
        if captures is not None:
            stored = _count(captures.connection, "SELECT count(*) FROM captures")
            kept = _count(captures.connection, "SELECT count(*) FROM bodies")
            with bar("bodies", kept) as advance:
                problems += _few(bodies(captures, advance))
    return Verified(problems=tuple(problems), notes=tuple(notes), entries=counted, captures=stored, bodies=kept)


def every(number: int, advance: Callable[..., None]) -> Callable[[], None]:
    """Return a function that calls `advance` each time it was called `number` times: drawing a bar costs more than a row."""
    seen = 0

    def step() -> None:
        nonlocal seen
        seen += 1
        if seen % number == 0:
            advance()

    return step


def _evidence(folder: Folder, stack: ExitStack, problems: list[str], notes: list[str]) -> Captures | None:
    if not folder.captures.exists():
        notes.append(f"there is no evidence here: no {folder.captures}, so nothing was checked against it")
        return None
    try:
        captures = Captures.reading(folder.captures)
    except ArchiveError as error:
        problems.append(str(error))
        return None
    stack.enter_context(closing(captures))
    _at_one_moment(captures.connection)
    return captures


def _at_one_moment(connection: sqlite3.Connection) -> None:
    """Let a connection see the database as it stands now until it is closed, whatever is written meanwhile."""
    # A damaged text must be reported like any other fault, not end the check.
    connection.text_factory = lambda value: value.decode("utf-8", "replace")
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _sound_file(connection: sqlite3.Connection, name: str) -> list[str]:
    def faults() -> Iterator[str]:
        for row in connection.execute("PRAGMA integrity_check"):
            if row[0] != "ok":
                yield f"{name}: expected a sound file, found: {' '.join(str(row[0]).split())}"
        for row in connection.execute("PRAGMA foreign_key_check"):
            where = f"row {row[1]}" if row[1] is not None else "a row"
            yield f"{name}: {where} of {row[0]} names a row of {row[2]} that is not there"

    return _few(faults())


def _few(sentences: Iterable[str]) -> list[str]:
    """The first of one kind, and how many more there are; a file damaged past reading is one more sentence."""
    kept: list[str] = []
    more = 0
    try:
        for sentence in sentences:
            if len(kept) < _MOST:
                kept.append(sentence)
            else:
                more += 1
    except sqlite3.DatabaseError as error:
        kept.append(f"a check could not go on: {error}")
    return [*kept, f"and {more:,} more like the last"] if more else kept


def _count(connection: sqlite3.Connection, sql: str) -> int:
    try:
        return int(connection.execute(sql).fetchone()[0])
    except sqlite3.DatabaseError:
        return 0
