"""Every guard of a crawl, attacked over loopback by a server that means it.

What a publisher does by mistake is in test_crawl, what a page does to its reader in test_hostile_pages, to a browser in test_browser.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from protego import Protego
from twisted.internet.interfaces import IReactorPluggableNameResolver
from zope.interface import classImplements

from archive.backfills import MOST_IN_ALL
from crawler import robots, settings
from crawler.backfilling import MOST_AT_ONCE
from crawler.guard import GuardedResolver, is_public, may_follow
from crawler.limits import HEAD_LARGEST
from tests.attack_server import (
    MEGABYTE,
    AttackServer,
    Serve,
    Visit,
    answer,
    chunks,
    head,
    numbered,
    pouring,
    redirecting,
    self_signed,
    serving,
    silent_server,
)
from tests.attacked_crawl import PUBLIC, StagedNames
from tests.conftest import ROOT
from tests.hostile_server import LIVE

# Limits of 16 MiB, 30 seconds and a second between two requests, made small enough to reach; `test_the_limits` has the real ones.
SMALL = {"DOWNLOAD_MAXSIZE": MEGABYTE, "DOWNLOAD_TIMEOUT": 20, "DOWNLOAD_DELAY": 0.01, "STOPPRESS_POLL_GAP": 0}
PEAK = 250 * MEGABYTE  # what a crawl takes without being attacked is about half of it
BLOCKED = 2.0  # seconds of work that nothing else could be done in


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What a server does, and the word the poll must be counted under. `asked`: how often the page itself may be asked for."""

    name: str
    serve: Serve
    outcome: str
    words: str = ""
    robots: Serve | None = None
    asked: int = 1


@dataclass(frozen=True)
class Report:
    """What came of a crawl: the outcome and message of each address, and what it cost the process."""

    outcomes: dict[str, str]
    messages: dict[str, str]
    polls: int
    seconds: float
    work: float
    blocked: float
    peak: int
    stderr: str = field(repr=False)


def crawl(folder: Path, urls: Iterable[str], *, env: Mapping[str, str] | None = None, timeout: float = 60, **job: Any) -> Report:
    """Crawl in a process of its own, under every rule but the address of the attacking server, which counts as public."""
    job["settings"] = {**SMALL, **job.get("settings", {})}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STOPPRESS_")}
    process = subprocess.run(
        [sys.executable, "-m", "tests.attacked_crawl", str(folder)],
        input=json.dumps({"urls": list(urls), **job}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**clean, **(env or {})},
        timeout=timeout,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    found = json.loads(process.stdout)
    assert "Traceback" not in process.stderr, process.stderr[-3000:]
    return Report(
        outcomes={poll["url"]: poll["outcome"] for poll in found["polled"]},
        messages={poll["url"]: poll["message"] for poll in found["polled"]},
        polls=len(found["polled"]),
        seconds=found["seconds"],
        work=found["work"],
        blocked=found["blocked"],
        peak=found["peak"],
        stderr=process.stderr,
    )


def check(attacks: list[Attack], folder: Path, *, work: float, **job: Any) -> Report:
    """Let all attacks have their way with one crawl, and see that each is counted as it should be and that none cost much."""
    hosts = {f"{attack.name}.example": attack.serve for attack in attacks}
    robots_of = {f"{attack.name}.example": attack.robots for attack in attacks if attack.robots}
    with AttackServer(hosts, robots_of) as server:
        urls = {attack.name: server.url(f"{attack.name}.example") for attack in attacks}
        report = crawl(folder, urls.values(), **job)
        asked = {attack.name: len(server.asked(f"{attack.name}.example")) for attack in attacks}
    found = {attack.name: report.outcomes.get(urls[attack.name]) for attack in attacks}
    assert found == {attack.name: attack.outcome for attack in attacks}, report.messages
    for attack in attacks:
        assert attack.words in report.messages[urls[attack.name]], attack.name
    assert report.polls == len(attacks), "one outcome each"
    assert asked == {attack.name: attack.asked for attack in attacks}, "nothing is asked for again"
    assert not server.intruders, "nobody came to the private address"
    assert not [visit.headers["cookie"] for visit in server.visits if "cookie" in visit.headers]
    assert not [visit.headers for visit in server.visits if "authorization" in visit.headers or "referer" in visit.headers]
    assert report.work < work, "seconds of the processor's time"
    assert report.peak < PEAK, f"{report.peak / MEGABYTE:.0f} MiB"
    assert report.blocked < BLOCKED, f"nothing else went on for {report.blocked:.1f} s"
    return report


# --- where an answer may lead ---


def with_own(location: str) -> Serve:
    """A redirect to an address with the attacked host's name and port in it."""

    def serve(visit: Visit) -> None:
        host, _, port = visit.headers["host"].partition(":")
        visit.send(answer(b"", "Location: " + location.format(host=host, port=port, other=int(port) + 1), status="302 Found"))

    return serve


def hops(most: int) -> Serve:
    """Redirects to ever new pages, then a page."""

    def serve(visit: Visit) -> None:
        number = int("0" + visit.path.partition("?")[2])
        visit.send(answer(LIVE) if number == most else answer(b"", f"Location: /live?{number + 1}", status="302 Found"))

    return serve


def growing_cookies(visit: Visit) -> None:
    number = int("0" + visit.path.partition("?")[2])
    cookies = [f"Set-Cookie: c{number}-{part}={'x' * 4000}; Path=/" for part in range(8)]
    visit.send(answer(LIVE, *cookies) if number == 5 else answer(b"", f"Location: /live?{number + 1}", *cookies, status="302 Found"))


def tempting(*, own: bool) -> Serve:
    """A page that is read as any other, and that leads a browser elsewhere."""

    def serve(visit: Visit) -> None:
        port = visit.headers["host"].partition(":")[2]
        inside = f"http://127.0.0.1:{port}/inside"
        page = LIVE.replace(b"<head>", f'<head><meta http-equiv="refresh" content="0; url={inside}"><base href="{inside}">'.encode())
        extra = [] if not own else [f"Refresh: 0; url={inside}", f"Link: <{inside}>; rel=preload", f'Alt-Svc: http/1.1="127.0.0.1:{port}"']
        visit.send(answer(page, *extra, "Strict-Transport-Security: max-age=99999", "Content-Location: " + inside))

    return serve


LEADS = [
    Attack(name="to-file", serve=redirecting("file:///etc/passwd"), outcome="refused_redirect", words="file:///etc/passwd"),
    Attack(name="to-data", serve=redirecting("data:text/html,<h1>x</h1>"), outcome="refused_redirect"),
    Attack(name="to-ftp", serve=redirecting("ftp://to-ftp.example/"), outcome="refused_redirect"),
    Attack(name="to-s3", serve=redirecting("s3://bucket/key"), outcome="refused_redirect"),
    Attack(name="to-script", serve=redirecting("javascript:alert(1)"), outcome="refused_redirect"),
    Attack(name="to-inside", serve=with_own("http://127.0.0.1:{port}/"), outcome="refused_redirect"),
    Attack(name="to-decimal", serve=with_own("http://2130706433:{port}/"), outcome="refused_redirect"),
    Attack(name="to-mapped", serve=with_own("http://[::ffff:127.0.0.1]:{port}/"), outcome="refused_redirect"),
    Attack(name="to-metadata", serve=redirecting("//169.254.169.254/latest/"), outcome="refused_redirect"),
    Attack(name="to-localhost", serve=with_own("http://localhost:{port}/"), outcome="refused_redirect"),
    Attack(name="to-other", serve=with_own("http://to-file.example:{port}/"), outcome="refused_redirect"),
    Attack(name="tab", serve=with_own("ht\ttp://127.0.0.1:{port}/"), outcome="refused_redirect"),
    Attack(name="tab-in-host", serve=with_own("http://127.0.\t0.1:{port}/"), outcome="refused_redirect"),
    Attack(name="folded", serve=with_own("http://127.0.0.1\r\n :{port}/"), outcome="refused_redirect"),
    Attack(name="nul", serve=with_own("http://127.0.0.1:{port}/\x00.nul.example/"), outcome="refused_redirect"),
    Attack(name="backslash", serve=with_own("http:\\\\127.0.0.1:{port}\\"), outcome="refused_redirect"),
    Attack(name="backslash-at", serve=with_own("http://127.0.0.1:{port}\\@{host}:{port}/"), outcome="refused_redirect"),
    Attack(name="name-in-front", serve=with_own("http://{host}:{port}@127.0.0.1:{port}/"), outcome="refused_redirect"),
    Attack(name="password", serve=with_own("http://user:word@{host}:{port}/live"), outcome="refused_redirect"),
    Attack(name="fullwidth", serve=with_own("http://１２７.０.０.１:{port}/".encode().decode("latin-1")), outcome="refused_redirect"),
    Attack(name="other-port", serve=with_own("http://{host}:{other}/live"), outcome="refused_redirect"),
    Attack(name="mail-port", serve=with_own("http://{host}:25/live"), outcome="refused_redirect"),
    Attack(name="broken-address", serve=redirecting("http://[::1"), outcome="refused_redirect"),
    Attack(name="broken-port", serve=redirecting("http://broken-port.example:99999/"), outcome="refused_redirect"),
    Attack(name="nowhere", serve=redirecting(""), outcome="http_302"),
    Attack(name="sub-inside", serve=with_own("http://inside.sub-inside.example:{port}/"), outcome="refused_address", words="127.0.0.1"),
    Attack(name="five-hops", serve=hops(5), outcome="new", asked=6),
    Attack(name="six-hops", serve=hops(6), outcome="refused_redirect", words="more than 5 redirects", asked=6),
    Attack(name="loop", serve=redirecting("/live"), outcome="refused_redirect", asked=6),
    Attack(name="cookies", serve=growing_cookies, outcome="new", asked=6),
    Attack(name="meta-refresh", serve=tempting(own=False), outcome="new"),
    Attack(name="refresh", serve=tempting(own=True), outcome="new"),
]


def test_where_an_answer_may_lead(tmp_path: Path) -> None:
    check(LEADS, tmp_path, work=10, names={"inside.sub-inside.example": [["127.0.0.1"]]})


# --- how long and how large an answer may be ---

TORN = LIVE * 40


def torn(pack: Callable[[bytes], bytes], packing: str, *, keep: float = 0.7) -> Serve:
    """A packed page that ends early, in an answer whose length is right."""
    packed = pack(TORN)
    return serving(packed[: int(len(packed) * keep)], f"Content-Encoding: {packing}")


def damaged(packed: bytes, packing: str) -> Serve:
    middle = len(packed) // 2
    return serving(packed[:middle] + bytes(byte ^ 0x55 for byte in packed[middle : middle + 20]) + packed[middle + 20 :], packing)


def layers(number: int) -> Serve:
    """A page packed over and over, without getting smaller."""
    body = LIVE + b"<!--" + os.urandom(500_000).hex().encode() + b"-->"
    for _ in range(number):
        body = gzip.compress(body, 0)
    return serving(body, "Content-Encoding: " + ", ".join(["gzip"] * number))


def zstd_with_window(log: int) -> bytes:
    """A frame that asks its reader for a window of 2 to the `log` bytes."""
    return b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([(log - 10) << 3]) + b"\x01\x00\x00" + b""


BOMB = b"a" * 64 * MEGABYTE
PACKED = [
    Attack(name="gzip-bomb", serve=serving(gzip.compress(BOMB, 6), "Content-Encoding: gzip"), outcome="too_large", words="1 MiB"),
    Attack(name="br-bomb", serve=serving(brotli.compress(BOMB, quality=3), "Content-Encoding: br"), outcome="too_large"),
    Attack(name="zstd-bomb", serve=serving(zstandard.compress(BOMB), "Content-Encoding: zstd"), outcome="too_large"),
    Attack(name="deflate-bomb", serve=serving(zlib.compress(BOMB), "Content-Encoding: deflate"), outcome="too_large"),
    Attack(name="bomb-in-bomb", serve=serving(gzip.compress(gzip.compress(BOMB)), "Content-Encoding: gzip, gzip"), outcome="too_large"),
    Attack(name="bomb-of-another-name", serve=serving(gzip.compress(BOMB), "Content-Encoding: x-gzip"), outcome="too_large"),
    Attack(name="two-layers", serve=serving(gzip.compress(brotli.compress(LIVE)), "Content-Encoding: br, gzip"), outcome="new"),
    Attack(name="many-layers", serve=layers(400), outcome="unreadable", words="packed at most 3 times"),
    Attack(name="many-small-layers", serve=serving(LIVE, *["Content-Encoding: gzip, br, zstd"] * 3000), outcome="unreadable"),
    Attack(name="members", serve=serving(gzip.compress(b"") * 45_000, "Content-Encoding: gzip"), outcome="unreadable", words="members"),
    Attack(name="frames", serve=serving(zstandard.compress(b"") * 80_000, "Content-Encoding: zstd"), outcome="unreadable"),
    Attack(name="window", serve=serving(zstd_with_window(31), "Content-Encoding: zstd"), outcome="unreadable"),
    Attack(name="unknown-packing", serve=serving(os.urandom(5000), "Content-Encoding: snappy"), outcome="unreadable", words="snappy"),
    Attack(name="packing-that-is-none", serve=serving(LIVE, "Content-Encoding: utf-8"), outcome="new"),
    Attack(name="gzip-torn", serve=torn(gzip.compress, "gzip"), outcome="unreachable", words="the answer broke off"),
    Attack(name="br-torn", serve=torn(brotli.compress, "br"), outcome="unreachable", words="the answer broke off"),
    Attack(name="zstd-torn", serve=torn(zstandard.compress, "zstd"), outcome="unreachable", words="the answer broke off"),
    Attack(name="deflate-torn", serve=torn(zlib.compress, "deflate"), outcome="unreachable", words="the answer broke off"),
    Attack(name="gzip-without-its-end", serve=torn(gzip.compress, "gzip", keep=0.99), outcome="unreachable"),
    Attack(name="br-without-its-end", serve=torn(brotli.compress, "br", keep=0.99), outcome="unreachable"),
    Attack(name="gzip-damaged", serve=damaged(gzip.compress(TORN), "Content-Encoding: gzip"), outcome="unreadable"),
    Attack(name="br-damaged", serve=damaged(brotli.compress(TORN), "Content-Encoding: br"), outcome="unreadable"),
    Attack(name="zstd-damaged", serve=damaged(zstandard.compress(TORN), "Content-Encoding: zstd"), outcome="unreadable"),
]


def test_packed_bodies(tmp_path: Path) -> None:
    check(PACKED, tmp_path, work=15)


KILO = b"x" * 1024
CHUNKED = head("Transfer-Encoding: chunked")
ENDLESS = [
    Attack(name="chunks", serve=pouring(CHUNKED, chunks(KILO * 64)), outcome="too_large"),
    Attack(name="chunk-size", serve=pouring(CHUNKED, lambda: repeat(b"0" * 65536)), outcome="unreachable"),
    Attack(name="chunk-of-terabytes", serve=pouring(CHUNKED + b"fffffffffff\r\n", lambda: repeat(KILO * 64)), outcome="too_large"),
    Attack(name="trailers", serve=pouring(CHUNKED + b"1\r\nx\r\n0\r\n", numbered("t{}: x\r\n")), outcome="unreachable"),
    Attack(name="until-it-closes", serve=pouring(head(), lambda: repeat(KILO * 64)), outcome="too_large"),
    Attack(name="long", serve=pouring(head("Content-Length: 99999999999"), lambda: repeat(KILO)), outcome="too_large"),
    Attack(name="headers", serve=pouring(b"HTTP/1.1 200 OK\r\n", numbered("h{}: x\r\n")), outcome="too_large", words="256 KiB of headers"),
    Attack(name="same-header", serve=pouring(b"HTTP/1.1 200 OK\r\n", lambda: repeat(b"a: x\r\n" * 9000)), outcome="too_large"),
    Attack(name="folded-header", serve=pouring(b"HTTP/1.1 200 OK\r\na: x\r\n", lambda: repeat(b" x\r\n" * 9000)), outcome="too_large"),
    Attack(name="no-headers", serve=pouring(b"HTTP/1.1 200 OK\r\n", lambda: repeat(b"x\r\n" * 9000)), outcome="too_large"),
    Attack(name="header", serve=pouring(b"HTTP/1.1 200 OK\r\nX: ", lambda: repeat(KILO * 64)), outcome="unreachable"),
    Attack(name="status", serve=pouring(b"HTTP/1.1 200 ", lambda: repeat(KILO * 64)), outcome="unreachable"),
    Attack(name="not-yet", serve=pouring(b"", lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 999)), outcome="too_large"),
    Attack(name="hints", serve=pouring(b"", numbered("HTTP/1.1 103 Early Hints\r\nLink: <{}>\r\n\r\n")), outcome="too_large"),
    Attack(name="garbage", serve=pouring(b"", lambda: repeat(os.urandom(65536))), outcome="unreachable"),
]
DRIP = 0.2  # seconds between two bytes, each well within the time for a request
SLOW = [
    Attack(name="slow-body", serve=pouring(head(), lambda: repeat(b"x"), every=DRIP), outcome="unreachable", words="no answer in time"),
    Attack(name="slow-chunks", serve=pouring(CHUNKED, lambda: repeat(b"1\r\nx\r\n"), every=DRIP), outcome="unreachable"),
    Attack(name="slow-long", serve=pouring(head("Content-Length: 900"), lambda: repeat(b"x"), every=DRIP), outcome="unreachable"),
    Attack(name="slow-head", serve=pouring(b"HTTP/1.1 200 OK\r\n", numbered("h{}: x\r\n"), every=DRIP), outcome="unreachable"),
    Attack(name="slow-header", serve=pouring(b"HTTP/1.1 200 OK\r\nX: ", lambda: repeat(b"x"), every=DRIP), outcome="unreachable"),
    Attack(name="slow-status", serve=pouring(b"HTTP/1.1 ", lambda: repeat(b"2"), every=DRIP), outcome="unreachable"),
    Attack(name="slow-not-yet", serve=pouring(b"", lambda: repeat(b"HTTP/1.1 102 Processing\r\n\r\n"), every=DRIP), outcome="unreachable"),
    Attack(name="silence", serve=lambda visit: visit.pour(repeat(b""), every=DRIP), outcome="unreachable", words="no answer in time"),
    Attack(name="padded-chunks", serve=pouring(CHUNKED, lambda: repeat(b"1;%s\r\nx\r\n" % (KILO[:1000]) * 50)), outcome="unreachable"),
    Attack(name="tiny-chunks", serve=pouring(CHUNKED, lambda: repeat(b"1\r\nx\r\n" * 5000)), outcome="unreachable"),
    Attack(name="robots-slow", serve=serving(), robots=pouring(head(), lambda: repeat(b"x"), every=DRIP), outcome="unreachable", asked=0),
    Attack(name="robots-silent", serve=serving(), robots=lambda visit: visit.pour(repeat(b""), every=DRIP), outcome="unreachable", asked=0),
]


def test_answers_that_end_by_their_size(tmp_path: Path) -> None:
    check(ENDLESS, tmp_path, work=15)


def test_answers_that_end_by_their_time(tmp_path: Path) -> None:
    report = check(SLOW, tmp_path, work=15, settings={"DOWNLOAD_TIMEOUT": 2})
    assert report.seconds < 20, "all at once, two seconds a request and however long a busy machine takes"


def stated(*headers: str, body: bytes = LIVE) -> Serve:
    return lambda visit: visit.send(head("Connection: close", *headers) + body)


LIES = [
    Attack(name="too-short", serve=stated(f"Content-Length: {len(LIVE) + 1}"), outcome="unreachable", words="the answer broke off"),
    Attack(name="too-long", serve=stated(f"Content-Length: {len(LIVE)}", body=LIVE + b"HTTP/1.1 200 OK\r\n\r\nmore"), outcome="new"),
    Attack(name="negative", serve=stated("Content-Length: -1"), outcome="unreachable"),
    Attack(name="two-lengths", serve=stated("Content-Length: 5", f"Content-Length: {len(LIVE)}"), outcome="unreachable"),
    Attack(name="no-number", serve=stated("Content-Length: many"), outcome="unreachable"),
    Attack(name="half-a-chunk", serve=stated("Transfer-Encoding: chunked", body=b"ffff\r\n" + LIVE), outcome="unreachable"),
    Attack(name="no-last-chunk", serve=stated("Transfer-Encoding: chunked", body=b"3\r\nabc\r\n"), outcome="unreachable"),
    Attack(name="no-chunk", serve=stated("Transfer-Encoding: chunked", body=LIVE), outcome="unreachable"),
    Attack(name="unknown-transfer", serve=stated("Transfer-Encoding: cow"), outcome="unreachable"),
    Attack(name="no-http", serve=lambda visit: visit.send(LIVE), outcome="unreachable", words="not HTTP"),
    Attack(name="hangs-up", serve=lambda visit: visit.connection.close(), outcome="unreachable", asked=1),
    Attack(name="odd-status", serve=serving(status="999 Request denied"), outcome="http_999"),
    Attack(name="large-status", serve=serving(status="99999 x"), outcome="unreachable", words="expected an HTTP status"),
    Attack(name="huge-status", serve=serving(status="9" * 4000), outcome="unreachable"),
    Attack(name="negative-status", serve=serving(status="-200 OK"), outcome="unreachable"),
    Attack(name="not-modified", serve=serving(b"", status="304 Not Modified"), outcome="http_304"),
    Attack(name="no-content", serve=serving(b"", status="204 No Content"), outcome="unreadable"),
    Attack(name="charset-path", serve=serving(kind="text/html; charset=../../etc/passwd"), outcome="new"),
    Attack(name="charset-codec", serve=serving(kind="text/html; charset=zlib_codec"), outcome="new"),
    Attack(name="charset-utf7", serve=serving(kind="text/html; charset=utf-7"), outcome="new"),
    Attack(name="charset-nul", serve=serving(kind="text/html; charset=\x00\x01"), outcome="new"),
    Attack(name="long-type", serve=serving(kind="text/html; x=" + "y" * 15_000), outcome="new"),
    Attack(name="image", serve=serving(kind="image/png"), outcome="new"),
    Attack(name="odd-headers", serve=serving(LIVE, "\x80\xff: \xfe", ": x", "a\x00b: c", "ETag: " + "e" * 9000), outcome="unreachable"),
    Attack(name="whole-but-open", serve=pouring(answer(LIVE), lambda: repeat(b""), every=DRIP), outcome="new"),
]


def test_answers_that_lie(tmp_path: Path) -> None:
    check(LIES, tmp_path, work=10)


# --- robots.txt ---


def rules(text: str | bytes, *headers: str, status: str = "200 OK") -> Serve:
    return serving(text.encode() if isinstance(text, str) else text, *headers, status=status, kind="text/plain")


FORBIDDEN = b"User-agent: *\nDisallow: /live\n"
AGENTS = "".join(f"user-agent:a{number}\n" for number in range(14_000)) + "allow:/a\n" * 20_000
PREFIXES = "".join(f"user-agent:{'stoppress'[:size]}\n" for size in range(1, 9)) * 500 + "allow:/a\n" * 40_000
WILD = "User-agent: *\n" + ("Disallow: /" + "*a" * 200 + "*b$\n") * 1200
ONE_WILD = "User-agent: *\nDisallow: /" + "*a" * 250_000 + "*b$\n"
PAGE = serving()
ROBOTS = [
    Attack(name="robots-huge", serve=PAGE, robots=rules(FORBIDDEN + b"# x\n" * 5_000_000), outcome="refused_robots", asked=0),
    Attack(name="robots-huge-allows", serve=PAGE, robots=rules(b"# x\n" * 200_000 + FORBIDDEN), outcome="new"),
    Attack(
        name="robots-endless",
        serve=PAGE,
        robots=pouring(CHUNKED + b"%x\r\n%s\r\n" % (len(FORBIDDEN), FORBIDDEN), chunks(b"# x\n" * 9000)),
        outcome="refused_robots",
        asked=0,
    ),
    Attack(name="robots-one-line", serve=PAGE, robots=pouring(head(), lambda: repeat(KILO * 64)), outcome="new"),
    Attack(name="robots-torn", serve=PAGE, robots=stated("Content-Length: 9999", body=b"User-agent: *"), outcome="unreachable", asked=0),
    Attack(
        name="robots-headers",
        serve=PAGE,
        robots=pouring(b"HTTP/1.1 200 OK\r\n", numbered("h{}: x\r\n")),
        outcome="refused_robots",
        words="headers",
        asked=0,
    ),
    Attack(name="robots-bomb", serve=PAGE, robots=rules(gzip.compress(BOMB), "Content-Encoding: gzip"), outcome="refused_robots", asked=0),
    Attack(name="robots-loop", serve=PAGE, robots=redirecting("/robots.txt"), outcome="refused_robots", asked=0),
    Attack(name="robots-inside", serve=PAGE, robots=with_own("http://127.0.0.1:{port}/"), outcome="refused_robots", asked=0),
    Attack(name="robots-file", serve=PAGE, robots=redirecting("file:///dev/zero"), outcome="refused_robots", asked=0),
    Attack(name="robots-agents", serve=PAGE, robots=rules(AGENTS), outcome="new"),
    Attack(name="robots-prefixes", serve=PAGE, robots=rules(PREFIXES), outcome="new"),
    Attack(name="robots-wild", serve=PAGE, robots=rules(WILD), outcome="new"),
    Attack(name="robots-one-wild", serve=PAGE, robots=rules(ONE_WILD), outcome="new"),
    Attack(name="robots-binary", serve=PAGE, robots=rules(os.urandom(500_000)), outcome="new"),
    Attack(name="robots-status", serve=PAGE, robots=rules("", status="99999 x"), outcome="refused_robots", asked=0),
    Attack(name="robots-500", serve=PAGE, robots=rules("", status="500 x"), outcome="refused_robots", asked=0),
]


def test_robots_txt(tmp_path: Path) -> None:
    check(ROBOTS, tmp_path, work=15)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: StopPress\nDisallow: /", False),
        ("User-agent: stoppress/2.0\nDisallow: /", False),
        ("User-agent: STOPPRESS*\nDisallow: /", False),
        ("user agent stoppress\nDisallow: /", False),
        ("USERAGENT: stoppress # us\nDisallow: /", False),
        ("User-agent: other\nUser-agent: stoppress\nDisallow: /", False),
        ("User-agent: stoppress\nAllow: /\nUser-agent: other\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\nUser-agent: stoppress\nAllow: /", True),
        ("User-agent: *\nDisallow: /\nUser-agent: stoppress-images\nAllow: /", False),
        ("User-agent: stop\nUser-agent: press\nUser-agent: s\nDisallow: /", True),
        ("User-agent: other\nDisallow: /", True),
        ("User-agent: *\nAllow: /live/*/storm\nDisallow: /live/", True),
        ("User-agent: *\nDisallow: /*storm$", False),
        ("Disallow: /", True),
        ("\ufeffUser-agent: *\nDisallow: /", False),
    ],
)
def test_whom_robots_txt_means(text: str, allowed: bool) -> None:
    assert robots.parse(text, "stoppress").can_fetch("https://times.example/live/1/storm", "stoppress") is allowed


def test_what_is_remembered_of_robots_txt_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrapy.utils.test import get_crawler

    monkeypatch.setattr(robots, "_MOST_HOSTS", 50)
    monkeypatch.setattr(robots, "_MOST_LINES", 1000)
    middleware = robots.RobotsMiddleware(get_crawler(settings_dict={"USER_AGENT": settings.USER_AGENT}))
    for number in range(200):
        origin = f"https://a{number}.example"
        middleware.locks[origin] = asyncio.Lock()
        middleware.rules[origin] = robots._Rules(Protego.parse(""), 0.0, lines=900 if number == 170 else 10)
        middleware._forget()
    assert len(middleware.rules) == 50
    assert "https://a170.example" not in middleware.rules, "what takes most goes first"
    assert "https://a199.example" in middleware.rules
    assert len(middleware.locks) <= 51


# --- older pages ---


def older(target: Callable[[Visit], str]) -> Serve:
    """Pages that read well, each with a link to an older one."""

    def serve(visit: Visit) -> None:
        updates = "".join(
            f'<article id="u{visit.path[-2:]}{number}"><time datetime="2026-03-01T1{number}:00:00Z">1{number}:00</time>'
            f"<h2>Bridge {number} is shut</h2><p>The harbour bridge {number} is shut to lorries until noon.</p></article>"
            for number in range(9, 0, -1)
        )
        visit.send(
            answer(f'<html lang="en"><title>Storm</title><a rel="next" href="{target(visit)}">Older</a><main>{updates}</main>'.encode())
        )

    return serve


def next_number(visit: Visit) -> str:
    return f"/live?page={int('0' + visit.path.partition('=')[2]) + 1}"


def test_a_billion_older_pages(tmp_path: Path) -> None:
    hosts = {
        "billion.example": older(next_number),
        "circle.example": older(lambda visit: "/live" if "2" in visit.path else "/live?page=2"),
        "self.example": older(lambda visit: f"{visit.path}#older-{id(visit)}"),
        "inside.example": older(lambda visit: f"http://127.0.0.1:{visit.headers['host'].partition(':')[2]}/"),
        "sub.example": older(lambda visit: f"http://inside.sub.example:{visit.headers['host'].partition(':')[2]}/"),
        "file.example": older(lambda visit: "file:///etc/passwd"),
        "broken.example": older(lambda visit: "http://[::1"),
        "elsewhere.example": older(lambda visit: f"http://circle.example:{visit.headers['host'].partition(':')[2]}/taken"),
    }
    with AttackServer(hosts, {}) as server:
        report = crawl(tmp_path, map(server.url, hosts), older=True, older_at_most=12, names={"inside.sub.example": [["127.0.0.1"]]})
        asked = {host: len(server.asked(host)) for host in hosts}
    assert asked == {host: {"billion.example": 13, "circle.example": 2, "self.example": 1}.get(host, 1) for host in hosts}
    assert not server.intruders
    refused = [url for url, outcome in report.outcomes.items() if outcome not in ("new", "unchanged")]
    assert [report.outcomes[url] for url in refused] == ["refused_address"]
    assert "inside.sub.example" in refused[0]
    assert report.work < 20


# --- addresses ---

INSIDE = [
    *("127.1", "127.0.1", "0177.0.0.1", "017700000001", "0x7f.1", "0x7f000001", "2130706433", "127.0.0.1", "0", "0.0.0.0"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:1::80ff:fffe]", "[fe80::1]", "[fc00::1]", "[fec0::1]"),
    *("10.0.0.1", "172.16.1.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
    *("localhost", "LOCALHOST", "a.localhost", "inside.example", "both.example"),
]


def test_no_spelling_of_a_private_address_is_connected_to(tmp_path: Path) -> None:
    names = {"localhost": [["127.0.0.1", "::1"]], "inside.example": [["10.0.0.1"]], "both.example": [["::1", "127.0.0.1"]]}
    with AttackServer({}, {}) as server:
        urls = {host: server.url(host) for host in INSIDE}
        report = crawl(tmp_path, urls.values(), names=names)
    assert {host: report.outcomes.get(url) for host, url in urls.items()} == dict.fromkeys(INSIDE, "refused_address"), report.messages
    assert not server.intruders
    assert not server.visits


ODD = [
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "localhost.",
    "127.0.0.1.",
    "[fe80::1%25lo]",
    "127.0.0.1%00.example",
    "0x7f.0x0.0x0.0x1",
]


def test_odd_spellings_lead_nowhere(tmp_path: Path) -> None:
    with AttackServer({}, {}) as server:
        report = crawl(tmp_path, map(server.url, ODD), names={"localhost.": [["127.0.0.1"]], "localhost": [["127.0.0.1"]]})
    assert len(report.outcomes) == len(ODD)
    assert set(report.outcomes.values()) <= {"refused_address", "unreachable"}
    assert not server.intruders
    assert not server.visits


# --- names that change ---


def test_a_name_that_turns_private(tmp_path: Path) -> None:
    """The first look-ups of a name give a public address, the next a private one: nobody is connected to what was not checked."""
    hosts = {
        "turns.example": serving(),
        "turns-at-once.example": serving(),
        "both.example": serving(),
        "away.turning.example": serving(),
        "turning.example": with_own("http://away.turning.example:{port}/live"),
    }
    names = {
        "turns.example": [[PUBLIC], ["127.0.0.1"]],  # robots.txt, then the page
        "turns-at-once.example": [[PUBLIC, "127.0.0.1", "::1"], ["127.0.0.1", "::ffff:127.0.0.1"]],
        "both.example": [["127.0.0.1", "::1", PUBLIC, "10.0.0.1"]],
        "away.turning.example": [[PUBLIC], ["127.0.0.1"]],  # where a redirect leads
    }
    asked = ["turns.example", "turns-at-once.example", "both.example", "turning.example"]
    with AttackServer(hosts, {}) as server:
        report = crawl(tmp_path, map(server.url, asked), names=names)
        found = {host: report.outcomes[server.url(host)] for host in asked}
    assert not server.intruders
    assert found == {
        "turns.example": "refused_address",
        "turns-at-once.example": "refused_address",
        "both.example": "new",
        "turning.example": "refused_address",
    }, report.messages


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_connection_asks_the_guard(scheme: str) -> None:
    """Plain or encrypted, the address that was checked is the one connected to."""
    from twisted.internet.testing import MemoryReactorClock
    from twisted.web.client import Agent

    class Reactor(MemoryReactorClock):  # type: ignore[misc]
        pass

    classImplements(Reactor, IReactorPluggableNameResolver)
    reactor = Reactor()
    reactor.nameResolver = StagedNames({"times.example": [["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "::1"], ["9.9.9.9"]]})
    reactor.nameResolver = GuardedResolver(reactor, allow_private=False, exempt=())
    problems = []
    for _ in range(3):
        request = Agent(reactor).request(b"GET", f"{scheme}://times.example/".encode())
        request.addErrback(problems.append)
        reactor.advance(1)
    assert [client[0] for client in reactor.tcpClients] == ["8.8.8.8", "9.9.9.9"]
    assert [type(problem.value).__name__ for problem in problems] == ["DNSLookupError"]


# --- encrypted connections, proxies, what is sent ---


def test_certificates_are_verified(tmp_path: Path) -> None:
    hosts = {"times.example": serving()}
    with AttackServer(hosts, {}, context=self_signed(tmp_path, "times.example")) as server, silent_server() as silent:
        urls = [server.url("times.example", scheme="https"), f"https://silent.example:{silent}/", f"http://silent.example:{silent}/"]
        report = crawl(tmp_path / "archive", urls, settings={"DOWNLOAD_TIMEOUT": 2})
    assert report.outcomes == dict.fromkeys(urls, "unreachable")
    assert not server.visits, "nothing was asked over a connection that nobody vouches for"
    assert report.seconds < 20


def test_no_proxy_is_taken_from_the_environment(tmp_path: Path) -> None:
    with AttackServer({"times.example": serving()}, {}) as server, AttackServer({}, {}) as proxy:
        address = f"http://{PUBLIC}:{proxy.port}"
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        report = crawl(tmp_path, [server.url("times.example")], env={**dict.fromkeys(names, address), "NO_PROXY": ""})
    assert list(report.outcomes.values()) == ["new"]
    assert not proxy.visits
    assert [visit.path for visit in server.visits] == ["/robots.txt", "/live"]
    sent = server.visits[1].headers.keys() - {"", "connection"}
    assert sent == {"host", "accept", "accept-language", "accept-encoding", "user-agent"}, "nothing that tells more"


# --- the real limits ---


def test_the_limits() -> None:
    """What the tests above make smaller or take for granted."""
    assert (settings.DOWNLOAD_MAXSIZE, settings.DOWNLOAD_TIMEOUT, settings.REDIRECT_MAX_TIMES) == (16 * MEGABYTE, 30, 5)
    assert (settings.DOWNLOAD_DELAY, settings.RANDOMIZE_DOWNLOAD_DELAY, settings.STOPPRESS_POLL_GAP) == (1.0, False, 10.0)
    assert (settings.CONCURRENT_REQUESTS_PER_DOMAIN, settings.CONCURRENT_REQUESTS) == (1, 16)
    assert (HEAD_LARGEST, robots.LARGEST, MOST_AT_ONCE, MOST_IN_ALL) == (256 * 1024, 512 * 1024, 500, 10_000)
    for name in ("RETRY", "COOKIES", "REFERER", "HTTPPROXY", "METAREFRESH", "TELNETCONSOLE", "REMOTE_CONTROL"):
        assert getattr(settings, f"{name}_ENABLED") is False, name
    assert settings.DOWNLOAD_VERIFY_CERTIFICATES is True
    assert {scheme for scheme, handler in settings.DOWNLOAD_HANDLERS.items() if handler} == {"http", "https"}
    assert not {"file", "data", "ftp", "s3"} - settings.DOWNLOAD_HANDLERS.keys()


@pytest.mark.parametrize(
    "address", ["fec0::1", "64:ff9b:1::7f00:1", "::127.0.0.1", "2001:0:1::80ff:fffe", "3fff::1", "5f00::1", "192.0.0.1", "198.18.0.1"]
)
def test_addresses_that_only_look_public(address: str) -> None:
    assert not is_public(address)


def test_what_a_redirect_may_not_do() -> None:
    assert may_follow("https://times.example:8443/", "https://www.times.example:8443/live")
    assert not may_follow("https://times.example/", "https://times.example:22/")
    assert not may_follow("https://times.example/", "https://user@times.example/")
