"""How soon posts are seen, and for how many polls: the shipped policy beside simple rules, on the posting times of real live blogs.

    python benchmarks/polling.py [--quick] [--json] [--shipped] [--learn] [--write] [--traces CSV] [--processes N]

TRACES has one live blog a line: publisher, the second of its first post, then the gaps. A live blog is polled from its first post until
six hours after its last. Every live blog is judged by curves learnt without it and without any other that began in the same week
(benchmarks/polling_held_out.json); --shipped judges crawler/polling_table.json instead, for live blogs it was not learnt from.
--learn (needs numpy) learns the table and the held-out ones from TRACES again. --write puts the figures into docs/polling.md.
"""

from __future__ import annotations

import csv
import json
import math
import os
import sys
import timeit
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from benchmarks.extraction import ROOT, SHARED
from benchmarks.polling_model import TAIL, Learner, as_table, samples
from crawler.pace import TABLE, Pace
from crawler.polling import GAP, PACE, PAUSE, QUICK, STEADY, TRACES_ZONE, WORTH, interval, next_interval

HELD_OUT = Path(__file__).with_name("polling_held_out.json")
DOCS = ROOT / "docs" / "polling.md"
TRACES = SHARED / "traces" / "live_blog_times.csv"
FOLDS = 5
BUDGETS = (7.0, 8.0, 9.0, 9.7, 10.9, 12.0)  # polls a post
WORTHS = (0.034, 0.040, 0.046, 0.052, 0.058, 0.066, 0.078)
LEVELS = (0.031, 0.037, 0.042, 0.047, 0.053, 0.060, 0.073)  # of the first table: posts a minute from which it polls every minute
ROOTS = (3.5, 4.0, 4.5, 5.0, 6.0, 8.0)  # the square-root rule waits so many times the root of the seconds since the last post
FIXED = (60.0, 90.0, 100.0, 120.0, 150.0, 300.0)
GOALS = {9.7: 0.828, 10.9: 0.891}  # what the first table saw within a minute, measured before there was a policy

NAMES = {"default": "as shipped:", "strict": "no rarer polls"}

Policy = Callable[[Sequence[float], float], float]
_ZONE = ZoneInfo(TRACES_ZONE)


@dataclass(frozen=True, kw_only=True)
class Blog:
    publisher: str
    posts: tuple[float, ...]
    fold: int


@dataclass(frozen=True, kw_only=True)
class Score:
    """What one policy did: posts in all, seen within 60 s and 300 s, late though no pause was seen, never seen, and polls."""

    posts: int = 0
    within_60: int = 0
    within_300: int = 0
    late_while_live: int = 0
    never: int = 0
    polls: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    @property
    def share(self) -> float:
        return self.within_60 / self.posts

    @property
    def cost(self) -> float:
        return self.polls / self.posts


def read(path: Path, every: int = 1) -> list[Blog]:
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.reader(handle))[::every]
    return [Blog(publisher=row[0], posts=tuple(accumulate(map(float, row[1:]))), fold=_fold(float(row[1]))) for row in rows]


def _fold(began: float) -> int:
    """All live blogs that began in one week (Monday to Sunday, UTC) share a fold: what they cover, they cover together."""
    week = int((began / 86400 + 3) // 7)
    return (week * 2654435761 % 2**32) // 1000 % FOLDS


def hour_of(at: float) -> float:
    local = datetime.fromtimestamp(at, _ZONE)
    return local.hour + local.minute / 60


def follow(posts: Sequence[float], policy: Policy) -> Score:
    """Poll one live blog as the policy says; `policy(posts, now)` looks at no post after `now`."""
    now, end, live = posts[0], posts[-1] + TAIL, True
    polls = seen = within_60 = within_300 = late = 0
    while now <= end:
        polls += 1
        upto = bisect_right(posts, now, seen)
        for number in range(seen, upto):
            lag = now - posts[number]
            within_60 += lag <= 60
            within_300 += lag <= 300
            late += lag > 300 and live
        seen = upto
        live = now - posts[seen - 1] < PAUSE
        wait = policy(posts, now)
        if wait == math.inf:
            break
        now += max(GAP, wait)
    return Score(posts=len(posts), within_60=within_60, within_300=within_300, late_while_live=late, never=len(posts) - seen, polls=polls)


def learnt(pace: Pace, worth: float) -> Policy:
    return lambda posts, now: interval(posts, now, hour=hour_of(now), pace=pace, worth=worth)


def strict(pace: Pace, worth: float) -> Policy:
    """The policy without its rarer polls in pauses."""
    return lambda posts, now: interval(posts, now, hour=hour_of(now), pace=pace, worth=worth, rare=STEADY)


def fixed(wait: float) -> Policy:
    return lambda posts, now: wait


def square_root(factor: float) -> Policy:
    return lambda posts, now: factor * math.sqrt(now - posts[bisect_right(posts, now) - 1])


class FirstTable:
    """Posts a minute by time since the last post, posts in the last half hour and two hours, and hour of day; no more."""

    def __init__(self, blogs: Iterable[Blog]) -> None:
        self.cells: dict[tuple[int, ...], list[float]] = {}
        for number, blog in enumerate(blogs):
            at, known = blog.posts[0] + number % 60, 1
            while at <= blog.posts[-1] + TAIL:
                known = bisect_right(blog.posts, at, known)
                coming = bisect_right(blog.posts, at + 60, known) - known
                cell = self.cells.setdefault(self.cell(blog.posts, known, at), [1.0, 0.03])
                cell[0] += 1
                cell[1] += coming
                at += 120

    def cell(self, posts: Sequence[float], known: int, at: float) -> tuple[int, ...]:
        silence = bisect_right((30, 60, 120, 240, 420, 720, 1200, 1800, 3600, 7200), at - posts[known - 1])
        half = bisect_right((1, 2, 3, 5, 8, 12), known - bisect_left(posts, at - 1800, 0, known))
        two = bisect_right((2, 5, 10, 20, 40), known - bisect_left(posts, at - 7200, 0, known))
        return silence, half, two, int(at // 10800) % 8

    def policy(self, level: float) -> Policy:
        def wait(posts: Sequence[float], now: float) -> float:
            minutes, coming = self.cells.get(self.cell(posts, bisect_right(posts, now), now), (1.0, 0.0))
            return QUICK if coming / minutes >= level else STEADY

        return wait


def _score(blogs: Sequence[Blog], policies: Callable[[int], Policy]) -> Score:
    """The sum over the live blogs, each polled by the policy of its fold."""
    of_fold = {fold: policies(fold) for fold in {blog.fold for blog in blogs}}
    return sum((follow(blog.posts, of_fold[blog.fold]) for blog in blogs), Score())


def _judge(task: tuple[str, float], blogs: Sequence[Blog], teachers: Sequence[Blog], shipped: bool) -> Score:
    """One rule at one setting; run in a process of its own."""
    rule, value = task
    if rule == "fixed":
        return _score(blogs, lambda fold: fixed(value))
    if rule == "square root":
        return _score(blogs, lambda fold: square_root(value))
    if rule == "first table":
        tables = {fold: FirstTable(blog for blog in teachers if blog.fold != fold) for fold in {blog.fold for blog in blogs}}
        return _score(blogs, lambda fold: tables[fold].policy(value))
    held_out = None if shipped else json.loads(HELD_OUT.read_text(encoding="utf-8"))
    if rule.startswith("other "):  # judged by what another publisher taught
        assert held_out is not None
        pace = Pace(held_out[rule.removeprefix("other ")])
        return _score([blog for blog in blogs if blog.publisher != rule.removeprefix("other ")], lambda fold: learnt(pace, value))
    paces = [PACE] * FOLDS if held_out is None else [Pace(table) for table in held_out["weeks"]]
    policy = strict if rule == "strict" else learnt
    return _score(blogs, lambda fold: policy(paces[fold], value))


def at_budget(scores: Sequence[Score], budget: float) -> float | None:
    """The share seen within a minute for so many polls a post, on the line between the two settings around it; None outside."""
    points = sorted((score.cost, score.share) for score in scores)
    for (low, less), (high, more) in pairwise(points):
        if low <= budget <= high:
            return less + (more - less) * (budget - low) / (high - low)
    return None


def microseconds(blogs: Sequence[Blog]) -> float:
    """One decision of the shipped policy, the mean over moments of live blogs; the best of five rounds."""
    moments = [(blog.posts[: bisect_right(blog.posts, at)], at) for blog in blogs[:200] for at in blog.posts[::5]]

    def decide() -> None:
        for posts, at in moments:
            next_interval(posts, posts[0], at + 90)

    return min(timeit.repeat(decide, number=1, repeat=5)) / len(moments) * 1e6


def learn(path: Path) -> None:
    """Learn the shipped table from all live blogs, and the held-out ones each from a part."""
    blogs = read(path)
    learner = Learner(samples(blog.posts, hour_of, seed) for seed, blog in enumerate(blogs))
    print(f"{len(learner.targets):,} moments of {len(blogs):,} live blogs", file=sys.stderr)
    whole = learner.fit(range(len(blogs)))
    _write(TABLE, as_table(whole))

    def part(chosen: Callable[[Blog], bool]) -> dict[str, Any]:
        table = as_table(learner.fit([number for number, blog in enumerate(blogs) if chosen(blog)], whole))
        print(".", end="", file=sys.stderr, flush=True)
        return table

    held_out: dict[str, Any] = {"weeks": [part(lambda blog, fold=fold: blog.fold != fold) for fold in range(FOLDS)]}  # type: ignore[misc]
    for publisher in sorted({blog.publisher for blog in blogs}):
        held_out[publisher] = part(lambda blog, publisher=publisher: blog.publisher == publisher)  # type: ignore[misc]
    _write(HELD_OUT, held_out)


def _write(path: Path, table: dict[str, Any]) -> None:
    """As JSON with each list of numbers on one line, so that a change can be read."""
    text = json.dumps(table, indent=1)
    lines: list[str] = []
    open_list = False
    for line in text.splitlines():
        word = line.strip()
        if open_list and word != "[":
            lines[-1] += word + (" " if word.endswith(",") and not word.startswith("]") else "")
        else:
            lines.append(line)
        open_list = word.endswith("[") or (open_list and not word.startswith("]"))
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute: each 20th live blog.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--shipped", is_flag=True, help="Judge the shipped table, not the held-out ones.")
@click.option("--learn", "learning", is_flag=True, help="Learn the tables from TRACES first (needs numpy).")
@click.option("--write", is_flag=True, help="Put the figures into docs/polling.md.")
@click.option("--traces", type=click.Path(path_type=Path), default=TRACES, show_default="../shared/traces/live_blog_times.csv")
@click.option("--processes", default=min(2, os.cpu_count() or 1), show_default="2 at most")
def main(quick: bool, as_json: bool, shipped: bool, learning: bool, write: bool, traces: Path, processes: int) -> None:
    if not traces.is_file():
        print('{"claims": []}' if as_json else f"Nothing was judged: there are no posting times at {traces}.")
        return
    if learning:
        learn(traces)
    blogs = read(traces, 20 if quick else 1)
    teachers = read(traces, 4) if quick else blogs
    tasks = [("default", WORTH), *(("Stop Press", worth) for worth in WORTHS)]
    if not quick:
        tasks += [("strict", worth) for worth in WORTHS]
        tasks += [] if shipped else [(f"other {publisher}", WORTH) for publisher in sorted({blog.publisher for blog in blogs})]
    tasks += [("first table", level) for level in (LEVELS if not quick else LEVELS[1::2])]
    tasks += [("square root", factor) for factor in ROOTS] + [("fixed", wait) for wait in FIXED]
    with ProcessPoolExecutor(processes) as pool:
        scores = dict(zip(tasks, pool.map(partial(_judge, blogs=blogs, teachers=teachers, shipped=shipped), tasks), strict=True))
    time = microseconds(blogs)
    if as_json:
        json.dump({"claims": claims(scores, time)}, sys.stdout, indent=1)
        print()
        return
    report = in_figures(scores, time, len(blogs), shipped)
    print(report)
    if write:
        first, last = "<!-- figures -->", "<!-- end of figures -->"
        before, rest = DOCS.read_text(encoding="utf-8").split(first)
        DOCS.write_text(f"{before}{first}\n```text\n{report}\n```\n{last}{rest.split(last)[1]}", encoding="utf-8")


def _of(scores: dict[tuple[str, float], Score], rule: str) -> list[Score]:
    return [score for (name, _), score in scores.items() if name == rule]


def claims(scores: dict[tuple[str, float], Score], time: float) -> list[dict[str, Any]]:
    default = scores["default", WORTH]
    found: list[dict[str, Any]] = []

    def add(name: str, value: float | None, unit: str, goal: float, *, most: bool = False) -> None:
        holds = value is not None and (value <= goal if most else value >= goal)
        found.append({"name": name, "value": None if value is None else round(value, 4), "unit": unit, "goal": goal, "holds": holds})

    for budget, goal in GOALS.items():
        add(f"posts seen within 60 s for {budget} polls a post", at_budget(_of(scores, "Stop Press"), budget), "share", goal)
    add("posts seen within 60 s, as shipped", default.share, "share", 0.86)
    add("polls a post, as shipped", default.cost, "polls", 10.0, most=True)
    add("posts seen within 300 s, as shipped", default.within_300 / default.posts, "share", 0.9995)
    add("posts seen later than 300 s without three hours of silence before", default.late_while_live, "posts", 0, most=True)
    add("posts never seen, as shipped", default.never, "posts", 0, most=True)
    add("one decision", time, "microseconds", 50, most=True)
    return found


def in_figures(scores: dict[tuple[str, float], Score], time: float, blogs: int, shipped: bool) -> str:
    posts = scores["default", WORTH].posts
    table = "the shipped table" if shipped else "by tables learnt from other weeks"
    lines = [f"{blogs:,} live blogs, {posts:,} posts, judged {table}", "", "posts seen within 60 s, for so many polls a post:"]
    lines.append(f"{'':28}" + "".join(f"{budget:>8}" for budget in BUDGETS))
    for rule in ("Stop Press", "strict", "first table", "square root", "fixed"):
        if found := _of(scores, rule):
            shares = [at_budget(found, budget) for budget in BUDGETS]
            lines.append(f"{NAMES.get(rule, rule):28}" + "".join("       -" if share is None else f"{share:8.1%}" for share in shares))
    lines += ["", f"{'setting':28}{'<= 60 s':>9}{'<= 300 s':>10}{'late, live':>12}{'never':>7}{'polls a post':>14}"]
    for (rule, value), score in scores.items():
        name = f"{NAMES.get(rule, rule)} {value:g}"
        if rule.startswith("other "):
            name = f"as shipped, by {rule.removeprefix('other ')}'s alone"
        lines.append(
            f"{name:28}{score.share:9.1%}{score.within_300 / score.posts:10.2%}{score.late_while_live:12}{score.never:7}{score.cost:14.2f}"
        )
    lines += ["", f"one decision: {time:.0f} microseconds", ""]
    for claim in claims(scores, time):
        value = "-" if claim["value"] is None else f"{claim['value']:g}"
        lines.append(f"{claim['name']:68} {value:>8}   goal {claim['goal']:g} {'holds' if claim['holds'] else 'missed'}")
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    main()
