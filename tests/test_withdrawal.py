"""What left, and what only seems to: windows, pins, moves, broken polls. A wrong withdrawal is worse than a late one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from archive.model import Capture, Update
from archive.ordering import anchors, new_positions
from archive.store import Archive
from archive.times import from_utc, to_utc
from tests.conftest import page, update

DAY = [
    update(f"b{n}", f"Update {n}", f"What happened at number {n} of the day.", f"2026-03-01T{9 + n // 60:02}:{n % 60:02}:00Z")
    for n in range(90)
]


def newest(count: int, upto: int = 30, without: Sequence[int] = ()) -> tuple[Update, ...]:
    """A page newest first, with so many updates up to a number."""
    return tuple(DAY[n] for n in range(upto - 1, -1, -1) if n not in without)[:count]


@pytest.fixture
def poll(archive: Archive, capture: Callable[..., Capture]) -> Callable[..., tuple[int, int, str]]:
    """Record a page five minutes after the last; what was withdrawn, what returned, and the outcome."""
    clock = [from_utc("2026-03-01T12:00:00Z")]

    def record(*updates: Update, minutes: int = 5, url: str = "https://times.example/live/storm", **fields: object) -> tuple[int, int, str]:
        clock[0] += timedelta(minutes=minutes)
        found = archive.record(page(*updates, **fields), capture(to_utc(clock[0]), url=url))
        return found.withdrawn, found.returned, found.outcome

    return record


def withdrawn(archive: Archive) -> set[str]:
    return {row[0] for row in archive.connection.execute("SELECT source_id FROM entries WHERE withdrawn_at IS NOT NULL")}


def test_a_window_that_moves_on_withdraws_nothing(archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
    for upto in range(30, 90, 7):
        assert poll(*newest(20, upto))[0] == 0
    assert poll(*newest(20, 86, without=[80])) == (1, 0, "new")
    assert poll(*newest(40, 86, without=[80]))[:2] == (0, 0), "the window grew: all of that rolled off before"
    assert poll(*newest(10, 86)) == (0, 1, "new")


def test_the_newest_is_withdrawn_once_a_newer_one_is_shown(archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
    poll(*newest(20, 30))
    assert poll(*newest(20, 29))[0] == 0
    assert poll(*newest(20, 31, without=[29]))[0] == 1
    assert withdrawn(archive) == {"b29"}


@pytest.mark.parametrize("marked", [True, False])
def test_what_was_pinned_and_is_unpinned_is_not_withdrawn(
    archive: Archive, poll: Callable[..., tuple[int, int, str]], marked: bool
) -> None:
    old = update("b2", DAY[2].title, DAY[2].text or "", "2026-03-01T09:02:00Z", pinned=marked)
    poll(*newest(20, 30))
    for upto in (31, 32, 33):
        assert poll(old, *newest(19, upto)) == (0, 0, "new")
    assert poll(*newest(19, 34)) == (0, 0, "new")


def test_what_moved_on_the_page_and_rolled_off_is_not_withdrawn(archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
    shown = list(newest(10, 30))
    poll(*shown)
    moved = [*shown[:2], *shown[3:], shown[2]]
    assert poll(*moved)[0] == 0
    assert poll(DAY[30], *moved[:-1])[0] == 0


def test_a_page_in_an_order_of_its_own(archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
    """Editors arrange the page; times say nothing about places, and what goes from between its neighbours is withdrawn."""
    arranged = [DAY[n] for n in (5, 1, 8, 3, 9, 2, 7, 4)]
    poll(*arranged)
    assert poll(*arranged[:3], *arranged[4:])[0] == 1
    assert withdrawn(archive) == {"b3"}


def test_an_older_page_withdraws_nothing(archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
    poll(*newest(20, 60))
    assert poll(*newest(20, 40), url="https://times.example/live/storm?page=2")[0] == 0
    assert poll(*newest(10, 35), url="https://times.example/live/storm?page=2") == (0, 0, "unchanged")
    assert poll(*newest(20, 61))[0] == 0


class TestBrokenPolls:
    def test_half_of_a_page_that_shows_everything(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(30, 30), complete=True)
        assert poll(*newest(14, 31), complete=True) == (0, 0, "broken")
        assert archive.connection.execute("SELECT count(*) FROM entries").fetchone()[0] == 31, "what aligns is recorded"
        assert archive.connection.execute("SELECT state FROM live_blogs").fetchone()[0] == "broken"
        assert poll(*newest(31, 31), complete=True) == (0, 0, "unchanged")
        assert archive.connection.execute("SELECT state FROM live_blogs").fetchone()[0] == "live"

    def test_a_page_that_declares_more_than_it_shows(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(30, 30), complete=True, declared_count=30)
        assert poll(*newest(30, 30, without=[4]), complete=True, declared_count=30) == (0, 0, "broken")
        assert poll(*newest(30, 30, without=[4]), complete=True, declared_count=29) == (1, 0, "new")

    def test_beginnings_are_no_edits(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(20, 30))
        cut = tuple(
            update(one.source_id, one.title, (one.text or "")[:18], f"2026-03-01T09:{29 - n:02}:00Z")
            for n, one in enumerate(newest(20, 30))
        )
        assert poll(*cut)[2] == "broken"
        assert archive.connection.execute("SELECT max(revision) FROM entries").fetchone()[0] == 1

    def test_another_pages_content(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(20, 30))
        other = tuple(
            update(f"z{n}", f"Match {n}", f"A shot at goal in minute {n}.", f"2026-03-01T20:{n:02}:00Z") for n in range(20, 0, -1)
        )
        assert poll(*other, title="Cup final: all goals") == (0, 0, "broken")
        assert archive.connection.execute("SELECT count(*) FROM entries").fetchone()[0] == 20, "nothing of it is recorded"

    def test_a_live_blog_that_went_on_meanwhile_is_no_other(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(20, 30))
        assert poll(*newest(20, 60)) == (0, 0, "new")
        assert archive.connection.execute("SELECT count(*) FROM entries").fetchone()[0] == 40

    def test_times_that_are_gone_from_a_whole_page(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(20, 30))
        assert poll(*(update(one.source_id, one.title, one.text or "") for one in newest(19, 30, without=[20])))[2] == "broken"
        assert archive.connection.execute("SELECT count(*) FROM entries WHERE published_at IS NULL").fetchone()[0] == 0

    def test_a_layout_that_no_longer_matches(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(20, 30), method="times")
        assert poll(*newest(19, 30, without=[20]), method="generic") == (0, 0, "broken")
        assert poll(*newest(19, 31, without=[20]), method="times") == (1, 0, "new")

    def test_what_it_says_for_hours_is_believed(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(30, 30), complete=True)
        assert poll(*newest(12, 30), complete=True)[2] == "broken"
        assert poll(*newest(12, 30), complete=True, minutes=200)[2] == "broken"
        assert poll(*newest(12, 30), complete=True, minutes=200) == (18, 0, "new")

    def test_no_updates_where_there_were_some(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        poll(*newest(20, 30))
        archive.record_failure(
            "https://times.example/live/storm", at=from_utc("2026-03-01T13:00:00Z"), outcome="no_updates", message="a challenge page",
            capture=Capture(id=900, url="https://times.example/live/storm", body=b"", fetched_at=from_utc("2026-03-01T13:00:00Z")),
        )  # fmt: skip
        found = archive.connection.execute("SELECT outcome, message FROM polls ORDER BY id DESC LIMIT 1").fetchone()
        assert tuple(found) == ("broken", "it showed updates before: a challenge page")
        assert archive.connection.execute("SELECT state FROM live_blogs").fetchone()[0] == "broken"


class TestPlaces:
    def test_what_stands_where_it_stood(self) -> None:
        assert anchors([10, None, 20, 5, 30]) == [0, 2, 4]

    def test_new_ones_come_between_their_neighbours(self) -> None:
        found = new_positions([0, None, None, 1024, None], [1.0, 2.0, 3.0, 4.0, 5.0], [])
        assert found == {1: 341, 2: 682, 4: 2048}

    def test_among_the_hidden_the_middle_of_their_times_decides(self) -> None:
        """A window that slides back shows an update older than one that was withdrawn from below it."""
        assert new_positions([None, 2048], [50.0, 200.0], [(1024, 100.0)]) == {0: 0}
        assert new_positions([None, 2048], [150.0, 200.0], [(1024, 100.0)]) == {0: 1536}

    def test_without_room_all_are_numbered_anew(self, archive: Archive, poll: Callable[..., tuple[int, int, str]]) -> None:
        assert new_positions([0, None, 1], [1.0, 2.0, 3.0], []) is None
        first, last = DAY[0], DAY[89]
        poll(last, first)
        for n in range(1, 40):
            assert poll(last, *[DAY[m] for m in range(n, 0, -1)], first)[0] == 0
        assert poll(last, *[DAY[m] for m in range(39, 0, -1) if m != 20], first)[0] == 1
        ordered = [
            row[0]
            for row in archive.connection.execute(
                "SELECT e.source_id FROM placements p JOIN entries e ON e.id = p.entry_id ORDER BY position"
            )
        ]
        assert ordered == [f"b{n}" for n in [*range(40), 89]]
