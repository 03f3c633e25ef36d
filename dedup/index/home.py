"""Where an index lives: what memory, a disk or a server must do for it. One suite of tests runs over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from dedup.index.sightings import Change, Pair, SeenAs
from dedup.marks import Marks, marks
from dedup.records import U64, Article, Prepared


@dataclass(frozen=True, slots=True)
class Entry:
    """An article on its way into an index: prepared, with its keys, its identity, and its day (since the year 1).

    ``day`` is that of publication; None takes the newest day that the index knows, else today, and moves no window.
    """

    article: Prepared
    keys: U64
    identity: bytes
    day: int | None


@dataclass(slots=True)
class Held:
    """A stored article, ready to be compared; its marks are found when they are asked for first."""

    article: Prepared
    found: Marks | None = None

    def marks(self) -> Marks:
        """What is told of its tokens."""
        if self.found is None:
            self.found = marks(self.article)
        return self.found


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an article stands: its number (0 if it was only looked up), whether it did so before, and the earlier
    articles that share keys with it, by number, with how many keys they share, most first."""

    number: int
    again: bool
    candidates: tuple[tuple[int, int], ...]


def most_first(candidates: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Candidates, by number and shared keys, as they are to be compared: most keys first, then the earliest."""
    return tuple(sorted(candidates, key=lambda found: (-found[1], found[0])))


class Home(Protocol):
    """Keeps articles and what is known of their pairs. Numbers count up from 1 in the order of adding."""

    def writing(self) -> AbstractContextManager[None]:
        """All that is written within is there together, or nothing is; on leaving it is as safe as ``sync`` says."""

    def place(self, entries: Sequence[Entry]) -> list[Placed]:
        """Insert articles and look each up among those before it, as one step. Only within ``writing``."""

    def finish(self, numbers: Sequence[int], statuses: Sequence[SeenAs], pairs: Sequence[Pair]) -> None:
        """Record what the articles just placed turned out to be, and pairs. Only within ``writing``."""

    def look_up(self, entries: Sequence[Entry]) -> list[Placed]:
        """Look articles up and store nothing."""

    def load(self, numbers: Sequence[int]) -> Mapping[int, Held]:
        """Stored articles by number; those that expired are left out. Without ``stores_text`` they are veiled."""

    def stores_text(self) -> bool:
        """Whether the articles' texts are stored."""

    def articles(self, numbers: Sequence[int] | None = None) -> Iterator[tuple[int, Article]]:
        """The articles of these numbers, or all, each with its number, in order; without those that expired."""

    def pairs(self) -> Mapping[tuple[int, int], Pair]:
        """What was recorded last of each pair of articles that are both still there."""

    def changes(self, since: int, limit: int) -> list[Change]:
        """At most ``limit`` changes after the cursor ``since``, in order."""

    def expire(self, before: int) -> int:
        """Drop the articles of days before that; how many. Only within ``writing``."""

    def last(self) -> int:
        """The greatest number given so far, 0 if none was."""

    def newest(self) -> int:
        """The newest day of an article that has a date, 0 if there was none."""

    def info(self) -> Mapping[str, object]:
        """Counts and settings, by name."""

    def verify(self) -> list[str]:
        """Everything read and checked: what is not as it was written, with its place."""

    def settle(self) -> None:
        """Wait for the work in the background."""

    def close(self) -> None:
        """Let go of everything; what was added is safe then, whatever ``sync`` says."""
