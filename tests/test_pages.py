"""The reading room in a browser, on the sample archive: each page, and the ways people take through them."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from archive.errors import ArchiveError
from archive.model import Capture, Extraction, Update
from archive.store import Archive
from archive.times import from_iso
from crawler.browser import chromium
from tests.conftest import ROOT
from tests.sample_archive import make

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
NOWHERE = "/entry/nope"
GUST = "Gust of 81mph at Pell Point"  # edited to 88mph, and back


def missing() -> str:
    """Why the pages cannot be looked at here, empty if they can."""
    for module, name in (("playwright", "playwright"), ("axe_playwright_python", "axe-playwright-python")):
        if find_spec(module) is None:
            return f"the extra [browser-tests] is not installed: no {name}"
    try:
        chromium()
    except ArchiveError as error:
        return str(error)
    return ""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a site over an archive, in a process of its own, as people start it."""
    command = [sys.executable, "-m", "crawler.cli", "serve", "--archive", str(folder), "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert server.stderr is not None
        found = re.search(r"http://\S+", server.stderr.readline())
        assert found, "the server says where it is"
        until = time.monotonic() + 30
        while True:
            try:
                httpx.get(found[0] + "/robots.txt", timeout=30)
                break
            except httpx.ConnectError:  # it has its port, and is still reading its plugins
                assert time.monotonic() < until
                time.sleep(0.1)
        yield found[0]
    finally:
        server.terminate()
        server.wait(20)
        if server.stderr:
            server.stderr.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    reason = missing()
    if reason and os.environ.get("STOPPRESS_REQUIRE_BROWSER") == "1":
        pytest.fail(f"STOPPRESS_REQUIRE_BROWSER=1, but {reason}")
    if reason:
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium())
        yield started
        started.close()


@pytest.fixture(scope="module")
def archive(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def site(archive: Path) -> Iterator[str]:
    with served(archive) as address:
        yield address


@pytest.fixture
def opened(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """`opened("/search", **context)`: a page in a context of its own. Whatever a browser complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/", *, base: str = site, viewport: dict[str, int] = WIDE, **options: object) -> Page:
        context = browser.new_context(base_url=base, viewport=viewport, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in ("error", "warning") and said.location["url"] != base + NOWHERE else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
        page.on("request", lambda asked: complaints.append(asked.url) if urlsplit(asked.url).netloc != urlsplit(base).netloc else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def slug(folder: Path, sql: str) -> str:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        found: str = connection.execute(sql).fetchone()[0]
        return found


def addresses(folder: Path) -> dict[str, str]:
    """Each kind of page by name, on the sample archive."""
    storm = slug(folder, "SELECT slug FROM live_blogs WHERE url LIKE '%/storm-morwenna'")
    return {
        "home": "/",
        "search": "/search?q=bridge",
        "nothing": "/search?q=zeppelin+publisher:ledger",
        "live": f"/live/{storm}",
        "long-live": f"/live/{slug(folder, 'SELECT slug FROM live_blogs WHERE url LIKE ' + repr('%eddle-bridge-repair'))}",
        "edited": f"/entry/{slug(folder, 'SELECT slug FROM entries WHERE title = ' + repr(GUST))}",
        "withdrawn": f"/entry/{slug(folder, 'SELECT slug FROM entries WHERE withdrawn_at IS NOT NULL')}",
        "publisher": "/publisher/northmouth_echo",
        "publishers": "/publisher",
        "health": "/-/health",
        "error": NOWHERE,
    }


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe-core finds that keeps somebody out, with an example each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]


def test_what_keeps_somebody_out_is_found(opened: Callable[..., Page]) -> None:
    page = opened("/search?q=bridge")
    page.evaluate("document.querySelector('main input[name=q]').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('main input[name=q]').removeAttribute('placeholder')")
    assert [rule for rule, _ in serious(page)] == ["label"]


NAMES = ("home", "search", "nothing", "live", "long-live", "edited", "withdrawn", "publisher", "publishers", "health", "error")


@pytest.mark.parametrize("name", NAMES)
def test_each_page_is_accessible_and_fits(opened: Callable[..., Page], archive: Path, name: str) -> None:
    """No serious finding of axe-core in either colour scheme, one heading, nothing to scroll sideways at 390 px, no complaint."""
    path = addresses(archive)[name]
    page = opened()
    for scheme, size in (("light", WIDE), ("dark", NARROW)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(path)
        for summary in page.locator("summary").all():
            summary.click()
        assert serious(page) == [], scheme
        assert page.locator("h1").count() == 1
        assert page.title().endswith(" - Stop Press")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, size


@pytest.mark.parametrize(
    "path", ["/archive", "/archive/entries?_search=bridge&kind=key_event&_facet=kind", "/archive?sql=select+1", "/archive/most_edited"]
)
def test_datasette_s_own_pages_are_accessible(opened: Callable[..., Page], path: str) -> None:
    page = opened(path, viewport=NARROW)
    page.wait_for_load_state("networkidle")
    assert serious(page) == []
    assert page.locator(".masthead-links").is_visible()


def test_search_narrow_open_compare_cite(opened: Callable[..., Page]) -> None:
    """The main path: type a word, narrow by the chart, open an entry, see the difference, copy the citation, go on to the next."""
    page = opened()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert page.evaluate("document.activeElement.name") == "q", "the keyboard is in the search box"
    page.keyboard.type("bridge")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=bridge")
    everything = page.locator(".results").inner_text()
    page.locator("svg.bars a", has_text="March 2026").click()
    page.wait_for_url("**/search?q=bridge+since%3A2026-03+until%3A2026-03")
    assert page.locator(".results").inner_text() != everything
    assert all("March 2026" in when for when in page.locator("article .facts").all_inner_texts())
    page.get_by_role("link", name="best").click()
    page.fill("input[name=q]", "gust pell point is:edited")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=GUST).click()
    page.wait_for_url("**/entry/*")

    beside, after = page.locator(".wordings .before"), page.locator(".wordings .after")
    assert beside.first.locator("del").inner_text() == "81mph"
    assert after.first.locator("ins").inner_text() == "88mph"
    assert not after.first.locator("del").is_visible()
    page.get_by_label("in one text").check()
    assert not beside.first.is_visible()
    assert after.first.locator("del").is_visible()
    assert after.first.locator("ins").is_visible()
    page.get_by_label("side by side").check()
    assert beside.first.is_visible()

    page.locator(".copied", has=page.locator("#cite-text")).get_by_role("button", name="Copy").click()
    assert page.locator(".copied [role=status]").first.inner_text() == "Copied"
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"Northmouth Echo, “{GUST}”, update of 3 March 2026, 11:05 GMT, wording 3 as seen")
    assert copied == page.locator("#cite-text").inner_text()
    page.get_by_text("BibTeX", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="BibTeX as a file").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("@misc{stoppress-")

    page.get_by_role("navigation", name="Updates before and after").get_by_role("link").last.click()
    assert page.locator("h1").inner_text() != GUST


def test_a_live_page_leads_to_each_hour_and_to_the_original(opened: Callable[..., Page], archive: Path) -> None:
    page = opened(addresses(archive)["live"])
    times = page.locator(".timeline time").all_inner_texts()
    assert times == sorted(times, reverse=True)
    page.locator(".rhythm svg a", has_text="11:00 to 12:00").click()
    assert page.locator("article:target time").inner_text() == "11:45"
    entry = page.locator("article:target")
    assert entry.get_by_role("link", name="original").get_attribute("href") == "http://echo.localhost:8017/live/storm-morwenna#sandbags"
    page.get_by_role("link", name="oldest first").click()
    times = page.locator(".timeline time").all_inner_texts()
    assert times == sorted(times)
    assert page.locator("article.gone .flag").inner_text() == "withdrawn 12:30"
    page.locator("aside").get_by_role("link", name=GUST).click()
    assert GUST in page.locator("article:target").inner_text()
    assert "on 4 March" not in page.locator("main").inner_text()


def test_a_silence_is_a_line_in_the_timeline(opened: Callable[..., Page], archive: Path) -> None:
    page = opened(addresses(archive)["long-live"])
    assert "20 updates archived of 22 the page says it has" in page.locator("header").last.inner_text()
    assert page.locator("figcaption").inner_text() == "Updates by the week"
    silences = page.locator(".silence")
    assert silences.first.inner_text() == "No update for 2 days"
    assert silences.last.inner_text() == "No update for 36 days"
    after, before = (silences.last.locator(f"xpath={side}-sibling::article[1]//time") for side in ("preceding", "following"))
    assert [after.get_attribute("datetime"), before.get_attribute("datetime")] == ["2025-11-12T10:00:00Z", "2025-10-06T16:30:00Z"]
    page.goto(addresses(archive)["long-live"] + "?only=key")
    assert silences.count() == 0, "between key events nothing is known to be silent"


def test_the_keyboard_is_enough(opened: Callable[..., Page]) -> None:
    page = opened("/search?q=bridge")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["x"] >= 0, "and it can be seen"  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q"
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate("[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]")
        assert focus[0] in ("A", "INPUT", "BUTTON", "SELECT", "SUMMARY", "BODY")
        assert focus[1] != "none" or focus[0] == "BODY", "what has the keyboard can be seen to have it"


def test_nothing_needs_a_script(opened: Callable[..., Page], archive: Path) -> None:
    page = opened(addresses(archive)["edited"], java_script_enabled=False)
    assert page.get_by_role("button", name="Copy").count() == 0
    assert page.locator("#cite-text").is_visible()
    page.get_by_label("in one text").check()
    assert not page.locator(".wordings .before").first.is_visible()
    page.goto(addresses(archive)["edited"] + "?view=inline")
    assert page.get_by_label("in one text").is_checked()
    page.get_by_role("link", name="Search", exact=True).click()
    page.fill("main input[name=q]", "bridge")
    page.select_option("select[name=kind]", "key_event")
    page.get_by_role("button", name="Narrow").click()
    assert page.locator(".chips").inner_text().startswith("kind: key_event")


def test_an_entry_on_paper(opened: Callable[..., Page], archive: Path) -> None:
    page = opened(addresses(archive)["edited"])
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("nav").first.is_visible()
    assert not page.locator(".views").is_visible()
    assert page.locator(".wordings .after del").first.is_visible(), "a change stands in one text"
    assert page.locator("#cite-text").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"


def test_times_are_the_publisher_s_with_utc_on_hover(opened: Callable[..., Page], archive: Path) -> None:
    (there,) = [slug(archive, "SELECT slug FROM live_blogs WHERE url LIKE '%/tempete-morwenna'")]
    page = opened(f"/live/{there}")
    first = page.locator(".timeline time").first
    assert first.inner_text() == "17:55"
    assert first.get_attribute("title") == "3 March 2026, 17:55 CET; 16:55 UTC"


@pytest.mark.parametrize("name", ["search", "live", "publisher", "edited", "health"])
def test_other_forms_of_a_page_are_where_it_says(opened: Callable[..., Page], archive: Path, name: str) -> None:
    """Subscribing: whatever a page names as another form of itself is there, and of the kind it says."""
    page = opened(addresses(archive)[name])
    named = page.eval_on_selector_all("link[rel=alternate]", "links => links.map(link => [link.href, link.type])")
    assert named
    for href, kind in named:
        answer = httpx.get(href)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == kind
    if name in ("search", "live", "publisher"):
        page.get_by_role("link", name="Atom").wait_for()
        shown = page.get_by_role("link", name="Atom").evaluate("link => link.href")
        assert [shown, "application/atom+xml"] in named, "and a person can see it"


def test_a_page_from_the_right_and_words_without_end_fit_a_phone(opened: Callable[..., Page], tmp_path: Path) -> None:
    """Arabic and Hebrew, one word of 600 letters in every field, wide tables and code: nothing scrolls sideways, nothing runs."""
    endless = "Donaudampfschifffahrt" * 30
    table = f"<table><tr>{''.join(f'<td>column{n}</td>' for n in range(30))}</tr></table><pre>{endless}</pre>"
    nine, ten = from_iso("2025-06-04T09:00:00Z"), from_iso("2025-06-04T10:00:00Z")
    first = Update(
        source_id="1", title="أُغلق الجسر أمام الشاحنات", text="الريح تشتد، والميناء مغلق (12:30).", published=nine, kind="key_event"
    )
    second = Update(source_id="2", title=endless, byline=endless, text=f"{endless}\n\nגשר סגור", published=ten, kind="key_event")
    third = Update(source_id="3", html=f"<p>harbour</p>{table}<p><a href='https://a.example/{endless}'>{endless}</a></p>", pinned=True)
    page_read = Extraction(
        url=f"https://a.example/{endless}", publisher=endless, publisher_name=endless, title=f"عاجل {endless}", standfirst=endless,
        language="ar", live_blog_key="x", updates=(first, second, third),
    )  # fmt: skip
    archive = Archive(tmp_path / "archive.db")
    for number, shown in enumerate([page_read, replace(page_read, updates=(first, replace(second, text="short"), third))]):
        capture = Capture(id=number + 1, url=page_read.url or "", body=b"", fetched_at=datetime(2025, 6, 4, 12, number, tzinfo=UTC))
        archive.record(shown, capture)
    (there,) = archive.connection.execute("SELECT slug FROM live_blogs").fetchone()
    entries = [row[0] for row in archive.connection.execute("SELECT slug FROM entries")]
    archive.connection.execute(
        "INSERT INTO polls (url, at, outcome, message) VALUES (?, '2025-06-04T12:30:00Z', 'unreachable', ?)", (endless, endless)
    )
    archive.close()
    paths = [
        "/",
        "/search",
        f"/search?q={endless}",
        f"/publisher/{endless}",
        "/publisher",
        f"/live/{there}",
        "/-/health",
        *(f"/entry/{slug}" for slug in entries),
    ]
    with served(tmp_path) as base:
        page = opened(base=base, viewport=NARROW)
        for path in paths:
            page.goto(path)
            for summary in page.locator("summary").all():
                summary.click()
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, path[:40]
        page.goto(f"/live/{there}")
        right = page.locator("h3", has_text="الجسر")
        assert right.evaluate("heading => getComputedStyle(heading).direction") == "rtl"
        assert right.locator("xpath=ancestor::article").locator(".body").evaluate("body => getComputedStyle(body).direction") == "rtl"
