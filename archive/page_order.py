"""A page's updates beside the places they have on record, from old to new."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property

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

    def __init__(self, entries: Sequence[Entry], placed: Sequence[Placed | None]) -> None:
        self.entries = entries
        self.placed = placed
        self.order = [position for position, entry in enumerate(entries) if not entry.pinned]
        self.positions = self._places()
        times = [entries[position].second for position in self.order]
        known = [place for place in self.positions if place is not None]
        self.is_newest_first = is_newest_first(known if len(known) > 1 else times)
        if self.is_newest_first:
            self.order.reverse()
            self.positions.reverse()
            times.reverse()
        stated = [time for time in times if time is not None]
        self.is_by_time = len(longest_run(stated, repeats=True)) >= _BY_TIME * len(stated)
        self.times = times if self.is_by_time else [None] * len(times)
        self.fixed = anchors(self.positions)

    def read_positions(self) -> None:
        """Take the places from the record again, since they were numbered anew."""
        self.positions = self._places()
        self.fixed = anchors(self.positions)

    def _places(self) -> list[int | None]:
        return [place.position if (place := self.placed[position]) else None for position in self.order]

    @cached_property
    def changed(self) -> list[int]:
        """The positions on the page of what the last good poll did not show, or showed otherwise."""
        return [
            position
            for position, (entry, placed) in enumerate(zip(self.entries, self.placed, strict=True))
            if placed is None
            or placed.content_hash != entry.content_hash
            or not placed.shown
            or placed.withdrawn
            or placed.pinned != entry.pinned
        ]

    @property
    def is_settled(self) -> bool:
        """Whether everything stands where it stood."""
        return len(self.fixed) == len(self.positions)

    @property
    def lowest_unplaced(self) -> int | None:
        """The place below the oldest that does not stand where it stood; None if there is none below."""
        first = self._loose[0] if self._loose else len(self.fixed)
        return self.positions[self.fixed[first - 1]] if first else None

    @property
    def astray(self) -> set[int]:
        """The ids of what has a place on record and stands elsewhere now."""
        moved = [self.placed[self.order[number]] for number in self._loose]
        return {placed.entry_id for placed in moved if placed and placed.position is not None}

    @property
    def _loose(self) -> list[int]:
        """The places in `order` of what does not stand where it stood."""
        return sorted(set(range(len(self.order))).difference(self.fixed))

    def sight(self, places: Mapping[int, int | None]) -> tuple[int | None, int | None]:
        """The lowest and the highest place of what stands where it stood and of what came; `places` are those given, by position."""
        seen = [self.positions[number] for number in (*self.fixed[:1], *self.fixed[-1:])]
        seen += [places.get(position) for number in self._loose if self.placed[position := self.order[number]] is None]
        found = [place for place in seen if place is not None]
        return min(found, default=None), max(found, default=None)

    @property
    def range(self) -> tuple[int | None, int | None]:
        """The places on record of the oldest and the newest that stand where they stood."""
        return (self.positions[self.fixed[0]], self.positions[self.fixed[-1]]) if self.fixed else (None, None)

    def slot(self, position: int) -> Slot | None:
        """The places on record of an update's neighbours; None if it is pinned or nothing is known to stand where it stood."""
        if self.entries[position].pinned or not self.fixed:
            return None
        number = self.order.index(position)
        older, newer = bisect_left(self.fixed, number) - 1, bisect_right(self.fixed, number)
        return Slot(
            self.positions[self.fixed[older]] if older >= 0 else None,
            self.positions[self.fixed[newer]] if newer < len(self.fixed) else None,
        )
