"""`in:history`: what an update once said is found, once, in its place, and said to be an earlier wording."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from archive.model import Capture, Extraction
from archive.query import parse
from archive.reading import search_json
from archive.search import Hit, count_all, newest_ids, search, unmarked
from archive.store import Archive
from archive.times import from_utc
from tests.conftest import page, update


def said(*texts: str, title: str | None = None) -> Extraction:
    """Updates 0, 1, 2... an hour apart, newest first, between two that never change."""
    shown = [update(str(n), title, text, f"2026-03-01T{10 + n}:00:00Z") for n, text in enumerate(texts)]
    newest, oldest = update("new", None, "Nothing.", "2026-03-01T23:00:00Z"), update("old", None, "Nothing.", "2026-03-01T01:00:00Z")
    return page(newest, *reversed(shown), oldest)


@pytest.fixture
def record(archive: Archive, capture: Callable[..., Capture]) -> Callable[..., Archive]:
    minutes = iter(range(1000))

    def all_of(*pages: Extraction) -> Archive:
        for one in pages:
            archive.record(one, capture(f"2026-03-02T{(minute := next(minutes)) // 60:02}:{minute % 60:02}:00Z"))
        return archive

    return all_of


def hits(archive: Archive, query: str, **options: object) -> list[tuple[str, int | None]]:
    found = search(archive.connection, parse(query), **options)  # type: ignore[arg-type]
    return [(hit.key.rsplit("/", 1)[1], hit.wording) for hit in found.hits]


def test_only_where_it_is_asked_for(record: Callable[..., Archive]) -> None:
    archive = record(said("The mayor resigned."), said("The mayor stepped down."))
    assert hits(archive, "resigned") == []
    assert hits(archive, "resigned in:history") == [("0", 1)]
    assert hits(archive, "resigned in:history", sort="best") == [("0", 1)]
    assert hits(archive, "stepped in:history") == [("0", None)]


def test_the_hit_shows_the_wording_that_was_found(record: Callable[..., Archive]) -> None:
    archive = record(said("The mayor resigned.", title="Mayor out"), said("The mayor stepped down.", title="Mayor gone"))
    found = search(archive.connection, parse("resigned in:history"))
    (hit,) = found.hits
    assert (unmarked(hit.title), hit.snippet, hit.revision) == ("Mayor out", "The mayor \x02resigned\x03.", 2)
    shown = search_json(found)
    assert (shown["total"], shown["results"][0]["wording"]) == (1, 1)


def test_present_and_earlier_wordings_are_one_hit(record: Callable[..., Archive]) -> None:
    archive = record(
        said("Storm one.", "calm"), said("Storm two.", "calm"), said("Storm three.", "A storm."), said("Gone.", "A storm now.")
    )
    for sort in ("newest", "best"):
        assert sorted(hits(archive, "storm in:history", sort=sort)) == [("0", 3), ("1", None)]
    assert search(archive.connection, parse("storm in:history")).total == 2
    assert count_all(archive.connection, parse("storm in:history")) == 2
    assert len(newest_ids(archive.connection, parse("storm in:history"), limit=10)) == 2


def test_filters_hold_for_earlier_wordings(record: Callable[..., Archive]) -> None:
    archive = record(said("Alpha said.", "Alpha too."), said("Beta said.", "Beta too."))
    assert hits(archive, "alpha in:history publisher:times is:edited language:en since:2026-03-01 until:2026-03-01 kind:post") == [
        ("1", 1),
        ("0", 1),
    ]
    assert hits(archive, "alpha in:history -said") == [("1", 1)]
    for nothing in ("since:2026-03-02", "until:2026-02", "is:withdrawn", "kind:quote", "language:de"):
        assert hits(archive, f"alpha in:history {nothing}") == []
    archive.record(
        page(update("new", None, "Nothing.", "2026-03-01T23:00:00Z"), update("old", None, "Nothing.", "2026-03-01T01:00:00Z")),
        Capture(id=99, url="https://times.example/live/storm", body=b"", fetched_at=from_utc("2026-03-02T09:00:00Z")),
    )
    assert hits(archive, "alpha in:history is:withdrawn") == [("1", 1), ("0", 1)]


def test_scripts_without_spaces(record: Callable[..., Archive]) -> None:
    archive = record(said("東京駅で停電"), said("東京駅は復旧"))
    assert hits(archive, "停電") == []
    assert hits(archive, "停電 in:history") == [("0", 1)]
    assert hits(archive, "東京 in:history") == [("0", None)]


@pytest.mark.parametrize("seed", range(5))
def test_pages_agree_with_going_through_all_the_wordings(record: Callable[..., Archive], seed: int) -> None:
    """Newest first, page by page, is what a look at every row gives: no hit twice, none missed."""
    chance = random.Random(seed)
    words = ("storm", "calm", "ferry", "bridge")
    texts = [[f"{chance.choice(words)} {chance.choice(words)} {n} {poll}" for n in range(12)] for poll in range(5)]
    for poll in range(1, 5):
        for n in range(12):
            if chance.random() < 0.5:
                texts[poll][n] = texts[poll - 1][n]
    archive = record(*(said(*shown) for shown in texts))
    for query in ("storm", "storm ferry", "storm -calm", "storm OR bridge", "s*"):
        made = parse(f"{query} in:history")
        expected = []
        for n in reversed(range(12)):
            wordings = [texts[0][n]]
            for poll in range(1, 5):
                if texts[poll][n] != wordings[-1]:
                    wordings.append(texts[poll][n])
            matching = [number for number, text in enumerate(wordings, 1) if matches(query, text)]
            if matching:
                expected.append((str(n), None if matching[-1] == len(wordings) else matching[-1]))
        pages: list[Hit] = []
        before = None
        while True:
            found = search(archive.connection, made, limit=2, before=before)
            pages += found.hits
            assert found.total == len(expected)
            if not found.more:
                break
            before = found.hits[-1].position
        assert [(hit.key.rsplit("/", 1)[1], hit.wording) for hit in pages] == expected
        best = hits(archive, f"{query} in:history", sort="best", limit=100)
        assert sorted((name, number is None) for name, number in best) == sorted((name, number is None) for name, number in expected)
        assert count_all(archive.connection, made) == len(expected)


def matches(query: str, text: str) -> bool:
    said_ = set(text.split())
    if query == "storm OR bridge":
        return bool(said_ & {"storm", "bridge"})
    if query == "s*":
        return "storm" in said_
    wanted = query.split()
    return all((word[1:] not in said_) if word.startswith("-") else word in said_ for word in wanted)
