"""The recorder: writes what fetchers send, in the order they sent it, and acknowledges it when it is in the archive."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from archive import positions, watches
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.model import Recorded
from archive.times import to_utc
from crawler.pipeline import Answer, NoAnswer, record_item
from crawler.queue.dead import bury
from crawler.queue.link import FOUND, RECORDERS, SENT, TRIES, Bounds, Link, RedisError, StoppedError, number
from crawler.queue.messages import Found, MessageError, named, unpack_found
from crawler.queue.places import bound, standing_by
from crawler.recorder import Polled, Recorder, recording
from crawler.scheduling import Posts, reschedule

# One name for whoever is at work: the lock of the archive lets in one at a time, and what one leaves the next one finds as its own.
_NAME = "recorder"
_AT_ONCE = 8  # messages read at a time
_BLOCK = 500  # milliseconds
_NOT_ITS_FAULT = (sqlite3.OperationalError, OSError)  # the disk is full, or gone: no fault of a message


@dataclass
class Done:
    """What is to be acknowledged: messages, and the names of their polls."""

    messages: list[bytes] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)


class QueueRecorder:
    """Records from the stream until told to stop; a second one stands by."""

    def __init__(self, folder: Folder, link: Link, *, bounds: Bounds, polled: Callable[[Polled], None]) -> None:
        self.folder = folder
        self.link = link
        self.bounds = bounds
        self.polled = polled
        self.stopping = link.stopping
        self.recorder: Recorder
        self.queue = ""
        self.posts = Posts()

    def run(self, stopping: threading.Event) -> None:
        """Raises ArchiveError if the archive cannot be written, or the queue belongs to another."""
        self.stopping = stopping
        try:
            with (
                standing_by(lambda: self.folder.crawling("stoppress run --queue"), stopping),
                recording(self.folder) as self.recorder,
            ):
                self.queue = bound(self.recorder.archive, self.link)
                while self._again():
                    pass
                while not stopping.is_set():
                    self.step()
        except StoppedError:
            return

    def step(self) -> int:
        """Record the next messages, acknowledge them, and return how many there were."""
        return self._record_all(self.link.do(self._read(">", block=_BLOCK)), again=False)

    def _again(self) -> int:
        """Record what was handed out before and never acknowledged: this recorder's own, or one's that died."""
        return self._record_all(self.link.do(self._read("0", block=None)), again=True)

    def _read(self, start: str, *, block: int | None) -> Callable[[Any], list[tuple[bytes, Mapping[bytes, bytes]]]]:
        def read(client: Any) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
            found = client.xreadgroup(RECORDERS, _NAME, {FOUND: start}, count=_AT_ONCE, block=block)
            return list(found[0][1]) if found else []

        return read

    def _record_all(self, messages: list[tuple[bytes, Mapping[bytes, bytes]]], *, again: bool) -> int:
        done = Done()
        try:
            for message_id, fields in messages:
                if self.stopping.is_set():
                    break
                self._record(message_id, fields, done, again=again)
        finally:
            if done.messages:
                self._acknowledge(done)
        return 0 if self.stopping.is_set() else len(messages)

    def _record(self, message_id: bytes, fields: Mapping[bytes, bytes], done: Done, *, again: bool) -> None:
        name, url = named(fields) if fields else (None, None)
        done_before = positions.last(self.recorder.archive.connection, self.queue)
        if done_before is None:
            raise ArchiveError(f"expected the archive in {self.folder.path} to know its queue, found another archive in its place")
        if fields and number(message_id) > number(done_before):
            tries = self._begun(message_id) if again else 1
            try:
                if tries > self.bounds.deliveries:
                    raise MessageError(f"{tries - 1} tries to record it ended the recorder")
                self._record_found(message_id, unpack_found(fields))
            except (*_NOT_ITS_FAULT, RedisError, StoppedError):
                raise
            except Exception as error:
                self._give_up(message_id, fields, url, error)
        done.messages.append(message_id)
        if name:
            done.polls.append(name)

    def _begun(self, message_id: bytes) -> int:
        """How often the message was begun, this time included."""
        return int(self.link.do(lambda client: client.hincrby(TRIES, message_id, 1)))

    def _record_found(self, message_id: bytes, found: Found) -> None:
        connection = self.recorder.archive.connection
        watch = watches.get(connection, found.url)
        item: Answer | NoAnswer
        if found.capture is not None:
            item = Answer(capture=found.capture, milliseconds=found.milliseconds, watch=watch)
        else:
            item = NoAnswer(url=found.url, at=found.at, outcome=found.outcome, message=found.message, watch=watch)
        is_noted = False

        def noted(connection: sqlite3.Connection, recorded: Recorded, live_blog_id: int | None) -> None:
            nonlocal is_noted
            positions.reached(connection, self.queue, message_id.decode())
            is_noted = True

        if not (found.is_front and watch is None) and not self._is_known_failure(found):
            # What a fetcher found unchanged is compared again with what is on record now.
            read = found.read if found.read is not None and found.read.outcome != "unchanged" else None
            self.polled(record_item(self.recorder, item, posts=self.posts, found=read, noted=noted))
        if is_noted:
            return
        # It was recorded before and not noted: by a recorder that died in between, or it was sent twice.
        with self.recorder.archive.writing() as connection:
            headers = found.capture.headers if found.capture is not None else {}
            if watch is not None and watch.next_poll_at is not None and watch.next_poll_at <= datetime.now(UTC) and not found.is_front:
                reschedule(watch, headers, self.posts, connection, Recorded(), None)
            positions.reached(connection, self.queue, message_id.decode())

    def _is_known_failure(self, found: Found) -> bool:
        """Whether a poll of which no capture is kept is on record; a capture that is has its own row, and is recorded once."""
        if found.capture is not None and not found.is_front:
            return False
        sql = "SELECT 1 FROM polls WHERE url = ? AND at = ?"  # no page is polled twice within a second
        return self.recorder.archive.connection.execute(sql, (found.url, to_utc(found.at))).fetchone() is not None

    def _give_up(self, message_id: bytes, fields: Mapping[bytes, bytes], url: str | None, error: Exception) -> None:
        """Keep a message that cannot be recorded as a dead letter, and count it as a failed poll."""
        reason = str(error) if isinstance(error, ArchiveError) else f"{type(error).__name__}: {error}"
        message = f"what came of a poll of {url or 'an unknown page'} could not be recorded: {reason}"[:500]

        def letter(client: Any) -> None:
            pipe = client.pipeline(transaction=True)
            bury(pipe, FOUND, message_id, fields, message, most=self.bounds.dead)
            pipe.execute()

        self.link.do(letter)
        archive = self.recorder.archive
        if url:
            watch = watches.get(archive.connection, url)
            item = NoAnswer(url=url, at=datetime.now(UTC).replace(microsecond=0), outcome="gave_up", message=message, watch=watch)
            self.polled(record_item(self.recorder, item, posts=self.posts))
        with archive.writing() as connection:
            positions.reached(connection, self.queue, message_id.decode())

    def _acknowledge(self, done: Done) -> None:
        def acknowledge(client: Any) -> None:
            pipe = client.pipeline(transaction=True)
            pipe.xack(FOUND, RECORDERS, *done.messages)
            pipe.xdel(FOUND, *done.messages)
            pipe.hdel(TRIES, *done.messages)
            if done.polls:
                pipe.hdel(SENT, *done.polls)
            pipe.execute()

        self.link.do(acknowledge)
