"""Dead letters: messages that nobody could make or record, kept in a stream of their own for a person to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawler.queue.link import DEAD

_LARGEST = 1024 * 1024  # bytes of one field that are kept


def bury(pipe: Any, stream: str, message_id: bytes, fields: Mapping[bytes, bytes], reason: str, *, most: int) -> None:
    """Add a dead letter to a transaction: the reason, where it was, and its fields, those above 1 MiB left out."""
    kept = {name: value for name, value in fields.items() if len(value) <= _LARGEST}
    letter = {**kept, b"dead_reason": reason.encode("utf-8", "replace"), b"dead_stream": stream.encode(), b"dead_id": message_id}
    pipe.xadd(DEAD, letter, maxlen=most, approximate=False)
