"""What one answer may cost: its head, its status, its packing. Each has an end, and what is cut off is not taken for whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response, TextResponse
from scrapy.responsetypes import responsetypes
from twisted.python.failure import Failure

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.warc_http import CutShortError, Message, TooLargeError, read_body
from crawler.guard import RefusedError
from crawler.turns import Turns

HEAD_LARGEST = 256 * 1024  # status line and headers, those of 1xx answers too; what browsers take
_PACKINGS = b"gzip, deflate, br, zstd"


class HeadTooLargeError(Exception):
    """The headers of an answer do not end."""


class BoundedHead:
    """A download handler of Scrapy's that reads no endless heads. Twisted bounds a line of them, not their number."""

    _pool: Any

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)  # type: ignore[call-arg]
        self._pool._factory = _bounded(self._pool._factory)
        self._turns = _turns(crawler)

    async def download_request(self, request: Request) -> Response:
        host = urlsplit(request.url).hostname or ""
        await self._turns.come(host)
        try:
            response: Response = await super().download_request(request)  # type: ignore[misc]
        except DownloadFailedError as error:
            if any(reason.check(HeadTooLargeError) for reason in getattr(error.__cause__, "reasons", ())):
                raise RefusedError("too_large", f"{request.url} answered with more than {HEAD_LARGEST // 1024} KiB of headers") from error
            raise
        finally:
            self._turns.over(host)
        if not 100 <= response.status <= 999:
            raise RefusedError("unreachable", f"{request.url} could not be fetched: expected an HTTP status, found {response.status}")
        return response


_turns_of: WeakKeyDictionary[Crawler, Turns] = WeakKeyDictionary()  # http and https have a handler each


def _turns(crawler: Crawler) -> Turns:
    settings = crawler.settings
    if crawler not in _turns_of:
        _turns_of[crawler] = Turns(gap=settings.getfloat("DOWNLOAD_DELAY"), lock=Folder(Path(settings["STOPPRESS_ARCHIVE"])).lock)
    return _turns_of[crawler]


class DownloadHandler(BoundedHead, HTTP11DownloadHandler):
    """Scrapy's handler for http and https, with an end to the headers, each host in its turn."""


def _bounded(factory: Any) -> Any:
    """Return a factory of connections that give up an answer whose head grows past HEAD_LARGEST."""

    class Factory(factory):  # type: ignore[misc]
        def buildProtocol(self, addr: Any) -> Any:
            protocol = super().buildProtocol(addr)
            protocol.dataReceived = _Head(protocol, protocol.dataReceived).received
            return protocol

    return Factory


class _Head:
    """Counts the bytes a connection brings before the body of each answer."""

    def __init__(self, protocol: Any, pass_on: Any) -> None:
        self.protocol = protocol
        self.pass_on = pass_on
        self.parser: Any = None
        self.size = 0

    def received(self, data: bytes) -> None:
        parser = self.protocol._parser
        if parser is not self.parser:
            self.parser, self.size = parser, 0
        if parser is not None and parser.state in ("STATUS", "HEADER"):
            self.size += len(data)
            # One read brings up to 64 KiB, the start of the body among them.
            if self.size > HEAD_LARGEST:
                self.protocol.transport.abortConnection()
                self.protocol._giveUp(Failure(HeadTooLargeError()))  # type: ignore[no-untyped-call]
                return
        self.pass_on(data)


class UnpackMiddleware:
    """Unpacks bodies. Scrapy's takes a cut or damaged gzip, brotli or zstd body for a whole one, and any number of packings."""

    def __init__(self, largest: int) -> None:
        self.largest = largest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> UnpackMiddleware:
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        request.headers.setdefault("Accept-Encoding", _PACKINGS)

    def process_response(self, request: Request, response: Response) -> Response:
        packings = response.headers.getlist("Content-Encoding")
        if not packings:
            return response
        headers = {"Content-Encoding": b",".join(packings).decode("latin-1")}
        try:
            body = read_body(Message(status=response.status, headers=headers, payload=response.body), largest=self.largest)
        except TooLargeError as error:
            most = f"{self.largest // 1024**2} MiB"
            raise RefusedError("too_large", f"{request.url} answered more than {most}, the most a page may have, once unpacked") from error
        except CutShortError as error:
            raise RefusedError("unreachable", f"{request.url} could not be fetched: the answer broke off ({error})") from error
        except ArchiveError as error:
            raise RefusedError("unreadable", f"{request.url} could not be unpacked: {error}") from error
        del response.headers["Content-Encoding"]
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        # What was guessed of the packed bytes is guessed again.
        return response.replace(cls=kind, body=body, **({"encoding": None} if issubclass(kind, TextResponse) else {}))
