"""Search: what a query finds, with counts that narrow it. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import reduce
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, reading, refine, search
from archive.chart import chart
from archive.model import KINDS
from archive.query import parse

PAGE = 20
NARROWED_BY = ("since", "until", "kind", "language", "is")  # what the form beside the results asks for
FLAGS = (("Key events", "kind", "key_event"), ("Edited", "is", "edited"), ("Withdrawn", "is", "withdrawn"))


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(answering.address("/search", "", "json"), search_page)]


async def search_page(datasette: Datasette, request: Request) -> Response:
    q, has_parameters = refine.folded(request.args)
    sort = "best" if request.args.get("sort") == "best" else "newest"
    before = answering.whole_number(request.args.get("before"), least=-(2**62), most=2**62)
    page = answering.whole_number(request.args.get("page"), least=1, most=search.RANKED // PAGE) or 1
    if has_parameters and not answering.wants_json(request):
        # One truth: the filters stand in q, where they can be read, changed and shared.
        return Response.redirect(datasette.urls.path("/search?" + urlencode({"q": q} | ({"sort": sort} if sort == "best" else {}))))
    query = parse(q)

    def read(connection: sqlite3.Connection) -> search.Results:
        return search.search(connection, query, sort=sort, before=before, offset=(page - 1) * PAGE, limit=PAGE)

    trouble = None
    try:
        results = await answering.read(datasette, read)
    except sqlite3.Error as error:
        slow = "interrupted" in str(error)
        trouble = "took longer than this site allows" if slow else "has more in it than this site can look for at once"
        results = search.Results(query=query, hits=(), total=0, total_is_capped=False, more=False)
    ranked = sort == "best" and bool(query.groups or query.byline)
    further = None
    if results.more:
        on = {"page": page + 1} if ranked else {"before": results.hits[-1].position}
        further = {"q": q} | ({"sort": sort} if sort == "best" else {}) | on
    if answering.wants_json(request):
        link = {"Link": f'<{datasette.urls.path("/search.json?" + urlencode(further))}>; rel="next"'} if further else {}
        return answering.as_json(reading.search_json(results), headers=link)
    context = {
        **(await _narrowing(datasette, q) if results.hits else {}),
        "q": q,
        "query": query,
        "sort": sort,
        "has_words": bool(query.groups or query.byline),
        "results": results,
        "further": "/search?" + urlencode(further) if further else None,
        "is_first": before is None and page == 1,
        "trouble": trouble,
        "filters": refine.filters(q),
        "kinds": KINDS,
        "without_narrowing": reduce(refine.without_filter, NARROWED_BY, q),
        "first_day": refine.first_day(query.since),
        "last_day": refine.last_day(query.until),
    }
    return await answering.page(datasette, request, "search.html", context)


async def _narrowing(datasette: Datasette, q: str) -> dict[str, Any]:
    """The links that narrow a search, with counts; fewer of them where counting takes too long."""

    def by_publisher(connection: sqlite3.Connection) -> list[tuple[str, int, str]]:
        counts = search.publisher_counts(connection, parse(q))
        return [(name, count, refine.with_filter(q, "publisher", slug)) for slug, name, count in counts]

    def by_flag(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
        set_already = {(name, value) for name, value, _ in refine.filters(q)}
        narrowed = [(label, refine.with_filter(q, name, value)) for label, name, value in FLAGS if (name, value) not in set_already]
        counted = [(label, search.search(connection, parse(text), limit=0), text) for label, text in narrowed]
        return [(label, results.total_text, text) for label, results, text in counted if results.total]

    def by_month(connection: sqlite3.Connection) -> Any:
        query = parse(q)
        return chart(reading.all_months(connection) if query.is_empty else search.month_counts(connection, query))

    found: dict[str, Any] = {}
    for name, count in (("publishers", by_publisher), ("flags", by_flag), ("chart", by_month)):
        try:
            found[name] = await answering.read(datasette, count)
        except sqlite3.OperationalError:  # interrupted
            found[name] = None
    return found
