"""The index that crawlers call: has this text been seen, where, and what is new in it?"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, TypeVar

from dedup import pipeline
from dedup.config import Config
from dedup.errors import IndexFault, InputError, UsageError
from dedup.index.arriving import Ready, Source, name_of, prepared, ready
from dedup.index.days import as_day, as_window
from dedup.index.disk import DiskHome
from dedup.index.home import Home, Placed
from dedup.index.judging import AtHand, Judged, judge
from dedup.index.learned import Learned
from dedup.index.memory import MemoryHome
from dedup.index.review import named_apart, review
from dedup.index.sightings import Change, Match, Pair, Sighting
from dedup.index.worker import Worker
from dedup.records import Prepared, Skipped
from dedup.results import Cluster
from dedup.scan import ScanResult, scan

MEMORY: Final = ":memory:"
_PAGE: Final = 1000  # changes that are read at once
_PAUSE: Final = 0.0002  # seconds after each article that is learned from in the background, for calls to go on

Sync = Literal["always", "batch", "close"]
_T = TypeVar("_T")
_OPEN: Final[weakref.WeakSet[Index]] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Settings:
    """What an index was opened with, so that another process can open it likewise."""

    where: str
    window: str | int | None
    config: Config | None
    agencies: str | None
    store_text: bool | None
    sync: Sync


class Index:
    """Articles that were seen, and a call that says how an article relates to them. ``Index.open`` makes one.

    An article may be an Article, a mapping with at least ``text``, the path of a file that holds one, or what
    ``prepare`` made of one with the same Config. Threads may share an index; after a fork it must be opened again.
    Pickled it is its path and how it was opened.
    """

    def __init__(self, home: Home, settings: Settings, config: Config) -> None:
        self._home = home
        self._settings = settings
        self._config = config
        self._window = as_window(settings.window)
        self._let_go_before = 0  # the day before which the window was emptied last
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._closed = False
        self._worker = Worker("dedup-learned") if settings.where != MEMORY else None
        self._calls = ThreadPoolExecutor(1, "dedup-index")  # its thread starts with the first call
        self._at_hand = AtHand(home.load, veiled=not home.stores_text())
        self._learned = Learned(config)
        self._heard_to = home.last()
        for number, article in self._plain(self._learned.wanted(self._heard_to).tolist()):
            self._learned.note(number, article)
        self._learned.learn()
        _OPEN.add(self)

    @classmethod
    def open(
        cls,
        where: str | Path,
        *,
        window: str | int | None = None,
        config: Config | None = None,
        agencies: str | None = None,
        store_text: bool | None = None,
        sync: Sync = "always",
    ) -> Index:
        """Open the index in a file, which is made where there is none, or a new one in memory (":memory:").

        ``window`` ("30d", or days) lets go of articles that are so much older than the newest. ``config`` must be
        the one that the index was made with; None takes that one. ``agencies`` is a file that extends the known
        agencies. ``sync`` says what a crash of the machine may cost: "always" nothing that a call has answered,
        "batch" the last second, "close" all since it was opened, and then the index is open for one process alone.
        Raises IndexMismatch, IndexLocked, IndexDamaged, IndexFault; UsageError for a wrong argument.
        """
        if sync not in ("always", "batch", "close"):
            raise UsageError(f"sync is {sync!r}; allowed are 'always', 'batch' and 'close'")
        settings = Settings(str(where), window, config, agencies, store_text, sync)
        as_window(window)
        if settings.where == MEMORY:
            if store_text is False:
                raise UsageError("an index in memory keeps the texts; store_text=False is for one in a file")
            used = config or Config()
            return cls(MemoryHome(used.bucket_cap), settings, used)
        home = DiskHome.open(Path(where), config, store_text, sync)
        try:
            return cls(home, settings, home.config)
        except BaseException:
            home.close()
            raise

    def add(self, article: Source) -> Sighting:
        """Store an article and say how it was seen before, as one step: of two copies added at the same instant, one
        finds the other. The very same article (outlet, URL, title, text) is stored once. Raises InputError for one
        that cannot be used, UsageError for a path that is not there, IndexFault where nothing was stored."""
        return self._added([self._ready(article)])[0]

    def add_many(self, articles: Iterable[Source], batch: int = 1024) -> list[Sighting | Skipped]:
        """The same for many, a batch at once; an article that cannot be used comes as Skipped in its place.

        All sightings are held together: feed a corpus larger than memory piece by piece.
        """
        if batch < 1:
            raise UsageError(f"batch is {batch!r}; allowed are whole numbers from 1")
        found: list[Sighting | Skipped] = []
        each = iter(articles)
        while chunk := list(islice(each, batch)):
            ready = [self._ready_or_skipped(article) for article in chunk]
            seen = iter(self._added([item for item in ready if isinstance(item, Ready)]))
            found += [item if isinstance(item, Skipped) else next(seen) for item in ready]
        return found

    def check(self, article: Source) -> Sighting:
        """How an article was seen before; nothing is stored. Raises InputError for one that cannot be used."""
        ready = self._ready(article)
        with self._using():
            return self._judged([ready], self._home.look_up([ready.entry]))[0].sighting

    async def aadd(self, article: Source) -> Sighting:
        """``add``, without holding up an event loop."""
        return await self._elsewhere(partial(self.add, article))

    async def acheck(self, article: Source) -> Sighting:
        """``check``, without holding up an event loop."""
        return await self._elsewhere(partial(self.check, article))

    def changes(self, since: int = 0) -> Iterator[Change]:
        """What became known after the cursor ``since``, in order: matches, so that the first copy hears of the second,
        and verdicts that ``review`` found to be others."""
        while True:
            with self._using():
                page = self._home.changes(since, _PAGE)
            yield from page
            if len(page) < _PAGE:
                return
            since = page[-1].cursor

    def review(self) -> int:
        """Judge all again with what is known by now of furniture and common phrases; how many verdicts changed.

        It costs what a scan of all articles costs. ``changes`` then has what is different.
        """
        with self._using():
            self._need_text("a review")
            articles = list(self._home.articles())  # before the pairs: what is heard of in between has its pairs, too
            changed = review(articles, self._home.pairs(), self._config, self._settings.agencies)
            with self._home.writing():
                self._home.finish([], [], changed)
            return len(changed)

    def scan(self) -> ScanResult:
        """What ``dedup scan`` says of all articles; of several with one id the later ones have numbers behind it."""
        with self._using():
            self._need_text("a scan")
            articles = named_apart(self._home.articles())
            return scan(articles.values(), config=self._config, agencies=self._settings.agencies)

    def clusters(self) -> tuple[Cluster, ...]:
        """The clusters of all articles, largest first: those of ``scan``."""
        return self.scan().clusters

    def expire(self, before: date | datetime | str) -> int:
        """Let go of all articles of days before that; how many they were. Raises UsageError for what is no day."""
        day = as_day(before)
        with self._using(), self._home.writing():
            return self._expired(day)

    def info(self) -> Mapping[str, object]:
        """Counts and settings, by name."""
        with self._using():
            return {"where": self._settings.where, "config": self._config.fingerprint(), **self._home.info()}

    def verify(self) -> list[str]:
        """Read and check all that is stored: what is not as it was written, each with its place."""
        with self._using():
            return self._home.verify()

    def settle(self) -> None:
        """Wait for the work in the background: learning from what was added, merging lookups."""
        with self._using():
            if self._worker:
                self._worker.settle()
            self._learned.learn()
            self._home.settle()

    def close(self) -> None:
        """Let go of the index. What was added is safe then, whatever ``sync`` says. Closing twice does nothing."""
        if self._closed or os.getpid() != self._process:
            return
        self._calls.shutdown()  # what was begun is finished
        self._closed = True
        with self._lock:
            if self._worker:
                self._worker.stop()
            self._home.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[[Settings], Index], tuple[Settings]]:
        if self._settings.where == MEMORY:
            raise UsageError("an index in memory cannot be handed to another process; open one in a file")
        return _reopened, (self._settings,)

    def _ready(self, source: Source) -> Ready:
        """Raises InputError."""
        self._check()
        plain = prepared(source, self._config, self._settings.agencies)
        with self._lock:
            furniture = self._learned.lore.furniture.of(plain)
        return ready(plain, furniture, self._config, self._settings.agencies)

    def _ready_or_skipped(self, source: Source) -> Ready | Skipped:
        try:
            return self._ready(source)
        except InputError as error:
            return Skipped(error.place or name_of(source), error.reason)
        except UsageError as error:
            if isinstance(source, (str, Path)):  # a file that is not there, or holds several articles
                return Skipped(str(source), str(error))
            raise

    def _added(self, ready: Sequence[Ready]) -> list[Sighting]:
        if not ready:
            return []
        with self._using():
            days = [item.entry.day for item in ready if item.entry.day]
            with self._writing(min(days, default=None)):
                placed = self._home.place([item.entry for item in ready])
                new = [at for at, place in enumerate(placed) if not place.again]
                judged = self._judged(ready, placed)
                pairs = [_pair(placed[at].number, match) for at in new for match in judged[at].matches]
                self._home.finish([placed[at].number for at in new], [judged[at].sighting.status for at in new], pairs)
            self._learn({placed[at].number: ready[at].plain for at in new})
        return [found.sighting for found in judged]

    @contextmanager
    def _writing(self, oldest: int | None) -> Iterator[None]:
        """A step of the home that adds articles, the ``oldest`` of that day; what a step that failed left at hand is
        forgotten."""
        try:
            with self._home.writing():
                yield
                self._let_go(oldest)
        except BaseException:
            self._at_hand.clear()
            raise

    def _let_go(self, oldest: int | None) -> None:
        """Expire what is older than the window, where it has moved on or something so old was added."""
        if self._window is None:
            return
        before = self._home.newest() - self._window
        if before > self._let_go_before or (oldest is not None and oldest < before):
            self._expired(before)
            self._let_go_before = before

    def _expired(self, before: int) -> int:
        gone = self._home.expire(before)
        if gone:
            self._at_hand.clear()
        return gone

    def _learn(self, new: Mapping[int, Prepared]) -> None:
        """Learn from new articles, and from those that other processes added."""
        others = [number for number in range(self._heard_to + 1, self._home.last() + 1) if number not in new]
        self._heard_to = self._home.last()
        wanted = {number: article for number, article in new.items() if self._learned.wants(number)}
        with suppress(IndexFault):  # what was added is stored; damage is told by who needs the article
            wanted |= dict(self._plain([number for number in others if self._learned.wants(number)]))
        due = [self._learned.note(number, wanted[number]) for number in sorted(wanted)]
        if any(due) and self._worker:
            self._worker.submit(partial(self._learned.learn, _PAUSE))
        elif any(due):
            self._learned.learn()

    def _need_text(self, what: str) -> None:
        if not self._home.stores_text():
            raise UsageError(f"{self._settings.where}: {what} needs the texts, and this index does not store them")

    def _plain(self, numbers: Sequence[int]) -> Iterator[tuple[int, Prepared]]:
        """Stored articles, prepared without what was learned; veiled where their texts are not stored."""
        if not self._home.stores_text():
            yield from ((number, held.article) for number, held in self._home.load(numbers).items())
            return
        for number, article in self._home.articles(numbers):
            with suppress(InputError):
                yield number, pipeline.prepare(article, self._config, self._settings.agencies)

    def _judged(self, ready: Sequence[Ready], placed: Sequence[Placed]) -> list[Judged]:
        articles = [item.entry.article for item in ready]
        return judge(articles, placed, self._at_hand, self._learned.lore, self._config)

    def _check(self) -> None:
        if self._closed:
            raise IndexFault(f"{self._settings.where}: the index is closed")
        if os.getpid() != self._process:
            raise IndexFault(
                f"{self._settings.where}: the index was opened before a fork; open it again in this process"
            )

    @contextmanager
    def _using(self) -> Iterator[None]:
        self._check()
        with self._lock:
            self._check()
            if self._worker:
                self._worker.check()
            yield

    async def _elsewhere(self, call: Callable[[], _T]) -> _T:
        import asyncio  # who waits by it has loaded it; for all others it would only be slow to start

        self._check()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._calls, call)
        except RuntimeError as error:
            raise IndexFault(f"{self._settings.where}: the index is being closed") from error


@atexit.register
def _close_all() -> None:
    """Close what nobody closed, while its threads can still end in peace."""
    for index in list(_OPEN):
        with suppress(IndexFault):
            index.close()


def _reopened(settings: Settings) -> Index:
    return Index.open(
        settings.where,
        window=settings.window,
        config=settings.config,
        agencies=settings.agencies,
        store_text=settings.store_text,
        sync=settings.sync,
    )


def _pair(number: int, match: Match) -> Pair:
    return Pair.of(match.seen.number, number, match.comparison)
