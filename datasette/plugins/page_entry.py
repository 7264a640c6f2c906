"""An update: as it stands, every wording, where it stood, the evidence, how to cite it. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, citation, history, reading
from archive.comparison import side_by_side
from archive.errors import ArchiveError
from archive.present import moment, web_address

# So many changes make a page, or as many as have so many characters between them.
MOST_COMPARED, MOST_CHARACTERS = 12, 24_000
CITED_AS = {
    "bib": (citation.as_bibtex, "application/x-bibtex; charset=utf-8"),
    "csl.json": (citation.as_csl_json, "application/vnd.citationstyles.csl+json; charset=utf-8"),
}


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(answering.address("/entry/{slug}", "", "json", *CITED_AS), entry_page)]


async def entry_page(datasette: Datasette, request: Request) -> Response:
    slug = answering.slug_of(request)
    form = request.url_vars.get("format")
    until = answering.whole_number(request.args.get("until"), least=1, most=2**31)

    def read(connection: sqlite3.Connection) -> Any:
        try:
            entry = history.find_entry(connection, slug)
        except ArchiveError:
            return None
        if answering.wants_json(request):
            return history.history(connection, slug)
        wordings = history.wordings(connection, entry["id"])
        source = cited(entry, wordings[-1], reading.language(connection, entry["live_blog_id"]))
        if form in CITED_AS:
            return source
        before, after = reading.neighbours(connection, entry["live_blog_id"], entry["id"])
        return {
            "entry": entry,
            "wordings": wordings,
            "placements": history.placements(connection, entry["id"]),
            "source": source,
            "before": before,
            "after": after,
        }

    def compare(found: Any) -> Any:
        return {**found, **comparisons(found["wordings"], until)} if isinstance(found, dict) and "source" in found else found

    found = await answering.read(datasette, read, then=compare)
    if found is None:
        return await answering.not_found(datasette, request, "update")
    if answering.wants_json(request):
        return answering.as_json(found)
    if form in CITED_AS:
        written, kind = CITED_AS[form]
        saved_as = f'attachment; filename="{found.name}.{form}"'
        return Response(written(found), headers={"content-disposition": saved_as}, content_type=kind)
    source = found["source"]
    found["cited"] = {"text": citation.as_text(source), "bib": citation.as_bibtex(source), "csl.json": citation.as_csl_json(source)}
    found["inline"] = request.args.get("view") == "inline"
    return await answering.page(datasette, "entry.html", found)


def cited(entry: Mapping[str, Any], wording: Mapping[str, Any], language: str | None) -> citation.Source:
    """The present wording of an entry as a citation names it."""
    capture = wording["capture"]
    return citation.Source(
        publisher=entry["publisher_name"],
        title=entry["title"],
        byline=entry["byline"],
        page=entry["live_blog"],
        published=moment(entry["published_at"], zone=entry["zone"], precision=entry["published_precision"]),
        wording=wording["number"],
        seen=moment(wording["seen_at"], zone=entry["zone"], seconds=True),
        slug=entry["slug"],
        url=web_address(entry["url"]) or web_address(entry["live_blog_url"]),
        language=language,
        digest=capture["digest"] if capture else None,
    )


def comparisons(wordings: Sequence[Mapping[str, Any]], until: int | None) -> dict[str, Any]:
    """Each wording beside the next, up to the one numbered `until`: as many of the latest as make a page, oldest first.

    `earlier` is the number that the changes before these lead up to, None if these are the first.
    """
    pairs = [(old, new) for old, new in pairwise(wordings) if until is None or new["number"] <= until]
    shown: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
    characters = 0
    for old, new in reversed(pairs[-MOST_COMPARED:]):
        characters += len(old["text"]) + len(new["text"])
        if shown and characters > MOST_CHARACTERS:
            break
        shown.insert(0, (old, new))
    earlier = shown[0][0]["number"] if shown and len(shown) < len(pairs) else None
    is_latest = not pairs or pairs[-1][1]["number"] == wordings[-1]["number"]
    return {"comparisons": [_comparison(old, new) for old, new in shown], "earlier": earlier, "is_latest": is_latest}


def _comparison(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {"old": old, "new": new, **{name: side_by_side(old[name], new[name]) for name in ("title", "byline", "text")}}
