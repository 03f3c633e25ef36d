"""What capital letters tell in a text: where its names stand, if its language writes names with them.

Told from the text alone: no language is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from dedup.records import Mask, Prepared

#: "names": capitals mark names (English, Russian); "nouns": every noun (German), or a text in headline style;
#: "none": a script or a text without them.
Style = Literal["names", "nouns", "none"]

_NAMES: Final = (0.02, 0.28)  # share of capitalised words among those that could be, sentence starts left out
_SAMPLE: Final = 200  # characters that show whether a script has capitals at all
_LISTED: Final = 0.6  # share of capitalised words in a sentence that is a list of names


@dataclass(frozen=True, slots=True)
class Capitals:
    """Which tokens (n,) are capitalised, and what that means in this text."""

    capital: Mask
    style: Style


def capitals(article: Prepared) -> Capitals:
    """The capitalised tokens of an article, and what capitals mark in it."""
    text, starts = article.article.text, article.tokens.starts.tolist()
    if not starts or not _has_case(text[starts[0] : starts[0] + _SAMPLE]):
        return Capitals(np.zeros(len(starts), bool), "none")
    first = [text[at] for at in starts]
    capital = np.array([ch.isupper() for ch in first], bool)
    if not capital.any():
        return Capitals(capital, "none")
    cased = capital | np.array([ch.islower() for ch in first], bool)
    inner = cased & ~sentence_starts(article)
    share = float((capital & inner).sum() / max(1, inner.sum()))
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
    starts: Mask = np.diff(article.sentence, prepend=-1) != 0
    return starts


def _has_case(sample: str) -> bool:
    cased = sum(map(str.islower, sample)) + sum(map(str.isupper, sample))
    return 2 * cased > sum(map(str.isalpha, sample))
