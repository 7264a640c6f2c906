"""What is on record for one live blog: the entries placed on it, by the names they go by. Read once, then kept up by the writer."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from archive.model import Entry, Update


@dataclass(slots=True)
class Placed:
    """One entry's place on a live blog.

    `content_hash` is of what this live blog showed of it last. `position` grows from older to newer in the
    page's own order; None if it never stood in that order (an old post kept at the top). `shown`: the latest
    good poll showed it. `second` is the claimed time, Unix seconds, `reader` what read its present wording (None: nobody knows).
    """

    entry_id: int
    content_hash: str
    position: int | None
    pinned: bool
    shown: bool
    withdrawn: bool
    source_id: str | None
    second: int | None
    reader: str | None


@dataclass(slots=True)
class Standing:
    """Every entry placed on one live blog, by id and by key or alias.

    `read` has the updates of the last pages as they were read, by a name, with what came of them and its key: what has not changed is
    not normalised again. It holds as long as `circumstances` do: what addresses were resolved against, and what keys are made of.
    """

    live_blog_id: int
    placed: dict[int, Placed] = field(default_factory=dict)
    names: dict[str, Placed] = field(default_factory=dict)
    shown: set[int] = field(default_factory=set)
    read: dict[str, tuple[Update, Entry, str]] = field(default_factory=dict)
    circumstances: tuple[object, ...] = ()

    def add(self, placed: Placed, *names: str) -> None:
        self.placed[placed.entry_id] = placed
        for name in names:
            self.names[name] = placed
        if placed.shown:
            self.shown.add(placed.entry_id)

    def show(self, placed: Placed) -> None:
        placed.shown = True
        self.shown.add(placed.entry_id)

    def hide(self, placed: Placed) -> None:
        placed.shown = False
        self.shown.discard(placed.entry_id)

    def move(self, placed: Placed, entry_id: int) -> None:
        """Follow an entry to another id."""
        del self.placed[placed.entry_id]
        if placed.entry_id in self.shown:
            self.shown.discard(placed.entry_id)
            self.shown.add(entry_id)
        placed.entry_id = entry_id
        self.placed[entry_id] = placed


def load(connection: sqlite3.Connection, live_blog_id: int) -> Standing:
    """Return what is on record for a live blog."""
    standing = Standing(live_blog_id)
    rows = connection.execute(
        "SELECT p.entry_id, p.content_hash, p.position, p.pinned, p.last_seen IS NULL, e.withdrawn_at IS NOT NULL,"
        " e.source_id, CAST(strftime('%s', e.published_at) AS INTEGER), c.reader, e.key"
        " FROM placements p JOIN entries e ON e.id = p.entry_id LEFT JOIN captures c ON c.id = e.capture_id WHERE p.live_blog_id = ?",
        (live_blog_id,),
    )
    for entry_id, content_hash, position, pinned, shown, withdrawn, source_id, second, reader, key in rows:
        placed = Placed(entry_id, content_hash, position, bool(pinned), bool(shown), bool(withdrawn), source_id, second, reader)
        standing.add(placed, key)
    aliases = connection.execute(
        "SELECT a.alias, a.entry_id FROM entry_aliases a JOIN placements p ON p.entry_id = a.entry_id WHERE p.live_blog_id = ?",
        (live_blog_id,),
    )
    for alias, entry_id in aliases:
        standing.names.setdefault(alias, standing.placed[entry_id])
    return standing
