"""What is being forgotten, on disk until it is: a kill in the middle leaves a note of what is still to do.

Once the rows are gone nothing else says which words to look for in the captures. The note holds these words,
so it is overwritten before it is deleted.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.redaction import Sought


@dataclass(frozen=True, kw_only=True)
class Task:
    """What to forget, worked out before anything is touched.

    `names` are what was asked for. The entries with `keys` go, the live blogs with `urls`, and the captures with the ids in
    `dropped`. In the bodies of the captures in `searched` the words are redacted. `tombstones` are hashes.
    The rest counts what goes: for the report.
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    urls: tuple[str, ...]
    tombstones: tuple[str, ...]
    dropped: tuple[int, ...]
    searched: tuple[int, ...]
    words: Sought
    wordings: int


def journal_of(folder: Folder) -> Path:
    """Return where an archive's note of an unfinished forgetting is."""
    return folder.path / "forget.json"


def write_journal(folder: Folder, task: Task) -> None:
    """Put the note on disk, whole or not at all."""
    path = journal_of(folder)
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(task), file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    _settle(folder)


def read_journal(folder: Folder) -> Task | None:
    """Return what a kill left to do, or None. Raises ArchiveError if the note cannot be read."""
    path = journal_of(folder)
    _erase(path.with_suffix(".part"))  # never finished: nothing was touched yet
    if not path.exists():
        return None
    if not path.read_bytes().strip(b"\0"):
        _erase(path)  # all was done but to take its name away
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        words = {name: tuple(found) for name, found in values.pop("words").items()}
        wordings = int(values.pop("wordings"))
        task = Task(**{name: tuple(value) for name, value in values.items()}, words=Sought(**words), wordings=wordings)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ArchiveError(f"expected a note of what is being forgotten at {path}, found one that cannot be read ({error})") from error
    return task


def erase_journal(folder: Folder) -> None:
    """Take the note away: its bytes first, then its name."""
    _erase(journal_of(folder))
    _settle(folder)


def _erase(path: Path) -> None:
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(b"\0" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _settle(folder: Folder) -> None:
    descriptor = os.open(folder.path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
