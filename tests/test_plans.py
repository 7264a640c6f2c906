"""What every reader's visit costs must not grow with the archive: no query of a page goes through a large table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from archive import history, reading, search
from archive.folder import Folder
from archive.identity import slug_of
from archive.opening import open_reader
from archive.query import parse
from tests.rooms import STORM, made

# By the names and aliases queries use for them: one row an entry, a placement, a wording, a capture, a poll, a live page.
LARGE = {"entries", "e", "placements", "s", "revisions", "captures", "polls", "live_blogs", "l"}
# In the order of time and with a limit: the newest so many. Live pages are counted in the smallest index they have.
ALLOWED = {"latest": {"SCAN e", "SCAN s"}, "totals": {"SCAN live_blogs USING COVERING INDEX live_blogs_last_seen"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return made(tmp_path_factory.mktemp("archive"))


def _newest(connection: sqlite3.Connection) -> str:
    slug: str = connection.execute("SELECT slug FROM entries WHERE id = (SELECT max(id) FROM entries)").fetchone()[0]
    return slug


QUESTIONS: dict[str, Callable[[sqlite3.Connection], object]] = {
    "totals": reading.totals,
    "last_look": reading.last_look,
    "live_now": reading.live_now,
    "most_active": reading.most_active,
    "most_edited": reading.most_edited,
    "publishers": reading.publishers,
    "latest": lambda connection: search.search(connection, parse(""), limit=10),
    "live_blogs_of_a_publisher": lambda connection: reading.latest_live_blogs(connection, publisher_id=1),
    "live_blog": lambda connection: reading.live_blog(connection, slug_of(STORM)),
    "timeline": lambda connection: reading.timeline(connection, 1),
    "coverage": lambda connection: reading.coverage(connection, 1),
    "neighbours": lambda connection: reading.neighbours(connection, 1, 1_749_000_000),
    "history": lambda connection: history.history(connection, _newest(connection)),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_page_goes_through_a_large_table(folder: Folder, name: str) -> None:
    with closing(open_reader(folder.archive)) as connection:
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        QUESTIONS[name](connection)
        connection.set_trace_callback(None)
        for sql in asked:
            if not sql.startswith("SELECT"):
                continue  # what an index asks of its own tables
            for row in connection.execute("EXPLAIN QUERY PLAN " + sql):
                words = row["detail"].split()
                if words[0] == "SCAN" and words[1] in LARGE:
                    assert row["detail"] in ALLOWED.get(name, ()), sql


def test_a_scan_would_be_seen(folder: Folder) -> None:
    with closing(open_reader(folder.archive)) as connection:
        (row,) = connection.execute("EXPLAIN QUERY PLAN SELECT title FROM entries e WHERE title LIKE '%a%'")
    assert row["detail"].split()[:2] == ["SCAN", "e"]
