"""What stands in the queue at this moment, for `stoppress status --queue`."""

from __future__ import annotations

from typing import Any

from archive.errors import ArchiveError
from crawler.options import ROLES
from crawler.queue.link import DEAD, DUE, FOUND, PREFIX, SENT, RedisError, connect, shown

_SHOWN = 10


def state(url: str) -> dict[str, Any]:
    """Return how many polls and answers wait, how many machines are at work (stand-bys too), and the latest dead letters.

    Raises ArchiveError.
    """
    client = connect(url)
    try:
        lengths = [client.xlen(stream) for stream in (DUE, FOUND, DEAD)]
        letters = client.xrevrange(DEAD, count=_SHOWN)
        names = {connected["name"] for connected in client.client_list()}
        memory = sum(client.memory_usage(stream, samples=0) or 0 for stream in (DUE, FOUND, DEAD))
        under_way = client.hlen(SENT)
    except (RedisError, OSError) as error:
        raise ArchiveError(f"expected Redis 6.2 or newer at {shown(url)}, found: {error}") from error
    finally:
        client.close()
    return {
        "due": lengths[0],
        "found": lengths[1],
        "dead": lengths[2],
        "under_way": under_way,
        **{f"{role}s": sum(1 for name in names if name.startswith(f"{PREFIX}{role}:")) for role in ROLES},
        "bytes": memory,
        "dead_letters": [_letter(fields) for _, fields in letters],
    }


def _letter(fields: dict[bytes, bytes]) -> str:
    return fields.get(b"dead_reason", b"").decode("utf-8", "replace")
