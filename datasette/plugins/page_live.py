"""A live blog as a timeline. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, reading


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
        return {"live_blog": live_blog, "timeline": timeline}

    found = await answering.read(datasette, read)
    if found is None:
        return await answering.not_found(datasette, request, "live page")
    options = {name: value for name, value in (("order", "oldest" * oldest_first), ("only", "key" * key_events)) if value}
    further = found["timeline"].further
    if answering.wants_json(request):
        link = {"Link": f'<?{urlencode({**options, "beyond": further})}>; rel="next"'} if further is not None else {}
        return answering.as_json({"live_blog": found["live_blog"], "entries": found["timeline"].entries}, headers=link)
    context = {
        **found,
        "oldest_first": oldest_first,
        "key_events": key_events,
        "further": "?" + urlencode({**options, "beyond": further}) if further is not None else None,
        "is_first": beyond is None,
    }
    return await answering.page(datasette, request, "live.html", context)
