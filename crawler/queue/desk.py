"""A fetcher's desk: the polls it holds, taken from the stream, renewed while they are under way, and sent on when they are made."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from crawler.queue.dead import bury
from crawler.queue.link import DUE, FETCHERS, FOUND, AsyncLink, Bounds, StoppedError
from crawler.queue.messages import Found, MessageError, Poll, named, pack_found, unpack_poll

_BLOCK = 500  # milliseconds a read waits for a poll
_FULL = 0.2  # seconds between two looks at a full stream
_MOMENT = 0.2  # seconds within which answers are sent together: a host waits a second between two requests anyway
_AT_ONCE = 1024 * 1024  # bytes of answers after which no other is sent with them
_PATIENCE = 10.0  # seconds an answer waits for room when the fetcher ends
# A poll that ended two fetchers is made alone: if it is the one that ends them, the others are not given up with it.
_ALONE_AFTER = 2
_GIVEN_BACK = "given-back"  # the consumer that holds what a fetcher gave back


@dataclass(kw_only=True)
class Held:
    """One poll on the desk. `deliveries` counts the fetchers it was given to, this one included."""

    message_id: bytes
    poll: Poll
    deliveries: int


class Desk:
    """Takes no more than `slots` polls at a time. To be used within one event loop."""

    def __init__(self, link: AsyncLink, *, bounds: Bounds, slots: int, is_stopping: Callable[[], bool]) -> None:
        self.link = link
        self.bounds = bounds
        self.slots = slots
        self.is_stopping = is_stopping
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self.held: dict[str, Held] = {}
        self.freed = asyncio.Event()
        self.leaving: list[tuple[bytes, dict[str, bytes], asyncio.Future[None]]] = []  # answers on their way, with what tells of their end
        self.together = max(1, slots // 2)  # answers that wait for no other: while they are sent, as many are made
        self.enough = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.size = (0, 0)  # messages and bytes in the stream of answers, as they were at `size_at`
        self.size_at = 0.0
        self.looked_at = 0.0  # when polls of dead fetchers were looked for

    async def take(self) -> list[Held]:
        """The next polls to make; none if there are none, after half a second. Raises StoppedError."""
        self.freed.clear()
        free = 0 if any(held.deliveries > _ALONE_AFTER for held in self.held.values()) else self.slots - len(self.held)
        if free < max(1, self.slots // 3):  # several at a time: each reading costs as much as sending a page
            with suppress(TimeoutError):
                await asyncio.wait_for(self.freed.wait(), 5)
            return []
        if await self._is_full():
            await asyncio.sleep(_FULL)
            return []
        if time.monotonic() - self.looked_at > self.bounds.claim_after / 6:
            taken, is_waiting = await self.link.do(lambda client: self._of_the_dead(client, free), patient=self._patient)
            if not is_waiting and len(taken) < free:
                self.looked_at = time.monotonic()
            if taken or is_waiting:
                if not taken and self.held:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.freed.wait(), 5)
                return await self._hold(taken)
        found = await self.link.do(
            lambda client: client.xreadgroup(FETCHERS, self.name, {DUE: ">"}, count=free, block=_BLOCK), patient=self._patient
        )
        return await self._hold([(message_id, fields, 1) for message_id, fields in (found[0][1] if found else [])])

    async def send(self, held: Held, found: Found) -> None:
        """Hand on what came of a poll, and take it off the stream of polls, in one transaction with the others of this moment.

        Raises StoppedError.
        """
        packed = pack_found(found)
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.leaving.append((held.message_id, packed, sent))
        if len(self.leaving) >= self.together:
            self.enough.set()
        if self.task is None or self.task.done():
            self.task = asyncio.ensure_future(self._send_all())
        await sent

    async def _send_all(self) -> None:
        """Send what is leaving, some at a time, until nothing is."""
        while self.leaving:
            if len(self.leaving) < self.together:
                self.enough.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.enough.wait(), _MOMENT)
            size, count = 0, 0
            for _, packed, _ in self.leaving:
                size, count = size + sum(map(len, packed.values())), count + 1
                if size >= _AT_ONCE:
                    break
            some, self.leaving = self.leaving[:count], self.leaving[count:]
            try:
                await self._room()
                await self.link.do(partial(self._send, some), patient=self._patient)
            except Exception as error:
                for _, _, sent in some:
                    sent.set_exception(error)
            else:
                for _, _, sent in some:
                    sent.set_result(None)

    async def _room(self) -> None:
        """Wait until there is room in the stream of answers. Raises StoppedError if there is none when the fetcher ends."""
        give_up_at = 0.0
        while await self._is_full():
            if self.is_stopping():
                give_up_at = give_up_at or time.monotonic() + _PATIENCE
                if time.monotonic() > give_up_at:
                    raise StoppedError
            await asyncio.sleep(_FULL)

    def put_away(self, held: Held) -> None:
        """Forget a poll: it was sent, or could not be and is left to the other fetchers."""
        self.held.pop(held.poll.name, None)
        self.freed.set()

    async def renewing(self) -> None:
        """Tell the other fetchers, again and again, that what is held here is under way."""
        while True:
            await asyncio.sleep(self.bounds.claim_after / 6)
            if self.held:
                await self.link.do(self._renew)

    async def give_back(self) -> None:
        """Let the other fetchers have what is held, at once. Raises StoppedError if Redis is away: they claim it after a while."""
        await self.link.do(self._give_back, patient=lambda: False)
        self.held.clear()

    def _patient(self) -> bool:
        return not self.is_stopping()

    async def _hold(self, taken: list[tuple[bytes, Mapping[bytes, bytes], int]]) -> list[Held]:
        held = []
        for message_id, fields, deliveries in taken:
            try:
                one = Held(message_id=message_id, poll=unpack_poll(fields), deliveries=deliveries)
            except MessageError as error:
                await self._bury(message_id, fields, str(error))
                continue
            self.held[one.poll.name] = one
            held.append(one)
        return held

    async def _is_full(self) -> bool:
        if time.monotonic() - self.size_at > _FULL:
            self._note(await self.link.do(_size, patient=self._patient))
        return self.size[0] >= self.bounds.found or self.size[1] >= self.bounds.found_bytes

    def _note(self, size: list[Any]) -> None:
        self.size = (size[0], size[1] or 0)
        self.size_at = time.monotonic()

    async def _send(self, some: list[tuple[bytes, dict[str, bytes], asyncio.Future[None]]], client: Any) -> None:
        pipe = client.pipeline(transaction=True)
        for _, packed, _ in some:
            pipe.xadd(FOUND, packed)
        ids = [message_id for message_id, _, _ in some]
        pipe.xack(DUE, FETCHERS, *ids)
        pipe.xdel(DUE, *ids)
        pipe.xlen(FOUND)
        pipe.memory_usage(FOUND, samples=0)
        self._note((await pipe.execute())[-2:])

    async def _of_the_dead(self, client: Any, free: int) -> tuple[list[tuple[bytes, Mapping[bytes, bytes], int]], bool]:
        """Claim polls whose fetchers have not been heard of; and whether one is waiting to be made alone.

        XAUTOCLAIM would take them without saying how often they were taken before.
        """
        idle = round(1000 * self.bounds.claim_after)
        pending = await client.xpending_range(DUE, FETCHERS, min="-", max="+", count=100, idle=idle)
        mine = {held.message_id for held in self.held.values()}
        counts = {row["message_id"]: row["times_delivered"] for row in pending if row["message_id"] not in mine}
        for message_id in [key for key, count in counts.items() if count >= self.bounds.deliveries]:
            del counts[message_id]
            for _, fields in await client.xclaim(DUE, FETCHERS, self.name, idle, [message_id]):
                times = self.bounds.deliveries
                await self._bury(message_id, fields, f"{times} fetchers were given this poll, and each of them ended before it was made")
        wanted = [message_id for message_id, count in counts.items() if count < _ALONE_AFTER][:free]
        alone = [message_id for message_id in counts if message_id not in wanted and counts[message_id] >= _ALONE_AFTER]
        if not wanted and alone:
            if self.held:
                return [], True
            wanted = alone[:1]
        if not wanted:
            return [], False
        taken = await client.xclaim(DUE, FETCHERS, self.name, idle, wanted)
        return [(message_id, fields, counts[message_id] + 1) for message_id, fields in taken], False

    async def _bury(self, message_id: bytes, fields: Mapping[bytes, bytes], reason: str) -> None:
        """Make a dead letter of a poll, and let the recorder count it as failed."""
        name, url = named(fields)
        now = datetime.now(UTC).replace(microsecond=0)
        message = f"the poll of {url or 'an unknown page'} was given up: {reason}"[:500]

        async def work(client: Any) -> None:
            pipe = client.pipeline(transaction=True)
            bury(pipe, DUE, message_id, fields, message, most=self.bounds.dead)
            if name and url:
                pipe.xadd(FOUND, pack_found(Found(poll=name, url=url, at=now, outcome="gave_up", message=message)))
            pipe.xack(DUE, FETCHERS, message_id)
            pipe.xdel(DUE, message_id)
            await pipe.execute()

        await self.link.do(work, patient=self._patient)

    async def _mine(self, client: Any) -> list[tuple[bytes, int]]:
        """What Redis says is held here, with its deliveries: what was claimed by another while this fetcher stood still is not."""
        mine = await client.xpending_range(DUE, FETCHERS, min="-", max="+", count=4 * self.slots, consumername=self.name)
        return [(row["message_id"], row["times_delivered"]) for row in mine]

    async def _renew(self, client: Any) -> None:
        if mine := await self._mine(client):
            await client.xclaim(DUE, FETCHERS, self.name, 0, [message_id for message_id, _ in mine], justid=True)

    async def _give_back(self, client: Any) -> None:
        idle = round(1000 * self.bounds.claim_after) + 1000
        pipe = client.pipeline(transaction=True)
        for message_id, deliveries in await self._mine(client):
            pipe.xclaim(DUE, FETCHERS, _GIVEN_BACK, 0, [message_id], idle=idle, retrycount=deliveries - 1, justid=True)
        await pipe.execute()


async def _size(client: Any) -> list[Any]:
    found: list[Any] = await client.pipeline(transaction=False).xlen(FOUND).memory_usage(FOUND, samples=0).execute()
    return found
