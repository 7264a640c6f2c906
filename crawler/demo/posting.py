"""Live pages that say everything twice: in words, and as schema.org LiveBlogPosting (the Echo, the Courrier)."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from crawler.demo.day import Shown, Story
from crawler.demo.markup import canonical, clock, document, json_ld, paragraphs
from crawler.demo.press import Newspaper

_WORDS = {
    "en": {"live": "Live", "ended": "Coverage has ended", "edited": "Edited at", "by": "By"},
    "fr": {"live": "En direct", "ended": "Le direct est terminé", "edited": "Modifié à", "by": "Par"},
}


def live_page(story: Story, newspaper: Newspaper, url: str, now: datetime) -> str:
    """Return the page with all its updates, newest first; each is `<article id>` and an item of the posting."""
    shown, ended, words = story.shown(now), story.ended(now), _WORDS[newspaper.language]
    state = f'<p class="label" data-coverage="{"ended" if ended else "live"}">{words["ended"] if ended else words["live"]}</p>'
    body = "\n".join(
        [
            state,
            f"<h1>{escape(story.title)}</h1>",
            f'<p class="standfirst">{escape(story.standfirst)}</p>',
            *(_article(update, newspaper, words) for update in shown),
        ]
    )
    posting = _posting(story, newspaper, url, now)
    return document(newspaper, title=story.title, body=body, head=canonical(url) + "\n" + json_ld(posting))


def _article(update: Shown, newspaper: Newspaper, words: dict[str, str]) -> str:
    byline = f'<span class="byline">{words["by"]} {escape(update.byline)}</span>' if update.byline else ""
    edited = f"<footer>{words['edited']} {clock(update.updated, newspaper)}</footer>" if update.updated else ""
    parts = [
        f'<article id="{update.id}" data-kind="{update.kind}">',
        f'<time datetime="{_stamp(update.published, newspaper)}">{clock(update.published, newspaper)}</time> {byline}',
        f"<h2>{escape(update.title)}</h2>" if update.title else "",
        paragraphs(update.paragraphs),
        edited,
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _posting(story: Story, newspaper: Newspaper, url: str, now: datetime) -> dict[str, Any]:
    posting: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "url": url,
        "headline": story.title,
        "description": story.standfirst,
        "inLanguage": newspaper.language,
        "publisher": {"@type": "NewsMediaOrganization", "name": newspaper.name},
        "datePublished": _stamp(story.starts, newspaper),
        "dateModified": _stamp(story.changed(now), newspaper),
        "coverageStartTime": _stamp(story.starts, newspaper),
        "liveBlogUpdate": [_item(update, newspaper, url) for update in story.shown(now)],
    }
    if story.ends and story.ended(now):
        posting["coverageEndTime"] = _stamp(story.ends, newspaper)
    return posting


def _item(update: Shown, newspaper: Newspaper, url: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "@type": "BlogPosting",
        "url": f"{url}#{update.id}",
        "headline": update.title,
        "articleBody": "\n".join(update.paragraphs),
        "datePublished": _stamp(update.published, newspaper),
        "dateModified": _stamp(update.updated or update.published, newspaper),
    }
    if update.byline:
        item["author"] = {"@type": "Person", "name": update.byline}
    return item


def _stamp(instant: datetime, newspaper: Newspaper) -> str:
    return instant.astimezone(newspaper.zone).isoformat()
