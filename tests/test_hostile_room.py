"""Whatever stands in the archive stays text: every field of every table holds markup, and no page of ours has more markup for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from datasette.app import Datasette

from archive.folder import Folder
from archive.model import Capture, Extraction, Update
from archive.opening import open_database
from archive.schema import archive_migrations
from archive.store import Archive
from archive.times import from_iso
from crawler.serving import datasette_for
from tests.test_reading_room import get

ATTACK = "x'\"></title></script></textarea>--><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>{{ 7 * 7 }}"
ADDRESSES = (
    "javascript:alert(1)",
    'https://evil.example/"onmouseover="alert(1)" x="',
    f"https://evil.example/?{ATTACK}",
    "data:text/html,x",
)
# Every column with words in it. Times, keys and handles are ours: nothing a page says becomes one.
FIELDS = {
    "publishers": ("name", "zone", "language"),
    "live_blogs": ("title", "standfirst", "language", "kind", "state"),
    "entries": ("title", "byline", "text", "html", "kind", "published_precision", "published_basis", "published_raw"),
    "revisions": ("title", "byline", "text", "html", "published_precision", "published_basis"),
    "captures": ("digest", "outcome"),
    "watches": ("note",),
    "polls": ("outcome", "message"),
}
LINKS = {"publishers": "url", "live_blogs": "url", "entries": "url", "captures": "url", "watches": "url", "polls": "url"}
PLAIN = set(
    "a abbr article aside blockquote body br button code dd del details div dl dt em fieldset figcaption figure footer form g h1 h2 h3 head"
    " header html input ins kbd label legend li link main mark meta nav option p pre rect section select span strong summary svg table"
    " tbody td th thead time title tr ul".split()
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder(tmp_path_factory.mktemp("archive"))
    archive = Archive(folder.archive)
    start = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)
    for number, (host, words) in enumerate([("a.example", "one"), ("b.example", "one"), ("a.example", "two"), ("b.example", "two")]):
        updates = tuple(
            Update(source_id=f"u{place}", title=f"harbour {place}", text=f"harbour {words}", kind="key_event", pinned=place == 1,
                   published=from_iso(f"2025-06-{3 + place % 2:02d}T{place:02d}:00:00Z"))
            for place in range(8)
        )  # fmt: skip
        url = f"https://{host}/live"
        extraction = Extraction(url=url, publisher=host, live_blog_key="live", updates=updates)
        archive.record(extraction, Capture(id=number + 1, url=url, body=b"", fetched_at=start + timedelta(minutes=number)))
    archive.close()
    with closing(open_database(folder.archive, archive_migrations)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(
            "INSERT INTO watches (url, added_at, next_poll_at, failures) VALUES ('u', '2025-06-04T12:00:00Z', '2025-06-04T12:00:00Z', 9)"
        )
        connection.execute("INSERT INTO polls (url, at, outcome) VALUES ('u', '2025-06-04T12:05:00Z', 'new')")
        for table, columns in FIELDS.items():
            for column in columns:
                connection.execute(f"UPDATE {table} SET {column} = 'harbour ' || ?", (ATTACK,))
        for table, column in LINKS.items():
            for number, address in enumerate(ADDRESSES):
                unique = " || '#' || rowid" if table in ("live_blogs", "watches") else ""
                connection.execute(f"UPDATE {table} SET {column} = ?{unique} WHERE rowid % 4 = ?", (address, number))
        connection.execute("UPDATE entries SET withdrawn_at = '2025-06-04T12:30:00Z' WHERE source_id = 'u5'")
        connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('rebuild')")
    return folder


@pytest.fixture(scope="module")
def room(folder: Folder) -> Datasette:
    return datasette_for(folder)


@pytest.fixture(scope="module")
def addresses(folder: Folder) -> list[str]:
    with closing(open_database(folder.archive, archive_migrations)) as connection:
        entries = [row[0] for row in connection.execute("SELECT slug FROM entries")]
        live_blogs = [row[0] for row in connection.execute("SELECT slug FROM live_blogs")]
        publishers = [row[0] for row in connection.execute("SELECT slug FROM publishers")]
    queries = ("harbour", ATTACK, f"publisher:a.example harbour since:{ATTACK}", f'zeppelin live:"{ATTACK}"', "is:withdrawn", "")
    return [
        "/",
        *(f"/search?q={quote(q)}{sort}" for q in queries for sort in ("", "&sort=best")),
        "/publisher",
        *(f"/publisher/{slug}" for slug in publishers),
        *(f"/live/{slug}{how}" for slug in live_blogs for how in ("", "?order=oldest", "?only=key")),
        *(f"/entry/{slug}{how}" for slug in entries for how in ("", "?view=inline")),
        "/-/health",
        f"/entry/{quote(ATTACK, safe='')}",
    ]


def elements(html: str) -> Iterator[tuple[str, Element]]:
    """Every element as a browser would make it of the text, with its name."""
    for element in html5lib.parse(html, namespaceHTMLElements=False).iter():
        if isinstance(element.tag, str):
            yield element.tag.rpartition("}")[2], element


def test_no_page_has_markup_that_is_not_its_own(room: Datasette, addresses: list[str]) -> None:
    assert len(addresses) > 40
    held = 0
    for address in addresses:
        page = get(room, address)
        assert page.status_code == (404 if "script" in urlsplit(address).path else 200), address
        held += "alert(1)" in page.text
        for name, element in elements(page.text):
            what = (address, name, element.attrib)
            if name == "script":
                assert re.fullmatch(r"/static/\w+\.js\?\w+", element.attrib["src"]), what
                assert not element.text, what
            else:
                assert name in PLAIN, what
            assert not [attribute for attribute in element.attrib if attribute.startswith("on") or attribute in ("style", "srcdoc")], what
            for attribute in ("href", "src", "action", "formaction"):
                scheme = urlsplit(element.attrib.get(attribute, "")).scheme
                assert scheme in ("", "http", "https"), what
            assert name != "svg" or element.attrib.get("class") in ("bars", "shares", "meter"), what
    assert held > 40, "the attacks are on the pages, as text"


def test_what_is_not_a_page_is_no_page(room: Datasette, folder: Folder, addresses: list[str]) -> None:
    """JSON and citations are never sent as something a browser renders."""
    slug = next(address for address in addresses if address.startswith("/entry/")).removeprefix("/entry/")
    for address in (
        f"/entry/{slug}.json",
        f"/entry/{slug}.bib",
        f"/entry/{slug}.csl.json",
        "/.json",
        "/search.json?q=harbour",
        "/-/health.json",
    ):
        answer = get(room, address)
        assert answer.status_code == 200, address
        assert "html" not in answer.headers["content-type"], address
        assert answer.headers["x-content-type-options"] == "nosniff"
        if "json" in address:
            json.loads(answer.text)
    assert get(room, f"/entry/{slug}.bib").headers["content-disposition"] == f'attachment; filename="stoppress-{slug}-2.bib"'


def test_a_page_is_light(room: Datasette, addresses: list[str]) -> None:
    sizes = {address: len(get(room, address).content) for address in addresses}
    assert max(sizes.values()) < 100_000, max(sizes, key=lambda address: sizes[address])


def test_a_long_live_blog_comes_in_light_pages(tmp_path: Path) -> None:
    """Two hundred updates, some of them novels: no page over 100 kB, every update on exactly one."""
    archive = Archive(tmp_path / "archive.db")
    long = "".join(f"<p>{'Wind from the <b>north</b> and nothing else. ' * 30}</p>" for _ in range(12))
    updates = tuple(
        Update(source_id=f"u{number}", title=f"Update {number}", html=long if number % 5 == 0 else f"<p>{'Rain. ' * 40}</p>",
               published=from_iso(f"2025-06-04T{number // 60:02d}:{number % 60:02d}:00Z"))
        for number in range(200)
    )  # fmt: skip
    url = "https://a.example/live"
    archive.record(
        Extraction(url=url, publisher="a", live_blog_key="live", updates=updates),
        Capture(id=1, url=url, body=b"", fetched_at=datetime(2025, 6, 4, 12, tzinfo=UTC)),
    )
    (slug,) = archive.connection.execute("SELECT slug FROM live_blogs").fetchone()
    archive.close()
    room = datasette_for(Folder(tmp_path))
    for order in ("newest", "oldest"):
        seen: list[str] = []
        address: str | None = f"/live/{slug}?order={order}"
        while address:
            page = get(room, address)
            assert len(page.content) < 100_000, address
            seen += re.findall(r'<article class="entry[^>]*id="(\w+)"', page.text)
            further = re.search(r'<a rel="next" href="([^"]+)">', page.text)
            address = f"/live/{slug}{further[1].replace('&amp;', '&')}" if further else None
        assert len(seen) == len(set(seen)) == 200
    assert "All of this update" in page.text


def test_each_field_is_on_some_page(room: Datasette, folder: Folder, addresses: list[str]) -> None:
    """The attacks would find nothing in fields that no page shows."""
    where = {
        "live_blogs": {"title": "/live/", "standfirst": "/live/"},
        "entries": {"title": "/search", "text": "/search", "html": "/live/", "byline": "/live/", "published_raw": "/entry/"},
        "revisions": {"title": "/entry/", "text": "/entry/"},
        "publishers": {"name": "/publisher"},
        "captures": {"digest": "/entry/"},
        "polls": {"message": "/-/health", "outcome": "/-/health"},
        "watches": {"note": "/-/health", "url": "/-/health"},
    }
    with closing(open_database(folder.archive, archive_migrations)) as connection:
        connection.execute("UPDATE entries SET published_basis = 'inferred'")
        for table, columns in where.items():
            for column in columns:
                connection.execute(f"UPDATE {table} SET {column} = 'mark{table}{column}'")
        connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('rebuild')")
    pages = {address: get(room, address).text for address in [*addresses, "/search"]}
    for table, columns in where.items():
        for column, start in columns.items():
            assert any(f"mark{table}{column}" in text for address, text in pages.items() if address.startswith(start)), (table, column)
