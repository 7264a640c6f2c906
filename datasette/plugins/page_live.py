"""A live blog as a timeline, with its rhythm and its silences. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, reading, rhythm
from archive.present import duration_in_words

MOST_KEY_EVENTS, MOST_PINNED = 12, 5


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(answering.address("/live/{slug}", "", "json"), live_page)]


async def live_page(datasette: Datasette, request: Request) -> Response:
    slug = answering.slug_of(request)
    oldest_first = request.args.get("order") == "oldest"
    key_events = request.args.get("only") == "key"
    beyond = answering.whole_number(request.args.get("beyond"), least=-(2**62), most=2**62)

    def read(connection: sqlite3.Connection) -> Any:
        live_blog = reading.live_blog(connection, slug)
        if live_blog is None:
            return None
        timeline = reading.timeline(connection, live_blog["id"], oldest_first=oldest_first, key_events=key_events, beyond=beyond)
        if answering.wants_json(request):
            return {"live_blog": live_blog, "timeline": timeline}
        coverage = reading.coverage(connection, live_blog["id"])
        strip = rhythm.strip(coverage.posts, zone=live_blog["zone"])
        ends = [_end(stretch, oldest_first) for stretch in strip.filled] if strip else []
        highlights = [] if key_events else coverage.key_events[: -MOST_KEY_EVENTS - 1 : -1]
        pinned = coverage.pinned[: -MOST_PINNED - 1 : -1]
        named = reading.in_brief(connection, {*ends, *highlights, *pinned})
        return {
            "live_blog": live_blog, "timeline": timeline, "strip": strip, "posts": coverage.posts,
            "ends": [named[position] for position in ends],
            "highlights": [named[position] for position in highlights],
            "pinned": [named[position] for position in pinned],
        }  # fmt: skip

    found = await answering.read(datasette, read)
    if found is None:
        return await answering.not_found(datasette, request, "live page")
    options = {name: value for name, value in (("order", "oldest" * oldest_first), ("only", "key" * key_events)) if value}
    further = found["timeline"].further
    if answering.wants_json(request):
        link = {"Link": f'<?{urlencode({**options, "beyond": further})}>; rel="next"'} if further is not None else {}
        return answering.as_json({"live_blog": found["live_blog"], "entries": found["timeline"].entries}, headers=link)
    shown = {entry["slug"] for entry in found["timeline"].entries}

    def place(row: sqlite3.Row) -> str:
        """Where an entry is: on this page, else at the top of one that begins with it."""
        start = {"order": "oldest", "beyond": row["id"] - 1} if oldest_first else {"beyond": row["id"] + 1}
        return f"#{row['slug']}" if row["slug"] in shown else f"?{urlencode(start)}#{row['slug']}"

    def listed(rows: Sequence[sqlite3.Row]) -> list[dict[str, Any]]:
        return [{"words": row["words"], "at": row["published_at"], "path": place(row)} for row in rows]

    context = {
        "live_blog": found["live_blog"],
        "timeline": found["timeline"],
        "oldest_first": oldest_first,
        "key_events": key_events,
        "further": "?" + urlencode({**options, "beyond": further}) if further is not None else None,
        "is_first": beyond is None,
        "strip": found["strip"],
        "strip_links": list(map(place, found["ends"])),
        "silences": {} if key_events else _in_words(found["posts"]),
        "highlights": listed(found["highlights"]),
        "pinned": listed(found["pinned"]),
        "long": reading.LONG,
    }
    return await answering.page(datasette, "live.html", context)


def _in_words(posts: Sequence[rhythm.Post]) -> dict[int, str]:
    return {position: duration_in_words(silence) for position, silence in rhythm.silences(posts).items()}


def _end(stretch: rhythm.Stretch, oldest_first: bool) -> int:
    """The position of the post of a stretch that comes first in the order shown."""
    end = stretch.oldest if oldest_first else stretch.newest
    assert end is not None
    return end
