"""Posts what comes in on standard input to an address, under the guard of a crawl: `python -m crawler.posting URL`.

Exits 0 if the address took it (2xx), else with a sentence: TEMPORARY if it may take it later, 1 if not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.present import web_address
from crawler.crawling import crawl_settings, run
from crawler.guard import RefusedError, describe, refusals

TEMPORARY = os.EX_TEMPFAIL
_LATER = (408, 425, 429)  # answers that ask for patience; 5xx do, too


class PostSpider(Spider):
    """Posts one JSON object to one address and yields what came of it: a status, or the error."""

    name = "post"

    def __init__(self, url: str, body: bytes, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.body = body

    async def start(self) -> AsyncIterator[Request]:
        yield Request(
            self.url,
            method="POST",
            body=self.body,
            headers={"Content-Type": "application/json"},
            meta={"robots": True},
            errback=self.failed,
        )

    def parse(self, response: Response) -> Iterator[dict[str, Any]]:
        yield {"status": response.status}

    def failed(self, failure: Any) -> Iterator[dict[str, Any]]:
        yield {"error": failure.value}


def main(url: str, body: bytes) -> int:
    """Post and return the exit code; what went wrong goes to standard error in one sentence."""
    if not web_address(url):
        print(f"expected an http or https address, found {url!r}", file=sys.stderr)
        return 1
    settings = crawl_settings(Folder(Path("nowhere")), ITEM_PIPELINES={}, REDIRECT_ENABLED=False, LOG_ENABLED=False)
    found: list[dict[str, Any]] = []
    run(PostSpider, settings, polled=found.append, url=url, body=body)
    outcome: dict[str, Any] = found[0] if found else {"error": ArchiveError("no answer")}
    if "status" in outcome:
        code = exit_code(outcome["status"])
        if code:
            print(f"{url} answered {outcome['status']}, expected 2xx", file=sys.stderr)
        return code
    error, host = outcome["error"], urlsplit(url).hostname or ""
    if host in refusals or isinstance(error, RefusedError):
        why = error.message if isinstance(error, RefusedError) else f"{refusals[host]}, which is refused"
        print(f"{url} was not told: {why}", file=sys.stderr)
        return 1
    print(f"{url} could not be reached: {describe(error)}", file=sys.stderr)
    return TEMPORARY


def exit_code(status: int) -> int:
    """Return the exit code for an answer.

    >>> [exit_code(status) for status in (200, 204, 302, 404, 429, 503)]
    [0, 0, 1, 1, 75, 75]
    """
    if 200 <= status < 300:
        return 0
    return TEMPORARY if status in _LATER or status >= 500 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.stdin.buffer.read()))
