"""kill -9: at random moments, and at each system call of a few commits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import dedup
from crash import forked, shim
from crash.stories import FIRST_DAY, Stories, base, copied, random_of, small
from crash.surviving import Heard, Verdict, adding, broken_in, verdict

_BASES: Final = (0, 14, 62, 125)  # articles that an index has when a trial begins: it has no, one, or many segments
_SHOWN: Final = 5


def run(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """Kill a process that adds at a random moment, open the index again and look, so many times."""
    small()
    stories = Stories.made(seed, 330)
    bases = [base(folder / f"base{count}", stories, count) for count in _BASES]
    figures: dict[str, Any] = {"acknowledged": 0, "lost": 0, "torn": 0, "orphans": 0, "unfinished_calls": 0}
    faults = []
    for trial in range(trials):
        random = random_of(seed, trial)
        at = random.randrange(len(_BASES))
        path = copied(bases[at], folder / "trial")
        heard, raised = _killed(path, stories, _BASES[at], random, broken)
        found = Verdict(raised=raised) if raised else verdict(path, stories, heard)
        figures["acknowledged"] += heard.acknowledged
        figures["lost"] += len(found.lost)
        figures["torn"] += bool(found.torn or found.raised)
        figures["orphans"] += found.orphans
        figures["unfinished_calls"] += bool(heard.pending)
        if found.fault:
            faults.append(f"trial {trial}: {found.fault}")
    return {**figures, "faults": len(faults), "shown": faults[:_SHOWN]}


def _killed(path: Path, stories: Stories, have: int, random: Random, broken: str | None) -> tuple[Heard, str]:
    """What was heard of a process that was killed after some acknowledgements and a moment, and what it raised."""
    chance = Random(random.random())
    child = forked.Child(broken_in(lambda tell: adding(path, stories, have, chance, tell), broken))
    wanted, told = random.randrange(25), []
    for one in child.each():
        told.append(one)
        if len([one for one in told if "added" in one or "raised" in one]) > wanted:
            break
    if random.random() < 0.5:  # else while what was acknowledged may still be on its way
        time.sleep(random.random() * 0.02)
    child.kill()
    ended = child.end()
    told += ended.told
    raised = [one["raised"] for one in told if "raised" in one]
    return Heard.of(told, have), "".join([*raised, ended.raised])


def calls(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """Die at each system call of a few commits, before it and halfway through it; so many of them at most."""
    small()
    stories = Stories.made(seed, 100)
    return _at_calls(base(folder / "base", stories, 60), stories, 60, (trials, seed, broken))


def creating(folder: Path, trials: int, seed: int, broken: str | None) -> dict[str, Any]:
    """The same of an index that is being made."""
    small()
    (folder / "base").mkdir()
    return _at_calls(folder / "base", Stories.made(seed, 100), 0, (trials, seed, broken))


def _at_calls(start: Path, stories: Stories, have: int, how: tuple[int, int, str | None]) -> dict[str, Any]:
    trials, seed, broken = how
    figures: dict[str, Any] = {"calls": 0, "deaths": 0, "lost": 0, "torn": 0}
    faults = []

    def dying(action: int, nth: int) -> tuple[Path, forked.Ended]:
        path = copied(start, start.with_name("trial"))
        work = broken_in(lambda tell: _commits(path, stories, have, (action, nth), tell), broken)
        return path, forked.done(work)

    total = sum(one["calls"] for one in dying(shim.COUNT, 0)[1].told if "calls" in one)
    for action, nth in _spread(total, trials, seed):
        path, ended = dying(action, nth)
        heard = Heard.of(ended.told, have)
        found = Verdict(raised=ended.raised) if ended.raised else verdict(path, stories, heard)
        figures["deaths"] += bool(ended.signal)
        figures["lost"] += len(found.lost)
        figures["torn"] += bool(found.torn or found.raised)
        if found.fault:
            faults.append(f"call {nth}, action {action}: {found.fault}")
    return {**figures, "calls": total, "faults": len(faults), "shown": faults[:_SHOWN]}


def _spread(total: int, trials: int, seed: int) -> Iterator[tuple[int, int]]:
    """Each call (and a few more, for their number is not the same in every run) with both actions, or a sample."""
    every = [(action, nth) for nth in range(1, total + 10) for action in (shim.DIE, shim.TEAR)]
    yield from every if trials >= len(every) else sorted(random_of(seed).sample(every, trials))


def _commits(path: Path, stories: Stories, have: int, how: tuple[int, int], tell: forked.Tell) -> None:
    """Articles that fill a block, so that a segment is built, registered, merged with others, and some expire."""
    shim.watch(path.parent)
    action, nth = how
    shim.arm(action, shim.CHANGES, nth)
    index = dedup.Index.open(path)
    for first, after in ((have, have + 1), (have + 1, have + 8), (have + 8, have + 9)):
        tell({"adding": after - first})
        found = index.add_many(stories.articles[first:after])
        tell({"added": [sighting.number for sighting in found]})  # type: ignore[union-attr]
        index.settle()
    tell({"expiring": (FIRST_DAY + timedelta(days=1)).isoformat()})
    index.expire(FIRST_DAY + timedelta(days=1))
    tell({"expired": True})
    index.close()
    tell({"calls": shim.count()})
