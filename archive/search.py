"""A person's query -> the entries it finds: newest or best first, counts, facets, snippets. Reads only."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from archive.query import Query, exclusion, match_expression

COUNT_CAP = 1000
# Ranking looks at this many of the newest hits: bm25 over every hit of a common word takes 195 ms at a million entries.
RANKED = 2000

MARK_START, MARK_END = "\x02", "\x03"  # round a found word in a snippet; control characters no text holds


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One entry found. `title` and `snippet` hold MARK_START and MARK_END round the words found.

    Times are UTC, ISO 8601; `position` is the entry's place in the order of time, for paging.
    """

    position: int
    slug: str
    key: str
    title: str | None
    snippet: str
    kind: str
    byline: str | None
    published_at: str | None
    published_precision: str | None
    published_basis: str | None
    day: str
    first_seen: str
    withdrawn_at: str | None
    revision: int
    publisher: str
    publisher_name: str
    zone: str | None
    live_blog: str | None
    live_blog_slug: str
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Results:
    """A page of hits. `total` counts to COUNT_CAP and no further (`total_is_capped`); `more` says if older ones follow."""

    query: Query
    hits: tuple[Hit, ...]
    total: int
    total_is_capped: bool
    more: bool

    @property
    def total_text(self) -> str:
        return f"{self.total:,}+" if self.total_is_capped else f"{self.total:,}"


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """The query as SQL: the typed words and the whole FTS5 expression (each or None), and conditions on the entry's row.

    `least` is a position that no hit stands before: what is older need not be looked at.
    """

    words: str | None
    match: str | None
    conditions: tuple[str, ...]
    parameters: tuple[object, ...]
    least: int | None = None


def search(
    connection: sqlite3.Connection, query: Query, *, sort: str = "newest", limit: int = 20, before: int | None = None, offset: int = 0
) -> Results:
    """Return the hits of a query.

    `sort` is `newest` (paged by `before`, the last position seen: stable while new entries arrive) or
    `best` (bm25, paged by `offset`).
    """
    plan = _plan(connection, query)
    if plan is None:
        return Results(query=query, hits=(), total=0, total_is_capped=False, more=False)
    total = _count(connection, plan)
    best = sort == "best" and plan.words is not None
    ids = _best(connection, plan, limit + 1, offset) if best else _newest(connection, plan, limit + 1, before)
    hits = _hits(connection, plan, ids[:limit])
    return Results(query=query, hits=hits, total=min(total, COUNT_CAP), total_is_capped=total > COUNT_CAP, more=len(ids) > limit)


def newest_ids(connection: sqlite3.Connection, query: Query, *, limit: int, before: int | None = None) -> list[int]:
    """Return the positions of a query's hits, newest first, those older than `before`: a step of going through all of them."""
    plan = _plan(connection, query)
    return _newest(connection, plan, limit, before) if plan else []


def count_all(connection: sqlite3.Connection, query: Query) -> int:
    """Return how many hits a query has, however many: that takes as long as going through them."""
    plan = _plan(connection, query)
    if plan is None:
        return 0
    sql, parameters = _select(plan, "id", limit=-1)
    return int(connection.execute(f"SELECT count(*) FROM ({sql})", parameters).fetchone()[0])


def publisher_counts(connection: sqlite3.Connection, query: Query, *, limit: int = 12) -> list[tuple[str, str, int]]:
    """Return (slug, name, hits) of the publishers with most hits among the newest COUNT_CAP, most first."""
    plan = _plan(connection, query)
    if plan is None:
        return []
    sql, parameters = _select(plan, "publisher_id", limit=COUNT_CAP)
    rows = connection.execute(
        f"SELECT p.slug, p.name, count(*) AS hits FROM ({sql}) f JOIN publishers p ON p.id = f.publisher_id"
        " GROUP BY p.id ORDER BY hits DESC, p.name LIMIT ?",
        (*parameters, limit),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def month_counts(connection: sqlite3.Connection, query: Query) -> dict[str, int]:
    """Return the newest COUNT_CAP hits by month of publication, else of first sight: {"2013-02": 5}."""
    plan = _plan(connection, query)
    if plan is None:
        return {}
    sql, parameters = _select(plan, "id", limit=COUNT_CAP)
    rows = connection.execute(
        f"SELECT substr(e.day, 1, 7) AS month, count(*) FROM ({sql}) f JOIN entries e ON e.id = f.id GROUP BY month ORDER BY month",
        parameters,
    )
    return {row[0]: row[1] for row in rows}


def _plan(connection: sqlite3.Connection, query: Query) -> _Plan | None:
    """The query as SQL, or None if a filter names something the archive has not got."""
    tags: list[str] = []
    if query.publisher:
        row = connection.execute(
            "SELECT id FROM publishers WHERE ? IN (slug, lower(name)) OR slug = ?",
            (query.publisher, query.publisher.replace(" ", "_")),
        ).fetchone()
        if row is None:
            return None
        tags.append(f"xp{row[0]}")
    if query.live:
        row = connection.execute("SELECT id FROM live_blogs WHERE ? IN (slug, url)", (query.live,)).fetchone()
        if row is None:
            return None
        tags.append(f"xl{row[0]}")
    if query.language:
        tags.append("xg" + re.sub(r"\W", "", query.language))
    if query.kind:
        tags.append("xk" + re.sub(r"[\W_]", "", query.kind))
    tags += [tag for tag, wanted in (("xedited", query.edited), ("xwithdrawn", query.withdrawn)) if wanted]
    words = match_expression(query)
    # A filter is one more term of the same look-up in the index, which is read newest first.
    match = " AND ".join([*([f"({words})"] if words else []), *(f'(tag : "{tag}")' for tag in tags)]) or None
    conditions: list[str] = []
    parameters: list[object] = []
    unwanted = exclusion(query)
    if unwanted and match:
        match = f"({match}) NOT ({unwanted})"
    elif unwanted:
        conditions.append("e.id NOT IN (SELECT rowid FROM entries_fts WHERE entries_fts MATCH ?)")
        parameters.append(unwanted)
    if query.since:
        conditions.append("e.day >= ?")
        parameters.append(query.since)
    if query.until:
        conditions.append("e.day < ?")
        parameters.append(query.until + "\x7f")
    if query.spaceless:
        conditions.append("e.id IN (SELECT rowid FROM entries_pairs WHERE entries_pairs MATCH ?)")
        parameters.append(query.spaceless)
    return _Plan(words=words, match=match, conditions=tuple(conditions), parameters=tuple(parameters), least=_least(query.since))


def _least(since: str | None) -> int | None:
    """The first position a date filter can let through: an entry's position is its second or later, never earlier.

    A day begins up to 14 hours sooner than in UTC, in the zone of the publisher that counts it.
    """
    if not since:
        return None
    try:
        return int(datetime.fromisoformat("-".join([*since.split("-"), "01", "01"][:3]) + "T00:00:00+14:00").timestamp())
    except ValueError:  # 2013-02-31, or the year 0
        return None


def _select(plan: _Plan, column: str, *, limit: int, before: int | None = None) -> tuple[str, tuple[object, ...]]:
    """A SELECT of one column (`id` or `publisher_id`) of the newest hits, newest first, with its parameters."""
    conditions, parameters = list(plan.conditions), list(plan.parameters)
    source, order = "entries e", "e.id"
    if plan.match is not None:
        order = "f.rowid"
        conditions.insert(0, "f.entries_fts MATCH ?")
        parameters.insert(0, plan.match)
        if plan.conditions or column != "id":
            # CROSS JOIN: the index is read newest first and rows are looked up as they come, never the reverse.
            source = "entries_fts f CROSS JOIN entries e ON e.id = f.rowid"
        else:
            source, column = "entries_fts f", "rowid AS id"
    if before is not None:
        conditions.append(f"{order} < ?")
        parameters.append(before)
    if plan.least is not None:
        conditions.append(f"{order} >= ?")
        parameters.append(plan.least)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    name = f"f.{column}" if source == "entries_fts f" else f"e.{column}"
    return f"SELECT {name} FROM {source}{where} ORDER BY {order} DESC LIMIT ?", (*parameters, limit)


def _newest(connection: sqlite3.Connection, plan: _Plan, limit: int, before: int | None) -> list[int]:
    sql, parameters = _select(plan, "id", limit=limit, before=before)
    return [row[0] for row in connection.execute(sql, parameters)]


def _best(connection: sqlite3.Connection, plan: _Plan, limit: int, offset: int) -> list[int]:
    sql, parameters = _select(plan, "id", limit=RANKED)
    rows = connection.execute(
        # A word in the title weighs most; `tag` must weigh nothing. Without the plus, the words are looked up again
        # for each of the ids: 17 s instead of 30 ms for two common words.
        f"SELECT r.rowid FROM entries_fts r WHERE r.entries_fts MATCH ? AND +r.rowid IN ({sql})"
        " ORDER BY bm25(entries_fts, 1.0, 8.0, 2.0, 0.0), r.rowid DESC LIMIT ? OFFSET ?",
        (plan.match, *parameters, limit, offset),
    )
    return [row[0] for row in rows]


def _count(connection: sqlite3.Connection, plan: _Plan) -> int:
    sql, parameters = _select(plan, "id", limit=COUNT_CAP + 1)
    return int(connection.execute(f"SELECT count(*) FROM ({sql})", parameters).fetchone()[0])


_COLUMNS = """e.id, e.slug, e.key, e.title, e.text, e.kind, e.byline, e.published_at, e.published_precision, e.published_basis,
    e.day, e.first_seen, e.withdrawn_at, e.revision, p.slug AS publisher, p.name AS publisher_name, p.zone,
    l.title AS live_blog, l.slug AS live_blog_slug, e.url"""
_JOINS = "JOIN publishers p ON p.id = e.publisher_id JOIN live_blogs l ON l.id = e.live_blog_id"


def _hits(connection: sqlite3.Connection, plan: _Plan, ids: list[int]) -> tuple[Hit, ...]:
    """The hits with the ids, in their order, words found marked."""
    places = ", ".join("?" * len(ids))
    rows = {row["id"]: row for row in connection.execute(f"SELECT {_COLUMNS} FROM entries e {_JOINS} WHERE e.id IN ({places})", ids)}
    marked: dict[int, tuple[str | None, str]] = {}
    if plan.words and ids:
        for row in connection.execute(
            f"SELECT rowid, highlight(entries_fts, 1, ?, ?), snippet(entries_fts, 0, ?, ?, ' \u2026 ', 40) FROM entries_fts"
            f" WHERE entries_fts MATCH ? AND rowid IN ({places})",
            (MARK_START, MARK_END, MARK_START, MARK_END, plan.words, *ids),
        ):
            marked[row[0]] = (row[1], row[2])
    return tuple(_hit(rows[entry_id], marked.get(entry_id)) for entry_id in ids if entry_id in rows)


def _hit(row: sqlite3.Row, marked: tuple[str | None, str] | None) -> Hit:
    title, snippet = marked or (row["title"], _beginning(row["text"]))
    names = set(Hit.__dataclass_fields__) & set(row.keys())
    values = {name: row[name] for name in names}
    return Hit(**{**values, "position": row["id"], "title": title, "snippet": " ".join((snippet or "").split())})


def _beginning(text: str, words: int = 45) -> str:
    parts = text.split(None, words)
    return " ".join(parts[:words]) + (" \u2026" if len(parts) > words else "")


def unmarked(text: str | None) -> str | None:
    """Return a marked title or snippet as plain text."""
    return text.replace(MARK_START, "").replace(MARK_END, "") if text else text
