"""The pages of the reading room: home, search, live blog, entry, publisher; each also as JSON. Reads only."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlencode

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request

from archive import history, reading, refine, search
from archive.chart import chart
from archive.comparison import side_by_side
from archive.errors import ArchiveError
from archive.present import citation, moment
from archive.query import parse

DATABASE = "archive"
PAGE = 20
FLAGS = (("Key events", "kind", "key_event"), ("Edited", "is", "edited"), ("Withdrawn", "is", "withdrawn"))
MOST_COMPARED = 12


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    slug = r"(?P<slug>[^/]+?)(?P<json>\.json)?$"
    return [
        (r"^/(?P<json>\.json)?$", home),
        (r"^/search(?P<json>\.json)?$", search_page),
        (r"^/publisher(?P<json>\.json)?$", publishers_page),
        (rf"^/entry/{slug}", entry_page),
        (rf"^/live/{slug}", live_page),
        (rf"^/publisher/{slug}", publisher_page),
        (r"^/robots\.txt$", robots),
    ]


async def robots() -> Response:
    return Response.text("User-agent: *\nDisallow: /\n")


async def home(datasette: Datasette, request: Request) -> Response:
    def read(connection: sqlite3.Connection) -> Any:
        return {
            "as_of": reading.last_look(connection),
            "live_now": reading.live_now(connection),
            "latest": search.search(connection, parse(""), limit=10).hits,
            "publishers": reading.publishers(connection),
        }

    found = await _read(datasette, read)
    if _wants_json(request):
        latest = search.Results(query=parse(""), hits=found["latest"], total=0, total_is_capped=False, more=False)
        return _json({**found, "latest": reading.search_json(latest)["results"]})
    return await _page(datasette, request, "home.html", found)


async def search_page(datasette: Datasette, request: Request) -> Response:
    q, has_parameters = refine.folded(request.args)
    sort = "best" if request.args.get("sort") == "best" else "newest"
    before = _number(request.args.get("before"), least=-(2**62), most=2**62)
    page = _number(request.args.get("page"), least=1, most=search.RANKED // PAGE) or 1
    if has_parameters and not _wants_json(request):
        # One truth: the filters stand in q, where they can be read, changed and shared.
        return Response.redirect(datasette.urls.path("/search?" + urlencode({"q": q} | ({"sort": sort} if sort == "best" else {}))))
    query = parse(q)

    def read(connection: sqlite3.Connection) -> search.Results:
        return search.search(connection, query, sort=sort, before=before, offset=(page - 1) * PAGE, limit=PAGE)

    trouble = None
    try:
        results = await _read(datasette, read)
    except sqlite3.Error as error:
        slow = "interrupted" in str(error)
        trouble = "took longer than this site allows" if slow else "has more in it than this site can look for at once"
        results = search.Results(query=query, hits=(), total=0, total_is_capped=False, more=False)
    ranked = sort == "best" and bool(query.groups or query.byline)
    further = None
    if results.more:
        on = {"page": page + 1} if ranked else {"before": results.hits[-1].position}
        further = {"q": q} | ({"sort": sort} if sort == "best" else {}) | on
    if _wants_json(request):
        link = {"Link": f'<{datasette.urls.path("/search.json?" + urlencode(further))}>; rel="next"'} if further else {}
        return _json(reading.search_json(results), headers=link)
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
        "without_dates": refine.without_filter(refine.without_filter(q, "since"), "until"),
        "first_day": refine.first_day(query.since),
        "last_day": refine.last_day(query.until),
    }
    return await _page(datasette, request, "search.html", context)


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
            found[name] = await _read(datasette, count)
        except sqlite3.OperationalError:  # interrupted
            found[name] = None
    return found


async def entry_page(datasette: Datasette, request: Request) -> Response:
    slug = _slug(request)

    def read(connection: sqlite3.Connection) -> Any:
        try:
            entry = history.find_entry(connection, slug)
        except ArchiveError:
            return None
        if _wants_json(request):
            return history.history(connection, slug)
        before, after = reading.neighbours(connection, entry["live_blog_id"], entry["id"])
        return {
            "entry": entry,
            "wordings": history.wordings(connection, entry["id"]),
            "placements": history.placements(connection, entry["id"]),
            "live_blog": reading.live_blog(connection, entry["live_blog_slug"]),
            "before": before,
            "after": after,
        }

    def compare(found: Any) -> Any:
        if not found or "wordings" not in found or "placements" not in found:
            return found
        entry, wordings = found["entry"], found["wordings"]
        pairs = list(pairwise(wordings))[-MOST_COMPARED:]
        found["comparisons"] = [_comparison(old, new) for old, new in pairs]
        found["citation"] = citation(
            publisher=entry["publisher_name"],
            title=entry["title"],
            published=moment(entry["published_at"], zone=entry["zone"], precision=entry["published_precision"]),
            wording=wordings[-1]["number"],
            seen=moment(wordings[-1]["seen_at"], zone=entry["zone"], seconds=True),
            slug=entry["slug"],
            url=entry["url"] or entry["live_blog_url"],
        )
        return found

    found = await _read(datasette, read, then=compare)
    if found is None:
        return await _not_found(datasette, request, "update")
    return _json(found) if _wants_json(request) else await _page(datasette, request, "entry.html", found)


async def live_page(datasette: Datasette, request: Request) -> Response:
    slug = _slug(request)
    oldest_first = request.args.get("order") == "oldest"
    key_events = request.args.get("only") == "key"
    beyond = _number(request.args.get("beyond"), least=-(2**62), most=2**62)

    def read(connection: sqlite3.Connection) -> Any:
        live_blog = reading.live_blog(connection, slug)
        if live_blog is None:
            return None
        timeline = reading.timeline(connection, live_blog["id"], oldest_first=oldest_first, key_events=key_events, beyond=beyond)
        return {"live_blog": live_blog, "timeline": timeline}

    found = await _read(datasette, read)
    if found is None:
        return await _not_found(datasette, request, "live page")
    options = {name: value for name, value in (("order", "oldest" * oldest_first), ("only", "key" * key_events)) if value}
    further = found["timeline"].further
    if _wants_json(request):
        link = {"Link": f'<?{urlencode({**options, "beyond": further})}>; rel="next"'} if further is not None else {}
        return _json({"live_blog": found["live_blog"], "entries": found["timeline"].entries}, headers=link)
    context = {
        **found,
        "oldest_first": oldest_first,
        "key_events": key_events,
        "further": "?" + urlencode({**options, "beyond": further}) if further is not None else None,
        "is_first": beyond is None,
    }
    return await _page(datasette, request, "live.html", context)


async def publishers_page(datasette: Datasette, request: Request) -> Response:
    rows = await _read(datasette, reading.publishers)
    return _json({"publishers": rows}) if _wants_json(request) else await _page(datasette, request, "publishers.html", {"publishers": rows})


async def publisher_page(datasette: Datasette, request: Request) -> Response:
    slug = _slug(request)

    def read(connection: sqlite3.Connection) -> Any:
        publisher = reading.publisher(connection, slug)
        if publisher is None:
            return None
        months = reading.publisher_months(connection, publisher["id"])
        return {"publisher": publisher, "months": months, "live_blogs": reading.latest_live_blogs(connection, publisher_id=publisher["id"])}

    found = await _read(datasette, read)
    if found is None:
        return await _not_found(datasette, request, "publisher")
    if _wants_json(request):
        return _json(found)
    return await _page(datasette, request, "publisher.html", {**found, "chart": chart(found["months"])})


def _comparison(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {"old": old, "new": new, **{name: side_by_side(old[name], new[name]) for name in ("title", "byline", "text")}}


async def _read(datasette: Datasette, read: Callable[[sqlite3.Connection], Any], *, then: Callable[[Any], Any] | None = None) -> Any:
    """What `read(connection)` returns, within the site's time limit; `then` works on it outside the limit, in the same thread."""

    def timed(connection: sqlite3.Connection) -> Any:
        with sqlite_timelimit(connection, datasette.sql_time_limit_ms):
            found = read(connection)
        return then(found) if then else found

    return await datasette.get_database(DATABASE).execute_fn(timed)


async def _page(datasette: Datasette, request: Request, template: str, context: Mapping[str, Any], *, status: int = 200) -> Response:
    totals = await _read(datasette, reading.totals)
    html = await datasette.render_template(template, {**context, "totals": totals}, request=request)
    return Response.html(html, status=status)


async def _not_found(datasette: Datasette, request: Request, kind: str) -> Response:
    message = f"This archive has no {kind} at this address. It may have been mistyped, or removed."
    if _wants_json(request):
        return Response.json({"ok": False, "error": message, "status": 404}, status=404)
    return await _page(datasette, request, "error.html", {"status": 404, "error": message}, status=404)


def _json(value: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    return Response.json(value, headers=headers, default=_plain)


def _plain(value: Any) -> Any:
    """Rows as objects, sequences as lists; an entry's markup stays out of what a page might paste."""
    if isinstance(value, sqlite3.Row):
        return {key: value[key] for key in value.keys() if key not in ("id", "publisher_id", "html")}  # noqa: SIM118
    return list(value)


def _wants_json(request: Request) -> bool:
    return bool(request.url_vars.get("json"))


def _slug(request: Request) -> str:
    return unquote(request.url_vars["slug"])


def _number(text: str | None, *, least: int, most: int) -> int | None:
    """A whole number within bounds, or None for anything else a person can put into an address."""
    if not re.fullmatch(r"-?[0-9]{1,19}", text or ""):
        return None
    return min(max(int(text), least), most)
