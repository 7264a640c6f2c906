"""Answers of the reading room: what is read within the site's time limit, as a page or as JSON."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from datasette.app import Datasette
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request, Response
from jinja2 import Environment

from archive import reading

DATABASE = "archive"
# The end of an address says the form: none for the page.
FORMATS = ("json", "csv", "atom", "feed.json", "bib", "csl.json")
_ENDINGS = "|".join(re.escape(name) for name in FORMATS)
_SLUG = rf"(?P<slug>(?:(?!\.(?:{_ENDINGS})$)[^/])+)"


def address(path: str, *formats: str) -> str:
    """Return the pattern of an address in any of some formats, `{slug}` in it being any name; "" stands for the page.

    >>> re.match(address("/live/{slug}", "", "json"), "/live/abc.json")["format"]
    'json'
    >>> re.match(address("/live/{slug}", "", "json"), "/live/abc.atom")
    """
    endings = "|".join(re.escape(name) for name in formats if name)
    optional = "?" if "" in formats else ""
    return "^" + path.replace(".", r"\.").replace("{slug}", _SLUG) + (rf"(?:\.(?P<format>{endings})){optional}" if endings else "") + "$"


async def read(datasette: Datasette, ask: Callable[[sqlite3.Connection], Any], *, then: Callable[[Any], Any] | None = None) -> Any:
    """Return what `ask(connection)` does, within the site's time limit; `then` works on it outside the limit, in the same thread."""

    def timed(connection: sqlite3.Connection) -> Any:
        with sqlite_timelimit(connection, datasette.sql_time_limit_ms):
            found = ask(connection)
        return then(found) if then else found

    return await datasette.get_database(DATABASE).execute_fn(timed)


async def page(datasette: Datasette, template: str, context: Mapping[str, Any], *, status: int = 200) -> Response:
    """Return a page of ours. Nothing in it is waited for: a template that could wait takes a third longer.

    The `totals` at its foot are read unless they are in the context: to wait for the archive once more takes longer than to read them.
    """
    totals = context.get("totals") or await read(datasette, reading.totals)
    html = _ready(datasette.jinja_env).get_template(template).render({**context, "totals": totals, "urls": datasette.urls})
    return Response.html(html, status=status)


@lru_cache(maxsize=8)
def _ready(env: Environment) -> Environment:
    """Datasette's templates as they are, but compiled to be made in one go."""
    return env.overlay(enable_async=False)


async def not_found(datasette: Datasette, request: Request, kind: str) -> Response:
    message = f"This archive has no {kind} at this address. It may have been mistyped, or removed."
    if wants_json(request):
        return Response.json({"ok": False, "error": message, "status": 404}, status=404)
    return await page(datasette, "error.html", {"status": 404, "error": message}, status=404)


def as_json(value: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    return Response.json(value, headers=headers, default=_plain)


def wants_json(request: Request) -> bool:
    return bool(request.url_vars.get("format") == "json")


def slug_of(request: Request) -> str:
    return unquote(request.url_vars["slug"])


def whole_number(text: str | None, *, least: int, most: int) -> int | None:
    """A whole number within bounds, or None for anything else a person can put into an address."""
    if text is None or not re.fullmatch(r"-?[0-9]{1,19}", text):
        return None
    return min(max(int(text), least), most)


def _plain(value: Any) -> Any:
    """Rows as objects, sequences as lists; an entry's markup stays out of what a page might paste."""
    if isinstance(value, sqlite3.Row):
        return {key: value[key] for key in value.keys() if key not in ("id", "publisher_id", "html")}  # noqa: SIM118
    return list(value)
