"""A query as SQL over the indexes: what must match, and between which places in the order of time. Reads only."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from archive import wordings
from archive.index_size import too_much
from archive.model import KINDS
from archive.query import Query, exclusion, match_expression, match_groups, title_expression, weighed_groups
from archive.refine import last_day

_DAY = 86_400
_END_OF_TIME = 1 << 42  # seconds; a position beyond it is none, and a number of the index may not be
# Every entry has a kind, so that "all but" is a look-up, too.
_KINDS = " OR ".join(f'"xk{kind.replace("_", "")}"' for kind in KINDS)
EVERYTHING = f"tag : ({_KINDS})"


# The index keeps the length of each entry: a row of a few bytes for each, where `entries` has its whole text.
POSITIONS = "entries_fts_docsize"


@dataclass(frozen=True, kw_only=True)
class Source:
    """An index to look in: its tables, and how many rows of it there may be to a place in the order of time."""

    words: str
    pairs: str
    scale: int


PRESENT = Source(words="entries_fts", pairs="entries_pairs", scale=1)
TITLES = Source(words="entries_titles", pairs="entries_pairs", scale=1)
EARLIER = Source(words="revisions_fts", pairs="revisions_pairs", scale=wordings.NUMBERS)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The query as SQL: the typed words, and the whole FTS5 expression (each or None), and how dates narrow it.

    `groups` and `tags` are the parts of the words and of the filters, all of which must hold.

    No hit stands before the position `least` or after `most`. From `since_safe` and up to `until_safe` it need not be asked for its day.
    `has_earlier`: superseded wordings are looked for, too. `weighed`: the parts of the words by which hits are weighed in a large archive.
    `titles`: several words for the index of titles; `is_words_alone`: what has them all in its title is a hit.
    """

    groups: tuple[str, ...]
    tags: tuple[str, ...]
    words: str | None
    match: str | None
    spaceless: str | None
    since: str | None = None
    until: str | None = None
    least: int | None = None
    most: int | None = None
    since_safe: int | None = None
    until_safe: int | None = None
    has_earlier: bool = False
    weighed: tuple[str, ...] = ()
    titles: str | None = None
    is_words_alone: bool = False

    @property
    def terms(self) -> int:
        """About how many look-ups in the index the query takes each time it is asked."""
        return (self.match or "").count('"') // 2

    @property
    def phrase_words(self) -> tuple[str, ...]:
        """The words that must stand one behind the other, each as an FTS5 string."""
        phrases = [part for part in (self.match or "").split('"')[1::2] if " " in part]
        return tuple(f'"{word}"' for word in dict.fromkeys(" ".join(phrases).split()))

    @property
    def has_beginnings(self) -> bool:
        """Whether it looks for beginnings of words: the words that begin so are gathered each time the index is asked."""
        return "*" in (self.match or "")

    @property
    def is_one_word(self) -> bool:
        """Whether a word or its beginning is all that is looked for: its hits are listed in the index, nothing is gone through for them."""
        return " " not in (self.match or "")

    @property
    def publisher_alone(self) -> int | None:
        """The number of the publisher whose updates are all that is looked for, if that is so."""
        found = re.fullmatch(r'\(tag : "xp(\d+)"\)', self.match or "")
        return int(found[1]) if found and self.spaceless is None else None

    @property
    def is_one_look_up(self) -> bool:
        """Whether one index answers it, so that a part of the time costs a part of the whole."""
        return (self.match is None) is not (self.spaceless is None)

    @property
    def is_quick_to_mark(self) -> bool:
        """Whether the index can be asked once more, for the hits alone. Those of a phrase stand far apart, and much lies between them."""
        return not self.has_earlier and self.words is not None and not self.has_beginnings and not self.phrase_words


def plan(connection: sqlite3.Connection, query: Query) -> tuple[Plan | None, Query]:
    """Return the query as SQL, or None if a filter names something the archive has not got; and the query without
    what turned out to be too much to look for, which it then says under `ignored`."""
    query = _within_reason(connection, query)
    tags = _tags(connection, query)
    if tags is None:
        return None, query
    words = match_expression(query)
    match = " AND ".join([*([f"({words})"] if words else []), *(f'(tag : "{tag}")' for tag in tags)]) or None
    unwanted = exclusion(query)
    if unwanted:
        match = f"({match or EVERYTHING}) NOT ({unwanted})"
    titles = title_expression(query)
    made = Plan(
        groups=tuple(match_groups(query)),
        tags=tuple(f'tag : "{tag}"' for tag in tags),
        words=words,
        match=match,
        spaceless=query.spaceless,
        has_earlier=query.in_history and bool(words or query.spaceless),
        weighed=tuple(weighed_groups(query)),
        titles=titles if titles and not query.in_history and _knows_titles(connection) else None,
        is_words_alone=query.is_words_alone,
    )
    return _dated(connection, made, query), query


def _knows_titles(connection: sqlite3.Connection) -> bool:
    """Whether there is an index of titles: an archive of an older version that nobody wrote to since has none."""
    try:
        connection.execute(f"SELECT rowid FROM {TITLES.words} LIMIT 0")
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return False
        raise
    return True


def conditions(made: Plan, source: Source, *, before: int | None = None, after: int | None = None) -> tuple[str, list[object]]:
    """The FROM and WHERE that all rowids of a source obey that match, with their parameters: from the position `after` on, and before
    `before`."""
    table, wanted, parameters = POSITIONS, [], list[object]()
    if made.match is not None:
        table, wanted, parameters = source.words, [f"s.{source.words} MATCH ?"], [made.match]
        if made.spaceless:
            wanted.append(f"+s.rowid IN (SELECT rowid FROM {source.pairs} WHERE {source.pairs} MATCH ?)")
            parameters.append(made.spaceless)
    elif made.spaceless:
        table, wanted, parameters = source.pairs, [f"s.{source.pairs} MATCH ?"], [made.spaceless]
    least = max((value for value in (made.least, after) if value is not None), default=None)
    most = min((value for value in (made.most, None if before is None else before - 1) if value is not None), default=None)
    if least is not None:
        wanted.append("s.rowid >= ?")
        parameters.append(_within_time(least) * source.scale)
    if most is not None:
        wanted.append("s.rowid < ?")
        parameters.append(_within_time(most + 1) * source.scale)
    entry = "s.rowid" if source.scale == 1 else f"s.rowid / {source.scale}"
    day = f"(SELECT day FROM entries WHERE id = {entry})"
    # Far inside the dates asked for, the position tells the day; the row is read only near their ends.
    if made.since is not None:
        wanted.append(f"(s.rowid >= ? OR {day} >= ?)")
        parameters += [(made.since_safe or 0) * source.scale, made.since]
    if made.until is not None:
        wanted.append(f"(s.rowid < ? OR {day} < ?)")
        parameters += [(made.until_safe or 0) * source.scale, made.until + "\x7f"]
    return f"FROM {table} s" + (f" WHERE {' AND '.join(wanted)}" if wanted else ""), parameters


def _within_time(position: int) -> int:
    return max(-_END_OF_TIME, min(position, _END_OF_TIME))


def _within_reason(connection: sqlite3.Connection, query: Query) -> Query:
    """The query without what stands for so much that going through it could not be stopped in time, not even by the site's limit."""
    terms = [term for group in (*query.groups, query.excluded) for term in group]
    left_out = set(too_much(connection, terms))
    if not left_out:
        return query
    groups = [tuple(term for term in group if term not in left_out) for group in query.groups]
    return replace(
        query,
        groups=tuple(group for group in groups if group),
        excluded=tuple(term for term in query.excluded if term not in left_out),
        ignored=(*query.ignored, *(_reason(term) for term in dict.fromkeys(terms) if term in left_out)),
    )


def _reason(term: str) -> str:
    if term.endswith("*"):
        return f"{term[1:-2]}* (too many words begin so; more letters help)"
    return f"{term[1:-1]} (too common to look for beside so many others)"


def _tags(connection: sqlite3.Connection, query: Query) -> list[str] | None:
    """The filters as opaque terms of the index: each is one more term of the same look-up. None if one names nothing here."""
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
        named = "SELECT id FROM live_blogs WHERE slug = ? UNION ALL SELECT id FROM live_blogs WHERE url = ?"
        found = connection.execute(named, (query.live, query.live)).fetchone()
        if found is None:
            return None
        tags.append(f"xl{found[0]}")
    if query.language:
        tags.append("xg" + re.sub(r"\W", "", query.language))
    if query.kind:
        tags.append("xk" + re.sub(r"[\W_]", "", query.kind))
    return tags + [tag for tag, wanted in (("xedited", query.edited), ("xwithdrawn", query.withdrawn)) if wanted]


def _dated(connection: sqlite3.Connection, made: Plan, query: Query) -> Plan:
    """The plan with the positions between which its dates lie.

    An entry's position is the second of its time or the next that was free. Its day is the publisher's: it begins up to 14 hours before the
    day in UTC and ends up to 12 hours after.
    """
    if query.since:
        first = _midnight("-".join([*query.since.split("-"), "01", "01"][:3]))
        if first is not None:
            made = replace(made, least=first - 14 * 3600, since_safe=_past_the_crowd(connection, first + 12 * 3600))
        made = replace(made, since=query.since)
    if query.until:
        last = _midnight(last_day(query.until) or "", days=1)
        if last is not None:
            made = replace(made, most=_past_the_crowd(connection, last + 12 * 3600), until_safe=last - 14 * 3600)
        made = replace(made, until=query.until)
    return made


def _past_the_crowd(connection: sqlite3.Connection, position: int) -> int:
    """A position that no entry of a time before `position` was moved beyond: such a move needs every second in between taken.

    A day with half its seconds free is not one; entries may have been forgotten since.
    """
    counted = f"SELECT count(*) FROM {POSITIONS} WHERE id >= ? AND id < ?"
    while True:
        taken = connection.execute(counted, (position, position + _DAY)).fetchone()[0]
        position += _DAY
        if taken * 2 < _DAY:
            return position


def _midnight(day: str, *, days: int = 0) -> int | None:
    try:
        return int((datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=days)).timestamp())
    except (ValueError, OverflowError):  # 2013-02-31, the year 0, the end of time
        return None
