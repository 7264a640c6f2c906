"""The recorder: writes what fetchers send, in the order they sent it, and acknowledges it when it is in the archive."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from archive import positions, tombstones, watches
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.model import Capture, Recorded
from archive.store import Read
from archive.times import to_utc
from crawler.folding import Folding
from crawler.merging import Merging
from crawler.pipeline import Answer, NoAnswer, record_item
from crawler.queue.dead import bury
from crawler.queue.link import FOUND, RECORDERS, SENT, TRIES, Bounds, Link, RedisError, StoppedError, number
from crawler.queue.messages import Found, MessageError, Opened, named, open_found
from crawler.queue.places import bound, standing_by
from crawler.recorder import Polled, Recorder, recording
from crawler.scheduling import Posts, reschedule

# One name for whoever is at work: the lock of the archive lets in one at a time, and what one leaves the next one finds as its own.
_NAME = "recorder"
_AT_ONCE = 16  # messages read at a time
_FEW = 8  # of them recorded in one transaction
_BLOCK = 500  # milliseconds
_MOMENT = 0.1  # seconds that a recorder which keeps up leaves to the next messages: some are read and stored at the cost of one
_NOT_ITS_FAULT = (sqlite3.OperationalError, OSError)  # the disk is full, or gone: no fault of a message


@dataclass(kw_only=True)
class Message:
    """One message as it was read. `opened` is None where it cannot be read, `problem` says why; `kept` is its answer, once stored.

    What was read of its page is unpacked when it is recorded: of many pages at once it would be a load on Python's memory.
    """

    message_id: bytes
    fields: Mapping[bytes, bytes]
    opened: Opened | None = None
    problem: MessageError | None = None
    kept: Capture | None = None

    @property
    def answer(self) -> Capture | None:
        """The answer to a poll of a page; fronts are not kept."""
        found = self.opened.found if self.opened else None
        return found.capture if found is not None and not found.is_front else None


@dataclass
class Done:
    """What is to be acknowledged: messages, and the names of their polls; and what became of these."""

    messages: list[bytes] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)
    outcomes: list[Polled] = field(default_factory=list)


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
                chores = (Folding(self.recorder.archive), Merging(self.recorder.archive))
                while not stopping.is_set():
                    if self.step() < _AT_ONCE:
                        stopping.wait(_MOMENT)
                    for chore in chores:
                        chore.step()
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

    def _record_all(self, raw: list[tuple[bytes, Mapping[bytes, bytes]]], *, again: bool) -> int:
        messages = [_opened(message_id, fields or {}) for message_id, fields in raw]
        done = Done()
        try:
            if not again:
                self._keep_together(messages)
            for are_kept, group in itertools.groupby(messages, key=lambda message: message.kept is not None):
                together = list(group)
                while together and not self.stopping.is_set():
                    some, together = together[:_FEW], together[_FEW:]
                    if not are_kept or not self._record_together(some, done):
                        for message in some:
                            self._record(message, done, again=again)
        finally:
            if done.messages:
                self._acknowledge(done)
            for outcome in done.outcomes:
                self.polled(outcome)
        return 0 if self.stopping.is_set() else len(messages)

    def _keep_together(self, messages: Sequence[Message]) -> None:
        """Store the answers of several messages as evidence: the disk is waited for once."""
        last = number(self._last())
        wanted = [message for message in messages if number(message.message_id) > last]
        try:
            with self.recorder.captures.writing():
                is_read = tombstones.any_stand(self.recorder.archive.connection)  # then what was forgotten is looked for
                for message in wanted:
                    if message.opened is not None and message.answer is not None:
                        found = _read_of(message.opened.whole()) if is_read else None
                        message.kept = self.recorder.keep(message.answer, found)
        except Exception:  # one of them cannot be kept, or none: each is tried by itself
            for message in messages:
                message.kept = None

    def _record_together(self, messages: Sequence[Message], done: Done) -> bool:
        """Record polls whose answers are stored in one transaction; False if one of them cannot be."""
        part = Done()
        try:
            with self.recorder.archive.writing():
                for message in messages:
                    self._record(message, part, again=False, is_part=True)
        except (*_NOT_ITS_FAULT, RedisError, StoppedError):
            raise
        except Exception:
            self.posts.forget()
            return False
        done.messages += part.messages
        done.polls += part.polls
        done.outcomes += part.outcomes
        return True

    def _last(self) -> str:
        """The last message that is on record."""
        last = positions.last(self.recorder.archive.connection, self.queue)
        if last is None:
            raise ArchiveError(f"expected the archive in {self.folder.path} to know its queue, found another archive in its place")
        return last

    def _record(self, message: Message, done: Done, *, again: bool, is_part: bool = False) -> None:
        message_id = message.message_id
        name, url = named(message.fields)
        if message.fields and number(message_id) > number(self._last()):
            tries = self._begun(message_id) if again else 1
            try:
                if tries > self.bounds.deliveries:
                    raise MessageError(f"{tries - 1} tries to record it ended the recorder")
                if message.opened is None:
                    raise message.problem or MessageError("it cannot be read")
                done.outcomes += self._record_found(message_id, message.opened.whole(), message.kept)
            except (*_NOT_ITS_FAULT, RedisError, StoppedError):
                raise
            except Exception as error:
                if is_part:
                    raise
                done.outcomes += self._give_up(message_id, message.fields, url, error)
        done.messages.append(message_id)
        if name:
            done.polls.append(name)

    def _begun(self, message_id: bytes) -> int:
        """How often the message was begun, this time included."""
        return int(self.link.do(lambda client: client.hincrby(TRIES, message_id, 1)))

    def _record_found(self, message_id: bytes, found: Found, kept: Capture | None) -> list[Polled]:
        connection: sqlite3.Connection = self.recorder.archive.connection
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

        outcomes = []
        if not (found.is_front and watch is None) and not self._is_known_failure(found):
            outcomes.append(record_item(self.recorder, item, posts=self.posts, kept=kept, found=_read_of(found), noted=noted))
        if is_noted:
            return outcomes
        # It was recorded before and not noted: by a recorder that died in between, or it was sent twice.
        with self.recorder.archive.writing() as connection:
            headers = found.capture.headers if found.capture is not None else {}
            if watch is not None and watch.next_poll_at is not None and watch.next_poll_at <= datetime.now(UTC) and not found.is_front:
                sql = "SELECT live_blog_id FROM captures WHERE url = ? AND fetched_at = ?"
                known = connection.execute(sql, (found.url, to_utc(found.at))).fetchone()
                reschedule(watch, headers, self.posts, connection, Recorded(), known[0] if known else None)
            positions.reached(connection, self.queue, message_id.decode())
        return outcomes

    def _is_known_failure(self, found: Found) -> bool:
        """Whether a poll of which no capture is kept is on record; a capture that is has its own row, and is recorded once."""
        if found.capture is not None and not found.is_front:
            return False
        sql = "SELECT 1 FROM polls WHERE url = ? AND at = ?"  # no page is polled twice within a second
        return self.recorder.archive.connection.execute(sql, (found.url, to_utc(found.at))).fetchone() is not None

    def _give_up(self, message_id: bytes, fields: Mapping[bytes, bytes], url: str | None, error: Exception) -> list[Polled]:
        """Keep a message that cannot be recorded as a dead letter, and count it as a failed poll."""
        reason = str(error) if isinstance(error, ArchiveError) else f"{type(error).__name__}: {error}"
        message = f"what came of a poll of {url or 'an unknown page'} could not be recorded: {reason}"[:500]

        def letter(client: Any) -> None:
            pipe = client.pipeline(transaction=True)
            bury(pipe, FOUND, message_id, fields, message, most=self.bounds.dead)
            pipe.execute()

        self.link.do(letter)
        archive = self.recorder.archive
        outcomes = []
        if url:
            watch = watches.get(archive.connection, url)
            item = NoAnswer(url=url, at=datetime.now(UTC).replace(microsecond=0), outcome="gave_up", message=message, watch=watch)
            outcomes.append(record_item(self.recorder, item, posts=self.posts))
        with archive.writing() as connection:
            positions.reached(connection, self.queue, message_id.decode())
        return outcomes

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


def _opened(message_id: bytes, fields: Mapping[bytes, bytes]) -> Message:
    try:
        return Message(message_id=message_id, fields=fields, opened=open_found(fields))
    except MessageError as error:
        return Message(message_id=message_id, fields=fields, problem=error)


def _read_of(found: Found) -> Read | None:
    """What a fetcher read. What it found unchanged is compared again with what is on record now."""
    return found.read if found.read is not None and found.read.outcome != "unchanged" else None
