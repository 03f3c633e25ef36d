"""Scrapy: an add-on that says of every item how its text was seen before.

``ADDONS = {"dedup.crawl.scrapy.Addon": 400}`` and ``DEDUP_INDEX = "news.dedup"`` are all that it needs; the settings
are in options.py. Crawls that run at once may share an index, and one that comes later goes on with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, Final, TypeVar

from itemadapter import ItemAdapter
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem, NotConfigured
from scrapy.settings import BaseSettings
from scrapy.statscollectors import StatsCollector
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.misc import load_object
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from xxhash import xxh3_64_hexdigest

from dedup.crawl.options import AGAIN, Options, unknown
from dedup.errors import DedupError
from dedup.index import Index, Sighting
from dedup.read import to_article
from dedup.records import Article

_TAG: Final = ("number", "status", AGAIN, "tokens", "novel_tokens", "first_seen")
_FIELD: Final = "dedup"
_PLACE: Final = 400
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Addon:
    """Puts the pipeline among the project's item pipelines, at the add-on's own place."""

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Raises UsageError for a wrong setting of the project: here it ends the command, and its status says so."""
        with suppress(NotConfigured):
            Options.of(settings)

    def update_settings(self, settings: BaseSettings) -> None:
        """Raises NotConfigured without DEDUP_INDEX, UsageError for a wrong setting."""
        Options.of(settings)
        for name in unknown(settings):
            _log.warning("There is no setting %s; it does nothing", name)
        addons = settings.getdict("ADDONS").items()
        place = next((place for addon, place in addons if load_object(addon) is type(self)), _PLACE)
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", Pipeline, place)


class Pipeline:
    """Adds the text of every item to the index and writes what it answers into the item's field ``dedup``.

    ``annotate`` writes ``Sighting.to_dict()``; ``tag`` the part of it that fits a row of a feed (number, status, again,
    tokens, novel_tokens, first_seen); ``drop`` drops items with a status of DEDUP_DROP and writes it all into the
    others. An item without text passes as it is. So does one that cannot be judged, unless DEDUP_ON_ERROR is "raise":
    no article is lost because of this.

    ``index`` is the open index, None before and after the crawl and where it could not be opened.
    """

    def __init__(self, crawler: Crawler, options: Options) -> None:
        self.index: Index | None = None
        self._crawler = crawler
        self._options = options
        self._fault: Exception | None = None  # why there is no index
        self._said: set[str] = set()
        self._waiting = 0  # items that wait for the index
        self._since = 0.0  # when the first of them began to
        self._closing: Deferred[None] | None = None  # until none waits
        self._seconds = 0.0  # during which any did
        self._texts = False
        self._without: str | None = None  # the fields of the first item that had no text

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Pipeline:
        """Raises NotConfigured without DEDUP_INDEX, UsageError for a wrong setting."""
        return cls(crawler, Options.of(crawler.settings))

    def open_spider(self, spider: Spider | None = None) -> Deferred[None] | Coroutine[Any, Any, None]:
        """Open the index."""
        return _for_scrapy(self._open(), spider)

    def close_spider(self, spider: Spider | None = None) -> Deferred[None] | Coroutine[Any, Any, None]:
        """Close the index."""
        return _for_scrapy(self._close(), spider)

    async def process_item(self, item: Any, spider: Spider | None = None) -> Any:
        """The item, with what the index says of it. Raises DropItem where the settings ask for that."""
        fields = ItemAdapter(item)
        record = {name: _plain(value) for name, value in fields.items()}
        text = record.get(self._options.fields.get("text", "text"))
        if not text or (isinstance(text, str) and not text.strip()):
            self._count("without_text")
            self._without = self._without or ", ".join(record)
            return item
        self._texts = True
        try:
            sighting = await self._added(record)
        except Exception as error:
            self._failed(error, "the item passes without 'dedup'")
            return item
        self._count_sighting(sighting)
        self._write(fields, sighting)
        if reason := self._against(sighting):
            raise DropItem(reason)
        return item

    async def _open(self) -> None:
        options = self._options
        opened = partial(Index.open, options.where, window=options.window, agencies=options.agencies, sync=options.sync)
        try:
            self.index = await _in_thread(opened)
        except Exception as error:
            self._fault = error
            self._failed(error, "all items pass without 'dedup'")

    async def _close(self) -> None:
        if self._without is not None and not self._texts:
            name = self._options.fields.get("text", "text")
            hint = f"DEDUP_FIELDS = {{'text': ...}} says which field holds it; the first had: {self._without}"
            _log.warning("No item had text in its field %r; %s", name, hint)
        if self._waiting:  # items of start(), for which Scrapy before 2.19 does not wait
            self._closing = Deferred()
            await (self._closing.asFuture(asyncio.get_running_loop()) if _has_loop() else self._closing)
        index, self.index = self.index, None
        if index is not None:
            try:
                await _in_thread(index.close)
            except Exception as error:
                self._failed(error, "the index was not closed in good order")

    async def _added(self, record: dict[str, Any]) -> Sighting:
        if self.index is None:
            raise self._fault.with_traceback(None) if self._fault else RuntimeError("the spider is not open")
        article = self._article(record)
        if not self._waiting:
            self._since = perf_counter()
        self._waiting += 1
        try:
            if _has_loop():
                return await self.index.aadd(article)
            return await deferToThread(self.index.add, article)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._rest()

    def _rest(self) -> None:
        """No item waits any more. Seconds in which many wait count once: they tell what an article costs."""
        self._seconds += perf_counter() - self._since
        self._stats.set_value("dedup/seconds", round(self._seconds, 6))
        if self._closing:
            self._closing.callback(None)

    def _article(self, record: dict[str, Any]) -> Article:
        """Its outlet is the item's, else the host of its URL, else the spider's name; without id and URL its words
        name it, so that it has the same id in every crawl. Raises InputError."""
        spider = self._crawler.spider.name if self._crawler.spider else ""
        article = to_article(record, spider, self._options.fields)
        name = f"{spider}:{xxh3_64_hexdigest(article.text.encode())}" if article.id == spider else article.id
        return replace(article, id=name, outlet=article.outlet or spider)

    def _write(self, fields: ItemAdapter, sighting: Sighting) -> None:
        found = sighting.to_dict()
        try:
            fields[_FIELD] = {name: found[name] for name in _TAG} if self._options.policy == "tag" else found
        except (KeyError, AttributeError, TypeError, ValueError):
            kind = type(fields.item).__qualname__
            self._count("unannotated")
            self._say(logging.WARNING, kind, f"{kind} takes no field {_FIELD!r}; add one to see what dedup found")

    def _against(self, sighting: Sighting) -> str | None:
        """Why an item is dropped, None if it is not."""
        if sighting.status in self._options.drop:
            of = sighting.matches[0].seen if sighting.matches else None
            return f"copy of {of.id} ({of.outlet}, number {of.number}): {sighting.status}" if of else sighting.status
        if sighting.again and AGAIN in self._options.drop:
            return f"added before, number {sighting.number}"
        return None

    def _failed(self, error: Exception, consequence: str) -> None:
        kind = type(error).__name__
        self._count("errors")
        self._count(f"errors/{kind}")
        if self._options.on_error == "raise":
            raise error
        unforeseen = None if isinstance(error, DedupError) else error
        hint = "more of this kind are only counted, in the stats as dedup/errors"
        self._say(logging.ERROR, kind, f"{kind}: {error}; {consequence} ({hint})", unforeseen)

    def _say(self, level: int, kind: str, message: str, error: Exception | None = None) -> None:
        """Log something, once for each kind."""
        if kind not in self._said:
            self._said.add(kind)
            _log.log(level, "%s", message, exc_info=error, extra={"spider": self._crawler.spider})

    def _count_sighting(self, sighting: Sighting) -> None:
        counted = ["checked", f"status/{sighting.status}"]
        counted += [sighting.status] if sighting.status in ("exact", "new") else []
        counted += ["matched"] if sighting.matches else []
        counted += [AGAIN] if sighting.again else []
        for name in counted:
            self._count(name)

    def _count(self, name: str) -> None:
        self._stats.inc_value(f"dedup/{name}")

    @property
    def _stats(self) -> StatsCollector:
        assert self._crawler.stats is not None
        return self._crawler.stats


def _for_scrapy(work: Coroutine[Any, Any, None], spider: Spider | None) -> Deferred[None] | Coroutine[Any, Any, None]:
    """Scrapy 2.13, which alone passes the spider, does not wait for a coroutine when it opens and closes one."""
    return work if spider is None else deferred_from_coro(work)


def _has_loop() -> bool:
    """Whether this runs in asyncio: with another reactor a coroutine can wait for a Deferred only."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _in_thread(call: Callable[[], _T]) -> _T:
    return await (asyncio.to_thread(call) if _has_loop() else deferToThread(call))


def _plain(value: Any) -> Any:
    """Item loaders without processors make a list of every field: one value is itself, strings are lines."""
    if isinstance(value, (list, tuple)) and value:
        if len(value) == 1:
            return value[0]
        if all(isinstance(part, str) for part in value):
            return "\n".join(value)
    return value
