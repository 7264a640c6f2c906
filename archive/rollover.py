"""Which day each clock time of a list belongs to: from day headings, or from the order and the turns of midnight. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from archive.days import DayName, resolve_day
from archive.errors import ExtractionError

Stands = Literal["above", "below"]
# Lists are not strictly in order: an editor's insertion, and the hour that comes twice in autumn, step back by up to an hour.
_OUT_OF_ORDER = 60
_AHEAD = 10  # minutes a publisher's clock may be ahead of ours


class Moment(NamedTuple):
    """A clock time of a list: minutes since midnight, and the day it names itself."""

    minutes: float
    day: DayName | None = None


def days_of(
    items: Sequence[Moment | DayName | None], *, today: date, latest: float | None = None, day_stands: Stands | None = None
) -> list[date | None]:
    """Return the day of each moment, None for headings and for None.

    `today` is the newest moment's day; `latest`, in minutes, the time of that day after which nothing is.
    """
    moments = [(place, item) for place, item in enumerate(items) if isinstance(item, Moment)]
    headings = _headings(items, today)
    stands = day_stands or _stands(moments, headings, today)
    grouped = _grouped(moments, headings, stands)
    direction = _direction(moments, grouped)
    steps = _steps(moments, headings, direction)
    anchors = [_own_day(moment.day, near=group or today) or group for (_, moment), group in zip(moments, grouped, strict=True)]
    if any(anchors):
        days = _from_anchors(anchors, steps, today)
        if not headings and direction < 0 and anchors[0] is None:
            # One old post that names its day ("12:34 19 Sep") says nothing of how many days lie above it: the newest is today's.
            first = next(place for place, day in enumerate(anchors) if day is not None)
            newest = _from_newest([moment.minutes for _, moment in moments[:first]], steps[: first - 1], today, latest)
            if newest[-1] >= days[first]:
                days[:first] = newest
    else:
        days = _from_newest([moment.minutes for _, moment in moments], steps, today, latest)
    result: list[date | None] = [None] * len(items)
    for (place, _), day in zip(moments, days, strict=True):
        result[place] = day
    return result


def _headings(items: Sequence[Moment | DayName | None], today: date) -> dict[int, date]:
    found: dict[int, date] = {}
    for place, item in enumerate(items):
        if isinstance(item, DayName):
            day = _own_day(item, near=today)
            if day is not None:
                found[place] = day
    return found


def _own_day(name: DayName | None, *, near: date) -> date | None:
    """The day a name means; a day that does not exist (30 February) is no day."""
    if name is None:
        return None
    try:
        return resolve_day(name, near=near)
    except ExtractionError:
        return None


def _grouped(moments: list[tuple[int, Moment]], headings: dict[int, date], stands: Stands) -> list[date | None]:
    """The heading's day of each moment, None where no heading covers it."""
    result: list[date | None] = []
    for place, _ in moments:
        if stands == "above":
            covering = max((at for at in headings if at < place), default=None)
        else:
            covering = min((at for at in headings if at > place), default=None)
        result.append(None if covering is None else headings[covering])
    return result


def _stands(moments: list[tuple[int, Moment]], headings: dict[int, date], today: date) -> Stands:
    """Whether headings stand above or below their entries: told by the ends of the list, else by which keeps it in order."""
    if not headings or not moments:
        return "above"
    starts, ends = min(headings) < moments[0][0], max(headings) > moments[-1][0]
    if starts != ends:
        return "above" if starts else "below"
    above, below = (_disorder(moments, headings, stands, today) for stands in ("above", "below"))
    return "below" if below < above else "above"


def _disorder(moments: list[tuple[int, Moment]], headings: dict[int, date], stands: Stands, today: date) -> int:
    """How many neighbours step the wrong way, in the better of the two orders; entries after today count too."""
    grouped = _grouped(moments, headings, stands)
    instants = [day.toordinal() * 1440 + moment.minutes for (_, moment), day in zip(moments, grouped, strict=True) if day is not None]
    late = sum(day > today for day in grouped if day is not None)
    back = sum(later < earlier - _OUT_OF_ORDER for earlier, later in pairwise(instants))
    forth = sum(later > earlier + _OUT_OF_ORDER for earlier, later in pairwise(instants))
    return min(back, forth) + late


def _direction(moments: list[tuple[int, Moment]], grouped: list[date | None]) -> int:
    """1 for oldest first, -1 for newest first: by the days of headings, else by most neighbours, each read the shorter way round."""
    stated = [day for day in grouped if day is not None]
    if stated and stated[0] != stated[-1]:
        return 1 if stated[0] < stated[-1] else -1
    turns = [(later.minutes - earlier.minutes + 720) % 1440 - 720 for (_, earlier), (_, later) in pairwise(moments)]
    votes: float = sum((turn > 0) - (turn < 0) for turn in turns)
    votes = votes or sum(turns)
    return 1 if votes > 0 else -1


def _steps(moments: list[tuple[int, Moment]], headings: dict[int, date], direction: int) -> list[int]:
    """The days from each moment to the next; a day heading between them is at least one day."""
    steps: list[int] = []
    for (place, earlier), (next_place, later) in pairwise(moments):
        turned = (later.minutes - earlier.minutes) * direction < -_OUT_OF_ORDER
        crossed = any(place < at < next_place for at in headings)
        steps.append(direction if turned or crossed else 0)
    return steps


def _from_anchors(anchors: list[date | None], steps: list[int], today: date) -> list[date]:
    """Days counted from the nearest known one: the one before in the list, else the first after."""
    first = next(place for place, day in enumerate(anchors) if day is not None)
    days: list[date] = [today] * len(anchors)
    for place in range(first, len(anchors)):
        counted = days[place - 1] + timedelta(days=steps[place - 1]) if place > first else today
        days[place] = anchors[place] or min(counted, max(today, days[place - 1]))
    for place in range(first - 1, -1, -1):
        days[place] = min(days[place + 1] - timedelta(days=steps[place]), max(today, days[place + 1]))
    return days


def _from_newest(minutes: list[float], steps: list[int], today: date, latest: float | None) -> list[date]:
    """Days counted back from the newest moment, which is today's, or yesterday's if it would lie in the future."""
    counted = [0] * len(minutes)
    for place, step in enumerate(steps):
        counted[place + 1] = counted[place] + step
    newest = max(counted, default=0)
    if latest is not None and any(m > latest + _AHEAD for m, count in zip(minutes, counted, strict=True) if count == newest):
        today -= timedelta(days=1)
    return [today + timedelta(days=count - newest) for count in counted]
