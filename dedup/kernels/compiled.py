"""The compiled kernels with the signatures of their twins (reference.py): limits filled in, tuples made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dedup.errors import UsageError
from dedup.kernels import _native
from dedup.kernels._native import (
    JsonlReader,
    LiteralFinder,
    isa,
    line_rows,
    quote_units,
    quoted,
    resemblance,
    sentences,
)
from dedup.kernels.buckets import HUBS, BucketPairs
from dedup.kernels.commonness import Asked, Lists
from dedup.kernels.ledger import Alignment
from dedup.kernels.pairs import Books, Runs
from dedup.kernels.postings import Found
from dedup.kernels.sequence import Run
from dedup.kernels.sketches import SHINGLE_SIZE, ManyTexts, Sketch, Sketches, decoded, permutations
from dedup.limits import MAX_LCS_CELLS, MAX_RUNS, MAX_SEEDS_PER_SHINGLE
from dedup.records import U64, Flags, Floats, Ints, Mask, Tokens

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__: list[str] = [
    "Commonness",
    "JsonlReader",
    "LiteralFinder",
    "Recent",
    "Segment",
    "Texts",
    "align",
    "bucket_pairs",
    "common_subsequence",
    "heaviest_chain",
    "isa",
    "line_rows",
    "merge",
    "merged_size",
    "quote_units",
    "quoted",
    "resemblance",
    "resemblances",
    "select",
    "sentences",
    "shingles",
    "sketch",
    "sketch_texts",
    "tiles",
    "token_hash",
    "tokenise",
]


def use(name: str) -> None:
    """Choose the instruction set of all kernels. Raises UsageError for one that this machine cannot run."""
    if name not in _native.isas():
        allowed = ", ".join([*_native.isas(), "reference"])
        raise UsageError(f"DEDUP_KERNELS is {name!r}; this machine can run {allowed}")
    _native.use_isa(name)


def tokenise(text: str) -> Tokens:
    """All tokens of ``text``, in order."""
    return Tokens(*_native.tokenise(text))


def select(tokens: Tokens, ranges: Ints) -> Tokens:
    """As the twin's."""
    arrays = (tokens.bounds, tokens.hashes, tokens.starts, tokens.ends, tokens.unspaced)
    return Tokens(*_native.select(tokens.packed, *arrays, ranges))


def token_hash(key: str) -> int:
    """XXH3_64, seed 0, of the match key's UTF-8."""
    return _native.token_hash(key.encode())


def shingles(tokens: U64, size: int = SHINGLE_SIZE) -> U64:
    """As the twin's."""
    return _native.shingles(tokens, size)


def sketch(hashes: U64, num_perm: int, seed: int, window: int, bits: int) -> Sketch:
    """As the twin's."""
    return Sketch(*_native.sketch(hashes, *permutations(num_perm, seed), window, bits))


def sketch_texts(
    texts: ManyTexts, num_perm: int = 128, seed: int = 1, window: int = 8, bits: int = 40, threads: int = 1
) -> Sketches:
    """As the twin's. The GIL is released while it works."""
    settings = (*permutations(num_perm, seed), window, bits, threads)
    signatures, prints, offsets, digests, invalid = _native.sketch_texts(texts, *settings)
    if len(invalid):  # decided by Python's own decoder, and done again: this is rare
        signatures, prints, offsets, digests, _ = _native.sketch_texts(decoded(texts)[0], *settings)
    return Sketches(signatures, prints, offsets, digests, len(invalid))


def resemblances(texts: ManyTexts, pairs: Ints, threads: int = 1) -> Floats:
    """As the twin's. The GIL is released while it works."""
    return _native.resemblances(texts, pairs, threads)


def bucket_pairs(channels: Sequence[tuple[U64, Ints]], cap: int, threads: int = 1) -> BucketPairs:
    """As the twin's. The GIL is released while it works."""
    return BucketPairs(*_native.bucket_pairs(list(channels), cap, HUBS, threads))


def tiles(reference: U64, article: U64, minimum: int) -> list[Run]:
    """As the twin's."""
    return _runs(_native.tiles(reference, article, minimum, MAX_SEEDS_PER_SHINGLE, MAX_RUNS))


def heaviest_chain(runs: Sequence[Run], reference: U64) -> list[Run]:
    """As the twin's."""
    return _runs(_native.heaviest_chain(_rows(runs), reference))


def common_subsequence(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    """As the twin's."""
    one, two = np.asarray(a, np.uint64), np.asarray(b, np.uint64)
    return [(i, j) for i, j in _native.common_subsequence(one, two, MAX_LCS_CELLS).tolist()]


def align(reference: U64, article: U64, counted: Sequence[Run], sentence_r: Ints, sentence_d: Ints) -> Alignment:
    """As the twin's."""
    labels_r, labels_d, partner_r, partner_d, rewrites = _native.align(
        reference, article, _rows(counted), sentence_r, sentence_d, MAX_LCS_CELLS
    )
    faced = [((a, b), (c, d)) for a, b, c, d in rewrites.tolist()]
    return Alignment(labels_r, labels_d, partner_r, partner_d, faced)


class Texts:
    """As the twin's. The GIL is released while it works."""

    def __init__(self, tokens: Sequence[Tokens], sentences: Sequence[Ints], units: Sequence[Mask]) -> None:
        self._texts = _native.Texts(tokens, sentences, units)

    def tiles(self, pairs: Ints, minimum: int, threads: int = 1) -> Runs:
        """As the twin's."""
        return Runs(*self._texts.tiles(pairs, minimum, MAX_SEEDS_PER_SHINGLE, MAX_RUNS, threads))

    def sizes(self, pairs: Ints, runs: Runs, rare: Mask, threads: int = 1) -> Ints:
        """As the twin's."""
        return self._texts.sizes(pairs, *runs, rare, threads)

    def leaning(self, pairs: Ints, runs: Runs, counted: Mask) -> Mask:
        """As the twin's."""
        return self._texts.leaning(pairs, *runs, counted)

    def ledgers(self, pairs: Ints, runs: Runs, counted: Mask, asked: Mask, threads: int = 1) -> Books:
        """As the twin's."""
        return Books(*self._texts.ledgers(pairs, *runs, counted, asked, MAX_LCS_CELLS, threads))


class Commonness:
    """As the twin's. The GIL is released while it works."""

    def __init__(self, hashes: Sequence[U64], fingerprints: Sequence[U64], days: Ints, threads: int = 1) -> None:
        self._corpus = _native.Commonness(hashes, fingerprints, days, threads)

    def overlapping(self, fingerprints: Sequence[U64], share: float, threads: int = 1) -> Lists:
        """As the twin's."""
        return Lists(*self._corpus.overlapping(fingerprints, share, threads))

    def common(
        self, hashes: Sequence[U64], pairs: Ints, runs: Runs, near: Lists, asked: Asked, threads: int = 1
    ) -> Flags:
        """As the twin's."""
        return self._corpus.common(
            hashes,
            pairs,
            runs.rows,
            runs.offsets,
            near.values,
            near.offsets,
            *asked,
            threads,
        )


class Recent:
    """As the twin's. The GIL is released while it works on many articles."""

    def __init__(self) -> None:
        self._postings = _native.Recent()

    def __len__(self) -> int:
        """As the twin's."""
        return len(self._postings)

    def add(self, numbers: Ints, keys: U64, offsets: Ints) -> None:
        """As the twin's."""
        self._postings.add(numbers, keys, offsets)

    def look_up(self, keys: U64, offsets: Ints, cap: int) -> Found:
        """As the twin's."""
        return Found(*self._postings.look_up(keys, offsets, cap))

    def add_and_look_up(self, numbers: Ints, keys: U64, offsets: Ints, cap: int) -> Found:
        """As the twin's."""
        return Found(*self._postings.add_and_look_up(numbers, keys, offsets, cap))

    def segment(self, first: int, last: int) -> bytes:
        """As the twin's."""
        return self._postings.segment(first, last)

    def without(self, last: int) -> Recent:
        """As the twin's."""
        other = Recent()
        other._postings = self._postings.without(last)
        return other


class Segment(_native.Segment):
    """As the twin's. The GIL is released while it works on many articles."""

    def look_up(self, keys: U64, offsets: Ints, cap: int) -> Found:
        """As the twin's."""
        return Found(*super().look_up(keys, offsets, cap))


def merged_size(segments: Sequence[Segment]) -> int:
    """As the twin's."""
    return _native.merged_size(segments)


def merge(segments: Sequence[Segment], expired: Ints, out: Buffer) -> int:
    """As the twin's. The GIL is released while it works."""
    return _native.merge(segments, expired, out)


def _runs(rows: Ints) -> list[Run]:
    return list(map(tuple, rows.tolist()))


def _rows(runs: Sequence[Run]) -> Ints:
    return np.array(runs, np.int64).reshape(-1, 3)
