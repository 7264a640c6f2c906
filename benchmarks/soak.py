"""`stoppress run` with 2,000 live blogs at 500 hosts of loopback: how late polls are, and whether its memory grows.

    python benchmarks/soak.py [--quick] [--json] [--minutes N] [--pages N] [--hosts N]

The pages post every 2 to 60 minutes, each at its own pace; an answer takes some 0.1 s, and one host in a hundred never answers in time.
All gaps and the polling policy are in force. Pages are due spread over the first two minutes, as on a list that has been polled for long.
A poll's lag is from when it was due to when its answer was on record. Counted are the polls after the first three minutes, when every page
was read once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.claims import Claim, claim, show  # noqa: E402
from benchmarks.loopback import Answer, serving  # noqa: E402
from benchmarks.news_site import NewsSite  # noqa: E402
from benchmarks.run_process import manners, running, watch  # noqa: E402

_SAMPLE_EVERY = 5.0
_NEVER = Answer(wait=600)


def soak(pages: int, hosts: int, minutes: float, *, spread: float, settle: float, folder: Path) -> list[Claim]:
    """Run for so long; `spread` and `settle` are the first seconds in which pages come due, and those that are not counted."""
    site = NewsSite(pages, every=(120, 3600), wait=0.1)
    with serving(site.answer, hosts) as server:
        for host in server.addresses[50::100]:
            site.instead[host + "/robots.txt"] = _NEVER
        chance = random.Random(1)
        now = datetime.now(UTC) + timedelta(seconds=5)
        urls = [server.url(number, f"/live/{number}") for number in range(pages)]
        watch(folder, urls, [now + timedelta(seconds=chance.uniform(0, spread)) for _ in urls])
        memory: list[tuple[float, float]] = []
        began = time.monotonic()
        with running(folder, folder / "polls.jsonl") as process:
            while time.monotonic() < began + minutes * 60 and process.poll() is None:
                time.sleep(min(_SAMPLE_EVERY, minutes * 60 / 20))
                memory.append((time.monotonic() - began, resident(process.pid)))
            cpu = cpu_seconds(process.pid)
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        log = list(server.log)
    lines = [json.loads(line) for line in (folder / "polls.jsonl").read_text(encoding="utf-8").splitlines()]
    return figures(lines, memory, log, minutes=minutes, settle=settle, cpu=cpu, began=now.timestamp())


def figures(
    lines: list[dict[str, Any]],
    memory: list[tuple[float, float]],
    log: list[Any],
    *,
    minutes: float,
    settle: float,
    cpu: float,
    began: float,
) -> list[Claim]:
    counted = [line for line in lines if datetime.fromisoformat(line["at"]).timestamp() >= began + settle]
    lags = sorted(line["lag_s"] for line in counted if line["outcome"] not in ("unreachable", "refused_robots"))
    outcomes = {line["outcome"] for line in lines}
    half = memory[len(memory) // 2 :]
    slope = statistics.linear_regression([at for at, _ in half], [size for _, size in half]).slope if len(half) > 2 else 0.0
    start, end = (
        statistics.mean(size for _, size in half[: len(half) // 4 + 1]),
        statistics.mean(size for _, size in half[-len(half) // 4 :]),
    )
    return [
        claim("due polls a second", len(counted) / (minutes * 60 - settle)),
        # In a run this short every poll is a page's first, after robots.txt and a second's gap.
        claim("lag of due polls, p95", lags[int(0.95 * len(lags))] if lags else 999, "s", goal=2 if minutes > 3 else None),
        claim("lag of due polls, median", statistics.median(lags or [999]), "s"),
        claim("lag of due polls, longest", lags[-1] if lags else 999, "s"),
        *(claim(f"polls that ended as {name}", sum(line["outcome"] == name for line in lines)) for name in sorted(outcomes)),
        claim("CPU, share of one core", cpu / (minutes * 60)),
        claim("memory at the end", memory[-1][1], "MB"),
        claim("growth of memory over the last half, slope", slope * 3600, "MB/h"),
        claim("growth of memory over the last half", (end - start) / start, goal=0.03),
        *manners(log),
        claim("load of the machine at the end", os.getloadavg()[1]),
    ]


def resident(pid: int) -> float:
    """The resident memory of a process in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--minutes", default=20.0, show_default=True)
@click.option("--pages", default=2000, show_default=True)
@click.option("--hosts", default=500, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, minutes: float, pages: int, hosts: int, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if quick:
            found = soak(500, 250, 0.7, spread=30, settle=10, folder=Path(folder))
        else:
            found = soak(pages, hosts, minutes, spread=120, settle=180, folder=Path(folder))
    show(found, as_json=as_json)


if __name__ == "__main__":
    main()
