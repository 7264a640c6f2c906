"""Archive: the one place that writes `archive.db`. Every write is one BEGIN IMMEDIATE transaction."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from archive import arrival, index, live_blogs, polls, rows, tombstones
from archive.captures import body_digest
from archive.errors import ArchiveError
from archive.model import SAVED, Capture, Extraction, Recorded
from archive.normalise import canonical_url
from archive.opening import open_database
from archive.recording import Recording
from archive.schema import archive_migrations
from archive.standing import Standing, load
from archive.times import to_utc

SEEN_WELL = ("new", "unchanged", "not_modified")  # outcomes of polls that saw the page as it is
Then = Callable[[sqlite3.Connection, Recorded, int | None], None]
_log = logging.getLogger(__name__)
_WHOLE = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_PART = ("SAVEPOINT part", "RELEASE part", ("ROLLBACK TO part", "RELEASE part"))
_MOST_STANDINGS = 256  # live blogs whose entries are kept in memory between polls


@dataclass(frozen=True, kw_only=True)
class Read:
    """What came of reading one capture: an extraction, or the outcome and message where nothing was read.

    `digest` is of its body. The outcome `not_modified` (304) and `unchanged` (the same bytes as before) are no failures.
    """

    capture: Capture
    digest: str
    extraction: Extraction | None = None
    outcome: str = ""
    message: str = ""


class _MoreRelatedError(Exception):
    """Live blogs that are recorded anew share entries with others now."""


class Archive:
    """An archive opened for writing. `record` is a function of what is on record, the extraction and the capture: no clock."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.connection = open_database(path, archive_migrations)
        self._standings: dict[int, Standing] = {}
        self._latest: str | None = None  # when the latest capture on record was received
        self._version: int | None = None

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, taken as writer at once: a plain BEGIN loses to "database is locked" even in WAL.

        Within one it is a part of that, and undone alone if it fails.
        """
        is_part = self.connection.in_transaction
        begin, commit, undo = _PART if is_part else _WHOLE
        self.connection.execute(begin)
        waiting = self.connection.waiting
        waited = waiting if waiting is None else list(waiting)
        try:
            if not is_part:
                self._has_changed()
                self.connection.waiting = []
            yield self.connection
            if not is_part:
                index.write(self.connection)
                self.connection.waiting = None
            self.connection.execute(commit)
        except BaseException:
            self._standings.clear()
            self._latest = None
            # What the part indexed for those before it is undone as well: they wait again.
            self.connection.waiting = waited
            for statement in undo if self.connection.in_transaction else ():  # a full disk may have undone it all
                self.connection.execute(statement)
            raise

    def _has_changed(self) -> bool:
        """Whether another connection has written since this was asked last; then what is kept in memory no longer holds."""
        version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        changed = version != self._version
        self._version = version
        if changed:
            self._standings.clear()
            self._latest = None
        return bool(changed)

    def is_recorded(self, capture_id: int) -> bool:
        return self.connection.execute("SELECT 1 FROM captures WHERE id = ?", (capture_id,)).fetchone() is not None

    def is_forgotten(self, *urls: str | None) -> bool:
        """Whether one of the addresses is that of a page that was forgotten for good."""
        return tombstones.is_forgotten_page(self.connection, *urls)

    def recorded_ids(self) -> set[int]:
        """The ids of every capture this archive has read."""
        return {row[0] for row in self.connection.execute("SELECT id FROM captures")}

    def record(self, extraction: Extraction, capture: Capture, *, milliseconds: int | None = None) -> Recorded:
        """Write what one capture showed: entries, placements, revisions, index, rollups and the poll, all or nothing.

        A capture already recorded changes nothing, so recording is repeatable. One that is older than what is on record
        adds what it alone has; `again` takes it in its order. Raises ArchiveError if the capture has no id: it must be
        stored as evidence first.
        """
        return self.record_read(Read(capture=capture, digest=body_digest(capture.body), extraction=extraction), milliseconds=milliseconds)

    def is_same(self, capture: Capture, digest: str) -> bool:
        """Whether an address answered with the very bytes that were read well at the poll before."""
        last = self.connection.execute(
            "SELECT digest, outcome, status, fetched_at, id FROM captures WHERE url = ? ORDER BY fetched_at DESC, id DESC LIMIT 1",
            (capture.url,),
        ).fetchone()
        if last is None or last["digest"] != digest or last["outcome"] not in SEEN_WELL or capture.id is None:
            return False
        if (last["status"] == SAVED) != (capture.status == SAVED):
            return False  # a saved file is over for us, a page that answers is live
        return bool((last["fetched_at"], last["id"]) < (to_utc(capture.fetched_at), capture.id))

    def record_read(self, read: Read, *, milliseconds: int | None = None, then: Then | None = None) -> Recorded:
        """Write what one capture showed, or that it showed nothing: as `record` and `record_failure` do.

        `then` is called with the connection and the live blog's id inside the same transaction, at its end.
        """
        capture = read.capture
        if capture.id is None:
            raise ArchiveError(f"expected a stored capture of {capture.url}, found one without an id")
        with self.writing():
            if self.is_recorded(capture.id):
                return Recorded(unchanged=len(read.extraction.updates) if read.extraction else 0)
            if read.extraction is None:
                self._fail(read)
                recorded = Recorded(unchanged=self._shown(read.capture) if read.outcome in SEEN_WELL else 0)
                polls.add_failed(
                    self.connection, capture.url, at=capture.fetched_at, outcome=read.outcome, message=read.message,
                    status=capture.status, milliseconds=milliseconds,
                )  # fmt: skip
            else:
                recorded = self._record(read, read.extraction)
                polls.add(self.connection, capture, recorded, read.extraction.warnings, milliseconds)
            if then:
                row = self.connection.execute("SELECT live_blog_id FROM captures WHERE id = ?", (capture.id,)).fetchone()
                then(self.connection, recorded, row[0])
            return recorded

    def record_failure(
        self,
        url: str,
        *,
        at: datetime,
        outcome: str,
        message: str,
        status: int | None = None,
        milliseconds: int | None = None,
        capture: Capture | None = None,
        then: Then | None = None,
    ) -> None:
        """Count a poll that gave no updates, under one outcome, with the sentence that says why."""
        if capture is not None and capture.id is not None:
            read = Read(capture=capture, digest=body_digest(capture.body), outcome=outcome, message=message)
            self.record_read(read, milliseconds=milliseconds)
            return
        with self.writing():
            polls.add_failed(self.connection, url, at=at, outcome=outcome, message=message, status=status, milliseconds=milliseconds)
            if then:
                known = live_blogs.shown_at(self.connection, url, to_utc(at))
                then(self.connection, Recorded(), known["id"] if known else None)

    # The order of arrival

    def later_than(self, read: Read) -> set[int]:
        """Return the live blogs to be recorded again with a capture: those it belongs to, if what is on record of them is later."""
        if read.extraction is None or self._is_latest(read.capture):
            return set()
        url = read.extraction.url or read.capture.address
        row = self.connection.execute("SELECT id FROM live_blogs WHERE url = ?", (url,)).fetchone()
        return arrival.with_later_captures(self.connection, {row[0]}, read.capture) if row else set()

    def shares_with_later(self, read: Read) -> set[int]:
        """Return the live blogs to be recorded again because one that is new on record shares entries with them, and they are later."""
        if read.extraction is None or self._is_latest(read.capture):
            return set()
        row = self.connection.execute("SELECT live_blog_id FROM captures WHERE id = ?", (read.capture.id,)).fetchone()
        return arrival.with_later_captures(self.connection, {row[0]}, read.capture) if row and row[0] is not None else set()

    def _is_latest(self, capture: Capture) -> bool:
        """Whether no capture on record is later: what comes as it is received needs no further look."""
        if self._latest is None or (not self.connection.in_transaction and self._has_changed()):
            self._latest = self.connection.execute("SELECT max(fetched_at) FROM captures").fetchone()[0] or ""
        return to_utc(capture.fetched_at) >= self._latest

    def again(
        self, live_blog_ids: set[int], reads: Iterable[Read], *, known: set[int], polled: set[int]
    ) -> tuple[set[int], dict[int, Recorded]]:
        """Record live blogs anew from all their captures, in the order received, in one transaction.

        `known` are the ids of the captures of them that were on record when reading began, `polled` those of the new ones, which are
        counted as polls. Returns what these changed, by id. If other live blogs turn out to share entries with these, or another process
        has recorded a capture of them since, nothing is written and all of them are returned: they must be read and recorded together.
        """
        recorded: dict[int, Recorded] = {}
        try:
            with self.writing() as connection:
                connection.execute("PRAGMA defer_foreign_keys = ON")
                related = arrival.related(connection, live_blog_ids)
                on_record = set(arrival.captures_of(connection, live_blog_ids))
                if related - live_blog_ids or on_record - known:
                    raise _MoreRelatedError
                self._standings.clear()
                arrival.clear(connection, live_blog_ids)
                for read in reads:
                    if read.extraction is None:
                        self._fail(read)
                        continue
                    came = self._record_or_fail(read, read.extraction)
                    if read.capture.id is not None and read.capture.id in polled:
                        recorded[read.capture.id] = came
                        if read.capture.id not in on_record:
                            polls.add(connection, read.capture, came, read.extraction.warnings, None)
                related = arrival.related(connection, live_blog_ids | arrival.live_blogs_of(connection, recorded))
                if related - live_blog_ids:
                    raise _MoreRelatedError
        except _MoreRelatedError:
            return related, {}
        return set(), recorded

    # One capture

    def _record_or_fail(self, read: Read, extraction: Extraction) -> Recorded:
        """Record one capture of many; one that breaks the recorder is counted as unreadable, and the others go on."""
        try:
            with self.writing():
                return self._record(read, extraction)
        except (sqlite3.OperationalError, OSError):
            raise
        except Exception as error:
            _log.exception("recording %s failed", read.capture.address)
            self._fail(replace(read, extraction=None, outcome="unreadable", message=f"{type(error).__name__}: {error}"[:500]))
            return Recorded()

    def _record(self, read: Read, extraction: Extraction) -> Recorded:
        capture = read.capture
        assert capture.id is not None
        seen_at = to_utc(capture.fetched_at)
        url = extraction.url or capture.address
        if self.is_forgotten(url, capture.url, capture.final_url):
            self._add_capture(read, None, extraction.method, "forgotten")
            return Recorded(is_forgotten=True)
        blog = live_blogs.live_blog_at(self.connection, url, extraction, seen_at)
        if blog["publisher"] != extraction.publisher:  # keys begin with it
            extraction = replace(extraction, publisher=blog["publisher"])
        self._add_capture(read, blog["id"], extraction.method, "recorded")
        recording = Recording(
            connection=self.connection,
            url=url,
            seen=rows.Seen(
                publisher_id=blog["publisher_id"],
                live_blog_id=blog["id"],
                language=blog["language"],
                capture_id=capture.id,
                seen_at=seen_at,
            ),
            extraction=extraction,
            standing=self._standing(blog["id"]),
            last_seen=blog["last_seen"],
            title=blog["title"],
            known_reader=live_blogs.reader_of(self.connection, blog["id"], capture),
            older=seen_at < blog["last_seen"],
            partial=_is_part(capture.address, url),
            is_trusted=live_blogs.is_trusted(self.connection, blog["id"], capture),
        )
        recorded = recording.run()
        self._drop_standings(blog["id"], recording.touched)
        live_blogs.keep_up(self.connection, extraction, recording.seen, recorded, is_aside=recording.is_aside, status=capture.status)
        self.connection.execute("UPDATE captures SET outcome = ? WHERE id = ?", (recorded.outcome, capture.id))
        return recorded

    def _standing(self, live_blog_id: int) -> Standing:
        standing = self._standings.pop(live_blog_id, None) or load(self.connection, live_blog_id)
        self._standings[live_blog_id] = standing  # the one used last is last
        if len(self._standings) > _MOST_STANDINGS:
            del self._standings[next(iter(self._standings))]
        return standing

    def _drop_standings(self, live_blog_id: int, touched: set[int]) -> None:
        """Entries that stand on other live blogs, too, have changed under them."""
        for entry_id in touched if len(self._standings) > 1 else ():
            for row in self.connection.execute("SELECT live_blog_id FROM placements WHERE entry_id = ?", (entry_id,)):
                if row[0] != live_blog_id:
                    self._standings.pop(row[0], None)

    def _shown(self, capture: Capture) -> int:
        """How many entries a page shows that is what it was."""
        row = self.connection.execute("SELECT live_blog_id FROM captures WHERE id = ?", (capture.id,)).fetchone()
        return len(self._standing(row[0]).shown) if row and row[0] is not None else 0

    def _fail(self, read: Read) -> None:
        """Note a capture without updates, and what that says of the live blog it was of."""
        at = to_utc(read.capture.fetched_at)
        known = live_blogs.shown_at(self.connection, read.capture.url, at)
        if read.outcome in SEEN_WELL:
            last = self.connection.execute(
                "SELECT live_blog_id, reader FROM captures WHERE url = ? AND fetched_at <= ? AND live_blog_id IS NOT NULL"
                " ORDER BY fetched_at DESC, id DESC LIMIT 1",
                (read.capture.url, at),
            ).fetchone()
            self._add_capture(read, last["live_blog_id"] if last else None, last["reader"] if last else None, read.outcome)
            if last:
                self.connection.execute("UPDATE live_blogs SET last_seen = max(last_seen, ?) WHERE id = ?", (at, last["live_blog_id"]))
            return
        self._add_capture(read, known["id"] if known else None, None, read.outcome)
        if known and to_utc(read.capture.fetched_at) >= known["last_seen"]:
            state = {"no_updates": "broken", "http_404": "gone", "http_410": "gone"}.get(read.outcome)
            self.connection.execute("UPDATE live_blogs SET state = coalesce(?, state) WHERE id = ?", (state, known["id"]))

    def _add_capture(self, read: Read, live_blog_id: int | None, reader: str | None, outcome: str) -> None:
        capture = read.capture
        if self._latest is not None:
            self._latest = max(self._latest, to_utc(capture.fetched_at))
        self.connection.execute(
            "INSERT INTO captures (id, live_blog_id, url, final_url, fetched_at, status, digest, reader, outcome)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET live_blog_id = excluded.live_blog_id,"
            " reader = excluded.reader, outcome = excluded.outcome",
            (capture.id, live_blog_id, capture.url, capture.final_url, to_utc(capture.fetched_at), capture.status, read.digest)
            + (reader, outcome),
        )


def _is_part(address: str, url: str) -> bool:
    """Whether an address is an older page of the live blog at `url` (`?page=2`) rather than its front."""
    query = urlsplit(address).query
    return bool(query) and urlsplit(canonical_url(address)).query != urlsplit(url).query
