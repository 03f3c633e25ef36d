"""The inner loops, behind one door: stages import from here and never from a file below.

So far there is one implementation, the readable twin, which defines the answers.
"""

from __future__ import annotations

from dedup.kernels.matchkey import line_key, match_keys, unspaced
from dedup.kernels.reference import (
    SHINGLE_SIZE,
    fingerprints,
    permutations,
    shingles,
    signature,
    token_hash,
    token_hashes,
)
from dedup.kernels.sequence import common_subsequence, heaviest_chain, tiles
from dedup.kernels.unicode14 import UNICODE_VERSION

__all__ = [
    "SHINGLE_SIZE",
    "UNICODE_VERSION",
    "common_subsequence",
    "fingerprints",
    "heaviest_chain",
    "line_key",
    "match_keys",
    "permutations",
    "shingles",
    "signature",
    "tiles",
    "token_hash",
    "token_hashes",
    "unspaced",
]
