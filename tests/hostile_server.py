"""A server on loopback that answers as a broken or hostile publisher would."""

from __future__ import annotations

import gzip
import time
from contextlib import AbstractContextManager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.served import served

ARTICLE = b"<html><head><title>An article</title></head><body><h1>An article</h1><p>No live page.</p></body></html>"
LIVE = b"""<html><head><title>Storm</title><script type="application/ld+json">{"@context": "https://schema.org",
"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": [{"@type": "BlogPosting", "url": "#b1",
"headline": "Bridge shut", "datePublished": "2026-03-01T11:00:00Z", "articleBody": "The harbour bridge is shut."}]}
</script></head><body></body></html>"""
MEGABYTE = 1024 * 1024

# path: (status, headers, body)
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/live": (200, {"Content-Type": "text/html"}, LIVE),
    "/article": (200, {"Content-Type": "text/html"}, ARTICLE),
    "/half": (200, {"Content-Type": "text/html"}, LIVE[:300]),
    "/invalid-json": (200, {"Content-Type": "text/html"}, LIVE.replace(b'"headline": "Storm",', b'"headline": Storm",')),
    "/binary": (200, {"Content-Type": "application/octet-stream"}, bytes(range(256)) * 100),
    "/empty": (200, {"Content-Type": "text/html"}, b""),
    "/large": (200, {"Content-Type": "text/html"}, b"a" * 20 * MEGABYTE),
    "/bomb": (200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, gzip.compress(b"a" * 64 * MEGABYTE, 1)),
    "/error": (500, {}, b"oops"),
    "/to-live": (302, {"Location": "/live"}, b""),
    "/to-file": (302, {"Location": "file:///etc/passwd"}, b""),
    "/to-private": (302, {"Location": "http://10.0.0.1/secret"}, b""),
    "/to-metadata": (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""),
    "/to-nowhere": (302, {}, b""),
    "/loop": (302, {"Location": "/loop"}, b""),
}


class HostileServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, robots: tuple[int, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.robots = robots
        self.log: list[tuple[float, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.log]


class _Handler(BaseHTTPRequestHandler):
    server: HostileServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.log.append((time.monotonic(), self.path))
        if self.path == "/robots.txt":
            status, headers, body = self.server.robots[0], {"Content-Type": "text/plain"}, self.server.robots[1]
        else:
            status, headers, body = ANSWERS.get(self.path, (404, {}, b"<html>not found</html>"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):  # the crawler hangs up when it has seen enough
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def hostile_server(robots: tuple[int, bytes] = (404, b"")) -> AbstractContextManager[HostileServer]:
    return served(HostileServer(robots))
