"""Entries as Parquet, with types: instants in UTC, days as dates, texts as texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.errors import ArchiveError
from archive.export_rows import COLUMNS, NUMBERS, TIMES, rows
from archive.history import wordings
from archive.times import from_utc

if TYPE_CHECKING:
    import pyarrow

_WORDING_TEXTS = ("title", "byline", "text", "html", "published_precision", "published_basis")
_WORDING_TIMES = ("published_at", "seen_at", "superseded_at")


def write_parquet(archive: sqlite3.Connection, path: Path, found: Iterable[list[int]], *, history: bool) -> int:
    """Write entries as Parquet, a row group a chunk, with a list of `wordings` if `history`, and return how many there were.

    Raises ArchiveError if pyarrow is not installed, or for an entry whose times are none.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ArchiveError("Parquet needs pyarrow, which is not installed: pip install 'stoppress[parquet]'") from error
    schema = _schema(pyarrow, history=history)
    written = 0
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for ids in found:
            items = [_item(archive, row, history=history) for row in rows(archive, ids)]
            writer.write_table(pyarrow.Table.from_pylist(items, schema=schema))
            written += len(items)
    return written


def _schema(arrow: Any, *, history: bool) -> pyarrow.Schema:
    instant = arrow.timestamp("s", tz="UTC")
    types = dict.fromkeys(TIMES, instant) | dict.fromkeys(NUMBERS, arrow.int64()) | {"day": arrow.date32()}
    fields = [arrow.field(name, types.get(name, arrow.string())) for name in COLUMNS]
    if history:
        wording = [("number", arrow.int64()), *((name, arrow.string()) for name in _WORDING_TEXTS)]
        wording += [*((name, instant) for name in _WORDING_TIMES), ("capture_id", arrow.int64())]
        fields.append(arrow.field("wordings", arrow.list_(arrow.struct(wording))))
    return arrow.schema(fields)


def _item(archive: sqlite3.Connection, row: sqlite3.Row, *, history: bool) -> dict[str, Any]:
    try:
        item: dict[str, Any] = {name: row[name] for name in COLUMNS}
        item |= {name: from_utc(row[name]) if row[name] else None for name in TIMES}
        item["day"] = date.fromisoformat(row["day"])
        if history:
            item["wordings"] = [_wording(wording) for wording in wordings(archive, row["id"])]
    except (ValueError, TypeError) as error:
        raise ArchiveError(f"entry {row['slug']!r}: expected times such as 2013-02-26T10:45:00Z, found another ({error})") from error
    return item


def _wording(wording: dict[str, Any]) -> dict[str, Any]:
    texts = {name: wording[name] for name in _WORDING_TEXTS}
    times = {name: from_utc(wording[name]) if wording[name] else None for name in _WORDING_TIMES}
    return {"number": wording["number"], **texts, **times, "capture_id": (wording["capture"] or {}).get("id")}
