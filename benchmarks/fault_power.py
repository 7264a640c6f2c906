"""Power that goes and clocks that go back, as far as a test can: logs cut at any length, captures that come an hour too early."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from archive.captures import Captures
from archive.folder import Folder
from archive.model import Capture
from archive.opening import open_reader
from archive.store import Archive
from benchmarks.fault_kills import Tally
from benchmarks.fault_stage import Process, Said, Stage, copy, crawl_day, differing, faults, said
from crawler.recorder import Recorder, recording
from crawler.replaying import replay
from tests.equality import facts

_CUTS = 10  # of one killed writer
_KINDS = (
    "archive.db-wal cut",
    "archive.db-wal cut, noise after",
    "archive.db-wal gone",
    "archive.db gone",
    "noise after captures.db-wal",
    "captures.db-wal cut in its last write",
)
_WAL_HEADER, _FRAME_HEADER = 32, 24


def cut_rounds(stage: Stage, room: Path, chance: Random, tally: Tally) -> Iterator[None]:
    """Rounds without end, one a step: a crawl is killed, then its logs are cut ten times, each time from the same state."""
    room.mkdir(parents=True, exist_ok=True)
    usual = stage.do(crawl_day(Folder(room / "usual"), stage.port)).seconds
    while True:
        killed = copy(Folder(room / "nothing"), room / "killed")
        process = Process(crawl_day(killed, stage.port), room)
        code = process.wait((0.2 + 0.8 * chance.random()) * usual)
        if code is None:
            process.kill()
        process.ended(code)
        tally.killed += code is None
        if not _log(killed, "archive.db").exists() or not _log(killed, "captures.db").exists():
            yield
            continue
        whole = copy(killed, room / "whole")
        with recording(whole):
            pass
        expected = said(whole)
        for number in range(_CUTS):
            kind = _KINDS[(tally.rounds + number) % len(_KINDS)]
            left = copy(killed, room / "left")
            if not _cut(kind, left, killed, chance):
                tally.seen["could not come about"] += 1
                continue
            tally.seen[kind] += 1
            for problem in _opened(left, expected, kind):
                tally.problems.append(f"{kind}, round {tally.rounds + 1}: {problem}")
        tally.rounds += 1
        yield


def _log(folder: Folder, name: str) -> Path:
    return folder.path / f"{name}-wal"


def _cut(kind: str, left: Folder, killed: Folder, chance: Random) -> bool:
    """Leave of a copy what a loss of power might; return whether that could be."""
    synced = _synced(killed, "archive.db")
    log = _log(left, "archive.db")
    data = log.read_bytes()
    length = chance.randrange(synced, len(data) + 1) if len(data) > synced else len(data)
    if kind == "archive.db-wal cut":
        log.write_bytes(data[:length])
    elif kind == "archive.db-wal cut, noise after":
        log.write_bytes(data[:length] + chance.randbytes(len(data) - length))
    elif kind == "archive.db-wal gone":
        if synced:  # half of it is in the file: that half is on disk in the log, too
            return False
        log.unlink()
    elif kind == "archive.db gone":
        left.archive.unlink()
        if chance.random() < 0.5:
            log.unlink()
    elif kind == "noise after captures.db-wal":
        evidence = _log(left, "captures.db")
        written = evidence.read_bytes()
        # Frames of a write that was not finished: headers as they should be, the rest as it fell.
        torn = b"".join(written[-8216:][:_FRAME_HEADER] + chance.randbytes(8192) for _ in range(chance.randrange(3)))
        evidence.write_bytes(written + torn + chance.randbytes(chance.randrange(8192)))
        log.write_bytes(data[:length])
    else:
        return _cut_last_write(left, synced, _synced(killed, "captures.db"), chance)
    return True


def _cut_last_write(left: Folder, synced: int, evidence_synced: int, chance: Random) -> bool:
    """Cut the last capture that was stored and the archive's log so far that it knows nothing of it: captures are on disk first."""
    evidence = _log(left, "captures.db")
    written = evidence.read_bytes()
    ends = [end for end in _commits(written) if end >= evidence_synced]
    if len(ends) < 2:
        return False
    evidence.write_bytes(written[: chance.randrange(ends[-2], ends[-1])])
    log = _log(left, "archive.db")
    data = log.read_bytes()
    with closing(Captures.reading(left.captures)) as captures:
        stored = set(captures.ids())
    for end in reversed([synced or 0, *(end for end in _commits(data) if end >= synced)]):
        log.write_bytes(data[: end + chance.randrange(_FRAME_HEADER)])
        (left.path / "archive.db-shm").unlink(missing_ok=True)
        if left.archive.stat().st_size == 0 and end == 0:
            return True
        with closing(open_reader(left.archive)) as connection:
            known = {row[0] for row in connection.execute("SELECT id FROM captures")}
        if known <= stored:
            return True
    return False


def _opened(left: Folder, expected: Said, kind: str) -> Iterator[str]:
    """What is wrong with an archive when it was opened for writing after a loss of power."""
    try:
        with recording(left):
            pass
    except Exception as error:
        yield f"it could not be opened: {type(error).__name__}: {error}"
        return
    yield from faults(left)
    now = said(left)
    different = differing(expected, now)
    if kind == _KINDS[-1]:  # the last capture had not been acknowledged, and is asked for again
        missing = set(expected["evidence"]) - set(now["evidence"])
        if len(missing) != 1:
            yield f"expected the last capture to be missing, found {len(missing)} missing"
        if not replay(left).is_equal:
            yield "replay does not give the same archive"
    elif different:
        yield f"{', '.join(different)} differ from the undisturbed archive"


def _synced(folder: Folder, name: str) -> int:
    """How much of a log is on disk for certain: before a frame is copied into the file, the log up to it is synced.

    SQLite's shared memory says how far that was tried: nBackfillAttempted of WalCkptInfo, at byte 128.
    """
    shared = folder.path / f"{name}-shm"
    log = _log(folder, name)
    if not shared.exists() or log.stat().st_size < _WAL_HEADER:
        return 0
    (frames,) = struct.unpack_from("=I", shared.read_bytes(), 128)
    page_size = struct.unpack_from(">I", log.read_bytes(), 8)[0]
    return _WAL_HEADER + frames * (_FRAME_HEADER + page_size) if frames else 0


def _commits(log: bytes) -> list[int]:
    """Where each transaction of a log ends: frames that say how large the database is then, with the salt of the header."""
    if len(log) < _WAL_HEADER:
        return []
    size = _FRAME_HEADER + struct.unpack_from(">I", log, 8)[0]
    ends = []
    for start in range(_WAL_HEADER, len(log) - size + 1, size):
        if log[start + 8 : start + 16] != log[16:24]:
            break
        if struct.unpack_from(">I", log, start + 4)[0]:
            ends.append(start + size)
    return ends


def clock_rounds(stage: Stage, chance: Random, tally: Tally) -> Iterator[None]:
    """Rounds without end, one a step: the clock is set back an hour, or two, somewhere in the day."""
    with closing(Captures.reading(stage.day.captures)) as captures:
        day = [capture for number in sorted(captures.ids()) if (capture := captures.get(number))]
    while True:
        first, hours = chance.randrange(1, len(day)), chance.choice((1, 2))
        received = [
            replace(capture, id=None, fetched_at=capture.fetched_at - timedelta(hours=hours) if number >= first else capture.fetched_at)
            for number, capture in enumerate(day)
        ]
        different = differing(_recorded(sorted(received, key=lambda capture: capture.fetched_at)), _recorded(received))
        if different:
            tally.problems.append(f"set back {hours} h after {first} polls: {', '.join(different)} differ from what was recorded in order")
        tally.rounds += 1
        yield


def _recorded(received: list[Capture]) -> Said:
    with closing(Archive()) as archive, closing(Captures(":memory:")) as captures:
        recorder = Recorder(archive, captures)
        for capture in received:
            recorder.receive(capture)
        return facts(archive.connection)
