# ruff: noqa: E501  (markup in one line, as sites send it)
"""Pages of our own after real structures whose updates are lines of a text: a word before the clock, a headline behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.generic_pages import Case, _expected, _paragraphs, document, headline, sentence
from tests.generic_tickers import _BERLIN, _DATED, _GERMAN, _minutes

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


POSITIVE_LINES: tuple[Callable[[], Case], ...] = (
    called_clocks, called_clocks_without_markup, called_updates, called_clocks_alone, updates_of_a_day,
)  # fmt: skip
NEGATIVE_LINES: tuple[Callable[[], Case], ...] = (programme_of_hours, two_notes_above_an_article)
