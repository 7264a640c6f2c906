"""A page's updates beside the places they have on record, from old to new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archive.alignment import Slot
from archive.model import Entry
from archive.ordering import anchors, is_newest_first, longest_run
from archive.standing import Placed

_BY_TIME = 0.75  # of the updates with a time, those that stand in its order; editors arrange some pages as they see fit


class PageOrder:
    """One page in the live blog's order. Pinned updates stand outside it.

    `placed` has what is on record by position on the page: the entry's place on this live blog, or None if it has none
    here. `order` are the page's positions from old to new, `positions` the places on record in that order, `times` Unix
    seconds. `is_by_time`: the page runs in the order of its times; if not, they say nothing about places, and `times` are None.
    """

    def __init__(self, entries: Sequence[Entry], placed: Mapping[int, Placed | None]) -> None:
        self.entries = entries
        self.placed = placed
        self.order = [position for position, entry in enumerate(entries) if not entry.pinned]
        known = [float(place.position) for position in self.order if (place := placed.get(position)) and place.position is not None]
        times = [entries[position].second for position in self.order]
        self.is_newest_first = is_newest_first(known if len(known) > 1 else times)
        if self.is_newest_first:
            self.order.reverse()
            times.reverse()
        stated = [time for time in times if time is not None]
        self.is_by_time = len(longest_run(stated, repeats=True)) >= _BY_TIME * len(stated)
        self.times = times if self.is_by_time else [None] * len(times)
        self.read_positions()

    def read_positions(self) -> None:
        """Take the places from the record (again, if they were numbered anew)."""
        self.positions = [place.position if (place := self.placed.get(position)) else None for position in self.order]
        self.fixed = anchors(self.positions)

    @property
    def is_settled(self) -> bool:
        """Whether everything stands where it stood."""
        return len(self.fixed) == len(self.positions)

    @property
    def lowest_unplaced(self) -> int | None:
        """The place below the oldest that does not stand where it stood; None if there is none below."""
        first = next((number for number, index in enumerate(self.fixed) if number != index), len(self.fixed))
        return self.positions[self.fixed[first - 1]] if first else None

    @property
    def astray(self) -> set[int]:
        """The ids of what has a place on record and stands elsewhere now."""
        fixed = set(self.fixed)
        moved = [self.placed.get(position) for number, position in enumerate(self.order) if number not in fixed]
        return {placed.entry_id for placed in moved if placed and placed.position is not None}

    @property
    def range(self) -> tuple[int | None, int | None]:
        """The places on record of the oldest and the newest that stand where they stood."""
        return (self.positions[self.fixed[0]], self.positions[self.fixed[-1]]) if self.fixed else (None, None)

    def slot(self, position: int) -> Slot | None:
        """The places on record of an update's neighbours; None if it is pinned or nothing is known to stand where it stood."""
        if self.entries[position].pinned or not self.fixed:
            return None
        number = self.order.index(position)
        older = next((self.positions[other] for other in reversed(self.fixed) if other < number), None)
        newer = next((self.positions[other] for other in self.fixed if other > number), None)
        return Slot(older, newer)
