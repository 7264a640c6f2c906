"""What `stoppress run` asks for next, and when: every host in its turn, no page twice in a moment, gaps kept across a kill."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import watches
from archive.folder import Before, Folder
from archive.store import Archive
from archive.times import from_utc, to_utc
from crawler.crawling import crawl_settings
from crawler.spiders.run import RunSpider
from crawler.turns import Turns


@pytest.fixture
def listed(tmp_path: Path) -> Any:
    """A spider over an archive with these pages on its watch list, due now."""

    def make(*urls: str) -> RunSpider:
        archive = Archive(tmp_path / "archive.db")
        with archive.writing() as connection:
            watches.add(connection, urls, at=datetime.now(UTC) - timedelta(seconds=1))
        archive.close()
        spider = RunSpider()
        spider.settings = crawl_settings(Folder(tmp_path))
        return spider

    return make


def asked(spider: RunSpider) -> list[str]:
    spider.look(datetime.now(UTC))
    return [watch.url for watch in spider.due(datetime.now(UTC))]


def test_a_host_with_thousands_of_due_pages_holds_up_no_other(listed: Any) -> None:
    spider = listed(*(f"https://a.example/live/{number}" for number in range(3000)), "https://b.example/live")
    assert len(asked(spider)) == 2, "one page of each host"
    assert asked(spider) == [], "both hosts are busy"
    spider.done("https://b.example/live")
    assert asked(spider) == [], "b's page was asked a moment ago, though it is still due"


def test_a_page_is_not_asked_again_in_a_moment_whatever_became_of_the_poll(listed: Any) -> None:
    spider = listed("https://a.example/live", "https://a.example/other")
    first = asked(spider)
    spider.done(first[0])
    second = asked(spider)
    assert set(first + second) == {"https://a.example/live", "https://a.example/other"}
    spider.done(second[0])
    assert asked(spider) == []


def test_what_left_the_list_since_the_last_look_is_not_asked(listed: Any, tmp_path: Path) -> None:
    spider = listed("https://a.example/live", "https://b.example/live", "https://c.example/live")
    spider.look(datetime.now(UTC))
    archive = Archive(tmp_path / "archive.db")
    with archive.writing() as connection:
        watches.pause(connection, ["https://a.example/live"])
        watches.hold(connection, "b.example", until=datetime.now(UTC) + timedelta(hours=1))
    archive.close()
    assert [watch.url for watch in spider.due(datetime.now(UTC))] == ["https://c.example/live"]


def test_a_page_is_due_no_sooner_than_its_publisher_said(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive.db")
    until = datetime(2026, 3, 1, 12, 0, 30, 900_000, tzinfo=UTC)
    with archive.writing() as connection:
        watches.add(connection, ["https://a.example/live"], at=until - timedelta(seconds=30))
        watches.hold(connection, "a.example", until=until)
    found = watches.get(archive.connection, "https://a.example/live")
    archive.close()
    assert found is not None
    assert found.next_poll_at == from_utc("2026-03-01T12:00:31Z")
    assert watches.due is not None
    assert to_utc(until) == "2026-03-01T12:00:30Z", "which is what cutting it would give"


def test_after_a_kill_the_next_crawler_knows_when_the_last_request_was(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.crawling("stoppress run") as before:
        assert before == Before(0.0, was_killed=False)
        asyncio.run(Turns(gap=1.0, lock=folder.lock).come("a.example"))
        at = time.time()
    with folder.crawling("stoppress crawl") as before:
        assert not before.was_killed
        assert at <= before.asked_at <= at + 1
    folder.lock.write_text("stoppress run (process 1)\n")  # as a kill leaves it
    os.utime(folder.lock, (1000, 1000))
    with folder.crawling("stoppress run") as before:
        assert before == Before(1000.0, was_killed=True)


def test_a_host_is_left_a_second_from_the_end_of_the_request_before(tmp_path: Path) -> None:
    async def ask() -> float:
        turns = Turns(gap=0.2, lock=tmp_path / "crawler.lock")
        await turns.come("a.example")
        turns.over("a.example")
        ended = time.monotonic()
        await turns.come("b.example")
        assert time.monotonic() < ended + 0.15, "another host waits for nothing"
        await turns.come("a.example")
        return time.monotonic() - ended

    assert asyncio.run(ask()) >= 0.2
