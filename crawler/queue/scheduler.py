"""The scheduler: sends out what is due, one poll a host at a time over all machines, and no more than Redis is to hold."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from archive import discoveries, positions, watches
from archive.folder import Folder
from archive.opening import open_reader
from archive.store import SEEN_WELL
from archive.times import to_utc
from archive.watches import Watch
from crawler.due import due_pages
from crawler.queue.link import ARCHIVE, DUE, FETCHERS, FOUND, SENT, Bounds, Link, StoppedError, number
from crawler.queue.messages import MessageError, Poll, named, pack_poll, unpack_poll
from crawler.queue.places import belonging, bound_again, standing_by

_LOOK_EVERY = 0.5  # seconds between two looks at what is due
_MOST_LOOKED_AT = 10_000  # due pages
_GONE_AFTER = 24 * 3600 * 1000  # milliseconds: a fetcher that has not been heard of since, and holds nothing, is forgotten


@dataclass(kw_only=True)
class Sent:
    """One poll that is under way, anywhere. `due` is when its page was due: once that has moved on, the poll is recorded."""

    name: str
    url: str
    due: str
    at: float
    left: int | None = None  # when it was first missed among those to be made, in Redis' milliseconds

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


class Scheduler:
    """Reads the archive, writes to Redis alone. What it knows it can read again from both."""

    def __init__(self, folder: Folder, link: Link, *, bounds: Bounds, delay: float, gap: float) -> None:
        """`delay`: seconds between two requests to a host, `gap`: between two polls of a page."""
        self.folder = folder
        self.link = link
        self.bounds = bounds
        self.delay = delay
        self.gap = gap
        self.sent: dict[str, Sent] = {}
        self.resting: dict[str, float] = {}  # hosts that were asked a moment ago, and until when they rest
        self.checked_at = time.monotonic()
        self.reader: sqlite3.Connection

    def run(self, stopping: threading.Event) -> None:
        """Send what is due until told to stop. Raises ArchiveError if the queue belongs to another archive."""
        try:
            with standing_by(lambda: self.folder.scheduling("stoppress run --queue"), stopping):
                bound_again(self.folder, self.link)
                with closing(open_reader(self.folder.archive)) as self.reader:
                    self.sent = self._under_way()
                    # What was asked for last before this one began is known to nobody.
                    stopping.wait(self.delay)
                    while not stopping.wait(_LOOK_EVERY):
                        self.step()
        except StoppedError:
            return

    def step(self) -> None:
        """One look: free the hosts of what is recorded, find what was lost, send what is due."""
        queue, names, due, found, memory = self.link.do(_look)
        if queue is None:
            bound_again(self.folder, self.link)  # Redis has lost its data
        else:
            belonging(self.reader, queue, self.link)
        self._free({name.decode() for name in names})
        if time.monotonic() - self.checked_at >= self.bounds.claim_after:
            self.checked_at = time.monotonic()
            self._find_lost(found)
            self.link.do(_forget_fetchers)
        room = self.bounds.due - due
        if room > 0 and found < self.bounds.found and (memory or 0) < self.bounds.found_bytes:
            self._send(room)

    def _under_way(self) -> dict[str, Sent]:
        found = self.link.do(lambda client: client.hgetall(SENT))
        return {name.decode(): Sent(name=name.decode(), **json.loads(value)) for name, value in found.items()}

    def _free(self, remaining: set[str]) -> None:
        """Let hosts rest whose polls are acknowledged and on record, and then be asked again."""
        now = time.monotonic()
        for sent in [sent for name, sent in self.sent.items() if name not in remaining]:
            watch = watches.get(self.reader, sent.url)
            if watch is None or watch.is_paused or _due(watch) != sent.due:
                del self.sent[sent.name]
                self.resting[sent.host] = now + self.delay
        self.resting = {host: until for host, until in self.resting.items() if until > now}

    def _find_lost(self, found: int) -> None:
        """Free the hosts of polls that are neither to be made nor to be recorded: Redis has lost them, and they are still due.

        What has left the stream of polls is lost if everything found by then is recorded and it is not.
        """
        long_ago = time.time() - self.bounds.claim_after
        if not any(sent.at < long_ago for sent in self.sent.values()):
            return
        here = self.link.do(_polls_in_stream)
        queue, (seconds, microseconds) = self.link.do(lambda client: (client.get(ARCHIVE), client.time()))
        last = positions.last(self.reader, (queue or b"").decode()) or positions.BEGINNING
        lost = []
        for sent in self.sent.values():
            if sent.name in here or sent.at >= long_ago:
                sent.left = None
            elif sent.left is None:
                sent.left = seconds * 1000 + microseconds // 1000
            elif not found or number(last)[0] > sent.left:
                lost.append(sent)
        if lost:
            self.link.do(lambda client: client.hdel(SENT, *[sent.name for sent in lost]))
            for sent in lost:
                del self.sent[sent.name]
                self.resting[sent.host] = time.monotonic() + self.delay

    def _send(self, room: int) -> None:
        now = datetime.now(UTC)
        busy = {sent.host for sent in self.sent.values()} | set(self.resting)
        polls = []
        for watch in due_pages(self.reader, at=now, gap=self.gap, busy=busy, limit=_MOST_LOOKED_AT):
            sent = Sent(name=uuid4().hex, url=watch.url, due=_due(watch), at=now.timestamp())
            polls.append((sent, poll_of(self.reader, watch, sent.name)))
            if len(polls) >= room:
                break
        if polls:
            # Known before they are sent: a reply that is lost must not let a host be asked twice.
            self.sent.update((sent.name, sent) for sent, _ in polls)
            self.link.do(lambda client: _add(client, polls))


def poll_of(reader: sqlite3.Connection, watch: Watch, name: str) -> Poll:
    """What a fetcher must know of a page to poll it as this machine would."""
    last = reader.execute(
        "SELECT digest, outcome FROM captures WHERE url = ? ORDER BY fetched_at DESC, id DESC LIMIT 1", (watch.url,)
    ).fetchone()
    return Poll(
        name=name,
        url=watch.url,
        etag=watch.etag,
        last_modified=watch.last_modified,
        digest=last["digest"] if last and last["outcome"] in SEEN_WELL else None,
        is_front=discoveries.is_front(watch),
    )


def _due(watch: Watch) -> str:
    return to_utc(watch.next_poll_at) if watch.next_poll_at else ""


def _look(client: Any) -> Sequence[Any]:
    pipe = client.pipeline(transaction=False)
    pipe.get(ARCHIVE).hkeys(SENT).xlen(DUE).xlen(FOUND).memory_usage(FOUND, samples=0)
    found: Sequence[Any] = pipe.execute()
    return found


def _add(client: Any, polls: Iterable[tuple[Sent, Poll]]) -> None:
    """Send polls, unless they are known to be sent: the reply to an earlier try may have been lost."""
    known = client.hkeys(SENT)
    pipe = client.pipeline(transaction=True)
    notes = {}
    for sent, poll in polls:
        if sent.name.encode() not in known:
            pipe.xadd(DUE, pack_poll(poll))
            notes[sent.name] = json.dumps({"url": sent.url, "due": sent.due, "at": sent.at})
    if notes:
        pipe.hset(SENT, mapping=notes)
        pipe.execute()


def _polls_in_stream(client: Any) -> set[str]:
    """The names of the polls that are waiting to be made or being made."""
    names = set()
    for _, fields in client.xrange(DUE):
        try:
            names.add(unpack_poll(fields).name)
        except MessageError:
            names.add(named(fields)[0] or "")
    return names


def _forget_fetchers(client: Any) -> None:
    for fetcher in client.xinfo_consumers(DUE, FETCHERS):
        if not fetcher["pending"] and fetcher["idle"] > _GONE_AFTER:
            client.xgroup_delconsumer(DUE, FETCHERS, fetcher["name"])
