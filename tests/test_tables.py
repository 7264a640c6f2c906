"""Tables as a spreadsheet meets them: every row once, whole, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from datasette.app import Datasette

from archive.export_rows import COLUMNS
from archive.folder import Folder
from archive.identity import slug_of
from archive.model import Capture, Extraction, Update
from archive.store import Archive
from crawler.serving import datasette_for
from tests.rooms import ATTACK, HOSTILE, NOON, STORM, get, made, said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return made(tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def room(folder: Folder) -> Datasette:
    return datasette_for(folder)


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    lines = list(csv.reader(io.StringIO(answer.content.decode(), newline=""), strict=True))
    assert tuple(lines[0]) == COLUMNS
    assert all(len(line) == len(COLUMNS) for line in lines)
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines[1:]]


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("/search.csv?q=harbour", 7),
        ("/search.csv", 7),
        ("/search.csv?q=harbour&publisher=echo", 5),
        (f"/live/{slug_of(STORM)}.csv", 5),
        ("/publisher/echo.csv", 5),
        ("/publisher/evil.example.csv", 2),
        ("/search.csv?q=zeppelin", 0),
    ],
)
def test_a_table_has_the_columns_of_an_export(room: Datasette, address: str, count: int) -> None:
    answer = get(room, address)
    rows = table(answer)
    assert len(rows) == count
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert [row["day"] for row in rows] == ["2025-06-04"] * count


def test_what_is_unknown_is_empty_and_text_is_whole(room: Datasette) -> None:
    rows = {row["title"]: row for row in table(get(room, "/publisher/echo.csv"))}
    assert rows["No time stated"]["published_at"] == ""
    assert rows["Harbour bridge shut"]["text"] == "The bridge is shut to lorries.\n\nA crack was found in the eastern span."
    assert rows["Harbour bridge shut"]["revision"] == "2"
    assert rows[""]["withdrawn_at"] == "2025-06-04T14:32:00Z"


@pytest.mark.parametrize("address", ["/publisher/evil.example.csv", f"/live/{slug_of(HOSTILE + '?' + ATTACK)}.csv", "/search.csv"])
def test_no_cell_is_a_formula(room: Datasette, address: str) -> None:
    rows = table(get(room, address))
    assert any(row["title"].startswith("'=1+1") for row in rows)
    for row in rows:
        assert not [value for value in row.values() if value.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_links_lead_through_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path)
    updates = tuple(Update(source_id=f"n{n}", published=said(n // 60, n % 60), text=f"harbour report {n}") for n in range(95))
    with closing(Archive(folder.archive)) as archive:
        archive.record(
            Extraction(url=STORM, publisher="echo", live_blog_key="storm", updates=updates),
            Capture(id=1, url=STORM, body=b"", fetched_at=NOON),
        )
    room = datasette_for(folder)
    plugin = _plugin(room, "tables.py")
    monkeypatch.setattr(plugin, "MOST", 40)
    monkeypatch.setattr(plugin, "_AT_ONCE", 7)
    address: str | None = "/search.csv?q=harbour"
    texts, sizes = [], []
    while address:
        answer = get(room, address)
        rows = table(answer)
        texts += [row["text"] for row in rows]
        sizes.append(len(rows))
        address = answer.links["next"]["url"].removeprefix("http://localhost") if answer.links else None
    assert sizes == [40, 40, 15]
    assert texts == [f"harbour report {n}" for n in reversed(range(95))]


def _plugin(room: Datasette, name: str) -> Any:
    plugins = import_module("datasette.plugins")
    return next(plugin for plugin in plugins.pm.get_plugins() if getattr(plugin, "__file__", "").endswith(f"/plugins/{name}"))
