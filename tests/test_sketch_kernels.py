"""Shingles, sketches, buckets, resemblance: the compiled kernels give the twins' bytes, whatever the instructions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st
from making import SEEDS, WORDS, decodes
from texts import PAGES

from dedup.kernels import SHINGLE_SIZE, buckets, compiled, matchkey, sketches
from dedup.records import U64, Ints

pytestmark = pytest.mark.usefixtures("isa")
ANY_HASH = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 2**32, 2**63, 2**64 - 1]))
HASHES = st.lists(st.one_of(ANY_HASH, st.integers(0, 3)), max_size=60).map(lambda values: np.array(values, np.uint64))
#: Numbers of permutations around the 4, 8 and 16 of a vector.
WIDTHS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 33, 48, 63, 65, 100, 127, 128, 129, 200)


def as_bytes(results: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [
        (one.dtype, one.shape, one.tobytes()) if isinstance(one, np.ndarray) else (type(one), one) for one in results
    ]


def assert_same(found: Sequence[Any], expected: Sequence[Any]) -> None:
    assert as_bytes(found) == as_bytes(expected)


def hashes(count: int, seed: int = 1) -> U64:
    return np.random.default_rng(seed).integers(0, 2**64, count, np.uint64)


# --- shingles


@pytest.mark.parametrize("size", range(1, SHINGLE_SIZE + 1))
def test_shingles_of_every_length(size: int) -> None:
    for count in (*range(70), 255, 1000):
        tokens = hashes(count, count)
        before = tokens.copy()
        assert_same([compiled.shingles(tokens, size)], [sketches.shingles(tokens, size)])
        assert tokens.tolist() == before.tolist()


@pytest.mark.parametrize("size", [0, 6, 100])
def test_a_shingle_has_one_to_five_tokens(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        compiled.shingles(hashes(9), size)


@settings(max_examples=100, deadline=None)
@given(HASHES, st.integers(1, SHINGLE_SIZE))
def test_shingles_of_any_hashes(tokens: U64, size: int) -> None:
    assert_same([compiled.shingles(tokens, size)], [sketches.shingles(tokens, size)])


# --- sketches of token hashes


@settings(max_examples=150, deadline=None)
@given(HASHES, st.sampled_from(WIDTHS), st.integers(0, 9), st.integers(0, 20), st.sampled_from([1, 16, 40, 63]))
def test_sketches_of_any_hashes(tokens: U64, num_perm: int, seed: int, window: int, bits: int) -> None:
    settings = (num_perm, seed, window, bits)
    assert_same(compiled.sketch(tokens, *settings), sketches.sketch(tokens, *settings))


@pytest.mark.parametrize("num_perm", WIDTHS)
def test_signatures_of_every_width(num_perm: int) -> None:
    for count in (0, 1, 4, 5, 12, 13, 100, 5000):
        settings = (num_perm, 1, 8, 40)
        assert_same(compiled.sketch(hashes(count), *settings), sketches.sketch(hashes(count), *settings))


@pytest.mark.parametrize("window", [0, 1, 2, 3, 7, 8, 9, 16, 17, 64, 1000])
def test_fingerprints_of_every_window(window: int) -> None:
    for count in (*range(30), 63, 64, 65, 300):
        settings = (16, 1, window, 40)
        found = compiled.sketch(hashes(count), *settings)
        assert_same(found, sketches.sketch(hashes(count), *settings))
        assert bool(len(found.fingerprints)) == bool(window and count)


def test_fingerprints_of_64_bits_are_the_minima_themselves() -> None:
    found = compiled.sketch(hashes(50), 16, 1, 1, 64).fingerprints
    assert found.tolist() == sorted(sketches.shingles(hashes(50)).tolist())


def test_sketches_of_repetitive_text() -> None:
    for period in range(1, 20):
        tokens = np.tile(hashes(period), 40)
        assert_same(compiled.sketch(tokens, 128, 1, 8, 40), sketches.sketch(tokens, 128, 1, 8, 40))


def test_hashes_are_not_written_to() -> None:
    tokens = hashes(200)
    before = tokens.copy()
    tokens.flags.writeable = False
    compiled.sketch(tokens, 128, 1, 8, 40)
    compiled.resemblance(tokens, tokens)
    assert tokens.tolist() == before.tolist()


@pytest.mark.parametrize(
    "wrong", [np.zeros(4, np.int64), np.zeros(4, np.uint32), np.zeros((2, 2), np.uint64), [1, 2], None]
)
def test_hashes_of_another_kind_are_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        compiled.sketch(wrong, 128, 1, 8, 40)
    with pytest.raises(TypeError):
        compiled.shingles(wrong)
    with pytest.raises(TypeError):
        compiled.resemblance(wrong, hashes(1))


# --- sketches of many texts


def corpus(count: int = 300) -> list[str]:
    """Texts of all lengths, in many scripts, some of them empty and some alike."""
    rng = random.Random(6)
    pages = ["\n".join(page) for page in PAGES.values()]
    texts = ["", " ", "…", "a", "\ud800", "a\udfffb", *pages]
    while len(texts) < count:
        words = rng.choices(
            [*WORDS, "don’t", "1,200", "Fähre", "東京", "😀", "ﷺ"], k=rng.choice([0, 3, 5, 12, 40, 400])
        )
        texts += [" ".join(words[: len(words) - cut]) for cut in rng.choice([[0], [0, 0], [0, len(words) // 4]])]
    rng.shuffle(texts)
    return texts


def packed(parts: Sequence[bytes]) -> tuple[npt.NDArray[np.uint8], Ints]:
    return np.frombuffer(b"".join(parts), np.uint8), np.cumsum([0, *map(len, parts)], dtype=np.int64)


@pytest.mark.parametrize(("num_perm", "window", "bits"), [(128, 8, 40), (17, 0, 40), (3, 1, 16), (200, 16, 63)])
def test_texts_as_strings_and_as_bytes(num_perm: int, window: int, bits: int) -> None:
    settings = {"num_perm": num_perm, "seed": 3, "window": window, "bits": bits}
    texts = corpus()
    assert_same(compiled.sketch_texts(texts, **settings), sketches.sketch_texts(texts, **settings))
    whole = [text for text in texts if not any("\ud800" <= ch <= "\udfff" for ch in text)]
    data = packed([text.encode() for text in whole])
    expected = sketches.sketch_texts(whole, **settings)
    assert_same(compiled.sketch_texts(data, **settings), expected)
    assert_same(sketches.sketch_texts(data, **settings), expected)
    assert expected.replaced == 0


def test_a_text_among_many_has_the_sketch_that_it_has_alone() -> None:
    texts = corpus(80)
    found = compiled.sketch_texts(texts)
    for at, text in enumerate(texts):
        one = compiled.sketch(compiled.tokenise(text).hashes, 128, 1, 8, 40)
        first, after = found.fingerprint_offsets[at : at + 2]
        assert found.signatures[at].tolist() == one.signature.tolist()
        assert found.fingerprints[first:after].tolist() == one.fingerprints.tolist()
        assert int(found.digests[at]) == one.digest


def test_the_number_of_threads_changes_no_byte() -> None:
    texts = corpus(700)
    data = packed([text.encode("utf-8", "replace") for text in texts])
    for given_ in (texts, tuple(texts), data):
        one, *others = [compiled.sketch_texts(given_, threads=threads) for threads in (1, 2, 5)]
        for other in others:
            assert_same(other, one)


def test_two_strings_in_a_tuple_are_two_texts() -> None:
    assert_same(compiled.sketch_texts(("one two", "three")), sketches.sketch_texts(["one two", "three"]))
    assert len(compiled.sketch_texts(("one two", "three")).digests) == 2


def test_no_texts_have_no_sketches() -> None:
    none: list[Any] = [[], (), packed([])]
    for given_ in none:
        found = compiled.sketch_texts(given_)
        assert_same(found, sketches.sketch_texts([]))
        assert found.signatures.shape == (0, 128)
        assert found.fingerprint_offsets.tolist() == [0]


EDGES = bytes.fromhex("20 41 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff")


def test_bytes_that_are_no_utf8_are_replaced_and_counted_as_by_pythons_decoder() -> None:
    rng = random.Random(2)
    parts = [bytes(three) for three in itertools.product(EDGES, repeat=3)][::3]
    parts += [rng.randbytes(rng.randrange(90)) for _ in range(200)]
    parts += [b"x" * n + bad for n in range(70) for bad in (b"\xff", b"\xed\xa0\x80", b"\xf0\x9f\x98", "é😀".encode())]
    parts = [b"storm " + part + b" harbour" if n % 2 else part for n, part in enumerate(parts)]
    broken = sum(not decodes(part) for part in parts)
    assert 1000 < broken < len(parts)
    found = compiled.sketch_texts(packed(parts), threads=2)
    assert found.replaced == broken
    assert_same(found[:4], sketches.sketch_texts([part.decode(errors="replace") for part in parts])[:4])
    assert_same(found, sketches.sketch_texts(packed(parts)))


@pytest.mark.parametrize("offsets", [[], [0, 5], [-1, 3], [0, 3, 2], [3, 0], [0, 2**62], [4, 5], [-(2**63), 2**63 - 1]])
def test_offsets_that_do_not_divide_the_bytes_are_refused(offsets: list[int]) -> None:
    data = np.frombuffer(b"abcd", np.uint8)
    with pytest.raises(ValueError, match="offsets"):
        compiled.sketch_texts((data, np.array(offsets, np.int64)))
    with pytest.raises(ValueError, match="offsets"):
        compiled.resemblances((data, np.array(offsets, np.int64)), np.zeros((0, 2), np.int64))


def test_texts_of_another_kind_are_refused() -> None:
    wrong: list[Any] = [[b"bytes"], ["a", None], 5, None, (np.zeros(4, np.uint8), [0, 4]), (["a"], ["b"])]
    for texts in wrong:
        with pytest.raises(TypeError):
            compiled.sketch_texts(texts)
        with pytest.raises(TypeError):
            compiled.resemblances(texts, np.zeros((0, 2), np.int64))


def test_offsets_of_32_bits_and_bytes_with_gaps_are_read_as_they_stand() -> None:
    data, offsets = packed([b"one two", b"", b"three"])
    expected = sketches.sketch_texts(["one two", "", "three"])
    assert_same(compiled.sketch_texts((data, offsets.astype(np.int32))), expected)
    assert_same(compiled.sketch_texts((np.repeat(data, 2)[::2], offsets)), expected)


# --- against datasketch


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
@pytest.mark.parametrize(("num_perm", "seed"), [(128, 1), (130, 7)])
def test_the_signature_of_an_article_is_that_of_datasketch(path: Path, num_perm: int, seed: int) -> None:
    text = path.read_text("utf-8")
    theirs = MinHash(num_perm=num_perm, seed=seed, scheme="affine32", hashfunc=lambda x: x)
    theirs.update_batch([h & 0xFFFFFFFF for h in sketches.shingles(matchkey.tokenise(text).hashes).tolist()])
    found = compiled.sketch_texts([text], num_perm=num_perm, seed=seed)
    assert found.signatures[0].tolist() == [int(value) for value in theirs.hashvalues]


# --- buckets


def channel(rng: random.Random, articles: int, keys: int, most: int) -> tuple[U64, Ints]:
    owners = sorted(owner for owner in range(articles) for _ in range(rng.randint(0, most)))
    pool = [rng.choice([rng.getrandbits(64), rng.getrandbits(40), n, n << 54]) for n in range(keys)]
    return np.array([rng.choice(pool) for _ in owners], np.uint64), np.array(owners, np.int64)


@pytest.mark.parametrize("seed", range(30))
def test_pairs_of_random_buckets(seed: int) -> None:
    rng = random.Random(seed)
    channels = [
        channel(rng, rng.choice([0, 1, 2, 9, 60]), rng.choice([1, 2, 7, 40, 500]), rng.choice([1, 3, 8]))
        for _ in range(rng.choice([0, 1, 2, 5]))
    ]
    for cap in (0, 1, 2, 3, 4, 5, 6, 16, 1000):
        expected = buckets.bucket_pairs(channels, cap)
        for threads in (1, 2, 5):
            assert_same(compiled.bucket_pairs(channels, cap, threads), expected)


def test_stars_of_large_buckets() -> None:
    rng = random.Random(3)
    many = 20_000
    keys = np.array([rng.choice([5, 5, 5, 2**63, 1 << 41, n]) for n in range(many)], np.uint64)
    owners = np.arange(many, dtype=np.int64)
    expected = buckets.bucket_pairs([(keys, owners)], 50)
    assert expected.hot == 3
    assert 4 * many < 2 * len(expected.pairs) < 10 * many
    for threads in (1, 2, 5):
        assert_same(compiled.bucket_pairs([(keys, owners)], 50, threads), expected)


def test_one_owner_with_a_key_twice_is_no_pair_of_its_own() -> None:
    keys, owners = np.array([7, 7, 7, 7], np.uint64), np.array([3, 3, 3, 9], np.int64)
    for cap in (2, 3, 100):
        found = compiled.bucket_pairs([(keys, owners)], cap)
        assert found.pairs.tolist() == [[3, 9]]
        assert_same(found, buckets.bucket_pairs([(keys, owners)], cap))


@pytest.mark.parametrize(
    ("owners", "named"),
    [([1, 0], "ascend"), ([-1, 0], "2\\^32"), ([0, 2**32], "2\\^32"), ([0], "as many keys as owners")],
)
def test_owners_that_are_no_positions_in_order_are_refused(owners: list[int], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        compiled.bucket_pairs([(np.zeros(2, np.uint64), np.array(owners, np.int64))], 9)


# --- resemblance


@settings(max_examples=150, deadline=None)
@given(*(st.lists(st.integers(0, 3), max_size=40).map(lambda tokens: np.array(tokens, np.uint64)) for _ in range(2)))
def test_resemblance_of_any_hashes(a: U64, b: U64) -> None:
    assert compiled.resemblance(a, b) == buckets.resemblance(a, b) == compiled.resemblance(b, a)


def test_resemblances_of_many_pairs() -> None:
    rng = random.Random(5)
    texts = corpus(120)
    pairs = np.array(list(itertools.product(range(len(texts)), repeat=2)), np.int64)
    rng.shuffle(pairs)
    expected = buckets.resemblances(texts, pairs)
    assert 0 < np.count_nonzero(expected == 1) < np.count_nonzero(expected) < len(pairs)
    for threads in (1, 2, 5):
        assert_same([compiled.resemblances(texts, pairs, threads)], [expected])
    data = packed([text.encode("utf-8", "replace") for text in texts])
    for threads in (1, 5):
        assert_same([compiled.resemblances(data, pairs, threads)], [buckets.resemblances(data, pairs)])


def test_no_pairs_have_no_resemblances() -> None:
    found = compiled.resemblances(["a"], np.zeros((0, 2), np.int64))
    assert (found.dtype, found.shape) == (np.float64, (0,))


@pytest.mark.parametrize("at", [-1, 2, 2**40, -(2**63)])
def test_pairs_of_texts_that_are_not_there_are_named(at: int) -> None:
    with pytest.raises(IndexError, match=f"the text {at}, which there is not"):
        compiled.resemblances(["a", "b"], np.array([[0, at]], np.int64))


def test_pairs_have_two_columns() -> None:
    with pytest.raises(ValueError, match="two columns"):
        compiled.resemblances(["a", "b"], np.zeros((1, 3), np.int64))
