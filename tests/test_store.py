"""Recording: what is new, edited and unchanged, and what the index, the rollups and the positions say afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from archive import index, verify_rows
from archive.errors import ArchiveError, NewerArchiveError
from archive.model import Capture, Update
from archive.opening import open_reader
from archive.query import parse
from archive.schema import archive_migrations
from archive.search import search
from archive.standing import load
from archive.store import Archive, Read
from archive.times import from_url
from tests.conftest import page, update

STORM = update("b1", "Bridge shut", "The harbour bridge is shut to lorries.", "2026-03-01T11:00:00Z")
FERRY = update("b2", "Ferry runs late", "An extra boat leaves every twenty minutes.", "2026-03-01T11:30:00Z")


def entries(archive: Archive, columns: str = "key, title") -> list[tuple[object, ...]]:
    return [tuple(row) for row in archive.connection.execute(f"SELECT {columns} FROM entries ORDER BY id DESC")]


def found(archive: Archive, query: str) -> list[str]:
    return [hit.key for hit in search(archive.connection, parse(query)).hits]


def sound(archive: Archive) -> None:
    """The index holds exactly what the rows say, and so do the rollups. The plain integrity check passes after drift."""
    for name in ("entries_fts", "entries_titles"):
        archive.connection.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")
    assert archive.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert archive.connection.execute("PRAGMA foreign_key_check").fetchall() == []
    counted = archive.connection.execute("SELECT coalesce(sum(count), 0) FROM rollups").fetchone()[0]
    assert counted == archive.connection.execute("SELECT count(*) FROM entries").fetchone()[0]


def test_a_page_is_new_then_unchanged(archive: Archive, capture: Callable[..., Capture]) -> None:
    first = archive.record(page(FERRY, STORM), capture("2026-03-01T12:00:00Z"))
    again = archive.record(page(FERRY, STORM), capture("2026-03-01T12:10:00Z"))
    assert (first.new, first.edited, first.unchanged) == (2, 0, 0)
    assert (again.new, again.edited, again.unchanged) == (0, 0, 2)
    assert entries(archive) == [("times/live/storm/b2", "Ferry runs late"), ("times/live/storm/b1", "Bridge shut")]
    sound(archive)


def test_recording_one_capture_twice_changes_nothing(archive: Archive, capture: Callable[..., Capture]) -> None:
    once = capture()
    archive.record(page(FERRY, STORM), once)
    before = list(archive.connection.iterdump())
    archive.record(page(FERRY), once)
    assert list(archive.connection.iterdump()) == before


def test_an_edit_keeps_the_old_wording(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.record(page(STORM), capture("2026-03-01T12:00:00Z"))
    edited = update("b1", "Bridge shut to all", "The harbour bridge is shut to all traffic.", "2026-03-01T11:00:00Z")
    assert archive.record(page(edited), capture("2026-03-01T12:10:00Z")).edited == 1
    assert entries(archive, "title, revision") == [("Bridge shut to all", 2)]
    kept = archive.connection.execute("SELECT number, title, seen_at, superseded_at, capture_id FROM revisions").fetchone()
    assert tuple(kept) == (1, "Bridge shut", "2026-03-01T12:00:00Z", "2026-03-01T12:10:00Z", 1)
    assert found(archive, "lorries") == []
    assert found(archive, "is:edited traffic") == ["times/live/storm/b1"]
    sound(archive)


def test_a_change_back_is_another_wording(archive: Archive, capture: Callable[..., Capture]) -> None:
    other = update("b1", "Bridge open", "The harbour bridge is open.", "2026-03-01T11:00:00Z")
    for minute, shown in enumerate((STORM, other, STORM)):
        archive.record(page(shown), capture(f"2026-03-01T12:0{minute}:00Z"))
    wordings = archive.connection.execute("SELECT number, title FROM entry_history ORDER BY number").fetchall()
    assert [tuple(row) for row in wordings] == [(1, "Bridge shut"), (2, "Bridge open"), (3, "Bridge shut")]


def test_what_is_kept_of_a_live_blog_between_polls_is_what_is_on_record(archive: Archive, capture: Callable[..., Capture]) -> None:
    late = update("b3", "Ferry back", "The ferry keeps its timetable again.", "2026-03-01T11:40:00Z")
    edited = update("b2", "Ferry runs late", "Two extra boats leave every twenty minutes.", "2026-03-01T11:31:00Z")
    shown = [page(FERRY, STORM), page(late, edited, STORM, method="times"), page(late, STORM), page(late, FERRY, STORM)]
    for minute, extraction in enumerate(shown):
        archive.record(extraction, capture(f"2026-03-01T12:0{minute}:00Z"))
        kept, on_record = archive._standings[1], load(archive.connection, 1)
        assert (kept.placed, kept.names, kept.shown) == (on_record.placed, on_record.names, on_record.shown)


def test_updates_a_page_shows_no_longer_are_not_kept_in_mind_for_good(archive: Archive, capture: Callable[..., Capture]) -> None:
    posts = [update(f"b{number}", f"Post {number}", "The ferry left.", f"2026-03-01T11:{number:02}:00Z") for number in range(60)]
    for newest in range(20, 60):
        archive.record(page(*posts[newest - 20 : newest][::-1]), capture(f"2026-03-01T12:{newest:02}:00Z"))
        assert {f"b{number}" for number in range(newest - 20, newest)} <= archive._standings[1].read.keys()
        assert len(archive._standings[1].read) <= 35


def test_a_corrected_time_moves_the_place_not_the_handle(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.record(page(FERRY, STORM), capture("2026-03-01T12:00:00Z"))
    slug = archive.connection.execute("SELECT slug FROM entries WHERE source_id = 'b1'").fetchone()[0]
    corrected = update("b1", STORM.title, STORM.text or "", "2026-02-28T23:59:00Z")
    assert archive.record(page(FERRY, corrected), capture("2026-03-01T12:10:00Z")).edited == 1
    row = archive.connection.execute("SELECT id, slug FROM entries WHERE source_id = 'b1'").fetchone()
    assert (row["id"], row["slug"]) == (1772323140, slug)
    assert archive.connection.execute("SELECT count(*) FROM placements WHERE entry_id = ?", (row["id"],)).fetchone()[0] == 1
    assert found(archive, "lorries") == ["times/live/storm/b1"]
    months = archive.connection.execute("SELECT month, count FROM rollups WHERE count > 0 ORDER BY month").fetchall()
    assert [tuple(month) for month in months] == [("2026-02", 1), ("2026-03", 1)]
    sound(archive)


def test_a_time_that_is_filled_in_is_no_edit(archive: Archive, capture: Callable[..., Capture]) -> None:
    day = from_url("/live/2026-03-01/", zone="Europe/London")
    archive.record(
        page(Update(source_id="b1", title="Bridge shut", text="Shut to lorries.", published=day)), capture("2026-03-01T12:00:00Z")
    )
    stated = update("b1", "Bridge shut", "Shut to lorries.", "2026-03-01T11:00:00Z")
    assert archive.record(page(stated), capture("2026-03-01T12:10:00Z")).edited == 0
    assert entries(archive, "published_at, published_basis, revision") == [("2026-03-01T11:00:00Z", "page", 1)]
    assert archive.record(page(stated), capture("2026-03-01T12:20:00Z")).unchanged == 1
    sound(archive)


def test_updates_of_one_second_keep_the_page_order(archive: Archive, capture: Callable[..., Capture]) -> None:
    day = from_url("/story/2013-02-26/x", zone="Europe/London")
    shown = [Update(source_id=name, title=name, text=f"Text {name}", published=day) for name in ("third", "second", "first")]
    archive.record(page(*shown), capture())
    assert [row[0] for row in entries(archive, "title")] == ["third", "second", "first"]


def test_backfilled_updates_stand_in_their_own_time(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.record(page(FERRY), capture("2026-03-01T12:00:00Z"))
    older = page(STORM, url="https://times.example/live/storm")
    archive.record(older, capture("2026-03-01T12:10:00Z", url="https://times.example/live/storm?page=2"))
    assert [row[0] for row in entries(archive, "title")] == ["Ferry runs late", "Bridge shut"]
    assert entries(archive, "source_id, last_seen") == [("b2", None), ("b1", "2026-03-01T12:10:00Z")], (
        "what an older page lacks has not left"
    )
    archive.record(page(FERRY, complete=True), capture("2026-03-01T12:20:00Z"))
    assert entries(archive, "source_id, last_seen, withdrawn_at") == [("b2", None, None), ("b1", "2026-03-01T12:10:00Z", None)]


def test_what_left_the_page_was_last_seen_at_the_poll_before(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.record(page(FERRY, STORM), capture("2026-03-01T12:00:00Z"))
    archive.record(page(FERRY, STORM), capture("2026-03-01T12:10:00Z"))
    archive.record(page(FERRY), capture("2026-03-01T12:20:00Z"))
    assert entries(archive, "source_id, last_seen") == [("b2", None), ("b1", "2026-03-01T12:10:00Z")]
    archive.record(page(FERRY, STORM), capture("2026-03-01T12:30:00Z"))
    assert entries(archive, "source_id, last_seen") == [("b2", None), ("b1", None)]


class TestWithoutIds:
    def test_the_key_is_the_first_content_for_ever(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        archive.record(page(update(None, "Bridge shut", "The harbour bridge is shut to lorries.")), capture("2026-03-01T12:00:00Z"))
        key = entries(archive, "key")[0][0]
        assert str(key).startswith("times/live/storm/~")
        changed = update(None, "Bridge shut", "The harbour bridge is shut to lorries and vans.")
        assert archive.record(page(changed), capture("2026-03-01T12:10:00Z")).edited == 1
        assert entries(archive, "key, revision") == [(key, 2)]
        assert archive.record(page(changed), capture("2026-03-01T12:20:00Z")).unchanged == 1
        sound(archive)

    def test_a_near_equal_text_under_another_title_is_the_same(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        text = "Twelve people were taken to hospital after a lorry turned over on the bridge, the ambulance service says."
        archive.record(page(update(None, "Twelve hurt", text)), capture("2026-03-01T12:00:00Z"))
        fewer = update(None, "Nine hurt", text.replace("Twelve", "Nine"))
        recorded = archive.record(page(fewer), capture("2026-03-01T12:10:00Z"))
        assert (recorded.new, recorded.edited) == (0, 1)

    def test_a_repeated_title_over_another_text_is_another(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        morning = update(None, "Good morning", "Welcome to our coverage of the storm on the coast.")
        archive.record(page(morning), capture("2026-03-01T12:00:00Z"))
        sport = update(None, "Good morning", "Eleven players face Rovers tonight under lights.")
        assert archive.record(page(sport, morning), capture("2026-03-01T12:10:00Z")).new == 1
        assert len(entries(archive)) == 2

    def test_a_layout_that_finds_ids_later_keeps_the_entries(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        archive.record(page(update(None, "Bridge shut", "The harbour bridge is shut to lorries.")), capture("2026-03-01T12:00:00Z"))
        archive.record(page(update("b1", "Bridge shut", "The harbour bridge is shut to lorries.")), capture("2026-03-01T12:10:00Z"))
        assert len(entries(archive)) == 1
        assert archive.record(page(update("b1", "Open", "Open again to all.")), capture("2026-03-01T12:20:00Z")).edited == 1


class TestSeveralPages:
    """One update on a story page, a topic page and its own page is one entry with several placements."""

    def record(self, archive: Archive, capture: Capture, url: str, shown: Update, kind: str) -> object:
        return archive.record(page(shown, url=url, publisher="itv", ids_are_global=True, kind=kind), capture)

    def test_a_teaser_never_replaces_the_fuller_text(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        full = update("2013-02-26/x", "Police slammed", "The watchdog has criticised the unit. It called the failings disturbing.")
        teaser = update("2013-02-26/x", "Police slammed", "The watchdog has criticised the unit.")
        for minute, (kind, shown) in enumerate((("topic", teaser), ("story", full), ("topic", teaser), ("story", full))):
            url = f"http://itv.example/news/{kind}/x"
            self.record(archive, capture(f"2026-03-01T12:0{minute}:00Z", url=url), url, shown, kind)
        assert entries(archive, "text, revision") == [(full.text, 1)]
        assert archive.connection.execute("SELECT count(*) FROM placements").fetchone()[0] == 2
        assert found(archive, "live:http://itv.example/news/topic/x") == ["itv/2013-02-26/x"]
        sound(archive)

    def test_a_text_that_is_cut_on_its_own_page_is_an_edit(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        full = update("b1", "Police slammed", "The watchdog has criticised the unit. It called the failings disturbing.")
        archive.record(page(full), capture("2026-03-01T12:00:00Z"))
        cut = update("b1", "Police slammed", "The watchdog has criticised the unit.")
        assert archive.record(page(cut), capture("2026-03-01T12:10:00Z")).edited == 1


def test_an_older_capture_read_later_is_no_edit(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.record(page(update("b1", "Bridge open", "Open again.", "2026-03-01T11:00:00Z")), capture("2026-03-01T12:00:00Z"))
    recorded = archive.record(page(STORM, FERRY), capture("2026-03-01T11:45:00Z"))
    assert (recorded.new, recorded.edited) == (1, 0)
    assert ("Bridge open", 1) in entries(archive, "title, revision")
    sound(archive)


def test_a_failed_poll_is_counted_and_changes_no_entry(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.record(page(STORM), capture("2026-03-01T12:00:00Z"))
    broken = capture("2026-03-01T12:10:00Z")
    archive.record_failure(broken.url, at=broken.fetched_at, outcome="http_503", message="busy", status=503, capture=broken)
    assert archive.is_recorded(broken.id or 0)
    last = archive.connection.execute("SELECT last_outcome, entries FROM source_health").fetchone()
    assert tuple(last) == ("http_503", 1)


def test_a_page_is_recorded_whole_or_not_at_all(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON entries WHEN new.source_id = 'b2' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        archive.record(page(FERRY, STORM), capture())
    assert entries(archive) == []
    assert archive.recorded_ids() == set()


def test_pages_of_one_transaction_are_indexed_together(archive: Archive, capture: Callable[..., Capture]) -> None:
    updates = [update(f"b{minute}", f"Boat {minute}", f"Boat {minute} leaves.", f"2026-03-01T11:{minute}:00Z") for minute in (40, 20, 30)]
    with archive.writing():
        for number, one in enumerate(updates):
            archive.record(page(one, url=f"https://times.example/live/{number}"), capture())
    assert archive.connection.execute("SELECT count(DISTINCT segid) FROM entries_fts_idx").fetchone()[0] == 1
    assert len(found(archive, "leaves")) == 3
    sound(archive)


def test_not_everything_waits_for_the_index(archive: Archive, capture: Callable[..., Capture], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_MOST_WAITING", 1)
    with archive.writing():
        archive.record(page(STORM), capture("2026-03-01T12:00:00Z"))
        assert found(archive, "lorries") == []
        archive.record(page(FERRY, STORM), capture("2026-03-01T12:05:00Z"))
        assert found(archive, "lorries OR boat") == ["times/live/storm/b2", "times/live/storm/b1"]
    sound(archive)


def test_what_waits_for_the_index_is_neither_lost_nor_kept_where_a_part_fails(archive: Archive, capture: Callable[..., Capture]) -> None:
    def broken(connection: sqlite3.Connection, *_: object) -> None:
        raise ValueError("a page nobody foresaw")

    edited = update("b1", "Bridge open", "The harbour bridge is open again.", "2026-03-01T11:00:00Z")
    with archive.writing():
        archive.record(page(STORM), capture("2026-03-01T12:00:00Z"))
        # An edit writes what waits, and is undone.
        read = Read(capture=capture("2026-03-01T12:05:00Z"), digest="sha256:0", extraction=page(FERRY, edited))
        with pytest.raises(ValueError, match="foresaw"):
            archive.record_read(read, then=broken)
        assert entries(archive) == [("times/live/storm/b1", "Bridge shut")]
    assert (found(archive, "lorries"), found(archive, "boat"), found(archive, "open")) == (["times/live/storm/b1"], [], [])
    sound(archive)
    archive.record(page(FERRY, edited), capture("2026-03-01T12:10:00Z"))
    assert (found(archive, "boat"), found(archive, "open")) == (["times/live/storm/b2"], ["times/live/storm/b1"])
    sound(archive)


def test_a_capture_without_an_id_is_refused(archive: Archive, capture: Callable[..., Capture]) -> None:
    from dataclasses import replace

    with pytest.raises(ArchiveError, match="without an id"):
        archive.record(page(STORM), replace(capture(), id=None))


def test_a_newer_archive_is_refused(tmp_path) -> None:
    path = tmp_path / "archive.db"
    made = Archive(path)
    made.connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, 'm999_future', '2030-01-01')",
        (archive_migrations.name,),
    )
    made.close()
    with pytest.raises(NewerArchiveError, match=r"m999_future.*upgrade stoppress"):
        Archive(path)
    with pytest.raises(NewerArchiveError, match="upgrade stoppress"):
        open_reader(path)


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path) -> None:
    path = tmp_path / "archive.db"
    path.write_text("These are my notes.\n" * 100)
    with pytest.raises(ArchiveError, match="found a file that is none"):
        Archive(path)
    assert path.read_text() == "These are my notes.\n" * 100


class TestWithdrawal:
    """Gone from a good poll that still shows an older and a newer update, or shows everything. A wrong one is worse than a late one."""

    SHOWN = tuple(update(f"b{n}", f"Update {n}", f"What happened at number {n}.", f"2026-03-01T11:{n:02}:00Z") for n in range(9, 0, -1))

    def polls(
        self, archive: Archive, capture: Callable[..., Capture], *pages: tuple[Update, ...], **fields: object
    ) -> list[tuple[int, int]]:
        """The withdrawn and returned of each poll."""
        recorded = [archive.record(page(*shown, **fields), capture(f"2026-03-01T12:{n:02}:00Z")) for n, shown in enumerate(pages)]
        sound(archive)
        return [(poll.withdrawn, poll.returned) for poll in recorded]

    def without(self, *names: str) -> tuple[Update, ...]:
        return tuple(shown for shown in self.SHOWN if shown.source_id not in names)

    def test_gone_between_neighbours(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        assert self.polls(archive, capture, self.SHOWN, self.without("b5")) == [(0, 0), (1, 0)]
        assert entries(archive, "withdrawn_at")[4] == ("2026-03-01T12:01:00Z",)
        assert found(archive, "is:withdrawn") == ["times/live/storm/b5"]

    def test_it_can_return(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        polls = self.polls(archive, capture, self.SHOWN, self.without("b5"), self.SHOWN, self.SHOWN)
        assert polls == [(0, 0), (1, 0), (0, 1), (0, 0)]
        assert found(archive, "is:withdrawn") == []

    def test_what_rolls_onto_an_older_page_is_not_withdrawn(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        newer = update("b10", "Update 10", "What happened last.", "2026-03-01T11:30:00Z")
        assert self.polls(archive, capture, self.SHOWN, (newer, *self.without("b1", "b2"))) == [(0, 0), (0, 0)]

    def test_a_missing_newest_waits_for_a_newer_one(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        newer = update("b10", "Update 10", "What happened last.", "2026-03-01T11:30:00Z")
        polls = self.polls(archive, capture, self.SHOWN, self.without("b9"), (newer, *self.without("b9")))
        assert polls[1] == (0, 0)

    def test_an_old_post_kept_at_the_top_is_no_neighbour(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        old = update("a1", "What we know", "The story so far.", "2026-03-01T06:00:00Z")
        for pinned in (True, False):
            top = update("a1", old.title, old.text or "", "2026-03-01T06:00:00Z", pinned=pinned)
            assert self.polls(archive, capture, (top, *self.SHOWN), (top, *self.without("b1", "b2")))[1] == (0, 0)

    def test_a_complete_page_shows_everything(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        assert self.polls(archive, capture, self.SHOWN, self.without("b1", "b9"), complete=True)[1] == (2, 0)

    def test_a_poll_that_lost_most_of_the_page_withdraws_nothing(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        assert self.polls(archive, capture, self.SHOWN, (self.SHOWN[0], self.SHOWN[-1]))[1] == (0, 0)

    def test_a_corrected_time_is_no_leaving(self, archive: Archive, capture: Callable[..., Capture]) -> None:
        moved = tuple(
            update("b5", shown.title, shown.text or "", "2026-03-01T11:55:00Z") if shown.source_id == "b5" else shown
            for shown in self.SHOWN
        )
        assert self.polls(archive, capture, self.SHOWN, moved, moved)[1:] == [(0, 0), (0, 0)]
        assert {row[0] for row in entries(archive, "last_seen")} == {None}


def test_a_live_blog_stays_its_publishers_whatever_reads_it_later(archive: Archive, capture: Callable[..., Capture]) -> None:
    archive.record(page(update("1", "Bridge shut", "The bridge is shut.")), capture())
    later = page(update("2", "Bridge open", "Open again."), update("1", "Bridge shut", "The bridge is shut."), publisher="times.example")
    archive.record(later, capture("2026-03-01T12:05:00Z"))
    named = "SELECT DISTINCT p.slug FROM publishers p LEFT JOIN entries e ON e.publisher_id = p.id"
    assert [row[0] for row in archive.connection.execute(named)] == ["times"]
    assert len(found(archive, "bridge publisher:times")) == 2
    assert list(verify_rows.placed(archive.connection)) == []


def test_a_day_is_the_publishers(archive: Archive, capture: Callable[..., Capture]) -> None:
    summer = from_url("/story/2013-06-01/x", zone="Europe/London")
    late = update("b2", "Late", "Just after midnight in London.", "2013-06-30T23:30:00Z")
    archive.record(page(late, Update(source_id="b1", title="Day", text="A day alone.", published=summer), zone="Europe/London"), capture())
    assert entries(archive, "source_id, day") == [("b2", "2013-07-01"), ("b1", "2013-06-01")]
    assert (found(archive, "since:2013-06 until:2013-06-01"), found(archive, "until:2013-05")) == (["times/live/storm/b1"], [])
    assert found(archive, "since:2013-07") == ["times/live/storm/b2"]
    months = archive.connection.execute("SELECT month, count FROM rollups ORDER BY month").fetchall()
    assert [tuple(month) for month in months] == [("2013-06", 1), ("2013-07", 1)]
