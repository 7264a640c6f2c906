"""What the texts of a list say of it: how much a character of their script says, whether they are sentences, names, the same each time or
cut short, and whether there is an article beside them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import islice, pairwise
from typing import Any

from crawler.block_facts import BlockFacts
from crawler.candidates import Candidate
from crawler.own_text import HEADINGS, Lengths

Element = Any

_MOST_PIECES = 60  # pieces of text asked of one element
_SAMPLE = 400  # characters of a block
_FIRST = 6  # elements of a block that are asked
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)\u300d]*$")
_SENTENCE = 12  # characters, the fewest
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_COMPARED, _FEWEST_COMPARED = 12, 4  # blocks
_PARAGRAPH = 40  # characters; a label has less
_END = 90  # characters at the end of a text that are looked at
# "... Weiterlesen", "[…] Continue reading"
_CUT = re.compile(r"(?:…|\.\.\.)\W{0,4}(?:[^\W\d_]+\W{0,3}){0,3}\Z")
_ARTICLE = 1000  # characters; a standfirst has less
_LONG_ARTICLE = 2000  # characters above a list; what opens a live page is shorter
_MOST_ELEMENTS = 20_000
# A character of these says as much as several letters of an alphabet.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_IDEOGRAPHS, _SYLLABLES = re.compile("[\u3040-\u30ff\u3400-\u9fff]"), re.compile("[\uac00-\ud7a3]")


def density(block: Sequence[Any]) -> float:
    """How many letters of an alphabet one character of a block's text is worth: 2 in Chinese and Japanese, 1.5 in Korean.

    >>> density(["14:05", "老桥自中午起禁止车辆通行"]), density(["14:05", "Rain at last"])
    (2.0, 1.0)
    """
    pieces = (item if isinstance(item, str) else "".join(islice(item.itertext(), _MOST_PIECES)) for item in block[:_FIRST])
    text = "".join(pieces)[:_SAMPLE]
    if text.isascii() or not _DENSE.search(text):
        return 1.0
    letters = sum(map(str.isalpha, text))
    return 2.0 if len(_IDEOGRAPHS.findall(text)) * 2 > letters else 1.5 if len(_SYLLABLES.findall(text)) * 2 > letters else 1.0


def against_table(rows: Sequence[Element]) -> float:
    """How much speaks against rows of a table: they are a timetable's, or results. Rows of a clock and a sentence are seldom."""
    told = sum(len(row) == 2 and _ends_a_sentence(row) for row in rows)
    return -0.2 if told * 10 >= len(rows) * 8 else -0.8


def _ends_a_sentence(element: Element) -> bool:
    last = next((words for text in reversed(list(islice(element.itertext(), _MOST_PIECES))) if (words := text.strip())), "")
    return bool(_SENTENCE_END.search(last))


def say_the_same(blocks: Sequence[Sequence[Any]]) -> bool:
    """Whether blocks say the same with other numbers or names, as rates of exchange and results of draws do: told from neighbours.

    Those under a heading with a sentence below are told by somebody, in however few words.
    """
    if not are_names(blocks) and all(any(_has_heading(item) for item in block[:_FIRST]) for block in blocks[:_MOST_COMPARED]):
        return False
    words = [_words_of(block) for block in blocks[:_MOST_COMPARED]]
    alike = sum(len(one & other) * 10 >= len(one | other) * 7 for one, other in pairwise(words))
    return len(words) >= _FEWEST_COMPARED and alike * 10 >= (len(words) - 1) * 8


def _has_heading(item: Any) -> bool:
    return not isinstance(item, str) and (item.tag in HEADINGS or next(item.iter(*HEADINGS), None) is not None)


def _words_of(block: Sequence[Any]) -> frozenset[str]:
    pieces = (item if isinstance(item, str) else " ".join(islice(item.itertext(), _MOST_PIECES)) for item in block[:_FIRST])
    return frozenset(_WORD.findall(" ".join(pieces)[:_SAMPLE].lower()))


def are_names(blocks: Sequence[Sequence[Any]]) -> bool:
    """Whether hardly a block has a piece that ends as a sentence does: what was played, who won."""
    return sum(map(_has_a_sentence, blocks)) * 10 <= len(blocks) * 2


def _has_a_sentence(block: Sequence[Any]) -> bool:
    pieces = (text for item in block[:_FIRST] for text in ([item] if isinstance(item, str) else islice(item.itertext(), _MOST_PIECES)))
    return any(len(words := text.strip()) >= _SENTENCE and _SENTENCE_END.search(words) for text in pieces)


def are_cut_short(candidate: Candidate, facts: BlockFacts) -> bool:
    """Whether the texts of most blocks break off with dots, as those that lead to other pages do."""
    cut = sum(facts.of(block, "cut", partial(_is_cut, block, candidate.lengths_of)) for block in candidate.blocks)
    return len(candidate.blocks) >= 3 and cut * 10 >= len(candidate.blocks) * 6


def _is_cut(block: Sequence[Any], lengths: Lengths) -> bool:
    paragraphs = [inner for item in block if not isinstance(item, str) for inner in item.iter("p") if lengths[inner] >= _PARAGRAPH]
    texts = paragraphs[-1:] or [item for item in block if not isinstance(item, str)][-1:]
    return any(_CUT.search("".join(text.itertext())[-4 * _END :].rstrip()[-_END:]) for text in texts)


def beside_an_article(candidate: Candidate) -> bool:
    """Whether the page has an article of its own: a text that says half as much again as the whole list, or a long one above it.

    The paragraphs of an article stand together in one element; those of readers' comments stand apart.
    """
    lengths, root = candidate.lengths_of, candidate.above.getroottree().getroot()
    roots = [item for block in candidate.blocks for item in block if not isinstance(item, str)]
    inside = {inner for item in roots for inner in item.iter("p")}
    dense = density(candidate.blocks[0])
    texts: Counter[Any] = Counter()
    above: int | None = None
    for element in islice(root.iter("p", roots[0].tag), _MOST_ELEMENTS):
        if element is roots[0]:
            above = max(texts.values(), default=0)
        if element.tag == "p" and element not in inside and (length := lengths.of(element)) * dense >= _PARAGRAPH:
            texts[element.getparent()] += length
    longest = max(texts.values(), default=0)
    long_above = (longest if above is None else above) * dense >= _LONG_ARTICLE
    return long_above or (longest * dense >= _ARTICLE and longest * 2 > sum(candidate.lengths) * 3)
