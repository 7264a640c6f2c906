"""What the guide for researchers shows can be run as it stands: its SQL on an archive, its Python where pandas and polars are installed."""

from __future__ import annotations

import contextlib
import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.export import export
from archive.folder import Folder
from archive.query import parse
from tests.conftest import ROOT
from tests.rooms import made

GUIDE = (ROOT / "docs" / "researchers.md").read_text(encoding="utf-8")
SQL = [statement for block in re.findall(r"```sql\n(.*?)```", GUIDE, re.S) for statement in block.split(";") if statement.strip()]
NOTEBOOK = [block for block in re.findall(r"```python\n(.*?)```", GUIDE, re.S) if "read_parquet" in block]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return made(tmp_path_factory.mktemp("archive"))


@pytest.mark.parametrize("statement", SQL, ids=range(len(SQL)))
def test_sql_runs(folder: Folder, statement: str) -> None:
    with closing(sqlite3.connect(folder.archive)) as connection:
        connection.execute(statement).fetchall()


@pytest.mark.parametrize("block", NOTEBOOK, ids=lambda block: re.search(r"import (\w+)", block)[1])  # type: ignore[index]
def test_notebooks_run(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str) -> None:
    for name in re.findall(r"^import (\w+)", block, re.M):
        pytest.importorskip(name)
    pytest.importorskip("pyarrow")
    export(folder, tmp_path / "entries.parquet", parse(""), format="parquet", history=True)
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block, "researchers.md", "exec"), {})
    assert "echo" in printed.getvalue()


def test_there_is_something_to_run() -> None:
    assert len(SQL) >= 2
    assert len(NOTEBOOK) == 2
