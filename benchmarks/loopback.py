"""A web server on many addresses of loopback, in a thread of its own: what the benchmarks of crawling crawl. It logs every request."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

MOST = 250  # addresses in one range of 127.0.x.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request: `host` as its Host header says it, without the port; header names in lower case; `at` is monotonic seconds."""

    host: str
    path: str
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered, `wait` seconds after the request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    note: Any = None  # kept in the log


@dataclass(frozen=True, kw_only=True)
class Served:
    """One request with the status and note of its answer; `ended`, monotonic seconds, is when the system had the last byte."""

    request: Request
    status: int
    note: Any
    ended: float


Answering = Callable[[Request], Answer]


class Server:
    """Answers until it is closed. `log` grows by one for each request that was answered, and for each whose asker went away."""

    def __init__(self, answering: Answering, addresses: Sequence[str]) -> None:
        self.answering = answering
        self.addresses = addresses
        self.log: list[Served] = []
        self.port = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def url(self, number: int, path: str) -> str:
        """An address of a page on the host with this number; there are more pages than hosts."""
        return f"http://{self.addresses[number % len(self.addresses)]}:{self.port}{path}"

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(60)
        if self._problem is not None:
            raise self._problem

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
        except BaseException as error:
            self._problem = error
            self._ready.set()
            return
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _listen(self) -> None:
        for attempt in range(20):
            first = await asyncio.start_server(self._serve, self.addresses[0], 0, backlog=100)
            self.port = first.sockets[0].getsockname()[1]
            try:
                for address in self.addresses[1:]:
                    await asyncio.start_server(self._serve, address, self.port, backlog=100)
            except OSError:  # the port is taken on one of the addresses
                if attempt == 19:
                    raise
                first.close()
            else:
                return

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
                host = headers.get("host", "").rpartition(":")[0]
                request = Request(host=host, path=first.split(" ")[1], headers=headers, at=time.monotonic())
                answer = self.answering(request)
                try:
                    with suppress(TimeoutError):
                        # Who asked may go away meanwhile; nobody asks again on a connection before it is answered.
                        if answer.wait and not await asyncio.wait_for(reader.read(1), answer.wait):
                            return
                    fields = {"Content-Type": "text/html; charset=utf-8", **answer.headers}
                    if answer.status != 304:
                        fields["Content-Length"] = str(len(answer.body))
                    lines = [f"HTTP/1.1 {answer.status} So", *(f"{name}: {value}" for name, value in fields.items())]
                    writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
                    await writer.drain()
                finally:
                    self.log.append(Served(request=request, status=answer.status, note=answer.note, ended=time.monotonic()))
        writer.close()


def addresses(count: int) -> list[str]:
    """So many addresses of loopback, from 127.0.1.1 on."""
    return [f"127.0.{1 + number // MOST}.{1 + number % MOST}" for number in range(count)]


@contextmanager
def serving(answering: Answering, hosts: int) -> Iterator[Server]:
    """A server on so many addresses, closed at the end."""
    server = Server(answering, addresses(hosts))
    server.start()
    try:
        yield server
    finally:
        server.close()
