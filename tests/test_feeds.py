"""Feeds as a feed reader meets them: every event once under a name that stays, honest times, and nothing a stranger wrote is markup."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import feedparser
import lxml.html
import pytest
from datasette.app import Datasette
from lxml import etree

from archive import feeds
from archive.folder import Folder
from archive.identity import slug_of
from archive.model import Capture, Extraction, Update
from archive.opening import open_reader
from archive.query import Query, parse
from archive.store import Archive
from crawler.serving import datasette_for
from tests.rooms import ATTACK, HOSTILE, NOON, STORM, get, made, said, storm

ATOM = "{http://www.w3.org/2005/Atom}"
_WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FEEDS = ["/search.%s?q=harbour", "/search.%s", f"/live/{slug_of(STORM)}.%s", "/publisher/echo.%s", "/publisher/evil.example.%s"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return made(tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def room(folder: Folder) -> Datasette:
    return datasette_for(folder)


def atom(room: Datasette, address: str) -> etree._Element:
    answer = get(room, address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return etree.fromstring(answer.content, etree.XMLParser(resolve_entities=False))


def text(element: etree._Element, name: str) -> str | None:
    found: str | None = element.findtext(ATOM + name)
    return found


def entries(room: Datasette, address: str) -> dict[str, etree._Element]:
    return {text(entry, "id") or "": entry for entry in atom(room, address).iter(ATOM + "entry")}


@pytest.mark.parametrize("address", FEEDS)
def test_atom_has_what_the_standard_asks_for(room: Datasette, address: str) -> None:
    feed = atom(room, address % "atom")
    assert feed.tag == ATOM + "feed"
    links = {link.get("rel"): link.get("href") for link in feed.findall(ATOM + "link")}
    assert links["self"] == "http://localhost" + (address % "atom" if "?" in address or "search" not in address else "/search.atom?q=")
    assert get(room, links["alternate"].removeprefix("http://localhost")).status_code == 200
    for holder in (feed, *feed.iter(ATOM + "entry")):
        for name in ("id", "title", "updated"):
            assert len(holder.findall(ATOM + name)) == 1, name
            assert text(holder, name)
        assert _WHEN.fullmatch(text(holder, "updated") or "")
        assert holder.find(f"{ATOM}author/{ATOM}name").text  # type: ignore[union-attr]
        assert re.fullmatch(r"tag:stoppress\.invalid,2025:[!-~]+", text(holder, "id") or "")
    ids = [text(entry, "id") for entry in feed.iter(ATOM + "entry")]
    assert len(ids) == len(set(ids)) > 0
    seen = [text(entry, "updated") or "" for entry in feed.iter(ATOM + "entry")]
    assert seen == sorted(seen, reverse=True)
    assert text(feed, "updated") == seen[0]


@pytest.mark.parametrize("address", FEEDS)
def test_feed_readers_read_them(room: Datasette, address: str) -> None:
    read = feedparser.parse(get(room, address % "atom").content)
    assert not read.bozo
    written = json.loads(get(room, address % "feed.json").text)
    assert [entry.id for entry in read.entries] == [item["id"] for item in written["items"]]
    assert [entry.updated for entry in read.entries] == [item["date_modified"] for item in written["items"]]
    assert written["version"] == "https://jsonfeed.org/version/1.1"
    assert get(room, address % "feed.json").headers["content-type"] == "application/feed+json; charset=utf-8"
    for item in written["items"]:
        assert {"id", "url", "title", "content_html", "date_modified", "authors", "tags"} <= item.keys()
        assert item.keys() <= {"id", "url", "external_url", "title", "content_html", "date_published", "date_modified", "authors",
                               "tags", "language", "_stoppress"}  # fmt: skip


def test_an_edit_and_a_withdrawal_are_entries_of_their_own(room: Datasette) -> None:
    found = entries(room, f"/live/{slug_of(STORM)}.atom")
    kinds = [next(tag.get("term") for tag in entry.findall(ATOM + "category")) for entry in found.values()]
    assert sorted(kinds) == ["edited", "new", "new", "new", "new", "new", "withdrawn"]
    edit = next(entry for name, entry in found.items() if "/edited/" in name)
    assert text(edit, "title") == "Edited: Harbour bridge shut"
    assert text(edit, "updated") == "2025-06-04T14:31:00Z"
    assert text(edit, "published") == "2025-06-04T14:12:00Z"
    content = text(edit, "content") or ""
    assert "<del>all traffic</del>" in content
    assert "<ins>lorries</ins>" in content
    gone = next(entry for name, entry in found.items() if "/withdrawn/" in name)
    assert text(gone, "title") == "Withdrawn: Ferry to run until ten. An extra harbour boat."
    assert text(gone, "updated") == "2025-06-04T14:32:00Z"
    assert "last seen 4 June 2025, 15:31:00 BST" in (text(gone, "content") or "")
    slug = next(iter(name for name in found if "/edited/" in name)).split("/")[1]
    arrived = found[f"tag:stoppress.invalid,2025:entry/{slug}"]
    assert "all traffic" in (text(arrived, "content") or "")  # what it said when it came, not what it says now
    assert "lorries" not in (text(arrived, "content") or "")


def test_a_time_is_a_claim_or_is_not_there(room: Datasette) -> None:
    found = {text(entry, "title"): entry for entry in entries(room, "/publisher/echo.atom").values()}
    assert text(found["Tolls waived"], "published") == "2025-06-04T14:30:00Z"
    assert text(found["No time stated"], "published") is None
    assert "the page gives no time" in (text(found["No time stated"], "content") or "").lower()
    assert text(found["Depot Road open"], "published") is None  # the day alone is no instant
    assert "published 4 June 2025 by its own account" in (text(found["Depot Road open"], "content") or "")
    assert {text(entry, "updated") for entry in found.values()} == {
        "2025-06-04T14:30:00Z", "2025-06-04T14:31:00Z", "2025-06-04T14:32:00Z"
    }  # fmt: skip


@pytest.mark.parametrize("address", ["/search.%s?q=harbour", "/publisher/evil.example.%s", f"/live/{slug_of(HOSTILE + '?' + ATTACK)}.%s"])
def test_nothing_a_stranger_wrote_is_markup(room: Datasette, address: str) -> None:
    answer = get(room, address % "atom")
    assert "<script" not in answer.text
    assert "]]>" not in answer.text
    feed = etree.fromstring(answer.content)
    assert {element.tag.removeprefix(ATOM) for element in feed.iter()} <= {
        "feed", "id", "title", "subtitle", "updated", "link", "author", "name", "generator", "entry", "published", "category", "content"
    }  # fmt: skip
    bodies = [entry.findtext(ATOM + "content") for entry in feed.iter(ATOM + "entry")]
    bodies += [item["content_html"] for item in get(room, address % "feed.json").json()["items"]]
    assert any("harbour" in body for body in bodies)
    for body in bodies:
        elements = list(lxml.html.fragment_fromstring(body, create_parent="div").iter())
        tags = {element.tag for element in elements}
        assert tags <= {"div", "p", "small", "strong", "b", "del", "ins", "h2", "br", "a"}, tags
        for element in elements:
            assert set(element.attrib) <= {"href", "rel"}
            assert not (element.get("href") or "").lower().startswith("javascript:")
    for entry in feed.iter(ATOM + "entry"):
        for link in entry.findall(ATOM + "link"):
            assert (link.get("href") or "").startswith(("http://localhost/", "https://"))
        assert entry.find(ATOM + "title").get("type") is None  # plain text


@pytest.mark.parametrize("address", ["/search.atom?q=a", "/search.feed.json?q=a", "/search.csv?q=a", "/search.json?q=a"])
def test_no_form_is_sniffed_or_indexed(room: Datasette, address: str) -> None:
    headers = get(room, address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "noindex" in headers["x-robots-tag"]
    assert not headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("address", ["/search.atom?q=harbour", f"/live/{slug_of(STORM)}.feed.json"])
def test_what_a_reader_has_already_is_not_sent_again(room: Datasette, address: str) -> None:
    first = get(room, address)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    assert get(room, address).headers["etag"] == tag
    for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"x", W/{tag}'}, {"If-Modified-Since": modified}):
        again = get(room, address, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    old = "Wed, 04 Jun 2025 00:00:00 GMT"
    for headers in ({"If-None-Match": '"x"', "If-Modified-Since": modified}, {"If-Modified-Since": old}, {"If-Modified-Since": "x"}):
        assert get(room, address, headers=headers).status_code == 200


def test_an_empty_feed_is_a_feed(room: Datasette) -> None:
    feed = atom(room, "/search.atom?q=zeppelin")
    assert not feed.findall(ATOM + "entry")
    assert text(feed, "updated") == "2025-06-04T14:30:00Z"  # when the archive began
    assert get(room, "/search.feed.json?q=zeppelin").json()["items"] == []


@pytest.mark.parametrize("form", ["atom", "feed.json", "csv"])
@pytest.mark.parametrize("page", ["/live/nope", "/publisher/nope", "/publisher/%3Cscript%3E"])
def test_unknown_names_are_a_sentence(room: Datasette, page: str, form: str) -> None:
    answer = get(room, f"{page}.{form}")
    assert answer.status_code == 404
    assert "This archive has no" in answer.text
    assert "<" not in answer.text


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("press.example", "http://press.example"),
        ("press.example:8001", "http://press.example:8001"),
        ("[::1]:8001", "http://[::1]:8001"),
        ('evil"><script>', "http://localhost"),
        ("a.example/evil?", "http://localhost"),
        ("user@evil.example", "http://localhost"),
        ("", "http://localhost"),
    ],
)
def test_a_host_nobody_can_have_gets_into_no_address(room: Datasette, host: str, expected: str) -> None:
    feed = etree.fromstring(get(room, "/search.atom?q=harbour", headers={"Host": host}).content)
    links = [link.get("href") for link in feed.iter(ATOM + "link") if link.get("rel") != "via"]
    assert links
    assert all(link.startswith(expected + "/") for link in links)


def test_ids_do_not_change_with_the_address_or_the_feed(room: Datasette) -> None:
    one = entries(room, "/search.atom?q=harbour")
    answer = get(room, "/publisher/echo.atom", headers={"Host": "press.example"})
    other = {entry.findtext(ATOM + "id") for entry in etree.fromstring(answer.content).iter(ATOM + "entry")}
    assert len(set(one) & other) > 3


@pytest.mark.parametrize(
    "q",
    ['"', "\x00", "(" * 300, "a OR " * 500, "-harbour", "is:edited", "is:withdrawn", "live:nope", "😀", "東京", "since:9999-99", ATTACK],
)
def test_no_query_breaks_a_feed(room: Datasette, q: str) -> None:
    for form in ("atom", "feed.json", "csv"):
        assert get(room, f"/search.{form}", q=q).status_code == 200
    etree.fromstring(get(room, "/search.atom", q=q).content)


def test_next_leads_through_everything(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    updates = tuple(Update(source_id=f"n{n}", published=said(n // 60, n % 60), text=f"harbour report {n}") for n in range(180))
    with closing(Archive(folder.archive)) as archive:
        for number in range(3):  # the third look finds 20 of them edited
            changed = tuple(
                Update(source_id=u.source_id, published=u.published, text=u.text + " more") if number == 2 and n < 20 else u
                for n, u in enumerate(updates)
            )
            extraction = Extraction(url=STORM, publisher="echo", live_blog_key="storm", updates=changed)
            archive.record(extraction, Capture(id=number + 1, url=STORM, body=b"", fetched_at=NOON + timedelta(minutes=number)))
    room = datasette_for(folder)
    for form in ("atom", "feed.json"):
        address, seen, pages = f"/search.{form}?q=harbour", set(), 0
        while address and pages < 10:
            if form == "atom":
                feed = atom(room, address)
                seen |= {text(entry, "id") for entry in feed.iter(ATOM + "entry")}
                found = [link.get("href") for link in feed.findall(ATOM + "link") if link.get("rel") == "next"]
            else:
                written = get(room, address).json()
                seen |= {item["id"] for item in written["items"]}
                found = [written["next_url"]] if "next_url" in written else []
            address, pages = found[0].removeprefix("http://localhost") if found else "", pages + 1
        assert len(seen) == 200
        assert pages < 10


@pytest.mark.parametrize("all_known", [5, 500])
def test_a_late_edit_of_an_old_entry_is_found_among_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, all_known: int) -> None:
    monkeypatch.setattr(feeds, "_LOOKED_THROUGH", 5)
    monkeypatch.setattr(feeds, "_ALL_KNOWN", all_known)
    folder = Folder(tmp_path)
    texts = [f"harbour report {n}" for n in range(12)]
    with closing(Archive(folder.archive)) as archive:
        for number in range(3):
            if number:  # all but the oldest are edited at the second look, the oldest at the third
                texts = [text + " again" if (n > 0) == (number == 1) else text for n, text in enumerate(texts)]
            updates = tuple(Update(source_id=f"n{n}", published=said(n), text=text) for n, text in enumerate(texts))
            extraction = Extraction(url=STORM, publisher="echo", live_blog_key="storm", updates=updates)
            archive.record(extraction, Capture(id=number + 1, url=STORM, body=b"", fetched_at=NOON + timedelta(minutes=number)))
    with closing(open_reader(folder.archive)) as connection:
        for query in (parse("harbour"), Query(publisher="echo"), Query(live=slug_of(STORM)), parse("")):
            first = feeds.newest(connection, query, limit=3).events[0]
            assert (first.kind, first.wording.text) == ("edited", "harbour report 0 again")
        assert not feeds.newest(connection, parse("zeppelin")).events


def test_a_change_over_the_end_of_a_paragraph_stays_in_order(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with closing(Archive(folder.archive)) as archive:
        for number, bridge in enumerate(("One two.\n\nThree four.\n\nFive.", "One six.\n\nSeven.\n\nFive <b>.")):
            archive.record(storm(bridge), Capture(id=number + 1, url=STORM, body=b"", fetched_at=NOON + timedelta(minutes=number)))
    found = get(datasette_for(folder), f"/live/{slug_of(STORM)}.feed.json").json()["items"]
    content = next(item["content_html"] for item in found if item["tags"][0] == "edited")
    assert [element.tag for element in lxml.html.fragment_fromstring(content, create_parent="div")].count("p") >= 4
    etree.fromstring(f"<div>{content.replace('<br>', '<br/>')}</div>")  # every tag is closed, none overlaps
    assert "&lt;b&gt;" in content


@pytest.mark.parametrize("page", ["/search?q=harbour+publisher%3Aecho", "/search", f"/live/{slug_of(STORM)}", "/publisher/evil.example"])
def test_pages_name_their_feeds(room: Datasette, page: str) -> None:
    found = lxml.html.document_fromstring(get(room, page).content)
    links = {link.get("type"): link.get("href") for link in found.iterfind('.//head/link[@rel="alternate"]')}
    assert set(links) == {"application/atom+xml", "application/feed+json", "text/csv", "application/json"}
    for kind, address in links.items():
        answer = get(room, address)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert found.xpath("//main//a[@href=$address]", address=address)
    written = etree.fromstring(get(room, links["application/atom+xml"]).content)
    assert len(list(written.iter(ATOM + "entry"))) > 1


@pytest.mark.parametrize(
    "q", ["", "harbour", "harbour OR bridge", '"harbour bridge"', "publisher:echo", "publisher:echo harbour", "is:edited"]
)
def test_no_feed_reads_a_table_from_end_to_end(folder: Folder, monkeypatch: pytest.MonkeyPatch, q: str) -> None:
    """At a million entries a scan takes seconds, here it would go unnoticed: so the plans are looked at."""
    monkeypatch.setattr(feeds, "_LOOKED_THROUGH", 1)
    monkeypatch.setattr(feeds, "_ALL_KNOWN", 0)
    statements: list[str] = []
    with closing(open_reader(folder.archive)) as connection:
        connection.set_trace_callback(statements.append)
        page = feeds.newest(connection, parse(q))
        feeds.older(connection, parse(q), before=page.events[0].position)
        connection.set_trace_callback(None)
        ours = [
            statement for statement in statements if re.match(r"SELECT|WITH", statement) and not re.search(r"'main'\.|IN \(\)", statement)
        ]
        plans = [(statement, row["detail"]) for statement in ours for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert len(ours) >= 8
    # The newest of all entries are read by their position, the last edits by their index: both in that order and up to a limit.
    # Publishers are few. What a subquery goes through is listed by itself.
    bounded = ("SCAN s", "SCAN revisions USING COVERING INDEX revisions_superseded")
    scanned = [
        (detail, statement)
        for statement, detail in plans
        if re.match(r"SCAN (?!\w+ VIRTUAL TABLE INDEX|\d+ CONSTANT|CONSTANT ROW|\(subquery-\d+\)$|wanted|publishers$)", detail)
    ]
    assert [found for found in scanned if not (found[0] in bounded and "LIMIT" in found[1])] == []
    assert not [statement for statement, detail in plans if "TEMP B-TREE" in detail and "revisions WHERE entry_id IN" not in statement]


def test_a_feed_stays_small_however_long_an_update_is(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with closing(Archive(folder.archive)) as archive:
        for number in range(2):
            long = Update(source_id="a", title="Long", html=f"<p><b>harbour</b> {number} {'word ' * 300_000}</p>", published=said(9))
            found = Extraction(url=STORM, publisher="echo", live_blog_key="storm", updates=(long,))
            archive.record(found, Capture(id=number + 1, url=STORM, body=b"", fetched_at=NOON + timedelta(minutes=number)))
    room = datasette_for(folder)
    for form in ("atom", "feed.json"):
        answer = get(room, f"/search.{form}")
        assert len(answer.content) < 60_000
        assert answer.text.count("harbour 0") == answer.text.count("harbour 1") == 1
    assert len(list(etree.fromstring(get(room, "/search.atom").content).iter(ATOM + "entry"))) == 2
