"""What editors do to one update: a word, a sentence, half a text, all of it, the headline, the clock. Seeded and pure."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape

from archive.model import Update, When
from archive.normalise import fold_space, html_to_text, tidy

FEWEST = 200  # words a page must lend before its prose is made of them alone
SPARE = (
    "the a of in and to on at from with after before over near about more fewer new early late said says told asked opened closed "
    "moved held found sent called waited harbour bridge school council minister rain wind river train station road crowd market "
    "hospital police mayor result vote match second half hour morning evening people lorries houses boats lines coast village"
).split()
SHORT = tuple("Goal!|Half-time.|Full time.|Yellow card!|Corner.|Kick-off!|Penalty!|Still raining.|Applause.|More soon.".split("|"))
NAMES = ("Ada Quill", "Ben Osei", "Clara Roth", "Dmitri Vale", "Elin Strand", "Our correspondents", "Staff and agencies")
LONG_ENOUGH = 5  # words from which on a text can be told from another by its words
SENTENCE = re.compile(r"(?<=[.!?…])\s+")
WORD = re.compile(r"\S+")
TAG = re.compile(r"(<[^>]*>)")


class Prose:
    """Sentences nobody wrote, of the words of one page: they share its language and its names with every text on it."""

    def __init__(self, texts: Iterable[str]) -> None:
        found = [word.strip(".,;:!?…\"'“”„«»()[]|-–—*") for text in texts for word in text.split()]
        self.words = [word for word in found if word and "/" not in word and any(letter.isalpha() for letter in word)]
        if len(self.words) < FEWEST:
            self.words += SPARE * (1 + FEWEST // len(SPARE))

    def word(self, chance: random.Random, *, but: str = "") -> str:
        for _ in range(20):
            word = chance.choice(self.words)
            if word.lower() != but.lower():
                return word
        return "otherwise"

    def run(self, chance: random.Random, count: int) -> str:
        """`count` words without a full stop, the first with a capital."""
        words = [self.word(chance) for _ in range(max(1, count))]
        return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])

    def text(self, chance: random.Random, count: int) -> str:
        """About `count` words in sentences, in paragraphs of one to four of them."""
        paragraphs: list[str] = []
        while count > 0:
            sentences = []
            for _ in range(chance.randint(1, 4)):
                length = min(max(count, 3), chance.randint(6, 22))
                sentences.append(self.run(chance, length) + ".")
                count -= length
                if count <= 0:
                    break
            paragraphs.append(" ".join(sentences))
        return "\n\n".join(paragraphs)


def text_of(update: Update) -> str:
    """The text readers see, paragraphs apart by an empty line."""
    return fold_space(html_to_text(update.html)) if update.html else tidy(update.text)


def with_text(update: Update, text: str) -> Update:
    """The update with another text, as markup where it had markup."""
    if update.html is None:
        return replace(update, text=text)
    paragraphs = (escape(part, quote=False).replace("\n", "<br>") for part in text.split("\n\n") if part)
    return replace(update, html="".join(f"<p>{part}</p>" for part in paragraphs), text=None if update.text is None else text)


def is_short(text: str) -> bool:
    return len(text.split()) < LONG_ENOUGH


def alike(one: str, other: str) -> bool:
    """Whether two texts are long enough to be told from others and share at least half of their words."""
    if is_short(one) or is_short(other):
        return False
    first, second = Counter(one.lower().split()), Counter(other.lower().split())
    return 2 * (first & second).total() >= 0.5 * (first.total() + second.total())


# The edits. Each returns the update changed, or None where it has nothing that could so be changed.


def one_word(update: Update, chance: random.Random, prose: Prose) -> Update | None:
    text = text_of(update)
    if is_short(text):
        return None
    if update.html and update.text is None:
        parts = TAG.split(update.html)
        places = [n for n, part in enumerate(parts) if n % 2 == 0 and len(part.split()) > 2]
        for place in chance.sample(places, min(3, len(places))):
            parts[place] = _replaced(parts[place], chance, prose)
            changed = replace(update, html="".join(parts))
            if 0 < abs_difference(text_of(changed), text) <= 2:
                return changed
            parts = TAG.split(update.html)
    return with_text(update, _replaced(text, chance, prose))


def abs_difference(one: str, other: str) -> int:
    first, second = Counter(one.split()), Counter(other.split())
    return ((first - second) + (second - first)).total()


def _replaced(text: str, chance: random.Random, prose: Prose) -> str:
    found = chance.choice(list(WORD.finditer(text)))
    return text[: found.start()] + prose.word(chance, but=found[0]) + text[found.end() :]


def sentence_added(update: Update, chance: random.Random, prose: Prose) -> Update | None:
    text = text_of(update)
    if is_short(text):
        return None
    added = prose.run(chance, chance.randint(5, 18)) + "."
    if chance.random() < 0.4:
        return with_text(update, f"{text}\n\n{added}")
    paragraphs = text.split("\n\n")
    place = chance.randrange(len(paragraphs))
    sentences = SENTENCE.split(paragraphs[place])
    sentences.insert(chance.randint(0, len(sentences)), added)
    paragraphs[place] = " ".join(sentences)
    return with_text(update, "\n\n".join(paragraphs))


def sentence_removed(update: Update, chance: random.Random, prose: Prose) -> Update | None:
    paragraphs = [SENTENCE.split(part) for part in text_of(update).split("\n\n")]
    if sum(map(len, paragraphs)) < 3:
        return None
    place = chance.choice([n for n, sentences in enumerate(paragraphs) if sentences])
    del paragraphs[place][chance.randrange(len(paragraphs[place]))]
    text = "\n\n".join(" ".join(sentences) for sentences in paragraphs if sentences)
    return None if is_short(text) else with_text(update, text)


def half_the_text(update: Update, chance: random.Random, prose: Prose) -> Update | None:
    text = text_of(update)
    words = list(WORD.finditer(text))
    if len(words) < 2 * LONG_ENOUGH:
        return None
    half = len(words) // 2
    first = chance.choice((0, half, chance.randint(0, half)))
    last = min(first + half, len(words)) - 1
    return with_text(update, text[: words[first].start()] + prose.run(chance, half) + text[words[last].end() :])


def whole_text(update: Update, chance: random.Random, prose: Prose) -> Update | None:
    length = len(text_of(update).split())
    if not length:
        return None
    return with_text(update, prose.text(chance, max(3, round(length * chance.uniform(0.6, 1.5)))))


def title(update: Update, chance: random.Random, prose: Prose) -> Update | None:
    if not update.title:
        return None
    if chance.random() < 0.4:
        return replace(update, title=prose.run(chance, chance.randint(3, 10)))
    if chance.random() < 0.3:
        return replace(update, title=f"{update.title} {prose.word(chance)}")
    return replace(update, title=_replaced(update.title, chance, prose))


def byline(update: Update, chance: random.Random, prose: Prose) -> Update | None:
    if update.byline and chance.random() < 0.3:
        return replace(update, byline=f"{update.byline} and {chance.choice(NAMES)}")
    return replace(update, byline=chance.choice([name for name in NAMES if name != update.byline]))


def time(update: Update, chance: random.Random, prose: Prose) -> Update | None:
    """The time corrected by a minute to an hour."""
    when = update.published
    if when is None or when.precision not in ("second", "minute"):
        return None
    minutes = chance.choice((-1, 1)) * chance.choice((1, 2, 3, 5, 10, chance.randint(1, 60), 60))
    return replace(update, published=at_instant(when, when.instant + timedelta(minutes=minutes)))


def at_instant(when: When, instant: datetime) -> When:
    """The same kind of statement of another instant."""
    if when.precision == "minute":
        instant = instant.replace(second=0, microsecond=0)
    raw = instant.strftime("%H:%M") if when.basis == "inferred" else instant.isoformat()
    return replace(when, instant=instant, raw=raw)


Edit = Callable[[Update, random.Random, Prose], Update | None]
EDITS: dict[str, Edit] = {
    "word": one_word,
    "sentence added": sentence_added,
    "sentence removed": sentence_removed,
    "half": half_the_text,
    "whole": whole_text,
    "title": title,
    "time": time,
    "byline": byline,
}


def clock(update: Update) -> str | None:
    """The instant an update states to the minute or better, comparable; None if it has none."""
    when = update.published
    return when.instant.astimezone(UTC).isoformat() if when and when.precision in ("second", "minute") else None


def seen(update: Update) -> tuple[str | None, ...]:
    """What readers see of an update."""
    return update.title, update.byline, " ".join(text_of(update).split()), clock(update)


def recognisable(before: Update, after: Update, others: Sequence[Update]) -> bool:
    """Whether somebody who saw only `before` could know that `after` is the same update.

    Never if text, title and time all changed. Else by a title or a time no other update has, kept; or by a text that
    kept half of its words.
    """
    one, other = text_of(before), text_of(after)
    same_title, same_time = before.title == after.title, clock(before) == clock(after)
    if one != other and not same_title and not same_time:
        return False
    if same_title and after.title and all(after.title != found.title for found in others):
        return True
    own = clock(after)
    if same_time and own and all(own != clock(found) for found in others):
        return True
    return alike(one, other)


def cut_short(update: Update, words: int, *, mark: bool) -> Update:
    """The update as a teaser: its first words, with `mark` an ellipsis."""
    found = list(WORD.finditer(text_of(update)))
    if len(found) <= words:
        return update
    return with_text(update, text_of(update)[: found[words - 1].end()] + ("…" if mark else ""))


def noisy(update: Update, chance: random.Random) -> Update:
    """The same words in other markup: a wrapper, an attribute, a share count nobody reads."""
    if not update.html:
        return update
    return replace(update, html=f'<div class="b-{chance.randrange(10**6)}" data-shares="{chance.randrange(999)}">{update.html}</div>')
