"""What pages say about time, and what we make of it: every shape in a table, nothing invented."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.clocks import Clock, DayName, place, read_clock, read_day, resolve_day
from archive.errors import ExtractionError
from archive.model import When
from archive.offsets import named_zone
from archive.reading_times import read_time
from archive.relative import read_relative
from archive.times import against_shown, from_epoch, from_iso
from crawler.page import Page
from crawler.zones import page_zone

FETCHED = datetime(2024, 8, 27, 12, 7, 30, tzinfo=UTC)


def told(when: When | None) -> tuple[str, str, str] | None:
    return (when.instant.isoformat(), when.precision, when.basis) if when else None


@pytest.mark.parametrize(
    ("raw", "instant", "precision"),
    [
        ("2013-02-26T10:45:00Z", "2013-02-26T10:45:00+00:00", "second"),
        ("2013-02-26t10:45:00z", "2013-02-26T10:45:00+00:00", "second"),
        ("2013-02-26T10:45:00.123456789Z", "2013-02-26T10:45:00.123456+00:00", "second"),
        ("2013-02-26T10:45:00,5+01:00", "2013-02-26T10:45:00.500000+01:00", "second"),
        ("2013-02-26T10:45+0100", "2013-02-26T10:45:00+01:00", "minute"),
        ("2013-02-26T10+01", "2013-02-26T10:00:00+01:00", "hour"),
        ("2013-02-26 10:45:00 -0330", "2013-02-26T10:45:00-03:30", "second"),
        ("2013-02-26T10:45:00\u221205:00", "2013-02-26T10:45:00-05:00", "second"),
        ("2013-02-26 10:45:00 +0000 UTC", "2013-02-26T10:45:00+00:00", "second"),
        ("2013-02-26 10:45:00 UTC", "2013-02-26T10:45:00+00:00", "second"),
        ("2013-02-26T10:45:00+01:00[Europe/Berlin]", "2013-02-26T10:45:00+01:00", "second"),
        ("2013-02-26T24:00:00Z", "2013-02-27T00:00:00+00:00", "second"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00", "second"),
        ("20130226T104500Z", "2013-02-26T10:45:00+00:00", "second"),
        ("20130226T1045+0100", "2013-02-26T10:45:00+01:00", "minute"),
        ("2013-W09-2T10:45Z", "2013-02-26T10:45:00+00:00", "minute"),
        ("2013-057T10:45Z", "2013-02-26T10:45:00+00:00", "minute"),
        ("Fri, 25 Sep 2020 20:06:15 GMT", "2020-09-25T20:06:15+00:00", "second"),
        ("Tue Feb 26 2013 10:45:00 GMT+0100 (Central European Standard Time)", "2013-02-26T10:45:00+01:00", "second"),
        ("26 Feb 2013 10:45 EDT", "2013-02-26T10:45:00-04:00", "minute"),
    ],
)
def test_machine_times(raw: str, instant: str, precision: str) -> None:
    assert told(from_iso(raw))[:2] == (instant, precision)  # type: ignore[index]


def test_a_zone_is_used_only_where_none_is_stated() -> None:
    assert told(from_iso("2024-07-01T12:05", zone="Europe/London")) == ("2024-07-01T12:05:00+01:00", "minute", "page")
    assert told(from_iso("2024-07-01T12:05Z", zone="Europe/London")) == ("2024-07-01T12:05:00+00:00", "minute", "page")
    assert told(from_iso("2024-07-01T12:05")) == ("2024-07-01T12:05:00+00:00", "minute", "inferred")
    assert told(from_iso("2024-07-01", zone="Europe/London")) == ("2024-07-01T00:00:00+01:00", "day", "page")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "soon",
        "2013-02",
        "2013",
        "2013-02-30",
        "25:61",
        "03/04/2024 10:00",
        "26 February",
        "10:45",
        "2013-02-26T10:45+99:00",
        "1" * 100_000,
        "2013-02-26T10:45 XQZ",
        "26 Feb 2013 10:45 XQZ",
    ],
)
def test_what_is_not_a_full_time_is_refused(raw: str) -> None:
    with pytest.raises(ExtractionError):
        from_iso(raw)


@pytest.mark.parametrize(
    "raw",
    [1613763003, "1613763003", 1613763003000, "1613763003000", "1613763003000000", "1613763003000000000", "/Date(1613763003000+0100)/"],
)
def test_epochs(raw: int | str) -> None:
    assert told(from_epoch(raw)) == ("2021-02-19T19:30:03+00:00", "second", "page")


@pytest.mark.parametrize("raw", ["", "x", "nan", "inf", "9" * 400, "/Date()/"])
def test_no_epochs(raw: str) -> None:
    with pytest.raises(ExtractionError):
        from_epoch(raw)


@pytest.mark.parametrize(
    ("raw", "clock", "zone"),
    [
        ("8:32", (8, 32), None),
        ("20.15 Uhr", (20, 15), None),
        ("20.15", (20, 15), None),
        ("14 Uhr", (14, 0), None),
        ("12.34 BST", (12, 34), "BST"),
        ("9:43PM", (21, 43), None),
        ("9:43 p.m.", (21, 43), None),
        ("12:09 a.m. ET", (0, 9), "ET"),
        ("12:30pm", (12, 30), None),
        ("9pm", (21, 0), None),
        ("19:02 (IST)", (19, 2), "IST"),
        ("21h05", (21, 5), None),
        ("21 h 05", (21, 5), None),
        ("9h", (9, 0), None),
        ("klo 14.32", (14, 32), None),
        ("kl. 14.32", (14, 32), None),
        ("kl 14", (14, 0), None),
        ("14.05 uur", (14, 5), None),
        ("15時30分", (15, 30), None),
        ("下午3:15", (15, 15), None),
        ("오후 3:15", (15, 15), None),
        ("٠٨:٣٢ م", (20, 32), None),
        ("0905 GMT", (9, 5), "GMT"),
        ("20:15 GMT+2", (20, 15), "GMT+2"),
        ("20:15 (UTC-03:00)", (20, 15), "UTC-03:00"),
        ("10:30 UK time", (10, 30), "UK time"),
    ],
)
def test_clocks(raw: str, clock: tuple[int, int], zone: str | None) -> None:
    found = read_clock(raw)
    assert found is not None
    assert (found.hour, found.minute) == clock
    assert found.zone_name == zone
    assert found.is_whole


@pytest.mark.parametrize(
    "raw",
    [
        "3.15 percent more",
        "At 3.15 per cent, rates rose",
        "a 14.05 figure",
        "27.08.2024",
        "20.08.2024",
        "score 16:9",
        "13:05 am",
        "24:00",
        "25:10",
        "in 24h",
        "v2.10",
        "+01:00",
        "http://x.example:8080",
        "1.2.3",
        "2024",
    ],
)
def test_no_clocks(raw: str) -> None:
    assert read_clock(raw) is None


@pytest.mark.parametrize(
    ("raw", "day", "rest"),
    [
        ("12:09 a.m. ET, October 30, 2023", (30, 10, 2023), ""),
        ("19:02 (IST), Oct 02: The toss", (2, 10, None), ": The toss"),
        ("August 28, 2014, 1:51pm", (28, 8, 2014), ""),
        ("2 March 2024 22:17", (2, 3, 2024), ""),
        ("Dienstag, 27. August 2024 um 14:05 Uhr", (27, 8, 2024), ""),
        ("Published 27 August 2024 at 14:05", (27, 8, 2024), ""),
        ("le 3 mars à 21h05", (3, 3, None), ""),
        ("wt. 17.09, 18:42", (17, 9, None), ""),
        ("17.09 | 18:42 Rain", (17, 9, None), " Rain"),
        ("17/09 18:42", (17, 9, None), ""),
        ("Sep 17, 2024 / 06:42 PM EDT", (17, 9, 2024), ""),
        ("18:42 / 17.09.2024", (17, 9, 2024), ""),
        ("17. rujna 2024. u 18:42", (17, 9, 2024), ""),
        ("17 de septiembre de 2024 a las 18:42 hs", (17, 9, 2024), ""),
        ("17.09.2024 godz. 18:42", (17, 9, 2024), ""),
        ("2024. 09. 17. 18:42", (17, 9, 2024), ""),
        ("17 سبتمبر 2024 الساعة 18:42", (17, 9, 2024), ""),
        ("יום שלישי, 17 בספטמבר 2024, 18:42", (17, 9, 2024), ""),
        ("Thứ ba, 17/9/2024, 18:42 (GMT+7)", (17, 9, 2024), ""),
        ("17 septembrie 2024, ora 18:42", (17, 9, 2024), ""),
        ("17 września 2024, o godz. 18:42", (17, 9, 2024), ""),
        ("17 أيلول 2024 | 18:42", (17, 9, 2024), ""),
        ("১৭ সেপ্টেম্বর ২০২৪, ১৮:৪২", (17, 9, 2024), ""),
        ("17 செப்டம்பர் 2024 18:42", (17, 9, 2024), ""),
        ("17 ستمبر 2024 18:42", (17, 9, 2024), ""),
        ("17 กันยายน 2567 เวลา 18.42 น.", (17, 9, 2024), ""),
        ("17 ก.ย. 2567 18:42", (17, 9, 2024), ""),
        ("18h42min – Rain", None, " – Rain"),
        ("Ore 18.40 - Rain", None, " - Rain"),
        ("Update vom 3. März, 18.40 Uhr: Rain", (3, 3, None), ": Rain"),
        ("12:05 May 3 people left", None, " May 3 people left"),
        ("20.15 Uhr: Ein Satz", None, ": Ein Satz"),
    ],
)
def test_days_beside_clocks(raw: str, day: tuple[int, int, int | None] | None, rest: str) -> None:
    found = read_clock(raw)
    assert found is not None
    assert found.leads
    assert (found.day and (found.day.day, found.day.month, found.day.year)) == day
    assert raw[found.end :] == rest


@pytest.mark.parametrize("raw", ["Um 14.05 Uhr kam die Feuerwehr", "Alle ore 18:40 il sindaco parla", "Rain at 18:40 - more"])
def test_a_clock_in_a_sentence_opens_nothing(raw: str) -> None:
    found = read_clock(raw)
    assert found is not None
    assert not found.leads


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("Dienstag, 27. August 2024", (27, 8, 2024, 1)),
        ("Tuesday 3 March", (3, 3, None, 1)),
        ("27.08.2024", (27, 8, 2024, None)),
        ("27.8.24", (27, 8, 2024, None)),
        ("27.08.", (27, 8, None, None)),
        ("2 novembre 2023", (2, 11, 2023, None)),
        ("Oct 02", (2, 10, None, None)),
        ("Aug. 27, 2024", (27, 8, 2024, None)),
        ("3rd of March 2024", (3, 3, 2024, None)),
        ("mar. 3 mars", (3, 3, None, 1)),
        ("1er mai 2024", (1, 5, 2024, None)),
        ("segunda-feira, 3 de abril de 2023", (3, 4, 2023, 0)),
        ("27 augusti", (27, 8, None, None)),
        ("tiistaina 27. elokuuta", (27, 8, None, 1)),
        ("27 sierpnia 2024 r.", (27, 8, 2024, None)),
        ("27. srpna 2024", (27, 8, 2024, None)),
        ("27 Ağustos 2024 Salı", (27, 8, 2024, 1)),
        ("вторник, 27 августа 2024 г.", (27, 8, 2024, 1)),
        ("27 Αυγούστου 2024", (27, 8, 2024, None)),
        ("27 أغسطس 2024", (27, 8, 2024, None)),
        ("27 अगस्त 2024", (27, 8, 2024, None)),
        ("2024年8月27日(火)", (27, 8, 2024, None)),
        ("8월 27일", (27, 8, None, None)),
        ("2024-08-27", (27, 8, 2024, None)),
        ("27/08/2024", (27, 8, 2024, None)),
        ("Montag", (None, None, None, 0)),
    ],
)
def test_day_headings(raw: str, day: tuple[int | None, ...]) -> None:
    found = read_day(raw)
    assert found is not None
    assert (found.day, found.month, found.year, found.weekday) == day
    assert found.raw == raw


@pytest.mark.parametrize(
    ("raw", "offset"), [("today", 0), ("hoje", 0), ("i dag", 0), ("Aujourd\u2019hui", 0), ("gestern", -1), ("i går", -1)]
)
def test_relative_days(raw: str, offset: int) -> None:
    found = read_day(raw)
    assert found is not None
    assert found.offset == offset


@pytest.mark.parametrize(
    ("raw", "leads", "trails", "whole"),
    [
        ("+++ 22:40 Rain +++", True, False, False),
        ("Rain at last (21:47)", False, True, False),
        ("The 21:47 train", False, False, False),
        ("04:47 \u0e19.", True, False, True),
    ],
)
def test_where_a_clock_stands(raw: str, leads: bool, trails: bool, whole: bool) -> None:
    clock = read_clock(raw)
    assert clock is not None
    assert (clock.leads, clock.trails, clock.is_whole) == (leads, trails, whole)


def test_an_instant_run_together() -> None:
    assert from_iso("20130226104500", zone="UTC").instant.isoformat() == "2013-02-26T10:45:00+00:00"


@pytest.mark.parametrize(
    "raw",
    [
        "The strike began on 27 August 2024",
        "August 2024",
        "3 March people",
        "2024",
        "May",
        "So",
        "Live 3",
        "20.15",
        "3-2",
        "1/6",
        "3/4/2024",
        "5 mins ago",
        "32 March",
        "Friday the 13th",
        "2024-08-27T10:00",
        "1" * 100_000,
        "27.08." * 20_000,
    ],
)
def test_no_day_headings(raw: str) -> None:
    assert read_day(raw) is None


def test_a_word_of_two_months_is_read_in_the_language_of_the_page() -> None:
    assert [read_day("3 listopada", language=language).month for language in ("pl", "hr")] == [11, 10]  # type: ignore[union-attr]
    assert read_day("3/4/2024", language="fr").month == 4  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "near", "day"),
    [
        (DayName(day=30, month=12), date(2024, 1, 2), date(2023, 12, 30)),
        (DayName(day=2, month=1), date(2023, 12, 30), date(2024, 1, 2)),
        (DayName(day=3, month=3, weekday=1), date(2026, 8, 1), date(2026, 3, 3)),
        (DayName(day=3, month=3, weekday=1), date(2024, 3, 4), date(2020, 3, 3)),
        (DayName(day=29, month=2), date(2023, 3, 1), date(2024, 2, 29)),
        (DayName(weekday=0), date(2024, 8, 27), date(2024, 8, 26)),
        (DayName(offset=-1), date(2024, 3, 1), date(2024, 2, 29)),
        (DayName(day=27, month=8, year=2019), date(2024, 8, 27), date(2019, 8, 27)),
    ],
)
def test_resolve_day(name: DayName, near: date, day: date) -> None:
    assert resolve_day(name, near=near) == day


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ExtractionError, match="exists"):
        resolve_day(DayName(day=30, month=2, raw="30 February"), near=date(2024, 3, 1))


def placed(lines: list[str], near: date, *, zone: str | None = "Europe/Berlin", **more: object) -> list[str]:
    """Lines as a list of entries and headings -> local day and clock of each entry."""
    items: list[Clock | DayName | None] = [read_day(line) or read_clock(line) for line in lines]
    return [when.instant.strftime("%d %H:%M") for when in place(items, near=near, zone=zone, **more) if when]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (["0:10", "23:50", "22:00"], "02 01 01"),
        (["22:00", "23:50", "0:10"], "01 01 02"),
        (["10:00", "12:00"], "02 02"),
        (["12:00", "10:00"], "02 02"),
        (["9:00", "8:00", "22:00", "6:00", "23:00"], "02 02 01 01 29"),
        (["6:00", "22:00", "8:00", "9:00"], "01 01 02 02"),
        (["18:00", "18:02", "17:50"], "02 02 02"),  # a later insertion is no turn of midnight
        (["9:00"], "02"),
        (["Samstag, 2. März", "8:00", "7:00", "Freitag, 1. März", "19:00"], "02 02 01"),
        (["8:00", "7:00", "Samstag, 2. März", "19:00", "Freitag, 1. März"], "02 02 01"),
        (["8:00", "7:00", "gestern", "19:00"], "02 02 01"),
        (["Freitag", "19:00", "Samstag", "7:00", "8:00"], "01 02 02"),
        (["1 March", "9:00", "10:00", "2 March", "9:30"], "01 01 02"),
        (["9:00, 2 March", "8:00", "23:00"], "02 02 01"),
    ],
)
def test_place(lines: list[str], days: str) -> None:
    assert [line[:2] for line in placed(lines, date(2024, 3, 2))] == days.split()


def test_day_headings_stand_where_the_caller_says() -> None:
    lines = ["2 March", "9:00", "1 March", "19:00", "29 February"]
    near = date(2024, 3, 2)
    assert [line[:2] for line in placed(lines, near, day_stands="above")] == ["02", "01"]
    assert [line[:2] for line in placed(lines, near, day_stands="below")] == ["01", "29"]


def test_nothing_is_placed_after_the_page_was_fetched() -> None:
    near = datetime(2024, 3, 2, 9, 0, tzinfo=UTC)
    assert placed(["23:00", "22:00"], near) == ["01 23:00", "01 22:00"]
    assert placed(["10:05", "9:00"], near) == ["02 10:05", "02 09:00"]  # their clock may be a little ahead


def test_place_keeps_the_list() -> None:
    items = [None, read_day("2 March"), read_clock("9:00 CET, 2 March 2024"), read_clock("8:00")]
    found = place(items, near=date(2024, 3, 2), zone="Europe/Berlin")
    assert [told(when) for when in found] == [
        None,
        None,
        ("2024-03-02T09:00:00+01:00", "minute", "page"),
        ("2024-03-02T08:00:00+01:00", "minute", "inferred"),
    ]
    assert place([], near=date(2024, 3, 2), zone=None) == []


def test_the_hour_that_comes_twice_keeps_the_order() -> None:
    found = place([read_clock(c) for c in ("2:50", "2:10", "2:40", "1:50")], near=date(2024, 10, 27), zone="Europe/Berlin")
    assert [when.instant.isoformat()[11:] for when in found if when] == [
        "02:50:00+01:00",
        "02:10:00+01:00",
        "02:40:00+02:00",
        "01:50:00+02:00",
    ]


def test_the_hour_that_is_skipped() -> None:
    assert told(from_iso("2024-03-31T02:30", zone="Europe/Berlin")) == ("2024-03-31T03:30:00+02:00", "minute", "inferred")
    assert told(from_iso("2024-10-27T02:30", zone="Europe/Berlin")) == ("2024-10-27T02:30:00+02:00", "minute", "inferred")


@pytest.mark.parametrize(
    ("name", "month", "zone", "hours", "sure"),
    [
        ("IST", 7, "Asia/Kolkata", 5.5, True),
        ("IST", 7, "Europe/Dublin", 1, True),
        ("IST", 1, "Asia/Jerusalem", 2, True),
        ("IST", 7, None, 5.5, False),
        ("BST", 7, "Europe/London", 1, True),
        ("BST", 7, "Asia/Dhaka", 6, True),
        ("BST", 7, None, 1, False),
        ("CST", 1, "America/Chicago", -6, True),
        ("CST", 1, "Asia/Shanghai", 8, True),
        ("CST", 1, None, -6, False),
        ("EST", 1, "America/New_York", -5, True),
        ("EST", 7, "America/New_York", -4, False),
        ("EST", 7, "Australia/Sydney", 10, True),
        ("ET", 7, "Europe/London", -4, True),
        ("GMT", 7, "Europe/London", 0, True),
        ("MESZ", 7, None, 2, True),
        ("+0530", 1, None, 5.5, True),
        ("AEST", 7, "Europe/London", 10, True),
        ("BST", 7, "Europe/Paris", 1, False),
        ("IST", 7, "Europe/Paris", 5.5, False),
        ("EDT", 7, "Europe/Paris", -4, True),
        ("MEZ", 1, "Europe/Berlin", 1, True),
        ("PST", 1, "Asia/Manila", 8, True),
    ],
)
def test_abbreviations(name: str, month: int, zone: str | None, hours: float, sure: bool) -> None:
    naive = datetime(2024, month, 3, 12)
    found = named_zone(name, naive=naive, zone=zone)
    assert found is not None
    assert naive.replace(tzinfo=found[0]).utcoffset().total_seconds() / 3600 == hours  # type: ignore[union-attr]
    assert found[1] == sure


@pytest.mark.parametrize(
    ("raw", "clock", "precision"),
    [
        ("just now", "12:07:00", "minute"),
        ("30 seconds ago", "12:07:00", "second"),
        ("5 mins ago", "12:02:00", "minute"),
        ("5m ago", "12:02:00", "minute"),
        ("20m", "11:47:00", "minute"),
        ("an hour ago", "11:00:00", "hour"),
        ("2h 5m ago", "10:02:00", "minute"),
        ("vor 5 Minuten", "12:02:00", "minute"),
        ("vor einer Stunde", "11:00:00", "hour"),
        ("il y a 3 heures", "09:00:00", "hour"),
        ("à l\u2019instant", "12:07:00", "minute"),
        ("hace 5 minutos", "12:02:00", "minute"),
        ("há 2 horas", "10:00:00", "hour"),
        ("5 minuti fa", "12:02:00", "minute"),
        ("5 minuten geleden", "12:02:00", "minute"),
        ("för 5 minuter sedan", "12:02:00", "minute"),
        ("for 5 minutter siden", "12:02:00", "minute"),
        ("5 minuuttia sitten", "12:02:00", "minute"),
        ("5 minut temu", "12:02:00", "minute"),
        ("5 dk önce", "12:02:00", "minute"),
        ("5 минут назад", "12:02:00", "minute"),
        ("3小时前", "09:00:00", "hour"),
        ("3分前", "12:04:00", "minute"),
        ("3 days ago", "00:00:00", "day"),
        ("Updated 5 minutes ago", "12:02:00", "minute"),
    ],
)
def test_relative_times(raw: str, clock: str, precision: str) -> None:
    found = read_relative(raw, now=FETCHED)
    assert found is not None
    assert (found.instant.strftime("%H:%M:%S"), found.precision, found.basis, found.raw) == (clock, precision, "inferred", raw)


@pytest.mark.parametrize("raw", ["", "5 ago", "Chicago", "12m people", "1 day", "5 years", "for 5 men", "x" * 100_000, "1 " * 50_000])
def test_no_relative_times(raw: str) -> None:
    assert read_relative(raw, now=FETCHED) is None


def test_a_language_our_tables_lack_is_left_to_dateparser() -> None:
    assert told(read_relative("saa 3 zilizopita", now=FETCHED, language="sw")) == ("2024-08-27T09:00:00+00:00", "hour", "inferred")
    found = read_time("27 Agosti 2024 14:05", fetched_at=FETCHED, zone="Africa/Nairobi", language="sw")
    assert told(found) == ("2024-08-27T14:05:00+03:00", "minute", "page")
    assert read_relative("saa 3 zilizopita", now=FETCHED, language="xx") is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2024-08-27T10:00:00+02:00", ("2024-08-27T10:00:00+02:00", "second", "page")),
        ("1724752800", ("2024-08-27T10:00:00+00:00", "second", "page")),
        ("/Date(1724752800000)/", ("2024-08-27T10:00:00+00:00", "second", "page")),
        ("12:09 a.m. ET, October 30, 2023", ("2023-10-30T00:09:00-04:00", "minute", "page")),
        ("27. August 2024, 14:05 Uhr", ("2024-08-27T14:05:00+02:00", "minute", "page")),
        ("Published: 14:05, 27 Aug 2024", ("2024-08-27T14:05:00+02:00", "minute", "page")),
        ("Updated 9:05 p.m. ET, Oct. 2, 2020", ("2020-10-02T21:05:00-04:00", "minute", "page")),
        ("9:05 PM \u00b7 Mar 3, 2024", ("2024-03-03T21:05:00+01:00", "minute", "page")),
        ("27.8. klo 14.05", ("2024-08-27T14:05:00+02:00", "minute", "inferred")),
        ("1 hour, 5 minutes ago", ("2024-08-27T13:02:00+02:00", "minute", "inferred")),
        ("LIVE 14:05", None),
        ("Aug 26, 14:05", ("2024-08-26T14:05:00+02:00", "minute", "inferred")),
        ("gestern, 14:05 Uhr", ("2024-08-26T14:05:00+02:00", "minute", "inferred")),
        ("27 August 2024", ("2024-08-27T00:00:00+02:00", "day", "page")),
        ("vor 5 Minuten", ("2024-08-27T14:02:00+02:00", "minute", "inferred")),
        ("14:05", None),
        ("August 2024", None),
        ("2024", None),
        ("03/04/2024", None),
        ("gallery of 12 pictures", None),
        ("0" * 100_000, None),
    ],
)
def test_read_time(raw: str, expected: tuple[str, str, str] | None) -> None:
    assert told(read_time(raw, fetched_at=FETCHED, zone="Europe/Berlin")) == expected


def test_a_clock_alone_needs_its_day() -> None:
    found = read_time("14:05", fetched_at=FETCHED, zone="Europe/Berlin", day=date(2024, 8, 1))
    assert told(found) == ("2024-08-01T14:05:00+02:00", "minute", "inferred")
    unknown = datetime(1970, 1, 1, tzinfo=UTC)
    assert read_time("Aug 26, 14:05", fetched_at=unknown, zone="Europe/Berlin") is None


@pytest.mark.parametrize(
    ("machine", "shown", "believed"),
    [
        ("2024-08-27T14:05:09+02:00", "14:05", "2024-08-27T14:05:09+02:00"),
        ("2024-08-27T12:05:09Z", "14:05", "2024-08-27T12:05:09+00:00"),
        ("2024-08-27T14:05:09+02:00", "12:05", "2024-08-27T14:05:09+02:00"),  # the text is in UTC until a script rewrites it
        ("2024-08-27T14:05:09Z", "14:05", "2024-08-27T14:05:09+02:00"),  # a wall clock with a false Z
        ("2024-08-27T10:05:09Z", "27 August 2024 16:30", "2024-08-27T16:30:00+02:00"),  # an editor set another
        ("2024-08-27T23:50:00Z", "2:10", "2024-08-28T02:10:00+02:00"),
        ("2024-08-27T22:30:00Z", "0:30", "2024-08-27T22:30:00+00:00"),
    ],
)
def test_machine_times_beside_visible_ones(machine: str, shown: str, believed: str) -> None:
    assert against_shown(from_iso(machine), read_clock(shown), zone="Europe/Berlin").instant.isoformat() == believed


def test_a_machine_time_alone_stands() -> None:
    machine = from_iso("2024-08-27T10:05:09Z")
    assert against_shown(machine, None, zone="Europe/Berlin") is machine
    assert against_shown(machine, read_clock("9:00"), zone=None) is machine


@pytest.mark.parametrize(
    ("machine", "shown", "believed"),
    [
        ("2025-03-05 20:14:00", "8:14 PM EST", "2025-03-05T20:14:00-05:00"),
        ("2025-03-05 20:14:31", "8:14 PM CET", "2025-03-05T20:14:31+01:00"),
        ("2025-03-05 20:14:00", "8:14 PM", "2025-03-05T20:14:00+00:00"),
        ("2025-03-05 20:14:00", "9:14 PM EST", "2025-03-05T20:14:00+00:00"),
        ("2025-03-05T20:14:00Z", "8:14 PM EST", "2025-03-05T20:14:00+00:00"),
    ],
)
def test_an_attribute_without_an_offset_keeps_the_clock_beside_it(machine: str, shown: str, believed: str) -> None:
    assert against_shown(from_iso(machine), read_clock(shown), zone=None).instant.isoformat() == believed


@pytest.mark.parametrize(
    ("url", "head", "zone"),
    [
        ("https://zeitung.example.de/live", "", "Europe/Berlin"),
        ("https://zeitung.example.de/live", "2024-08-27T14:05:00+02:00", "Europe/Berlin"),
        ("https://zeitung.example.de/live", "2024-08-27T14:05:00-07:00", None),
        ("https://paper.example.co.uk/live", "2024-08-27T14:05:00+01:00", "Europe/London"),
        ("https://paper.example.us/live", "", None),
        ("https://paper.example.us/live", "2024-08-27T14:05:00-07:00", "America/Los_Angeles"),
        ("https://paper.example.com.au/live", "2024-08-27T14:05:00+09:30", "Australia/Adelaide"),
        ("https://paper.example.com/live", "", None),
        ("https://paper.example.com/live", "2024-08-27T14:05:00Z", None),
        ("https://paper.example.com/live", "2024-08-27T14:05:00+02:00", "Etc/GMT-2"),
        ("https://paper.example.com/live", '<html lang="de-AT">', "Europe/Vienna"),
        ("https://paper.example.com/live", '<html lang="fi">', "Europe/Helsinki"),
        ("https://paper.example.com/live", '<html lang="fr"> 2024-08-27T14:05:00+02:00 2024-02-27T14:05:00+01:00', "Europe/Paris"),
        ("https://paper.example.com/live", '<html lang="en"> 2024-08-27T14:05:00+05:30', "Asia/Kolkata"),
        ("https://paper.example.com/live", "2024-08-27T14:05:00+05:45", "Asia/Kathmandu"),
        ("https://paper.example.com/live", "2024-08-27T14:05:00+02:00 2024-08-27T14:05:00-03:00", None),
    ],
)
def test_the_zone_of_a_page_nobody_described(url: str, head: str, zone: str | None) -> None:
    body = head if head.startswith("<html") else f"<html><p>{head}</p>"
    found = page_zone(Page(url=url, body=body.encode()))
    assert found == zone
    assert found is None or ZoneInfo(found)


@pytest.mark.parametrize(
    "raw", ["1" * 100_000, "1:" * 50_000, " " * 100_000, "12:30 " + " " * 100_000, "1.1." * 25_000, "(" * 100_000, "a " * 50_000]
)
def test_hostile_text_is_read_quickly(raw: str) -> None:
    started = time.perf_counter()
    read_clock(raw)
    assert read_day(raw) is None
    assert read_relative(raw, now=FETCHED) is None
    assert read_time(raw, fetched_at=FETCHED, zone=None, language="sw") is None
    assert time.perf_counter() - started < 0.2


@given(
    *(st.integers(low, high) for low, high in ((0, 9999), (0, 13), (0, 32), (0, 25), (0, 61), (0, 61))),
    st.sampled_from(["", ".345", ".000001", ".3"]),
    st.sampled_from(["Z", "+00:00", "-00:00", "+05:30", "-09:30", "+23:59", "+24:00", "+05:75"]),
)
def test_the_usual_shape_is_read_as_all_others(
    year: int, month: int, day: int, hour: int, minute: int, second: int, fraction: str, offset: str
) -> None:
    def read(sign: str) -> tuple[object, ...]:
        raw = f"{year:04}-{month:02}-{day:02}{sign}{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
        try:
            found = from_iso(raw, zone="Europe/London")
        except ExtractionError:
            return ()
        return found.instant, found.instant.isoformat(), repr(found.instant.tzinfo), found.precision, found.basis

    assert read("T") == read(" ")
