"""What a poll costs beside a bare Scrapy request of the same page from the same local server, in the same run.

    python benchmarks/crawl.py [--quick] [--json] [--pages N]

A server on loopback answers; each crawl is a process of its own, and its CPU time less that of one that asks for a
single page is divided by the number of pages. Kinds: not modified (304), a page of 50 updates with structured data, one without;
each with one new update, and with all 50 new.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive import watches  # noqa: E402
from archive.folder import Folder  # noqa: E402
from archive.store import Archive  # noqa: E402
from archive.times import to_utc  # noqa: E402
from benchmarks.ingest import as_page  # noqa: E402
from benchmarks.ingest_text import page_of, update  # noqa: E402

GOALS = {"not modified": 1.3, "structured data, one new": 2.5, "markup alone, one new": 5.0}


class _Handler(BaseHTTPRequestHandler):
    """/<kind>/<round>/<page>: the page as it is in that round."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self.answer(200, b"")
            return
        _, kind, page = self.path.split("/")
        number, round_ = int(page), self.server.round  # type: ignore[attr-defined]
        tag = f'"{kind}-{page}-{0 if kind == "same" else round_}"'
        if self.headers.get("If-None-Match") == tag or (kind == "same" and self.headers.get("X-Bare")):
            self.answer(304, b"", ETag=tag)
            return
        self.answer(200, body_of(kind, number, round_), ETag=tag)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


_bodies: dict[tuple[str, int, int], bytes] = {}


def body_of(kind: str, number: int, round_: int) -> bytes:
    """Fifty updates: in each later round one is new (`data`, `markup`) or all are (`all`)."""
    key = (kind, number, round_)
    if key not in _bodies:
        first = round_ * 50 if kind == "all" else round_
        shown = tuple(update(number, 1000 - first - place) for place in range(50))
        whole = as_page(page_of(number, shown))
        if kind == "markup":
            head, _, rest = whole.partition("<script")
            whole = head + rest.partition("</script>")[2]
        _bodies[key] = whole.replace("https://www.times.example/live/", f"/{kind}/").encode()
    return _bodies[key]


def crawl(kind: str, pages: int, port: int, folder: Path, *, bare: bool) -> float:
    """CPU seconds of one process that asks for every page of a kind once, and by bare Scrapy does no more than that."""
    command = [sys.executable, __file__, "--process", kind, "--pages", str(pages), "--port", str(port), "--folder", str(folder)]
    environment = {**os.environ, "STOPPRESS_ALLOW_PRIVATE": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, *(["--bare"] if bare else [])], env=environment, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise click.ClickException(done.stderr[-2000:])
    return float(done.stdout.splitlines()[-1])


def process(kind: str, pages: int, port: int, folder: Path, bare: bool) -> None:
    import resource

    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    urls = [f"http://127.0.0.1:{port}/{kind}/{number}" for number in range(pages)]
    if bare:

        class Bare(Spider):
            name = "bare"

            async def start(self) -> AsyncIterator[Request]:
                for url in urls:
                    yield Request(url, headers={"X-Bare": "1"}, dont_filter=True)

            def parse(self, response: Any) -> None:
                """Nothing is done with it."""

        crawler = AsyncCrawlerProcess(
            {"ROBOTSTXT_OBEY": False, "LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0,
             "TELNETCONSOLE_ENABLED": False, "HTTPERROR_ALLOW_ALL": True}
        )  # fmt: skip
        crawler.crawl(Bare)
        crawler.start()
    else:
        from crawler.crawling import crawl_settings, run
        from crawler.spiders.run import RunSpider

        class Once(RunSpider):
            """Ends when nothing is due any more."""

            async def start(self) -> AsyncIterator[Request]:
                left = len(urls)
                async for request in super().start():
                    yield request
                    left -= 1
                    if not left:
                        return

        settings = crawl_settings(Folder(folder), DOWNLOAD_DELAY=0, STOPPRESS_POLL_GAP=-1, STOPPRESS_COMMAND="benchmark")
        run(Once, settings, polled=lambda polled: None)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime)


def measure(pages: int, rounds: int) -> dict[str, float]:
    found: dict[str, float] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.round = 0  # type: ignore[attr-defined]
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = {
        "same": "not modified",
        "data": "structured data, one new",
        "markup": "markup alone, one new",
        "all": "structured data, 50 new",
    }
    try:
        for kind, name in names.items():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "archive"
                add(path, kind, pages, port)
                crawl(kind, pages, port, path, bare=False)  # what the pages showed before
                ours, bare = [], []
                for number in range(1, rounds + 1):
                    server.round = number  # type: ignore[attr-defined]
                    for page in range(pages):
                        body_of(kind, page, number)
                    due(path)
                    started = crawl(kind, 1, port, path, bare=False)  # a process that polls one page
                    due(path)
                    ours.append((crawl(kind, pages, port, path, bare=False) - started) / (pages - 1))
                    started = crawl(kind, 1, port, path, bare=True)
                    bare.append((crawl(kind, pages, port, path, bare=True) - started) / (pages - 1))
                found[name] = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
                found[f"{name}, milliseconds"] = 1000 * statistics.median(ours)
                found[f"{name}, bare Scrapy, milliseconds"] = 1000 * statistics.median(bare)
    finally:
        server.shutdown()
        server.server_close()
    return found


def add(path: Path, kind: str, pages: int, port: int) -> None:
    Folder(path).make()
    archive = Archive(Folder(path).archive)
    with archive.writing() as connection:
        watches.add(connection, [f"http://127.0.0.1:{port}/{kind}/{number}" for number in range(pages)], at=datetime.now(UTC))
    archive.close()


def due(path: Path) -> None:
    archive = Archive(Folder(path).archive)
    with archive.writing() as connection:
        connection.execute("UPDATE watches SET next_poll_at = ?", (to_utc(datetime.now(UTC)),))
    archive.close()


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--pages", default=200, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.option("--process", "kind", hidden=True)
@click.option("--port", type=int, hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
@click.option("--bare", is_flag=True, hidden=True)
def main(quick: bool, pages: int, as_json: bool, kind: str | None, port: int, folder: Path, bare: bool) -> None:
    if kind:
        process(kind, pages, port, folder, bare)
        return
    found = measure(60 if quick else pages, 1 if quick else 5)
    claims = []
    for name, value in found.items():
        goal = GOALS.get(name)
        claims.append({"name": name, "value": round(value, 3), "unit": "", "goal": goal, "holds": None if goal is None else value <= goal})
    if as_json:
        json.dump({"claims": claims}, sys.stdout, indent=1)
        print()
        return
    for claim in claims:
        wanted = f"   goal {claim['goal']} {'holds' if claim['holds'] else 'missed'}" if claim["goal"] else ""
        print(f"{claim['name']:52} {claim['value']:10,.3f}{wanted}")


if __name__ == "__main__":
    main()
