"""The order of a page: which of its updates came first, what stands out of order, and where each one's place is. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import islice, pairwise
from operator import countOf, gt, le, lt

from archive.model import Entry

GAP = 1024  # between neighbours' places, so that ten can come between them before all are numbered anew


def distinct(entries: Sequence[Entry]) -> list[Entry]:
    """Entries without repeats of one id, or of one content without an id: a pinned update stands on a page twice.

    Of repeats the last place counts, since copies stand at the top, and the fuller text.
    """
    names = [entry.source_id or entry.content_hash for entry in entries]
    if len(set(names)) == len(names):
        return list(entries)
    kept: dict[int, Entry] = {}
    places: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        same = places.setdefault(entry.source_id or "~" + entry.content_hash, [])
        repeated = next((other for other in same if entry.source_id or _is_repeat(entry, kept[other])), None)
        if repeated is not None:
            other = kept.pop(repeated)
            same.remove(repeated)
            fuller = other if len(other.text) > len(entry.text) else entry
            entry = fuller._replace(pinned=True) if entry.pinned or other.pinned else fuller
        same.append(place)
        kept[place] = entry
    return list(kept.values())


def _is_repeat(entry: Entry, other: Entry) -> bool:
    """Whether two of one content are one update: "Goal!" is said at 20:15 and again at 20:40."""
    if entry.pinned or other.pinned or entry.published is None or other.published is None:
        return True
    return entry.published.instant == other.published.instant


def oldest_first(entries: Sequence[Entry], chosen: Sequence[int]) -> list[int]:
    """The chosen positions in the order of time; where times are equal or absent, in the order the page runs."""
    order = list(chosen)
    if len(order) > 1 and is_newest_first([entry.second for entry in entries if not entry.pinned]):
        order.reverse()
    latest = float("inf")
    return sorted(order, key=lambda i: latest if (time := entries[i].second) is None else time)


def is_newest_first(values: Sequence[float | None]) -> bool:
    """Whether times or places, in page order, fall rather than rise; a page that does neither is taken to begin with its newest."""
    known = [value for value in values if value is not None]
    return countOf(map(gt, known, islice(known, 1, None)), True) >= countOf(map(lt, known, islice(known, 1, None)), True)


def is_rising(values: Sequence[float], *, repeats: bool = False) -> bool:
    """Whether each value is greater than the one before; with `repeats`, or equal."""
    return all(map(le if repeats else lt, values, islice(values, 1, None)))  # three times as fast as by pairs in Python


def longest_run(values: Sequence[float], *, repeats: bool = False) -> list[int]:
    """Return the indexes of the most values that rise together, by patience sorting; with `repeats`, equal ones count as rising.

    What stands out of order (an old post kept at the top) says nothing about what lies between its neighbours.

    >>> longest_run([30, 70, 80, 90, 40])
    [0, 1, 2, 3]
    """
    if is_rising(values, repeats=repeats):
        return list(range(len(values)))
    bisect = bisect_right if repeats else bisect_left
    tops: list[float] = []
    places: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        pile = bisect(tops, value)
        before.append(places[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [value]
        places[pile : pile + 1] = [index]
    found: list[int] = []
    index = places[-1] if places else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found[::-1]


def anchors(positions: Sequence[int | None]) -> list[int]:
    """Return the indexes, on a page read from old to new, of what stands where it stood before."""
    known = [index for index, position in enumerate(positions) if position is not None]
    return [known[number] for number in longest_run([position for position in positions if position is not None])]


def new_positions(
    positions: Sequence[int | None],
    times: Sequence[float | None],
    others: Sequence[tuple[int, float | None]],
    *,
    fixed: Sequence[int] | None = None,
    top_is_newest: bool = True,
    older_page: bool = False,
) -> dict[int, int | None] | None:
    """Return the place of each item of a page that needs one, by index: the new, the moved, and those without one so far.

    The page is read from old to new. `positions` are the items' places on record (None: none), `fixed` their `anchors`, `times` Unix
    seconds, `others` place and time of what is on record and not on this page. None in the answer: it stands at the top of
    the page where its time does not belong, as an old post does that is kept there. None for an answer: there is no room left
    between two neighbours, and all places must be numbered anew first.
    """
    found: dict[int, int | None] = {}
    fixed = anchors(positions) if fixed is None else fixed
    if len(fixed) == len(positions):
        return found
    in_time = None if fixed else _in_time(times)
    known = sorted([time for index in fixed if (time := times[index]) is not None])
    for start, end in pairwise([-1, *fixed, len(positions)]):
        if end == start + 1:
            continue
        group = list(range(start + 1, end))
        lower = positions[start] if start >= 0 else None
        upper = positions[end] if end < len(positions) else None
        if in_time is not None:
            kept = [index for index in group if index in in_time]
        elif (upper if top_is_newest else lower) is None:
            kept = [index for index in group if _belongs_at_top(times[index], known, top_is_newest, is_known=positions[index] is not None)]
        else:
            kept = group
        if len(kept) < len(group):
            found.update((index, None) for index in group if index not in kept and positions[index] is None)
        if kept:
            low, high = _room([times[index] for index in kept], sorted(others), lower, upper, older_page=older_page)
            places = _spread(len(kept), low, high)
            if places is None:
                return None
            found.update(zip(kept, places, strict=True))
    return found


def _in_time(times: Sequence[float | None]) -> set[int]:
    """The indexes whose times rise together; what has no time is in order."""
    known = [(index, time) for index, time in enumerate(times) if time is not None]
    run = {known[number][0] for number in longest_run([time for _, time in known], repeats=True)}
    return run | {index for index, time in enumerate(times) if time is None}


def _belongs_at_top(time: float | None, known: Sequence[float], top_is_newest: bool, *, is_known: bool) -> bool:
    """Whether what stands at the top of a page is the latest rather than kept there.

    `known` are the times of what stands in its place, sorted.
    What is new is kept there only if it is older than the whole page; what was further down, unless it is about the newest now.
    """
    if time is None or not known:
        return not is_known
    beyond = len(known) - bisect_right(known, time) if top_is_newest else bisect_left(known, time)
    return beyond <= len(known) / 4 if is_known else beyond < len(known)


def _room(
    group: Sequence[float | None], hidden: Sequence[tuple[int, float | None]], lower: int | None, upper: int | None, *, older_page: bool
) -> tuple[int | None, int | None]:
    """The places a group may stand between: among what is hidden between its neighbours, where the middle of its times fits best."""
    between = [item for item in hidden if (lower is None or item[0] > lower) and (upper is None or item[0] < upper)]
    times = sorted(time for time in group if time is not None)
    index = 0 if older_page else len(between)
    if times and between:
        middle = times[len(times) // 2]
        wrong = sum(time is not None and time < middle for _, time in between)
        best = [wrong]  # how many stand on the wrong side, with the group before all of them
        for _, time in between:
            wrong += 0 if time is None else 1 if time > middle else -1 if time < middle else 0
            best.append(wrong)
        fitting = [number for number, wrong in enumerate(best) if wrong == min(best)]
        index = fitting[0] if older_page else fitting[-1]
    low = between[index - 1][0] if index > 0 else lower
    high = between[index][0] if index < len(between) else upper
    return low, high


def _spread(count: int, low: int | None, high: int | None) -> list[int] | None:
    """Places for so many between two; None if there is no room."""
    if high is None:
        first = 0 if low is None else low + GAP
        return [first + number * GAP for number in range(count)]
    if low is None:
        return [high - (count - number) * GAP for number in range(count)]
    step = (high - low) // (count + 1)
    return [low + (number + 1) * step for number in range(count)] if step else None
