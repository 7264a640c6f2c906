"""What hostile inputs do to the reader: pages cut and spliced, data of the wrong kind, noise. Only ExtractionError may come of them.

    python benchmarks/fuzz.py [--inputs 20000] [--seed N] [--json] [--quick] [--failures DIR]

Half of the inputs are pages of tests/pages, and of ../shared/corpus where it is there, cut, spliced, repeated, flipped and
reordered; two in five are drawn by hypothesis in the structure of live blogs; the rest is noise. Each is read with the layouts and
without, normalised and written as JSON. An input that raises anything else is kept in a file, with its address beside it.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from contextlib import suppress
from hashlib import sha256
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import click
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import HypothesisWarning

from archive.errors import ExtractionError
from crawler.layouts import layouts
from tests.hostile_inputs import Input, mutated, noise, read, seeds, structured

PART = 250  # inputs of one task
SECONDS, MEGABYTES = 2.0, 300.0
SHARES = {"mutated": 0.5, "structured": 0.4, "noise": 0.1}


class Found:
    """What became of the inputs of one part."""

    def __init__(self, failures: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.slowest = (0.0, "")
        self.failures = failures

    def take(self, given: Input) -> None:
        self.counts["inputs"] += 1
        started = time.process_time()
        for described in (True, False):
            try:
                became = read(given, layouts=described)
            except Exception as error:
                self.counts["raised"] += 1
                self._keep("raised", given, error)
                continue
            self.counts["read" if became.updates else "refused"] += 1
            if became.fault is not None:
                self.counts["caught"] += 1
                self._keep("caught", given, became.fault)
        spent = time.process_time() - started
        self.slowest = max(self.slowest, (spent, f"{len(given.body):,} bytes from {given.url}"))
        if spent > 2 * SECONDS:  # two readings
            self.counts["slow"] += 1
            self._keep("slow", given, TimeoutError(f"{spent:.1f} s"))

    def _keep(self, kind: str, given: Input, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "/crawler/" in frame.filename or "/archive/" in frame.filename]
        last = own[-1] if own else frames[-1] if frames else None
        where = f"{Path(last.filename).name}:{last.lineno} {last.name}" if last else ""
        fault = f"{kind}: {type(error).__name__} in {where}: {str(error)[:80]}"
        self.faults[fault] += 1
        if sum(count for known, count in self.faults.items() if known == fault) <= 2:
            self.failures.mkdir(parents=True, exist_ok=True)
            name = sha256(given.body + given.url.encode("utf-8", "replace")).hexdigest()[:16]
            (self.failures / f"{kind}-{name}.page").write_bytes(given.body)
            note = {"url": given.url, "headers": given.headers, "fault": fault, "trace": traceback.format_exception(error)[-12:]}
            (self.failures / f"{kind}-{name}.json").write_text(json.dumps(note, indent=1))


def part(kind: str, number: int, count: int, seed: int, failures: str) -> tuple[Counter[str], Counter[str], tuple[float, str], float]:
    """Read `count` inputs of one kind; the same numbers give the same inputs."""
    warnings.simplefilter("ignore", HypothesisWarning)
    found = Found(Path(failures))
    chance = random.Random(f"{seed} {kind} {number}")
    if kind == "structured":

        @seeded(chance.getrandbits(64))
        @settings(max_examples=count, database=None, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
        @given(structured())
        def take(drawn: Input) -> None:
            found.take(drawn)

        take()
    else:
        pages = seeds(corpus=True)
        for _ in range(count):
            found.take(mutated(chance, pages) if kind == "mutated" else noise(chance))
    return found.counts, found.faults, found.slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


@click.command(help=__doc__)
@click.option("--inputs", default=20_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--failures", default="fuzz-failures", show_default=True, help="Where failing inputs are kept.")
@click.option("--processes", default=2, show_default=True)
def main(inputs: int, seed: int, quick: bool, as_json: bool, failures: str, processes: int) -> None:
    inputs = min(inputs, 1500) if quick else inputs
    layouts()
    _warm()
    tasks = [
        (kind, number, min(PART, round(inputs * share) - number * PART))
        for kind, share in SHARES.items()
        for number in range(-(-round(inputs * share) // PART))
    ]
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    slowest, most = (0.0, ""), 0.0
    with Pool(processes, maxtasksperchild=8) as pool:
        waiting = [pool.apply_async(part, (*task, seed, failures)) for task in tasks]
        for task, done in zip(tasks, waiting, strict=True):
            its_counts, its_faults, its_slowest, its_most = done.get()
            counts.update(its_counts)
            counts[task[0]] += its_counts["inputs"]
            faults.update(its_faults)
            slowest, most = max(slowest, its_slowest), max(most, its_most)
            if not as_json:
                print(f"{counts['inputs']:,} inputs, {counts['raised']} raised, {counts['caught']} caught", file=sys.stderr, flush=True)
    report(counts, faults, slowest, most, as_json=as_json)


def _warm() -> None:
    """Load what is loaded at the first use: it is no cost of any input."""
    for saved in seeds(corpus=False):
        with suppress(ExtractionError):
            read(saved, layouts=False)


def report(counts: Counter[str], faults: Counter[str], slowest: tuple[float, str], most: float, *, as_json: bool) -> None:
    claims: list[dict[str, Any]] = [
        {"name": "inputs", "value": counts["inputs"], "unit": "", "goal": None, "holds": None},
        *({"name": f"inputs {kind}", "value": counts[kind], "unit": "", "goal": None, "holds": None} for kind in SHARES),
        {"name": "readings that gave updates", "value": counts["read"], "unit": "", "goal": None, "holds": None},
        {"name": "readings refused by ExtractionError", "value": counts["refused"], "unit": "", "goal": None, "holds": None},
        {"name": "readings that raised anything else", "value": counts["raised"], "unit": "", "goal": 0, "holds": not counts["raised"]},
        {
            "name": "of the refused, faults caught at the boundary",
            "value": counts["caught"],
            "unit": "",
            "goal": 0,
            "holds": not counts["caught"],
        },
        {"name": "inputs over 2 s a reading", "value": counts["slow"], "unit": "", "goal": 0, "holds": not counts["slow"]},
        {
            "name": "slowest input, both readings",
            "value": round(slowest[0], 2),
            "unit": "s",
            "goal": 2 * SECONDS,
            "holds": not counts["slow"],
        },
        {"name": "peak memory of a process", "value": round(most), "unit": "MB", "goal": MEGABYTES, "holds": most <= MEGABYTES},
    ]
    if as_json:
        json.dump({"claims": claims}, sys.stdout, indent=1)
        print()
        return
    for claim in claims:
        goal = "" if claim["goal"] is None else f"   goal {claim['goal']} {'holds' if claim['holds'] else 'missed'}"
        print(f"{claim['name']:52} {claim['value']:>12,} {claim['unit']:2}{goal}")
    for fault, count in faults.most_common(40):
        print(f"{count:6} {fault}")
    print(f"slowest: {slowest[1]}")


if __name__ == "__main__":
    main()
