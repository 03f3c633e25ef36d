"""Match keys -> shingles, signature and fingerprints, and the exchange of signatures with datasketch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dedup import kernels
from dedup.config import Config
from dedup.errors import UsageError
from dedup.records import U64

if TYPE_CHECKING:
    from datasketch import LeanMinHash


def sketch(hashes: U64, config: Config) -> tuple[npt.NDArray[np.uint32], U64]:
    """(num_perm,) uint32 signature and sorted uint64 fingerprints of an article's (n,) token hashes."""
    shingle_hashes = kernels.shingles(hashes)
    signature = kernels.signature(shingle_hashes, config.num_perm, config.seed)
    return signature, kernels.fingerprints(shingle_hashes, config.window, config.fingerprint_bits)


def resemblance(a: U64, b: U64) -> float:
    """Exact |A∩B| / |A∪B| over the distinct 5-token shingles of two sequences of token hashes (Broder 1997)."""
    one, two = np.unique(kernels.shingles(a)), np.unique(kernels.shingles(b))
    shared = len(np.intersect1d(one, two, assume_unique=True))
    union = len(one) + len(two) - shared
    return shared / union if union else 0.0


def to_datasketch(signature: npt.NDArray[np.uint32], config: Config | None = None) -> LeanMinHash:
    """The signature as ``datasketch.LeanMinHash`` of scheme "affine32", for datasketch's own indexes."""
    from datasketch import LeanMinHash  # costs half a second: only where asked for

    return LeanMinHash(seed=(config or Config()).seed, hashvalues=signature, scheme="affine32")


def from_datasketch(minhash: LeanMinHash, config: Config | None = None) -> npt.NDArray[np.uint32]:
    """The (num_perm,) uint32 signature in a datasketch MinHash or LeanMinHash.

    Raises UsageError when its scheme, seed or number of permutations differ from ``config``'s: such values
    cannot be compared.
    """
    expected = config or Config()
    given = (minhash.scheme, minhash.seed, len(minhash.hashvalues))
    if given != ("affine32", expected.seed, expected.num_perm):
        raise UsageError(
            f"the MinHash has scheme, seed and num_perm {given}; "
            f"this Config compares only {('affine32', expected.seed, expected.num_perm)}"
        )
    return np.asarray(minhash.hashvalues, np.uint32).copy()
