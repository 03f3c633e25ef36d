"""Text -> tokens, the readable twin: what a token is, by what it is compared, and where it stands.

A token is a run of letters, digits and marks of the folded text (character.py). Apostrophes between word
characters and commas between ASCII digits vanish; everything else separates. Letters of scripts without spaces
(Thai, Lao, Khmer, Myanmar, Kana, Han) start a token each, their marks attach to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import xxhash

from dedup.kernels.character import class_of, fold_character
from dedup.records import U64, Int32s, Ints, Tokens

_FIRST_UNSPACED: Final = "\u0dff"
_DIGIT: Final = re.compile(r"\d")
_DIGITS: Final = bytes.maketrans(b"0123456789", b"##########")
_TOKEN: Final = re.compile(r"um*|[wd][wdm]*(?:(?:'(?=[wd])|(?<=d),(?=d))[wdm]*)*")


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


def _unspaced(keys: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(n,) bool: which match keys are a letter of a script without spaces."""
    return np.fromiter((key[0] > _FIRST_UNSPACED and _CLASS[ord(key[0])] == "u" for key in keys), bool, len(keys))


@lru_cache(maxsize=1 << 18)
def token_hash(key: str) -> int:
    """XXH3_64, seed 0, of the match key's UTF-8."""
    return xxhash.xxh3_64_intdigest(key.encode())


def token_hashes(keys: list[str]) -> U64:
    """(n,) uint64: the hash of each match key."""
    return np.fromiter(map(token_hash, keys), np.uint64, len(keys))


def tokenise(text: str) -> Tokens:
    """All tokens of ``text``, in order."""
    keys, starts, ends = match_keys(text)
    encoded = [key.encode() for key in keys]
    bounds: Int32s = np.cumsum([0, *(len(key) + 1 for key in encoded)], dtype=np.int32)
    return Tokens(
        packed=b"".join(key + b" " for key in encoded),
        bounds=bounds,
        hashes=token_hashes(keys),
        starts=starts.astype(np.int32),
        ends=ends.astype(np.int32),
        unspaced=_unspaced(keys),
    )


def select(tokens: Tokens, ranges: Ints) -> Tokens:
    """The tokens in (k, 2) ranges of token numbers, which ascend and do not overlap."""
    chosen = np.concatenate([np.zeros(0, np.int64), *(np.arange(first, after) for first, after in ranges.tolist())])
    sizes = np.diff(tokens.bounds)[chosen]
    return Tokens(
        packed=b"".join(tokens.run(first, after) for first, after in ranges.tolist()),
        bounds=np.cumsum(np.append(0, sizes), dtype=np.int32),
        hashes=tokens.hashes[chosen],
        starts=tokens.starts[chosen],
        ends=tokens.ends[chosen],
        unspaced=tokens.unspaced[chosen],
    )


def line_key(packed: bytes) -> bytes:
    """What a line is recognised by when it recurs: its packed match keys, with every digit alike."""
    if packed.isascii():
        return packed.translate(_DIGITS)
    return _DIGIT.sub("#", packed.decode()).encode()


def line_keys(packed: bytes, bounds: Sequence[int]) -> list[bytes]:
    """The line keys of the lines between each two of the (k + 1,) ``bounds`` in ``packed``."""
    if packed.isascii():
        alike = packed.translate(_DIGITS)
        return [alike[a:b] for a, b in pairwise(bounds)]
    return line_key(b"\n".join([packed[a:b] for a, b in pairwise(bounds)])).split(b"\n")
