"""A few rounds of every fault of benchmarks/faults.py: kill -9, a full disk, lost logs, a clock that goes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.arrival import captures_of
from archive.captures import Captures
from archive.folder import Folder
from archive.forget import forget, prepare
from archive.model import Capture
from archive.scratch import scratch, sweep
from archive.store import Archive
from archive.verify import verify
from crawler.recorder import Recorder
from tests.conftest import ROOT
from tests.equality import facts
from tests.test_forget import BRIDGE, FERRY, SECRET, STORM, bytes_that_hold, entry_named, live_page, polled
from tests.test_order_of_arrival import captures_of_the_day


def test_nothing_is_lost_nothing_is_torn_and_the_next_run_goes_on(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "benchmarks/faults.py", "--quick", "--seed", "11", "--json"],
        capture_output=True, text=True, cwd=ROOT, timeout=240, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    claims = json.loads(run.stdout)["claims"] if run.stdout else []
    assert claims, run.stderr
    assert [claim["name"] for claim in claims if not claim["holds"]] == [], run.stderr
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.iterdir()) == [], "nothing is left over"


def test_the_same_answer_again_is_no_second_poll() -> None:
    """A clock set back brings a page at a second it was polled at before: it is on record already."""
    archive, captures = Archive(), Captures(":memory:")
    recorder = Recorder(archive, captures)
    day = captures_of_the_day()
    for capture in day:
        recorder.receive(capture)
    before = facts(archive.connection)
    polled = recorder.receive(day[0])
    assert (polled.outcome, polled.recorded.new) == ("unchanged", 0)
    assert archive.connection.execute("SELECT count(*) FROM polls").fetchone()[0] == len(day)
    assert facts(archive.connection) == before
    archive.close()
    captures.close()


def test_recording_again_waits_for_what_another_process_recorded_meanwhile() -> None:
    """While a live blog is read again from its captures, another process records one more of them: it is read, too."""
    day = captures_of_the_day()
    archive, captures = Archive(), Captures(":memory:")
    recorder = Recorder(archive, captures)
    for capture in day[1:5]:
        recorder.receive(capture)
    again, asked = archive.again, []

    def meanwhile(live_blogs: set[int], reads: object, **rest: set[int]) -> object:
        asked.append(rest["known"])
        if len(asked) == 1:
            recorder.receive(day[5])
        return again(live_blogs, reads, **rest)  # type: ignore[arg-type]

    archive.again = meanwhile  # type: ignore[assignment]
    recorder.receive(day[0])
    assert [len(known) for known in asked] == [4, 5], "the first reading came too early"
    found = facts(archive.connection)
    archive.close()
    captures.close()
    assert found == _recorded(day)


def test_a_live_blog_recorded_again_keeps_the_entries_others_came_to_share() -> None:
    """Two pages show one update; the second is new on record while the first waits to be recorded again."""
    from archive.store import Read
    from archive.times import from_utc
    from tests.conftest import page, update

    bridge = update("s1", "Bridge closed", "The bridge at the mill is closed to all traffic.", "2026-03-01T10:20:00Z")
    water = update("t1", "Water falling", "The water is falling again at the upper gauge.", "2026-03-01T11:00:00Z")
    pages = {
        "https://times.example/a": page(water, bridge, url="https://times.example/a", live_blog_key="a", ids_are_global=True),
        "https://times.example/b": page(bridge, url="https://times.example/b", live_blog_key="b", ids_are_global=True),
    }
    archive = Archive()

    def read(number: int, url: str, at: str) -> Read:
        capture = Capture(id=number, url=url, body=str(number).encode(), fetched_at=from_utc(at))
        return Read(capture=capture, digest=str(number), extraction=pages[url])

    first, second = pages
    archive.record_read(read(1, first, "2026-03-01T12:10:00Z"))
    waiting = archive.later_than(read(2, first, "2026-03-01T12:00:00Z"))
    archive.record_read(read(3, second, "2026-03-01T12:20:00Z"))
    known = set(captures_of(archive.connection, waiting))
    related, _ = archive.again(waiting, [read(2, first, "2026-03-01T12:00:00Z")], known=known, polled={2})
    assert len(related) == 2, "they are to be recorded together"
    assert archive.connection.execute("SELECT count(*) FROM placements").fetchone()[0] == 3, "nothing was touched"
    archive.close()


def test_a_killed_process_leaves_a_scratch_folder_that_the_next_one_takes_away(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom archive.scratch import scratch\n"
        "with scratch(Path(sys.argv[1]), 'copy') as path:\n"
        "    (path / 'half').write_text('x')\n    print(path, flush=True)\n    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    left = Path(process.stdout.readline().strip())
    sweep(tmp_path, "copy")
    assert (left / "half").exists(), "somebody is at work there"
    process.kill()
    process.wait()
    process.stdout.close()
    assert left.exists()
    with scratch(tmp_path, "copy") as mine:
        assert [path.name for path in tmp_path.iterdir()] == [mine.name]
    assert list(tmp_path.iterdir()) == []


def test_readers_of_a_killed_replay_end(tmp_path: Path) -> None:
    """`replay` reads by several processes; a kill of the first ends them all."""
    script = (
        "import multiprocessing, os, sys, time\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "from crawler.replaying import _end_with_the_parent\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    pool = ProcessPoolExecutor(1, mp_context=context, initializer=_end_with_the_parent)\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n    time.sleep(60)\n"
    )
    path = tmp_path / "starts.py"
    path.write_text(script)
    process = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    worker = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    assert _ends(worker)


@pytest.mark.parametrize("what", ["entry", "live blog"])
def test_a_crawl_between_a_kill_and_the_end_of_forgetting_brings_nothing_back(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill came when the note was written and nothing touched yet; then the page is polled with the words on it."""
    folder = Folder(tmp_path / "archive")
    polled(folder, (STORM, live_page([("b1", BRIDGE)])), (STORM, live_page([("b1", BRIDGE), ("b2", SECRET)])))

    def kill(*arguments: object) -> None:
        raise KeyboardInterrupt

    task = prepare(folder, [entry_named(folder, "b2") if what == "entry" else STORM])
    with monkeypatch.context() as patched:
        patched.setattr("archive.forget._remove_rows", kill)
        with pytest.raises(KeyboardInterrupt):
            forget(folder, task)
    polled(folder, (STORM, live_page([("b1", BRIDGE), ("b2", SECRET), ("b3", FERRY)])), hour=13)
    forget(folder, prepare(folder, []))
    assert bytes_that_hold(folder, "Quillfeather", "Zebediah") == []
    assert verify(folder).problems == ()


def _ends(process_id: int) -> bool:
    for _ in range(500):
        try:
            state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":  # ended, and nobody asked how
            return True
        time.sleep(0.01)
    return False


def _recorded(received: list[Capture]) -> dict[str, list[tuple[object, ...]]]:
    archive, captures = Archive(), Captures(":memory:")
    recorder = Recorder(archive, captures)
    for capture in received:
        recorder.receive(capture)
    found = facts(archive.connection)
    archive.close()
    captures.close()
    return found
