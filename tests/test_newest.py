"""Whichever way a search is answered, all at once or the newest alone, forward or back: the same hits, counts and bars."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.model import Capture
from archive.newest import newest
from archive.query import parse
from archive.search import count_all, newest_ids, search, which_are_hits
from archive.search_plan import PRESENT, conditions, plan
from archive.store import Archive
from tests.conftest import at, page, update

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = ["harbour"] * 8 + ["bridge"] * 4 + ["ferry", "ferries", "toll", "quay", "storm", "lorry", "東京駅"]
QUERIES = (
    "harbour", "harbour bridge", '"harbour bridge"', '"bridge harbour" OR toll', "harbour -ferry", "ferr*", "harbour ferr*", "-harbour",
    "kind:key_event", "bridge kind:key_event", "bridge kind:post", "toll since:2024-02", "toll until:2024-01-20", "東京", "harbour 東京",
    "", "since:2024-01-10", "long gone", '"long gone"',
)  # fmt: skip
WAYS = [
    pytest.param({}, id="as it is"),
    pytest.param({"newest.MOST": 5}, id="never all at once"),
    pytest.param({"newest.MOST": 80, "newest._FIRST": 9, "newest._FEW": 9}, id="all at once if there are few"),
    pytest.param({"newest._FIRST": 2, "newest._FEW": 1, "ranking.RANKED": (40, 20, 9), "search.COUNT_CAP": 35}, id="the newest alone"),
    pytest.param({"newest.MOST": 60, "ranking.RANKED": (40, 40, 40), "search.COUNT_CAP": 30}, id="more than are counted and ranked"),
    pytest.param({"commonness.RECENT": 20}, id="common words weigh nothing"),
]


@pytest.fixture(scope="module")
def filled() -> Iterator[Archive]:
    """Entries an hour or a few apart, of a few words each; what is long gone stands in the oldest alone."""
    chance = random.Random(4)
    with closing(Archive()) as archive:
        shown = []
        when = START
        for number in range(300):
            when += timedelta(hours=chance.randint(1, 9))
            text = " ".join(chance.choices(WORDS, k=chance.randint(2, 12))) + (" long gone" if number < 90 else "")
            title = " ".join(chance.choices(WORDS, k=2)) if number % 3 else None
            shown.append(update(str(number), title, text, when.isoformat(), kind="key_event" if number % 5 == 0 else "post"))
        url = "https://times.example/live/storm"
        archive.record(page(*shown), Capture(id=1, url=url, body=b"", fetched_at=at("2026-03-01T12:00:00")))
        yield archive


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name, value in request.param.items():
        monkeypatch.setattr(f"archive.{name}", value)
    monkeypatch.setattr("archive.facets.MOST", request.param.get("newest.MOST", 50_000))
    found: dict[str, Any] = request.param
    return found


def positions_of(archive: Archive, query: str) -> list[int]:
    made, _ = plan(archive.connection, parse(query))
    assert made is not None
    where, parameters = conditions(made, PRESENT)
    return [row[0] for row in archive.connection.execute(f"SELECT s.rowid {where} ORDER BY s.rowid DESC", parameters)]


def titled(archive: Archive, words: str) -> list[int]:
    """Entries that have all words in the title, newest first."""
    sql = "SELECT rowid FROM entries_titles WHERE entries_titles MATCH ? ORDER BY rowid DESC"
    return [row[0] for row in archive.connection.execute(sql, (words,))]


@pytest.mark.parametrize("query", QUERIES)
def test_the_newest_and_their_pages(filled: Archive, way: dict[str, Any], query: str) -> None:
    hits = positions_of(filled, query)
    cap = way.get("search.COUNT_CAP", 1000)
    assert count_all(filled.connection, parse(query)) == len(hits)
    assert newest_ids(filled.connection, parse(query), limit=1000) == hits
    shown: list[int] = []
    before = None
    for facets in (False, True) * 20:
        found = search(filled.connection, parse(query), limit=17, before=before, facets=facets)
        assert (found.total, found.total_is_capped) == (min(len(hits), cap), len(hits) > cap)
        if found.facets and hits:
            every = sum(found.facets.periods.values())
            assert every == (found.total if found.facets.periods_of_newest else len(hits))
            assert sum(kind.count for kind in found.facets.kinds) == found.total
        shown += [hit.position for hit in found.hits]
        if not found.more:
            break
        before = shown[-1]
    assert shown == hits


@pytest.mark.parametrize("query", [query for query in QUERIES if "kind:post" not in query])
def test_the_best(filled: Archive, way: dict[str, Any], query: str) -> None:
    hits = positions_of(filled, query)
    if "commonness.RECENT" in way:
        assert {hit.position for hit in search(filled.connection, parse(query), sort="best", limit=1000).hits} == set(hits)
        return
    made, _ = plan(filled.connection, parse(query))
    assert made is not None
    expected = hits
    if made.words:
        ranks = way.get("ranking.RANKED", (4000, 2000, 500))
        ranked = hits[: ranks[len(made.groups) + len(made.tags) - 1]]
        where, parameters = conditions(made, PRESENT)
        scored = "SELECT bm25(entries_fts, 1, 8, 2, 0), -s.rowid"
        scores = {-number: score for score, number in filled.connection.execute(f"{scored} {where}", parameters)}
        expected = sorted(ranked, key=lambda position: (scores[position], -position))
        if made.titles and len(hits) > len(ranked):
            first = [position for position in titled(filled, made.titles) if position in (hits if made.is_words_alone else ranked)]
            assert set(first) <= set(hits)
            expected = [*first, *(position for position in (*expected, *hits[len(ranked) :]) if position not in first)]
        else:
            expected += hits[len(ranked) :]
    for facets in (False, True):
        pages = [
            search(filled.connection, parse(query), sort="best", limit=15, offset=offset, facets=facets)
            for offset in range(0, len(expected) if made.words else 1, 15)
        ]
        assert [hit.position for found in pages for hit in found.hits] == expected[: None if made.words else 15]
        cap = way.get("search.COUNT_CAP", 1000)
        for found in pages:
            assert (found.total, found.total_is_capped) == (min(len(hits), cap), len(hits) > cap)
            if found.facets and not found.facets.periods_of_newest:
                assert sum(found.facets.periods.values()) == len(hits)


@pytest.mark.parametrize("query", ["harbour", '"harbour bridge"', "harbour -ferry", "long gone"])
def test_common_words_and_filters_weigh_nothing_but_must_be_there(filled: Archive, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setattr("archive.commonness.RECENT", 20)
    for asked in (query, f"{query} kind:post", f"{query} toll", f"{query} toll kind:post in:history"):
        found = search(filled.connection, parse(asked), sort="best", limit=1000)
        assert {hit.position for hit in found.hits} == set(positions_of(filled, asked.removesuffix(" in:history")))


@pytest.mark.parametrize(
    ("limit", "whole", "look_ups", "is_all"),
    [(3, 0, 1, False), (200, 0, 1, False), (250, 0, 2, False), (250, 1000, 2, True), (1000, 0, 2, True)],
)
def test_many_hits_are_not_fetched_for_a_few(filled: Archive, limit: int, whole: int, look_ups: int, is_all: bool) -> None:
    made, _ = plan(filled.connection, parse("harbour"))
    assert made is not None
    asked: list[str] = []
    filled.connection.set_trace_callback(asked.append)
    found = newest(filled.connection, made, limit, whole=whole)
    filled.connection.set_trace_callback(None)
    hits = positions_of(filled, "harbour")
    assert (found.is_all, found.positions) == (is_all, hits if is_all else hits[:limit])
    assert sum("entries_fts MATCH" in sql for sql in asked) == look_ups


@pytest.mark.parametrize(
    ("query", "counted"), [('"harbour bridge"', True), ('"bridge harbour" -toll', True), ('"long gone"', False), ("toll", False)]
)
def test_of_a_phrase_the_newest_are_counted_where_that_is_to_be_brief(
    filled: Archive, monkeypatch: pytest.MonkeyPatch, query: str, counted: bool
) -> None:
    monkeypatch.setattr("archive.commonness.RECENT", 100)
    monkeypatch.setattr("archive.newest._AT_HAND", 120)
    whole = search(filled.connection, parse(query), limit=5)
    brief = search(filled.connection, parse(query), limit=5, brief=True)
    assert (brief.hits, brief.more) == (whole.hits, whole.more)
    assert (5 < brief.total < whole.total and brief.total_is_capped) is counted
    assert (brief.total == whole.total) is not counted
    monkeypatch.setattr("archive.newest._AT_HAND", 1)
    assert search(filled.connection, parse(query), limit=5, brief=True) == whole, "too few there: all are counted"
    for at_hand in range(20, 400, 20):
        monkeypatch.setattr("archive.newest._AT_HAND", at_hand)
        rare = search(filled.connection, parse('"long gone"'), limit=100, brief=True)
        assert (rare.total, rare.total_is_capped, len(rare.hits)) == (90, False, 90)
    monkeypatch.setattr("archive.newest._AT_HAND", 10_000)
    assert search(filled.connection, parse(query), limit=5, brief=True).total == whole.total
    assert search(filled.connection, parse(query), limit=5, brief=True, facets=True).total == whole.total


@pytest.mark.parametrize("query", QUERIES)
def test_whether_an_entry_is_a_hit(filled: Archive, query: str) -> None:
    every = positions_of(filled, "")
    assert which_are_hits(filled.connection, parse(query), every) == set(positions_of(filled, query))
    assert which_are_hits(filled.connection, parse("publisher:nobody"), every) == set()
