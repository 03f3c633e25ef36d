"""Sketches, the readable twin: shingles, signature and fingerprints in a few lines of numpy.

This file defines the answer; a faster kernel must give the same bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import xxhash
from numpy.lib.stride_tricks import sliding_window_view

U64 = npt.NDArray[np.uint64]
U32 = npt.NDArray[np.uint32]

SHINGLE_SIZE: Final = 5
# Odd, so that two shingles which differ in one token never collide.
_MULTIPLIERS: Final = np.array(
    [0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xAEF17502108EF2D9, 0x8CB92BA72F3D8DD7, 0xDB4F0B9175AE2165],
    np.uint64,
)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)
_CHUNK: Final = 4096  # shingles a step: keeps the 128-wide table of permuted values in the cache


@lru_cache(maxsize=1 << 18)
def token_hash(key: str) -> int:
    """XXH3_64, seed 0, of the match key's UTF-8."""
    return xxhash.xxh3_64_intdigest(key.encode())


def token_hashes(keys: list[str]) -> U64:
    """(n,) uint64: the hash of each match key."""
    return np.fromiter(map(token_hash, keys), np.uint64, len(keys))


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
