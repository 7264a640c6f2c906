"""Answers of the site that are documents rather than pages: whole addresses, conditional answers, refusals without markup."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive import answering, refine, subjects
from archive.subjects import Subject

# A Host header is the asker's word: what is no name, or no address and port, must not get into a document.
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
POSITIONS = {"least": -(2**62), "most": 2**62}


def site_address(datasette: Datasette, request: Request) -> str:
    """Return the address of the site without a slash at its end: the one `serve --url` was told, else as it was asked for."""
    told = (datasette.plugin_config("stoppress") or {}).get("url")
    if told:
        return str(told).rstrip("/")
    host = request.headers.get("host") or ""
    host = host if _HOST.fullmatch(host) else "localhost"
    scheme = "https" if request.scheme == "https" else "http"
    return f"{scheme}://{host}{datasette.setting('base_url').rstrip('/')}"


def subject_of(kind: str, request: Request) -> tuple[str, dict[str, str], Callable[[Any], Subject | None]]:
    """Return the path and parameters of what is asked for, and how to read it; `kind` is search, live or publisher."""
    if kind == "search":
        q, _ = refine.folded(request.args)
        return "/search", {"q": q}, lambda connection: subjects.a_search(connection, q)
    slug = answering.slug_of(request)
    read = subjects.a_live_blog if kind == "live" else subjects.a_publisher
    return f"/{kind}/{quote(slug, safe='')}", {}, lambda connection: read(connection, slug)


def with_parameters(address: str, parameters: dict[str, Any]) -> str:
    return f"{address}?{urlencode(parameters)}" if parameters else address


def conditional(request: Request, body: bytes, *, updated: datetime, content_type: str) -> Response:
    """Return the document, or 304 if the asker has it already (If-None-Match, else If-Modified-Since)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Last-Modified": format_datetime(updated, usegmt=True), "Cache-Control": "no-cache"}
    if _is_known(request.headers, tag, updated):
        return Response(b"", status=304, headers=headers, content_type=content_type)
    return Response(body, headers=headers, content_type=content_type)


def _is_known(headers: dict[str, str], tag: str, updated: datetime) -> bool:
    asked = headers.get("if-none-match")
    if asked is not None:
        return "*" in asked or tag in {part.strip().removeprefix("W/") for part in asked.split(",")}
    try:
        return parsedate_to_datetime(headers["if-modified-since"]) >= updated
    except (KeyError, ValueError, TypeError):
        return False


def nothing_here(form: str, kind: str) -> Response:
    return refusal(form, 404, f"This archive has no {kind} at this address. It may have been mistyped, or removed.")


def too_slow(form: str) -> Response:
    return refusal(form, 503, "This search took longer, or has more in it, than this site allows. Fewer or rarer words, or a filter, help.")


def refusal(form: str, status: int, sentence: str) -> Response:
    """Return a sentence: as JSON where a form of JSON was asked for, else as plain text."""
    if form.endswith("json"):
        return Response.json({"ok": False, "error": sentence, "status": status}, status=status)
    return Response.text(sentence + "\n", status=status)


def is_web_address(url: str) -> bool:
    """Whether an address can be that of the site: http or https, a host, no name, password, query or fragment.

    >>> is_web_address("https://press.example/archive/"), is_web_address("press.example"), is_web_address("https://a@b.example/")
    (True, False, False)
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(_HOST.fullmatch(parts.netloc)) and not (parts.query or parts.fragment)
