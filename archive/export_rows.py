"""The entries a query finds, a chunk at a time, and the columns of an export. The columns are a promise: new ones come at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from archive.query import Query
from archive.search import count_all, newest_ids

COLUMNS = (
    "slug", "key", "publisher", "publisher_name", "live_blog", "live_blog_title", "language", "source_id", "url", "kind",
    "title", "byline", "text", "html", "published_at", "published_precision", "published_basis", "published_raw", "updated_at",
    "day", "first_seen", "last_seen", "withdrawn_at", "revision", "content_hash",
    "capture_id", "capture_url", "capture_fetched_at", "capture_digest",
)  # fmt: skip
TIMES = ("published_at", "updated_at", "first_seen", "last_seen", "withdrawn_at", "capture_fetched_at")
NUMBERS = ("revision", "capture_id")

_ROWS = """
SELECT e.id, e.slug, e.key, p.slug AS publisher, p.name AS publisher_name, l.url AS live_blog, l.title AS live_blog_title, l.language,
    e.source_id, e.url, e.kind, e.title, e.byline, e.text, e.html, e.published_at, e.published_precision, e.published_basis,
    e.published_raw, e.updated_at, e.day, e.first_seen, e.last_seen, e.withdrawn_at, e.revision, e.content_hash,
    c.id AS capture_id, c.url AS capture_url, c.fetched_at AS capture_fetched_at, c.digest AS capture_digest
FROM entries e JOIN publishers p ON p.id = e.publisher_id JOIN live_blogs l ON l.id = e.live_blog_id
LEFT JOIN captures c ON c.id = e.capture_id
"""


def count_matching(archive: sqlite3.Connection, query: Query) -> int:
    """Return how many entries a query finds."""
    if query.is_empty:
        return int(archive.execute("SELECT count(*) FROM entries").fetchone()[0])
    return count_all(archive, query)


def chunks(archive: sqlite3.Connection, query: Query, size: int) -> Iterator[list[int]]:
    """The ids of the entries a query finds, newest first, so many at a time."""
    before: int | None = None
    while ids := newest_ids(archive, query, limit=size, before=before):
        yield ids
        before = ids[-1]


def rows(archive: sqlite3.Connection, ids: Sequence[int]) -> list[sqlite3.Row]:
    """Return the entries with the ids, newest first, with COLUMNS and `id`."""
    marks = ", ".join("?" * len(ids))
    return archive.execute(f"{_ROWS} WHERE e.id IN ({marks}) ORDER BY e.id DESC", ids).fetchall()
