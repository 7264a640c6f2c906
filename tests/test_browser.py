"""Pages that need a browser: without --browser the sentence, with it the entries, and no way to this machine for their scripts."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path

import pytest

from archive.captures import Captures
from archive.errors import ArchiveError
from archive.folder import Folder
from crawler.browser import chromium
from crawler.scripted import RENDERED_HEADER
from tests.attack_server import AttackServer, Serve, numbered, pouring, serving
from tests.conftest import ROOT
from tests.script_server import ATTACKS, ENTRIES, PAGE, Secret, attack, script_server
from tests.test_attacks import crawl as attacked
from tests.test_crawl import outcomes, stoppress

ALLOWED = {"STOPPRESS_ALLOW_PRIVATE": "1"} | {name: os.environ[name] for name in ("STOPPRESS_CHROMIUM",) if name in os.environ}
TITLES = [entry["title"] for entry in ENTRIES]


def missing() -> str:
    """Why the browser cannot be used here, empty if it can."""
    if find_spec("scrapy_playwright") is None:
        return "the extra [browser] is not installed"
    try:
        chromium()
    except ArchiveError as error:
        return str(error)
    return ""


@pytest.fixture
def browser() -> None:
    reason = missing()
    if reason and os.environ.get("STOPPRESS_REQUIRE_BROWSER") == "1":
        pytest.fail(f"STOPPRESS_REQUIRE_BROWSER=1, but {reason}")
    if reason:
        pytest.skip(reason)


def crawl(folder: Path, exempt: str, *urls: str, **env: str) -> str:
    """Poll with the browser while one host and port is exempt, and nothing else on this machine."""
    command = [sys.executable, "-m", "tests.crawl_with_browser", exempt, str(folder), *urls]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200, env=os.environ | env)
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    return run.stdout


def test_without_the_browser_it_says_what_is_missing() -> None:
    with script_server() as server:
        run = stoppress("extract", f"http://{server.host}/live", env=ALLOWED)
    assert run.returncode == 1
    words = f"its entries are filled in by script (Easy Liveblogs list at http://{server.host}/entries.json)"
    assert f"{words}; poll that address, or crawl with --browser" in run.stderr


@pytest.mark.usefixtures("browser")
def test_with_the_browser_the_entries_are_there(tmp_path: Path) -> None:
    with script_server() as server:
        url = f"http://{server.host}/live"
        run = stoppress("crawl", "--browser", "--contact", "desk@example.org", "--archive", str(tmp_path), url, env=ALLOWED)
        assert run.returncode == 0, run.stderr
        # robots.txt first, the page once, no picture; what the page asks for is asked under our name.
        assert [path for path, _ in server.log] == ["/robots.txt", "/live", "/fill.js", "/entries.json"]
        assert {agent.partition("/")[0] + agent[-20:] for _, agent in server.log} == {"StopPress (+desk@example.org)"}
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        assert [title for (title,) in connection.execute("SELECT title FROM entries ORDER BY id DESC")] == TITLES
    captures = Captures(Folder(tmp_path).captures)
    stored = captures.get(next(iter(captures.ids())))
    captures.close()
    assert stored is not None
    assert {name.lower(): value for name, value in stored.headers.items()}[RENDERED_HEADER] == "chromium"
    assert "Ferries stopped, the harbour office says – and stays so" in stored.body.decode("utf-8"), "though the page says iso-8859-1"


@pytest.mark.usefixtures("browser")
def test_extract_with_the_browser() -> None:
    with script_server() as server:
        run = stoppress("extract", "--browser", "--json", f"http://{server.host}/live", env=ALLOWED)
    assert [entry["title"] for entry in json.loads(run.stdout)["entries"]] == TITLES


@pytest.mark.usefixtures("browser")
def test_an_embed_s_own_frame_is_read(tmp_path: Path) -> None:
    outer = '<html><body><h1>Storm</h1><iframe id="liveblog-iframe" src="/live"></iframe><iframe src="/other"></iframe></body></html>'
    with script_server({"/outer": outer, "/other": "<p>Buy umbrellas.</p>"}) as server:
        assert crawl(tmp_path, server.host, f"http://{server.host}/outer").split()[1:] == ["new", "4"]


@pytest.mark.usefixtures("browser")
def test_no_script_reaches_this_machine_or_its_network(tmp_path: Path) -> None:
    secret = Secret()
    with script_server({f"/{name}": PAGE.format(attack=attack(name, secret=secret.port)) for name in ATTACKS}) as server:
        urls = [f"http://{server.host}/{name}" for name in ATTACKS]
        crawl(tmp_path, server.host, *urls)
    assert secret.visits() == 0
    found = outcomes(tmp_path)
    assert {found.pop(f"http://{server.host}/location")} <= {"new", "unchanged", "no_updates"}  # it may have left before it was filled
    assert set(found.values()) == {"new", "unchanged"}, "and the pages are read all the same"


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("name", ["fetch", "redirected_iframe"])
def test_the_attacks_are_real(tmp_path: Path, name: str) -> None:
    secret = Secret()
    with script_server({"/live": PAGE.format(attack=attack(name, secret=secret.port))}) as server:
        crawl(tmp_path, server.host, f"http://{server.host}/live", STOPPRESS_ALLOW_PRIVATE="1")
    assert secret.visits() > 0, "nothing but the guard keeps them out"


@pytest.mark.usefixtures("browser")
def test_robots_txt_and_redirects_hold_for_the_page(tmp_path: Path) -> None:
    with script_server({"/robots.txt": "User-agent: *\nDisallow: /closed"}) as server:
        closed, away = f"http://{server.host}/closed", f"http://{server.host}/to?http://169.254.169.254/latest/meta-data/"
        crawl(tmp_path, server.host, closed, away)
        assert [path.partition("?")[0] for path, _ in server.log] == ["/robots.txt", "/to"]
    assert outcomes(tmp_path) == {closed: "refused_robots", away: "refused_redirect"}


@pytest.mark.usefixtures("browser")
def test_heads_end_for_the_browser_s_pages_too(tmp_path: Path) -> None:
    hosts: dict[str, Serve] = {
        "headers.example": pouring(b"HTTP/1.1 200 OK\r\n", numbered("h{}: x\r\n")),
        "folded.example": pouring(b"HTTP/1.1 200 OK\r\na: x\r\n", lambda: repeat(b" x\r\n" * 9000)),
        "early.example": pouring(b"", lambda: repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 900)),
        "robots.example": serving(),
    }
    robots = {"robots.example": pouring(b"HTTP/1.1 200 OK\r\n", numbered("h{}: x\r\n"))}
    with AttackServer(hosts, robots) as server:
        report = attacked(tmp_path, map(server.url, hosts), browser=True)
        asked = {host: len(server.asked(host)) for host in hosts}
        urls = {host: server.url(host) for host in hosts}
    found = {host: report.outcomes[url] for host, url in urls.items()}
    assert found == dict.fromkeys(hosts, "too_large") | {"robots.example": "refused_robots"}, report.messages
    assert all("256 KiB of headers" in report.messages[url] for host, url in urls.items() if host != "robots.example"), report.messages
    assert asked == dict.fromkeys(hosts, 1) | {"robots.example": 0}, "and the browser asks for none of them"


@pytest.mark.usefixtures("browser")
def test_a_page_that_never_rests_has_an_end(tmp_path: Path) -> None:
    begun = time.monotonic()
    pages = {
        "/asks": PAGE.format(attack="setInterval(() => fetch('/entries.json?' + Math.random()), 200);"),
        "/hangs": PAGE.format(
            attack="document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: '/never'}))"
        ),
        "/alerts": PAGE.format(attack="alert(1); onbeforeunload = () => 'stay';"),
        "/loops": PAGE.format(attack="while (true) {}"),
    }
    with script_server(pages) as server:
        urls = [f"http://{server.host}{path}" for path in pages]
        said = crawl(tmp_path, server.host, *urls, PAGE_SECONDS="15")
    assert outcomes(tmp_path).pop(urls[-1]) == "unreachable"
    assert {outcomes(tmp_path)[url] for url in urls[:-1]} == {"new", "unchanged"}, said
    assert "the browser was not done with it after 15 s" in said
    assert time.monotonic() - begun < 90


def test_no_browser_is_said_in_a_sentence(tmp_path: Path) -> None:
    if find_spec("scrapy_playwright") is None:
        run = stoppress("extract", "--browser", "http://127.0.0.1:1/live")
        assert "expected the extra [browser] for --browser" in run.stderr
        return
    for env, words in (
        ({"STOPPRESS_CHROMIUM": "/no/such"}, "found no program at STOPPRESS_CHROMIUM"),
        ({"PATH": str(tmp_path)}, "on PATH"),
    ):
        run = stoppress("crawl", "--browser", "--archive", str(tmp_path / "a"), "http://127.0.0.1:1/live", env=env)
        assert run.returncode == 1
        assert words in run.stderr
        assert "Traceback" not in run.stderr


@pytest.mark.usefixtures("browser")
def test_a_browser_that_does_not_start(tmp_path: Path) -> None:
    with script_server() as server:
        url = f"http://{server.host}/live"
        crawl(tmp_path, server.host, url, STOPPRESS_CHROMIUM=shutil.which("false") or "")
    assert outcomes(tmp_path) == {url: "unreachable"}


def test_a_file_is_not_opened_in_a_browser(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>Rain.</p>")
    run = stoppress("extract", "--browser", str(tmp_path / "page.html"))
    assert run.returncode == 1
    assert "expected an http(s) address to open in a browser" in run.stderr


def test_without_browser_nothing_of_it_is_imported() -> None:
    code = "import sys, pathlib, archive.folder, crawler.crawling as it; it.crawl_settings(archive.folder.Folder(pathlib.Path('a')))"
    run = subprocess.run([sys.executable, "-c", f"{code}; print([*sys.modules])"], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "crawler.guard" in run.stdout
    assert "playwright" not in run.stdout
    assert "crawler.browser" not in run.stdout
