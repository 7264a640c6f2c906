"""Polls every live page of a running sample site once: `python -m tests.crawl_sample PORT ARCHIVE`. A process that tests may kill."""

from __future__ import annotations

import sys
from pathlib import Path

from archive.folder import Folder
from crawler.crawling import crawl_settings, run
from crawler.demo import live_urls
from crawler.spiders.live import LiveSpider


def main(port: int, folder: Folder) -> None:
    hosts = sorted({url.split("/")[2] for url in live_urls(port)})
    settings = crawl_settings(folder, STOPPRESS_EXEMPT=hosts, DOWNLOAD_DELAY=0)
    run(LiveSpider, settings, polled=lambda polled: print(polled.url, polled.recorded.new, polled.recorded.edited), urls=live_urls(port))


if __name__ == "__main__":
    main(int(sys.argv[1]), Folder(Path(sys.argv[2])))
