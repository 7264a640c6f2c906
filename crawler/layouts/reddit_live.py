"""Reddit live threads: the listing of a thread's updates, newest first. Struck-out updates are retractions."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from archive.errors import ExtractionError
from archive.media import embed, picture
from archive.model import Extraction, Update
from crawler.answers import mapping, mappings, words
from crawler.layouts import Layout, read_each
from crawler.page import Page

_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp)(?:\?|$)", re.I)
_THREAD = re.compile(r"/live/([a-z0-9]+)")


class RedditLive(Layout):
    name = "Reddit live"
    ids_are_global = True
    live_blog_number = _THREAD

    def matches(self, page: Page) -> bool:
        return page.format == "json" and b'"LiveUpdate"' in page.body and bool(_children(page.json))

    def extract(self, page: Page) -> Extraction:
        thread = _THREAD.search(urlsplit(page.url).path)
        updates, warnings = read_each(_children(page.json), lambda child: self._update(child, thread[1] if thread else None))
        after = words(page.json["data"].get("after"))
        first = not {"after", "before"} & dict(parse_qsl(urlsplit(page.url).query)).keys()
        return Extraction(
            # The same thread is read at www, at oauth and with several endings.
            url=urljoin(f"https://www.{page.domain}", f"/live/{thread[1]}") if thread else None,
            updates=updates,
            complete=first and not after and not warnings,
            older_url=_with(page.url, after=after) if after and thread else None,
            warnings=warnings,
        )

    def _update(self, child: dict[str, Any], thread: str | None) -> Update:
        data = mapping(child.get("data"))
        source_id, markup, body = (words(data.get(name)) for name in ("id", "body_html", "body"))
        if source_id is None:
            raise ExtractionError(f"expected an update with an id, found {str(child)[:60]!r}")
        if markup and markup.lstrip().startswith("&lt;"):  # escaped unless raw_json=1 was asked for
            markup = unescape(markup)
        # Most embeds are of addresses that the text names.
        urls = [url for item in mappings(data.get("embeds")) if (url := words(item.get("url"))) and url not in (body or "")]
        added = "".join(picture(url) if _PICTURE.search(url) else embed(url) for url in urls)
        return Update(
            source_id=source_id,
            url=f"/live/{thread}/updates/{source_id}" if thread else None,
            byline=words(data.get("author")),
            html=f"{markup or _paragraphs(body)}{added}" if added else markup,
            text=body,
            # `created` is eight hours off.
            published=self.when(data.get("created_utc")),
            kind="retraction" if data.get("stricken") else "media" if not body and data.get("embeds") else "post",
        )


def _paragraphs(body: str | None) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in (body or "").split("\n\n") if part.strip())


def _children(data: Any) -> list[dict[str, Any]]:
    listing = mapping(data) if mapping(data).get("kind") == "Listing" else {}
    children = mappings(mapping(listing.get("data")).get("children"))
    return [child for child in children if child.get("kind") == "LiveUpdate"]


def _with(url: str, **parameters: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | parameters
    query.pop("before", None)
    return urlunsplit(parts._replace(query=urlencode(query)))
