"""A live blog's rhythm: posts by the hour in the publisher's zone, and silences that stand out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from archive.rhythm import Post, silences, strip


def posts(*times: str | None) -> list[Post]:
    instants = (int(datetime.fromisoformat(at).timestamp()) if at else None for at in times)
    return list(enumerate(instants))


def test_posts_by_the_hour_of_the_publisher() -> None:
    found = strip(posts("2025-06-04T22:10:00Z", "2025-06-04T22:50:00Z", None, "2025-06-05T00:05:00Z"), zone="Europe/London")
    assert found is not None
    assert [(stretch.bar.name, stretch.bar.count) for stretch in found.stretches] == [
        ("4 June 2025, 23:00 to 00:00", 2),
        ("5 June 2025, 00:00 to 01:00", 0),
        ("5 June 2025, 01:00 to 02:00", 1),
    ]
    assert (found.unit, found.untimed, found.first, found.last) == ("hour", 1, "4 June 2025, 23:00", "5 June 2025, 02:00")
    assert (found.filled[0].oldest, found.filled[0].newest) == (0, 1)


@pytest.mark.parametrize(("days", "unit"), [(1, "hour"), (5, "2 hours"), (20, "6 hours"), (60, "day"), (400, "week"), (2000, "28 days")])
def test_a_long_coverage_is_told_in_longer_units(days: int, unit: str) -> None:
    start = datetime.fromisoformat("2025-01-01T10:00:00+00:00")
    found = strip(posts(*[f"{start + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}" for day in range(days + 1)]), zone=None)
    assert found is not None
    assert found.unit == unit
    assert len(found.stretches) <= 96
    assert sum(stretch.bar.count for stretch in found.stretches) == days + 1


@pytest.mark.parametrize(
    "times",
    [
        (),
        (None, None),
        ("2025-06-04T22:10:00Z",),
        ("2025-06-04T22:10:00Z", "2025-06-04T22:20:00Z"),
        ("0001-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
    ],
)
def test_too_little_makes_no_picture(times: tuple[str | None, ...]) -> None:
    assert strip(posts(*times), zone="America/New_York") is None


def test_an_instant_no_calendar_has_is_left_out() -> None:
    found = strip([*posts("2025-06-04T10:00:00Z", "2025-06-04T12:00:00Z"), (9, 10**15)], zone="Europe/London")
    assert found is not None
    assert found.untimed == 1


def test_a_zone_that_is_half_an_hour_off() -> None:
    found = strip(posts("2025-06-04T10:20:00Z", "2025-06-04T10:40:00Z"), zone="Asia/Kolkata")
    assert found is not None
    assert [stretch.bar.name for stretch in found.stretches] == ["4 June 2025, 15:00 to 16:00", "4 June 2025, 16:00 to 17:00"]


def test_the_hour_that_comes_twice_is_one_bar() -> None:
    found = strip(
        posts("2025-10-25T23:30:00Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-10-26T02:30:00Z"), zone="Europe/London"
    )
    assert found is not None
    assert [stretch.bar.count for stretch in found.stretches] == [1, 2, 1]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([0, 5, 10, 15, 20, 379], {5: 359}),
        ([0, 5, 10, 15, 20, 79], {}),  # under an hour
        ([0, 60, 120, 180, 240, 480], {}),  # usual enough for one that posts by the hour
        ([0, 60, 120, 180, 240, 600], {5: 360}),
        ([0, 5, 400], {}),  # too few to know what is usual
        ([0, 0, 0, 0, 0, 60], {5: 60}),
    ],
)
def test_a_silence_stands_out_against_the_usual_pause(minutes: list[int], expected: dict[int, int]) -> None:
    start = datetime.fromisoformat("2025-06-04T10:00:00+00:00")
    found = silences(posts(*[f"{start + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}" for minute in minutes]))
    assert found == {position: timedelta(minutes=silence) for position, silence in expected.items()}


def test_an_update_without_a_clock_time_ends_no_silence() -> None:
    timed = [
        "2025-06-04T10:00:00Z",
        "2025-06-04T10:05:00Z",
        None,
        "2025-06-04T10:10:00Z",
        "2025-06-04T10:15:00Z",
        None,
        "2025-06-04T15:00:00Z",
    ]
    assert list(silences(posts(*timed))) == [6]
