"""`stoppress status`: each page's last poll, when the next is due, and why then."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive import discoveries, watches
from archive.model import Capture
from archive.status import status
from archive.store import Archive
from archive.times import to_utc
from crawler.cli import main
from crawler.pipeline import Answer, NoAnswer
from crawler.polling import next_poll
from tests.conftest import page, update

NOW = datetime.now(UTC).replace(microsecond=0)
URL = "https://times.example/live/storm"


class Polled:
    """A live blog that was read once, and is on the watch list."""

    def __init__(self, archive: Archive, *posted: timedelta, ended: bool = False, url: str = URL) -> None:
        updates = [update(f"u{number}", text=f"What happened: {number}.", at=to_utc(NOW - ago)) for number, ago in enumerate(posted)]
        self.archive, self.url = archive, url
        self.posts = sorted((NOW - ago).timestamp() for ago in posted)
        self.ended = NOW - min(posted) if ended else None
        with archive.writing() as connection:
            watches.add(connection, [url], at=NOW - timedelta(days=1))
        number = archive.connection.execute("SELECT count(*) + 1 FROM captures").fetchone()[0]
        capture = Capture(id=number, url=url, body=str(number).encode(), fetched_at=NOW, status=200)
        archive.record(page(*updates, url=url, live_blog_key=url, ended=ended), capture)
        self.reschedule()

    def reschedule(self, *, failures: int = 0, retry_after: float | None = None) -> None:
        """Say when it is due again, as a poll does."""
        due = next_poll(
            self.posts,
            now=NOW,
            polled=NOW,
            ended=self.ended,
            failures=failures,
            retry_after=retry_after,
            zone="Europe/London",
            url=self.url,
        )
        with self.archive.writing() as connection:
            number = connection.execute("SELECT id FROM live_blogs WHERE url = ?", (self.url,)).fetchone()[0]
            watches.polled(
                connection, self.url, next_poll_at=due.at, failures=failures, etag=None, last_modified=None, live_blog_id=number,
                note=due.reason,
            )  # fmt: skip
            if retry_after:
                watches.hold(connection, "times.example", until=NOW + timedelta(seconds=retry_after))


def reasons(archive: Archive) -> dict[str, str]:
    found = status(archive.connection)
    return {row["url"]: row["next_poll_reason"] for name in ("live_blogs", "fronts", "unread") for row in found[name]}


def test_posts_lately(archive: Archive) -> None:
    Polled(archive, *(timedelta(minutes=minute) for minute in (1, 4, 7)))
    row = status(archive.connection)["live_blogs"][0]
    assert row["next_poll_reason"].startswith("3 posts in the last 10 minutes: ")
    assert row["next_poll_at"] > to_utc(NOW)


def test_quiet_and_ended(archive: Archive) -> None:
    Polled(archive, timedelta(hours=2))
    Polled(archive, timedelta(days=4), url=URL + "-old")
    Polled(archive, timedelta(hours=1), ended=True, url=URL + "-over")
    found = reasons(archive)
    assert found[URL].startswith("nothing for 2 hours")
    assert found[URL + "-old"].startswith("nothing for 4 days: again in ")
    assert found[URL + "-over"].startswith("ended: a look for late edits ")


def test_failing_and_told_to_stay_away(archive: Archive) -> None:
    storm, flood = Polled(archive, timedelta(minutes=1)), Polled(archive, timedelta(minutes=1), url=URL + "-2")
    elsewhere = Polled(archive, timedelta(minutes=1), url="https://echo.example/live/storm")
    storm.reschedule(failures=5)
    assert reasons(archive)[URL] == "5 failed polls in a row: again in 16 minutes"
    storm.reschedule(failures=6, retry_after=7200)
    found = reasons(archive)
    assert found[URL].startswith("the site asks to be left alone for 2 hours") or found[URL].startswith(
        "times.example asks to be left alone"
    )
    assert found[flood.url].startswith("times.example asks to be left alone until 20"), "every page of the host"
    assert "left alone" not in found[elsewhere.url]


def test_paused_resumed_and_not_asked_yet(archive: Archive) -> None:
    Polled(archive, timedelta(minutes=1))
    with archive.writing() as connection:
        watches.pause(connection, [URL])
        watches.add(connection, ["https://times.example/live/new"], at=NOW, note="mine")
    row = status(archive.connection)["live_blogs"][0]
    assert (row["next_poll_at"], row["next_poll_reason"]) == (None, "paused; `stoppress watch resume` polls it again")
    unread = status(archive.connection)["unread"]
    assert [(item["url"], item["last_poll"], item["next_poll_reason"]) for item in unread] == [
        ("https://times.example/live/new", None, "never polled: now (mine)")
    ]
    with archive.writing() as connection:
        watches.resume(connection, [URL], at=NOW)
    assert reasons(archive)[URL] == "resumed: now"


def test_fronts(archive: Archive) -> None:
    from crawler.fronts import record_front

    with archive.writing() as connection:
        discoveries.keep_front(connection, "https://times.example/news", at=NOW)
    assert reasons(archive) == {"https://times.example/news": "a front, asked for live pages: every 5 minutes"}
    front = watches.get(archive.connection, "https://times.example/news")
    assert front is not None
    record_front(archive, Answer(capture=Capture(url=front.url, body=b"<p>News</p>", fetched_at=NOW, status=200), watch=front))
    assert status(archive.connection)["fronts"][0]["last_message"] == "0 live pages found, 0 of them new on the watch list"
    record_front(archive, NoAnswer(url=front.url, at=NOW, outcome="unreachable", message="no answer", watch=front))
    assert reasons(archive) == {front.url: "a front, asked for live pages: 1 failed poll in a row: asked less often"}
    assert status(archive.connection)["unread"] == []


def test_a_live_blog_with_two_addresses_is_one_row(archive: Archive) -> None:
    Polled(archive, timedelta(minutes=1))
    with archive.writing() as connection:
        watches.add(connection, ["https://times.example/amp/storm"], at=NOW - timedelta(days=1))
        connection.execute("UPDATE watches SET live_blog_id = 1")
    assert [row["next_poll_reason"][:11] for row in status(archive.connection)["live_blogs"]] == ["never polle"], "the one due first"


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command(tmp_path: Path, as_json: bool) -> None:
    archive = Archive(tmp_path / "archive.db")
    Polled(archive, timedelta(minutes=1))
    Polled(archive, timedelta(days=60), ended=True, url=URL + "-over")
    with archive.writing() as connection:
        note = "ended: the last look, 28 days after the end, is done"
        connection.execute("UPDATE watches SET next_poll_at = NULL, note = ? WHERE url LIKE '%over'", (note,))
        soon = to_utc(datetime.now(UTC) + timedelta(hours=3, minutes=10))
        connection.execute("UPDATE watches SET next_poll_at = ? WHERE url = ?", (soon, URL))
        watches.add(connection, ["https://times.example/live/new"], at=NOW)
    archive.close()
    run = CliRunner().invoke(main, ["status", "--archive", str(tmp_path), *(["--json"] if as_json else [])])
    assert run.exit_code == 0, run.output
    if as_json:
        assert {"next_poll_at", "next_poll_reason"} <= json.loads(run.stdout)["live_blogs"][0].keys()
        return
    assert "  next poll in 3 h: 1 post in the last 10 minutes: " in run.stdout
    assert "  no next poll: ended: the last look, 28 days after the end, is done" in run.stdout
    assert "https://times.example/live/new\n  next poll now: never polled: now" in run.stdout
