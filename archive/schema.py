"""Tables, indexes, full-text search and views of `archive.db` and `captures.db`, as migrations.

A migration that has been released is never edited: a change is a new one at the end.
"""

from __future__ import annotations

import re

from sqlite_utils import Database, Migrations

from archive import wordings

archive_migrations = Migrations("stoppress")
capture_migrations = Migrations("stoppress-captures")

# Measured on a million entries: 8 kB pages read a third faster than 4 kB ones, 16 kB cost more to write.
PAGE_SIZE = 8192

_TABLES = """
CREATE TABLE publishers (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, url TEXT, zone TEXT, language TEXT
);
CREATE TABLE live_blogs (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, url TEXT NOT NULL UNIQUE,
    publisher_id INTEGER NOT NULL REFERENCES publishers(id), title TEXT, standfirst TEXT, language TEXT,
    kind TEXT NOT NULL, declared_count INTEGER, state TEXT NOT NULL DEFAULT 'live',
    coverage_start TEXT, coverage_end TEXT, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, last_changed TEXT NOT NULL
);
CREATE INDEX live_blogs_publisher ON live_blogs(publisher_id, last_changed);
CREATE INDEX live_blogs_last_changed ON live_blogs(last_changed);
CREATE TABLE captures (
    id INTEGER PRIMARY KEY, live_blog_id INTEGER REFERENCES live_blogs(id), url TEXT NOT NULL, final_url TEXT,
    fetched_at TEXT NOT NULL, status INTEGER NOT NULL, digest TEXT NOT NULL, reader TEXT, outcome TEXT NOT NULL
);
CREATE INDEX captures_live_blog ON captures(live_blog_id, fetched_at);
CREATE INDEX captures_url ON captures(url, fetched_at);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE,
    publisher_id INTEGER NOT NULL REFERENCES publishers(id), live_blog_id INTEGER NOT NULL REFERENCES live_blogs(id),
    source_id TEXT, url TEXT, title TEXT, byline TEXT, text TEXT NOT NULL, html TEXT, kind TEXT NOT NULL,
    published_at TEXT, published_precision TEXT, published_basis TEXT, published_raw TEXT, updated_at TEXT, day TEXT NOT NULL,
    first_seen TEXT NOT NULL, last_seen TEXT, withdrawn_at TEXT, revision INTEGER NOT NULL DEFAULT 1,
    content_hash TEXT NOT NULL, capture_id INTEGER REFERENCES captures(id)
);
CREATE INDEX entries_publisher ON entries(publisher_id, id);
CREATE INDEX entries_live_blog ON entries(live_blog_id, id);
CREATE INDEX entries_edited ON entries(id) WHERE revision > 1;
CREATE INDEX entries_withdrawn ON entries(id) WHERE withdrawn_at IS NOT NULL;
CREATE TABLE entry_aliases (
    entry_id INTEGER NOT NULL REFERENCES entries(id) ON UPDATE CASCADE ON DELETE CASCADE, alias TEXT NOT NULL PRIMARY KEY
);
CREATE INDEX entry_aliases_entry ON entry_aliases(entry_id);
CREATE TABLE placements (
    live_blog_id INTEGER NOT NULL REFERENCES live_blogs(id),
    entry_id INTEGER NOT NULL REFERENCES entries(id) ON UPDATE CASCADE ON DELETE CASCADE,
    position INTEGER, pinned INTEGER NOT NULL DEFAULT 0, content_hash TEXT NOT NULL,
    first_seen TEXT NOT NULL, last_seen TEXT, PRIMARY KEY (live_blog_id, entry_id)
) WITHOUT ROWID;
CREATE INDEX placements_entry ON placements(entry_id);
CREATE TABLE revisions (
    entry_id INTEGER NOT NULL REFERENCES entries(id) ON UPDATE CASCADE ON DELETE CASCADE, number INTEGER NOT NULL,
    title TEXT, byline TEXT, text TEXT NOT NULL, html TEXT, published_at TEXT, published_precision TEXT,
    published_basis TEXT, updated_at TEXT, seen_at TEXT NOT NULL, superseded_at TEXT NOT NULL,
    capture_id INTEGER REFERENCES captures(id), PRIMARY KEY (entry_id, number)
) WITHOUT ROWID;
CREATE INDEX revisions_superseded ON revisions(superseded_at);
CREATE TABLE watches (
    url TEXT PRIMARY KEY, live_blog_id INTEGER REFERENCES live_blogs(id), added_at TEXT NOT NULL, next_poll_at TEXT,
    etag TEXT, last_modified TEXT, failures INTEGER NOT NULL DEFAULT 0, paused INTEGER NOT NULL DEFAULT 0, note TEXT
);
CREATE INDEX watches_due ON watches(next_poll_at) WHERE NOT paused;
CREATE TABLE polls (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, live_blog_id INTEGER REFERENCES live_blogs(id), at TEXT NOT NULL,
    outcome TEXT NOT NULL, status INTEGER, new INTEGER NOT NULL DEFAULT 0, edited INTEGER NOT NULL DEFAULT 0,
    withdrawn INTEGER NOT NULL DEFAULT 0, milliseconds INTEGER, message TEXT, count INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX polls_url ON polls(url, at);
CREATE INDEX polls_live_blog ON polls(live_blog_id, at);
CREATE INDEX polls_unfolded ON polls(at) WHERE outcome IN ('unchanged', 'not_modified') AND count = 1;
CREATE TABLE backfills (url TEXT PRIMARY KEY, next_url TEXT, pages INTEGER NOT NULL, at TEXT NOT NULL);
CREATE TABLE saved_searches (
    name TEXT PRIMARY KEY, query TEXT NOT NULL, action TEXT, last_run_at TEXT, last_position INTEGER
);
CREATE TABLE tombstones (hash TEXT PRIMARY KEY);
CREATE TABLE queue_positions (stream TEXT PRIMARY KEY, last_id TEXT NOT NULL);
CREATE TABLE rollups (
    publisher_id INTEGER NOT NULL REFERENCES publishers(id), month TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (publisher_id, month)
) WITHOUT ROWID;
"""

# What the index holds for each entry. `tag` has opaque terms that no person types: a filter is one more term
# of the same query, not a join over a million rows. The text comes first: the words of any other column take two bytes
# more a row. Segments are merged by sixteens: by fours, as FTS5 would, recording a page costs a fifth more.
_INDEX = """
CREATE VIEW entries_index AS
SELECT e.id, e.text, e.title, e.byline,
    'xp' || e.publisher_id
    || ' xm' || substr(e.day, 1, 4) || substr(e.day, 6, 2)
    || ' xk' || replace(e.kind, '_', '')
    || coalesce(' xg' || (SELECT language FROM live_blogs WHERE id = e.live_blog_id), '')
    || coalesce(' ' || (SELECT group_concat('xl' || live_blog_id, ' ') FROM
        (SELECT live_blog_id FROM placements WHERE entry_id = e.id ORDER BY live_blog_id)), '')
    || CASE WHEN e.revision > 1 THEN ' xedited' ELSE '' END
    || CASE WHEN e.withdrawn_at IS NOT NULL THEN ' xwithdrawn' ELSE '' END AS tag
FROM entries e;
CREATE VIRTUAL TABLE entries_fts USING fts5(
    text, title, byline, tag, content='entries_index', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO entries_fts (entries_fts, rank) VALUES ('automerge', 16);
CREATE VIRTUAL TABLE entries_pairs USING fts5(text, tokenize='unicode61');
"""

_VIEWS = """
CREATE VIEW entry_history AS
SELECT e.id, e.slug, e.key, r.number, r.title, r.byline, r.text, r.published_at, r.seen_at, r.superseded_at, r.capture_id, e.withdrawn_at
FROM revisions r JOIN entries e ON e.id = r.entry_id
UNION ALL
SELECT e.id, e.slug, e.key, e.revision, e.title, e.byline, e.text, e.published_at,
    coalesce((SELECT max(superseded_at) FROM revisions WHERE entry_id = e.id), e.first_seen), NULL, e.capture_id, e.withdrawn_at
FROM entries e
ORDER BY 1, 4;
CREATE VIEW latest_entries AS
SELECT e.id, e.slug, p.name AS publisher, e.title, e.text, e.published_at, e.published_precision, e.first_seen,
    l.title AS live_blog, l.slug AS live_blog_slug, e.url, e.revision, e.withdrawn_at
FROM entries e JOIN publishers p ON p.id = e.publisher_id JOIN live_blogs l ON l.id = e.live_blog_id
ORDER BY e.id DESC;
CREATE VIEW live_now AS
SELECT l.id, l.slug, l.url, l.title, p.name AS publisher, l.last_changed, l.last_seen,
    (SELECT count(*) FROM placements WHERE live_blog_id = l.id) AS entries
FROM live_blogs l JOIN publishers p ON p.id = l.publisher_id
WHERE l.state = 'live'
ORDER BY l.last_changed DESC;
CREATE VIEW source_health AS
SELECT l.url, p.slug AS publisher, l.state, l.declared_count,
    (SELECT count(*) FROM placements WHERE live_blog_id = l.id) AS entries,
    (SELECT at FROM polls WHERE live_blog_id = l.id ORDER BY at DESC, id DESC LIMIT 1) AS last_poll,
    (SELECT outcome FROM polls WHERE live_blog_id = l.id ORDER BY at DESC, id DESC LIMIT 1) AS last_outcome,
    w.next_poll_at, coalesce(w.failures, 0) AS failures
FROM live_blogs l JOIN publishers p ON p.id = l.publisher_id LEFT JOIN watches w ON w.live_blog_id = l.id
ORDER BY last_poll DESC;
"""

# An alert goes through `polls` in the order they were recorded. SQLite gives the number of a deleted last row again: were the last polls
# deleted (`forget`), an alert that had seen them would take the next ones for old.
_ALERTS = """
ALTER TABLE saved_searches ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE saved_searches ADD COLUMN backfilled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE saved_searches ADD COLUMN last_poll_at TEXT;
CREATE TRIGGER polls_deleted AFTER DELETE ON polls WHEN OLD.id > (SELECT coalesce(max(id), 0) FROM polls)
BEGIN UPDATE saved_searches SET last_position = min(last_position, (SELECT coalesce(max(id), 0) FROM polls)); END;
"""

# What the index of superseded wordings holds. It is apart from the index of entries, so that a search finds what stands unless it is asked
# for what stood. A wording has the filter terms of its entry, and its place in the order of time (archive/wordings.py).
_EARLIER = """
CREATE VIEW revisions_index AS
SELECT r.entry_id * 1048576 + r.number AS id, r.text, r.title, r.byline, (SELECT tag FROM entries_index WHERE id = r.entry_id) AS tag
FROM revisions r JOIN entries e ON e.id = r.entry_id WHERE r.number < min(e.revision, 1048576);
CREATE VIRTUAL TABLE revisions_fts USING fts5(
    text, title, byline, tag, content='revisions_index', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO revisions_fts (revisions_fts, rank) VALUES ('automerge', 16);
CREATE VIRTUAL TABLE revisions_pairs USING fts5(text, tokenize='unicode61');
"""

# Titles by themselves: what has several common words in its title is found there among a few thousand, not among all that say the words.
# Of each word it holds in which titles it stands and nothing more. Segments of so little are merged as FTS5 would: that costs nothing to
# speak of, and a third of their bytes are words that stand in each.
_TITLES = """
CREATE VIEW entries_titles_index AS SELECT id, title FROM entries WHERE title IS NOT NULL;
CREATE VIRTUAL TABLE entries_titles USING fts5(
    title, content='entries_titles_index', content_rowid='id', detail=none, columnsize=0, tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO entries_titles (entries_titles) VALUES ('rebuild');
"""

# `bodies` keeps its rowid: without one, SQLite puts all but the first two kilobytes of a row on pages of their own.
_CAPTURES = """
CREATE TABLE bodies (
    digest TEXT PRIMARY KEY, keyframe TEXT REFERENCES bodies(digest), size INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE TABLE captures (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, final_url TEXT, fetched_at TEXT NOT NULL, status INTEGER NOT NULL,
    headers TEXT NOT NULL, digest TEXT NOT NULL REFERENCES bodies(digest), UNIQUE (url, fetched_at, digest)
);
"""

# What the health page adds up: a week of polls can be millions of rows. Kept by the database itself, so that the counts
# are those of `polls` whoever writes it, copies it or takes rows out of it.
_POLLS_BY_HOUR = """
CREATE TABLE polls_by_hour (
    hour TEXT NOT NULL, outcome TEXT NOT NULL, polls INTEGER NOT NULL, new INTEGER NOT NULL, edited INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL, PRIMARY KEY (hour, outcome)
) WITHOUT ROWID;
INSERT INTO polls_by_hour
SELECT substr(at, 1, 13), outcome, sum(count), sum(new), sum(edited), sum(withdrawn) FROM polls GROUP BY 1, 2;
CREATE TRIGGER polls_counted AFTER INSERT ON polls BEGIN
INSERT INTO polls_by_hour VALUES (substr(NEW.at, 1, 13), NEW.outcome, NEW.count, NEW.new, NEW.edited, NEW.withdrawn)
ON CONFLICT DO UPDATE SET polls = polls + excluded.polls, new = new + excluded.new, edited = edited + excluded.edited,
    withdrawn = withdrawn + excluded.withdrawn; END;
CREATE TRIGGER polls_uncounted AFTER DELETE ON polls BEGIN
UPDATE polls_by_hour SET polls = polls - OLD.count, new = new - OLD.new, edited = edited - OLD.edited, withdrawn = withdrawn - OLD.withdrawn
WHERE hour = substr(OLD.at, 1, 13) AND outcome = OLD.outcome; END;
CREATE TRIGGER polls_recounted AFTER UPDATE OF count ON polls BEGIN
UPDATE polls_by_hour SET polls = polls + NEW.count - OLD.count WHERE hour = substr(NEW.at, 1, 13) AND outcome = NEW.outcome; END;
CREATE INDEX live_blogs_last_seen ON live_blogs(last_seen);
"""


def _run(db: Database, script: str) -> None:
    # Not executescript(): it commits first, and would take a half-made schema out of the migration's transaction.
    for statement in re.split(r";\s*\n", script):
        if statement.strip():
            db.conn.execute(statement)


@archive_migrations()
def m001_tables(db: Database) -> None:
    _run(db, _TABLES)


@archive_migrations()
def m002_search(db: Database) -> None:
    _run(db, _INDEX)


@archive_migrations()
def m003_views(db: Database) -> None:
    _run(db, _VIEWS)


@archive_migrations()
def m004_polls_by_hour(db: Database) -> None:
    _run(db, _POLLS_BY_HOUR)


@archive_migrations()
def m005_alerts(db: Database) -> None:
    _run(db, _ALERTS)


@archive_migrations()
def m006_most_edited(db: Database) -> None:
    # Without it the most edited of a million entries take a second to find. Entries that were never edited are not in it.
    db.conn.execute("CREATE INDEX entries_revision ON entries(revision) WHERE revision > 1")


@archive_migrations()
def m007_earlier_wordings(db: Database) -> None:
    _run(db, _EARLIER)
    wordings.build(db.conn)


@archive_migrations()
def m008_titles(db: Database) -> None:
    _run(db, _TITLES)


@capture_migrations()
def c001_captures(db: Database) -> None:
    _run(db, _CAPTURES)
