"""Recording what one capture showed: which entry each update is, what changed, and what left. Inside one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from archive import index
from archive.identity import Known, align, entry_key, slug_of
from archive.model import Entry, Extraction, Recorded, When
from archive.normalise import normalise
from archive.offsets import zone_of
from archive.ordering import distinct, free_id, longest_run, oldest_first
from archive.times import from_utc, to_utc

_HOW = ("published_precision", "published_basis", "published_raw")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One capture of one live blog, while its rows are written.

    `seen_at` is the capture's time, UTC. `older`: the live blog has been seen later than this already.
    `partial`: the capture is an older page of the live blog, so what it lacks has not left.
    """

    connection: sqlite3.Connection
    live_blog_id: int
    publisher_id: int
    capture_id: int
    seen_at: str
    extraction: Extraction
    older: bool = False
    partial: bool = False
    runs: dict[int, int] = field(default_factory=dict)  # the last free position found from a second on

    @property
    def left_at(self) -> str | None:
        """When what this capture shows was last seen: now, if only an older page or an older capture shows it; else None."""
        return self.seen_at if self.older or self.partial else None

    def run(self) -> Recorded:
        """Write entries, placements, revisions, index and rollups, and return what changed."""
        entries = distinct([normalise(update, self.extraction) for update in self.extraction.updates])
        matched = self._match(entries)
        counts = dict.fromkeys(("new", "edited", "unchanged", "withdrawn", "returned"), 0)
        shown: dict[int, int] = {}  # the id of each position's entry: a corrected time moves it
        # Oldest first: inserting a page newest first costs 37 % more.
        for position in oldest_first(entries):
            entry = entries[position]
            if position in matched:
                counts["returned"] += self._return(matched[position])
                outcome, shown[position] = self._see(entry, matched[position], position)
            else:
                outcome, shown[position] = self._insert(entry, position)
            counts[outcome] += 1
        if not (self.older or self.partial):
            left = self._leave(set(shown.values()))
            unpinned = [shown[position] for position in sorted(shown) if not entries[position].pinned]
            counts["withdrawn"] = self._withdraw(left, unpinned, before=len(left) + len(matched))
        return Recorded(**counts)

    # Which entry an update is

    def _match(self, entries: Sequence[Entry]) -> dict[int, int]:
        """The id of the entry on record for each position on the page that has one: by key, by alias, else by likeness."""
        matched: dict[int, int] = {}
        for position, entry in enumerate(entries):
            key = _key(entry, self.extraction)
            row = self.connection.execute("SELECT id FROM entries WHERE key = ?", (key,)).fetchone()
            row = row or self.connection.execute("SELECT entry_id FROM entry_aliases WHERE alias = ?", (key,)).fetchone()
            if row and row[0] not in matched.values():
                matched[position] = row[0]
        rest = [position for position in range(len(entries)) if position not in matched]
        if not rest:
            return matched
        known = [item for item in self._candidates() if item.entry_id not in set(matched.values())]
        for number, entry_id in align([entries[position] for position in rest], known).items():
            position = rest[number]
            matched[position] = entry_id
            self._also_known_as(entry_id, entries[position])
        return matched

    def _also_known_as(self, entry_id: int, entry: Entry) -> None:
        """Let an entry that was matched by likeness be found at once next time; an id it lacked is taken over."""
        self.connection.execute(
            "INSERT OR IGNORE INTO entry_aliases (entry_id, alias) VALUES (?, ?)", (entry_id, _key(entry, self.extraction))
        )
        self.connection.execute(
            "UPDATE entries SET source_id = coalesce(source_id, ?), url = coalesce(url, ?) WHERE id = ?",
            (entry.source_id, entry.url, entry_id),
        )

    def _candidates(self) -> list[Known]:
        """Entries of this live blog; where ids hold for the whole publisher, also those of the publisher's same days."""
        sql = "SELECT e.id, e.source_id, e.title, e.text FROM entries e JOIN placements p ON p.entry_id = e.id WHERE p.live_blog_id = ?"
        parameters: list[object] = [self.live_blog_id]
        if self.extraction.ids_are_global:
            days = {u.published.instant.date().isoformat() for u in self.extraction.updates if u.published}
            sql += (
                " UNION SELECT id, source_id, title, text FROM entries WHERE publisher_id = ?"
                f" AND substr(published_at, 1, 10) IN ({', '.join('?' * len(days))})"
            )
            parameters += [self.publisher_id, *sorted(days)]
        rows = self.connection.execute(sql, parameters)
        return [Known(entry_id=row[0], source_id=row[1], title=row[2], text=row[3]) for row in rows]

    # One entry

    def _insert(self, entry: Entry, position: int) -> tuple[str, int]:
        key = self._unused_key(_key(entry, self.extraction))
        published = _utc(entry.published)
        day = self._day(entry.published)
        entry_id = free_id(self.connection, published or self.seen_at, self.runs)
        self.connection.execute(
            "INSERT INTO entries (id, slug, key, publisher_id, live_blog_id, source_id, url, title, byline, text, html, kind, published_at,"
            " published_precision, published_basis, published_raw, updated_at, day, first_seen, last_seen, content_hash, capture_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (entry_id, slug_of(key), key, self.publisher_id, self.live_blog_id, entry.source_id, entry.url, entry.title, entry.byline)
            + (entry.text, entry.html, entry.kind, published, *_how(entry.published), _utc(entry.updated), day, self.seen_at, self.left_at)
            + (entry.content_hash, self.capture_id),
        )
        self._place(entry_id, entry, position)
        index.add(self.connection, entry_id)
        self._count(self.publisher_id, day, 1)
        return "new", entry_id

    def _unused_key(self, key: str) -> str:
        """The key, numbered if it is another entry's: an old wording without an id posted again beside its edited first."""
        number, unused = 1, key
        while self.connection.execute(
            "SELECT 1 FROM entries WHERE key = ? UNION ALL SELECT 1 FROM entry_aliases WHERE alias = ?", (unused, unused)
        ).fetchone():
            number, unused = number + 1, f"{key}-{number + 1}"
        return unused

    def _see(self, entry: Entry, entry_id: int, position: int) -> tuple[str, int]:
        """Record a sighting of an entry on record: `edited` if its wording changed here, else `unchanged`; and its id."""
        row = self.connection.execute("SELECT * FROM entries WHERE id = ?", (entry_id,)).fetchone()
        placement = self.connection.execute(
            "SELECT content_hash, last_seen FROM placements WHERE live_blog_id = ? AND entry_id = ?", (self.live_blog_id, entry_id)
        ).fetchone()
        if self.older:
            self._see_older(entry, row, position, is_placed=placement is not None)
            return "unchanged", entry_id
        if placement is None:
            index.remove(self.connection, entry_id)
            self._place(entry_id, entry, position)
            index.add(self.connection, entry_id)
        elif placement["content_hash"] != entry.content_hash or placement["last_seen"] is not None:
            self.connection.execute(
                "UPDATE placements SET content_hash = ?, last_seen = iif(last_seen IS NULL, NULL, ?)"
                " WHERE live_blog_id = ? AND entry_id = ?",
                (entry.content_hash, self.left_at, self.live_blog_id, entry_id),
            )
        if row["last_seen"] is not None:
            self.connection.execute("UPDATE entries SET last_seen = ? WHERE id = ?", (self.left_at, entry_id))
        if entry.content_hash == row["content_hash"]:
            return "unchanged", entry_id
        if placement is not None and placement["content_hash"] == entry.content_hash:
            return "unchanged", entry_id  # this page still shows what it did; another page has moved on
        return self._change(entry, row, placement)

    def _change(self, entry: Entry, row: sqlite3.Row, placement: sqlite3.Row | None) -> tuple[str, int]:
        # A placement that showed something else than the record is a teaser of it, or lags behind.
        diverged = placement is None or placement["content_hash"] != row["content_hash"]
        shortened = _is_teaser(entry.text, row["text"])
        if shortened and (diverged or entry.text.endswith(("...", "\u2026"))):
            return "unchanged", row["id"]
        if diverged and len(entry.text) < len(row["text"]) / 2:
            return "unchanged", row["id"]
        filled = _filled_in(entry, row)
        expanded = placement is None and _is_teaser(row["text"], entry.text) and entry.title == row["title"]
        if not (filled or expanded):
            self._supersede(row)
        entry_id = self._rewrite(entry, row, edited=not (filled or expanded))
        return "unchanged" if filled or expanded else "edited", entry_id

    def _supersede(self, row: sqlite3.Row) -> None:
        """Keep the wording on record as a revision that ended now."""
        since = self.connection.execute("SELECT max(superseded_at) FROM revisions WHERE entry_id = ?", (row["id"],)).fetchone()[0]
        self.connection.execute(
            "INSERT INTO revisions (entry_id, number, title, byline, text, html, published_at, published_precision, published_basis,"
            " updated_at, seen_at, superseded_at, capture_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row["id"], row["revision"], row["title"], row["byline"], row["text"], row["html"], row["published_at"])
            + (row["published_precision"], row["published_basis"], row["updated_at"], since or row["first_seen"], self.seen_at)
            + (row["capture_id"],),
        )

    def _rewrite(self, entry: Entry, row: sqlite3.Row, *, edited: bool) -> int:
        """Put the new wording in place and return the entry's id; a time that moved moves the row, references along."""
        published = _utc(entry.published) or row["published_at"]
        how = _how(entry.published) if entry.published else tuple(row[name] for name in _HOW)
        day = self._day(entry.published) if entry.published else row["day"]
        index.remove(self.connection, row["id"])
        entry_id = row["id"] if published == row["published_at"] else free_id(self.connection, published or row["first_seen"], self.runs)
        self.connection.execute(
            "UPDATE entries SET id = ?, source_id = coalesce(source_id, ?), url = coalesce(?, url), title = ?, byline = ?, text = ?,"
            " html = ?, kind = ?, published_at = ?, published_precision = ?, published_basis = ?, published_raw = ?,"
            " updated_at = ?, day = ?,"
            " revision = revision + ?, content_hash = ?, capture_id = ? WHERE id = ?",
            (entry_id, entry.source_id, entry.url, entry.title, entry.byline, entry.text, entry.html, entry.kind, published, *how)
            + (_utc(entry.updated) or row["updated_at"], day, int(edited), entry.content_hash, self.capture_id, row["id"]),
        )
        index.add(self.connection, entry_id)
        if day != row["day"]:
            self._count(row["publisher_id"], row["day"], -1)
            self._count(row["publisher_id"], day, 1)
        return entry_id

    def _see_older(self, entry: Entry, row: sqlite3.Row, position: int, *, is_placed: bool) -> None:
        """An older capture read later can only move the first sighting back; it is not news of an edit."""
        if not is_placed:
            index.remove(self.connection, row["id"])
            self._place(row["id"], entry, position)
            index.add(self.connection, row["id"])
        if self.seen_at < row["first_seen"] and entry.content_hash == row["content_hash"] and row["revision"] == 1:
            self.connection.execute("UPDATE entries SET first_seen = ? WHERE id = ?", (self.seen_at, row["id"]))

    # Placements, positions, rollups

    def _place(self, entry_id: int, entry: Entry, position: int) -> None:
        self.connection.execute(
            "INSERT INTO placements (live_blog_id, entry_id, position, pinned, content_hash, first_seen, last_seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.live_blog_id, entry_id, position, int(entry.pinned), entry.content_hash, self.seen_at, self.left_at),
        )

    def _return(self, entry_id: int) -> int:
        """Take back a withdrawal: the page shows the entry again. Return 1 if there was one, else 0."""
        if not self.connection.execute("SELECT 1 FROM entries WHERE id = ? AND withdrawn_at IS NOT NULL", (entry_id,)).fetchone():
            return 0
        if self.older:
            return 0
        index.remove(self.connection, entry_id)
        self.connection.execute("UPDATE entries SET withdrawn_at = NULL WHERE id = ?", (entry_id,))
        index.add(self.connection, entry_id)
        return 1

    def _withdraw(self, left: Sequence[int], shown: Sequence[int], *, before: int) -> int:
        """Mark what left although both an older and a newer entry are still shown, and return how many that are.

        On a complete page everything that left is withdrawn; what only rolled onto an older page is not. A poll
        that lost most of what the page had looks broken: it withdraws nothing. What another page still shows stays.
        """
        if len(left) > max(3, before / 2):
            return 0
        in_order = longest_run(shown)
        count = 0
        for entry_id in left:
            between = bool(in_order) and min(in_order) < entry_id < max(in_order)
            shown_elsewhere = "SELECT 1 FROM placements WHERE entry_id = ? AND (last_seen IS NULL OR pinned)"
            if not (between or (self.extraction.complete and shown)) or self.connection.execute(shown_elsewhere, (entry_id,)).fetchone():
                continue
            index.remove(self.connection, entry_id)
            self.connection.execute("UPDATE entries SET withdrawn_at = ? WHERE id = ?", (self.seen_at, entry_id))
            index.add(self.connection, entry_id)
            count += 1
        return count

    def _leave(self, shown: set[int]) -> list[int]:
        """Close the sighting of what the page no longer shows, at the last poll that showed it, and return what that is."""
        last = self.connection.execute("SELECT last_seen FROM live_blogs WHERE id = ?", (self.live_blog_id,)).fetchone()[0]
        rows = self.connection.execute(
            "SELECT entry_id FROM placements WHERE live_blog_id = ? AND last_seen IS NULL AND first_seen < ?",
            (self.live_blog_id, self.seen_at),
        )
        left = sorted({row[0] for row in rows} - shown)
        for entry_id in left:
            self.connection.execute(
                "UPDATE placements SET last_seen = ? WHERE live_blog_id = ? AND entry_id = ?", (last, self.live_blog_id, entry_id)
            )
            self.connection.execute(
                "UPDATE entries SET last_seen = (SELECT max(last_seen) FROM placements WHERE entry_id = entries.id) WHERE id = ?"
                " AND NOT EXISTS (SELECT 1 FROM placements WHERE entry_id = entries.id AND last_seen IS NULL)",
                (entry_id,),
            )
        return left

    def _day(self, published: When | None) -> str:
        """The day an entry stands under: of its stated time in the publisher's zone, else of our first sighting."""
        try:
            zone = zone_of(self.extraction.zone)
        except (ValueError, KeyError, OSError):  # a name no zone has: the stated offset must do
            zone = None
        instant = published.instant if published else from_utc(self.seen_at)
        return (instant.astimezone(zone) if zone else instant).date().isoformat()

    def _count(self, publisher_id: int, day: str, change: int) -> None:
        self.connection.execute(
            "INSERT INTO rollups (publisher_id, month, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            (publisher_id, day[:7], change),
        )


def _utc(when: When | None) -> str | None:
    return to_utc(when.instant) if when else None


def _how(when: When | None) -> tuple[str | None, str | None, str | None]:
    return (when.precision, when.basis, when.raw) if when else (None, None, None)


def _key(entry: Entry, extraction: Extraction) -> str:
    return entry_key(
        entry,
        publisher=extraction.publisher,
        live_blog_key=extraction.live_blog_key or "",
        ids_are_global=extraction.ids_are_global,
    )


def _is_teaser(text: str, fuller: str) -> bool:
    """Whether a text is only the beginning of another."""
    bare = text.rstrip(".\u2026 ")
    return len(bare) < len(fuller.rstrip(".\u2026 ")) and fuller.startswith(bare)


def _filled_in(entry: Entry, row: sqlite3.Row) -> bool:
    """Whether all that changed is that the page now states a time we had not, or only inferred."""
    same = (entry.title, entry.byline, entry.text) == (row["title"], row["byline"], row["text"])
    return same and row["published_basis"] != "page" and entry.published is not None and entry.published.basis == "page"
