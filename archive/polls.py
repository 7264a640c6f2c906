"""The rows of polls: what each brought, or the sentence that says why it brought nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from archive import live_blogs
from archive.model import Capture, Recorded
from archive.times import to_utc


def add(connection: sqlite3.Connection, capture: Capture, recorded: Recorded, warnings: Sequence[str], milliseconds: int | None) -> None:
    """Count a poll whose capture is on record."""
    live_blog_id = connection.execute("SELECT live_blog_id FROM captures WHERE id = ?", (capture.id,)).fetchone()[0]
    message = "; ".join([recorded.problem, *warnings] if recorded.problem else warnings) or None
    connection.execute(
        "INSERT INTO polls (url, live_blog_id, at, outcome, status, new, edited, withdrawn, milliseconds, message)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (capture.url, live_blog_id, to_utc(capture.fetched_at), recorded.outcome, capture.status, recorded.new, recorded.edited)
        + (recorded.withdrawn, milliseconds, message),
    )


def add_failed(
    connection: sqlite3.Connection, url: str, *, at: datetime, outcome: str, message: str, status: int | None, milliseconds: int | None
) -> None:
    """Count a poll that gave no updates; where there were some before, the page is broken."""
    known = live_blogs.shown_at(connection, url, to_utc(at))
    if known and outcome == "no_updates":
        outcome, message = "broken", f"it showed updates before: {message}"
    connection.execute(
        "INSERT INTO polls (url, live_blog_id, at, outcome, status, milliseconds, message) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (url, known["id"] if known else None, to_utc(at), outcome, status, milliseconds, message),
    )
