"""24liveblog: answers of `…/event/<id>/news/`, newest first. `nid`, `created`, `contents` and `newstitle` were seen
named in public code; the author, edits and pins are looked for under the likely names."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.answers import mapping, mappings, words
from crawler.layouts import Layout, read_each
from crawler.page import Page

_EVENT = re.compile(r"/event/(\d+)")  # /v1/retrieve_server/x/event/2441056855163817172/news/


class Live24(Layout):
    name = "24liveblog"
    ids_are_global = True
    live_blog_number = _EVENT
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "json" and b'"news"' in page.body and b'"nid"' in page.body and bool(_news(page.json))

    def extract(self, page: Page) -> Extraction:
        news = _news(page.json)
        updates, warnings = read_each(news, self._update)
        event = mapping(page.json["data"].get("event"))
        return Extraction(
            url=page.url.partition("?")[0],
            title=words(_first(event, "title", "name")),
            updates=updates,
            ended=True if event.get("closed") else None,
            older_url=_older(page.url, news),
            warnings=warnings,
        )

    def _update(self, item: dict[str, Any]) -> Update:
        source_id = words(item.get("nid"))
        if source_id is None:
            raise ExtractionError(f"expected a news item with a nid, found {str(item)[:60]!r}")
        author = _first(item, "author", "user", "creator")
        return Update(
            source_id=source_id,
            title=words(_first(item, "newstitle", "title")),
            byline=words(_first(author, "display_name", "name") if isinstance(author, dict) else author),
            html=words(_first(item, "contents", "content")),
            published=self.when(_first(item, "created", "created_at")),
            updated=self.when(_first(item, "updated", "modified", "updated_at")),
            pinned=bool(_first(item, "pinned", "is_pinned", "sticky")),
        )


def _news(data: Any) -> list[dict[str, Any]]:
    return [item for item in mappings(mapping(mapping(data).get("data")).get("news")) if "nid" in item]


def _first(item: dict[str, Any], *names: str) -> Any:
    return next((item[name] for name in names if item.get(name)), None)


def _older(url: str, news: list[dict[str, Any]]) -> str | None:
    """The next page begins after the last id of this one; a page that is not full is the last."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not query.get("limit", "").isdigit() or len(news) < int(query["limit"]):
        return None
    return urlunsplit(parts._replace(query=urlencode(query | {"last_nid": str(news[-1]["nid"])})))
