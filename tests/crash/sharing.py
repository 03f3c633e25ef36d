"""An index and other processes: two that write, one that was forked, one that has it alone; files that are no index.

``pairs``: of two copies that two processes add at the same instant, exactly one sees the other.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from crash import forked
from crash.stories import NAME, Stories, base, copied, small
from crash.surviving import broken_in
from dedup import Config, Index, IndexFault
from dedup.errors import IndexLocked, IndexMismatch
from dedup.records import Article

_HAVE: Final = 40
_AT_ONCE: Final = 10  # seconds; to wait for a lock would take 30
_CALLS: Final[dict[str, Callable[[Index, Article], object]]] = {
    "add": lambda index, article: index.add(article),
    "add_many": lambda index, article: index.add_many([article]),
    "check": lambda index, article: index.check(article),
    "changes": lambda index, article: list(index.changes()),
    "scan": lambda index, article: index.scan(),
    "review": lambda index, article: index.review(),
    "expire": lambda index, article: index.expire("2026-03-02"),
    "info": lambda index, article: index.info(),
    "verify": lambda index, article: index.verify(),
    "settle": lambda index, article: index.settle(),
}


class Skip(Exception):  # noqa: N818
    """It cannot be tried on this machine."""


def pairs(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """So many pairs of copies added by two processes at the same instant."""
    small()
    stories = Stories.made(seed, 50)
    texts = Stories.made(seed + 1, trials)  # which are no reprints of one another but for every fifth
    start = copied(base(folder / "base", stories, _HAVE), folder / "trial")
    barrier = multiprocessing.get_context("fork").Barrier(2)

    def adder(side: int) -> forked.Work:
        def work(tell: forked.Tell) -> None:
            with Index.open(start) as index:
                for number in range(1, trials + 1):
                    article = texts.copy(number, f"side{side}.example")
                    barrier.wait(forked.HANG)
                    found = index.add(article)
                    tell([found.number, [match.seen.number for match in found.matches], found.more])
                    if not number % 100:
                        signal.alarm(forked.HANG)

        return broken_in(work, broken)

    children = [forked.Child(adder(side)) for side in (0, 1)]
    ends = [child.end() for child in children]
    faults = [end.fault for end in ends if end.fault]
    missed = twice = 0
    for one, two in zip(*(end.told for end in ends), strict=False):
        seen = (two[0] in one[1]) + (one[0] in two[1])
        missed += seen == 0
        twice += seen == 2
    numbers = sorted(told[0] for end in ends for told in end.told)
    if numbers != list(range(_HAVE + 1, _HAVE + 2 * trials + 1)):
        faults.append("numbers are missing or were given twice")
    with Index.open(start) as index:
        faults += index.verify()
    return {"missed": missed, "both_see": twice, "faults": missed + twice + len(faults), "shown": faults}


def run(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """Everything else, so many times."""
    small()
    stories = Stories.made(seed, 130)
    start = base(folder / "base", stories, _HAVE)
    figures: dict[str, Any] = {"ran": {}, "not_tried": {}}
    faults = []
    for name, scenario in _SCENARIOS.items():
        for trial in range(trials):
            path = copied(start, folder / f"{name}{trial}")
            ended = forked.done(broken_in(_told(scenario, path, stories), broken))
            for told in ended.told:
                if isinstance(told, dict):
                    figures["not_tried"][name] = told["skipped"]
                else:
                    faults.append(f"{name}: {told}")
            faults += [f"{name}: {ended.fault}"] if ended.fault else []
            if name not in figures["not_tried"]:
                figures["ran"][name] = trial + 1
    return {**figures, "faults": len(faults), "shown": faults}


def _told(scenario: Callable[[Path, Stories], Iterator[str]], path: Path, stories: Stories) -> forked.Work:
    def work(tell: forked.Tell) -> None:
        try:
            for fault in scenario(path, stories):
                tell(fault)
        except Skip as skip:
            tell({"skipped": str(skip)})

    return work


def _two_writers(path: Path, stories: Stories) -> Iterator[str]:
    """Each adds articles of its own and some that both add: the very same ones are stored once."""

    def writer(own: range) -> forked.Work:
        def work(tell: forked.Tell) -> None:
            with Index.open(path) as index:
                for at in (*own[:20], *range(100, 120), *own[20:]):
                    found = index.add(stories.articles[at])
                    tell([at, found.number, found.again])

        return work

    ends = [child.end() for child in [forked.Child(writer(own)) for own in (range(40, 70), range(70, 100))]]
    yield from (end.fault for end in ends if end.fault)
    told = [one for end in ends for one in end.told]
    numbers: dict[int, set[int]] = {}
    for at, number, _ in told:
        numbers.setdefault(at, set()).add(number)
    if any(len(own) > 1 for own in numbers.values()):
        yield "an article has two numbers"
    if sorted(number for _, number, again in told if not again) != list(range(_HAVE + 1, _HAVE + 81)):
        yield "numbers are not one after the other, or an article was stored twice"
    with Index.open(path) as index:
        yield from index.verify()
        there = {number: article.id for number, article in index._home.articles()}
        yield from (f"{number} is another article" for at, number, _ in told if there[number] != f"story-{at + 1}")
        yield from (f"{number} is not known" for number in there if not _knows(index, number, there, stories))


def _knows(index: Index, number: int, there: dict[int, str], stories: Stories) -> bool:
    story = int(there[number].removeprefix("story-"))
    return number in [match.seen.number for match in index.check(stories.copy(story)).matches]


def _forked(path: Path, stories: Stories) -> Iterator[str]:
    """A child that was forked cannot use the handle, cannot close it, and does no harm by ending."""
    index = Index.open(path)
    index.add_many(stories.articles[40:70])

    def child(tell: forked.Tell) -> None:
        nonlocal index
        for name, call in _CALLS.items():
            try:
                call(index, stories.articles[70].article)
                tell(f"{name} works after a fork")
            except IndexFault as fault:
                if "fork" not in str(fault):
                    tell(f"{name}: {fault}")
        index.close()
        del index
        gc.collect()  # SQLite closes its files here

    ended = forked.done(child)
    yield from [*ended.told, *filter(None, [ended.fault])]
    if index.add(stories.articles[70]).number != 71 or index.verify():
        yield "the child harmed the index of its parent"
    other = forked.done(lambda tell: _add_one(path, stories, 71, tell))
    yield from filter(None, [other.fault])
    if index.add(stories.articles[72]).number != 73 or not stories.known(index, 72):
        yield "after a fork its parent does not hear of others"
    index.close()


def _add_one(path: Path, stories: Stories, at: int, tell: forked.Tell) -> None:
    with Index.open(path) as index:
        tell(index.add(stories.articles[at]).number)


def _reads_only(path: Path, stories: Stories) -> Iterator[str]:
    """A folder that cannot be written to; root may write anywhere, so it is a file system that cannot."""
    with _read_only(path.parent):
        yield from _raises("opening an index there", lambda: Index.open(path), IndexFault)
        yield from _raises("making one there", lambda: Index.open(path.with_name("new.dedup")), IndexFault)
    with Index.open(path) as index:
        yield from index.verify()


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    try:
        subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skip("file systems cannot be mounted here (that needs root)") from error
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True, capture_output=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _database_reads_only(path: Path, stories: Stories) -> Iterator[str]:
    """A database that cannot be written in a folder that can: opening says so, not the first add."""
    try:
        subprocess.run(["chattr", "+i", str(path)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skip("files cannot be made immutable here") from error
    try:
        yield from _raises("opening a database that can only be read", lambda: Index.open(path), IndexFault)
    finally:
        subprocess.run(["chattr", "-i", str(path)], check=True)


def _other_files(path: Path, stories: Stories) -> Iterator[str]:
    """What is no index, or one of another time or Config, is refused and left as it is."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    yield from _refused(path, IndexMismatch)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 1")
    other = Config(num_perm=Config().num_perm * 2)
    yield from _refused(path, IndexMismatch, config=other)
    yield from _refused(path, IndexMismatch, store_text=False)
    text = path.with_name("notes.txt")
    text.write_text("Some notes, and no index. " * 500)
    yield from _refused(text, IndexFault)
    foreign = path.with_name("foreign.db")
    with closing(sqlite3.connect(foreign)) as db:
        db.execute("CREATE TABLE own (a)")
        db.execute("INSERT INTO own VALUES (1)")
        db.commit()
    yield from _refused(foreign, IndexFault)
    yield from _raises("a folder", lambda: Index.open(path.parent), IndexFault)
    yield from _raises("a folder that is not there", lambda: Index.open(path.parent / "no" / NAME), IndexFault)
    with Index.open(path) as index:
        yield from index.verify()


def _refused(path: Path, kind: type[Exception], **how: Any) -> Iterator[str]:
    before = path.read_bytes()
    yield from _raises(f"{path.name} {how}", lambda: Index.open(path, **how), kind)
    if path.read_bytes() != before:
        yield f"{path.name} is not as it was"


def _raises(what: str, call: Callable[[], object], kind: type[Exception]) -> Iterator[str]:
    began = time.monotonic()
    try:
        call()
    except kind:
        if time.monotonic() - began > _AT_ONCE:
            yield f"{what}: only after {time.monotonic() - began:.0f} s"
    except Exception as error:
        yield f"{what} raises {error!r}"
    else:
        yield f"{what} works"


def _alone(path: Path, stories: Stories) -> Iterator[str]:
    """sync="close" does not go together with others, whoever was there first; a killed holder holds nothing."""
    both: list[tuple[Any, Any]] = [("close", "always"), ("always", "close"), ("close", "close")]
    for mine, theirs in both:
        holder = forked.Child(lambda tell, theirs=theirs: _hold(path, theirs, tell))  # type: ignore[misc]
        if next(holder.each(), None) != "open":
            yield f"{theirs} does not open"
        yield from _raises(f"{mine} beside {theirs}", partial(Index.open, path, sync=mine), IndexLocked)
        holder.kill()
        holder.end()
        with Index.open(path, sync=mine) as index:
            yield from index.verify()
    with Index.open(path, sync="batch"):
        ended = forked.done(lambda tell: _add_one(path, stories, 40, tell))
        yield from filter(None, [ended.fault])


def _hold(path: Path, sync: Any, tell: forked.Tell) -> None:
    index = Index.open(path, sync=sync)
    tell("open")
    time.sleep(forked.HANG)
    index.close()


def _pickled(path: Path, stories: Stories) -> Iterator[str]:
    """A handle that is sent to another process is opened there anew."""
    with Index.open(path, window="400d") as index:
        index.add_many(stories.articles[40:50])
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            numbers = pool.starmap(add_there, [(index, stories.articles[at].article) for at in range(50, 56)])
        if sorted(numbers) != list(range(51, 57)):
            yield f"the numbers are {sorted(numbers)}"
        if not all(index.check(stories.copy(number)).status == "exact" for number in range(41, 57)):
            yield "what was added elsewhere is not known"
        yield from index.verify()


def add_there(index: Index, article: Article) -> int:
    """Add an article in a process that was spawned; its number."""
    with index:
        return index.add(article).number or 0


_SCENARIOS: Final = {
    "two_writers": _two_writers,
    "forked": _forked,
    "reads_only": _reads_only,
    "database_reads_only": _database_reads_only,
    "other_files": _other_files,
    "alone": _alone,
    "pickled": _pickled,
}
