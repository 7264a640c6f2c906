"""Searching an archive that is split into ten files, beside the same entries in one file, in the same run.

    python benchmarks/split.py [--quick] [--json] [--entries N]

The place of an entry in the order of its archive is the second of its publication, so the newest hits of several files are merged by it:
each file is asked for its newest twenty, and the newest twenty of all are the answer. Wall time of one search, medians over queries; the
files are asked one after another, and all at once by ten threads (SQLite lets go of the interpreter's lock while it works).
"""

from __future__ import annotations

import heapq
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive.model import Capture  # noqa: E402
from archive.opening import open_reader  # noqa: E402
from archive.query import parse  # noqa: E402
from archive.search import Hit, search  # noqa: E402
from archive.store import Archive  # noqa: E402
from benchmarks.ingest_text import pages, words  # noqa: E402

FILES = 10
_LIMIT = 20
_ROUNDS = 5


def across(connections: Sequence[Any], text: str, *, each: Callable[..., Any] = map, limit: int = _LIMIT) -> tuple[list[Hit], int]:
    """The newest hits of a query in several archives, and how many there are."""
    query = parse(text)
    found = list(each(lambda connection: search(connection, query, limit=limit), connections))
    hits = heapq.merge(*(results.hits for results in found), key=lambda hit: -hit.position)
    return [hit for _, hit in zip(range(limit), hits, strict=False)], sum(results.total for results in found)


def build(paths: Sequence[Path], first: int, count: int) -> None:
    """Record so many pages of 50 entries, dealt out over the files."""
    archives = [Archive(path) for path in paths]
    for number in range(first, first + count):
        archive = archives[number * len(archives) // (first + count)]
        page = pages(1, first=number)[0]
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        archive.record(page, Capture(id=number + 1, url=str(page.url), body=b"", fetched_at=at))
    for archive in archives:
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        archive.close()


def queries() -> list[str]:
    """Words that are common, that are not, and some together."""
    vocabulary, sums = words()
    counts = sorted(
        (
            (total - before, word)
            for word, total, before in zip(vocabulary, sums, [0, *sums], strict=False)
            if word.isalpha() and len(word) > 3
        ),
        reverse=True,
    )
    common, rare = [word for _, word in counts[5:60:11]], [word for _, word in counts[500:3000:500]]
    return [*common, *rare, *(f"{one} {other}" for one, other in zip(common, rare, strict=False))]


def measure(entries: int, folder: Path) -> dict[str, float]:
    count = entries // 50
    whole, parts = folder / "whole.db", [folder / f"part-{number}.db" for number in range(FILES)]
    build([whole], 0, count)
    build(parts, 0, count)
    times: dict[str, list[float]] = {"one file": [], "ten files, one after another": [], "ten files at once": []}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(FILES))

        def at_once(work: Callable[[Path], Any], _: Sequence[Any]) -> list[Any]:
            # A connection belongs to the thread that opened it.
            def ask(path: Path) -> Any:
                with closing(open_reader(path)) as connection:
                    return work(connection)

            return list(pool.map(ask, parts))

        one = stack.enter_context(closing(open_reader(whole)))
        ten = [stack.enter_context(closing(open_reader(path))) for path in parts]
        ways: dict[str, Callable[[str], tuple[list[Hit], int]]] = {
            "one file": lambda text: across([one], text),
            "ten files, one after another": lambda text: across(ten, text),
            "ten files at once": lambda text: across(ten, text, each=at_once),
        }
        for text in queries():
            answers = {name: ask(text) for name, ask in ways.items()}
            if len({tuple(hit.key for hit in hits) for hits, _ in answers.values()}) != 1:
                raise click.ClickException(f"expected the same hits for {text!r} whatever the files, found others")
            for name, ask in ways.items():
                for _ in range(_ROUNDS):
                    start = time.perf_counter()
                    ask(text)
                    times[name].append(1000 * (time.perf_counter() - start))
    return {f"{name}, milliseconds": statistics.median(values) for name, values in times.items()}


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--entries", default=200_000, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, entries: int, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = measure(10_000 if quick else entries, Path(folder))
    found["ten files one after another beside one"] = found["ten files, one after another, milliseconds"] / found["one file, milliseconds"]
    claims = [{"name": name, "value": round(value, 4), "unit": "", "goal": None, "holds": None} for name, value in found.items()]
    if as_json:
        json.dump({"claims": claims}, sys.stdout, indent=1)
        print()
        return
    for one in claims:
        print(f"{one['name']:48} {one['value']:10,.3f}")


if __name__ == "__main__":
    main()
