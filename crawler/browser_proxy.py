"""The forward proxy on loopback that stands between a browser and the network: the guard's rules for whatever a page asks for."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crawler.guard import is_public

_HEAD_LARGEST = 64 * 1024
_RESPONSE_LARGEST = 16 * 1024 * 1024  # as a page's own
_PAGE_LARGEST = 64 * 1024 * 1024  # everything that comes in while one page is read, tunnels included
_UPLOAD_LARGEST = 1024 * 1024
_CONNECTIONS = 64
_CONNECT_SECONDS = 10.0
_CONNECTION_SECONDS = 30.0
_PIECE = 64 * 1024
_PORTS = (80, 443)
# Headers between the browser and us (RFC 9110, section 7.6.1); every connection carries one request.
_HOP = {"connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer", "upgrade"}
_HEADER = re.compile(r"([!-9;-~]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_TARGET = re.compile(r"\[?([^\[\]/@\s]+)\]?:(\d{1,5})")  # times.example:443, [2001:db8::1]:443


class ProxyRefusedError(Exception):
    """A request that goes nowhere; `status` is what the browser is told."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class BrowserProxy:
    """A filtering proxy for one page: open inside `async with`, on a free port of 127.0.0.1.

    It resolves names itself and connects to the very address it checked, so no name can turn private in
    between. `refused` holds the last sentences about what was refused.
    """

    def __init__(self, *, allow_private: bool = False, exempt: Sequence[str] = (), page_largest: int = _PAGE_LARGEST) -> None:
        self.allow_private = allow_private
        self.exempt = frozenset(exempt)
        self.left = page_largest
        self.refused: deque[str] = deque(maxlen=100)
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_HEAD_LARGEST)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= _CONNECTIONS:
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # Whatever goes wrong on the way, the browser sees a connection that ends.
            with suppress(OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
                async with asyncio.timeout(_CONNECTION_SECONDS):
                    await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        try:
            method, target, headers = _parsed(head)
            if method == "CONNECT":
                await self._tunnel(target, reader, writer)
            else:
                await self._pass_on(method, target, headers, reader, writer)
        except ProxyRefusedError as error:
            self.refused.append(str(error))
            body = f"{error}\n".encode()
            writer.write(f"HTTP/1.1 {error.status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
            await writer.drain()

    async def _tunnel(self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = _TARGET.fullmatch(target)
        if not found:
            raise ProxyRefusedError("400 Bad Request", f"expected a host and a port, found {target[:100]!r}")
        far_reader, far_writer = await self._connect(found[1].lower(), int(found[2]))
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            ways = [
                asyncio.create_task(self._copy(reader, far_writer, _PAGE_LARGEST)),
                asyncio.create_task(self._copy(far_reader, writer, _PAGE_LARGEST)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            far_writer.close()

    async def _pass_on(
        self, method: str, target: str, headers: list[tuple[str, str]], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        parts = urlsplit(target)
        if parts.scheme != "http" or not parts.hostname:
            raise ProxyRefusedError("400 Bad Request", f"expected an http address, found {target[:100]!r}")
        kept = [(name, value) for name, value in headers if name.lower() not in _HOP and name.lower() != "host"]
        lengths = {value for name, value in kept if name.lower() == "content-length"}
        length = lengths.pop() if lengths else "0"
        chunked = any(name.lower() == "transfer-encoding" for name, _ in kept)
        if chunked or lengths or not re.fullmatch(r"\d{1,9}", length) or int(length) > _UPLOAD_LARGEST:
            raise ProxyRefusedError("413 Content Too Large", f"more is sent to {parts.netloc} than a page may send")
        far_reader, far_writer = await self._connect(parts.hostname, parts.port or 80)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            lines = [
                f"{method} {path} HTTP/1.1",
                f"Host: {parts.netloc.rpartition('@')[2]}",
                *(f"{n}: {v}" for n, v in kept),
                "Connection: close",
            ]
            far_writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
            if int(length):
                far_writer.write(await reader.readexactly(int(length)))
            await far_writer.drain()
            answer = (await far_reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            kept_lines = [line for line in answer[1:-2] if line.partition(":")[0].strip().lower() not in _HOP]
            writer.write("\r\n".join([answer[0], *kept_lines, "Connection: close", "", ""]).encode("latin-1"))
            await self._copy(far_reader, writer, _RESPONSE_LARGEST)
        finally:
            far_writer.close()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, most: int) -> None:
        """Pass on what comes until it ends or is more than one answer, or all of a page, may have."""
        while (piece := await source.read(_PIECE)) and len(piece) <= min(most, self.left):
            most -= len(piece)
            self.left -= len(piece)
            sink.write(piece)
            await sink.drain()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the first address of a host that answers, if the guard allows it. Raises ProxyRefusedError."""
        where = f"{host}:{port}"
        allowed = self.allow_private or where in self.exempt
        if not allowed and port not in _PORTS:
            raise ProxyRefusedError("403 Forbidden", f"{where} is not a port of the web")
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                addresses = await _addresses(host, port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise ProxyRefusedError("502 Bad Gateway", f"{where}: no such host") from error
        for address in addresses:
            if not allowed and not is_public(address):
                raise ProxyRefusedError("403 Forbidden", f"{where} is the private address {address}")
        for address in addresses:
            with suppress(OSError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(address, port, limit=_HEAD_LARGEST)
        raise ProxyRefusedError("502 Bad Gateway", f"{where} did not answer")


async def _addresses(host: str, port: int) -> list[str]:
    if host == "localhost" or host.endswith(".localhost"):  # loopback by RFC 6761
        return ["127.0.0.1"]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _parsed(head: str) -> tuple[str, str, list[tuple[str, str]]]:
    """Method, target and headers of a request. Raises ProxyRefusedError if it is none."""
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ")
    pairs = [_HEADER.fullmatch(line) for line in lines]
    if len(parts) != 3 or not parts[0].isalpha() or None in pairs:
        raise ProxyRefusedError("400 Bad Request", "expected an HTTP request")
    return parts[0], parts[1], [(pair[1], pair[2].strip()) for pair in pairs if pair]
