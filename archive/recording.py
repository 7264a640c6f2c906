"""Recording what one capture showed: which entry each update is, what changed, and what left. Inside one transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property

from archive import index, rows, tombstones
from archive.identity import entry_key
from archive.matching import Matching
from archive.model import Entry, Extraction, Recorded, When
from archive.normalise import normalise
from archive.offsets import zone_of
from archive.ordering import GAP, distinct, new_positions, oldest_first
from archive.page_order import PageOrder
from archive.redaction import is_redacted
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

    @property
    def left_at(self) -> str | None:
        """When what this capture shows was last seen: now, if only an older page or an older capture shows it; else None."""
        return self.seen.seen_at if self.is_aside else None

    def run(self) -> Recorded:
        """Write entries, placements, revisions, index and rollups, and return what changed."""
        entries, keys = self._entries()
        matching = Matching(
            connection=self.connection, standing=self.standing, extraction=self.extraction, publisher_id=self.seen.publisher_id
        )
        matched = matching.by_name(entries, keys)
        page = self._in_order(entries, matched)
        if self._is_unchanged(page):
            return Recorded(unchanged=len(entries))
        alike = matching.by_likeness(page, set(matched.values()))
        if alike:
            matched.update(alike)
            page = self._in_order(entries, matched)
        on_page = set(matched.values())
        left = [] if self.is_aside else [self.standing.placed[entry_id] for entry_id in sorted(self.standing.shown - on_page)]
        problem = None if self.is_aside or self.is_trusted else self._problem(page, matched, left)
        if problem and not matched:
            return Recorded(problem=problem)
        for position, entry_id in alike.items():
            self._also_known_as(entry_id, entries[position], keys[position])
        counts = self._write(page, keys, matched, is_half=problem is not None)
        if not (self.is_aside or problem):
            self._leave(left)
            counts = replace(counts, withdrawn=self._withdraw(page))
        return replace(counts, problem=problem or "")

    def _entries(self) -> tuple[list[Entry], list[str]]:
        """The page's updates normalised, and their keys; those the pages before had are not normalised again."""
        found = self.extraction
        circumstances = (found.url, found.publisher, found.live_blog_key, found.ids_are_global)
        known = self.standing.read if self.standing.circumstances == circumstances else {}
        if len(known) > 2 * len(found.updates) + 100:
            known = {}
        pairs = []
        for update in found.updates:
            pair = known.get(update)
            if pair is None:
                entry = normalise(update, found)
                # What a redacted page still shows of a forgotten update has no key, and is no entry.
                pair = known[update] = (entry, "" if is_redacted(entry.title, entry.text) else self._key(entry))
            if pair[1]:
                pairs.append(pair)
        self.standing.read, self.standing.circumstances = known, circumstances
        read = [entry for entry, _ in pairs]
        entries = tombstones.remaining(self.connection, distinct(read), found, self.url)
        if len(entries) == len(read):
            return read, [key for _, key in pairs]
        return entries, [self._key(entry) for entry in entries]

    def _key(self, entry: Entry) -> str:
        return entry_key(
            entry,
            publisher=self.extraction.publisher,
            live_blog_key=self.extraction.live_blog_key or "",
            ids_are_global=self.extraction.ids_are_global,
        )

    def _in_order(self, entries: Sequence[Entry], matched: dict[int, int]) -> PageOrder:
        return PageOrder(entries, {position: self.standing.placed.get(entry_id) for position, entry_id in matched.items()})

    def _is_unchanged(self, page: PageOrder) -> bool:
        """Whether the page shows just what the last good poll showed, in the same order."""
        if self.is_aside or len(page.placed) != len(page.entries) or len(page.entries) != len(self.standing.shown):
            return False
        for position, placed in page.placed.items():
            entry = page.entries[position]
            if placed is None or not placed.shown or placed.withdrawn or placed.pinned != entry.pinned:
                return False
            if placed.content_hash != entry.content_hash:
                return False
        return page.is_settled

    def _problem(self, page: PageOrder, matched: dict[int, int], left: Sequence[Placed]) -> str | None:
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
                between=sum(_is_between(item, low, high) for item in left),
                shortened=self._shortened(page, matched),
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

    def _shortened(self, page: PageOrder, matched: dict[int, int]) -> int:
        """How many updates that this live blog showed otherwise before are now only the beginning of what is on record."""
        changed = [
            (entry_id, page.entries[position].text)
            for position, entry_id in matched.items()
            if (placed := self.standing.placed.get(entry_id)) and placed.content_hash != page.entries[position].content_hash
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

    def _write(self, page: PageOrder, keys: Sequence[str], matched: dict[int, int], *, is_half: bool) -> Recorded:
        positions = self._places(page)
        outcomes: Counter[str] = Counter()
        new: list[int] = []
        # Oldest first: inserting a page newest first costs 37 % more.
        for position in oldest_first(page.entries, [n for n in range(len(page.entries)) if not self._is_settled(page, n, positions)]):
            if position not in matched:
                new.append(position)
                continue
            entry, entry_id = page.entries[position], matched[position]
            outcome, is_return = self._see(entry, entry_id, positions.get(position), is_half=is_half)
            outcomes.update((outcome,) if not is_return else (outcome, "returned"))
        if new:
            self._insert(page, keys, new, positions)
        unchanged = len(page.entries) - len(new) - outcomes["edited"]
        return Recorded(new=len(new), edited=outcomes["edited"], unchanged=unchanged, returned=outcomes["returned"])

    def _is_settled(self, page: PageOrder, position: int, positions: dict[int, int | None]) -> bool:
        """Whether the last good poll showed the same in the same place, so that there is nothing to write."""
        placed, entry = page.placed.get(position), page.entries[position]
        return (
            placed is not None
            and placed.content_hash == entry.content_hash
            and placed.shown
            and not placed.withdrawn
            and placed.pinned == entry.pinned
            and not self.is_aside
            and position not in positions
        )

    def _places(self, page: PageOrder) -> dict[int, int | None]:
        """Where on the live blog each update stands that has no place there yet, or another than it had."""
        if page.is_settled:
            return {}
        on_page = {placed.entry_id for placed in page.placed.values() if placed}
        for _ in range(2):
            lowest = page.lowest_unplaced
            others = [
                (p.position, p.second)
                for p in self.standing.placed.values()
                if p.position is not None and (lowest is None or p.position > lowest) and p.entry_id not in on_page
            ]
            found = new_positions(page.positions, page.times, others, top_is_newest=page.is_newest_first, older_page=self.partial)
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

    def _insert(self, page: PageOrder, keys: Sequence[str], new: Sequence[int], positions: dict[int, int | None]) -> None:
        seen_at = rows.unix(self.seen.seen_at)
        made: list[rows.NewEntry] = []
        used: set[str] = set()
        for position in new:
            entry = page.entries[position]
            key = keys[position] if entry.source_id else self._unused_key(keys[position], used)
            used.add(key)
            made.append(
                rows.NewEntry(
                    entry=entry,
                    key=key,
                    day=self._day(entry.published),
                    second=seen_at if (second := _second(entry)) is None else second,
                    position=positions.get(position),
                    last_seen=self.left_at,
                )
            )
        for entry_id, item in zip(rows.insert(self.connection, made, self.seen), made, strict=True):
            entry, second = item.entry, _second(item.entry)
            placed = Placed(entry_id, entry.content_hash, item.position, entry.pinned, not self.is_aside, False, entry.source_id, second)
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
            self._show(placed, entry, place)
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
            placed = self._place(entry, row, place)
        else:
            placed.withdrawn = False
            self._show(placed, entry, place)
        if entry.content_hash in (row["content_hash"], before):
            # What is on record; or this page still shows what it did, and another has moved on.
            self._remember(placed, entry)
            return "unchanged", returned
        if is_half and is_teaser(entry.text, row["text"]):
            return "unchanged", returned
        self._remember(placed, entry)
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
        if moved != entry_id:
            self.standing.move(placed, moved)
            self.touched.add(moved)
        if not keeps_time:
            placed.second = _second(entry)
        return ("edited" if change == "edited" else "unchanged"), returned

    def _see_older(self, entry: Entry, row: sqlite3.Row, place: int | None, placed: Placed | None) -> None:
        """An older capture read later can only move the first sighting back; it is not news of an edit."""
        if placed is None:
            self._place(entry, row, place)
        if self.seen.seen_at < row["first_seen"] and entry.content_hash == row["content_hash"] and row["revision"] == 1:
            self.connection.execute("UPDATE entries SET first_seen = ? WHERE id = ?", (self.seen.seen_at, row["id"]))

    # Placements

    def _place(self, entry: Entry, row: sqlite3.Row, place: int | None) -> Placed:
        """Put an entry that stands elsewhere on this live blog, too."""
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
        placed = Placed(row["id"], entry.content_hash, place, entry.pinned, not self.is_aside, False, row["source_id"], second)
        self.standing.add(placed, row["key"])
        return placed

    def _show(self, placed: Placed, entry: Entry, place: int | None) -> None:
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

    def _remember(self, placed: Placed, entry: Entry) -> None:
        """Keep what this live blog shows of an entry: change is judged against it."""
        if placed.content_hash != entry.content_hash:
            placed.content_hash = entry.content_hash
            self.connection.execute(
                "UPDATE placements SET content_hash = ? WHERE live_blog_id = ? AND entry_id = ?",
                (entry.content_hash, self.standing.live_blog_id, placed.entry_id),
            )

    def _leave(self, left: Sequence[Placed]) -> None:
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

    def _withdraw(self, page: PageOrder) -> int:
        """Mark what is gone although an older and a newer entry are still shown, and return how many that are.

        On a complete page everything that is gone is withdrawn; what only rolled onto an older page is not. What another
        page still shows stays.
        """
        astray = page.astray
        shown = [self.standing.placed[entry_id] for entry_id in self.standing.shown if entry_id not in astray]
        shown = [placed for placed in shown if placed.position is not None and not placed.pinned]
        places = [placed.position for placed in shown if placed.position is not None]
        low, high = min(places, default=None), max(places, default=None)
        gone = [
            placed
            for placed in self.standing.placed.values()
            if not placed.shown
            and not placed.withdrawn
            and (self.extraction.complete or (_is_between(placed, low, high) and (not page.is_by_time or _has_neighbours(placed, shown))))
        ]
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


def _is_between(placed: Placed, low: int | None, high: int | None) -> bool:
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
