"""The documentation says what the code does: every command, table and column is in it, and pasted output is current."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from archive.store import Archive
from crawler.cli import main
from crawler.layouts import layouts
from tests.conftest import ROOT

DOCS = sorted((ROOT / "docs").glob("*.md")) + [ROOT / "README.md"]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_documented(name: str) -> None:
    assert f"\n## {name}\n" in (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


def test_every_table_and_column_is_documented(archive: Archive) -> None:
    text = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    for (table,) in archive.connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'entries\\_%' ESCAPE '\\'"
        " AND name NOT LIKE 'revisions\\_%' ESCAPE '\\' AND name NOT LIKE '\\_%' ESCAPE '\\'"
    ).fetchall():
        section = re.search(rf"\n## {table}\n(.*?)(\n## |\Z)", text, re.S)
        assert section, f"{table} is not in docs/archive.md"
        for row in archive.connection.execute(f"PRAGMA table_info({table})"):
            assert f"| `{row['name']}` |" in section[1], f"{table}.{row['name']} is not in docs/archive.md"


def test_every_layout_is_documented() -> None:
    text = (ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
    assert [layout.layout for layout in layouts() if f"| `{layout.layout}` |" not in text] == []


def test_pasted_output_is_current() -> None:
    run = subprocess.run([sys.executable, "-m", "cogapp", "--check", *map(str, DOCS)], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"
