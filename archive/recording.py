"""Recording what one capture showed: which entry each update is, what changed, and what left. Inside one transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property

from archive import index, rows
from archive.matching import Matched, Matching
from archive.model import Entry, Extraction, Recorded, When
from archive.offsets import zone_of
from archive.ordering import oldest_first
from archive.page_entries import entries_of
from archive.page_order import PageOrder
from archive.placements import Placements, is_between
from archive.soundness import Poll, problem_of
from archive.standing import Placed, Standing
from archive.times import from_utc
from archive.wording import change_of, is_better, is_teaser


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One capture of one live blog, while its rows are written.

    `url` is the live blog's address, `seen` says where and when. `partial`: the capture is an older page of the live
    blog, so what it lacks has not left. `older`: the live blog has been seen later than this already, so only what it alone has is
    added. `last_seen` is when the live blog was last read well, `title` its title and `known_reader` what read it then.
    `is_trusted`: it has looked broken for so long that it is taken as it is.
    """

    connection: sqlite3.Connection
    url: str
    seen: rows.Seen
    extraction: Extraction
    standing: Standing
    last_seen: str
    title: str | None = None
    known_reader: str | None = None
    older: bool = False
    partial: bool = False
    is_trusted: bool = False
    touched: set[int] = field(default_factory=set)  # entries written that may stand on other live blogs, too

    @property
    def is_aside(self) -> bool:
        """Whether this capture does not say what the live blog's front shows now."""
        return self.older or self.partial

    @cached_property
    def placements(self) -> Placements:
        return Placements(
            connection=self.connection,
            standing=self.standing,
            seen=self.seen,
            last_seen=self.last_seen,
            is_aside=self.is_aside,
            partial=self.partial,
            touched=self.touched,
        )

    def run(self) -> Recorded:
        """Write entries, placements, revisions, index and rollups, and return what changed."""
        entries, keys = entries_of(self.extraction, self.standing, self.connection, url=self.url)
        matching = Matching(
            connection=self.connection, standing=self.standing, extraction=self.extraction, publisher_id=self.seen.publisher_id
        )
        matched = matching.by_name(entries, keys)
        page = PageOrder(entries, matched.placed)
        if self._is_unchanged(page):
            return Recorded(unchanged=len(entries))
        alike = matching.by_likeness(page, matched)
        if alike:
            for position, entry_id in alike.items():
                matched.add(position, entry_id, self.standing)
            page = PageOrder(entries, matched.placed)
        left = [] if self.is_aside else [self.standing.placed[entry_id] for entry_id in sorted(self.standing.shown - matched.used)]
        problem = None if self.is_aside or self.is_trusted else self._problem(page, matched.used, left)
        if problem and not matched.used:
            return Recorded(problem=problem)
        for position, entry_id in alike.items():
            self._also_known_as(entry_id, entries[position], keys[position])
        places = self.placements.places(page, matched.used)
        counts = self._write(page, keys, matched, places, is_half=problem is not None)
        if not (self.is_aside or problem):
            self.placements.leave(left)
            counts = replace(counts, withdrawn=self.placements.withdraw(page, places, is_complete=self.extraction.complete))
        return replace(counts, problem=problem or "")

    def _is_unchanged(self, page: PageOrder) -> bool:
        """Whether the page shows just what the last good poll showed, in the same order."""
        if self.is_aside or page.changed or len(page.entries) != len(self.standing.shown):
            return False
        return page.is_settled

    def _problem(self, page: PageOrder, matched: set[int], left: Sequence[Placed]) -> str | None:
        """What makes the page look broken, in words, or None."""
        if not self.standing.shown:
            return None
        placed = self.standing.placed
        low, high = page.range
        missing = {item.entry_id for item in left}
        has_times = any(entry.second is not None and not entry.pinned for entry in page.entries)
        in_order: list[Placed] = []
        if self.extraction.complete or not has_times:  # else nobody asks
            in_order = [item for entry_id in self.standing.shown if (item := placed[entry_id]).position is not None and not item.pinned]
            in_order.sort(key=lambda item: item.position or 0)
        known = max((item.second for item in placed.values() if item.second is not None), default=None) if not matched else None
        stated = [entry.second for entry in page.entries if entry.second is not None and not entry.pinned] if not matched else []
        return problem_of(
            Poll(
                before=len(self.standing.shown),
                matched=len(matched),
                shown=len(page.entries),
                declared=self.extraction.declared_count,
                gone=[item.entry_id in missing for item in in_order],
                between=sum(is_between(item, low, high) for item in left),
                shortened=self._shortened(page),
                complete=self.extraction.complete,
                title=self.extraction.title,
                known_title=self.title,
                newest=known,
                oldest_new=min(stated, default=None),
                has_times=has_times,
                known_timed=sum(item.second is not None for item in in_order) / max(1, len(in_order)),
                reader=self.extraction.method,
                known_reader=self.known_reader,
            )
        )

    def _shortened(self, page: PageOrder) -> int:
        """How many updates that this live blog showed otherwise before are now only the beginning of what is on record."""
        changed = [
            (placed.entry_id, entry.text)
            for position in page.changed
            if (placed := page.placed[position]) and placed.content_hash != (entry := page.entries[position]).content_hash
        ]
        texts = (
            (text, self.connection.execute("SELECT text FROM entries WHERE id = ?", (entry_id,)).fetchone()[0])
            for entry_id, text in changed
        )
        return sum(is_teaser(text, fuller) for text, fuller in texts)

    def _also_known_as(self, entry_id: int, entry: Entry, key: str) -> None:
        """Let an entry that was matched by likeness be found at once next time; an id it lacked is taken over."""
        if not self.connection.execute("SELECT 1 FROM entries WHERE key = ?", (key,)).fetchone():
            self.connection.execute("INSERT OR IGNORE INTO entry_aliases (entry_id, alias) VALUES (?, ?)", (entry_id, key))
        self.connection.execute(
            "UPDATE entries SET source_id = coalesce(source_id, ?), url = coalesce(url, ?) WHERE id = ?",
            (entry.source_id, entry.url, entry_id),
        )
        placed = self.standing.placed.get(entry_id)
        if placed is not None:
            self.standing.names.setdefault(key, placed)
            placed.source_id = placed.source_id or entry.source_id

    # Writing

    def _write(self, page: PageOrder, keys: Sequence[str], matched: Matched, places: dict[int, int | None], *, is_half: bool) -> Recorded:
        outcomes: Counter[str] = Counter()
        new: list[int] = []
        # Oldest first: inserting a page newest first costs 37 % more.
        for position in oldest_first(page.entries, range(len(page.entries)) if self.is_aside else sorted({*page.changed, *places})):
            entry_id = matched.ids[position]
            if entry_id is None:
                new.append(position)
                continue
            outcome, is_return = self._see(page.entries[position], entry_id, places.get(position), is_half=is_half)
            outcomes.update((outcome,) if not is_return else (outcome, "returned"))
        if new:
            self._insert(page, keys, new, places)
        unchanged = len(page.entries) - len(new) - outcomes["edited"]
        return Recorded(new=len(new), edited=outcomes["edited"], unchanged=unchanged, returned=outcomes["returned"])

    def _insert(self, page: PageOrder, keys: Sequence[str], new: Sequence[int], places: dict[int, int | None]) -> None:
        seen_at = rows.unix(self.seen.seen_at)
        made: list[rows.NewEntry] = []
        used: set[str] = set()
        for position in new:
            entry, key = page.entries[position], keys[position]
            if not entry.source_id:
                key = self._unused_key(key, used)
            used.add(key)
            second = _second(entry)
            day = self._day(entry.published)
            made.append(rows.NewEntry(entry, key, day, seen_at if second is None else second, places.get(position)))
        is_shown, reader = not self.is_aside, self.extraction.method
        for entry_id, item in zip(rows.insert(self.connection, made, self.seen, last_seen=self.placements.left_at), made, strict=True):
            entry = item.entry
            second = None if entry.second is None else item.second
            placed = Placed(entry_id, entry.content_hash, item.position, entry.pinned, is_shown, False, entry.source_id, second, reader)
            self.standing.add(placed, item.key)

    def _unused_key(self, key: str, used: set[str]) -> str:
        """The key, numbered if it is another entry's: an old wording without an id posted again beside its edited first."""
        number, unused = 1, key
        while (
            unused in used
            or self.connection.execute(
                "SELECT 1 FROM entries WHERE key = ? UNION ALL SELECT 1 FROM entry_aliases WHERE alias = ?", (unused, unused)
            ).fetchone()
        ):
            number, unused = number + 1, f"{key}-{number + 1}"
        return unused

    def _see(self, entry: Entry, entry_id: int, place: int | None, *, is_half: bool) -> tuple[str, bool]:
        """Record a sighting of an entry on record: `edited` if its wording changed here, else `unchanged`; and whether it returned."""
        placed = self.standing.placed.get(entry_id)
        if placed is not None and placed.content_hash == entry.content_hash and not (placed.withdrawn or self.older):
            self.placements.show(placed, entry, place)
            return "unchanged", False
        row = self.connection.execute(
            "SELECT e.*, c.reader FROM entries e LEFT JOIN captures c ON c.id = e.capture_id WHERE e.id = ?", (entry_id,)
        ).fetchone()
        before = placed.content_hash if placed else None
        self.touched.add(entry_id)
        if self.older:
            self._see_older(entry, row, place, placed)
            return "unchanged", False
        if row["withdrawn_at"] is not None:
            index.remove(self.connection, entry_id)
            self.connection.execute("UPDATE entries SET withdrawn_at = NULL WHERE id = ?", (entry_id,))
            index.add(self.connection, entry_id)
        returned = row["withdrawn_at"] is not None
        if placed is None:
            placed = self.placements.place(entry, row, place)
        else:
            placed.withdrawn = False
            self.placements.show(placed, entry, place)
        if entry.content_hash in (row["content_hash"], before):
            # What is on record; or this page still shows what it did, and another has moved on.
            self.placements.remember(placed, entry)
            return "unchanged", returned
        if is_half and is_teaser(entry.text, row["text"]):
            return "unchanged", returned
        self.placements.remember(placed, entry)
        change = change_of(entry, row, before, reader=self.extraction.method)
        if change is None:
            return "unchanged", returned
        if change == "edited":
            rows.supersede(self.connection, row, seen_at=self.seen.seen_at)
        keeps_time = is_better(row, entry)
        moved = rows.rewrite(
            self.connection,
            entry,
            row,
            day=self._day(entry.published),
            keeps_time=keeps_time,
            edited=change == "edited",
            capture_id=self.seen.capture_id,
        )
        placed.reader = self.extraction.method
        if moved != entry_id:
            self.standing.move(placed, moved)
            self.touched.add(moved)
        if not keeps_time:
            placed.second = _second(entry)
        return ("edited" if change == "edited" else "unchanged"), returned

    def _see_older(self, entry: Entry, row: sqlite3.Row, place: int | None, placed: Placed | None) -> None:
        """An older capture read later can only move the first sighting back; it is not news of an edit."""
        if placed is None:
            self.placements.place(entry, row, place)
        if self.seen.seen_at < row["first_seen"] and entry.content_hash == row["content_hash"] and row["revision"] == 1:
            self.connection.execute("UPDATE entries SET first_seen = ? WHERE id = ?", (self.seen.seen_at, row["id"]))

    def _day(self, published: When | None) -> str:
        """The day an entry stands under: of its stated time in the publisher's zone, else of our first sighting."""
        instant = published.instant if published else from_utc(self.seen.seen_at)
        zone = self._zone
        return (instant.astimezone(zone) if zone else instant).date().isoformat()

    @cached_property
    def _zone(self) -> tzinfo | None:
        try:
            return zone_of(self.extraction.zone)
        except (ValueError, KeyError, OSError):  # a name no zone has: the stated offset must do
            return None


def _second(entry: Entry) -> int | None:
    """The claimed time as Unix seconds."""
    return int(entry.second // 1) if entry.second is not None else None
