"""Answers of one moment are kept together: one transaction of the evidence, each with an outcome of its own, whatever one of them is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archive import live_blogs, watches
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.model import Capture, Extraction, Recorded
from archive.store import Read
from archive.times import to_utc
from crawler.pipeline import Answer, RecordPipeline
from crawler.recorder import Polled
from tests.living_server import Story

NOW = datetime.now(UTC).replace(microsecond=0)
URLS = [f"https://times.example/live/{number}" for number in range(4)]


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def pipeline(loop: asyncio.Runner, tmp_path: Path) -> Iterator[RecordPipeline]:
    made = RecordPipeline(Folder(tmp_path), "stoppress run", SimpleNamespace(spider=SimpleNamespace()))  # type: ignore[arg-type]

    async def opened() -> None:
        made.open_spider()

    loop.run(opened())
    with made.recorder.archive.writing() as connection:
        watches.add(connection, URLS, at=datetime.now(UTC))
    yield made
    made.close_spider()


def answer(pipeline: RecordPipeline, url: str, *, status: int = 200, minute: int = 0) -> Answer:
    story = Story()
    story.updates.append(("a", f"It began at {url}.", NOW - timedelta(hours=1)))
    body = story.page(url) if status == 200 else b""
    capture = Capture(url=url, body=body, fetched_at=NOW + timedelta(minutes=minute), status=status, headers={"ETag": '"1"'})
    return Answer(capture=capture, watch=watches.get(pipeline.recorder.archive.connection, url))


def polled(loop: asyncio.Runner, pipeline: RecordPipeline, *answers: Answer) -> list[Polled | BaseException]:
    async def all_at_once() -> list[Polled | BaseException]:
        return await asyncio.gather(*map(pipeline.process_item, answers), return_exceptions=True)

    return loop.run(all_at_once())


def transactions(connection: sqlite3.Connection) -> list[str]:
    seen: list[str] = []
    connection.set_trace_callback(lambda sql: seen.append(sql) if sql.startswith("COMMIT") else None)
    return seen


def test_each_answer_has_its_own_outcome_and_the_disk_is_waited_for_once(loop: asyncio.Runner, pipeline: RecordPipeline) -> None:
    commits, recorded = transactions(pipeline.recorder.captures.connection), transactions(pipeline.recorder.archive.connection)
    first = polled(loop, pipeline, *(answer(pipeline, url) for url in URLS[:3]))
    assert [one.outcome for one in first if isinstance(one, Polled)] == ["new"] * 3
    assert len(commits) == 1
    assert len(recorded) == 1
    mixed = [answer(pipeline, URLS[0], status=304, minute=1), answer(pipeline, URLS[1], status=304, minute=1)]
    mixed += [answer(pipeline, URLS[2], minute=1), answer(pipeline, URLS[3], status=304, minute=1)]
    found = polled(loop, pipeline, *mixed)
    assert [one.outcome for one in found if isinstance(one, Polled)] == ["not_modified", "not_modified", "unchanged", "http_304"]
    assert len(commits) == 2
    due = [watch.next_poll_at for watch in watches.everything(pipeline.recorder.archive.connection)]
    assert all(at and at > datetime.now(UTC) for at in due), "each is rescheduled"


def test_one_answer_that_cannot_be_kept_costs_the_others_nothing(loop: asyncio.Runner, pipeline: RecordPipeline) -> None:
    polled(loop, pipeline, answer(pipeline, URLS[0]))
    pipeline.recorder.captures.connection.execute("UPDATE bodies SET data = zeroblob(9)")  # what its next body would rest on
    changed = answer(pipeline, URLS[0], minute=1)
    changed = Answer(capture=Capture(**{**vars(changed.capture), "body": changed.capture.body + b"<p>More.</p>"}), watch=changed.watch)
    broken, well = polled(loop, pipeline, changed, answer(pipeline, URLS[1], minute=1))
    assert isinstance(broken, ArchiveError)
    assert isinstance(well, Polled)
    assert well.outcome == "new"


def test_many_pages_that_moved_are_read_a_few_at_a_time_and_recorded_together(loop: asyncio.Runner, pipeline: RecordPipeline) -> None:
    urls = [f"https://times.example/live/more-{number}" for number in range(40)]
    with pipeline.recorder.archive.writing() as connection:
        watches.add(connection, urls, at=datetime.now(UTC))
    recorded = transactions(pipeline.recorder.archive.connection)
    turns: list[int] = []

    async def all_at_once() -> list[Polled | BaseException]:
        async def others() -> None:
            while not recorded:
                turns.append(len(pipeline.read))
                await asyncio.sleep(0)

        found = asyncio.gather(*(pipeline.process_item(answer(pipeline, url)) for url in urls), return_exceptions=True)
        await others()
        return await found

    found = loop.run(all_at_once())
    assert [(one.url, one.outcome) for one in found if isinstance(one, Polled)] == [(url, "new") for url in urls]
    assert len(recorded) == 2
    assert [before for before, after in pairwise(turns) if after != before] == [0, 8, 16], "others have their turn between two readings"


def test_one_answer_that_breaks_the_recorder_costs_the_others_nothing(
    loop: asyncio.Runner, pipeline: RecordPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_up = live_blogs.keep_up

    def broken(connection: sqlite3.Connection, extraction: Extraction, *rest: Any, **named: Any) -> None:
        keep_up(connection, extraction, *rest, **named)
        if extraction.url == URLS[1]:
            raise ValueError("a page nobody foresaw")

    monkeypatch.setattr(live_blogs, "keep_up", broken)
    found = polled(loop, pipeline, *(answer(pipeline, url) for url in URLS[:3]))
    assert [one.outcome for one in found if isinstance(one, Polled)] == ["new", "unreadable", "new"]
    rows = pipeline.recorder.archive.connection.execute(
        "SELECT l.url, count(*) FROM entries e JOIN live_blogs l ON l.id = e.live_blog_id GROUP BY 1"
    )
    assert [tuple(row) for row in rows] == [(URLS[0], 1), (URLS[2], 1)], "nothing of it stays"
    assert pipeline.recorder.archive.connection.execute("SELECT count(*) FROM polls").fetchone()[0] == 3


def test_where_the_archive_cannot_be_written_each_is_recorded_alone(
    loop: asyncio.Runner, pipeline: RecordPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = pipeline.recorder.archive.record_read
    asked: list[str] = []

    def broken(read: Read, **named: Any) -> Recorded:
        asked.append(read.capture.url)
        if len(asked) == 2:
            raise sqlite3.OperationalError("database or disk is full")
        return record(read, **named)

    monkeypatch.setattr(pipeline.recorder.archive, "record_read", broken)
    found = polled(loop, pipeline, *(answer(pipeline, url) for url in URLS[:3]))
    assert [one.outcome for one in found if isinstance(one, Polled)] == ["new"] * 3
    assert asked == [*URLS[:2], *URLS[:3]]


def test_what_is_late_is_recorded_in_its_order(loop: asyncio.Runner, pipeline: RecordPipeline) -> None:
    polled(loop, pipeline, answer(pipeline, URLS[0], minute=5))
    late, other = polled(loop, pipeline, answer(pipeline, URLS[0], minute=1), answer(pipeline, URLS[1], minute=6))
    assert isinstance(late, Polled)
    assert isinstance(other, Polled)
    assert other.outcome == "new"
    first = pipeline.recorder.archive.connection.execute("SELECT first_seen FROM live_blogs WHERE url = ?", (URLS[0],)).fetchone()[0]
    assert first == to_utc(NOW + timedelta(minutes=1))
