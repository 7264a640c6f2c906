"""Pages that need a browser: fetched as any page is, then opened in Chromium behind a filtering proxy, and read as they stand there.

Only `--browser` brings any of this in; it needs the extra `[browser]` and a Chromium on this machine.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response
from scrapy.http.request import NO_CALLBACK

from archive.errors import ArchiveError
from crawler import settings as project_settings
from crawler.browser_proxy import BrowserProxy
from crawler.guard import RefusedError
from crawler.limits import BoundedHead
from crawler.page import Page as ReadPage
from crawler.scripted import CONTAINERS, RENDERED_HEADER

if TYPE_CHECKING:  # the extra may not be installed
    from playwright.async_api import Browser, BrowserContext, Frame, Page, Route
    from playwright.async_api import Request as Asked

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What does not go through a proxy goes nowhere: no UDP of WebRTC, no name looked up by the browser.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
_NOWHERE = "http://127.0.0.1:9"  # the discard port: what belongs to no page reaches nobody
_AT_ONCE = 2  # pages open side by side
_FRAMES = 20
_PAGE_SECONDS = 30.0
_OPEN_SECONDS = 20.0
_FILL_SECONDS = 10.0
_CLOSE_SECONDS = 5.0
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.S)
_BLOCKED = {"image", "media", "font"}
_UNFIT = {"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie", "alt-svc"}
# True when the known boxes have stood with something in them, unchanged, from one look to the next.
_FILLED = """css => {
  const text = [...document.querySelectorAll(css)].map(box => box.innerText || "").join("");
  const stands = text.length > 80 && text === window.stoppressSeen;
  window.stoppressSeen = text;
  return stands;
}"""


def browser_settings(*, user_agent: str) -> dict[str, Any]:
    """Return what a crawl with a browser sets beside the project's settings.

    Raises ArchiveError if the extra or the browser is missing.
    """
    if find_spec("scrapy_playwright") is None:
        raise ArchiveError("expected the extra [browser] for --browser, found no scrapy-playwright; pip install 'stoppress[browser]'")
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses to run as root
    handler = _bounded_handler()
    return {
        "DOWNLOAD_HANDLERS": {**project_settings.DOWNLOAD_HANDLERS, "http": handler, "https": handler},
        # Nearer to the spider than decompression and redirects: what comes here is the page, whole and allowed.
        "DOWNLOADER_MIDDLEWARES": {**project_settings.DOWNLOADER_MIDDLEWARES, "crawler.browser.BrowserMiddleware": 550},
        "STOPPRESS_BROWSER_SECONDS": _PAGE_SECONDS,
        "DOWNLOAD_SLOTS": {"browser": {"concurrency": _AT_ONCE, "delay": 0}},
        "PLAYWRIGHT_BROWSER_PROVIDER": "crawler.browser.Chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": chromium(),
            "args": _ARGUMENTS,
            "chromium_sandbox": not root,
            "proxy": {"server": _NOWHERE, "bypass": "<-loopback>"},
            "handle_sigint": False,
            "handle_sigterm": False,
            "handle_sighup": False,
        },
        "STOPPRESS_BROWSER_CONTEXT": {"user_agent": user_agent, "service_workers": "block", "accept_downloads": False},
    }


def _bounded_handler() -> type:
    """Scrapy-playwright's handler; what it fetches without the browser, the page itself and robots.txt, has an end to its headers."""
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

    class BrowserHandler(BoundedHead, ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
        async def download_request(self, request: Request) -> Response:
            if request.meta.get("playwright"):  # nothing is asked of the host: what was fetched is opened
                opened: Response = await ScrapyPlaywrightDownloadHandler.download_request(self, request)
                return opened
            return await super().download_request(request)

    return BrowserHandler


def chromium() -> str:
    """Return the browser's program: STOPPRESS_CHROMIUM, else the first known one on PATH. Raises ArchiveError if there is none."""
    named = os.environ.get("STOPPRESS_CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found is None:
        problem = f"found no program at STOPPRESS_CHROMIUM, {named!r}" if named else f"found none of {', '.join(_PROGRAMS)} on PATH"
        raise ArchiveError(f"expected Chromium for --browser, {problem}; install it, or set STOPPRESS_CHROMIUM to where it is")
    return found


class Chromium:
    """What scrapy-playwright takes its browser from. Nothing is started before the first page."""

    def __init__(self, config: Any) -> None:
        config.target_closed_max_retries = 0  # a page that we closed is not to be opened again
        self.options = config.launch_options
        self.playwright: Any = None

    async def start(self) -> None:
        """Nothing yet: there is a handler for http and one for https, and most crawls need one of them."""

    async def launch_browser(self) -> Browser:
        from playwright.async_api import async_playwright

        self.playwright = await async_playwright().start()
        browser: Browser = await self.playwright.chromium.launch(**self.options)
        return browser

    async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> BrowserContext:
        raise NotImplementedError("every page has a context of its own, and nothing is kept")

    async def close(self) -> None:
        if self.playwright:
            await self.playwright.stop()


class BrowserMiddleware:
    """Puts in the place of an HTML page what Chromium makes of it. robots.txt, feeds and errors stay as they came."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.free = asyncio.Semaphore(_AT_ONCE)
        self.opened = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BrowserMiddleware:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        if request.meta.get("robots") or response.status != 200 or ReadPage(url=response.url, body=response.body).format != "html":
            return response
        async with self.free:
            settings = self.crawler.settings
            allowed, exempt = settings.getbool("STOPPRESS_ALLOW_PRIVATE"), settings.getlist("STOPPRESS_EXEMPT")
            async with BrowserProxy(allow_private=allowed, exempt=exempt) as proxy:
                html = await self._rendered(_Opened(response), proxy)
        largest = settings.getint("DOWNLOAD_MAXSIZE")
        if len(html) > largest:
            raise RefusedError("too_large", f"{response.url} grew to more than {largest // 1024**2} MiB in the browser; nothing was kept")
        headers = {name: values for name, values in response.headers.items() if name.lower().decode("latin-1") not in _UNFIT}
        headers |= {b"Content-Type": [b"text/html; charset=utf-8"], RENDERED_HEADER.encode(): [b"chromium"]}
        return HtmlResponse(url=response.url, status=200, headers=headers, body=html, encoding="utf-8", request=request)

    async def _rendered(self, opened: _Opened, proxy: BrowserProxy) -> bytes:
        """The page as it stands in the browser, UTF-8. Raises RefusedError if the browser cannot say."""
        url, seconds = opened.response.url, self.crawler.settings.getfloat("STOPPRESS_BROWSER_SECONDS")
        task = asyncio.ensure_future(self.crawler.engine.download_async(self._request(opened, proxy)))
        try:
            waits: set[asyncio.Future[Any]] = {task, opened.html}
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if opened.html.done():
                return opened.html.result().encode("utf-8", "replace")
            if not task.done():
                raise RefusedError("unreachable", f"{url} could not be read: the browser was not done with it after {seconds:.0f} s")
            error = task.exception()
            words = " ".join(str(error).split())[:300] if error else "it was no page for the browser"
            raise RefusedError("unreachable", f"{url} could not be read with the browser: {words}") from error
        finally:
            await opened.close()
            await asyncio.wait({task}, timeout=_CLOSE_SECONDS)
            if task.done() and not task.cancelled():
                task.exception()  # the page was closed under its hands: no error

    def _request(self, opened: _Opened, proxy: BrowserProxy) -> Request:
        from scrapy_playwright.page import PageMethod

        self.opened += 1
        return Request(
            opened.response.url,
            callback=NO_CALLBACK,
            meta={
                "robots": True,  # asked when the page was fetched
                "download_slot": "browser",
                "playwright": True,
                "playwright_include_page": True,
                "playwright_context": f"page {self.opened}",
                "playwright_context_kwargs": {
                    **self.crawler.settings.getdict("STOPPRESS_BROWSER_CONTEXT"),
                    "proxy": {"server": proxy.url, "bypass": "<-loopback>"},
                },
                "playwright_page_init_callback": opened.prepare,
                "playwright_page_goto_kwargs": {"wait_until": "commit", "timeout": 1000 * _OPEN_SECONDS},
                "playwright_page_methods": [PageMethod(opened.settle)],
            },
        )


class _Opened:
    """One page in the browser: what was fetched stands for its first navigation, and there is no second."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.html: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.page: Page | None = None
        self.navigated = False

    async def prepare(self, page: Page, request: Request) -> None:
        self.page = page
        await page.route("**", self.route)

    async def route(self, route: Route, asked: Asked) -> None:
        if asked.is_navigation_request() and asked.frame.parent_frame is None:
            if self.navigated:
                await route.fulfill(status=204)  # no content: the page stays and goes on, as after a download
                return
            self.navigated = True
            headers = {k.decode("latin-1").lower(): b", ".join(v).decode("latin-1") for k, v in self.response.headers.items()}
            headers = {name: value for name, value in headers.items() if name not in _UNFIT}
            await route.fulfill(status=200, headers=headers, body=self.response.body)
        elif asked.resource_type in _BLOCKED:
            await route.abort("blockedbyclient")
        else:
            await route.continue_()

    async def settle(self, page: Page) -> None:
        """Read the page when the network is quiet or the known boxes are filled, or after a while: some pages never rest."""
        milliseconds = 1000 * _FILL_SECONDS
        waits = {
            asyncio.ensure_future(page.wait_for_load_state("networkidle", timeout=milliseconds)),
            asyncio.ensure_future(page.wait_for_function(_FILLED, arg=CONTAINERS, polling=500, timeout=milliseconds)),
        }
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if all(wait.exception() for wait in done):
                await asyncio.wait(waits)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        html, framed = await page.content(), "".join([await self._framed(frame) for frame in page.frames[1:_FRAMES]])
        before, end, after = html.rpartition("</body>")
        if not self.html.done():
            self.html.set_result(f"{before}{framed}{end}{after}")

    async def _framed(self, frame: Frame) -> str:
        """What an embed of a known platform shows in a frame of its own, to stand at the end of the page; nothing of other frames."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                box = await frame.frame_element()
                known = frame.parent_frame and await box.evaluate("(box, css) => !!box.closest(css)", CONTAINERS)
                body = _BODY.search(await frame.content()) if known else None
                return f"<section>{body[1]}</section>" if body else ""
        except Exception:  # a frame that has gone, or does not answer, is no part of the page
            return ""

    async def close(self) -> None:
        if self.page is not None:
            with suppress(Exception):  # it may be gone already; the browser is closed at the end in any case
                await asyncio.wait_for(self.page.context.close(), _CLOSE_SECONDS)
