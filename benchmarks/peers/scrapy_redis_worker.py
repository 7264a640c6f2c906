"""A worker of scrapy-redis that asks for the pages it is given, run by the Python of an environment of its own: REDIS_URL."""

import hashlib
import sys

from scrapy.crawler import CrawlerProcess
from scrapy_redis.spiders import RedisSpider


class Pages(RedisSpider):
    name = "pages"
    redis_batch_size = 100

    def parse(self, response):
        yield {"url": response.url, "digest": "sha256:" + hashlib.sha256(response.body).hexdigest()}


if __name__ == "__main__":
    process = CrawlerProcess(
        {
            "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
            "SCHEDULER_PERSIST": True,
            "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
            "ITEM_PIPELINES": {"scrapy_redis.pipelines.RedisPipeline": 300},
            "REDIS_URL": sys.argv[1],
            "CONCURRENT_REQUESTS": 16,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": 1.0,
            "RANDOMIZE_DOWNLOAD_DELAY": False,
            "ROBOTSTXT_OBEY": True,
            "RETRY_ENABLED": True,
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
        }
    )
    process.crawl(Pages)
    process.start()
