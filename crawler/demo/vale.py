"""Vale Television: streams without clock times, as broadcasters' sites had them about 2013.

A story shows all its updates; each has a page of its own, and a topic shows them once more as teasers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape

from crawler.demo.day import DAY, Shown, Story
from crawler.demo.markup import canonical, document, paragraphs
from crawler.demo.press import Newspaper

_SENTENCE = re.compile(r".+?[.!?]\u201d?(?=\s|$)")


def live_page(story: Story, newspaper: Newspaper, url: str, now: datetime) -> str:
    """Return the story's page: the count, the title, the stream."""
    shown = story.shown(now)
    stream = [_stream_item(update, update.paragraphs) for update in shown]
    stream.insert(2, '<div class="advertisement">Advertisement</div>')
    count = f"{len(shown)} update{'' if len(shown) == 1 else 's'}"
    body = f"<ul><li>{count}</li></ul>\n{_above(story)}\n{_stream(stream)}"
    return document(newspaper, title=story.title, body=body, head=canonical(url))


def topic_page(topic: str, stories: Sequence[Story], newspaper: Newspaper, url: str, now: datetime) -> str:
    """Return a topic's page: the headline and first sentence of every update of its stories."""
    teasers = [_stream_item(update, (_first_sentence(update),)) for story in stories for update in story.shown(now)]
    body = f"<h1>{escape(topic.capitalize())}</h1>\n{_stream(teasers)}"
    return document(newspaper, title=topic.capitalize(), body=body, head=canonical(url))


def update_page(story: Story, update: Shown, newspaper: Newspaper, url: str) -> str:
    """Return an update's own page: below its story's title and standfirst, above a pointer to the story."""
    title = update.title or ""
    body = "\n".join(
        [
            _above(story),
            f"<h2>{escape(title)}</h2>",
            _words(update, update.paragraphs),
            '<div class="advertisement">Advertisement</div>',
            f'<h2><a href="{story.path}">More on this story: {escape(story.title)}</a></h2>',
        ]
    )
    return document(newspaper, title=title, body=body, head=canonical(url))


def update_path(update: Shown) -> str:
    return f"/vale/news/update/{DAY}/{update.id}/"


def topic_path(topic: str) -> str:
    return f"/vale/news/topic/{topic}/"


def _above(story: Story) -> str:
    return f'<h1>{escape(story.title)}</h1>\n<p class="standfirst">{escape(story.standfirst)}</p>'


def _stream(items: Sequence[str]) -> str:
    return "\n".join(['<div class="label">Live updates</div>', *items, '<div class="label">Load more updates</div>'])


def _stream_item(update: Shown, texts: Sequence[str]) -> str:
    heading = f'<h2><a href="{update_path(update)}">{escape(update.title or "")}</a></h2>'
    return f"{heading}\n{_words(update, texts)}"


def _words(update: Shown, texts: Sequence[str]) -> str:
    if update.kind != "quote":
        return paragraphs(texts)
    said = [text for text in texts if not text.startswith("\u2013 ")]
    attribution = [text for text in texts if text.startswith("\u2013 ")]
    return "\n".join([f"<blockquote>{paragraphs(said)}</blockquote>", paragraphs(attribution)]).strip()


def _first_sentence(update: Shown) -> str:
    found = _SENTENCE.match(update.paragraphs[0])
    return found[0] if found else update.paragraphs[0]
