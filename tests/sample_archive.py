"""The sample archive that pages are looked at with: the whole sample day, and one live page of the months before it.

`python -m tests.sample_archive FOLDER` makes one. All words are our own.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from archive.captures import Captures
from archive.folder import Folder
from archive.model import Capture, Extraction, Update
from archive.store import Archive
from archive.times import from_iso, from_utc

ROOT = Path(__file__).resolve().parent.parent
REPAIR = "http://echo.localhost:8017/live/eddle-bridge-repair"
_REPAIR = (
    ("2025-10-06T09:15", "Engineers on Eddle Bridge", "Two engineers have hung from the east tower of the bridge since eight. They wave."),
    (
        "2025-10-06T11:40",
        "Rust in the hangers",
        "The board confirms rust in eleven of the bridge's ninety-six hangers, none of it dangerous.",
    ),
    ("2025-10-06T13:20", "Buses go round by Vale", "The number 7 goes round by Vale until three. Allow forty minutes, and bring a book."),
    ("2025-10-06T16:05", "Bridge to stay open", "Eddle Bridge stays open, one lane at a time, while the board works out the cost."),
    ("2025-10-06T17:30", "Engineers are down", "The engineers are off the tower and in the Lantern Inn. They have asked for soup."),
    ("2025-11-12T10:00", "Repair to cost two million", "The board puts the repair of the bridge at two million, most of it for paint."),
    ("2025-11-12T11:15", "Who pays for the bridge", "The county pays half, the board a third, and nobody has yet been found for the rest."),
    ("2025-11-12T14:30", "Toll suggested", "A toll of fifty pence is suggested in the council chamber, to laughter from the public seats."),
    ("2025-11-12T16:45", "Vote on the repair", "The repair is voted through by 41 to 22. Two councillors were stuck on the bridge."),
    (
        "2025-11-13T09:20",
        "No toll on the bridge",
        "There will be no toll. The leader of the council says it was his idea, and no longer is.",
    ),
    (
        "2025-12-02T08:45",
        "Scaffolding goes up",
        "Scaffolding goes up on the east tower. The bridge is shut tonight from eleven until five.",
    ),
    ("2025-12-19T17:10", "Bridge open for Christmas", "Both lanes of the bridge are open until the second of January."),
    (
        "2025-12-19T18:00",
        "A tree on the tower",
        "Somebody has put a Christmas tree on the east tower. The board says it was not the board.",
    ),
    ("2026-01-08T07:30", "Work resumes in the frost", "Work on Eddle Bridge resumes, two hours late: the paint would not leave the tin."),
    (
        "2026-01-21T12:00",
        "Sixth hanger replaced",
        "The sixth of eleven hangers has been replaced. The old one is on its way to a laboratory.",
    ),
    (
        "2026-02-11T15:25",
        "Repair finished early",
        "The repair of the bridge is finished, nine days early. The scaffolding comes down on Sunday.",
    ),
    ("2026-02-11T16:10", "What the hanger told", "The laboratory has looked at the old hanger: it would have lasted eleven more years."),
    ("2026-02-11T17:00", "Board: worth every tin", "The board says that the repair was worth every tin of it."),
    (
        "2026-02-14T10:30",
        "First bus over the new deck",
        "The first bus over the new deck was a number 7, eleven minutes late, with four people in it.",
    ),
    ("2026-02-14T10:55", "And back", "The number 7 has come back over the bridge, with five."),
)


def make(path: Path) -> None:
    """Make the sample archive in a new folder."""
    command = [sys.executable, "-m", "crawler.cli", "demo", "--once", "--archive", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200)
    if run.returncode:
        raise RuntimeError(run.stderr)
    updates = [
        Update(source_id=f"repair-{number}", published=from_iso(at, zone="Europe/London"), title=title, text=text, byline="Tess Arkwright")
        for number, (at, title, text) in enumerate(_REPAIR)
    ]
    page = Extraction(
        url=REPAIR,
        publisher="northmouth_echo",
        publisher_name="Northmouth Echo",
        title="Eddle Bridge: the repair, from the first rope to the first bus",
        standfirst="Eleven hangers, nine tins of paint a day, and one lane at a time.",
        language="en",
        zone="Europe/London",
        live_blog_key="eddle-bridge-repair",
        updates=tuple(updates),
        declared_count=22,
        ended=True,
    )
    folder = Folder(path)
    with closing(Archive(folder.archive)) as archive, closing(Captures(folder.captures)) as captures:
        found = captures.add(Capture(url=REPAIR, body=b"<h1>Eddle Bridge: the repair</h1>", fetched_at=from_utc("2026-02-14T12:00:00Z")))
        archive.record(page, found)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
