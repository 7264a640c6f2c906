"""A person's query -> the entries it finds: newest or best first, with counts and what narrows it. Reads only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.facets import Facets, facets_of
from archive.newest import WHOLE, Found, Place, count, newest, newest_of_many, stands, stood
from archive.newest import count_all as count_hits
from archive.query import Query
from archive.ranking import best
from archive.search_plan import PRESENT, Plan, conditions, plan
from archive.small_index import HIGHLIGHTED, MARK_END, MARK_START, MARKS, marked

COUNT_CAP = 1000
# Where the best come first, this many can be gone through.
RANKED = 2000


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One entry found. `title` and `snippet` hold MARK_START and MARK_END round the words found.

    Times are UTC, ISO 8601; `position` is the entry's place in the order of time, for paging. `wording` is the number of the superseded
    wording that was found, where the present one (None) does not match: then title, snippet and byline are those of that wording.
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
    wording: int | None = None


@dataclass(frozen=True, kw_only=True)
class Results:
    """A page of hits. There are more than `total` if `total_is_capped`: it counts to COUNT_CAP; `more` says if older ones follow.

    `query` says under `ignored` what was left out. `facets` is None unless asked for.
    """

    query: Query
    hits: tuple[Hit, ...]
    total: int
    total_is_capped: bool
    more: bool
    facets: Facets | None = None

    @property
    def total_text(self) -> str:
        return f"{self.total:,}+" if self.total_is_capped else f"{self.total:,}"


def search(
    connection: sqlite3.Connection,
    query: Query,
    *,
    sort: str = "newest",
    limit: int = 20,
    before: int | None = None,
    offset: int = 0,
    facets: bool = False,
    brief: bool = False,
) -> Results:
    """Return the hits of a query.

    `sort` is `newest` (paged by `before`, the last position seen: stable while new entries arrive) or
    `best` (bm25, paged by `offset`). With `facets` the results say what would narrow them. A `brief` search counts the newest hits
    alone where counting would take longer than all else: those of a phrase, through all places of its words.
    """
    made, query = plan(connection, query)
    if made is None:
        return Results(query=query, hits=(), total=0, total_is_capped=False, more=False, facets=Facets() if facets else None)
    ranked = sort == "best" and made.words is not None
    found: Found | None = None
    if ranked:
        listed, found = best(connection, made, limit + 1, offset, whole=WHOLE if facets else 0)
    else:
        if brief and not facets and before is None:
            found = newest_of_many(connection, made, limit, COUNT_CAP + 1)
        if found is None and (facets or before is None):
            # Two indexes are not counted without fetching what is in both.
            wanted = max(COUNT_CAP, limit) + 1 if facets or made.has_earlier else limit + 1
            # The chart of a publisher alone is not made of its hits.
            whole = WHOLE if facets and made.publisher_alone is None else COUNT_CAP
            found = newest(connection, made, wanted, whole=whole)
        if found is None or (before is not None and not found.is_all):
            listed = newest(connection, made, limit + 1, before=before).places(0, limit + 1)
        else:
            listed = found.places(0, limit + 1, before=before)
    if found is not None and (found.is_all or found.is_part or len(found.positions) > COUNT_CAP):
        total = len(found.positions)
    else:
        total = count(connection, made, COUNT_CAP + 1)
    return Results(
        query=query,
        hits=_hits(connection, made, listed[:limit], in_a_row=not ranked, are_newest=before is None and made.most is None),
        total=min(total, COUNT_CAP),
        total_is_capped=total > COUNT_CAP or (found is not None and found.is_part),
        more=len(listed) > limit,
        facets=facets_of(connection, made, query, found, COUNT_CAP) if facets and found is not None else None,
    )


def newest_ids(connection: sqlite3.Connection, query: Query, *, limit: int, before: int | None = None) -> list[int]:
    """Return the positions of a query's hits, newest first, those older than `before`: a step of going through all of them."""
    made, _ = plan(connection, query)
    return newest(connection, made, limit, before=before).positions[:limit] if made else []


def which_are_hits(connection: sqlite3.Connection, query: Query, positions: Iterable[int]) -> set[int]:
    """Return those of some positions that a query finds."""
    made, _ = plan(connection, query)
    if made is None:
        return set()
    return {one for one in positions if stands(connection, made, one) or (made.has_earlier and stood(connection, made, one))}


def count_all(connection: sqlite3.Connection, query: Query) -> int:
    """Return how many hits a query has, however many: that takes as long as going through them."""
    made, _ = plan(connection, query)
    return count_hits(connection, made) if made else 0


_COLUMNS = """e.id, e.slug, e.key, e.title, e.text, e.kind, e.byline, e.published_at, e.published_precision, e.published_basis,
    e.day, e.first_seen, e.withdrawn_at, e.revision, p.slug AS publisher, p.name AS publisher_name, p.zone,
    l.title AS live_blog, l.slug AS live_blog_slug, e.url"""
_JOINS = "JOIN publishers p ON p.id = e.publisher_id JOIN live_blogs l ON l.id = e.live_blog_id"
_FIELDS = frozenset(Hit.__dataclass_fields__)


def _hits(connection: sqlite3.Connection, made: Plan, found: Sequence[Place], *, in_a_row: bool, are_newest: bool) -> tuple[Hit, ...]:
    """The hits at places, in their order, words found marked; `in_a_row`: no other hit stands between them in the order of time,
    `are_newest`: nor above them."""
    rows = {
        row["id"]: dict(row)
        for row in connection.execute(
            f"SELECT {_COLUMNS} FROM json_each(?) j CROSS JOIN entries e ON e.id = j.value {_JOINS}", (json.dumps([p for p, _ in found]),)
        )
    }
    for position, number in found:
        if number is not None and position in rows:
            said = connection.execute(
                "SELECT title, text, byline, number AS wording FROM revisions WHERE entry_id = ? AND number = ?", (position, number)
            ).fetchone()
            rows[position].update(dict(said) if said else {})
    marks: dict[int, tuple[str | None, str]] = {}
    if made.words and found:
        if in_a_row and made.is_quick_to_mark:
            marks = _marked_there(connection, made, found[0][0], found[-1][0], backward=are_newest)
        else:
            marks = marked(((row["id"], row["text"], row["title"], row["byline"]) for row in rows.values()), made.words)
    return tuple(_hit(rows[position], marks.get(position)) for position, _ in found if position in rows)


def _marked_there(
    connection: sqlite3.Connection, made: Plan, newest: int, oldest: int, *, backward: bool
) -> dict[int, tuple[str | None, str]]:
    """Titles and snippets of the hits between two positions by the archive's own index: a millisecond less for twenty hits in a row.

    `backward`: from the newest on. The end of the index is near to that, as its beginning is to what is far back.
    """
    where, parameters = conditions(made, PRESENT, before=newest + 1, after=oldest)
    order = "ORDER BY s.rowid DESC" if backward else ""
    rows = connection.execute(f"SELECT s.rowid, {HIGHLIGHTED.format(PRESENT.words)} {where} {order}", (*MARKS, *parameters))
    return {row[0]: (row[1], row[2]) for row in rows}


def _hit(row: dict[str, object], marks: tuple[str | None, str] | None) -> Hit:
    title, snippet = marks or (row["title"], _beginning(str(row["text"])))
    values = {name: value for name, value in row.items() if name in _FIELDS}
    return Hit(**{**values, "position": row["id"], "title": title, "snippet": " ".join((snippet or "").split())})  # type: ignore[arg-type]


def _beginning(text: str, words: int = 45) -> str:
    parts = text.split(None, words)
    return " ".join(parts[:words]) + (" \u2026" if len(parts) > words else "")


def unmarked(text: str | None) -> str | None:
    """Return a marked title or snippet as plain text."""
    return text.replace(MARK_START, "").replace(MARK_END, "") if text else text
