"""Which update on a page is which entry on record: by key or alias, else by likeness. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.alignment import Known, align
from archive.model import Entry, Extraction
from archive.page_order import PageOrder
from archive.standing import Placed, Standing
from archive.wording import same_time

_WITHDRAWN = 100  # of the withdrawn entries, so many are looked at for an update without a known id
_HIDDEN = 100  # and of those that only stand on older pages, so many in the update's place
_AT_ONCE = 400  # values in one query


@dataclass(frozen=True)
class Matched:
    """Which entries on record the updates of a page are: by position the id, and the place on this live blog; None if there is none."""

    ids: list[int | None]
    placed: list[Placed | None]
    used: set[int]  # the ids

    def add(self, position: int, entry_id: int, standing: Standing) -> None:
        self.ids[position], self.placed[position] = entry_id, standing.placed.get(entry_id)
        self.used.add(entry_id)


@dataclass(frozen=True, kw_only=True)
class Matching:
    """What names and candidates are looked up in: one live blog as it stands, and the page that was read."""

    connection: sqlite3.Connection
    standing: Standing
    extraction: Extraction
    publisher_id: int

    def by_name(self, entries: Sequence[Entry], keys: Sequence[str]) -> Matched:
        """Match what has a known key or alias.

        Without an id the key is a hash of the content, which is said again at another time: then the time must agree.
        """
        ids: list[int | None] = []
        places: list[Placed | None] = []
        used: set[int] = set()
        elsewhere: list[int] = []
        for position, (entry, placed) in enumerate(zip(entries, map(self.standing.names.get, keys), strict=True)):
            if placed is None:
                elsewhere.append(position)
            elif placed.entry_id in used or not (entry.source_id or same_time(entry, placed.second)):
                placed = None
            else:
                used.add(placed.entry_id)
            places.append(placed)
            ids.append(placed.entry_id if placed else None)
        matched = Matched(ids, places, used)
        known = self._names_elsewhere([keys[position] for position in elsewhere])
        for position in elsewhere:
            entry_id = known.get(keys[position])
            if entry_id is not None and entry_id not in used:
                matched.add(position, entry_id, self.standing)
        return matched

    def _names_elsewhere(self, keys: Sequence[str]) -> dict[str, int]:
        """Entries that stand on other live blogs, by key or alias."""
        known: dict[str, int] = {}
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            found = self.connection.execute(
                f"SELECT alias, entry_id FROM entry_aliases WHERE alias IN ({_marks(part)})"
                f" UNION ALL SELECT key, id FROM entries WHERE key IN ({_marks(part)})",
                (*part, *part),
            )
            known.update((name, entry_id) for name, entry_id in found)
        return known

    def by_likeness(self, page: PageOrder, matched: Matched) -> dict[int, int]:
        """Return the id of the entry on record, by position, of those that no name matched."""
        rest = [position for position, entry_id in enumerate(matched.ids) if entry_id is None]
        known = self._candidates(page, rest, matched.used) if rest else []
        if not known:
            return {}
        entries = [page.entries[position] for position in rest]
        found = align(entries, [page.slot(position) for position in rest], known, reader=self.extraction.method)
        return {rest[number]: entry_id for number, entry_id in found.items()}

    def _candidates(self, page: PageOrder, rest: Sequence[int], used: set[int]) -> list[Known]:
        """Entries that an unknown update may be: of this live blog, and where ids hold for the whole publisher, others of those days."""
        entries = [page.entries[position] for position in rest]
        have_ids = all(entry.source_id for entry in entries)
        open_ = [placed for placed in self.standing.placed.values() if placed.entry_id not in used]
        if have_ids:
            # The ids another reader gave are not this one's.
            open_ = [placed for placed in open_ if placed.source_id is None or placed.reader not in (None, self.extraction.method)]
        known = [self._known(row, page) for row in self._rows(sorted(self._likely(page, rest, open_)))] if open_ else []
        if self.extraction.ids_are_global and not have_ids:
            days = sorted({entry.published.instant.date().isoformat() for entry in entries if entry.published})
            rows = self.connection.execute(
                f"{_KNOWN} WHERE e.publisher_id = ? AND substr(e.published_at, 1, 10) IN ({_marks(days)})", (self.publisher_id, *days)
            )
            others = [row for row in rows if row["id"] not in self.standing.placed and row["id"] not in used]
            known += [replace(self._known(row, page), is_elsewhere=True) for row in others]
        return known

    def _likely(self, page: PageOrder, rest: Sequence[int], open_: Sequence[Placed]) -> set[int]:
        """Of all that is not on the page: what just left, was said in the same minute, was withdrawn, or stands in the same place."""
        slots = {slot for position in rest if (slot := page.slot(position))}
        minutes = {second // 60 for position in rest if (second := page.entries[position].second) is not None}
        likely = {
            placed.entry_id
            for placed in open_
            if placed.shown or placed.position is None or (placed.second is not None and placed.second // 60 in minutes)
        }
        likely.update([placed.entry_id for placed in open_ if placed.withdrawn][-_WITHDRAWN:])
        near = [placed for placed in open_ if placed.position is not None and any(slot.holds(placed.position) for slot in slots)]
        near.sort(key=lambda placed: placed.position or 0, reverse=True)
        likely.update(placed.entry_id for placed in near[: len(page.entries) + _HIDDEN])
        return likely

    def _rows(self, ids: Sequence[int]) -> list[sqlite3.Row]:
        found: list[sqlite3.Row] = []
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            found += self.connection.execute(f"{_KNOWN} WHERE e.id IN ({_marks(part)})", part).fetchall()
        return found

    def _known(self, row: sqlite3.Row, page: PageOrder) -> Known:
        placed = self.standing.placed.get(row["id"])
        oldest = page.range[0]
        position = placed.position if placed else None
        rolled_off = position is not None and oldest is not None and position < oldest
        return Known(
            entry_id=row["id"],
            source_id=row["source_id"],
            title=row["title"],
            text=row["text"],
            published_at=row["published_at"],
            published_basis=row["published_basis"],
            published_precision=row["published_precision"],
            reader=row["reader"],
            position=position,
            left=placed is not None and placed.shown and not rolled_off,
        )


_KNOWN = (
    "SELECT e.id, e.source_id, e.title, e.text, e.published_at, e.published_basis, e.published_precision, c.reader"
    " FROM entries e LEFT JOIN captures c ON c.id = e.capture_id"
)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
