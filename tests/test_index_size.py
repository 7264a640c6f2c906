"""How much of the index a word takes is told without reading it."""

from __future__ import annotations

from collections.abc import Callable

from archive.index_size import pages
from archive.model import Capture
from archive.store import Archive
from tests.conftest import page, update


def test_a_word_that_fills_pages_of_its_own_and_one_that_does_not(archive: Archive, capture: Callable[..., Capture]) -> None:
    shown = [update(str(n), None, f"Storm and gale {n}.", f"2026-03-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z") for n in range(4000)]
    archive.record(page(*shown), capture())
    archive.connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")
    read = archive.connection.execute("SELECT sum(length(block)) / 4050 FROM entries_fts_data").fetchone()[0]
    for word in ("storm", "gale", "and"):
        assert 2 <= pages(archive.connection, word, whole=True) <= read / 3
    assert pages(archive.connection, "0", whole=True) <= 1
    assert pages(archive.connection, "stor") >= pages(archive.connection, "storm", whole=True)
    assert pages(archive.connection, "") >= read / 2
