"""An index in memory: the plainest home there is, and what the others are held against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dedup.index.home import Entry, Held, Placed, most_first
from dedup.index.sightings import Change, Pair, Seen, SeenAs
from dedup.records import Article

_HUBS = 4  # of a key that more articles than the cap carry: the first ones, and the last


@dataclass(slots=True)
class _Kept:
    entry: Entry
    day: int
    status: SeenAs = "new"


class MemoryHome:
    """Articles in dictionaries. Nothing is written anywhere, and nothing happens in the background."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._held: dict[int, _Kept] = {}
        self._numbers: dict[int, list[int]] = defaultdict(list)
        self._again: dict[bytes, int] = {}
        self._changes: list[tuple[int, Pair]] = []
        self._last = self._cursor = self._newest = 0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """As the protocol says."""
        last, changes = self._last, len(self._changes)
        try:
            yield
        except BaseException:
            for number in range(last + 1, self._last + 1):
                self._drop(number)
            self._last = last
            del self._changes[changes:]
            raise

    def place(self, entries: Sequence[Entry]) -> list[Placed]:
        """As the protocol says."""
        return [self._place(entry) for entry in entries]

    def _place(self, entry: Entry) -> Placed:
        if entry.identity in self._again:
            return self._found(entry)
        candidates = self._candidates(entry, self._last + 1)
        number = self._last = self._last + 1
        day = entry.day or self._newest or datetime.now(UTC).toordinal()
        self._newest = max(self._newest, entry.day or 0)
        self._held[number] = _Kept(entry, day)
        self._again[entry.identity] = number
        for key in entry.keys.tolist():
            self._numbers[key].append(number)
        return Placed(number, False, candidates)

    def finish(self, numbers: Sequence[int], statuses: Sequence[SeenAs], pairs: Sequence[Pair]) -> None:
        """As the protocol says."""
        for number, status in zip(numbers, statuses, strict=True):
            self._held[number].status = status
        for pair in pairs:
            self._cursor += 1
            self._changes.append((self._cursor, pair))

    def look_up(self, entries: Sequence[Entry]) -> list[Placed]:
        """As the protocol says."""
        return [self._found(entry) for entry in entries]

    def _found(self, entry: Entry) -> Placed:
        number = self._again.get(entry.identity, 0)
        return Placed(number, number > 0, self._candidates(entry, number or self._last + 1))

    def _candidates(self, entry: Entry, before: int) -> tuple[tuple[int, int], ...]:
        shared: Counter[int] = Counter()
        for key in entry.keys.tolist():
            numbers = [number for number in self._numbers.get(key, ()) if number < before]
            shared.update(numbers if len(numbers) <= self._cap else {*numbers[:_HUBS], numbers[-1]})
        return most_first(shared.items())

    def load(self, numbers: Sequence[int]) -> Mapping[int, Held]:
        """As the protocol says."""
        return {number: Held(self._held[number].entry.article) for number in numbers if number in self._held}

    def stores_text(self) -> bool:
        """As the protocol says: as long as the process lives."""
        return True

    def articles(self, numbers: Sequence[int] | None = None) -> Iterator[tuple[int, Article]]:
        """As the protocol says."""
        for number in sorted(self._held if numbers is None else self._held.keys() & set(numbers)):
            yield number, self._held[number].entry.article.article

    def pairs(self) -> Mapping[tuple[int, int], Pair]:
        """As the protocol says."""
        return {(pair.earlier, pair.later): pair for _, pair in self._changes}

    def changes(self, since: int, limit: int) -> list[Change]:
        """As the protocol says."""
        return [self._change(cursor, pair) for cursor, pair in self._changes if cursor > since][:limit]

    def _change(self, cursor: int, pair: Pair) -> Change:
        sides = (self._held[number].entry.article for number in (pair.earlier, pair.later))
        earlier, later = (
            Seen.of(number, side.article, side.credit)
            for number, side in zip((pair.earlier, pair.later), sides, strict=True)
        )
        return Change.of(cursor, earlier, later, pair)

    def expire(self, before: int) -> int:
        """As the protocol says."""
        gone = [number for number, held in self._held.items() if held.day < before]
        for number in gone:
            self._drop(number)
        self._changes = [
            (cursor, pair) for cursor, pair in self._changes if {pair.earlier, pair.later} <= self._held.keys()
        ]
        return len(gone)

    def _drop(self, number: int) -> None:
        entry = self._held.pop(number).entry
        del self._again[entry.identity]
        for key in entry.keys.tolist():
            self._numbers[key].remove(number)

    def last(self) -> int:
        """As the protocol says."""
        return self._last

    def newest(self) -> int:
        """As the protocol says."""
        return self._newest

    def info(self) -> Mapping[str, object]:
        """As the protocol says."""
        statuses = Counter(held.status for held in self._held.values())
        return {"articles": len(self._held), "last": self._last, "cursor": self._cursor, "statuses": dict(statuses)}

    def verify(self) -> list[str]:
        """As the protocol says: memory is taken at its word."""
        return []

    def settle(self) -> None:
        """As the protocol says: there is no work in the background."""

    def close(self) -> None:
        """As the protocol says."""
