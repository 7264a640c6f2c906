"""The updates of a page as entries, with their keys; what was read before is not normalised again."""

from __future__ import annotations

import sqlite3

from archive import tombstones
from archive.identity import entry_key
from archive.model import Entry, Extraction, Update
from archive.normalise import normalise
from archive.ordering import distinct
from archive.redaction import is_redacted
from archive.standing import Standing

_KEPT = 1.25  # times as many as a page shows, ten beside


def entries_of(found: Extraction, standing: Standing, connection: sqlite3.Connection, *, url: str) -> tuple[list[Entry], list[str]]:
    """Return the page's updates normalised, without repeats and without what was forgotten, and their keys.

    `url` is the live blog's. `standing` keeps what came of each update for the next page.
    """
    circumstances = (found.url, found.publisher, found.live_blog_key, found.ids_are_global)
    known = standing.read if standing.circumstances == circumstances else {}
    shown: dict[str, tuple[Update, Entry, str]] = {}
    read: list[Entry] = []
    keys: list[str] = []
    for update in found.updates:
        # What tells it from the others of its page, or nearly so; a pinned one may stand there twice.
        name = update.source_id or update.html or update.text or update.title or ""
        if update.pinned:
            name = f"pinned {name}"
        was = known.get(name)
        if was is not None and (was[0] is update or was[0] == update):
            _, entry, key = shown[name] = was
        else:
            entry = normalise(update, found)
            # What a redacted page still shows of a forgotten update has no key, and is no entry.
            key = "" if is_redacted(entry.title, entry.text) else _key(entry, found)
            shown[name] = (update, entry, key)
        if key:
            read.append(entry)
            keys.append(key)
    # What it shows no longer is kept for a while only: a live blog that grows would keep much of what it ever showed.
    kept = known | shown
    standing.read, standing.circumstances = kept if len(kept) <= len(shown) * _KEPT + 10 else shown, circumstances
    # Different keys are different ids, or different contents without one.
    entries = tombstones.remaining(connection, read if len(set(keys)) == len(keys) else distinct(read), found, url)
    return entries, keys if len(entries) == len(read) else [_key(entry, found) for entry in entries]


def _key(entry: Entry, found: Extraction) -> str:
    return entry_key(entry, publisher=found.publisher, live_blog_key=found.live_blog_key or "", ids_are_global=found.ids_are_global)
