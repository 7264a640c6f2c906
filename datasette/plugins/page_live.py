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
        coverage = [] if answering.wants_json(request) else reading.coverage(connection, live_blog["id"])
        return {"live_blog": live_blog, "timeline": timeline, "coverage": coverage}

    found = await answering.read(datasette, read)
    if found is None:
        return await answering.not_found(datasette, request, "live page")
    options = {name: value for name, value in (("order", "oldest" * oldest_first), ("only", "key" * key_events)) if value}
    further = found["timeline"].further
    if answering.wants_json(request):
        link = {"Link": f'<?{urlencode({**options, "beyond": further})}>; rel="next"'} if further is not None else {}
        return answering.as_json({"live_blog": found["live_blog"], "entries": found["timeline"].entries}, headers=link)
    coverage = found.pop("coverage")
    posts = [rhythm.Post(row["id"], row["slug"], row["at"]) for row in coverage]
    shown = {entry["slug"] for entry in found["timeline"].entries}

    def place(post: rhythm.Post) -> str:
        """Where an entry is: on this page, else at the top of one that begins with it."""
        start = {"order": "oldest", "beyond": post.position - 1} if oldest_first else {"beyond": post.position + 1}
        return f"#{post.slug}" if post.slug in shown else f"?{urlencode(start)}#{post.slug}"

    strip = rhythm.strip(posts, zone=found["live_blog"]["zone"])
    context = {
        **found,
        "oldest_first": oldest_first,
        "key_events": key_events,
        "further": "?" + urlencode({**options, "beyond": further}) if further is not None else None,
        "is_first": beyond is None,
        "strip": strip,
        "strip_links": [place(stretch.oldest if oldest_first else stretch.newest) for stretch in strip.filled] if strip else [],
        "silences": {} if key_events else _in_words(posts),
        "highlights": [] if key_events else _listed([row for row in coverage if row["kind"] == "key_event"], MOST_KEY_EVENTS, place),
        "pinned": _listed([row for row in coverage if row["pinned"]], MOST_PINNED, place),
        "long": reading.LONG,
    }
    return await answering.page(datasette, "live.html", context)


def _in_words(posts: Sequence[rhythm.Post]) -> dict[int, str]:
    return {position: duration_in_words(silence) for position, silence in rhythm.silences(posts).items()}


def _listed(rows: Sequence[sqlite3.Row], most: int, place: Callable[[rhythm.Post], str]) -> list[dict[str, Any]]:
    """The newest of some entries, with where each is to be found."""
    return [
        {"words": row["words"], "at": row["published_at"], "path": place(rhythm.Post(row["id"], row["slug"], row["at"]))}
        for row in reversed(rows[-most:])
    ]
