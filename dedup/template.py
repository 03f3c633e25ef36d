"""Are two alike texts two forms of one template? In a reprint the facts agree and words may differ, in two bulletins
the words agree and the facts differ.

Facts are what stands in a template's slots, told without a word list: numbers; names, in texts that capitalise names
only; and, in any script, an expression that is replaced by the same other one again and again.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from dedup.kernels import KEPT, MOVED, Alignment
from dedup.marks import NAME, NUMBER, Marks
from dedup.records import Flags, Ints, Mask, Prepared, Span

_SLOT: Final = 12  # tokens of the longest slot
_SWAPPED: Final = 6  # tokens of the longest expression that counts as swapped
_ALIKE: Final = 0.5  # share of letters from which two expressions are spellings of one: Kiev and Kyiv
_DIFFERING: Final = 3  # facts that differ from which a template is thought of
_SPACING: Final = 50  # shared tokens to a slot at most: more are running text with a few facts corrected
_TELLING: Final = 5.5  # informative words to a slot at most, in texts that may be about one story
_STORY_DAYS: Final = 3
_SWAPS: Final = 2  # different swaps, each made twice or more, that show one


@dataclass(frozen=True, slots=True)
class Facts:
    """How the facts of two texts relate where these are aligned.

    ``agreeing`` distinct facts are the same, ``differing`` facts face other ones, ``swaps`` expressions are replaced
    by the same other one twice or more, ``shared`` tokens are the same.
    """

    agreeing: int
    differing: int
    swaps: int
    shared: int

    def are_slots(self, informative: int, days_apart: int) -> bool:
        """Whether the words are shared but not what they are about.

        ``informative`` are the informative words shared. Texts of a few days that share many to a differing fact are
        reprints of one story with figures brought up to date.
        """
        slots = self.differing + self.swaps
        dense = slots >= self.agreeing and slots * _SPACING >= self.shared
        told = days_apart > _STORY_DAYS or informative <= _TELLING * slots
        return dense and ((self.differing >= _DIFFERING and told) or (self.swaps >= _SWAPS and days_apart > 0))


def may_be_slots(most: Ints, shared: Ints, informative: Ints, days_apart: Ints) -> Mask:
    """(m,) whether facts may be slots at all, given how many can differ or be swapped at ``most``: as above."""
    told = (days_apart > _STORY_DAYS) | (informative <= _TELLING * most)
    may: Mask = (most >= _DIFFERING) & (most * _SPACING >= shared) & (told | (days_apart > 0))
    return may


def agreeing(reference: Prepared, marks: Marks, alignment: Alignment) -> int:
    """How many distinct facts of the reference are kept or moved."""
    is_fact = (marks.flags & (NUMBER | NAME)) != 0
    return len(set(reference.tokens.hashes[is_fact & _shared(alignment)].tolist()))


def faced(alignment: Alignment) -> list[tuple[Span, Span]]:
    """What faces one another and is short enough for a slot: facts differ or are swapped at most here."""
    return [
        (one, two) for one, two in alignment.rewrites if 0 < one[1] - one[0] <= _SLOT and 0 < two[1] - two[0] <= _SLOT
    ]


def facts(reference: Prepared, article: Prepared, marks: tuple[Marks, Marks], alignment: Alignment) -> Facts:
    """How the facts of two aligned texts relate; ``marks`` are those of either."""
    differing: set[tuple[str, str]] = set()
    swapped = Counter[tuple[str, str]]()
    for (a, b), (c, d) in faced(alignment):
        pair = _words(reference, a, b), _words(article, c, d)
        facing = _facts(marks[0].flags[a:b]) & _facts(marks[1].flags[c:d])
        if NUMBER in facing and _digits(pair[0]) == _digits(pair[1]):
            continue  # written in another way
        if NUMBER in facing or (NAME in facing and not _alike(*pair)):
            differing.add(pair)
        if b - a <= _SWAPPED and d - c <= _SWAPPED:
            swapped[pair] += 1
    swaps = sum(times > 1 and not _alike(*pair) for pair, times in swapped.items())
    return Facts(
        agreeing(reference, marks[0], alignment), len(differing), swaps, int(np.count_nonzero(_shared(alignment)))
    )


def _shared(alignment: Alignment) -> Mask:
    shared: Mask = (alignment.labels_reference == KEPT) | (alignment.labels_reference == MOVED)
    return shared


def _facts(flags: Flags) -> set[int]:
    """What some tokens are; a name with a digit is a number."""
    return {flag & NUMBER or flag & NAME for flag in flags.tolist()} - {0}


def _digits(words: str) -> list[int]:
    return [unicodedata.decimal(ch) for ch in words if ch.isdecimal()]


def _words(article: Prepared, first: int, after: int) -> str:
    return article.tokens.run(first, after).decode()


def _alike(one: str, two: str) -> bool:
    """Whether two expressions share so many letters that they may be spellings or forms of one."""
    a, b = Counter(one.replace(" ", "")), Counter(two.replace(" ", ""))
    return (a & b).total() >= _ALIKE * max(a.total(), b.total())
