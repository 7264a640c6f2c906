"""Change detection on labelled histories: the generator keeps its word, the labels their rules, the archive its goals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from archive.model import Extraction, Update
from benchmarks.changes import GOALS, pages
from benchmarks.histories import history
from benchmarks.playing.judging import Judge, Row, Verdict
from benchmarks.playing.labels import KINDS, Label, Wording, Wordings, labels
from benchmarks.playing.polls import NOBODY, History, Poll, Shown
from benchmarks.playing.profiles import HARSH, ORDINARY, Profile
from benchmarks.playing.rewording import clock, text_of
from benchmarks.playing.rounds import WORDS, Outcome, measure, tasks_of, totals
from tests.conftest import page, update

SAVED = pages(Path("no corpus"))
ROUNDS = 2
FEW = 0.03  # in so few rounds one mistake weighs more than it does in the benchmark
PROFILES = pytest.mark.parametrize("profile", [ORDINARY, HARSH], ids=lambda profile: profile.name)


@cache
def played(profile: Profile) -> list[tuple[Extraction, History]]:
    """Some histories of every saved page, with its neighbour as the other page that may turn up."""
    found = list(SAVED.values())
    return [
        (one, history(one, found[n - 1 : n] or found[-1:], seed=f"{n}/{round}", profile=profile))
        for n, one in enumerate(found)
        for round in range(ROUNDS)
    ]


class TestHistories:
    def test_one_seed_is_one_history(self) -> None:
        first, second = list(SAVED.values())[:2]
        assert history(first, [second], seed="1") == history(first, [second], seed="1")
        assert history(first, [second], seed="1") != history(first, [second], seed="2")

    @PROFILES
    def test_one_edit_in_ten_rewrites_a_whole_text(self, profile: Profile) -> None:
        edits = sum((Counter(found.edits) for _, found in played(profile)), Counter())
        assert edits["whole"] >= 0.1 * edits.total()

    @PROFILES
    def test_text_title_and_time_never_change_at_once(self, profile: Profile) -> None:
        for _, found in played(profile):
            known: dict[int, Update] = {}
            for poll in found.polls:
                now = {one.identity: one.update for one in poll.shown if poll.kind == "good"}
                for identity, after in now.items():
                    before = known.get(identity, after)
                    same = before.title == after.title, clock(before) == clock(after), text_of(before) == text_of(after)
                    assert any(same), f"#{identity} of which nobody could know it"
                known |= now

    @PROFILES
    def test_every_kind_of_poll_and_event_occurs(self, profile: Profile) -> None:
        polls = [poll for _, found in played(profile) for poll in found.polls]
        assert {poll.kind for poll in polls} == {"good", "empty", "challenge", "cut", "teasers", "foreign"}
        words = {word for poll in polls for event in poll.events for word in event.split()}
        assert {"posted", "late", "edited:", "moved", "withdrawn", "returned", "pinned", "unpinned", "shows"} <= words


class TestLabels:
    """By hand: updates are 0, 1, 2, ... in the order they were posted, a minute apart; the newest is shown first."""

    def test_a_missing_newest_is_evident_once_a_newer_one_is_shown(self) -> None:
        shown = [poll([0, 1, 2]), poll([0, 1], gone=[2]), poll([0, 1, 3], gone=[2])]
        assert withdrawn(shown[:2]) == [(2, 1, 1, False)]
        assert withdrawn(shown) == [(2, 1, 2, True)]

    def test_a_missing_oldest_is_evident_once_an_older_one_is_shown(self) -> None:
        shown = [poll([1, 2, 3]), poll([2, 3], gone=[1]), poll([0, 2, 3], gone=[1])]
        assert withdrawn(shown[:2]) == [(1, 1, 1, False)]
        assert withdrawn(shown) == [(1, 1, 2, True)]

    def test_on_a_complete_page_every_absence_is_evident(self) -> None:
        assert withdrawn([poll([0, 1, 2]), poll([0, 1], gone=[2], complete=True)]) == [(2, 1, 1, True)]

    def test_what_rolled_off_is_not_withdrawn(self) -> None:
        assert withdrawn([poll([0, 1, 2]), poll([2, 3, 4])]) == []

    def test_a_pinned_one_is_no_neighbour(self) -> None:
        assert withdrawn([poll([0, 1, 2]), poll([0, 2], gone=[1], pinned=[0])]) == [(1, 1, 1, False)]

    def test_a_broken_poll_makes_nothing_evident(self) -> None:
        assert withdrawn([poll([0, 1, 2]), poll([0, 2], gone=[1], kind="cut"), poll([], gone=[1], kind="empty")]) == [(1, 1, 2, False)]

    def test_it_returns_where_it_is_next_shown(self) -> None:
        shown = [poll([0, 1, 2]), poll([0, 2], gone=[1]), poll([], kind="empty"), poll([0, 1, 2])]
        assert withdrawn(shown) == [(1, 1, 1, True)]
        assert told(shown, "returned") == [(1, 3, 3, True)]

    def test_an_edit_out_of_sight_is_one_where_it_is_next_shown(self) -> None:
        shown = [poll([0, 1, 2]), poll([2, 3], {0: "Other words."}), poll([0, 1, 2, 3], {0: "Other words."})]
        assert told(shown, "edited") == [(0, 2, 2, True)]
        undone = [poll([0, 1]), poll([], {0: "Other words."}, kind="empty"), poll([0, 1])]
        assert told(undone, "edited") == []

    def test_what_half_a_page_shows_may_be_told_then_or_at_the_next_good_poll(self) -> None:
        shown = [poll([0, 1]), poll([1, 2], {1: "Other words."}, kind="cut"), poll([0, 1, 2], {1: "Other words."})]
        assert told(shown, "edited") == [(1, 1, 2, True)]
        assert told(shown, "new")[-1] == (2, 1, 2, True)

    def test_a_teaser_is_no_edit(self) -> None:
        cut = replace(poll([0, 1], {0: "The mayor..."}, kind="teasers"))
        whole = tuple(replace(one, whole=own(one.identity)) for one in cut.shown)
        assert told([poll([0, 1]), replace(cut, shown=whole), poll([0, 1])], "edited") == []

    def test_a_return_with_other_words_is_both(self) -> None:
        shown = [poll([0, 1, 2]), poll([0, 2], gone=[1]), poll([0, 1, 2], {1: "Other words."})]
        assert told(shown, "returned") == [(1, 2, 2, True)]
        assert told(shown, "edited") == [(1, 2, 2, True)]


class TestJudging:
    @PROFILES
    def test_who_knows_the_identities_makes_no_mistake(self, profile: Profile) -> None:
        for one, found in played(profile):
            verdict = oracle(one, found)
            assert verdict.mistakes == []

    def test_who_records_nothing_misses_all(self) -> None:
        one, found = played(ORDINARY)[0]
        judge = Judge(found, Wordings(one))
        for number in range(len(found.polls)):
            judge.see(number, {})
        counts = judge.end().counts
        assert [(counts[kind].right, counts[kind].false) for kind in KINDS] == [(0, 0)] * len(KINDS)
        assert counts["new"].missed > 0

    def test_a_second_entry_for_one_update_is_falsely_new(self) -> None:
        shown = [poll([0, 1]), poll([0, 1], {0: "Other words."})]
        judge = Judge(History(polls=tuple(shown), edits={}), Wordings(page()))
        before = {f"e{n}": row(Wordings(page())(own(n))) for n in (0, 1)}
        judge.see(0, before)
        other = row(Wordings(page())(replace(own(0), text="Other words.")))
        judge.see(1, {**before, "e2": other, "e0": replace(before["e0"], withdrawn=True)})
        verdict = judge.end()
        assert sorted((one.kind, one.false) for one in verdict.mistakes) == [("edited", False), ("new", True), ("withdrawn", True)]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    tasks = tasks_of(SAVED, only=None, count=ROUNDS, seed=1, profile=ORDINARY, explain=True)
    return totals(list(measure(tasks, processes=1)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ids", WORDS, ids=lambda ids: WORDS[ids])
def test_the_archive_tells_what_changed(outcome: Outcome, ids: bool, kind: str) -> None:
    count = outcome.counts[ids, kind]
    mistakes = "\n".join(one for one in outcome.mistakes if f", {WORDS[ids]}, " in one and f" {kind}: " in one)
    assert min(count.precision or 0, count.recall or 0) >= GOALS[ids] - FEW, mistakes


def own(identity: int, text: str | None = None) -> Update:
    words = text or f"Report {identity} of the harbour, the bridge and the storm."
    return update(f"b{identity}", f"Title {identity}", words, f"2026-03-01T11:{identity:02}:00Z")


def poll(
    shown: list[int],
    texts: dict[int, str] | None = None,
    *,
    gone: list[int] | None = None,
    pinned: list[int] | None = None,
    kind: str = "good",
    complete: bool = False,
) -> Poll:
    updates = {identity: own(identity, (texts or {}).get(identity)) for identity in shown}
    return Poll(
        kind=kind,
        at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        title="Storm",
        shown=tuple(Shown(identity=one, update=updates[one], whole=updates[one]) for one in reversed(shown)),
        complete=complete,
        declared_count=None,
        has_older=False,
        order=tuple(range(10)),
        gone=frozenset(gone or ()),
        pinned=frozenset(pinned or ()),
        events=(),
    )


def told(shown: list[Poll], kind: str) -> list[tuple[int, int, int, bool]]:
    timed = tuple(replace(one, at=one.at + timedelta(minutes=10 * n)) for n, one in enumerate(shown))
    found = labels(History(polls=timed, edits={}), Wordings(page()))
    return [(one.identity, one.first, one.last, one.required) for one in found if one.kind == kind]


def withdrawn(shown: list[Poll]) -> list[tuple[int, int, int, bool]]:
    return told(shown, "withdrawn")


def row(wording: Wording, revision: int = 1) -> Row:
    return Row(
        title=wording.title,
        byline=wording.byline,
        text=wording.text,
        published_at=wording.time,
        revision=revision,
        withdrawn=False,
    )


def oracle(one: Extraction, found: History) -> Verdict:
    """The verdict on an archive that is told who is who, reads only good polls and is slow to call anything withdrawn."""
    wordings = Wordings(one)
    required: list[Label] = [label for label in labels(found, wordings) if label.required]
    judge = Judge(found, wordings)
    rows: dict[str, Row] = {}
    known: dict[str, Wording] = {}
    for number, poll in enumerate(found.polls):
        for identity, wording in ((shown.identity, wordings(shown.update)) for shown in poll.shown if poll.kind == "good"):
            assert identity != NOBODY
            slug = f"e{identity}"
            changed = slug in rows and known[slug].visible != wording.visible
            rows[slug] = row(wording, (rows[slug].revision if slug in rows else 1) + changed)
            known[slug] = wording
        for label in required:
            if label.kind == "withdrawn" and label.last == number:
                rows[f"e{label.identity}"] = replace(rows[f"e{label.identity}"], withdrawn=True)
        judge.see(number, rows)
    return judge.end()
