"""Several machines when things go wrong: kills, a Redis that goes away, poisoned polls, strange messages, full streams."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from archive import watches
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.model import Capture
from archive.store import Archive
from crawler import folding, merging
from crawler.pipeline import Answer
from crawler.queue import desk as desk_module
from crawler.queue import recorder as recorder_module
from crawler.queue.desk import Desk, Held
from crawler.queue.fetcher import found_in
from crawler.queue.link import DEAD, DUE, FOUND, RECORDERS, SENT, AsyncLink, Bounds, Link, checked, make_groups, shown
from crawler.queue.messages import Found, Poll, pack_found, pack_poll, unpack_poll
from crawler.queue.places import bound
from crawler.queue.recorder import QueueRecorder
from crawler.queue.scheduler import Scheduler
from crawler.recorder import Polled, recording
from tests.living_server import Story
from tests.redis_server import RedisServer, redis_server
from tests.test_run import PATIENCE, stoppress, until

URL = "https://times.example/live/storm"
BOUNDS = Bounds(claim_after=0.2)
AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as made:
        yield made


@pytest.fixture
def store(shared: RedisServer) -> RedisServer:
    shared.client().flushall()
    make_groups(shared.client())
    return shared


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "archive")


def listed(folder: Folder, *urls: str) -> None:
    folder.make()
    with closing(Archive(folder.archive)) as archive, archive.writing() as connection:
        watches.add(connection, urls, at=datetime.now(UTC).replace(microsecond=0))


@contextmanager
def recorder(folder: Folder, store: RedisServer) -> Iterator[tuple[QueueRecorder, list[Polled]]]:
    """A recorder of this process, ready to take steps."""
    polls: list[Polled] = []
    link = Link(store.url, "test", threading.Event())
    made = QueueRecorder(folder, link, bounds=BOUNDS, polled=polls.append)
    with closing(link), folder.crawling("test"), recording(folder) as made.recorder:
        made.queue = bound(made.recorder.archive, link)
        yield made, polls


@contextmanager
def scheduler(folder: Folder, store: RedisServer, bounds: Bounds = BOUNDS) -> Iterator[Scheduler]:
    from archive.opening import open_reader
    from crawler.queue.places import bound_again

    link = Link(store.url, "test", threading.Event())
    made = Scheduler(folder, link, bounds=bounds, delay=0, gap=0)
    bound_again(folder, link)
    with closing(link), closing(open_reader(folder.archive)) as made.reader:
        made.sent = made._under_way()
        yield made


def desk(store: RedisServer, work: Callable[[Desk], Any], bounds: Bounds = BOUNDS, *, is_stopping: bool = False) -> Any:
    """What `work` comes to at the desk of a fetcher of this process."""

    async def run() -> Any:
        link = AsyncLink(store.url, "test")
        try:
            return await work(Desk(link, bounds=bounds, slots=16, is_stopping=lambda: is_stopping))
        finally:
            await link.close()

    return asyncio.run(run())


def page(*texts: str) -> bytes:
    story = Story()
    for number, text in enumerate(texts):
        story.post(str(number), text)
    return story.page("/live/storm")


def answer(poll: Poll, body: bytes, **values: Any) -> Found:
    capture = Capture(url=poll.url, body=body, fetched_at=datetime.now(UTC).replace(microsecond=0), **values)
    return found_in(Held(message_id=b"1-1", poll=poll, deliveries=1), Answer(capture=capture, milliseconds=5))


def sent_poll(store: RedisServer) -> Poll:
    """The one poll in the stream, taken off as a fetcher would."""
    ((message_id, fields),) = store.client().xrange(DUE)
    store.client().xdel(DUE, message_id)
    return unpack_poll(fields)


def rows(folder: Folder, sql: str) -> list[tuple[Any, ...]]:
    with closing(Archive(folder.archive)) as archive:
        return [tuple(row) for row in archive.connection.execute(sql)]


def test_a_poll_goes_round(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    with scheduler(folder, store) as plan, recorder(folder, store) as (writer, polls):
        plan.step()
        plan.step()
        assert store.client().xlen(DUE) == 1, "one poll of a page at a time"
        store.client().xadd(FOUND, pack_found(answer(sent_poll(store), page("The river rose."))))
        assert writer.step() == 1
        assert [polled.outcome for polled in polls] == ["new"]
        assert (store.client().hlen(SENT), store.client().xlen(FOUND)) == (0, 0)
        plan.step()
        assert not plan.sent
        assert store.client().xlen(DUE) == 0, "it is not due again yet"


def test_a_host_is_asked_for_one_page_at_a_time(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL, URL + "2", "https://other.example/live")
    with scheduler(folder, store) as plan, recorder(folder, store) as (writer, _):
        plan.step()
        polls = [unpack_poll(fields) for _, fields in store.client().xrange(DUE)]
        assert {poll.url for poll in polls} == {URL, "https://other.example/live"}
        store.client().xadd(FOUND, pack_found(answer(polls[0], page("The river rose."))))
        plan.step()
        assert store.client().xlen(DUE) == 2, "it is not recorded yet"
        stoppress("watch", "resume", polls[0].url, "--archive", folder.path)
        plan.step()
        assert store.client().xlen(DUE) == 2, "due anew, and still under way"
        writer.step()
        plan.step()
        plan.step()
        assert URL + "2" in {unpack_poll(fields).url for _, fields in store.client().xrange(DUE)}
    with scheduler(folder, store) as after_a_kill:
        after_a_kill.step()
        assert store.client().xlen(DUE) == 3, "what is under way is known after a restart"


def test_recorded_and_not_acknowledged_is_recorded_once(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    poll = Poll(name="p1", url=URL)
    gone = Found(poll="p2", url=URL, at=datetime(2026, 3, 1, tzinfo=UTC), outcome="unreachable", message="no answer")
    with recorder(folder, store) as (writer, _):
        for found in (answer(poll, page("The river rose.")), gone):
            store.client().xadd(FOUND, pack_found(found))
        writer._acknowledge = lambda done: None  # type: ignore[method-assign]  # killed between commit and acknowledgement
        writer.step()
    with recorder(folder, store) as (writer, polls):
        assert writer._again() == 2
        assert polls == []
        assert store.client().xpending(FOUND, RECORDERS)["pending"] == 0
    assert rows(folder, "SELECT outcome FROM polls ORDER BY id") == [("new",), ("unreachable",)]


def test_stored_and_not_recorded_is_recorded_once_and_rescheduled(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    found = answer(Poll(name="p1", url=URL), page("The river rose."))
    store.client().xadd(FOUND, pack_found(found))
    assert found.capture is not None
    with recorder(folder, store) as (writer, _):
        writer.recorder.captures.add(found.capture)  # killed between the two files
    with recorder(folder, store) as (writer, _):
        assert writer.recorder.caught_up == 1
        writer.step()
    assert rows(folder, "SELECT outcome FROM polls") == [("new",)]
    assert rows(folder, "SELECT next_poll_at > added_at FROM watches") == [(1,)], "it is not due any more"
    assert rows(folder, "SELECT live_blog_id FROM watches") == [(1,)], "it is due when its posts say, at its first poll, too"


def test_an_answer_that_was_sent_twice_is_recorded_once(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    at = datetime.now(UTC).replace(microsecond=0)
    for found in (answer(Poll(name="p1", url=URL), page("The river rose.")), Found(poll="p2", url=URL, at=at, outcome="gone", message="x")):
        store.client().xadd(FOUND, pack_found(found))
        store.client().xadd(FOUND, pack_found(found))
    with recorder(folder, store) as (writer, _):
        writer.step()
    assert len(rows(folder, "SELECT outcome FROM polls WHERE outcome = 'new'")) == 1
    assert len(rows(folder, "SELECT url, at FROM polls")) == len(set(rows(folder, "SELECT url, at FROM polls")))


def test_the_same_bytes_are_not_read_again_anywhere(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    body = page("The river rose.")
    with scheduler(folder, store) as plan, recorder(folder, store) as (writer, polls):
        store.client().xadd(FOUND, pack_found(answer(Poll(name="p0", url=URL), body)))
        writer.step()
        with writer.recorder.archive.writing() as connection:
            connection.execute("UPDATE watches SET next_poll_at = added_at")
            connection.execute("UPDATE polls SET at = '2026-01-01T00:00:00Z'")
            connection.execute("UPDATE captures SET fetched_at = '2026-01-01T00:00:00Z'")
        plan.step()
        poll = sent_poll(store)
        again = answer(poll, body)
        assert again.read is not None
        assert (again.read.outcome, again.read.extraction) == ("unchanged", None)
        store.client().xadd(FOUND, pack_found(again))
        writer.step()
        assert [polled.outcome for polled in polls] == ["new", "unchanged"]


def test_what_was_forgotten_stays_forgotten(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    story = Story()
    story.post("0", "The river rose.")
    story.post("1", "Jane Doe of Mill Lane was hurt.")
    with recorder(folder, store) as (writer, _):
        store.client().xadd(FOUND, pack_found(answer(Poll(name="p0", url=URL), story.page("/live/storm"))))
        writer.step()
    slug = rows(folder, "SELECT slug FROM entries WHERE text LIKE 'Jane%'")[0][0]
    assert stoppress("forget", slug, "--yes", "--archive", folder.path).exit_code == 0
    with recorder(folder, store) as (writer, _):
        story.post("2", "It fell again.")
        later = answer(Poll(name="p1", url=URL), story.page("/live/storm"))
        assert later.capture is not None
        store.client().xadd(FOUND, pack_found(later))
        writer.step()
        capture_id = writer.recorder.captures.ids()[-1]
        capture = writer.recorder.captures.get(capture_id)
        assert capture is not None
        assert b"Mill Lane" not in capture.body
    assert [row[0] for row in rows(folder, "SELECT text FROM entries ORDER BY text")] == ["It fell again.", "The river rose."]


def test_another_archive_is_refused(store: RedisServer, folder: Folder, tmp_path: Path) -> None:
    with recorder(folder, store):
        pass
    other = Folder(tmp_path / "other")
    with pytest.raises(ArchiveError, match="found that of another one; give each archive a database of its own"), recorder(other, store):
        pass


def test_what_redis_lost_is_sent_again(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    with scheduler(folder, store, Bounds(claim_after=0.05)) as plan:
        plan.step()
        first = sent_poll(store)  # it is gone, and nobody makes it
        until(lambda: plan.step() or store.client().xlen(DUE) == 1, "the poll again")
        assert sent_poll(store).name != first.name
        store.client().flushall()
        until(lambda: plan.step() or store.client().xlen(DUE) == 1, "the poll again after Redis lost all")


def test_a_full_stream_stops_everything(store: RedisServer, folder: Folder) -> None:
    listed(folder, *(f"https://h{number}.example/live" for number in range(40)))
    bounds = Bounds(claim_after=60, due=10, found_bytes=200_000)
    with scheduler(folder, store, bounds) as plan:
        for _ in range(3):
            plan.step()
        assert store.client().xlen(DUE) == 10
        store.client().xadd(FOUND, {"x": b"y" * 250_000})
        store.client().xtrim(DUE, maxlen=0)
        plan.sent.clear()
        plan.step()
        assert store.client().xlen(DUE) == 0
    store.client().xadd(DUE, pack_poll(Poll(name="p", url=URL)))
    assert desk(store, lambda made: made.take(), bounds) == []
    held = Held(message_id=b"1-1", poll=Poll(name="p", url=URL), deliveries=1)

    async def send(made: Desk) -> bool:
        task = asyncio.ensure_future(made.send(held, Found(poll="p", url=URL, at=datetime.now(UTC), outcome="x", message="y")))
        await asyncio.sleep(0.5)
        waited = not task.done()
        store.client().xtrim(FOUND, maxlen=0)
        await asyncio.wait_for(task, 5)
        return waited

    assert desk(store, send, bounds), "an answer waits until there is room"
    assert store.client().xlen(FOUND) == 1


def test_what_dead_fetchers_held_is_made_by_others(store: RedisServer) -> None:
    for number in range(3):
        store.client().xadd(DUE, pack_poll(Poll(name=f"p{number}", url=URL)))
    bounds = Bounds(claim_after=4)
    assert len(desk(store, lambda made: made.take(), bounds)) == 3

    async def takes_over(made: Desk) -> list[Held]:
        assert await made.take() == [], "not at once"
        await asyncio.sleep(4.2)
        return await made.take()

    assert [held.deliveries for held in desk(store, takes_over, bounds)] == [2, 2, 2]


def test_what_is_given_back_is_made_at_once_and_counts_as_no_try(store: RedisServer) -> None:
    bounds = Bounds(claim_after=60)
    store.client().xadd(DUE, pack_poll(Poll(name="p", url=URL)))

    async def stops(made: Desk) -> None:
        await made.take()
        made.held.clear()  # told to stop in the moment it was handed over
        await made.give_back()

    for _ in range(7):
        desk(store, stops, bounds)
    assert [held.deliveries for held in desk(store, lambda made: made.take(), bounds)] == [1]


def test_a_poisoned_poll_is_given_up_and_its_neighbours_are_not(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    store.client().xadd(DUE, pack_poll(Poll(name="poison", url=URL)))
    for number in range(5):
        store.client().xadd(DUE, pack_poll(Poll(name=f"p{number}", url=f"https://h{number}.example/live")))

    async def dies_of_poison(made: Desk) -> list[str]:
        """Makes polls until it holds the poisoned one, at which it dies with all it holds."""
        done = []
        await asyncio.sleep(0.25)
        for _ in range(10):
            held = await made.take()
            if "poison" in {one.poll.name for one in held}:
                return [*done, f"died with {len(made.held)}"]
            for one in held:
                await made.send(one, Found(poll=one.poll.name, url=one.poll.url, at=datetime.now(UTC), outcome="x", message="y"))
                made.put_away(one)
                done.append(one.poll.name)
            if store.client().xlen(DUE) == 0:
                break
        return done

    lives = [desk(store, dies_of_poison) for _ in range(6)]
    assert lives[:2] == [["died with 6"]] * 2
    assert sorted(name for life in lives for name in life if name.startswith("p")) == ["p0", "p1", "p2", "p3", "p4"]
    assert "died with 1" in {word for life in lives for word in life}
    assert store.client().xlen(DUE) == 0
    ((_, letter),) = store.client().xrange(DEAD)
    assert b"each of them ended before it was made" in letter[b"dead_reason"]
    with recorder(folder, store) as (writer, polls):
        writer.step()
        assert [polled.outcome for polled in polls if polled.url == URL] == ["gave_up"]
    assert rows(folder, "SELECT failures, next_poll_at > added_at FROM watches") == [(1, 1)]
    found = stoppress("status", "--queue", store.url, "--archive", folder.path)
    assert f"dead letter: the poll of {URL} was given up: 5 fetchers" in found.output
    assert json.loads(stoppress("status", "--json", "--archive", folder.path).stdout)["totals"]["outcomes"]["gave_up"] == 1


def test_what_cannot_be_read_goes_to_the_dead_letters(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    other = {**pack_found(answer(Poll(name="p1", url=URL), b"x")), "v": b"9"}
    with recorder(folder, store) as (writer, polls):
        for fields in (other, {"what": b"x" * 2_000_000}, pack_found(answer(Poll(name="p2", url=URL), page("The river rose.")))):
            store.client().xadd(FOUND, fields)
        assert writer.step() == 3
        assert [polled.outcome for polled in polls] == ["gave_up", "new"]
    first, second = (fields for _, fields in store.client().xrange(DEAD))
    assert b"expected a message of version 2, found version '9'" in first[b"dead_reason"]
    assert b"page" in first
    assert b"what" not in second, "too large to keep"
    store.client().xadd(DUE, {"v": b"9", "poll": b"{}"})
    assert desk(store, lambda made: made.take()) == []
    assert store.client().xlen(DEAD) == 3


def test_a_message_that_ends_the_recorder_is_given_up(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    with recorder(folder, store) as (writer, polls):
        store.client().xadd(FOUND, pack_found(answer(Poll(name="p1", url=URL), page("The river rose."))))
        record = writer._record_found
        writer._record_found = _killed  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            writer.step()
        for _ in range(BOUNDS.deliveries):
            with pytest.raises(KeyboardInterrupt):
                writer._again()
        writer._record_found = record  # type: ignore[method-assign]
        assert writer._again() == 1
        assert [polled.outcome for polled in polls] == ["gave_up"]
        assert "5 tries to record it ended the recorder" in polls[0].message
        assert store.client().xlen(FOUND) == 0


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "redis://:secret@127.0.0.1:x/0", "nonsense", "redis://127.0.0.1:1/0"])
def test_no_redis_is_said_in_a_sentence(url: str, folder: Folder) -> None:
    listed(folder, URL)
    found = stoppress("run", "--queue", url, "--contact", "a@b.example", "--archive", folder.path)
    assert found.exit_code == 1
    assert found.output.startswith(("Error: expected an address such as redis://", "Error: expected Redis 6.2 or newer at redis://127.0"))
    assert len(found.output.splitlines()) == 1
    assert "secret" not in found.output


def test_a_wrong_password_is_said_in_a_sentence(tmp_path: Path) -> None:
    with redis_server(tmp_path / "locked", "--requirepass", "right") as locked:
        for password in ("", ":wrong@"):
            with pytest.raises(ArchiveError, match=r"expected .*Redis.* at redis://127\.0\.0\.1:"):
                checked(locked.url.replace("redis://", f"redis://{password}"))
        assert checked(locked.url.replace("redis://", "redis://:right@"))


def test_status_without_redis_still_shows_the_archive(folder: Folder) -> None:
    listed(folder, URL)
    found = stoppress("status", "--json", "--queue", "redis://127.0.0.1:1/0", "--archive", folder.path)
    assert "queue" not in json.loads(found.stdout)
    assert "expected Redis 6.2 or newer at redis://127.0.0.1:1/0" in found.stderr


def test_an_address_is_shown_without_its_password() -> None:
    assert shown("redis://:p@ss@host:1/0?password=secret") == "redis://host:1/0"


def test_role_without_a_queue_is_wrong_use(folder: Folder) -> None:
    assert stoppress("run", "--role", "fetcher", "--archive", folder.path).exit_code == 2


def test_nothing_of_redis_is_needed_without_a_queue(tmp_path: Path) -> None:
    code = "import sys; sys.modules['redis'] = None; from crawler.cli import main; main(sys.argv[1:])"
    for arguments in (["watch", "add", "http://127.0.0.1:1/live"], ["status"], ["run", "--queue", "redis://127.0.0.1:1/0"]):
        command = [sys.executable, "-c", code, *arguments, "--archive", str(tmp_path / "archive")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        assert (done.returncode == 0) == ("--queue" not in arguments), done.stderr
    assert "pip install 'stoppress[queue]'" in done.stderr


def test_a_copy_taken_while_it_records_verifies(store: RedisServer, folder: Folder, tmp_path: Path) -> None:
    urls = [f"https://h{number}.example/live" for number in range(120)]
    listed(folder, *urls)
    for number, url in enumerate(urls):
        store.client().xadd(FOUND, pack_found(answer(Poll(name=f"p{number}", url=url), page(f"It began at place {number}."))))
    stopping = threading.Event()
    link = Link(store.url, "test", stopping)
    writer = QueueRecorder(folder, link, bounds=BOUNDS, polled=lambda polled: None)
    thread = threading.Thread(target=writer.run, args=(stopping,))
    thread.start()
    try:
        until(lambda: store.client().xlen(FOUND) < 115, "records")
        copied = stoppress("backup", tmp_path / "copy", "--archive", folder.path)
        left = store.client().xlen(FOUND)
    finally:
        stopping.set()
        thread.join()
        link.close()
    assert copied.exit_code == 0, copied.output
    assert left, "it was taken under load"
    verified = stoppress("verify", "--archive", tmp_path / "copy")
    assert verified.exit_code == 0, verified.output
    assert 0 < len(rows(Folder(tmp_path / "copy"), "SELECT id FROM entries")) <= 120


def test_answers_leave_together(store: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_MOMENT", PATIENCE)
    polls = [Poll(name=f"p{number}", url=f"{URL}{number}") for number in range(8)]
    for poll in polls:
        store.client().xadd(DUE, pack_poll(poll))

    async def work(desk: Desk) -> list[int]:
        sizes: list[int] = []
        send = desk._send

        async def counted(some: Any, client: Any) -> None:
            sizes.append(len(some))
            await send(some, client)

        desk._send = counted  # type: ignore[method-assign]

        async def make(number: int, held: Held) -> None:
            await asyncio.sleep(0.02 * number)
            await desk.send(held, Found(poll=held.poll.name, url=held.poll.url, at=AT, outcome="unreachable", message="no answer"))
            desk.put_away(held)

        await asyncio.gather(*(make(number, held) for number, held in enumerate(await desk.take())))
        return sizes

    assert desk(store, work) == [8], "half of what the desk holds waits for no other, and fewer wait for each other"
    assert (store.client().xlen(DUE), store.client().xlen(FOUND)) == (0, 8)


def test_a_recorder_that_keeps_up_records_some_at_a_time(store: RedisServer, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "_MOMENT", 2.0)
    listed(folder, URL)
    stopping = threading.Event()
    link = Link(store.url, "test", stopping)
    made = QueueRecorder(folder, link, bounds=BOUNDS, polled=lambda polled: None)
    steps: list[int] = []
    record_all = made._record_all
    made._record_all = lambda raw, *, again: (steps.append(len(raw)), record_all(raw, again=again))[1]  # type: ignore[method-assign]
    thread = threading.Thread(target=made.run, args=(stopping,))
    thread.start()
    try:
        for number in range(9):
            store.client().xadd(FOUND, pack_found(Found(poll=f"p{number}", url=f"{URL}{number}", at=AT, outcome="gone", message="x")))
            if number == 0:
                until(lambda: store.client().xlen(FOUND) == 0, "the first recorded")
        until(lambda: store.client().xlen(FOUND) == 0, "all recorded")
    finally:
        stopping.set()
        thread.join(PATIENCE)
        link.close()
    assert [step for step in steps if step] == [1, 8]


def test_a_reading_of_another_shape_goes_to_the_dead_letters(store: RedisServer, folder: Folder) -> None:
    listed(folder, URL)
    found = answer(Poll(name="p1", url=URL), page("The river rose."))
    assert found.capture is not None
    page_and_reading = found.capture.body + b'{"fields": ["id", "words"], "updates": [["a", "It rose."]]}'
    strange = {**pack_found(found), "page": zstandard.compress(page_and_reading)}
    with recorder(folder, store) as (writer, polls):
        store.client().xadd(FOUND, strange)
        store.client().xadd(FOUND, pack_found(answer(Poll(name="p2", url=URL + "2"), page("The bridge is shut."))))
        assert writer.step() == 2
        assert [polled.outcome for polled in polls] == ["gave_up", "new"]
    ((_, letter),) = store.client().xrange(DEAD)
    assert b"found a reading of https://times.example/live/storm of another shape" in letter[b"dead_reason"]


def test_the_recorder_folds_old_polls(store: RedisServer, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "_FIRST", 0.0)
    folder.make()
    with closing(Archive(folder.archive)) as archive, archive.writing() as connection:
        for second in range(3):
            at = f"2020-03-10T08:00:{20 * second:02}Z"
            connection.execute("INSERT INTO polls (url, at, outcome, status) VALUES (?, ?, 'unchanged', 200)", (URL, at))
    stopping = threading.Event()
    link = Link(store.url, "test", stopping)
    made = QueueRecorder(folder, link, bounds=BOUNDS, polled=lambda polled: None)
    thread = threading.Thread(target=made.run, args=(stopping,))
    thread.start()
    try:
        until(lambda: rows(folder, "SELECT at, count FROM polls") == [("2020-03-10T08:00:40Z", 3)], "the polls folded")
    finally:
        stopping.set()
        thread.join(PATIENCE)
        link.close()


def test_the_recorder_merges_the_search_index(store: RedisServer, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_FIRST", 0.0)
    folder.make()
    with closing(Archive(folder.archive)) as archive:
        for number in range(4):
            with archive.writing() as connection:
                connection.execute("INSERT INTO entries_pairs (rowid, text) VALUES (?, 'xy')", (number,))
    stopping = threading.Event()
    link = Link(store.url, "test", stopping)
    made = QueueRecorder(folder, link, bounds=BOUNDS, polled=lambda polled: None)
    thread = threading.Thread(target=made.run, args=(stopping,))
    assert rows(folder, "SELECT count(DISTINCT segid) FROM entries_pairs_idx") != [(1,)]
    thread.start()
    try:
        until(lambda: rows(folder, "SELECT count(DISTINCT segid) FROM entries_pairs_idx") == [(1,)], "the index merged")
    finally:
        stopping.set()
        thread.join(PATIENCE)
        link.close()
