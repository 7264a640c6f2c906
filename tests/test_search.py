"""Searching: the language, the orders, the counts; and that nothing a person types is a syntax error."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.chart import chart
from archive.model import Capture
from archive.query import parse
from archive.search import MARK_START, count_all, newest_ids, search, unmarked
from archive.store import Archive
from tests.conftest import at, page, update

PAGES = [
    page(
        update("1", "Bridge shut", "The harbour bridge is shut to lorries.", "2026-03-01T11:00:00Z", byline="Ada Vell"),
        update("2", "Ferry late", "The ferry waits outside the harbour.", "2026-03-01T12:00:00Z"),
        update("3", None, "Café réouvert à Port-Brévan", "2026-04-02T09:00:00Z"),
    ),
    page(
        update("9", "Harbour bridge opens", "Lorries may cross again.", "2026-03-03T08:00:00Z", kind="key_event"),
        update("8", "東京駅で停電", "東京都の発表によると、復旧は夕方。", "2026-03-02T08:00:00Z"),
        url="https://echo.example/live/bridge",
        publisher="echo",
        publisher_name="Northmouth Echo",
        live_blog_key="live/bridge",
    ),
]


@pytest.fixture
def filled(archive: Archive, capture: Callable[..., Capture]) -> Archive:
    for number, shown in enumerate(PAGES):
        archive.record(shown, capture(f"2026-03-01T12:0{number}:00Z", url=str(shown.url)))
    return archive


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("harbour", ["9", "2", "1"]),
        ("harbour bridge", ["9", "1"]),
        ('"harbour bridge"', ["9", "1"]),
        ('"bridge harbour"', []),
        ("ferry OR opens", ["9", "2"]),
        ("harbour -ferry", ["9", "1"]),
        ("-harbour", ["3", "8"]),
        ("lorr*", ["9", "1"]),
        ("lorry", ["9", "1"]),
        ("cafe reouvert", ["3"]),
        ("publisher:echo", ["9", "8"]),
        ('publisher:"Northmouth Echo"', ["9", "8"]),
        ("publisher:nobody", []),
        ("since:2026-03-03", ["3", "9"]),
        ("until:2026-03-01", ["2", "1"]),
        ("since:2026-03 until:2026-03 harbour", ["9", "2", "1"]),
        ("byline:vell", ["1"]),
        ("byline:vell bridge", ["1"]),
        ("vell", ["1"]),
        ("kind:key_event", ["9"]),
        ("language:en lorries", ["9", "1"]),
        ("live:https://echo.example/live/bridge", ["9", "8"]),
        ("is:edited", []),
        ("東京", ["8"]),
        ("停電", ["8"]),
        ("東京 復旧", ["8"]),
        ("大阪", []),
        ("", ["3", "9", "8", "2", "1"]),
        ("xp1", []),
        ("tag:xp1", []),
    ],
)
def test_the_language(filled: Archive, query: str, expected: list[str]) -> None:
    hits = search(filled.connection, parse(query)).hits
    assert [hit.key.rsplit("/", 1)[1] for hit in hits] == expected


def test_best_puts_a_word_in_the_title_first(filled: Archive) -> None:
    best = search(filled.connection, parse("ferry harbour OR ferry"), sort="best")
    assert best.hits[0].title is not None
    assert unmarked(best.hits[0].title) == "Ferry late"
    assert MARK_START in best.hits[0].title


def test_paging_is_stable(filled: Archive) -> None:
    first = search(filled.connection, parse("harbour"), limit=1)
    second = search(filled.connection, parse("harbour"), limit=2, before=first.hits[-1].position)
    assert [hit.key[-1] for hit in first.hits + second.hits] == ["9", "2", "1"]
    assert (first.more, second.more) == (True, False)


def test_counts_stop_at_a_thousand(archive: Archive, capture: Callable[..., Capture]) -> None:
    shown = [update(str(n), f"Update {n}", "The storm goes on.") for n in range(1005)]
    archive.record(page(*shown), capture())
    results = search(archive.connection, parse("storm"), limit=5)
    assert (results.total, results.total_is_capped, results.total_text) == (1000, True, "1,000+")
    facets = search(archive.connection, parse("storm"), facets=True).facets
    assert facets is not None
    assert [(facet.value, facet.label, facet.count) for facet in facets.publishers] == [("times", "times", 1000)]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="\"*()-:^{}+ANDORNEAR\x00'; \\é東"), st.from_regex(r"[a-z]+:[^ ]*( |$)")))
def test_nothing_typed_is_a_syntax_error(query: str) -> None:
    found = search(SHARED.connection, parse(query))
    assert search(SHARED.connection, parse(query), sort="best").total == found.total
    search(SHARED.connection, parse(query), limit=0, facets=True)


SHARED = Archive()
SHARED.record(PAGES[0], Capture(id=1, url="https://times.example/live/storm", body=b"", fetched_at=at("2026-03-01T12:00:00")))


def test_what_was_not_used_is_said() -> None:
    assert parse("since:soon storm").ignored[0].startswith("since:soon")
    assert parse("is:odd").ignored
    assert not parse("http://storm").ignored


def test_facets_count_what_each_filter_would_leave(filled: Archive) -> None:
    for query in ("harbour", "harbour OR 東京", "", "since:2026-03-02", "kind:post", "-ferry"):
        results = search(filled.connection, parse(query), facets=True)
        facets = results.facets
        assert facets is not None
        for facet in (*facets.publishers, *facets.languages, *facets.kinds, *facets.flags):
            narrowed = search(filled.connection, parse(f"{query} {facet.name}:{facet.value}"))
            assert narrowed.total == facet.count, (query, facet)
        for period, count in facets.periods.items():
            narrowed = search(
                filled.connection, parse(f"{query} since:{max(period, '2026-03-02' if 'since' in query else '')} until:{period}")
            )
            assert narrowed.total == count, (query, period)
        assert sum(facets.periods.values()) == sum(facet.count for facet in facets.publishers) == results.total
        assert (facets.of_newest, facets.periods_of_newest) == (False, False)


def test_the_chart_counts_all_hits_of_a_common_word(archive: Archive, capture: Callable[..., Capture]) -> None:
    """More hits than a search counts: by position, in days, months or years, and never one twice."""
    for count, step, unit in ((1200, timedelta(hours=1), 10), (1300, timedelta(days=2), 7), (1500, timedelta(days=9), 4)):
        start = datetime(1980 + unit, 1, 1, 12, tzinfo=UTC)
        shown = [update(f"{unit}-{n}", None, f"Storm {unit} goes on.", (start + n * step).isoformat()) for n in range(count)]
        url = f"https://times.example/live/{unit}"
        archive.record(page(*shown, url=url, live_blog_key=url), capture(url=url))
        facets = search(archive.connection, parse(f'"storm {unit}"'), facets=True).facets
        assert facets is not None
        assert (sum(facets.periods.values()), {len(period) for period in facets.periods}) == (count, {unit})
        assert facets.of_newest
        assert not facets.periods_of_newest
        drawn = chart(facets.periods)
        assert drawn is not None
        assert sum(bar.count for bar in drawn.bars) == count
        month = (start + timedelta(days=40)).isoformat()[:7]
        inside = sum((start + n * step).isoformat()[:7] == month for n in range(count))
        assert count_all(archive.connection, parse(f'"storm {unit}" since:{month} until:{month}')) == inside


def test_the_chart_of_a_publisher_alone_is_counted_as_it_is_recorded(archive: Archive, capture: Callable[..., Capture]) -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for publisher, count in (("times", 1400), ("echo", 1500)):
        shown = [update(f"{publisher}{n}", None, "Storm.", (start + n * timedelta(hours=6)).isoformat()) for n in range(count)]
        url = f"https://{publisher}.example/live/storm"
        archive.record(page(*shown, url=url, publisher=publisher, live_blog_key=url), capture(url=url))
    of_echo = "publisher_id = (SELECT id FROM publishers WHERE slug = 'echo')"
    archive.connection.execute(f"UPDATE rollups SET count = count + 7 WHERE month = '2026-02' AND {of_echo}")
    for query, added in (("publisher:echo", 7), ("publisher:echo since:2026-01 until:2027-01", 7), ("publisher:times", 0)):
        facets = search(archive.connection, parse(query), facets=True).facets
        assert facets is not None
        assert sum(facets.periods.values()) == count_all(archive.connection, parse(query)) + added
        assert {len(period) for period in facets.periods} == {7}
    for query in ("publisher:echo storm", "publisher:echo since:2026-01-31", "publisher:echo -bridge"):
        facets = search(archive.connection, parse(query), facets=True).facets
        assert facets is not None
        if not facets.periods_of_newest:
            assert sum(facets.periods.values()) == count_all(archive.connection, parse(query))


@pytest.fixture
def titled(archive: Archive, capture: Callable[..., Capture]) -> Callable[..., list[str]]:
    """Forty updates that say the same, four of them under titles; the best of a search, by their numbers."""
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    titles = {0: "Fox bridge", 1: "The bridge and the fox in a long title", 2: "Bridge", 30: "Ferry fox"}
    shown = [update(f"{n}", titles.get(n), "The fox on the bridge.", (start + n * timedelta(hours=1)).isoformat()) for n in range(40)]
    archive.record(page(*shown), capture())

    def best(query: str, **options: int) -> list[str]:
        found = search(archive.connection, parse(query), sort="best", **options)  # type: ignore[arg-type]
        return [hit.key.rsplit("/", 1)[1] for hit in found.hits]

    return best


def test_what_has_all_words_in_its_title_comes_first_however_old(titled: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.ranking.RANKED", (20, 20, 20))
    assert titled("fox bridge")[:4] == ["1", "0", "30", "39"]
    assert titled("fox bridge", limit=100)[-2:] == ["3", "2"], "what is not ranked comes last, newest first"
    assert [key for offset in range(0, 40, 5) for key in titled("fox bridge", limit=5, offset=offset)] == titled("fox bridge", limit=100)
    assert titled("fox bridge since:2026-01-01 until:2026-01-02")[:3] == ["1", "0", "30"]
    for query in ("fox", "fox bridge", "fox bridge publisher:times", "fox bridge -toll", "fox bridge in:history", '"fox on the bridge"'):
        assert len(set(titled(query, limit=100))) == 40, query
    monkeypatch.setattr("archive.ranking.RANKED", (40, 40, 40))
    assert titled("fox bridge", limit=100)[:2] == ["0", "1"], "few enough are all ranked together"


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ('"fox on the bridge"', ["a", "39"]),
        ('"on the"', ["a", "39"]),
        ("fox bridge on the", ["a", "39"]),
        ('"the bridge" fox', ["1", "a", "39"]),
        ('"the bridge" fox kind:post', ["1", "a", "39"]),
        ('"on the bridge" fox in:history', ["39", "38"]),
    ],
)
def test_phrases_and_common_words_weigh_nothing_but_in_the_title(
    titled: Callable[..., list[str]],
    archive: Archive,
    capture: Callable[..., Capture],
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    first: list[str],
) -> None:
    shown = [update("a", "On the bridge, the fox", "The fox on the bridge.", "2026-01-01T11:00:00Z")]
    archive.record(page(*shown, url="https://times.example/live/fox"), capture())
    monkeypatch.setattr("archive.commonness.RECENT", 20)
    assert titled(query)[: len(first)] == first
    assert len(set(titled(query, limit=100))) == 41


def test_an_archive_of_an_older_version_has_no_index_of_titles(
    titled: Callable[..., list[str]], archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.ranking.RANKED", (20, 20, 20))
    archive.connection.execute("DROP TABLE entries_titles")
    assert titled("fox bridge")[0] == "30"
    assert len(titled("fox bridge", limit=100)) == 40


@pytest.mark.parametrize("word", ["\U0001e922\U0001e923", "a\U0001e922b", "caf\u00e9", "\u0915\u093e", "x\u00b2", "a_b"])
def test_what_the_index_takes_for_several_words_is_no_error(
    titled: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr("archive.ranking.RANKED", (1, 1, 1))
    monkeypatch.setattr("archive.commonness.RECENT", 20)
    assert titled(f"{word} fox") == titled(f'"fox {word}" bridge') == []
    assert len(titled(f"fox OR {word} bridge OR {word}", limit=100)) == 40


def test_dates_find_every_entry_whatever_crowd_it_was_moved_in(archive: Archive, capture: Callable[..., Capture]) -> None:
    """Entries of which only the day is known share a second, and stand one behind the other: past the next midnight, if need be."""
    shown = [update(str(n), None, f"Storm {n}.", "2026-03-01T23:59:50Z") for n in range(3000)]
    archive.record(page(*shown, update("next", None, "Storm after.", "2026-03-02T00:10:00Z")), capture("2026-03-03T12:00:00Z"))
    for query in ("storm", "", "-ferry"):
        assert count_all(archive.connection, parse(f"{query} until:2026-03-01")) == 3000
        assert count_all(archive.connection, parse(f"{query} since:2026-03-02")) == 1
        assert search(archive.connection, parse(f"{query} until:2026-03-01")).total_text == "1,000+"


def test_a_broad_beginning_is_left_out_and_said(filled: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    assert search(filled.connection, parse("lorr*")).total == 2
    monkeypatch.setattr("archive.index_size.pages", lambda connection, word, whole=False: {"lorr": 5000}.get(word, 1))
    results = search(filled.connection, parse("lorr* harbour"))
    assert results.query.ignored == ("lorr* (too many words begin so; more letters help)",)
    assert results.total == 3


def test_common_words_weigh_nothing_but_must_be_there(filled: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.commonness.RECENT", 3)
    found = search(filled.connection, parse("the ferry"), sort="best")
    assert [hit.key[-1] for hit in found.hits] == ["2"]
    assert search(filled.connection, parse("the"), sort="best").total == 2


def test_more_words_than_a_search_looks_for_are_left_out_and_said(filled: Archive) -> None:
    query = parse("harbour " + " OR ".join(f"w{n}" for n in range(10_000)))
    assert query.ignored == ("9,961 of its words and phrases (a search looks for 40 words at most)",)
    assert search(filled.connection, query).total == 0


def test_the_commonest_of_many_words_are_left_out_and_said(filled: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"the": 90_000, "harbour": 20_000}
    monkeypatch.setattr("archive.index_size.pages", lambda connection, word, whole=False: sizes.get(word, 10))
    results = search(filled.connection, parse("the ferry late waits harbour"))
    assert results.query.ignored == ("the (too common to look for beside so many others)",)
    assert results.total == 1
    assert search(filled.connection, parse("the harbour")).query.ignored == ()


HOSTILE = (
    "the " * 10_000, "a OR " * 10_000, '"' + "the " * 5_000, "-the " * 3_000, "a* " * 3_000,
    " ".join(f"{a}{b}*" for a in "abcdef" for b in "aeiou"), "NEAR(the harbour, 5)", "text : harbour", "{text title} : harbour",
    "^harbour", "harbour + bridge", "(harbour OR", "\x00harbour\x00", "東" * 9_000, "東京 " * 3_000, 'publisher:"',
    "since:9999-12-31", "until:0001-01-01", "since:0001 until:9999", "in:history " * 500, "byline:the " * 500, "x" * 100_000,
    "xp1 xm202603 xkpost", "ẋp1", '"a_xp1"', "-", "--", '"" "" -""', "OR OR AND NOT", "'; DROP TABLE entries; --", "\ud7ff\uffff",
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: repr(query[:20]))
@pytest.mark.parametrize("more", ["", " in:history", " harbour"])
def test_hostile_queries_end_soon(filled: Archive, query: str, more: str) -> None:
    started = time.thread_time()
    for sort in ("newest", "best"):
        results = search(filled.connection, parse(query + more), sort=sort, facets=True)
        assert results.total >= len(results.hits[:1])
    count_all(filled.connection, parse(query + more))
    newest_ids(filled.connection, parse(query + more), limit=5)
    assert time.thread_time() - started < 2, "an archive of five entries is searched in milliseconds"


def test_no_typed_word_finds_a_filter_of_the_index(filled: Archive) -> None:
    for query in ("xp1", "XP1", "xkpost", "xkpo*", "x*", '"xp1 xm202603"', "a_xp1", "ẋp1", "-xp1 xkpost", "xedited OR xkpost"):
        assert search(filled.connection, parse(query)).total == 0, query
    assert search(filled.connection, parse("harbour -xkpost")).total == 3


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["harbour", "-ferry", "lorr*", '"harbour bridge"', "OR", "AND", "NOT", "publisher:times", "since:2026-03",
             "until:2026-03-01", "x*", "in:history", "is:edited", "kind:post", "language:en", "byline:vell", "live:x", "東京", "-東京",
             '"', "(", "\x00", "*", ":"]
        ),
        max_size=12,
    ),
    st.sampled_from(["newest", "best"]),
    st.one_of(st.none(), st.integers()),
    st.integers(min_value=0, max_value=100),
)  # fmt: skip
def test_every_combination_is_answered_and_counts_agree(words: list[str], sort: str, before: int | None, offset: int) -> None:
    query = parse(" ".join(words))
    found = search(SHARED.connection, query, sort=sort, before=before, offset=offset, limit=5, facets=True)
    assert found.total == search(SHARED.connection, query, limit=0).total == count_all(SHARED.connection, query)
    assert found.facets is not None
    assert sum(facet.count for facet in found.facets.publishers) == found.total
    assert sum(facet.count for facet in found.facets.kinds) == found.total
    positions = [hit.position for hit in search(SHARED.connection, query, limit=100).hits]
    assert positions == sorted(set(positions), reverse=True)
    assert newest_ids(SHARED.connection, query, limit=100) == positions
    assert set(positions) >= {hit.position for hit in found.hits}
