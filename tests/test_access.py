"""Who may read what: on loopback and read-only unless told, behind a password, behind a proxy, and as snippets alone."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from datasette import hookimpl
from datasette.app import Datasette
from datasette.plugins import pm
from lxml import etree

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.identity import slug_of
from archive.model import Capture, Extraction, Update
from archive.store import Archive
from crawler import serving
from crawler.cli import main
from crawler.serving import Site, datasette_for
from tests.rooms import NOON, STORM, get, made, said

OURS = ["/", "/.json", "/search", "/search.json?q=a", "/search.atom", "/search.feed.json", "/search.csv", "/publisher", "/publisher/echo",
        f"/live/{slug_of(STORM)}", f"/live/{slug_of(STORM)}.json", f"/live/{slug_of(STORM)}.csv", "/-/openapi.json",
        "/-/health", "/-/health.json"]  # fmt: skip
DATASETTES = ["/archive", "/archive/entries", "/archive/entries.json", "/archive/entries.csv?_stream=on", "/archive/most_edited.json",
              "/archive.json?sql=select+text+from+main.entries", "/archive/entry_history.json", "/archive/revisions.json"]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return made(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def key() -> Iterator[None]:
    """A plugin that takes whoever says `Authorization: Bearer sesame` for desk."""

    class Keys:
        __name__ = "keys"

        @hookimpl
        def actor_from_request(self, request: Any) -> dict[str, str] | None:
            return {"id": "desk"} if request.headers.get("authorization") == "Bearer sesame" else None

    plugin = Keys()
    pm.register(plugin, "test-keys")
    yield
    pm.unregister(plugin)


@pytest.mark.usefixtures("key")
def test_a_password_is_asked_for_on_every_page(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "metadata.yaml").write_text("allow: {id: desk}\n")
    room = datasette_for(folder, Site(metadata=tmp_path / "metadata.yaml"))
    for address in [*OURS, *DATASETTES, "/entry/nope", "/live/nope.atom"]:
        answer = get(room, address)
        assert answer.status_code == 403, address
        assert "harbour" not in answer.text
    for address in OURS + DATASETTES:
        assert get(room, address, headers={"Authorization": "Bearer sesame"}).status_code == 200, address
    assert get(room, "/robots.txt").status_code == 200


def test_without_one_everybody_on_this_machine_may_read(folder: Folder) -> None:
    room = datasette_for(folder)
    assert [address for address in OURS + DATASETTES if get(room, address).status_code != 200] == []


@pytest.mark.parametrize("text", ["- a list", "just words", "a: [", "\x00"])
def test_a_file_that_is_no_metadata_is_a_sentence(folder: Folder, tmp_path: Path, text: str) -> None:
    (tmp_path / "metadata.yaml").write_text(text)
    with pytest.raises(ArchiveError, match=r"expected .*metadata\.yaml"):
        datasette_for(folder, Site(metadata=tmp_path / "metadata.yaml"))


def test_metadata_is_laid_over_ours(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text(json.dumps({"title": "The Vale", "databases": {"archive": {"title": "Ours"}}}))
    room = datasette_for(folder, Site(metadata=tmp_path / "metadata.json"))
    assert room.metadata("title") == "The Vale"
    assert room.metadata("title", database="archive") == "Ours"
    assert "most_edited" in room.metadata("queries", database="archive")


# Behind a proxy


def raw(room: Datasette, address: str) -> httpx.Response:
    """Ask for an address as it stands: Datasette's own client would put the path of the site before it."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=room.app())) as client:
            return await client.get(f"http://localhost{address}")

    return asyncio.run(ask())


def test_addresses_are_those_of_the_proxy(folder: Folder) -> None:
    room = datasette_for(folder, Site(url="https://news.example/press/"))
    feed = etree.fromstring(get(room, "/search.atom?q=harbour", headers={"Host": "evil.example"}).content)
    links = [link.get("href") for link in feed.iter("{http://www.w3.org/2005/Atom}link") if link.get("rel") != "via"]
    assert links
    assert all(link.startswith("https://news.example/press/") for link in links)
    assert get(room, "/-/openapi.json").json()["servers"] == [{"url": "https://news.example/press"}]
    for prefix in ("/press", ""):  # whether the proxy takes the path away or not
        page = raw(room, f"{prefix}/live/{slug_of(STORM)}")
        assert page.status_code == 200
        inner = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
        assert inner
        assert [link for link in inner if not link.startswith("/press/")] == []


@pytest.mark.usefixtures("key")
def test_a_password_holds_behind_a_proxy(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "metadata.yaml").write_text("allow: {id: desk}\n")
    room = datasette_for(folder, Site(url="https://news.example/press/", metadata=tmp_path / "metadata.yaml"))
    for prefix in ("/press", ""):
        for address in (*OURS, "/%73earch", "//search", "/press/press/search", "/search/", "/SEARCH"):
            answer = raw(room, prefix + address)
            assert "harbour" not in answer.text, address
            assert answer.status_code in (403, 404, 302), address


@pytest.mark.parametrize(
    "url", ["news.example", "ftp://news.example/", "https://a:b@news.example/", "https://news.example/?x", 'https://"/']
)
def test_an_address_that_is_none_is_a_sentence(folder: Folder, url: str) -> None:
    with pytest.raises(ArchiveError, match="expected the http or https address"):
        datasette_for(folder, Site(url=url))


# Snippets


LONG = "The harbour wakes. " + " ".join(f"word{n}" for n in range(60)) + "\n\nThe hidden end. " + " ".join(["more"] * 60)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """An archive whose texts end in `hidden end`: the present wording, an earlier one, one withdrawn, and one with markup of its own."""
    folder = made(tmp_path_factory.mktemp("cut"))
    with closing(Archive(folder.archive)) as archive:
        for number in range(3):
            updates = [
                Update(source_id="4", published=said(15, 4), text=f"{LONG} at the end of wording {number}."),
                Update(source_id="3", published=said(15, 3), text=LONG + " gone"),
                Update(source_id="2", published=said(15, 2), html=f"<p><a href='https://x.example/'>{LONG}</a></p>"),
                Update(source_id="1", published=said(15, 1), text="The harbour sleeps."),
            ]
            if number == 2:
                del updates[1]
            url = "https://long.example/live/x"
            found = Extraction(url=url, publisher="long", live_blog_key="x", updates=tuple(updates), title="Long")
            archive.record(found, Capture(id=50 + number, url=url, body=b"", fetched_at=NOON + timedelta(minutes=300 + number)))
    return folder


def test_snippets_are_all_anybody_sees(cut: Folder) -> None:
    room = datasette_for(cut, Site(snippets=40))
    with closing(sqlite3.connect(cut.archive)) as connection:
        slugs = [row[0] for row in connection.execute("SELECT slug FROM entries")]
        lives = [row[0] for row in connection.execute("SELECT slug FROM live_blogs")]
    addresses = [address for address in OURS if address.startswith(("/", "/search"))] + ["/publisher/long", "/search?q=harbour&sort=best"]
    addresses += [f"/entry/{slug}{form}" for slug in slugs for form in ("", ".json")]
    addresses += [f"/live/{slug}{form}" for slug in lives for form in ("", ".json", ".atom", ".feed.json", ".csv", "?order=oldest")]
    addresses += [f"/search{form}?q=publisher%3Along" for form in ("", ".json", ".atom", ".feed.json", ".csv")]
    seen = 0
    for address in addresses:
        answer = get(room, address)
        assert answer.status_code == 200, address
        assert "hidden end" not in answer.text, address
        assert "word45" not in answer.text, address
        seen += "word20" in answer.text
    assert seen > 15  # the beginning is there, in every form
    whole = datasette_for(cut)
    assert sum("hidden end" in get(whole, address).text for address in addresses) > 15


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", ""),
        ("one two", "one two"),
        (" one\n\ntwo  three four ", " one\n\ntwo  three \u2026"),
        ("one two three ", "one two three "),
        ("x" * 100, "x" * 36 + " \u2026"),
        ("東京の橋は閉鎖された", "東京の橋は閉 \u2026"),
    ],
)
def test_the_first_three_words(folder: Folder, text: str | None, expected: str | None) -> None:
    datasette_for(folder)  # which loads the plugins
    plugin = next(plugin for plugin in pm.get_plugins() if getattr(plugin, "__file__", "").endswith("/plugins/snippets.py"))
    assert plugin.first_words(text, 3) == expected


def test_snippets_close_datasettes_own_pages(cut: Folder) -> None:
    room = datasette_for(cut, Site(snippets=40))
    for address in DATASETTES:
        answer = get(room, address)
        assert answer.status_code == 403, address
        assert "hidden end" not in answer.text
    assert get(room, "/archive.db").status_code in (403, 404)


def test_a_search_shows_forty_words_round_what_it_found(cut: Folder) -> None:
    """The limit that the guide states: who knows a word gets its surroundings."""
    room = datasette_for(cut, Site(snippets=40))
    (hit, *_) = get(room, "/search.json", q="hidden").json()["results"]
    assert "hidden" in hit["snippet"]
    assert len(hit["snippet"].split()) <= 42


# The command line


@pytest.mark.parametrize(("host", "warns"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_serve_says_who_can_read(folder: Folder, monkeypatch: pytest.MonkeyPatch, host: str, warns: bool) -> None:
    served: list[Site] = []

    def serve(folder: Folder, listener: Any, site: Site, *, processes: int) -> None:
        assert processes == 1
        listener.close()
        served.append(site)

    monkeypatch.setattr(serving, "serve", serve)
    arguments = ["serve", "--port", "0", "--host", host, "--url", "https://news.example/", "--snippets", "50"]
    done = CliRunner().invoke(main, [*arguments, "--archive", str(folder.path)], catch_exceptions=False)
    assert done.exit_code == 0
    assert ("can read the archive" in done.stderr) == warns
    assert served == [Site(url="https://news.example/", snippets=50)]
    assert CliRunner().invoke(main, ["serve", "--snippets", "10", "--archive", str(folder.path)]).exit_code == 2


def test_nothing_can_be_written(folder: Folder) -> None:
    room = datasette_for(folder)
    before = folder.archive.read_bytes()
    for sql in (
        "delete+from+entries",
        "update+entries+set+text='x'",
        "insert+into+publishers+values(9,'a','a','','','')",
        "drop+table+entries",
        "attach+'/tmp/x.db'+as+x",
        "pragma+journal_mode=delete",
        "vacuum",
    ):
        assert get(room, f"/archive.json?sql={sql}").status_code == 400, sql
    assert folder.archive.read_bytes() == before
