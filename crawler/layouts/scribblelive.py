"""ScribbleLive. The event API answers with the event and a page of its `Posts`; readers' approved comments are among them."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import urlsplit

from archive.errors import ExtractionError
from archive.media import picture
from archive.model import Extraction, Update
from archive.normalise import html_to_text
from crawler.answers import count, mapping, mappings, switch, words
from crawler.layouts import Layout, read_each, without
from crawler.page import Page

# A tweet copied into a post, with its author lines and buttons.
_CARD = "[class^='sltc-'], blockquote.twitter-tweet"
_PAGE = re.compile(r"/page/(last|\d+)(?=/|$)")  # /event/560845/page/last/


class ScribbleLive(Layout):
    name = "ScribbleLive"
    ids_are_global = True

    def matches(self, page: Page) -> bool:
        return page.format == "json" and b'"Posts"' in page.body and b'"IsApproved"' in page.body and _is_event(page.json)

    def extract(self, page: Page) -> Extraction:
        event = page.json
        updates, warnings = read_each(event["Posts"], self._update)
        pages, live = count(event.get("Pages")), switch(event.get("IsLive"))
        return Extraction(
            url=next((words(site.get("Url")) for site in mappings(event.get("Websites"))), None),
            title=words(event.get("Title")),
            standfirst=words(event.get("Description")),
            language=words(event.get("Language")),
            updates=updates,
            declared_count=count(event.get("NumPosts")),
            complete=pages == 1 and not warnings,
            ended=None if live is None else not live,
            older_url=_older(page.url, pages),
            warnings=warnings,
            live_blog_key=words(event.get("Id")),
            coverage_start=self.page_when(event.get("Start")),
            coverage_end=self.page_when(event.get("End")),
        )

    def _update(self, post: Any) -> Update | None:
        source_id = words(mapping(post).get("Id"))
        if source_id is None:
            raise ExtractionError(f"expected a post with an Id, found {str(post)[:60]!r}")
        if post.get("IsDeleted") or post.get("IsApproved") == 0:
            return None
        return Update(
            source_id=source_id,
            byline=words(mapping(post.get("Creator")).get("Name")),
            html=_body(words(post.get("Content")), mappings(post.get("Media"))),
            published=self.when(post.get("Created")),
            updated=self.when(post.get("LastModified")),
            kind="post" if post.get("Type", "HTML") in ("HTML", "TEXT") else "media",
            pinned=bool(post.get("IsStuck")),
        )


def _body(content: str | None, media: list[dict[str, Any]]) -> str | None:
    """The post's own words and what was uploaded with them; a copied tweet only where the post is nothing else."""
    own = without(content, _CARD)
    shown = own if own and html_to_text(own) else without(content, ".sltc-lower, .sltc-author img, script")
    return ((shown or "") + "".join(_medium(item, media) for item in media)) or None


def _medium(item: dict[str, Any], media: list[dict[str, Any]]) -> str:
    if item.get("Type") == "IMAGE":
        # Beside a film stands a picture of it.
        return picture(words(item.get("Url"))) if all(other.get("Type") == "IMAGE" for other in media) else ""
    return f'<video src="{escape(url)}"></video>' if item.get("Type") == "VIDEO" and (url := words(item.get("Url"))) else ""


def _is_event(data: Any) -> bool:
    return any({"Id", "Content", "Created"} <= post.keys() for post in mappings(mapping(data).get("Posts")))


def _older(url: str, pages: int | None) -> str | None:
    """The page before this one: pages are numbered from the oldest, and `last` is the newest."""
    found = _PAGE.search(urlsplit(url).path)
    if not found or pages is None:
        return None
    number = pages if found[1] == "last" else int(found[1])
    return _PAGE.sub(f"/page/{number - 1}", url, count=1) if number > 1 else None
