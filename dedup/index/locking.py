"""Who has an index open: many processes that share it, or one alone. The system lets go when a process ends."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from dedup.errors import IndexLocked

try:
    import fcntl
except ImportError:  # no such locks there: SQLite's own lock still parts writers
    fcntl = None  # type: ignore[assignment]

_LINE: Final = 32  # bytes of the number of the process that is alone
_WAIT: Final = 30.0  # seconds for one that opens the index, and makes lookups anew before it shares it
_PAUSE: Final = 0.01


class Lock:
    """A lock on a file, held until ``release``. Raises IndexLocked at once where another process is in the way.

    Where nobody else is there it is held alone at first, and ``share`` lets others in unless it stays ``alone``.
    """

    def __init__(self, path: Path, alone: bool) -> None:
        self._path = path
        self._alone = alone
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        self._first = False
        try:
            self._first = self._locked(exclusive=True)
            if self._first and (alone or self._holder()):
                os.pwrite(self._file, (f"{os.getpid()}\n" if alone else "").encode("ascii").ljust(_LINE, b"\0"), 0)
            elif not self._first and (alone or not (self._locked(exclusive=False) or self._let_in())):
                raise self._refused()
        except BaseException:
            self.release()
            raise

    def share(self) -> bool:
        """Let others in who share it; whether nobody was there before."""
        if self._first and not self._alone and not self._locked(exclusive=False):
            raise self._refused()
        return self._first

    def release(self) -> None:
        """Let everybody in."""
        if self._file >= 0:
            with suppress(OSError):
                os.close(self._file)
            self._file = -1

    def _let_in(self) -> bool:
        """Wait for one that is opening it and about to share it; False if it stays alone or takes too long."""
        end = time.monotonic() + _WAIT
        while not self._holder() and time.monotonic() < end:
            if self._locked(exclusive=False):
                return True
            time.sleep(_PAUSE)
        return False

    def _holder(self) -> str:
        return os.pread(self._file, _LINE, 0).decode("ascii", "replace").strip("\0 \n")

    def _locked(self, exclusive: bool) -> bool:
        if fcntl is None:
            return not exclusive or self._alone
        try:
            fcntl.flock(self._file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _refused(self) -> IndexLocked:
        holder = self._holder()
        if self._alone:
            why = "other processes have it open, and sync='close' needs it alone"
        else:
            why = f"process {holder or '?'} has it open alone (sync='close')"
        return IndexLocked(f"{self._path.parent}: {why}; try again when it is closed")
