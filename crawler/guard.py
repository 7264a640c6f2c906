"""What keeps a crawl on the open Internet and with its publishers: addresses and redirects. Every page is hostile."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from crawler.layouts import layouts
from crawler.page import registrable_domain

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Local by its definition: NAT64 within a network (RFC 8215), site-local, documentation, segment routing. Not every Python knows.
_LOCAL = tuple(map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "fec0::/10", "3fff::/20", "5f00::/16")))
_MOST_REFUSALS = 10_000

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
        if any(ip in network for network in _LOCAL):
            return False
        hidden = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if hidden is None and ip in _NAT64:
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
        self.passed = False

    def resolutionBegan(self, resolution: Any) -> None:
        refusals.pop(self.host, None)
        self.inner.resolutionBegan(resolution)

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        if is_public(address.host):
            self.passed = True
            self.inner.addressResolved(address)
        else:
            what = "a private address" if self.host == address.host else f"the private address {address.host}"
            refusals[self.host] = f"{self.host} is {what}"

    def resolutionComplete(self) -> None:
        if self.passed:  # there is a way to it; what fails from here on fails for another reason
            refusals.pop(self.host, None)
        while len(refusals) > _MOST_REFUSALS:
            del refusals[next(iter(refusals))]
        self.inner.resolutionComplete()


class RedirectMiddleware(ScrapyRedirectMiddleware):
    """Follows a redirect only by http(s), within the first address's registrable domain or one layout's domains."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if response.status not in (301, 302, 303, 307, 308) or not location:
            return response
        first = (request.meta.get("redirect_urls") or [request.url])[0]
        _check(first, location, base=request.url)
        try:
            found = super().process_response(request, response)
        except IgnoreRequest as error:
            raise RefusedError("refused_redirect", f"{request.url}: more than {self.max_redirect_times} redirects") from error
        if isinstance(found, Request):
            _check(first, found.url)  # as it will be asked for: not every reader of addresses reads them alike
        return found

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Say that an address was refused, also where a redirect led to it."""
        host = urlsplit(request.url).hostname or ""
        if host in refusals and not isinstance(exception, RefusedError):
            raise RefusedError("refused_address", f"{refusals[host]}, which is refused; nothing was fetched from {request.url}")


def _check(first: str, location: str, *, base: str = "") -> None:
    """Raise RefusedError if a redirect leads away from the publisher that was asked, or to no address at all."""
    try:
        target = urljoin(base, location)
        allowed = may_follow(first, target)
    except ValueError:  # http://[
        target, allowed = location, False
    if not allowed:
        raise RefusedError("refused_redirect", f"{first} redirects to {target[:500]!r}, which is not a page of the same publisher")


def may_follow(first: str, target: str) -> bool:
    """Whether a redirect stays with the publisher that was asked: no names and passwords, no ports but the web's and its own.

    >>> may_follow("http://itv.com/news", "https://www.itv.com/news"), may_follow("http://itv.com/", "file:///etc/passwd")
    (True, False)
    >>> may_follow("http://itv.com/", "http://itv.com:25/"), may_follow("http://itv.com/", "http://a:b@itv.com/")
    (False, False)
    """
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.port not in (None, 80, 443, urlsplit(first).port):
        return False
    one, other = registrable_domain(first), registrable_domain(target)
    return one == other or any(one in layout.domains and other in layout.domains for layout in layouts())


def describe(error: BaseException) -> str:
    """Return a download error in a few words a person understands."""
    names = {
        "DownloadTimeoutError": "no answer in time",
        "DownloadConnectionRefusedError": "connection refused",
        "CannotResolveHostError": "no such host",
        "ResponseDataLossError": "the answer broke off",
        "DownloadFailedError": "the answer broke off, or is not HTTP",
        "UnsupportedURLSchemeError": "only http and https are fetched",
    }
    found = names.get(type(error).__name__)
    message = " ".join(str(error).split())[:200]
    return found or message or type(error).__name__
