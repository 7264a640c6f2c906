"""Discovery: what fronts, feeds and sitemaps lead to, what they must not, and the command that puts it on the watch list."""

from __future__ import annotations

import gzip
import json
import time
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archive import discoveries, watches
from archive.captures import Captures
from archive.errors import ArchiveError, ExtractionError
from archive.folder import Folder
from archive.model import Capture
from archive.opening import open_reader
from archive.store import Archive
from crawler import discovery
from crawler.discovering import fronts
from crawler.discovery import MOST_FOUND, MOST_SITEMAPS, discover, fronts_of, is_front, read_front
from crawler.discovery_signs import badge_sign, title_sign
from crawler.fronts import MOST_ADDED, due_fronts, found_in, record_front, settle
from crawler.layouts import layouts
from crawler.page import Page
from crawler.pipeline import Answer, NoAnswer
from crawler.recorder import Recorder
from tests.conftest import at, page, update
from tests.living_server import Story, living_server
from tests.served import served
from tests.test_crawl import ALLOWED, stoppress
from tests.test_run import Running, until

PAGES = Path(__file__).parent / "pages_discovery"
NOW = at("2026-03-01T12:00:00")


def saved(name: str, url: str = "https://times.example/", fetched_at: datetime = NOW) -> Page:
    return Page.from_file(PAGES / name, url=url, fetched_at=fetched_at)


def paths(found: list[discovery.Found]) -> list[str]:
    return [one.url.removeprefix("https://times.example") for one in found]


# Fronts


def test_badges_in_many_languages_and_forms() -> None:
    found = discover(saved("front.html"))
    assert sorted(paths(found)) == [
        "/coast/bridge-shut-as-gales-arrive",
        "/coast/en",
        "/coast/storm-night-77",
        "/de/sturm-kueste",
        "/it/porto-chiuso",
        "/no/storm",
        "/politics/live/council-vote-2026",
        "/pt/tempestade",
        "/zh/gang-kou",
    ]
    by_path = {one.url.removeprefix("https://times.example"): one for one in found}
    assert by_path["/coast/bridge-shut-as-gales-arrive"].why == "a live badge ('LIVE')"
    assert by_path["/coast/bridge-shut-as-gales-arrive"].title == "Bridge shut as gales arrive"
    assert by_path["/coast/en"].title == "La digue tient, le ferry attend"
    assert by_path["/coast/storm-night-77"].why == "a LiveBlogPosting in the page's data"
    assert by_path["/politics/live/council-vote-2026"].why == "the address has /live/"
    assert all(0.5 <= one.certainty <= 1 for one in found)


@pytest.mark.parametrize(
    "badge",
    "LIVE|Live updates|● Live|EN DIRECT|Direct|DIRETTA|in diretta|Liveticker|Ticker|AO VIVO|Ao minuto|EN VIVO"
    "|Directo|minuto a minuto|DIREKTE|Rechtstreeks|na żywo|Онлайн|مباشر|直播|速報中|실시간|लाइव|trực tiếp|canlı".split("|"),
)
def test_badge_words(badge: str) -> None:
    assert badge_sign(badge)


@pytest.mark.parametrize(
    "words", ["Live music", "Lively", "Alive", "Delivery", "Live TV", "Livestream", "Directions", "Directory", "", "Liverpool"]
)
def test_no_badge_words(words: str) -> None:
    assert badge_sign(words) is None


@pytest.mark.parametrize(
    ("title", "is_live"),
    [
        ("Live: storm closes the port", True),
        ("LIVE Storm closes the port", True),
        ("Guerre en Ukraine, en direct : la soirée", False),
        ("En direct, guerre en Ukraine : la soirée", True),
        ("DIRETTA | Il porto è chiuso", True),
        ("Budget vote: what it means – politics live", True),
        ("Storm live updates as trains stop", True),
        ("Liveticker: Sturm an der Küste", True),
        ("Live music returns to the pier", False),
        ("Where we live now", False),
        ("Liverpool: a portrait", False),
        ("How to live longer", False),
        ("OL-live", False),
    ],
)
def test_titles(title: str, is_live: bool) -> None:
    assert bool(title_sign(title)) is is_live


def test_a_topic_page_of_itv_leads_to_its_stories() -> None:
    topic = saved("itv_topic.html", "http://www.itv.com/news/topic/harbour-wall/", at("2013-02-26T18:00:00"))
    found = discover(topic)
    assert [one.url for one in found] == [
        "http://www.itv.com/news/london/story/2013-02-26/harbour-wall-report/",
        "http://www.itv.com/news/story/2013-02-25/wall-of-water/",
    ]
    assert found[0].why == "the address of a live page of ITV News"
    assert discover(saved("itv_topic.html", "http://www.itv.com/news/topic/harbour-wall/", at("2013-03-26T18:00:00"))) == []


def test_the_layout_says_how_its_addresses_look() -> None:
    body = (
        b'<a href="/world/live/2026/mar/01/storm-latest?page=with:block-1#block-1">Storm: ferries stop</a>'
        b'<a href="/world/live/2026/mar/01/storm-latest?filterKeyEvents=true">Key events</a>'
        b'<a href="/football/live/scores-of-the-day">Live scores of the day</a>'
        b'<div><span>LIVE</span><a href="/world/2026/mar/01/what-we-know">What we know about the storm</a></div>'
    )
    found = discover(Page(url="https://www.theguardian.com/international", body=b"<html><body>" + body, fetched_at=NOW))
    assert [(one.url, one.why) for one in found] == [
        ("https://www.theguardian.com/world/live/2026/mar/01/storm-latest", "the address of a live page of The Guardian")
    ]


def test_every_live_url_is_in_lower_case_and_every_front_is_the_publishers_own() -> None:
    for layout in layouts():
        if layout.live_url is not None:
            assert layout.live_url.search("/About/LIVE") is None
        if layout.fronts and not any(domain.endswith(".localhost") for domain in layout.domains):
            assert set(layout.fronts) <= set(fronts_of(layout.publisher))
    assert fronts_of("ledger") == ()  # built like the Guardian, which has fronts


# Feeds and sitemaps


def test_rss() -> None:
    found = discover(saved("rss.xml", "https://times.example/feed"))
    assert [(path, one.why) for path, one in zip(paths(found), found, strict=True)] == [
        ("/coast/gales-1", "its title begins with 'Live'"),
        ("/coast/gales-2", "its category is 'Live blog'"),
        ("/fr/en-direct/tempete-3", "the address has /en-direct/"),
    ]
    assert found[0].title == "gales reach the coast"
    assert found[0].published is not None
    assert found[0].published.instant == at("2026-03-01T11:00:00")
    assert found[2].title == "Tempête : suivez la soirée"


def test_atom() -> None:
    found = discover(saved("atom.xml", "https://times.example/es/atom.xml"))
    assert paths(found) == ["/es/temporal-1", "/es/puerto-2"]
    assert found[1].title == "El puerto, cerrado"


def test_news_sitemap() -> None:
    found = discover(saved("news_sitemap.xml", "https://times.example/news.xml"))
    assert paths(found) == ["/coast/gales-live-updates-1", "/coast/vote-2", "/coast/keyword-3"]
    assert found[1].published is not None
    assert found[1].published.precision == "day"


def test_a_plain_sitemap_reaches_back_for_years() -> None:
    assert paths(discover(saved("sitemap.xml"))) == ["/live/today-3"]


def test_an_index_of_sitemaps() -> None:
    found, further = read_front(saved("sitemap_index.xml"))
    assert found == []
    assert further == ("https://times.example/sitemaps/news.xml.gz", "https://times.example/sitemaps/march.xml")
    many = "".join(f"<sitemap><loc>https://times.example/{n}.xml</loc></sitemap>" for n in range(5000))
    body = f"<sitemapindex>{many}</sitemapindex>".encode()
    assert len(read_front(Page(url="https://times.example/s.xml", body=body))[1]) == MOST_SITEMAPS


def test_gzip() -> None:
    body = gzip.compress((PAGES / "news_sitemap.xml").read_bytes())
    assert len(discover(Page(url="https://times.example/news.xml.gz", body=body, fetched_at=NOW))) == 3
    with pytest.raises(ExtractionError, match="cannot be inflated"):
        discover(Page(url="https://times.example/news.xml.gz", body=b"\x1f\x8bnothing", fetched_at=NOW))


# Hostile input

_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
BOMBS = {
    "entities in a feed": b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "LIVE">'
    + _LAUGHS
    + b"]><rss><channel><title>&l11;</title></channel></rss>",
    "a file by an entity": b'<!DOCTYPE urlset [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>&f;</loc></url></urlset>',
    "UTF-16": ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE rss [<!ENTITY a "b">]><rss><channel/></rss>').encode("utf-16"),
    "gzip": gzip.compress(b"<urlset>" + b" " * 40 * 1024 * 1024 + b"</urlset>", 9),
    "a feed of 5 MiB": b"<rss><channel>" + b"<item><title>Live: a</title></item>" * 150_000 + b"</channel></rss>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    began = time.perf_counter()
    with pytest.raises(ExtractionError):
        discover(Page(url="https://times.example/feed", body=BOMBS[name], fetched_at=NOW))
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>" + b'<a href="/live/x-1">' * 20_000,
        b"<html><body>"
        + b"".join(b'<div><span class="badge">LIVE</span><a href="/a/%d">A headline of some length</a></div>' % n for n in range(20_000)),
        b"<html><body>" + b"<div><span>LIVE</span>" * 250 + b'<a href="/a">A headline of some length</a>' * 3000,
        b"<html><body>" + b"<b>LIVE</b>" * 30_000,
        b"<rss><channel>"
        + b"<item><title>Live: %s</title><link>https://times.example/a</link></item>" % (b"x" * 100_000) * 30
        + b"</channel></rss>",
        b"<rss><channel>" + b"<item>" * 20_000,
        b"<urlset>" + b"<url><loc>https://times.example/live/storm-1</loc><lastmod>2026-03-01</lastmod></url>" * 60_000 + b"</urlset>",
        b"<rss><channel><item><title>" + b"&lt;" * 100_000 + b"</title><link>https://times.example/live/a-1</link></item></channel></rss>",
        b"<!-- " + b"- " * 100_000 + b"<rss>",
        b"/etc/passwd",
        b"",
        b"{}",
        b"\x00\x01\x02",
    ],
    ids=lambda body: body[:24].decode("ascii", "replace"),
)
def test_hostile_pages_end_soon_and_find_no_more_than_they_may(body: bytes) -> None:
    began = time.perf_counter()
    try:
        found = discover(Page(url="https://times.example/", body=body, fetched_at=NOW))
    except ExtractionError:
        found = []
    assert len(found) <= MOST_FOUND
    assert time.perf_counter() - began < 8


def test_what_is_found_is_bounded_and_the_publishers_own() -> None:
    rows = "".join(
        f'<p><a href="/live/storm-{n}">Storm, day {n}</a></p><a href="http://10.0.0.1/live/a-{n}">LIVE: x</a>' for n in range(1500)
    )
    found = discover(Page(url="https://times.example/", body=f"<html><body>{rows}".encode(), fetched_at=NOW))
    assert len(found) == MOST_FOUND
    assert all(one.url.startswith("https://times.example/") for one in found)


# What is a front


@pytest.mark.parametrize(
    ("name", "url", "front"),
    [
        ("front.html", "https://times.example/", True),
        ("rss.xml", "https://times.example/feed", True),
        ("atom.xml", "https://times.example/feed", True),
        ("news_sitemap.xml", "https://times.example/news.xml", True),
        ("sitemap_index.xml", "https://times.example/index.xml", True),
        ("article.html", "https://times.example/coast/harbour-plan-approved-12", False),
    ],
)
def test_is_front(name: str, url: str, front: bool) -> None:
    assert is_front(saved(name, url)) is front


# The watch list


def capture(name: str, url: str = "https://times.example/") -> Capture:
    return Capture(url=url, body=(PAGES / name).read_bytes(), fetched_at=NOW)


def watched(archive: Archive, url: str, **fields: object) -> watches.Watch:
    with archive.writing() as connection:
        watches.add(connection, [url], at=NOW, **fields)  # type: ignore[arg-type]
    found = watches.get(archive.connection, url)
    assert found is not None
    return found


def test_a_front_on_the_list_puts_what_it_leads_to_there_too(archive: Archive) -> None:
    front = watched(archive, "https://times.example/", note=discoveries.FRONT)
    first = record_front(archive, Answer(capture=capture("front.html"), watch=front))
    assert (first.outcome, first.message) == ("new", "9 live pages found, 9 new on the watch list")
    again = record_front(archive, Answer(capture=capture("front.html"), watch=front))
    assert again.outcome == "unchanged"
    listed = {watch.url: watch for watch in watches.everything(archive.connection)}
    assert len(listed) == 10
    assert [watch.url for watch in due_fronts(listed.values())] == [front.url]
    assert {found.url for found in found_in(saved("front.html"))} == set(listed) - {front.url}
    assert listed["https://times.example/no/storm"].note == "found: a live badge (data-is-live=true), on https://times.example/"
    assert listed["https://times.example/no/storm"].next_poll_at == NOW
    assert listed["https://times.example/"].next_poll_at == NOW + discoveries.EVERY
    assert archive.connection.execute("SELECT count(*) FROM captures").fetchone()[0] == 0


def test_a_front_that_fails_is_asked_less_often(archive: Archive) -> None:
    front = watched(archive, "https://times.example/", note=discoveries.FRONT)
    for _ in range(3):
        record_front(archive, NoAnswer(url=front.url, at=NOW, outcome="unreachable", message="no answer", watch=front))
    found = watches.get(archive.connection, front.url)
    assert found is not None
    assert (found.failures, found.next_poll_at, found.note) == (3, NOW + 8 * discoveries.EVERY, discoveries.FRONT)


def test_a_front_adds_no_more_than_it_may_the_surest_first(archive: Archive) -> None:
    rows = "".join(f'<p><a href="/coast/storm-{n}-live-updates">Storm, day {n}</a></p>' for n in range(100))
    body = f'<html><body>{rows}<p><b>LIVE</b> <a href="/live/vote-2026">Council votes on the budget</a></p>'.encode()
    front = watched(archive, "https://times.example/", note=discoveries.FRONT)
    record_front(archive, Answer(capture=Capture(url=front.url, body=body, fetched_at=NOW), watch=front))
    urls = {watch.url for watch in watches.everything(archive.connection)}
    assert len(urls) == MOST_ADDED + 1
    assert "https://times.example/live/vote-2026" in urls


def test_a_page_without_updates_is_a_front_or_leaves(archive: Archive) -> None:
    front = watched(archive, "https://times.example/")
    said = settle(archive, Answer(capture=capture("front.html"), watch=front), "no_updates")
    assert said == "https://times.example/ is a front, asked for live pages from now on: 9 new on the watch list"
    kept = watches.get(archive.connection, front.url)
    assert kept is not None
    assert discoveries.is_front(kept)
    url = "https://times.example/coast/harbour-plan-approved-12"
    candidate = watched(archive, url, note=f"{discoveries.FOUND}a live badge")
    assert "left the watch list" in str(settle(archive, Answer(capture=capture("article.html", url), watch=candidate), "no_updates"))
    assert watches.get(archive.connection, url) is None
    mine = watched(archive, url, note="mine")
    assert settle(archive, Answer(capture=capture("article.html", url), watch=mine), "no_updates") is None


TOPIC = "http://www.itv.com/news/topic/northmouth/"
LISTED = '<h2><a href="/news/story/2013-03-01/{0}/">{0}, hour by hour</a></h2>'


def topic(*stories: str) -> bytes:
    """A topic page: updates, and links to stories."""
    links = "".join(map(LISTED.format, stories))
    return (PAGES.parent / "pages" / "itv" / "topic.html").read_text().replace("</body>", f"{links}</body>").encode()


def test_a_topic_that_shows_updates_is_asked_for_live_pages_too(archive: Archive) -> None:
    recorder = Recorder(archive, Captures(":memory:"))
    watch = watched(archive, TOPIC)
    moment = at("2013-03-01T12:00:00")

    def poll(*stories: str, url: str = TOPIC) -> str | None:
        nonlocal moment
        moment += timedelta(minutes=1)
        item = Answer(capture=Capture(url=url, body=topic(*stories), fetched_at=moment, status=200), watch=watch)
        return settle(archive, item, recorder.receive(item.capture).outcome)

    assert poll() is None
    assert poll("storm", "flood") == "2 live pages found, 2 new on the watch list", "no update is new, but links are"
    assert poll("storm", "flood") is None
    assert poll("storm", "flood", "fire") == "3 live pages found, 1 new on the watch list"
    assert poll("storm", "flood", "fire", "vote", url="http://www.itv.com/news/story/2013-03-01/bridge/") is None, "stories lead nowhere"
    notes = {item.url: item.note for item in watches.everything(archive.connection)}
    assert str(notes["http://www.itv.com/news/story/2013-03-01/fire/"]).startswith(discoveries.FOUND)
    assert TOPIC in notes
    recorder.captures.close()


def test_what_showed_nothing_is_not_tried_again_at_once(archive: Archive) -> None:
    url = "https://times.example/live/nothing-1"
    archive.record_failure(url, at=NOW, outcome="no_updates", message="no live updates found")
    assert not discoveries.is_wanted(archive.connection, url, at=NOW + timedelta(hours=1))
    assert discoveries.is_wanted(archive.connection, url, at=NOW + timedelta(hours=7))


@pytest.mark.parametrize(
    ("state", "later", "why"),
    [
        ("ended", 0, "its coverage has ended"),
        ("gone", 0, "it is gone"),
        ("live", 8, "nothing on it has changed since 2026-03-01"),
        ("live", 1, None),
    ],
)
def test_what_is_over_leaves(archive: Archive, state: str, later: int, why: str | None) -> None:
    url = "https://times.example/live/storm"
    archive.record(page(update("b1", "Bridge shut"), url=url), Capture(id=1, url=url, body=b"1", fetched_at=NOW))
    watched(archive, url)
    with archive.writing() as connection:
        connection.execute("UPDATE live_blogs SET state = ?", (state,))
    then = NOW + timedelta(days=later)
    assert discoveries.over(archive.connection, at=then) == {}, "it is polled still"
    archive.connection.execute("UPDATE watches SET next_poll_at = NULL")
    assert discoveries.over(archive.connection, at=then) == ({url: why} if why else {})
    archive.connection.execute("UPDATE watches SET paused = 1")
    assert discoveries.over(archive.connection, at=then) == {}
    archive.connection.execute("DELETE FROM watches")
    assert discoveries.is_wanted(archive.connection, url, at=then) is (why is None)


def test_which_fronts_are_asked(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert fronts(["guardian"], folder) == fronts_of("guardian")
    assert fronts(["https://times.example/news#top"], folder) == ("https://times.example/news",)
    with pytest.raises(ArchiveError, match="nothing is on the watch list"):
        fronts([], folder)
    with pytest.raises(ArchiveError, match=r"guardian.*found 'nonsense'"):
        fronts(["nonsense"], folder)
    with pytest.raises(ArchiveError, match="give an address"):
        fronts(["ledger"], folder)
    with closing(Archive(folder.archive)) as archive:
        watched(archive, "http://ledger.localhost:8017/politics/live/x")
        watched(archive, "https://www.theguardian.com/world/live/2026/mar/01/storm")
        watched(archive, "https://times.example/feed", note=discoveries.FRONT)
    assert fronts(["ledger"], folder) == ("http://ledger.localhost:8017/",)
    assert set(fronts([], folder)) == {"https://times.example/feed", "http://ledger.localhost:8017/", *fronts_of("guardian")}


# The command, over loopback


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        server.paths.append(self.path)
        body = server.answers.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answers: dict[str, bytes]
    paths: list[str]


def serving() -> AbstractContextManager[_Server]:
    server = _Server(("127.0.0.1", 0), _Site)
    url, day = f"http://127.0.0.1:{server.server_address[1]}", datetime.now(UTC).date().isoformat()
    server.paths = []
    server.answers = {
        name: (PAGES / file).read_bytes().replace(b"https://times.example", url.encode()).replace(b"2026-03-01", day.encode())
        for name, file in (("/", "front.html"), ("/index.xml", "sitemap_index.xml"), ("/sitemaps/march.xml", "news_sitemap.xml"))
    }
    server.answers["/sitemaps/news.xml.gz"] = gzip.compress((PAGES / "sitemap.xml").read_bytes())
    server.answers["/robots.txt"] = b"User-agent: *\nDisallow: /private"
    return served(server)


def test_the_command(tmp_path: Path) -> None:
    with serving() as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        sources = [f"{url}/", f"{url}/index.xml", f"{url}/private/front", f"{url}/missing"]
        dry = stoppress("discover", "--dry-run", "--json", "--archive", str(tmp_path / "a"), f"{url}/", env=ALLOWED)
        assert not (tmp_path / "a" / "archive.db").exists()
        server.paths.clear()
        run = stoppress("discover", "--json", "--archive", str(tmp_path / "a"), *sources, env=ALLOWED)
        asked = list(server.paths)
    assert (dry.returncode, run.returncode) == (0, 0), dry.stderr + run.stderr
    assert asked == ["/robots.txt", "/", "/index.xml", "/missing", "/sitemaps/news.xml.gz", "/sitemaps/march.xml"]
    assert len(json.loads(dry.stdout)["added"]) == 9
    found = json.loads(run.stdout)
    assert {one["url"].removeprefix(url): one["outcome"] for one in found["asked"]} == {
        "/": "read",
        "/index.xml": "read",
        "/private/front": "refused_robots",
        "/missing": "http_404",
        "/sitemaps/march.xml": "read",
        "/sitemaps/news.xml.gz": "read",
    }
    assert len(found["added"]) == 12
    assert {one["state"] for one in found["found"]} == {"new"}
    with closing(open_reader(tmp_path / "a" / "archive.db")) as connection:
        assert discoveries.fronts(connection) == [f"{url}/", f"{url}/index.xml"]
        assert len(watches.everything(connection)) == 14


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    unknown = stoppress("discover", "--archive", str(tmp_path), "nonsense")
    assert (unknown.returncode, "expected an http or https address or one of" in unknown.stderr) == (2, True)
    nobody = stoppress("discover", "--archive", str(tmp_path), "guardian")
    assert (nobody.returncode, "STOPPRESS_CONTACT" in nobody.stderr) == (1, True)
    private = stoppress("discover", "--archive", str(tmp_path), "http://127.0.0.1:1/")
    assert (private.returncode, "private address" in private.stderr, "Traceback" in private.stderr) == (1, True, False)


def test_run_asks_a_topic_that_it_polls_for_live_pages(tmp_path: Path) -> None:
    with living_server() as server:
        body = topic("storm").replace(b"2013-03-01/storm", datetime.now(UTC).date().isoformat().encode() + b"/storm")
        server.stories["/news/topic/northmouth/"] = Story(body=body)
        running = Running(tmp_path)
        host = f"http://vale.localhost:{server.server_address[1]}"
        assert stoppress("watch", "add", f"{host}/news/topic/northmouth/", "--archive", str(tmp_path)).returncode == 0
        running.start()
        until(lambda: running.outcomes("/storm/"), "a poll of the story that the topic leads to")
        code, out, _ = running.stop()
    assert code == 0
    assert "1 live pages found, 1 new on the watch list" in out
    assert running.outcomes("northmouth/") == ["new"]


def test_another_crawler_at_work_asks_the_fronts(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.crawling("stoppress run"):
        run = stoppress("discover", "--archive", str(tmp_path), "http://127.0.0.1:1/front", env=ALLOWED)
    assert run.returncode == 1
    assert "found stoppress run" in run.stderr
    assert "the fronts are on the watch list" in run.stderr
    with closing(open_reader(folder.archive)) as connection:
        assert discoveries.fronts(connection) == ["http://127.0.0.1:1/front"]
