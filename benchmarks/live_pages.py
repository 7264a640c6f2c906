"""Pages of live blogs as publishers write them, for the benchmarks of crawling: updates in JSON-LD, as articles, or both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One update as a page shows it: `at` in Unix seconds, `html` its paragraphs."""

    name: str
    at: float
    title: str | None
    html: str


def live_page(url: str, title: str, updates: Sequence[Shown], *, data: bool = True, markup: bool = True, plugin: bool = False) -> bytes:
    """A page with its updates in the order given: `data` in JSON-LD, `markup` as articles, `plugin` as Easy Liveblogs writes them."""
    script = ""
    if data:
        blog = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": title, "url": url}
        items = ", ".join(_item(url, one) for one in updates)
        script = f'<script type="application/ld+json">{json.dumps(blog)[:-1]}, "liveBlogUpdate": [{items}]}}</script>'
    articles = "".join(map(_article, updates)) if markup else ""
    if plugin:
        articles = f'<div class="elb-liveblog" data-status="open"><ul class="elb-liveblog-list">{"".join(map(_post, updates))}</ul></div>'
    head = f"<head><title>{escape(title)}</title>{script}</head>"
    return f'<html lang="en">{head}<body><h1>{escape(title)}</h1>{articles}</body></html>'.encode()


@lru_cache(maxsize=20_000)
def _item(url: str, one: Shown) -> str:
    item = {
        "@type": "BlogPosting",
        "@id": f"{url}#{one.name}",
        "headline": one.title,
        "datePublished": datetime.fromtimestamp(one.at, UTC).isoformat(),
        "articleBody": one.html,
    }
    return json.dumps(item).replace("</", "<\\/")


@lru_cache(maxsize=20_000)
def _article(one: Shown) -> str:
    when = datetime.fromtimestamp(one.at, UTC)
    time = f'<time datetime="{when.isoformat()}">{when:%H:%M}</time>'
    heading = f"<h3>{escape(one.title)}</h3>" if one.title else ""
    return f'<article class="update" id="{one.name}">{time}{heading}{one.html}</article>'


@lru_cache(maxsize=20_000)
def _post(one: Shown) -> str:
    when = datetime.fromtimestamp(one.at, UTC)
    time = f'<p class="elb-liveblog-post-time"><time class="elb-js-update-time" datetime="{when.isoformat()}">{when:%H:%M}</time></p>'
    heading = f'<h2 class="elb-liveblog-post-heading">{escape(one.title)}</h2>' if one.title else ""
    content = f'<div class="elb-liveblog-post-content">{one.html}</div>'
    return f'<li class="elb-liveblog-post" data-elb-post-id="{one.name.rpartition("-")[2]}">{time}{heading}{content}</li>'
