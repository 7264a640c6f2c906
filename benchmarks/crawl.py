"""What a poll costs beside a bare Scrapy request of the same page from the same local server, in the same run.

    python benchmarks/crawl.py [--quick] [--json] [--polls N] [--only KIND] [--profile KIND]

A server answers on 20 addresses of loopback. Each crawl is a process of its own that polls its pages again and again; what counts is the
CPU time of that process from the end of its first round, which is not counted, to its last poll. Bare Scrapy asks for the same pages as
often, with Scrapy's own settings and one request at a time a host, and does nothing with the answers. Kinds: not modified (304); a page
of 50 updates with structured data, one in the markup of a plugin that has a layout, one in markup that nobody described, each with one
new update at every poll; one with structured data and all 50 new.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive import watches  # noqa: E402
from archive.folder import Folder  # noqa: E402
from archive.store import Archive  # noqa: E402
from benchmarks.claims import Claim, claim, show  # noqa: E402
from benchmarks.ingest_text import update  # noqa: E402
from benchmarks.live_pages import Shown, live_page  # noqa: E402
from benchmarks.loopback import Answer, Request, addresses, serving  # noqa: E402

KINDS = {  # what the goals are for
    "same": ("not modified", 1.3),
    "data": ("structured data, one new", 2.5),
    "plugin": ("markup with a layout, one new", 5.0),
    "markup": ("markup nobody described, one new", 5.0),
    "all": ("structured data, 50 new", None),
}
HOSTS = 20
PAGES = 100
_PATIENCE = 180  # seconds a process may take


class Site:
    """/<kind>/<page>: at each request the page has moved on by one update, or by fifty."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer()
        _, kind, page = request.path.split("/")
        count = self.asked[request.path]
        self.asked[request.path] += 1
        headers = {"ETag": f'"{request.path}"'}
        if kind == "same" and ("if-none-match" in request.headers or "x-bare" in request.headers):
            return Answer(status=304, headers=headers)
        return Answer(body=body_of(kind, int(page), count, f"http://{request.headers['host']}{request.path}"), headers=headers)


@lru_cache(maxsize=20_000)
def _update(page: int, number: int) -> Shown:
    made = update(page, number)
    # A text that ends without a full stop is taken for one cut short.
    html = (made.html or "").replace("</p>", ".</p>")
    return Shown(name=f"block-{page * 100_000 + number}", at=1.7e9 + page * 10_000 + number * 60, title=made.title, html=html)


def body_of(kind: str, page: int, count: int, url: str) -> bytes:
    """Fifty updates, as they stand when the page has moved on `count` times."""
    newest = 1000 + count * (50 if kind == "all" else 1)
    shown = [_update(page, newest - place) for place in range(50)]
    is_data, is_plugin = kind in ("data", "all", "same"), kind == "plugin"
    return live_page(url, f"Storm in Vale {page}", shown, data=is_data, markup=not is_plugin, plugin=is_plugin)


def pages_of(kind: str, port: int) -> list[str]:
    hosts = addresses(HOSTS)
    return [f"http://{hosts[page % HOSTS]}:{port}/{kind}/{page}" for page in range(PAGES)]


class Meter:
    """Counts polls, and the CPU time of this process between two of them."""

    def __init__(self, rounds: int) -> None:
        self.last = PAGES * (rounds + 1)
        self.count = 0
        self.start = self.end = 0.0

    def tick(self, _: object = None) -> None:
        self.count += 1
        if self.count == PAGES:
            self.start = time.process_time()
        elif self.count == self.last:
            self.end = time.process_time()

    def milliseconds(self) -> float:
        """CPU milliseconds a poll. Raises ClickException if polls are missing."""
        if not self.end:
            raise click.ClickException(f"expected {self.last} polls, found {self.count}")
        return 1000 * (self.end - self.start) / (self.last - PAGES)


def crawl_bare(urls: list[str], rounds: int) -> float:
    """Ask for every page, round after round, by Scrapy alone."""
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    meter = Meter(rounds)

    class Bare(scrapy.Spider):
        name = "bare"

        async def start(self) -> AsyncIterator[scrapy.Request]:
            for url in urls * (rounds + 1):
                yield scrapy.Request(url, headers={"X-Bare": "1"}, dont_filter=True)

        def parse(self, response: Any) -> None:
            meter.tick()

    crawler = AsyncCrawlerProcess(
        {"ROBOTSTXT_OBEY": False, "LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0,
         "TELNETCONSOLE_ENABLED": False, "HTTPERROR_ALLOW_ALL": True}
    )  # fmt: skip
    crawler.crawl(Bare)
    crawler.start()
    return meter.milliseconds()


def crawl(urls: list[str], rounds: int, folder: Path) -> float:
    """Poll every page as `stoppress run` does, each due again at once and no gap kept: the policy is asked, but not obeyed."""
    from crawler import scheduling
    from crawler.crawling import crawl_settings, run
    from crawler.polling import Due, next_poll
    from crawler.spiders.run import RunSpider

    meter = Meter(rounds)

    def at_once(*arguments: Any, **named: Any) -> Due:
        return Due(at=datetime.now(UTC) - timedelta(seconds=1), reason=next_poll(*arguments, **named).reason)

    scheduling.next_poll = at_once

    class Counted(RunSpider):
        async def start(self) -> AsyncIterator[Any]:
            async for request in super().start():
                yield request
                if meter.count >= meter.last:
                    return

    settings = crawl_settings(Folder(folder), DOWNLOAD_DELAY=0, STOPPRESS_POLL_GAP=-1, STOPPRESS_COMMAND="benchmark")
    run(Counted, settings, polled=meter.tick)
    return meter.milliseconds()


def in_process(kind: str, rounds: int, port: int, *, bare: bool, profile: bool) -> None:
    """What the child process does; its last line is the milliseconds a poll."""
    urls = pages_of(kind, port)
    if bare:
        print(crawl_bare(urls, rounds))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        Folder(path).make()
        archive = Archive(Folder(path).archive)
        with archive.writing() as connection:
            watches.add(connection, urls, at=datetime.now(UTC))
        archive.close()
        if not profile:
            print(crawl(urls, rounds, path))
            return
        import cProfile
        import pstats

        profiler = cProfile.Profile()
        print(profiler.runcall(crawl, urls, rounds, path))
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45).sort_stats("cumulative").print_stats(90)


def milliseconds(kind: str, rounds: int, port: int, *, bare: bool) -> float:
    """CPU milliseconds a poll of one process. Raises ClickException with what it said if it fails or takes too long."""
    command = [sys.executable, __file__, "--process", kind, "--rounds", str(rounds), "--port", str(port), *(["--bare"] if bare else [])]
    environment = {**os.environ, "STOPPRESS_ALLOW_PRIVATE": "1", "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        raise click.ClickException(f"expected the polls of {kind!r} to end within {_PATIENCE} s") from error
    if done.returncode:
        raise click.ClickException(done.stderr[-2000:])
    return float(done.stdout.splitlines()[-1])


def measure(rounds: int, repeats: int, only: str | None) -> list[Claim]:
    claims = []
    site = Site()
    with serving(site.answer, HOSTS) as server:
        for kind, (name, goal) in KINDS.items():
            if only not in (None, kind):
                continue
            ours, bare = [], []
            for number in range(repeats):
                # In turns, and the first of two is not always the same.
                for is_bare in (False, True) if number % 2 else (True, False):
                    site.asked.clear()
                    server.log.clear()
                    (bare if is_bare else ours).append(milliseconds(kind, rounds, server.port, bare=is_bare))
            ratios = [one / other for one, other in zip(ours, bare, strict=True)]
            claims += [
                claim(f"{name}, beside bare Scrapy", statistics.median(ratios), "times", goal=goal),
                claim(f"{name}, lowest ratio", min(ratios), "times"),
                claim(f"{name}, highest ratio", max(ratios), "times"),
                claim(f"{name}, CPU", statistics.median(ours), "ms"),
                claim(f"{name}, CPU of bare Scrapy", statistics.median(bare), "ms"),
            ]
    return claims


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--polls", default=1000, show_default=True, help="Polls a process, after its first round.")
@click.option("--repeats", default=7, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.option("--only", type=click.Choice(list(KINDS)), help="One kind alone.")
@click.option("--profile", type=click.Choice(list(KINDS)), help="Instead: where the time of one kind goes.")
@click.option("--process", "kind", hidden=True)
@click.option("--rounds", type=int, hidden=True)
@click.option("--port", type=int, hidden=True)
@click.option("--bare", is_flag=True, hidden=True)
def main(
    quick: bool,
    polls: int,
    repeats: int,
    as_json: bool,
    only: str | None,
    profile: str | None,
    kind: str | None,
    rounds: int,
    port: int,
    bare: bool,
) -> None:
    if kind:
        in_process(kind, rounds, port, bare=bare, profile=False)
    elif profile:
        os.environ["STOPPRESS_ALLOW_PRIVATE"] = "1"
        with serving(Site().answer, HOSTS) as server:
            in_process(profile, max(1, polls // PAGES), server.port, bare=bare, profile=True)
    else:
        show(measure(1 if quick else max(1, polls // PAGES), 1 if quick else repeats, only), as_json=as_json)


if __name__ == "__main__":
    main()
