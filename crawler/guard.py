"""What keeps a crawl within its bounds: private addresses, robots.txt, redirects. Every page is hostile."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from crawler.layouts import layouts
from crawler.page import registrable_domain

_ROBOTS_TTL = 24 * 3600.0
_ROBOTS_LARGEST = 512 * 1024  # RFC 9309 asks for at least 500 KiB

# Why the resolver refused a host, for the message; Twisted itself only says that the look-up failed.
refusals: dict[str, str] = {}


class RefusedError(IgnoreRequest):
    """A request the guard stopped. `outcome` is the word the poll is counted under."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet's, IPv4 addresses hidden in IPv6 included.

    >>> [is_public(a) for a in ("93.184.216.34", "127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254", "64:ff9b::7f00:1")]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if hidden is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            hidden = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if hidden is not None:
            return is_public(str(hidden)) and (ip.ipv4_mapped is not None or ip.is_global)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name: no contact is needed to crawl it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves names as the reactor does, and drops every address that is not public.

    It stands where connections ask for addresses, so it sees each hop and each spelling (decimal, octal,
    IPv6-mapped), and what it lets through is what is connected to: no name can turn private in between.
    """

    def __init__(self, reactor: Any, *, allow_private: bool, exempt: Sequence[str]) -> None:
        self.reactor = reactor
        self.inner = reactor.nameResolver
        self.allow_private = allow_private
        self.exempt = frozenset(exempt)

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> GuardedResolver:
        settings = crawler.settings
        return cls(reactor, allow_private=settings.getbool("STOPPRESS_ALLOW_PRIVATE"), exempt=settings.getlist("STOPPRESS_EXEMPT"))

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        allowed = self.allow_private or f"{hostName}:{portNumber}" in self.exempt
        receiver = resolutionReceiver if allowed else _PublicOnly(resolutionReceiver, hostName)
        if hostName.endswith(".localhost"):  # loopback by RFC 6761, which not every system's resolver knows
            resolution = _Resolution(hostName)
            receiver.resolutionBegan(resolution)
            receiver.addressResolved(IPv4Address("TCP", "127.0.0.1", portNumber))
            receiver.resolutionComplete()
            return resolution
        return self.inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing to cancel: it was answered at once."""


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Passes on public addresses and notes why it kept back the others."""

    def __init__(self, inner: Any, host: str) -> None:
        self.inner = inner
        self.host = host

    def resolutionBegan(self, resolution: Any) -> None:
        refusals.pop(self.host, None)
        self.inner.resolutionBegan(resolution)

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        if is_public(address.host):
            self.inner.addressResolved(address)
        else:
            what = "a private address" if self.host == address.host else f"the private address {address.host}"
            refusals[self.host] = f"{self.host} is {what}"

    def resolutionComplete(self) -> None:
        self.inner.resolutionComplete()


class RedirectMiddleware(ScrapyRedirectMiddleware):
    """Follows a redirect only by http(s), within the first address's registrable domain or one layout's domains."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        location = response.headers.get("Location")
        if response.status in (301, 302, 303, 307, 308) and location:
            target = urljoin(request.url, location.decode("latin-1"))
            first = (request.meta.get("redirect_urls") or [request.url])[0]
            if not may_follow(first, target):
                raise RefusedError("refused_redirect", f"{first} redirects to {target!r}, which is not a page of the same publisher")
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise RefusedError("refused_redirect", f"{request.url}: more than {self.max_redirect_times} redirects") from error


def may_follow(first: str, target: str) -> bool:
    """Whether a redirect stays with the publisher that was asked.

    >>> may_follow("http://itv.com/news", "https://www.itv.com/news"), may_follow("http://itv.com/", "file:///etc/passwd")
    (True, False)
    """
    if urlsplit(target).scheme not in ("http", "https"):
        return False
    one, other = registrable_domain(first), registrable_domain(target)
    return one == other or any(one in layout.domains and other in layout.domains for layout in layouts())


@dataclass(frozen=True)
class _Rules:
    """A host's robots.txt as last read; `parser` None: it could not be read, so nothing is allowed."""

    parser: Protego | None
    read_at: float
    reason: str = ""


class RobotsMiddleware:
    """Obeys robots.txt: 4xx allows, 5xx or no answer refuses, read again daily. Scrapy's allows on 503 and never asks again."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.rules: dict[str, _Rules] = {}
        self.locks: dict[str, asyncio.Lock] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        async with self.locks.setdefault(origin, asyncio.Lock()):
            rules = self.rules.get(origin)
            if rules is None or time.monotonic() - rules.read_at > _ROBOTS_TTL:
                rules = self.rules[origin] = await self._read(origin)
        if rules.parser is None:
            raise RefusedError(rules.reason.split(":")[0], rules.reason.split(":", 1)[1])
        if not rules.parser.can_fetch(request.url, self.crawler.settings["USER_AGENT"]):
            raise RefusedError("refused_robots", f"{origin}/robots.txt does not allow {request.url}")

    async def _read(self, origin: str) -> _Rules:
        request = Request(f"{origin}/robots.txt", meta={"robots": True}, callback=NO_CALLBACK, priority=1000)
        now = time.monotonic()
        host = urlsplit(origin).hostname or ""
        try:
            response = await self.crawler.engine.download_async(request)
        except RefusedError as error:
            return _Rules(None, now, f"refused_robots:{origin}/robots.txt could not be read ({error.message})")
        except Exception as error:  # whatever failed, there was no answer, and no answer refuses
            if host in refusals:
                return _Rules(None, now, f"refused_address:{refusals[host]}, which is refused")
            return _Rules(None, now, f"unreachable:{origin} did not answer ({describe(error)})")
        if response.status >= 500:
            return _Rules(None, now, f"refused_robots:{origin}/robots.txt answered {response.status}, so nothing may be fetched there")
        body = response.body[:_ROBOTS_LARGEST].decode("utf-8", "replace") if response.status < 400 else ""
        return _Rules(Protego.parse(body), now)


def describe(error: BaseException) -> str:
    """Return a download error in a few words a person understands."""
    names = {
        "DownloadTimeoutError": "no answer in time",
        "DownloadConnectionRefusedError": "connection refused",
        "CannotResolveHostError": "no such host",
        "ResponseDataLossError": "the answer broke off",
        "UnsupportedURLSchemeError": "only http and https are fetched",
    }
    found = names.get(type(error).__name__)
    message = " ".join(str(error).split())[:200]
    return found or message or type(error).__name__
