"""Search: what a query finds, with counts that narrow it. Reads only."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import reduce
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, reading, refine, search
from archive.advice import advise
from archive.chart import chart
from archive.facets import Facet, Facets
from archive.model import KINDS
from archive.query import parse

PAGE = 20
LIVE_PAGES = 6  # to narrow by
NARROWED_BY = ("since", "until", "kind", "language", "is", "in")  # what the form beside the results asks for


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

    def read(connection: sqlite3.Connection) -> tuple[search.Results, tuple[int, int] | None]:
        brief = answering.wants_json(request)
        skipped = (page - 1) * PAGE
        found = search.search(connection, query, sort=sort, before=before, offset=skipped, limit=PAGE, facets=not brief, brief=brief)
        return found, None if brief else reading.totals(connection)

    trouble = totals = None
    try:
        results, totals = await answering.read(datasette, read)
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
    advice = None
    if not results.total and not trouble and q:
        with suppress(sqlite3.OperationalError):  # interrupted
            advice = await answering.read(datasette, lambda connection: advise(connection, q))
    context = {
        "totals": totals,
        "advice": advice,
        **(_narrowing(results.facets, q) if results.hits and results.facets else {}),
        "q": q,
        "query": results.query,
        "sort": sort,
        "has_words": bool(query.groups or query.byline),
        "results": results,
        "further": "/search?" + urlencode(further) if further else None,
        "is_first": before is None and page == 1,
        "trouble": trouble,
        "filters": refine.filters(q),
        "live_pages": _live_pages(results, q),
        "kinds": KINDS,
        "without_narrowing": reduce(refine.without_filter, NARROWED_BY, q),
        "first_day": refine.first_day(query.since),
        "last_day": refine.last_day(query.until),
    }
    return await answering.page(datasette, "search.html", context)


def _live_pages(results: search.Results, q: str) -> list[tuple[str, int, str]]:
    """The live pages that the hits listed are from, most first, with the search narrowed to each; none if there is no choice."""
    counted = Counter(hit.live_blog_slug for hit in results.hits)
    titles = {hit.live_blog_slug: hit.live_blog or "an untitled live page" for hit in results.hits}
    ways = [(titles[slug], count, refine.with_filter(q, "live", slug)) for slug, count in counted.most_common(LIVE_PAGES)]
    return ways if len(ways) > 1 else []


def _narrowing(facets: Facets, q: str) -> dict[str, Any]:
    """The links that narrow a search, with counts."""
    set_already = {(name, value.lower()) for name, value, _ in refine.filters(q)}

    def links(found: Iterable[Facet], most: int = 12) -> list[tuple[str, int, str]]:
        ways = [facet for facet in found if (facet.name, facet.value) not in set_already][:most]
        return [(facet.label, facet.count, refine.with_filter(q, facet.name, facet.value)) for facet in ways]

    return {
        "publishers": links(facets.publishers),
        "languages": links(facets.languages) if len(facets.languages) > 1 else [],
        "flags": links((*(kind for kind in facets.kinds if kind.value != "post"), *facets.flags)),
        "chart": chart(facets.periods),
        "of_newest": facets.of_newest,
        "periods_of_newest": facets.periods_of_newest,
    }
