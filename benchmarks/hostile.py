"""What a hostile page of up to 16 MiB costs: CPU seconds and peak memory until it is read or refused.

    python benchmarks/hostile.py [--quick] [--json] [--only WORD]

Each page is read in a process of its own, by `extract` with the layouts and `as_json`, which normalises every update. The
memory is that process's peak, interpreter and libraries included. Beside it stands what lxml alone takes to parse the page.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

SIZE = 16 * 1024 * 1024 - 1024  # what a crawl receives at most
SECONDS, MEGABYTES = 2.0, 300.0
URL = "https://evil.example/live/storm"
WORDS = b"Rain has reached the coast and the harbour is closed, the mayor says. "
UPDATE = {
    "@type": "BlogPosting",
    "headline": "Update",
    "datePublished": "2026-03-01T11:00:00Z",
    "articleBody": WORDS.decode(),
}


def filled(unit: bytes, *, head: bytes = b"<html><body>", tail: bytes = b"", size: int = SIZE) -> bytes:
    """A page of `size` bytes made of one unit."""
    return head + unit * ((size - len(head) - len(tail)) // len(unit)) + tail


def numbered(unit: str, count: int, *, head: str = "<html><body>", tail: str = "") -> bytes:
    """A page of units with a number and a clock of their own, cut at the size a crawl receives."""
    body = "".join(unit % {"n": n, "h": n // 60 % 24, "m": n % 60} for n in range(count))
    return (head + body + tail).encode()[:SIZE]


def posting(body: bytes) -> bytes:
    return b'<html><script type="application/ld+json">{"@type":"LiveBlogPosting","liveBlogUpdate":[' + body + b"]}</script>"


def postings() -> bytes:
    one = json.dumps(UPDATE)
    return posting((",".join(one.replace('"Update"', f'"Update {n}"') for n in range(70_000)))[: SIZE - 200].rsplit(",{", 1)[0].encode())


def one_body(unit: bytes) -> bytes:
    body = json.dumps(unit.decode() * ((SIZE - 5000) // len(json.dumps(unit.decode())))).encode()
    item = json.dumps({**UPDATE, "articleBody": "@"}).encode()
    return posting(item + b"," + item.replace(b'"@"', body))


def shared_state(levels: int, width: int) -> bytes:
    """A flat list of lists that name the next one again and again, as Nuxt writes its state."""
    flat = [*([[place + 1] * width for place in range(levels)]), {"publishedAt": levels + 1}, "2026-03-01T10:00:00Z", *range(width)]
    return b'<html><body><script id="__NUXT_DATA__" type="application/json">' + json.dumps(flat).encode() + b"</script>"


def state(unit: str, count: int, head: str = "window.__STATE__ = ") -> bytes:
    records = "".join(unit % {"n": n, "h": n // 60 % 24, "m": n % 60} for n in range(count))[: SIZE - 300].rsplit(",{", 1)[0]
    return f'<html><body><div id="app"></div><script>{head}{{"posts":[{records}]}}</script></body></html>'.encode()


POST = '<article id="post-%(n)d"><h2>Title %(n)d</h2><span class="time">%(h)02d:%(m)02d</span><p>It rains at %(n)d.</p></article>'
RECORD = '{"id":%(n)d,"title":"Title %(n)d","published_at":"2026-03-01T%(h)02d:%(m)02d:00Z","body":"Rain has reached the coast."},'

PAGES: dict[str, Callable[[], bytes]] = {
    "a million nested div": lambda: b"<html><body>" + b"<div>" * 1_000_000 + b"x",
    "a million nested b, then closed": lambda: b"<html><body>" + b"<b>" * 1_000_000 + b"x" + b"</b>" * 1_000_000,
    "a million nested mixed tags": lambda: filled(b"<div><span><p><a><li>", size=5_000_000),
    "16 MiB of <a": lambda: filled(b"<a"),
    "16 MiB of <b>": lambda: filled(b"<b>"),
    "16 MiB of nested tables": lambda: filled(b"<table><tr><td>"),
    "a million siblings": lambda: filled(b"<p>Some words</p>"),
    "5 million <br>": lambda: filled(b"<br>"),
    "a million attributes": lambda: b"<html><body><p" + b"".join(b" data-a%d=1" % n for n in range(1_000_000)) + b">x",
    "ten attributes on each": lambda: filled(b'<p id=a class=b data-c=1 data-d=2 data-e=3 title=f lang=en dir=ltr data-g="h" data-i=j>x'),
    "an attribute of 16 MiB": lambda: filled(b"class ", head=b'<html><body><div class="', tail=b'">x</div>'),
    "an attribute of 16 MiB of JSON": lambda: filled(b"[{", head=b"<html><body><div data-x='{", tail=b"'>2026-03-01T10:00:00Z</div>"),
    "16 MiB of text in one p": lambda: filled(WORDS, head=b"<html><body><p>"),
    "16 MiB of spaces": lambda: filled(b" \n\t\r", head=b"<html><body><p>"),
    "16 MiB of letters": lambda: filled(b"x", head=b"<html><body><p>"),
    "16 MiB beyond the first plane": lambda: filled("\U0001f327".encode(), head=b"<html><body><p>"),
    "16 MiB of combining marks": lambda: filled("\u0300\u0316".encode(), head=b"<html><body><p>a"),
    "a flood of entities": lambda: filled(b"&amp;&#128514;&lt;", head=b"<html><body><p>"),
    "entities without end": lambda: filled(b"&", head=b"<html><body><p>"),
    "a comment without end": lambda: filled(b"<!-- -- ", head=b"<html><body><p>x</p>"),
    "a million comments": lambda: filled(b"<!--x-->"),
    "CDATA without end": lambda: filled(b"<![CDATA[ ", head=b"<html><body><p>x</p>"),
    "processing instructions": lambda: filled(b"<?x ?>"),
    "a million empty scripts": lambda: filled(b"<script></script>"),
    "scripts with an instant": lambda: filled(b'<script>x = {"a": "2026-03-01T10:00:00Z"' + b" " * 300 + b"}</script>"),
    "ld+json scripts": lambda: filled(b'<script type="application/ld+json">{"@type":"LiveBlogPosting"}</script>'),
    "ld+json without end": lambda: filled(b'<script type="application/ld+json">'),
    "script types without end": lambda: filled(b"<script "),
    "70,000 updates in JSON-LD": postings,
    "a quote that a script leaves open before a million attributes": lambda: (
        b'<html><body><script>a<b c="</script><p' + b"".join(b" data-a%d=1" % n for n in range(1_000_000)) + b">x"
    ),
    "deep JSON-LD": lambda: filled(b"[", head=b'<html><script type="application/ld+json">', tail=b"</script>"),
    "JSON-LD of objects": lambda: filled(b'{"@graph":[{}]},', head=b'<html><script type="application/ld+json">[', tail=b"{}]</script>"),
    "JSON-LD with slips": lambda: filled(b",   ", head=b'<html><script type="application/ld+json">["LiveBlogPosting', tail=b"</script>"),
    "a body of 16 MiB of text in JSON-LD": lambda: one_body(WORDS),
    "a body of 16 MiB of tags in JSON-LD": lambda: one_body(b"<p>x"),
    "a body of 16 MiB of deep tags in JSON-LD": lambda: one_body(b"<b>"),
    "state with 150,000 records": lambda: state(RECORD, 150_000),
    "state whose parts stand in each other": lambda: shared_state(5, 3000),
    "state of 400,000 places": lambda: shared_state(2, 399_000),
    "state that breaks off": lambda: filled(b'[{"a":"2026-03-01T10:00:00Z","b":', head=b"<html><body><script>x = "),
    "state with undefined": lambda: filled(b'{"a": undefined, "t":1709417007},', head=b"<html><body><script>x = [", tail=b"]</script>"),
    "window.x = { in a row": lambda: filled(b'window.x = {"a', head=b'<html><body><script>"2026-03-01T10:00:00Z"', tail=b"</script>"),
    "escaped JSON in scripts": lambda: filled(b'x("{\\"a\\":1', head=b'<html><body><script>"2026-03-01T10:00:00Z"', tail=b"</script>"),
    "pieces of a Next.js stream": lambda: filled(b'<script>self.__next_f.push([1,"1:{\\"a\\":\\"2026-03-01T10:00:00Z\\"}\\n"])</script>'),
    "JSON: 150,000 records": lambda: state(RECORD, 150_000).split(b"__STATE__ = ")[1].split(b"</script>")[0],
    "JSON: millions of numbers": lambda: filled(b"1,", head=b"[", tail=b"1]"),
    "JSON: millions of objects": lambda: filled(b"{},", head=b'{"posts":[', tail=b"{}]}"),
    "JSON: millions of lists": lambda: filled(b"[],", head=b"[", tail=b"[]]"),
    "JSON: millions of names": lambda: b"{" + b",".join(b'"k%d":0' % n for n in range(1_300_000)) + b"}",
    "JSON: deep": lambda: filled(b'{"a":', head=b""),
    "JSON: strings of markup": lambda: filled(
        b'"<div class=post><time>10:00</time><p>' + WORDS + b'</p></div>",', head=b'{"a":[', tail=b'""]}'
    ),
    "JSON: JSON in strings in strings": lambda: nested_json(),
    "JSON: a number of 16 MiB": lambda: filled(b"9", head=b'{"a":', tail=b"}"),
    # As much as is still read.
    "174,000 siblings": lambda: numbered("<p>Some words %(n)d</p>", 174_000),
    "340,000 list items with clocks": lambda: numbered("<li>%(h)02d:%(m)02d Words %(n)d", 340_000, head="<html><body><ul>"),
    "58,000 blocks with <time>": lambda: numbered(
        '<div class="post"><time datetime="2026-03-01T%(h)02d:%(m)02d:00Z">10:00</time><p>It rains at %(n)d</p></div>', 58_000
    ),
    "43,000 posts with ids": lambda: numbered(POST, 43_000),
    "87,000 items of AMP": lambda: numbered(
        '<div id=p%(n)d data-sort-time="1709417007"><p>It rains</p></div>', 87_000, head="<html><body><amp-live-list><div items>"
    ),
    "87,000 headings with clocks": lambda: numbered("<h3>%(h)02d:%(m)02d</h3><p>It rains at place %(n)d.", 87_000),
    "JSON-LD and 60,000 places with its words": lambda: (
        posting(json.dumps(UPDATE | {"datePublished": None, "identifier": "7"}).encode())
        + b"".join(b'<div id="post-%d"><p>' % n + WORDS + b"</p></div>" for n in range(60_000))
    ),
    "2,000 updates in microdata": lambda: numbered(
        '<div itemprop="liveBlogUpdate" itemscope itemtype="http://schema.org/BlogPosting"><p itemprop="articleBody">Rain.</p></div>',
        2000,
        head='<html><body itemscope itemtype="http://schema.org/LiveBlogPosting">',
    ),
    "60 attributes on each": lambda: numbered("<p " + " ".join(f"data-a{n}=%(m)d" for n in range(60)) + ">", 9_900),
    "attributes in each body of JSON-LD": lambda: posting(
        b",".join([json.dumps({**UPDATE, "articleBody": "<p " + " ".join(f"a{n}" for n in range(99)) + ">x"}).encode()] * 20_000)
    ),
    "half a megabyte of attributes in a body": lambda: posting(
        b",".join([json.dumps({**UPDATE, "articleBody": "<p " + " ".join(f"a{n}" for n in range(80_000)) + ">x"}).encode()] * 25)
    ),
    "half a megabyte of tags in each body": lambda: posting(
        b",".join([json.dumps({**UPDATE, "articleBody": "<p>x<b>y" * 60_000, "identifier": n}).encode() for n in range(30)])
    ),
    "thousands of <time>": lambda: filled(b'<div class="post"><time datetime="2026-03-01T10:00:00Z">10:00</time><p>Words</p></div>'),
    "nested <time>": lambda: filled(b'<div><time datetime="2026-03-01T10:00:00Z">', size=4_000_000),
    "500,000 list items with clocks": lambda: numbered("<li>%(h)02d:%(m)02d Words %(n)d", 500_000, head="<html><body><ul>"),
    "100,000 headings with clocks": lambda: numbered(
        "<h3>%(h)02d:%(m)02d</h3><p>It rains at place %(n)d, witnesses say.</p>", 100_000, head="<title>Live</title><body>"
    ),
    "150,000 posts with ids": lambda: numbered(POST, 150_000),
    "posts within posts": lambda: filled(
        b'<div class="live-post"><span class="time">10:05</span><p>It rains, witnesses say.</p>', size=8_000_000
    ),
    "200 posts of a layout within posts": lambda: numbered(
        '<article id="liveblog-entry-%(n)d" class="liveblog-entry"><p>Rain.</p>', 200, tail=(WORDS * 200_000).decode()
    ),
    "a live list of AMP": lambda: filled(
        b'<div id=p1 data-sort-time="1709417007"><p>It rains</p></div>', head=b"<html><body><amp-live-list><div items>"
    ),
    "microdata": lambda: filled(
        b'<div itemprop="liveBlogUpdate" itemscope itemtype="http://schema.org/BlogPosting"><p itemprop="articleBody">Rain.</p></div>',
        head=b'<html><body itemscope itemtype="http://schema.org/LiveBlogPosting">',
    ),
    "nested microdata": lambda: filled(
        b'<div itemprop="liveBlogUpdate" itemscope itemtype="http://schema.org/LiveBlogPosting">', size=4_000_000
    ),
    "class names of a megabyte": lambda: b"<html><body>" + (b'<p class="' + b"live-" * 200_000 + b'">10:05 x</p>') * 15,
    "wrong meta: UTF-16": lambda: filled(WORDS, head=b"<html><meta charset=utf-16><body><p>"),
    "wrong meta: UTF-7": lambda: filled(b"+AGE-", head=b"<html><meta charset=utf-7><body><p>"),
    "wrong meta: Shift-JIS": lambda: filled("Äußerst ".encode(), head=b"<html><meta charset=shift_jis><body><p>"),
    "wrong meta: ISO-2022-JP": lambda: filled(b'\x1b$B$"', head=b"<html><meta charset=iso-2022-jp><body><p>"),
    "wrong meta: punycode": lambda: filled(b"abc-def", head=b"<html><meta charset=punycode><body><p>"),
    "wrong meta: idna": lambda: filled(b"xn--abc.", head=b"<html><meta charset=idna><body><p>"),
    "wrong meta: unicode_escape": lambda: filled(b"\\ud83d", head=b"<html><meta charset=unicode_escape><body><p>"),
    "true UTF-16": lambda: b"\xff\xfe" + ("<html><body><p>" + "Rain \u4e2d" * 1_190_000).encode("utf-16-le"),
    "UTF-8 that breaks at every letter": lambda: filled(b"\xe4\xf6", head=b"<html><body><p>"),
    "NUL between letters": lambda: filled(b"a\x00", head=b"<html><body>" + b"<p>x</p>" * 1000),
    "NUL and nothing else": lambda: filled(b"\x00", head=b""),
    "byte order marks": lambda: filled(b"\xef\xbb\xbf", head=b""),
    "plain text: one line": lambda: filled(WORDS, head=b""),
    "plain text: a million lines": lambda: filled(b"10:05 Rain falls\n", head=b"Live: storm\n"),
    "plain text: a million short lines": lambda: filled(b"x\n", head=b"Live\n"),
    "plain text: dashes": lambda: filled(b"- x\n", head=b"Live\n"),
    "plain text: ITV's page": lambda: filled(b"7:44am\n", head=b"News stream\n5 updates\n"),
}
ADDRESSES = {"plain text: ITV's page": "http://www.itv.com/news/story/2013-02-26/storm/"}


def nested_json() -> bytes:
    text = '{"posts":[]}'
    while len(text) < SIZE // 3:
        text = json.dumps({"a": text, "b": text[: SIZE // 8]})
    return text.encode()[:SIZE]


def peak() -> float:
    """The most memory this process ever had, in MB (10**6 bytes)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def read_one(path: Path, url: str) -> dict[str, Any]:
    from archive.errors import ExtractionError
    from crawler.extraction import as_json, extract
    from crawler.layouts import layouts
    from crawler.page import Page

    layouts()
    body = path.read_bytes()
    started = time.process_time()
    try:
        found = as_json(extract(Page(url=url, body=body)))
        json.dumps(found)
        outcome = f"read: {len(found['entries']):,} updates, {found['method']}"
    except ExtractionError as error:
        outcome = f"{type(error).__name__}: {error}"
    return {"seconds": time.process_time() - started, "megabytes": peak(), "outcome": outcome[:150]}


def parse_one(path: Path) -> dict[str, Any]:
    import lxml.html

    body = path.read_bytes()
    started = time.process_time()
    with suppress(ValueError, lxml.etree.LxmlError):
        lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(huge_tree=True, encoding="utf-8"))
    return {"seconds": time.process_time() - started, "megabytes": peak()}


def in_process(kind: str, path: Path, url: str, longest: float = 120.0) -> dict[str, Any]:
    command = [sys.executable, __file__, "--child", kind, str(path), url]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=longest)
    except subprocess.TimeoutExpired:
        return {"seconds": longest, "megabytes": 0.0, "outcome": f"not ended after {longest:.0f} s"}
    if done.returncode:
        problem = done.stderr.strip().splitlines()[-1:] or [f"ended with {done.returncode}"]
        return {"seconds": 0.0, "megabytes": 9999.0, "outcome": f"RAISED {problem[0][:150]}"}
    return dict(json.loads(done.stdout))


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within two minutes: every fourth page, lxml alone given up after four seconds.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--only", default="", help="Pages whose name holds this.")
def main(quick: bool, as_json: bool, only: str) -> None:
    names = [name for name in PAGES if only in name][:: 4 if quick else 1]
    slowest, largest, raised = 0.0, 0.0, 0
    if not as_json:
        print(f"{'page':44} {'MiB':>5} {'seconds':>8} {'MB':>6} {'lxml s':>7} {'lxml MB':>7}  outcome")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page"
            path.write_bytes(PAGES[name]())
            url = ADDRESSES.get(name, URL)
            # lxml alone takes minutes for some: that it does not end says enough.
            found, plain = in_process("read", path, url), in_process("parse", path, url, 4.0 if quick else 120.0)
            size = path.stat().st_size / 1024**2
        slowest, largest = max(slowest, found["seconds"]), max(largest, found["megabytes"])
        raised += found["outcome"].startswith(("RAISED", "not ended"))
        over = " <<<" if found["seconds"] > SECONDS or found["megabytes"] > MEGABYTES else ""
        if not as_json:
            row = (
                f"{name:44} {size:5.1f} {found['seconds']:8.2f} {found['megabytes']:6.0f} {plain['seconds']:7.2f} {plain['megabytes']:7.0f}"
            )
            print(f"{row}  {found['outcome'][:90]}{over}", flush=True)
    claims = [
        {
            "name": f"slowest of {len(names)} hostile pages",
            "value": round(slowest, 2),
            "unit": "s",
            "goal": SECONDS,
            "holds": slowest <= SECONDS,
        },
        {"name": "most memory for one", "value": round(largest), "unit": "MB", "goal": MEGABYTES, "holds": largest <= MEGABYTES},
        {"name": "raised anything but ExtractionError", "value": raised, "unit": "", "goal": 0, "holds": raised == 0},
    ]
    if as_json:
        json.dump({"claims": claims}, sys.stdout, indent=1)
        print()
        return
    for claim in claims:
        print(f"{claim['name']:52} {claim['value']:>8} {claim['unit']:3} goal {claim['goal']} {'holds' if claim['holds'] else 'missed'}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        kind, file, address = sys.argv[2:5]
        json.dump(read_one(Path(file), address) if kind == "read" else parse_one(Path(file)), sys.stdout)
    else:
        main()
