"""The canned questions answer what their descriptions say, whatever is put into their parameters, and within the site's time limit."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from datasette.app import Datasette

from archive.identity import slug_of
from archive.model import Capture, Extraction, Update
from archive.store import Archive
from crawler.serving import configuration, datasette_for
from tests.rooms import NOON, get, said
from tests.rooms import made as storm_day

METADATA = yaml.safe_load((configuration() / "metadata.yaml").read_text(encoding="utf-8"))["databases"]["archive"]
QUERIES = METADATA["queries"]
LEDGER = "https://ledger.example/live/bridge"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Datasette:
    """The storm of tests.rooms, and a second publisher that reported the bridge earlier, edited twice and 10 and 40 minutes later."""
    folder = storm_day(tmp_path_factory.mktemp("archive"))
    with closing(Archive(folder.archive)) as archive:
        for number, (minutes, first, second) in enumerate(((200, "a", "b"), (210, "c", "b"), (240, "c", "d"), (250, "e", "d"))):
            updates = (
                Update(source_id="2", published=said(14, 5), text=f"Harbour bridge to close, says council {second}."),
                Update(source_id="1", published=said(13, 58), text=f"Lorries held at the harbour bridge {first}."),
                Update(source_id="0", published=said(0, 0, precision="day", basis="url"), text="The harbour bridge in pictures."),
            )
            found = Extraction(
                url=LEDGER, publisher="ledger", publisher_name="The Ledger", live_blog_key="bridge", zone="UTC", updates=updates
            )
            capture = Capture(id=100 + number, url=LEDGER, body=b"", fetched_at=NOON + timedelta(minutes=minutes))
            archive.record(found, capture)
    return datasette_for(folder)


def ask(room: Datasette, name: str, **parameters: str) -> list[dict[str, Any]]:
    answer = get(room, f"/archive/{name}.json", _shape="array", **parameters)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


def test_first_to_report(room: Datasette) -> None:
    found = ask(room, "first_to_report", phrase="harbour bridge")
    assert [(row["publisher"], row["published_at"]) for row in found] == [
        ("The Ledger", "2025-06-04T13:58:00Z"),
        ("Northmouth Echo", "2025-06-04T14:12:00Z"),
    ]
    assert ask(room, "first_to_report", phrase="harbour bridge", since="2025-06") == found
    assert ask(room, "first_to_report", phrase="harbour bridge", since="2025-06-05") == []
    assert ask(room, "first_to_report", phrase="bridge harbour") == []
    assert [row["title"] for row in ask(room, "first_to_report", phrase="wakes")] == ["No time stated"]  # by when it was seen


@pytest.mark.parametrize("phrase", ["", '"', '") OR (tag : "xp1', "-", "*", "tag:xp1", "\x00", "harbour\x00", "'", "a" * 5000, "東京"])
def test_no_phrase_is_more_than_a_phrase(room: Datasette, phrase: str) -> None:
    assert all("harbour" in f"{row['title']} {row['text']}".lower() for row in ask(room, "first_to_report", phrase=phrase))


def test_most_edited(room: Datasette) -> None:
    found = ask(room, "most_edited")
    assert [(row["wordings"], row["publisher"]) for row in found] == [(3, "The Ledger"), (2, "Northmouth Echo"), (2, "The Ledger")]
    assert found[0]["text"] == "Lorries held at the harbour bridge e."


def test_withdrawn(room: Datasette) -> None:
    (found,) = ask(room, "withdrawn")
    assert (found["text"][:5], found["last_seen"], found["withdrawn_at"]) == ("Ferry", "2025-06-04T14:31:00Z", "2025-06-04T14:32:00Z")


def test_posting_rhythm(room: Datasette) -> None:
    found = ask(room, "posting_rhythm", live_blog=slug_of(LEDGER))
    assert found == [
        {"weekday": "Wednesday", "hour": 13, "updates": 1},
        {"weekday": "Wednesday", "hour": 14, "updates": 1},
    ]
    assert ask(room, "posting_rhythm", live_blog="nope") == []


def test_time_to_edit(room: Datasette) -> None:
    found = {row["publisher"]: row for row in ask(room, "time_to_edit")}
    assert (found["Northmouth Echo"]["edited"], found["Northmouth Echo"]["median_seconds"]) == (1, 60)
    assert (found["The Ledger"]["edited"], found["The Ledger"]["median_seconds"]) == (2, (600 + 2400) / 2)
    assert [row["edited"] for row in ask(room, "time_to_edit", until="2025-06-04T15:32:00Z")] == [1, 1]
    assert ask(room, "time_to_edit", until="2025-06-04") == []


def test_coverage(room: Datasette) -> None:
    found = ask(room, "coverage")
    days = {(row["day"], row["publisher"]): (row["updates"], row["edited"], row["withdrawn"]) for row in found}
    assert days[("2025-06-04", "Northmouth Echo")] == (5, 1, 1)
    assert days[("2025-06-04", "The Ledger")] == (3, 2, 0)
    assert ask(room, "coverage", month="2025-06") == found
    assert ask(room, "coverage", month="2025-05") == ask(room, "coverage", month="x'") == []


@pytest.mark.parametrize("name", QUERIES)
def test_every_question_is_described_and_has_a_page(room: Datasette, name: str) -> None:
    query = QUERIES[name]
    assert query["title"]
    assert query["description"].endswith(".")
    assert sorted(set(re.findall(r"(?<![%\w]):(\w+)", query["sql"]))) == sorted(query.get("params", []))
    assert get(room, f"/archive/{name}").status_code == 200


def test_every_question_is_in_the_guide() -> None:
    guide = Path("docs/researchers.md").read_text(encoding="utf-8")
    for name, query in QUERIES.items():
        assert f"| `{name}` | {' '.join(query['description'].split())}" in guide
