"""Tiles, chain and common subsequence, each against brute force on small inputs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.kernels import common_subsequence, compiled, heaviest_chain, sequence, tiles, token_hash
from dedup.limits import MAX_LCS_CELLS, MAX_RUNS
from dedup.records import U64

Run = tuple[int, int, int]


def hashed(tokens: Sequence[object]) -> U64:
    return np.array([token_hash(str(token)) for token in tokens], np.uint64)


def swapped(runs: Sequence[Run]) -> list[Run]:
    return sorted((j, i, n) for i, j, n in runs)


def tokens_in(runs: Sequence[Run]) -> int:
    return sum(n for _, _, n in runs)


# --- tiles


def order(run: Run, a: Sequence[object], b: Sequence[object]) -> tuple[int, int, int]:
    """Longest first, then least moved from the beginning or the end, then nearest to both beginnings."""
    i, j, n = run
    return -n, min(abs(i - j), abs(len(a) - len(b) - (i - j))), i + j


def next_tile(a: Sequence[object], b: Sequence[object], free_a: set[int], free_b: set[int], minimum: int) -> Run | None:
    """The tile that greedy string tiling (Wise 1993) lays next, found by trying all."""
    options = []
    for i in free_a:
        for j in free_b:
            n = 0
            while i + n in free_a and j + n in free_b and a[i + n] == b[j + n]:
                n += 1
            if n >= minimum:
                options.append((i, j, n))
    return min(options, key=lambda run: order(run, a, b), default=None)


MANY_REPEATS = st.integers(1, 4).flatmap(lambda size: st.lists(st.integers(1, size), max_size=16))


@settings(max_examples=300, deadline=None)
@given(MANY_REPEATS, MANY_REPEATS, st.integers(3, 7))
@example([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 0, 4, 5, 6, 7, 8, 9], 3)
@example([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 0, 4, 5, 6, 7, 8, 9], 4)
def test_tiles_are_a_greedy_string_tiling(a: list[int], b: list[int], minimum: int) -> None:
    found = tiles(hashed(a), hashed(b), minimum)
    assert found == sorted(found)
    free_a, free_b = set(range(len(a))), set(range(len(b)))
    for i, j, n in sorted(found, key=lambda run: order(run, a, b)):
        best = next_tile(a, b, free_a, free_b, minimum)
        assert best is not None
        assert order((i, j, n), a, b) == order(best, a, b)
        assert a[i : i + n] == b[j : j + n]
        assert free_a >= set(range(i, i + n))
        assert free_b >= set(range(j, j + n))
        free_a -= set(range(i, i + n))
        free_b -= set(range(j, j + n))
    assert next_tile(a, b, free_a, free_b, minimum) is None


VERSES = st.lists(st.sampled_from(["a", "b", "ab", "aab", "refrain", "xyz", "abcde"]), max_size=40).map("".join)


@settings(max_examples=300, deadline=None)
@given(VERSES, VERSES, st.integers(3, 6))
def test_swapping_the_texts_swaps_tiles_and_chain_and_nothing_else(a: str, b: str, minimum: int) -> None:
    one, two = hashed(a), hashed(b)
    found, mirrored = tiles(one, two, minimum), tiles(two, one, minimum)
    assert swapped(mirrored) == found
    assert swapped(heaviest_chain(mirrored, two)) == heaviest_chain(found, one)


@settings(max_examples=200, deadline=None)
@given(VERSES, VERSES, st.integers(3, 6))
def test_tiles_use_each_token_once_and_match_however_repetitive_the_text(a: str, b: str, minimum: int) -> None:
    found = tiles(hashed(a), hashed(b), minimum)
    assert all(n >= minimum and a[i : i + n] == b[j : j + n] for i, j, n in found)
    assert len({i + k for i, _, n in found for k in range(n)}) == tokens_in(found)
    assert len({j + k for _, j, n in found for k in range(n)}) == tokens_in(found)


@pytest.mark.parametrize("minimum", [3, 5, 8, 64])
def test_equal_texts_are_one_tile(minimum: int) -> None:
    text = hashed(range(100))
    assert tiles(text, text, minimum) == [(0, 0, 100)]


def test_texts_shorter_than_the_minimum_or_without_tokens_have_no_tile() -> None:
    assert tiles(hashed("abcd"), hashed("abcd"), 5) == []
    assert tiles(hashed(""), hashed("abcdef"), 5) == []
    assert tiles(hashed("abcdef"), hashed("ghijkl"), 5) == []


SAME = ["same"] * 5000
REFRAIN = ["this", "is", "the", "refrain", "of", "a", "song", "of", "ten", "words"] * 80


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        (SAME, SAME, 5000),
        (SAME, SAME[1:], 4999),
        (SAME, [*SAME[:2500], "other", *SAME[2500:]], 5000),
        (REFRAIN, REFRAIN, 800),
        (REFRAIN, REFRAIN[10:], 790),
        (REFRAIN, ["before", *REFRAIN, "behind"], 800),
        (REFRAIN, [*REFRAIN[:400], "between", *REFRAIN[400:]], 800),
    ],
    ids=range(7),
)
def test_refrains_are_worked_through_and_near_copies_covered_whole(a: list[str], b: list[str], shared: int) -> None:
    one, two = hashed(a), hashed(b)
    found = tiles(one, two, 5)
    assert tokens_in(found) == shared
    assert tokens_in(heaviest_chain(found, one)) == shared
    assert tiles(two, one, 5) == swapped(found)


@pytest.mark.parametrize("cut", [[7], [7, 20], [7, 20, 33]])
def test_a_song_with_a_refrain_between_its_verses_is_covered_whole_where_verses_are_cut(cut: list[int]) -> None:
    verses = [[f"verse{at}-{word}" for word in range(50)] + REFRAIN[:10] for at in range(40)]
    whole = hashed([word for verse in verses for word in verse])
    without = hashed([word for at, verse in enumerate(verses) if at not in cut for word in verse])
    found = tiles(whole, without, 5)
    assert (len(found), tokens_in(found)) == (1 + len(cut), len(without))


def test_of_more_runs_than_the_bound_only_the_longest_are_laid(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [[f"{length}-{word}" for word in range(length)] for length in range(5, 15)]
    one = hashed([word for block in blocks for word in block])
    two = hashed([word for block in reversed(blocks) for word in block])
    assert sorted(n for _, _, n in tiles(one, two, 5)) == list(range(5, 15))
    monkeypatch.setattr(sequence, "MAX_RUNS", 3)
    monkeypatch.setattr(compiled, "MAX_RUNS", 3)
    assert sorted(n for _, _, n in sequence.tiles(one, two, 5)) == [12, 13, 14]
    assert sorted(n for _, _, n in tiles(one, two, 5)) == [12, 13, 14]


def test_text_with_more_runs_than_the_bound_is_worked_through() -> None:
    """A hundred blocks of six words, each fifteen times on both sides: every place of one fits fifteen of the other."""
    blocks = [[f"{block}-{word}" for word in range(6)] for block in range(100)]
    random = np.random.default_rng(0)
    one, two = (
        hashed([word for block in random.permutation(np.repeat(np.arange(100), 15)) for word in blocks[block]])
        for _ in range(2)
    )
    assert MAX_RUNS < 100 * 15 * 15
    found = tiles(one, two, 5)
    assert tokens_in(found) > 0.5 * len(one)
    assert tiles(two, one, 5) == swapped(found)


# --- chain


def increases(runs: Sequence[Run]) -> bool:
    return all(i + n <= k and j + n <= m for (i, j, n), (k, m, _) in pairwise(runs))


@st.composite
def disjoint_runs(draw: st.DrawFn) -> list[Run]:
    lengths = draw(st.lists(st.integers(1, 5), max_size=8))
    starts = np.cumsum([0, *lengths]).tolist()
    places, at = {}, 0
    for index in draw(st.permutations(range(len(lengths)))):
        places[index] = at
        at += lengths[index]
    return [(starts[index], places[index], n) for index, n in enumerate(lengths)]


@settings(max_examples=300, deadline=None)
@given(disjoint_runs())
def test_the_chain_is_the_heaviest_of_all_subsets_that_increase_in_both_texts(runs: list[Run]) -> None:
    reference = hashed(range(50))
    chain = heaviest_chain(runs[::-1], reference)
    subsets = [part for size in range(len(runs) + 1) for part in combinations(runs, size)]
    assert set(chain) <= set(runs)
    assert increases(chain)
    assert tokens_in(chain) == max(tokens_in(part) for part in subsets if increases(part))
    assert swapped(chain) == sorted(heaviest_chain([(j, i, n) for i, j, n in runs], mirrored(runs)))


def mirrored(runs: Sequence[Run]) -> U64:
    """The article's hashes where it holds the runs of a reference of hashed(range(50))."""
    article = list(range(50))
    for i, j, n in runs:
        article[j : j + n] = range(i, i + n)
    return hashed(article)


def test_no_runs_make_no_chain() -> None:
    assert heaviest_chain([], hashed("")) == []


# --- common subsequence


def longest(a: Sequence[object], b: Sequence[object]) -> int:
    row = [0] * (len(b) + 1)
    for x in a:
        above, row = row, [0]
        for at, y in enumerate(b):
            row.append(above[at] + 1 if x == y else max(above[at + 1], row[at]))
    return row[-1]


@settings(max_examples=300, deadline=None)
@given(st.text("abc", max_size=14), st.text("abcd", max_size=14))
def test_a_common_subsequence_is_one_and_no_longer_one_exists(a: str, b: str) -> None:
    one, two = list(map(ord, a)), list(map(ord, b))
    pairs = common_subsequence(one, two)
    assert all(one[i] == two[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))
    assert len(pairs) == longest(a, b) == len(common_subsequence(two, one))


def test_too_large_a_table_is_not_built_and_equal_ends_are_still_found() -> None:
    side = int(MAX_LCS_CELLS**0.5)
    one, two = [0, *range(1, side + 1), 10**6], [0, *range(side, 0, -1), 10**6]
    assert len(common_subsequence(one, two)) == 3
    one, two = [0, *range(1, side + 2), 10**6], [0, *range(side + 1, 0, -1), 10**6]
    assert common_subsequence(one, two) == [(0, 0), (side + 2, side + 2)]


def test_equal_sequences_of_any_length_are_common_whole() -> None:
    long = list(range(100_000))
    assert common_subsequence(long, long) == [(k, k) for k in long]


def test_a_common_subsequence_is_the_same_from_both_sides() -> None:
    assert common_subsequence([1, 2], [2, 1]) == [(y, x) for x, y in common_subsequence([2, 1], [1, 2])]


def test_of_two_equally_heavy_runs_of_the_same_words_both_sides_see_the_same_one() -> None:
    tokens = np.ones(60, np.uint64)
    runs = [(1, 10, 3), (21, 33, 5), (31, 19, 5), (47, 48, 7)]
    chain = heaviest_chain(runs, tokens)
    turned = heaviest_chain(sorted((j, i, n) for i, j, n in runs), tokens)
    assert [(j, i, n) for i, j, n in turned] == chain == [(1, 10, 3), (21, 33, 5), (47, 48, 7)]
