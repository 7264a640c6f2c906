"""What searching costs: a million entries, asked as functions and through HTTP, beside Datasette's own search and LIKE, in one run.

    python benchmarks/search.py [--quick] [--json] [--folder DIR] [--entries N] [--rounds N] [--functions]

The archive is made by benchmarks/search_archive.py (some seven minutes for a million entries) and kept in the folder for the next run;
--quick takes 20,000. Each kind of search is asked with several words that are as common as it says. CPU time is that of the process that
answers. The server runs on one core and the client on another, unless it says two. p95 of times on the clock means little on a busy
machine: the load is printed with them.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import shutil
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive.folder import Folder  # noqa: E402
from archive.model import Capture  # noqa: E402
from archive.opening import open_reader  # noqa: E402
from archive.query import parse  # noqa: E402
from archive.search import search  # noqa: E402
from archive.store import Archive  # noqa: E402
from benchmarks.ingest_text import words  # noqa: E402
from benchmarks.search_archive import TAIL, build, live_blog, name  # noqa: E402
from crawler.serving import listening_socket, serve  # noqa: E402

VARIANTS = 8  # searches of each kind


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of search, and searches of it."""

    name: str
    queries: tuple[str, ...]


def kinds(connection: sqlite3.Connection) -> list[Kind]:
    """Searches with words as common as their kind says, counted in this archive."""
    chance = random.Random(6)
    entries = connection.execute("SELECT sum(count) FROM rollups").fetchone()[0]

    def share(word: str) -> float:
        found = connection.execute("SELECT count(*) FROM entries_fts WHERE entries_fts MATCH ?", (f'"{word}"',)).fetchone()[0]
        return float(found) / entries

    vocabulary, sums = words()
    said = [(word.strip(".,;:!?'’").lower(), high - low) for word, low, high in zip(vocabulary, [0, *sums], sums, strict=False)]
    common = [word for word, times in said if word.isascii() and word.isalpha() and len(word) > 2 and 1e-5 < times / sums[-1] < 5e-3]
    chance.shuffle(common)
    tenth, hundredth = [], []
    for word in common:
        if len(tenth) >= VARIANTS and len(hundredth) >= VARIANTS:
            break
        of = share(word)
        if 0.07 <= of <= 0.13 and word not in tenth:
            tenth.append(word)
        elif 0.007 <= of <= 0.013 and word not in hundredth:
            hundredth.append(word)
    tenth, hundredth = tenth[:VARIANTS], hundredth[:VARIANTS]
    rare = [word for word in (name(int(TAIL * chance.uniform(0.3, 1))).lower() for _ in range(200)) if 0 < share(word) * entries <= 30]
    phrases = [phrase for phrase in _phrases(connection, tenth, chance) if share(phrase) > 0]

    def each(form: Callable[[int], str], count: int = VARIANTS) -> tuple[str, ...]:
        return tuple(form(number) for number in range(count))

    n = len(tenth)
    return [
        Kind(name="a rare word", queries=tuple(rare[:VARIANTS])),
        Kind(name="a word of 1 %", queries=tuple(hundredth)),
        Kind(name="a word of 10 %", queries=tuple(tenth)),
        Kind(name="10 % AND 1 %", queries=each(lambda i: f"{tenth[i % n]} {hundredth[i % len(hundredth)]}")),
        Kind(name="10 % AND 10 %", queries=each(lambda i: f"{tenth[i % n]} {tenth[(i + 1) % n]}")),
        Kind(name="1 % OR 10 %", queries=each(lambda i: f"{tenth[i % n]} OR {hundredth[i % len(hundredth)]}")),
        Kind(name="10 % without 1 %", queries=each(lambda i: f"{tenth[i % n]} -{hundredth[i % len(hundredth)]}")),
        Kind(name="a phrase", queries=tuple(f'"{phrase}"' for phrase in phrases[:VARIANTS])),
        Kind(name="10 %, publisher:", queries=each(lambda i: f"{tenth[i % n]} publisher:paper{2 * i}")),
        Kind(name="10 %, is:edited language:", queries=each(lambda i: f"{tenth[i % n]} is:edited language:{('en', 'de')[i % 2]}")),
        Kind(name="10 %, since: (this year)", queries=each(lambda i: f"{tenth[i % n]} since:2024-{i + 1:02}")),
        Kind(name="10 %, two months far back", queries=each(lambda i: f"{tenth[i % n]} since:2016-{i + 1:02} until:2016-{i + 2:02}")),
        Kind(name="10 %, until: far back", queries=each(lambda i: f"{tenth[i % n]} until:2015-{i + 2:02}-15")),
        Kind(name="1 %, in:history", queries=tuple(f"{word} in:history" for word in hundredth)),
        Kind(name="a beginning, name*", queries=tuple(f"{word[:5]}*" for word in rare[:VARIANTS])),
        Kind(name="publisher: alone", queries=each(lambda i: f"publisher:paper{2 * i}")),
        Kind(name="nothing typed", queries=("",)),
    ]


def _phrases(connection: sqlite3.Connection, tenth: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Two words that stand together somewhere, one of them common."""
    for word in tenth:
        for (text,) in connection.execute(
            "SELECT e.text FROM entries_fts f CROSS JOIN entries e ON e.id = f.rowid WHERE entries_fts MATCH ? LIMIT 3", (f'"{word}"',)
        ):
            spoken = text.lower().split()
            after = [one for one, two in zip(spoken[1:], spoken, strict=False) if two == word and one.isalpha() and one.isascii()]
            if after:
                yield f"{word} {chance.choice(after)}"


# As functions


def as_the_site_reads(connection: sqlite3.Connection) -> None:
    """Let a connection keep and map as much of the archive as the site's do (datasette/plugins/limits.py)."""
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute(f"PRAGMA mmap_size = {1 << 40}")


def cpu_of(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def by_functions(connection: sqlite3.Connection, found: Sequence[Kind], rounds: int) -> list[dict[str, Any]]:
    """Milliseconds of CPU of each kind: newest, best, and what counts, facets and chart add."""
    rows = []
    for kind in found:
        row: dict[str, Any] = {"search": kind.name}
        for column, options in (("newest", {}), ("best", {"sort": "best"}), ("with facets", {"facets": True})):
            times = []
            for query in kind.queries:
                made = parse(query)
                search(connection, made, **options)  # type: ignore[arg-type]
                times.append(statistics.median(cpu_of(lambda: search(connection, made, **options)) for _ in range(rounds)))  # type: ignore[arg-type] # noqa: B023
            row[column] = statistics.median(times)
            row[f"{column}, most"] = max(times)
        totals = [search(connection, parse(query), limit=0) for query in kind.queries]
        row["hits"] = (
            "1,000+" if all(one.total_is_capped for one in totals) else f"{round(statistics.median(one.total for one in totals)):,}"
        )
        rows.append(row)
    return rows


# Through HTTP


@contextmanager
def served(path: Path, cores: set[int], processes: int = 1) -> Iterator[tuple[int, int]]:
    """A server of the archive in a process of its own on some cores, or in several; its port and process id."""
    listener = listening_socket("127.0.0.1", 0)
    args = (path, listener, cores, processes)
    process = multiprocessing.get_context("fork").Process(target=_serve, args=args, daemon=processes == 1)
    process.start()
    port = listener.getsockname()[1]
    listener.close()
    assert process.pid is not None
    try:
        for _ in range(200):
            try:
                get(http.client.HTTPConnection("127.0.0.1", port), "/search.json?q=")
                break
            except OSError:
                time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.join(10)


def _serve(path: Path, listener: socket.socket, cores: set[int], processes: int) -> None:
    os.sched_setaffinity(0, cores)
    serve(Folder(path.parent), listener, processes=processes)


def get(connection: http.client.HTTPConnection, address: str) -> bytes:
    connection.request("GET", address)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"expected 200 from {address}, found {answer.status}: {body[:200]!r}")
    return body


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(port: int, pid: int, addresses: Sequence[str], rounds: int) -> dict[str, float]:
    """p50 and p95 of the time an answer takes, in milliseconds, and the server's CPU time for one."""
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        for address in addresses:
            get(connection, address)
        times, before = [], cpu_seconds(pid)
        for _ in range(rounds):
            for address in addresses:
                started = time.perf_counter()
                get(connection, address)
                times.append(1000 * (time.perf_counter() - started))
        spent = 1000 * (cpu_seconds(pid) - before) / len(times)
    times.sort()
    return {"p50": times[len(times) // 2], "p95": times[int(len(times) * 0.95)], "cpu": spent}


def page_address(query: str, sort: str = "newest") -> str:
    return "/search?" + urlencode({"q": query} | ({"sort": sort} if sort == "best" else {}))


def json_address(query: str) -> str:
    return "/search.json?" + urlencode({"q": query})


def through_http(path: Path, found: Sequence[Kind], rounds: int) -> list[dict[str, Any]]:
    rows = []
    with served(path, {0}) as (port, pid):
        os.sched_setaffinity(0, set(range(os.cpu_count() or 1)) - {0} or {0})
        for kind in found:
            row: dict[str, Any] = {"search": kind.name}
            row["page"] = timed(port, pid, [page_address(query) for query in kind.queries], rounds)
            row["page, best"] = timed(port, pid, [page_address(query, "best") for query in kind.queries], rounds)
            row["json"] = timed(port, pid, [json_address(query) for query in kind.queries], rounds)
            rows.append(row)
        os.sched_setaffinity(0, set(range(os.cpu_count() or 1)))
    return rows


def peers(path: Path, found: Sequence[Kind], rounds: int) -> dict[str, float]:
    """Datasette's own search of the table, and LIKE in its SQL page, for the same words; milliseconds, p50. A limit is no answer."""
    kind = next(kind for kind in found if kind.name == "a word of 1 %")
    queries = kind.queries[:3]
    like = "select id from entries where text like '%' || :w || '%' order by id desc limit 20"
    addresses = {
        "this page, JSON": [json_address(query) for query in queries],
        "Datasette's table search, JSON": [f"/archive/entries.json?_search={quote(query)}&_size=20&_sort_desc=id" for query in queries],
        "Datasette, SQL with LIKE, newest 20": [f"/archive.json?{urlencode({'sql': like, 'w': query})}" for query in queries],
        "Datasette, SQL counting LIKE": [
            f"/archive.json?{urlencode({'sql': like.replace('select id', 'select count(*)').split(' order')[0], 'w': query})}"
            for query in queries
        ],
    }
    taken = {}
    with served(path, {0}) as (port, pid):
        for name_, asked in addresses.items():
            try:
                taken[name_] = timed(port, pid, asked, rounds)["p50"]
            except RuntimeError as error:
                taken[name_] = float("inf")
                click.echo(f"{name_}: {str(error)[-120:]}", err=True)
    return taken


# Many at once, and while it is written


def at_once(port: int, addresses: Sequence[str], clients: int, seconds: float) -> tuple[float, list[float], int]:
    """Searches a second that so many clients get answered, the times taken in milliseconds, and how many failed."""
    times: list[float] = []
    failed = 0
    end = time.perf_counter() + seconds

    def ask(number: int) -> None:
        nonlocal failed
        chance = random.Random(number)
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            while time.perf_counter() < end:
                started = time.perf_counter()
                try:
                    get(connection, chance.choice(addresses))
                except (RuntimeError, OSError):
                    failed += 1
                times.append(1000 * (time.perf_counter() - started))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / (time.perf_counter() - started), sorted(times), failed


def crowd(path: Path, found: Sequence[Kind], seconds: float) -> dict[str, float]:
    """Twenty clients asking for JSON, the server in two processes on both cores."""
    addresses = [json_address(query) for kind in found for query in kind.queries if kind.name != "a beginning, name*"]
    with served(path, set(range(os.cpu_count() or 1)), processes=2) as (port, _):
        at_once(port, addresses, 4, 1)
        rate, times, failed = at_once(port, addresses, 20, seconds)
    return {"searches a second": rate, "p95": times[int(len(times) * 0.95)], "failed": float(failed)}


def written_to(path: Path, found: Sequence[Kind], seconds: float, scratch: Path) -> dict[str, float]:
    """One reader alone, and one while a writer commits 50 entries ten times a second to a copy of the archive."""
    copy = scratch / "archive.db"
    shutil.copyfile(path, copy)
    addresses = [json_address(query) for kind in found for query in kind.queries if kind.name.startswith(("a word", "10 %"))]
    results: dict[str, float] = {}
    with served(copy, {0}) as (port, _):
        at_once(port, addresses, 1, seconds / 2)
        for column, writes in (("alone", False), ("while it is written", True), ("alone again", False)):
            stop = multiprocessing.get_context("fork").Event()
            writer = multiprocessing.get_context("fork").Process(target=_write, args=(copy, stop), daemon=True)
            if writes:
                writer.start()
                time.sleep(1)
            _, times, failed = at_once(port, addresses, 1, seconds)
            results[f"{column}, p95"], results[f"{column}, failed"] = times[int(len(times) * 0.95)], float(failed)
            if writes:
                stop.set()
                writer.join(20)
    with closing(open_reader(copy)) as connection:
        results["pages written"] = float(connection.execute("SELECT count(*) FROM live_blogs WHERE url LIKE '%/new'").fetchone()[0])
    return results


def _write(path: Path, stop: Any) -> None:
    from dataclasses import replace

    number = 0
    with closing(Archive(path)) as archive:
        pages = [live_blog(number, 100_000) for number in range(40)]
        due = time.monotonic()
        while not stop.is_set():
            page = pages[number % len(pages)]
            url = f"https://writer.example/{number}/new"
            page = replace(page, url=url, live_blog_key=url, publisher="writer.example", updates=page.updates[:50])
            capture = Capture(
                id=10_000_000 + number, url=url, body=b"", fetched_at=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
            )
            archive.record(page, capture)
            number += 1
            due += 0.1
            time.sleep(max(0, due - time.monotonic()))


# The report


def claims(rows: Sequence[dict[str, Any]], more: dict[str, float], *, is_large: bool) -> list[dict[str, Any]]:
    """What is promised, with what was measured. Sizes below a million promise nothing."""
    narrow = [row for row in rows if row["search"] != "a beginning, name*"]
    found = [
        ("search page, p95 of the slowest kind", max(max(row["page"]["p95"], row["page, best"]["p95"]) for row in narrow), "ms", 40, False),
        ("search page, CPU of the slowest kind", max(max(row["page"]["cpu"], row["page, best"]["cpu"]) for row in narrow), "ms", 40, False),
        ("newest 20 as JSON, p95 of the slowest kind", max(row["json"]["p95"] for row in narrow), "ms", 10, False),
        ("newest 20 as JSON, CPU of the slowest kind", max(row["json"]["cpu"] for row in narrow), "ms", 10, False),
        ("newest, CPU of the slowest search", max(row["newest, most"] for row in narrow), "ms", 15, False),
        ("best, CPU of the slowest search", max(row["best, most"] for row in narrow), "ms", 15, False),
        ("searches a second, 20 clients, two cores", more["searches a second"], "/s", 300, True),
        ("p95 while written to, beside alone", more.get("p95 while written to, beside alone", 0), "", 2, False),
        ("failed answers", more["failed"], "", 0, False),
    ]
    return [
        {"name": name_, "value": round(value, 3), "unit": unit, "goal": goal if is_large else None,
         "holds": (value >= goal if most else value <= goal) if is_large else None}
        for name_, value, unit, goal, most in found
    ]  # fmt: skip


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="20,000 entries, within a minute.")
@click.option("--entries", default=1_000_000, show_default=True)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where archives are kept [default: stoppress-search in the temporary folder]."
)
@click.option("--rounds", default=6, show_default=True, help="How often each search is asked through HTTP.")
@click.option("--functions", is_flag=True, help="Only the CPU time of the functions: no server, no peers, no writer.")
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, entries: int, folder: Path | None, rounds: int, functions: bool, as_json: bool) -> None:
    entries, rounds = (20_000, 2) if quick else (entries, rounds)
    path = build(folder or Path(tempfile.gettempdir()) / "stoppress-search", entries)
    Archive(path).close()  # brought up to this version's schema
    with closing(open_reader(path)) as connection:
        as_the_site_reads(connection)
        found = kinds(connection)
        by_function = by_functions(connection, found, 3 if quick else 5)
    load = os.getloadavg()[0]
    if functions:
        show_functions(entries, load, by_function)
        return
    rows = [{**one, **other} for one, other in zip(by_function, through_http(path, found, rounds), strict=True)]
    more = crowd(path, found, 2 if quick else 10)
    beside = peers(path, found, 1 if quick else 3)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        written = written_to(path, found, 2 if quick else 10, Path(scratch))
    alone = statistics.mean((written["alone, p95"], written["alone again, p95"]))
    more["p95 while written to, beside alone"] = written["while it is written, p95"] / alone
    more["failed"] += sum(value for key, value in written.items() if key.endswith("failed"))
    made = claims(rows, more, is_large=entries >= 1_000_000)
    if as_json:
        json.dump(
            {
                "claims": made,
                "entries": entries,
                "load": load,
                "kinds": rows,
                "peers": {key: value if value < float("inf") else None for key, value in beside.items()},
                "written": written,
            },
            sys.stdout,
            indent=1,
        )
        print()
        return
    report(entries, load, rows, more, beside, written, made)


def show_functions(entries: int, load: float, rows: Sequence[dict[str, Any]]) -> None:
    """Milliseconds of CPU, the median search of a kind and the slowest."""
    print(f"{entries:,} entries; load average {load:.1f}\n")
    print("| search | hits | newest, CPU ms | most | best | most | with facets | most |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        columns = " | ".join(f"{row[name_]:.1f} | {row[f'{name_}, most']:.1f}" for name_ in ("newest", "best", "with facets"))
        print(f"| {row['search']} | {row['hits']} | {columns} |")


def report(
    entries: int, load: float, rows: Sequence[dict[str, Any]], more: dict[str, float], beside: dict[str, float], written: dict[str, float],
    made: Sequence[dict[str, Any]],
) -> None:  # fmt: skip
    print(f"{entries:,} entries; load average {load:.1f} before, {os.getloadavg()[0]:.1f} after\n")
    print("| search | hits | newest, CPU ms | best | with facets | page p50 / p95 ms | CPU | best p50 / p95 | CPU | JSON p50 / p95 | CPU |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        http_ = [
            f"{row[column]['p50']:.1f} / {row[column]['p95']:.1f} | {row[column]['cpu']:.1f}" for column in ("page", "page, best", "json")
        ]
        functions = " | ".join(f"{row[column]:.1f}" for column in ("newest", "best", "with facets"))
        print(f"| {row['search']} | {row['hits']} | {functions} | {' | '.join(http_)} |")
    print("\nThe same words of 1 %, beside its peers, p50:")
    for name_, value in beside.items():
        print(f"  {name_:40} {value:10.1f} ms")
    print(f"\n20 clients: {more['searches a second']:.0f} searches a second, p95 {more['p95']:.0f} ms")
    print("  ".join(f"{key}: {value:.1f}" for key, value in written.items()), "\n")
    for claim in made:
        wanted = f"   goal {claim['goal']:,} {'holds' if claim['holds'] else 'missed'}" if claim["goal"] is not None else ""
        print(f"{claim['name']:50} {claim['value']:10,.2f} {claim['unit']}{wanted}")


if __name__ == "__main__":
    main()
