"""What two archives of the same captures say differently: entries, their fields, counts. Reads only."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_FIELDS = (
    "url", "title", "byline", "text", "html", "kind", "published_at", "published_precision", "published_basis", "updated_at",
    "first_seen", "last_seen", "withdrawn_at", "revision",
)  # fmt: skip
_COUNTED = ("publishers", "live_blogs", "entries", "placements", "revisions")
_EXAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class Change:
    """One entry that differs: `field` is the column, or `new` or `gone` for an entry that only one archive has."""

    key: str
    field: str
    old: str | None = None
    new: str | None = None


@dataclass(kw_only=True)
class Differences:
    """`live_blogs` are those whose own row differs, `wordings` the superseded ones. `waiting` is the number of
    captures that are not recorded yet and were left out. `counts` has the rows of each table in the old
    and in the new archive, `fields` how many entries differ in which field.

    `examples` are the first of each kind. `captures` counts readings that came out otherwise: "unreadable -> new".
    """

    new: int = 0
    gone: int = 0
    changed: int = 0
    wordings: int = 0
    live_blogs: int = 0
    waiting: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    captures: Counter[str] = field(default_factory=Counter)
    examples: list[Change] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not (self.new or self.gone or self.changed or self.wordings or self.live_blogs) and all(
            old == new for old, new in self.counts.values()
        )


def compare(old: sqlite3.Connection, new: sqlite3.Connection) -> Differences:
    """Return what the new archive says otherwise than the old one; entries are compared by key, wherever their rows stand."""
    found = Differences()
    seen: Counter[str] = Counter()

    def note(change: Change) -> None:
        seen[change.field] += 1
        if seen[change.field] <= _EXAMPLES:
            found.examples.append(change)

    for before, after in _side_by_side(_entries(old), _entries(new)):
        if before is None:
            found.new += 1
            note(Change(key=after["key"], field="new", new=after["title"] or after["text"][:80])) if after else None
        elif after is None:
            found.gone += 1
            note(Change(key=before["key"], field="gone", old=before["title"] or before["text"][:80]))
        else:
            different = [name for name in _FIELDS if before[name] != after[name]]
            found.changed += bool(different)
            found.fields.update(different)
            for name in different:
                note(Change(key=after["key"], field=name, old=_shown(before[name]), new=_shown(after[name])))
    found.wordings = sum(1 for before, after in _side_by_side(_wordings(old), _wordings(new)) if _values(before) != _values(after))
    found.live_blogs = sum(1 for before, after in _side_by_side(_live_blogs(old), _live_blogs(new)) if _values(before) != _values(after))
    for table in _COUNTED:
        found.counts[table] = (_count(old, table), _count(new, table))
    outcomes = {row["id"]: row["outcome"] for row in old.execute("SELECT id, outcome FROM captures")}
    for row in new.execute("SELECT id, outcome FROM captures"):
        before_ = outcomes.get(row["id"])
        if before_ != row["outcome"]:
            found.captures[f"{before_} -> {row['outcome']}"] += 1
    return found


def _entries(connection: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    return iter(connection.execute(f"SELECT key AS name, key, {', '.join(_FIELDS)} FROM entries ORDER BY key"))


def _wordings(connection: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    return iter(
        connection.execute(
            "SELECT e.key || char(31) || r.number AS name, r.title, r.byline, r.text, r.published_at, r.seen_at, r.superseded_at"
            " FROM revisions r JOIN entries e ON e.id = r.entry_id ORDER BY name"
        )
    )


def _live_blogs(connection: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    return iter(
        connection.execute(
            "SELECT url AS name, title, standfirst, kind, declared_count, state, coverage_start, coverage_end, first_seen, last_seen,"
            " last_changed FROM live_blogs ORDER BY url"
        )
    )


def _side_by_side(old: Iterator[sqlite3.Row], new: Iterator[sqlite3.Row]) -> Iterator[tuple[sqlite3.Row | None, sqlite3.Row | None]]:
    """Rows of two archives with the same name beside each other, both sorted by it; one may be missing."""
    before, after = next(old, None), next(new, None)
    while before is not None or after is not None:
        if after is None or (before is not None and before["name"].encode() < after["name"].encode()):
            yield before, None
            before = next(old, None)
        elif before is None or before["name"].encode() > after["name"].encode():
            yield None, after
            after = next(new, None)
        else:
            yield before, after
            before, after = next(old, None), next(new, None)


def _values(row: sqlite3.Row | None) -> tuple[object, ...] | None:
    return None if row is None else tuple(row)


def _count(connection: sqlite3.Connection, table: str) -> int:
    found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


def _shown(value: object) -> str | None:
    return None if value is None else str(value)[:200]
