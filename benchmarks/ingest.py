"""What recording costs, beside raw sqlite3 executing the same statements and sqlite-utils writing the same rows, in one run.

    python benchmarks/ingest.py [--quick] [--json] [--pages N] [--curve]

Pages of 50 updates, about 660 characters of text an update: words of the corpus in their real proportions, put together
anew (benchmarks/ingest_text.py). Times are CPU time of this process, medians of several rounds in turn; what counts are the ratios.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlite_utils import Database

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive.captures import Captures  # noqa: E402
from archive.model import Capture, Extraction  # noqa: E402
from archive.normalise import normalise  # noqa: E402
from archive.opening import open_database  # noqa: E402
from archive.remembering import forget_all  # noqa: E402
from archive.schema import archive_migrations  # noqa: E402
from archive.store import Archive  # noqa: E402
from benchmarks.claims import claim, show  # noqa: E402
from benchmarks.ingest_text import page_of, pages, said, update  # noqa: E402
from crawler.extraction import extract  # noqa: E402
from crawler.page import Page  # noqa: E402

GOALS: dict[str, tuple[float, bool]] = {  # the goal, and whether more is better
    "new entries a CPU second": (6000, True),
    "record beside raw sqlite3": (0.8, True),
    "reading a page beside recording it unchanged": (10, True),
    "one new of 500 beside one new of 5": (3, False),
    "bytes an entry": (2000, False),
    "captures of a growing page, share of the raw bytes": (0.06, False),
}


class Logged:
    """A connection that keeps every statement it executes, so that it can be executed again by itself."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.statements: list[tuple[str, str, Any]] = []
        self.waiting: list[Any] | None = None

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        self.statements.append(("execute", sql, parameters))
        return self.connection.execute(sql, parameters)

    def executemany(self, sql: str, rows: Sequence[Any]) -> sqlite3.Cursor:
        rows = list(rows)
        self.statements.append(("executemany", sql, rows))
        return self.connection.executemany(sql, rows)

    def close(self) -> None:
        self.connection.close()


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of work, with nothing in mind of what was read before."""
    forget_all()
    started = time.process_time()
    work()
    return time.process_time() - started


def record_all(archive: Archive, found: Sequence[Extraction], *, first_id: int, at: datetime) -> None:
    for number, extraction in enumerate(found):
        fetched_at = at + timedelta(minutes=number)
        archive.record(extraction, Capture(id=first_id + number, url=str(extraction.url), body=b"", fetched_at=fetched_at))


def new_pages(count: int, rounds: int, folder: Path) -> dict[str, float]:
    """Recording new pages, the same statements by raw sqlite3, and the same rows by sqlite-utils, in turn."""
    found = pages(count)
    logged = Archive(folder / "logged.db")
    log = Logged(logged.connection)
    logged.connection = log  # type: ignore[assignment]
    record_all(logged, found, first_id=1, at=datetime(2026, 1, 1, tzinfo=UTC))
    rows = [dict(row) for row in log.connection.execute("SELECT * FROM entries ORDER BY id")]
    logged.close()
    times: dict[str, list[float]] = {"record": [], "raw": [], "sqlite-utils": [], "normalise": []}
    for number in range(rounds):
        archive = Archive(folder / f"record-{number}.db")
        times["record"].append(cpu(lambda: record_all(archive, found, first_id=1, at=datetime(2026, 1, 1, tzinfo=UTC))))  # noqa: B023
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = (folder / f"record-{number}.db").stat().st_size
        archive.close()
        raw = open_database(folder / f"raw-{number}.db", archive_migrations)
        times["raw"].append(cpu(lambda: run_again(raw, log.statements)))  # noqa: B023
        raw.close()
        peer = Database(folder / f"peer-{number}.db")
        times["sqlite-utils"].append(cpu(lambda: by_sqlite_utils(peer, rows)))  # noqa: B023
        peer.close()
        times["normalise"].append(cpu(lambda: [normalise(one, page) for page in found for one in page.updates]))
    entries = len(rows)
    middle = {name: statistics.median(values) for name, values in times.items()}
    return {
        "new entries a CPU second": entries / middle["record"],
        "raw sqlite3, same statements, entries a CPU second": entries / middle["raw"],
        "record beside raw sqlite3": statistics.median(raw / ours for raw, ours in zip(times["raw"], times["record"], strict=True)),
        "sqlite-utils, rows and index alone, entries a CPU second": entries / middle["sqlite-utils"],
        "of recording, normalising": middle["normalise"] / middle["record"],
        "characters of text an entry": sum(len(row["text"]) for row in rows) / entries,
        "bytes an entry": size / entries,
    }


def run_again(connection: sqlite3.Connection, statements: Sequence[tuple[str, str, Any]]) -> None:
    for kind, sql, values in statements:
        if kind == "executemany":
            connection.executemany(sql, values)
        else:
            connection.execute(sql, values).fetchall()


def by_sqlite_utils(database: Database, rows: Sequence[dict[str, Any]]) -> None:
    """What the library offers for the same: a table with a primary key, indexed by its full-text triggers, a page a transaction."""
    table = database.table("entries")
    for start in range(0, len(rows), 50):
        table.insert_all(rows[start : start + 50], pk="id")
        if start == 0:
            table.enable_fts(["title", "text", "byline"], create_triggers=True, tokenize="porter")


def unchanged_page(rounds: int) -> dict[str, float]:
    """Reading a page of 50 updates with structured data, beside recording that nothing on it is new."""
    found = page_of(1, tuple(update(1, number) for number in range(50)))
    body = as_page(found).encode()
    archive, captures, reading, recording = Archive(), 0, [], []
    for number in range(rounds + 2):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        page = Page(url=str(found.url), body=body, fetched_at=at)
        reading.append(cpu(lambda: extract(page)))  # noqa: B023
        read, captures = extract(page), captures + 1
        capture = Capture(id=captures, url=str(found.url), body=b"", fetched_at=at)
        recording.append(cpu(lambda: archive.record(read, capture)))  # noqa: B023
    archive.close()
    ratio = [one / other for one, other in zip(reading[2:], recording[2:], strict=True)]
    return {
        "unchanged page of 50, milliseconds": 1000 * statistics.median(recording[2:]),
        "reading a page beside recording it unchanged": statistics.median(ratio),
    }


def as_page(found: Extraction) -> str:
    """A page of a live blog as publishers write it: each update once in JSON-LD and once as an article."""
    items = [
        {"@type": "BlogPosting", "@id": one.url, "headline": one.title, "datePublished": one.published.raw, "articleBody": one.html}
        for one in found.updates
        if one.published
    ]
    blog = {"@type": "LiveBlogPosting", "headline": found.title, "url": found.url, "liveBlogUpdate": items}
    articles = "".join(
        f'<article class="update" id="{one.source_id}"><time datetime="{one.published.raw}">{one.published.raw}</time>'
        f"<h3>{one.title or ''}</h3>{one.html}</article>"
        for one in found.updates
        if one.published
    )
    script = json.dumps({"@context": "https://schema.org", **blog}).replace("</", "<\\/")
    head = f'<head><title>x</title><script type="application/ld+json">{script}</script></head>'
    return f'<html lang="en">{head}<body>{articles}</body></html>'


def one_new(rounds: int) -> dict[str, float]:
    """Recording a page with one new update among 500 that are known, beside one among 5."""
    cost: dict[int, float] = {}
    for size in (5, 500):
        archive, times = Archive(), []
        shown = tuple(update(size, number) for number in range(size))
        for number in range(rounds + 2):
            fresh = replace(update(size, 10_000 + number), published=replace_time(size, number))
            shown = (fresh, *shown[: size - 1])
            capture = Capture(id=number + 1, url="", body=b"", fetched_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number))
            page = page_of(size, shown)
            times.append(cpu(lambda: archive.record(page, capture)))  # noqa: B023
        cost[size] = statistics.median(times[2:])
        archive.close()
    return {
        "one new of 5, milliseconds": 1000 * cost[5],
        "one new of 500, milliseconds": 1000 * cost[500],
        "one new of 500 beside one new of 5": cost[500] / cost[5],
    }


def replace_time(page: int, number: int) -> Any:
    from archive.times import from_epoch
    from benchmarks.ingest_text import START

    return from_epoch(START + page * 10_000 + 60 + number * 60)


def growing_page(polls: int = 100) -> dict[str, float]:
    """The captures of a page that gains an update at each poll, beside what was received."""
    shell = " ".join(said(random.Random(number), 60) for number in range(400))
    received, shown = 0, [update(7, number) for number in range(50)]
    with tempfile.TemporaryDirectory() as folder:
        captures = Captures(Path(folder) / "captures.db")
        for number in range(polls):
            shown.insert(0, update(7, 1000 + number))
            body = as_page(page_of(7, tuple(shown))).replace("<body>", f"<body><!-- {shell} -->").encode()
            received += len(body)
            captures.add(Capture(url="https://www.times.example/live/7", body=body, fetched_at=datetime.fromtimestamp(number * 60, UTC)))
        captures.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        captures.close()
        return {"captures of a growing page, share of the raw bytes": (Path(folder) / "captures.db").stat().st_size / received}


def curve(sizes: Sequence[int], folder: Path) -> Iterator[tuple[int, float]]:
    """Milliseconds of CPU to record a new page of 50 in an archive of so many entries, the median of the hundred pages before."""
    archive = Archive(folder / "curve.db")
    page, last = 0, []
    for size in sizes:
        while page * 50 < size:
            found = pages(1, first=page)[0]
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=page)
            last.append(cpu(lambda: archive.record(found, Capture(id=page + 1, url="", body=b"", fetched_at=at))))  # noqa: B023
            page += 1
        yield size, 1000 * statistics.median(last[-100:])
    archive.close()


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--pages", "count", default=200, show_default=True)
@click.option("--curve", "grows", is_flag=True, help="Instead: what a page costs from ten thousand entries to two million (half an hour).")
@click.option("--largest", default=2_000_000, show_default=True, help="Where the curve ends.")
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, count: int, grows: bool, largest: int, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if grows:
            for size, cost in curve([n for n in (10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000) if n <= largest], Path(folder)):
                click.echo(f"{size:>9,} entries: {cost:6.2f} ms a page of 50 new entries")
            return
        found = {**new_pages(60 if quick else count, 3 if quick else 7, Path(folder)), **unchanged_page(5 if quick else 20)}
    found = {**found, **one_new(10 if quick else 50), **growing_page()}
    goals = ((name, value, *GOALS.get(name, (None, True))) for name, value in found.items())
    show([claim(name, value, goal=goal, more=more) for name, value, goal, more in goals], as_json=as_json)


if __name__ == "__main__":
    main()
