"""Whether each entry is what its own row says: handle, content hash, place in time, character pairs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from archive.identity import slug_of
from archive.model import When
from archive.normalise import content_hash
from archive.pairs import has_spaceless, pairs
from archive.times import from_utc

_DAY = 86_400


def entries(connection: sqlite3.Connection, advance: Callable[[], None]) -> Iterator[str]:
    """What is wrong with single entries, in the order of time."""
    most = connection.execute("SELECT count(*) FROM entries").fetchone()[0] + _DAY
    pairs_kept = iter(connection.execute("SELECT rowid, text FROM entries_pairs ORDER BY rowid"))
    kept = next(pairs_kept, None)
    for row in connection.execute("SELECT * FROM entries ORDER BY id"):
        name = f"archive.db: entry {row['slug']!r}"
        if row["slug"] != slug_of(row["key"]):
            yield f"{name}: expected the slug {slug_of(row['key'])} of its key, found another"
        yield from (f"{name}: {fault}" for fault in _content(row))
        yield from (f"{name}: {fault}" for fault in _position(row, most))
        while kept is not None and kept[0] < row["id"]:
            yield f"archive.db: the index of character pairs has a row {kept[0]} that no entry has"
            kept = next(pairs_kept, None)
        expected = _pairs(row)
        if kept is not None and kept[0] == row["id"]:
            if expected != kept[1]:
                yield f"{name}: the index of character pairs holds other text than the entry"
            kept = next(pairs_kept, None)
        elif expected is not None:
            yield f"{name}: the index of character pairs has not got its text"
        advance()
    while kept is not None:
        yield f"archive.db: the index of character pairs has a row {kept[0]} that no entry has"
        kept = next(pairs_kept, None)


def _content(row: sqlite3.Row) -> Iterator[str]:
    stated: When | None = None
    if row["published_at"]:
        try:
            instant = from_utc(row["published_at"])
        except ValueError:
            return  # reported with the times
        stated = When(instant=instant, precision=row["published_precision"] or "", basis=row["published_basis"] or "", raw="")
    # A wording that came without a time keeps the time of the one before it, and was hashed without.
    hashes = {content_hash(title=row["title"], byline=row["byline"], text=row["text"], published=published) for published in (stated, None)}
    if row["content_hash"] not in hashes:
        yield "its content hash is not that of its title, byline, text and time"


def _position(row: sqlite3.Row, most: int) -> Iterator[str]:
    try:
        second = int(from_utc(row["published_at"] or row["first_seen"]).timestamp())
    except ValueError:
        return
    if not second <= row["id"] <= second + most:
        yield f"expected an id at or soon after {second}, the second of its time, found {row['id']}"


def _pairs(row: sqlite3.Row) -> str | None:
    words = " ".join(row[name] or "" for name in ("title", "text", "byline"))
    return pairs(words) if has_spaceless(words) else None
