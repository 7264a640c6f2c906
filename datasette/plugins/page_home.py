"""Home: what is live, the latest updates, the day's busiest pages, the publishers; and the word to robots. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, reading, search
from archive.query import parse


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(r"^/(?:\.(?P<format>json))?$", home), (r"^/robots\.txt$", robots)]


async def robots() -> Response:
    return Response.text("User-agent: *\nDisallow: /\n")


async def home(datasette: Datasette, request: Request) -> Response:
    def read(connection: sqlite3.Connection) -> Any:
        return {
            "as_of": reading.last_look(connection),
            "live_now": reading.live_now(connection),
            "latest": search.search(connection, parse(""), limit=10).hits,
            "most_active": reading.most_active(connection),
            "most_edited": reading.most_edited(connection),
            "publishers": reading.publishers(connection),
        }

    found = await answering.read(datasette, read)
    if answering.wants_json(request):
        latest = search.Results(query=parse(""), hits=found["latest"], total=0, total_is_capped=False, more=False)
        return answering.as_json({**found, "latest": reading.search_json(latest)["results"]})
    return await answering.page(datasette, "home.html", found)
