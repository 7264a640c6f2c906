"""What reading a page costs and how right it is, beside extruct, trafilatura, newspaper4k and one bare parse by lxml.

    python benchmarks/extraction.py [--quick] [--json] [--write] [--corpus FOLDER]

Time is CPU time of reading one page, divided by that of `lxml.html.document_fromstring(body)` for the same page in the
same process, measured in turns. Accuracy is counted by the open scorer over the corpus of real pages; without a corpus
only the time of the pages in tests/pages is measured. Peers live in environments of their own below .bench/; --quick
makes none and leaves out those that are missing. --write puts the tables into docs/extraction.md.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
READERS = Path(__file__).with_name("peers")
DOCS = ROOT / "docs" / "extraction.md"
MARKS = ("<!-- figures -->", "<!-- end of figures -->")
SUFFIXES = (".html", ".json", ".xml", ".txt")
OURS = {"with_layouts": "Stop Press", "without_layouts": "Stop Press, generic"}
# trafilatura and newspaper4k import what lxml has moved into a package of its own.
PARSER = ("lxml==6.1.3", "lxml_html_clean==0.4.6")
PEERS = {
    "with_extruct": ("extruct", ("extruct==0.18.0", *PARSER)),
    "with_trafilatura": ("trafilatura", ("trafilatura==2.3.1", *PARSER)),
    "with_newspaper": ("newspaper4k", ("newspaper4k==0.9.6", *PARSER)),
}
Claim = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One page of the corpus, or of tests/pages: then without gold."""

    slug: str
    path: Path
    url: str
    gold: dict[str, Any] | None = None

    @property
    def is_html(self) -> bool:
        return self.path.suffix == ".html"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one reader made of every subject, in their order."""

    name: str
    label: str
    import_ms: float
    results: list[dict[str, Any]]
    ratios: list[float | None]  # None for what is no HTML
    scores: list[dict[str, Any]]  # the scorer's, empty without gold
    summary: dict[str, Any]

    @property
    def ratio(self) -> float:
        return median(ratio for ratio in self.ratios if ratio is not None)


def corpus(folder: Path) -> list[Subject]:
    """The pages of a corpus that have gold, by name; none if it is not there."""
    found = []
    for gold_file in sorted((folder / "gold").glob("*.json")):
        path = next((p for suffix in SUFFIXES if (p := folder / "pages" / f"{gold_file.stem}{suffix}").exists()), None)
        if path:
            gold = json.loads(gold_file.read_text())
            found.append(Subject(slug=path.stem, path=path, url=gold.get("url") or "https://unknown.example/live", gold=gold))
    return found


def saved_pages() -> list[Subject]:
    """The HTML pages of the tests: small ones, trimmed to what is read."""
    found = []
    for path in sorted((ROOT / "tests" / "pages").glob("*/*.html")):
        expected = path.with_suffix(".json")
        url = json.loads(expected.read_text()).get("url") if expected.exists() else None
        found.append(Subject(slug=f"{path.parent.name}/{path.stem}", path=path, url=url or "https://unknown.example/live"))
    return found


def scorer() -> Any:
    """The open scorer as a module, None if it is not there."""
    path = SHARED / "eval" / "score.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("score", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def environment(name: str, *, make: bool) -> Path | None:
    """The Python of a peer's own environment; None, with a sentence, if there is none and none can be made."""
    label, packages = PEERS[name]
    folder = ROOT / ".bench" / label
    python = folder / "bin" / "python"
    done = folder / "made.txt"
    if done.exists() and done.read_text() == " ".join(packages):
        return python
    if not make:
        click.echo(f"{label} is left out: it has no environment yet (run without --quick to make one).", err=True)
        return None
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    tried = subprocess.run(install, capture_output=True, text=True)
    if tried.returncode:
        problem = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
        click.echo(f"{label} is left out: no package index gave {' '.join(packages)} ({problem}).", err=True)
        return None
    done.write_text(" ".join(packages))
    return python


def measure(name: str, label: str, python: Path, subjects: Sequence[Subject], repeats: int, score: Any) -> Measured:
    listed = [{"path": str(subject.path), "url": subject.url, "timed": subject.is_html} for subject in subjects]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(listed, file)
        file.flush()
        command = [python, READERS / "run.py", name, "--list", file.name, "--repeats", str(repeats)]
        ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        raise click.ClickException(f"{label} could not be run: {ran.stderr.strip().splitlines()[-1]}")
    found = json.loads(ran.stdout)
    results = [page["result"] for page in found["pages"]]
    ratios = [median(page["read"]) / median(page["parse"]) if page["read"] else None for page in found["pages"]]
    gold = [subject.gold for subject in subjects]
    scores = [score.score_page(wanted, result) for wanted, result in zip(gold, results, strict=True) if wanted] if score else []
    summary = score.totals(scores) if scores else {}
    return Measured(
        name=name, label=label, import_ms=1000 * found["import"], results=results, ratios=ratios, scores=scores, summary=summary
    )


def claims(found: Sequence[Measured], *, real: bool) -> list[Claim]:
    """The figures with the goals they were given; those of the tests' small pages have none."""
    result: list[Claim] = []

    def add(name: str, value: float | None, unit: str, goal: float | None = None, *, most: bool = True) -> None:
        holds = None if goal is None or value is None else value <= goal if most else value >= goal
        result.append({"name": name, "value": None if value is None else round(value, 3), "unit": unit, "goal": goal, "holds": holds})

    for one in found:
        ours = one.name in OURS
        add(f"{one.label}: a page, median", one.ratio, "parses", 2.5 if ours and real else None)
        if one.name == "without_layouts":
            alone = [ratio for ratio, page in zip(one.ratios, one.results, strict=True) if ratio is not None and page.get("alone")]
            if alone:
                add(f"{one.label}: a page whose JSON-LD suffices, median", median(alone), "parses", 1.3 if real else None)
                add(f"{one.label}: pages whose JSON-LD suffices", len(alone), "pages")
        add(f"{one.label}: import, once", one.import_ms, "ms")
        if one.summary:
            goal = len(one.scores) if ours else None
            add(f"{one.label}: pages read perfectly, of {len(one.scores)}", one.summary["pages_perfect"], "pages", goal, most=False)
            for name in ("recall", "precision", "time", "headline", "text"):
                add(f"{one.label}: {name}", one.summary[name], "share")
    return result


def tables(found: Sequence[Measured], subjects: Sequence[Subject]) -> str:
    """The figures as Markdown: in all, and page by page."""
    lines = [
        "| | pages perfect | recall | precision | time | headline | text | made up on pages without updates | cost, in parses | import |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        s = one.summary
        shares = " | ".join(_share(s.get(name)) for name in ("recall", "precision", "time", "headline", "text"))
        perfect = f"{s['pages_perfect']} of {s['pages']}" if s else "-"
        made_up = s.get("invented_on_negatives", "-")
        lines.append(f"| {one.label} | {perfect} | {shares} | {made_up} | {one.ratio:.1f} | {one.import_ms:.0f} ms |")
    lines += [
        "",
        "Page by page: updates found of those there, `+n` what is none, and the cost in parses.",
        "",
        "| page | updates | " + " | ".join(one.label for one in found) + " |",
        "|---|---" + "|---" * len(found) + "|",
    ]
    for place, subject in enumerate(subjects):
        wanted = len((subject.gold or {}).get("entries") or []) if subject.gold else "-"
        lines.append(f"| {subject.slug} | {wanted} | " + " | ".join(_cell(one, place) for one in found) + " |")
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _cell(one: Measured, place: int) -> str:
    ratio = one.ratios[place]
    cost = "" if ratio is None else f"{ratio:.1f}{' J' if one.results[place].get('alone') else ''}"
    if not one.scores:
        return cost
    score = one.scores[place]
    wrong = score["extracted"] - score["found"]
    return f"{score['found']}{f' +{wrong}' if wrong else ''}{f', {cost}' if cost else ''}"


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", is_flag=True, help="Put the tables into docs/extraction.md.")
@click.option("--corpus", "folder", type=click.Path(path_type=Path), default=SHARED / "corpus", show_default="../shared/corpus")
def main(quick: bool, as_json: bool, write: bool, folder: Path) -> None:
    score = scorer()
    subjects = corpus(folder) if score else []
    real = bool(subjects)
    if not real:
        click.echo(f"No corpus and scorer in {SHARED}: only time is measured, on the small pages of tests/pages.", err=True)
        subjects = saved_pages()
    repeats = 3 if quick else 15
    readers = [(name, label, Path(sys.executable)) for name, label in OURS.items()]
    readers += [(name, label, python) for name, (label, _) in PEERS.items() if (python := environment(name, make=not quick))]
    found = [measure(*reader, subjects, repeats, score) for reader in readers]
    if write and real:
        before, rest = DOCS.read_text().split(MARKS[0])
        DOCS.write_text(f"{before}{MARKS[0]}\n{tables(found, subjects)}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")
    if as_json:
        json.dump({"claims": claims(found, real=real)}, sys.stdout, indent=1)
        print()
        return
    for claim in claims(found, real=real):
        value = "-" if claim["value"] is None else f"{claim['value']:,.2f} {claim['unit']}"
        wanted = f"   goal {claim['goal']} {'holds' if claim['holds'] else 'missed'}" if claim["goal"] is not None else ""
        print(f"{claim['name']:62} {value:>16}{wanted}")


if __name__ == "__main__":
    main()
