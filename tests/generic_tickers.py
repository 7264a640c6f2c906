# ruff: noqa: E501  (markup in one line, as sites send it)
"""More pages of our own after real structures: where the time, the headline and the words stand apart in unusual ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from tests.generic_pages import _BUTTONS, _LAST, _LIVE, Case, _expected, _paragraphs, _times, document, headline, sentence

_BERLIN = timezone(timedelta(hours=1))
_DATED = '<meta property="article:modified_time" content="2026-03-03T22:50:00Z">'
_GERMAN = "https://zeitung.example.de/liveticker-sturm-am-hafen"


def _minutes(count: int) -> list[datetime]:
    return [at.replace(second=0) for at in _times(count, last=_LAST)]


def heads_above_text() -> Case:
    """A box with time and headline, and the text beside it up to the next box (tagesschau)."""
    times = _minutes(7)
    items = "".join(
        f'<div class="columns liveblog--anchor" id="Eintrag-{n}"><div class="liveblog__datetime">{at.astimezone(_BERLIN):%d.%m.%Y} • {at.astimezone(_BERLIN):%H:%M} Uhr</div><h2 class="meldung__subhead">{headline(n)}</h2></div>'
        f'<p class="textabsatz">{sentence(n)}</p><div class="absatzbild"><img src="/a{n}.jpg"><p class="absatzbild__copyright">Foto: Ann Marsh</p></div><p class="textabsatz">{sentence(n + 100)}</p>'
        for n, at in enumerate(times)
    )
    return Case(
        name="heads-above-text",
        url=_GERMAN,
        html=document(f"<div>{items}</div>", language="de"),
        updates=_expected([None] * 7, times),
    )


def framed_headlines() -> Case:
    """+++ 22:47 Headline +++ in bold, the text behind a line break (n-tv)."""
    times = _minutes(7)
    items = "".join(
        f"<p><b>+++ {at.astimezone(_BERLIN):%H:%M} {headline(n)} +++</b><br/>{sentence(n)}</p><p>{sentence(n + 100)}</p>"
        for n, at in enumerate(times)
    )
    return Case(
        name="framed-headlines",
        url=_GERMAN,
        html=document(f'<div class="article__text"><p><strong>{sentence(55)}</strong></p>{items}</div>', language="de", head=_DATED),
        updates=_expected([None] * 7, times),
    )


def times_below_headlines() -> Case:
    times = _minutes(7)
    items = "".join(f'<h2>{headline(n)}</h2><p class="stamp">{at:%H:%M} UTC</p>{_paragraphs(n)}<hr>' for n, at in enumerate(times))
    html = document(f"<div>{items}</div>", head=_DATED)
    return Case(name="times-below-headlines", url=_LIVE, html=html, updates=_expected([None] * 7, times))


def terms() -> Case:
    """A clock as term, headline and text as its definition."""
    times = _minutes(7)
    items = "".join(f"<dt>{at:%H:%M} UTC</dt><dd><h3>{headline(n)}</h3>{_paragraphs(n)}</dd>" for n, at in enumerate(times))
    return Case(name="terms", url=_LIVE, html=document(f"<dl>{items}</dl>", head=_DATED), updates=_expected([None] * 7, times))


def announced_times() -> Case:
    times = _minutes(7)
    items = "".join(
        f'<div class="upd"><h3>{headline(n)}</h3>{_paragraphs(n)}<p class="posted">Posted at {at:%H:%M} UTC</p></div>'
        for n, at in enumerate(times)
    )
    html = document(f"<div>{items}</div>", head=_DATED)
    return Case(name="announced-times", url=_LIVE, html=html, updates=_expected([None] * 7, times))


def credits_without_names() -> Case:
    """The authors in words alone, in a box whose class says nothing."""
    times = _times(7, last=_LAST)
    items = "".join(
        f'<div><time datetime="{at.isoformat()}">{at:%H:%M}</time><h2>{headline(n)}</h2><div class="wpds-c-b">By <a href="/people/{n}">{name}</a></div>{_paragraphs(n)}</div>'
        for n, (at, name) in enumerate(
            zip(times, ("Ann Marsh", "Cleo Park", "Tom Field", "Ann Marsh", "Max de Vries", "Eva Stone", "Ida Hill"), strict=True)
        )
    )
    return Case(name="credits", url=_LIVE, html=document(f"<section>{items}</section>"), updates=_expected([None] * 7, times))


def bold_cells() -> Case:
    """Rows of a table: the headline bold before a line break."""
    times = _minutes(7)
    items = "".join(
        f"<tr><td>{at:%H:%M} UTC</td><td><b>{headline(n)}</b><br>{sentence(n)}<br><br>{sentence(n + 100)}</td></tr>"
        for n, at in enumerate(times)
    )
    html = document(f"<table><tbody>{items}</tbody></table>", head=_DATED)
    return Case(name="bold-cells", url=_LIVE, html=html, updates=_expected([None] * 7, times))


def headline_beside_time() -> Case:
    """Time and headline on one line, nothing marked as a headline."""
    times = _minutes(7)
    items = "".join(
        f"<details open><summary><span>{at:%H:%M} UTC</span> <b>{headline(n)}</b></summary>{_paragraphs(n)}</details>"
        for n, at in enumerate(times)
    )
    html = document(f"<div>{items}</div>", head=_DATED)
    return Case(name="headline-beside-time", url=_LIVE, html=html, updates=_expected([None] * 7, times))


def split_clocks() -> Case:
    times = _minutes(7)
    items = "".join(
        f'<li class="lv"><div class="lv-time"><span>{at.astimezone(_BERLIN):%H}</span>:<span>{at.astimezone(_BERLIN):%M}</span></div><h3>{headline(n)}</h3>{_paragraphs(n)}</li>'
        for n, at in enumerate(times)
    )
    html = document(f"<ul>{items}</ul>", language="de", head=_DATED)
    return Case(name="split-clocks", url=_GERMAN, html=html, updates=_expected([None] * 7, times))


def day_beside_each_clock() -> Case:
    """The day in an element of its own behind each clock, which alone says it."""
    times = _minutes(7)
    items = "".join(
        f'<div class="row"><div class="w-1/4"><p class="font-bold">{at.astimezone(_BERLIN):%H:%M}</p><p>{at.astimezone(_BERLIN):%d.%m.%Y}</p></div><div class="flex-1"><h3>{headline(n)}</h3>{_paragraphs(n)}</div></div>'
        for n, at in enumerate(times)
    )
    html = document(f"<div>{items}</div>", language="de")
    return Case(
        name="day-beside-each-clock", url="https://kurier.example.de/liveticker/hafen", html=html, updates=_expected([None] * 7, times)
    )


def bracketed_clocks() -> Case:
    """Each headline begins with a clock in the brackets of its script."""
    times, tokyo = _minutes(6), timezone(timedelta(hours=9))
    items = "".join(
        f"<section><h2>\u3010{at.astimezone(tokyo):%H}\u6642{at.astimezone(tokyo):%M}\u5206\u3011{headline(n)}</h2><div>{_paragraphs(n)}</div></section>"
        for n, at in enumerate(times)
    )
    html = document(f"<div>{items}</div>", language="ja", head=_DATED)
    return Case(name="bracketed-clocks", url="https://shimbun.example.jp/live/minato", html=html, updates=_expected([None] * 6, times))


def spelt_instants() -> Case:
    """A relative time, and the instant in words in the title of its element."""
    times = _minutes(7)
    east = timezone(timedelta(hours=-5))
    items = "".join(
        f'<div class="pst"><span class="ago" title="{at.astimezone(east):%B} {at.astimezone(east).day}, {at.astimezone(east):%Y %I:%M %p} EST">{n * 7 + 3}m</span><h3>{headline(n)}</h3>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    return Case(name="spelt-instants", url=_LIVE, html=document(f"<div>{items}</div>"), updates=_expected([None] * 7, times))


def mailed_instants() -> Case:
    """Instants as mails write them, and nothing to be seen: a script fills in the text."""
    times = _times(7, last=_LAST)
    items = "".join(
        f'<div class="pst"><time datetime="{at:%a, %d %b %Y %H:%M:%S} GMT"></time><h3>{headline(n)}</h3>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    return Case(name="mailed-instants", url=_LIVE, html=document(f"<div>{items}</div>"), updates=_expected([None] * 7, times))


def instants_run_together() -> Case:
    times = _times(7, last=_LAST)
    items = "".join(
        f'<div class="pst" data-date="{at:%Y%m%d%H%M%S}" data-id="{n * 31 + 900}"><h3>{headline(n)}</h3>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    ids = [str(n * 31 + 900) for n in range(7)]
    return Case(name="run-together", url=_LIVE, html=document(f"<div>{items}</div>"), updates=_expected(ids, times))


def times_behind_headlines() -> Case:
    times = _minutes(7)
    items = "".join(f"<h3>{headline(n)} ({at:%H:%M} UTC)</h3>{_paragraphs(n)}" for n, at in enumerate(times))
    html = document(f"<div>{items}</div>", head=_DATED)
    return Case(name="times-behind-headlines", url=_LIVE, html=html, updates=_expected([None] * 7, times))


def numbered() -> Case:
    """Each update with a number of its own above the headline, which is no part of it."""
    times = _times(7, last=_LAST)
    items = "".join(
        f'<li class="ticker-entry" data-id="{n * 13 + 701}"><span class="minute">{91 - n * 7}\'</span><div><time datetime="{at.isoformat()}"></time><h4>{headline(n)}</h4>{_paragraphs(n)}</div></li>'
        for n, at in enumerate(times)
    )
    ids = [str(n * 13 + 701) for n in range(7)]
    return Case(name="numbered", url=_LIVE, html=document(f"<ul>{items}</ul>"), updates=_expected(ids, times))


def more_than_json_ld() -> Case:
    """JSON-LD lists the newest ten, the markup all fourteen, under the same ids."""
    times = _times(14, last=_LAST)
    updates = [
        {
            "@type": "BlogPosting",
            "headline": headline(n),
            "articleBody": f"{sentence(n)} {sentence(n + 100)}",
            "datePublished": at.isoformat(),
            "url": f"{_LIVE}#post-{n * 17 + 5}",
        }
        for n, at in enumerate(times[:10])
    ]
    data = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": "The storm", "liveBlogUpdate": updates}
    items = "".join(
        f'<div class="post" id="post-{n * 17 + 5}"><time datetime="{at.isoformat()}">{at:%H:%M}</time><h2>{headline(n)}</h2>{_paragraphs(n)}{_BUTTONS}</div>'
        for n, at in enumerate(times)
    )
    return Case(
        name="more-than-json-ld",
        url=_LIVE,
        html=document(f"<div>{items}</div>", head=f'<script type="application/ld+json">{json.dumps(data)}</script>'),
        updates=_expected([str(n * 17 + 5) for n in range(14)], times),
    )


_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)  # nobody knows when the page was fetched


def _clocked(name: str, times: list[datetime], *, head: str = "", above: str = "") -> Case:
    items = "".join(
        f'<div class="e"><span class="t">{at.astimezone(_BERLIN):%H:%M}</span><h3>{headline(n)}</h3>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    html = (
        f'<html lang="de"><head><title>Sturm</title>{head}</head><body><main><h1>Sturm</h1>{above}<div>{items}</div></main></body></html>'
    )
    return Case(name=name, url=_GERMAN, html=html, updates=_expected([None] * len(times), times), fetched_at=_UNKNOWN)


def begun_before_midnight() -> Case:
    """The page says only when it was begun; the clocks turn at midnight after that."""
    last = datetime(2026, 3, 3, 1, 10, tzinfo=UTC)
    times = [at.replace(second=0) for at in _times(11, last=last, step=30)]
    return _clocked("begun-before-midnight", times, head='<meta property="article:published_time" content="2026-03-02T18:30:00+01:00">')


def changed_weeks_later() -> Case:
    """The page was begun with its oldest update, and changed again when all was long over."""
    head = '<meta property="article:published_time" content="2026-03-03T20:30:00+01:00"><meta property="article:modified_time" content="2026-03-19T12:30:00+01:00">'
    return _clocked("changed-weeks-later", _minutes(7), head=head)


def day_shown_above() -> Case:
    """Only a line above the list names the day."""
    return _clocked("day-shown-above", _minutes(7), above='<p class="stand">Stand: 03.03.2026, 23:50 Uhr</p>')


def minutes_of_play() -> Case:
    """A match told by its minutes, without a clock, in a box that says in its markup that it is a live blog."""
    items = "".join(
        f'<div class="row"><div class="c2"><span>{91 - n * 7}\'</span><p>{sentence(n)}</p><p>{sentence(n + 100)}</p></div></div>'
        for n in range(11)
    )
    return Case(
        name="minutes-of-play",
        url="https://sport.example/harbour-sea",
        html=document(f'<div itemscope itemtype="http://schema.org/LiveBlogPosting"><h2>The match</h2><div>{items}</div></div>'),
        updates=_expected([None] * 11, [None] * 11, titled=False),
    )


def a_longer_list_beside() -> Case:
    """Four updates, and thirty stories with a time each in a list built alike."""

    def box(name: str, n: int, at: datetime, title: str) -> str:
        return f'<div class="{name}"><time datetime="{at.isoformat()}">{at:%H:%M}</time>{title}{_paragraphs(n)}</div>'

    times = _times(4, last=_LAST)
    items = "".join(box("pp", n, at, f"<h3>{headline(n)}</h3>") for n, at in enumerate(times))
    stories = "".join(
        box("flash", n + 40, at, f'<a href="/f/{n}"><h4>{headline(n + 40)}</h4></a>') for n, at in enumerate(_times(30, last=_LAST, step=4))
    )
    html = document(f'<div class="stream">{items}</div><div class="flashes"><h2>News flashes</h2>{stories}</div>')
    return Case(name="a-longer-list-beside", url=_LIVE, html=html, updates=_expected([None] * 4, times))


POSITIVE_TICKERS: tuple[Callable[[], Case], ...] = (
    heads_above_text, framed_headlines, times_below_headlines, terms, announced_times, credits_without_names, bold_cells, headline_beside_time,
    split_clocks, day_beside_each_clock, bracketed_clocks, spelt_instants, mailed_instants, instants_run_together, times_behind_headlines, numbered, more_than_json_ld,
    begun_before_midnight, changed_weeks_later, day_shown_above, minutes_of_play, a_longer_list_beside,
)  # fmt: skip


def transcript() -> Case:
    """Places in a recording look like clocks."""
    items = "".join(
        f"<p><strong>{second // 60:02d}:{second % 60:02d}</strong> {sentence(n)} {sentence(n + 100)}</p>"
        for n, second in enumerate(range(12, 1430, 83))
    )
    return Case(
        name="transcript",
        url="https://radio.example/talks/the-harbour",
        html=document(f"<h2>What was said</h2><div>{items}</div>", title="The harbour, with Ann Marsh"),
    )


def verses() -> Case:
    items = "".join(f"<p><b>{3 + n // 20}:{10 + n % 20}</b> {sentence(n)}</p>" for n in range(30))
    return Case(name="verses", url="https://books.example/third/3", html=document(f"<div>{items}</div>", title="The third book"))


def list_of_live_blogs() -> Case:
    """Boxes named as live blogs, each of which leads to one."""
    items = "".join(
        f'<article class="live-blog-card"><time datetime="{at.isoformat()}">{at:%d %B}</time><a href="/live/{n}"><h3>{headline(n)}</h3></a>{_paragraphs(n)}</article>'
        for n, at in enumerate(_times(9, last=_LAST, step=2000))
    )
    return Case(
        name="list-of-live-blogs", url="https://paper.example/live", html=document(f"<div>{items}</div>", title="All live coverage")
    )


def showings() -> Case:
    """What is shown when, with odd minutes and a text each, on a page that does not say that it is live."""
    items = "".join(
        f'<div class="show"><span>{10 + n}:{n * 17 % 60:02d}</span><h3>{headline(n)}</h3>{_paragraphs(n)}<a href="/buy/{n}">Tickets</a></div>'
        for n in range(9)
    )
    return Case(name="showings", url="https://cinema.example/today", html=document(f"<div>{items}</div>", title="Showing today"))


def headlines_that_run() -> Case:
    """A box called a ticker that holds pointers to stories."""
    items = "".join(f'<li><a href="/n/{n}">{headline(n)} and {headline(n + 9)}</a></li>' for n in range(8))
    text = "".join(_paragraphs(n) for n in range(5))
    return Case(
        name="running-headlines",
        url="https://paper.example/2026/03/harbour",
        html=document(f'<div class="live-ticker"><ul>{items}</ul></div>{text}', title="The harbour"),
    )


def videos_in_a_text() -> Case:
    """Two videos with their lengths, a long text below each."""
    items = "".join(
        f'<div class="video-resource" id="v{n}"><img src="/v{n}.jpg"><span class="video-resource__duration">0{n + 1}:1{n}</span><div class="headline">{headline(n)}</div></div>{_paragraphs(n)}{_paragraphs(n + 10)}'
        for n in range(3)
    )
    return Case(
        name="videos-in-a-text", url="https://paper.example/2026/03/harbour", html=document(f"<div>{items}</div>", title="The harbour")
    )


NEGATIVE_TICKERS: tuple[Callable[[], Case], ...] = (transcript, verses, list_of_live_blogs, showings, headlines_that_run)
