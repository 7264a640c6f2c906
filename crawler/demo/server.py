"""SampleSite: the sample site behind HTTP on 127.0.0.1, on a clock that is set or runs fast."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from types import TracebackType
from typing import Any, Self

from crawler.demo.day import CLOSES, OPENS
from crawler.demo.site import Request, Response, live_urls, render

DEFAULT_PORT = 8017
DEFAULT_SPEED = 120.0  # the day of sixteen hours in eight minutes
_CONNECTIONS = 64
_IDLE_SECONDS = 10


class Clock:
    """The sample day's time: `speed` seconds pass in one real second (0: it stands), never past closing time.

    `real` counts real seconds.
    """

    def __init__(self, at: datetime = OPENS, *, speed: float = 0.0, real: Callable[[], float] = time.monotonic) -> None:
        self._real = real
        self._state = (at, real(), speed)

    def now(self) -> datetime:
        at, since, speed = self._state
        return min(at + timedelta(seconds=(self._real() - since) * speed), max(at, CLOSES))

    def set(self, at: datetime) -> None:
        """Stop the clock at a moment."""
        self._state = (at, self._real(), 0.0)

    def run(self, speed: float = DEFAULT_SPEED) -> None:
        """Let the clock go on from where it is."""
        self._state = (self.now(), self._real(), speed)

    @property
    def finished(self) -> bool:
        """Whether the day is over: nothing changes any more."""
        return self.now() >= CLOSES


class SampleSite:
    """The sample site, served from a thread of its own until `stop()` or the end of the `with` block.

    `port` 0 takes any free port. `clock` stands at opening time unless one is given. `log` writes a line
    a request to stderr. Raises OSError if the port is taken.
    """

    def __init__(self, port: int = DEFAULT_PORT, *, clock: Clock | None = None, log: bool = False) -> None:
        self.clock = clock or Clock()
        self._server = _Server(("127.0.0.1", port), self.clock, log=log)
        self.port: int = self._server.server_address[1]
        self.url = f"http://localhost:{self.port}/"
        self.urls = live_urls(self.port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="sample-site")
        self._thread.start()

    def stop(self) -> None:
        """Close the port. Stopping twice is no error."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], clock: Clock, *, log: bool) -> None:
        self.clock, self.log = clock, log
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(timeout=1):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        # A reader that hangs up in the middle of an answer is no event worth a traceback.
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "SampleSite", ""
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        response = self._answer()
        self._send(response)
        if response.status != 304:
            self.wfile.write(response.body)

    def do_HEAD(self) -> None:
        self._send(self._answer())

    def _answer(self) -> Response:
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        now, port = self.server.clock.now(), self.server.server_address[1]
        return render(Request(target=self.path, now=now, host=host.lower(), port=port, headers=dict(self.headers)))

    def _send(self, response: Response) -> None:
        self.log_request(response.status)
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 304:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        if self.server.log:
            super().log_message(format, *args)
