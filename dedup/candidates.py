"""Sketches -> buckets -> candidate pairs, through two channels.

MinHash LSH bands (Broder 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", ch. 3) find reprints
of whole articles; winnowed fingerprints find passages: any two articles that share 12 running tokens become
candidates. A bucket above the cap becomes a star, which joins its articles with linear many pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedup.config import Config
from dedup.kernels import BucketPairs, bucket_pairs
from dedup.records import U32, U64, Ints, Prepared

_BEYOND_KEY = np.uint64(24)  # shifted away: bucket keys have 40 bits, like fingerprints


def candidates(articles: Sequence[Prepared], config: Config, threads: int = 1) -> BucketPairs:
    """All pairs of ``articles`` (by position) that share a bucket in either channel."""
    return bucket_pairs(_channels(articles, config), config.bucket_cap, threads)


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


def band_keys(signatures: U32, config: Config) -> U64:
    """(bands, n) uint64: a row of bucket keys a band, from (n, num_perm) uint32 signatures."""
    rows = signatures[:, : config.bands * config.rows].reshape(len(signatures), config.bands, config.rows)
    mixed = np.repeat(np.arange(1, config.bands + 1, dtype=np.uint64)[:, None], len(signatures), axis=1)
    for row in range(config.rows):
        mixed = (mixed ^ rows[:, :, row].T) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    found: U64 = mixed >> _BEYOND_KEY
    return found
