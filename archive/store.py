"""Archive: the one place that writes `archive.db`. Every write is one BEGIN IMMEDIATE transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from archive.captures import body_digest
from archive.errors import ArchiveError
from archive.identity import slug_of
from archive.model import SAVED, Capture, Extraction, Recorded, When
from archive.normalise import canonical_url
from archive.recording import Recording
from archive.schema import archive_migrations, open_database
from archive.times import to_utc


class Archive:
    """An archive opened for writing. `record` is a function of what is on record, the extraction and the capture: no clock."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.connection = open_database(path, archive_migrations)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, taken as writer at once: a plain BEGIN loses to "database is locked" even in WAL."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def is_recorded(self, capture_id: int) -> bool:
        return self.connection.execute("SELECT 1 FROM captures WHERE id = ?", (capture_id,)).fetchone() is not None

    def recorded_ids(self) -> set[int]:
        """The ids of every capture this archive has read."""
        return {row[0] for row in self.connection.execute("SELECT id FROM captures")}

    def record(self, extraction: Extraction, capture: Capture, *, milliseconds: int | None = None) -> Recorded:
        """Write what one capture showed: entries, placements, revisions, index, rollups and the poll, all or nothing.

        A capture already recorded changes nothing, so recording is repeatable. Raises ArchiveError if the
        capture has no id: it must be stored as evidence first.
        """
        if capture.id is None:
            raise ArchiveError(f"expected a stored capture of {capture.url}, found one without an id")
        with self.writing():
            if self.is_recorded(capture.id):
                return Recorded(unchanged=len(extraction.updates))
            recording = self._begin(extraction, capture)
            recorded = recording.run()
            self._finish(recording, capture, recorded, milliseconds)
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
    ) -> None:
        """Count a poll that gave no updates, under one outcome, with the sentence that says why."""
        with self.writing() as connection:
            if capture is not None and capture.id is not None:
                if self.is_recorded(capture.id):
                    return
                self._add_capture(capture, None, outcome)
            known = connection.execute("SELECT id FROM live_blogs WHERE url = ?", (url,)).fetchone()
            connection.execute(
                "INSERT INTO polls (url, live_blog_id, at, outcome, status, milliseconds, message) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (url, known[0] if known else None, to_utc(at), outcome, status, milliseconds, message),
            )

    # The page and what stands above its entries

    def _begin(self, extraction: Extraction, capture: Capture) -> Recording:
        seen_at = to_utc(capture.fetched_at)
        publisher_id = self._publisher(extraction)
        url = extraction.url or capture.address
        row = self.connection.execute("SELECT id, last_seen FROM live_blogs WHERE url = ?", (url,)).fetchone()
        if row is None:
            row = self.connection.execute(
                "INSERT INTO live_blogs (slug, url, publisher_id, title, standfirst, language, kind, first_seen, last_seen, last_changed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id, last_seen",
                (slug_of(url), url, publisher_id, extraction.title, extraction.standfirst, extraction.language, extraction.kind)
                + (seen_at,) * 3,
            ).fetchone()
        self._add_capture(capture, row["id"], "recorded")
        assert capture.id is not None
        return Recording(
            connection=self.connection,
            live_blog_id=row["id"],
            publisher_id=publisher_id,
            capture_id=capture.id,
            seen_at=seen_at,
            extraction=extraction,
            older=seen_at < row["last_seen"],
            partial=_is_part(capture.address, url),
        )

    def _publisher(self, extraction: Extraction) -> int:
        row = self.connection.execute("SELECT id FROM publishers WHERE slug = ?", (extraction.publisher,)).fetchone()
        if row is None:
            row = self.connection.execute(
                "INSERT INTO publishers (slug, name, url, zone, language) VALUES (?, ?, ?, ?, ?) RETURNING id",
                (
                    extraction.publisher,
                    extraction.publisher_name or extraction.publisher,
                    _home(extraction.url),
                    extraction.zone,
                    extraction.language,
                ),
            ).fetchone()
        return int(row[0])

    def _add_capture(self, capture: Capture, live_blog_id: int | None, outcome: str) -> None:
        self.connection.execute(
            "INSERT INTO captures (id, live_blog_id, url, final_url, fetched_at, status, digest, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (capture.id, live_blog_id, capture.url, capture.final_url, to_utc(capture.fetched_at), capture.status)
            + (body_digest(capture.body), outcome),
        )

    def _finish(self, page: Recording, capture: Capture, recorded: Recorded, milliseconds: int | None) -> None:
        found = page.extraction
        if not (page.older or page.partial):
            self.connection.execute(
                "UPDATE live_blogs SET title = coalesce(?, title), standfirst = coalesce(?, standfirst), kind = ?, declared_count = ?,"
                " state = ?, coverage_start = coalesce(?, coverage_start), coverage_end = ?, last_seen = ?,"
                " last_changed = CASE WHEN ? THEN ? ELSE last_changed END WHERE id = ?",
                (found.title, found.standfirst, found.kind, found.declared_count, _state(found, capture))
                + (_utc(found.coverage_start), _utc(found.coverage_end), page.seen_at, recorded.outcome == "new", page.seen_at)
                + (page.live_blog_id,),
            )
        else:
            self.connection.execute("UPDATE live_blogs SET first_seen = min(first_seen, ?) WHERE id = ?", (page.seen_at, page.live_blog_id))
        self.connection.execute("UPDATE captures SET outcome = ? WHERE id = ?", (recorded.outcome, page.capture_id))
        self.connection.execute(
            "INSERT INTO polls (url, live_blog_id, at, outcome, status, new, edited, withdrawn, milliseconds, message)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (capture.url, page.live_blog_id, page.seen_at, recorded.outcome, capture.status, recorded.new, recorded.edited)
            + (recorded.withdrawn, milliseconds, "; ".join(found.warnings) or None),
        )


def _state(found: Extraction, capture: Capture) -> str:
    """`live` while we poll it and it does not say that it has ended; a saved file is over for us."""
    return "ended" if found.ended or capture.status == SAVED else "live"


def _utc(when: When | None) -> str | None:
    return to_utc(when.instant) if when else None


def _home(url: str | None) -> str | None:
    return "/".join((url or "").split("/")[:3]) + "/" if url else None


def _is_part(address: str, url: str) -> bool:
    """Whether an address is an older page of the live blog at `url` (`?page=2`) rather than its front."""
    query = urlsplit(address).query
    return bool(query) and urlsplit(canonical_url(address)).query != urlsplit(url).query
