"""What capital letters tell in a text: where its names stand, if its language writes names with them.

Told from the text alone: no language is asked for.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from dedup.records import U32, Flags, Mask, Prepared

#: "names": capitals mark names (English, Russian); "nouns": every noun (German), or a text in headline style;
#: "none": a script or a text without them.
Style = Literal["names", "nouns", "none"]

_NAMES: Final = (0.02, 0.28)  # share of capitalised words among those that could be, sentence starts left out
_SAMPLE: Final = 200  # characters that show whether a script has capitals at all
_LISTED: Final = 0.6  # share of capitalised words in a sentence that is a list of names

#: What a character is, as bits: the methods of str that say so, in this order.
UPPER, LOWER, ALPHA, DIGIT, DECIMAL = 1, 2, 4, 8, 16
_ASKED: Final = (str.isupper, str.islower, str.isalpha, str.isdigit, str.isdecimal)
_MET: Final = 32
_TRAITS: Final = np.zeros(sys.maxunicode + 1, np.uint8)  # of each character met so far; 0 for others


@dataclass(frozen=True, slots=True)
class Capitals:
    """Which tokens (n,) are capitalised, and what that means in this text."""

    capital: Mask
    style: Style


def points(text: str) -> Flags | U32:
    """(n,) the code points of a text."""
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def traits(text: str) -> Flags:
    """(n,) uint8: what each character is."""
    at = points(text)
    found: Flags = _TRAITS[at]
    if not found.all():
        for point in set(at[found == 0].tolist()):
            _TRAITS[point] = _MET + sum(is_so(chr(point)) << bit for bit, is_so in enumerate(_ASKED))
        found = _TRAITS[at]
    return found


def capitals(article: Prepared) -> Capitals:
    """The capitalised tokens of an article, and what capitals mark in it."""
    return capitals_of(article, traits(article.article.text))


def capitals_of(article: Prepared, known: Flags) -> Capitals:
    """The same where the :func:`traits` of the article's text are ``known``."""
    starts = article.tokens.starts
    if not len(starts) or not _has_case(known[starts[0] : starts[0] + _SAMPLE]):
        return Capitals(np.zeros(len(starts), bool), "none")
    first = known[starts]
    capital = (first & UPPER) != 0
    if not capital.any():
        return Capitals(capital, "none")
    inner = ((first & (UPPER | LOWER)) != 0) & ~sentence_starts(article)
    share = int(np.count_nonzero(capital & inner)) / max(1, int(np.count_nonzero(inner)))
    return Capitals(capital, "names" if _NAMES[0] <= share <= _NAMES[1] else "nouns")


def names(article: Prepared, found: Capitals) -> Mask:
    """(n,) tokens that capitals show to be names: where they mark other words too, only those that stand side by side
    or in a sentence of little else."""
    if found.style == "names":
        return found.capital & ~sentence_starts(article)
    if found.style == "none" or not len(found.capital):
        return np.zeros(len(found.capital), bool)
    listed = np.bincount(article.sentence, weights=found.capital) > _LISTED * np.bincount(article.sentence)
    inner = found.capital & ~sentence_starts(article)
    follows = inner[1:] & inner[:-1]
    chained = np.append(follows, False) | np.append(False, follows)  # nouns seldom stand side by side, names do
    shown: Mask = found.capital & (listed[article.sentence] | chained)
    return shown


def sentence_starts(article: Prepared) -> Mask:
    """(n,) the tokens that begin a sentence."""
    starts = np.ones(len(article.sentence), bool)
    starts[1:] = article.sentence[1:] != article.sentence[:-1]
    return starts


def _has_case(sample: Flags) -> bool:
    upper, lower, alpha = (int(np.count_nonzero(sample & bit)) for bit in (UPPER, LOWER, ALPHA))
    return 2 * (upper + lower) > alpha
