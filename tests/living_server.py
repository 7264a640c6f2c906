"""A publisher on loopback whose live pages change: ETags, robots.txt, a log of every request with when it began and ended."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.served import served


@dataclass
class Story:
    """One live page: its updates, oldest first, and what it answers instead, if anything."""

    updates: list[tuple[str, str, datetime]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def post(self, name: str, text: str) -> None:
        self.updates.append((name, text, datetime.now(UTC)))

    def page(self, path: str) -> bytes:
        if self.body is not None:
            return self.body
        items = [
            {"@type": "BlogPosting", "@id": f"#{name}", "headline": f"Update {name}", "datePublished": at.isoformat(), "articleBody": text}
            for name, text, at in reversed(self.updates)
        ]
        data = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": f"Story {path}", "liveBlogUpdate": items}
        return f'<html lang="en"><head><script type="application/ld+json">{json.dumps(data)}</script></head></html>'.encode()


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it; times are monotonic seconds."""

    host: str
    path: str
    began: float
    ended: float
    status: int


class LivingServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1", port: int = 0, *, slow: float = 0.0) -> None:
        super().__init__((address, port), _Handler)
        self.stories: dict[str, Story] = {}
        self.log: list[Asked] = []
        self.slow = slow
        self.robots = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def asked(self, path: str) -> list[Asked]:
        return [asked for asked in self.log if asked.path == path]


class _Handler(BaseHTTPRequestHandler):
    server: LivingServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        began, self.status = time.monotonic(), 0  # 0: the asker went away
        try:
            self.answer_in_time()
        except ConnectionError:
            self.close_connection = True
        self.server.log.append(Asked(self.headers.get("Host", ""), self.path, began, time.monotonic(), self.status))

    def answer_in_time(self) -> None:
        story = self.server.stories.get(self.path)
        if self.server.slow:
            time.sleep(self.server.slow)
        if self.path == "/robots.txt":
            self.answer(200, self.server.robots, {"Content-Type": "text/plain"})
        elif story is None:
            self.answer(404, b"", {})
        else:
            body = story.page(self.path)
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if story.status == 200 and self.headers.get("If-None-Match") == tag:
                self.answer(304, b"", {"ETag": tag})
            else:
                self.answer(story.status, body, {"Content-Type": "text/html", "ETag": tag, **story.headers})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 304:
            self.wfile.write(body)
        self.wfile.flush()
        self.status = status

    def log_message(self, format: str, *args: object) -> None:
        """The server keeps its own log."""


def living_server(*, slow: float = 0.0) -> AbstractContextManager[LivingServer]:
    return served(LivingServer(slow=slow))
