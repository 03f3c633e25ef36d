"""Prepared article -> the keys that an index posts it under: 40 bits each, whatever channel they come from."""

from __future__ import annotations

from typing import Final

import numpy as np
import xxhash

from dedup.candidates import band_keys
from dedup.config import Config
from dedup.kernels import KEY_BITS
from dedup.records import U32, U64, Article, Prepared

_MASK: Final = np.uint64(2**KEY_BITS - 1)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_HIGH: Final = np.uint64(64 - KEY_BITS)
_DIGEST, _IDENTITY = 0x64, 0x69  # seeds that keep the two apart from each other and from the channels


def identity(article: Article) -> bytes:
    """16 bytes that are equal for one and the same article: outlet, URL (else id), title and text."""
    parts = (article.outlet, article.url or article.id, article.title or "", article.text)
    state = xxhash.xxh3_128()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        state.update(len(encoded).to_bytes(8, "little"))
        state.update(encoded)
    return state.digest()


def identity_key(identity: bytes) -> int:
    """The key that an article is posted under by its identity."""
    return xxhash.xxh3_64_intdigest(identity, _IDENTITY) & int(_MASK)


def keys(article: Prepared, identity: bytes, config: Config) -> U64:
    """(n,) distinct keys, ascending: both channels of candidates, the digest of the body, and the identity."""
    return posted(article.digest, article.signature, article.fingerprints, identity, config)


def posted(digest: int, signature: U32, fingerprints: U64, identity: bytes, config: Config) -> U64:
    """The same from what is stored of an article."""
    prints = fingerprints
    if config.fingerprint_bits > KEY_BITS:
        prints = (prints * _SPREAD) >> _HIGH
    alone = np.array(
        [xxhash.xxh3_64_intdigest(digest.to_bytes(8, "little"), _DIGEST) & int(_MASK), identity_key(identity)],
        np.uint64,
    )
    bands = band_keys(signature[None], config)[:, 0] if len(fingerprints) else alone[:0]
    return np.unique(np.concatenate([prints, bands, alone]))
