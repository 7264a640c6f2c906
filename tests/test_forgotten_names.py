"""Tombstones: an entry that was forgotten is known again under any name it could come back by, and no other entry is taken for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from archive import tombstones
from archive.model import Capture, Entry, Extraction, Update
from archive.normalise import normalise
from archive.redaction import MARK
from archive.store import Archive
from archive.times import from_utc
from archive.withholding import withhold
from tests.conftest import page, update

URL = "https://times.example/live/storm"
AT = "2026-03-01T11:00:00Z"
STORM = update("b1", "Bridge shut", "The harbour bridge is shut to lorries until the wind drops.", AT, url=f"{URL}#b1")
EDITED = update("b1", "Bridge shut to all", "The harbour bridge is shut to all traffic until the wind drops.", AT, url=f"{URL}#b1")
PLAIN = update(None, "Ferry late", "An extra boat leaves every twenty minutes from the northern pier.", "2026-03-01T11:30:00Z")
OTHER = update("b9", "Trains run", "Trains run as usual, the company said.", "2026-03-01T11:40:00Z", url=f"{URL}#b9")


@pytest.fixture
def forgotten(archive: Archive, capture: Callable[..., Capture]) -> Archive:
    """An archive in which the storm, once edited, and the entry without an id were forgotten."""
    archive.record(page(PLAIN, STORM, OTHER), capture("2026-03-01T12:00:00Z"))
    archive.record(page(PLAIN, EDITED, OTHER), capture("2026-03-01T12:10:00Z"))
    hashes: set[str] = set()
    for (entry_id,) in archive.connection.execute("SELECT id FROM entries WHERE title != 'Trains run'").fetchall():
        hashes |= tombstones.entry_tombstones(archive.connection, entry_id)
    archive.connection.executemany("INSERT INTO tombstones (hash) VALUES (?)", [(hash_,) for hash_ in hashes])
    return archive


def kept(archive: Archive, *updates: Update, url: str = URL, **fields: object) -> list[Entry]:
    found: Extraction = page(*updates, url=url, **fields)
    return tombstones.remaining(archive.connection, [normalise(item, found) for item in updates], found, url)


SAME = [
    ("as it was", STORM),
    ("as it is now", EDITED),
    ("a new wording", update("b1", "Bridge open", "It is open to everyone again.", "2026-03-01T15:00:00Z")),
    ("read without its id", update(None, STORM.title, STORM.text or "", AT)),
    ("read without its id, edited", update(None, EDITED.title, EDITED.text or "", AT)),
    ("read without its id and cut short", update(None, STORM.title, "The harbour bridge is shut", AT)),
    ("under a new id", update("b77", STORM.title, STORM.text or "", AT)),
    ("at its own address", update("b77", "Another title", "Another text.", "2026-03-01T16:00:00Z", url=f"{URL}#b1")),
    ("without an id", PLAIN),
    ("without an id, edited", update(None, "Ferry late", "The boats lie in the harbour for the night.", "2026-03-01T11:30:00Z")),
    ("without an id, read with one", update("n1", "Ferry late", PLAIN.text or "", "2026-03-01T11:30:00Z")),
    ("without a time", update(None, PLAIN.title, PLAIN.text or "")),
    ("redacted", update("b66", MARK, f"{MARK} {MARK} {MARK} {MARK}.", "2026-03-01T11:05:00Z")),
]
DIFFERENT = [
    ("another entry", OTHER),
    ("another of the minute", update("b5", "Roof torn off", "A roof in the harbour was torn off.", AT)),
    ("the title again, later", update(None, "Bridge shut", "Shut once more, by another storm.", "2026-03-02T11:00:00Z")),
    ("quoting it", update("b6", "Recap", "The harbour bridge is shut to lorries until the wind drops. And more.", "2026-03-01T13:00:00Z")),
]


@pytest.mark.parametrize(("what", "shown"), SAME, ids=[name for name, _ in SAME])
def test_it_is_known_again(forgotten: Archive, what: str, shown: Update) -> None:
    assert kept(forgotten, shown) == []


@pytest.mark.parametrize(("what", "shown"), DIFFERENT, ids=[name for name, _ in DIFFERENT])
def test_others_are_not_taken_for_it(forgotten: Archive, what: str, shown: Update) -> None:
    assert len(kept(forgotten, shown)) == 1


def test_on_another_page_of_the_publisher(forgotten: Archive) -> None:
    elsewhere = "https://times.example/topic/storms"
    assert kept(forgotten, STORM, url=elsewhere, live_blog_key="topic/storms") == [], "its words are its own"
    assert len(kept(forgotten, OTHER, url=elsewhere, live_blog_key="topic/storms")) == 1


def test_short_words_are_only_its_own_on_its_page(archive: Archive, capture: Callable[..., Capture]) -> None:
    goal = update("g1", None, "Goal!", AT)
    archive.record(page(goal, OTHER), capture())
    entry_id = archive.connection.execute("SELECT id FROM entries WHERE source_id = 'g1'").fetchone()[0]
    hashes = tombstones.entry_tombstones(archive.connection, entry_id)
    archive.connection.executemany("INSERT INTO tombstones (hash) VALUES (?)", [(hash_,) for hash_ in hashes])
    assert kept(archive, goal) == []
    assert len(kept(archive, update("g2", None, "Goal!", "2026-03-01T11:20:00Z"))) == 1
    other_match = "https://times.example/live/match"
    assert len(kept(archive, update("g1", None, "Goal!", AT), url=other_match, live_blog_key="live/match")) == 1


def test_what_another_entry_says_too_is_not_its_own(archive: Archive, capture: Callable[..., Capture]) -> None:
    text = "RT @harbour: The bridge is shut to lorries until the wind drops at noon."
    one, two = update("t1", None, text, AT), update("t2", None, text, "2026-03-01T11:05:00Z")
    archive.record(page(two, one, OTHER), capture())
    entry_id = archive.connection.execute("SELECT id FROM entries WHERE source_id = 't1'").fetchone()[0]
    hashes = tombstones.entry_tombstones(archive.connection, entry_id)
    archive.connection.executemany("INSERT INTO tombstones (hash) VALUES (?)", [(hash_,) for hash_ in hashes])
    assert [entry.source_id for entry in kept(archive, two, one, OTHER)] == ["t2", "b9"]


def test_an_empty_table_costs_one_look(archive: Archive) -> None:
    asked: list[str] = []
    archive.connection.set_trace_callback(asked.append)
    assert len(kept(archive, STORM, EDITED, PLAIN, OTHER)) == 4
    assert not tombstones.is_forgotten_page(archive.connection, URL)
    assert len(asked) == 2


def test_a_page_costs_two(forgotten: Archive) -> None:
    asked: list[str] = []
    forgotten.connection.set_trace_callback(asked.append)
    shown = [update(f"c{number}", f"Title {number}", f"Text number {number} of many.", AT) for number in range(500)]
    assert len(kept(forgotten, *shown)) == 500
    assert len([sql for sql in asked if "json_each" not in sql or "tombstones" in sql]) == 2


def test_a_live_blog_by_its_address_however_written(archive: Archive) -> None:
    archive.connection.execute("INSERT INTO tombstones (hash) VALUES (?)", (tombstones.live_blog_tombstone(URL),))
    assert tombstones.is_forgotten_page(archive.connection, "HTTPS://Times.Example:443/live/storm?utm_source=x#b1")
    assert tombstones.is_forgotten_page(archive.connection, "https://t.example/short", URL)
    assert not tombstones.is_forgotten_page(archive.connection, "https://times.example/live/market", None)


def test_a_page_that_shows_it_again_is_stored_without(forgotten: Archive) -> None:
    body = f"<p>{EDITED.title}</p><p>{EDITED.text}</p><p>{OTHER.text}</p>".encode()
    received = Capture(url=URL, body=body, fetched_at=from_utc("2026-03-01T14:00:00Z"))
    stored = withhold(forgotten.connection, received, page(EDITED, OTHER))
    assert stored.headers["X-Stoppress-Redacted"] == "words"
    assert (b"traffic" in stored.body, (OTHER.text or "").encode() in stored.body) == (False, True)
    assert withhold(forgotten.connection, stored, page(OTHER)) == stored
    assert withhold(forgotten.connection, received, page(OTHER)) is received
