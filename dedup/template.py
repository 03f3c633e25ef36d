"""Are two alike texts two forms of one template? In a reprint the facts agree and words may differ, in two bulletins
the words agree and the facts differ.

Facts are what stands in a template's slots, told without a word list: numbers; names, in texts that capitalise names
only; and, in any script, an expression that is replaced by the same other one again and again.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dedup.capitals import Capitals, names
from dedup.kernels import KEPT, MOVED, Alignment
from dedup.records import Prepared

NO_FACT, NUMBER, NAME = range(3)
_DIGITS: Final = re.compile(r"\d+")
_SLOT: Final = 12  # tokens of the longest slot
_SWAPPED: Final = 6  # tokens of the longest expression that counts as swapped
_ALIKE: Final = 0.5  # share of letters from which two expressions are spellings of one: Kiev and Kyiv
_DIFFERING: Final = 3  # facts that differ from which a template is thought of
_SPACING: Final = 50  # shared tokens to a slot at most: more are running text with a few facts corrected
_TELLING: Final = 5.5  # informative words to a slot at most, in texts that may be about one story
_STORY_DAYS: Final = 3
_SWAPS: Final = 2  # different swaps, each made twice or more, that show one

Kinds = npt.NDArray[np.int8]


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


def fact_kinds(article: Prepared, capitals: Capitals) -> Kinds:
    """(n,) int8: for each token whether it is a NUMBER, a NAME (as far as ``capitals`` tell) or NO_FACT."""
    kinds = np.zeros(len(article.tokens), np.int8)
    if capitals.style == "names":
        kinds[names(article, capitals)] = NAME
    digits = [found.start() for found in _DIGITS.finditer(article.article.text)]
    holders = article.tokens.starts.searchsorted(np.array(digits, np.int32), "right") - 1
    inside = (holders >= 0) & (np.array(digits, np.int32) < article.tokens.ends[holders])
    kinds[holders[inside]] = NUMBER
    return kinds


def facts(reference: Prepared, article: Prepared, kinds: tuple[Kinds, Kinds], alignment: Alignment) -> Facts:
    """How the facts of two aligned texts relate; ``kinds`` are those of their tokens (:func:`fact_kinds`)."""
    labels = alignment.labels_reference
    shared = (labels == KEPT) | (labels == MOVED)
    same = (kinds[0] != NO_FACT) & shared
    agreeing = len(np.unique(reference.tokens.hashes[same]))
    differing: set[tuple[str, str]] = set()
    swapped = Counter[tuple[str, str]]()
    for (a, b), (c, d) in alignment.rewrites:
        if not (0 < b - a <= _SLOT and 0 < d - c <= _SLOT):
            continue
        pair = _words(reference, a, b), _words(article, c, d)
        facing = set(kinds[0][a:b].tolist()) & set(kinds[1][c:d].tolist())
        if NUMBER in facing and _digits(pair[0]) == _digits(pair[1]):
            continue  # written in another way
        if NUMBER in facing or (NAME in facing and not _alike(*pair)):
            differing.add(pair)
        if b - a <= _SWAPPED and d - c <= _SWAPPED:
            swapped[pair] += 1
    swaps = sum(times > 1 and not _alike(*pair) for pair, times in swapped.items())
    return Facts(agreeing, len(differing), swaps, int(shared.sum()))


def _digits(words: str) -> list[int]:
    return [unicodedata.decimal(ch) for ch in words if ch.isdecimal()]


def _words(article: Prepared, first: int, after: int) -> str:
    return article.tokens.run(first, after).decode()


def _alike(one: str, two: str) -> bool:
    """Whether two expressions share so many letters that they may be spellings or forms of one."""
    a, b = Counter(one.replace(" ", "")), Counter(two.replace(" ", ""))
    return (a & b).total() >= _ALIKE * max(a.total(), b.total())
