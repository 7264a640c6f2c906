"""Where entries stand on one live blog, and since when: their rows in `placements`, and what leaves or is withdrawn."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archive import index, rows
from archive.model import Entry
from archive.ordering import GAP, new_positions
from archive.page_order import PageOrder
from archive.standing import Placed, Standing


@dataclass(frozen=True, kw_only=True)
class Placements:
    """The places on one live blog, while a capture of it is recorded.

    `is_aside`: the capture does not say what the live blog's front shows now; `partial`: it is an older page of it. `last_seen` is
    when the live blog was last read well.
    """

    connection: sqlite3.Connection
    standing: Standing
    seen: rows.Seen
    is_aside: bool
    partial: bool
    last_seen: str
    touched: set[int] = field(default_factory=set)  # entries written that may stand on other live blogs, too

    @property
    def left_at(self) -> str | None:
        """When what this capture shows was last seen: now, if only an older page or an older capture shows it; else None."""
        return self.seen.seen_at if self.is_aside else None

    def places(self, page: PageOrder, on_page: set[int]) -> dict[int, int | None]:
        """Where on the live blog each update stands that has no place there yet, or another than it had.

        `on_page` are the entries on record that the page shows.
        """
        if page.is_settled:
            return {}
        for _ in range(2):
            lowest = page.lowest_unplaced
            others = [
                (p.position, p.second)
                for p in self.standing.placed.values()
                if p.position is not None and (lowest is None or p.position > lowest) and p.entry_id not in on_page
            ]
            found = new_positions(
                page.positions, page.times, others, fixed=page.fixed, top_is_newest=page.is_newest_first, older_page=self.partial
            )
            if found is not None:
                return {page.order[number]: place for number, place in found.items()}
            self._number_anew()
            page.read_positions()
        raise AssertionError("no room between places that were just numbered")

    def _number_anew(self) -> None:
        """Give all places of this live blog room between them, in the same order."""
        ordered = sorted((p for p in self.standing.placed.values() if p.position is not None), key=lambda p: p.position or 0)
        for number, placed in enumerate(ordered):
            placed.position = number * GAP
        self.connection.executemany(
            "UPDATE placements SET position = ? WHERE live_blog_id = ? AND entry_id = ?",
            [(p.position, self.standing.live_blog_id, p.entry_id) for p in ordered],
        )

    def place(self, entry: Entry, row: sqlite3.Row, place: int | None) -> Placed:
        """Put an entry that stands elsewhere on this live blog, too. `row` has the `reader` of its wording."""
        index.remove(self.connection, row["id"])
        self.connection.execute(
            "INSERT INTO placements (live_blog_id, entry_id, position, pinned, content_hash, first_seen, last_seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.standing.live_blog_id, row["id"], place, int(entry.pinned), entry.content_hash, self.seen.seen_at, self.left_at),
        )
        index.add(self.connection, row["id"])
        if not self.is_aside and row["last_seen"] is not None:
            self.connection.execute("UPDATE entries SET last_seen = NULL WHERE id = ?", (row["id"],))
        second = rows.unix(row["published_at"]) if row["published_at"] else None
        placed = Placed(
            row["id"], entry.content_hash, place, entry.pinned, not self.is_aside, False, row["source_id"], second, row["reader"]
        )
        self.standing.add(placed, row["key"])
        return placed

    def show(self, placed: Placed, entry: Entry, place: int | None) -> None:
        """Note a sighting; nothing is written if the last poll saw it in the same place, too."""
        changes: dict[str, object] = {}
        if placed.pinned != entry.pinned:
            placed.pinned = entry.pinned
            changes["pinned"] = int(entry.pinned)
        if place is not None and place != placed.position:
            placed.position = place
            changes["position"] = place
        if not placed.shown:
            changes["last_seen"] = self.left_at
            if not self.is_aside:
                self.standing.show(placed)
            shown_elsewhere = " AND NOT EXISTS (SELECT 1 FROM placements WHERE entry_id = entries.id AND last_seen IS NULL)"
            self.connection.execute(
                f"UPDATE entries SET last_seen = ? WHERE id = ? {shown_elsewhere if self.is_aside else ''}", (self.left_at, placed.entry_id)
            )
            self.touched.add(placed.entry_id)
        if changes:
            self.connection.execute(
                f"UPDATE placements SET {', '.join(f'{name} = ?' for name in changes)} WHERE live_blog_id = ? AND entry_id = ?",
                (*changes.values(), self.standing.live_blog_id, placed.entry_id),
            )

    def remember(self, placed: Placed, entry: Entry) -> None:
        """Keep what this live blog shows of an entry: change is judged against it."""
        if placed.content_hash != entry.content_hash:
            placed.content_hash = entry.content_hash
            self.connection.execute(
                "UPDATE placements SET content_hash = ? WHERE live_blog_id = ? AND entry_id = ?",
                (entry.content_hash, self.standing.live_blog_id, placed.entry_id),
            )

    def leave(self, left: Sequence[Placed]) -> None:
        """Close the sighting of what the page no longer shows, at the last good poll, which showed it."""
        for placed in sorted(left, key=lambda p: p.entry_id):
            self.standing.hide(placed)
            self.touched.add(placed.entry_id)
            self.connection.execute(
                "UPDATE placements SET last_seen = ? WHERE live_blog_id = ? AND entry_id = ?",
                (self.last_seen, self.standing.live_blog_id, placed.entry_id),
            )
            self.connection.execute(
                "UPDATE entries SET last_seen = (SELECT max(last_seen) FROM placements WHERE entry_id = entries.id) WHERE id = ?"
                " AND NOT EXISTS (SELECT 1 FROM placements WHERE entry_id = entries.id AND last_seen IS NULL)",
                (placed.entry_id,),
            )

    def withdraw(self, page: PageOrder, places: Mapping[int, int | None], *, is_complete: bool) -> int:
        """Mark what is gone although an older and a newer entry are still shown, and return how many that are.

        `places` are those this page gave, by position. On a complete page everything that is gone is withdrawn; what only rolled onto
        an older page is not. What another page still shows stays.
        """
        gone = [placed for placed in self.standing.placed.values() if not (placed.shown or placed.withdrawn)]
        if gone and not is_complete:
            low, high = page.sight(places)
            gone = [placed for placed in gone if is_between(placed, low, high)]
            if gone and page.is_by_time:
                shown = self._in_their_place(page)
                gone = [placed for placed in gone if _has_neighbours(placed, shown)]
        count = 0
        for placed in sorted(gone, key=lambda placed: placed.entry_id):
            shown_elsewhere = "SELECT 1 FROM placements WHERE entry_id = ? AND last_seen IS NULL"
            if self.connection.execute(shown_elsewhere, (placed.entry_id,)).fetchone():
                continue
            placed.withdrawn = True
            self.touched.add(placed.entry_id)
            index.remove(self.connection, placed.entry_id)
            self.connection.execute("UPDATE entries SET withdrawn_at = ? WHERE id = ?", (self.seen.seen_at, placed.entry_id))
            index.add(self.connection, placed.entry_id)
            count += 1
        return count

    def _in_their_place(self, page: PageOrder) -> list[Placed]:
        """What is shown where it stood, or came."""
        astray = page.astray
        shown = [self.standing.placed[entry_id] for entry_id in self.standing.shown if entry_id not in astray]
        return [placed for placed in shown if placed.position is not None and not placed.pinned]


def is_between(placed: Placed, low: int | None, high: int | None) -> bool:
    """Whether something older and something newer stand in sight of an entry's place."""
    return placed.position is not None and low is not None and high is not None and low < placed.position < high


def _has_neighbours(placed: Placed, shown: Sequence[Placed]) -> bool:
    """Whether something shown is older both by place and by time, and something newer: a corrected time may have moved the place."""
    assert placed.position is not None
    older = newer = False
    for other in shown:
        assert other.position is not None
        earlier = later = True
        if placed.second is not None and other.second is not None:
            earlier, later = other.second <= placed.second, other.second >= placed.second
        older = older or (earlier and other.position < placed.position)
        newer = newer or (later and other.position > placed.position)
        if older and newer:
            return True
    return False
