"""Work in the background: one thread, one job after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]


class Worker:
    """Runs jobs in the order in which they were handed over. The thread starts with the first one.

    A job that fails does not end the thread: what it raised comes out of the next ``check``.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._failed: BaseException | None = None
        self._stopped = False

    def submit(self, job: Job) -> None:
        """Hand over a job; after ``stop`` nothing is done."""
        if self._stopped:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def check(self) -> None:
        """Raise what a job raised since the last time."""
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed

    def settle(self) -> None:
        """Wait until all that was handed over is done; raises what a job raised."""
        if self._thread is not None:
            done = threading.Event()
            self._jobs.put(done.set)
            done.wait()
        self.check()

    def stop(self) -> None:
        """Finish what was handed over, and end the thread."""
        self._stopped = True
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except BaseException as error:
                self._failed = error
