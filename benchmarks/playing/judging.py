"""What an archive made of a history, beside its labels: hits, false alarms and misses, each mistake in words.

An archive is asked for nothing but its tables. Which entry is which update is told from the wordings it recorded, by what
the poll showed: the archive knows no identities, and updates of equal wording may stand for one another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.model import Update
from benchmarks.playing.labels import KINDS, Label, Wording, labels
from benchmarks.playing.polls import NOBODY, History, Poll


@dataclass(kw_only=True)
class Count:
    """How often one kind of event was told rightly, told falsely, and not told."""

    right: int = 0
    false: int = 0
    missed: int = 0

    def add(self, other: Count) -> None:
        self.right += other.right
        self.false += other.false
        self.missed += other.missed

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.false) if self.right + self.false else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One false alarm or miss: the poll it was made at, and in words what the archive said and what was true."""

    number: int
    kind: str
    false: bool
    words: str


@dataclass(kw_only=True)
class Verdict:
    counts: dict[str, Count] = field(default_factory=lambda: {kind: Count() for kind in KINDS})
    mistakes: list[Mistake] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One entry as it is on record."""

    title: str | None
    byline: str | None
    text: str
    published_at: str | None
    revision: int
    withdrawn: bool

    def reads(self, wording: Wording) -> bool:
        """Whether it holds this wording; a time the page does not state is not compared."""
        same = (self.title, self.byline, self.text) == (wording.title, wording.byline, wording.text)
        return same and (not wording.stated or self.published_at == wording.time)


def rows(connection: Any) -> dict[str, Row]:
    """Every entry of an archive by its slug."""
    columns = "slug, title, byline, text, published_at, revision, withdrawn_at"
    return {
        slug: Row(
            title=title,
            byline=byline,
            text=" ".join((text or "").split()),
            published_at=published_at,
            revision=revision,
            withdrawn=withdrawn_at is not None,
        )
        for slug, title, byline, text, published_at, revision, withdrawn_at in connection.execute(f"SELECT {columns} FROM entries")
    }


class Judge:
    """Watches an archive poll after poll."""

    def __init__(self, history: History, wordings: Callable[[Update], Wording]) -> None:
        self.history, self.wordings = history, wordings
        self.verdict = Verdict()
        self.owners: dict[str, int] = {}
        self.before: dict[str, Row] = {}
        self.known: dict[int, Wording] = {}
        self.open: dict[tuple[str, int], list[Label]] = defaultdict(list)
        for label in sorted(labels(history, wordings), key=lambda label: (label.first, not label.required)):
            self.open[label.kind, label.identity].append(label)

    def see(self, number: int, after: Mapping[str, Row]) -> None:
        """Compare what is on record after a poll with what was before it."""
        poll = self.history.polls[number]
        shown = [(one.identity, self.wordings(one.update)) for one in poll.shown]
        for slug, row in after.items():
            before = self.before.get(slug)
            if before == row:
                continue
            if before is None:
                self._new(number, slug, row, shown)
                continue
            owner = self.owners[slug]
            if row.revision != before.revision:
                self._edited(number, slug, row, shown)
            if row.withdrawn != before.withdrawn:
                kind = "withdrawn" if row.withdrawn else "returned"
                self._claim(number, kind, owner, "" if owner == self.owners[slug] else "; it is another update's wording")
        self.before = dict(after)
        self.known |= {identity: wording for identity, wording in shown if identity != NOBODY and poll.kind == "good"}

    def end(self) -> Verdict:
        """Count what was never told."""
        for (kind, identity), left in self.open.items():
            for label in left:
                if label.required:
                    self.verdict.counts[kind].missed += 1
                    self._mistake(label.last, kind, False, f"#{identity} is {kind}{self._span(label)}, and the archive did not say so")
        return self.verdict

    def _new(self, number: int, slug: str, row: Row, shown: list[tuple[int, Wording]]) -> None:
        found = [identity for identity, wording in shown if row.reads(wording)]
        timely = [identity for identity, wording in shown if row.reads(wording) and row.published_at == wording.time]
        owned = set(self.owners.values())
        ranked = sorted(found, key=lambda one: (not self._is_due("new", one, number), one in owned, one not in timely))
        self.owners[slug] = ranked[0] if ranked else NOBODY
        self._claim(number, "new", self.owners[slug], f" ({_short(row)})")

    def _edited(self, number: int, slug: str, row: Row, shown: list[tuple[int, Wording]]) -> None:
        owner = self.owners[slug]
        found = [identity for identity, wording in shown if row.reads(wording)]
        if owner in found or not found:
            self._claim(number, "edited", owner, f" (now {_short(row)})")
            return
        owned = set(self.owners.values())
        self.owners[slug] = other = min(found, key=lambda one: one in owned)
        self.verdict.counts["edited"].false += 1
        self._mistake(number, "edited", True, f"the entry of #{owner} was given what is #{other} ({_short(row)})")

    def _is_due(self, kind: str, identity: int, number: int) -> bool:
        return any(label.first <= number <= label.last for label in self.open[kind, identity])

    def _claim(self, number: int, kind: str, identity: int, words: str) -> None:
        left = self.open[kind, identity]
        for label in left:
            if label.first <= number <= label.last:
                left.remove(label)
                self.verdict.counts[kind].right += label.required and not label.trivial
                return
        self.verdict.counts[kind].false += 1
        self._mistake(number, kind, True, f"{self._named(identity)} is said to be {kind}{words}; {self._truth(number, identity)}")

    def _named(self, identity: int) -> str:
        return "what nobody posted here" if identity == NOBODY else f"#{identity}"

    def _truth(self, number: int, identity: int) -> str:
        poll = self.history.polls[number]
        if identity == NOBODY:
            return "it is another page's"
        state = "withdrawn" if identity in poll.gone else "not withdrawn"
        place = "shown" if any(one.identity == identity for one in poll.shown) else "not shown"
        known = "on record" if identity in self.known else "not seen before"
        return f"it is {state}, {place} and {known}"

    def _span(self, label: Label) -> str:
        return f" at poll {label.last}" if label.first == label.last else f" (polls {label.first} to {label.last})"

    def _mistake(self, number: int, kind: str, false: bool, words: str) -> None:
        self.verdict.mistakes.append(Mistake(number=number, kind=kind, false=false, words=words))


def happenings(poll: Poll) -> str:
    return "; ".join(poll.events) or "nothing"


def _short(row: Row) -> str:
    words = row.text if len(row.text) < 60 else f"{row.text[:57]}..."
    return " | ".join(part for part in (row.title and row.title[:50], words, row.published_at) if part)
