"""What was forgotten does not come back: by a crawl, an import, a capture that waits, a page of another address."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from archive.captures import Captures
from archive.folder import Folder
from archive.forget import forget, prepare
from archive.model import Capture
from archive.opening import open_reader
from archive.times import from_utc
from archive.verify import verify
from crawler.recorder import recording
from tests.test_forget import (
    BRIDGE,
    EDITED,
    FERRY,
    MARKET,
    SECRET,
    STORM,
    entry_named,
    live_page,
    polled,
    stoppress,
    titles,
)

AGAIN = live_page([("b1", BRIDGE), ("b2", SECRET), ("b3", FERRY), ("b4", ("Trains run", "The trains run again from noon."))])
ELSEWHERE = live_page([("b2", EDITED), ("b1", BRIDGE)], url="https://times.example/topic/storms", title="All storms")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "archive")
    polled(
        made,
        (STORM, live_page([("b1", BRIDGE), ("b2", SECRET)])),
        (STORM, live_page([("b1", BRIDGE), ("b2", EDITED), ("b3", FERRY)])),
        (MARKET, live_page([("m1", ("Shares fall", "The index lost a tenth of its value."))], url=MARKET, title="Market")),
    )
    return made


class TestAnEntry:
    @pytest.fixture(autouse=True)
    def gone(self, folder: Folder) -> None:
        forget(folder, prepare(folder, [entry_named(folder, "b2")]))

    def test_not_by_a_crawl(self, folder: Folder) -> None:
        polled(folder, (STORM, AGAIN), hour=13)
        assert sorted(titles(folder)) == sorted([BRIDGE[0], FERRY[0], "Shares fall", "Trains run"])
        assert verify(folder).problems == ()

    def test_not_by_another_page(self, folder: Folder) -> None:
        polled(folder, ("https://times.example/topic/storms", ELSEWHERE), hour=13)
        assert EDITED[0] not in titles(folder)

    def test_not_by_an_import(self, folder: Folder, tmp_path: Path) -> None:
        page = tmp_path / "storm.html"
        page.write_bytes(AGAIN)
        os.utime(page, (1_772_366_400 - 86_400,) * 2)  # older than all that is on record: the live blog is recorded again
        assert stoppress("import", page, "--url", STORM, "--archive", folder.path).exit_code == 0
        assert SECRET[0] not in titles(folder)
        assert verify(folder).problems == ()

    def test_not_by_a_capture_that_waits(self, folder: Folder) -> None:
        with closing(Captures(folder.captures)) as captures:
            captures.add(Capture(url=STORM, body=AGAIN, fetched_at=from_utc("2026-03-01T13:00:00Z")))
        with recording(folder):
            pass
        assert SECRET[0] not in titles(folder)
        assert "Trains run" in titles(folder)

    def test_not_by_reading_its_redacted_captures_again(self, folder: Folder) -> None:
        folder.archive.unlink()
        with recording(folder):
            pass
        assert sorted(titles(folder)) == sorted([BRIDGE[0], FERRY[0], "Shares fall"])


class TestALiveBlog:
    @pytest.fixture(autouse=True)
    def gone(self, folder: Folder) -> None:
        forget(folder, prepare(folder, [STORM]))

    def test_not_by_a_crawl(self, folder: Folder) -> None:
        polled(folder, (STORM, AGAIN), (STORM + "?utm_source=x", AGAIN), ("https://times.example/short", AGAIN), hour=13)
        assert titles(folder) == ["Shares fall"]
        with closing(open_reader(folder.archive)) as connection:
            assert [row[0] for row in connection.execute("SELECT url FROM live_blogs")] == [MARKET]

    def test_not_by_an_import(self, folder: Folder, tmp_path: Path) -> None:
        page = tmp_path / "storm.html"
        page.write_bytes(AGAIN)
        stoppress("import", page, "--archive", folder.path)
        assert titles(folder) == ["Shares fall"]

    def test_its_entries_not_by_another_page(self, folder: Folder) -> None:
        polled(folder, ("https://times.example/topic/storms", ELSEWHERE), hour=13)
        assert EDITED[0] not in titles(folder)
