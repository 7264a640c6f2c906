"""Pages read from top to bottom whose updates stand beside a line that is only a time: "14:05", "August 28, 2014, 1:51pm". Pure.

The headline stands right below the time (Channel 4 News 2015, the BBC's streams) or right above it (City AM 2014).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from archive.clocks import Clock, DayName, place, read_clock, read_day
from archive.days import resolve_day
from archive.model import Extraction, Update
from crawler.page import Block, Page
from crawler.page_days import page_day

_FEWEST = 3
_DAY = 24 * 60  # minutes
_LEAST_TEXT = 40  # characters an update, on average: below that it is a programme or a table
_LONGEST_HEADLINE = 160
# Share labels and furniture that stand between updates on a line of their own.
_NOISE = re.compile(
    r"(share( this)?( (post|update|page))?|facebook|twitter|whatsapp|e-?mail|linkedin|print|copy link|link copied|advertisement|"
    r"report this social media post|back to top|load more( updates)?|show more|view more( on \w+)?|"
    r"all times stated are [a-z ]+|live reporting|edited by .{2,60}|\W*)",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?:;,\u2026][\"'\u201d\u2019)\]]*$")
_BREAKING = re.compile(r"^(?:BREAKING|Breaking)(?:\s*[:\u2013-]\s*|\s+|(?=[A-Z]))")  # "BreakingUK records ..."
_NAME = re.compile(r"[A-Z][\w.'\u2019-]+(?: (?:[A-Z][\w.'\u2019-]+|de|van|von|al)){1,3}")
_ROLE = re.compile(r".*(?:\b(?:BBC|News|Sport|correspondent|reporter|editor|presenter|producer)\b|, ).*", re.I)


@dataclass(frozen=True, kw_only=True)
class _Section:
    """The lines of one update, and its time."""

    clock: Clock
    lines: tuple[str, ...]


def extract_timed_lines(page: Page, *, zone: str | None) -> Extraction | None:
    """Return the updates of such a page, or None if it is none."""
    lines = [line for block in page.blocks for line in _lines(block)]
    whole = [clock if clock is not None and clock.is_whole else None for clock in map(_clock, lines)]
    places = [n for n, clock in enumerate(whole) if clock is not None]
    if len(places) < _FEWEST or not _in_order([whole[n] for n in places]):
        return None
    above = _headline_above(lines, places)
    first = places[0] - 1 if above else places[0]
    sections = _sections(lines, whole, places, above=above)
    if sum(len(line) for section in sections for line in section.lines) < _LEAST_TEXT * len(sections):
        return None
    days = [read_day(line) if clock is None else None for line, clock in zip(lines, whole, strict=True)]
    items: list[Clock | DayName | None] = [clock or day for clock, day in zip(whole, days, strict=True)]
    near = page_day(page) or _stated_day(items)
    placed = place(items, near=near, zone=zone) if near is not None else [None] * len(items)
    updates = tuple(_update(section, placed[n], headline_above=above) for section, n in zip(sections, places, strict=True))
    header = [line for line in lines[: max(first, 0)] if read_day(line) is None and not re.fullmatch(r"[\d\s]+", line)]
    return Extraction(title=header[0] if header else None, updates=updates, method="generic")


def _stated_day(items: Sequence[Clock | DayName | None]) -> date | None:
    """The latest day the page names with its year, beside a time or as a heading."""
    names = [item.day if isinstance(item, Clock) else item for item in items]
    days = [resolve_day(name, near=date(name.year, 7, 1)) for name in names if name is not None and name.year is not None]
    return max(days, default=None)


def _lines(block: Block) -> list[str]:
    texts = block.items or block.text.split("\n")
    return [line for text in texts if (line := " ".join(text.split())) and not _NOISE.fullmatch(line)]


def _clock(line: str) -> Clock | None:
    return read_clock(line) if len(line) <= 60 and any(char.isdigit() for char in line) else None


def _in_order(clocks: Sequence[Clock | None]) -> bool:
    """Whether most times run one way, or all within a day that turns at midnight; a timetable does too, but says nothing beside them."""
    minutes = [clock.minutes for clock in clocks if clock is not None]
    rising = sum(a <= b for a, b in pairwise(minutes))
    falling = sum(a >= b for a, b in pairwise(minutes))
    spans = (sum((a - b) % _DAY for a, b in pairwise(minutes)), sum((b - a) % _DAY for a, b in pairwise(minutes)))
    return max(rising, falling) >= 0.7 * (len(minutes) - 1) or min(spans) <= _DAY


def _is_headline(line: str) -> bool:
    return len(line) <= _LONGEST_HEADLINE and not _SENTENCE_END.search(line)


def _headline_above(lines: Sequence[str], places: Sequence[int]) -> bool:
    """Whether headlines stand above their times: a sentence follows the time, and no sentence precedes it."""
    above = sum(n > 0 and _is_headline(lines[n - 1]) for n in places)
    below = sum(n + 1 < len(lines) and _is_headline(lines[n + 1]) for n in places)
    return above > below and above >= 0.6 * len(places)


def _sections(lines: Sequence[str], whole: Sequence[Clock | None], places: Sequence[int], *, above: bool) -> list[_Section]:
    sections: list[_Section] = []
    for position, n in enumerate(places):
        end = places[position + 1] - (1 if above else 0) if position + 1 < len(places) else len(lines)
        own = [line for line in lines[n + 1 : end] if read_day(line) is None]
        headline = [lines[n - 1]] if above and n > 0 and _is_headline(lines[n - 1]) else []
        clock = whole[n]
        assert clock is not None
        sections.append(_Section(clock=clock, lines=tuple(headline + own)))
    return sections


def _update(section: _Section, published: object, *, headline_above: bool) -> Update:
    lines = list(section.lines)
    byline = title = None
    if not headline_above and len(lines) > 2 and _NAME.fullmatch(lines[0]) and _is_headline(lines[1]) and _ROLE.fullmatch(lines[1]):
        byline = lines[0]
        lines = lines[2:]
    if (len(lines) > 1 and _is_headline(lines[0])) or (len(lines) == 1 and headline_above):
        title = _BREAKING.sub("", lines.pop(0)) or None
    elif lines:
        lines[0] = _BREAKING.sub("", lines[0])
    return Update(title=title, byline=byline, text="\n\n".join(lines) or None, published=published)  # type: ignore[arg-type]
