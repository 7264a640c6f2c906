"""Taking captures out of the evidence, and words out of the captures that stay. One transaction of `captures.db`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archive.captures import Captures
from archive.forget_journal import Task
from archive.progress import Bar
from archive.redaction import HEADER, redact


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """Captures that went, bodies that were redacted, and bodies that could only be dropped."""

    captures: int
    redacted: int
    unreadable: int


def rewrite(captures: Captures, task: Task, *, bar: Bar) -> Rewritten:
    """Drop and redact what a task says. Bodies that rested on one that goes are kept, on another or alone."""
    connection = captures.connection
    captures.remember()
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Bodies refer to each other; how they do is put right by the end.
        connection.execute("PRAGMA defer_foreign_keys = ON")
        gone, dropped = _drop(connection, task.dropped)
        redacted, unreadable, old = _redact(captures, task, bar)
        gone |= old
        _rest_elsewhere(captures, gone, bar)
        for digest in gone:
            connection.execute("DELETE FROM bodies WHERE digest = ?", (digest,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return Rewritten(captures=dropped, redacted=redacted, unreadable=unreadable)


def _drop(connection: sqlite3.Connection, ids: Sequence[int]) -> tuple[set[str], int]:
    """Delete captures; return the digests that no capture has any more, and how many captures went."""
    digests: set[str] = set()
    dropped = 0
    for capture_id in ids:
        row = connection.execute("DELETE FROM captures WHERE id = ? RETURNING digest", (capture_id,)).fetchall()
        if row:
            digests.add(row[0][0])
            dropped += 1
    if not digests:
        return set(), 0
    return digests - {row[0] for row in connection.execute("SELECT DISTINCT digest FROM captures")}, dropped


def _redact(captures: Captures, task: Task, bar: Bar) -> tuple[int, int, set[str]]:
    """Redact the bodies of captures; return how many were, how many had to be dropped whole, and the digests they had."""
    connection = captures.connection
    wanted = set(task.searched)
    digests: dict[str, None] = {}
    for row in connection.execute("SELECT id, digest FROM captures ORDER BY url, fetched_at, id"):
        if row["id"] in wanted:
            digests[row["digest"]] = None
    changed: dict[str, str] = {}
    redacted = unreadable = 0
    with bar("bodies", len(digests)) as advance:
        near: str | None = None
        for digest in digests:
            done = redact(captures.body(digest), task.words)
            if done.body is None or done.found:
                unreadable, redacted = unreadable + (done.body is None), redacted + (done.body is not None)
                near = changed[digest] = captures.add_body(done.body or b"", near=near)
            advance()
    marks: dict[str, str] = {digest: "words" if captures.body(new) else "everything" for digest, new in changed.items()}
    for row in connection.execute("SELECT id, url, fetched_at, digest, headers FROM captures").fetchall():
        if row["digest"] in changed:
            headers = json.dumps({**json.loads(row["headers"]), HEADER: marks[row["digest"]]})
            _point(captures, row, changed[row["digest"]], headers)
    return redacted, unreadable, set(changed)


def _point(captures: Captures, row: sqlite3.Row, digest: str, headers: str) -> None:
    """Let a capture have another body."""
    # Two captures of one second that differed in nothing but the words: a line break tells them apart.
    while captures.connection.execute(
        "SELECT 1 FROM captures WHERE url = ? AND fetched_at = ? AND digest = ? AND id != ?",
        (row["url"], row["fetched_at"], digest, row["id"]),
    ).fetchone():
        digest = captures.add_body(captures.body(digest) + b"\n", near=digest)
    captures.connection.execute("UPDATE captures SET digest = ?, headers = ? WHERE id = ?", (digest, headers, row["id"]))


def _rest_elsewhere(captures: Captures, gone: set[str], bar: Bar) -> None:
    """Store anew the bodies that are kept as the difference to one that goes. What they hold stays the same."""
    connection = captures.connection
    resting = [
        row["digest"]
        for row in connection.execute("SELECT digest, keyframe FROM bodies WHERE keyframe IS NOT NULL")
        if row["keyframe"] in gone and row["digest"] not in gone
    ]
    with bar("differences", len(resting)) as advance:
        near: str | None = None
        for digest in resting:
            captures.rest_on(digest, near=near)
            near = digest
            advance()
