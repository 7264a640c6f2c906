"""Several processes that do the same work beside each other, such as answering at one socket: Python keeps one core busy."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from archive.errors import ArchiveError


def beside_each_other(number: int, work: Callable[[], None]) -> None:
    """Do the same work in a number of processes until SIGINT or SIGTERM, which end all of them; none outlives this one.

    Raises ArchiveError if one of them ends by itself: then the others are ended too.
    """
    forking = multiprocessing.get_context("fork")
    ours, theirs = os.pipe()  # nothing is ever written: its end says that this process is gone

    def begun() -> None:
        os.close(theirs)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        threading.Thread(target=_end_with, args=(ours,), daemon=True).start()
        with suppress(KeyboardInterrupt):
            work()

    workers = [forking.Process(target=begun, name=f"worker-{place}") for place in range(number)]
    told = False

    def tell(signum: int, frame: FrameType | None) -> None:
        nonlocal told
        told = True
        for worker in workers:
            if worker.is_alive():
                worker.terminate()

    for worker in workers:
        worker.start()
    kept = {name: signal.signal(name, tell) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        first = multiprocessing.connection.wait([worker.sentinel for worker in workers])[0]
        if not told:
            tell(signal.SIGTERM, None)
            ended = next(worker for worker in workers if worker.sentinel == first)
            ended.join()
            raise ArchiveError(f"expected {number} processes to serve until they are told to stop, found one ended ({ended.exitcode})")
    finally:
        for worker in workers:
            worker.join()
        for name, handler in kept.items():
            signal.signal(name, handler)
        os.close(ours)
        os.close(theirs)


def _end_with(pipe: int) -> None:
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
