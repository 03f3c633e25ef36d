"""A process of its own for a crawl, for a reactor cannot be started twice. Prints what came of it as JSON.

``python crawl_a_site.py '{"url": ..., "spiders": [name, ...], "settings": {...}}'``. A spider takes the outlet from the
page, or its name where the page has none. With ``closed`` something closes the index before the first page.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

from dedup.crawl.scrapy import Pipeline

CAME: dict[str, list[dict[str, Any]]] = {"items": [], "dropped": [], "failed": [], "stats": []}


class Site(scrapy.Spider):
    """Follows the links of the first page, in order, and makes an item of every other one."""

    name = "site"
    start_url = ""
    closed = False

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> Site:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.opened, signals.spider_opened)
        crawler.signals.connect(spider.scraped, signals.item_scraped)
        crawler.signals.connect(spider.dropped, signals.item_dropped)
        crawler.signals.connect(spider.failed, signals.item_error)
        crawler.signals.connect(spider.finished, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(self.start_url)

    def parse(self, response: Response) -> Iterator[Any]:
        for number, link in enumerate(response.css("a::attr(href)").getall()):
            yield response.follow(link, self.page, priority=-number)

    def page(self, response: Response) -> Iterator[Any]:
        outlet = response.css("meta[name=outlet]::attr(content)").get()
        item = {
            "url": response.url,
            "title": response.css("title::text").get(),
            "published": response.css("meta[name=published]::attr(content)").get(),
            "text": "\n\n".join(response.css("p::text").getall()),
            "outlet": outlet or self.name,
        }
        yield {name: value for name, value in item.items() if value}

    def opened(self, spider: Any) -> None:
        if self.closed:
            self.crawler.get_item_pipeline(Pipeline).index.close()

    def scraped(self, item: Any, spider: Any) -> None:
        CAME["items"].append({"spider": self.name, **item})

    def dropped(self, item: Any, exception: Exception, spider: Any) -> None:
        CAME["dropped"].append({"why": str(exception), **item})

    def failed(self, item: Any, failure: Any, spider: Any) -> None:
        CAME["failed"].append({"why": repr(failure.value), **item})

    def finished(self, spider: Any) -> None:
        CAME["stats"].append(dict(self.crawler.stats.get_stats()))


def main(asked: dict[str, Any]) -> None:
    quiet = {"TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, "ROBOTSTXT_OBEY": False}
    settings = {"ADDONS": {"dedup.crawl.scrapy.Addon": 400}, "CONCURRENT_REQUESTS": 1, **quiet, **asked["settings"]}
    reactorless = not settings.get("TWISTED_REACTOR_ENABLED", True)
    process = (scrapy.crawler.AsyncCrawlerProcess if reactorless else CrawlerProcess)(settings)
    for name in asked["spiders"]:
        process.crawl(type(name, (Site,), {"name": name}), start_url=asked["url"], closed=asked.get("closed", False))
    process.start()
    print(json.dumps(CAME, default=str))  # noqa: T201 - the answer


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(json.loads(sys.argv[1]))
