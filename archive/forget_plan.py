"""What forgetting an entry or a live blog comes to: which rows, which captures, which words. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archive.errors import ArchiveError, ForgottenError
from archive.forget_journal import Task
from archive.history import find_entry
from archive.identity import slug_of
from archive.normalise import canonical_url, html_to_text
from archive.redaction import sought
from archive.tombstones import entry_tombstones, is_forgotten_name, live_blog_tombstone, slug_tombstone


@dataclass(kw_only=True)
class _Going:
    """Ids of what goes, while it is gathered; `pages` are live blogs that entries are taken off, and stay."""

    entries: set[int] = field(default_factory=set)
    live_blogs: set[int] = field(default_factory=set)


def plan(archive: sqlite3.Connection, captures: sqlite3.Connection, names: Sequence[str]) -> Task:
    """Return what forgetting `names` (slugs, keys or URLs of entries, URLs or slugs of live blogs) comes to.

    With a live blog go its captures and the entries that stand on no other; with an entry that stands alone on a page of its own, that
    page. What was forgotten before is passed over. Raises ArchiveError if a name names nothing here, ForgottenError if all of them were
    forgotten before.
    """
    going = _Going()
    for name in names:
        _resolve(archive, name, going)
    if not going.entries and not going.live_blogs:
        raise ForgottenError(f"{', '.join(names)}: forgotten here before; nothing of it is left")
    for live_blog_id in list(going.live_blogs):
        going.entries |= _only_there(archive, going.live_blogs, live_blog_id)
    going.live_blogs |= _own_pages(archive, going)
    pages = _pages(archive, going.entries) - going.live_blogs
    dropped = _captures(archive, captures, going.live_blogs)
    searched = _captures(archive, captures, pages) - dropped
    parts = [part for entry_id in sorted(going.entries) for part in _parts(archive, entry_id)]
    words = sought(parts, _others(archive, pages, going.entries))
    urls = _addresses(archive, captures, going.live_blogs, dropped)
    tombstones = {live_blog_tombstone(url) for url in urls} | {slug_tombstone(slug_of(url)) for url in urls}
    for entry_id in going.entries:
        tombstones |= entry_tombstones(archive, entry_id)
    marks = ", ".join("?" * len(going.entries))
    wordings = archive.execute(f"SELECT coalesce(sum(revision), 0) FROM entries WHERE id IN ({marks})", sorted(going.entries)).fetchone()[0]
    return Task(
        names=tuple(names),
        keys=tuple(sorted(_one(archive, "SELECT key FROM entries WHERE id = ?", entry_id) for entry_id in going.entries)),
        urls=tuple(sorted(_one(archive, "SELECT url FROM live_blogs WHERE id = ?", live_blog_id) for live_blog_id in going.live_blogs)),
        tombstones=tuple(sorted(tombstones)),
        dropped=tuple(sorted(dropped)),
        searched=tuple(sorted(searched)),
        words=words,
        wordings=wordings,
    )


def _resolve(archive: sqlite3.Connection, name: str, going: _Going) -> None:
    live_blog = _live_blog(archive, name)
    # The page of a single update has the update's own address: then the update is meant.
    if live_blog is not None and live_blog["kind"] != "update":
        going.live_blogs.add(live_blog["id"])
        return
    try:
        going.entries.add(find_entry(archive, name)["id"])
        return
    except ArchiveError as error:
        # An address with a fragment names an entry; one that is not here must not take the whole page with it.
        live_blog = live_blog or (_live_blog(archive, _canonical(name)) if "#" not in name else None)
        if live_blog is None and is_forgotten_name(archive, name):
            return
        if live_blog is None:
            raise ArchiveError(
                f"expected the slug, key or URL of an entry or the URL of a live blog, found {name!r}, which names none in this archive"
            ) from error
    going.live_blogs.add(live_blog["id"])


def _live_blog(archive: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    found: sqlite3.Row | None = archive.execute("SELECT id, kind FROM live_blogs WHERE url = ? OR slug = ?", (name, name)).fetchone()
    return found


def _canonical(name: str) -> str:
    try:
        return canonical_url(name)
    except ValueError:  # http://[broken
        return name


def _only_there(archive: sqlite3.Connection, live_blogs: set[int], live_blog_id: int) -> set[int]:
    """Entries of a live blog that stand on none that stays."""
    marks = ", ".join("?" * len(live_blogs))
    rows = archive.execute(
        "SELECT entry_id FROM placements p WHERE live_blog_id = ? AND NOT EXISTS"
        f" (SELECT 1 FROM placements WHERE entry_id = p.entry_id AND live_blog_id NOT IN ({marks}))",
        (live_blog_id, *live_blogs),
    )
    return {row[0] for row in rows}


def _own_pages(archive: sqlite3.Connection, going: _Going) -> set[int]:
    """Pages of a single update on which nothing else stands."""
    found = set()
    for live_blog_id in _pages(archive, going.entries):
        kind = _one(archive, "SELECT kind FROM live_blogs WHERE id = ?", live_blog_id)
        shown = {row[0] for row in archive.execute("SELECT entry_id FROM placements WHERE live_blog_id = ?", (live_blog_id,))}
        if kind == "update" and shown <= going.entries:
            found.add(live_blog_id)
    return found


def _pages(archive: sqlite3.Connection, entries: Iterable[int]) -> set[int]:
    """Live blogs the entries have stood on."""
    return {
        row[0] for entry_id in entries for row in archive.execute("SELECT live_blog_id FROM placements WHERE entry_id = ?", (entry_id,))
    }


def _captures(archive: sqlite3.Connection, captures: sqlite3.Connection, live_blogs: Iterable[int]) -> set[int]:
    """Captures of the live blogs: those they were read from, and others of the same addresses, recorded or not."""
    found: set[int] = set()
    for live_blog_id in live_blogs:
        found |= {row[0] for row in archive.execute("SELECT id FROM captures WHERE live_blog_id = ?", (live_blog_id,))}
        urls = {_one(archive, "SELECT url FROM live_blogs WHERE id = ?", live_blog_id)}
        urls |= {row[0] for row in archive.execute("SELECT DISTINCT url FROM captures WHERE live_blog_id = ?", (live_blog_id,))}
        for url in urls:
            for row in captures.execute("SELECT id FROM captures WHERE url = ?", (url,)):
                read = archive.execute("SELECT live_blog_id FROM captures WHERE id = ?", (row[0],)).fetchone()
                # An address may have led to another live blog on another day.
                if read is None or read[0] in (None, live_blog_id):
                    found.add(row[0])
    return found


def _addresses(archive: sqlite3.Connection, captures: sqlite3.Connection, live_blogs: set[int], dropped: set[int]) -> set[str]:
    found = {_one(archive, "SELECT url FROM live_blogs WHERE id = ?", live_blog_id) for live_blog_id in live_blogs}
    for capture_id in dropped:
        row = captures.execute("SELECT url, final_url FROM captures WHERE id = ?", (capture_id,)).fetchone()
        found |= {url for url in (row or ()) if url}
    return found


def _parts(archive: sqlite3.Connection, entry_id: int) -> Iterator[str]:
    """Titles and texts of every wording of an entry, and what only its markup says (captions)."""
    rows = archive.execute(
        "SELECT title, text, html FROM entries WHERE id = ? UNION SELECT title, text, html FROM revisions WHERE entry_id = ?",
        (entry_id, entry_id),
    )
    for row in rows.fetchall():
        yield from (row["title"] or "", row["text"])
        if row["html"]:
            yield html_to_text(row["html"])


def _others(archive: sqlite3.Connection, live_blogs: set[int], going: set[int]) -> Iterator[str]:
    """What stays on the live blogs: their own titles and addresses, and every wording of the other entries there."""
    for live_blog_id in live_blogs:
        page = archive.execute("SELECT title, standfirst, url FROM live_blogs WHERE id = ?", (live_blog_id,)).fetchone()
        yield from (value for value in page if value)
        rows = archive.execute(
            "SELECT e.id, e.title, e.text, e.byline FROM placements p JOIN entries e ON e.id = p.entry_id WHERE p.live_blog_id = :id"
            " UNION SELECT r.entry_id, r.title, r.text, r.byline FROM placements p JOIN revisions r ON r.entry_id = p.entry_id"
            " WHERE p.live_blog_id = :id",
            {"id": live_blog_id},
        )
        for row in rows:
            if row[0] not in going:
                yield from (row["title"] or "", row["text"], row["byline"] or "")


def _one(archive: sqlite3.Connection, sql: str, number: int) -> str:
    return str(archive.execute(sql, (number,)).fetchone()[0])
