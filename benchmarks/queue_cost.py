"""What the queue costs: CPU time and pages a second beside `stoppress run`, and what the recorder alone carries."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from archive import watches
from archive.folder import Folder
from archive.model import Capture
from archive.store import Archive
from benchmarks.ingest import as_page
from benchmarks.ingest_text import page_of, update
from benchmarks.queue_site import Site
from benchmarks.queue_stage import Process, Redis, hurried, listed, poll_all, running
from crawler.pipeline import Answer
from crawler.queue.desk import Held
from crawler.queue.fetcher import found_in
from crawler.queue.link import FOUND, Bounds, Link, make_groups
from crawler.queue.messages import Poll, pack_found
from crawler.queue.places import bound
from crawler.queue.recorder import QueueRecorder
from crawler.recorder import recording

_PATIENCE = 900


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one way to poll the site: CPU milliseconds a page of each part, and pages a second; medians of the editions.

    `unchanged` are the milliseconds where the page answers that it is what it was.
    """

    parts: dict[str, float]
    unchanged: dict[str, float]
    pages_a_second: float

    @property
    def milliseconds(self) -> float:
        return sum(self.parts.values())


def measure(site: Site, folder: Path, editions: int, *, fetchers: int) -> Cost:
    """Poll every page of each edition; `fetchers` 0: by `stoppress run` alone. The first edition is not counted."""
    folder.mkdir()
    archive = Folder(folder / "archive")
    site.edition = 0
    listed(archive, site)
    queue = Redis(folder)
    if fetchers:
        processes: list[Process] = [queue, hurried("writer", archive, folder, roles="scheduler,recorder", queue=queue)]
        processes += [hurried(f"fetcher-{number}", archive, folder, roles="fetcher", queue=queue) for number in range(fetchers)]
    else:
        processes = [hurried("single", archive, folder)]

    def poll() -> tuple[dict[str, float], float]:
        """CPU milliseconds a page of each part, and pages a second."""
        time.sleep(1.1)  # a page that is due in the second it was due in before is taken for one that is not recorded yet
        before = [process.cpu() for process in processes]
        seconds = poll_all(archive, site, patience=_PATIENCE)
        used: dict[str, float] = {}
        for process, start in zip(processes, before, strict=True):
            name = process.name.partition("-")[0]
            used[name] = used.get(name, 0) + 1000 * (process.cpu() - start) / site.shape.pages
        return used, site.shape.pages / seconds

    with running(*processes):
        poll()
        rounds = []
        for edition in range(1, editions + 1):
            site.edition = edition
            rounds.append(poll())
        unchanged = [poll()[0] for _ in range(editions)]
        for process in processes[1:] if fetchers else processes:
            process.stop()
    check(archive, site, editions)
    return Cost(
        parts=_medians([used for used, _ in rounds]),
        unchanged=_medians(unchanged),
        pages_a_second=statistics.median(speed for _, speed in rounds),
    )


def _medians(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(used[name] for used in rounds) for name in rounds[0]}


def check(folder: Folder, site: Site, editions: int) -> None:
    """Raise ClickException unless every edition of every page is on record."""
    with closing(Archive(folder.archive)) as archive:
        found = archive.connection.execute("SELECT count(*) FROM captures WHERE outcome = 'new'").fetchone()[0]
    if found != site.shape.pages * (editions + 1):
        raise click.ClickException(f"expected {site.shape.pages * (editions + 1)} captures with something new, found {found}")


def recorder_alone(pages: int, folder: Path) -> dict[str, float]:
    """New entries a CPU second: pages of 50 updates, all new, that fetchers have put into the stream."""
    folder.mkdir()
    archive = Folder(folder / "archive")
    archive.make()
    queue = Redis(folder)
    with running(queue):
        make_groups(queue.client)
        urls, size, packing = [], 0, 0.0
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=pages)
        for number in range(pages):
            shown = page_of(number, tuple(update(number, one) for one in range(50)))
            urls.append(str(shown.url))
            capture = Capture(url=urls[-1], body=as_page(shown).encode(), fetched_at=at + timedelta(seconds=number))
            held = Held(message_id=b"1-1", poll=Poll(name=str(number), url=urls[-1]), deliveries=1)
            found = found_in(held, Answer(capture=capture, milliseconds=3))
            start = time.process_time()
            packed = pack_found(found)
            packing += time.process_time() - start
            size += sum(map(len, packed.values()))
            queue.client.xadd(FOUND, packed)
        memory = queue.client.memory_usage(FOUND, samples=0)
        with closing(Archive(archive.archive)) as made, made.writing() as connection:
            watches.add(connection, urls, at=at)
        link = Link(queue.url, "recorder", threading.Event())
        writer = QueueRecorder(archive, link, bounds=Bounds(), polled=lambda polled: None)
        with recording(archive) as writer.recorder:
            writer.queue = bound(writer.recorder.archive, link)
            start, done = time.process_time(), 0
            while done < pages:
                done += writer.step()
            used = time.process_time() - start
            entries = writer.recorder.archive.connection.execute("SELECT count(*) FROM entries").fetchone()[0]
        link.close()
    if entries != 50 * pages:
        raise click.ClickException(f"expected {50 * pages} entries, found {entries}")
    return {
        "new entries a CPU second, recorder alone": entries / used,
        "milliseconds to record a page of 50 new entries": 1000 * used / pages,
        "milliseconds to pack it": 1000 * packing / pages,
        "bytes of its message": size / pages,
        "bytes of it in Redis": memory / pages,
    }
