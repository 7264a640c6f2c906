"""A search that finds nothing says what would: other spellings, a filter or a word less, with what each finds; and soon."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.advice import advise
from archive.model import Capture
from archive.query import parse
from archive.search import search
from archive.spelling import alike, distance
from archive.store import Archive
from tests.conftest import page, update
from tests.test_search import PAGES, SHARED


@pytest.fixture
def filled(archive: Archive, capture: Callable[..., Capture]) -> Archive:
    for number, shown in enumerate(PAGES):
        archive.record(shown, capture(f"2026-03-01T12:0{number}:00Z", url=str(shown.url)))
    return archive


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("harbuor", ["harbour"]),
        ("hrbour", ["harbour"]),
        ("harbourr", ["harbour"]),
        ("jarbour", ["harbour"]),
        ("lorreis", ["lorries"]),
        ("bridgge shutt", ["bridge shut"]),
        ('"harbuor bridge" publisher:times', ["harbour"]),
        ("réouvret", ["réouvert"]),
        ("zeppelin", []),
        ("publisher:harbuor", []),
        ("-harbuor", []),
        ("xp11", []),
        ("東京塔", []),
    ],
)
def test_did_you_mean(filled: Archive, typed: str, meant: list[str]) -> None:
    found = advise(filled.connection, typed, seconds=5)
    assert [way.change for way in found.meant][: len(meant) or None] == meant
    for way in found.meant:
        assert search(filled.connection, parse(way.text)).total_text == way.total != "0"


def test_what_to_leave_out(filled: Archive) -> None:
    found = advise(filled.connection, "ferry kind:key_event since:2026-03")
    assert [(way.change, way.text, way.total) for way in found.without] == [
        ("kind:key_event", "ferry since:2026-03", "1"),
        ("since:2026-03", "ferry kind:key_event", "0"),
    ]
    assert [(way.change, way.total) for way in advise(filled.connection, 'ferry "bridge opens"').without] == [
        ("ferry", "1"),
        ('"bridge opens"', "1"),
    ]
    assert advise(filled.connection, "ferry").without == ()


def test_what_only_an_earlier_wording_says(filled: Archive, capture: Callable[..., Capture]) -> None:
    edited = page(update("1", "Bridge open", "Lorries may cross.", "2026-03-01T11:00:00Z", byline="Ada Vell"), *PAGES[0].updates[1:])
    filled.record(edited, capture("2026-03-01T15:00:00Z"))
    found = advise(filled.connection, "shut")
    assert found.earlier is not None
    assert (found.earlier.text, found.earlier.total) == ("shut in:history", "1")
    assert advise(filled.connection, "zeppelin").earlier is None


def test_looking_for_words_ends_in_time(filled: Archive) -> None:
    assert alike(filled.connection, "harbuor", until=time.thread_time() - 1) == []
    assert alike(filled.connection, "harbuor", until=time.thread_time() + 5) == ["harbour"]


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_distance_is_one_both_ways_and_stops(one: str, other: str) -> None:
    full = distance(one, other, most=10)
    assert full == distance(other, one, most=10)
    assert (full == 0) == (one == other)
    assert distance(one, other, most=1) == min(full, 2)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="\"*()-:^{}+ANDORNEAR\x00'; \\é東harbu"), st.from_regex(r"[a-z]+:[^ ]*( |$)")))
def test_nothing_typed_breaks_the_advice(text: str) -> None:
    advise(SHARED.connection, text, seconds=0.01)
