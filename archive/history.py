"""Reading one entry's life back: every wording, oldest first, with the captures it was read from. Reads only."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.errors import ArchiveError
from archive.model import SAVED


def find_entry(connection: sqlite3.Connection, name: str) -> sqlite3.Row:
    """Return the entry a slug, key or URL names. Raises ArchiveError if there is none."""
    row = connection.execute(
        f"{_ENTRY} WHERE e.slug = ? OR e.key = ? OR e.id IN (SELECT entry_id FROM entry_aliases WHERE alias = ?) LIMIT 1",
        (name, name, name),
    ).fetchone()
    row = row or connection.execute(f"{_ENTRY} WHERE e.url = ? ORDER BY e.id DESC LIMIT 1", (name,)).fetchone()
    if row is None:
        raise ArchiveError(f"expected the slug, key or URL of an entry, found {name!r}, which names none in this archive")
    found: sqlite3.Row = row
    return found


def wordings(connection: sqlite3.Connection, entry_id: int) -> list[dict[str, Any]]:
    """Return every wording of an entry, oldest first, as `history --json` prints them.

    `seen_at` is when we first saw it, `superseded_at` when we first saw the next (None: the present one).
    """
    rows = connection.execute(
        "SELECT number, title, byline, text, html, published_at, published_precision, published_basis, seen_at, superseded_at, capture_id"
        " FROM revisions WHERE entry_id = ?"
        " UNION ALL SELECT revision, title, byline, text, html, published_at, published_precision, published_basis,"
        " coalesce((SELECT max(superseded_at) FROM revisions WHERE entry_id = e.id), first_seen), NULL, capture_id"
        " FROM entries e WHERE id = ? ORDER BY 1",
        (entry_id, entry_id),
    )
    return [_wording(connection, row) for row in rows]


def placements(connection: sqlite3.Connection, entry_id: int) -> list[sqlite3.Row]:
    """Return where an entry has been shown: live blog, first and last sighting (None: still shown at the last poll)."""
    return connection.execute(
        "SELECT l.slug, l.title, l.url, l.kind, p.pinned, p.first_seen, p.last_seen, l.last_seen AS live_blog_last_seen"
        " FROM placements p JOIN live_blogs l ON l.id = p.live_blog_id WHERE p.entry_id = ? ORDER BY p.first_seen, l.id",
        (entry_id,),
    ).fetchall()


def history(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    """Return the life of the entry `name` in the documented JSON shape."""
    entry = find_entry(connection, name)
    described = {key: entry[key] for key in entry.keys() if key not in ("id", "html", "capture_id", "content_hash")}  # noqa: SIM118
    return {
        "entry": {**described, "placements": [dict(row) for row in placements(connection, entry["id"])]},
        "wordings": wordings(connection, entry["id"]),
        "withdrawn_at": entry["withdrawn_at"],
    }


_ENTRY = (
    "SELECT e.*, p.slug AS publisher, p.name AS publisher_name, p.zone, l.title AS live_blog, l.slug AS live_blog_slug,"
    " l.url AS live_blog_url, l.kind AS live_blog_kind, l.last_seen AS live_blog_last_seen"
    " FROM entries e JOIN publishers p ON p.id = e.publisher_id JOIN live_blogs l ON l.id = e.live_blog_id"
)
_WORDING = (
    "number", "title", "byline", "text", "html", "published_at", "published_precision", "published_basis", "seen_at", "superseded_at"
)  # fmt: skip


def _wording(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    capture = connection.execute("SELECT id, url, fetched_at, digest, status FROM captures WHERE id = ?", (row["capture_id"],)).fetchone()
    evidence = {name: capture[name] for name in ("id", "url", "fetched_at", "digest")} if capture else None
    is_saved_file = capture is not None and capture["status"] == SAVED
    return {**{name: row[name] for name in _WORDING}, "capture": evidence, "is_saved_file": is_saved_file}
