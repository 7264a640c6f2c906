"""Prometheus metrics of a running crawl, on a port of loopback. Labels are publisher and outcome, never addresses."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from archive.folder import Folder
from archive.opening import open_reader
from archive.times import to_utc
from crawler.recorder import Polled

_LAGS = (1, 2, 5, 10, 30, 60, 300, 1800, float("inf"))


class Metrics:
    """Counts polls as they are recorded; what stands in the archive is asked for when somebody looks."""

    def __init__(self, folder: Folder, port: int) -> None:
        self.folder = folder
        self.port = port
        self.registry = CollectorRegistry()
        self.polls = Counter("stoppress_polls", "Polls by publisher and outcome", ["publisher", "outcome"], registry=self.registry)
        self.changes = Counter("stoppress_changes", "What polls brought, by kind", ["publisher", "kind"], registry=self.registry)
        self.lag = Histogram(
            "stoppress_poll_lag_seconds", "From when a poll was due to when it was recorded", buckets=_LAGS, registry=self.registry
        )
        self.due = Gauge("stoppress_due_polls", "Pages that are due now", registry=self.registry)
        self.watched = Gauge("stoppress_watched_pages", "Pages on the watch list, by state", ["state"], registry=self.registry)
        self.bytes = Gauge("stoppress_file_bytes", "Size of the archive's files", ["file"], registry=self.registry)

    def __enter__(self) -> Self:
        self.server, self.thread = start_http_server(self.port, addr="127.0.0.1", registry=self.registry)
        self.port = self.server.server_port
        self.due.set_function(self._due)
        for state, condition in (("polled", "NOT paused AND next_poll_at IS NOT NULL"), ("paused", "paused"), ("failing", "failures > 2")):
            self.watched.labels(state).set_function(partial(self._count, f"SELECT count(*) FROM watches WHERE {condition}"))
        for path in (self.folder.archive, self.folder.captures):
            self.bytes.labels(path.name).set_function(partial(_size, path))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def polled(self, outcome: Polled) -> None:
        """Count one poll."""
        publisher = outcome.publisher or "unknown"
        self.polls.labels(publisher, outcome.outcome).inc()
        for kind in ("new", "edited", "withdrawn", "returned"):
            number = getattr(outcome.recorded, kind)
            if number:
                self.changes.labels(publisher, kind).inc(number)
        if outcome.due_at is not None:
            self.lag.observe(max(0.0, (datetime.now(UTC) - outcome.due_at).total_seconds()))

    def _due(self) -> float:
        return self._count("SELECT count(*) FROM watches WHERE NOT paused AND next_poll_at <= ?", to_utc(datetime.now(UTC)))

    def _count(self, sql: str, *values: str) -> float:
        with closing(open_reader(self.folder.archive)) as connection:
            return float(connection.execute(sql, values).fetchone()[0])


def _size(path: Path) -> float:
    return float(path.stat().st_size) if path.exists() else 0.0
