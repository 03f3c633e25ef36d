"""Sketches, the readable twin: shingles, signature, fingerprints and digest in a few lines of numpy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import xxhash
from numpy.lib.stride_tricks import sliding_window_view

from dedup.kernels.matchkey import tokenise
from dedup.records import U32, U64, Ints

#: Many texts: strings, or UTF-8 bytes one after the other with the (n + 1,) offsets at which each begins.
ManyTexts = Sequence[str] | tuple[npt.NDArray[np.uint8], Ints]

SHINGLE_SIZE: Final = 5
# Odd, so that two shingles which differ in one token never collide.
_MULTIPLIERS: Final = np.array(
    [0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xAEF17502108EF2D9, 0x8CB92BA72F3D8DD7, 0xDB4F0B9175AE2165],
    np.uint64,
)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)
_CHUNK: Final = 4096  # shingles a step: keeps the 128-wide table of permuted values in the cache


def shingles(tokens: U64, size: int = SHINGLE_SIZE) -> U64:
    """(max(1, n - size + 1),) uint64: multilinear hash mod 2^64 of each ``size`` consecutive tokens, mixed.

    Fewer than ``size`` tokens are padded with 0; no tokens, no shingle. ``size`` is 1 to 5.
    """
    if not len(tokens):
        return tokens
    padded = np.pad(tokens, (0, max(0, size - len(tokens))))
    hashes = (sliding_window_view(padded, size) * _MULTIPLIERS[:size]).sum(1, dtype=np.uint64)
    hashes ^= hashes >> _HALF
    hashes *= _MIX
    mixed: U64 = hashes ^ (hashes >> _HALF)
    return mixed


@lru_cache(maxsize=8)
def permutations(num_perm: int, seed: int) -> tuple[U32, U32]:
    """The multipliers (odd) and addends of datasketch 2's scheme ``affine32``, each (num_perm,) uint32."""
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    return a, b


def _murmur_finalizer(x: U32) -> U32:
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x85EBCA6B)
    x = x ^ (x >> np.uint32(13))
    x = x * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def signature(shingle_hashes: U64, num_perm: int, seed: int) -> U32:
    """(num_perm,) uint32 MinHash values of the shingles' low 32 bits; all ones without shingles.

    Bit-identical to ``datasketch.MinHash(num_perm, seed, scheme="affine32")`` (MinHash: Broder 1997).
    """
    a, b = permutations(num_perm, seed)
    values = np.full(num_perm, 0xFFFFFFFF, np.uint32)
    mixed = _murmur_finalizer(shingle_hashes.astype(np.uint32))
    for start in range(0, len(mixed), _CHUNK):
        part = mixed[start : start + _CHUNK, None]
        np.minimum(values, (part * a + b).min(0), out=values)
    return values


def fingerprints(shingle_hashes: U64, window: int, bits: int) -> U64:
    """Sorted distinct uint64: minima of every ``window`` consecutive shingles, their low ``bits`` bits.

    Winnowing (Schleimer, Wilkerson, Aiken 2003) as a set of values, so that no tie rule is needed: two
    texts that share ``window + 4`` running tokens share a fingerprint, always.
    """
    if not len(shingle_hashes):
        return shingle_hashes
    minima = sliding_window_view(shingle_hashes, min(window, len(shingle_hashes))).min(1)
    return np.unique(minima & np.uint64((1 << bits) - 1))


class Sketch(NamedTuple):
    """A text's (num_perm,) uint32 signature, its sorted distinct fingerprints, and its 64-bit digest."""

    signature: U32
    fingerprints: U64
    digest: int


def sketch(hashes: U64, num_perm: int, seed: int, window: int, bits: int) -> Sketch:
    """Signature, fingerprints and digest of a text's (n,) token hashes.

    A ``window`` of 0 leaves the fingerprints out. The digest is XXH3_64 of the token hashes' bytes: equal for
    texts of equal match keys.
    """
    found = shingles(hashes)
    prints = fingerprints(found, window, bits) if window else np.zeros(0, np.uint64)
    digest = xxhash.xxh3_64_intdigest(hashes.astype("<u8").tobytes())
    return Sketch(signature(found, num_perm, seed), prints, digest)


class Sketches(NamedTuple):
    """The sketches of n texts: (n, num_perm) signatures, the fingerprints of all with (n + 1,) offsets, (n,) digests.

    ``replaced`` counts the texts that were no UTF-8 and were read with U+FFFD in the place of what was not.
    """

    signatures: U32
    fingerprints: U64
    fingerprint_offsets: Ints
    digests: U64
    replaced: int


def sketch_texts(
    texts: ManyTexts, num_perm: int = 128, seed: int = 1, window: int = 8, bits: int = 40, threads: int = 1
) -> Sketches:
    """Text -> match keys -> signature, fingerprints and digest, for many texts; see ``sketch`` for the rest.

    ``threads`` changes the time it takes and nothing else.
    """
    strings, replaced = decoded(texts)
    found = [sketch(tokenise(text).hashes, num_perm, seed, window, bits) for text in strings]
    return Sketches(
        np.array([one.signature for one in found], np.uint32).reshape(-1, num_perm),
        np.concatenate([np.zeros(0, np.uint64), *(one.fingerprints for one in found)]),
        np.cumsum([0, *(len(one.fingerprints) for one in found)], dtype=np.int64),
        np.array([one.digest for one in found], np.uint64),
        replaced,
    )


def decoded(texts: ManyTexts) -> tuple[list[str], int]:
    """The texts as strings, and how many of them were no UTF-8 (read with U+FFFD)."""
    if not (isinstance(texts, tuple) and isinstance(texts[0], np.ndarray)):
        return [_checked(text) for text in texts], 0
    data, offsets = texts[0].tobytes(), texts[1].tolist()
    if not offsets or [0, *offsets, len(data)] != sorted([0, *offsets, len(data)]):
        raise ValueError("offsets must ascend from 0 to at most the size of the data")
    strings, replaced = [], 0
    for start, end in pairwise(offsets):
        try:
            strings.append(data[start:end].decode())
        except UnicodeDecodeError:
            strings.append(data[start:end].decode(errors="replace"))
            replaced += 1
    return strings, replaced


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError("texts must be str")
    return text
