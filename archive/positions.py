"""How far the recorder has read the stream of a queue, written in the transaction that records what it read there."""

from __future__ import annotations

import sqlite3

BEGINNING = "0-0"


def begin(connection: sqlite3.Connection, stream: str) -> None:
    """Let a stream belong to this archive, read from its beginning; one that does already is read on."""
    connection.execute("INSERT INTO queue_positions (stream, last_id) VALUES (?, ?) ON CONFLICT (stream) DO NOTHING", (stream, BEGINNING))


def last(connection: sqlite3.Connection, stream: str) -> str | None:
    """The id of the last message recorded, None if the stream is not one of this archive's."""
    row = connection.execute("SELECT last_id FROM queue_positions WHERE stream = ?", (stream,)).fetchone()
    return row[0] if row else None


def reached(connection: sqlite3.Connection, stream: str, message_id: str) -> None:
    """Note that a message is recorded. Inside the caller's transaction."""
    connection.execute("UPDATE queue_positions SET last_id = ? WHERE stream = ?", (message_id, stream))
