"""Pages by a hostile author: each poll has one clean outcome, ends soon, and the archive works on afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.folder import Folder
from archive.model import Capture
from crawler.recorder import Recorder, recording
from tests.conftest import at

NOON = at("2026-03-01T12:00:00")


def live(*items: dict[str, Any], head: str = "", **posting: Any) -> bytes:
    data = {
        "@type": "LiveBlogPosting",
        "headline": "Storm",
        **posting,
        "liveBlogUpdate": [{"@type": "BlogPosting", **item} for item in items],
    }
    return f'<html><head>{head}<script type="application/ld+json">{json.dumps(data)}</script></head><body></body></html>'.encode()


def item(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "identifier": f"id{number}",
        "headline": f"Update number {number}",
        "datePublished": "2026-03-01T11:00:00Z",
        "articleBody": f"Something happened at place {number}, witnesses say.",
        **fields,
    }


HOSTILE = {
    "surrogate in the headline": live(item(headline="a\ud800"), item(2)),
    "surrogate in the body": live(item(articleBody="a\udfff b"), item(2)),
    "surrogate in markup": live(item(articleBody="<p>a\udfff</p>"), item(2)),
    "surrogate in the author": live(item(author={"name": "\ud800"}), item(2)),
    "surrogate in an address": live(item(url="https://evil.example/\ud800"), item(2)),
    "surrogate in the page's headline": live(item(), item(2), headline="\ud800"),
    "NUL in an id": live(item(identifier="a\x00b"), item(2)),
    "escape codes in an id": live(item(identifier="\x1b]0;x\x07"), item(2)),
    "first hour of the calendar": live(item(datePublished="0001-01-01T00:00:00+05:00"), item(2)),
    "last hour of the calendar": live(item(datePublished="9999-12-31T23:59:59-05:00"), item(2)),
    "coverage before the calendar": live(item(), item(2), coverageStartTime="0001-01-01T00:00:00+05:00"),
    "coverage yesterday": live(item(), item(2), coverageStartTime="yesterday"),
    "offset of a hundred hours": live(item(datePublished="25 Sep 2020 20:06:15 +9999"), item(2)),
    "year nought": live(item(datePublished="0000-01-01"), item(2)),
    "a date of a million digits": live(item(datePublished="1" * 1_000_000), item(2)),
    "broken address of an update": live(item(url="http://["), item(2)),
    "port past the last": live(item(url="http://evil.example:99999/x", identifier=None), item(2)),
    "broken address of the page": live(item(), item(2), url="http://["),
    "host with a space": live(item(articleBody="<p>x</p>"), head='<link rel="canonical" href="http://a b.evil.example/">'),
    "numbers where words belong": live(item(headline=-1e400, articleBody=True, author=[3], url={"a": 1}), item(2)),
    "an id that looks like a hash": live(item(identifier="~0123456789abcdef"), item(2)),
    "openings without end": b"<html>" + b"ld+json<script" * 60_000,
    "ld+json without end": b"<html>" + b'<script type="application/ld+json">' * 20_000,
    "tags without end": live(item(articleBody="<a" * 80_000), item(2)),
    "marks on a letter": live(item(articleBody="a" + "\u0300\u0316" * 100_000), item(2)),
    "deep markup": live(item(articleBody="<b>" * 100_000 + "x"), item(2)),
    "deep JSON": b'<html><script type="application/ld+json">' + b"[" * 200_000 + b"</script>",
    "a deep page": b"<html>" + b"<div>" * 200_000 + b"x",
    "three thousand updates with elements": live(*(item(n) for n in range(3000))) + b"".join(b"<p id=id%d>x</p>" % n for n in range(3000)),
    "five thousand updates of one day": live(*(item(n, datePublished="2026-03-01") for n in range(5000))),
    "a title of four megabytes": live(item(headline="x" * 4_000_000), item(2)),
}


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with recording(Folder(tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize("name", HOSTILE)
def test_one_outcome_soon_and_the_archive_works_on(tmp_path: Path, name: str) -> None:
    started = time.process_time()
    with recording(Folder(tmp_path)) as recorder:
        polled = recorder.receive(Capture(url="https://evil.example/live", body=HOSTILE[name], fetched_at=NOON))
    spent = time.process_time() - started
    assert polled.outcome in ("new", "no_updates", "unreadable"), polled
    assert spent < 15, "a hang, not a figure: reading is measured in benchmarks/"
    if HOSTILE[name].count(b'"BlogPosting"') == 2:
        assert polled.recorded.new >= 1, "one bad update fails that update, not the page"
    with recording(Folder(tmp_path)) as recorder:
        good = recorder.receive(Capture(url="https://times.example/live", body=live(item(), item(2)), fetched_at=NOON))
        recorder.archive.connection.execute("INSERT INTO entries_fts (entries_fts, rank) VALUES ('integrity-check', 1)")
    assert (good.outcome, good.recorded.new) == ("new", 2)


def poll(recorder: Recorder, minute: int, *items: dict[str, Any], url: str = "https://evil.example/live") -> tuple[int, int, int]:
    capture = Capture(url=url, body=live(*items), fetched_at=NOON + timedelta(minutes=minute))
    found = recorder.receive(capture).recorded
    return found.new, found.edited, found.unchanged


def test_an_old_wording_posted_again_is_another_update(recorder: Recorder) -> None:
    old = {"headline": "Goal!", "articleBody": "Town have scored, and the east stand is on its feet."}
    new = {"headline": "Goal!", "articleBody": "Town have scored through Sethi, and the east stand is on its feet."}
    assert poll(recorder, 0, old) == (1, 0, 0)
    assert poll(recorder, 1, new) == (0, 1, 0)
    assert poll(recorder, 2, new, old)[0] <= 1
    assert poll(recorder, 3, new, old)[:2] == (0, 0)


def test_ids_with_slashes_do_not_meet(recorder: Recorder) -> None:
    assert poll(recorder, 0, item(identifier="b/c"), item(8), url="https://evil.example/a") == (2, 0, 0)
    assert poll(recorder, 1, item(identifier="c", headline="Another"), item(9), url="https://evil.example/a/b") == (2, 0, 0)


def test_one_site_of_a_shared_host_cannot_speak_for_another(recorder: Recorder) -> None:
    assert poll(recorder, 0, item(), item(2), url="https://victim.github.io/live") == (2, 0, 0)
    stolen = live(
        item(headline="Stolen"),
        item(2),
        head='<link rel="canonical" href="https://victim.github.io/live">',
        url="https://victim.github.io/live",
    )
    recorder.receive(Capture(url="https://evil.github.io/x", body=stolen, fetched_at=NOON + timedelta(minutes=1)))
    titles = {row[0] for row in recorder.archive.connection.execute("SELECT title FROM entries WHERE key LIKE 'victim.github.io/%'")}
    assert titles == {"Update number 1", "Update number 2"}


def test_text_below_many_levels_is_kept(recorder: Recorder) -> None:
    deep = "<p>" + "<b>" * 300 + "deep words" + "</b>" * 300 + "</p><p>after</p>"
    poll(recorder, 0, item(articleBody=deep), item(2))
    (text,) = recorder.archive.connection.execute("SELECT text FROM entries WHERE source_id = 'id1'").fetchone()
    assert text == "deep words\n\nafter"


def test_a_fault_of_ours_is_counted_and_not_met_again(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a fault nobody foresaw")

    monkeypatch.setattr("crawler.recorder.extract", broken)
    polled = recorder.receive(Capture(url="https://evil.example/live", body=live(item()), fetched_at=NOON))
    assert (polled.outcome, "nobody foresaw" in polled.message) == ("unreadable", True)
    assert recorder.catch_up() == 0
