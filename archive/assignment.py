"""The assignment with the greatest sum of weights. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_LARGEST = 120  # rows or columns of one connected part solved exactly: half a second; past that the best pairs are taken first


def assign(weights: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Return columns by row so that the sum of weights is greatest; pairs not listed are not allowed.

    >>> assign({(0, 0): 5, (0, 1): 4, (1, 0): 4})
    {0: 1, 1: 0}
    """
    found: dict[int, int] = {}
    for part in _parts(weights):
        rows = sorted({row for row, _ in part})
        columns = sorted({column for _, column in part})
        if len(part) == 1:
            found[rows[0]] = columns[0]
        elif max(len(rows), len(columns)) > _LARGEST:
            found.update(_best_first(part))
        else:
            # A column of no weight for each row: no match is an answer, too.
            costs = [[-part.get((row, column), 0.0) for column in columns] + [0.0] * len(rows) for row in rows]
            chosen = _cheapest(costs)
            found.update({rows[i]: columns[j] for i, j in enumerate(chosen) if j < len(columns) and (rows[i], columns[j]) in part})
    return dict(sorted(found.items()))


def _parts(weights: Mapping[tuple[int, int], float]) -> list[dict[tuple[int, int], float]]:
    """The pairs in groups that share no row and no column."""
    by_row: dict[int, list[int]] = {}
    by_column: dict[int, list[int]] = {}
    for row, column in weights:
        by_row.setdefault(row, []).append(column)
        by_column.setdefault(column, []).append(row)
    parts = []
    seen: set[int] = set()
    for start in sorted(by_row):
        if start in seen:
            continue
        rows, waiting = {start}, [start]
        while waiting:
            for column in by_row[waiting.pop()]:
                fresh = [row for row in by_column[column] if row not in rows]
                rows.update(fresh)
                waiting += fresh
        seen |= rows
        parts.append({(row, column): weights[row, column] for row in sorted(rows) for column in by_row[row]})
    return parts


def _best_first(weights: Mapping[tuple[int, int], float]) -> dict[int, int]:
    found: dict[int, int] = {}
    used: set[int] = set()
    for row, column in sorted(weights, key=lambda pair: (-weights[pair], pair)):
        if row not in found and column not in used:
            found[row] = column
            used.add(column)
    return found


def _cheapest(costs: list[list[float]]) -> list[int]:
    """The column of each row in the cheapest assignment; there are at least as many columns as rows.

    Shortest augmenting paths with potentials (Jonker and Volgenant 1987), cubic.
    """
    rows, columns = len(costs), len(costs[0])
    of_row = [0.0] * (rows + 1)
    of_column = [0.0] * (columns + 1)
    owner = [0] * (columns + 1)  # the row of each column, from 1; 0: none
    for row in range(1, rows + 1):
        owner[0], column = row, 0
        least = [float("inf")] * (columns + 1)
        before = [0] * (columns + 1)
        used = [False] * (columns + 1)
        while owner[column]:
            used[column] = True
            here, line = owner[column], costs[owner[column] - 1]
            step, nearest = float("inf"), 0
            for j in range(1, columns + 1):
                if used[j]:
                    continue
                cost = line[j - 1] - of_row[here] - of_column[j]
                if cost < least[j]:
                    least[j], before[j] = cost, column
                if least[j] < step:
                    step, nearest = least[j], j
            for j in range(columns + 1):
                if used[j]:
                    of_row[owner[j]] += step
                    of_column[j] -= step
                else:
                    least[j] -= step
            column = nearest
        while column:
            owner[column], column = owner[before[column]], before[column]
    chosen = [0] * rows
    for column in range(1, columns + 1):
        if owner[column]:
            chosen[owner[column] - 1] = column - 1
    return chosen
