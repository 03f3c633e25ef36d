"""Indexes that are broken on purpose: what the harnesses must catch, or their green means nothing.

Each is a change made in the process that is tested, before it opens the index.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from dedup.index import disk, lookups, rows, upkeep
from dedup.index.home import Entry, Placed
from dedup.index.sightings import SeenAs


def acknowledges_before_commit() -> None:
    """The transaction of a call is committed along with the next one."""

    @contextmanager
    def transaction(self: rows.Rows, kind: str) -> Iterator[None]:
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        self._db.execute(f"BEGIN {kind}")
        yield

    before_writing = upkeep.Upkeep.before_writing

    def commits(self: upkeep.Upkeep, db: sqlite3.Connection) -> None:
        if db.in_transaction:
            db.execute("COMMIT")
        before_writing(self, db)

    close, sound = disk.DiskHome.close, rows.Rows.transaction

    def committed(self: disk.DiskHome) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        rows.Rows.transaction = sound  # type: ignore[method-assign]
        close(self)
        rows.Rows.transaction = transaction  # type: ignore[method-assign]

    rows.Rows.transaction = transaction  # type: ignore[method-assign]
    disk.DiskHome.close = committed  # type: ignore[method-assign]
    upkeep.Upkeep.before_writing = commits  # type: ignore[method-assign]


def text_in_a_transaction_of_its_own() -> None:
    """The text of an article is written after its row was committed."""
    add = rows.Rows.add

    def torn(self: rows.Rows, number: int, entry: Entry, day: int, status: SeenAs) -> None:
        add(self, number, entry, day, status)
        body = self._db.execute("SELECT * FROM body WHERE number = ?", (number,)).fetchone()
        self._db.execute("DELETE FROM body WHERE number = ?", (number,))
        self._db.execute("COMMIT")
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT INTO body VALUES (?, ?, ?)", body)

    rows.Rows.add = torn  # type: ignore[method-assign]


def never_syncs() -> None:
    """What the database writes is not synced."""
    disk._SYNCHRONOUS["always"] = "OFF"


def segments_not_synced() -> None:
    """Nor what Python writes."""

    class Careless:
        def __getattr__(self, name: str) -> object:
            return (lambda file: None) if name == "fsync" else getattr(os, name)

    lookups.os = Careless()  # type: ignore[assignment, attr-defined]


def hides_faults() -> None:
    """An article that could not be written is passed over."""
    add = rows.Rows.add

    def quiet(self: rows.Rows, number: int, entry: Entry, day: int, status: SeenAs) -> None:
        with suppress(sqlite3.Error):
            add(self, number, entry, day, status)

    @contextmanager
    def transaction(self: rows.Rows, kind: str) -> Iterator[None]:
        self._db.execute(f"BEGIN {kind}")
        yield
        with suppress(sqlite3.Error):
            self._db.execute("COMMIT")

    rows.Rows.add = quiet  # type: ignore[method-assign]
    rows.Rows.transaction = transaction  # type: ignore[method-assign]


def no_checksums() -> None:
    """What is read is taken for what was written."""
    rows.Rows._intact = lambda self, what, values: None  # type: ignore[method-assign]


def no_checksums_of_segments() -> None:
    """The same of segments."""
    from dedup.errors import IndexDamaged
    from dedup.kernels import Segment

    def mapped(self: lookups.Lookups, row: lookups.File) -> Segment:
        try:
            return Segment((self._folder / row.file).read_bytes())
        except ValueError as error:
            raise IndexDamaged(str(error)) from error

    lookups.Lookups._mapped = mapped  # type: ignore[method-assign]


def looks_up_before_it_inserts() -> None:
    """Articles are looked up in one transaction and inserted in the next."""
    place = disk.DiskHome.place

    def two_steps(self: disk.DiskHome, entries: Sequence[Entry]) -> list[Placed]:
        self._rows._db.execute("COMMIT")
        seen = self.look_up(entries)
        time.sleep(0.005)  # the other side is about to do the same
        self._rows._db.execute("BEGIN IMMEDIATE")
        self._mirror.hear()
        placed = place(self, entries)
        return [Placed(new.number, new.again, old.candidates) for new, old in zip(placed, seen, strict=True)]

    disk.DiskHome.place = two_steps  # type: ignore[method-assign]


BUILDS: Final[dict[str, Callable[[], None]]] = {
    one.__name__: one
    for one in (
        acknowledges_before_commit, text_in_a_transaction_of_its_own, never_syncs, segments_not_synced, hides_faults,
        no_checksums, no_checksums_of_segments, looks_up_before_it_inserts,
    )
}  # fmt: skip


def breaks(name: str | None) -> None:
    """Break the index of this process in the way of that name."""
    if name:
        BUILDS[name]()
