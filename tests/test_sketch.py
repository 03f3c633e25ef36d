"""Match keys -> shingles, signature and fingerprints, against definitions.md and against datasketch."""

from __future__ import annotations

import numpy as np
import pytest
import xxhash
from datasketch import LeanMinHash, MinHash
from hypothesis import given, settings
from hypothesis import strategies as st
from making import SEEDS, prepared

from dedup import kernels, sketch
from dedup.config import Config
from dedup.errors import UsageError
from dedup.kernels import sketches
from dedup.kernels.matchkey import token_hashes
from dedup.records import U64

MULTIPLIERS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xAEF17502108EF2D9, 0x8CB92BA72F3D8DD7, 0xDB4F0B9175AE2165)
ANY_HASH = st.integers(0, 2**64 - 1)
FEW_HASHES = st.integers(1, 4).map(lambda number: kernels.token_hash(str(number)))


def array(values: list[int]) -> U64:
    return np.array(values, np.uint64)


def shingle(tokens: list[int]) -> int:
    h = sum(c * t for c, t in zip(MULTIPLIERS, tokens, strict=False)) % 2**64
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93 % 2**64
    return h ^ h >> 32


def test_a_shingle_is_the_golden_one() -> None:
    hashes = token_hashes(["the", "president", "said", "on", "friday"])
    assert [f"{h:016x}" for h in kernels.shingles(hashes).tolist()] == ["827c7aaa3a03817a"]


@settings(max_examples=100, deadline=None)
@given(st.lists(ANY_HASH, max_size=12), st.integers(1, 5))
def test_shingles_are_hashed_as_defined(tokens: list[int], size: int) -> None:
    places = range(max(1, len(tokens) - size + 1)) if tokens else []
    assert kernels.shingles(array(tokens), size).tolist() == [shingle(tokens[at : at + size]) for at in places]


# --- signature


def by_datasketch(shingles: U64, num_perm: int, seed: int) -> list[int]:
    minhash = MinHash(num_perm=num_perm, seed=seed, scheme="affine32", hashfunc=lambda x: x)
    minhash.update_batch([h & 0xFFFFFFFF for h in shingles.tolist()])
    return [int(value) for value in minhash.hashvalues]


@pytest.mark.parametrize("name", sorted(path.name for path in SEEDS.glob("*.txt")))
def test_the_signature_of_a_seed_article_is_that_of_datasketch(name: str) -> None:
    article = prepared((SEEDS / name).read_text("utf-8"), title=None)
    shingles = kernels.shingles(article.tokens.hashes)
    assert article.signature.tolist() == by_datasketch(shingles, 128, 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_HASH, max_size=60), st.sampled_from([2, 16, 128, 200]), st.sampled_from([0, 1, 7, 2**32 - 1]))
def test_signatures_are_bit_identical_to_datasketch(shingles: list[int], num_perm: int, seed: int) -> None:
    ours = sketches.signature(array(shingles), num_perm, seed)
    assert ours.dtype == np.uint32
    assert ours.tolist() == by_datasketch(array(shingles), num_perm, seed)


def test_a_text_longer_than_one_step_has_the_signature_of_datasketch() -> None:
    shingles = np.random.default_rng(5).integers(0, 2**64, 10_000, np.uint64)
    assert sketches.signature(shingles, 16, 1).tolist() == by_datasketch(shingles, 16, 1)


def test_signatures_estimate_the_resemblance() -> None:
    hashes = np.random.default_rng(1).integers(0, 2**64, 1500, np.uint64)
    one, two = hashes[:1000], hashes[250:1250]
    equal = sketches.signature(kernels.shingles(one), 4096, 1) == sketches.signature(kernels.shingles(two), 4096, 1)
    assert equal.mean() == pytest.approx(kernels.resemblance(one, two), abs=0.03)


def test_a_signature_goes_to_datasketch_and_back() -> None:
    config = Config(num_perm=130, seed=9)
    signature, _, _ = sketch.sketch(token_hashes(list("abcdefghij")), config)
    there = sketch.to_datasketch(signature, config)
    assert isinstance(there, LeanMinHash)
    assert (there.scheme, there.seed, len(there)) == ("affine32", 9, 130)
    back = sketch.from_datasketch(there, config)
    assert back.dtype == np.uint32
    assert back.tolist() == signature.tolist()
    assert not np.shares_memory(back, there.hashvalues)


def test_datasketch_compares_our_signature_with_its_own() -> None:
    article = prepared((SEEDS / "iranwire.txt").read_text("utf-8"), title=None)
    own = MinHash(128, 1, hashfunc=lambda x: x, scheme="affine32")
    own.update_batch([h & 0xFFFFFFFF for h in kernels.shingles(article.tokens.hashes).tolist()])
    assert sketch.to_datasketch(article.signature).jaccard(LeanMinHash(own)) == 1.0
    assert sketch.from_datasketch(own).tolist() == article.signature.tolist()


@pytest.mark.parametrize(
    ("given_", "named"),
    [
        (MinHash(128, 1, scheme="affine64"), "affine64"),
        (MinHash(128, 2, scheme="affine32"), "2"),
        (MinHash(64, 1, scheme="affine32"), "64"),
    ],
)
def test_a_minhash_that_cannot_be_compared_is_refused_by_name(given_: MinHash, named: str) -> None:
    with pytest.raises(UsageError, match=rf"{named}.*compares only \('affine32', 1, 128\)"):
        sketch.from_datasketch(given_)


# --- resemblance


@settings(max_examples=100, deadline=None)
@given(st.lists(FEW_HASHES, max_size=30), st.lists(FEW_HASHES, max_size=30))
def test_resemblance_counts_distinct_shingles(a: list[int], b: list[int]) -> None:
    one, two = (set(kernels.shingles(array(side)).tolist()) for side in (a, b))
    both, either = len(one & two), len(one | two)
    assert kernels.resemblance(array(a), array(b)) == (both / either if either else 0.0)


# --- fingerprints


@settings(max_examples=150, deadline=None)
@given(
    *(st.lists(st.one_of(ANY_HASH, FEW_HASHES), max_size=25) for _ in range(4)),
    st.lists(st.one_of(ANY_HASH, FEW_HASHES), min_size=12, max_size=12),
)
def test_two_texts_that_share_12_running_tokens_share_a_fingerprint(
    before_a: list[int], after_a: list[int], before_b: list[int], after_b: list[int], shared: list[int]
) -> None:
    one, two = array(before_a + shared + after_a), array(before_b + shared + after_b)
    _, prints_one, _ = sketch.sketch(one, Config())
    _, prints_two, _ = sketch.sketch(two, Config())
    assert set(prints_one.tolist()) & set(prints_two.tolist())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ANY_HASH, st.integers(0, 3)), max_size=40), st.integers(1, 10), st.sampled_from([16, 40, 64]))
def test_fingerprints_are_the_low_bits_of_the_minima_of_all_windows(
    shingles: list[int], window: int, bits: int
) -> None:
    width = min(window, len(shingles))
    windows = [shingles[at : at + width] for at in range(len(shingles) - width + 1)] if shingles else []
    expected = sorted({min(values) % 2**bits for values in windows})
    assert sketches.fingerprints(array(shingles), window, bits).tolist() == expected


@pytest.mark.parametrize("length", [1, 4, 5, 8, 12])
def test_a_text_of_at_most_eight_shingles_has_one_fingerprint(length: int) -> None:
    hashes = token_hashes([str(number) for number in range(length)])
    signature, prints, digest = sketch.sketch(hashes, Config())
    assert len(prints) == 1
    assert prints.tolist() == [min(kernels.shingles(hashes).tolist()) % 2**40]
    assert digest == xxhash.xxh3_64_intdigest(hashes.tobytes())
    assert len(signature) == 128


def test_no_tokens_have_no_fingerprint_and_the_empty_signature() -> None:
    signature, prints, digest = sketch.sketch(array([]), Config())
    assert prints.tolist() == []
    assert digest == xxhash.xxh3_64_intdigest(b"")
    assert set(signature.tolist()) == {0xFFFFFFFF}


def test_an_article_keeps_the_sketch_of_its_body() -> None:
    article = prepared((SEEDS / "iranwire.txt").read_text("utf-8"), title=None)
    signature, prints, digest = sketch.sketch(article.tokens.hashes, Config())
    assert article.signature.tolist() == signature.tolist()
    assert article.fingerprints.tolist() == prints.tolist()
    assert article.digest == digest == xxhash.xxh3_64_intdigest(article.tokens.hashes.tobytes())
    assert int(prints.max()) < 2**40
