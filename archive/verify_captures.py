"""Whether the evidence is whole: every body what its digest says, every recorded capture the one that was stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from archive.captures import Captures
from archive.errors import ArchiveError

_COMPARED = ("url", "final_url", "fetched_at", "status", "digest")
_COLUMNS = f"SELECT id, {', '.join(_COMPARED)} FROM captures ORDER BY id"


def captures_agree(archive: sqlite3.Connection, captures: sqlite3.Connection, notes: list[str]) -> Iterator[str]:
    """Recorded captures that are not in the evidence, or say something else there.

    Captures that wait to be recorded are no fault, a writer that was killed leaves some: a sentence in `notes`.
    """
    stored = iter(captures.execute(_COLUMNS))
    there = next(stored, None)
    waiting = 0
    for recorded in archive.execute(_COLUMNS):
        while there is not None and there["id"] < recorded["id"]:
            there, waiting = next(stored, None), waiting + 1
        if there is None or there["id"] != recorded["id"]:
            yield f"capture {recorded['id']} of {recorded['url']!r} is recorded in archive.db and missing in captures.db"
            continue
        for name in _COMPARED:
            if recorded[name] != there[name]:
                yield f"capture {recorded['id']}: its {name} is {recorded[name]!r} in archive.db and {there[name]!r} in captures.db"
        there = next(stored, None)
    waiting += sum(1 for _ in stored) + (there is not None)
    if waiting:
        notes.append(
            f"{waiting:,} {'capture is' if waiting == 1 else 'captures are'} not recorded yet; the next command that writes does it"
        )


def missing_bodies(captures: sqlite3.Connection) -> Iterator[str]:
    """Captures without their body, and bodies of no capture that none rests on."""
    for row in captures.execute("SELECT id, digest FROM captures WHERE digest NOT IN (SELECT digest FROM bodies) ORDER BY id"):
        yield f"captures.db: capture {row['id']} has no body: nothing has the digest {row['digest']}"
    for row in captures.execute(
        "SELECT digest FROM bodies WHERE digest NOT IN (SELECT digest FROM captures)"
        " AND digest NOT IN (SELECT keyframe FROM bodies WHERE keyframe IS NOT NULL)"
    ):
        yield f"captures.db: the body with digest {row['digest']} belongs to no capture"
    for row in captures.execute("SELECT id FROM captures WHERE strftime('%Y-%m-%dT%H:%M:%SZ', fetched_at, '+0 seconds') IS NOT fetched_at"):
        yield f"captures.db: capture {row['id']} has no time such as 2013-02-26T10:45:00Z"
    for row in captures.execute("SELECT id FROM captures WHERE NOT json_valid(headers)"):
        yield f"captures.db: capture {row['id']} has headers that are no JSON"


def bodies(captures: Captures, advance: Callable[..., None]) -> Iterator[str]:
    """Bodies that cannot be read any more, or are no longer what their digest says; `advance` is called after each."""
    # Page by page in the order of receipt: most bodies rest on one that was read a moment ago.
    rows = captures.connection.execute(
        "SELECT b.digest FROM bodies b LEFT JOIN (SELECT digest, min(url || ' ' || fetched_at) AS first FROM captures GROUP BY digest) c"
        " ON c.digest = b.digest ORDER BY c.first"
    )
    for row in rows:
        try:
            captures.body(row["digest"])
        except ArchiveError as error:
            yield f"captures.db: {error}"
        advance()
