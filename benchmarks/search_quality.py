"""Whether "best" finds what is looked for: known-item queries, each of a few words from one update, over an imported archive.

    python benchmarks/search_quality.py [--archive DIR] [--queries N] [--seed N] [--json] [--misses]

A query is two to four content words of an update drawn at random, no two of which stand together in it; in every other query none is of its
title. A content word has four letters or more and is no function word (crawler/language.py). Without --archive, the pages of the corpus (or
of the tests, where there is none) are imported first. Beside it in the same run: newest first, bm25 with other
weights, and ranking fewer or all of the hits.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive import ranking  # noqa: E402
from archive.opening import open_reader  # noqa: E402
from archive.query import parse  # noqa: E402
from archive.search import count_all, search  # noqa: E402
from archive.small_index import tokens  # noqa: E402
from crawler.cli import main as stoppress  # noqa: E402
from crawler.language import _WRITTEN_IN  # noqa: E402

FUNCTION_WORDS = {word for languages in _WRITTEN_IN.values() for listed in languages.values() for word in listed.split()}
FIRST = 5
GOAL = 0.95


@dataclass(frozen=True, kw_only=True)
class Known:
    """A query and the update it was drawn from; `text_alone`: none of its words is in the title."""

    query: str
    entry_id: int
    text_alone: bool


def drawn(connection: sqlite3.Connection, count: int, seed: int) -> list[Known]:
    """Queries drawn from updates, the same for the same seed."""
    chance = random.Random(seed)
    ids = [row[0] for row in connection.execute("SELECT id FROM entries_fts_docsize ORDER BY id")]
    found: list[Known] = []
    while len(found) < count:
        row = connection.execute("SELECT id, title, text FROM entries WHERE id = ?", (chance.choice(ids),)).fetchone()
        text_alone = len(found) % 2 == 0
        words = query_of(chance, row["title"] or "", row["text"], text_alone=text_alone)
        if words:
            found.append(Known(query=" ".join(words), entry_id=row["id"], text_alone=text_alone))
    return found


def common_drawn(connection: sqlite3.Connection, count: int, seed: int) -> list[Known]:
    """Queries of two words of a title, function words too, that have more than 2,000 hits: where not all of them may be ranked."""
    chance = random.Random(seed)
    ids = [row[0] for row in connection.execute("SELECT id FROM entries_fts_docsize ORDER BY id")]
    found: list[Known] = []
    for entry_id in chance.sample(ids, min(len(ids), 100 * count)):
        title = connection.execute("SELECT title FROM entries WHERE id = ?", (entry_id,)).fetchone()[0]
        said = [word for word in re.findall(r"\w+", title or "") if len(word) >= 3 and word.isalpha()]
        query = " ".join(chance.sample(said, 2)) if len(said) >= 2 else ""
        if query and count_all(connection, parse(query)) > 2_000:
            found.append(Known(query=query, entry_id=entry_id, text_alone=False))
        if len(found) == count:
            break
    return found


def query_of(chance: random.Random, title: str, text: str, *, text_alone: bool) -> list[str]:
    """Two to four content words, no two from places beside each other; none if there are not enough."""
    title_words = set(re.findall(r"\w+", title.lower()))
    said = re.findall(r"\w+", text if text_alone else f"{title} {text}")
    places = [
        place
        for place, word in enumerate(said)
        if len(word) >= 4 and word.isalpha() and word.lower() not in FUNCTION_WORDS and not (text_alone and word.lower() in title_words)
    ]
    wanted = chance.randint(2, 4)
    chance.shuffle(places)
    chosen: list[int] = []
    for place in places:
        if all(abs(place - other) > 1 and said[place].lower() != said[other].lower() for other in chosen):
            chosen.append(place)
        if len(chosen) == wanted:
            return [said[place] for place in chosen]
    return []


def found_first(connection: sqlite3.Connection, queries: Sequence[Known], *, sort: str = "best") -> list[bool]:
    """Whether the wanted update is among the first five of each query; one said in the very same words elsewhere counts as it."""

    def said(entry_id: int) -> tuple[str, str]:
        row = connection.execute("SELECT coalesce(title, ''), text FROM entries WHERE id = ?", (entry_id,)).fetchone()
        return row[0], row[1]

    return [
        any(
            hit.position == known.entry_id or said(hit.position) == said(known.entry_id)
            for hit in search(connection, parse(known.query), sort=sort, limit=FIRST).hits
        )
        for known in queries
    ]


@contextmanager
def replaced(name: str, value: Any) -> Iterator[None]:
    """Ranking with another value of one of its constants."""
    before = getattr(ranking, name)
    setattr(ranking, name, value)
    try:
        yield
    finally:
        setattr(ranking, name, before)


def imported(folder: Path) -> Path:
    corpus = ROOT.parent / "shared" / "corpus" / "pages"
    run = CliRunner().invoke(stoppress, ["import", str(corpus if corpus.is_dir() else ROOT / "tests" / "pages"), "--archive", str(folder)])
    if run.exit_code:
        raise SystemExit(run.output)
    return folder


@click.command(help=__doc__)
@click.option("--archive", "folder", type=click.Path(path_type=Path))
@click.option("--queries", default=400, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--misses", is_flag=True, help="Also print the queries that failed.")
@click.option("--quick", is_flag=True, help="The same: it takes seconds.")
@click.option("--json", "as_json", is_flag=True)
def main(folder: Path | None, queries: int, seed: int, misses: bool, quick: bool, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as scratch, closing(open_reader((folder or imported(Path(scratch))) / "archive.db")) as connection:
        measure(connection, queries, seed, misses=misses, as_json=as_json)


def measure(connection: sqlite3.Connection, count: int, seed: int, *, misses: bool, as_json: bool) -> None:
    known = drawn(connection, count, seed)
    entries = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
    found = found_first(connection, known)
    shares = {"best": sum(found) / count, "newest": sum(found_first(connection, known, sort="newest")) / count}
    for weights in ("1.0, 1.0, 1.0, 0.0", "1.0, 4.0, 2.0, 0.0", "1.0, 16.0, 2.0, 0.0"):
        with replaced("WEIGHTS", weights):
            shares[f"best, weights {weights}"] = sum(found_first(connection, known)) / count
    common = common_drawn(connection, 60, seed) if entries > 100_000 else []
    for candidates in (ranking.RANKED, (5_000,) * 3, (10**9,) * 3) if common else ():
        with replaced("RANKED", candidates):
            started = time.process_time()
            shares[f"two common words of a title, {candidates[1]:,} ranked"] = sum(found_first(connection, common)) / len(common)
            click.echo(f"ranking {candidates[1]:,}: {1000 * (time.process_time() - started) / len(common):.0f} ms of CPU a query", err=True)
    if as_json:
        claim = {"name": f"wanted update among the first {FIRST}, best", "value": shares["best"], "unit": "", "goal": GOAL}
        claims = [{**claim, "holds": shares["best"] >= GOAL}]
        json.dump({"claims": claims, "entries": entries, "queries": count, "shares": shares}, sys.stdout, indent=1)
        print()
        return
    print(f"{count} queries of two to four words, seed {seed}, over {entries:,} updates; the wanted one among the first {FIRST}:")
    for name, share in shares.items():
        print(f"  {name:55} {share:7.2%}")
    for label, of in (("no word of the title", True), ("any word", False)):
        part = [hit for hit, one in zip(found, known, strict=True) if one.text_alone is of]
        print(f"  best, {label:49} {sum(part) / len(part):7.2%}")
    for one, hit in zip(known, found, strict=True):
        if misses and not hit:
            total = search(connection, parse(one.query)).total_text
            print(f"  missed {one.entry_id}: {one.query!r} ({tokens(one.query)}), {total} hits")


if __name__ == "__main__":
    main()
