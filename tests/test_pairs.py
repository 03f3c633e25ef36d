"""The compiled comparison of many pairs against its readable twin, bit by bit."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernels import _native, pairs, sequence
from dedup.kernels.matchkey import tokenise
from dedup.limits import MAX_LCS_CELLS, MAX_RUNS, MAX_SEEDS_PER_SHINGLE
from dedup.records import Ints, Mask, Tokens

THREADS = (1, 2, 5)
MANY = settings(max_examples=300, deadline=None)


class Case(NamedTuple):
    tokens: list[Tokens]
    sentences: list[Ints]
    units: list[Mask]
    pairs: Ints

    @property
    def twin(self) -> pairs.Texts:
        return pairs.Texts(self.tokens, self.sentences, self.units)

    @property
    def native(self) -> Any:
        return _native.Texts(self.tokens, self.sentences, self.units)


def case_of(texts: Sequence[str], named: Sequence[tuple[int, int]], random: np.random.Generator) -> Case:
    tokens = [tokenise(text) for text in texts]
    sentences = [np.cumsum(random.random(len(one)) < 0.15, dtype=np.int64) for one in tokens]
    return Case(tokens, sentences, masks_of(tokens, random), np.array(named, np.int64).reshape(-1, 2))


def masks_of(tokens: Sequence[Tokens], random: np.random.Generator) -> list[Mask]:
    return [random.random(len(one)) < random.choice([0.0, 0.3, 1.0]) for one in tokens]


def all_pairs(count: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(count) for b in range(count)]


def assert_same(expected: Any, found: Any) -> None:
    assert expected.dtype == found.dtype
    assert expected.shape == found.shape
    assert expected.tolist() == found.tolist()


def assert_same_all(case: Case, minimum: int, random: np.random.Generator) -> pairs.Runs:
    twin, native = case.twin, case.native
    runs = twin.tiles(case.pairs, minimum)
    tokens, tiles = int(runs.rows[:, 2].sum()), len(runs.rows)
    rare, asked = (random.random(tokens) < random.choice([0.2, 0.8, 1.0]) for _ in range(2))
    counted = random.random(tiles) < random.choice([0.0, 0.3, 0.9])
    sizes = twin.sizes(case.pairs, runs, rare)
    books = twin.ledgers(case.pairs, runs, counted, asked)
    assert_same(twin.leaning(case.pairs, runs, counted), native.leaning(case.pairs, *runs, counted))
    for threads in THREADS:
        limits = (MAX_SEEDS_PER_SHINGLE, MAX_RUNS)
        for expected, found in zip(runs, native.tiles(case.pairs, minimum, *limits, threads), strict=True):
            assert_same(expected, found)
        assert_same(sizes, native.sizes(case.pairs, *runs, rare, threads))
        booked = native.ledgers(case.pairs, *runs, counted, asked, MAX_LCS_CELLS, threads)
        for expected, found in zip(books, booked, strict=True):
            assert_same(expected, found)
    return runs


#: Letters of scripts without spaces are a token each; the long ones differ behind 8 bytes.
WORD = st.sampled_from(["a", "b", "c", "1", "漢", "字", "ไ", "responsible", "responsibly"])
TEXT = st.lists(WORD, max_size=40).map(" ".join)


@MANY
@given(st.lists(TEXT, min_size=1, max_size=4), st.integers(1, 6), st.integers(0, 2**32))
def test_texts_of_few_words(texts: list[str], minimum: int, seed: int) -> None:
    texts = [*texts, texts[0]]
    random = np.random.default_rng(seed)
    assert_same_all(case_of(texts, all_pairs(len(texts)), random), minimum, random)


def edited(words: Sequence[str], random: Random, edits: int) -> list[str]:
    """A copy with words replaced, passages dropped, moved and added."""
    out = list(words)
    for _ in range(edits):
        at, size = random.randrange(len(out) + 1), random.choice([1, 1, 1, 3, 10, 30])
        kind = random.choice(["replace", "drop", "move", "add"])
        new = [f"new{random.randrange(200)}" for _ in range(size)]
        if kind == "add":
            out[at:at] = new
        else:
            taken, out[at : at + size] = out[at : at + size], new if kind == "replace" else []
            to = random.randrange(len(out) + 1)
            out[to:to] = taken if kind == "move" else []
    return out


@pytest.mark.parametrize("seed", range(30))
def test_edited_copies_of_long_texts(seed: int) -> None:
    random = Random(seed)
    vocabulary = [f"word{at}" for at in range(random.choice([30, 300, 3000]))]
    first = random.choices(vocabulary, k=400)
    texts = [" ".join(edited(first, random, edits)) for edits in (0, 0, 3, 10, 40)]
    numbers = np.random.default_rng(seed)
    runs = assert_same_all(case_of(texts, all_pairs(len(texts)), numbers), random.choice([3, 5, 8]), numbers)
    assert len(runs.rows) > 25


def test_more_pairs_than_a_thread_takes_at_a_time() -> None:
    random = Random(1)
    first = random.choices([f"word{at}" for at in range(200)], k=60)
    texts = [" ".join(edited(first, random, 5)) for _ in range(12)]
    numbers = np.random.default_rng(1)
    assert_same_all(case_of(texts, all_pairs(12), numbers), 4, numbers)


@MANY
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 12), st.booleans()), max_size=8))
def test_tiles_that_lean_wherever_they_stand(placed: list[tuple[int, int, int, bool]]) -> None:
    case = case_of(["a " * 100, "a " * 100], [(0, 1)], np.random.default_rng(0))
    rows = np.array([(i, j, n) for i, j, n, _ in placed], np.int64).reshape(-1, 3)
    rows = np.minimum(rows, [[88, 88, 12]])
    counted = np.array([counts for *_, counts in placed], bool)
    runs = pairs.Runs(rows, np.array([0, len(rows)], np.int64))
    assert_same(case.twin.leaning(case.pairs, runs, counted), case.native.leaning(case.pairs, *runs, counted))


@pytest.mark.parametrize("gap", [24, 25, 26])
@pytest.mark.parametrize("side", [0, 1])
def test_a_weak_tile_leans_across_a_gap_of_25(gap: int, side: int) -> None:
    case = case_of(["a " * 200, "a " * 200], [(0, 1)], np.random.default_rng(0))
    rows = np.array([(10, 10, 10), (20, 20, 5), (25, 25, 10)], np.int64)
    rows[2, side] += gap
    runs, counted = pairs.Runs(rows, np.array([0, 3], np.int64)), np.array([True, False, True])
    found = case.native.leaning(case.pairs, *runs, counted)
    assert found.tolist() == case.twin.leaning(case.pairs, runs, counted).tolist() == [True, gap <= 25, True]


def test_empty_texts_and_no_pairs() -> None:
    random = np.random.default_rng(0)
    assert_same_all(case_of(["", "", "a b c"], all_pairs(3), random), 1, random)
    assert_same_all(case_of(["a b c"], [], random), 1, random)
    assert_same_all(case_of([], [], random), 1, random)


def test_equal_texts_are_one_tile_however_short() -> None:
    case = case_of(["a b", "a b", "a c"], [(0, 1), (0, 2)], np.random.default_rng(0))
    rows, offsets = case.native.tiles(case.pairs, 5, MAX_SEEDS_PER_SHINGLE, MAX_RUNS, 1)
    assert rows.tolist() == [[0, 0, 2]]
    assert offsets.tolist() == [0, 1, 1]


def test_a_run_whose_hashes_are_equal_and_whose_words_are_not_is_no_tile() -> None:
    case = case_of(["a b c d e f x 1 2 3 4", "a b c d e g y 1 2 3 4"], [(0, 1), (1, 0)], np.random.default_rng(0))
    one, two = case.tokens
    hashes = two.hashes.copy()
    hashes[5] = one.hashes[5]
    case.tokens[1] = replace(two, hashes=hashes)
    runs = assert_same_all(case, 3, np.random.default_rng(0))
    assert runs.rows.tolist() == [[7, 7, 4]] * 2


@pytest.mark.parametrize(("seeds", "kept"), [(0, 3), (4, 1), (256, 0), (256, 2)])
def test_the_bounds_on_seeds_and_runs(seeds: int, kept: int) -> None:
    case = case_of(["a b a b a c a b a b", "b a b a c a b a a b"], [(0, 1), (1, 0)], np.random.default_rng(0))
    with patch.multiple(sequence, MAX_SEEDS_PER_SHINGLE=seeds, MAX_RUNS=kept):
        expected = case.twin.tiles(case.pairs, 2)
    for one, two in zip(expected, case.native.tiles(case.pairs, 2, seeds, kept, 1), strict=True):
        assert_same(one, two)


@pytest.mark.parametrize("cells", [0, 3, MAX_LCS_CELLS])
def test_the_bound_on_tables(cells: int) -> None:
    texts = ["a b c x d y e z f g h i", "a b c u d v e w w f g h i"]
    case = case_of(texts, [(0, 1)], np.random.default_rng(0))
    case = case._replace(sentences=[np.zeros(len(one), np.int64) for one in case.tokens])
    runs = case.twin.tiles(case.pairs, 3)
    counted, asked = np.ones(len(runs.rows), bool), np.ones(int(runs.rows[:, 2].sum()), bool)
    with patch.object(sequence, "MAX_LCS_CELLS", cells):
        expected = case.twin.ledgers(case.pairs, runs, counted, asked)
    for one, two in zip(expected, case.native.ledgers(case.pairs, *runs, counted, asked, cells, 1), strict=True):
        assert_same(one, two)


def test_the_texts_keep_what_they_read() -> None:
    texts = [" ".join(f"{seed}-{at}" for at in range(300)) for seed in (1, 1, 2)]
    case = case_of(texts, [(0, 1), (0, 2)], np.random.default_rng(0))
    native, named = case.native, case.pairs
    expected = case.twin.tiles(named, 3).rows.tolist()
    del case
    rows, _ = native.tiles(named, 3, MAX_SEEDS_PER_SHINGLE, MAX_RUNS, 2)
    assert rows.tolist() == expected


# --- what is turned away

GOOD = tokenise("a b c d e")


class Loose(NamedTuple):
    """Tokens that are not checked when they are made."""

    packed: Any
    bounds: Any
    hashes: Any
    unspaced: Any


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"packed": "a b c d e "}, "packed"),
        ({"packed": GOOD.packed + b" "}, "bounds"),
        ({"packed": GOOD.packed[:-1]}, "bounds"),
        ({"bounds": GOOD.bounds.astype(np.int64)}, "bounds"),
        ({"bounds": GOOD.bounds[:-1]}, "bounds"),
        ({"bounds": GOOD.bounds[[0, 2, 1, 3, 4, 5]]}, "bounds"),
        ({"bounds": GOOD.bounds + np.int32(1)}, "bounds"),
        ({"bounds": np.zeros(0, np.int32), "hashes": GOOD.hashes[:0]}, "bounds"),
        ({"hashes": GOOD.hashes.astype(np.int64)}, "hashes"),
        ({"hashes": np.repeat(GOOD.hashes, 2)[::2]}, "hashes"),
        ({"hashes": GOOD.hashes[:, None]}, "hashes"),
        ({"hashes": GOOD.hashes.tolist()}, "hashes"),
        ({"unspaced": GOOD.unspaced[:-1]}, "unspaced"),
        ({"unspaced": GOOD.unspaced.astype(np.uint8)}, "unspaced"),
        ({"sentences": np.zeros(5, np.int32)}, "sentences"),
        ({"sentences": np.zeros(4, np.int64)}, "sentences"),
        ({"sentences": np.array([0, 1, 0, 1, 1])}, "sentences"),
        ({"sentences": np.array([-1, 0, 0, 0, 0])}, "sentences"),
        ({"units": np.zeros(6, bool)}, "units"),
        ({"units": np.zeros(5, np.int64)}, "units"),
    ],
)
def test_texts_that_do_not_fit_are_turned_away(change: dict[str, Any], named: str) -> None:
    fields = {
        **{name: getattr(GOOD, name) for name in Loose._fields},
        "sentences": np.zeros(5, np.int64),
        "units": np.zeros(5, bool),
        **change,
    }
    tokens = Loose(*(fields[name] for name in Loose._fields))
    with pytest.raises(ValueError, match=named):
        _native.Texts([tokens], [fields["sentences"]], [fields["units"]])


def test_texts_need_as_many_of_everything() -> None:
    with pytest.raises(ValueError, match="sentences"):
        _native.Texts([GOOD], [], [np.zeros(5, bool)])
    with pytest.raises(ValueError, match="units"):
        _native.Texts([GOOD], [np.zeros(5, np.int64)], [])


def two_texts() -> Any:
    return _native.Texts([GOOD, GOOD], [np.zeros(5, np.int64)] * 2, [np.zeros(5, bool)] * 2)


PAIRS, ROWS, OFFSETS = np.array([[0, 1]]), np.array([[0, 0, 2], [3, 3, 2]]), np.array([0, 2])


@pytest.mark.parametrize("rows", [[[0, 0, 0]], [[-1, 0, 2]], [[0, -1, 2]], [[4, 0, 2]], [[0, 4, 2]], [[0, 0, 6]]])
def test_tiles_outside_their_texts_are_turned_away(rows: list[list[int]]) -> None:
    with pytest.raises(IndexError, match="rows"):
        two_texts().leaning(PAIRS, np.array(rows), np.array([0, 1]), np.ones(1, bool))


@pytest.mark.parametrize("offsets", [[], [0], [0, 1], [0, 3], [1, 2], [-1, 2], [0, 1, 2], [2, 0]])
def test_offsets_that_do_not_divide_the_rows_are_turned_away(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="offsets"):
        two_texts().leaning(PAIRS, ROWS, np.array(offsets, np.int64), np.ones(2, bool))


@pytest.mark.parametrize("named", [[[0, 2]], [[-1, 0]], [[2**40, 0]]])
def test_pairs_of_texts_that_are_not_there_are_turned_away(named: list[list[int]]) -> None:
    with pytest.raises(IndexError, match="pairs"):
        two_texts().tiles(np.array(named), 3, 256, 100, 1)


CALLS: dict[str, tuple[Callable[[Any], object], str]] = {
    "columns of pairs": (lambda texts: texts.tiles(np.zeros((1, 3), np.int64), 3, 256, 100, 1), "pairs"),
    "columns of rows": (
        lambda texts: texts.leaning(PAIRS, np.zeros((2, 2), np.int64), OFFSETS, np.ones(2, bool)),
        "rows",
    ),
    "minimum": (lambda texts: texts.tiles(PAIRS, 0, 256, 100, 1), "minimum"),
    "seeds": (lambda texts: texts.tiles(PAIRS, 3, -1, 100, 1), "max_seeds"),
    "runs": (lambda texts: texts.tiles(PAIRS, 3, 256, -1, 1), "max_runs"),
    "threads": (lambda texts: texts.tiles(PAIRS, 3, 256, 100, 0), "threads"),
    "rare": (lambda texts: texts.sizes(PAIRS, ROWS, OFFSETS, np.ones(3, bool), 1), "rare"),
    "counted to lean": (lambda texts: texts.leaning(PAIRS, ROWS, OFFSETS, np.ones(3, bool)), "counted"),
    "counted": (lambda texts: texts.ledgers(PAIRS, ROWS, OFFSETS, np.ones(1, bool), np.ones(4, bool), 9, 1), "counted"),
    "asked": (lambda texts: texts.ledgers(PAIRS, ROWS, OFFSETS, np.ones(2, bool), np.ones(5, bool), 9, 1), "asked"),
    "cells": (
        lambda texts: texts.ledgers(PAIRS, ROWS, OFFSETS, np.ones(2, bool), np.ones(4, bool), -1, 1),
        "max_cells",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_arguments_that_do_not_fit_are_turned_away(name: str) -> None:
    call, named = CALLS[name]
    with pytest.raises(ValueError, match=named):
        call(two_texts())


def test_arrays_of_another_kind_are_turned_away() -> None:
    texts = two_texts()
    with pytest.raises(TypeError, match="pairs"):
        texts.tiles(PAIRS.astype(np.int32), 3, 256, 100, 1)
    with pytest.raises(TypeError, match="rows"):
        texts.leaning(PAIRS, ROWS.astype(np.float64), OFFSETS, np.ones(2, bool))
    with pytest.raises(TypeError, match="counted"):
        texts.leaning(PAIRS, ROWS, OFFSETS, np.ones(2, np.int64))


def test_the_memory_of_what_is_compared_is_held_and_cannot_be_let_go() -> None:
    tokens = tokenise("one two three four five six")
    sentence = array("q", [0] * len(tokens))
    texts = _native.Texts([tokens], [sentence], [np.zeros(len(tokens), bool)])
    with pytest.raises(BufferError):
        sentence.append(0)
    del texts
    sentence.append(0)
