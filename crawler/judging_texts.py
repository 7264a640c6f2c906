"""What the texts of a list and of the page around it say: whether they are cut short, whether there is an article beside them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any

from crawler.block_facts import BlockFacts
from crawler.candidates import Candidate
from crawler.judging_text import density
from crawler.own_text import Lengths

_PARAGRAPH = 40  # characters; a label has less
_END = 90  # characters at the end of a text that are looked at
# "... Weiterlesen", "[…] Continue reading"
_CUT = re.compile(r"(?:…|\.\.\.)\W{0,4}(?:[^\W\d_]+\W{0,3}){0,3}\Z")
_ARTICLE = 1000  # characters; a standfirst has less
_LONG_ARTICLE = 2000  # characters above a list; what opens a live page is shorter
_MOST_ELEMENTS = 20_000


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
