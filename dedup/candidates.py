"""Sketches -> buckets -> candidate pairs, through two channels.

MinHash LSH bands (Broder 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", ch. 3) find reprints
of whole articles; winnowed fingerprints find passages: any two articles that share 12 running tokens become
candidates. A bucket above the cap becomes a star, which joins its articles with linear many pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dedup.config import Config
from dedup.records import U64, Ints, Prepared

_HUBS: Final = 4  # articles of a large bucket that all its others are paired with, besides their neighbour


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate pairs as (n, 2) int64 of positions, i < j, sorted; and how many buckets went over the cap."""

    pairs: Ints
    buckets: int
    hot_buckets: int


def candidates(articles: Sequence[Prepared], config: Config) -> Candidates:
    """All pairs of ``articles`` (by position) that share a bucket in either channel."""
    found, buckets, hot = [np.zeros((0, 2), np.int64)], 0, 0
    for keys, owners in _channels(articles, config):
        pairs, total, large = _pairs(keys, owners, config.bucket_cap)
        found.append(pairs)
        buckets, hot = buckets + total, hot + large
    return Candidates(np.unique(np.concatenate(found), axis=0), buckets, hot)


def _channels(articles: Sequence[Prepared], config: Config) -> list[tuple[U64, Ints]]:
    """(bucket key, article position) of all postings, a channel each."""
    sizes = [len(article.fingerprints) for article in articles]
    prints = np.concatenate([np.zeros(0, np.uint64), *(article.fingerprints for article in articles)])
    channels = [(prints, np.repeat(np.arange(len(articles)), sizes))]
    usable = np.flatnonzero(sizes)
    if len(usable):
        signatures = np.stack([articles[at].signature for at in usable.tolist()])
        channels += [(keys, usable) for keys in band_keys(signatures, config)]
    return channels


def band_keys(signatures: npt.NDArray[np.uint32], config: Config) -> list[U64]:
    """One (n,) uint64 array of bucket keys a band, from (n, num_perm) uint32 signatures."""
    keys = []
    for band in range(config.bands):
        mixed = np.full(len(signatures), band + 1, np.uint64)
        for column in range(band * config.rows, (band + 1) * config.rows):
            mixed = (mixed ^ signatures[:, column]) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
        keys.append(mixed)
    return keys


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
        if len(found) > 64:  # bound what is held before duplicates are dropped
            found = [np.unique(np.concatenate(found), axis=0)]
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *found])
    return np.unique(pairs, axis=0), len(starts), int((sizes > cap).sum())


def _all_pairs(size: int) -> tuple[Ints, Ints]:
    first, second = np.triu_indices(size, 1)
    return first.astype(np.int64), second.astype(np.int64)


def _star(size: int) -> tuple[Ints, Ints]:
    """Every article with the first few and with the next one: joined in linear many pairs."""
    hubs = np.repeat(np.arange(_HUBS), size)
    others = np.tile(np.arange(size), _HUBS)
    chain = np.arange(size - 1)
    first, second = np.concatenate([hubs, chain]), np.concatenate([others, chain + 1])
    keep = first < second
    return first[keep], second[keep]
