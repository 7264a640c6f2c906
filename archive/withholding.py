"""Keeping forgotten words out of the evidence: a page that still shows them is stored without. Pure but for one look at the tombstones.

Every response is stored before anything looks inside, with this one exception: where something was forgotten, the
page is read first, and what it shows of that is taken out of its body. Whoever receives a response asks

    if tombstones.any_stand(connection):
        if tombstones.is_forgotten_page(connection, capture.url, capture.final_url, extraction.url): ...  # store nothing
        capture = withhold(connection, capture, extraction)
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from archive.model import Capture, Extraction
from archive.normalise import normalise
from archive.redaction import HEADER, is_redacted, redact, sought
from archive.tombstones import remaining


def withhold(connection: sqlite3.Connection, capture: Capture, extraction: Extraction) -> Capture:
    """Return the capture without the words of forgotten updates; the same one if it shows none.

    Where they cannot be taken out its body is empty. The same page gives the same body again.
    """
    entries = [normalise(update, extraction) for update in extraction.updates]
    kept = remaining(connection, entries, extraction, extraction.url or capture.address)
    # By identity: two updates may say the same.
    stays = {id(entry) for entry in kept}
    gone = [entry for entry in entries if id(entry) not in stays and not is_redacted(entry.title, entry.text)]  # not redacted before
    parts = [part for entry in gone for part in (entry.title or "", entry.text)]
    if not parts:
        return capture
    others = [part for entry in kept for part in (entry.title or "", entry.text, entry.byline or "")]
    words = sought(parts, [*others, extraction.title or "", extraction.standfirst or "", extraction.url or ""])
    done = redact(capture.body, words)
    if not done.found:
        return capture
    headers = {**capture.headers, HEADER: "everything" if done.body is None else "words"}
    return replace(capture, body=done.body or b"", headers=headers)
