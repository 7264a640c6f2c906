"""An update: as it stands, every wording, where it stood, the evidence. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, history, reading
from archive.comparison import side_by_side
from archive.errors import ArchiveError
from archive.present import citation, moment

MOST_COMPARED = 12


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(answering.address("/entry/{slug}", "", "json"), entry_page)]


async def entry_page(datasette: Datasette, request: Request) -> Response:
    slug = answering.slug_of(request)

    def read(connection: sqlite3.Connection) -> Any:
        try:
            entry = history.find_entry(connection, slug)
        except ArchiveError:
            return None
        if answering.wants_json(request):
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

    found = await answering.read(datasette, read, then=compare)
    if found is None:
        return await answering.not_found(datasette, request, "update")
    return answering.as_json(found) if answering.wants_json(request) else await answering.page(datasette, request, "entry.html", found)


def _comparison(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {"old": old, "new": new, **{name: side_by_side(old[name], new[name]) for name in ("title", "byline", "text")}}
