"""Following older pages: to the end, once each, and on from where a run was stopped or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archive import backfills
from archive.captures import Captures
from archive.folder import Folder
from archive.opening import open_reader
from archive.store import Archive
from archive.verify import verify
from crawler import backfilling
from crawler.backfilling import Walk, next_older
from crawler.demo import CLOSES, Clock, SampleSite, ledger
from crawler.pipeline import Answer, NoAnswer
from crawler.recorder import Recorder
from tests.conftest import ROOT, Capture, at
from tests.equality import facts
from tests.served import served
from tests.test_crawl import ALLOWED, stoppress

URL = "https://times.example/live/storm"
PAGE_SIZE = 6


def body(updates: list[int], older: str | None) -> bytes:
    """A live page with some updates, newest first, and a link to an older page."""
    clock = {number: f"{number // 60:02}:{number % 60:02}" for number in updates}
    shown = "".join(
        f'<article id="u{number}"><time datetime="2026-03-01T{clock[number]}:00Z">{clock[number]}</time>'
        f"<h2>Bridge {number} is shut</h2><p>The harbour bridge {number} is shut to lorries until noon.</p></article>"
        for number in updates
    )
    link = f'<a rel="next" href="{older}">Older</a>' if older else ""
    return f'<html lang="en"><title>Storm</title>{link}<main>{shown}</main>'.encode()


def page(newest: int, number: int = 1) -> bytes:
    """Page `number` of a live blog whose newest update is `newest` and whose oldest is 1."""
    top = newest - PAGE_SIZE * (number - 1)
    shown = list(range(top, max(0, top - PAGE_SIZE), -1))
    return body(shown, f"?page={number + 1}" if top > PAGE_SIZE else None)


class Walking:
    """An archive in memory, and a crawl of one live blog that a test takes step by step."""

    def __init__(self) -> None:
        self.recorder = Recorder(Archive(), Captures(":memory:"))
        self.clock = at("2026-03-02T12:00:00").timestamp()
        self.asked: list[str] = []

    def step(self, walk: Walk, url: str, content: bytes | str) -> str | None:
        """Poll one address and return which comes next; `content` is a body, or the word a failure is counted under."""
        self.clock += 20
        self.asked.append(url.removeprefix(URL))
        moment = datetime.fromtimestamp(self.clock, UTC)
        item: Answer | NoAnswer
        if isinstance(content, str):
            item = NoAnswer(url=url, at=moment, outcome=content, message="no", walk=walk)
            polled = self.recorder.fail(url, at=moment, outcome=content, message="no")
        else:
            capture = Capture(url=url, body=content, fetched_at=moment, headers={"Content-Type": "text/html"})
            item = Answer(capture=capture, walk=walk)
            polled = self.recorder.receive(capture)
        return next_older(self.recorder.archive, walk, item, polled)

    def run(self, newest: int, *, stop_after: int = 1000, fails: dict[int, str] | None = None) -> list[str]:
        """One run over a live blog, killed after so many polls; returns what it asked for, without the live page's own address."""
        self.asked = []
        walk = Walk(URL)
        url: str | None = URL
        while url and len(self.asked) < stop_after:
            number = int(url.partition("page=")[2] or 1)
            url = self.step(walk, url, (fails or {}).get(number) or page(newest, number))
        return self.asked

    @property
    def entries(self) -> int:
        return int(self.recorder.archive.connection.execute("SELECT count(*) FROM entries").fetchone()[0])

    @property
    def state(self) -> backfills.Backfill | None:
        return backfills.get(self.recorder.archive.connection, URL)


@pytest.fixture
def walking() -> Iterator[Walking]:
    made = Walking()
    yield made
    made.recorder.archive.close()
    made.recorder.captures.close()


def pages(*numbers: int) -> list[str]:
    return ["" if number == 1 else f"?page={number}" for number in numbers]


def test_a_run_goes_on_where_the_one_before_stopped(walking: Walking) -> None:
    assert walking.run(48, stop_after=4) == pages(1, 2, 3, 4)
    assert walking.run(48, stop_after=3) == pages(1, 5, 6), "the front once, then what comes next"
    assert walking.run(48) == pages(1, 7, 8)
    assert walking.entries == 48
    assert walking.state == backfills.Backfill(url=URL, next_url=None, pages=7)
    assert walking.run(48) == pages(1), "all of it is there"


def test_what_came_since_still_joins(walking: Walking) -> None:
    walking.run(48, stop_after=4)
    assert walking.run(51) == pages(1, 5, 6, 7, 8, 9)
    assert walking.entries == 51


def test_what_passed_by_unseen_is_fetched_too(walking: Walking) -> None:
    walking.run(48, stop_after=4)
    assert walking.run(72, stop_after=3) == pages(1, 2, 3), "nothing on the front was there before: it begins anew"
    assert walking.run(72) == pages(1, *range(4, 13)), "and goes on from there after another kill"
    assert walking.entries == 72


def test_a_page_that_fails_is_the_next_one_again(walking: Walking) -> None:
    assert walking.run(48, fails={4: "unreachable"}) == pages(1, 2, 3, 4)
    assert walking.run(48, fails={4: "http_503"}) == pages(1, 4)
    assert walking.run(48, fails={1: "http_503"}) == pages(1), "the front first, or nothing"
    assert walking.run(48) == pages(1, 4, 5, 6, 7, 8)
    assert walking.entries == 48


def test_a_link_to_a_page_that_is_not_there_is_the_end(walking: Walking) -> None:
    assert walking.run(48, fails={4: "http_404"}) == pages(1, 2, 3, 4)
    assert walking.run(48) == pages(1)


def test_a_page_that_is_gone_since_does_not_hold_up_the_rest(walking: Walking) -> None:
    """Guardian pages are named by the update they begin with, which may be withdrawn."""
    walking.run(48, stop_after=3)
    assert walking.run(48, fails={4: "http_404"}, stop_after=4) == pages(1, 4, 2, 3), "anew from the front's own link"


def test_a_circle_ends_also_across_runs(walking: Walking) -> None:
    walk = Walk(URL)
    assert walking.step(walk, URL, body([9, 8], "?page=2")) == f"{URL}?page=2"
    assert walking.step(walk, f"{URL}?page=2", body([7, 6], "?page=3#here")) == f"{URL}?page=3"
    assert walking.step(walk, f"{URL}?page=3", body([5, 4], URL)) is None
    assert walking.state == backfills.Backfill(url=URL, next_url=None, pages=2)


def test_a_billion_older_pages_have_an_end(walking: Walking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfilling, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(backfills, "MOST_IN_ALL", 10)
    asked = [len(walking.run(1000)) for _ in range(5)]
    assert asked == [5, 5, 3, 1, 1]
    assert walking.state == backfills.Backfill(url=URL, next_url=f"{URL}?page=12", pages=10)


def test_a_pinned_update_does_not_join(walking: Walking) -> None:
    """It stands at the top whatever passes below it."""
    walking.run(48, stop_after=2)
    connection = walking.recorder.archive.connection
    assert backfills._joins(connection, URL, at("2026-03-02T13:00:00"))
    connection.execute("UPDATE placements SET pinned = 1")
    assert not backfills._joins(connection, URL, at("2026-03-02T13:00:00"))


# Killed, on the sample site


def asked_for(said: str) -> list[str]:
    """The pages the sample site says it was asked for."""
    return [line.split('"')[1].split()[1] for line in said.splitlines() if '"GET ' in line and "robots.txt" not in line]


def follow(site: SampleSite, folder: Folder, url: str, *, kill_after: int | None = None) -> None:
    command = [sys.executable, "-m", "tests.crawl_older", str(site.port), str(folder.path), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for number, _ in enumerate(process.stdout, start=1):
            if number == kill_after:
                process.kill()
        process.wait(timeout=60)
    assert kill_after or process.returncode == 0


def entries(folder: Folder) -> list[tuple[object, ...]]:
    with closing(Archive(folder.archive)) as archive:
        return [row[:2] + row[4:16] for row in facts(archive.connection)["entries"]]


def test_killed_again_and_again_it_reads_everything_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "PAGE_SIZE", 3)
    with SampleSite(0, clock=Clock(CLOSES), log=True) as site:
        url = next(url for url in site.urls if "ledger" in url)
        undisturbed, killed = Folder(tmp_path / "undisturbed"), Folder(tmp_path / "killed")
        follow(site, undisturbed, url)
        whole = asked_for(capsys.readouterr().err)
        assert len(whole) >= 6, "a page with several older ones"
        for kill_after in (1, 2, 2):
            follow(site, killed, url, kill_after=kill_after)
        follow(site, killed, url)
        asked = asked_for(capsys.readouterr().err)
    assert entries(killed) == entries(undisturbed)
    assert verify(killed).problems == ()
    assert asked.count(whole[0]) == 4, "the front once a run"
    # The page under way at a kill is asked for again, none else is.
    assert all(1 <= asked.count(page) <= 2 for page in whole[1:]), asked
    assert sum(asked.count(page) for page in whole[1:]) <= len(whole[1:]) + 3
    with closing(open_reader(killed.archive)) as connection:
        assert backfills.unfinished(connection, [url]) == []


# The command


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        self.server.paths.append(self.path)
        path, _, number = self.path.partition("?page=")
        content = page(36, int(number or 1)) if path.startswith("/live/") else b""
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    paths: list[str]


@contextmanager
def site() -> Iterator[tuple[_Server, str]]:
    with served(_Server(("127.0.0.1", 0), _Site)) as server:
        server.paths = []
        yield server, f"http://127.0.0.1:{server.server_address[1]}"


def test_ctrl_c_says_what_is_left_and_the_next_run_does_it(tmp_path: Path) -> None:
    with site() as (server, address):
        command = [sys.executable, "-m", "crawler.cli", "crawl", "--older", "--archive", str(tmp_path), f"{address}/live/storm"]
        process = subprocess.Popen(command, env={**os.environ, **ALLOWED}, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        said = [process.stderr.readline(), process.stderr.readline()]
        process.send_signal(signal.SIGINT)
        said.append(process.communicate(timeout=60)[1])
        first = [path for path in server.paths if "live" in path]
        assert process.returncode == 1, said
        assert "run it again to go on there" in said[-1], said
        assert "Traceback" not in said[-1]
        again = stoppress("crawl", "--older", "--json", "--archive", str(tmp_path), f"{address}/live/storm", env=ALLOWED)
        second = [path for path in server.paths if "live" in path][len(first) :]
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["unfinished"] == []
    assert first + second[1:] == ["/live/storm", *(f"/live/storm?page={number}" for number in range(2, 7))]
    assert second[0] == "/live/storm"


def test_a_list_of_addresses(tmp_path: Path) -> None:
    with site() as (server, address):
        listed = tmp_path / "pages.csv"
        listed.write_text(f'url,title\n"{address}/live/a","Storm, the first day"\n\n# {address}/live/no\n{address}/live/b,x\n')
        done = stoppress("crawl", "--json", "--archive", str(tmp_path / "a"), f"{address}/live/a", env=ALLOWED)
        assert done.returncode == 0, done.stderr
        server.paths.clear()
        run = stoppress("crawl", "--json", "--archive", str(tmp_path / "a"), "--from", str(listed), env=ALLOWED)
        asked = [path for path in server.paths if "live" in path]
    assert run.returncode == 0, run.stderr
    assert asked == ["/live/b", "/live/a"], "what was never asked for comes first: after a kill nothing is begun again"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://times.example/a\n\nnonsense\n", "line 3: expected an http or https address, found 'nonsense'"),
        ("url,title\nhttps://times.example/a,A\n,B\nftp://x/,C\n", "line 4: expected an http or https address, found 'ftp://x/'"),
        ("# nothing\n\n", "expected an address, found none"),
    ],
)
def test_a_list_that_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(text)
    for command in (("crawl",), ("watch", "add")):
        run = stoppress(*command, "--archive", str(tmp_path / "a"), "--from", str(listed))
        assert (run.returncode, words in run.stderr) == (2, True), run.stderr
        assert not (tmp_path / "a").exists()
