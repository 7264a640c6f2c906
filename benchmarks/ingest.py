"""What recording costs: new entries a CPU second, beside raw sqlite3 executing the same statements in the same run.

    python benchmarks/ingest.py [--quick] [--json] [--pages N]

Pages are generated: 50 updates each, about 660 characters of text an update in random words of a vocabulary
of 20,000. Times are CPU time of this process; what counts is the ratio, since machines differ and are noisy.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from archive.model import Capture, Extraction, Update
from archive.schema import archive_migrations, open_database
from archive.store import Archive
from archive.times import from_epoch

UPDATES = 50


class Logged:
    """A connection that keeps every statement it executes, so that it can be executed again by itself."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.statements: list[tuple[str, Any]] = []

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        self.statements.append((sql, parameters))
        return self.connection.execute(sql, parameters)

    def close(self) -> None:
        self.connection.close()


def pages(count: int, seed: int = 1) -> list[Extraction]:
    chance = random.Random(seed)
    vocabulary = [f"{chance.getrandbits(40):x}"[:length] for length in range(2, 10) for _ in range(2500)]

    def text(words: int) -> str:
        return " ".join(chance.choices(vocabulary, k=words))

    def update(page: int, number: int) -> Update:
        html = f"<p>{text(50)}</p><p>{text(52)}</p>"
        return Update(source_id=f"b{number}", title=text(8), html=html, published=from_epoch(1.7e9 + page * 10_000 - number * 60))

    return [
        Extraction(
            url=f"https://times.example/live/{page}",
            publisher="times",
            live_blog_key=f"live/{page}",
            title=text(8),
            language="en",
            updates=tuple(update(page, number) for number in range(UPDATES)),
        )
        for page in range(count)
    ]


def record_all(archive: Archive, found: list[Extraction], *, first_id: int, at: datetime) -> float:
    """CPU seconds to record every page once."""
    started = time.process_time()
    for number, extraction in enumerate(found):
        fetched_at = at + timedelta(minutes=number)
        archive.record(extraction, Capture(id=first_id + number, url=str(extraction.url), body=b"", fetched_at=fetched_at))
    return time.process_time() - started


def measure(count: int, folder: Path) -> dict[str, float]:
    found = pages(count)
    archive = Archive(folder / "archive.db")
    new = record_all(archive, found, first_id=1, at=datetime(2026, 1, 1, tzinfo=UTC))
    again = record_all(archive, found, first_id=count + 1, at=datetime(2026, 2, 1, tzinfo=UTC))
    archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = (folder / "archive.db").stat().st_size
    archive.close()

    logged = Archive(folder / "logged.db")
    log = Logged(logged.connection)
    logged.connection = log  # type: ignore[assignment]
    record_all(logged, found, first_id=1, at=datetime(2026, 1, 1, tzinfo=UTC))
    logged.close()
    raw = open_database(folder / "raw.db", archive_migrations)
    started = time.process_time()
    for sql, parameters in log.statements:
        raw.execute(sql, parameters).fetchall()
    bare = time.process_time() - started
    raw.close()

    entries = count * UPDATES
    return {
        "new entries a CPU second": entries / new,
        "raw sqlite3, same statements, entries a CPU second": entries / bare,
        "record beside raw sqlite3": bare / new,
        "unchanged page, milliseconds": 1000 * again / count,
        "bytes an entry": size / entries,
    }


GOALS = {"new entries a CPU second": 6000, "record beside raw sqlite3": 0.8, "bytes an entry": 2000}


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--pages", "count", default=1000, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, count: int, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = measure(100 if quick else count, Path(folder))
    claims = []
    for name, value in found.items():
        goal = GOALS.get(name)
        holds = None if goal is None else value <= goal if name == "bytes an entry" else value >= goal
        claims.append({"name": name, "value": round(value, 3), "unit": "", "goal": goal, "holds": holds})
    if as_json:
        json.dump({"claims": claims}, sys.stdout, indent=1)
        print()
        return
    for claim in claims:
        wanted = f"   goal {claim['goal']:,} {'holds' if claim['holds'] else 'missed'}" if claim["goal"] else ""
        print(f"{claim['name']:52} {claim['value']:12,.2f}{wanted}")


if __name__ == "__main__":
    main()
