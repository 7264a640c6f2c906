"""A news site in a process of its own, on many addresses of loopback: each page has numbered editions, and every request is noted."""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.ingest_text import said

_LATENCY = 0.02  # seconds an answer takes
_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # long ago: a page that was polled is not due again until it is told to be


class Asked(NamedTuple):
    """One request as the site saw it; times are monotonic seconds of the site's process, `agent` is who asked."""

    agent: str
    host: str
    path: str
    began: float
    ended: float
    status: int


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What the pages look like. A page shows `shown` updates, one newer with each edition; `is_edited`: some are edited or withdrawn."""

    pages: int
    hosts: int
    shown: int = 8
    is_edited: bool = True

    def addresses(self) -> list[str]:
        """Addresses of loopback, one a host."""
        return [f"127.{1 + number // 250}.0.{1 + number % 250}" for number in range(self.hosts)]

    def body(self, page: int, edition: int) -> bytes:
        """A page of an edition, the newest update first."""
        numbers = list(range(edition, edition + self.shown))[::-1]
        if self.is_edited and page % 5 == 0 and edition >= 2:
            numbers.remove(edition + 3)  # withdrawn, another one at each edition; the one of the edition before returns
        items = [self._item(page, number, edition) for number in numbers]
        blog = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": f"Story {page}", "liveBlogUpdate": items}
        script = json.dumps(blog).replace("</", "<\\/")
        articles = "".join(f'<article id="u{number}"><h3>Update {number}</h3><p>{_text(page, number)}</p></article>' for number in numbers)
        head = f'<head><title>Story {page}</title><script type="application/ld+json">{script}</script></head>'
        return f'<html lang="en">{head}<body>{articles}</body></html>'.encode()

    def _item(self, page: int, number: int, edition: int) -> dict[str, str]:
        newest = edition + self.shown - 1
        text = _text(page, number)
        if self.is_edited and page % 3 == 0 and number < newest and number % 2:
            text += " This was corrected."
        # Each update of each page has a second of its own, as on real sites, more or less.
        at = (_DAY + timedelta(seconds=number * 2 * self.pages + 2 * page)).isoformat()
        return {"@type": "BlogPosting", "@id": f"#u{number}", "headline": f"Update {number}", "datePublished": at, "articleBody": text}


@lru_cache(maxsize=200_000)
def _text(page: int, number: int) -> str:
    return f"{said(random.Random(f'{page}/{number}'), 300)}."


class Site:
    """The running site, as the process that started it sees it."""

    def __init__(self, shape: Shape, port: int, edition: Any, log: Path) -> None:
        self.shape = shape
        self.port = port
        self._edition = edition
        self.log = log
        self.urls = [f"http://{host}:{port}/live/{page}" for page, host in zip(range(shape.pages), _cycle(shape), strict=False)]

    @property
    def edition(self) -> int:
        return int(self._edition.value)

    @edition.setter
    def edition(self, number: int) -> None:
        self._edition.value = number

    def digest(self, page: int, edition: int) -> str:
        return "sha256:" + hashlib.sha256(self.shape.body(page, edition)).hexdigest()

    def asked(self) -> list[Asked]:
        """Every request that was answered so far."""
        time.sleep(1.2)  # it writes once a second
        return [Asked(*json.loads(line)) for line in self.log.read_text().splitlines()]

    def forget(self) -> None:
        """Begin the notes anew."""
        time.sleep(1.2)
        self.log.write_text("")


def _cycle(shape: Shape) -> Iterator[str]:
    while True:
        yield from shape.addresses()


@contextmanager
def serving(shape: Shape, folder: Path) -> Iterator[Site]:
    """A site until the end of the block."""
    context = multiprocessing.get_context("spawn")
    edition, port = context.Value("i", 0), context.Value("i", 0)
    log = folder / "requests.jsonl"
    log.touch()
    process = context.Process(target=_serve, args=(shape, edition, port, log), daemon=True)
    process.start()
    try:
        end = time.monotonic() + 30
        while not port.value:
            if time.monotonic() > end or not process.is_alive():
                raise RuntimeError("expected the site to listen within 30 seconds")
            time.sleep(0.05)
        yield Site(shape, port.value, edition, log)
    finally:
        process.terminate()
        process.join()


def _serve(shape: Shape, edition: Any, port: Any, log: Path) -> None:
    shape.body(0, 0)  # the words are looked up once, which takes seconds
    asyncio.run(_Server(shape, edition, log).run(port))


class _Server:
    def __init__(self, shape: Shape, edition: Any, log: Path) -> None:
        self.shape = shape
        self.edition = edition
        self.log = log
        self.notes: list[str] = []
        self.body = lru_cache(maxsize=2 * shape.pages)(shape.body)

    async def run(self, port: Any) -> None:
        first, *rest = self.shape.addresses()
        server = await asyncio.start_server(self.answer, first, 0)
        number = server.sockets[0].getsockname()[1]
        for host in rest:
            await asyncio.start_server(self.answer, host, number)
        port.value = number
        while True:
            await asyncio.sleep(1)
            notes, self.notes = self.notes, []
            with self.log.open("a") as file:
                file.writelines(notes)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                began = time.monotonic()
                path = head[0].split(" ")[1]
                names = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
                status, headers, body = self.respond(path, names)
                await asyncio.sleep(_LATENCY)
                lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(body)}", "Content-Type: text/html; charset=utf-8", *headers]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                self.notes.append(
                    json.dumps((names.get("user-agent", ""), names.get("host", ""), path, began, time.monotonic(), status)) + "\n"
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def respond(self, path: str, names: dict[str, str]) -> tuple[int, list[str], bytes]:
        if path == "/robots.txt":
            return 404, [], b""
        page, edition = int(path.rpartition("/")[2]), self.edition.value
        tag = f'"{page}-{edition}"'
        if names.get("if-none-match") == tag:
            return 304, [f"ETag: {tag}"], b""
        return 200, [f"ETag: {tag}"], self.body(page, edition)
