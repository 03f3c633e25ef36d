"""What must hold of an index after whatever happened to the process that wrote it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import dedup
from crash import forked
from crash.broken import breaks
from crash.stories import FIRST_DAY, Stories
from dedup.index.lookups import File

_ASKED: Final = 25  # of the latest articles: whether a copy finds them


@dataclass
class Heard:
    """What a process said before it ended: the greatest number it acknowledged, and what it was about to do."""

    last: int
    acknowledged: int = 0
    pending: int = 0
    expired: date = FIRST_DAY
    expiring: date = FIRST_DAY

    @classmethod
    def of(cls, told: Iterable[Any], last: int) -> Heard:
        """Of what ``adding`` told, which began with so many articles."""
        heard = cls(last)
        for one in told:
            if "adding" in one:
                heard.pending = one["adding"]
            elif "added" in one:
                assert one["added"][0] == heard.last + 1, f"{one} follows number {heard.last}"
                heard.last, heard.pending = one["added"][-1], 0
                heard.acknowledged += len(one["added"])
            elif "expiring" in one:
                heard.expiring = date.fromisoformat(one["expiring"])
            elif "expired" in one:
                heard.expired = heard.expiring
        return heard


def adding(path: Path, stories: Stories, have: int, random: Random, tell: forked.Tell) -> None:
    """Add articles one by one and in batches, expire some, wait for the background or not, close and open again; each
    is announced, and acknowledged once its call has returned."""
    sync: Any = random.choice(["always", "batch", "close"])
    index = dedup.Index.open(path, sync=sync)
    while have < len(stories):
        what = random.random()
        if what < 0.04:
            index.close()
            index = dedup.Index.open(path, sync=sync)
        elif what < 0.08:
            index.settle()
        elif what < 0.11:
            tell({"expiring": (FIRST_DAY + timedelta(days=max(0, have // 20 - 3))).isoformat()})
            index.expire(FIRST_DAY + timedelta(days=max(0, have // 20 - 3)))
            tell({"expired": True})
        else:
            size = random.randint(2, 25) if what > 0.8 else 1
            batch = stories.articles[have : have + size]
            tell({"adding": len(batch)})
            found = [index.add(batch[0])] if size == 1 else index.add_many(batch)
            tell({"added": [sighting.number for sighting in found]})  # type: ignore[union-attr]
            have += len(batch)
    index.close()


@dataclass
class Verdict:
    """What was found on opening it again; all lists are empty if the index kept its promises."""

    last: int = 0
    lost: list[int] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    orphans: int = 0
    raised: str = ""

    @property
    def fault(self) -> str:
        """What is wrong, "" if nothing is."""
        return f"lost {self.lost}, torn {self.torn}, {self.raised}" if self.lost or self.torn or self.raised else ""


def verdict(path: Path, stories: Stories, heard: Heard, whole_calls: bool = True) -> Verdict:
    """Open it in another process and look. ``whole_calls``: of a call that was not acknowledged there is all or
    nothing."""
    found = forked.done(lambda tell: _look(path, stories, heard, whole_calls, tell))
    if found.fault or not found.told:
        return Verdict(raised=found.fault or "says nothing")
    return Verdict(**found.told[0])


def _look(path: Path, stories: Stories, heard: Heard, whole_calls: bool, tell: forked.Tell) -> None:
    torn: list[str] = []
    with dedup.Index.open(path) as index:
        last = index._home.last()
        torn += index.verify()
        lost = list(range(last + 1, heard.last + 1))
        if whole_calls and last not in (heard.last, heard.last + heard.pending) and not lost:
            torn.append(f"{heard.pending} were being added to {heard.last}, now there are {last}")
        there = {number: article.id for number, article in index._home.articles()}
        for number in range(1, last + 1):
            day = stories.day(number)
            if number not in there and day >= heard.expiring:
                lost.append(number)
            elif number in there and day < heard.expired:
                torn.append(f"{number} came back")
            elif number in there and there[number] != stories.id(number):
                torn.append(f"{number} is {there[number]}")
        torn += unknown(index, stories, sorted(there)[-_ASKED:])
        torn += unpaired(index, stories, there)
        if len(stories) > last and index.add(stories.articles[last]).number != last + 1:
            torn.append("the next article gets a number that is not the next one")
        orphans = len(_orphans(path, index))
    tell({"last": last, "lost": lost, "torn": torn, "orphans": orphans})


def unknown(index: dedup.Index, stories: Stories, numbers: Sequence[int]) -> list[str]:
    """Articles that a copy does not find."""
    return [f"a copy of {number} is not known" for number in numbers if not stories.known(index, number)]


def unpaired(index: dedup.Index, stories: Stories, there: Iterable[int]) -> list[str]:
    """Reprints whose match is not recorded."""
    have, pairs = set(there), set(index._home.pairs())
    wanted = [(source, number) for number in have if (source := stories.reprinted(number)) and source in have]
    return [f"the match {pair} is missing" for pair in wanted if pair not in pairs]


def files_of(index: dedup.Index) -> list[File]:
    """The segments that count."""
    found: list[File] = index._home._rows.files()  # type: ignore[attr-defined]
    return found


def _orphans(path: Path, index: dedup.Index) -> list[str]:
    """Files that nothing speaks of."""
    index.settle()
    listed = {row.file for row in files_of(index)}
    return [name for name in os.listdir(f"{path}-lookup") if name not in listed and name != "lock"]


def broken_in(work: forked.Work, broken: str | None) -> forked.Work:
    """The same work on an index that is broken on purpose."""

    def broke(tell: forked.Tell) -> None:
        breaks(broken)
        work(tell)

    return broke
