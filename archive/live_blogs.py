"""The rows of publishers and live blogs: made when first seen, kept up by every poll; and what earlier polls of one say of it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from archive import rows
from archive.identity import slug_of
from archive.model import SAVED, Capture, Extraction, Recorded
from archive.times import from_utc, to_utc

_BELIEVED = 3  # polls in a row, over _BELIEVED_AFTER, that look broken in one way are the page as it is now
_BELIEVED_AFTER = timedelta(hours=6)
_LIVE_BLOG = (
    "SELECT id, publisher_id, (SELECT slug FROM publishers WHERE id = publisher_id) AS publisher, title, language, first_seen, last_seen"
    " FROM live_blogs"
)


def _publisher_of(connection: sqlite3.Connection, extraction: Extraction) -> int:
    """The id of an extraction's publisher, made if it is new."""
    row = connection.execute("SELECT id FROM publishers WHERE slug = ?", (extraction.publisher,)).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO publishers (slug, name, url, zone, language) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (
                extraction.publisher,
                extraction.publisher_name or extraction.publisher,
                _home(extraction.url),
                extraction.zone,
                extraction.language,
            ),
        ).fetchone()
    return int(row[0])


def live_blog_at(connection: sqlite3.Connection, url: str, extraction: Extraction, seen_at: str) -> sqlite3.Row:
    """Return the row of the live blog at an address, made or filled again if it is new. It stays its first publisher's,
    under whatever name another reader knows it."""
    row: sqlite3.Row | None = connection.execute(f"{_LIVE_BLOG} WHERE url = ?", (url,)).fetchone()
    if row is not None and row["first_seen"]:
        return row
    publisher_id = _publisher_of(connection, extraction)
    values = (publisher_id, extraction.title, extraction.standfirst, extraction.language, extraction.kind, seen_at, seen_at, seen_at)
    if row is None:
        connection.execute(
            "INSERT INTO live_blogs (slug, url, publisher_id, title, standfirst, language, kind, first_seen, last_seen, last_changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (slug_of(url), url, *values),
        )
    else:
        connection.execute(
            "UPDATE live_blogs SET publisher_id = ?, title = ?, standfirst = ?, language = ?, kind = ?, first_seen = ?, last_seen = ?,"
            " last_changed = ? WHERE id = ?",
            (*values, row["id"]),
        )
    made: sqlite3.Row = connection.execute(f"{_LIVE_BLOG} WHERE url = ?", (url,)).fetchone()
    return made


def shown_at(connection: sqlite3.Connection, url: str, at: str) -> sqlite3.Row | None:
    """The live blog an address showed until then, if it showed one."""
    found: sqlite3.Row | None = connection.execute(
        f"{_LIVE_BLOG} WHERE url = ? UNION ALL SELECT * FROM ({_LIVE_BLOG} WHERE id = (SELECT live_blog_id FROM captures"
        " WHERE url = ? AND fetched_at <= ? AND live_blog_id IS NOT NULL ORDER BY fetched_at DESC, id DESC LIMIT 1)) LIMIT 1",
        (url, url, at),
    ).fetchone()
    return found


def reader_of(connection: sqlite3.Connection, live_blog_id: int, capture: Capture) -> str | None:
    """What read the live blog at the last good poll."""
    found = connection.execute(
        "SELECT reader FROM captures WHERE live_blog_id = ? AND (fetched_at, id) < (?, ?) AND outcome IN ('new', 'unchanged')"
        " ORDER BY fetched_at DESC, id DESC LIMIT 1",
        (live_blog_id, to_utc(capture.fetched_at), capture.id),
    ).fetchone()
    return found[0] if found else None


def is_trusted(connection: sqlite3.Connection, live_blog_id: int, capture: Capture) -> bool:
    """Whether the page has looked broken for so long, poll after poll, that it must be what it shows."""
    at = to_utc(capture.fetched_at)
    earlier = connection.execute(
        "SELECT outcome, fetched_at FROM captures WHERE live_blog_id = ? AND (fetched_at, id) < (?, ?) ORDER BY fetched_at DESC, id DESC",
        (live_blog_id, at, capture.id),
    )
    count, first = 0, at
    for outcome, fetched_at in earlier:
        if outcome != "broken":
            break
        count, first = count + 1, fetched_at
        if count + 1 >= _BELIEVED and capture.fetched_at - from_utc(first) >= _BELIEVED_AFTER:
            return True
    return False


def keep_up(connection: sqlite3.Connection, found: Extraction, seen: rows.Seen, recorded: Recorded, *, is_aside: bool, status: int) -> None:
    """Bring a live blog's row up to date with what was recorded. `status` is the capture's."""
    if recorded.problem:
        connection.execute("UPDATE live_blogs SET state = 'broken' WHERE id = ?", (seen.live_blog_id,))
        return
    if is_aside:
        connection.execute("UPDATE live_blogs SET first_seen = min(first_seen, ?) WHERE id = ?", (seen.seen_at, seen.live_blog_id))
        return
    # `live` while we poll it and it does not say that it has ended; a saved file is over for us.
    state = "ended" if found.ended or status == SAVED else "live"
    connection.execute(
        "UPDATE live_blogs SET title = coalesce(?, title), standfirst = coalesce(?, standfirst), kind = ?, declared_count = ?,"
        " state = ?, coverage_start = coalesce(?, coverage_start), coverage_end = ?, last_seen = ?,"
        " last_changed = CASE WHEN ? THEN ? ELSE last_changed END WHERE id = ?",
        (found.title, found.standfirst, found.kind, found.declared_count, state)
        + (rows.utc(found.coverage_start), rows.utc(found.coverage_end), seen.seen_at, recorded.outcome == "new", seen.seen_at)
        + (seen.live_blog_id,),
    )


def _home(url: str | None) -> str | None:
    return "/".join((url or "").split("/")[:3]) + "/" if url else None


def posted(connection: sqlite3.Connection, live_blog_id: int, *, after: int, most: int) -> list[tuple[int, float]]:
    """Return id and time (Unix seconds) of the latest entries of a live blog whose ids are above `after`, the newest first."""
    sql = (
        "SELECT id, CAST(strftime('%s', iif(published_precision IN ('second', 'minute'), published_at, first_seen)) AS REAL)"
        " FROM entries WHERE live_blog_id = ? AND id > ? ORDER BY id DESC LIMIT ?"
    )
    return [(row[0], row[1]) for row in connection.execute(sql, (live_blog_id, after, most))]
