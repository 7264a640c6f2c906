"""What a feed or a table is of: a search, a live blog or a publisher, each as the query that finds its entries. Reads only."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archive.query import Query, parse


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A query under a title. `began` is when the live blog, else the archive, was first read (None: never): UTC, ISO 8601."""

    query: Query
    title: str
    subtitle: str | None = None
    began: str | None
    language: str | None = None


def a_search(connection: sqlite3.Connection, q: str) -> Subject:
    query = parse(q)
    return Subject(
        query=query,
        title=f"Stop Press: {q}" if q else "Stop Press: all updates",
        subtitle=f"Left out of this search: {'; '.join(query.ignored)}" if query.ignored else None,
        began=_began(connection),
    )


def a_live_blog(connection: sqlite3.Connection, slug: str) -> Subject | None:
    row = connection.execute(
        "SELECT l.title, l.url, l.standfirst, l.language, l.first_seen, p.name FROM live_blogs l JOIN publishers p ON p.id = l.publisher_id"
        " WHERE l.slug = ?",
        (slug,),
    ).fetchone()
    if row is None:
        return None
    return Subject(
        query=Query(live=slug),
        title=f"{row['name']}: {row['title'] or row['url']}",
        subtitle=row["standfirst"],
        began=row["first_seen"],
        language=row["language"],
    )


def a_publisher(connection: sqlite3.Connection, slug: str) -> Subject | None:
    row = connection.execute("SELECT name, language FROM publishers WHERE slug = ?", (slug,)).fetchone()
    if row is None:
        return None
    return Subject(query=Query(publisher=slug), title=row["name"], began=_began(connection), language=row["language"])


def _began(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT first_seen FROM live_blogs ORDER BY id LIMIT 1").fetchone()
    return row[0] if row else None
