"""When a page is due again: bounds, obvious directions, every situation a watch can be in, and the reasons given."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.polling import Blog, FirstTable, Score, _fold, at_budget, follow
from benchmarks.polling_model import KNOTS, SILENCE
from crawler.pace import CURVES, TABLE, Pace, features
from crawler.polling import (
    AFTER_THE_END,
    FADING,
    GAP,
    LAST_LOOK,
    LONGEST_ORDER,
    LONGEST_RETRY,
    PACE,
    PAUSE,
    QUICK,
    RARE,
    RETRIES_AT_THE_END,
    STEADY,
    Due,
    in_words,
    interval,
    next_interval,
    next_poll,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ZONE = "Europe/London"
HOUR, DAY = 3600.0, 86400.0

EVENING, NIGHT = NOON.replace(hour=20), NOON.replace(hour=2)

gaps = st.lists(st.floats(0, 20_000), max_size=60)
hours = st.one_of(st.none(), st.floats(0, 24, exclude_max=True))


def ago(*seconds: float, at: datetime = NOON) -> list[float]:
    """Posting times so long before `at`."""
    return sorted(at.timestamp() - one for one in seconds)


def poll(posts: Sequence[float], *, at: datetime = NOON, **more: Any) -> Due:
    """The decision right after a poll."""
    return next_poll(posts, **{"now": at, "polled": at, "zone": ZONE, **more})


NIGHT_POSTS = ago(*(5 * HOUR + 400 * number for number in range(80)), at=NIGHT)
EVENING_POSTS = ago(*(3590 + 200 * number for number in range(60)), at=EVENING)


def wait(due: Due, at: datetime = NOON) -> float:
    assert due.at is not None, due.reason
    return (due.at - at).total_seconds()


def steady_blog(gap: float, *, at: datetime = NOON, since: float = 3 * HOUR) -> list[float]:
    """A post every so many seconds for three hours, the last one half a gap ago."""
    return ago(*(gap / 2 + gap * number for number in range(max(int(since / gap), 2))), at=at)


@given(gaps, st.floats(0, 40 * DAY), hours)
def test_an_interval_keeps_its_bounds(between: list[float], silence: float, hour: float | None) -> None:
    posts = list(accumulate(between, initial=1_500_000_000.0))
    now = posts[-1] + silence
    chosen = interval(posts, now, hour=hour)
    assert chosen >= QUICK
    if now - posts[-1] < PAUSE:
        assert chosen <= STEADY
    elif now - posts[-1] < FADING[0][0]:
        assert chosen in (QUICK, STEADY, RARE)
    elif now - posts[-1] < LAST_LOOK:
        assert chosen < math.inf
    else:
        assert chosen == math.inf


@given(gaps, st.floats(0, 40 * DAY), hours)
def test_a_decision_is_a_function_of_what_was_seen_by_then(between: list[float], silence: float, hour: float | None) -> None:
    posts = list(accumulate(between, initial=1_500_000_000.0))
    now = posts[-1] + silence
    chosen = interval(posts, now, hour=hour)
    assert interval(tuple(posts), now, hour=hour) == chosen
    assert interval([*posts, now + 1, now + 30], now, hour=hour) == chosen


@given(st.integers(0, 23), st.sampled_from([ZONE, "America/New_York", "Asia/Tokyo", None]))
def test_a_faster_live_blog_never_waits_longer(hour: int, zone: str | None) -> None:
    at = NOON.replace(hour=hour)
    waits = [wait(poll(steady_blog(gap, at=at), at=at, zone=zone), at) for gap in (20, 40, 80, 160, 320, 640, 1300, 2600, 5200)]
    assert waits == sorted(waits)
    assert waits[0] == QUICK


@settings(deadline=None)
@given(st.sampled_from([40.0, 90.0, 200.0, 500.0, 1200.0]), st.sampled_from([ZONE, None]))
def test_a_longer_silence_never_brings_a_sooner_poll(gap: float, zone: str | None) -> None:
    posts = steady_blog(gap)
    # At one hour of the day, so that only the silence differs; the first minutes after a post are left out: a second one takes writing.
    waits = [interval(posts, posts[-1] + silence, hour=12.0 if zone else None) for silence in (600, 900, 1800, 3600, 7200, 10_000)]
    assert waits == sorted(waits)


@given(gaps, st.floats(0, 30 * DAY), st.floats(0, 30 * DAY))
def test_the_end_of_coverage_makes_polls_rarer(between: list[float], since_post: float, since_end: float) -> None:
    posts = list(accumulate(reversed([-one for one in between]), initial=NOON.timestamp() - since_post))[::-1]
    live = poll(posts)
    ended = poll(posts, ended=NOON - timedelta(seconds=since_end))
    if ended.at is not None:
        assert live.at is None or since_post > PAUSE or wait(ended) >= wait(live)
        assert wait(ended) >= GAP


@given(
    gaps,
    st.floats(0, 30 * DAY),
    st.one_of(st.none(), st.floats(0, 30 * DAY)),
    st.integers(0, 200),
    st.one_of(st.none(), st.floats(0, 1e9)),
    st.floats(0, 5 * DAY),
)
def test_every_decision_is_bounded_and_explained(
    between: list[float], since_post: float, since_end: float | None, failures: int, retry_after: float | None, overslept: float
) -> None:
    posts = list(accumulate(between, initial=NOON.timestamp() - since_post - sum(between)))
    ended = None if since_end is None else NOON - timedelta(seconds=since_end)
    now = NOON + timedelta(seconds=overslept)
    due = poll(posts, ended=ended, failures=failures, retry_after=retry_after, now=now)
    assert due == poll(posts, ended=ended, failures=failures, retry_after=retry_after, now=now)
    assert 0 < len(due.reason) < 140
    assert "\n" not in due.reason
    if due.at is not None:
        assert due.at >= now
        assert due.at >= NOON + timedelta(seconds=GAP)
        assert due.at <= max(now, NOON + timedelta(seconds=1.06 * LAST_LOOK))
        if retry_after is not None:
            assert due.at >= NOON + timedelta(seconds=min(retry_after, LONGEST_ORDER))


def test_a_page_never_polled_is_due_now() -> None:
    assert poll([], polled=None) == Due(at=NOON, reason="never polled: now")


def test_a_page_without_posts_is_polled_steadily_then_given_up_like_a_silent_one() -> None:
    due = poll([], first_polled=NOON - timedelta(minutes=40))
    assert wait(due) == STEADY
    assert due.reason == "nothing in the 40 minutes since the first poll: every 5 minutes"
    assert poll([], first_polled=NOON - timedelta(days=40)).at is None


@pytest.mark.parametrize(
    ("posts", "at", "expected"),
    [
        (ago(30, 200, 500, 900), NOON, "3 posts in the last 10 minutes: every 60 s"),
        (ago(2400, 5000, 9000), NOON, "nothing for 40 minutes, but a post is likely at this stage: every 60 s"),
        (EVENING_POSTS, EVENING, "nothing for 60 minutes: every 5 minutes"),
        (
            NIGHT_POSTS,
            NIGHT,
            "nothing for 5 hours and it is 02:00 there: every 15 minutes",
        ),
        (ago(4 * DAY, 5 * DAY), NOON, "nothing for 4 days: again in 6 hours"),
        (ago(8 * DAY, 9 * DAY), NOON, "nothing for 8 days: again in 2 days"),
        (ago(28 * DAY), NOON, "nothing for 28 days: the last look is done"),
    ],
)
def test_reasons(posts: list[float], at: datetime, expected: str) -> None:
    assert poll(posts, at=at).reason == expected


def test_a_poll_long_overdue_is_due_now() -> None:
    """Nothing ran for two days: the decision stands on the last poll, and its time has come."""
    assert poll(ago(30, 90), now=NOON + timedelta(days=2)).at == NOON + timedelta(days=2)


def test_ten_seconds_lie_between_two_polls() -> None:
    end = NOON - timedelta(seconds=LAST_LOOK - 12)
    assert wait(poll(ago(LAST_LOOK), ended=end)) >= GAP


def test_the_morning_after_is_caught() -> None:
    """Posts until ten in the evening, the next one at half past six: it is seen within five minutes, for few polls by night."""
    evening = datetime(2026, 3, 3, 22, tzinfo=UTC)
    posts = [evening.timestamp() - 300 * number for number in range(100, -1, -1)]
    morning = evening + timedelta(hours=8.5)
    at, polls = evening, 0
    while at < morning:
        polls += 1
        at += timedelta(seconds=wait(poll(posts, at=at), at))
    assert (at - morning).total_seconds() <= STEADY
    assert polls < 8.5 * 12


def test_the_night_is_that_of_the_publisher() -> None:
    assert wait(poll(NIGHT_POSTS, at=NIGHT, zone=ZONE), NIGHT) == RARE
    assert wait(poll(NIGHT_POSTS, at=NIGHT, zone="Asia/Tokyo"), NIGHT) == STEADY
    assert wait(poll(NIGHT_POSTS, at=NIGHT, zone=None), NIGHT) == STEADY
    assert poll(NIGHT_POSTS, at=NIGHT, zone="Nowhere/Land") == poll(NIGHT_POSTS, at=NIGHT, zone=None)


def test_a_page_that_ended_is_looked_at_for_late_edits_then_never() -> None:
    end, at, looks = NOON, NOON + timedelta(seconds=40), []
    for _ in range(20):
        due = poll(ago(600), at=at, ended=end)
        if due.at is None:
            assert due.reason == "ended: the last look, 28 days after the end, is done"
            break
        at = due.at
        looks.append((at - end).total_seconds())
    else:
        pytest.fail("it is polled for ever")
    assert len(looks) <= len(AFTER_THE_END)
    assert looks[:2] == [HOUR, 3 * HOUR] or looks[:2] == [HOUR / 4, HOUR]
    assert 28 * DAY <= looks[-1] <= 30 * DAY
    assert all(later - sooner >= HOUR / 2 for sooner, later in pairwise(looks))


def test_a_post_after_the_end_moves_the_end() -> None:
    due = poll(ago(60), ended=NOON - timedelta(days=2))
    assert wait(due) < 2 * HOUR


def test_a_silent_page_is_looked_at_ever_more_rarely_and_a_last_time_after_four_weeks() -> None:
    posts, at, looks = ago(0), NOON, []
    while (due := poll(posts, at=at)).at is not None:
        at = due.at
        looks.append((at - NOON).total_seconds())
    assert 28 * DAY <= looks[-1] <= 28.2 * DAY
    assert sum(DAY <= look < 3 * DAY for look in looks) > sum(3 * DAY <= look < 7 * DAY for look in looks) > 8


def test_failures_back_off_and_a_good_poll_forgives() -> None:
    posts = ago(30, 200, 500, 900)
    waits = [wait(poll(posts, failures=failures)) for failures in range(14)]
    assert waits[0] == QUICK
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_RETRY
    assert poll(posts, failures=3).reason == "3 failed polls in a row: again in 4 minutes"
    assert poll(posts, failures=1).reason.startswith("1 failed poll in a row")


def test_a_last_look_that_failed_is_tried_again_but_not_for_ever() -> None:
    over = ago(29 * DAY)
    assert poll(over, failures=1).at is not None
    assert poll(over, failures=RETRIES_AT_THE_END + 1).at is None


def test_retry_after_is_obeyed_and_bounded() -> None:
    posts = ago(30, 200, 500, 900)
    due = poll(posts, retry_after=1800, failures=1)
    assert wait(due) == 1800
    assert due.reason == "the site asks to be left alone for 30 minutes: in 30 minutes"
    assert wait(poll(posts, retry_after=1e9)) == LONGEST_ORDER
    assert wait(poll(posts, retry_after=5)) == QUICK
    assert wait(poll(posts, retry_after=-5)) == QUICK


def test_long_waits_are_spread_by_the_address() -> None:
    waits = {wait(poll(ago(8 * DAY), url=f"https://times.example/live/{number}")) for number in range(50)}
    assert len(waits) > 40
    assert all(2 * DAY <= one <= 2 * DAY * 1.05 for one in waits)
    assert wait(poll(ago(30, 200, 500), url="https://times.example/live/a")) == QUICK


def test_worth_trades_polls_for_posts() -> None:
    posts = steady_blog(700)
    assert wait(poll(posts, worth=0.0)) == QUICK
    assert wait(poll(posts, worth=1.0)) == STEADY


def test_next_interval_reads_what_the_last_poll_showed() -> None:
    posts = ago(30, 200, 500, 900)
    assert next_interval(posts, posts[0], NOON.timestamp()) == QUICK
    assert next_interval([], NOON.timestamp(), NOON.timestamp()) <= STEADY


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 s"),
        (60, "60 s"),
        (119, "119 s"),
        (120, "2 minutes"),
        (900, "15 minutes"),
        (3600, "1 hour"),
        (90_000, "1 day"),
        (28 * DAY, "28 days"),
    ],
)
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_the_table_has_the_curves_that_are_learnt() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert set(table["curves"]) == set(CURVES) == set(KNOTS)
    for name, curve in table["curves"].items():
        assert curve["at"] == list(KNOTS[name])
        assert len(curve["adds"]) == len(curve["at"])
        # Smooth and modest: no step between two knots changes the expectation by more than a factor of ten.
        assert all(abs(right - left) < math.log(10) for left, right in pairwise(curve["adds"])), name
    assert len(table["hours"]["adds_by_silence"]) == len(SILENCE)
    assert TABLE.stat().st_size < 10_000


def test_features_of_one_moment() -> None:
    read = features([0.0, 600.0, 900.0], 3, 1000.0)
    assert read[0] == math.log(130)
    assert read[1] == math.log(330)
    assert read[7:] == (1, 2, 3, 3, 3, 3)


@given(gaps, st.floats(0, 30 * DAY), hours)
def test_expectations_are_finite_and_plausible(between: list[float], silence: float, hour: float | None) -> None:
    posts = list(accumulate(between, initial=0.0))
    assert 0 < PACE.expected(posts, len(posts), posts[-1] + silence, hour=hour) < 60


def test_a_table_of_zeros_expects_the_level() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    for curve in table["curves"].values():
        curve["adds"] = [0.0] * len(curve["adds"])
    table["hours"]["adds"] = [0.0] * 24
    table["hours"]["adds_by_silence"] = [[0.0] * 12 for _ in SILENCE]
    assert Pace(table).expected([0.0], 1, 50.0, hour=3.5) == pytest.approx(math.exp(table["level"]))


def test_the_judge_counts_like_a_reader() -> None:
    score = follow([0.0, 50.0, 1000.0], lambda posts, now: 100.0)
    assert (score.posts, score.within_60, score.within_300, score.never) == (3, 3, 3, 0)
    assert score.polls == 1 + (1000 + 21_600) // 100
    gone = follow([0.0, 5000.0], lambda posts, now: math.inf)
    assert (gone.never, gone.polls) == (1, 1)
    late = follow([0.0, 700.0], lambda posts, now: 600.0)
    assert (late.within_300, late.late_while_live) == (1, 1)


def test_live_blogs_of_one_week_are_held_out_together() -> None:
    monday = datetime(2017, 6, 5, tzinfo=UTC).timestamp()
    assert len({_fold(monday + hour * HOUR) for hour in range(7 * 24)}) == 1
    assert {_fold(monday + week * 7 * DAY) for week in range(40)} == set(range(5))


def test_budgets_lie_between_settings() -> None:
    scores = [Score(posts=10, within_60=5, polls=50), Score(posts=10, within_60=9, polls=100)]
    assert at_budget(scores, 7.5) == pytest.approx(0.7)
    assert at_budget(scores, 11) is None


def test_the_first_table_tells_bursts_from_silence() -> None:
    burst = Blog(publisher="times", posts=tuple(float(number * 60) for number in range(200)), fold=0)
    policy = FirstTable([burst]).policy(0.05)
    assert policy(burst.posts, 9000.0) == QUICK
    assert policy(burst.posts, burst.posts[-1] + 9000.0) == STEADY
