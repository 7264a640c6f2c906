"""Every search, live blog and publisher as CSV, written as it is read: the columns of an export, in the order of time. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import AsgiStream, AsgiWriter, Request

from archive import answering, documents
from archive.export_rows import COLUMNS, rows
from archive.export_text import csv_lines
from archive.search import newest_ids

MOST = 10_000  # entries a file; `Link: rel="next"` leads to the next
_AT_ONCE = 250  # entries read within one time limit


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [
        (answering.address("/search", "csv"), search_table),
        (answering.address("/live/{slug}", "csv"), live_table),
        (answering.address("/publisher/{slug}", "csv"), publisher_table),
    ]


async def search_table(datasette: Datasette, request: Request) -> Response | AsgiStream:
    return await _table(datasette, request, "search")


async def live_table(datasette: Datasette, request: Request) -> Response | AsgiStream:
    return await _table(datasette, request, "live")


async def publisher_table(datasette: Datasette, request: Request) -> Response | AsgiStream:
    return await _table(datasette, request, "publisher")


async def _table(datasette: Datasette, request: Request, kind: str) -> Response | AsgiStream:
    before = answering.whole_number(request.args.get("before"), **documents.POSITIONS)
    path, parameters, subject_in = documents.subject_of(kind, request)

    def find(connection: sqlite3.Connection) -> list[int] | None:
        subject = subject_in(connection)
        return newest_ids(connection, subject.query, limit=MOST + 1, before=before) if subject else None

    try:
        found = await answering.read(datasette, find)
    except sqlite3.OperationalError:
        return documents.too_slow("csv")
    if found is None:
        return documents.nothing_here("csv", "live page" if kind == "live" else kind)
    ids: list[int] = found[:MOST]
    headers = {"Content-Disposition": f'attachment; filename="stoppress-{kind}.csv"'}
    if len(found) > MOST:
        further = documents.with_parameters(f"{documents.site_address(datasette, request)}{path}.csv", parameters | {"before": ids[-1]})
        headers["Link"] = f'<{further}>; rel="next"'

    async def write(out: AsgiWriter) -> None:
        await out.write(csv_lines([COLUMNS]).decode())
        for start in range(0, len(ids), _AT_ONCE):
            await out.write(await answering.read(datasette, _part(ids[start : start + _AT_ONCE])))

    return AsgiStream(write, headers=headers, content_type="text/csv; charset=utf-8; header=present")


def _part(ids: Sequence[int]) -> Callable[[sqlite3.Connection], str]:
    return lambda connection: csv_lines([row[name] for name in COLUMNS] for row in rows(connection, ids)).decode()
