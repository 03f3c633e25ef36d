"""What a process holds of an index on a disk, kept in step with the database: lookups, and what expired.

Other processes write too: their articles, segments and expired ranges are taken in at the beginning of the next step.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from dedup.config import Config
from dedup.errors import IndexDamaged
from dedup.index import keys
from dedup.index.home import Entry
from dedup.index.lookups import Asked, Built, File, Lookups, block_of, numbers_of
from dedup.index.rows import Rows
from dedup.kernels import Found
from dedup.records import Ints

_NEVER: Final = -1  # a version that the database does not have


class Mirror:
    """Lookups of all rows, the greatest number ``last`` and the ``newest`` day."""

    def __init__(self, path: Path, rows: Rows, lookups: Lookups, config: Config) -> None:
        self._path = path
        self._rows = rows
        self._config = config
        self.lookups = lookups
        self.last = self.newest = 0
        self._loaded = 0  # numbers up to this one are in the lookups
        self._version = _NEVER
        self._backlog: list[tuple[int, int]] = []  # ranges of expired articles whose rows may still be there
        with rows.transaction("IMMEDIATE"):
            self._mend()
            self.hear()
            self._backlog = [(first, last) for first, last in lookups.expired.tolist()]

    def place(self, entries: Sequence[Entry]) -> Found:
        """Give numbers to new articles, and look each up among those before it. Within a transaction."""
        start = self.last + 1
        self.last = self._loaded = self.last + len(entries)
        return self.lookups.add_and_look_up(start, Asked.of([entry.keys for entry in entries]))

    def listen(self) -> None:
        """Hear what other processes wrote, if they wrote anything. Outside of a transaction."""
        if self._rows.version() != self._version:
            with self._rows.transaction("DEFERRED"):
                self.hear()

    def hear(self) -> None:
        """Take in what other processes wrote. Within a transaction."""
        version = self._rows.version()
        if version == self._version:
            return
        self.lookups.expired = self._rows.expired()
        self.last, self.newest = self._rows.last(), self._rows.newest()
        self.use(self._rows.files())
        for first, last in self.lookups.uncovered(self._loaded + 1, self.last):
            self._take_in(first, last)
        self._loaded = self.last
        self._version = version

    def use(self, files: Sequence[File]) -> None:
        """Use these segments; what those are about that cannot be used is taken into memory."""
        for row in self.lookups.use(files):
            for block in range(block_of(row.first), block_of(row.last) + 1):
                if not self.lookups.holds(block):
                    self._take_in(*numbers_of(block))

    def _take_in(self, first: int, last: int) -> None:
        """Take the articles of a range into memory. Raises IndexDamaged if one is missing."""
        wanted = np.arange(first, last + 1)
        wanted = wanted[~self.lookups.is_expired(wanted)]
        numbers, posted = [], []
        for row, sketched in self._rows.between(first, last):
            numbers.append(row.number)
            posted.append(keys.posted(*sketched, row.identity, self._config))
        for number in np.setdiff1d(wanted, np.array(numbers, np.int64)).tolist():
            self.missing(number)
        if numbers:
            self.lookups.add(np.array(numbers, np.int64), Asked.of(posted))

    def _mend(self) -> None:
        """Build the segments of full blocks that have none that can be used. Within a transaction, on opening."""
        self._rows.ask_to_write()
        files = self._rows.files()
        bad = self.lookups.use(files)
        if bad or not self._rows.has_only(files):  # the table itself may be damaged
            self._rows.rewrite_files([row for row in files if row not in bad])
        self.lookups.expired = self._rows.expired()
        for first, last in self.lookups.uncovered(1, self._rows.last()):
            for block in range(block_of(first), block_of(last + 1)):
                self._take_in(*numbers_of(block))
                if self.lookups.holds(block):
                    built = self.lookups.build_block(block)
                    self._rows.replace_files((), [built.row])
                    self.lookups.forget()
        self.lookups.use(self._rows.files())

    def register(self, built: Sequence[Built]) -> list[File]:
        """Write finished segments into the table; the files that no longer count."""
        if not built and not self._backlog:
            return []
        files, gone = self._rows.files(), []
        for one in built:
            replaced = [row for row in files if row.first in one.replaced]
            others = [row for row in files if row.first <= one.row.last and one.row.first <= row.last]
            if len(replaced) == len(one.replaced) and others == replaced:
                self._rows.replace_files(replaced, [one.row])
                files = [row for row in files if row not in replaced] + [one.row]
                gone += replaced
        dead = [row for row in files if not self.lookups.alive(row.first, row.last)]
        self._rows.replace_files(dead, ())
        return gone + dead

    def expire(self, before: int) -> int:
        """Let go of the articles of days before that; how many. Within a transaction."""
        numbers = self._rows.older(before)
        fresh = numbers[~self.lookups.is_expired(numbers)]
        if len(fresh):
            ranges = _joined(np.concatenate([self.lookups.expired, np.stack([fresh, fresh], 1)]))
            self._rows.write_expired(ranges)
            self.lookups.expired = ranges
            self._backlog = [(first, last) for first, last in ranges.tolist()]
        return len(fresh)

    def delete_expired(self, limit: int) -> None:
        """Delete rows of expired articles, a few at a time."""
        while limit > 0 and self._backlog:
            deleted = self._rows.delete(*self._backlog[-1], limit)
            if deleted < limit:
                self._backlog.pop()
            limit -= deleted

    def missing(self, number: int) -> None:
        """Raises IndexDamaged unless an article expired, which another process may have seen to just now."""
        if not self.is_expired(number):
            self.lookups.expired = self._rows.expired()
        if not self.is_expired(number):
            raise IndexDamaged(f"{self._path}: article {number} is missing; restore a copy, or make the index anew")

    def is_expired(self, number: int) -> bool:
        """Whether an article expired, as far as is known."""
        return bool(self.lookups.is_expired(np.array([number], np.int64))[0])

    def forget(self) -> None:
        """After a step that failed: what is in memory may be of articles that are not there."""
        self._backlog.clear()  # what was to expire may not have; the next expiry or opening has it anew
        self.lookups.forget()
        self._loaded, self._version = 0, _NEVER


def _joined(ranges: Ints) -> Ints:
    """(k, 2) ranges in order, those that touch as one."""
    ranges = ranges[ranges[:, 0].argsort()]
    starts = np.concatenate(([True], ranges[1:, 0] > ranges[:-1, 1] + 1))
    ends = np.append(np.flatnonzero(starts)[1:] - 1, len(ranges) - 1)
    return np.stack([ranges[starts, 0], ranges[ends, 1]], 1)
