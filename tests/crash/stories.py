"""Articles to be added, whose every relation is known, and an index small enough to have all its parts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
from making import prose

import dedup
from dedup.index import learned, lookups, upkeep
from dedup.records import Article, Prepared

BLOCK: Final = 16  # articles of a block here
FIRST_DAY: Final = date(2026, 3, 1)
_PER_DAY: Final = 20  # articles
_REPRINTS: Final = 5  # every fifth article reprints the one three before it
_LAG: Final = 3
_LONG: Final = 40  # every so many is long: its row has pages of its own
NAME: Final = "news.dedup"
_made: Final[dict[int, list[Prepared]]] = {}


def small(block: int = BLOCK, log: int = 128 * 1024, learning: bool = False) -> None:
    """Make every part of an index small in this process, and have it learn nothing: that is a matter of answers, not
    of keeping, and costs most of the time of opening one."""
    lookups.BLOCK = block  # type: ignore[misc]
    upkeep._LOG = log  # type: ignore[misc]
    if not learning:
        learned.Learned.wanted = lambda self, last: np.zeros(0, np.int64)  # type: ignore[method-assign]
        learned.Learned.wants = lambda self, number: False  # type: ignore[method-assign]


@dataclass(frozen=True)
class Stories:
    """Articles in the order in which they are added: article k gets the number k + 1."""

    articles: Sequence[Prepared]

    @classmethod
    def made(cls, seed: int, count: int) -> Stories:
        """As many as that; other seeds give other texts."""
        made = _made.setdefault(seed, [])
        made += [dedup.prepare(_story(seed, at)) for at in range(len(made), count)]
        return cls(made[:count])

    def __len__(self) -> int:
        return len(self.articles)

    def id(self, number: int) -> str:
        """Of the article of a number."""
        return self.articles[number - 1].article.id

    def copy(self, number: int, outlet: str = "copies.example") -> Prepared:
        """The same text as another outlet has it."""
        own = self.articles[number - 1]
        return replace(own, article=replace(own.article, id=f"copy of {own.article.id}", outlet=outlet))

    @staticmethod
    def reprinted(number: int) -> int | None:
        """The number of the article that this one reprints."""
        return number - _LAG if number % _REPRINTS == 0 else None

    @staticmethod
    def day(number: int) -> date:
        """The day of the article of a number."""
        return FIRST_DAY + timedelta(days=(number - 1) // _PER_DAY)

    def known(self, index: dedup.Index, number: int) -> bool:
        """Whether a copy of an article finds it."""
        sighting = index.check(self.copy(number))
        return sighting.status == "exact" and number in [match.seen.number for match in sighting.matches]


def _story(seed: int, at: int) -> Article:
    number = at + 1
    source = Stories.reprinted(number)
    of = (source or number) + 10_000 * seed
    text = "\n\n".join(prose(of * 10 + k, 3) for k in range(12 if (source or number) % _LONG == 0 else 2))
    if source:
        text += "\n\n" + prose((number + 10_000 * seed) * 10, 1)
    when = datetime.combine(Stories.day(number), datetime.min.time())
    return Article(
        id=f"story-{number}", text=text, outlet=f"paper{number % 7}.example", title=f"Story {number}", published=when
    )


def base(folder: Path, stories: Stories, count: int, expired: int = 0) -> Path:
    """A closed index of so many articles with all its segments built, of which those of the first days expired."""
    folder.mkdir()
    with dedup.Index.open(folder / NAME) as index:
        for at in range(0, count, BLOCK):
            index.add_many(stories.articles[at : min(at + BLOCK, count)])
            index.settle()
        if expired:
            index.expire(FIRST_DAY + timedelta(days=expired))
        index.settle()
    return folder


def copied(folder: Path, to: Path) -> Path:
    """A copy of an index's folder; the path of its database."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
    return to / NAME


def random_of(*parts: Any) -> Random:
    """Chance that is the same whenever the parts are."""
    return Random("/".join(map(str, parts)))
