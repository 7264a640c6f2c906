"""What several tests share: an archive in memory, and pages and captures made of values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.captures import Captures
from archive.model import Capture, Extraction, Update, When
from archive.store import Archive
from archive.times import from_iso, from_utc

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.fixture
def archive() -> Iterator[Archive]:
    made = Archive()
    yield made
    made.close()


@pytest.fixture
def captures() -> Iterator[Captures]:
    made = Captures(":memory:")
    yield made
    made.close()


@pytest.fixture
def capture() -> Callable[..., Capture]:
    """A stored capture: `capture(at="2026-03-01T12:00:00Z")`; each call has the next id."""
    numbers = iter(range(1, 10_000))

    def make(at: str = "2026-03-01T12:00:00Z", url: str = "https://times.example/live/storm", body: bytes | None = None) -> Capture:
        number = next(numbers)
        return Capture(id=number, url=url, body=body or str(number).encode(), fetched_at=from_utc(at))

    return make


def update(source_id: str | None = None, title: str | None = None, text: str = "", at: str | None = None, **fields: object) -> Update:
    """An update with a text, and a time the page states if `at` is given."""
    when: When | None = from_iso(at) if at else None
    return Update(source_id=source_id, title=title, text=text, published=when, **fields)  # type: ignore[arg-type]


def page(*updates: Update, url: str = "https://times.example/live/storm", **fields: object) -> Extraction:
    """A live blog as it was read, newest update first."""
    values: dict[str, object] = {"publisher": "times", "live_blog_key": "live/storm", "title": "Storm", "language": "en", **fields}
    return Extraction(url=url, updates=updates, **values)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
