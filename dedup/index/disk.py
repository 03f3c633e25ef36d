"""An index on a disk: SQLite holds the truth, the files beside it are lookups that can be made anew from it.

``news.dedup`` is the database, ``news.dedup-lookup`` the folder of segments (lookups.py). Every step is one
transaction: articles are inserted, looked up among all before them, compared, and recorded with their matches, under
SQLite's one lock for writers; of two copies added at the same instant, the second finds the first. What other processes
wrote is heard of at the next call.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from dedup.config import Config
from dedup.errors import IndexDamaged, IndexFault, InputError
from dedup.index import keys, packing
from dedup.index.home import Entry, Held, Placed, most_first
from dedup.index.locking import Lock
from dedup.index.lookups import Asked, Lookups
from dedup.index.mirror import Mirror
from dedup.index.packing import Body
from dedup.index.rows import Rows
from dedup.index.sightings import Change, Pair, Seen, SeenAs
from dedup.index.tables import connected, faults, look_at, open_tables
from dedup.index.upkeep import Upkeep
from dedup.index.verifying import faults_in
from dedup.kernels import Found
from dedup.records import Article, strongest

_SYNCHRONOUS: Final = {"always": "FULL", "batch": "NORMAL", "close": "NORMAL"}
_DELETED: Final = 64  # expired articles whose rows go along with one call


class DiskHome:
    """See the module. ``open`` makes one."""

    def __init__(self, path: Path, config: Config | None, store_text: bool | None, sync: str) -> None:
        self._path = path
        self._folder = path.with_name(f"{path.name}-lookup")
        self._sync = sync
        self._folder.mkdir(exist_ok=True)
        self._lock = Lock(self._folder / "lock", alone=sync == "close")
        self._upkeep = Upkeep(path, sync)
        self._db: sqlite3.Connection | None = None
        self._placed: dict[int, tuple[Entry, int]] = {}
        try:
            self._db = connected(path, _SYNCHRONOUS[sync])
            self.config, self._store_text = open_tables(self._db, path, config, store_text)
            self._rows = Rows(self._db, path, self.config, self._store_text)
            self._lookups = Lookups(self._folder, self.config.bucket_cap)
            self._mirror = Mirror(path, self._rows, self._lookups, self.config)
            if self._lock.share():
                self._lookups.remove_others(self._rows.files())
        except BaseException:
            self._release()
            raise

    @classmethod
    def open(cls, path: Path, config: Config | None, store_text: bool | None, sync: str) -> DiskHome:
        """Open the index in a file, or make it. Raises IndexFault and its kinds."""
        if path.is_dir() or not path.parent.is_dir():
            raise IndexFault(f"{path}: an index is a file in a folder that there is")
        with faults(path):
            if path.exists():
                look_at(path)
            return cls(path, config, store_text, sync)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """As the protocol says."""
        with faults(self._path):
            self._upkeep.before_writing(self._connection)
            try:
                with self._rows.transaction("IMMEDIATE"):
                    self._mirror.hear()
                    yield
                    built = self._upkeep.built()
                    gone = self._mirror.register(built)
                    self._mirror.delete_expired(_DELETED)
                    files = self._rows.files() if built or gone else None
            except BaseException:
                self._placed.clear()
                self._mirror.forget()
                raise
            self._placed.clear()
            if files is not None:
                self._mirror.use(files)
                self._lookups.remove([row.file for row in gone])
                self._upkeep.registered(built)
            self._upkeep.after_writing(self._lookups.due(self._mirror.last))

    def place(self, entries: Sequence[Entry]) -> list[Placed]:
        """As the protocol says."""
        again = self._again(entries)
        first: dict[bytes, int] = {}
        for at, entry in enumerate(entries):
            if not again[at]:
                first.setdefault(entry.identity, at)
        new, start = list(first.values()), self._mirror.last + 1
        found = self._mirror.place([entries[at] for at in new]) if new else None
        placed: dict[int, Placed] = {}
        for number, (at, candidates) in enumerate(zip(new, _listed(found), strict=True), start):
            day = entries[at].day or self._mirror.newest or datetime.now(UTC).toordinal()
            self._mirror.newest = max(self._mirror.newest, entries[at].day or 0)  # undated ones move no window
            self._placed[number] = entries[at], day
            placed[at] = Placed(number, False, candidates)
        there = [at for at in range(len(entries)) if at not in placed]
        found = self._lookups.look_up(Asked.of([entries[at].keys for at in there])) if there else None
        for at, candidates in zip(there, _listed(found), strict=True):
            placed[at] = _there(again[at] or placed[first[entries[at].identity]].number, candidates)
        return [placed[at] for at in range(len(entries))]

    def finish(self, numbers: Sequence[int], statuses: Sequence[SeenAs], pairs: Sequence[Pair]) -> None:
        """As the protocol says."""
        for number, status in zip(numbers, statuses, strict=True):
            self._rows.add(number, *self._placed[number], status)
        for pair in pairs:
            self._rows.add_pair(pair)

    def look_up(self, entries: Sequence[Entry]) -> list[Placed]:
        """As the protocol says."""
        with faults(self._path):
            self._mirror.listen()
            again = self._again(entries)
            found = _listed(self._lookups.look_up(Asked.of([entry.keys for entry in entries])))
            return [
                _there(number, own) if number else Placed(0, False, own)
                for number, own in zip(again, found, strict=True)
            ]

    def _again(self, entries: Sequence[Entry]) -> list[int]:
        """The number of each article that is there already, 0 for those that are not."""
        asked = Asked.of([np.array([keys.identity_key(entry.identity)], np.uint64) for entry in entries])
        found = _listed(self._lookups.look_up(asked))
        return [self._same(entry, [number for number, _ in own]) for entry, own in zip(entries, found, strict=True)]

    def _same(self, entry: Entry, numbers: Sequence[int]) -> int:
        for number in numbers:
            row = self._rows.article(number)
            if row is None:
                self._mirror.missing(number)
            elif row.identity == entry.identity:
                return number
        return 0

    def load(self, numbers: Sequence[int]) -> Mapping[int, Held]:
        """As the protocol says."""
        found = {}
        with faults(self._path):
            for number in numbers:
                body = self._body(number)
                if body is not None:
                    with suppress(InputError):
                        found[number] = packing.held(body, self.config)
        return found

    def stores_text(self) -> bool:
        """As the protocol says."""
        return self._store_text

    def articles(self, numbers: Sequence[int] | None = None) -> Iterator[tuple[int, Article]]:
        """As the protocol says."""
        with faults(self._path):
            self._mirror.listen()
        asked = np.arange(1, self._mirror.last + 1) if numbers is None else np.array(numbers, np.int64)
        for number in asked[~self._lookups.is_expired(asked)].tolist():
            with faults(self._path):
                body = self._body(number)
            if body is not None:
                yield number, packing.article(body)

    def _body(self, number: int) -> Body | None:
        """The body of an article, None if it expired. Raises IndexDamaged."""
        body = self._rows.body(number)
        if body is None:
            self._mirror.missing(number)
        return body

    def pairs(self) -> Mapping[tuple[int, int], Pair]:
        """As the protocol says."""
        with faults(self._path):
            self._mirror.listen()
            found = {(pair.earlier, pair.later): pair for _, pair in self._rows.pairs()}
        ends = np.array(list(found), np.int64).reshape(-1)
        lost = self._lookups.is_expired(ends)
        gone = (lost[::2] | lost[1::2]).tolist()
        return {pair: found[pair] for pair, lost_one in zip(list(found), gone, strict=True) if not lost_one}

    def changes(self, since: int, limit: int) -> list[Change]:
        """As the protocol says."""
        found: list[Change] = []
        with faults(self._path):
            self._mirror.listen()
            while len(found) < limit and (rows := list(self._rows.pairs(since, limit - len(found)))):
                since = rows[-1][0]
                sides = ((self._seen(pair.earlier), self._seen(pair.later)) for _, pair in rows)
                found += [
                    Change.of(cursor, earlier, later, pair)
                    for (cursor, pair), (earlier, later) in zip(rows, sides, strict=True)
                    if earlier and later
                ]
        return found

    def _seen(self, number: int) -> Seen | None:
        """What is said of an article, None if it expired."""
        if self._mirror.is_expired(number):
            return None
        body = self._body(number)
        if body is None:
            return None
        return Seen.of(number, packing.article(body), strongest(packing.credits(body)))

    def expire(self, before: int) -> int:
        """As the protocol says."""
        return self._mirror.expire(before)

    def last(self) -> int:
        """As the protocol says."""
        return self._mirror.last

    def newest(self) -> int:
        """As the protocol says."""
        return self._mirror.newest

    def info(self) -> Mapping[str, object]:
        """As the protocol says."""
        with faults(self._path):
            self._mirror.listen()
            files = self._rows.files()
            gone = int(np.diff(self._lookups.expired, axis=1).sum()) + len(self._lookups.expired)
            return {
                "articles": self._mirror.last - gone,
                "expired": gone,
                "last": self._mirror.last,
                "newest": datetime.fromordinal(self._mirror.newest).date().isoformat() if self._mirror.newest else None,
                **self._rows.counts(),
                "store_text": self._store_text,
                "segments": len(files),
                "lookup_bytes": sum(row.bytes for row in files),
                "database_bytes": self._path.stat().st_size,
            }

    def verify(self) -> list[str]:
        """As the protocol says."""
        with faults(self._path), self._rows.transaction("IMMEDIATE"):
            try:
                self._lookups.expired = self._rows.expired()
                return faults_in(self._path, self._rows, self._lookups)
            except IndexDamaged as error:
                return [str(error)]

    def settle(self) -> None:
        """As the protocol says."""
        while self._upkeep.busy():
            with faults(self._path):
                self._upkeep.settle()
            with self.writing():
                pass

    def close(self) -> None:
        """As the protocol says."""
        with faults(self._path):
            try:
                self._upkeep.stop()
                if self._upkeep.built():
                    with self.writing():
                        pass
                if self._sync != "always":
                    self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                self._release()

    def _release(self) -> None:
        self._upkeep.stop()
        if self._db is not None:
            self._db.close()
        self._lock.release()

    @property
    def _connection(self) -> sqlite3.Connection:
        assert self._db is not None
        return self._db


def _there(number: int, candidates: tuple[tuple[int, int], ...]) -> Placed:
    """An article that is there already: it is told of those before it."""
    return Placed(number, True, tuple(each for each in candidates if each[0] < number))


def _listed(found: Found | None) -> list[tuple[tuple[int, int], ...]]:
    """For each article the candidates, by number and shared keys, most first."""
    if found is None:
        return []
    each = list(zip(found.numbers.tolist(), found.shared.tolist(), strict=True))
    bounds = found.offsets.tolist()
    return [most_first(each[a:b]) for a, b in pairwise(bounds)]
