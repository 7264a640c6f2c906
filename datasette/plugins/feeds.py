"""Every search, live blog and publisher as Atom and as JSON Feed. Reads only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, documents, feeds
from archive.feed_documents import Feed, atom, json_feed
from archive.times import from_utc

_TYPES = {"atom": "application/atom+xml; charset=utf-8", "feed.json": "application/feed+json; charset=utf-8"}


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [
        (answering.address("/search", *_TYPES), search_feed),
        (answering.address("/live/{slug}", *_TYPES), live_feed),
        (answering.address("/publisher/{slug}", *_TYPES), publisher_feed),
    ]


async def search_feed(datasette: Datasette, request: Request) -> Response:
    return await _feed(datasette, request, "search")


async def live_feed(datasette: Datasette, request: Request) -> Response:
    return await _feed(datasette, request, "live")


async def publisher_feed(datasette: Datasette, request: Request) -> Response:
    return await _feed(datasette, request, "publisher")


async def _feed(datasette: Datasette, request: Request, kind: str) -> Response:
    form = request.url_vars["format"]
    before = answering.whole_number(request.args.get("before"), **documents.POSITIONS)
    path, parameters, subject_in = documents.subject_of(kind, request)
    site = documents.site_address(datasette, request)
    address = partial(documents.with_parameters, f"{site}{path}.{form}")

    def read(connection: sqlite3.Connection) -> Any:
        subject = subject_in(connection)
        if subject is None:
            return None
        query = subject.query
        return subject, feeds.newest(connection, query) if before is None else feeds.older(connection, query, before=before)

    def write(found: Any) -> tuple[Feed, str] | None:
        if found is None:
            return None
        subject, page = found
        feed = Feed(
            name=documents.with_parameters(path, parameters),
            title=subject.title,
            subtitle=subject.subtitle,
            site=site,
            address=address(parameters | ({} if before is None else {"before": before})),
            page=documents.with_parameters(f"{site}{path}", parameters),
            further=address(parameters | {"before": page.further}) if page.further is not None else None,
            began=subject.began,
            language=subject.language,
            events=page.events,
        )
        return feed, atom(feed) if form == "atom" else json.dumps(json_feed(feed), ensure_ascii=False)

    try:
        found = await answering.read(datasette, read, then=write)
    except sqlite3.OperationalError:
        return documents.too_slow(form)
    if found is None:
        return documents.nothing_here(form, "live page" if kind == "live" else kind)
    feed, text = found
    return documents.conditional(request, text.encode("utf-8", "replace"), updated=from_utc(feed.updated), content_type=_TYPES[form])
