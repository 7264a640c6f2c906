"""Follows a sample page's older ones to the end: `python -m tests.crawl_older PORT ARCHIVE URL`. A process that tests may kill."""

from __future__ import annotations

import sys
from pathlib import Path

from archive.folder import Folder
from crawler.crawling import crawl_settings, run
from crawler.spiders.backfill import BackfillSpider


def main(port: int, folder: Folder, url: str) -> None:
    settings = crawl_settings(folder, STOPPRESS_EXEMPT=[url.split("/")[2]], DOWNLOAD_DELAY=0)
    run(BackfillSpider, settings, polled=lambda polled: print(polled.url, polled.outcome, flush=True), urls=(url,))


if __name__ == "__main__":
    main(int(sys.argv[1]), Folder(Path(sys.argv[2])), sys.argv[3])
