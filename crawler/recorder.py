"""From a response to the record: evidence first, then extraction, then the archive. One outcome for every poll."""

from __future__ import annotations

import logging
import pickle
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from archive import arrival, tombstones
from archive.captures import Captures, body_digest
from archive.errors import ArchiveError, ExtractionError, NoUpdatesError
from archive.folder import Folder
from archive.model import SAVED, Capture, Extraction, Recorded
from archive.store import SEEN_WELL, Archive, Read, Then
from archive.withholding import withhold
from crawler.extraction import extract
from crawler.page import Page

_log = logging.getLogger(__name__)
NOT_MODIFIED = 304
_AT_HAND = 32 * 1024 * 1024  # bytes of bodies; the next of a page is kept as its difference to one of them


@dataclass(frozen=True, kw_only=True)
class Polled:
    """What became of one poll.

    `outcome` is one of new, unchanged, not_modified, broken, no_updates, unreadable, forgotten, http_<status>, unreachable,
    too_large, refused_address, refused_redirect, refused_robots, gave_up. `message` says why where there are no updates. `due_at` is when a
    watched page was due.
    """

    url: str
    outcome: str
    message: str = ""
    title: str | None = None
    recorded: Recorded = field(default_factory=Recorded)
    older_url: str | None = None
    warnings: tuple[str, ...] = ()
    publisher: str = ""
    due_at: datetime | None = None

    @property
    def is_read(self) -> bool:
        return self.outcome in SEEN_WELL


class Recorder:
    """Writes captures and what they show. Opening it records first what a kill left between the two files."""

    def __init__(self, archive: Archive, captures: Captures) -> None:
        self.archive = archive
        self.captures = captures
        self.caught_up = 0  # captures that an earlier process left, recorded when this was opened
        self.caught_up_changes: Counter[str] = Counter()  # and what these brought: new, edited, withdrawn

    def receive(self, capture: Capture, *, milliseconds: int | None = None, then: Then | None = None, found: Read | None = None) -> Polled:
        """Store a response as evidence, read it, record it; nothing is kept of what was forgotten.

        The same bytes as at the poll before are not read again, nor is what another machine has read: `found`. `then` is called inside
        the transaction that records it.
        """
        return self.record_kept(capture, self.keep(capture, found), milliseconds=milliseconds, then=then, found=found)

    def keep(self, capture: Capture, found: Read | None = None) -> Capture | None:
        """Store a response as evidence; None if there is nothing to keep: a 304 of an unknown page, or what was forgotten."""
        return self.captures.add_sighting(capture) if capture.status == NOT_MODIFIED else self.store(capture, found)

    def record_kept(
        self,
        capture: Capture,
        kept: Capture | None,
        *,
        milliseconds: int | None = None,
        then: Then | None = None,
        found: Read | None = None,
    ) -> Polled:
        """Read and record a response, as `keep` has kept it."""
        if kept is not None:
            if kept.body is not capture.body:
                found = None  # words were taken out of it
            return next(self.record_all([self._read(kept, found)], milliseconds=milliseconds, then=then))
        if capture.status == NOT_MODIFIED:
            outcome, message = "http_304", f"{capture.url} answered 304, expected a page: nothing of it is known"
        else:
            outcome, message = "forgotten", f"{capture.address} was forgotten here for good"
        return self.fail(capture.url, at=capture.fetched_at, outcome=outcome, message=message, then=then)

    def read_in_order(self, capture: Capture) -> Read | None:
        """What a stored capture shows; None if what is on record of its live blog is later: that is to be recorded again, by itself."""
        found = self._read(capture)
        return None if self.archive.later_than(found) else found

    def _read(self, capture: Capture, found: Read | None = None) -> Read:
        """What a capture shows; the bytes of the poll before are not read again."""
        if found is not None and found.capture is capture:
            return found  # it was asked just now
        digest = found.digest if found else self.captures.digest_of(capture)
        if capture.status == NOT_MODIFIED:
            return Read(capture=capture, digest=digest, outcome="not_modified")
        if self.archive.is_same(capture, digest):
            return Read(capture=capture, digest=digest, outcome="unchanged")
        return replace(found, capture=capture) if found else read(capture, digest)

    def store(self, capture: Capture, read_before: Read | None = None) -> Capture | None:
        """Store a response as evidence, without the words of updates that were forgotten; None if the page itself was."""
        if self.archive.is_forgotten(capture.url, capture.final_url):
            return None
        if tombstones.any_stand(self.archive.connection):
            found = (read_before or read(capture)).extraction
            if found is not None and self.archive.is_forgotten(found.url):
                return None
            capture = withhold(self.archive.connection, capture, found) if found is not None else capture
        return self.captures.add(capture)

    def read(self, capture: Capture, *, milliseconds: int | None = None) -> Polled:
        """Record a stored capture. One that is older than what is on record has its live blog recorded again, in order."""
        return next(self.record_all([self._read(capture)], milliseconds=milliseconds))

    def read_all(self, ids: Iterable[int]) -> Iterator[Polled]:
        """Record stored captures, given in the order they were received, and yield what became of each."""
        return self.record_all(found for capture_id in ids if (found := self._read_stored(capture_id)))

    def record_all(self, reads: Iterable[Read], *, milliseconds: int | None = None, then: Then | None = None) -> Iterator[Polled]:
        """Record what captures show, given in the order they were received, and yield what became of each.

        Live blogs of which later captures are on record are recorded again once, at the end.
        """
        late: list[tuple[set[int], int]] = []
        for found in reads:
            if not self._is_recorded(found) and (related := self.archive.later_than(found)) and found.capture.id is not None:
                late.append((related, found.capture.id))
            else:
                yield self._record(found, milliseconds, then)
        while late:
            # What shares entries is recorded together.
            related, numbers = late[0][0], {late[0][1]}
            for other, number in late:
                if other & related:
                    related, numbers = related | other, numbers | {number}
            late = [(other, number) for other, number in late if number not in numbers]
            polls = self._again(related, numbers)
            if then:
                with self.archive.writing() as connection:
                    then(connection, Recorded(), None)
            yield from polls

    def _read_stored(self, capture_id: int) -> Read | None:
        capture = self.captures.get(capture_id)
        return self._read(capture) if capture else None

    def _again(self, related: set[int], new: set[int]) -> list[Polled]:
        """Record live blogs from all their captures, and return what each new one changed."""
        polls: dict[int, Polled] = {}
        # Others may have come to share entries with them since they were looked up.
        related = arrival.related(self.archive.connection, related)

        def in_order() -> Iterator[Read]:
            for number in self.captures.in_order(known | new):
                found = self._read_stored(number)
                if found and number in new and found.extraction:
                    polls[number] = _polled(found, found.extraction, Recorded())
                if found:
                    yield found

        while related:
            known = set(arrival.captures_of(self.archive.connection, related))
            with spooled(in_order()) as reads:
                related, recorded = self.archive.again(related, reads, known=known, polled=new)
        return [replace(polls[number], recorded=came, outcome=came.outcome, message=came.problem) for number, came in recorded.items()]

    def _record(self, found: Read, milliseconds: int | None, then: Then | None) -> Polled:
        try:
            is_recorded = self._is_recorded(found)
            recorded = self.archive.record_read(found, milliseconds=milliseconds, then=then)
            related = set() if is_recorded else self.archive.shares_with_later(found)
        except (sqlite3.OperationalError, OSError):
            raise  # the disk is full or the file is gone: no fault of the page, and it is read again next time
        except Exception as error:
            # A page that breaks the recorder must not break every later poll: it is counted, its capture stays.
            _log.exception("recording %s failed", found.capture.address)
            problem = f"{found.capture.address} could not be recorded: {type(error).__name__}: {error}"
            found = replace(found, extraction=None, outcome="unreadable", message=problem[:500])
            recorded, related = self.archive.record_read(found, milliseconds=milliseconds, then=then), set()
        if related:
            self._again(related, set())
        if found.extraction is None:
            return Polled(url=found.capture.url, outcome=found.outcome, message=found.message, recorded=recorded)
        return _polled(found, found.extraction, recorded)

    def _is_recorded(self, found: Read) -> bool:
        """Whether a capture was recorded before: it is no second poll, and nothing is recorded anew for its sake."""
        return found.capture.id is not None and self.archive.is_recorded(found.capture.id)

    def fail(self, url: str, *, at: datetime, outcome: str, message: str, then: Then | None = None) -> Polled:
        """Count a poll that brought no response."""
        self.archive.record_failure(url, at=at, outcome=outcome, message=message, then=then)
        return Polled(url=url, outcome=outcome, message=message)

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Record what `captures.db` has and `archive.db` has not, oldest first, and return how many there were."""
        recorded = self.archive.recorded_ids()
        missing = [capture_id for capture_id in self.captures.ids() if capture_id not in recorded]
        for number, polled in enumerate(self.read_all(missing), start=1):
            for name in ("new", "edited", "withdrawn"):
                self.caught_up_changes[name] += getattr(polled.recorded, name)
            if progress:
                progress(number, len(missing))
        return len(missing)


def read(capture: Capture, digest: str | None = None) -> Read:
    """Return what a capture shows, or the outcome and the sentence that say why nothing could be read from it.

    `digest` is of its body, where that is known.
    """
    digest = digest or body_digest(capture.body)
    if capture.status == NOT_MODIFIED:
        return Read(capture=capture, digest=digest, outcome="not_modified")
    if capture.status != SAVED and not 200 <= capture.status < 300:
        message = f"{capture.address} answered {capture.status}, expected a page"
        return Read(capture=capture, digest=digest, outcome=f"http_{capture.status}", message=message)
    try:
        return Read(capture=capture, digest=digest, extraction=extract(Page.from_capture(capture)))
    except NoUpdatesError as error:
        return Read(capture=capture, digest=digest, outcome="no_updates", message=str(error))
    except ExtractionError as error:
        return Read(capture=capture, digest=digest, outcome="unreadable", message=str(error))
    except Exception as error:
        # A page that breaks the reader must not break every later poll: it is counted, its capture stays.
        _log.exception("reading %s failed", capture.address)
        problem = f"{capture.address} could not be read: {type(error).__name__}: {error}"
        return Read(capture=capture, digest=digest, outcome="unreadable", message=problem[:500])


def _polled(found: Read, extraction: Extraction, recorded: Recorded) -> Polled:
    return Polled(
        url=found.capture.url,
        outcome=recorded.outcome,
        message=recorded.problem,
        title=extraction.title,
        recorded=recorded,
        older_url=extraction.older_url,
        warnings=extraction.warnings,
        publisher=extraction.publisher,
    )


@contextmanager
def spooled(reads: Iterable[Read]) -> Iterator[Iterator[Read]]:
    """Read first and hand over afterwards, without the bodies and by way of a file: no transaction waits for the reading."""
    with tempfile.TemporaryFile() as file:
        for found in reads:
            pickle.dump(replace(found, capture=replace(found.capture, body=b"")), file, pickle.HIGHEST_PROTOCOL)
        end = file.tell()
        file.seek(0)

        def unspooled() -> Iterator[Read]:
            while file.tell() < end:
                yield pickle.load(file)  # noqa: S301 - what we wrote a moment ago, into a file without a name

        yield unspooled()


@contextmanager
def recording(folder: Folder) -> Iterator[Recorder]:
    """Open an archive folder for recording; what an earlier process left unrecorded is recorded first.

    Raises ArchiveError if it cannot be written, at once or later: the disk is full.
    """
    folder.make()
    with closing(Captures(folder.captures)) as captures, closing(Archive(folder.archive)) as archive:
        captures.remember(_AT_HAND)
        recorder = Recorder(archive, captures)
        try:
            recorder.caught_up = recorder.catch_up()
            yield recorder
        except sqlite3.OperationalError as error:
            raise ArchiveError(f"the archive in {folder.path} could not be written: {error}; what was recorded before is safe") from error
