"""`stoppress demo`: crawl the sample site into an archive of its own, and serve it while the sample day goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive.errors import ArchiveError
from archive.folder import Folder
from crawler.crawling import crawl_settings, run
from crawler.demo.day import CLOSES, OPENS
from crawler.demo.server import DEFAULT_PORT, DEFAULT_SPEED, Clock, SampleSite
from crawler.demo.spider import SampleSpider, day_in_steps, exempt
from crawler.recorder import Polled, recording

_MARKER = ".stoppress-demo"
_STEP_MINUTES = 10
# Shown at once when the demo opens; the rest of the day then passes while one watches.
_WATCHED_FROM_HOUR = 12


@dataclass
class Summary:
    """What a crawl of the sample site brought."""

    polls: int = 0
    new: int = 0
    edited: int = 0
    withdrawn: int = 0
    problems: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def count(self, polled: Polled) -> None:
        self.polls += 1
        self.new += polled.recorded.new
        self.edited += polled.recorded.edited
        self.withdrawn += polled.recorded.withdrawn
        self.outcomes[polled.outcome] += 1
        if not polled.is_read:
            self.problems.append(polled.message)


def fresh_folder(path: Path) -> Folder:
    """Return an empty archive folder for the demo. Raises ArchiveError rather than touch an archive that is not a demo's."""
    if path.exists() and any(item.name != "crawler.lock" for item in path.iterdir()) and not (path / _MARKER).exists():
        raise ArchiveError(f"expected an empty folder or an earlier demo at {path}, found something else; choose another with --archive")
    folder = Folder(path)
    with folder.crawling("stoppress demo"):  # never under a demo that is running
        for name in ("archive.db", "captures.db"):
            for suffix in ("", "-wal", "-shm"):
                (path / (name + suffix)).unlink(missing_ok=True)
        (path / _MARKER).write_text("An archive of the sample site. `stoppress demo` begins it anew each time.\n")
        with recording(folder):
            pass
    return folder


def open_site(clock: Clock) -> SampleSite:
    """Return the sample site on its usual port, or on a free one if that is taken."""
    try:
        return SampleSite(DEFAULT_PORT, clock=clock)
    except OSError:
        return SampleSite(0, clock=clock)


def crawl_day(folder: Folder, *, on_round: Callable[[datetime], None]) -> Summary:
    """Crawl through the whole sample day at once and return what it brought."""
    summary = Summary()
    with open_site(Clock()) as site:
        run(
            SampleSpider,
            crawl_settings(folder, STOPPRESS_COMMAND="stoppress demo", STOPPRESS_EXEMPT=exempt(site), DOWNLOAD_DELAY=0),
            polled=summary.count,
            site=site,
            instants=day_in_steps(OPENS, CLOSES, minutes=_STEP_MINUTES),
            on_round=on_round,
        )
    return summary


def crawl_and_watch(folder: Folder, *, speed: float = DEFAULT_SPEED, on_round: Callable[[datetime, Summary], None]) -> bool:
    """Crawl the morning at once, then poll while the sample clock runs; return whether its day came to an end.

    It did not if SIGINT or SIGTERM came first.
    """
    summary = Summary()
    morning = [at for at in day_in_steps(OPENS, CLOSES, minutes=_STEP_MINUTES) if at.hour < _WATCHED_FROM_HOUR]
    with open_site(Clock()) as site:
        run(
            SampleSpider,
            crawl_settings(folder, STOPPRESS_COMMAND="stoppress demo", STOPPRESS_EXEMPT=exempt(site), DOWNLOAD_DELAY=0),
            polled=summary.count,
            site=site,
            instants=morning,
            speed=speed,
            on_round=lambda now: on_round(now, summary),
        )
        return site.clock.finished


def rounds() -> int:
    """How many times `crawl_day` polls every page."""
    return len(day_in_steps(OPENS, CLOSES, minutes=_STEP_MINUTES))
