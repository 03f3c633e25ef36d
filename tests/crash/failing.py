"""Every call on a file of the index made to fail in turn, and disks that are full.

Of each call of the index it is asked that it gives a right answer or raises an IndexFault, that what was acknowledged
is there, and that the index works again, in the same process, once the disk does.
"""

from __future__ import annotations

import errno
import resource
import signal
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import dedup
from crash import forked, shim
from crash.stories import FIRST_DAY, Stories, base, copied, random_of, small
from crash.surviving import Heard, broken_in, verdict

#: (kinds of calls, the error, whether all calls after the first fail too)
FAULTS: Final = tuple(
    (kind, error, lasting)
    for kind, errors in {
        "open": ("EACCES", "EMFILE"),
        "write": ("EIO", "ENOSPC"),
        "sync": ("EIO",),
        "truncate": ("ENOSPC",),
        "rename": ("EIO",),
        "mmap": ("ENOMEM",),
        "read": ("EIO",),
        "unlink": ("EACCES",),
    }.items()
    for error in errors
    for lasting in (False, True)
)
_HAVE: Final = 60  # articles: the next four fill a block, whose segment is merged with three others
_PARTS: Final = ((60, 61), (61, 68), (68, 69), (69, 82))
_TRIES: Final = 3  # what failed in the background is told by the next call
_SHOWN: Final = 5
_HANGS: Final = 10  # seconds


class Calls:
    """Calls an index, and keeps what was acknowledged and what should not have been raised."""

    def __init__(self, path: Path, stories: Stories, tell: forked.Tell) -> None:
        self._path, self._stories, self._tell = path, stories, tell
        self.index: dedup.Index | None = None
        self.have, self.faults, self.last = _HAVE, 0, ""

    def attempt(self, what: str, call: Callable[[], object]) -> bool:
        """Whether the call succeeded. An IndexFault is counted, anything else is told."""
        try:
            call()
        except dedup.IndexFault as fault:
            self.faults, self.last = self.faults + 1, str(fault)
            return False
        except BaseException:
            self._tell({"foreign": f"{what}: {traceback.format_exc()}"})
            return False
        return True

    def open(self) -> None:
        """Open the index, unless it is."""
        if self.index is None:
            self.index = dedup.Index.open(self._path)

    def add(self, count: int) -> None:
        """Add the next articles."""
        assert self.index
        self._tell({"adding": count})
        found = self.index.add_many(self._stories.articles[self.have : self.have + count])
        self._tell({"added": [sighting.number for sighting in found]})  # type: ignore[union-attr]
        self.have += count

    def check(self) -> None:
        """Copies of the first article that is surely there, and of the last."""
        assert self.index
        for number in (21, self.have):
            if not self._stories.known(self.index, number):
                self._tell({"wrong": f"a copy of {number} is not known"})

    def all(self) -> None:
        """A little of everything."""
        if not self.attempt("open", self.open):
            return
        assert self.index
        for first, after in _PARTS:
            self.attempt("add", lambda count=after - first: self.add(count))  # type: ignore[misc]
            self.attempt("check", self.check)
            self.attempt("settle", self.index.settle)
        self._tell({"expiring": (FIRST_DAY + timedelta(days=1)).isoformat()})
        self.attempt("expire", lambda: self.index.expire(FIRST_DAY + timedelta(days=1)))  # type: ignore[union-attr]
        self.attempt("changes", lambda: list(self.index.changes()))  # type: ignore[union-attr]
        self.attempt("info", self.index.info)

    def again(self) -> None:
        """The disk works again: so must the index."""
        for what, call in (("open", self.open), ("add", lambda: self.add(2)), ("check", self.check)):
            if not any(self.attempt(what, call) for _ in range(_TRIES)):
                self._tell({"stuck": f"{what} ({self.last})"})
                return
        assert self.index
        for _ in range(_TRIES):
            if self.attempt("settle", self.index.settle):
                break
        else:
            self._tell({"stuck": f"settle ({self.last})"})
        self.attempt("close", self.index.close)


def run(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """Each kind of call fails with each error, the n-th only or from then on, for every n or a sample."""
    small(log=32 * 1024)
    stories = Stories.made(seed, 110)
    start = base(folder / "base", stories, _HAVE)
    counts = {kind: _calls_of(start, folder, stories, shim.KINDS[kind]) for kind in shim.KINDS}
    every = [(*fault, nth) for fault in FAULTS for nth in range(1, counts[fault[0]] + 3)]
    chosen = every if trials >= len(every) else sorted(random_of(seed).sample(every, trials))
    figures: dict[str, Any] = {"calls": counts, "trials_made": len(chosen), "struck": 0, "faults_raised": 0}
    found: list[str] = []
    for kind, error, lasting, nth in chosen:
        path = copied(start, folder / "trial")
        work = _struck(path, stories, (shim.KINDS[kind], nth, getattr(errno, error), lasting))
        ended = forked.done(broken_in(work, broken))
        told = {name: value for one in ended.told for name, value in one.items()}
        figures["struck"] += bool(told.get("struck"))
        figures["faults_raised"] += told.get("faults_raised", 0)
        if wrong := _wrong(path, stories, ended):
            found.append(f"{error} at {told.get('struck') or f'{kind} {nth}'} ({nth}, {lasting=}): {wrong}")
    return {**figures, "faults": len(found), "shown": _various(found)}


def _various(found: list[str]) -> list[str]:
    """A few that are not alike: their last lines differ."""
    return list({one.strip().rsplit("\n", 1)[-1][-80:]: one for one in found}.values())[:_SHOWN]


def _wrong(path: Path, stories: Stories, ended: forked.Ended) -> str:
    """What is wrong with how it ended or with what is found later, "" if nothing is."""
    if ended.fault:
        return ended.fault
    told = [f"{name}: {one[name]}" for one in ended.told for name in ("foreign", "wrong", "stuck") if name in one]
    heard = Heard.of(ended.told, _HAVE)
    found = verdict(path, stories, heard, whole_calls=False)
    return "; ".join([*told, found.fault]) if told or found.fault else ""


def _calls_of(start: Path, folder: Path, stories: Stories, kinds: int) -> int:
    ended = forked.done(_struck(copied(start, folder / "trial"), stories, (kinds, 0, 0, False)))
    assert not ended.fault, ended.fault
    return sum(one.get("calls", 0) for one in ended.told)


def _struck(path: Path, stories: Stories, fault: tuple[int, int, int, bool]) -> forked.Work:
    def work(tell: forked.Tell) -> None:
        signal.alarm(_HANGS)
        kinds, nth, error, lasting = fault
        calls = Calls(path, stories, tell)
        shim.watch(path.parent)
        shim.arm(shim.FAIL, kinds, nth, error, lasting)
        calls.all()
        tell({"calls": shim.count(), "struck": shim.struck(), "faults_raised": calls.faults})
        shim.disarm()
        calls.again()

    return work


def full(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """Disks of so many sizes, all too small, filled by adding; then room is made."""
    if not _mounts(folder):
        return {"skipped": "a tmpfs cannot be mounted here (that needs root)"}
    return _full(folder, trials, (seed, broken), _small_disk)


def limited(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """The same with a limit on the size of files: what a process without rights can have instead."""
    return _full(folder, trials, (seed, broken), _no_disk)


def _full(folder: Path, trials: int, how: tuple[int, str | None], disk: Callable[[Path, int], Any]) -> dict[str, Any]:
    small(log=32 * 1024)
    seed, broken = how
    stories = Stories.made(seed, 400)
    start = base(folder / "base", stories, _HAVE)
    needed = sum(file.stat().st_size for file in start.rglob("*") if file.is_file())
    found, raised = [], 0
    for trial in range(trials):
        size = needed + 150_000 + random_of(seed, trial).randrange(900_000)
        with disk(folder / f"disk{trial}", size) as where:
            path = copied(start, where / "trial")
            ended = forked.done(broken_in(_filling(path, stories, size if disk is _no_disk else 0), broken))
            raised += sum(one.get("faults_raised", 0) for one in ended.told)
            if wrong := _wrong(path, stories, ended):
                found.append(f"trial {trial}, {size} bytes: {wrong}")
    return {"faults_raised": raised, "faults": len(found), "shown": _various(found)}


def _filling(path: Path, stories: Stories, limit: int) -> forked.Work:
    def work(tell: forked.Tell) -> None:
        signal.alarm(_HANGS)
        calls = Calls(path, stories, tell)
        ballast = path.parent.parent / "ballast"
        if limit:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit // 3, resource.RLIM_INFINITY))
        else:
            ballast.write_bytes(bytes(100_000))
        if calls.attempt("open", calls.open):
            while calls.have < len(stories) - 20 and calls.faults < _TRIES:
                calls.attempt("add", lambda: calls.add(5))
                calls.attempt("check", calls.check)
        tell({"faults_raised": calls.faults})
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        else:
            ballast.unlink()
            _grow(path.parent.parent)
        calls.again()

    return work


@contextmanager
def _small_disk(where: Path, size: int) -> Iterator[Path]:
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "crash", str(where)], check=True)
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def _grow(where: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(where)], check=True)


@contextmanager
def _no_disk(where: Path, size: int) -> Iterator[Path]:
    where.mkdir()
    yield where


def _mounts(folder: Path) -> bool:
    """Whether file systems can be mounted here."""
    with suppress(OSError, subprocess.CalledProcessError), _small_disk(folder / "probe", 65536):
        return True
    return False
