"""What somebody who reads every poll of a history could know of it: what is new, edited, withdrawn and returned, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from archive.model import Extraction, Update
from archive.normalise import normalise
from archive.times import to_utc
from benchmarks.playing.polls import NOBODY, History, Poll
from benchmarks.playing.rewording import clock

KINDS = ("new", "edited", "withdrawn", "returned")


@dataclass(frozen=True, kw_only=True)
class Label:
    """One event of one update, true if it is said at any poll from `first` to `last`.

    Not `required`: true, but no reader could be sure. `trivial`: it is no news (all updates of the first poll are new).
    """

    kind: str
    identity: int
    first: int
    last: int
    required: bool = True
    trivial: bool = False


@dataclass(frozen=True, kw_only=True)
class Wording:
    """An update as readers see it. `time` is UTC; `stated`: the page states it, so that another one is an edit."""

    title: str | None
    byline: str | None
    text: str
    time: str | None
    stated: bool

    @property
    def visible(self) -> tuple[str | None, ...]:
        return self.title, self.byline, self.text, self.time if self.stated else None


class Wordings:
    """The wording of each update of one page, worked out once."""

    def __init__(self, page: Extraction) -> None:
        self.page = page
        self.known: dict[Update, Wording] = {}

    def __call__(self, update: Update) -> Wording:
        found = self.known.get(update)
        if found is None:
            entry = normalise(update, self.page)
            when = entry.published
            found = self.known[update] = Wording(
                title=entry.title,
                byline=entry.byline,
                text=" ".join(entry.text.split()),
                time=to_utc(when.instant) if when else None,
                stated=bool(when and when.basis == "page" and when.precision in ("second", "minute")),
            )
        return found


@dataclass(kw_only=True)
class _Seen:
    """What the reader knows of one update."""

    wording: Wording | None = None  # at the last good poll that showed it
    glimpses: list[tuple[int, Wording, Wording]] = field(default_factory=list)  # since: poll, as shown, uncut
    time: str | None = None
    place: int = 0  # among the others, where the last good poll showed it
    beside: Mapping[int, int] = field(default_factory=dict)  # the places of those shown with it then
    withdrawn_at: int | None = None  # the poll from which it is truly gone, while it is
    evident: bool = False  # and it could be known
    absent: Label | None = None  # gone and not seen again, though perhaps restored


def labels(history: History, wordings: Callable[[Update], Wording]) -> list[Label]:
    """Return the labels of a history in no order that matters. docs/changes.md gives the rules."""
    found: list[Label] = []
    seen: dict[int, _Seen] = {}
    for number, poll in enumerate(history.polls):
        _note_absences(number, poll, seen, found)
        if poll.kind not in ("good", "cut", "teasers"):
            continue
        shown = {one.identity: (one.update, one.whole) for one in poll.shown if one.identity != NOBODY}
        places = {identity: place for place, identity in enumerate(poll.order)}
        beside = {identity: places[identity] for identity in shown if identity not in poll.pinned}
        for identity, (update, whole) in shown.items():
            one = seen.setdefault(identity, _Seen())
            one.time = clock(update)
            if poll.kind == "good":
                _note_shown(number, identity, wordings(update), one, found)
                one.place, one.beside = places[identity], beside
            else:
                one.glimpses.append((number, wordings(update), wordings(whole)))
    for identity, one in seen.items():
        if one.withdrawn_at is not None:
            found.append(_withdrawn(identity, one, len(history.polls) - 1))
        if one.glimpses:
            found += _glimpsed(identity, one)
    return found


def _note_shown(number: int, identity: int, now: Wording, one: _Seen, found: list[Label]) -> None:
    """A good poll shows an update: it is new, edited, returned or as it was. A glimpse before may be where it was noticed."""
    first = one.glimpses[0][0] if one.glimpses else number
    changed = [poll for poll, _, whole in one.glimpses if one.wording is None or whole.visible != one.wording.visible]
    edit = Label(kind="edited", identity=identity, first=changed[0] if changed else number, last=number)
    again = [replace(edit, required=False) for poll, shown, _ in one.glimpses if shown.visible != now.visible]
    if one.wording is None:
        found.append(Label(kind="new", identity=identity, first=first, last=number, trivial=number == 0))
        found += again  # a teaser may be taken down, and then the whole
    elif now.visible != one.wording.visible:
        found += [edit, *(again if changed else ())]
    elif changed:
        found += [*again, replace(edit, required=False)]  # changed, and changed back
    if one.absent is not None:
        since = min((poll for poll, _, _ in one.glimpses if poll > one.absent.last), default=number)
        found.append(Label(kind="returned", identity=identity, first=since, last=number, required=one.absent.required))
        one.absent = None
    one.wording, one.glimpses = now, []


def _glimpsed(identity: int, one: _Seen) -> list[Label]:
    """What broken polls showed of an update that no good one shows after them: it may be told."""
    first, last = one.glimpses[0][0], one.glimpses[-1][0]
    known = one.wording and one.wording.visible
    kinds = ["new"] if one.wording is None else []
    kinds += ["edited" for _, _, whole in one.glimpses if whole.visible != known]
    kinds += ["returned"] if one.absent else []
    return [Label(kind=kind, identity=identity, first=first, last=last, required=False) for kind in kinds]


def _note_absences(number: int, poll: Poll, seen: Mapping[int, _Seen], found: list[Label]) -> None:
    """What has been withdrawn, what was restored, and whose absence this poll makes evident."""
    places = {identity: place for place, identity in enumerate(poll.order)}
    plain = [one for one in poll.shown if one.identity not in poll.pinned and one.identity != NOBODY]
    shown = {one.identity: (places[one.identity], clock(one.update)) for one in plain}
    for identity, one in seen.items():
        if identity not in poll.gone:
            if one.withdrawn_at is not None:
                one.absent = _withdrawn(identity, one, number - 1)
                found.append(one.absent)
                one.withdrawn_at, one.evident = None, False
            continue
        if one.absent is not None:
            continue  # withdrawn again before anybody saw it back
        if one.withdrawn_at is None:
            one.withdrawn_at = number
        if poll.kind == "good" and one.wording is not None and not one.evident:
            one.evident = poll.complete or _is_between(one, places[identity], shown)


def _is_between(one: _Seen, place: int, shown: Mapping[int, tuple[int, str | None]]) -> bool:
    """Whether an older and a newer update are shown: by place now, by place when it was last seen, and by time."""
    older = newer = False
    for other, (its_place, time) in shown.items():
        before = one.beside.get(other, one.place)
        older = older or (its_place < place and before <= one.place and (one.time is None or "" < (time or "") < one.time))
        newer = newer or (its_place > place and before >= one.place and (one.time is None or (time or "") > one.time))
    return older and newer


def _withdrawn(identity: int, one: _Seen, last: int) -> Label:
    assert one.withdrawn_at is not None
    return Label(kind="withdrawn", identity=identity, first=one.withdrawn_at, last=last, required=one.evident)
