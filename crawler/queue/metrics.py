"""Prometheus metrics of the queue and of this machine's part in it, beside those of the archive where it is here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from archive.folder import Folder
from crawler.metrics import Metrics
from crawler.queue.link import DEAD, DUE, FOUND, SENT, RedisError, connect
from crawler.recorder import Polled


@contextmanager
def offering(
    queue: str, folder: Folder | None, port: int | None
) -> Iterator[tuple[Callable[[Polled], None] | None, Callable[[Polled], None] | None]]:
    """Offer metrics on a port of loopback, and yield what counts polls that were recorded and polls that were fetched here.

    `folder` is None where there is no archive on this machine.
    """
    if port is None:
        yield None, None
        return
    with ExitStack() as stack:
        metrics = Metrics(folder, port) if folder else None
        registry = metrics.registry if metrics else CollectorRegistry()
        fetched = _register(registry, queue)
        if metrics:
            stack.enter_context(metrics)
        else:
            server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)

        def count(polled: Polled) -> None:
            fetched.labels(polled.publisher or "unknown", polled.outcome).inc()

        yield metrics.polled if metrics else None, count


def _register(registry: CollectorRegistry, queue: str) -> Counter:
    client = connect(queue)
    messages = Gauge("stoppress_queue_messages", "Messages in the queue", ["stream"], registry=registry)
    memory = Gauge("stoppress_queue_bytes", "Memory of the queue in Redis", ["stream"], registry=registry)
    for stream in (DUE, FOUND, DEAD):
        name = stream.rpartition(":")[2]
        messages.labels(name).set_function(partial(_ask, client.xlen, stream))
        memory.labels(name).set_function(partial(_ask, partial(client.memory_usage, samples=0), stream))
    under_way = Gauge("stoppress_queue_polls_under_way", "Polls sent and not recorded yet", registry=registry)
    under_way.set_function(partial(_ask, client.hlen, SENT))
    return Counter("stoppress_fetched", "Polls made here, by publisher and outcome", ["publisher", "outcome"], registry=registry)


def _ask(question: Callable[[str], Any], key: str) -> float:
    try:
        return float(question(key) or 0)
    except (RedisError, OSError):
        return float("nan")  # Redis is away
