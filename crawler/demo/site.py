"""render(request) -> Response: what an address of the sample site answers at a moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from hashlib import blake2s

from crawler.demo import gazette, ledger, listings, posting, vale
from crawler.demo.day import Story, stories
from crawler.demo.press import BY_HOST, BY_LABEL, Newspaper

BARE_HOSTS = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for: `target` is path and query, `host` has no port, `headers` are the reader's."""

    target: str
    now: datetime
    host: str = "localhost"
    port: int = 80
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True, kw_only=True)
class Response:
    """What is answered. `Date` is the sample clock's, so that readers can tell the time by it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def render(request: Request) -> Response:
    """Return the answer to a request: 200, 304 if the reader has it, 404 for no such page, 421 for a host not ours."""
    newspaper = BY_HOST.get(request.host)
    if newspaper is None and request.host not in BARE_HOSTS:
        return _response(request, 421, f"{request.host} is not served here\n", "text/plain")
    if newspaper is None:
        return _kiosk(request)
    address = partial(_address, request.port)
    if request.path == "/robots.txt":
        return _response(request, 200, listings.robots(newspaper, address), "text/plain")
    if request.path == "/feed.xml":
        return _response(request, 200, listings.feed(newspaper, address, request.now), "application/atom+xml")
    if request.path == "/sitemap-news.xml":
        return _response(request, 200, listings.sitemap(newspaper, address, request.now), "application/xml")
    html = _page(request, newspaper)
    if html is None:
        return _response(request, 404, listings.missing_page(newspaper), "text/html")
    return _response(request, 200, html, "text/html", changed=_changed(newspaper, request.now))


def live_urls(port: int) -> tuple[str, ...]:
    """Return the address of every live page of the day, all of them up from opening time."""
    return tuple(_address(port, BY_LABEL[story.publisher], story.path) for story in stories())


def _kiosk(request: Request) -> Response:
    if request.path == "/robots.txt":
        return _response(request, 200, "User-agent: *\nDisallow:\n", "text/plain")
    if request.path != "/":
        return _response(request, 404, listings.missing_page(listings.KIOSK), "text/html")
    return _response(request, 200, listings.kiosk(partial(_address, request.port), request.now), "text/html")


def _page(request: Request, newspaper: Newspaper) -> str | None:
    """The page a path of a newspaper shows, or None."""
    now, path = request.now, request.path
    address = partial(_address, request.port)
    url = address(newspaper, path)
    if path == "/":
        return listings.front_page(newspaper, address, now)
    up = listings.stories_of(newspaper, now)
    for story in up:
        if story.path == path:
            return _live_page(story, newspaper, url, request)
        if newspaper.label == "vale":
            for update in story.shown(now):
                if vale.update_path(update) == path:
                    return vale.update_page(story, update, newspaper, url)
    for topic in {story.topic for story in up if story.topic}:
        if vale.topic_path(topic) == path:
            return vale.topic_page(topic, [story for story in up if story.topic == topic], newspaper, url, now)
    for article in listings.articles_of(newspaper, now):
        if article.path == path:
            return listings.article_page(article, newspaper, url)
    return None


def _live_page(story: Story, newspaper: Newspaper, url: str, request: Request) -> str | None:
    if newspaper.label == "ledger":
        return ledger.live_page(story, newspaper, url, request.now, request.query)
    pages = {"vale": vale.live_page, "gazette": gazette.live_page}
    return pages.get(newspaper.label, posting.live_page)(story, newspaper, url, request.now)


def _address(port: int, newspaper: Newspaper, path: str) -> str:
    return f"http://{newspaper.host}{'' if port == 80 else f':{port}'}{path}"


def _changed(newspaper: Newspaper, now: datetime) -> datetime:
    """When anything last changed at a newspaper: no page of it is younger."""
    moments = [story.changed(now) for story in listings.stories_of(newspaper, now)]
    return max(moments + [article.published for article in listings.articles_of(newspaper, now)])


def _response(request: Request, status: int, text: str, content_type: str, *, changed: datetime | None = None) -> Response:
    body = text.encode()
    headers = {"Date": _http_date(request.now), "Content-Type": f"{content_type}; charset=utf-8", "Cache-Control": "no-cache"}
    if status == 200:
        headers["ETag"] = f'"{blake2s(body, digest_size=12).hexdigest()}"'
    if changed:
        headers["Last-Modified"] = _http_date(changed)
    if status == 200 and _is_known(request.headers, headers, changed):
        return Response(status=304, headers={name: value for name, value in headers.items() if name != "Content-Type"})
    return Response(status=status, headers=headers, body=body)


def _is_known(asked: Mapping[str, str], headers: Mapping[str, str], changed: datetime | None) -> bool:
    """Whether the reader says it has this answer. A date counts only without an ETag (RFC 9110, 13.2.2)."""
    lower = {name.lower(): value for name, value in asked.items()}
    tags = lower.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or headers["ETag"] in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    since = lower.get("if-modified-since")
    if not since or changed is None:
        return False
    try:
        return changed <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without a zone
        return False


def _http_date(instant: datetime) -> str:
    return format_datetime(instant.astimezone(UTC).replace(microsecond=0), usegmt=True)
