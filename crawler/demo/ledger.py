"""The Ledger: blocks with ids of 24 hex digits, eight a page, older ones behind links, one pinned above the feed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2s
from html import escape

from crawler.demo.day import Shown, Story
from crawler.demo.markup import canonical, clock, document, paragraphs
from crawler.demo.press import Newspaper

PAGE_SIZE = 8
_WITH_BLOCK = re.compile(r"page=with:(block-[0-9a-f]{24})")
_MARKS = {"key_event": " is-key-event", "summary": " is-summary"}


def live_page(story: Story, newspaper: Newspaper, url: str, now: datetime, query: str = "") -> str | None:
    """Return the page that begins with the block the query names, else with the newest; None for an unknown block."""
    shown = story.shown(now)
    asked = _WITH_BLOCK.search(query)
    first = next((i for i, update in enumerate(shown) if block_id(update) == asked[1]), None) if asked else 0
    if first is None:
        return None
    page, rest = shown[first : first + PAGE_SIZE], shown[first + PAGE_SIZE :]
    pinned = [update for update in shown if update.pinned and first == 0]
    body = "\n".join(
        [
            f"<h1>{escape(story.title)}</h1>",
            f'<div data-gu-name="standfirst" class="standfirst"><p>{escape(story.standfirst)}</p></div>',
            # The copy above the feed has no id of its own; its link names the block.
            *(_block(update, newspaper, story.path, pinned=True) for update in pinned),
            *(_block(update, newspaper, story.path) for update in page),
            f'<div class="liveblog-navigation__older"><a href="{_page_path(story.path, rest[0])}">Older</a></div>' if rest else "",
        ]
    )
    state = f'<script type="application/json">{{"isLive": {"false" if story.ended(now) else "true"}}}</script>'
    return document(newspaper, title=story.title, body=body, head=canonical(url) + "\n" + state)


def block_id(update: Shown) -> str:
    """Return `block-` and 24 hex digits, the first eight the second the block was put up, as such ids are made."""
    return f"block-{int(update.posted.timestamp()):08x}{blake2s(update.id.encode(), digest_size=8).hexdigest()}"


def _page_path(path: str, update: Shown) -> str:
    return f"{path}?page=with:{block_id(update)}"


def _block(update: Shown, newspaper: Newspaper, path: str, *, pinned: bool = False) -> str:
    link = f"{_page_path(path, update)}#{block_id(update)}"
    classes = f"block{' pinned' if pinned else ''}{_MARKS.get(update.kind, '')}"
    identity = f'class="{classes}"' if pinned else f'id="{block_id(update)}" class="{classes}"'
    edited = ""
    if update.updated:
        edited = f"<footer>Updated at {_time(update.updated, newspaper)}</footer>"
    parts = [
        f"<article {identity}>",
        "<header>",
        f'<a href="{link}">{_time(update.published, newspaper)}</a>',
        f"<span>{escape(update.byline)}</span>" if update.byline else "",
        f"<h2>{escape(update.title)}</h2>" if update.title else "",
        "</header>",
        f'<div class="block-elements">\n{paragraphs(update.paragraphs)}\n</div>',
        edited,
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _time(instant: datetime, newspaper: Newspaper) -> str:
    return f'<time datetime="{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}">{clock(instant, newspaper, ".")} GMT</time>'
