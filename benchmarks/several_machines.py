"""Several machines: what kills lose, what the queue costs beside `stoppress run`, and the same work through scrapy-redis.

    python benchmarks/several_machines.py [--quick] [--json] [--pages N] [--editions N]

A site on many addresses of loopback has pages in numbered editions, and notes every request. Every page of an edition is due at once; the
next edition comes when each was recorded. Kills: a scheduler, two recorders (one stands by) and four fetchers, one of them killed by
kill -9 every three to five seconds and started again, Redis killed and restarted once with appendonly on. Then the same by `stoppress run`
undisturbed, and the archives are compared; then through scrapy-redis with the same kills. Cost: CPU time of every process but the site's,
a page of 50 updates with one new, without kills and without gaps between requests.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.queue_cost import Cost, measure, recorder_alone  # noqa: E402
from benchmarks.queue_kills import alone, differing, environment, scrapy_redis, several  # noqa: E402
from benchmarks.queue_site import Shape, serving  # noqa: E402
from crawler.queue.link import Bounds  # noqa: E402

_COST = 0.25
_ENTRIES = 3000
_GAP = 0.95  # seconds: a second between two requests to a host, as the site's own clock sees it
Claim = dict[str, Any]


def claim(name: str, value: float, *, unit: str = "", goal: float | None = None, more: bool = True) -> Claim:
    holds = None if goal is None else value >= goal if more else value <= goal
    return {"name": name, "value": round(value, 4), "unit": unit, "goal": goal, "holds": holds}


def kills(pages: int, editions: int, folder: Path, *, peer: bool) -> list[Claim]:
    redis_at = min(60.0, pages * editions / 100)
    with serving(Shape(pages=pages, hosts=max(4, pages // 4)), folder) as site:
        ours, found = several(site, folder / "several", editions, redis_at=redis_at)
        theirs, undisturbed = alone(site, folder / "alone", editions)
        claims = [
            claim("kills", sum(found.kills.values())),
            *[claim(f"kills: {name}", number) for name, number in sorted(found.kills.items())],
            claim("a process is at work after", found.start, unit="s"),
            claim("polls", found.polls),
            claim("lost", found.lost, goal=0, more=False),
            claim("recorded twice", found.twice, goal=0, more=False),
            claim("made again after a kill", found.again),
            claim("shortest gap of a host", found.shortest_gap, unit="s"),
            claim("shortest gap of a host, two machines", found.shortest_across, unit="s", goal=_GAP),
            claim("requests to a host that still answered another", found.overlaps, goal=0, more=False),
            claim("verify passes", found.is_sound, goal=1),
            claim("facts that differ from a single machine's", len(differing(ours, theirs)), goal=0, more=False),
            claim("largest stream of answers", found.largest / 1024**2, unit="MiB", goal=Bounds().found_bytes / 1024**2, more=False),
            claim("seconds, with kills", found.seconds, unit="s"),
            claim("seconds, single machine undisturbed", undisturbed.seconds, unit="s"),
            claim("single machine: lost", undisturbed.lost),
            claim("single machine: shortest gap of a host", undisturbed.shortest_gap, unit="s"),
        ]
        python = environment() if peer else None
        if python:
            theirs_too = scrapy_redis(site, folder / "peer", editions, python, redis_at=redis_at, start=found.start)
            claims += [
                claim("scrapy-redis: kills", sum(theirs_too.kills.values())),
                claim("scrapy-redis: polls lost", theirs_too.lost),
                claim("scrapy-redis: recorded twice", theirs_too.twice),
                claim("scrapy-redis: shortest gap of a host", theirs_too.shortest_gap, unit="s"),
                claim("scrapy-redis: requests to a host that still answered another", theirs_too.overlaps),
                claim("scrapy-redis: seconds", theirs_too.seconds, unit="s"),
            ]
    return claims


def costs(pages: int, editions: int, folder: Path, *, fetchers: Sequence[int] = (1, 2)) -> list[Claim]:
    claims = []
    with serving(Shape(pages=pages, hosts=max(4, pages // 2), shown=50, is_edited=False), folder) as site:
        single = measure(site, folder / "single", editions, fetchers=0)
        claims.append(claim("single machine, CPU a page", single.milliseconds, unit="ms"))
        claims.append(claim("single machine, not modified, CPU a page", sum(single.unchanged.values()), unit="ms"))
        claims.append(claim("single machine, pages a second", single.pages_a_second))
        for number in fetchers:
            found = measure(site, folder / f"fetchers-{number}", editions, fetchers=number)
            what = f"{number} fetcher{'s' if number > 1 else ''}"
            claims += [claim(f"{what}: {name}, CPU a page", value, unit="ms") for name, value in found.parts.items()]
            claims += [claim(f"{what}: {name}, not modified, CPU a page", value, unit="ms") for name, value in found.unchanged.items()]
            claims.append(claim(f"{what}, pages a second", found.pages_a_second))
            changed = found.milliseconds / single.milliseconds - 1
            unchanged = sum(found.unchanged.values()) / sum(single.unchanged.values()) - 1
            claims.append(claim(f"cost of the queue, {what}: every page with one new", changed, goal=_COST, more=False))
            claims.append(claim(f"cost of the queue, {what}: not modified", unchanged, goal=_COST, more=False))
            claims.append(claim(f"cost of the queue, {what}: ten polls a post", mixed(found) / mixed(single) - 1, goal=_COST, more=False))
    return claims


def mixed(cost: Cost) -> float:
    """CPU milliseconds a page where one poll in ten brings something, as docs/polling.md has it."""
    return 0.1 * cost.milliseconds + 0.9 * sum(cost.unchanged.values())


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--pages", default=2000, show_default=True)
@click.option("--editions", default=10, show_default=True)
@click.option("--only", type=click.Choice(["kills", "costs", "recorder"]), multiple=True, help="Only these parts.")
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, pages: int, editions: int, only: tuple[str, ...], as_json: bool) -> None:
    if shutil.which("redis-server") is None:
        raise click.ClickException("expected redis-server on this machine, found none (Debian: apt-get install redis-server)")
    claims: list[Claim] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not only or "kills" in only:
            (folder / "kills").mkdir()
            claims += kills(60 if quick else pages, 1 if quick else editions, folder / "kills", peer=not quick)
        if not only or "costs" in only:
            (folder / "costs").mkdir()
            claims += costs(30, 1, folder / "costs", fetchers=(1,)) if quick else costs(300, 5, folder / "costs")
        if not only or "recorder" in only:
            for label, value in recorder_alone(20 if quick else 400, folder / "recorder").items():
                claims.append(claim(label, value, goal=_ENTRIES if "a CPU second" in label else None))
    if as_json:
        json.dump({"claims": claims}, sys.stdout, indent=1)
        print()
        return
    for one in claims:
        wanted = f"   goal {one['goal']:,} {'holds' if one['holds'] else 'missed'}" if one["goal"] is not None else ""
        print(f"{one['name']:64} {one['value']:12,.3f} {one['unit']:4}{wanted}")


if __name__ == "__main__":
    main()
