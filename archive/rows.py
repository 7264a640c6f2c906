"""Writing the rows of entries: many new ones at once, another wording, another place in time; index and rollups along."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from archive import index
from archive.identity import slug_of
from archive.model import Entry, When
from archive.times import from_utc, to_utc

HOW = ("published_precision", "published_basis", "published_raw")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Where and when rows come from: one capture of one live blog. `seen_at` is UTC, `language` the live blog's."""

    publisher_id: int
    live_blog_id: int
    language: str | None
    capture_id: int
    seen_at: str


class NewEntry(NamedTuple):
    """An entry about to be written. `second` is the Unix time it is sorted by."""

    entry: Entry
    key: str
    day: str
    second: int
    position: int | None


def insert(connection: sqlite3.Connection, new: Sequence[NewEntry], seen: Seen, *, last_seen: str | None) -> list[int]:
    """Write new entries, oldest first, with their placements, index rows and rollups, and return their ids.

    `last_seen` is None while the latest good poll shows them.
    """
    ids = free_ids(connection, [item.second for item in new])
    publisher_id, live_blog_id, capture_id, seen_at = seen.publisher_id, seen.live_blog_id, seen.capture_id, seen.seen_at
    entries, placements, indexed = [], [], []
    for entry_id, (e, key, day, _, position) in zip(ids, new, strict=True):
        precision, basis, raw = how(e.published)
        entries.append((
            entry_id, slug_of(key), key, publisher_id, live_blog_id, e.source_id, e.url, e.title, e.byline, e.text, e.html, e.kind,
            e.published_at, precision, basis, raw, utc(e.updated), day, seen_at, last_seen, e.content_hash, capture_id,
        ))  # fmt: skip
        placements.append((live_blog_id, entry_id, position, int(e.pinned), e.content_hash, seen_at, last_seen))
        indexed.append((entry_id, e.text, e.title, e.byline, index.tag(publisher_id, day[:7], e.kind, seen.language, live_blog_id)))
    connection.executemany(
        "INSERT INTO entries (id, slug, key, publisher_id, live_blog_id, source_id, url, title, byline, text, html, kind, published_at,"
        " published_precision, published_basis, published_raw, updated_at, day, first_seen, last_seen, content_hash, capture_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entries,
    )
    connection.executemany(
        "INSERT INTO placements (live_blog_id, entry_id, position, pinned, content_hash, first_seen, last_seen)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        placements,
    )
    index.add_new(connection, indexed)
    count(connection, publisher_id, Counter([item.day[:7] for item in new]))
    return ids


def supersede(connection: sqlite3.Connection, row: sqlite3.Row, *, seen_at: str) -> None:
    """Keep the wording on record as a revision that ended now."""
    since = connection.execute("SELECT max(superseded_at) FROM revisions WHERE entry_id = ?", (row["id"],)).fetchone()[0]
    connection.execute(
        "INSERT INTO revisions (entry_id, number, title, byline, text, html, published_at, published_precision, published_basis,"
        " updated_at, seen_at, superseded_at, capture_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (row["id"], row["revision"], row["title"], row["byline"], row["text"], row["html"], row["published_at"])
        + (row["published_precision"], row["published_basis"], row["updated_at"], since or row["first_seen"], seen_at)
        + (row["capture_id"],),
    )


def rewrite(
    connection: sqlite3.Connection, entry: Entry, row: sqlite3.Row, *, day: str, keeps_time: bool, edited: bool, capture_id: int
) -> int:
    """Put another wording in place and return the entry's id; a time that moved moves the row, references along.

    `keeps_time`: the time on record is better than the one of this wording.
    """
    published = row["published_at"] if keeps_time else entry.published_at
    known = tuple(row[name] for name in HOW) if keeps_time else how(entry.published)
    day = row["day"] if keeps_time else day
    moves = published != row["published_at"]
    # Earlier wordings are indexed under the entry's place and filters: only if these change are they written again.
    stays = not moves and entry.kind == row["kind"] and day[:7] == row["day"][:7]
    index.remove(connection, row["id"], earlier=not stays)
    entry_id = free_ids(connection, [unix(published or row["first_seen"])])[0] if moves else row["id"]
    if moves:
        _forget_runs(connection)
    connection.execute(
        "UPDATE entries SET id = ?, source_id = coalesce(source_id, ?), url = coalesce(?, url), title = ?, byline = ?, text = ?,"
        " html = ?, kind = ?, published_at = ?, published_precision = ?, published_basis = ?, published_raw = ?,"
        " updated_at = ?, day = ?, revision = revision + ?, content_hash = ?, capture_id = ? WHERE id = ?",
        (entry_id, entry.source_id, entry.url, entry.title, entry.byline, entry.text, entry.html, entry.kind, published, *known)
        + (utc(entry.updated) or row["updated_at"], day, int(edited), entry.content_hash, capture_id, row["id"]),
    )
    index.add(connection, entry_id, earlier=row["revision"] if stays else 1)
    if day[:7] != row["day"][:7]:
        count(connection, row["publisher_id"], {row["day"][:7]: -1, day[:7]: 1})
    return int(entry_id)


def delete(connection: sqlite3.Connection, entry_ids: Iterable[int]) -> None:
    """Take entries out of the archive, with their revisions, placements, aliases, index rows and rollups."""
    _forget_runs(connection)
    for entry_id in entry_ids:
        row = connection.execute("SELECT publisher_id, day FROM entries WHERE id = ?", (entry_id,)).fetchone()
        if row is None:
            continue
        index.remove(connection, entry_id)
        connection.execute("DELETE FROM entries WHERE id = ?", (entry_id,))
        count(connection, row["publisher_id"], {row["day"][:7]: -1})


def count(connection: sqlite3.Connection, publisher_id: int, months: Mapping[str, int]) -> None:
    """Add to the number of entries of each month; a month without any has no row."""
    for month, change in months.items():
        connection.execute(
            "INSERT INTO rollups (publisher_id, month, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            (publisher_id, month, change),
        )
        if change < 0:
            connection.execute("DELETE FROM rollups WHERE publisher_id = ? AND month = ? AND count = 0", (publisher_id, month))


_RUNS = "CREATE TEMP TABLE IF NOT EXISTS taken_runs (start INTEGER PRIMARY KEY, free INTEGER NOT NULL)"


def free_ids(connection: sqlite3.Connection, wanted: Sequence[int]) -> list[int]:
    """Return a sort position for each Unix second: itself, or the next one nobody has."""
    taken: set[int] = set()
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        rows = connection.execute(f"SELECT id FROM entries WHERE id IN ({', '.join('?' * len(part))})", part)
        taken.update(row[0] for row in rows)
    if not taken and len(set(wanted)) == len(wanted):
        return list(wanted)
    given: set[int] = set()
    ids = []
    for second in wanted:
        free = second
        if free in given or free in taken:
            start, free = _run(connection, second)
            while free in given or _is_taken(connection, free):
                free = free + 1 if free in given else _after(connection, free)
            # Within a transaction that is rolled back this is, too.
            connection.execute("INSERT OR REPLACE INTO temp.taken_runs (start, free) VALUES (?, ?)", (start, free + 1))
        given.add(free)
        ids.append(free)
    return ids


def _run(connection: sqlite3.Connection, second: int) -> tuple[int, int]:
    """Where the run of taken ids that a second lies in starts, and what comes after it, as far as this connection knows.

    Thousands of live blogs post more than once a second: the run that the present lies in grows by the hour, too long to walk each time.
    """
    connection.execute(_RUNS)
    row = connection.execute("SELECT start, free FROM temp.taken_runs WHERE start <= ? ORDER BY start DESC LIMIT 1", (second,)).fetchone()
    return (row[0], row[1]) if row and row[1] > second else (second, second)


def _forget_runs(connection: sqlite3.Connection) -> None:
    """An id is free again: the runs known may have a gap."""
    connection.execute(_RUNS)
    connection.execute("DELETE FROM temp.taken_runs")


def _is_taken(connection: sqlite3.Connection, entry_id: int) -> bool:
    return connection.execute("SELECT 1 FROM entries WHERE id = ?", (entry_id,)).fetchone() is not None


def _after(connection: sqlite3.Connection, taken: int) -> int:
    """The first free id after one that is taken."""
    found: int = connection.execute(
        "SELECT e.id + 1 FROM entries e WHERE e.id >= ? AND NOT EXISTS (SELECT 1 FROM entries n WHERE n.id = e.id + 1)"
        " ORDER BY e.id LIMIT 1",
        (taken,),
    ).fetchone()[0]
    return found


def unix(instant: str) -> int:
    return int(from_utc(instant).timestamp())


def utc(when: When | None) -> str | None:
    return to_utc(when.instant) if when else None


def how(when: When | None) -> tuple[str | None, str | None, str | None]:
    return (when.precision, when.basis, when.raw) if when else (None, None, None)
