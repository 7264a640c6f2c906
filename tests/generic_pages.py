# ruff: noqa: E501  (markup and records in one line, as sites send them)
"""Pages of our own after the structures of many publishers and platforms, and pages that look live and are not."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_WORDS = (
    "harbour council ferry storm crews engineers water bridge lamps mayor island tide signal rain warden market square train crowd "
    "station minister vote ballot flood valley road power cable school morning evening people report officials residents statement "
    "closed opened reached moved carried waited counted agreed denied warned returned crossed lifted held repaired cleared expected"
).split()


def sentence(seed: int, words: int = 14) -> str:
    """An invented sentence, the same for the same seed."""
    chosen = random.Random(seed)
    found = [chosen.choice(_WORDS) for _ in range(words)]
    return " ".join(found).capitalize() + "."


def headline(seed: int) -> str:
    return sentence(seed + 5000, 6).rstrip(".")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What one update of a page should read as. `at` is UTC; None: the page does not say."""

    own_id: str | None
    title: str | None
    at: datetime | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    url: str
    html: str
    updates: tuple[Expected, ...] = ()
    fetched_at: datetime = datetime(2026, 3, 4, 0, 30, tzinfo=UTC)


def _times(count: int, *, last: datetime, step: int = 17) -> list[datetime]:
    """Instants newest first, unevenly apart."""
    chosen = random.Random(count * 31 + step)
    found, at = [], last
    for _ in range(count):
        found.append(at)
        at -= timedelta(minutes=step + chosen.randrange(0, 9) * 2 + 1)
    return found


def document(main: str, *, title: str = "Storm at Harrow Sands", language: str = "en", head: str = "") -> str:
    """A whole page around a list: navigation, a headline, an intro, a list of other stories with times, a footer."""
    others = "".join(
        f'<li class="story"><a href="/news/{n}"><span class="time">{n % 12:02d}:{n * 7 % 60:02d}</span> {headline(n)}</a></li>'
        for n in range(900, 912)
    )
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><title>{title}</title>{head}<style>.live-blog-post{{color:red}}</style></head><body>'
        f'<header class="site"><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>'
        f"<main><h1>{title}</h1><p class='standfirst'>{sentence(1)} {sentence(2)}</p>{main}</main>"
        f'<aside class="latest"><h2>Latest</h2><ul>{others}</ul></aside><footer><p>About us</p></footer></body></html>'
    )


_LIVE = "https://news.example/live/storm-at-harrow-sands"
_LAST = datetime(2026, 3, 3, 22, 47, 12, tzinfo=UTC)
_BUTTONS = '<ul class="share"><li><a href="https://facebook.example/s">Facebook</a></li><li><a href="https://twitter.example/s">Twitter</a></li></ul>'


def _expected(ids: Sequence[str | None], times: Sequence[datetime | None], *, titled: bool = True, start: int = 0) -> tuple[Expected, ...]:
    return tuple(
        Expected(
            own_id=own_id, title=headline(start + n) if titled else None, at=at, text=f"{sentence(start + n)} {sentence(start + n + 100)}"
        )
        for n, (own_id, at) in enumerate(zip(ids, times, strict=True))
    )


def _paragraphs(n: int) -> str:
    return f"<p>{sentence(n)}</p><p>{sentence(n + 100)}</p>"


def times_of_israel() -> Case:
    times = _times(8, last=_LAST)
    items = "".join(
        f'<div id="liveblog-entry-{3300 - 3 * n}" class="liveblog-entry"><div class="liveblog-date"><a href="/liveblog_entry/x-{n}/"><span data-timestamp="{int(at.timestamp())}">x</span></a></div>'
        f'<div class="liveblog-paragraph"><h4><a href="/liveblog_entry/x-{n}/">{headline(n)}</a></h4>{_paragraphs(n)}<div class="byline">By Ann Marsh</div></div>{_BUTTONS}</div>'
        for n, at in enumerate(times)
    )
    return Case(
        name="times-of-israel",
        url="https://times.example/liveblog-march-3-2026/",
        html=document(f'<div id="liveblog-55">{items}</div>'),
        updates=_expected([str(3300 - 3 * n) for n in range(8)], times),
    )


def cnn_old() -> Case:
    times = [at.replace(second=0) for at in _times(7, last=_LAST)]

    def shown(at: datetime) -> str:
        local = at.astimezone(timezone(timedelta(hours=-5)))
        return (
            f"{local.hour % 12 or 12}:{local.minute:02d} {'a.m.' if local.hour < 12 else 'p.m.'} ET, {local:%B} {local.day}, {local.year}"
        )

    items = "".join(
        f'<article id="h_{n * 7919 + 123456:08x}ab" class="sc-bwzfXH"><header><span class="sc-x">{shown(at)}</span><h2>{headline(n)}</h2><div class="byline-names">From Cleo Park in Atlanta</div></header><div class="body">{_paragraphs(n)}</div>'
        f'<div class="social-share"><button>Share</button></div></article>'
        for n, at in enumerate(times)
    )
    ids = [f"h_{n * 7919 + 123456:08x}ab" for n in range(7)]
    return Case(
        name="cnn-2023",
        url="https://news.example/world/live-news/storm-03-03-26/index.html",
        html=document(f'<div id="posts-and-button"><div>{items}</div><button>Load more</button></div>'),
        updates=_expected(ids, times),
    )


def cnn_new() -> Case:
    times = _times(6, last=_LAST)
    ids = [f"h_{n * 104729 + 99991:010x}" for n in range(6)]
    items = "".join(
        f'<article class="live-story-post liveStoryPost" data-last-updated="{(at + timedelta(minutes=3)).isoformat()}" id="{own_id}"><div class="live-story-post__wrapper"><div class="timestamp"><span>{n * 9 + 3} min ago</span></div>'
        f'<h2 class="live-story-post__headline">{headline(n)}</h2><div class="live-story-post__byline"><span class="live-story-post__byline">Cleo Park</span></div>'
        f'<div class="live-story-post__content">{_paragraphs(n)}</div><button data-url="{_LIVE}#{own_id}">Link Copied!</button></div></article>'
        for n, (at, own_id) in enumerate(zip(times, ids, strict=True))
    )
    fetched = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
    shown = [fetched - timedelta(minutes=n * 9 + 3) for n in range(6)]
    return Case(
        name="cnn-2024",
        url=_LIVE,
        html=document(f'<div class="live-story__items-container">{items}</div>'),
        updates=_expected(ids, shown),
        fetched_at=fetched,
    )


def le_monde() -> Case:
    times = [at.replace(second=0) for at in _times(9, last=_LAST)]
    paris = timezone(timedelta(hours=1))
    items = "".join(
        f'<section class="post post__live-container {"post__live-container--essential" if n == 2 else ""}" id="id-{8000 - 13 * n}"><span class="date">{at.astimezone(paris):%H:%M}</span>'
        f'<h2 class="post__live-container--title">{headline(n)}</h2><div class="content--live">{_paragraphs(n)}</div></section>'
        for n, at in enumerate(times)
    )
    head = '<meta property="article:modified_time" content="2026-03-03T23:58:00+01:00">'
    return Case(
        name="le-monde",
        url="https://journal.example.fr/live/2026/03/03/tempete_6001.html",
        html=document(f'<section class="sirius-live"><div id="post-container">{items}</div></section>', language="fr", head=head),
        updates=_expected([str(8000 - 13 * n) for n in range(9)], times),
    )


def nos() -> Case:
    items = "".join(
        f'<li class="liveblog__update" id="UPDATE-container-{4000 - 11 * n}"><h2 class="liveblog__update__title js-liveblog-update-title">{headline(n)}</h2>'
        f'<div class="liveblog__elements">{_paragraphs(n)}<div class="block_image"><img src="a.jpg"><div class="caption_content">{sentence(n + 300)}</div></div></div><ul class="list-also-see"><li><a href="/x">{headline(n + 50)}</a></li></ul></li>'
        for n in range(6)
    )
    return Case(
        name="nos-without-times",
        url="https://nieuws.example.nl/liveblog/2500-storm",
        html=document(f'<ul class="liveblog">{items}</ul>', language="nl"),
        updates=_expected([str(4000 - 11 * n) for n in range(6)], [None] * 6),
    )


def bbc_stream() -> Case:
    times = [at.replace(second=0) for at in _times(8, last=_LAST)]
    ids = [f"{n * 15485863 + 0x5F3759DF:024x}" for n in range(8)]
    items = "".join(
        f'<li class="lx-stream__post-container placeholder-animation-finished"><article class="qa-post lx-stream-post gs-u-pb-alt+" id="post_{own_id}"><div class="lx-stream-post__meta"><time class="lx-stream-post__meta-time gs-u-align-middle"><span class="qa-visually-hidden-meta gs-u-vh">Posted at </span><span class="gs-u-vh"></span><span class="qa-post-auto-meta">{at:%H:%M}</span></time></div>'
        f'<header class="lx-stream-post__header"><h3 class="lx-stream-post__header-title"><span class="lx-stream-post--breaking">Breaking</span><span class="lx-stream-post__header-text">{headline(n)}</span></h3></header><div class="lx-stream-post__contributor"><p>Ann Marsh</p><p>Harbour correspondent</p></div>'
        f'<div class="lx-stream-post-body">{_paragraphs(n)}</div><div class="lx-share-tools">Share this post</div></article></li>'
        for n, (at, own_id) in enumerate(zip(times, ids, strict=True))
    )
    summary = "".join(f"<li>{headline(n)}</li>" for n in range(5))
    body = f'<ol class="lx-c-summary-points">{summary}</ol><ol class="lx-stream__feed">{items}</ol><div class="lx-stream__show-more"><button>Show more</button></div>'
    return Case(
        name="bbc-stream",
        url="https://www.corporation.example.co.uk/news/live/uk-12345678",
        html=document(body),
        updates=_expected(ids, times),
    )


def wordpress_liveblog() -> Case:
    times = _times(7, last=_LAST)
    items = "".join(
        f'<article class="liveblog-entry" id="id_{700 - 4 * n}"><aside class="liveblog-entry-aside"><a class="liveblog-entry-time" href="#{700 - 4 * n}"><span>{n * 7 + 2} minutes ago</span><time datetime="{at.isoformat()}">{at:%H:%M}</time></a></aside>'
        f'<div class="liveblog-entry-main"><header class="liveblog-meta-authors"><div class="liveblog-meta-author"><span class="liveblog-meta-author-name">Ann Marsh</span></div></header><div class="liveblog-entry-content">{_paragraphs(n)}</div></div></article>'
        for n, at in enumerate(times)
    )
    events = "".join(
        f'<li class="is-key-event"><a href="#{700 - 4 * n}">{headline(n)}</a><span>{at:%H:%M}</span></li>' for n, at in enumerate(times)
    )
    return Case(
        name="wordpress-liveblog",
        url="https://paper.example/2026/03/03/storm/",
        html=document(f'<ul class="liveblog-events">{events}</ul><div id="liveblog-container" class="liveblog-feed">{items}</div>'),
        updates=_expected([str(700 - 4 * n) for n in range(7)], times, titled=False),
    )


def nprapps() -> Case:
    times = _times(6, last=_LAST)
    slugs = [f"{word}-at-the-harbour-{n}x{n * 37}" for n, word in enumerate(("lamps", "tide", "ferry", "bridge", "council", "rain"))]
    items = "".join(
        f'<div class="liveblog-item post" id="{slug}"><div class="post-timestamp">{at.isoformat()}</div><h4 class="post-headline">{headline(n)}</h4><div class="post-content">{_paragraphs(n)}</div><div class="post-author">Ann Marsh</div></div>'
        for n, (at, slug) in enumerate(zip(times, slugs, strict=True))
    )
    return Case(
        name="nprapps",
        url="https://radio.example/live-updates/storm",
        html=document(f'<div class="liveblog"><div id="pinned" data-last-updated="x"><h4>{headline(0)}</h4></div>{items}</div>'),
        updates=_expected(slugs, times),
    )


def city_am() -> Case:
    times = [at.replace(second=0) for at in _times(6, last=_LAST)]
    items = "".join(
        f'<div class="views-row"><h3>{headline(n)}</h3><span class="submitted">{at:%B} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M}{"am" if at.hour < 12 else "pm"}</span><div class="field-body">{_paragraphs(n)}</div></div>'
        for n, at in enumerate(times)
    )
    return Case(
        name="city-am",
        url="https://www.city.example.co.uk/live-blog",
        html=document(f'<div class="view-content">{items}</div>'),
        updates=_expected([None] * 6, times),
    )


def channel_four() -> Case:
    times = [at.replace(second=0) for at in reversed(_times(7, last=_LAST))]

    def clock(at: datetime) -> str:
        return f"{at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"

    summary = "".join(f"<li>{clock(at)} {headline(n)}</li>" for n, at in enumerate(times))
    items = "".join(
        f'<div class="entry"><p class="entry-time">{clock(at)}</p><h3>{headline(n)}</h3><div class="sharing">Facebook Twitter</div>{_paragraphs(n)}<div class="sharing">Facebook Twitter</div></div>'
        for n, at in enumerate(times)
    )
    body = f"<h2>3 March 2026</h2><h3>Summary</h3><ul>{summary}</ul><div class='entries'>{items}</div>"
    return Case(
        name="channel-4",
        url="https://news.four.example.co.uk/storm/2026/03/03",
        html=document(body, title="Storm Live Blog"),
        updates=_expected([None] * 7, times),
    )


def sourcefabric_embed() -> Case:
    times = _times(6, last=_LAST)
    ids = [f"urn:newsml:localhost:2026-03-03T{n:02d}:00:00.581133:{n * 7919 + 4096:08x}-63c4" for n in range(6)]
    items = "".join(
        f'<article class="lb-post list-group-item" data-post-id="{own_id}" data-post-sticky="false"><div class="lb-post-date" data-js-timestamp="{at.isoformat()}">{at:%H:%m:%S}</div>'
        f'<div class="items-container"><div class="lb-item"><article>{_paragraphs(n)}</article></div></div><div class="lb-author"><span class="lb-author__name">Ann Marsh</span></div>'
        f'<div class="lb-post-shareBox"><a href="https://facebook.example">Facebook</a><a href="https://twitter.example">Twitter</a></div></article>'
        for n, (at, own_id) in enumerate(zip(times, ids, strict=True))
    )
    buttons = '<div class="lb-post new-updates"><button>One new update</button></div>'
    return Case(
        name="sourcefabric-embed",
        url="https://live.example/lb/55/index.html",
        html=document(f'<section class="lb-posts normal">{buttons}{items}</section>'),
        updates=_expected(ids, times, titled=False),
    )


def easy_liveblogs() -> Case:
    times = _times(6, last=_LAST)
    items = "".join(
        f'<li class="elb-liveblog-post" data-elb-post-id="{900 - 7 * n}"><div class="elb-liveblog-post-time"><time class="elb-js-update-time" datetime="{at.isoformat()}">{n * 8 + 1} minutes ago</time></div>'
        f'<h2 class="elb-liveblog-post-heading">{headline(n)}</h2><div class="elb-liveblog-post-content">{_paragraphs(n)}</div><div class="elb-sharing"><a href="mailto:x">Email</a></div></li>'
        for n, at in enumerate(times)
    )
    return Case(
        name="easy-liveblogs",
        url="https://town.example/storm",
        html=document(f'<div class="elb-liveblog" data-endpoint="/wp-json/x"><ul class="elb-liveblog-list">{items}</ul></div>'),
        updates=_expected([str(900 - 7 * n) for n in range(6)], times),
    )


def amp() -> Case:
    times = _times(6, last=_LAST)
    items = "".join(
        f'<div id="post{800 - 9 * n}" data-sort-time="{int(at.timestamp())}" class="card"><h2>{headline(n)}</h2><amp-timeago datetime="{at.isoformat()}" layout="fixed" width="160" height="20">{at:%H:%M}</amp-timeago>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    advert = '<div id="ad-5" data-sort-time="1" class="ad"><amp-ad></amp-ad>Advertisement for umbrellas and boots of all sizes</div>'
    return Case(
        name="amp",
        url="https://amp.news.example/live/storm",
        html=document(
            f'<amp-live-list id="list" data-poll-interval="15000" data-max-items-per-page="20"><button update>New</button><div items>{items}{advert}</div></amp-live-list>'
        ),
        updates=_expected([str(800 - 9 * n) for n in range(6)], times),
    )


def german_ticker() -> Case:
    """Clock headings below day headings without a year, in one text; the newest day first."""
    berlin = timezone(timedelta(hours=1))
    days = [
        (datetime(2026, 3, 3, tzinfo=berlin), ("21.47", "20.15", "18.02")),
        (datetime(2026, 3, 2, tzinfo=berlin), ("23.31", "19.08", "07.44")),
    ]
    parts, times, n = [], [], 0
    for day, clocks in days:
        parts.append(f"<h2>{('Dienstag' if day.day == 3 else 'Montag')}, {day.day}. März</h2>")
        for clock in clocks:
            hour, minute = (int(part) for part in clock.split("."))
            times.append(day.replace(hour=hour, minute=minute).astimezone(UTC))
            parts.append(f"<h3>{clock} Uhr: {headline(n)}</h3>{_paragraphs(n)}")
            n += 1
    head = '<meta property="article:published_time" content="2026-03-03T22:00:00+01:00">'
    return Case(
        name="german-ticker",
        url="https://nachrichten.example.de/newsticker-sturm-101.html",
        html=document(
            f'<div class="articlebody">{"".join(parts)}<h3>Mehr zum Thema</h3><p>{sentence(70)}</p></div>', language="de", head=head
        ),
        updates=_expected([None] * 6, times),
    )


def strong_clocks() -> Case:
    """Paragraphs that begin with a strong clock, some with a second paragraph."""
    times = [at.replace(second=0) for at in _times(7, last=_LAST)]
    items = "".join(f"<p><strong>{at:%H:%M}</strong> – {sentence(n)}</p><p>{sentence(n + 100)}</p>" for n, at in enumerate(times))
    head = '<meta property="article:modified_time" content="2026-03-03T22:50:00Z">'
    return Case(
        name="strong-clocks",
        url="https://post.example.co.uk/news/storm-live-updates-777",
        html=document(f'<div class="article-body">{items}</div>', head=head),
        updates=_expected([None] * 7, times, titled=False),
    )


def japanese() -> Case:
    tokyo = timezone(timedelta(hours=9))
    times = [at.replace(second=0) for at in _times(6, last=_LAST - timedelta(hours=8))]
    texts = [
        f"港の防波堤で確認された{n}件目の情報です。担当者は現場で水位を調べていると説明した。住民には高い場所へ移るよう呼びかけている。{n}時間後に改めて会見を開く予定だとしている。"
        for n in range(6)
    ]
    items = "".join(
        f'<li class="timeline-item" id="tl{5000 - 17 * n}"><span class="timeline-time">{at.astimezone(tokyo).hour}時{at.astimezone(tokyo).minute:02d}分</span><div class="timeline-body"><h3>港の様子{n}</h3><p>{texts[n]}</p></div></li>'
        for n, at in enumerate(times)
    )
    head = '<meta property="article:modified_time" content="2026-03-03T23:59:00+09:00">'
    updates = tuple(Expected(own_id=f"tl{5000 - 17 * n}", title=f"港の様子{n}", at=at, text=texts[n]) for n, at in enumerate(times))
    return Case(
        name="japanese",
        url="https://shinbun.example.jp/sokuho/live/storm",
        html=document(f'<ul class="timeline">{items}</ul>', title="台風 速報タイムライン", language="ja", head=head),
        updates=updates,
    )


def arabic() -> Case:
    times = _times(6, last=_LAST)
    texts = [
        f"قال مسؤولون في الميناء إن فرق الإنقاذ وصلت إلى الرصيف رقم {n} بعد ساعات من العمل. وأضافوا أن المياه بدأت في الانحسار وأن الطرق الرئيسية ستفتح تدريجيا أمام السكان."
        for n in range(6)
    ]
    items = "".join(
        f'<div class="u-x{n}" data-id="{6000 - 19 * n}"><div><time datetime="{at.isoformat()}">{at:%H:%M}</time></div><div><h3>خبر عاجل {n}</h3><p>{texts[n]}</p></div></div>'
        for n, at in enumerate(times)
    )
    updates = tuple(Expected(own_id=str(6000 - 19 * n), title=f"خبر عاجل {n}", at=at, text=texts[n]) for n, at in enumerate(times))
    return Case(
        name="arabic",
        url="https://akhbar.example/news/liveblog/2026/3/3/storm",
        html=document(f'<div class="feed">{items}</div>', title="العاصفة لحظة بلحظة", language="ar"),
        updates=updates,
    )


def portuguese() -> Case:
    lisbon = UTC
    times = [at.replace(second=0) for at in _times(8, last=_LAST)]
    items = "".join(
        f'<div class="aominuto-post"><div class="meta"><b>{at.astimezone(lisbon):%Hh%M}</b></div><div class="txt"><h4>{headline(n)}</h4>{_paragraphs(n)}</div></div>'
        for n, at in enumerate(times)
    )
    head = '<meta property="article:modified_time" content="2026-03-03T22:55:00+00:00">'
    return Case(
        name="portuguese",
        url="https://jornal.example.pt/ao-minuto/tempestade",
        html=document(f'<div class="lista">{items}</div>', title="AO MINUTO: Tempestade", language="pt", head=head),
        updates=_expected([None] * 8, times),
    )


def hashed_classes() -> Case:
    """No telling names at all: hashed classes, ids in data attributes, times as text with a zone."""
    times = [at.replace(second=0) for at in _times(8, last=_LAST)]
    items = "".join(
        f'<div class="css-1q{n}" data-key="{n * 7919 + 777:06x}"><div class="css-a"><span class="css-b">{at:%H:%M} GMT</span></div><div class="css-c"><h3 class="css-d">{headline(n)}</h3>{_paragraphs(n)}</div></div>'
        for n, at in enumerate(times)
    )
    head = '<meta property="article:modified_time" content="2026-03-03T22:55:00+00:00">'
    return Case(
        name="hashed-classes",
        url="https://daily.example/news/storm-latest",
        html=document(f'<div class="css-z">{items}</div>', head=head),
        updates=_expected([f"{n * 7919 + 777:06x}" for n in range(8)], times),
    )


def over_midnight() -> Case:
    """Clock times alone, newest first, from after midnight back into the day before."""
    times = [at.replace(second=0) for at in _times(10, last=datetime(2026, 3, 4, 1, 13, tzinfo=UTC))]
    items = "".join(
        f'<article class="live-entry" id="entry_{500 - 3 * n}"><span class="time">{at:%H:%M}</span><h3>{headline(n)}</h3>{_paragraphs(n)}</article>'
        for n, at in enumerate(times)
    )
    return Case(
        name="over-midnight",
        url="https://news.example.co.uk/live/storm",
        html=document(f"<div>{items}</div>"),
        updates=_expected([str(500 - 3 * n) for n in range(10)], times),
        fetched_at=datetime(2026, 3, 4, 1, 20, tzinfo=UTC),
    )


def day_sections() -> Case:
    """A section a day, one of them with a single entry; quotes and lists in the body; an embedded tweet with its own time."""
    stamps = [
        datetime(2026, 3, 3, 15, 41, tzinfo=UTC),
        datetime(2026, 3, 2, 22, 18, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 3, tzinfo=UTC),
        datetime(2026, 3, 2, 7, 27, tzinfo=UTC),
    ]
    tweet = '<blockquote class="twitter-tweet"><p>So wet here</p>&mdash; Someone (@x) <time datetime="2026-03-02T07:00:00Z">March 2</time></blockquote>'
    posts = [
        f'<div class="update" id="u-{9000 - 37 * n}"><time datetime="{at.isoformat()}">{at:%H:%M}</time><h3>{headline(n)}</h3><p>{sentence(n)}</p><blockquote><p>{sentence(n + 100)}</p></blockquote>{tweet if n == 2 else ""}</div>'
        for n, at in enumerate(stamps)
    ]
    body = f"<section><h2>Tuesday 3 March</h2>{posts[0]}</section><section><h2>Monday 2 March</h2>{''.join(posts[1:])}</section>"
    return Case(
        name="day-sections",
        url=_LIVE,
        html=document(f'<div class="days">{body}</div>'),
        updates=_expected([f"u-{9000 - 37 * n}" for n in range(4)], stamps),
    )


def pinned_twice() -> Case:
    times = _times(6, last=_LAST)
    items = [
        f'<article class="post" id="post-{300 - 5 * n}"><header><time datetime="{at.isoformat()}">{at:%H:%M}</time><h3>{headline(n)}</h3></header><div>{_paragraphs(n)}</div></article>'
        for n, at in enumerate(times)
    ]
    return Case(
        name="pinned-twice",
        url=_LIVE,
        html=document(f'<div class="feed">{items[3]}{"".join(items)}</div>'),
        updates=_expected([str(300 - 5 * n) for n in range(6)], times),
    )


def definition_list() -> Case:
    times = [at.replace(second=0) for at in _times(7, last=_LAST)]
    items = "".join(f"<dt>{at:%H:%M}</dt><dd>{_paragraphs(n)}</dd>" for n, at in enumerate(times))
    head = '<meta name="date" content="2026-03-03T22:50:00Z">'
    return Case(
        name="definition-list",
        url="https://gazette.example.co.uk/storm-live",
        html=document(f"<dl>{items}</dl>", title="Storm: live", head=head),
        updates=_expected([None] * 7, times, titled=False),
    )


def footer_times() -> Case:
    """The time stands below the text, with the author, in words: "Posted by Ann Marsh at 21:47 on 3 March 2026"."""
    times = [at.replace(second=0) for at in _times(6, last=_LAST)]
    items = "".join(
        f'<div class="entry" id="e-{2000 - 7 * n}"><h2>{headline(n)}</h2>{_paragraphs(n)}<p class="posted">Posted by <a rel="author" class="author" href="/by/ann">Ann Marsh</a> <span class="when">{at:%d %B %Y at %H:%M}</span></p></div>'
        for n, at in enumerate(times)
    )
    return Case(
        name="footer-times",
        url="https://gazette.example.co.uk/live/storm",
        html=document(f"<div>{items}</div>"),
        updates=_expected([f"e-{2000 - 7 * n}" for n in range(6)], times),
    )


def flat_siblings() -> Case:
    """No box around an update: headline, time and paragraphs are siblings of the next one's."""
    times = _times(7, last=_LAST)
    items = "".join(
        f'<h3>{headline(n)}</h3><p class="meta"><time datetime="{at.isoformat()}">{at:%H:%M}</time></p>{_paragraphs(n)}<hr>'
        for n, at in enumerate(times)
    )
    return Case(name="flat-siblings", url=_LIVE, html=document(f'<div class="text">{items}</div>'), updates=_expected([None] * 7, times))


def one_paragraph() -> Case:
    """All updates in one paragraph, broken by <br>."""
    times = [at.replace(second=0) for at in _times(7, last=_LAST)]
    items = "".join(f"<b>{at:%H:%M}:</b> {sentence(n)} {sentence(n + 100)}<br><br>" for n, at in enumerate(times))
    head = '<meta property="article:modified_time" content="2026-03-03T22:50:00Z">'
    return Case(
        name="one-paragraph",
        url="https://post.example.co.uk/live/storm",
        html=document(f"<div><p>{items}</p></div>", head=head),
        updates=_expected([None] * 7, times, titled=False),
    )


def table() -> Case:
    times = [at.replace(second=0) for at in _times(8, last=_LAST)]
    items = "".join(f"<tr><td>{at:%H:%M}</td><td><strong>{headline(n)}</strong>{_paragraphs(n)}</td></tr>" for n, at in enumerate(times))
    head = '<meta property="article:modified_time" content="2026-03-03T22:50:00Z">'
    return Case(
        name="table",
        url="https://post.example.co.uk/ticker/storm",
        html=document(f"<table>{items}</table>", head=head),
        updates=_expected([None] * 8, times),
    )


def dated_blocks() -> Case:
    berlin = timezone(timedelta(hours=1))
    times = [at.replace(second=0) for at in _times(6, last=_LAST)]
    items = "".join(
        f'<div class="ticker-item"><span class="ticker-item__date">{at.astimezone(berlin):%d.%m.%Y, %H:%M} Uhr</span><h3 class="ticker-item__title">{headline(n)}</h3><div class="ticker-item__text">{_paragraphs(n)}</div><div class="ticker-item__social"><a href="#">Teilen</a></div></div>'
        for n, at in enumerate(times)
    )
    return Case(
        name="dated-blocks",
        url="https://zeitung.example.de/liveticker-sturm-22",
        html=document(f'<div class="ticker">{items}</div>', language="de"),
        updates=_expected([None] * 6, times),
    )


def with_comments() -> Case:
    """A live list, and below it more readers' comments than there are updates."""
    times = _times(6, last=_LAST)
    items = "".join(
        f'<article class="update" data-update-id="{n * 7919 + 31}"><time datetime="{at.isoformat()}">{at:%H:%M}</time><h3>{headline(n)}</h3>{_paragraphs(n)}</article>'
        for n, at in enumerate(times)
    )
    readers = "".join(
        f'<div class="comment" id="c{n}"><span class="user">reader{n}</span><time datetime="{at.isoformat()}">{n} min</time><p>{sentence(n + 400)} {sentence(n + 500)} {sentence(n + 600)}</p></div>'
        for n, at in enumerate(_times(30, last=_LAST))
    )
    return Case(
        name="with-comments",
        url=_LIVE,
        html=document(f'<div class="feed">{items}</div><section class="comments">{readers}</section>'),
        updates=_expected([str(n * 7919 + 31) for n in range(6)], times),
    )


def short_updates() -> Case:
    """A ticker of one short sentence an update."""
    times = [at.replace(second=0) for at in _times(12, last=_LAST)]
    items = "".join(
        f'<li data-id="{n * 131 + 7}"><span class="time">{at:%H:%M}</span><p>{sentence(n, 5)}</p></li>' for n, at in enumerate(times)
    )
    updates = tuple(Expected(own_id=str(n * 131 + 7), title=None, at=at, text=sentence(n, 5)) for n, at in enumerate(times))
    return Case(
        name="short-updates",
        url="https://news.example.co.uk/live/vote",
        html=document(f'<ul class="ticker">{items}</ul>'),
        updates=updates,
        fetched_at=datetime(2026, 3, 3, 22, 50, tzinfo=UTC),
    )


def permalinks() -> Case:
    """Ids only in permalinks: a fragment behind the time of each."""
    times = _times(6, last=_LAST)
    items = "".join(
        f'<div class="item"><a class="when" href="?block=x#update-{n * 37 + 11}a"><time datetime="{at.isoformat()}">{at:%H:%M}</time></a><div><h4>{headline(n)}</h4>{_paragraphs(n)}</div></div>'
        for n, at in enumerate(times)
    )
    return Case(
        name="permalinks", url=_LIVE, html=document(f"<div>{items}</div>"), updates=_expected([f"{n * 37 + 11}a" for n in range(6)], times)
    )


def strong_headlines() -> Case:
    """The headline is a strong first paragraph; the time an <abbr> whose title is the instant."""
    times = _times(6, last=_LAST)
    items = "".join(
        f'<div class="entry" id="m{n * 37 + 1201}"><abbr class="published" title="{at.isoformat()}">{at:%H:%M}</abbr>'
        f"<p><strong>{headline(n)}</strong></p>{_paragraphs(n)}</div>"
        for n, at in enumerate(times)
    )
    ids = [f"m{n * 37 + 1201}" for n in range(6)]
    return Case(name="strong-headlines", url=_LIVE, html=document(f"<div>{items}</div>"), updates=_expected(ids, times))


POSITIVE: tuple[Callable[[], Case], ...] = (
    times_of_israel, cnn_old, cnn_new, le_monde, nos, bbc_stream, wordpress_liveblog, nprapps, city_am, channel_four, sourcefabric_embed,
    easy_liveblogs, amp, german_ticker, strong_clocks, japanese, arabic, portuguese, hashed_classes, over_midnight, day_sections, pinned_twice, definition_list,
    footer_times, flat_siblings, one_paragraph, table, dated_blocks, with_comments, short_updates, permalinks, strong_headlines,
)  # fmt: skip


def _list(items: str, *, url: str, name: str, title: str = "The harbour", language: str = "en") -> Case:
    return Case(name=name, url=url, html=document(items, title=title, language=language))


def _article() -> str:
    return "".join(f"<p>{sentence(n)} {sentence(n + 1)} {sentence(n + 2)}</p>" for n in range(40, 48))


def forum() -> Case:
    posts = "".join(
        f'<div class="post" id="p{100 + 3 * n}"><div class="postprofile"><a href="/user/{n}">harbourfan{n}</a><img class="avatar" src="a.png"></div><div class="postbody"><p class="author">by harbourfan{n} » {at:%d %b %Y, %H:%M}</p><div class="content"><p>{sentence(n)} {sentence(n + 100)}</p></div><a href="/reply?p={n}">Reply</a></div></div>'
        for n, at in enumerate(_times(12, last=_LAST))
    )
    return _list(f'<div class="topic">{posts}</div>', url="https://boats.example/forum/viewtopic.php?t=55", name="forum")


def comments() -> Case:
    items = "".join(
        f'<li class="comment" id="comment-{100 + 7 * n}"><cite>reader{n}</cite><time datetime="{at.isoformat()}">{n} hours ago</time><div class="comment-body"><p>{sentence(n)} {sentence(n + 100)} {sentence(n + 200)}</p></div><a href="#reply">Reply</a></li>'
        for n, at in enumerate(_times(15, last=_LAST))
    )
    return _list(
        f'{_article()}<section id="comments"><ol>{items}</ol></section>',
        url="https://paper.example/2026/03/03/harbour",
        name="comments-below-an-article",
    )


def section_front() -> Case:
    items = "".join(
        f'<article class="card" data-id="{n}"><a href="/news/2026/{n}-story"><h3>{headline(n)}</h3></a><p>{sentence(n)}</p><time datetime="{at.isoformat()}">{at:%H:%M}</time></article>'
        for n, at in enumerate(_times(20, last=_LAST))
    )
    return _list(f'<div class="grid">{items}</div>', url="https://paper.example/world", name="section-front")


def wire_list() -> Case:
    """A publisher's list of the latest stories, each a clock and a linked headline with a sentence."""
    items = "".join(
        f'<li class="item"><span class="time">{at:%H:%M}</span><a href="/a/{n}">{headline(n)}</a><p>{sentence(n)} {sentence(n + 7)}</p></li>'
        for n, at in enumerate(_times(25, last=_LAST))
    )
    return _list(f"<ul>{items}</ul>", url="https://paper.example/latest", name="latest-stories", title="Latest news")


def tv_schedule() -> Case:
    items = "".join(
        f'<div class="slot"><span class="time">{6 + n // 2:02d}:{n % 2 * 30:02d}</span><h3>{headline(n)}</h3><p>{sentence(n)} {sentence(n + 3)}</p></div>'
        for n in range(28)
    )
    return _list(f'<div class="channel">{items}</div>', url="https://tv.example/guide/one", name="tv-schedule", title="What is on tonight")


def recipe() -> Case:
    items = "".join(
        f'<li id="step-{n}"><h3>Step {n + 1}</h3><p>{sentence(n)} Wait {n + 3} min. {sentence(n + 5)}</p></li>' for n in range(8)
    )
    return _list(f'<p>Ready in 1:30 hours</p><ol class="steps">{items}</ol>', url="https://food.example/pie", name="recipe")


def fixtures() -> Case:
    rows = "".join(
        f"<tr><td>{at:%d.%m.}</td><td>{14 + n % 7}:{n % 4 * 15:02d}</td><td>Harrow {n}</td><td>Vale {n}</td><td>2:1</td></tr>"
        for n, at in enumerate(_times(20, last=_LAST))
    )
    return _list(f"<table class='games'>{rows}</table>", url="https://sport.example/league/results", name="fixtures")


def search_results() -> Case:
    items = "".join(
        f'<div class="hit"><h3><a href="/2026/x{n}">{headline(n)}</a></h3><p>{sentence(n)}</p><time datetime="{at.isoformat()}">{at:%d %B %Y}</time></div>'
        for n, at in enumerate(_times(10, last=_LAST, step=4000))
    )
    return _list(f"<div>{items}</div>", url="https://paper.example/search?q=storm", name="search-results", title="Results for storm live")


def podcast() -> Case:
    items = "".join(
        f'<li class="ep" id="e{n * 7}"><h3><a href="/pod/{n}">{headline(n)}</a></h3><span class="date">{at:%d %B %Y}</span><span class="length">4{n % 10}:1{n % 10}</span><p>{sentence(n)} {sentence(n + 9)}</p></li>'
        for n, at in enumerate(_times(12, last=_LAST, step=10000))
    )
    return _list(f"<ul>{items}</ul>", url="https://radio.example/shows/harbour", name="podcast")


def product_reviews() -> Case:
    items = "".join(
        f'<div class="review" id="r{n * 31}"><span class="stars">★★★★☆</span><b>buyer{n}</b><time datetime="{at.date().isoformat()}">{at:%d %B %Y}</time><p>{sentence(n)} {sentence(n + 100)}</p></div>'
        for n, at in enumerate(_times(12, last=_LAST, step=3000))
    )
    return _list(f"<div>{items}</div>", url="https://shop.example/boots", name="product-reviews")


def article_with_related_list() -> Case:
    items = "".join(
        f'<li><time datetime="{at.isoformat()}">{at:%H:%M}</time> <a href="/n/{n}">{headline(n)}</a></li>'
        for n, at in enumerate(_times(12, last=_LAST))
    )
    return _list(
        f'{_article()}<div class="box"><h2>En direct</h2><ul>{items}</ul></div>',
        url="https://journal.example.fr/monde/tempete",
        name="article-with-timed-list",
        language="fr",
    )


def ordinary_article() -> Case:
    body = "".join(f"<h2>{headline(n)}</h2><p>{sentence(n)} At 10:3{n} the lamps went out. {sentence(n + 1)}</p>" for n in range(6))
    return _list(
        f'<div class="byline">Ann Marsh, <time datetime="2026-03-03T10:00:00Z">10:00</time></div>{body}',
        url="https://paper.example/2026/03/03/harbour",
        name="ordinary-article",
    )


def published_and_updated() -> Case:
    """Two times above one text, neither in a box of its own with it."""
    times = '<time datetime="2026-03-03T10:00:00Z">10:00</time><time datetime="2026-03-03T12:10:00Z">Updated 12:10</time>'
    body = f"<p>At 6.10am the lamps went out.</p><p>By 7.05am the harbour was shut.</p>{_article()}<p>At 9.30am the barriers went up.</p>"
    return _list(
        f'<div class="byline">By Ann Marsh</div>{times}<div class="body">{body}</div>',
        url="https://paper.example/2026/03/03/harbour",
        name="published-and-updated",
    )


def event_programme() -> Case:
    body = "".join(f"<h3>{9 + n}.{'00' if n % 2 else '30'} Uhr: {headline(n)}</h3><p>{sentence(n)} {sentence(n + 4)}</p>" for n in range(9))
    return _list(body, url="https://stadt.example.de/fest", name="event-programme", language="de", title="Das Hafenfest")


def weblog() -> Case:
    items = "".join(
        f'<article class="post" id="post-{n * 17}"><h2><a href="/2026/{n}/">{headline(n)}</a></h2><time datetime="{at.isoformat()}">{at:%d %B %Y}</time>{_paragraphs(n)}{_paragraphs(n + 1)}</article>'
        for n, at in enumerate(_times(8, last=_LAST, step=9000))
    )
    return _list(f'<div class="content">{items}</div>', url="https://diary.example/", name="weblog", title="A harbour diary")


NEGATIVE: tuple[Callable[[], Case], ...] = (
    forum, comments, section_front, wire_list, tv_schedule, recipe, fixtures, search_results, podcast, product_reviews, article_with_related_list,
    ordinary_article, published_and_updated, event_programme, weblog,
)  # fmt: skip
