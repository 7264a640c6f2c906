"""What happened to the entries a query finds, newest first: arrivals, edits and withdrawals, each an event of its own. Reads only.

A feed of a live blog or of a publisher is the feed of the query `live:SLUG` or `publisher:SLUG`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archive.query import Query
from archive.search import newest_ids, which_are_hits

NEWEST = 50
# Edits and withdrawals are looked for among so many of the newest entries that have any.
_LOOKED_THROUGH = 200
_ALL_KNOWN = 500  # a query that finds no more is asked once, and all it finds is looked through
# An edit of an entry older than those is found if it is among the last edits anywhere; each takes a search of its own to match.
_LAST_EDITS, _MATCHED = 500, 5
_MOST_OF_A_PAGE = 200  # events; an entry may have been edited a thousand times


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The content of an entry as it stood for a while. Times are UTC, ISO 8601, and the publisher's claim."""

    number: int
    title: str | None
    byline: str | None
    text: str
    html: str | None
    published_at: str | None
    published_precision: str | None
    published_basis: str | None


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to an entry. `kind` is new, edited or withdrawn; `at` is when we saw it.

    `wording` is what the entry said then, `before` what it had said (edits only). `last_seen` is the last sighting before a withdrawal.
    """

    kind: str
    at: str
    wording: Wording
    before: Wording | None
    position: int
    slug: str
    key: str
    entry_kind: str
    url: str | None
    first_seen: str
    last_seen: str | None
    publisher: str
    publisher_name: str
    zone: str | None
    language: str | None
    live_blog: str | None
    live_blog_slug: str
    live_blog_url: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """Events, newest first. `further` is the position to go on before (None: nothing older)."""

    events: tuple[Event, ...]
    further: int | None


@dataclass(frozen=True, order=True)
class Mark:
    """An event before its rows are read. `number` is of the wording an edit superseded, 0 for other kinds."""

    at: str
    position: int
    number: int
    kind: str


def newest(connection: sqlite3.Connection, query: Query, *, limit: int = NEWEST) -> Page:
    """Return the newest events of the entries a query finds, by when we saw them."""
    found = newest_ids(connection, query, limit=_ALL_KNOWN + 1)
    ids = found[: limit + 1]
    if len(found) <= _ALL_KNOWN:
        changes = [*edits_of(connection, found, limit), *withdrawals_of(connection, found)]
    else:
        changes = [*_edits(connection, query, found, limit), *_withdrawals(connection, query, limit)]
    shown = sorted([*_arrivals(connection, ids), *changes], reverse=True)[:limit]
    # By position, so the next page may begin with some that were shown: ids tell a reader so. None is left out.
    hidden = set(ids) - {mark.position for mark in shown if mark.kind == "new"}
    return Page(events=tuple(events(connection, shown)), further=max(hidden) + 1 if hidden else None)


def older(connection: sqlite3.Connection, query: Query, *, before: int, limit: int = NEWEST) -> Page:
    """Return the events of the next older entries a query finds, those before a position."""
    ids = newest_ids(connection, query, limit=limit + 1, before=before)
    shown = ids[:limit]
    marks = [*_arrivals(connection, shown), *edits_of(connection, shown, _MOST_OF_A_PAGE), *withdrawals_of(connection, shown)]
    newest_first = sorted(marks, reverse=True)[:_MOST_OF_A_PAGE]
    return Page(events=tuple(events(connection, newest_first)), further=shown[-1] if len(ids) > limit else None)


def _arrivals(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Mark]:
    rows = connection.execute(f"SELECT id, first_seen FROM entries WHERE id IN ({_places(ids)})", ids)
    return [Mark(row[1], row[0], 0, "new") for row in rows]


def _edits(connection: sqlite3.Connection, query: Query, hits: Sequence[int], limit: int) -> list[Mark]:
    """The newest edits: of the newest entries that were edited, and of older ones if they are among the last edits anywhere."""
    edited = replace(query, edited=True)
    ids = hits[:_LOOKED_THROUGH] if query.edited else newest_ids(connection, edited, limit=_LOOKED_THROUGH)
    found = edits_of(connection, ids, limit)
    if len(ids) < _LOOKED_THROUGH:  # all of them
        return found
    last = connection.execute("SELECT superseded_at, entry_id, number FROM revisions ORDER BY superseded_at DESC LIMIT ?", (_LAST_EDITS,))
    older_ones = [Mark(row[0], row[1], row[2], "edited") for row in last.fetchall() if row[1] < ids[-1]]
    matching = which_are_hits(connection, edited, {mark.position for mark in older_ones[:_MATCHED]})
    return found + [mark for mark in older_ones if mark.position in matching]


def edits_of(connection: sqlite3.Connection, ids: Sequence[int], limit: int) -> list[Mark]:
    """Return the newest edits of some entries."""
    rows = connection.execute(
        f"SELECT superseded_at, entry_id, number FROM revisions WHERE entry_id IN ({_places(ids)})"
        " ORDER BY superseded_at DESC, entry_id DESC LIMIT ?",
        (*ids, limit),
    )
    return [Mark(row[0], row[1], row[2], "edited") for row in rows]


def _withdrawals(connection: sqlite3.Connection, query: Query, limit: int) -> list[Mark]:
    ids = newest_ids(connection, replace(query, withdrawn=True), limit=_LOOKED_THROUGH)
    return sorted(withdrawals_of(connection, ids), reverse=True)[:limit]


def withdrawals_of(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Mark]:
    """Return the withdrawals among some entries."""
    rows = connection.execute(f"SELECT withdrawn_at, id FROM entries WHERE id IN ({_places(ids)}) AND withdrawn_at IS NOT NULL", ids)
    return [Mark(row[0], row[1], 0, "withdrawn") for row in rows]


_ENTRY = """SELECT e.id, e.slug, e.key, e.kind, e.url, e.first_seen, e.last_seen, e.revision, e.title, e.byline, e.text, e.html,
    e.published_at, e.published_precision, e.published_basis, p.slug AS publisher, p.name AS publisher_name, p.zone,
    l.language, l.title AS live_blog, l.slug AS live_blog_slug, l.url AS live_blog_url
FROM entries e JOIN publishers p ON p.id = e.publisher_id JOIN live_blogs l ON l.id = e.live_blog_id"""
_WORDING = ("title", "byline", "text", "html", "published_at", "published_precision", "published_basis")


def events(connection: sqlite3.Connection, marks: Sequence[Mark]) -> Iterable[Event]:
    """Return the events that are marked, in their order, with what the entries said at the time."""
    ids = sorted({mark.position for mark in marks})
    entries = {row["id"]: row for row in connection.execute(f"{_ENTRY} WHERE e.id IN ({_places(ids)})", ids)}
    wanted = {(mark.position, number) for mark in marks for number in (mark.number or 1, mark.number + 1)}
    earlier = _superseded(connection, sorted(item for item in wanted if item[1] < entries[item[0]]["revision"]))

    def wording(position: int, number: int) -> Wording:
        row = earlier.get((position, number)) or entries[position]
        return Wording(number=min(number, entries[position]["revision"]), **{name: row[name] for name in _WORDING})

    for mark in marks:
        row = entries[mark.position]
        number = {"new": 1, "edited": mark.number + 1, "withdrawn": row["revision"]}[mark.kind]
        yield Event(
            kind=mark.kind,
            at=mark.at,
            wording=wording(mark.position, number),
            before=wording(mark.position, mark.number) if mark.kind == "edited" else None,
            position=mark.position,
            entry_kind=row["kind"],
            last_seen=row["last_seen"] if mark.kind == "withdrawn" else None,
            **{name: row[name] for name in Event.__dataclass_fields__ if name in _OF_THE_ENTRY},
        )


_OF_THE_ENTRY = frozenset(
    "slug key url first_seen publisher publisher_name zone language live_blog live_blog_slug live_blog_url".split()
)  # fmt: skip


def _superseded(connection: sqlite3.Connection, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], sqlite3.Row]:
    """The superseded wordings with these entries and numbers."""
    if not wanted:
        return {}
    values = ", ".join(["(?, ?)"] * len(wanted))
    rows = connection.execute(
        f"WITH wanted (id, number) AS (VALUES {values}) SELECT r.entry_id, r.number, {', '.join('r.' + name for name in _WORDING)}"
        " FROM wanted CROSS JOIN revisions r ON r.entry_id = wanted.id AND r.number = wanted.number",
        [value for pair in wanted for value in pair],
    )
    return {(row["entry_id"], row["number"]): row for row in rows}


def _places(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
