"""The archive is the same in whatever order its captures came in."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from archive.arrival import related
from archive.captures import Captures
from archive.folder import Folder
from archive.model import Capture
from archive.store import Archive, Read
from archive.times import from_utc
from crawler.recorder import Recorder, recording
from tests.equality import facts

URL = "https://www.times.example/live/storm"


def body(*updates: tuple[str, str, str], title: str = "Storm in Vale") -> bytes:
    """A WordPress live blog in our own words: id, clock time and text of each update, newest first."""
    items = ",".join(
        f'{{"@type": "BlogPosting", "@id": "#{name}", "headline": "Update {name}", "datePublished": "2026-03-01T{at}:00Z",'
        f' "articleBody": "{text}"}}'
        for name, at, text in updates
    )
    return (
        f'<html lang="en"><head><title>{title}</title><script type="application/ld+json">{{"@context": "https://schema.org",'
        f' "@type": "LiveBlogPosting", "headline": "{title}", "liveBlogUpdate": [{items}]}}</script></head>'
        f"<body><h1>{title}</h1></body></html>"
    ).encode()


A = ("a", "10:05", "The river rose overnight and the lower road is under water this morning.")
B = ("b", "10:20", "The bridge at the mill is closed to all traffic until further notice.")
B2 = ("b", "10:20", "The bridge at the mill is closed to lorries until further notice.")
C = ("c", "10:40", "Two schools sent their pupils home before noon, the council said.")
D = ("d", "11:00", "The water is falling again at the upper gauge, the river office said.")
E = ("e", "11:20", "The lower road is open again to buses and to ambulances.")
DAY = [(B, A), (C, B, A), (C, B2, A), (D, C, A), (E, D, C, A), (E, D, C, B2, A)]


def captures_of_the_day() -> list[Capture]:
    return [Capture(url=URL, body=body(*page), fetched_at=from_utc(f"2026-03-01T12:{number:02}:00Z")) for number, page in enumerate(DAY)]


def recorded(order: tuple[int, ...]) -> dict[str, list[tuple[object, ...]]]:
    archive, captures = Archive(), Captures(":memory:")
    recorder = Recorder(archive, captures)
    day = captures_of_the_day()
    for number in order:
        recorder.receive(day[number])
    found = facts(archive.connection)
    archive.close()
    captures.close()
    return found


IN_ORDER = tuple(range(len(DAY)))


def test_the_day_has_an_edit_a_withdrawal_and_a_return() -> None:
    found = recorded(IN_ORDER)
    assert [(row[0][-1], row[1]) for row in found["revisions"]] == [("b", 1)]
    assert recorded(IN_ORDER[:5])["entries"] != found["entries"], "the withdrawal is taken back"


@pytest.mark.parametrize("order", [order for number, order in enumerate(itertools.permutations(IN_ORDER)) if number % 45 == 7])
def test_any_order_gives_the_same_archive(order: tuple[int, ...]) -> None:
    assert recorded(order) == recorded(IN_ORDER)


def test_what_is_left_over_is_recorded_in_order(tmp_path: Path) -> None:
    """Captures of the morning are stored, but not recorded, after those of the noon were recorded."""
    day = captures_of_the_day()
    folder = Folder(tmp_path)
    with recording(folder) as recorder:
        for capture in day[3:]:
            recorder.receive(capture)
        for capture in reversed(day[:3]):
            recorder.captures.add(capture)
    with recording(folder) as recorder:
        assert facts(recorder.archive.connection) == recorded(IN_ORDER)


def test_live_blogs_that_share_entries_are_recorded_together(tmp_path: Path) -> None:
    """An update stands on two pages of a publisher whose ids hold everywhere; an older capture of one moves the first sighting on both."""
    from tests.conftest import page, update

    archive = Archive()
    shared = update("s1", "Bridge closed", "The bridge at the mill is closed to all traffic.", "2026-03-01T10:20:00Z")
    alone = update("t1", "Water falling", "The water is falling again at the upper gauge.", "2026-03-01T11:00:00Z")
    for number, (url, shown) in enumerate([("https://times.example/a", (shared,)), ("https://times.example/b", (alone, shared))], start=1):
        archive.record(
            page(*shown, url=url, live_blog_key=url[-1], ids_are_global=True),
            Capture(id=number, url=url, body=str(number).encode(), fetched_at=from_utc(f"2026-03-01T12:0{number}:00Z")),
        )
    first = {row[0] for row in archive.connection.execute("SELECT id FROM live_blogs")}
    assert related(archive.connection, {min(first)}) == first
    older = Capture(id=3, url="https://times.example/a", body=b"3", fetched_at=from_utc("2026-03-01T11:00:00Z"))
    read = Read(capture=older, digest="", extraction=page(shared, url="https://times.example/a", ids_are_global=True))
    assert archive.later_than(read) == first
