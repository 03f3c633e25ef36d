"""What is told of the tokens of one article alone before it is compared: names, numbers, words that say little.

Found once an article: whoever compares it again keeps its marks and hands them in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from dedup.capitals import DECIMAL, DIGIT, Style, capitals_of, names, points, traits
from dedup.records import Flags, Mask, Prepared

#: A token is a name, as far as capitals show names and nothing else; a number; a word that by itself says little in
#: a lone pair; in a quote unit. Bits of ``Marks.flags``.
NAME, NUMBER, DULL, QUOTED = 1, 2, 4, 8

_LETTERS: Final = 5  # letters that an informative word of a lone pair has at least
#: Informative words that make a tile of a lone pair evidence, by how its language uses capitals.
NEEDED: Final[dict[Style, int]] = {"names": 4, "nouns": 7, "none": 8}
NEED_UNCASED: Final = NEEDED["none"]


@dataclass(frozen=True, slots=True)
class Marks:
    """What capitals mark in an article, and the ``flags`` (n,) uint8 of its tokens."""

    style: Style
    flags: Flags

    def are(self, flag: int) -> Mask:
        """(n,) the tokens that have a flag."""
        found: Mask = (self.flags & flag) != 0
        return found


def marks(article: Prepared) -> Marks:
    """The marks of an article.

    Dull is for a lone pair all but a word of five letters or more without digits that is no name as far as capitals
    tell; where a script has none, a letter of a script without spaces is a word.
    """
    tokens, known = article.tokens, traits(article.article.text)
    capitals = capitals_of(article, known)
    named, long = names(article, capitals), _long_words(article)
    words = long | tokens.unspaced if capitals.style == "none" else long & ~named
    shown = named & (capitals.style == "names")
    flags = np.zeros(len(tokens), np.uint8)
    for flag, marked in ((NAME, shown), (NUMBER, _numbers(article, known)), (DULL, ~words), (QUOTED, article.units)):
        flags += marked * np.uint8(flag)
    return Marks(capitals.style, flags)


def _long_words(article: Prepared) -> Mask:
    """(n,) the words of five letters or more without digits."""
    keys = article.tokens.packed.decode()
    ends = np.flatnonzero(points(keys) == ord(" "))  # one behind each key
    starts = np.zeros(len(ends), np.int64)
    starts[1:] = ends[:-1] + 1
    if not len(ends):
        return np.zeros(0, bool)
    found: Mask = (ends - starts >= _LETTERS) & (np.bitwise_or.reduceat(traits(keys), starts) & DIGIT == 0)
    return found


def _numbers(article: Prepared, known: Flags) -> Mask:
    """(n,) the tokens in which digits begin."""
    digit = (known & DECIMAL) != 0
    digit[1:] &= ~digit[:-1]
    begins = np.flatnonzero(digit)
    holders = article.tokens.starts.searchsorted(begins, "right") - 1
    found = np.zeros(len(article.tokens), bool)
    found[holders[(holders >= 0) & (begins < article.tokens.ends[holders])]] = True
    return found
