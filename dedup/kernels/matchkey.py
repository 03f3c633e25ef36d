"""Text -> match keys, the readable twin: what a token is, and by what it is compared.

Per code point: NFKD, case-fold, dotless i to i; format characters, variation selectors, tatweel and the
combining marks of class 1, 10-36 or >= 200 (accents and points) are dropped, the vowel signs of Indic and
South-East Asian scripts stay. Context-free, hence linear and offset-keeping. ``unicodedata`` is the oracle,
restricted to Unicode 14.0 (unicode14.py).

A token is a run of letters, digits and marks. Apostrophes between word characters and commas between ASCII
digits vanish; everything else separates. Letters of scripts without spaces (Thai, Lao, Khmer, Myanmar, Kana,
Han) start a token each, their marks attach to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from dedup.kernels.unicode14 import assigned

Ints = npt.NDArray[np.int64]

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
_FIRST_UNSPACED: Final = "\u0dff"
APOSTROPHES: Final = "'\u2019\u02bc"

# Classes of folded characters: w word, d ASCII digit, u letter of an unspaced script, m mark,
# ' apostrophe, a comma, and a space for everything that separates.
_DIGIT: Final = re.compile(r"\d")
_TOKEN: Final = re.compile(r"um*|[wd][wdm]*(?:(?:'(?=[wd])|(?<=d),(?=d))[wdm]*)*")


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
    """The class of one *folded* character, as listed above ``_TOKEN``."""
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


class _Table(dict[str, str]):
    """Folds seen so far; the whole of Unicode at most."""

    def __missing__(self, ch: str) -> str:
        self[ch] = folded = fold_character(ch)
        return folded


class _ClassTable(dict[int, str]):
    """Classes seen so far, by code point, as str.translate asks for them."""

    def __missing__(self, point: int) -> str:
        self[point] = cls = class_of(chr(point))
        return cls


_FOLD: Final = _Table()
_CLASS: Final = _ClassTable()


def _folded(text: str) -> tuple[str, Ints | None]:
    """The folded text and, unless they are the same, the original offset of each folded character."""
    distinct = {ord(ch): _FOLD[ch] for ch in set(text)}
    folded = text.translate(distinct)
    if all(len(piece) == 1 for piece in distinct.values()):
        return folded, None
    lengths = np.ones(max(distinct) + 1, np.uint8)
    for point, piece in distinct.items():
        lengths[point] = len(piece)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    origin = np.repeat(np.arange(len(text) + 1), np.append(lengths[points], 1))
    return folded, origin


def match_keys(text: str) -> tuple[list[str], Ints, Ints]:
    """Tokens of ``text``: their match keys, and where each starts and ends in ``text`` (in code points).

    The end takes in what was dropped right after the token (an accent, a soft hyphen). Time is linear in
    the length of the text, whatever its characters.
    """
    folded, origin = _folded(text)
    classes = folded.translate(_CLASS)
    spans = [found.span() for found in _TOKEN.finditer(classes)]
    joined = "'" in classes or "," in classes
    keys = [_key(folded[a:b], classes[a:b]) if joined else folded[a:b] for a, b in spans]
    bounds = np.array(spans, np.int64).reshape(-1, 2)
    starts, ends = bounds[:, 0], bounds[:, 1]
    if origin is None:
        return keys, starts, ends
    return keys, origin[starts], np.maximum(origin[ends], origin[ends - 1] + 1)


def _key(folded: str, classes: str) -> str:
    """A token's folded characters without its apostrophes and commas."""
    if "'" not in classes and "," not in classes:
        return folded
    return "".join(ch for ch, cls in zip(folded, classes, strict=True) if cls not in "',")


def unspaced(keys: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(n,) bool: which match keys are a letter of a script without spaces."""
    return np.fromiter((key[0] > _FIRST_UNSPACED and _CLASS[ord(key[0])] == "u" for key in keys), bool, len(keys))


def line_key(keys: Sequence[str]) -> tuple[str, ...]:
    """What a line is recognised by when it recurs: its match keys, with every digit alike."""
    return tuple(_DIGIT.sub("#", key) for key in keys)
