"""Sort positions: each entry stands at its second, or at the next one that nobody has, however many share one."""

from __future__ import annotations

import time
from collections.abc import Callable

from archive import rows
from archive.model import Capture
from archive.store import Archive
from tests.conftest import page, update

NOON = rows.unix("2026-03-01T12:00:00Z")


def fill(archive: Archive, capture: Callable[..., Capture], ids: list[int]) -> None:
    """Entries with these ids, and nothing else to them."""
    archive.record(page(update("a", text="First.", at="2026-02-01T12:00:00Z")), capture())
    with archive.writing() as connection:
        connection.executemany(
            "INSERT INTO entries (id, slug, key, publisher_id, live_blog_id, text, kind, day, first_seen, content_hash)"
            " VALUES (?1, ?1, ?1, 1, 1, 'x', 'post', '2026-03-01', '2026-03-01T12:00:00Z', 'x')",
            [(number,) for number in ids],
        )


def test_the_next_free_second_is_given_and_none_twice(archive: Archive, capture: Callable[..., Capture]) -> None:
    fill(archive, capture, [NOON, NOON + 1, NOON + 2, NOON + 4])
    wanted = [NOON + 1, NOON, NOON, NOON + 9, NOON + 3]
    with archive.writing() as connection:
        assert rows.free_ids(connection, wanted) == [NOON + 3, NOON + 5, NOON + 6, NOON + 9, NOON + 7]


def test_a_second_that_is_free_again_is_given_again(archive: Archive, capture: Callable[..., Capture]) -> None:
    fill(archive, capture, [NOON, NOON + 1, NOON + 2])
    with archive.writing() as connection:
        assert rows.free_ids(connection, [NOON]) == [NOON + 3]
        rows.delete(connection, [NOON + 1])
        assert rows.free_ids(connection, [NOON]) == [NOON + 1]


def test_what_was_rolled_back_was_not_given(archive: Archive, capture: Callable[..., Capture]) -> None:
    fill(archive, capture, [NOON])
    for _ in range(2):
        archive.connection.execute("BEGIN IMMEDIATE")
        assert rows.free_ids(archive.connection, [NOON]) == [NOON + 1]
        archive.connection.execute("ROLLBACK")


def test_a_post_in_a_long_run_of_seconds_costs_what_one_in_a_short_run_does(archive: Archive, capture: Callable[..., Capture]) -> None:
    fill(archive, capture, list(range(NOON, NOON + 50_000)))

    def posts() -> float:
        started = time.process_time()
        with archive.writing() as connection:
            for second in range(NOON, NOON + 200):
                rows.free_ids(connection, [second])
        return time.process_time() - started

    walked = posts()  # the first walks, the others know
    known = posts()
    one_walk = time.process_time()
    rows._after(archive.connection, NOON)
    one_walk = time.process_time() - one_walk
    assert known < 10 * one_walk, (walked, known, one_walk)
