"""The match key of one character and its class: the definition that all of the matching rests on.

Per code point: NFKD, case-fold, dotless i to i; format characters, variation selectors, tatweel and the
combining marks of class 1, 10-36 or >= 200 (accents and points) are dropped, the vowel signs of Indic and
South-East Asian scripts stay. ``unicodedata`` is the oracle, restricted to Unicode 14.0 (unicode14.py).

Standard library alone: the build derives the compiled kernels' table from this file (native/make_table.py).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from dedup.kernels.unicode14 import assigned

#: Letters in these ranges start a token each.
UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x19E0, 0x19FF),  # Khmer symbols
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
APOSTROPHES: Final = "'\u2019\u02bc"


def _dropped(ch: str) -> bool:
    point, combining = ord(ch), unicodedata.combining(ch)
    category = unicodedata.category(ch)
    return (
        category == "Cf"
        or ch == "\u0640"
        or point == 0x34F
        or 0xFE00 <= point <= 0xFE0F
        or 0xE0100 <= point <= 0xE01EF
        or 0x180B <= point <= 0x180F
        or (category == "Mn" and (combining == 1 or 10 <= combining <= 36 or combining >= 200))
    )


def fold_character(ch: str) -> str:
    """The match key of one character: "" where it is dropped, several characters where it expands.

    A code point unassigned in Unicode 14.0 folds to a space, that is, it separates.
    """
    if not assigned(ord(ch)):
        return " "
    folded = unicodedata.normalize("NFKD", ch).casefold().replace("\u0131", "i")
    return "".join(x for x in folded if not _dropped(x))


def class_of(ch: str) -> str:
    """The class of one *folded* character.

    w word, d ASCII digit, u letter of an unspaced script, m mark, ' apostrophe, a comma, and a space for
    everything that separates.
    """
    if ch in APOSTROPHES:
        return "'"
    if ch == ",":
        return ","
    if "0" <= ch <= "9":
        return "d"
    category = unicodedata.category(ch)
    if category[0] == "M":
        return "m"
    if category[0] not in "LN":
        return " "
    point = ord(ch)
    if category != "Nd" and category != "No" and any(low <= point <= high for low, high in UNSPACED):
        return "u"
    return "w"
