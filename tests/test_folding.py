"""Old polls that found nothing new become one row for a page, an hour and an outcome; no figure changes by it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive.folder import Folder
from archive.status import status
from archive.store import Archive
from archive.times import to_utc
from archive.verify import verify
from crawler import folding
from crawler.chores import beside
from crawler.folding import Folding, fold_old_polls
from tests.conftest import at, page, update

NOW = at("2026-05-01T12:30:00")
URL = "https://times.example/live/storm"


def add(archive: Archive, moment: datetime, outcome: str = "unchanged", *, url: str = URL, message: str | None = None) -> None:
    archive.connection.execute(
        "INSERT INTO polls (url, live_blog_id, at, outcome, status, milliseconds, message) VALUES (?, 1, ?, ?, 200, 100, ?)",
        (url, to_utc(moment), outcome, message),
    )


def fold(archive: Archive, now: datetime = NOW, since: datetime | None = None) -> datetime | None:
    steps = fold_old_polls(archive, since=since, now=lambda: now)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def rows(archive: Archive) -> list[tuple[object, ...]]:
    return [
        tuple(row) for row in archive.connection.execute("SELECT url, at, outcome, message, count FROM polls ORDER BY at, url, outcome")
    ]


@pytest.fixture
def polled(archive: Archive, capture) -> Archive:
    """A live blog polled every five minutes for three hours of an old day, not unchanged at each."""
    archive.record(page(update("a", text="The bridge is shut.")), capture(to_utc(NOW - timedelta(days=40)), url=URL))
    for minute in range(0, 180, 5):
        outcome = {10: "http_503", 65: "not_modified", 70: "not_modified", 75: "broken"}.get(minute, "unchanged")
        add(archive, at("2026-03-10T08:02:00") + timedelta(minutes=minute), outcome)
    return archive


def test_one_row_for_a_page_an_hour_and_an_outcome(polled: Archive) -> None:
    fold(polled)
    day = "2026-03-10T"
    assert [(moment, outcome, count) for _, moment, outcome, _, count in rows(polled) if str(moment).startswith(day)] == [
        (f"{day}08:12:00Z", "http_503", 1),
        (f"{day}08:57:00Z", "unchanged", 11),
        (f"{day}09:12:00Z", "not_modified", 2),
        (f"{day}09:17:00Z", "broken", 1),
        (f"{day}09:57:00Z", "unchanged", 9),
        (f"{day}10:57:00Z", "unchanged", 12),
    ]
    assert rows(polled)[-1][2:] == ("new", None, 1), "what brought something stays as it was"


def test_no_figure_changes(polled: Archive) -> None:
    before = status(polled.connection)
    assert before["totals"]["polls"] == 37
    assert before["totals"]["outcomes"]["unchanged"] == 32
    health = polled.connection.execute("SELECT * FROM source_health").fetchall()
    fold(polled)
    assert polled.connection.execute("SELECT count(*) FROM polls").fetchone()[0] == 7
    assert status(polled.connection) == before
    assert polled.connection.execute("SELECT * FROM source_health").fetchall() == health


def test_a_poll_of_304_is_no_failure(polled: Archive) -> None:
    add(polled, at("2026-03-10T12:00:00"), "not_modified")
    assert status(polled.connection)["live_blogs"][0]["failures"] == 0
    add(polled, at("2026-03-10T12:05:00"), "http_500")
    assert status(polled.connection)["live_blogs"][0]["failures"] == 1


def test_what_says_something_else_is_not_folded_with_it(archive: Archive, capture) -> None:
    archive.record(page(update("a", text="The bridge is shut.")), capture(url=URL))
    moment = at("2026-03-10T08:00:00")
    for message in (None, "5 updates declared, 4 found", "5 updates declared, 4 found", None):
        add(archive, moment, message=message)
        moment += timedelta(minutes=1)
    add(archive, moment, url="https://times.example/live/flood")
    fold(archive)
    assert [row[3:] for row in rows(archive)[1:]] == [("5 updates declared, 4 found", 2), (None, 2), (None, 1)]


@pytest.mark.parametrize(("ago", "left"), [(timedelta(days=29, hours=23), 3), (timedelta(days=30, hours=2), 1)])
def test_the_last_thirty_days_stay_as_they_are(archive: Archive, capture, ago: timedelta, left: int) -> None:
    archive.record(page(update("a", text="The bridge is shut.")), capture(url=URL))
    for second in range(3):
        add(archive, (NOW - ago).replace(minute=0) + timedelta(seconds=20 * second))
    fold(archive)
    assert len(rows(archive)) == left + 1


def test_folding_again_changes_nothing_and_goes_on_where_it_was(polled: Archive) -> None:
    since = fold(polled)
    assert since == at("2026-03-10T11:00:00")
    folded = rows(polled)
    assert fold(polled) is None
    assert rows(polled) == folded
    for second in range(2):
        add(polled, at("2026-04-01T09:00:00") + timedelta(seconds=20 * second))
    fold(polled, now=NOW + timedelta(days=10), since=since)
    assert rows(polled)[-1] == (URL, "2026-04-01T09:00:20Z", "unchanged", None, 2)


def test_a_crawl_that_lasts_folds_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capture) -> None:
    monkeypatch.setattr(folding, "_FIRST", 0.05)
    folder = Folder(tmp_path)

    async def crawl(archive: Archive) -> None:
        with beside(Folding(archive)):
            await asyncio.sleep(0.5)

    archive = Archive(folder.archive)
    archive.record(page(update("a", text="The bridge is shut.")), capture(url=URL))
    for second in range(3):
        add(archive, at("2020-03-10T08:00:00") + timedelta(seconds=20 * second))
    asyncio.run(crawl(archive))
    assert rows(archive)[0] == (URL, "2020-03-10T08:00:40Z", "unchanged", None, 3)
    archive.close()
    assert verify(folder).problems == ()
