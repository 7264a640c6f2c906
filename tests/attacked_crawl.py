"""A crawl for tests that attack it: `python -m tests.attacked_crawl ARCHIVE < job.json`. Only PUBLIC counts as a public address here.

The job is `{"urls": [...], "names": {host: [addresses of the first look-up, of the second, ...]}, "older": false,
"browser": false, "settings": {...}}`.
Names are looked up nowhere else. What came of each poll, and what it cost, is printed as one JSON object.
"""

from __future__ import annotations

import json
import resource
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from twisted.internet.task import LoopingCall
from zope.interface import implementer

from archive.folder import Folder
from crawler import backfilling, guard
from crawler.crawling import crawl_settings, run
from crawler.recorder import Polled
from crawler.spiders.backfill import BackfillSpider
from crawler.spiders.live import LiveSpider

PUBLIC = "127.0.0.2"


@implementer(IHostnameResolver)
class StagedNames:
    """Answers the first look-up of a name with its first addresses, the next with the next, then with the last for ever.

    Names that are not staged are the attacked server's; what is an address, in whatever spelling, is that address.
    """

    def __init__(self, names: Mapping[str, list[list[str]]]) -> None:
        self.names = {name: list(stages) for name, stages in names.items()}

    def resolveHostName(self, receiver: Any, name: str, port: int = 0, types: Any = None, semantics: str = "TCP") -> Any:
        resolution = guard._Resolution(name)
        receiver.resolutionBegan(resolution)
        for address in self.addresses(name):
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return resolution

    def addresses(self, name: str) -> list[str]:
        if stages := self.names.get(name):
            return stages.pop(0) if len(stages) > 1 else stages[0]
        if name.endswith(".example"):
            return [PUBLIC]
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except OSError:
            return []
        return [str(address[0]) for *_, address in found]


class StagedResolver(guard.GuardedResolver):
    """The crawl's own guard over staged names."""

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> StagedResolver:
        resolver = cls(reactor, allow_private=False, exempt=())
        resolver.inner = StagedNames(crawler.settings.getdict("ATTACK_NAMES"))
        reactor.callWhenRunning(LoopingCall(heart.beat).start, 0.05)
        return resolver


class Heart:
    """Beats in the reactor; `longest` is how much work it once did between two beats, in seconds of the processor's time."""

    def __init__(self) -> None:
        self.last = 0.0
        self.longest = 0.0

    def beat(self) -> None:
        now = time.thread_time()
        self.longest, self.last = max(self.longest, now - (self.last or now)), now


heart = Heart()


def main(archive: Path, job: dict[str, Any]) -> None:
    is_public = guard.is_public
    guard.is_public = lambda address: address == PUBLIC or is_public(address)
    backfilling.MOST_AT_ONCE = job.get("older_at_most", backfilling.MOST_AT_ONCE)
    settings = crawl_settings(
        Folder(archive),
        contact="desk@times.example",
        browser=job.get("browser", False),
        TWISTED_DNS_RESOLVER="tests.attacked_crawl.StagedResolver",
        ATTACK_NAMES=job.get("names", {}),
        **job["settings"],
    )
    polled: list[Polled] = []
    moments: list[float] = []

    def on_polled(found: Polled) -> None:
        polled.append(found)
        moments.append(time.monotonic())

    began, working = time.monotonic(), time.process_time()
    run(BackfillSpider if job.get("older") else LiveSpider, settings, polled=on_polled, urls=job["urls"])
    outcomes = [
        {"url": found.url, "outcome": found.outcome, "message": found.message, "at": moment - began}
        for found, moment in zip(polled, moments, strict=True)
    ]
    spent = {"seconds": time.monotonic() - began, "work": time.process_time() - working, "blocked": heart.longest, "peak": peak()}
    json.dump({"polled": outcomes, **spent}, sys.stdout)


def peak() -> int:
    """The most memory this process ever had, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says begins with the process that started this one
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    from tests import attacked_crawl  # the module that Scrapy imports the resolver from

    attacked_crawl.main(Path(sys.argv[1]), json.load(sys.stdin))
