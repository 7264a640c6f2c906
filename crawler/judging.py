"""How sure it is that the repeated blocks of a page are live updates, and not the other things that repeat with a time on each. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import islice, pairwise
from typing import Any
from urllib.parse import urlsplit

from archive.clocks import read_day
from crawler.block_times import Timed
from crawler.candidates import Candidate
from crawler.judging_links import against_pointers, leading_away, linked
from crawler.judging_text import against_table, are_cut_short, are_names, beside_an_article, density, say_the_same
from crawler.judging_times import clocks_of, counted_from_nought, in_order, names_differ, on_a_timetable, usual_gap
from crawler.own_text import Lengths, label, own_words
from crawler.page import Page
from crawler.signs import BLOCK_WORDS, LIVE_WORDS, OTHER_WORDS, SURE_BLOCK_WORDS, how_sure

Element = Any

_MARGINS = frozenset(("aside", "nav", "footer", "header", "form"))
_LEVELS = 8  # elements above the list whose names are asked
# Other kinds of pages, by their address.
_OTHER_ADDRESS = re.compile(
    r"forum|thread|viewtopic|showthread|/comments?(?:/|$)|/reviews?(?:/|$)|schedule|tv-?guide|programm|fixtures|/search|[?&](?:q|query|s)=|podcast|playlist|now-?playing|/recipes?|rezept|recette|/tags?/|/topics?/|/author|/archive|kalender|calendar",
    re.I,
)
_DAY = 26 * 60  # minutes; a daily column now and then is an hour late
# What stands in a block that readers wrote.
_SOCIAL_NAME = re.compile(
    r"repl(?:y|ies)|avatar|profile|member|user-?(?:name|info|link|id)?(?![a-z])|signature|reputation|upvote|downvote|(?<![a-z])votes?(?![a-z])|report-?abuse|commenter|likes?(?![a-z])|karma",
    re.I,
)
_WHOLE = 2000  # characters; with days between them, that are articles one below the other
# What a button says under each of them.
_REPLY = re.compile(
    r"reply|antworten|répondre|responder|rispondi|reageer|beantwoorden|svara|svar|vastaa|odpowiedz|odpovědět|válasz|yanıtla|cevapla|ответить"
    r"|відповісти|odgovori|отговори|răspunde|απάντηση|رد|הגב|जवाब दें|返信|回复|回覆|답글|balas|trả lời|ตอบ(?:กลับ)?",
    re.I,
)
_LONGEST_REPLY = 16  # characters
_LONG, _NAMES, _FAIR, _SHORT = 120, 80, 50, 35  # characters; a headline in a list has some 60, and less than a fair text besides


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A list to be judged, with what is asked of it more than once. `times_of` reads the times of its blocks, or of more than
    those, only if they matter."""

    candidate: Candidate
    page: Page
    title: str
    times_of: Callable[[], Sequence[Timed]]

    @cached_property
    def timed(self) -> Sequence[Timed]:
        return self.times_of()

    @cached_property
    def times(self) -> Sequence[Timed]:
        return self.timed[: len(self.candidate.blocks)]

    @cached_property
    def clocks(self) -> list[float]:
        return clocks_of(self.times)

    @cached_property
    def heads(self) -> list[Element]:
        return [next(item for item in block if not isinstance(item, str)) for block in self.candidate.blocks]

    @cached_property
    def names(self) -> list[str]:
        facts = self.page.block_facts
        return [facts.of(block, "names", partial(_names_of, head)) for block, head in zip(self.candidate.blocks, self.heads, strict=True)]

    @cached_property
    def lengths(self) -> list[int]:
        """How much each block says, in letters of an alphabet, the shortest first."""
        dense = density(self.candidate.blocks[0])
        return sorted(round(length * dense) for length in self.candidate.lengths)

    @cached_property
    def middle(self) -> int:
        """The length in the middle; of two the shorter. When an article was published and when it was changed are two times, of which
        one stands above all its text."""
        return self.lengths[len(self.lengths) // 2 if len(self.lengths) > 2 else 0]

    @cached_property
    def is_sure(self) -> bool:
        """Whether the blocks are named as updates."""
        sure = sum(bool(SURE_BLOCK_WORDS.search(name)) for name in self.names)
        return sure * 2 > len(self.names) or self.candidate.form == "named"

    @cached_property
    def leads_away(self) -> bool:
        """Whether nearly each block leads to another page."""
        away = leading_away(self.candidate, self.page)
        if self.is_sure and away * 10 >= len(self.heads) * 7:  # also the pointers beside an update lead away
            away = leading_away(self.candidate, self.page, own=True)
        return away * 10 >= len(self.heads) * 7

    @cached_property
    def is_called_live(self) -> bool:
        """Whether the page's address or title says that it is live."""
        return _says_live(f"{urlsplit(self.page.url).path} {self.title} ")

    @cached_property
    def around(self) -> str:
        """The names of the boxes around the list."""
        return " ".join(own_words(label(element)) for element in _above(self.candidate.above))

    def most(self, holds: Iterable[object]) -> bool:
        return sum(map(bool, holds)) * 2 > len(self.candidate.blocks)


def certainty(case: Case, *, asked: float = 0.0) -> tuple[float, dict[str, float]]:
    """Return how sure it is, 0 to 1, and the signs it was told from.

    The signs are read from the cheapest to the dearest. Where even all that is left could not make it as sure as is
    `asked`, reading ends, and what is returned is below that.
    """
    signs: dict[str, float] = {}
    left = sum(most for most, _ in _READERS)
    for most, read in _READERS:
        left -= most
        signs |= read(case)
        if how_sure(signs | {"what is left": left}) < asked:
            return how_sure(signs | {"what is left": left}), signs
    return how_sure(signs), {name: value for name, value in signs.items() if value}


def _of_text(case: Case) -> dict[str, float]:
    count, middle = len(case.heads), case.middle
    return {
        "text of their own": 1.0 if middle >= _LONG else 0.5 if middle >= _FAIR else -1.2 if middle < _SHORT else 0.0,
        "a table": against_table(case.heads)
        if middle < _LONG and case.most(head.tag in ("tr", "td", "option") for head in case.heads)
        else 0.0,
        "only two": (-0.1 if case.is_sure else -0.5) if count == 2 else 0.2 if count >= 6 else 0.0,
    }


def _of_names(case: Case) -> dict[str, float]:
    count = len(case.heads)
    own_ids = sum(head.get("id") is not None or any(name.endswith("id") for name in head.attrib) for head in case.heads)
    return {
        "an id each": 0.3 if own_ids * 10 >= count * 8 else 0.0,
        "named as live updates": 1.0 if case.is_sure else 0.3 if case.most(map(_names_block, case.names)) else 0.0,
        "named as something else": -1.6 if case.most(map(_names_other, case.names)) else 0.0,
    }


def _of_place(case: Case) -> dict[str, float]:
    return {
        "in the margin": -1.5 if any(element.tag in _MARGINS for element in _above(case.candidate.above)) else 0.0,
        "inside something else": -1.2 if OTHER_WORDS.search(case.around) else 0.0,
        "words of live coverage": 0.8 if case.is_called_live or _says_live(case.around) else 0.0,
        "an address of something else": -0.8 if _OTHER_ADDRESS.search(case.page.url) and not case.is_sure else 0.0,
    }


def _of_links(case: Case) -> dict[str, float]:
    candidate, middle = case.candidate, case.middle
    return {
        "each leads to another page": (against_pointers(candidate, case.page) if case.is_sure else -2.1 if middle < 250 else -1.5)
        if case.leads_away
        else 0.0,
        "links instead of text": -1.0 if middle < 300 and linked(candidate) > 0.6 else 0.0,
    }


def _of_paragraphs(case: Case) -> dict[str, float]:
    facts, lengths = case.page.block_facts, case.candidate.lengths_of
    paragraphs = sorted(facts.of(block, "paragraphs", partial(_paragraphs, block, lengths)) for block in case.candidate.blocks)
    count = len(paragraphs)
    return {"paragraphs": (0.3 if paragraphs[count // 2] >= 1 else 0.0) + (0.4 if paragraphs[-max(1, count // 3)] >= 2 else 0.0)}


def _of_times(case: Case) -> dict[str, float]:
    times, clocks, count, sure = case.times, case.clocks, len(case.heads), case.is_sure
    timed = sum(item.published is not None or item.updated is not None for item in times)
    words = sum(item.published is not None and item.published.form == "words" and read_day(item.published.raw) is None for item in times)
    return {
        "a time each": 0.0 if timed * 10 < count * 6 else 0.8 if len(clocks) * 2 > count else 0.4 if words * 2 > count else 0.0,
        "no time, and no name that would do without": -1.0 if timed * 10 < count * 6 and not sure else 0.0,
        "days without a clock": -1.2 if timed * 2 > count and not clocks and words * 2 <= count else 0.0,
        "clock headings in a text": 0.5 if case.candidate.form == "runs" and clocks else 0.0,
        "in the order of time": in_order(clocks),
        "days between them": (-1.6 if not sure and (case.middle >= _WHOLE or case.leads_away) else -1.0)
        if usual_gap(times) > _DAY
        else 0.0,
        "minutes of a timetable": on_a_timetable(clocks),
        "forward, and no word of live coverage": _unsaid(case),
        "counted from nought": counted_from_nought(times, live=case.is_called_live),
    }


def _of_readers(case: Case) -> dict[str, float]:
    if case.is_sure:
        return {}
    facts, blocks = case.page.block_facts, case.candidate.blocks
    social = [facts.of(block, "readers", partial(_social_parts, block)) for block in blocks]
    return {
        # One alone may be a reporter's picture.
        "written by readers": -2.0 if case.most(said >= 4 for said in social) else -1.2 if case.most(said >= 2 for said in social) else 0.0,
        "a different name beside each time": -1.0 if names_differ(case.times) else 0.0,
        "the same words each": -1.2 if case.middle < _LONG and say_the_same(blocks) else 0.0,
        "names, no sentences": -0.6 if case.middle < _NAMES and are_names(blocks) else 0.0,
    }


def _of_other_texts(case: Case) -> dict[str, float]:
    """What is asked last, of lists that are likely so far: the texts to which they may belong."""
    if case.is_sure:
        return {}
    live = case.is_called_live or _says_live(case.around)
    return {
        "cut short": -1.5 if are_cut_short(case.candidate, case.page.block_facts) else 0.0,
        "beside an article": -1.3 if not live and beside_an_article(case.candidate) else 0.0,
    }


# What each can say for a list at most. What costs least stands first.
_READERS: tuple[tuple[float, Callable[[Case], dict[str, float]]], ...] = (
    (1.2, _of_text),
    (1.3, _of_names),
    (0.8, _of_place),
    (0.0, _of_links),
    (0.7, _of_paragraphs),
    (1.8, _of_times),
    (0.0, _of_readers),
    (0.0, _of_other_texts),
)


def _above(element: Element) -> list[Element]:
    found = []
    for _ in range(_LEVELS):
        if element is None or element.tag in ("body", "html"):
            break
        found.append(element)
        element = element.getparent()
    return found


def _names_of(head: Element) -> str:
    return " ".join((label(head), *(label(child) for child in islice(head, 4) if isinstance(child.tag, str))))


def _paragraphs(block: Sequence[Any], lengths: Lengths) -> int:
    return sum(1 for item in block if not isinstance(item, str) for inner in item.iter("p", "blockquote", "ul") if lengths[inner] >= 40)


@lru_cache(maxsize=4096)
def _says_live(name: str) -> bool:
    return bool(LIVE_WORDS.search(name))


@lru_cache(maxsize=4096)
def _names_block(name: str) -> bool:
    return bool(BLOCK_WORDS.search(name))


@lru_cache(maxsize=4096)
def _social(name: str) -> re.Match[str] | None:
    return _SOCIAL_NAME.search(name)


@lru_cache(maxsize=4096)
def _names_other(name: str) -> bool:
    return bool(OTHER_WORDS.search(own_words(name)))


def _social_parts(block: Sequence[Any]) -> int:
    """How many a block has of what readers' posts have: picture, profile, votes, replies and so on; a field or a button to answer with
    is two at least."""
    said: set[str] = set()
    answered = False
    for item in block:
        if isinstance(item, str):
            continue
        for inner in islice(item.iter(), 60):
            if not isinstance(inner.tag, str):
                continue
            if inner.tag == "textarea" or _is_reply(inner):
                answered = True
            for told in (_social(label(inner)), _SOCIAL_NAME.search(inner.get("href") or "")):
                if told:
                    said.add(told[0].lower()[:4])
    return max(2 * answered, len(said))


def _is_reply(element: Element) -> bool:
    """Whether an element is a button to answer with. In a heading the same word opens the answer to a question."""
    text = element.text if element.tag in ("a", "button", "span") else None
    return text is not None and len(text) <= _LONGEST_REPLY and _REPLY.fullmatch(text.strip()) is not None


def _unsaid(case: Case) -> float:
    """Against: clocks that run forward on a page that nowhere says that it is live are a programme's. Most updates stand newest first."""
    clocks = [item.published.clock for item in case.times if item.published is not None]
    if len(clocks) < 4 or None in clocks or case.is_sure or any(clock.day is not None for clock in clocks if clock is not None):
        return 0.0
    minutes = [clock.minutes for clock in clocks if clock is not None]
    if any(b < a for a, b in pairwise(minutes)) or case.is_called_live or _says_live(case.around):
        return 0.0
    return -1.3
