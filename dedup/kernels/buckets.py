"""Buckets -> candidate pairs, and exact resemblance: the readable twin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from dedup.kernels.matchkey import tokenise
from dedup.kernels.sketches import ManyTexts, decoded, shingles
from dedup.records import U64, Floats, Ints

HUBS: Final = 4  # articles of a large bucket that all its others are paired with, besides their neighbour


class BucketPairs(NamedTuple):
    """Pairs (n, 2) int64 of positions, i < j, sorted and distinct; how many buckets there are, and over the cap."""

    pairs: Ints
    buckets: int
    hot: int


def bucket_pairs(channels: Sequence[tuple[U64, Ints]], cap: int, threads: int = 1) -> BucketPairs:
    """Pairs of owners that share a key in a channel: (keys (n,) uint64, owners (n,) int64, ascending) each.

    A bucket of more than ``cap`` owners becomes a star, which joins them with linear many pairs: each with the
    first few and with the next one.
    """
    found, buckets, hot = [np.zeros((0, 2), np.int64)], 0, 0
    for keys, owners in channels:
        pairs, total, large = _pairs(keys, owners, cap)
        found.append(pairs)
        buckets, hot = buckets + total, hot + large
    return BucketPairs(np.unique(np.concatenate(found), axis=0), buckets, hot)


def _pairs(keys: U64, owners: Ints, cap: int) -> tuple[Ints, int, int]:
    order = np.lexsort((owners, keys))
    keys, owners = keys[order], owners[order]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, int)
    sizes = np.diff(np.append(starts, len(keys)))
    found = []
    for size in np.unique(sizes[sizes > 1]):
        rows = owners[starts[sizes == size][:, None] + np.arange(size)]  # (buckets, size), ascending
        first, second = _all_pairs(int(size)) if size <= cap else _star(int(size))
        found.append(np.stack([rows[:, first].ravel(), rows[:, second].ravel()], 1))
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *found])
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]  # one owner may carry a key twice
    return np.unique(pairs, axis=0), len(starts), int((sizes > cap).sum())


def _all_pairs(size: int) -> tuple[Ints, Ints]:
    first, second = np.triu_indices(size, 1)
    return first.astype(np.int64), second.astype(np.int64)


def _star(size: int) -> tuple[Ints, Ints]:
    """Every article with the first few and with the next one: joined in linear many pairs."""
    hubs = np.repeat(np.arange(HUBS), size)
    others = np.tile(np.arange(size), HUBS)
    chain = np.arange(size - 1)
    first, second = np.concatenate([hubs, chain]), np.concatenate([others, chain + 1])
    keep = first < second
    return first[keep], second[keep]


def resemblance(a: U64, b: U64) -> float:
    """Exact |A∩B| / |A∪B| over the distinct 5-token shingles of two sequences of token hashes (Broder 1997)."""
    one, two = np.unique(shingles(a)), np.unique(shingles(b))
    shared = len(np.intersect1d(one, two, assume_unique=True))
    union = len(one) + len(two) - shared
    return shared / union if union else 0.0


def resemblances(texts: ManyTexts, pairs: Ints, threads: int = 1) -> Floats:
    """(m,) float64: the resemblance of each of the (m, 2) int64 pairs of positions in ``texts``."""
    strings = decoded(texts)[0]
    if pairs.size and not 0 <= pairs.min() <= pairs.max() < len(strings):
        raise IndexError("pairs name a text that there is not")
    hashes = {at: tokenise(strings[at]).hashes for at in np.unique(pairs).tolist()}
    return np.array([resemblance(hashes[a], hashes[b]) for a, b in pairs.tolist()], np.float64)
