"""One block of a page taken apart: headline, byline, body. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from archive.normalise import element_text, html_to_text, one_line
from archive.remembering import Known
from crawler.block_facts import BlockFacts
from crawler.block_heads import FRAMED, LONGEST_TITLE, bare, bold_lead, lead_in, says
from crawler.block_lines import (
    credited,
    credits_alone,
    inside,
    line_of,
    name_beside,
    named_author,
    recurring,
    rest_of,
    says_nothing,
    standing_alone,
)
from crawler.block_times import Timed
from crawler.candidates import Block, Candidate
from crawler.markers import Marker
from crawler.own_text import HEADINGS, classes, is_bare_address, label, markup_without, noise, own_length, own_media, short_text

Element = Any

_TITLE_NAME = re.compile(r"head(?:line|ing)|(?<![a-z])title|(?<![a-z])titre|titel|titulo|titolo|kicker-title|subject", re.I)
_SHORTEST_PARAGRAPH = 4  # characters; "hs", "Uhr" say nothing
_LONGEST_CARD = 500  # characters: headline and standfirst of a story
_LEFT_BESIDE = 60  # characters that must stand beside a card, else it is the update itself
_SENTENCE_END = re.compile(r"[.!?\u2026:;\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)]*$")
_AFTER_CLOCK = re.compile(r"^[\s:|\u3011\uff3d\u3015\u00b7\u2022\u2013\u2014,.+-]+")
_BEFORE_CLOCK = re.compile(r"[\s(\[|\u3010\uff3b\u3014\u00b7\u2022\u2013\u2014-]+$")
_SEPARATOR = re.compile(r"\s*[:|\u00b7\u2022\u2013\u2014-]")  # <strong>14:32</strong> – Rain
_LONGEST_PLAIN_TITLE = 160  # characters of a first paragraph that is a headline without markup for it


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What one block says. `html` is its body alone, `media` the pictures and embeds that stand around it, `beside` what
    stands on the line of the time and was taken for no part, `bold` the words set in bold with the clock and the body behind them."""

    title: str | None = None
    byline: str | None = None
    html: str = ""
    media: str = ""
    beside: str | None = None
    bold: tuple[str, str] | None = None


_KNOWN: Known[Parts] = Known(most=16_384)


def take_apart(candidate: Candidate, times: Sequence[Timed], facts: BlockFacts) -> list[Parts]:
    """Return the parts of each block; a first paragraph that is a headline in nearly all of them is one."""
    names, labels = recurring(candidate.blocks, facts)
    about = frozenset(names), frozenset(labels)
    parts = [_parts_as_before(block, item, names, labels, about, facts) for block, item in zip(candidate.blocks, times, strict=True)]
    if not any(part.title for part in parts):
        beside = [part.beside for part in parts if part.beside]
        if len(beside) * 10 >= len(parts) * 7 and len(set(beside)) * 10 >= len(beside) * 9:
            return [replace(part, title=part.beside) for part in parts]
        if sum(part.bold is not None for part in parts) * 10 >= len(parts) * 7:
            return [replace(part, title=part.bold[0], html=part.bold[1]) if part.bold else part for part in parts]
        parts = _with_plain_titles(parts)
    return parts


def _parts_as_before(block: Block, times: Timed, names: set[str], labels: set[str], about: Hashable, facts: BlockFacts) -> Parts:
    """As `_parts`; what the page before showed in the same markup, with the same times, is not taken apart again."""
    own = facts.digest(block)
    published = next((place for place, marker in enumerate(times.all) if marker is times.published), None)
    key = (own, tuple([_named(marker) for marker in times.all]), published, _named(times.published), about) if own else None
    found = _KNOWN.get(key) if key else None
    if found is None:
        found = _parts(block, times, names, labels)
        if key:
            _KNOWN.keep(key, found)
    return found


def _named(marker: Marker | None) -> tuple[str, str, str, str] | None:
    """What tells a time from the others of its block."""
    return None if marker is None else (marker.form, marker.name, marker.raw, marker.element.tag)


def _parts(block: Block, times: Timed, names: set[str], labels: set[str]) -> Parts:
    elements = [element for element in block if not isinstance(element, str)]
    dropped = noise(elements)
    heading = _heading(elements, dropped, times)
    title = None
    rest = ""
    if heading is not None:
        title, rest = _title_of(heading, times)
        dropped.add(heading)
    cards = _cards(elements, heading, dropped)
    media = own_media(elements, {element for element in dropped if element is not heading and not inside(element, cards)})
    dropped |= cards
    opener = None if heading is not None else _opener(elements, times)
    lines: dict[Element, None] = {}  # in the order of the page
    byline = None
    for marker in times.all:
        if marker.element is heading or marker.element is opener or inside(marker.element, dropped):
            continue
        if marker.form == "leading":
            continue
        line = line_of(marker.element, elements, heading)
        if line is not None:
            byline = byline or name_beside(line, times)
            lines.setdefault(line)
    named = named_author(elements, dropped)
    if named is not None:
        byline = credited(element_text(named).split("\n")[0]) or byline
        dropped.add(named)
    credit = next((inner for inner in credits_alone(elements) if not inside(inner, dropped) and inner is not heading), None)
    if credit is not None:
        byline = byline or credited(short_text(credit, _LONGEST_CARD) or "")
        dropped.add(credit)
    alone = [
        (element, words)
        for item in elements
        for element, words in standing_alone(item)
        if words in names or words in labels or says_nothing(words)
    ]
    byline = byline or next((words for _, words in alone if words in names), None)
    dropped.update(element for element, _ in alone if element is not heading and not inside(heading, {element}))
    html = _markup(block, dropped | lines.keys(), opener, times)
    if not says(html) and lines:
        only = {marker.element for marker in times.all if marker.form in ("clock", "words") and marker.element not in elements}
        html = _markup(block, dropped | only, opener, times)
    if any(_SEPARATOR.match(line.tail or "") and line.getprevious() is None for line in lines):
        html = re.sub(r"^((?:\s|<[^>]*>)*)[:|\u00b7\u2022\u2013\u2014-]+\s*", r"\1", html)
    if rest:
        html = f"<p>{escape(rest, quote=False)}</p>{html}"
    if not title:
        title, html = lead_in(html)
    bold = bold_lead(html) if not title and opener is not None and _is_bold(opener) else None
    if is_bare_address(bare(html)) or not says(html):
        html = ""
    beside = None if title or heading is not None else next(filter(None, (rest_of(line, times, names | labels) for line in lines)), None)
    return Parts(title=one_line(title), byline=one_line(byline), html=html, media=media, beside=beside, bold=bold)


def _heading(elements: Sequence[Element], dropped: set[Element], times: Timed) -> Element | None:
    """The block's headline: its first heading unless text stands above it, else what is named one."""
    named = None
    for element in elements:
        for inner in element.iter():
            if not isinstance(inner.tag, str):
                continue
            if inner.tag in HEADINGS or inner.get("role") == "heading":
                return None if inside(inner, dropped) else inner
            if (
                inner.tag == "p"
                and len(element_text(inner)) >= _SHORTEST_PARAGRAPH
                and not any(m.element is inner or inner in m.element.iterancestors() for m in times.all)
                and not _TITLE_NAME.search(classes(inner))
            ):
                return named  # a heading below a paragraph belongs to the body
            if (
                named is None
                and inner is not element
                and classes(inner)
                and _TITLE_NAME.search(label(inner))
                and not inside(inner, dropped)
            ):
                words = short_text(inner, LONGEST_TITLE)
                if words:
                    named = inner
    return named


def _cards(elements: Sequence[Element], heading: Element | None, dropped: set[Element]) -> set[Element]:
    """Boxes that show another story or a video inside a block: a heading of their own that is a link or stands with a picture."""
    found: set[Element] = set()
    for element in elements:
        for inner in element.iter(*HEADINGS):
            box = inner.getparent()
            if inner is heading or box is None or box in elements or inside(inner, dropped | found) or box.tag in ("p", "li", "td", "a"):
                continue
            pictured = any(True for _ in box.iter("figure", "img", "amp-img", "video", "picture", "iframe"))
            linked = any(True for _ in inner.iter("a")) and heading is not None
            if (
                (pictured or linked)
                and (heading is None or box not in heading.iterancestors())
                and short_text(box, _LONGEST_CARD) is not None
            ):
                whole = sum(own_length(part) for part in elements)
                if whole - own_length(box) >= _LEFT_BESIDE:
                    found.add(box)
    return found


def _title_of(heading: Element, times: Timed) -> tuple[str | None, str]:
    """The headline without a clock before it, and the text that stands with it but is none (an over-long heading)."""
    inner = next(
        (
            e
            for e in heading.iter()
            if e is not heading and isinstance(e.tag, str) and re.search(r"(?:header|headline|title)[-_]*text", classes(e))
        ),
        None,
    )
    text = one_line(element_text(inner if inner is not None else heading)) or ""
    for marker in times.all:
        if marker.clock is not None and (marker.element is heading or heading in marker.element.iterancestors()):
            text = without_clock(text, marker.clock.raw[: marker.clock.end])
            if marker.clock.trails:
                text = _BEFORE_CLOCK.sub("", one_line(marker.clock.raw[: marker.clock.start]) or "")
    text = FRAMED.sub("", text)
    return (None, text) if len(text) > LONGEST_TITLE else (text or None, "")


def without_clock(text: str, clock: str) -> str:
    """Return a text without the clock it begins with and what sets it off.

    >>> without_clock("20.15 Uhr: Lights on", "20.15 Uhr")
    'Lights on'
    """
    clock = one_line(clock) or ""
    return _AFTER_CLOCK.sub("", text[len(clock) :]) if text.startswith(clock) else text


def _opener(elements: Sequence[Element], times: Timed) -> Element | None:
    """The paragraph or strong text that begins with the clock, where there is no heading."""
    marker = times.published
    if marker is None or marker.clock is None:
        return None
    return marker.element if marker.form == "leading" or marker.element in elements else None


def _is_bold(opener: Element) -> bool:
    """Whether a clock stands in bold, with what follows it there."""
    if opener.tag in ("strong", "b"):
        return True
    first = next((child for child in opener if isinstance(child.tag, str)), None)
    return first is not None and first.tag in ("strong", "b") and not (opener.text or "").strip()


def _markup(block: Block, dropped: set[Element], opener: Element | None, times: Timed) -> str:
    parts: list[str] = []
    for item in block:
        if isinstance(item, str):
            parts.append(f"<p>{escape(' '.join(item.split()), quote=False)}</p>")
        else:
            parts.append(markup_without((item,), dropped))
    html = "".join(parts)
    if opener is not None and times.published is not None and times.published.clock is not None:
        html = _without_opening(html, times.published.clock.raw[: times.published.clock.end])
    return html


def _without_opening(html: str, clock: str) -> str:
    """Markup without the clock its text begins with, markup between the clock's words left where it is."""
    words = [re.escape(escape(word, quote=False)) for word in clock.split()]
    between = r"(?:\s|&nbsp;|\u00a0|<[^>]*>)*"
    found = re.match(rf"(?P<before>(?:\s|<[^>]*>)*){between.join(words)}(?P<after>[\s:|\u00b7\u2022\u2013\u2014,.-]*)", html)
    if not found:
        return html
    rest = html[found.end() :]
    # "<strong>14:32</strong> - Rain": the separator behind the closing tag goes too.
    rest = re.sub(r"^(?P<tags>(?:\s*</(?:strong|b|span|em|time|u|a)>)*)\s*[:|\u00b7\u2022\u2013\u2014-]*\s*", r"\g<tags>", rest)
    return found["before"] + rest


def _with_plain_titles(parts: list[Parts]) -> list[Parts]:
    """Headlines that stand as the first of several paragraphs, without markup: short, no full stop, in nearly every block."""
    split = [html_to_text(part.html).split("\n\n", 1) for part in parts]
    able = [
        len(pieces) == 2
        and len(pieces[0]) <= _LONGEST_PLAIN_TITLE
        and not re.search(r"[.\u2026:;\u3002][\"'\u201d\u2019\u00bb)]*$", pieces[0])
        for pieces in split
    ]
    if len(parts) < 4 or sum(able) * 10 < len(parts) * 8:
        return parts
    lengths = Counter(len(pieces[0]) < len(pieces[-1]) for pieces, fits in zip(split, able, strict=True) if fits)
    if lengths[True] * 10 < sum(lengths.values()) * 8:
        return parts
    result = []
    for part, pieces, fits in zip(parts, split, able, strict=True):
        if not fits:
            result.append(part)
            continue
        html = "".join(f"<p>{escape(piece, quote=False)}</p>" for piece in pieces[1].split("\n\n"))
        result.append(Parts(title=one_line(pieces[0]), byline=part.byline, html=html, media=part.media))
    return result
