"""Posting times kept from poll to poll are those on record."""

from __future__ import annotations

from collections.abc import Callable

from archive.model import Capture
from archive.store import Archive
from crawler.scheduling import Posts
from tests.conftest import page, update

URL = "https://times.example/live/storm"
HOURS = [f"2026-03-01T{hour:02}:00:00Z" for hour in range(24)]


def test_what_is_kept_grows_with_new_posts_alone(archive: Archive, capture: Callable[..., Capture]) -> None:
    posts = Posts()
    updates = []
    asked: list[str] = []
    for minute, hour in enumerate([9, 12, 10, 15]):  # one is published late
        updates.append(update(f"u{hour}", f"It is {hour}", "Rain and wind.", HOURS[hour]))
        recorded = archive.record(page(*updates), capture(at=f"2026-03-01T20:{minute:02}:00Z"))
        assert recorded.new == 1
        archive.connection.set_trace_callback(asked.append)
        assert list(posts.of(archive.connection, 1, new=1)) == list(Posts().of(archive.connection, 1, new=None))
        assert list(posts.of(archive.connection, 1, new=0)) == list(Posts().of(archive.connection, 1, new=None))
        archive.connection.set_trace_callback(None)
    assert len(posts.of(archive.connection, 1, new=0)) == 4
    # Kept ones ask for what is new, and for nothing where nothing is; each fresh one asks for all. Ids grow with the time of
    # publication: for the one that is late, all are asked for.
    assert sum("FROM entries" in sql for sql in asked) == 4 + 8 + 1


def test_a_corrected_time_is_seen(archive: Archive, capture: Callable[..., Capture]) -> None:
    posts = Posts()
    archive.record(page(update("a", "One", "Rain.", HOURS[9]), update("b", "Two", "Wind.", HOURS[10])), capture(at="2026-03-01T20:00:00Z"))
    posts.of(archive.connection, 1, new=2)
    archive.record(page(update("a", "One", "Rain.", HOURS[8]), update("b", "Two", "Wind.", HOURS[10])), capture(at="2026-03-01T20:01:00Z"))
    assert list(posts.of(archive.connection, 1, new=None)) == list(Posts().of(archive.connection, 1, new=None))


def test_entries_that_came_from_elsewhere_are_seen(archive: Archive, capture: Callable[..., Capture]) -> None:
    posts = Posts()
    archive.record(page(update("a", "One", "Rain.", HOURS[9])), capture(at="2026-03-01T20:00:00Z"))
    posts.of(archive.connection, 1, new=1)
    archive.record(page(*(update(name, name, "Rain.", HOURS[10]) for name in "abcd")), capture(at="2026-03-01T20:01:00Z"))
    # Three came; who says one, gets all the same.
    assert list(posts.of(archive.connection, 1, new=1)) == list(Posts().of(archive.connection, 1, new=None))
    assert list(posts.of(archive.connection, 1, new=0)) == list(Posts().of(archive.connection, 1, new=None))


def test_the_latest_are_kept(archive: Archive, capture: Callable[..., Capture]) -> None:
    posts = Posts()
    updates = [update(f"u{n}", f"No {n}", f"Rain {n}.", f"2026-03-01T{n // 60:02}:{n % 60:02}:00Z") for n in range(400)]
    archive.record(page(*updates), capture(at="2026-03-01T20:00:00Z"))
    assert len(posts.of(archive.connection, 1, new=400)) == 400
    archive.record(page(update("new", "New", "Sun.", "2026-03-01T19:00:00Z"), *updates), capture(at="2026-03-01T20:01:00Z"))
    found = posts.of(archive.connection, 1, new=1)
    assert len(found) == 400
    assert found[-1] == 1772391600.0
