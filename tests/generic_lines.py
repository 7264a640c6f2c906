# ruff: noqa: E501  (markup in one line, as sites send it)
"""Pages of our own after real structures whose updates are lines of a text: a word before the clock, a headline behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from tests.generic_pages import Case, Expected, _expected, _paragraphs, document, headline, sentence
from tests.generic_tickers import _BERLIN, _DATED, _GERMAN, _minutes

_SHANGHAI = timezone(timedelta(hours=8))
_BUENOS_AIRES = timezone(timedelta(hours=-3))
_ITALIAN = "https://giornale.example.it/diretta-piena"


def _lines(name: str, line: Callable[[int, str], str], *, url: str = _ITALIAN, language: str = "it", titled: bool = True) -> Case:
    """A text with an introduction, then `line(n, clock)` and two paragraphs for each update."""
    times = _minutes(7)
    items = "".join(f"{line(n, f'{at.astimezone(_BERLIN):%H:%M}')}{_paragraphs(n)}" for n, at in enumerate(times))
    html = document(f'<div class="content"><p>{sentence(70)}</p>{items}</div>', language=language, head=_DATED)
    return Case(name=name, url=url, html=html, updates=_expected([None] * 7, times, titled=titled))


def called_clocks() -> Case:
    """A bold line: the word for hour, the clock, the headline (Corriere della Sera)."""
    return _lines("called-clocks", lambda n, clock: f"<p><b>Ore {clock} - {headline(n)}</b></p>")


def called_clocks_without_markup() -> Case:
    return _lines("called-clocks-plain", lambda n, clock: f"<p>Ore {clock.replace(':', '.')} - {headline(n)}</p>")


def called_updates() -> Case:
    """The clock called an update, the headline bold behind a dash."""
    return _lines("called-updates", lambda n, clock: f"<p><strong>UPDATE {clock}</strong> – <strong>{headline(n)}</strong></p>")


def called_clocks_alone() -> Case:
    """A bold line that is a clock and the word for it (Polish)."""
    url = "https://gazeta.example.pl/relacja-na-zywo"
    return _lines("called-clocks-alone", lambda n, clock: f"<p><strong>Godz. {clock}</strong></p>", url=url, language="pl", titled=False)


def updates_of_a_day() -> Case:
    """ "Update vom 3. März, 23.47 Uhr:" opens each text (Münchner Merkur)."""
    times = _minutes(7)
    items = "".join(
        f"<p><strong>Update vom {at.astimezone(_BERLIN):%-d}. März, {at.astimezone(_BERLIN):%H.%M} Uhr:</strong> {sentence(n)}</p><p>{sentence(n + 100)}</p>"
        for n, at in enumerate(times)
    )
    html = document(f'<div class="body">{items}</div>', language="de", head=_DATED)
    return Case(name="updates-of-a-day", url=_GERMAN, html=html, updates=_expected([None] * 7, times, titled=False))


def bold_headlines_with_clocks() -> Case:
    """The clock and a headline in bold, the text behind them (Ouest-France, La Vanguardia)."""
    times = _minutes(7)
    items = "".join(
        f"<p><strong>{at.astimezone(_BERLIN):%-H h %M}. {headline(n)}.</strong> {sentence(n)}</p><p>{sentence(n + 100)}</p>"
        for n, at in enumerate(times)
    )
    html = document(f'<div class="body">{items}</div>', language="fr", head=_DATED)
    return Case(name="bold-with-clocks", url="https://journal.example.fr/direct-crues", html=html, updates=_expected([None] * 7, times))


def bold_first_words() -> Case:
    """Bold are the clock and the beginning of the sentence that goes on: no headline."""
    times = _minutes(7)
    items = "".join(
        f"<p><b>{at.astimezone(_BERLIN):%H:%M} – {' '.join(sentence(n).split()[:5])}</b> {' '.join(sentence(n).split()[5:])}</p><p>{sentence(n + 100)}</p>"
        for n, at in enumerate(times)
    )
    html = document(f'<div class="body">{items}</div>', language="de", head=_DATED)
    return Case(name="bold-first-words", url=_GERMAN, html=html, updates=_expected([None] * 7, times, titled=False))


def flashes_with_some_headlines() -> Case:
    """Short news in Chinese; a few begin with bold words before a line break (Jin10)."""
    said = (
        "河水一夜之间上涨，老桥自中午起禁止车辆通行。",
        "两份名单只相差十九票，北城区将重新清点全部选票。",
        "港口路车站重新开放，第一列晚点列车已经发出。",
    )
    heads = ("老桥封闭至明日", None, None, "北城区重新计票", None, None, "港口路恢复通车", None, None)
    times = _minutes(9)
    items = "".join(
        f'<div id="flash{at:%Y%m%d%H%M%S}" class="flash-item"><!----><div class="detail-btn"><span></span></div><div class="item-time">{at.astimezone(_SHANGHAI):%H:%M:%S}</div>'
        f'<div class="item-right"><!----><div>{f"<b>{heads[n]}</b><br>" if heads[n] else ""}{n}号：{said[n % 3]}</div></div></div>'
        for n, at in enumerate(times)
    )
    expected = tuple(
        Expected(own_id=f"flash{at:%Y%m%d%H%M%S}", title=heads[n], at=at, text=f"{n}号：{said[n % 3]}") for n, at in enumerate(times)
    )
    html = document(f'<div class="flashes">{items}</div>', title="快讯直播", language="zh-CN", head=_DATED)
    return Case(name="flashes", url="https://caijing.example.cn/flash", html=html, updates=expected)


def rows_of_a_clock_and_a_sentence() -> Case:
    """A table, of each update a row: the clock, a sentence (iDNES)."""
    times = _minutes(9)
    rows = "".join(f'<tr><td class="cas">{at.astimezone(_BERLIN):%H:%M}</td><td>{sentence(n)}</td></tr>' for n, at in enumerate(times))
    html = document(f"<table><tbody>{rows}</tbody></table>", title="Online: Bouře v přístavu", language="cs", head=_DATED)
    expected = tuple(Expected(own_id=None, title=None, at=at, text=sentence(n)) for n, at in enumerate(times))
    return Case(name="rows", url="https://noviny.example.cz/boure", html=html, updates=expected)


def terms_in_chinese() -> Case:
    """A clock as term, a short sentence as definition: a character says as much as a few letters."""
    said = (
        "河水一夜之間上漲，老橋自中午起禁止車輛通行。",
        "兩份名單只差十九票，北城區將重新清點選票。",
        "港口路車站重新開放，誤點列車已經發車。",
    )
    times = _minutes(9)
    items = "".join(f"<dt>{at.astimezone(_SHANGHAI):%H:%M}</dt><dd>{said[n % 3]}第{n}則</dd>" for n, at in enumerate(times))
    expected = tuple(Expected(own_id=None, title=None, at=at, text=f"{said[n % 3]}第{n}則") for n, at in enumerate(times))
    html = document(f"<dl>{items}</dl>", title="水患即時更新", language="zh-TW", head=_DATED)
    return Case(name="terms-in-chinese", url="https://xinwen.example.tw/live", html=html, updates=expected)


def clocks_below_bold_headlines() -> Case:
    """A bold headline, the clock in italics on the next line, the text behind it (NZZ)."""
    times = _minutes(7)
    items = "".join(
        f"<p><b>{headline(n)}</b><br><i>{at.astimezone(_BERLIN):%H.%M} Uhr:</i> {sentence(n)}</p><p>{sentence(n + 100)}</p>"
        for n, at in enumerate(times)
    )
    html = document(f"<section>{items}</section>", language="de", head=_DATED)
    return Case(name="clocks-below-bold", url=_GERMAN, html=html, updates=_expected([None] * 7, times))


def times_behind_names() -> Case:
    """The time at the end of the line of credits."""
    times = _minutes(7)
    items = "".join(
        f'<div class="lp"><h3>{headline(n)}</h3><p class="lp__by">By Ann Marsh, {at:%b} {at.day} at {at:%H:%M} UTC</p>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    html = document(f"<div>{items}</div>", head=_DATED)
    return Case(name="times-behind-names", url="https://news.example/live/storm", html=html, updates=_expected([None] * 7, times))


def hours_beside_instants() -> Case:
    """An instant in an attribute; what is shown is how many hours ago that is."""
    times = _minutes(7)
    items = "".join(
        f'<div class="card" id="u{n + 71}"><span class="stamp" data-epoch="{int(at.timestamp())}">{n // 2}h</span><h3>{headline(n)}</h3>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    html = document(f"<div>{items}</div>", head=_DATED)
    expected = _expected([f"u{n + 71}" for n in range(7)], times)
    return Case(name="hours-beside-instants", url="https://news.example/live/storm", html=html, updates=expected)


def day_in_words_at_the_top() -> Case:
    """Clocks, and the day only as the page shows it, in an abbreviated month with a full stop; read long after."""
    times = _minutes(7)
    items = "".join(
        f'<div class="lb-entry"><span class="entry-time">{at.astimezone(_BERLIN):%H:%M}</span><h3>{headline(n)}</h3>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    html = document(f'<div data-testid="article-published-time">3. mar. 2026. 08:47</div><div>{items}</div>', language="sr")
    url = "https://novine.example.rs/uzivo/oluja"
    late = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return Case(name="day-at-the-top", url=url, html=html, updates=_expected([None] * 7, times), fetched_at=late)


def pinned_under_another_id() -> Case:
    """One update stands above the list too, under another id and with a label."""
    times = _minutes(7)

    def post(n: int, label: str = "", sign: str = "") -> str:
        clock = f"{times[n].astimezone(_BERLIN):%H:%M}"
        return f'<div class="bericht" id="m{n + 1700}{sign}">{label}<span class="tijd">{clock}</span><h3>{headline(n)}</h3><div class="tekst">{_paragraphs(n)}</div></div>'

    items = "".join(post(n) for n in range(7))
    html = document(f'<div class="pin">{post(4, "<span>Vastgezet</span>", "-pin")}</div><div>{items}</div>', language="nl", head=_DATED)
    expected = _expected([f"m{n + 1700}" for n in range(7)], times)
    return Case(name="pinned", url="https://krant.example.nl/live/storm", html=html, updates=expected)


def commentary_by_minutes() -> Case:
    """A match told by its minutes, in boxes that are named live commentary."""
    items = "".join(
        f'<div class="live-commentary__item"><span class="live-commentary__minute">{90 - n * 7}\'</span><p>{sentence(n)}</p></div>'
        for n in range(9)
    )
    html = document(f'<div class="live-commentary">{items}</div>', title="Borgo-Porto live")
    expected = tuple(Expected(own_id=None, title=None, at=None, text=sentence(n)) for n in range(9))
    return Case(name="commentary", url="https://sport.example/match/borgo-porto", html=html, updates=expected)


def hours_in_one_number() -> Case:
    """Four digits and the zone open each text (AFP)."""
    times = _minutes(7)
    items = "".join(f"<p><strong>{at:%H%M} GMT:</strong> {sentence(n)}</p><p>{sentence(n + 100)}</p>" for n, at in enumerate(times))
    html = document(f"<div>{items}</div>", head=_DATED)
    return Case(
        name="hours-in-one-number", url="https://news.example/live/storm", html=html, updates=_expected([None] * 7, times, titled=False)
    )


def times_of_change_alone() -> Case:
    """Each update says only when it was changed: it is found, and published at a time nobody states."""
    times = _minutes(7)
    items = "".join(
        f'<section><h2>{headline(n)}</h2><p class="stamp">Updated {at:%H:%M} UTC</p>{_paragraphs(n)}</section>'
        for n, at in enumerate(times)
    )
    html = document(f"<div>{items}</div>", head=_DATED)
    return Case(name="times-of-change", url="https://news.example/live/storm", html=html, updates=_expected([None] * 7, [None] * 7))


def hours_in_paragraphs() -> Case:
    """The clock and the word for hours in a paragraph each, the headline below them (Clarín)."""
    times = _minutes(7)
    items = "".join(
        f'<li class="lb"><div class="t"><p>{at.astimezone(_BUENOS_AIRES):%H:%M}</p><p>hs</p></div><div><h3>{headline(n)}</h3>{_paragraphs(n)}</div></li>'
        for n, at in enumerate(times)
    )
    html = document(f"<ul>{items}</ul>", language="es", head=_DATED)
    return Case(name="hours-in-paragraphs", url="https://diario.example.com.ar/en-vivo", html=html, updates=_expected([None] * 7, times))


def answers_to_questions() -> Case:
    """The word on a reader's button, as the heading of a desk's answer (Danish papers)."""
    times = _minutes(7)
    items = "".join(
        f'<div><time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at.astimezone(_BERLIN):%H:%M}</time><h3>{headline(n)}</h3><h4>Svar</h4>{_paragraphs(n)}</div>'
        for n, at in enumerate(times)
    )
    html = document(f"<section>{items}</section>", language="da", head=_DATED)
    updates = tuple(replace(item, text=f"Svar {item.text}") for item in _expected([None] * 7, times))
    return Case(name="answers-to-questions", url="https://avis.example.dk/artikel", html=html, updates=updates)


def the_same_sentence_each() -> Case:
    """Short updates that differ in a name alone, each under its headline."""
    times = _minutes(8)
    items = "".join(
        f'<article><time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%H:%M}</time><h2>Bridge {n} is shut</h2><p>The harbour bridge {n} is shut to lorries until noon.</p></article>'
        for n, at in enumerate(times)
    )
    html = document(f"<section>{items}</section>", title="Storm", head=_DATED)
    updates = tuple(
        Expected(own_id=None, title=f"Bridge {n} is shut", at=at, text=f"The harbour bridge {n} is shut to lorries until noon.")
        for n, at in enumerate(times)
    )
    return Case(name="the-same-sentence-each", url="https://news.example/storm", html=html, updates=updates)


def departures() -> Case:
    rows = "".join(f"<tr><td>{6 + n}:{n * 7 % 60:02d}</td><td>Praha – Brno</td><td>{n % 4 + 1}</td></tr>" for n in range(12))
    html = document(f"<table><tr><th>Odjezd</th></tr>{rows}</table>", title="Odjezdy online", language="cs", head=_DATED)
    return Case(name="departures", url="https://noviny.example.cz/odjezdy", html=html)


def programme_in_terms() -> Case:
    """What is on television, with a sentence each."""
    items = "".join(f"<dt>{14 + n * 23 // 60}:{n * 23 % 60:02d}</dt><dd><b>{headline(n)}</b> {sentence(n)}</dd>" for n in range(14))
    html = document(f"<dl>{items}</dl>", title="Programme TV du mardi", language="fr", head=_DATED)
    return Case(name="programme-in-terms", url="https://journal.example.fr/tv", html=html)


def programme_of_hours() -> Case:
    """What is to happen when, in bold lines with the word for hour."""
    items = "".join(f"<p><b>Ore {10 + n}:{'00' if n % 2 else '30'} - {headline(n)}</b></p>{_paragraphs(n)}" for n in range(9))
    html = document(f"<div>{items}</div>", title="Il programma di sabato", language="it", head=_DATED)
    return Case(name="programme-of-hours", url="https://giornale.example.it/festa", html=html)


def two_notes_above_an_article() -> Case:
    """What was added to an article, and when it was first published."""
    text = "".join(f"<p>{sentence(n)} {sentence(n + 200)}</p>" for n in range(8))
    notes = f"<p><strong>Update, 18.42 Uhr:</strong> {sentence(80)}</p>{text}<p><strong>Ursprungsmeldung, 14.05 Uhr:</strong> {sentence(81)}</p>{text}"
    html = document(f"<div>{notes}</div>", title="Brücke gesperrt", language="de", head=_DATED)
    return replace(programme_of_hours(), name="two-notes", url="https://zeitung.example.de/bruecke", html=html)


def rates_of_exchange() -> Case:
    """The same sentence each hour, with another number."""
    rows = "".join(
        f"<tr><td>{at.astimezone(_BERLIN):%H:%M}</td><td>The dollar stood at {90 + n}.{n}0 at the exchange in the harbour.</td></tr>"
        for n, at in enumerate(_minutes(9))
    )
    html = document(f"<table>{rows}</table>", title="Rates live", head=_DATED)
    return Case(name="rates-of-exchange", url="https://rates.example/today", html=html)


def songs_played() -> Case:
    """What was played when, newest first."""
    items = "".join(f"<li><span>{at:%H:%M}</span> <b>{headline(n)}</b> by the Lamps</li>" for n, at in enumerate(_minutes(12)))
    html = document(f"<ul>{items}</ul>", title="Recently played", head=_DATED)
    return Case(name="songs-played", url="https://radio.example/recently", html=html)


def answers_of_readers_in_chinese() -> Case:
    """Nothing but a button tells that readers wrote them."""
    said = ("河水一夜之间上涨，老桥又封了。", "两份名单只差十九票，真是惊险。", "港口路车站终于重新开放了。")
    items = "".join(
        f"<div><b>网友{n}</b> <span>{at.astimezone(_SHANGHAI):%Y-%m-%d %H:%M}</span><p>{said[n % 3]}第{n}楼也这样认为，希望明天天气好。</p><a>回复</a></div>"
        for n, at in enumerate(_minutes(9))
    )
    html = document(f"<p>{said[0] * 9}</p><div>{items}</div>", title="老桥封闭", language="zh-CN", head=_DATED)
    return Case(name="answers-in-chinese", url="https://xinwen.example.cn/a/1.html", html=html)


POSITIVE_LINES: tuple[Callable[[], Case], ...] = (
    called_clocks, called_clocks_without_markup, called_updates, called_clocks_alone, updates_of_a_day,
    bold_headlines_with_clocks, bold_first_words, flashes_with_some_headlines,
    rows_of_a_clock_and_a_sentence, terms_in_chinese, clocks_below_bold_headlines, times_behind_names, hours_beside_instants,
    day_in_words_at_the_top, pinned_under_another_id, commentary_by_minutes, hours_in_one_number,
    times_of_change_alone, hours_in_paragraphs, answers_to_questions, the_same_sentence_each,
)  # fmt: skip
NEGATIVE_LINES: tuple[Callable[[], Case], ...] = (
    programme_of_hours, two_notes_above_an_article, departures, programme_in_terms, rates_of_exchange, songs_played,
    answers_of_readers_in_chinese,
)  # fmt: skip
