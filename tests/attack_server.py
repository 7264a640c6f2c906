"""A server on loopback that attacks whoever crawls it: one host name an attack, one connection an answer."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count, repeat
from pathlib import Path
from typing import Self

from tests.attacked_crawl import PUBLIC
from tests.hostile_server import LIVE

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE


class Visit:
    """One request, and the connection to answer it on."""

    def __init__(self, connection: socket.socket, head: bytes) -> None:
        self.connection = connection
        self.head = head.decode("latin-1")
        self.path = self.head.split(" ")[1]
        self.headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in self.head.split("\r\n")[1:])
        }
        self.host = self.headers.get("host", "").split(":")[0].lower()

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.sendall(piece)

    def pour(self, pieces: Iterable[bytes], *, every: float = 0.0) -> None:
        """Send without end, until the crawler hangs up."""
        for piece in pieces:
            self.send(piece)
            if every:
                time.sleep(every)


Serve = Callable[[Visit], None]


def answer(body: bytes = LIVE, *headers: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    """A whole answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def serving(body: bytes = LIVE, *headers: str, status: str = "200 OK", kind: str = "text/html") -> Serve:
    """The same answer whatever is asked."""
    return lambda visit: visit.send(answer(body, *headers, status=status, kind=kind))


def head(*headers: str, status: str = "200 OK") -> bytes:
    """The head of an answer that goes on."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: text/html", *headers, "", ""]).encode("latin-1")


def redirecting(location: str) -> Serve:
    return serving(b"", f"Location: {location}", status="302 Found")


def pouring(start: bytes, pieces: Callable[[], Iterable[bytes]], *, every: float = 0.0) -> Serve:
    """An answer without end."""

    def serve(visit: Visit) -> None:
        visit.send(start)
        visit.pour(pieces(), every=every)

    return serve


def chunks(data: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: repeat(b"%x\r\n%s\r\n" % (len(data), data))


def numbered(pattern: str) -> Callable[[], Iterable[bytes]]:
    """Lines that are all different, a thousand at a time."""

    def lines() -> Iterator[bytes]:
        for start in count(0, 1000):
            yield "".join(pattern.format(number) for number in range(start, start + 1000)).encode("latin-1")

    return lines


class AttackServer:
    """Listens on PUBLIC and, at the same port, on 127.0.0.1, where nobody may come: whoever does stands in `intruders`."""

    def __init__(self, hosts: Mapping[str, Serve], robots: Mapping[str, Serve], *, context: ssl.SSLContext | None = None) -> None:
        self.hosts = hosts
        self.robots = robots
        self.context = context
        self.visits: list[Visit] = []
        self.intruders: list[bytes] = []
        self.listener = socket.create_server((PUBLIC, 0), backlog=200)
        self.port: int = self.listener.getsockname()[1]
        self.inside = socket.create_server(("127.0.0.1", self.port))
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._listen, args=pair, daemon=True) for pair in self._pairs()]

    def _pairs(self) -> list[tuple[socket.socket, Callable[[socket.socket], None]]]:
        return [(self.listener, self._visit), (self.inside, self._intrusion)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.stopped.set()
        self.listener.close()
        self.inside.close()
        for thread in self.threads:
            thread.join()

    def url(self, host: str, path: str = "/live", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def asked(self, host: str) -> list[str]:
        """The paths a host was asked for, robots.txt not among them."""
        return [visit.path for visit in self.visits if visit.host == host and visit.path != "/robots.txt"]

    def _listen(self, listener: socket.socket, take: Callable[[socket.socket], None]) -> None:
        listener.settimeout(0.1)
        while not self.stopped.is_set():
            with suppress(TimeoutError, OSError):
                connection, _ = listener.accept()
                threading.Thread(target=take, args=(connection,), daemon=True).start()

    def _intrusion(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(1)
            self.intruders.append(connection.recv(KILOBYTE))

    def _visit(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError, IndexError):
            connection.settimeout(30)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            asked = b""
            while b"\r\n\r\n" not in asked:
                more = connection.recv(64 * KILOBYTE)
                if not more:
                    return
                asked += more
            visit = Visit(connection, asked)
            self.visits.append(visit)
            serve = self.hosts.get(visit.host, serving(b"not found", status="404 Not Found"))
            if visit.path == "/robots.txt":
                serve = self.robots.get(visit.host, serving(b"none", status="404 Not Found"))
            serve(visit)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(0.5)
            while connection.recv(64 * KILOBYTE):
                pass
        with suppress(OSError):
            connection.close()


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and says nothing: no answer, no TLS."""
    with socket.create_server((PUBLIC, 0), backlog=50) as listener:
        yield listener.getsockname()[1]


def self_signed(folder: Path, host: str) -> ssl.SSLContext:
    """A certificate that no authority signed."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
