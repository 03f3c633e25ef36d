"""What an index knows of its outlets' furniture and of common phrases: learned from a sample of its articles.

Every number is wanted until there are more than MAX_LEARNED articles, then every second by a hash of the number, and
so on: which articles are learned from depends on their numbers alone. What is learned is renewed each time the sample
has grown by a quarter, and handed over whole: whoever asks meanwhile is answered from what was known before.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dedup.background import Background
from dedup.config import Config
from dedup.furniture import FurnitureCounts, outline
from dedup.limits import MAX_LEARNED
from dedup.records import Ints, Mask, Prepared

_FIRST: Final = 64  # articles from which something is learned
_GROWTH: Final = 1.25
_SPREAD: Final = 0x9E3779B1
_BITS: Final = 32
_NOTHING: Final = np.zeros(0, np.int64)
_UNMARKED: Final = np.zeros(0, bool)


@dataclass(frozen=True, slots=True)
class Lore:
    """What was known when it was last renewed; a background without articles says nothing."""

    furniture: FurnitureCounts
    background: Background


class Learned:
    """Learns from articles that are noted as they are added. ``lore`` may be read, and articles be noted, while another
    thread learns."""

    def __init__(self, config: Config) -> None:
        self._rules = config.rules
        self._furniture = FurnitureCounts()
        self._sample: dict[int, Prepared] = {}
        self._noted: deque[tuple[int, Prepared]] = deque()
        self._halvings = 0
        self._due = _FIRST
        self.lore = Lore(self._furniture.frozen(), Background([], self._rules))

    def wants(self, number: int) -> bool:
        """Whether the article of that number belongs to the sample."""
        return not ((number * _SPREAD) % 2**_BITS) >> (_BITS - self._halvings)

    def wanted(self, last: int) -> Ints:
        """The numbers up to ``last`` that belong to the sample of so many articles, ascending."""
        while last >> self._halvings > MAX_LEARNED:
            self._halvings += 1
        numbers = np.arange(1, last + 1, dtype=np.uint64)
        mixed = (numbers * np.uint64(_SPREAD)) % np.uint64(2**_BITS)
        kept: Mask = mixed >> np.uint64(_BITS - self._halvings) == 0
        return numbers[kept].astype(np.int64)

    def note(self, number: int, article: Prepared) -> bool:
        """Keep an article of the sample to learn from, which was prepared without what was learned before; whether so
        many are kept that it is time to learn."""
        if self.wants(number) and number not in self._sample:
            self._noted.append((number, article))
        return len(self._sample) + len(self._noted) >= self._due

    def learn(self, pause: float = 0.0) -> None:
        """Learn from the articles that were noted, and hand over what is known by now.

        After each article it pauses for so many seconds, so that others have their turn.
        """
        while self._noted:
            self._take_in(*self._noted.popleft())
            if pause:
                time.sleep(pause)
        self._due = max(_FIRST, int(len(self._sample) * _GROWTH) + 1)
        self.lore = Lore(self._furniture.frozen(), Background(self._sample.values(), self._rules))

    def _take_in(self, number: int, article: Prepared) -> None:
        if not self.wants(number):
            return
        if article.article.text:  # a veiled article says nothing of furniture
            self._furniture.add(outline(article))
        self._sample[number] = _phrases(article)
        if len(self._sample) > MAX_LEARNED:
            self._halvings += 1
            self._sample = {number: kept for number, kept in self._sample.items() if self.wants(number)}


def _phrases(article: Prepared) -> Prepared:
    """An article without what a background does not ask for, so that thousands can be kept."""
    tokens = article.tokens
    no_text = replace(
        tokens, packed=b"", bounds=tokens.bounds[:0], starts=tokens.starts[:0], ends=tokens.ends[:0], unspaced=_UNMARKED
    )
    return replace(
        article,
        article=replace(article.article, text="", title=None),
        zones=(),
        credits=(),
        headline=None,
        tokens=no_text,
        paragraph=_NOTHING,
        sentence=_NOTHING,
        quoted=_UNMARKED,
        units=_UNMARKED,
        signature=article.signature[:0],
    )
