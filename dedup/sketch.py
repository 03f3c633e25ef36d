"""Match keys -> shingles, signature and fingerprints, and the exchange of signatures with datasketch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.config import Config
from dedup.errors import UsageError
from dedup.records import U32, U64

if TYPE_CHECKING:
    from datasketch import LeanMinHash


def sketch(hashes: U64, config: Config) -> kernels.Sketch:
    """Signature, fingerprints and digest of an article's (n,) token hashes."""
    return kernels.sketch(hashes, config.num_perm, config.seed, config.window, config.fingerprint_bits)


def to_datasketch(signature: U32, config: Config | None = None) -> LeanMinHash:
    """The signature as ``datasketch.LeanMinHash`` of scheme "affine32", for datasketch's own indexes."""
    from datasketch import LeanMinHash  # costs half a second: only where asked for

    return LeanMinHash(seed=(config or Config()).seed, hashvalues=signature, scheme="affine32")


def from_datasketch(minhash: LeanMinHash, config: Config | None = None) -> U32:
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
