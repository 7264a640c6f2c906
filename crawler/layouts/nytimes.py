"""The New York Times. Updates are `live-blog-post`s in the order the editors chose; the list shows no times, which
stand in JSON-LD and in the page's preloaded data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector

from archive.model import Extraction, Update
from archive.normalise import one_line
from crawler.layouts import Layout, inner_html, read_each, text_of, without
from crawler.page import Page
from crawler.structured import live_blog_posting, read_posting, union

_POSTS = "[data-test-id=live-blog-post], [data-testid=live-blog-post], [data-testid=reporter-update]"
# Beside the words: the headline with its share button, the byline, signing up.
_FRAME = (
    ".live-blog-post-headline, [itemprop=headline], [itemprop=author], "
    "[data-testid=reporter-update-timestamp], header, footer, button, #push-signup, aside, time"
)
_MEDIA = "[data-testid=photoviewer-wrapper]"
_STATE = "window.__preloadedData"


# Behind the word, not before it: a pattern that begins with letters is searched for at ten times the speed.
_UNDEFINED = re.compile(r"undefined(?<=[:\[,]undefined)(?=[,}\]])")


class NewYorkTimes(Layout):
    publisher = "nytimes"
    name = "The New York Times"
    domains = ("nytimes.com",)
    zone = "America/New_York"
    language = "en"
    fronts = ("https://www.nytimes.com/",)
    live_url = re.compile(r"^/live/\d{4}/\d\d/\d\d/[\w-]+/[\w-]+/?$")  # what lies deeper is one update
    ids_are_global = True

    def matches(self, page: Page) -> bool:
        return page.format == "html" and b"live-blog-post" in page.body and bool(page.css(_POSTS))

    def extract(self, page: Page) -> Extraction:
        posting = live_blog_posting(page)
        stated = read_posting(page, posting, zone=self.zone) if posting else Extraction()
        listed = {name: update for update in stated.updates for name in (update.source_id, one_line(update.title)) if name}
        loaded = _preloaded(page)
        updates, warnings = read_each(page.css(_POSTS), lambda post: self._update(post, listed, loaded))
        shown = {name: u.source_id for u in updates for name in ((u.url or "").removeprefix("#"), one_line(u.title)) if name}
        # JSON-LD may list updates that the page loads on scrolling.
        names = [shown.get(u.source_id or "") or shown.get(one_line(u.title) or "") for u in stated.updates]
        unseen = [Update(source_id=name) if name else u for u, name in zip(stated.updates, names, strict=True)]
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            standfirst=stated.standfirst or page.meta("description"),
            updates=union(updates, tuple(unseen)),
            complete=bool(stated.updates) and not warnings,
            warnings=warnings + stated.warnings,
            coverage_start=stated.coverage_start,
        )

    def _update(self, post: Selector, listed: Mapping[str, Update], loaded: Mapping[str, dict[str, Any]]) -> Update:
        slug = post.xpath("./div[@id and not(node())]/@id").get() or post.css("h2 a::attr(href)").re_first("#(.+)") or ""
        title = text_of(post.css("[itemprop=headline], .live-blog-post-headline h2, h2")[:1])
        source_id = post.attrib.get("data-source-id") or slug or None
        update = Update(
            source_id=source_id,
            url=f"#{slug}" if slug else None,
            title=title,
            byline=_byline(post),
            html=without(inner_html(post), _FRAME, media=_MEDIA),
        )
        state = loaded.get(source_id or "") or loaded.get(slug)
        if state:
            return replace(update, published=self.when(state["firstPublished"]), updated=self.when(state.get("lastModified")))
        found = listed.get(slug) or listed.get(one_line(title) or "")
        if found is None:
            return replace(update, published=self.when(post.css("time::attr(datetime)").get()))
        return replace(update, published=found.published, updated=found.updated, byline=update.byline or found.byline)


def _byline(post: Selector) -> str | None:
    """The names as printed, without the dash before them: JSON-LD has them in capitals."""
    return (text_of(post.css("[itemprop=author]")) or "").strip("\u2014 ") or None


def _preloaded(page: Page) -> dict[str, dict[str, Any]]:
    """The articles of the preloaded data by their source id and by the last word of their address."""
    script = next((text for script in page.selector.root.iter("script") if (text := script.text) and _STATE in text[:200]), "")
    # The data is JavaScript: it differs from JSON in the word `undefined`.
    text = _UNDEFINED.sub("null", script[script.find("{") :])
    try:
        state = json.JSONDecoder().raw_decode(text)[0].get("initialState") if text.startswith("{") else None
    except ValueError:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for item in (state or {}).values() if isinstance(state, dict) else ():
        if isinstance(item, dict) and item.get("sourceId") and item.get("firstPublished"):
            found[str(item["sourceId"])] = item
            found[urlsplit(str(item.get("url"))).path.rsplit("/", 1)[-1]] = item
    return found
