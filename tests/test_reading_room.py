"""The reading room as a reader meets it: a real Datasette over a small archive, asked through its client."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import re
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from datasette.app import Datasette

from archive import reading
from archive.captures import Captures
from archive.chart import chart
from archive.comparison import side_by_side
from archive.folder import Folder
from archive.identity import slug_of
from archive.model import Capture, Extraction, Update, When
from archive.present import web_address
from archive.query import parse
from archive.search import search
from archive.store import Archive
from crawler.serving import datasette_for, listening_socket

ROOM = Path(__file__).resolve().parent.parent / "datasette"
NOON = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)
ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
STORM, HOSTILE = "https://echo.example/live/storm", "https://evil.example/live/x"


def said(hour: int, minute: int = 0, precision: str = "minute", basis: str = "page") -> When:
    return When(instant=datetime(2025, 6, 4, hour, minute, tzinfo=UTC), precision=precision, basis=basis, raw=f"{hour}.{minute:02d}")


def storm(bridge: str) -> Extraction:
    return Extraction(
        url=STORM,
        publisher="echo",
        publisher_name="Northmouth Echo",
        title="Storm Edda: the day as it happened",
        standfirst="Roads closed.",
        language="en",
        zone="Europe/London",
        live_blog_key="storm",
        declared_count=4,
        updates=(
            Update(
                source_id="d", published=said(14, 12), title="Harbour bridge shut", byline="Orla Fenwick", text=bridge, kind="key_event"
            ),
            Update(
                source_id="c",
                published=said(13, 31),
                text="Ferry to run until ten.\n\nAn extra harbour boat.",
            ),
            Update(
                source_id="b",
                published=said(0, 0, precision="day", basis="url"),
                title="Depot Road open",
                html="<p>Clear <a href='/x'>again</a>.</p>",
            ),
            Update(source_id="a", title="No time stated", text="The harbour wakes."),
        ),
    )


def hostile() -> Extraction:
    return Extraction(
        url=HOSTILE + "?" + ATTACK,
        publisher="evil.example",
        publisher_name=f"Evil {ATTACK}",
        title=f"Live {ATTACK}",
        standfirst=ATTACK,
        language='en" onload="alert(1)',
        zone="../../etc/passwd",
        live_blog_key="x" + ATTACK,
        updates=(
            Update(
                source_id=ATTACK,
                published=said(9),
                title=f"harbour {ATTACK}",
                byline=ATTACK,
                text=f"harbour {ATTACK} \x02mark\x03",
                kind=ATTACK,
            ),
            Update(source_id="2", published=said(8), html=f"<p>harbour</p>{ATTACK}<a href='javascript:alert(1)'>x</a>"),
        ),
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    archive, captures = Archive(folder / "archive.db"), Captures(folder / "captures.db")
    pages = [
        (STORM, storm("The bridge is shut to all traffic.\n\nCracks were found in both spans of the harbour bridge.")),
        (STORM, storm("The bridge is shut to lorries.\n\nA crack was found in the eastern span of the harbour bridge.")),
        (HOSTILE, hostile()),
    ]
    for number, (url, extraction) in enumerate(pages):
        capture = captures.add(Capture(url=url, body=b"page %d" % number, fetched_at=NOON + timedelta(minutes=150 + number)))
        archive.record(extraction, capture)
    # What only a file written by something else can hold.
    archive.connection.execute(
        "UPDATE entries SET url = 'javascript:alert(1)', html = ? WHERE source_id = '2'", (f"<p>harbour</p>{ATTACK}",)
    )
    archive.connection.execute("UPDATE publishers SET url = 'javascript:alert(1)' WHERE slug = 'evil.example'")
    archive.connection.execute("UPDATE entries SET withdrawn_at = '2025-06-04T14:40:00Z' WHERE source_id = 'c'")
    archive.close()
    captures.close()
    return folder / "archive.db"


@pytest.fixture(scope="module")
def room(path: Path) -> Iterator[Datasette]:
    datasette = Datasette(
        files=[str(path)],
        metadata=yaml.safe_load((ROOM / "metadata.yaml").read_text()),
        template_dir=str(ROOM / "templates"),
        plugins_dir=str(ROOM / "plugins"),
        static_mounts=[("static", str(ROOM / "static"))],
        settings={
            "suggest_facets": False,
            "default_page_size": 20,
            "facet_time_limit_ms": 100,
            "sql_time_limit_ms": 1000,
            "num_sql_threads": 0,
        },
    )
    yield datasette
    for database in datasette.databases.values():
        for connection in (database._read_connection, database._write_connection):
            if connection is not None:
                connection.close()


def get(room: Datasette, address: str, **params: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        return await room.client.get(address, params=params or None)

    return asyncio.run(ask())


def slug(path: Path, source_id: str) -> str:
    connection = sqlite3.connect(path)
    try:
        found: str = connection.execute("SELECT slug FROM entries WHERE source_id = ?", (source_id,)).fetchone()[0]
        return found
    finally:
        connection.close()


def test_home_shows_what_is_live_and_latest(room: Datasette) -> None:
    page = get(room, "/")
    assert page.status_code == 200
    assert "Harbour bridge shut" in page.text
    assert "Storm Edda: the day as it happened" in page.text
    assert 'datetime="2025-06-04T14:12:00Z"' in page.text
    assert "4 June 2025, 15:12 BST" in page.text
    assert {"live_now", "latest", "publishers"} <= get(room, "/.json").json().keys()


def test_search_marks_what_it_found(room: Datasette) -> None:
    page = get(room, "/search", q="harbour lorries")
    assert "<mark>lorries</mark>" in page.text
    assert "edited once" in page.text
    assert "1 update," in page.text
    foot = re.compile(r"[1-9]\d* updates from \d+ live pages\.")
    assert foot.search(page.text)[0] == foot.search(get(room, "/").text)[0]  # type: ignore[index]


def test_search_json_has_the_documented_shape(room: Datasette) -> None:
    found = get(room, "/search.json", q="harbour publisher:echo").json()
    assert found.keys() == {"query", "total", "total_is_capped", "results"}
    assert (found["total"], found["total_is_capped"], found["query"]) == (3, False, "harbour publisher:echo")
    assert found["results"][0].keys() == {"slug", "key", "title", "snippet", "published_at", "publisher", "live_blog", "url", "wording"}
    assert "\x02" not in str(found)
    assert get(room, "/search.json", q="harbour", publisher="echo").json() == found


def test_filters_given_as_parameters_end_up_in_the_query(room: Datasette) -> None:
    page = get(room, "/search", **{"q": "harbour since:2020", "from": "2025-06-01", "to": "2025-06-30", "publisher": "echo", "edited": "1"})
    assert page.status_code == 302
    location = httpx.URL(page.headers["location"])
    assert location.params["q"] == "harbour publisher:echo since:2025-06-01 until:2025-06-30 is:edited"
    narrowed = get(room, str(location))
    assert "1 update," in narrowed.text
    assert 'name="from" value="2025-06-01"' in narrowed.text
    assert "/search?q=harbour+since%3A2025-06-01+until%3A2025-06-30+is%3Aedited" in narrowed.text  # drop publisher:


def test_search_says_what_it_left_out_and_how_to_find_more(room: Datasette) -> None:
    page = get(room, "/search", q="zeppelin since:tomorrow publisher:echo")
    assert "since:tomorrow (expected a date" in page.text
    assert "Nothing found" in page.text
    assert "without publisher:echo" in page.text


def test_pages_of_newest_first_neither_miss_nor_repeat(path: Path, tmp_path: Path) -> None:
    archive, captures = Archive(tmp_path / "archive.db"), Captures(tmp_path / "captures.db")
    updates = tuple(Update(source_id=f"n{n}", published=said(n // 60, n % 60), text=f"harbour report {n}") for n in range(150))
    capture = captures.add(Capture(url=STORM, body=b"page", fetched_at=NOON))
    archive.record(Extraction(url=STORM, publisher="echo", live_blog_key="storm", updates=updates), capture)
    archive.close()
    captures.close()
    room = Datasette(files=[str(tmp_path / "archive.db")], template_dir=str(ROOM / "templates"), plugins_dir=str(ROOM / "plugins"))
    for first, kind in (("/search?q=harbour", "entry"), (f"/live/{slug_of(STORM)}", "entry"), ("/search?q=harbour&sort=best", "entry")):
        seen: list[str] = []
        address: str | None = first
        while address:
            page = get(room, address)
            seen += re.findall(rf'<h\d class="untitled"[^>]*><a href="/{kind}/(\w+)"|<article class="entry[^>]*id="(\w+)"', page.text)
            found = re.search(r'<a rel="next" href="([^"]+)">', page.text)
            address = str(httpx.URL("http://x" + address).join(found[1].replace("&amp;", "&"))).removeprefix("http://x") if found else None
        assert len(seen) == len(set(seen)) == 150


@pytest.mark.parametrize(
    "q",
    ['"', '"unclosed', "'; DROP TABLE entries; --", "\x00", "a\x00b:\x00", "(" * 500, "a OR " * 2000, "-a " * 3000, "x" * 10_000,
     "w " * 5000, '"p q" ' * 1600, "*", "a* " * 2500, "NEAR(a b)", "tag:xp1", "{tag} : xp1", "^a", "😀", "東京", "東 " * 3000,
     "publisher:\x00", 'publisher:"', "since:9999-99",
     "since:0000-01-01 until:0000", "before:1", "live:" + "z" * 5000, "\ud7ff\uffff", "%", "a+b", ATTACK, "is:edited is:withdrawn -x",
     "in:history a", "until:0000-02", "byline:* a", "OR", "AND OR -", "kind:" + ATTACK],
    ids=lambda q: repr(q[:20]),
)  # fmt: skip
@pytest.mark.parametrize("sort", ["newest", "best"])
def test_no_query_breaks_the_search(room: Datasette, q: str, sort: str) -> None:
    page = get(room, "/search", q=q, sort=sort)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert get(room, "/search.json", q=q, sort=sort).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/search?before=x&page=y", "/search?before=99999999999999999999", "/search?page=-1", "/search?page=9999999999", "/search?q=%ff%fe",
     "/search?q=a&q=b", "/search?before=-9223372036854775809", "/search?sort=%00"],
)  # fmt: skip
def test_no_parameter_breaks_the_search(room: Datasette, address: str) -> None:
    assert get(room, address).status_code == 200


def test_entry_tells_claim_from_observation_and_shows_its_wordings(room: Datasette, path: Path) -> None:
    page = get(room, f"/entry/{slug(path, 'd')}").text
    assert "Stated by the page" in page
    assert "<del>all traffic</del>" in page
    assert "<ins>lorries</ins>" in page
    assert "4 June 2025, 15:30:00 BST" in page  # first seen
    assert "sha256:" in page
    assert "wording 2 as seen 4 June 2025, 15:31:00 BST" in page
    assert f'href="{STORM}" rel="noopener noreferrer nofollow"' in page


@pytest.mark.parametrize(
    ("source_id", "words"),
    [
        ("b", ["day only", "Only the day in the page", "the page gives the day only", 'datetime="2025-06-04"']),
        ("a", ["The page gives no time for this update", "no time stated"]),
        ("c", ["withdrawn 15:40", "took this update off the page", "<p>Ferry to run until ten.</p>"]),
    ],
)
def test_entry_says_how_much_is_known(room: Datasette, path: Path, source_id: str, words: list[str]) -> None:
    page = get(room, f"/entry/{slug(path, source_id)}").text
    assert [word for word in words if word not in page] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("", "one"),
        ("shut to all", "shut to lorries"),
        ("a  b\n\nc ", " a b\nc"),
        ("same", "same"),
        ("a b " * 20_000, "b a " * 20_000),
        ("!" * 30_000, "?" * 30_000),
        ("x\n" * 9_000 + "y", "z\n" * 9_000),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_two_wordings_side_by_side_lose_nothing(old: str, new: str) -> None:
    sides = side_by_side(old, new)
    assert "".join(run.text for run in sides.old) == old
    assert "".join(run.text for run in sides.new) == new
    assert sides.differ == (old != new)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("https://a.example/x", True), ("http://a.example", True), ("javascript:alert(1)", False), ("JaVaScRiPt:alert(1)", False)]
    + [
        (text, False)
        for text in ("", "//a.example/", "data:text/html,x", "http://", "http://[", " https://a.example", "https://a\n.example", "/x")
    ],
)
def test_only_web_addresses_are_linked(address: str, expected: bool) -> None:
    assert web_address(address) == (address if expected else None)


def test_entry_json_is_its_history(room: Datasette, path: Path) -> None:
    found = get(room, f"/entry/{slug(path, 'd')}.json").json()
    assert found.keys() == {"entry", "wordings", "withdrawn_at"}
    assert [wording["number"] for wording in found["wordings"]] == [1, 2]
    assert found["wordings"][0]["capture"].keys() == {"id", "url", "fetched_at", "digest"}


def test_live_page_is_a_timeline(room: Datasette, path: Path) -> None:
    page = get(room, f"/live/{slug_of(STORM)}").text
    assert "4 updates archived; the page says it has 4" in page
    assert page.rindex("Harbour bridge shut") < page.index("Depot Road open")
    oldest = get(room, f"/live/{slug_of(STORM)}?order=oldest").text
    assert oldest.rindex("Harbour bridge shut") > oldest.index("Depot Road open")
    assert f'href="#{slug(path, "d")}"' in page, "key events stand beside the timeline"
    assert "Ferry to run" not in get(room, f"/live/{slug_of(STORM)}?only=key").text
    assert len(get(room, f"/live/{slug_of(STORM)}.json").json()["entries"]) == 4


def test_the_coverage_of_a_live_page_is_all_of_it_and_names_what_stands_out(archive: Archive) -> None:
    start = datetime(2025, 6, 4, 8, 0, tzinfo=UTC)
    updates = tuple(
        Update(
            source_id=f"u{number}",
            title=f"Update {number}",
            text="words " * 200,
            kind="key_event" if number % 50 == 0 else "post",
            pinned=number == 3,
            published=When(instant=start + timedelta(minutes=number), precision="day" if number == 3 else "minute", basis="page", raw=""),
        )
        for number in range(200)
    )
    url = "https://echo.example/live/long"
    archive.record(
        Extraction(url=url, publisher="echo", live_blog_key="long", updates=updates[::-1]),
        Capture(id=1, url=url, body=b"", fetched_at=start + timedelta(days=1)),
    )
    coverage = reading.coverage(archive.connection, 1)
    assert len(coverage.posts) == 200
    assert coverage.posts == sorted(coverage.posts)
    assert [position for position, at in coverage.posts if at is None] == coverage.pinned
    brief = reading.in_brief(archive.connection, [*coverage.key_events, *coverage.pinned])
    assert [brief[position]["words"] for position in coverage.key_events] == ["Update 0", "Update 50", "Update 100", "Update 150"]
    assert [(row["words"], row["published_at"]) for row in map(brief.get, coverage.pinned) if row] == [("Update 3", None)]


def test_months_narrow_a_search(room: Datasette, path: Path) -> None:
    connection = sqlite3.connect(path)
    facets = search(connection, parse("harbour"), limit=0, facets=True).facets
    assert facets is not None
    assert facets.periods == {"2025-06-04": 5}
    connection.close()
    assert [bar.count for bar in chart({"2025-01": 2, "2025-03": 1}).bars] == [2, 0, 1]  # type: ignore[union-attr]
    assert 'class="bars"' not in get(room, "/search?q=harbour").text  # one month is nothing to compare


def test_a_bar_and_its_row_lead_to_the_same_search(room: Datasette) -> None:
    drawn = chart({"2025-01": 1200, "2025-03": 1})
    picture, table = room.jinja_env.globals["bar_links"](drawn, 'since:2020 "><b>" harbour', "/room")
    bars, rows = (re.findall(r'<a href="([^"]+)"', part) for part in (picture, table))
    assert bars == rows[::-1]
    january = httpx.URL(html.unescape(bars[0]))
    assert (january.path, january.params["q"]) == ("/room/search", '"><b>" harbour since:2025-01 until:2025-01')
    assert "<title>January 2025: 1,200</title>" in picture
    assert re.findall(r"<td[^>]*>([^<]+)", table) == ["1", "1,200"]


def test_publisher_pages(room: Datasette) -> None:
    assert "Northmouth Echo" in get(room, "/publisher").text
    assert "Storm Edda" in get(room, "/publisher/echo").text
    assert get(room, "/publisher/evil.example.json").json()["publisher"]["entries"] == 2


@pytest.mark.parametrize(
    "address", ["/entry/nope", "/live/nope", "/publisher/nope", "/entry/%3Cscript%3E", "/entry/..%2f..", "/nowhere", "/archive/nowhere"]
)
def test_unknown_addresses_are_told_so_in_our_look(room: Datasette, address: str) -> None:
    page = get(room, address)
    if page.status_code == 302:  # Datasette tries its own spelling of the address first
        page = get(room, page.headers["location"])
    assert page.status_code == 404
    assert "Not in this archive" in page.text
    assert '<header class="masthead">' in page.text
    assert "<script>" not in page.text


def test_unknown_addresses_are_json_where_json_was_asked_for(room: Datasette) -> None:
    assert get(room, "/entry/nope.json").json()["status"] == 404


def test_nothing_from_the_archive_is_markup(room: Datasette, path: Path) -> None:
    evil = slug_of(HOSTILE + "?" + ATTACK)
    connection = sqlite3.connect(path)
    slugs = [
        row[0]
        for row in connection.execute(
            "SELECT slug FROM live_blogs WHERE publisher_id = (SELECT id FROM publishers WHERE slug = 'evil.example')"
        )
    ]
    connection.close()
    addresses = [
        "/",
        "/search?q=harbour",
        "/publisher",
        "/publisher/evil.example",
        f"/entry/{slug(path, ATTACK)}",
        f"/entry/{slug(path, '2')}",
    ]
    addresses += [f"/live/{name}" for name in slugs]
    assert evil in slugs
    for address in addresses:
        page = get(room, address)
        assert page.status_code == 200, address
        text = re.sub(r'<script src="/static/\w+\.js\?\w+" defer></script>', "", page.text)  # a file of ours
        assert not re.search(r"<script|<img|<[^>]*\son\w+\s*=|href=\W*javascript", re.sub(r'="[^"]*"', '=""', text)), address
        assert "javascript:" not in "".join(re.findall(r'(?:href|src|action)="([^"]*)"', page.text)), address


@pytest.mark.parametrize(
    "address", ["/", "/search?q=harbour", "/entry/nope", "/robots.txt", "/search.json?q=a", "/static/stoppress.css", "/nowhere"]
)
def test_our_pages_run_no_script_but_files_of_ours(room: Datasette, address: str) -> None:
    headers = get(room, address).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert "noindex" in headers["x-robots-tag"]


@pytest.mark.parametrize(
    "address", ["/archive", "/archive/entries", "/archive/entries?_facet=kind&_search=harbour", "/archive?sql=select+1", "/-/plugins"]
)
def test_datasettes_pages_run_its_own_inline_scripts_only(room: Datasette, address: str) -> None:
    page = get(room, address)
    policy = page.headers["content-security-policy"]
    script_policy = policy.split("script-src ")[1].split(";")[0]
    assert page.status_code == 200
    assert "unsafe-inline" not in script_policy
    scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert scripts
    for script in scripts:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in script_policy


def test_robots_are_asked_to_stay_away(room: Datasette) -> None:
    answer = get(room, "/robots.txt")
    assert answer.text == "User-agent: *\nDisallow: /\n"
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("name", ["most_edited", "withdrawn"])
def test_a_canned_query_is_one_address_away(room: Datasette, name: str) -> None:
    page, answer = get(room, f"/archive/{name}"), get(room, f"/archive/{name}.json?_shape=array")
    assert (page.status_code, answer.status_code) == (200, 200)
    assert all(row["entry"].startswith("/entry/") for row in answer.json())


def test_datasettes_table_page_searches_the_entries(room: Datasette) -> None:
    rows: list[dict[str, Any]] = get(room, "/archive/entries.json?_search=lorries&_shape=array").json()
    assert [row["title"] for row in rows] == ["Harbour bridge shut"]


def test_every_table_and_column_is_described(path: Path) -> None:
    described = yaml.safe_load((ROOM / "metadata.yaml").read_text())["databases"]["archive"]["tables"]
    connection = sqlite3.connect(path)
    names = [
        row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")
    ]
    missing = [name for name in names if not described.get(name, {}).get("description")]
    for name in names:
        if not described.get(name, {}).get("hidden"):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info([{name}])")]
            assert list(described[name]["columns"]) == columns, name
    connection.close()
    assert missing == []
    assert set(described) <= set(names), "described, but not in the schema"


def test_there_is_no_package_to_shadow_the_library() -> None:
    assert not list(ROOM.rglob("__init__.py"))


def test_pictures_and_embeds_are_shown_as_links_and_an_update_without_words_says_what_it_was(tmp_path: Path) -> None:
    figure = '<figure><img src="/pier.jpg"><figcaption>The pier. Photograph: A. Person</figcaption></figure>'
    updates = (
        Update(source_id="c", published=said(13), html=figure),
        Update(source_id="b", published=said(12), title="Film", html='<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>'),
        Update(source_id="a", published=said(11)),
    )
    folder = Folder(tmp_path)
    archive = Archive(folder.archive)
    archive.record(replace(storm(""), updates=updates), Capture(id=1, url=STORM, body=b"", fetched_at=NOON))
    archive.close()
    room = datasette_for(folder)
    page = get(room, f"/live/{slug_of(STORM)}").text
    rel = 'rel="noopener noreferrer nofollow"'
    assert (
        f'<figure><a href="https://echo.example/pier.jpg" {rel}>Picture</a><figcaption>The pier. Photograph: A. Person</figcaption>' in page
    )
    assert f'<a href="https://www.youtube.com/watch?v=abcdefghijk" {rel}>Embedded video at youtube.com</a>' in page
    assert "An update without words." in page
    assert page.count('<span class="flag quiet">media</span>') == 1
    assert not re.search("<(?:img|iframe|video)", page)
    assert "A picture or an embed, without words" in get(room, "/search", q="kind:media").text
    assert "<figcaption>The pier." in get(room, f"/entry/{slug(folder.archive, 'c')}").text


def test_answers_are_sent_at_once() -> None:
    """asyncio turns off the waiting for more to send only for sockets that say they are TCP; with it, each answer took 44 ms."""
    with listening_socket("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_nothing_found_says_what_would_be(room: Datasette) -> None:
    meant = get(room, "/search", q="harbuor publisher:echo").text
    assert "Did you mean" in meant
    assert 'href="/search?q=harbour+publisher%3Aecho">harbour</a> <span class="soft">3</span>' in meant
    earlier = get(room, "/search", q="lorries -lorries").text
    assert "Earlier wordings do" not in earlier
    earlier = get(room, "/search", q="traffic").text
    assert 'href="/search?q=traffic+in%3Ahistory">Earlier wordings do</a>: <span class="soft">1</span>' in earlier
    shown = get(room, "/search", q="traffic", history="1")
    found = get(room, shown.headers["location"]).text
    assert "in an earlier wording" in found
    assert "<mark>traffic</mark>" in found
    assert get(room, "/search.json", q="traffic in:history").json()["results"][0]["wording"] == 1


def test_the_archive_is_read_where_the_system_keeps_it(room: Datasette) -> None:
    mapped = asyncio.run(room.get_database("archive").execute_fn(lambda connection: connection.execute("PRAGMA mmap_size").fetchone()[0]))
    assert mapped >= 1_000_000_000
