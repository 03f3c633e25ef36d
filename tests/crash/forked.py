"""Work done in a process of its own, which may be killed, hang or die: what it told until then, and how it ended."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

Tell = Callable[[Any], None]
Work = Callable[[Tell], None]

HANG: Final = 60  # seconds after which a process is taken to hang
#: The processes that have not been waited for: their pipes are no business of those that are forked later.
_open: set[int] = set()


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process told, what it raised (a traceback, or ""), and the number of the signal that ended it, or 0."""

    told: list[Any]
    raised: str
    signal: int

    @property
    def fault(self) -> str:
        """What is wrong with it, "" if it ended well."""
        if self.signal == signal.SIGALRM:
            return "hangs"
        return f"died of signal {self.signal}" if self.signal else self.raised


class Child:
    """A process that does some work. It tells JSON values; each is with the parent once ``tell`` has returned."""

    def __init__(self, work: Work) -> None:
        self._pipe, theirs = os.pipe()
        self._rest = b""
        self.pid = os.fork()
        if not self.pid:
            for pipe in (*_open, self._pipe):
                os.close(pipe)
            _work(work, theirs)
        os.close(theirs)
        _open.add(self._pipe)

    def each(self, timeout: float = HANG) -> Iterator[Any]:
        """What it tells, one by one, until it ends or ``timeout`` seconds are over."""
        until = time.monotonic() + timeout
        while True:
            *lines, self._rest = self._rest.split(b"\n")
            if lines:
                self._rest = b"\n".join([*lines[1:], self._rest])
                yield json.loads(lines[0])
                continue
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._pipe], [], [], left)[0]:
                return
            if not (raw := os.read(self._pipe, 65536)):
                return
            self._rest += raw

    def kill(self) -> None:
        """End it at once, as kill -9 does."""
        os.kill(self.pid, signal.SIGKILL)

    def end(self) -> Ended:
        """Wait for its end."""
        told = list(self.each(2 * HANG))
        with suppress(ProcessLookupError):
            if not os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) and self._is_silent():
                self.kill()
        _, status = os.waitpid(self.pid, 0)
        os.close(self._pipe)
        _open.discard(self._pipe)
        raised = [one["raised"] for one in told if isinstance(one, dict) and "raised" in one]
        told = [one for one in told if not (isinstance(one, dict) and "raised" in one)]
        return Ended(told, "".join(raised), os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)

    def _is_silent(self) -> bool:
        return not select.select([self._pipe], [], [], HANG)[0]


def done(work: Work) -> Ended:
    """Have it done, and wait for the end."""
    return Child(work).end()


def _work(work: Work, pipe: int) -> None:
    def tell(value: Any) -> None:
        os.write(pipe, json.dumps(value).encode() + b"\n")

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(HANG)
    try:
        work(tell)
    except BaseException:
        tell({"raised": traceback.format_exc()})
    finally:
        os._exit(0)
