"""How common a word or filter is, told from the newest entries. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archive.search_plan import POSITIONS

RECENT = 5_000  # entries
_COUNTED = "SELECT count(*) FROM (SELECT rowid FROM entries_fts WHERE entries_fts MATCH ? AND rowid > ? ORDER BY rowid DESC LIMIT ?)"


def recently(connection: sqlite3.Connection) -> int | None:
    """Return the position after which there are `RECENT` entries; None in a smaller archive, where nothing needs to be spared."""
    row = connection.execute(f"SELECT id FROM {POSITIONS} ORDER BY id DESC LIMIT 1 OFFSET ?", (RECENT,)).fetchone()
    return None if row is None else int(row[0])


def times(connection: sqlite3.Connection, part: str, recent: int, most: int | None = None) -> int:
    """Return for how many entries after a position a part of a query holds, counted to `most`."""
    # From the newest on: FTS5 would go through all that is older to come to where it is to begin.
    return int(connection.execute(_COUNTED, (part, recent, RECENT if most is None else most)).fetchone()[0])


def telling(connection: sqlite3.Connection, parts: Sequence[str], recent: int) -> dict[str, int]:
    """Return the parts of a query that do not hold for every fourth update, and for how many recent ones they do.

    bm25 reads every place of each word or filter in the archive, to learn how rare it is: of "the" only to find that it weighs nothing.
    """
    most = RECENT // 4
    held = {part: times(connection, part, recent, most + 1) for part in parts}
    return {part: often for part, often in held.items() if often <= most}
