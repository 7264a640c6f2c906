"""A crawler, imports, the site and a long read at the same time: nobody finds the database locked, readers never wait for the writer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.folder import Folder
from archive.opening import open_reader
from archive.verify import verify
from crawler.demo import CLOSES, OPENS, Request, live_urls, render
from crawler.demo.spider import day_in_steps
from crawler.replaying import replay
from tests.conftest import ROOT
from tests.test_crawl import stoppress

SLOWEST_ANSWER = 5.0  # seconds; a tenth of a second is usual, but the machine has four processes at work

# Says the port of the sample site, polls through its morning, then again and again until it is stopped.
CRAWLER = """
import sys
from pathlib import Path
from archive.folder import Folder
from crawler.crawling import crawl_settings, run
from crawler.demo import CLOSES, OPENS, SampleSite
from crawler.demo.spider import SampleSpider, day_in_steps, exempt
with SampleSite(0) as site:
    print(site.port, flush=True)
    settings = crawl_settings(Folder(Path(sys.argv[1])), STOPPRESS_COMMAND="stoppress run", STOPPRESS_EXEMPT=exempt(site), DOWNLOAD_DELAY=0)
    run(SampleSpider, settings, polled=lambda polled: print(polled.outcome, flush=True), site=site, speed=100.0, pause=0.3,
        instants=day_in_steps(OPENS, CLOSES, minutes=30)[:8])
"""


@contextmanager
def started(*arguments: str | Path, errors: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python process whose messages go to a file; ended by its id if it is still there at the end."""
    with errors.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)], stdout=subprocess.PIPE, stderr=file, text=True, cwd=ROOT
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def saved_pages(folder: Path, port: int) -> list[Path]:
    """The sample site's live pages at some moments of its day, a folder each: some older than what is on record, some later."""
    folders = []
    for at in day_in_steps(OPENS + timedelta(minutes=7), CLOSES, minutes=300):
        folders.append(folder / f"{at:%H%M}")
        folders[-1].mkdir(parents=True)
        for number, url in enumerate(live_urls(port)):
            parts = urlsplit(url)
            page = folders[-1] / f"{number}.html"
            page.write_bytes(render(Request(target=parts.path, now=at, host=parts.hostname or "", port=port)).body)
            page.with_name(page.name + ".url").write_text(url)
            os.utime(page, (at.timestamp(), at.timestamp()))
    return folders


def address_of(errors: Path, process: subprocess.Popen[str]) -> str:
    """Where the site is, when it is there."""
    for _ in range(600):
        words = errors.read_text().split()
        found = next((word for word in words if word.startswith("http://")), None)
        if found:
            try:
                urllib.request.urlopen(found, timeout=5).close()
            except OSError:
                pass
            else:
                return found
        assert process.poll() is None, errors.read_text()
        time.sleep(0.05)
    raise AssertionError("the site did not begin to answer within 30 seconds")


def search(site: str) -> float:
    """Ask for what is searched most; return how long the answer took."""
    begun = time.perf_counter()
    with urllib.request.urlopen(f"{site}/search.json?q=storm", timeout=30) as answer:
        assert answer.status == 200
        assert b'"results"' in answer.read()
    return time.perf_counter() - begun


def test_crawler_imports_site_and_a_long_read_together(tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    folder = Folder(tmp_path / "archive")
    messages = {name: tmp_path / f"{name}.err" for name in ("crawler", "site", "import")}
    times: list[float] = []
    with started("-c", CRAWLER, folder.path, errors=messages["crawler"]) as crawler:
        assert crawler.stdout is not None
        port = int(crawler.stdout.readline())
        for _ in range(20):
            assert crawler.stdout.readline() in ("new\n", "unchanged\n")
        with (
            started("-m", "crawler.cli", "serve", "--port", "0", "--archive", folder.path, errors=messages["site"]) as serving,
            closing(open_reader(folder.archive)) as reader,
        ):
            site = address_of(messages["site"], serving)
            reader.execute("BEGIN")
            count = reader.execute("SELECT count(*) FROM entries").fetchone()[0]
            read_all(folder, crawler, messages, tmp_path, port, site, times)
            assert reader.execute("SELECT count(*) FROM entries").fetchone()[0] == count, "a read sees one moment"
            reader.execute("COMMIT")
            assert reader.execute("SELECT count(*) FROM entries").fetchone()[0] > count
    said = "".join(path.read_text() for path in messages.values())
    assert "locked" not in said
    assert "Traceback" not in said
    assert crawler.returncode == 0, said
    record_property("slowest answer of the site, seconds", round(max(times), 3))
    assert max(times) < SLOWEST_ANSWER
    with closing(open_reader(folder.archive)) as connection:
        outcomes = {row[0] for row in connection.execute("SELECT DISTINCT outcome FROM polls")}
    assert outcomes <= {"new", "unchanged", "not_modified"}
    assert verify(folder).problems == ()
    assert replay(folder).is_equal, "what two processes recorded is what the captures say"


def read_all(
    folder: Folder, crawler: subprocess.Popen[str], messages: dict[str, Path], room: Path, port: int, site: str, times: list[float]
) -> None:
    """Search while the crawler polls and pages are imported, see others refused, and stop the crawler."""
    for number, pages in enumerate(saved_pages(room / "pages", port)):
        with started("-m", "crawler.cli", "import", pages, "--archive", folder.path, errors=messages["import"]) as running:
            while running.poll() is None:
                times.append(search(site))
                time.sleep(0.02)
        assert running.returncode == 0, messages["import"].read_text()
        if number == 0:
            for arguments in (("crawl", "http://127.0.0.1:1/live"), ("replay", "--apply"), ("forget", live_urls(port)[0], "--yes")):
                assert crawler.poll() is None, "the crawler is at work meanwhile"
                run = stoppress(*arguments, "--archive", str(folder.path), env={"STOPPRESS_ALLOW_PRIVATE": "1"})
                expected = f"Error: expected no other crawler at work on {folder.path}, found stoppress run (process {crawler.pid})"
                assert (run.returncode, run.stderr.strip()) == (1, expected)
    assert crawler.poll() is None, "the crawler is at work to the end"
    crawler.terminate()
    crawler.wait(timeout=60)
