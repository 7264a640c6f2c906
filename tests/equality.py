"""What an archive says, so that two can be compared: every fact by the names of things, without the numbers of rows."""

from __future__ import annotations

import sqlite3

FACTS = {
    "publishers": "SELECT slug, name, url, zone, language FROM publishers ORDER BY slug",
    "live_blogs": "SELECT url, slug, title, standfirst, language, kind, declared_count, state, coverage_start, coverage_end, first_seen,"
    " last_seen, last_changed FROM live_blogs ORDER BY url",
    "entries": "SELECT e.key, e.slug, l.url, e.source_id, e.url, e.title, e.byline, e.text, e.html, e.kind, e.published_at,"
    " e.published_precision, e.published_basis, e.published_raw, e.updated_at, e.day, e.first_seen, e.last_seen, e.withdrawn_at,"
    " e.revision,"
    " e.content_hash, c.fetched_at FROM entries e JOIN live_blogs l ON l.id = e.live_blog_id JOIN captures c ON c.id = e.capture_id"
    " ORDER BY e.key",
    "aliases": "SELECT e.key, a.alias FROM entry_aliases a JOIN entries e ON e.id = a.entry_id ORDER BY 1, 2",
    "placements": "SELECT l.url, e.key, p.position, p.pinned, p.content_hash, p.first_seen, p.last_seen FROM placements p"
    " JOIN entries e ON e.id = p.entry_id JOIN live_blogs l ON l.id = p.live_blog_id ORDER BY 1, 2",
    "revisions": "SELECT e.key, r.number, r.title, r.byline, r.text, r.html, r.published_at, r.published_precision, r.published_basis,"
    " r.updated_at, r.seen_at, r.superseded_at, c.fetched_at FROM revisions r JOIN entries e ON e.id = r.entry_id"
    " JOIN captures c ON c.id = r.capture_id ORDER BY 1, 2",
    "rollups": "SELECT p.slug, r.month, r.count FROM rollups r JOIN publishers p ON p.id = r.publisher_id ORDER BY 1, 2",
    "captures": "SELECT c.url, c.fetched_at, c.digest, c.reader, c.outcome, l.url FROM captures c"
    " LEFT JOIN live_blogs l ON l.id = c.live_blog_id ORDER BY c.fetched_at, c.digest",
    "index": "SELECT e.key, f.title, f.text, f.byline FROM entries_fts f JOIN entries e ON e.id = f.rowid ORDER BY 1",
    "index of titles": "SELECT e.key, f.title FROM entries_titles f JOIN entries e ON e.id = f.rowid ORDER BY 1",
    "index of earlier wordings": "SELECT e.key, f.rowid & 1048575, f.title, f.text, f.byline FROM revisions_fts f"
    " JOIN entries e ON e.id = f.rowid >> 20 ORDER BY 1, 2",
}


def facts(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every fact of an archive, table by table."""
    for name in ("entries_fts", "entries_titles", "revisions_fts"):
        connection.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")
    return {name: [tuple(row) for row in connection.execute(sql)] for name, sql in FACTS.items()}
