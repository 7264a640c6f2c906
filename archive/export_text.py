"""Entries as CSV and as newline-delimited JSON."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable
from io import StringIO
from typing import Any, BinaryIO

from archive.export_rows import COLUMNS, rows
from archive.history import wordings

# A spreadsheet takes a cell that begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(archive: sqlite3.Connection, out: BinaryIO, found: Iterable[list[int]]) -> int:
    """Write entries as CSV (RFC 4180, UTF-8, a header) and return how many there were.

    No value is a cell of nothing. A text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    out.write(csv_lines([COLUMNS]))
    written = 0
    for ids in found:
        part = rows(archive, ids)
        out.write(csv_lines([row[name] for name in COLUMNS] for row in part))
        written += len(part)
    return written


def csv_lines(values: Iterable[Iterable[object]]) -> bytes:
    """Return rows of values as lines of CSV, safe to open in a spreadsheet.

    >>> csv_lines([("a", None), ("=1+1", 2)])
    b"a,\\r\\n'=1+1,2\\r\\n"
    """
    lines = StringIO()
    csv.writer(lines, lineterminator="\r\n").writerows([cell(value) for value in row] for row in values)
    return lines.getvalue().encode("utf-8", "replace")


def cell(value: object) -> object:
    """Return a value as it may stand in a spreadsheet.

    >>> cell("=1+1"), cell("1+1"), cell(None), cell(-1)
    ("'=1+1", '1+1', '', -1)
    """
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def write_ndjson(archive: sqlite3.Connection, out: BinaryIO, found: Iterable[list[int]], *, history: bool) -> int:
    """Write entries as JSON, an object a line, with `wordings` (oldest first) if `history`, and return how many there were."""
    written = 0
    for ids in found:
        for row in rows(archive, ids):
            item: dict[str, Any] = {name: row[name] for name in COLUMNS}
            if history:
                item["wordings"] = wordings(archive, row["id"])
            out.write(json.dumps(item, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            written += 1
    return written
