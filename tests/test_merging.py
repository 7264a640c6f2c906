"""The search index is merged as it grows, a little at a time; no search finds anything else by it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from archive.folder import Folder
from archive.index_merging import INDEXES, merge
from archive.model import Capture
from archive.opening import open_reader
from archive.query import parse
from archive.search import search
from archive.store import Archive
from archive.times import to_utc
from archive.verify import verify
from crawler import merging
from crawler.chores import beside
from crawler.merging import Merging, merge_some
from tests.conftest import at, page, update

START = at("2026-03-01T12:00:00")
POLLS = 14  # at sixteen FTS5 merges by itself


def segments(connection: sqlite3.Connection, index: str = "entries_fts") -> int:
    """How many small indexes each word is looked up in."""
    return int(connection.execute(f"SELECT count(DISTINCT segid) FROM {index}_idx").fetchone()[0])


def record(archive: Archive, capture: Callable[..., Capture]) -> None:
    """Polls that each add an update, edit one and say something without spaces."""
    for number in range(POLLS):
        shown = [update(str(n), f"Bridge {n}", f"Harbour {'東京都' if n % 3 else ''} {n == number}") for n in range(number + 1)]
        archive.record(page(*reversed(shown)), capture(to_utc(START + timedelta(minutes=number))))


def found(archive: Archive) -> list[tuple[object, ...]]:
    asked = [("harbour", "best"), ("bridge -true", "newest"), ("京都", "newest"), ("true in:history", "newest"), ("har*", "best")]
    return [
        (hit.slug, hit.wording, hit.snippet) for q, sort in asked for hit in search(archive.connection, parse(q), sort=sort, limit=50).hits
    ]


def test_what_came_together_is_merged_and_found_as_before(archive: Archive, capture: Callable[..., Capture]) -> None:
    record(archive, capture)
    before = found(archive)
    assert len(before) > 3 * POLLS
    assert segments(archive.connection) > 8
    while merge_some(archive):
        pass
    assert [segments(archive.connection, index) for index in INDEXES] == [1, 1, 1, 1, 1]
    assert found(archive) == before
    for index in ("entries_fts", "entries_titles", "revisions_fts"):
        archive.connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")


def test_few_are_left_as_they_are(archive: Archive, capture: Callable[..., Capture]) -> None:
    assert not merge_some(archive)
    archive.record(page(update("a", text="The bridge is shut.")), capture())
    assert not merge_some(archive)
    assert segments(archive.connection) == 1


def test_a_step_is_a_part_of_the_whole(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.connection.execute("INSERT INTO entries_fts (entries_fts, rank) VALUES ('pgsz', 64)")
    for number in range(4):
        words = " ".join(f"word{n}" for n in range(number, 4_000, 4))
        archive.record(page(update(f"long {number}", text=words)), capture(to_utc(START + timedelta(hours=1, minutes=number))))
    steps = 0
    while merge(archive.connection, "entries_fts", pages=50):
        steps += 1
    assert steps > 5
    assert segments(archive.connection) == 1


def test_a_crawl_that_lasts_merges_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capture: Callable[..., Capture]) -> None:
    monkeypatch.setattr(merging, "_FIRST", 0.05)
    monkeypatch.setattr(merging, "_PAUSE", 0.01)
    folder = Folder(tmp_path)

    async def crawl(archive: Archive) -> None:
        with beside(Merging(archive)):
            await asyncio.sleep(0.5)

    archive = Archive(folder.archive)
    record(archive, capture)
    asyncio.run(crawl(archive))
    archive.close()
    with closing(open_reader(folder.archive)) as connection:
        assert segments(connection) == 1
    assert verify(folder).problems == ()


def test_a_full_disk_does_not_end_the_crawl(archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def full(*_: object) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(merging, "_FIRST", 0.0)
    monkeypatch.setattr(merging, "merge", full)
    work = Merging(archive)
    work.step()
    assert "could not be merged: database or disk is full" in caplog.text
    assert work.wait > 1
