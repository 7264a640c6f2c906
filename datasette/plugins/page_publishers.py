"""Publishers, and each with its live blogs. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, reading
from archive.chart import chart


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [
        (answering.address("/publisher", "", "json"), publishers_page),
        (answering.address("/publisher/{slug}", "", "json"), publisher_page),
    ]


async def publishers_page(datasette: Datasette, request: Request) -> Response:
    rows = await answering.read(datasette, reading.publishers)
    if answering.wants_json(request):
        return answering.as_json({"publishers": rows})
    return await answering.page(datasette, "publishers.html", {"publishers": rows})


async def publisher_page(datasette: Datasette, request: Request) -> Response:
    slug = answering.slug_of(request)

    def read(connection: sqlite3.Connection) -> Any:
        publisher = reading.publisher(connection, slug)
        if publisher is None:
            return None
        months = reading.publisher_months(connection, publisher["id"])
        return {"publisher": publisher, "months": months, "live_blogs": reading.latest_live_blogs(connection, publisher_id=publisher["id"])}

    found = await answering.read(datasette, read)
    if found is None:
        return await answering.not_found(datasette, request, "publisher")
    if answering.wants_json(request):
        return answering.as_json(found)
    return await answering.page(datasette, "publisher.html", {**found, "chart": chart(found["months"])})
