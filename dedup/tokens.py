"""Body -> match keys with offsets into the original text (the match key itself: kernels/matchkey.py)."""

from __future__ import annotations

from collections.abc import Sequence
from sys import intern

import numpy as np

from dedup.kernels import match_keys, token_hashes, unspaced
from dedup.records import Span, Tokens


def tokens(text: str) -> Tokens:
    """All tokens of ``text``, in order."""
    keys, starts, ends = match_keys(text)
    return Tokens(tuple(map(intern, keys)), token_hashes(keys), starts, ends, unspaced(keys))


def within(found: Tokens, spans: Sequence[Span]) -> Tokens:
    """The tokens that start in one of the given stretches, which are in order and do not overlap."""
    bounds = np.searchsorted(found.starts, np.array(spans, np.int64).reshape(-1, 2))
    chosen = np.concatenate([np.zeros(0, np.int64), *(np.arange(a, b) for a, b in bounds)])
    keys = tuple(key for a, b in bounds.tolist() for key in found.keys[a:b])
    return Tokens(keys, found.hashes[chosen], found.starts[chosen], found.ends[chosen], found.unspaced[chosen])
