"""The Harrow Sands Gazette: one ordinary article that grows, its updates under headings such as "20.15: Lights on"."""

from __future__ import annotations

from datetime import datetime
from html import escape

from crawler.demo.day import Shown, Story
from crawler.demo.markup import canonical, clock, document, long_date, paragraphs
from crawler.demo.press import Newspaper


def live_page(story: Story, newspaper: Newspaper, url: str, now: datetime) -> str:
    """Return the article, oldest update first below the day. There are no ids anywhere."""
    body = "\n".join(
        [
            f"<h1>{escape(story.title)}</h1>",
            f'<p class="standfirst">{escape(story.standfirst)}</p>',
            f"<h2>{long_date(story.starts)}</h2>",
            *(_update(update, newspaper) for update in reversed(story.shown(now))),
            "<footer>Our live coverage has ended.</footer>" if story.ended(now) else "",
        ]
    )
    return document(newspaper, title=story.title, body=body, head=canonical(url))


def _update(update: Shown, newspaper: Newspaper) -> str:
    return f"<h2>{clock(update.published, newspaper, '.')}: {escape(update.title or '')}</h2>\n{paragraphs(update.paragraphs)}"
