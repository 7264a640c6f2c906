"""From a response to the record: evidence first, then extraction, then the archive. One outcome for every poll."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from archive.captures import Captures
from archive.errors import ExtractionError, NoUpdatesError
from archive.folder import Folder
from archive.model import SAVED, Capture, Recorded
from archive.store import Archive
from crawler.extraction import extract
from crawler.page import Page

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Polled:
    """What became of one poll.

    `outcome` is one of new, unchanged, no_updates, unreadable, http_<status>, unreachable, too_large,
    refused_address, refused_redirect, refused_robots. `message` says why where there are no updates.
    """

    url: str
    outcome: str
    message: str = ""
    title: str | None = None
    recorded: Recorded = field(default_factory=Recorded)
    older_url: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        return self.outcome in ("new", "unchanged")


class Recorder:
    """Writes captures and what they show. Opening it records first what a kill left between the two files."""

    def __init__(self, archive: Archive, captures: Captures) -> None:
        self.archive = archive
        self.captures = captures

    def receive(self, capture: Capture, *, milliseconds: int | None = None) -> Polled:
        """Store a response as evidence, read it, record it."""
        return self.read(self.captures.add(capture), milliseconds=milliseconds)

    def read(self, capture: Capture, *, milliseconds: int | None = None) -> Polled:
        """Record a stored capture."""
        if capture.status != SAVED and not 200 <= capture.status < 300:
            return self._failed(
                capture, f"http_{capture.status}", f"{capture.address} answered {capture.status}, expected a page", milliseconds
            )
        try:
            found = extract(Page.from_capture(capture))
            recorded = self.archive.record(found, capture, milliseconds=milliseconds)
        except NoUpdatesError as error:
            return self._failed(capture, "no_updates", str(error), milliseconds)
        except ExtractionError as error:
            return self._failed(capture, "unreadable", str(error), milliseconds)
        except (sqlite3.OperationalError, OSError):
            raise  # the disk is full or the file is gone: no fault of the page, and it is read again next time
        except Exception as error:
            # A page that breaks the reader must not break every later poll: it is counted, its capture stays.
            _log.exception("reading %s failed", capture.address)
            problem = f"{capture.address} could not be read: {type(error).__name__}: {error}"
            return self._failed(capture, "unreadable", problem[:500], milliseconds)
        return Polled(
            url=capture.url,
            outcome=recorded.outcome,
            title=found.title,
            recorded=recorded,
            older_url=found.older_url,
            warnings=found.warnings,
        )

    def fail(self, url: str, *, at: datetime, outcome: str, message: str) -> Polled:
        """Count a poll that brought no response."""
        self.archive.record_failure(url, at=at, outcome=outcome, message=message)
        return Polled(url=url, outcome=outcome, message=message)

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Record what `captures.db` has and `archive.db` has not, oldest first, and return how many there were."""
        recorded = self.archive.recorded_ids()
        missing = [capture_id for capture_id in self.captures.ids() if capture_id not in recorded]
        for number, capture_id in enumerate(missing, start=1):
            capture = self.captures.get(capture_id)
            if capture is not None:
                self.read(capture)
            if progress:
                progress(number, len(missing))
        return len(missing)

    def _failed(self, capture: Capture, outcome: str, message: str, milliseconds: int | None) -> Polled:
        self.archive.record_failure(
            capture.url,
            at=capture.fetched_at,
            outcome=outcome,
            message=message,
            status=capture.status,
            milliseconds=milliseconds,
            capture=capture,
        )
        return Polled(url=capture.url, outcome=outcome, message=message)


@contextmanager
def recording(folder: Folder) -> Iterator[Recorder]:
    """Open an archive folder for recording; what an earlier process left unrecorded is recorded first."""
    folder.make()
    captures = Captures(folder.captures)
    try:
        archive = Archive(folder.archive)
        try:
            recorder = Recorder(archive, captures)
            recorder.catch_up()
            yield recorder
        finally:
            archive.close()
    finally:
        captures.close()
