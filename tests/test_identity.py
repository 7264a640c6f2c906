"""Updates without ids are told apart by what they say, when, and where on the page they stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from archive.alignment import Known, Slot, align
from archive.assignment import assign
from archive.model import Capture, Update
from archive.normalise import normalise
from archive.store import Archive
from tests.conftest import page, update

A = update(
    None, "Bridge closed", "The bridge at the mill is closed to all traffic until further notice, the council said.", "2026-03-01T10:00:00Z"
)
B = update(None, "Schools", "Two schools in the lower town sent their pupils home before noon today.", "2026-03-01T10:20:00Z")
C = update(None, "Water falling", "The water is falling again at the upper gauge, the river office reports.", "2026-03-01T10:40:00Z")
D = update(None, "Road open", "The lower road is open again to buses, ambulances and the post.", "2026-03-01T11:00:00Z")
REWRITTEN = "Nobody may cross it: engineers found cracks in two of its pillars during the night."


def changed(one: Update, **fields: object) -> Update:
    from dataclasses import replace

    from archive.times import from_iso

    if "at" in fields:
        fields["published"] = from_iso(str(fields.pop("at")))
    return replace(one, **fields)  # type: ignore[arg-type]


class TestOneLiveBlog:
    """A page newest first; each case is what it shows at the second poll, and what comes of it."""

    def polls(self, archive: Archive, capture: Callable[..., Capture], *pages: tuple[Update, ...]) -> list[tuple[int, int, int]]:
        polls = [archive.record(page(*shown), capture(f"2026-03-01T12:{number:02}:00Z")) for number, shown in enumerate(pages)]
        return [(poll.new, poll.edited, poll.withdrawn) for poll in polls]

    @pytest.mark.parametrize(
        ("shown", "expected"),
        [
            pytest.param(
                (D, C, changed(B, text="Two schools in the lower town sent their pupils home at noon today."), A), (0, 1, 0), id="word"
            ),
            pytest.param((D, C, changed(B, text=REWRITTEN), A), (0, 1, 0), id="whole text, title and time stay"),
            pytest.param((D, C, changed(B, title="Pupils sent home"), A), (0, 1, 0), id="title"),
            pytest.param((D, C, changed(B, at="2026-03-01T10:25:00Z"), A), (0, 1, 0), id="time"),
            pytest.param((changed(B, at="2026-03-01T11:10:00Z"), D, C, A), (0, 1, 0), id="time, and its place with it"),
            pytest.param((D, C, changed(B, text=REWRITTEN, title="Cracks"), A), (0, 1, 0), id="text and title, time stays"),
            pytest.param((D, C, changed(B, text=REWRITTEN, at="2026-03-01T10:28:00Z"), A), (0, 1, 0), id="text and time, title stays"),
            pytest.param((D, B, C, A), (0, 0, 0), id="moved"),
            pytest.param((D, C, A), (0, 0, 1), id="withdrawn"),
            pytest.param((C, B, A), (0, 0, 0), id="the newest is missing: it waits"),
            pytest.param((D, C, changed(A, title=None, at="2026-03-01T10:30:00Z", text=REWRITTEN), B, A), (1, 0, 0), id="inserted"),
            pytest.param(
                (changed(D, at="2026-03-01T11:30:00Z", text=REWRITTEN), D, C, B, A), (1, 0, 0), id="a title again, over another text"
            ),
            pytest.param((D, changed(D, title="Fire", text=REWRITTEN), C, B, A), (1, 0, 0), id="two in one minute"),
            pytest.param((D, changed(C, text=f"{C.text} {B.text}"), A), (0, 1, 1), id="merged"),
            pytest.param(
                (D, C, changed(B, text="Two schools in the lower town sent their pupils home before noon."), changed(B, text=REWRITTEN), A),
                (1, 1, 0),
                id="split",
            ),
        ],
    )
    def test_second_poll(
        self, archive: Archive, capture: Callable[..., Capture], shown: tuple[Update, ...], expected: tuple[int, int, int]
    ) -> None:
        assert self.polls(archive, capture, (D, C, B, A), shown)[1] == expected

    def test_short_words_said_again_are_new(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        goal = update(None, None, "Goal!", "2026-03-01T11:05:00Z")
        again = update(None, None, "Goal!", "2026-03-01T11:40:00Z")
        assert self.polls(archive, capture, (goal, D, C), (again, goal, D, C), (again, D, C)) == [(3, 0, 0), (1, 0, 0), (0, 0, 1)]

    def test_the_key_stays_through_every_edit(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        wordings = [B, changed(B, text=REWRITTEN), changed(B, text=REWRITTEN, title="Cracks"), B]
        self.polls(archive, capture, *((D, C, wording, A) for wording in wordings))
        rows = archive.connection.execute("SELECT key, revision FROM entries WHERE title = 'Schools'").fetchall()
        assert [row["revision"] for row in rows] == [4]
        aliases = archive.connection.execute("SELECT count(*) FROM entry_aliases").fetchone()[0]
        assert aliases == 2, "each other wording names it, too"

    def test_scripts_without_spaces_are_compared_by_pairs(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        before = update(None, None, "東京の川の水位が上がり、下の道路が通行止めになりました。", "2026-03-01T10:50:00Z")
        after = changed(before, text="東京の川の水位が上がり、下の橋も通行止めになりました。", at="2026-03-01T10:55:00Z")
        assert self.polls(archive, capture, (D, before, B), (D, after, B))[1] == (0, 1, 0)

    def test_positional_copies_of_one_text_are_one(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        assert self.polls(archive, capture, (changed(A, pinned=True), C, B, A), (C, B, A)) == [(3, 0, 0), (0, 0, 0)]


class TestReaders:
    def test_a_layout_after_the_general_reader_keeps_the_entries(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        """Other ids, a byline, and the title that the general reader had in the text: the publisher has edited nothing."""
        first = tuple(changed(one, source_id=f"x{n}", title=None, text=f"{one.title} {one.text}") for n, one in enumerate((C, B, A)))
        then = tuple(changed(one, source_id=f"block-{n}", byline="Ada Vell") for n, one in enumerate((C, B, A)))
        archive.record(page(*first, method="generic"), capture("2026-03-01T12:00:00Z"))
        found = archive.record(page(*then, method="times"), capture("2026-03-01T12:05:00Z"))
        assert (found.new, found.edited, found.withdrawn) == (0, 0, 0)
        assert {row[0] for row in archive.connection.execute("SELECT byline FROM entries")} == {"Ada Vell"}

    @pytest.mark.parametrize(
        ("joined", "edited"),
        [
            ("The bridge is shut to all.It opens on Monday.", 0),
            ("The bridge is shut to all. It opens on Tuesday.", 1),
            ("The bridge is shut to all.", 1),
        ],
    )
    def test_what_another_reader_joins_in_another_way_is_no_edit(
        self, archive: Archive, capture: Callable[..., Capture], joined: str, edited: int
    ) -> None:
        ferries = "Ferries sail every hour until then, and the last one leaves at ten at night, when the lights of the harbour go out."
        text = f"The bridge is shut to all.\n\nNow:\n\nIt opens on Monday.\n\n{ferries}"
        archive.record(page(changed(B, source_id="b", text=text), A, method="times"), capture("2026-03-01T12:00:00Z"))
        after = changed(B, source_id="b", text=joined + ferries)
        found = archive.record(page(after, A, method="json-ld"), capture("2026-03-01T12:05:00Z"))
        assert (found.new, found.edited, found.withdrawn) == (0, edited, 0)

    def test_two_ids_of_one_reader_are_two_updates(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        before = tuple(changed(one, source_id=f"b{n}") for n, one in enumerate((C, B, A)))
        after = (before[0], changed(B, source_id="b9"), before[2])
        archive.record(page(*before, method="times"), capture("2026-03-01T12:00:00Z"))
        found = archive.record(page(*after, method="times"), capture("2026-03-01T12:05:00Z"))
        assert (found.new, found.edited, found.withdrawn) == (1, 0, 1)


def test_the_whole_page_is_assigned_at_once() -> None:
    """First come, first served would give the entry both are like to the first, and nothing to the second."""
    extraction = page()
    entries = [normalise(changed(B, title=None, text=text), extraction) for text in ("the old mill by the river", "the old mill")]
    known = [
        Known(entry_id=1, source_id=None, title=None, text="the old mill by the", published_at="2026-03-01T10:20:00Z", left=True),
        Known(
            entry_id=2, source_id=None, title=None, text="the old mill by the river bank", published_at="2026-03-01T10:20:00Z", left=True
        ),
    ]
    assert align(entries, [Slot(None, None)] * 2, known) == {0: 2, 1: 1}


def test_what_nobody_could_follow_is_left_alone() -> None:
    extraction = page()
    entries = [normalise(update(None, None, f"Update number {n} of a page that never ends."), extraction) for n in range(300)]
    known = [Known(entry_id=n, source_id=None, title=None, text=f"Entry number {n}") for n in range(300)]
    assert align(entries, [None] * 300, known) == {}


def test_large_parts_are_assigned_best_first() -> None:
    weights = {(row, column): 1 + (row == column) for row in range(150) for column in range(150)}
    assert assign(weights) == {n: n for n in range(150)}
