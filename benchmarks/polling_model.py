"""Learns crawler/polling_table.json from posting times, by Poisson regression on smooth curves. `benchmarks/polling.py --learn` runs it.

Needs numpy. A sample is a moment of a followed live blog and the number of posts in the minute after it. The logarithm of the expected
number is a sum of piecewise straight curves, held smooth by a penalty on their second differences; Newton's method finds the best fit.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Any

from crawler.pace import CURVES, features

TAIL = 6 * 3600.0  # seconds a live blog is followed after its last post, as the scorer does
STEP = 150.0  # seconds between two samples of a live blog, on average
SMOOTH, SMALL = 20.0, 2.0  # weight of the penalties on second differences and on size
_COUNTS = [0, 1, 2, 3, 4, 6, 9, 14, 22]
_MANY = [0, 1, 2, 4, 7, 12, 20, 35, 60]
_GAPS = [30, 60, 100, 150, 220, 320, 480, 700, 1100, 2000, 5000]
KNOTS: Mapping[str, Sequence[float]] = {
    "silence": [0, 30, 60, 120, 200, 300, 450, 700, 1100, 1800, 3000, 5000, 9000, 15000, 25000, 50000],
    "gap": [0, 20, 60, 120, 240, 480, 1000, 2500],
    "recent": _GAPS,
    "relative": [0.05, 0.14, 0.25, 0.4, 0.6, 0.9, 1.35, 2, 3.3, 6, 12, 33],
    "own": _GAPS,
    "age": [0, 1800, 3600, 7200, 14400, 24000, 36000, 54000, 90000, 180000],
    "number": [1, 2, 4, 8, 16, 32, 64, 128, 300],
    "last 5 min": _COUNTS,
    "last 10 min": _COUNTS,
    "last 20 min": _COUNTS,
    "last 40 min": _MANY,
    "last 90 min": _MANY,
    "last 4 h": _MANY,
}
HOURS = 24
HOURS_BY_SILENCE = 12
SILENCE = [0, 300, 1200, 3600, 7200, 14400, 36000]  # seconds: the knots of the surface

Sample = tuple[list[float], float]  # features with the hour of the day last, and the posts in the next minute


def samples(posts: Sequence[float], hour_of: Any, seed: int) -> list[Sample]:
    """Moments spread over one live blog from its first post to the end of its tail."""
    chance = random.Random(seed)
    found, known, at, end = [], 1, posts[0] + STEP * chance.random(), posts[-1] + TAIL
    while at <= end:
        while known < len(posts) and posts[known] <= at:
            known += 1
        coming = known
        while coming < len(posts) and posts[coming] <= at + 60:
            coming += 1
        found.append(([*features(posts, known, at), hour_of(at)], float(coming - known)))
        at += STEP * (0.5 + chance.random())
    return found


class Learner:
    """The samples of all live blogs as one array, and the fit to any part of them."""

    def __init__(self, batches: Iterable[list[Sample]]) -> None:
        import numpy as np

        self.np = np
        rows, targets, owner = [], [], []
        for blog, batch in enumerate(batches):
            rows.append(np.array([row for row, _ in batch], dtype=np.float32))
            targets += [target for _, target in batch]
            owner += [blog] * len(batch)
        self.owner = np.array(owner)
        self.targets = np.array(targets, dtype=np.float32)
        self.width = 1 + sum(map(len, KNOTS.values())) + HOURS + len(SILENCE) * HOURS_BY_SILENCE
        read = np.concatenate(rows)
        self.design = np.concatenate([self._columns(read[start : start + 100_000]) for start in range(0, len(read), 100_000)])

    def fit(self, blogs: Iterable[int], start: Any = None) -> Any:
        """The weights that fit the samples of these live blogs best. `start`: weights to begin from; the result is the same."""
        np = self.np
        chosen = np.flatnonzero(np.isin(self.owner, np.array(sorted(blogs))))
        penalty = self._penalty()
        weights = np.zeros(self.width) if start is None else start.copy()
        if start is None:
            weights[0] = log(self.targets[chosen].mean())
        value, slope, curve = self._likelihood(chosen, weights, penalty)
        for _ in range(30):
            step = np.linalg.solve(curve, slope)
            share = min(1.0, 3 / np.abs(step).max())
            while True:
                after = self._likelihood(chosen, weights + share * step, penalty)
                if after[0] > value - 0.01 or share < 0.01:
                    break
                share /= 3
            weights, gain = weights + share * step, after[0] - value
            value, slope, curve = after
            if gain < 0.5:
                break
        return weights

    def _likelihood(self, chosen: Any, weights: Any, penalty: Any) -> tuple[float, Any, Any]:
        np = self.np
        value, slope, curve = 0.0, np.zeros(self.width), np.zeros((self.width, self.width))
        for begin in range(0, len(chosen), 50_000):
            part = chosen[begin : begin + 50_000]
            design, target = self.design[part].astype(np.float32), self.targets[part]
            line = np.minimum(design @ weights.astype(np.float32), 2)
            mean = np.exp(line)
            value += float((target * line - mean).sum(dtype=float))
            slope += design.T @ (target - mean)
            curve += design.T @ (design * mean[:, None])
        return value - 0.5 * float(weights @ penalty @ weights), slope - penalty @ weights, curve + penalty

    def _columns(self, read: Any) -> Any:
        np = self.np
        design = np.zeros((len(read), self.width), dtype=np.float16)
        rows = np.arange(len(read))
        design[:, 0], first = 1, 1
        for column, (name, shift) in enumerate(CURVES.items()):
            values = np.log1p(read[:, column]) if name.startswith("last") else read[:, column]
            left, share = self._hat(values, [log(knot + shift) for knot in KNOTS[name]])
            design[rows, first + left] = 1 - share
            design[rows, first + left + 1] = share
            first += len(KNOTS[name])
        left, right, share = self._clock(read[:, -1], HOURS)
        design[rows, first + left] = 1 - share
        design[rows, first + right] = share
        first += HOURS
        left, right, share = self._clock(read[:, -1], HOURS_BY_SILENCE)
        line, up = self._hat(read[:, 0], [log(knot + CURVES["silence"]) for knot in SILENCE])
        for row, part in ((line, 1 - up), (line + 1, up)):
            design[rows, first + row * HOURS_BY_SILENCE + left] = part * (1 - share)
            design[rows, first + row * HOURS_BY_SILENCE + right] = part * share
        return design

    def _hat(self, values: Any, knots: Sequence[float]) -> tuple[Any, Any]:
        np = self.np
        ends = np.array(knots, dtype=np.float32)
        left = np.clip(np.searchsorted(ends, values) - 1, 0, len(ends) - 2)
        return left, np.clip((values - ends[left]) / (ends[left + 1] - ends[left]), 0, 1)

    def _clock(self, hours: Any, number: int) -> tuple[Any, Any, Any]:
        position = hours * number / 24
        left = position.astype(int)
        return left % number, (left + 1) % number, position - left

    def _penalty(self) -> Any:
        np = self.np
        penalty = np.eye(self.width) * SMALL
        penalty[0, 0] = 1e-6
        first = 1
        for number, round_clock in [*((len(knots), False) for knots in KNOTS.values()), (HOURS, True)]:
            bend = self._bend(number, round_clock)
            penalty[first : first + number, first : first + number] += SMOOTH * bend.T @ bend
            first += number
        along, across = self._bend(len(SILENCE), False), self._bend(HOURS_BY_SILENCE, True)
        surface = np.kron(along.T @ along, np.eye(HOURS_BY_SILENCE)) + np.kron(np.eye(len(SILENCE)), across.T @ across)
        penalty[first:, first:] += SMOOTH * surface
        return penalty

    def _bend(self, number: int, round_clock: bool) -> Any:
        np = self.np
        if not round_clock:
            return np.diff(np.eye(number), 2, axis=0)
        return np.roll(np.eye(number), 1, axis=1) - 2 * np.eye(number) + np.roll(np.eye(number), -1, axis=1)


def as_table(weights: Sequence[float]) -> dict[str, Any]:
    """The weights as polling_table.json has them, to three decimals."""
    values = [round(float(weight), 3) for weight in weights]
    first, curves = 1, {}
    for name, knots in KNOTS.items():
        curves[name] = {"at": list(knots), "adds": values[first : first + len(knots)]}
        first += len(knots)
    surface = values[first + HOURS :]
    by_silence = [surface[row : row + HOURS_BY_SILENCE] for row in range(0, len(surface), HOURS_BY_SILENCE)]
    hours = {"adds": values[first : first + HOURS], "silence": SILENCE, "adds_by_silence": by_silence}
    return {"level": values[0], "curves": curves, "hours": hours}
