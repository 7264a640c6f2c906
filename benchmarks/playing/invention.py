"""Updates that stand between a real page's own: made of its words, in its kind of time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from archive.model import Update, When
from benchmarks.playing.rewording import NAMES, SHORT, Prose, at_instant, clock, seen, text_of, with_text


class Invention:
    """A page's updates among others made of its words: repeated titles, very short ones, two in a minute."""

    def __init__(self, ordered: Sequence[Update], chance: random.Random, prose: Prose) -> None:
        self.ordered, self.chance, self.prose = ordered, chance, prose
        self.titled = sum(bool(update.title) for update in ordered) / len(ordered)
        self.lengths = [min(150, max(8, len(text_of(update).split()))) for update in ordered]
        self.bylines = [update.byline for update in ordered]
        self.plain = all(update.html is None for update in ordered)

    def updates(self) -> list[Update]:
        """The page's updates in their order with others in between."""
        chance = self.chance
        extra = chance.randint(2, 8)
        if len(self.ordered) < 30 and chance.random() < 0.6:
            extra = max(extra, chance.randint(14, 40) - len(self.ordered))
        places = Counter(chance.randint(1, len(self.ordered)) for _ in range(extra))
        found: list[Update] = []
        for place, update in enumerate(self.ordered, start=1):
            found.append(update)
            following = self.ordered[place].published if place < len(self.ordered) else None
            for _ in range(places[place]):
                found.append(self._unlike(found, following))
        return found

    def _unlike(self, found: Sequence[Update], following: When | None) -> Update:
        taken = {seen(update) for update in [*found, *self.ordered]}
        while True:
            made = self._one(found, _after(found[-1].published, following, self.chance))
            if seen(made) not in taken:
                return made

    def _one(self, found: Sequence[Update], published: When | None) -> Update:
        chance = self.chance
        update = Update(title=None, byline=chance.choice(self.bylines), html=None if self.plain else "", published=published)
        if chance.random() < self.titled:
            update = replace(update, title=self.prose.run(chance, chance.randint(3, 10)))
        kind = chance.random()
        titles = [one.title for one in found if one.title]
        if kind < 0.15:
            short = chance.choice(SHORT) if clock(update) else f"{chance.choice(SHORT)} {chance.choice(NAMES)}"
            return with_text(replace(update, title=None if chance.random() < 0.7 else update.title), short)
        if kind < 0.25 and titles:
            update = replace(update, title=chance.choice(titles))
        return with_text(update, self.prose.text(chance, chance.choice(self.lengths)))


def _after(previous: When | None, following: When | None, chance: random.Random) -> When | None:
    """A time soon after the one before, and before the one that follows where that is later."""
    if previous is None or previous.precision not in ("second", "minute"):
        return previous
    room = (following.instant - previous.instant).total_seconds() if following else 1800.0
    room = min(room, 1800.0) if room > 0 else 300.0
    if chance.random() < 0.2:
        room = min(room, 50.0)  # two in a minute
    return at_instant(previous, previous.instant + timedelta(seconds=int(chance.uniform(0, room))))
