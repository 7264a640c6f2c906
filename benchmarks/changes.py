"""How rightly edits, withdrawals and returns are told, on labelled histories of real live blogs, with ids and without.

    python benchmarks/changes.py [--quick] [--json] [--seed N] [--histories N] [--page NAME] [--harsh]
        [--explain] [--most N] [--processes N] [--write] [--corpus FOLDER]

Every page of the corpus that shows updates gives so many histories (benchmarks/histories.py); without a corpus the pages in
tests/pages do. Each history is recorded twice, in archives of their own: with the ids of the updates, and with none. What the
tables then say is compared with the labels. docs/changes.md tells what a history holds and what counts; --write puts the
figures there.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.errors import NoUpdatesError
from archive.model import Extraction
from benchmarks.extraction import ROOT, SHARED, Subject, corpus, saved_pages
from benchmarks.playing.judging import Count
from benchmarks.playing.labels import KINDS
from benchmarks.playing.profiles import HARSH, ORDINARY, Profile
from benchmarks.playing.rounds import WORDS, Outcome, measure, tasks_of, totals
from crawler.extraction import extract
from crawler.page import Page

DOCS = ROOT / "docs" / "changes.md"
GOALS = {True: 0.99, False: 0.97}  # with ids, without
SHARE_REWRITTEN = 0.1
FEWEST = 4  # updates below which a page has no history to speak of


def pages(folder: Path) -> dict[str, Extraction]:
    """The pages that show updates, as `stoppress extract` reads them: the corpus's, or those of the tests."""
    found = {}
    for subject in corpus(folder) or saved_pages():
        page = read(subject)
        if page is not None and len(page.updates) >= FEWEST:
            found[subject.slug] = page
    return found


def read(subject: Subject) -> Extraction | None:
    fetched_at = datetime.fromtimestamp(int(subject.path.stat().st_mtime), UTC)
    try:
        return extract(Page.from_file(subject.path, url=subject.url, fetched_at=fetched_at))
    except NoUpdatesError:
        return None


def claims(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The figures in all with their goals, and the worst page's."""
    whole, found = totals(outcomes), []

    def add(name: str, value: float | None, goal: float | None) -> None:
        holds = None if goal is None or value is None else value >= goal
        found.append({"name": name, "value": None if value is None else round(value, 4), "unit": "share", "goal": goal, "holds": holds})

    for ids, words in WORDS.items():
        for kind in KINDS:
            for side in ("precision", "recall"):
                add(f"{words}: {kind}, {side}", getattr(whole.counts[ids, kind], side), GOALS[ids])
                shares = [share for one in outcomes if (share := getattr(one.counts[ids, kind], side)) is not None]
                add(f"{words}: {kind}, {side}, worst page", min(shares, default=None), None)
    edits = whole.edits.total()
    add("edits that rewrite a whole text", whole.edits["whole"] / edits if edits else None, SHARE_REWRITTEN)
    return found


def tables(outcomes: Sequence[Outcome]) -> str:
    """Precision and recall by page, one table with ids and one without."""
    lines, width = [], max(len(one.name) for one in outcomes)
    for ids, words in WORDS.items():
        lines.append(f"\n{words:{width}}" + "".join(f"{kind:>24}" for kind in KINDS))
        lines += [f"{one.name:{width}}" + "".join(_cell(one.counts[ids, kind]) for kind in KINDS) for one in [*outcomes, totals(outcomes)]]
    return "\n".join(lines)


def _cell(count: Count) -> str:
    shares = " ".join("   -  " if share is None else f"{share:.4f}" for share in (count.precision, count.recall))
    return f"{shares:>15} ({count.right + count.missed:>5}) "


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute: two histories a page.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--histories", "count", default=100, show_default=True, help="Histories a page.")
@click.option("--page", "only", help="Only pages whose name contains this.")
@click.option("--harsh", is_flag=True, help="Other chances: more at once, larger changes, more broken polls.")
@click.option("--explain", is_flag=True, help="Print the first mistakes in words.")
@click.option("--most", default=20, show_default=True, help="Mistakes to print, each for with ids and without.")
@click.option("--write", is_flag=True, help="Put the figures into docs/changes.md.")
@click.option("--processes", default=min(2, os.cpu_count() or 1), show_default="2 at most")
@click.option("--corpus", "folder", type=click.Path(path_type=Path), default=SHARED / "corpus", show_default="../shared/corpus")
def main(
    quick: bool,
    as_json: bool,
    seed: int,
    count: int,
    only: str | None,
    harsh: bool,
    explain: bool,
    most: int,
    write: bool,
    processes: int,
    folder: Path,
) -> None:
    profile = HARSH if harsh else ORDINARY
    tasks = tasks_of(pages(folder), only=only, count=min(count, 2) if quick else count, seed=seed, profile=profile, explain=explain)
    by_page: dict[str, Outcome] = {}
    for done, outcome in enumerate(measure(tasks, processes), start=1):
        by_page.setdefault(outcome.name, Outcome(name=outcome.name)).add(outcome)
        if sys.stderr.isatty():
            print(f"\r{done} of {len(tasks)}", end="", file=sys.stderr, flush=True)
    outcomes = list(by_page.values())
    if as_json:
        json.dump({"claims": claims(outcomes)}, sys.stdout, indent=1)
        print()
        return
    report = in_figures(outcomes, profile)
    print(report)
    if write:
        first, last = f"<!-- {profile.name} -->", f"<!-- end of {profile.name} -->"
        before, rest = DOCS.read_text(encoding="utf-8").split(first)
        after = rest.split(last)[1]
        DOCS.write_text(f"{before}{first}\n```text\n{report}\n```\n{last}{after}", encoding="utf-8")
    if explain:
        for words in WORDS.values():
            for mistake in [one for one in totals(outcomes).mistakes if f", {words}, " in one][:most]:
                print(f"\n{mistake}")


def in_figures(outcomes: Sequence[Outcome], profile: Profile) -> str:
    whole = totals(outcomes)
    lines = [f"{profile.name}: {whole.histories:,} histories, {whole.polls:,} polls, {whole.edits.total():,} edits: {_kinds(whole.edits)}"]
    lines += ["precision, recall (labels)", tables(outcomes), ""]
    for claim in claims(outcomes):
        if claim["goal"] is not None and claim["value"] is not None:
            verdict = "holds" if claim["holds"] else "missed"
            lines.append(f"{claim['name']:34} {claim['value']:.4f}   goal {claim['goal']} {verdict}")
    return "\n".join(line.rstrip() for line in "\n".join(lines).splitlines())


def _kinds(edits: Counter[str]) -> str:
    return ", ".join(f"{100 * count / edits.total():.0f} % {kind}" for kind, count in edits.most_common())


if __name__ == "__main__":
    main()
