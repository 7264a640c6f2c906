"""Copied text whose updates stand beside a line that is only a time."""

from __future__ import annotations

import pytest

from archive.errors import NoUpdatesError
from crawler.extraction import extract
from crawler.page import Page
from tests.conftest import at

URL = "https://paper.example/2026/03/04/storm"


def read(*lines: str) -> list[tuple[str | None, str | None, str | None]]:
    """Title, text and time of each update of a page that is these lines."""
    found = extract(Page(url=URL, body="\n".join(lines).encode(), fetched_at=at("2026-03-04T20:00:00")), layouts=False)
    return [(u.title, u.text, u.published.instant.strftime("%d %H:%M") if u.published else None) for u in found.updates]


SENTENCE = "The harbour master says that nobody may go out before the morning tide."


def test_headlines_below_the_times() -> None:
    lines = ["Storm: live", "14:05", "Bridge shut", SENTENCE, "Share", "13:40", "Ferry turns back", SENTENCE, "Share", "13:12", SENTENCE]
    assert read(*lines) == [("Bridge shut", SENTENCE, "04 14:05"), ("Ferry turns back", SENTENCE, "04 13:40"), (None, SENTENCE, "04 13:12")]


def test_headlines_above_the_times() -> None:
    lines = ["Live", *(part for time in ("2.05pm", "1.40pm", "1.12pm") for part in (f"News at {time[0]}", time, SENTENCE, SENTENCE))]
    assert read(*lines)[0] == ("News at 2", f"{SENTENCE}\n\n{SENTENCE}", "04 14:05")


def test_midnight_turns_the_day() -> None:
    lines = [part for time in ("00:20", "23:50", "23:10") for part in (time, "Headline", SENTENCE)]
    assert [when for _, _, when in read(*lines)] == ["04 00:20", "03 23:50", "03 23:10"]


@pytest.mark.parametrize(
    "lines",
    [
        ["Trains to Vale", "06:10", "06:40", "07:10", "07:40", "08:10"],
        ["Tonight on Vale Television", *(part for hour in range(18, 23) for part in (f"{hour}:00", f"Programme {hour}"))],
        ["An article", SENTENCE, "12:30", SENTENCE, SENTENCE],
        ["Results", *(part for time in ("14:05", "09:10", "20:30", "03:00", "17:00") for part in (time, "Town 2 Rovers 1", SENTENCE))],
        [],
    ],
    ids=["timetable", "programme", "one time", "no order", "nothing"],
)
def test_what_is_no_stream(lines: list[str]) -> None:
    with pytest.raises(NoUpdatesError):
        extract(Page(url=URL, body="\n".join(["Page", *lines]).encode(), fetched_at=at("2026-03-04T20:00:00")), layouts=False)
