"""What was forgotten may not come back: hashes of the names an entry or a live blog could return under.

A tombstone says nothing of what it stands for; it can only be compared. Whoever records a page asks once for the
whole page:

    kept = tombstones.remaining(connection, entries, extraction, url)     # `url`: the live blog's
    tombstones.is_forgotten_page(connection, url, capture.url, capture.final_url)

`remaining` costs one look at an empty table if nothing was ever forgotten. It also leaves out what a redacted capture still
shows of a forgotten update, so that a replay of redacted captures is like one of captures that never showed it. It must run before
entries are aligned with those on record: what was forgotten may not lend its words to another.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from archive.identity import entry_key
from archive.letters import letters
from archive.model import Entry, Extraction, When
from archive.normalise import canonical_url, content_hash
from archive.redaction import is_redacted
from archive.times import from_utc, to_utc

_TELLING = 40  # letters; a text as long as that is posted once
_BEGINNING = 8  # words by which to find the same text in the index
_EXACT = ("second", "minute")


def forgotten(connection: sqlite3.Connection, hashes: Iterable[str]) -> set[str]:
    """Return those of the hashes that are tombstones."""
    rows = connection.execute("SELECT hash FROM tombstones WHERE hash IN (SELECT value FROM json_each(?))", (json.dumps(list(hashes)),))
    return {row[0] for row in rows}


def any_stand(connection: sqlite3.Connection) -> bool:
    """Whether anything was ever forgotten here."""
    return connection.execute("SELECT 1 FROM tombstones LIMIT 1").fetchone() is not None


def remaining(connection: sqlite3.Connection, entries: Sequence[Entry], extraction: Extraction, url: str) -> list[Entry]:
    """Return the entries of a page that were not forgotten, in their order. `url` is the live blog's address."""
    if not any_stand(connection):
        return list(entries)
    left = [entry for entry in entries if not is_redacted(entry.title, entry.text)]
    hashes = [set(names(entry, extraction, url)) for entry in left]
    gone = forgotten(connection, set().union(*hashes))
    return [entry for entry, own in zip(left, hashes, strict=True) if not own & gone]


def is_forgotten_page(connection: sqlite3.Connection, *urls: str | None) -> bool:
    """Whether any of the addresses is that of a forgotten live blog."""
    if not any_stand(connection):
        return False
    return bool(forgotten(connection, [live_blog_tombstone(url) for url in urls if url]))


def live_blog_tombstone(url: str) -> str:
    """Return the tombstone of a page's address, however it is written."""
    try:
        return _hash("live_blog", canonical_url(url))
    except ValueError:  # http://[broken
        return _hash("live_blog", url)


def slug_tombstone(slug: str) -> str:
    """Return the tombstone of an entry's or live blog's slug."""
    return _hash("slug", slug)


def is_forgotten_name(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a slug, key or URL that a person gives is that of something forgotten."""
    return bool(forgotten(connection, [live_blog_tombstone(name), slug_tombstone(name), _hash("key", name), _hash("url", name)]))


def names(entry: Entry, extraction: Extraction, url: str) -> Iterator[str]:
    """Every hash an update as read from a page would be known by. `url` is the live blog's address."""
    key = entry_key(
        entry,
        publisher=extraction.publisher,
        live_blog_key=extraction.live_blog_key or "",
        ids_are_global=extraction.ids_are_global,
    )
    yield _hash("key", key)
    if entry.url:
        yield _hash("url", entry.url)
    yield _hash("wording", url, entry.content_hash)
    text = letters(entry.text)
    if len(text) >= _TELLING:
        yield _hash("text", extraction.publisher, text)
    if entry.published and entry.published.precision in _EXACT:
        moment = (url, to_utc(entry.published.instant), entry.title or "")
        yield _hash("moment", *moment)
        if not entry.source_id:
            yield _hash("moment of an id", *moment)


def entry_tombstones(connection: sqlite3.Connection, entry_id: int) -> set[str]:
    """Return the hashes of everything that would let an entry on record come back.

    Its key, aliases and slug; its own address, if no other entry and no live blog has it; the hash of each wording, on
    each page it stood on; its text anywhere at the publisher, if it is long; and the instant and title of each wording on each page.
    Not what another entry has in common with it.
    """
    entry = connection.execute(
        "SELECT e.*, p.slug AS publisher FROM entries e JOIN publishers p ON p.id = e.publisher_id WHERE e.id = ?", (entry_id,)
    ).fetchone()
    pages = [
        row[0]
        for row in connection.execute(
            "SELECT l.url FROM placements p JOIN live_blogs l ON l.id = p.live_blog_id WHERE p.entry_id = ? ORDER BY 1", (entry_id,)
        )
    ]
    hashes = {_hash("key", entry["key"]), slug_tombstone(entry["slug"])}
    hashes |= {_hash("key", row[0]) for row in connection.execute("SELECT alias FROM entry_aliases WHERE entry_id = ?", (entry_id,))}
    if entry["url"] and _is_its_own(connection, entry["url"], entry_id):
        hashes.add(_hash("url", entry["url"]))
    live_blog_key = entry["key"].rpartition("/")[0]
    for content, text in _wordings(connection, entry):
        hashes.add(_hash("key", f"{live_blog_key}/~{content[:16]}"))
        hashes |= {_hash("wording", page, content) for page in pages if not _is_said_twice(connection, page, content, entry_id)}
        if len(letters(text)) >= _TELLING and not _is_said_elsewhere(connection, text, entry):
            hashes.add(_hash("text", entry["publisher"], letters(text)))
    return hashes | set(_moments(connection, entry, pages))


def _is_said_twice(connection: sqlite3.Connection, page: str, content: str, entry_id: int) -> bool:
    """Whether another entry of a page says the same: "Goal!"."""
    sql = "SELECT 1 FROM placements p JOIN live_blogs l ON l.id = p.live_blog_id WHERE l.url = ? AND p.content_hash = ? AND p.entry_id != ?"
    return connection.execute(sql, (page, content, entry_id)).fetchone() is not None


def _is_said_elsewhere(connection: sqlite3.Connection, text: str, entry: sqlite3.Row) -> bool:
    """Whether another entry of the publisher has the same text: a tweet taken over twice."""
    beginning = " ".join(text.replace('"', " ").replace("\x00", " ").split()[:_BEGINNING])
    rows = connection.execute(
        "SELECT e.text FROM entries_fts f CROSS JOIN entries e ON e.id = f.rowid WHERE entries_fts MATCH ? AND e.id != ?",
        (f'text : "{beginning}" AND tag : "xp{entry["publisher_id"]}"', entry["id"]),
    )
    return any(letters(row[0]) == letters(text) for row in rows)


def _is_its_own(connection: sqlite3.Connection, url: str, entry_id: int) -> bool:
    # An address with a fragment is a place on a page; one without may be the page itself.
    shared = connection.execute(
        "SELECT 1 FROM entries WHERE url = ? AND id != ? UNION ALL SELECT 1 FROM live_blogs WHERE url = ? AND kind != 'update' LIMIT 1",
        (url, entry_id, url),
    )
    return shared.fetchone() is None


def _wordings(connection: sqlite3.Connection, entry: sqlite3.Row) -> Iterator[tuple[str, str]]:
    """The content hash and the text of each wording."""
    yield entry["content_hash"], entry["text"]
    rows = connection.execute(
        "SELECT title, byline, text, published_at, published_precision, published_basis FROM revisions WHERE entry_id = ?", (entry["id"],)
    )
    for row in rows.fetchall():
        when: When | None = None
        if row["published_at"]:
            instant = from_utc(row["published_at"])
            when = When(instant=instant, precision=row["published_precision"] or "", basis=row["published_basis"] or "", raw="")
        yield content_hash(title=row["title"], byline=row["byline"], text=row["text"], published=when), row["text"]


def _moments(connection: sqlite3.Connection, entry: sqlite3.Row, pages: Sequence[str]) -> Iterator[str]:
    kind = "moment of an id" if entry["source_id"] else "moment"
    rows = connection.execute(
        "SELECT DISTINCT title, published_at FROM (SELECT title, published_at, published_precision FROM revisions WHERE entry_id = :id"
        " UNION ALL SELECT title, published_at, published_precision FROM entries WHERE id = :id)"
        " WHERE published_at IS NOT NULL AND published_precision IN ('second', 'minute')",
        {"id": entry["id"]},
    ).fetchall()
    for row in rows:
        # Two updates of one minute without titles are told apart by nothing else.
        alone = connection.execute(
            "SELECT 1 FROM placements p JOIN placements o ON o.live_blog_id = p.live_blog_id JOIN entries e ON e.id = o.entry_id"
            " WHERE p.entry_id = :id AND e.id != :id AND e.published_at = :at AND e.title IS :title LIMIT 1",
            {"id": entry["id"], "at": row["published_at"], "title": row["title"]},
        ).fetchone()
        if alone is None:
            yield from (_hash(kind, page, row["published_at"], row["title"] or "") for page in pages)


def _hash(*parts: str) -> str:
    # The length of each part, so that none can run over into the next.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
