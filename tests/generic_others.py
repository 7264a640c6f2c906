# ruff: noqa: E501  (markup in one line, as sites send it)
"""Ordinary pages of our own after real ones on which something repeats with a time on each, and is no live coverage."""

from __future__ import annotations

from collections.abc import Callable

from tests.generic_pages import _LAST, Case, _article, _list, _paragraphs, _times, headline, sentence


def small_ads() -> Case:
    """Advertisements on a front page, each of them shown by the front page's address with a number in it."""
    items = "".join(
        f'<div class="item"><p><span class="date">{at:%d.%m.%Y} ({at:%H:%M})</span></p><h3><a href="/?show=ad&amp;ID={2127 + n}">{headline(n)}</a></h3><p>{sentence(n, 20)}</p></div>'
        for n, at in enumerate(_times(6, last=_LAST))
    )
    return _list(f"<div>{items}</div>", url="https://boats.example/", name="small-ads", title="Boats and sails")


def slider() -> Case:
    """What else was written today, in a box that slides: headline, the beginning of the text, time."""
    items = "".join(
        f'<div class="slide"><h3>{headline(n)}</h3><p>{sentence(n, 22).rstrip(".")} ...</p><div class="date">{at:%Y-%m-%d %H:%M:%S}</div></div>'
        for n, at in enumerate(_times(8, last=_LAST))
    )
    return _list(f"<p>{sentence(40)}</p><div>{items}</div>", url="https://paper.example/money/funds.html", name="slider")


def letters() -> Case:
    """What readers say below an article, without a name that tells."""
    items = "".join(
        f'<div class="c{n}"><p>{sentence(n)} {sentence(n + 100)}</p><p class="m">{at:%d.%m.%Y %H:%M}</p></div>'
        for n, at in enumerate(reversed(_times(9, last=_LAST)))
    )
    article = f"{_article()}{_article()}"
    return _list(f"<div>{article}</div><div>{items}</div>", url="https://diary.example/2012/05/11/parking/", name="letters")


def traffic() -> Case:
    """A box at the top of every page, and an article below it."""
    items = "".join(
        f'<li><p><span class="time">{n * 4 + 33} m ago</span> <strong>{sentence(n)}</strong></p><p>{sentence(n)}</p></li>' for n in range(3)
    )
    return _list(f'<div id="alerts"><ul>{items}</ul></div><div>{_article()}</div>', url="https://paper.example/sport/1.54", name="traffic")


def articles_below_each_other() -> Case:
    """An article, and below it the next ones of its section whole, as one scrolls."""
    items = "".join(
        f'<article id="story-of-{n}"><h1>{headline(n)}</h1><time datetime="{at.isoformat()}">{at:%d. %B %Y}</time>{"".join(f"<p>{sentence(seed, 60)}</p>" for seed in range(n, n + 9))}</article>'
        for n, at in enumerate(_times(9, last=_LAST, step=9000))
    )
    return _list(f"<div>{items}</div>", url="https://paper.example/news/2026/03/03/story-of-0/", name="articles-below-each-other")


def diary_of_a_life() -> Case:
    """A weblog whose title has a word that live pages have."""
    items = "".join(
        f'<article class="post" id="post-{n * 17}"><h2><a href="/2026/{n}/">{headline(n)}</a></h2><time datetime="{at.isoformat()}">{at:%d %B %Y}</time>{_paragraphs(n)}{_paragraphs(n + 1)}</article>'
        for n, at in enumerate(_times(8, last=_LAST, step=9000))
    )
    return _list(f'<div class="content">{items}</div>', url="https://diary.example/", name="diary", title="Live music in the harbour")


def where_they_live() -> Case:
    """A section front: the title has the letters of a live page, and means something else."""
    items = "".join(
        f'<li class="hentry" id="{187700 + n}"><h3><a href="/world/{n}">{headline(n)}</a></h3><p class="t">{at:%H:%M}</p><p>{sentence(n, 20)} {sentence(n + 7, 30)}</p></li>'
        for n, at in enumerate(_times(12, last=_LAST))
    )
    return _list(f"<ul>{items}</ul>", url="https://paper.example/world", name="where-they-live", title="People and where they live")


def board() -> Case:
    """A thread whose address does not say so: picture, title and number of posts of each member, answers and likes."""
    items = "".join(
        f'<div class="post_block hentry" id="post_id_{2210 + n * 7}"><div class="post_wrap"><div class="author_info"><p class="member_title">Old salt</p><img class="avatar" src="/a.png"><p class="post_count">5,401 posts</p></div>'
        f'<p class="posted_info">Posted <abbr class="published" title="{at.isoformat()}">{at:%d %B %Y - %I:%M %p}</abbr></p><a href="#post_id_{2210 + n * 7}">#{n + 1}</a><a itemprop="replyToUrl" href="#post_id_{2210 + n * 7}">Reply</a>'
        f'<div class="entry-content">{_paragraphs(n)}</div><ul class="likebar"><li id="like_post_{n}">Ann and Tom like this</li></ul></div></div>'
        for n, at in enumerate(reversed(_times(7, last=_LAST, step=40)))
    )
    return _list(f'<div id="posts">{items}</div>', url="https://boats.example/lamps-and-bells.html", name="board", title="Lamps and bells")


NEGATIVE_OTHERS: tuple[Callable[[], Case], ...] = (
    small_ads, slider, letters, traffic, articles_below_each_other, diary_of_a_life, where_they_live, board,
)  # fmt: skip
