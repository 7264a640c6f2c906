"""What feeds, alerts and the canned questions cost at a million entries, in CPU time, beside the search of the same words.

    python benchmarks/feeds.py [--quick] [--json] [--folder DIR] [--entries N]

The archive is that of benchmarks/search.py (some seven minutes for a million entries, kept in the folder); --quick takes 20,000 entries.
A feed is what its address does: the newest 50 events found, read and written as Atom. An alert is matched against 500 entries that
have just arrived, among them the newest. Each is the median of its runs; of the kinds of search the slowest counts.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive import alerts, feeds, subjects  # noqa: E402
from archive.feed_documents import Feed, atom  # noqa: E402
from archive.opening import open_reader  # noqa: E402
from archive.query import parse  # noqa: E402
from archive.search import search  # noqa: E402
from archive.store import Archive  # noqa: E402
from benchmarks.claims import Claim, claim, show  # noqa: E402
from benchmarks.search import Kind, as_the_site_reads, cpu_of, kinds  # noqa: E402
from benchmarks.search_archive import build  # noqa: E402


def median_of(work: Callable[[], object], rounds: int) -> float:
    work()
    return statistics.median(cpu_of(work) for _ in range(rounds))


def feed(connection: sqlite3.Connection, q: str) -> Feed:
    """A feed of a search, found and read."""
    subject = subjects.a_search(connection, q)
    page = feeds.newest(connection, subject.query)
    site = "http://127.0.0.1:8001"
    return Feed(
        name=f"/search?q={q}", title=subject.title, subtitle=None, site=site, address=f"{site}/search.atom", page=f"{site}/search",
        further=None, began=subject.began, language=None, events=page.events,
    )  # fmt: skip


def by_kind(connection: sqlite3.Connection, found: Sequence[Kind], rounds: int) -> list[dict[str, Any]]:
    """Milliseconds of each kind of search: the page of results, the feed, its document, an alert."""
    arrived = [row[0] for row in connection.execute("SELECT id FROM entries ORDER BY id DESC LIMIT 5000")][::10]
    rows = []
    for kind in found:
        columns: dict[str, list[float]] = {"search": [], "feed": [], "document": [], "alert": []}
        for query in kind.queries:
            made = feed(connection, query)
            work: dict[str, Callable[[], object]] = {
                "search": lambda query=query: search(connection, parse(query)),  # type: ignore[misc]
                "feed": lambda query=query: feed(connection, query),  # type: ignore[misc]
                "document": lambda made=made: atom(made),  # type: ignore[misc]
                "alert": lambda query=query: alerts.matching(connection, parse(query), arrived),  # type: ignore[misc]
            }
            for column, one in work.items():
                columns[column].append(median_of(one, rounds))
        rows.append({"kind": kind.name, **{column: statistics.median(times) for column, times in columns.items()}})
    return rows


def questions(connection: sqlite3.Connection, found: Sequence[Kind], rounds: int) -> dict[str, float]:
    """Milliseconds of each canned question; a phrase is a word of 10 %, the rest what the archive holds last."""
    known = yaml.safe_load((ROOT / "datasette" / "metadata.yaml").read_text(encoding="utf-8"))["databases"]["archive"]["queries"]
    word = next(kind for kind in found if kind.name == "a word of 10 %").queries[0]
    newest = connection.execute("SELECT slug FROM live_blogs ORDER BY last_changed DESC LIMIT 1").fetchone()[0]
    given = {"phrase": word, "since": "", "live_blog": newest, "until": "", "month": ""}
    return {
        name: median_of(lambda sql=query["sql"]: connection.execute(sql, given).fetchall(), rounds)  # type: ignore[misc]
        for name, query in known.items()
    }


def claims(rows: Sequence[dict[str, Any]], asked: dict[str, float], *, is_large: bool) -> list[Claim]:
    """What is promised, with what was measured. Sizes below a million promise nothing."""
    plain = [row for row in rows if row["kind"] != "a beginning, name*"]

    def promised(goal: float) -> float | None:
        return goal if is_large else None

    return [
        claim("newest 50 events of a search, the slowest kind, CPU", max(row["feed"] for row in plain), "ms", goal=promised(15)),
        claim("a feed beside its search, the slowest kind, times", max(row["feed"] / row["search"] for row in plain)),
        claim("50 events written as Atom, the slowest kind, CPU", max(row["document"] for row in plain), "ms"),
        claim("an alert matched against 500 arrivals, the slowest kind, CPU", max(row["alert"] for row in plain), "ms"),
        claim(
            f"the slowest canned question ({max(asked, key=lambda name: asked[name])}), CPU", max(asked.values()), "ms", goal=promised(1000)
        ),
    ]


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="20,000 entries, within a minute.")
@click.option("--entries", default=1_000_000, show_default=True)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where archives are kept [default: stoppress-search in the temporary folder]."
)
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, entries: int, folder: Path | None, as_json: bool) -> None:
    entries, rounds = (20_000, 3) if quick else (entries, 5)
    path = build(folder or Path(tempfile.gettempdir()) / "stoppress-search", entries)
    Archive(path).close()  # brought up to this version's schema
    with closing(open_reader(path)) as connection:
        as_the_site_reads(connection)
        found = kinds(connection)
        rows = by_kind(connection, found, rounds)
        asked = questions(connection, found, rounds)
    if not as_json:
        print(f"{entries:,} entries, ms of CPU\n\n| search | search | feed | as Atom | alert |\n|---|---:|---:|---:|---:|")
        for row in rows:
            print(f"| {row['kind']} | {row['search']:.1f} | {row['feed']:.1f} | {row['document']:.1f} | {row['alert']:.1f} |")
        print("\n| question | ms |\n|---|---:|")
        for name, taken in asked.items():
            print(f"| `{name}` | {taken:.1f} |")
        print()
    show(claims(rows, asked, is_large=entries >= 1_000_000), as_json=as_json)


if __name__ == "__main__":
    main()
