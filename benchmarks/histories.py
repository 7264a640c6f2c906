"""Labelled histories of a live blog: what its editors did, what each poll showed, and who is who on it. Seeded and pure.

A history begins with the older part of a real page's updates; the others arrive poll after poll, among updates of the
page's own words. Between two polls editors reword, correct, move, withdraw, restore and pin; the page shows its newest
ones or all; some polls are broken. docs/changes.md tells which of it a reader of the page could know.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from archive.model import Extraction, Update
from benchmarks.playing.invention import Invention
from benchmarks.playing.polls import BROKEN, NOBODY, History, Poll, Shown
from benchmarks.playing.profiles import ORDINARY, Profile
from benchmarks.playing.rewording import EDITS, Prose, clock, cut_short, noisy, recognisable, seen, text_of

LARGEST = 45  # updates of one page in a history; the longer pages lend a run of theirs
FEWEST_SHOWN = 4
PIN_STYLES = ("marked", "both marked", "unmarked", "moved")


def history(page: Extraction, others: Sequence[Extraction], *, seed: str, profile: Profile = ORDINARY) -> History:
    """Play one history on a page; `others` are the pages that may turn up at its address. One seed, one history."""
    chance = random.Random(seed)
    blog = _Blog(page, others, chance, profile)
    count = chance.randint(*profile.polls)
    blog.pace = max(0.4, 1.2 * len(blog.queue) / count)
    polls = []
    for number in range(count):
        blog.happened = []
        if number:
            blog.go_on(number)
        sound = number in (0, count - 1) or chance.random() >= profile.broken
        polls.append(blog.poll("good" if sound else chance.choice(BROKEN)))
    return History(polls=tuple(polls), edits=dict(blog.edits))


def running(page: Extraction) -> tuple[list[Update], bool]:
    """A page's updates, the oldest place first and none of them pinned, and whether the page shows the newest first."""
    plain = [replace(update, pinned=False) for update in page.updates if not update.pinned]
    times = [time for time in map(clock, plain) if time]
    rising = sum(one < two for one, two in pairwise(times))
    newest_first = rising < 0.8 * max(1, len(times) - 1)
    ordered = plain[::-1] if newest_first else plain
    for update in (replace(update, pinned=False) for update in page.updates if update.pinned):
        own = clock(update)
        place = next((n for n, other in enumerate(ordered) if own and (clock(other) or "") > own), len(ordered))
        ordered.insert(place, update)
    return ordered, newest_first


class _Blog:
    """A live blog between polls: the truth."""

    def __init__(self, page: Extraction, others: Sequence[Extraction], chance: random.Random, profile: Profile) -> None:
        self.page, self.others, self.chance, self.profile = page, others, chance, profile
        ordered, self.newest_first = running(page)
        if len(ordered) > LARGEST:
            first = chance.randint(0, len(ordered) - LARGEST)
            ordered = ordered[first : first + LARGEST]
        self.prose = Prose(text_of(update) for update in ordered)
        with_invented = Invention(ordered, chance, self.prose).updates()
        self.updates = {n: replace(one, source_id=one.source_id or f"s{n}") for n, one in enumerate(with_invented)}
        total = len(self.updates)
        begun = max(min(3, total), round(total * chance.uniform(0.25, 0.7)))
        self.order, self.queue = list(range(begun)), list(range(begun, total))
        self.complete = chance.random() < (0.55 if page.complete else 0.15)
        self.window = None if self.complete or chance.random() < 0.3 else chance.randint(10, max(10, min(50, total - 3)))
        self.pin_style = chance.choice(PIN_STYLES)
        self.title = page.title
        self.gone: set[int] = set()
        self.pins: list[int] = []
        self.held: dict[int, int] = {}
        self.moved: set[int] = set()
        self.last_shown: dict[int, list[Update]] = {}
        self.on_page: list[int] = []  # what the last good poll showed in its place, the oldest place first
        self.withdrawn_since = self.posted_since = 0
        self.pace = 1.0
        self.now = datetime(2024, 1, 1, 12, tzinfo=UTC)
        self.happened: list[str] = []
        self.edits: Counter[str] = Counter()
        known = [update.published.instant for update in map(self.updates.__getitem__, self.order) if update.published]
        if known:
            self.now = max(known).astimezone(UTC) + timedelta(minutes=chance.randint(1, 20))

    # What happens between two polls

    def go_on(self, number: int) -> None:
        chance, profile = self.chance, self.profile
        self.now += timedelta(minutes=chance.randint(2, 15), seconds=chance.randrange(60))
        if chance.random() < profile.quiet:
            return
        self._post(number)
        for _ in range(chance.choices(range(len(profile.most_edits)), profile.most_edits)[0]):
            self._edit()
        if chance.random() < profile.move:
            self._move()
        for identity in sorted(self.gone):
            if chance.random() < profile.returns:
                self._return(identity)
        for _ in range(profile.most_withdrawn):
            if chance.random() < profile.withdrawal:
                self._withdraw()
        if self.pins and chance.random() < profile.unpin:
            self.happened.append(f"#{self.pins[0]} unpinned")
            self.pins.pop(0)
        if len(self.pins) < 2 and chance.random() < profile.pin:
            self._pin()
        if self.window is not None:
            self._resize(self.window)
        if self.title and chance.random() < profile.retitled:
            self.title = self.prose.run(chance, chance.randint(5, 12))

    def _post(self, number: int) -> None:
        for identity in [one for one, due in self.held.items() if due <= number]:
            del self.held[identity]
            below = max((one for one in self.order if one < identity), default=None)
            self.order.insert(0 if below is None else self.order.index(below) + 1, identity)
            self.happened.append(f"#{identity} posted late")
        count = 0
        while self.chance.random() < self.pace / (1 + self.pace):
            count += 1
        room = count if self.window is None else max(0, self.window - FEWEST_SHOWN - self.posted_since)
        for _ in range(min(count, room, len(self.queue))):
            identity = self.queue.pop(0)
            published = self.updates[identity].published
            if published and clock(self.updates[identity]):
                self.now = max(self.now, published.instant.astimezone(UTC) + timedelta(seconds=self.chance.randint(20, 180)))
            if self.chance.random() < self.profile.late:
                self.held[identity] = number + self.chance.randint(1, 4)
            else:
                self.order.append(identity)
                self.posted_since += 1
                self.happened.append(f"#{identity} posted")

    def _edit(self) -> None:
        live = [one for one in self.order if one not in self.gone]
        shown = [one for one in self.on_page if one not in self.gone]
        identity = self.chance.choice(shown if shown and self.chance.random() < 0.85 else live)
        kind = self._reword(identity)
        if kind and self.chance.random() < self.profile.edited_twice:
            self._reword(identity, but=kind)

    def _reword(self, identity: int, but: str = "") -> str | None:
        """Make one edit somebody who reads the page could follow, and return its kind."""
        kinds, weights = zip(*self.profile.kinds, strict=True)
        others = [self.updates[one] for one in self.order if one != identity]
        for _ in range(4):
            kind = self.chance.choices(kinds, weights)[0]
            if kind == but:
                continue
            before = self.updates[identity]
            after = EDITS[kind](before, self.chance, self.prose)
            if after is None or seen(after) == seen(before) or (clock(after) or "") > self.now.isoformat():
                continue
            if not all(recognisable(known, after, others) for known in self.last_shown.get(identity, ())):
                continue
            if any(seen(after) == seen(other) for other in others):
                continue
            self.updates[identity] = after
            follows = kind == "time" and self.chance.random() < 0.5 and self._replace_by_time(identity)
            self.edits[kind] += 1
            self.happened.append(f"#{identity} edited: {kind}{' (its place follows)' if follows else ''}")
            return kind
        return None

    def _replace_by_time(self, identity: int) -> bool:
        """Move an update to where its time belongs, if that is on the part of the page that was shown."""
        own = clock(self.updates[identity]) or ""
        rest = [one for one in self.order if one != identity]
        place = next((n for n, one in enumerate(rest) if (clock(self.updates[one]) or "") > own), len(rest))
        shown = [n for n, one in enumerate(rest) if one in self.on_page]
        if identity not in self.on_page or not shown or not shown[0] < place <= shown[-1] + 1:
            return False
        self.order = [*rest[:place], identity, *rest[place:]]
        self.moved.add(identity)
        return True

    def _move(self) -> None:
        """Let an update stand elsewhere among those shown."""
        shown = [one for one in self.on_page if one not in self.gone]
        if len(shown) < FEWEST_SHOWN:
            return
        identity, target = self.chance.sample(shown, 2)
        place = self.order.index(target)
        self.order.remove(identity)
        self.order.insert(place, identity)
        self.moved.add(identity)
        self.happened.append(f"#{identity} moved to the place of #{target}")

    def _withdraw(self) -> None:
        shown = [one for one in self.on_page if one not in self.gone and one not in self.moved]
        if len(shown) <= FEWEST_SHOWN or self.withdrawn_since + 1 > max(1, self.profile.share_withdrawn * len(self.on_page)):
            return
        pinned = [one for one in self.pins if one in self.on_page]
        identity = self.chance.choices(
            (shown[-1], shown[0], (pinned or shown)[0], self.chance.choice(shown)),
            (0.15, 0.12, 0.15 if pinned else 0, 0.6),
        )[0]
        self.gone.add(identity)
        self.withdrawn_since += 1
        if identity in self.pins:
            self.pins.remove(identity)
        self.happened.append(f"#{identity} withdrawn")

    def _return(self, identity: int) -> None:
        self.gone.discard(identity)
        self.happened.append(f"#{identity} returned")
        if self.chance.random() < self.profile.edited_return:
            self._reword(identity)

    def _pin(self) -> None:
        live = [one for one in self.order if one not in self.gone and one not in self.pins]
        shown = [one for one in live if one in self.on_page]
        if len(shown) <= FEWEST_SHOWN:
            return
        # One that nobody has seen, at the top and unmarked, is a new one to every reader.
        near = self.pin_style == "unmarked" or self.chance.random() < 0.8
        identity = self.chance.choice(shown if near else live)
        self.pins.append(identity)
        self.happened.append(f"#{identity} pinned ({self.pin_style})")

    def _resize(self, window: int) -> None:
        if self.chance.random() < 0.08:
            self.window = min(60, window + self.chance.randint(3, 15))
        elif self.chance.random() < 0.12:
            self.window = max(10, window - self.chance.randint(1, 6))
        if self.window != window:
            self.happened.append(f"the page shows {self.window} instead of {window}")

    # What a poll shows of it

    def poll(self, kind: str) -> Poll:
        window = self._window()
        # Unmarked at the top, an old one is known by its time among newer ones; else it must be seen to be repeated.
        unknown = [one for one in self.pins if not (self.newest_first and clock(self.updates[one])) and one not in window]
        pins = [one for one in self.pins if self.pin_style != "unmarked" or one not in unknown]
        on_page = window[::-1] if self.newest_first else window
        marks = self.pin_style in ("marked", "both marked", "moved")
        both = self.pins if self.pin_style == "both marked" else ()
        shown = [_shown(one, replace(self.updates[one], pinned=marks)) for one in pins]
        shown += [_shown(one, replace(self.updates[one], pinned=one in both)) for one in on_page]
        if self.chance.random() < self.profile.noise:
            shown = [replace(one, update=noisy(one.update, self.chance)) for one in shown]
        title = self.title
        if kind == "cut":
            kept = shown[: max(2, round(len(shown) * self.chance.uniform(0.3, 0.5)))]
            if len(shown) < 2 * FEWEST_SHOWN or self.moved:
                kind = "good"  # what has moved over the cut would be missing between two that are there
            else:
                shown = kept
        elif kind == "teasers":
            words, mark = self.chance.randint(8, 20), self.chance.random() < 0.5
            shown = [replace(one, update=cut_short(one.update, words, mark=mark)) for one in shown]
        elif kind == "foreign":
            other = self.chance.choice(self.others)
            title = other.title
            shown = [_shown(NOBODY, update) for update in other.updates[: self.chance.randint(5, 25)]]
        elif kind != "good":
            shown = []
        self._remember(kind, shown, window)
        count = sum(one not in self.gone for one in self.order)
        return Poll(
            kind=kind,
            at=self.now,
            title=title,
            shown=tuple(shown),
            complete=self.complete,
            declared_count=None if self.page.declared_count is None else count,
            has_older=len(window) < count - len(self.pins),
            order=tuple(self.order),
            gone=frozenset(self.gone),
            pinned=frozenset(self.pins),
            events=tuple(self.happened),
        )

    def _window(self) -> list[int]:
        """What stands in its place on the page, the oldest place first.

        What has just moved is seen where it moved to; it goes nowhere if one it passed would at once be off the page: for
        a reader that one would be missing between two that are there.
        """
        window: list[int] = []
        for _ in range(4):
            in_place = [one for one in self.order if one not in self.gone and not (self.pin_style == "moved" and one in self.pins)]
            window = in_place if self.window is None else in_place[-self.window :]
            off = [one for one in self.on_page if one in in_place and one not in window and one not in self.moved]
            for identity in sorted(self.moved & set(in_place)):
                passed = [one for one in off if self.on_page.index(one) > self.on_page.index(identity)]
                if identity not in window:
                    self._place_before(identity, [one for one in window if one not in self.moved][1])
                elif passed:
                    self._place_before(identity, passed[0])
                    self.moved.discard(identity)
        return window

    def _place_before(self, identity: int, other: int) -> None:
        if identity != other:
            self.order.remove(identity)
            self.order.insert(self.order.index(other), identity)

    def _remember(self, kind: str, shown: Sequence[Shown], window: list[int]) -> None:
        if kind == "good":
            self.on_page, self.moved = window, set()
            self.withdrawn_since = self.posted_since = 0
            self.last_shown |= {one.identity: [one.update] for one in shown}
        elif kind in ("cut", "teasers"):
            for one in shown:
                self.last_shown.setdefault(one.identity, []).append(one.update)


def _shown(identity: int, update: Update) -> Shown:
    return Shown(identity=identity, update=update, whole=update)
