"""Whose turn it is: one request at a time a host, so long after the answer to the one before, whatever process asked that."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

_MOST_HOSTS = 10_000
_NOTE_EVERY = 0.5  # seconds; the note is that much ahead, so that no request is later than it says


class Turns:
    """The hosts asked lately. Scrapy counts a host's gap from the start of a request, we from its end: no server sees less.

    Requests move the time of the `lock` file, which outlives a kill: who comes after it knows when the last one was made at the latest.
    """

    def __init__(self, *, gap: float, lock: Path) -> None:
        self.gap = gap
        self.lock = lock
        self.ended: dict[str, float] = {}
        self.noted = -_NOTE_EVERY

    async def come(self, host: str) -> None:
        """Wait for a host's turn, and note that there is a request. The caller asks a host one request at a time."""
        wait = self.ended.get(host, -self.gap) + self.gap - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        if time.monotonic() - self.noted >= _NOTE_EVERY:
            self.noted = time.monotonic()
            until = time.time() + _NOTE_EVERY
            with suppress(OSError):  # a page fetched for no archive
                os.utime(self.lock, (until, until))

    def over(self, host: str) -> None:
        """Note that a host has answered, or will not."""
        now = time.monotonic()
        self.ended.pop(host, None)
        self.ended[host] = now
        if len(self.ended) > _MOST_HOSTS:
            self.ended = {name: at for name, at in self.ended.items() if at > now - self.gap}
