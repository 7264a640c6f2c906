"""Posts what comes in on standard input to an address, under the guard of a crawl: `python -m crawler.posting URL`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response

from archive.folder import Folder
from crawler.crawling import crawl_settings, run


class PostSpider(Spider):
    """Posts one JSON object to one address."""

    name = "post"

    def __init__(self, url: str, body: bytes, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.body = body

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.url, method="POST", body=self.body, headers={"Content-Type": "application/json"}, meta={"robots": True})

    def parse(self, response: Response) -> None:
        if response.status >= 400:
            print(f"{response.url} answered {response.status}", file=sys.stderr)


def main(url: str, body: bytes) -> None:
    settings = crawl_settings(Folder(Path("nowhere")), ITEM_PIPELINES={}, REDIRECT_ENABLED=False)
    run(PostSpider, settings, polled=lambda found: None, url=url, body=body)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer.read())
