"""Polls addresses with the browser while one host is exempt: `python -m tests.crawl_with_browser HOST:PORT ARCHIVE URL...`.

The variable PAGE_SECONDS: how long a page may take.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from archive.folder import Folder
from crawler.crawling import crawl_settings, run
from crawler.spiders.live import LiveSpider


def main(exempt: str, folder: Folder, urls: list[str]) -> None:
    seconds = {"STOPPRESS_BROWSER_SECONDS": os.environ["PAGE_SECONDS"]} if "PAGE_SECONDS" in os.environ else {}
    settings = crawl_settings(folder, contact="desk@example.org", browser=True, STOPPRESS_EXEMPT=[exempt], DOWNLOAD_DELAY=0, **seconds)
    run(LiveSpider, settings, polled=lambda polled: print(polled.url, polled.outcome, polled.message, polled.recorded.new), urls=urls)


if __name__ == "__main__":
    main(sys.argv[1], Folder(Path(sys.argv[2])), sys.argv[3:])
