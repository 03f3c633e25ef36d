"""The compiled tiles, chains, common subsequences and ledgers against their readable twins, bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making import shuffled_words

from dedup.kernels import _native, ledger, sequence, token_hash
from dedup.limits import MAX_LCS_CELLS, MAX_RUNS, MAX_SEEDS_PER_SHINGLE
from dedup.records import U64, Ints

Run = tuple[int, int, int]
Array = npt.NDArray[Any]
FEW, SOME, MANY = (settings(max_examples=count, deadline=None) for count in (60, 150, 400))
C0, C1 = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03  # multipliers of shingles


def hashed(tokens: Sequence[object]) -> U64:
    return np.array([token_hash(str(token)) for token in tokens], np.uint64)


def rows(runs: Sequence[Sequence[int]], columns: int = 3) -> Ints:
    return np.array(runs, np.int64).reshape(-1, columns)


def tuples(found: Ints) -> list[tuple[int, ...]]:
    assert found.dtype == np.int64
    return [tuple(row) for row in found.tolist()]


def swapped(runs: Sequence[Run]) -> list[Run]:
    return sorted((j, i, n) for i, j, n in runs)


# --- one by one


def assert_same_tiles(
    a: U64, b: U64, minimum: int, max_seeds: int = MAX_SEEDS_PER_SHINGLE, max_runs: int = MAX_RUNS
) -> list[Run]:
    with patch.multiple(sequence, MAX_SEEDS_PER_SHINGLE=max_seeds, MAX_RUNS=max_runs):
        expected = sequence.tiles(a, b, minimum)
    assert tuples(_native.tiles(a, b, minimum, max_seeds, max_runs)) == expected
    return expected


def assert_same_chain(runs: Sequence[Run], reference: U64) -> None:
    assert tuples(_native.heaviest_chain(rows(runs), reference)) == sequence.heaviest_chain(runs, reference)


def assert_same_ledger(
    a: U64, b: U64, counted: Sequence[Run], in_a: Ints, in_b: Ints, cells: int = MAX_LCS_CELLS
) -> None:
    with patch.object(sequence, "MAX_LCS_CELLS", cells):
        *expected, rewrites = ledger.align(a, b, counted, in_a, in_b)
    *found, faced = _native.align(a, b, rows(counted), in_a, in_b, cells)
    for one, two in zip(expected, found, strict=True):
        assert one.dtype == two.dtype
        assert one.tolist() == two.tolist()
    assert tuples(faced) == [(*r, *d) for r, d in rewrites]


def assert_same_all(a: U64, b: U64, minimum: int, in_a: Ints, in_b: Ints) -> None:
    found = assert_same_tiles(a, b, minimum)
    assert assert_same_tiles(b, a, minimum) == swapped(found)
    assert_same_chain(found, a)
    assert_same_ledger(a, b, found, in_a, in_b)
    assert_same_ledger(b, a, swapped(found), in_b, in_a)


REPETITIVE = st.integers(1, 4).flatmap(lambda size: st.lists(st.integers(1, size), max_size=40)).map(hashed)
VERSE = st.sampled_from(["a", "b", "ab", "aab", "refrain", "xyz", "abcde", "refrain" * 9, "ab" * 20])
VERSES = st.lists(VERSE, max_size=30).map("".join).map(hashed)
TEXT = st.one_of(REPETITIVE, VERSES)
MINIMUM = st.integers(3, 8)


@MANY
@given(TEXT, TEXT, st.integers(1, 8))
def test_tiles(a: U64, b: U64, minimum: int) -> None:
    assert_same_tiles(a, b, minimum)


@MANY
@given(TEXT, TEXT, MINIMUM, st.integers(0, 20), st.sampled_from([0, 1, 2, 5, 100]))
def test_tiles_of_text_that_goes_over_the_bounds(a: U64, b: U64, minimum: int, max_seeds: int, max_runs: int) -> None:
    assert_same_tiles(a, b, minimum, max_seeds, max_runs)


#: Two tokens of these often make the same sum: C0 * C1 + C1 * 0 == C0 * 0 + C1 * C0.
COLLIDING = st.lists(st.sampled_from([0, C0, C1]), max_size=24).map(lambda tokens: np.array(tokens, np.uint64))


@MANY
@given(COLLIDING, COLLIDING, MINIMUM, st.sampled_from([0, 3, 256]))
@example(np.array([C1, 0, C1], np.uint64), np.array([0, C0, C1], np.uint64), 3, 256)
def test_tiles_of_different_tokens_whose_shingles_collide(a: U64, b: U64, minimum: int, max_seeds: int) -> None:
    assert_same_tiles(a, b, minimum, max_seeds)


@pytest.mark.parametrize("seed", range(12))
def test_of_two_tiles_that_exclude_each_other_the_content_decides(seed: int) -> None:
    """a b c d e f g h i j a b against f g h i j a b c d e f g: seven tokens in common either way."""
    words = [f"{seed}-{word}" for word in range(10)]
    one, two = hashed(words + words[:2]), hashed(words[5:] + words[:7])
    assert sorted(n for _, _, n in assert_same_tiles(one, two, 3)) == [3, 7]
    assert_same_tiles(one, two, 3, max_runs=1)


def test_of_two_tiles_of_one_content_the_first_in_the_reference_is_laid_where_seeds_were_left_out() -> None:
    one, two = (
        hashed("0001000011000000110001111100010000001001"),
        hashed("000100010000101000000100100100000000010010010"),
    )
    assert_same_tiles(one, two, 3, max_seeds=4)
    assert_same_tiles(two, one, 3, max_seeds=4)


@pytest.mark.parametrize("alphabet", [[0, 1], [0, 1, 2], [0, C0], [0, C0, C1]], ids=range(4))
@pytest.mark.parametrize("max_seeds", [4, 16, MAX_SEEDS_PER_SHINGLE])
def test_tiles_of_long_repetitive_texts(alphabet: list[int], max_seeds: int) -> None:
    random = np.random.default_rng(max_seeds)
    for _ in range(25):
        a, b = (random.choice(np.array(alphabet, np.uint64), random.integers(20, 260)) for _ in range(2))
        for max_runs in (1, 2, 5, MAX_RUNS):
            assert_same_tiles(a, b, int(random.integers(3, 9)), max_seeds, max_runs)


RUN = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 4))


@MANY
@given(st.lists(RUN, max_size=14), st.integers(1, 3))
def test_chain_through_any_runs(runs: list[Run], alphabet: int) -> None:
    assert_same_chain(runs, hashed([at % alphabet for at in range(16)]))


@SOME
@given(TEXT, TEXT, MINIMUM, st.randoms(use_true_random=False))
def test_chain_through_tiles_in_any_order(a: U64, b: U64, minimum: int, random: Any) -> None:
    found = sequence.tiles(a, b, minimum)
    random.shuffle(found)
    assert_same_chain(found, a)


@MANY
@given(st.text("abc", max_size=30), st.text("abcd", max_size=30), st.sampled_from([0, 1, 20, 400, MAX_LCS_CELLS]))
def test_common_subsequence(a: str, b: str, max_cells: int) -> None:
    one, two = hashed(a), hashed(b)
    with patch.object(sequence, "MAX_LCS_CELLS", max_cells):
        expected = sequence.common_subsequence(one.tolist(), two.tolist())
    assert tuples(_native.common_subsequence(one, two, max_cells)) == expected
    assert tuples(_native.common_subsequence(two, one, max_cells)) == [(y, x) for x, y in expected]


def test_common_subsequence_at_the_largest_table() -> None:
    side = int(MAX_LCS_CELLS**0.5)
    random = np.random.default_rng(0)
    for size in (side, side + 1):
        a, b = (random.integers(0, 5, size).astype(np.uint64) for _ in range(2))
        expected = sequence.common_subsequence(a.tolist(), b.tolist())
        assert tuples(_native.common_subsequence(a, b, MAX_LCS_CELLS)) == expected


def sentences_of(draw: st.DrawFn, size: int) -> Ints:
    """Ascending numbers, some left out."""
    steps = draw(st.lists(st.sampled_from([0, 0, 0, 0, 1, 2]), min_size=size, max_size=size))
    return np.cumsum(steps, dtype=np.int64)


@st.composite
def shuffled_copies(draw: st.DrawFn) -> tuple[U64, U64, Ints, Ints]:
    one, two = shuffled_words(draw)
    return hashed(one), hashed(two), sentences_of(draw, len(one)), sentences_of(draw, len(two))


Copies = tuple[U64, U64, Ints, Ints]


@MANY
@given(shuffled_copies(), MINIMUM)
def test_ledger_of_all_tiles(case: Copies, minimum: int) -> None:
    a, b, in_a, in_b = case
    assert_same_all(a, b, minimum, in_a, in_b)


@MANY
@given(shuffled_copies(), st.data(), st.sampled_from([0, 6, 30, MAX_LCS_CELLS]))
def test_ledger_of_any_choice_of_tiles(case: Copies, data: st.DataObject, cells: int) -> None:
    a, b, in_a, in_b = case
    counted = [run for run in sequence.tiles(a, b, 3) if data.draw(st.booleans())]
    assert_same_ledger(a, b, counted, in_a, in_b, cells)
    assert_same_ledger(b, a, swapped(counted), in_b, in_a, cells)


@MANY
@given(shuffled_copies(), st.data())
def test_ledger_of_runs_that_overlap_and_match_nothing(case: Copies, data: st.DataObject) -> None:
    a, b, in_a, in_b = case
    counted = []
    for _ in range(data.draw(st.integers(0, 8)) if min(len(a), len(b)) else 0):
        n = data.draw(st.integers(1, min(len(a), len(b), 9)))
        counted.append((data.draw(st.integers(0, len(a) - n)), data.draw(st.integers(0, len(b) - n)), n))
    assert_same_ledger(a, b, counted, in_a, in_b)


def test_ledger_of_sentences_with_the_largest_numbers() -> None:
    a, top = hashed("abcdexfghij"), np.iinfo(np.int64).max
    b = hashed("abcdeyfghij")
    in_a, in_b = np.full(11, top), np.array([0] * 5 + [top] * 6)
    assert_same_all(a, b, 3, in_a, in_b)
    assert_same_all(a, b, 3, in_a, in_a)


# --- long texts


def edited_copies(seed: int, size: int, vocabulary: int) -> Copies:
    """A random text and a copy with words replaced, put in and left out, and stretches moved, cut and repeated."""
    random = np.random.default_rng(seed)
    one = random.zipf(1.3, size) % vocabulary
    two = one.tolist()
    for _ in range(size // 20):
        at, n = int(random.integers(0, len(two))), int(random.integers(1, 4))
        two[at : at + n] = random.integers(0, vocabulary, int(random.integers(0, 4))).tolist()
    for _ in range(4):
        start, n, to = (int(random.integers(0, top)) for top in (len(two), 60, len(two)))
        stretch = two[start : start + n]
        if random.random() < 0.7:
            del two[start : start + n]
        if random.random() < 0.8:
            two[to:to] = stretch
    in_one, in_two = (np.cumsum(random.random(len(side)) < 0.05) for side in (one, two))
    return hashed(one.tolist()), hashed(two), in_one.astype(np.int64), in_two.astype(np.int64)


@pytest.mark.parametrize("vocabulary", [3, 40, 5000])
@pytest.mark.parametrize("seed", range(6))
def test_edited_copies_of_long_texts(seed: int, vocabulary: int) -> None:
    for minimum in (3, 5, 8):
        assert_same_all(*edited_copies(seed, 600, vocabulary)[:2], minimum, *edited_copies(seed, 600, vocabulary)[2:])


SAME = ["same"] * 1500
REFRAIN = ["this", "is", "the", "refrain", "of", "a", "song", "of", "ten", "words"] * 60


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (SAME, SAME),
        (SAME, [*SAME[:700], "other", *SAME[700:]]),
        (REFRAIN, REFRAIN[10:]),
        (REFRAIN, ["before", *REFRAIN, "behind"]),
        (REFRAIN, [*REFRAIN[:333], "between", *REFRAIN[333:]]),
    ],
    ids=range(5),
)
@pytest.mark.parametrize("minimum", [3, 5, 8])
def test_long_refrains(a: list[str], b: list[str], minimum: int) -> None:
    in_a, in_b = (np.arange(len(side), dtype=np.int64) // 23 for side in (a, b))
    assert_same_all(hashed(a), hashed(b), minimum, in_a, in_b)


def test_text_with_more_runs_than_the_bound() -> None:
    blocks = [[f"{block}-{word}" for word in range(6)] for block in range(20)]
    random = np.random.default_rng(0)
    one, two = (
        hashed([word for block in random.permutation(np.repeat(np.arange(20), 15)) for word in blocks[block]])
        for _ in range(2)
    )
    for bound in (1, 100, 1000, 4499, 4500):
        assert_same_tiles(one, two, 5, max_runs=bound)


# --- what is wrong is said


def as_bytes(arrays: Sequence[Array]) -> list[tuple[str, tuple[int, ...], bytes]]:
    return [(array.dtype.str, array.shape, array.tobytes()) for array in arrays]


def ints(*values: int) -> Ints:
    return np.array(values, np.int64)


GOOD: dict[str, dict[str, Any]] = {
    "tiles": {"reference": hashed("abcdef"), "article": hashed("abcdex"), "minimum": 3, "max_seeds": 9, "max_runs": 9},
    "heaviest_chain": {"runs": rows([(0, 0, 5)]), "reference": hashed("abcdef")},
    "common_subsequence": {"a": hashed("abc"), "b": hashed("abd"), "max_cells": 9},
    "align": {
        "reference": hashed("abcdef"), "article": hashed("abcdex"), "counted": rows([(0, 0, 5)]),
        "sentence_r": ints(0, 0, 0, 1, 1, 1), "sentence_d": ints(0, 0, 0, 1, 1, 1), "max_cells": 9,
    },
}  # fmt: skip
HUGE = 2**63 - 1
BAD: list[tuple[str, str, Any]] = [
    ("tiles", "minimum", 0),
    ("tiles", "minimum", -3),
    ("tiles", "max_seeds", -1),
    ("tiles", "max_runs", -1),
    *[(name, "max_cells", -1) for name in ("common_subsequence", "align")],
    *[("heaviest_chain", "runs", rows([bad])) for bad in
      [(0, 0, 7), (2, 0, 5), (-1, 0, 3), (0, -1, 3), (0, 0, 0), (0, 0, -1), (6, 0, 1), (HUGE, 0, 1), (0, HUGE, 1),
       (0, 0, HUGE), (HUGE, HUGE, HUGE), (-HUGE - 1, 0, 1), (0, 0, -HUGE - 1)]],
    *[("align", "counted", rows([bad])) for bad in
      [(0, 0, 7), (2, 0, 5), (0, 2, 5), (-1, 0, 3), (0, -1, 3), (0, 0, 0), (0, 6, 1), (HUGE, 0, 1), (0, HUGE, 1),
       (0, 0, HUGE)]],
    *[("align", side, bad) for side in ("sentence_r", "sentence_d") for bad in
      [ints(0, 0, 0, 1, 1), ints(0, 0, 0, 1, 1, 0), ints(-1, 0, 0, 1, 1, 1), ints(*[0] * 7)]],
]  # fmt: skip


@pytest.mark.parametrize(("function", "argument", "bad"), BAD)
def test_numbers_out_of_range_are_named(function: str, argument: str, bad: Any) -> None:
    getattr(_native, function)(**GOOD[function])
    with pytest.raises((ValueError, IndexError), match=f"^{argument} "):
        getattr(_native, function)(**{**GOOD[function], argument: bad})


def misaligned(array: Array) -> Array:
    return np.frombuffer(b"x" + array.tobytes(), np.uint8)[1:].view(array.dtype).reshape(array.shape)


def strided(array: Array) -> Array:
    return np.repeat(array, 2, axis=0)[::2]


SPOILT: list[Callable[[Array], Array]] = [
    lambda array: array.astype(np.int32),
    lambda array: array.astype(np.float64),
    lambda array: array.view(np.int64 if array.dtype == np.uint64 else np.uint64),
    lambda array: array[..., None],
    lambda array: array[0],
    lambda array: np.concatenate([array, array], axis=-1) if array.ndim == 2 else array[:, None],
    strided,
    misaligned,
]


@pytest.mark.parametrize("function", GOOD)
@pytest.mark.parametrize("spoil", range(len(SPOILT)))
def test_arrays_of_another_kind_are_named(function: str, spoil: int) -> None:
    for argument, good in GOOD[function].items():
        if not isinstance(good, np.ndarray):
            continue
        bad = SPOILT[spoil](good)
        if len(good) == 1 and spoil == SPOILT.index(strided):
            continue  # one row has no stride
        with pytest.raises(ValueError, match=f"^{argument} must be"):
            getattr(_native, function)(**{**GOOD[function], argument: bad})
        with pytest.raises(TypeError):
            getattr(_native, function)(**{**GOOD[function], argument: good.tolist()})


@pytest.mark.parametrize("function", GOOD)
def test_read_only_arrays_are_read_and_never_written(function: str) -> None:
    kept = {name: good.copy() if isinstance(good, np.ndarray) else good for name, good in GOOD[function].items()}
    for good in kept.values():
        if isinstance(good, np.ndarray):
            good.flags.writeable = False
    found, again = (getattr(_native, function)(**arguments) for arguments in (kept, GOOD[function]))
    one, two = (result if isinstance(result, tuple) else (result,) for result in (found, again))
    assert as_bytes(one) == as_bytes(two)


@FEW
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_any_numbers_are_either_worked_through_or_refused(function: str, data: st.DataObject) -> None:
    number = st.one_of(st.integers(-2, 14), st.sampled_from([HUGE, -HUGE - 1, 2**31 - 1, 2**31, 2**32]))
    arguments = dict(GOOD[function])
    for name, good in arguments.items():
        if isinstance(good, np.ndarray) and good.dtype == np.int64 and data.draw(st.booleans()):
            shape = (data.draw(st.integers(0, 4)), *good.shape[1:])
            size = int(np.prod(shape))
            arguments[name] = ints(*data.draw(st.lists(number, min_size=size, max_size=size))).reshape(shape)
    with suppress(ValueError, IndexError):
        getattr(_native, function)(**arguments)
