"""robots.txt, obeyed as RFC 9309 says, and read so that a hostile one costs little."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.guard import RefusedError, describe, refusals
from crawler.scheduling import retry_after

_TTL = 24 * 3600.0
# What could not be read is asked for again with the next poll that is due: after a minute at the soonest, as failures go.
_AGAIN = 55.0
LARGEST = 512 * 1024  # RFC 9309 asks for at least 500 KiB; what comes after is not read
# Publishers have one or two hosts; a hostile one may have a host for every redirect, each with rules to keep.
_MOST_HOSTS = 10_000
_MOST_LINES = 200_000
_AGENT = re.compile(r"\s*user(?:-|\s+)?agent(?:\s*:|\s)\s*([^#]*)", re.I)
_PRODUCT = re.compile(r"[a-z_-]+", re.I)


@dataclass(frozen=True)
class _Rules:
    """A host's robots.txt as last read, good `until` then; `parser` None: it could not be read, so nothing is allowed."""

    parser: Protego | None
    until: float
    reason: tuple[str, str] = ("", "")
    lines: int = 0


def parse(text: str, product: str) -> Protego:
    """Return the rules for one crawler, by its name without a version, lower case.

    All agents but this one and `*` become one: a parser that keeps each rule for each agent takes gigabytes for
    half a megabyte of them.

    >>> rules = parse("User-agent: StopPress/1\\nDisallow: /a\\nUser-agent: x\\nUser-agent: *\\nDisallow: /", "stoppress")
    >>> rules.can_fetch("https://a.example/b", "stoppress"), rules.can_fetch("https://a.example/a", "stoppress")
    (True, False)
    """
    lines = []
    for line in text.removeprefix("\ufeff").splitlines():
        agent = _AGENT.match(line)
        if agent:
            value = agent[1].strip()
            named = _PRODUCT.match(value)
            line = f"User-agent: {'*' if value == '*' else product if named and named[0].lower() == product else '-'}"
        lines.append(line)
    return Protego.parse("\n".join(lines))


class RobotsMiddleware:
    """Obeys robots.txt: 4xx allows; 429, 5xx or no answer refuses; read again daily. Scrapy's allows on 503 and never asks again."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.product = str(crawler.settings["USER_AGENT"]).split("/")[0].lower()
        self.rules: dict[str, _Rules] = {}
        self.locks: dict[str, asyncio.Lock] = {}
        self.reading = 0
        self.again = _AGAIN

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        async with self.locks.setdefault(origin, asyncio.Lock()):
            rules = self.rules.get(origin)
            if rules is None or time.monotonic() > rules.until:
                rules = await self._read(origin)
                self.rules.pop(origin, None)
                self.rules[origin] = rules
                self._forget()
        if rules.parser is None:
            raise RefusedError(*rules.reason)
        if not rules.parser.can_fetch(request.url, self.product):
            raise RefusedError("refused_robots", f"{origin}/robots.txt does not allow {request.url}")

    async def _read(self, origin: str) -> _Rules:
        # Of a robots.txt of any size the first part counts: `_enough` ends it, not the limit for pages, and counts here.
        meta = {"robots": True, "robots_received": [0], "download_maxsize": 0}
        request = Request(f"{origin}/robots.txt", meta=meta, callback=NO_CALLBACK, priority=1000)
        again = time.monotonic() + self.again
        host = urlsplit(origin).hostname or ""
        try:
            response = await self._download(request)
        except RefusedError as error:
            if error.outcome == "refused_address":
                return _Rules(None, again, (error.outcome, error.message))
            return _Rules(None, again, ("refused_robots", f"{origin}/robots.txt could not be read ({error.message})"))
        except Exception as error:  # whatever failed, there was no answer, and no answer refuses
            if host in refusals:
                return _Rules(None, again, ("refused_address", f"{refusals[host]}, which is refused"))
            return _Rules(None, again, ("unreachable", f"{origin} did not answer ({describe(error)})"))
        if response.status >= 500 or response.status == 429:
            # RFC 9309 lets 4xx allow everything; who is asked too often has not said that.
            problem = f"{origin}/robots.txt answered {response.status}, so nothing may be fetched there"
            asked = (response.headers.get("Retry-After") or b"").decode("latin-1")
            wait = retry_after({"Retry-After": asked}, now=datetime.now(UTC))
            again += min(wait.total_seconds(), _TTL) if wait else 0.0
            return _Rules(None, again, ("refused_robots", problem))
        body = response.body if response.status < 400 else b""
        if len(body) > LARGEST:
            body = body[:LARGEST].rpartition(b"\n")[0]  # half a line may allow or forbid what the whole does not
        text = body.decode("utf-8", "replace")
        return _Rules(parse(text, self.product), time.monotonic() + _TTL, lines=len(text.splitlines()))

    async def _download(self, request: Request) -> Response:
        # A page may come in a million pieces; nobody is told of them but while a robots.txt is on its way.
        self.reading += 1
        self.crawler.signals.connect(self._enough, signal=signals.bytes_received)
        try:
            response: Response = await self.crawler.engine.download_async(request)
        finally:
            self.reading -= 1
            if not self.reading:
                self.crawler.signals.disconnect(self._enough, signal=signals.bytes_received)
        return response

    def _enough(self, data: bytes, request: Request, spider: Any) -> None:
        """End the download of a robots.txt after the part that counts."""
        received = request.meta.get("robots_received")
        if received:
            received[0] += len(data)
            if received[0] > LARGEST:
                raise StopDownload(fail=False)

    def _forget(self) -> None:
        """Keep what is remembered within bounds: the largest first, then what was read longest ago."""
        while sum(rules.lines for rules in self.rules.values()) > _MOST_LINES:
            del self.rules[max(self.rules, key=lambda origin: self.rules[origin].lines)]
        for origin in list(self.rules)[: max(0, len(self.rules) - _MOST_HOSTS)]:
            del self.rules[origin]
        if len(self.locks) > _MOST_HOSTS:
            self.locks = {origin: lock for origin, lock in self.locks.items() if origin in self.rules or lock.locked()}
