"""Health: what is late, what fails, how fast it grows, as a page and as JSON, at the cost of a glance."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from datasette.app import Datasette

from archive.folder import Folder
from archive.health import health, sources
from archive.model import Capture
from archive.opening import open_reader
from archive.store import Archive
from archive.times import to_utc
from crawler.serving import datasette_for
from tests.conftest import ROOT, page, update
from tests.test_reading_room import get

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STORM, FAILS = "https://times.example/live/storm", "https://times.example/live/gone"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A live blog watched for an hour, with one edit and two updates a poll brought; a page that fails; a hundred more on the list."""
    folder = Folder(tmp_path_factory.mktemp("archive"))
    archive = Archive(folder.archive)
    before = update("a", "Before we came", at="2026-03-01T09:00:00Z")
    shown = [[before], [before, update("b", "Gate shut", at="2026-03-01T12:09:00Z")]]
    shown += [[*shown[1][:1], update("b", "Gate shut at once", at="2026-03-01T12:09:00Z"), update("c", "Boat", at="2026-03-01T12:50:00Z")]]
    for number, updates in enumerate(shown):
        at = NOON + timedelta(minutes=(0, 10, 60)[number])
        archive.record(page(*updates, declared_count=6), Capture(id=number + 1, url=STORM, body=b"%d" % number, fetched_at=at))
    connection = archive.connection
    for back in range(3):
        connection.execute(
            "INSERT INTO polls (url, at, outcome, status, message) VALUES (?, ?, 'http_503', 503, 'not now')",
            (FAILS, to_utc(NOON + timedelta(hours=3) - timedelta(hours=30 * back))),
        )
    for url, due, failures, paused in [(STORM, 62, 0, 0), (FAILS, 300, 3, 0)] + [(f"{STORM}/{n}", 45, 0, 1) for n in range(100)]:
        connection.execute(
            "INSERT INTO watches (url, live_blog_id, added_at, next_poll_at, failures, paused, note)"
            " VALUES (?, (SELECT id FROM live_blogs WHERE url = ?), ?, ?, ?, ?, 'front')",
            (url, url, to_utc(NOON), to_utc(NOON + timedelta(minutes=due)), failures, paused),
        )
    archive.close()
    return folder


def test_what_an_operator_is_told(folder: Folder) -> None:
    with closing(open_reader(folder.archive)) as connection:
        found = health(connection, folder.path, now=NOON + timedelta(hours=2))
        assert found["ok"] is False
        assert found["problems"] == [
            "1 page is overdue, the longest for 58 minutes: is `stoppress run` at work?",
            "1 page has failed 3 times in a row or more.",
        ]
        assert found["watches"] == {"listed": 102, "paused": 100, "failing": 1, "due": 1, "late": 1, "late_since": "2026-03-01T13:02:00Z"}
        assert found["last_poll"] == "2026-03-01T15:00:00Z"
        assert found["polls"] == {"day": {"new": 3, "http_503": 1}, "week": {"http_503": 3, "new": 3}}
        assert [row for row in found["hours"] if row["polls"]][-2:] == [
            {"hour": "2026-03-01T13", "polls": 1, "failed": 0},
            {"hour": "2026-03-01T15", "polls": 1, "failed": 1},
        ]
        assert (len(found["hours"]), len(found["growth"])) == (168, 30)
        assert found["growth"][-1] == {"day": "2026-03-01", "new": 3, "edited": 1, "withdrawn": 0}
        # Stated 12:09 and seen 12:10; stated 12:50 and seen 13:00. What was there before we came says nothing of us.
        assert {key: found["lag"][key] for key in ("updates", "median_s", "p95_s")} == {"updates": 2, "median_s": 330, "p95_s": 600}
        assert [row["updates"] for row in found["lag"]["within"]] == [1, 0, 0, 1, 0, 0, 0]
        assert [poll["url"] for poll in found["failed_polls"]] == [FAILS] * 3
        assert found["sizes"]["archive.db"] >= folder.archive.stat().st_size
        assert health(connection, folder.path, now=NOON)["problems"] == ["1 page has failed 3 times in a row or more."]


def test_pages_that_fail_come_first(folder: Folder) -> None:
    with closing(open_reader(folder.archive)) as connection:
        failing, storm = sources(connection)
    assert (failing["url"], failing["failures"], failing["last_outcome"], failing["last_message"]) == (FAILS, 3, "http_503", "not now")
    assert (storm["url"], storm["entries"], storm["declared"], storm["lag_median_s"], storm["state"]) == (STORM, 3, 6, 330, "live")
    assert storm["next_poll_at"] == "2026-03-01T13:02:00Z"


def test_an_empty_archive_is_well(tmp_path: Path) -> None:
    Archive(tmp_path / "archive.db").close()
    with closing(open_reader(tmp_path / "archive.db")) as connection:
        found = health(connection, tmp_path, now=NOON)
    assert (found["ok"], found["last_poll"], found["polls"], found["sources"]) == (True, None, {"day": {}, "week": {}}, [])
    assert "none yet" in get(datasette_for(Folder(tmp_path)), "/-/health").text


def test_the_page_and_its_json(folder: Folder) -> None:
    room = datasette_for(folder)
    answer = get(room, "/-/health.json")
    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    text = get(room, "/-/health").text
    for words in (
        "is `stoppress run` at work?",
        "3 failures in a row",
        "not now",
        '>3 <span class="soft">of 6</span>',
        "The last week: 6 polls",
    ):
        assert words in text
    assert text.count("<svg") == text.count('aria-hidden="true" focusable="false"'), "each picture has its words beside it"


@pytest.mark.parametrize("address", ["/-/health", "/-/health.json"])
def test_health_has_the_policy_of_our_own_pages(folder: Folder, address: str) -> None:
    room: Datasette = datasette_for(folder)
    assert "unsafe-inline" not in get(room, address).headers["content-security-policy"]
    assert "unsafe-inline" in get(room, "/-/plugins").headers["content-security-policy"]


def test_the_container_asks_for_it(folder: Folder) -> None:
    command = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]["site"]["healthcheck"]["test"]
    asked = re.search(r"127\.0\.0\.1:8001(/[^']+)'", command[-1])
    assert asked
    assert get(datasette_for(folder), asked[1]).status_code == 200


def test_no_question_goes_through_a_large_table(folder: Folder) -> None:
    """SCAN in a query's plan is every row: allowed for tables that hold one row a page or hour, not for entries, polls or captures."""
    with closing(sqlite3.connect(folder.archive)) as connection:
        connection.row_factory = sqlite3.Row
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        health(connection, folder.path, now=NOON)
        connection.set_trace_callback(None)
        plans = [row["detail"] for sql in asked for row in connection.execute("EXPLAIN QUERY PLAN " + sql)]
    assert len(asked) > 10
    # The newest so many, and no more.
    allowed = {"SCAN entries", "SCAN polls"}
    large = ("entries", "polls", "placements", "revisions", "captures", "e", "l")
    scans = {plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in large}
    assert scans <= allowed | {"SCAN l USING INDEX live_blogs_last_seen"}
    assert all("LIMIT" in sql for sql in asked if "FROM polls ORDER BY id" in sql or "FROM entries ORDER BY id" in sql)
