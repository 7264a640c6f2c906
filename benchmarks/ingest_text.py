"""Pages to record: real words in real proportions, put together anew, so that no text is the corpus's and none comes twice."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from itertools import accumulate
from pathlib import Path

from archive.errors import ArchiveError
from archive.model import Extraction, Update
from archive.normalise import html_to_text
from archive.times import from_epoch
from benchmarks.extraction import SHARED, corpus, saved_pages
from crawler.extraction import extract
from crawler.page import Page

LENGTH = 660  # characters of text an update
PARAGRAPH = 330
START = 1.7e9


@cache
def words(folder: Path = SHARED / "corpus") -> tuple[list[str], list[int]]:
    """The words of every update of the corpus (or of the tests' pages), and how often each is said, summed up."""
    counts: Counter[str] = Counter()
    for subject in corpus(folder) or saved_pages():
        try:
            found = extract(Page.from_file(subject.path, url=subject.url))
        except ArchiveError:
            continue
        for update in found.updates:
            counts.update(re.findall(r"[\w'’-]+[.,;:!?]?", html_to_text(update.html) if update.html else update.text or ""))
    vocabulary = sorted(counts)
    return vocabulary, list(accumulate(counts[word] for word in vocabulary))


def said(chance: random.Random, length: int) -> str:
    """Words as often as they are said, about so many characters of them."""
    vocabulary, sums = words()
    chosen = chance.choices(vocabulary, cum_weights=sums, k=length // 5)
    size, end = 0, 0
    while end < len(chosen) and size < length:
        size += len(chosen[end]) + 1
        end += 1
    return " ".join(chosen[:end])


def update(page: int, number: int, *, seed: int = 1) -> Update:
    """One update: two paragraphs, in every tenth a link and a word in bold; an address and a time to the second of its own."""
    chance = random.Random(f"{seed}/{page}/{number}")
    first, second = said(chance, PARAGRAPH), said(chance, LENGTH - PARAGRAPH)
    if number % 10 == 0:
        first = f'{first} <a href="https://www.times.example/{page}/{number}">more</a> <strong>now</strong>'
    return Update(
        source_id=f"block-{page:x}-{number}",
        url=f"https://www.times.example/live/{page}#block-{page:x}-{number}",
        title=said(chance, 50) if number % 2 else None,
        byline="Ada Vell" if number % 4 == 0 else None,
        html=f"<p>{first}</p><p>{second}</p>",
        published=from_epoch(START + page * 10_000 - number * 60),
    )


def page_of(page: int, updates: tuple[Update, ...], *, title: str = "Storm in Vale: live") -> Extraction:
    return Extraction(
        url=f"https://www.times.example/live/{page}",
        publisher="times",
        publisher_name="The Times of Vale",
        live_blog_key=f"live/{page}",
        title=title,
        language="en",
        zone="Europe/London",
        updates=updates,
        method="benchmark",
    )


def pages(count: int, *, first: int = 0, size: int = 50) -> list[Extraction]:
    return [page_of(page, tuple(update(page, number) for number in range(size))) for page in range(first, first + count)]
