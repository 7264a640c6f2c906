"""Alerts: everything that arrives is told at least once, and nothing counts as told before somebody took it."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive import alerts
from archive.captures import Captures
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.forget import forget, prepare
from archive.model import Capture, When
from archive.opening import open_reader
from archive.query import parse
from archive.store import Archive
from archive.times import from_utc, to_utc
from crawler import telling
from crawler.cli import main
from crawler.recorder import recording
from crawler.replaying import replay
from crawler.serving import datasette_for
from tests.conftest import page, update
from tests.rooms import get

STORM, RIVER = "https://times.example/live/storm", "https://times.example/live/river"
BEGAN = from_utc("2026-03-01T12:00:00Z")


class Desk:
    """An archive, its alerts, and the polls that come in; the clock is the minute of the last poll."""

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)
        self.minute = 0
        self.number = 0
        with closing(Archive(self.folder.archive)):
            pass

    def poll(self, *updates: Any, url: str = STORM, minute: int | None = None, **fields: Any) -> None:
        self.minute = max(self.minute, minute if minute is not None else self.minute + 1)
        at = BEGAN + timedelta(minutes=self.minute if minute is None else minute)
        self.number += 1
        with closing(Archive(self.folder.archive)) as archive:
            found = page(*updates, url=url, live_blog_key=url, **fields)
            archive.record(found, Capture(id=self.number, url=url, body=str(self.number).encode(), fetched_at=at))

    def add(self, name: str = "bridge", query: str = "bridge", **options: Any) -> None:
        with closing(Archive(self.folder.archive)) as archive, archive.writing() as connection:
            values: dict[str, Any] = {"action": None, "edits": False, "backfilled": False} | options
            alerts.add(connection, name, query, **values)

    @property
    def now(self) -> Any:
        return BEGAN + timedelta(minutes=self.minute)

    def due(self, name: str = "bridge", *, move_on: bool = True) -> list[str]:
        """What is due: "a" new, "a/2" the edit that made wording 2, "-a" withdrawn."""
        with closing(Archive(self.folder.archive)) as archive:
            (alert,) = alerts.named(archive.connection, [name])
            found = alerts.due(archive.connection, alert)
            if move_on:
                with archive.writing() as connection:
                    alerts.move_on(connection, alert, found, at=self.now)
            self.left_out = found.left_out
            ids = dict(archive.connection.execute("SELECT slug, source_id FROM entries").fetchall())
            marks = {"new": "{}", "edited": "{}/{}", "withdrawn": "-{}"}
            return [marks[event.kind].format(ids[event.slug], event.wording.number) for event in found.events]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def bridge(source_id: str, minute: int | None = None, text: str = "The bridge is shut.") -> Any:
    return update(source_id, text=text, at=to_utc(BEGAN + timedelta(minutes=minute)) if minute is not None else None)


def test_what_arrives_is_told_once_and_what_was_there_is_not(desk: Desk) -> None:
    desk.poll(bridge("a", 0))
    desk.add()
    assert desk.due() == []
    desk.poll(bridge("b", 1), bridge("a", 0))
    desk.poll(bridge("d", 3, text="Depot Road"), bridge("c", 2), bridge("b", 1), bridge("a", 0))
    assert desk.due(move_on=False) == ["b", "c"]
    assert desk.due() == ["b", "c"]
    assert desk.due() == []
    desk.poll(bridge("e"), bridge("d", 3, text="Depot Road"), bridge("c", 2), bridge("b", 1), bridge("a", 0))  # no stated time
    assert desk.due() == ["e"]


def test_an_entry_published_earlier_than_what_was_told_is_told(desk: Desk) -> None:
    """The order of publication is not the order of recording: this is what a cursor over entries.id would lose."""
    desk.add()
    desk.poll(bridge("a", 30), minute=31)
    assert desk.due() == ["a"]
    desk.poll(bridge("z", 5), url=RIVER, minute=32)  # another page, polled later, published earlier
    assert desk.due() == ["z"]
    desk.poll(bridge("a", 30), bridge("y", 10), minute=33)  # put between older ones
    assert desk.due() == ["y"]


def test_a_corrected_time_neither_loses_nor_repeats(desk: Desk) -> None:
    desk.add()
    desk.poll(bridge("b", 20), bridge("a", 10), minute=21)
    assert desk.due() == ["a", "b"]
    desk.poll(bridge("b", 20), bridge("a", 40), minute=41)  # its position moves past everything told
    assert desk.due() == []
    desk.poll(bridge("c", 42), bridge("b", 20), bridge("a", 40), minute=43)
    desk.poll(bridge("c", 1), bridge("b", 20), bridge("a", 40), minute=44)  # and this moves back before it was told
    assert desk.due() == ["c"]


def test_captures_recorded_out_of_order_lose_nothing(tmp_path: Path) -> None:
    """A capture fetched before the last one told, and recorded after it, has its page recorded again."""
    desk = Desk(tmp_path)

    def body(*names: str) -> bytes:
        items = [
            {"@type": "BlogPosting", "@id": f"#{name}", "articleBody": f"The bridge, report {name}.", "datePublished": f"2026-03-01T{at}Z"}
            for name, at in ((name, f"12:0{ord(name) - ord('a')}:00") for name in names)
        ]
        posting = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": items}
        return f"<title>Storm</title><script type='application/ld+json'>{json.dumps(posting)}</script>".encode()

    def come(minute: int, *names: str) -> None:
        desk.minute = max(desk.minute, minute)
        with closing(Captures(desk.folder.captures)) as captures:
            captures.add(Capture(url=STORM, body=body(*names), fetched_at=BEGAN + timedelta(minutes=minute), status=200))
        with recording(desk.folder):
            pass

    come(1, "b", "a")
    with closing(Archive(desk.folder.archive)) as archive, archive.writing() as connection:
        alerts.add(connection, "bridge", "bridge", action=None, edits=False, backfilled=False)
    come(9, "e", "d", "b", "a")
    with closing(Archive(desk.folder.archive)) as archive:
        (alert,) = alerts.everything(archive.connection)
        found = alerts.due(archive.connection, alert)
        assert [event.wording.text[-2] for event in found.events] == ["d", "e"]
        with archive.writing() as connection:
            alerts.move_on(connection, alert, found, at=desk.now)
    come(5, "d", "c", "b", "a")
    with closing(Archive(desk.folder.archive)) as archive:
        (alert,) = alerts.everything(archive.connection)
        told = {event.wording.text[-2] for event in alerts.due(archive.connection, alert).events}
    assert "c" in told
    assert told <= {"c", "d", "e"}  # at least once


def test_what_is_older_than_a_day_when_it_arrives_is_told_only_if_asked(desk: Desk) -> None:
    desk.add()
    desk.add("all", backfilled=True)
    desk.poll(bridge("new", 3000), bridge("old", 10), bridge("undated"), minute=3001)  # 2 days and 1 hour
    assert desk.due() == ["new", "undated"]
    assert desk.left_out == 1
    assert sorted(desk.due("all")) == ["new", "old", "undated"]
    desk.poll(bridge("ancient", -5000), url=RIVER, minute=-4999)  # a capture of three days ago that is recorded now
    assert desk.due() == []
    assert desk.left_out == 1
    assert desk.due("all") == ["ancient"]


def test_a_claim_of_the_day_is_as_late_as_it_can_be(desk: Desk) -> None:
    desk.add()
    day = When(instant=from_utc("2026-03-01T00:00:00Z"), precision="day", basis="url", raw="2026/03/01")
    desk.poll(replace(update("d", text="The bridge is shut."), published=day), minute=30 * 60)  # the evening of the day after
    assert desk.due() == ["d"]


def test_days_without_a_run_lose_nothing(desk: Desk) -> None:
    desk.add()
    for n in range(1, 6):
        desk.poll(*(bridge(f"n{k}", k * 1440) for k in range(n, 0, -1)), minute=n * 1440 + 1)
    assert desk.due() == ["n1", "n2", "n3", "n4", "n5"]


def test_edits_and_withdrawals_are_told_if_asked(desk: Desk) -> None:
    desk.add()
    desk.add("all", edits=True)
    desk.poll(bridge("c", 2), bridge("b", 1), bridge("a", 0), minute=5)
    assert desk.due("all") == desk.due() == ["a", "b", "c"]
    desk.poll(bridge("c", 2), bridge("b", 1, text="The bridge is open to lorries."), bridge("a", 0))
    desk.poll(bridge("c", 2), bridge("a", 0))
    assert desk.due() == []
    assert desk.due("all") == ["b/2", "-b"]
    assert desk.due("all") == []


def test_filters_hold_and_matching_is_what_search_finds(desk: Desk) -> None:
    desk.add("all", "")
    desk.add("key", "bridge kind:post since:2026-03-01 -lorries")
    desk.add("none", "publisher:nobody bridge")
    texts = [f"bridge {n}" if n % 3 else f"ferry lorries {n}" for n in range(200)]
    desk.poll(*(bridge(f"n{n:03}", n, text=text) for n, text in enumerate(texts)), minute=201)
    assert len(desk.due("all")) == 200
    assert desk.due("key") == [f"n{n:03}" for n in range(200) if n % 3]
    assert desk.due("none") == []
    with closing(open_reader(desk.folder.archive)) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM entries ORDER BY id")]
        for step in (1, 7, 64):
            some = ids[::step]
            assert alerts.matching(connection, parse("bridge"), some) == {i for n, i in enumerate(ids) if n % 3 and i in some}
        assert alerts.matching(connection, parse("bridge"), []) == set()


def test_forgetting_the_last_page_hides_nothing_that_comes_after(desk: Desk) -> None:
    desk.add()
    desk.poll(bridge("a", 0), minute=1)
    desk.poll(bridge("x", 1), url=RIVER, minute=2)
    assert desk.due() == ["a", "x"]
    forget(desk.folder, prepare(desk.folder, [RIVER]))  # takes the last polls away, whose numbers come again
    desk.poll(bridge("b", 3), bridge("a", 0), minute=4)
    assert desk.due() == ["b"]


def test_a_replay_keeps_what_was_told(tmp_path: Path, capture: Callable[..., Capture]) -> None:
    desk = Desk(tmp_path)
    with closing(Captures(desk.folder.captures)):
        pass
    desk.poll(bridge("a", 0))
    desk.add("all", edits=True, backfilled=True)
    with closing(Archive(desk.folder.archive)) as archive:
        before = alerts.everything(archive.connection)
        archive.connection.execute("DELETE FROM captures WHERE id = 99")
    replay(desk.folder, apply=True)
    with closing(open_reader(desk.folder.archive)) as connection:
        assert alerts.everything(connection) == before


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("", "bridge", "a name of"),
        (" x", "bridge", "a name of"),
        ("a\nb", "bridge", "a name of"),
        ("x" * 101, "bridge", "a name of"),
        ("bridge", "ferry", "already"),
        ("new", "bridge since:tomorrow", "since:tomorrow"),
    ],
)
def test_what_cannot_be_saved_is_a_sentence(desk: Desk, name: str, query: str, words: str) -> None:
    desk.add()
    with pytest.raises(ArchiveError, match=words):
        desk.add(name, query)


# The command line


def stoppress(desk: Desk, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["alert", *arguments, "--archive", str(desk.folder.path)], catch_exceptions=False)


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[bytes], list[int]]]:
    """A server on loopback: its address, what it was sent, and the answers it gives in turn (200 when there are no more)."""
    monkeypatch.setenv("STOPPRESS_ALLOW_PRIVATE", "1")
    sent: list[bytes] = []
    answers: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", sent, answers
    server.shutdown()
    server.server_close()
    thread.join()


def writing_to(path: Path, ending: str = "") -> str:
    """A command that appends what it is told to a file."""
    code = f"import sys; open({str(path)!r}, 'a').write(sys.stdin.read() + chr(10)); {ending}"
    return f'{sys.executable} -c "{code}"'


def test_a_command_gets_the_json(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "told"
    evil = "bridge `touch /tmp/no` $(touch no) ; touch no \x1b]0;x\x07"
    assert stoppress(desk, "add", "bridge", "bridge", "--command", writing_to(out)).exit_code == 0
    desk.poll(bridge("a", 0, text=evil))
    done = stoppress(desk, "run")
    assert (done.exit_code, done.stdout) == (0, "")
    message = json.loads(out.read_text())
    assert message.keys() == {"alert", "query", "at", "archive", "part", "parts", "events"}
    (event,) = message["events"]
    assert event["event"] == "new"
    assert event["text"].startswith("bridge `touch /tmp/no` $(touch no)")
    assert (event["published_at"], event["live_blog"], event["publisher"]) == ("2026-03-01T12:00:00Z", STORM, "times")
    assert stoppress(desk, "run").exit_code == 0
    assert len(out.read_text().splitlines()) == 1


def test_a_command_that_fails_is_told_again(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "told"
    stoppress(desk, "add", "bad", "bridge", "--command", writing_to(out, "sys.exit(3)"))
    stoppress(desk, "add", "gone", "bridge", "--command", "/no/such/program")
    stoppress(desk, "add", "good", "bridge", "--command", writing_to(tmp_path / "good"))
    desk.poll(bridge("a", 0))
    for count in (1, 2):
        done = stoppress(desk, "run", "--json")
        assert done.exit_code == 1
        found = {item["name"]: item for item in json.loads(done.stdout)["alerts"]}
        assert "exit code 3" in found["bad"]["problem"]
        assert "could not be run: No such file" in found["gone"]["problem"]
        assert (found["good"]["told"], found["good"]["new"]) == (True, 2 - count)
        assert len(out.read_text().splitlines()) == count
    assert "bad, gone could not be told" in done.stderr


def test_a_command_that_never_ends_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "SECONDS", 0.5)
    stoppress(desk, "add", "slow", "bridge", "--command", f"{sys.executable} -c 'import time; time.sleep(60)'")
    desk.poll(bridge("a", 0))
    done = stoppress(desk, "run")
    assert done.exit_code == 1
    assert "took longer than" in done.stderr


def test_a_webhook_gets_the_json_and_must_answer_2xx(desk: Desk, listener: tuple[str, list[bytes], list[int]]) -> None:
    url, sent, answers = listener
    assert stoppress(desk, "add", "bridge", "bridge", "--webhook", url).exit_code == 0
    desk.poll(bridge("a", 0))
    answers.append(302)
    done = stoppress(desk, "run")
    assert done.exit_code == 1
    assert "answered 302, expected 2xx" in done.stderr
    assert stoppress(desk, "run").exit_code == 0
    assert [json.loads(body)["events"][0]["text"] for body in sent] == ["The bridge is shut."] * 2
    assert stoppress(desk, "run").exit_code == 0
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("codes", "tries", "problem"),
    [([0], 1, None), ([75, 0], 2, None), ([75, 75, 0], 3, None), ([75, 75, 75, 0], 3, "said 3"), ([1, 0], 1, "said 1")],
)
def test_an_address_is_asked_again_if_it_may_take_it_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, codes: list[int], tries: int, problem: str | None
) -> None:
    log = tmp_path / "tries"
    code = (
        "import sys; log = open(sys.argv[1], 'a+'); log.seek(0); n = len(log.read()); log.write('x');"
        " print('said', n + 1, file=sys.stderr); sys.exit(int(sys.argv[2 + n]))"
    )
    monkeypatch.setattr(telling, "command_of", lambda action: [sys.executable, "-c", code, str(log), *map(str, codes)])
    waited: list[float] = []
    assert telling.tell("https://hooks.example/", b"{}", wait=waited.append) == problem
    assert len(log.read_text()) == tries
    assert waited == list(telling.WAITS[: tries - 1])


def test_a_webhook_at_a_private_address_is_refused(
    desk: Desk, listener: tuple[str, list[bytes], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, sent, _ = listener
    monkeypatch.delenv("STOPPRESS_ALLOW_PRIVATE")
    stoppress(desk, "add", "bridge", "bridge", "--webhook", url)
    desk.poll(bridge("a", 0))
    done = stoppress(desk, "run")
    assert done.exit_code == 1
    assert "private address, which is refused" in done.stderr
    assert sent == []


def test_many_events_are_told_in_parts(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.alerting._AT_ONCE", 10)
    stoppress(desk, "add", "all", "", "--command", writing_to(tmp_path / "told"))
    desk.poll(*(bridge(f"n{n:02}", n) for n in range(25)), minute=26)
    stoppress(desk, "run")
    messages = [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]
    assert [(message["part"], message["parts"], len(message["events"])) for message in messages] == [(1, 3, 10), (2, 3, 10), (3, 3, 5)]


def test_a_dry_run_tells_nobody(desk: Desk, tmp_path: Path) -> None:
    stoppress(desk, "add", "bridge", "bridge", "--command", writing_to(tmp_path / "told"))
    desk.poll(bridge("a", 0))
    for _ in range(2):
        (found,) = json.loads(stoppress(desk, "run", "--dry-run", "--json").stdout)["alerts"]
        assert (found["new"], found["told"], found["events"][0]["text"]) == (1, False, "The bridge is shut.")
    assert "The bridge is shut." in stoppress(desk, "run", "bridge", "--dry-run").stdout
    assert not (tmp_path / "told").exists()


def test_without_an_action_it_is_printed(desk: Desk) -> None:
    stoppress(desk, "add", "bridge", "bridge")
    desk.poll(bridge("a", 0, text="The bridge is shut. \x1b[2J"))
    done = stoppress(desk, "run")
    assert "The bridge is shut." in done.stdout
    assert "\x1b[2J" not in done.stdout
    assert "bridge: 1 new" in done.stderr
    assert stoppress(desk, "run").stdout == ""


def test_adding_listing_removing(desk: Desk) -> None:
    assert "There are no alerts" in stoppress(desk, "list").stdout
    added = stoppress(desk, "add", "bridge", "-lorries bridge", "--edits", "--json")
    assert json.loads(added.stdout)["query"] == "-lorries bridge"
    listed = json.loads(stoppress(desk, "list", "--json").stdout)["alerts"]
    assert [(item["name"], item["edits"], item["action"]) for item in listed] == [("bridge", True, None)]
    assert "bridge" in stoppress(desk, "list").stdout
    assert stoppress(desk, "remove", "nobody").exit_code == 1
    assert stoppress(desk, "remove", "bridge").exit_code == 0
    assert stoppress(desk, "run", "bridge").exit_code == 1
    assert stoppress(desk, "run").exit_code == 0


@pytest.mark.parametrize(
    "options",
    [("--webhook", "ftp://x.example/"), ("--webhook", "x"), ("--command", "'"), ("--command", " "), ("--command", "https://x.example/"),
     ("--command", "cat", "--webhook", "https://x.example/")],
    ids=" ".join,
)  # fmt: skip
def test_an_action_that_can_never_work_is_refused(desk: Desk, options: tuple[str, ...]) -> None:
    done = stoppress(desk, "add", "bridge", "bridge", *options)
    assert done.exit_code == 1
    assert "expected" in done.stderr
    assert "There are no alerts" in stoppress(desk, "list").stdout


def test_no_archive_is_made_by_asking(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["alert", "run", "--archive", str(tmp_path / "none")])
    assert done.exit_code == 1
    assert not (tmp_path / "none").exists()


def test_a_kill_between_telling_and_moving_on_repeats_and_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    """kill -9 as soon as the command has taken the message: the next run tells it again."""
    out = tmp_path / "told"
    stoppress(desk, "add", "bridge", "bridge", "--command", writing_to(out, "import os; os.kill(os.getppid(), 9)"))
    desk.poll(bridge("a", 0))
    run = [sys.executable, "-m", "crawler.cli", "alert", "run", "--archive", str(desk.folder.path)]
    for count in (1, 2):
        ended = subprocess.run(run, capture_output=True, timeout=60, env=dict(os.environ))
        assert ended.returncode == -signal.SIGKILL
        assert len(out.read_text().splitlines()) == count
    with closing(Archive(desk.folder.archive)) as archive:
        archive.connection.execute("UPDATE saved_searches SET action = ?", (writing_to(out),))
    assert stoppress(desk, "run").exit_code == 0
    told = [json.loads(line)["events"] for line in out.read_text().splitlines()]
    assert len(told) == 3
    assert told[0] == told[1] == told[2]
    assert stoppress(desk, "run").exit_code == 0
    assert len(out.read_text().splitlines()) == 3


def test_readers_of_the_site_do_not_see_what_alerts_watch_for_and_whom_they_tell(desk: Desk) -> None:
    stoppress(desk, "add", "bridge", "minister", "--webhook", "https://hooks.example/secret")
    room = datasette_for(desk.folder)
    sql = "/archive.json?_shape=array&sql=select+"
    for address, status in (
        ("/archive/saved_searches", 403),
        ("/archive/saved_searches.json", 403),
        ("/archive/saved_searches.csv", 403),
        ("/archive/saved_searches/bridge.json", 403),
        ("/archive", 200),
        (sql + "*+from+saved_searches", 400),
        (sql + "rowid+from+saved_searches", 400),
        (sql + "query+from+saved_searches", 400),
        (sql + "1+from+saved_searches+order+by+name", 400),
        (sql + "a+from+(select+action+a,*+from+main.saved_searches)", 400),
        (sql + "1+from+saved_searches+where+action+like+'https://hooks%25'", 400),
        (sql + "(select+group_concat(action)+from+saved_searches)", 400),
    ):
        answer = get(room, address)
        assert answer.status_code == status, address
        assert "hooks.example" not in answer.text, address
        assert "minister" not in answer.text, address
