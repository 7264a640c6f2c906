"""A reading room over a small archive that holds an edit, a withdrawal and a stranger's attacks, and a way to ask it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from datasette.app import Datasette

from archive.captures import Captures
from archive.folder import Folder
from archive.model import Capture, Extraction, Update, When
from archive.store import Archive

NOON = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)
STORM, HOSTILE = "https://echo.example/live/storm", "https://evil.example/live/x"
# Markup, quotes, the end of a CDATA section, what XML cannot hold, and a formula.
ATTACK = "=1+1\"'><script>alert(1)</script><img src=x onerror=alert(1)>]]>\ufffe\uffff&amp;"


def said(hour: int, minute: int = 0, precision: str = "minute", basis: str = "page") -> When:
    return When(instant=datetime(2025, 6, 4, hour, minute, tzinfo=UTC), precision=precision, basis=basis, raw=f"{hour}.{minute:02d}")


def storm(bridge: str, *, ferry: bool = True) -> Extraction:
    updates = (
        Update(source_id="e", published=said(14, 30), title="Tolls waived", text="No tolls on the harbour bridge tonight."),
        Update(source_id="d", published=said(14, 12), title="Harbour bridge shut", byline="Orla Fenwick", text=bridge, kind="key_event"),
        Update(source_id="c", published=said(13, 31), text="Ferry to run until ten.\n\nAn extra harbour boat."),
        Update(source_id="b", published=said(0, 0, precision="day", basis="url"), title="Depot Road open", html="<p>A <b>harbour</b></p>"),
        Update(source_id="a", title="No time stated", text="The harbour wakes."),
    )
    return Extraction(
        url=STORM,
        publisher="echo",
        publisher_name="Northmouth Echo",
        title="Storm Edda: the day as it happened",
        standfirst="Roads closed.",
        language="en",
        zone="Europe/London",
        live_blog_key="storm",
        updates=tuple(update for update in updates if ferry or update.source_id != "c"),
    )


def hostile() -> Extraction:
    return Extraction(
        url=HOSTILE + "?" + ATTACK,
        publisher="evil.example",
        publisher_name=f"Evil {ATTACK}",
        title=ATTACK,
        standfirst=ATTACK,
        language='en" onload="alert(1)',
        zone="../../etc/passwd",
        live_blog_key="x" + ATTACK,
        updates=(
            Update(source_id=ATTACK, published=said(9), title=ATTACK, byline=ATTACK, text=f"{ATTACK} harbour", kind=ATTACK),
            Update(source_id="2", published=said(8), html=f"<p>harbour</p>{ATTACK[:60]}<a href='javascript:alert(1)'>x</a>"),
        ),
    )


def made(path: Path) -> Folder:
    """Record three looks at a storm (an edit at the second, a withdrawal at the third) and one at a hostile page."""
    folder = Folder(path)
    archive, captures = Archive(folder.archive), Captures(folder.captures)
    first = "The bridge is shut to all traffic.\n\nCracks were found in both spans."
    pages = [
        (STORM, storm(first)),
        (STORM, storm("The bridge is shut to lorries.\n\nA crack was found in the eastern span.")),
        (STORM, storm("The bridge is shut to lorries.\n\nA crack was found in the eastern span.", ferry=False)),
        (HOSTILE, hostile()),
    ]
    for number, (url, extraction) in enumerate(pages):
        capture = captures.add(Capture(url=url, body=b"page %d" % number, fetched_at=NOON + timedelta(minutes=150 + number)))
        archive.record(extraction, capture)
    # What only a file written by something else can hold: no text in it is to be trusted either.
    archive.connection.execute(
        "UPDATE entries SET url = 'javascript:alert(1)', html = ?, byline = ? WHERE source_id = '2'",
        (f"<p>harbour</p>{ATTACK}", "\x00\x08\x0b\x1f\x7f a bell\x07"),
    )
    archive.close()
    captures.close()
    return folder


def get(room: Datasette, address: str, *, headers: dict[str, str] | None = None, **params: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        return await room.client.get(address, params=params or None, headers=headers)

    return asyncio.run(ask())
