"""What the text of a list says of it: how much a character of its script says, whether the rows of a table are sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Any

from crawler.own_text import HEADINGS

Element = Any

_MOST_PIECES = 60  # pieces of text asked of one element
_SAMPLE = 400  # characters of a block
_FIRST = 6  # elements of a block that are asked
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)\u300d]*$")
_SENTENCE = 12  # characters, the fewest
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_COMPARED, _FEWEST_COMPARED = 12, 4  # blocks
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
