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
    lines = StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    written = 0
    for ids in found:
        for row in rows(archive, ids):
            writer.writerow([cell(row[name]) for name in COLUMNS])
            written += 1
        _drain(lines, out)
    _drain(lines, out)
    return written


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


def _drain(lines: StringIO, out: BinaryIO) -> None:
    out.write(lines.getvalue().encode("utf-8", "replace"))
    lines.seek(0)
    lines.truncate()
