"""Forgetting an entry or a live blog for good: rows, index, evidence, and a tombstone against its coming back.

Three steps, each all or nothing, with a note on disk until the last is done: the rows go and the tombstones come in one
transaction of `archive.db`; the captures are dropped or redacted in one of `captures.db`; then both files are written anew without what
is gone. Every step may be done again, so a kill is mended by doing them all again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from archive import index
from archive.captures import Captures
from archive.errors import ArchiveError, ForgottenError
from archive.folder import Folder
from archive.forget_captures import Rewritten, rewrite
from archive.forget_journal import Task, erase_journal, read_journal, write_journal
from archive.forget_plan import plan
from archive.index_merging import INDEXES
from archive.normalise import canonical_url
from archive.opening import open_reader
from archive.progress import Bar, silent
from archive.redaction import MARK, holds
from archive.scratch import sweep
from archive.store import Archive
from archive.tombstones import any_stand

_PATIENCE = 10  # seconds for those who read to let go of the old pages


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was removed, in numbers. `bytes` is how much smaller the two files are.

    `unreadable` bodies could not be rid of the words and were dropped whole, with what else they showed.
    """

    names: tuple[str, ...]
    entries: int
    wordings: int
    live_blogs: int
    captures: int
    redacted: int
    unreadable: int
    bytes: int


def prepare(folder: Folder, names: Sequence[str]) -> Task:
    """Return what forgetting `names` would come to; nothing is touched. A kill's leftover comes first.

    Raises ArchiveError if a name names nothing, ForgottenError if all of it was forgotten before.
    """
    task = read_journal(folder)
    if task is not None:
        if _has_begun(folder, task):
            return task
        names = task.names  # a crawl may have come in between: what goes is worked out anew
    if not names and _anything_forgotten(folder):
        raise ForgottenError(f"nothing is left to finish in {folder.path}: what was to be forgotten is")
    if not names:
        raise ArchiveError(
            f"expected the URL of a live blog or an entry to forget, found none, and nothing left to finish in {folder.path}"
        )
    with closing(open_reader(folder.archive)) as archive, closing(_evidence(folder)) as captures:
        return plan(archive, captures.connection, names)


def _anything_forgotten(folder: Folder) -> bool:
    with closing(open_reader(folder.archive)) as archive:
        return any_stand(archive)


def _has_begun(folder: Folder, task: Task) -> bool:
    """Whether the rows are gone: the tombstones came with that, and nothing of it can have come back since."""
    with closing(open_reader(folder.archive)) as archive:
        stands = "SELECT 1 FROM tombstones WHERE hash = ?"
        return all(archive.execute(stands, (hash_,)).fetchone() for hash_ in task.tombstones)


def forget(folder: Folder, task: Task, *, bar: Bar = silent) -> Forgotten:
    """Remove for good what `prepare` worked out, and return what was removed. Backups are not touched.

    The caller holds the crawler's place. Raises ArchiveError if somebody reads the old state so long that its bytes
    could not be wiped; doing it again then ends it.
    """
    before = _size(folder)
    sweep(folder.path, "replay")  # a killed replay leaves the words, too
    write_journal(folder, task)
    try:
        rewritten = _carry_out(folder, task, bar)
    except sqlite3.OperationalError as error:
        raise ArchiveError(f"forgetting was cut short ({error}); `stoppress forget` without a name finishes it") from error
    erase_journal(folder)
    return Forgotten(
        names=task.names,
        entries=len(task.keys),
        wordings=task.wordings,
        live_blogs=len(task.urls),
        captures=rewritten.captures,
        redacted=rewritten.redacted,
        unreadable=rewritten.unreadable,
        bytes=max(0, before - _size(folder)),
    )


def _carry_out(folder: Folder, task: Task, bar: Bar) -> Rewritten:
    with closing(Archive(folder.archive)) as archive, closing(_evidence(folder)) as captures:
        for connection in (archive.connection, captures.connection):
            connection.execute("PRAGMA secure_delete = ON")
        _remove_rows(archive, task)
        rewritten = rewrite(captures, task, bar=bar)
        _follow(archive, captures)
        with bar("wiping", 4) as advance:
            for name in INDEXES:
                # Without it the index keeps deleted words in its older segments.
                archive.connection.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")
            advance()
            for connection, file in ((archive.connection, "archive.db"), (captures.connection, "captures.db")):
                _wipe(connection, folder, file)
                advance()
    return rewritten


def _remove_rows(archive: Archive, task: Task) -> None:
    """Take everything out of `archive.db` and leave tombstones, in one transaction."""
    connection = archive.connection
    # Off, or SQLite would look through every entry for each capture that goes. What refers to them goes here too.
    connection.execute("PRAGMA foreign_keys = OFF")
    with archive.writing():
        connection.executemany("INSERT OR IGNORE INTO tombstones (hash) VALUES (?)", [(hash_,) for hash_ in task.tombstones])
        for key in task.keys:
            row = connection.execute("SELECT id, publisher_id, day FROM entries WHERE key = ?", (key,)).fetchone()
            if row is not None:
                _remove_entry(connection, row)
        for url in task.urls:
            row = connection.execute("SELECT id FROM live_blogs WHERE url = ?", (url,)).fetchone()
            if row is not None:
                _remove_live_blog(connection, row[0], url)
        _remove_captures(connection, task.dropped)
        _redact_messages(connection, task)
    connection.execute("PRAGMA foreign_keys = ON")


def _remove_entry(connection: sqlite3.Connection, row: sqlite3.Row) -> None:
    index.remove(connection, row["id"])
    for table in ("placements", "revisions", "entry_aliases"):
        connection.execute(f"DELETE FROM {table} WHERE entry_id = ?", (row["id"],))
    connection.execute("DELETE FROM entries WHERE id = ?", (row["id"],))
    month = (row["publisher_id"], row["day"][:7])
    connection.execute("UPDATE rollups SET count = count - 1 WHERE publisher_id = ? AND month = ?", month)
    connection.execute("DELETE FROM rollups WHERE publisher_id = ? AND month = ? AND count <= 0", month)


def _remove_live_blog(connection: sqlite3.Connection, live_blog_id: int, url: str) -> None:
    rows = connection.execute("SELECT entry_id FROM placements WHERE live_blog_id = ?", (live_blog_id,)).fetchall()
    for (entry_id,) in rows:  # what stands elsewhere too stays there
        index.remove(connection, entry_id)
        connection.execute("DELETE FROM placements WHERE live_blog_id = ? AND entry_id = ?", (live_blog_id, entry_id))
        connection.execute(
            "UPDATE entries SET live_blog_id = (SELECT live_blog_id FROM placements WHERE entry_id = entries.id"
            " ORDER BY first_seen, live_blog_id LIMIT 1) WHERE id = ? AND live_blog_id = ?",
            (entry_id, live_blog_id),
        )
        connection.execute(
            "UPDATE entries SET last_seen = (SELECT max(last_seen) FROM placements WHERE entry_id = entries.id) WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM placements WHERE entry_id = entries.id AND last_seen IS NULL)",
            (entry_id,),
        )
        index.add(connection, entry_id)
    connection.execute("DELETE FROM polls WHERE live_blog_id = ? OR url = ?", (live_blog_id, url))
    connection.execute("DELETE FROM watches WHERE live_blog_id = ? OR url = ?", (live_blog_id, url))
    connection.execute("DELETE FROM backfills WHERE url = ?", (url,))
    connection.execute("DELETE FROM live_blogs WHERE id = ?", (live_blog_id,))


def _remove_captures(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS dropped (id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT OR IGNORE INTO temp.dropped (id) VALUES (?)", [(capture_id,) for capture_id in ids])
    for table in ("entries", "revisions"):
        connection.execute(f"UPDATE {table} SET capture_id = NULL WHERE capture_id IN (SELECT id FROM temp.dropped)")
    urls = connection.execute("SELECT DISTINCT url FROM captures WHERE id IN (SELECT id FROM temp.dropped)").fetchall()
    connection.execute("DELETE FROM captures WHERE id IN (SELECT id FROM temp.dropped)")
    for (url,) in urls:
        # Polls of the page's other addresses, unless another live blog was read there too.
        connection.execute("DELETE FROM polls WHERE url = ? AND live_blog_id IS NULL", (url,))
        connection.execute("DELETE FROM watches WHERE url = ? AND live_blog_id IS NULL", (url,))
        connection.execute("DELETE FROM backfills WHERE url = ?", (canonical_url(url),))
    connection.execute("DROP TABLE temp.dropped")


def _redact_messages(connection: sqlite3.Connection, task: Task) -> None:
    """Messages of polls that quote the words."""
    if not task.words.windows and not task.words.alone:
        return
    for row in connection.execute("SELECT id, message FROM polls WHERE message IS NOT NULL").fetchall():
        if holds(row["message"], task.words):
            connection.execute("UPDATE polls SET message = ? WHERE id = ?", (MARK, row["id"]))


def _follow(archive: Archive, captures: Captures) -> None:
    """Let `archive.db` name the bodies as they are now."""
    with archive.writing() as connection:
        for row in captures.connection.execute("SELECT id, digest FROM captures WHERE headers LIKE '%x-stoppress-redacted%'"):
            connection.execute("UPDATE captures SET digest = ? WHERE id = ? AND digest != ?", (row["digest"], row["id"], row["digest"]))


def _wipe(connection: sqlite3.Connection, folder: Folder, name: str) -> None:
    """Write a file anew without what was deleted, and empty its log."""
    connection.execute("VACUUM")
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
    if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise ArchiveError(
            f"the rows are gone and will not come back, but {folder.path / name}-wal still holds their bytes: somebody is reading the"
            " archive as it was. Stop that (a backup, an export, a long query), then run `stoppress forget` without a name"
        )


def _evidence(folder: Folder) -> Captures:
    # A copy without evidence (an export) gets none by this.
    return Captures(folder.captures if folder.captures.exists() else ":memory:")


def _size(folder: Folder) -> int:
    return sum(path.stat().st_size for path in (folder.archive, folder.captures) if path.exists())
