"""Whether a poll can be believed: a page that lost much at once, or shows something else, is broken rather than changed. Pure.

A wrong withdrawal is worse than a late one. What such a page says is believed once it has said so for hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.alignment import similarity, word_bag

_FEW = 3  # so many may always leave at once
_SHARE = 3  # more than one in so many is far fewer
_TAIL = 10  # a last part of a complete page, one in so many, is cut off rather than withdrawn
_TIMED = 0.5  # a page on which so many updates had times does not lose them all
GENERAL = "generic"  # the reader of pages that nobody described
_ALIKE = 0.6  # titles of one live blog change all day, but keep some of their words


@dataclass(frozen=True, kw_only=True)
class Poll:
    """What a poll showed beside what is on record.

    `before` is the number of entries the last good poll showed, `matched` how many updates are on record, `shown` how many
    there are and `declared` how many the page says it has. `gone` says of each entry of the last good poll, from old to new,
    whether it is missing (asked for on a complete page only). `between` is the number of missing ones whose neighbours on both
    sides are still shown, `shortened` of those on record of which only the beginning is shown now. `has_times` says whether any
    update has a time, `known_timed` is the share of those the last good poll showed; `reader` is what read the page, `known_reader`
    what read it then. `newest` is the newest claimed time on record, `oldest_new` the oldest on the page, both Unix seconds.
    """

    before: int
    matched: int
    shown: int
    declared: int | None
    gone: Sequence[bool]
    between: int
    shortened: int
    complete: bool
    title: str | None
    known_title: str | None
    newest: float | None
    oldest_new: float | None
    has_times: bool = True
    known_timed: float = 0.0
    reader: str = ""
    known_reader: str | None = None


def problem_of(poll: Poll) -> str | None:
    """Return what makes a poll look broken, in words, or None for a good one."""
    if not poll.before:
        return None
    if not poll.matched:
        return None if _goes_on(poll) else "expected the live blog on record, found updates of which none is on record"
    if poll.known_timed >= _TIMED and not poll.has_times:
        return f"expected updates with times, found {poll.shown} without"
    if poll.reader == GENERAL and poll.known_reader not in (None, GENERAL):
        return f"expected a page that {poll.known_reader} reads, found one that only the general reader does"
    lost = sum(poll.gone)
    most = max(_FEW, poll.before / _SHARE)
    if poll.between > most or (poll.complete and lost > most):
        return f"expected about {poll.before} updates, found {poll.shown} and {lost} missing"
    if poll.shortened >= _FEW and poll.shortened > poll.matched / _SHARE:
        return f"expected whole updates, found the beginnings of {poll.shortened} of {poll.shown}"
    if poll.complete and max(_ends(poll.gone)) >= max(_FEW, poll.before / _TAIL):
        return f"expected every update, found a page that lacks {lost} at one end"
    if poll.complete and lost and poll.declared is not None and poll.declared > poll.shown:
        return f"expected the {poll.declared} updates it declares, found {poll.shown}"
    return None


def _goes_on(poll: Poll) -> bool:
    """Whether a page of updates that are all new is the same live blog later: as many, all newer, under a title that is alike."""
    if poll.complete or poll.shown < poll.before * (1 - 1 / _SHARE):
        return False
    newer = poll.newest is None or poll.oldest_new is None or poll.oldest_new >= poll.newest
    if not poll.title or not poll.known_title:
        return newer and poll.title == poll.known_title
    return newer and similarity(word_bag(poll.title), word_bag(poll.known_title)) >= _ALIKE


def _ends(gone: Sequence[bool]) -> tuple[int, int]:
    """How many are missing at each end."""
    first = next((number for number, missing in enumerate(gone) if not missing), len(gone))
    last = next((number for number, missing in enumerate(reversed(gone)) if not missing), len(gone))
    return first, last
