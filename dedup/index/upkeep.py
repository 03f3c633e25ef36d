"""What a disk needs besides writing, in the background: segments built and merged, the log moved into the database.

Nothing of it happens within a call but two short things: the row of a finished segment is written along with the next
articles, and the last few pages of the log are moved when the rest was, so that SQLite can begin it anew.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

from dedup.errors import IndexDamaged
from dedup.index.lookups import Built
from dedup.index.tables import connected
from dedup.index.worker import Worker

_LOG: Final = 16 * 2**20  # bytes of the log from which it is moved
_REST: Final = 256  # pages that may be moved within a call
_ROUNDS: Final = 4
_AT_RISK: Final = 0.5  # seconds after which sync="batch" sees to what was added


class Upkeep:
    """The background of one open index."""

    def __init__(self, path: Path, sync: str) -> None:
        self.sync = sync
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._worker = Worker("dedup-upkeep")
        self._building: set[tuple[int, int]] = set()
        self._built: list[Built] = []
        self._moving = self._moved = False
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def before_writing(self, db: sqlite3.Connection) -> None:
        """Raise what failed in the background, and finish what it began."""
        self._worker.check()
        if self._moved:
            self._moved = False
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def built(self) -> list[Built]:
        """Segments that are finished and not yet in the table."""
        with self._lock:
            return list(self._built)

    def registered(self, built: Sequence[Built]) -> None:
        """These are in the table now, or are not needed."""
        with self._lock:
            self._built = [one for one in self._built if one not in built]
            self._building -= {(one.row.first, one.row.last) for one in built}

    def after_writing(self, due: Sequence[tuple[tuple[int, int], Callable[[], Built]]]) -> None:
        """Hand over what is to be done: segments by the numbers that they are about."""
        for numbers, build in due:
            with self._lock:
                known = numbers in self._building
                self._building.add(numbers)
            if not known:
                self._worker.submit(partial(self._build, numbers, build))
        if not self._moving and not self._moved and self._log_size() > _LOG:
            self._moving = True
            self._worker.submit(self._move)
        if self.sync == "batch" and self._timer is None:
            self._timer = threading.Timer(_AT_RISK, self._sync_due)
            self._timer.daemon = True
            self._timer.start()

    def busy(self) -> bool:
        """Whether something is being built, or is built and not yet in the table."""
        with self._lock:
            return bool(self._building or self._built)

    def settle(self) -> None:
        """Wait for what was handed over."""
        self._worker.settle()

    def stop(self) -> None:
        """Finish, and end the thread."""
        if self._timer is not None:
            self._timer.cancel()
        self._worker.stop()

    def _build(self, numbers: tuple[int, int], build: Callable[[], Built]) -> None:
        try:
            built = build()
        except BaseException as error:
            with self._lock:
                self._building.discard(numbers)  # the next call hands it over again
            if isinstance(error, ValueError):  # what the segments hold is not what was written
                raise IndexDamaged(f"{self._path}: its lookups are damaged: {error}; open it again") from error
            raise
        with self._lock:
            self._built.append(built)

    def _log_size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0

    def _move(self) -> None:
        """Move the log into the database, until what is written meanwhile is little."""
        try:
            with closing(connected(self._path, "FULL")) as db:
                for _ in range(_ROUNDS):
                    _, pages, moved = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                    if pages - moved <= _REST:
                        break
            self._moved = True
        finally:
            self._moving = False

    def _sync_due(self) -> None:
        self._timer = None
        self._worker.submit(self._sync)

    def _sync(self) -> None:
        with suppress(FileNotFoundError):
            file = os.open(self._log, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
