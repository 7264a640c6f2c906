"""Politeness and safety on one screen. Scrapy's library defaults ignore robots.txt and verify no certificate; ours do neither."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("stoppress")
except PackageNotFoundError:  # a checkout that was never installed
    VERSION = "0"

BOT_NAME = "stoppress"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# Who asks. The contact is required before the first request to a host that is not loopback.
STOPPRESS_CONTACT = os.environ.get("STOPPRESS_CONTACT", "")
STOPPRESS_COMMAND = "scrapy crawl"  # what the lock file says is at work
STOPPRESS_ARCHIVE = os.environ.get("STOPPRESS_ARCHIVE", "stoppress-archive")


def user_agent(contact: str) -> str:
    """Return the honest name we ask under."""
    return f"StopPress/{VERSION} ({'+' + contact if contact else 'news archive'})"


USER_AGENT = user_agent(STOPPRESS_CONTACT)

# Manners: one request at a time a host, a second between two, ten between two polls of a page.
CONCURRENT_REQUESTS = 16
CONCURRENT_ITEMS = 1  # an answer brings one item; for each that may be under way Scrapy starts a task with every answer
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
RANDOMIZE_DOWNLOAD_DELAY = False
STOPPRESS_POLL_GAP = 10.0
DOWNLOAD_TIMEOUT = 30
# Seconds without a sign of life after which a fetcher's polls are made by others (`run --queue`).
STOPPRESS_QUEUE_CLAIM_AFTER = float(os.environ.get("STOPPRESS_QUEUE_CLAIM_AFTER") or 60)
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
REDIRECT_MAX_TIMES = 5
RETRY_ENABLED = False  # the next poll is the retry
COOKIES_ENABLED = False
REFERER_ENABLED = False
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8", "Accept-Language": "en,*;q=0.5"}

# Safety: http and https alone, certificates verified, no proxy from the environment, nothing listening.
DOWNLOAD_HANDLERS = {
    "http": "crawler.limits.DownloadHandler",
    "https": "crawler.limits.DownloadHandler",
    **dict.fromkeys(("file", "data", "ftp", "s3")),
}
DOWNLOAD_VERIFY_CERTIFICATES = True
HTTPPROXY_ENABLED = False
METAREFRESH_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
TWISTED_DNS_RESOLVER = "crawler.guard.GuardedResolver"
STOPPRESS_ALLOW_PRIVATE = os.environ.get("STOPPRESS_ALLOW_PRIVATE") == "1"
STOPPRESS_EXEMPT: list[str] = []  # host:port of the sample site, exactly

ROBOTSTXT_OBEY = False  # by Scrapy's; ours is below, and refuses where Scrapy's allows
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
    "crawler.robots.RobotsMiddleware": 100,
    "crawler.limits.UnpackMiddleware": 590,
    "crawler.guard.RedirectMiddleware": 600,
}
# Polling asks for the same address again and again; `dont_filter` would turn the offsite filter off too.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

ITEM_PIPELINES = {"crawler.pipeline.RecordPipeline": 100}
# Each of these asks every answer, and has nothing to do for our spiders. A 404 is an outcome to count, no error to drop (HttpError).
_IDLE = ("start.StartSpider", "httperror.HttpError", "referer.Referer", "depth.Depth", "metacopy.MetaCopyDetection")
SPIDER_MIDDLEWARES = {f"scrapy.spidermiddlewares.{name}Middleware": None for name in _IDLE}
EXTENSIONS = {
    f"scrapy.extensions.{name}": None
    for name in ("corestats.CoreStats", "logcount.LogCount", "logstats.LogStats", "memusage.MemoryUsage", "spiderstate.SpiderState")
}
LOG_LEVEL = "ERROR"
STATS_DUMP = False
