"""The sample site says what its script says, at every hour of its day, and its layouts read exactly that."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit

import feedparser
import pytest
from click.testing import CliRunner

from archive.errors import NoUpdatesError
from archive.model import Extraction
from archive.normalise import normalise
from crawler.demo import CLOSES, DEFAULT_PORT, OPENS, Clock, Request, Response, SampleSite, live_urls, render
from crawler.demo.__main__ import main
from crawler.demo.day import DAY, LONDON, Article, Shown, Story, _edited, articles, stories
from crawler.demo.ledger import PAGE_SIZE, block_id
from crawler.demo.press import BY_LABEL, NEWSPAPERS, Newspaper
from crawler.demo.vale import update_path
from crawler.extraction import extract
from crawler.page import Page

HALF_HOURS = [OPENS + timedelta(minutes=minutes) for minutes in range(0, 16 * 60 + 1, 30)]
URLS = live_urls(DEFAULT_PORT)
STORIES = dict(zip(URLS, stories(), strict=True))


def at(clock: str) -> datetime:
    return datetime.combine(DAY, time.fromisoformat(clock), LONDON)


def ask(url: str, now: datetime, **headers: str) -> Response:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    return render(Request(target=target, now=now, host=parts.hostname or "", port=parts.port or 80, headers=asked))


def read(url: str, now: datetime) -> Extraction:
    response = ask(url, now)
    assert response.status == 200, url
    return extract(Page(url=url, body=response.body, fetched_at=now, headers=response.headers))


def read_all(url: str, now: datetime) -> list[Extraction]:
    """The page and every older one."""
    pages = [read(url, now)]
    while older := pages[-1].older_url:
        pages.append(read(older, now))
    return pages


def story_url(name: str) -> str:
    return next(url for url in URLS if name in url)


ECHO, FOOTBALL, VALE = story_url("echo.localhost:8017/live/storm"), story_url("eddle-rovers"), story_url("vale.localhost")
LEDGER, GAZETTE, COURRIER = story_url("ledger"), story_url("gazette"), story_url("courrier")


def source_id(update: Shown, story: Story) -> str | None:
    ids = {"vale": f"{DAY}/{update.id}", "ledger": block_id(update).removeprefix("block-"), "gazette": None}
    return ids.get(story.publisher, update.id)


def expected(story: Story, now: datetime) -> list[tuple[str | None, str | None, str]]:
    return [(source_id(u, story), u.title, u.text) for u in story.shown(now)]


def found(page: Extraction) -> list[tuple[str | None, str | None, str]]:
    return [(u.source_id, u.title, normalise(u, page).text) for u in page.updates]


@pytest.mark.parametrize("url", URLS)
def test_every_page_shows_what_its_script_says(url: str) -> None:
    story = STORIES[url]
    for now in HALF_HOURS:
        pages = read_all(url, now)
        newest_first = expected(story, now)
        wanted = newest_first[::-1] if story.publisher == "gazette" else newest_first
        # The last sighting counts: the Ledger shows a pinned update first of all, and again on an older page.
        seen = [row for page in pages for row in found(page)]
        assert list(dict.fromkeys(reversed(seen))) == wanted[::-1], now
        assert all(not page.warnings for page in pages), now
        assert [page.ended for page in pages[:1]] == [None if story.publisher == "vale" else story.ended(now)], now
        assert {page.publisher for page in pages} == {pages[0].publisher}
        assert pages[0].title == story.title


@pytest.mark.parametrize("url", URLS)
def test_every_page_states_the_times_its_script_says(url: str) -> None:
    story = STORIES[url]
    for now in HALF_HOURS:
        stated = {normalise(u, page).text: u for page in read_all(url, now) for u in page.updates}
        for shown in story.shown(now):
            update = stated[shown.text]
            assert update.published is not None
            if story.publisher == "vale":
                assert (update.published.instant, update.published.basis) == (at("00:00"), "url")
                continue
            assert update.published.instant == shown.published
            assert update.published.basis == ("inferred" if story.publisher == "gazette" else "page")
            if story.publisher != "gazette":
                assert (update.updated.instant if update.updated else None) == shown.updated
                assert update.byline == shown.byline


def test_kinds_are_read_where_a_page_marks_them() -> None:
    assert {u.kind for u in read(ECHO, CLOSES).updates} == {"post", "key_event", "summary", "quote"}
    assert {u.kind for u in read(VALE, CLOSES).updates} == {"post", "quote"}
    assert {u.kind for page in read_all(LEDGER, CLOSES) for u in page.updates} == {"post", "key_event", "summary"}


def test_vale_declares_its_count_and_prints_no_clock() -> None:
    for now in HALF_HOURS:
        page = read(VALE, now)
        assert page.declared_count == len(page.updates)
        assert page.complete
        assert b":00" not in ask(VALE, now).body.split(b"</style>")[1]


@pytest.mark.parametrize("now", HALF_HOURS[::8], ids=str)
def test_vale_updates_have_pages_of_their_own_and_teasers(now: datetime) -> None:
    story = STORIES[VALE]
    topic = read(f"http://vale.localhost:{DEFAULT_PORT}/vale/news/topic/storm/", now)
    assert topic.kind == "topic"
    for shown, teaser in zip(story.shown(now), topic.updates, strict=True):
        assert shown.text.startswith(normalise(teaser, topic).text)
        assert teaser.title == shown.title
        own = read(f"http://vale.localhost:{DEFAULT_PORT}{update_path(shown)}", now)
        assert (own.kind, found(own)) == ("update", [(teaser.source_id, shown.title, shown.text)])


def test_the_ledger_shows_eight_blocks_a_page_and_repeats_the_pinned_one() -> None:
    page = read(LEDGER, at("14:50"))
    assert len(page.updates) == PAGE_SIZE + 1
    assert page.updates[0].title == "What is being decided today"
    assert [u.pinned for u in page.updates] == [True] + [False] * PAGE_SIZE
    body = ask(LEDGER, at("16:50")).body.decode()
    assert body.count("Council objects to night closure by 33 votes to 24") == 2
    assert [u.title for u in read(LEDGER, at("16:50")).updates if u.pinned] == ["Council objects to night closure by 33 votes to 24"]


def wording(url: str, now: str) -> str:
    page = read(url, at(now))
    return "\n".join(f"{u.title}: {normalise(u, page).text}" for u in page.updates)


@pytest.mark.parametrize(
    ("url", "before", "old", "after", "new"),
    [
        (ECHO, "10:19", "Four people hurt as lorry", "10:20", "Three people hurt as lorry"),
        (ECHO, "11:29", "Gust of 81mph", "11:30", "Gust of 88mph"),
        (ECHO, "12:09", "Gust of 88mph", "12:10", "Gust of 81mph"),
        (ECHO, "15:04", "Colin Marsden", "15:05", "Colin Marsdon"),
        (FOOTBALL, "20:11", "Joe Tamblyn, from", "20:12", "Kit Oyelaran, from"),
        (VALE, "10:24", "Around 600 homes", "10:25", "More than 6,000 homes"),
        (LEDGER, "11:24", "would be permanent", "11:25", "would not be permanent"),
        (GAZETTE, "15:39", "eighteen inches", "15:40", "eleven inches"),
        (COURRIER, "12:44", "Deux passagers ont été blessés", "12:45", "Un passager a été blessé"),
    ],
)
def test_edits_replace_the_wording(url: str, before: str, old: str, after: str, new: str) -> None:
    assert old in wording(url, before)
    assert new not in wording(url, before)
    assert new in wording(url, after)
    assert old not in wording(url, after)


@pytest.mark.parametrize(
    ("url", "title", "shown", "gone"),
    [
        (ECHO, "Harbour wall breached, boat owner says", "12:29", "12:30"),
        (VALE, "Harbour wall collapse reported", "12:34", "12:35"),
        (LEDGER, "Vote postponed until Thursday", "11:49", "11:50"),
    ],
)
def test_withdrawn_updates_leave_between_their_neighbours(url: str, title: str, shown: str, gone: str) -> None:
    before = [u.title for u in read(url, at(shown)).updates]
    after = [u.title for u in read(url, at(gone)).updates]
    place = before.index(title)
    assert title not in after
    assert before[place - 1] in after
    assert before[place + 1] in after
    assert 0 < place < len(before) - 1


def test_a_stated_time_is_corrected() -> None:
    for now, stated in (("14:19", "12:30"), ("14:20", "13:30")):
        update = next(u for u in read(ECHO, at(now)).updates if u.source_id == "lifeboat")
        assert update.published
        assert update.published.instant == at(stated)


def test_an_edit_that_does_not_fit_the_wording_is_refused() -> None:
    shown = STORIES[ECHO].shown(CLOSES)[0]
    with pytest.raises(ValueError, match="expected 'no such words' once"):
        _edited("echo_storm.toml: x", shown, {"at": "12:00", "from": "no such words", "to": ""}, CLOSES)


def test_ids_are_unique_and_the_day_is_full() -> None:
    for story in stories():
        ids = [post.wordings[0][1].id for post in story.posts]
        assert len(ids) == len(set(ids)), story.path
    assert 60 <= sum(len(story.posts) for story in stories()) <= 120


@pytest.mark.parametrize("article", articles(), ids=lambda article: article.path)
def test_ordinary_reports_have_no_updates(article: Article) -> None:
    url = f"http://{BY_LABEL[article.publisher].host}:{DEFAULT_PORT}{article.path}"
    with pytest.raises(NoUpdatesError):
        read(url, CLOSES)


@pytest.mark.parametrize("newspaper", NEWSPAPERS, ids=lambda newspaper: newspaper.label)
def test_front_pages_lead_to_the_live_pages_and_are_none(newspaper: Newspaper) -> None:
    origin = f"http://{newspaper.host}:{DEFAULT_PORT}"
    own = [url for url in URLS if url.startswith(origin)]
    links = Page(url=origin, body=ask(f"{origin}/", OPENS).body).css("main a::attr(href)").getall()
    assert set(own) <= set(links)
    assert set(own) <= set(Page(url=origin, body=ask(f"http://localhost:{DEFAULT_PORT}/", OPENS).body).css("a::attr(href)").getall())
    assert set(own) <= {entry.link for entry in feedparser.parse(ask(f"{origin}/feed.xml", OPENS).body).entries}
    assert all(f"<loc>{url}</loc>" in ask(f"{origin}/sitemap-news.xml", OPENS).body.decode() for url in own)
    assert f"Sitemap: {origin}/sitemap-news.xml" in ask(f"{origin}/robots.txt", OPENS).body.decode()
    with pytest.raises(NoUpdatesError):
        read(f"{origin}/", CLOSES)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://echo.localhost/none", 404),
        ("http://localhost/none", 404),
        ("http://elsewhere.example/", 421),
        (f"{LEDGER}?page=with:block-{'0' * 24}", 404),
        (f"http://vale.localhost/vale/news/update/{DAY}/harbour-wall-collapse-reported/", 404),
    ],
)
def test_what_is_not_there_is_not_found(url: str, status: int) -> None:
    assert ask(url, CLOSES).status == status


def test_a_page_the_reader_has_is_not_sent_again() -> None:
    first = ask(ECHO, at("11:00"))
    assert ask(ECHO, at("11:04"), If_None_Match=first.headers["ETag"]).status == 304
    assert ask(ECHO, at("11:05"), If_None_Match=first.headers["ETag"]).status == 200
    assert ask(ECHO, at("11:04"), If_Modified_Since=first.headers["Last-Modified"]).status == 304
    assert ask(ECHO, at("11:05"), If_Modified_Since=first.headers["Last-Modified"]).status == 200
    assert ask(ECHO, at("11:04"), If_Modified_Since="yesterday").status == 200


def test_the_clock_runs_is_set_and_stops_at_the_end_of_the_day() -> None:
    seconds = [0.0]
    clock = Clock(real=lambda: seconds[0])
    seconds[0] = 100.0
    assert clock.now() == OPENS
    clock.run(60.0)
    seconds[0] = 160.0
    assert clock.now() == OPENS + timedelta(hours=1)
    assert not clock.finished
    clock.set(at("12:00"))
    seconds[0] = 999.0
    assert clock.now() == at("12:00")
    clock.run(3600.0)
    seconds[0] = 2000.0
    assert clock.now() == CLOSES
    assert clock.finished


@pytest.fixture
def site() -> Iterator[SampleSite]:
    with SampleSite(0, clock=Clock(at("12:00"))) as site:
        yield site


def fetch(site: SampleSite, url: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)
    sent = {"Host": parts.netloc} | {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, parts.path, headers=sent)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_the_site_over_http(site: SampleSite) -> None:
    for url in site.urls:
        response, body = fetch(site, url)
        assert (response.status, response.headers["Date"]) == (200, "Tue, 03 Mar 2026 12:00:00 GMT")
        assert extract(Page(url=url, body=body)).updates
        assert fetch(site, url, If_None_Match=response.headers["ETag"])[0].status == 304
        head, nothing = fetch(site, url, "HEAD")
        assert (head.status, nothing, head.headers["Content-Length"]) == (200, b"", str(len(body)))
    changed = fetch(site, site.urls[0])[0].headers["ETag"]
    site.clock.set(CLOSES)
    assert fetch(site, site.urls[0], If_None_Match=changed)[0].status == 200
    assert f"http://echo.localhost:{site.port}/live/storm-morwenna" in fetch(site, site.url)[1].decode()
    assert fetch(site, "http://elsewhere.example/")[0].status == 421
    assert fetch(site, site.url, "POST")[0].status == 501


def test_a_bad_request_or_a_reader_that_hangs_up_is_survived_quietly(site: SampleSite, capfd: pytest.CaptureFixture[str]) -> None:
    too_long = b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n"
    no_address = b"GET http://[/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for rubbish in (b"\x16\x03\x01\n\n", too_long, no_address, b""):
        with socket.create_connection(("127.0.0.1", site.port), timeout=5) as connection:
            connection.sendall(rubbish)
    assert fetch(site, site.url)[0].status == 200
    assert capfd.readouterr().err == ""


def test_a_port_in_use_is_one_sentence(site: SampleSite) -> None:
    result = CliRunner().invoke(main, ["--port", str(site.port)])
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: expected port {site.port} of 127.0.0.1 to be free")
