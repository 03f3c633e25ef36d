"""The compiled commonness against its readable twin, bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernels import _native, commonness
from dedup.kernels.commonness import UNDATED, Asked, Lists
from dedup.kernels.matchkey import tokenise
from dedup.kernels.pairs import Runs
from dedup.records import U64, Ints

THREADS = (1, 2, 5)
MANY, SOME = (settings(max_examples=count, deadline=None) for count in (300, 100))
Random = np.random.Generator


class Corpus(NamedTuple):
    hashes: list[U64]
    fingerprints: list[U64]
    days: Ints

    @property
    def twin(self) -> commonness.Commonness:
        return commonness.Commonness(self.hashes, self.fingerprints, self.days)

    def native(self, threads: int = 1) -> Any:
        return _native.Commonness(self.hashes, self.fingerprints, self.days, threads)


def hashed(words: Sequence[object]) -> U64:
    return tokenise(" ".join(map(str, words))).hashes


def numbers(values: Sequence[Any]) -> Ints:
    return np.array(values, np.int64)


def assert_same(expected: npt.NDArray[Any], found: npt.NDArray[Any]) -> None:
    assert expected.dtype == found.dtype
    assert expected.shape == found.shape
    assert expected.tolist() == found.tolist()


def assert_same_overlapping(corpus: Corpus, asked: Sequence[U64], share: float) -> Lists:
    expected = corpus.twin.overlapping(asked, share)
    for threads in THREADS:
        for one, two in zip(tuple(expected), corpus.native(threads).overlapping(asked, share, threads), strict=True):
            assert_same(one, two)
    return expected


Case = tuple[list[U64], Ints, Runs, Lists, Asked]


def assert_same_common(corpus: Corpus, case: Case) -> list[bool]:
    hashes, pairs, runs, near, asked = case
    expected = corpus.twin.common(*case)
    for threads in THREADS:
        native = corpus.native(threads)
        assert_same(expected, native.common(hashes, pairs, *runs, *tuple(near), *asked, threads))
    found: list[bool] = (expected > 0).tolist()
    return found


def whole(hashes: U64, needed: int, near: Sequence[int] = (), days: Sequence[int] = (), far_days: int = 3) -> Case:
    """A text against itself, as one tile."""
    runs = Runs(numbers([(0, 0, len(hashes))]), numbers([0, 1]))
    lists = Lists(numbers(near), numbers([0, len(near)]))
    asked = Asked(numbers([days or (0, 0)]), np.array([bool(days)]), numbers([needed]), numbers([needed + 3]), far_days)
    return [hashes], numbers([(0, 0)]), runs, lists, asked


def plain(hashes: list[U64], days: Sequence[int] = ()) -> Corpus:
    return Corpus(hashes, [np.zeros(0, np.uint64)] * len(hashes), numbers(days or [0] * len(hashes)))


def random_case(texts: list[U64], articles: int, random: Random, most_needed: int) -> Case:
    """Any tiles of any pairs: whether the article really has them is not asked."""
    filled = [at for at, text in enumerate(texts) if len(text)]
    pairs = random.choice(filled, (int(random.integers(0, 5)), 2)) if filled else np.zeros((0, 2), np.int64)
    rows: list[tuple[int, int, int]] = []
    counts: list[int] = []
    for a, b in pairs.tolist():
        counts.append(int(random.integers(0, 4)))
        for _ in range(counts[-1]):
            shorter = min(len(texts[a]), len(texts[b]))
            n = int(random.choice([shorter, random.integers(1, shorter + 1)]))
            starts = (int(random.integers(0, len(text) - n + 1)) for text in (texts[a], texts[b]))
            rows.append((*starts, n))  # type: ignore[arg-type]
    near = [np.flatnonzero(random.random(articles) < random.choice([0.0, 0.2, 0.7])) for _ in texts]
    lists = Lists(numbers([at for own in near for at in own]), np.cumsum([0, *map(len, near)], dtype=np.int64))
    asked = Asked(
        random.choice([0, 5, 10, 15, UNDATED], (len(pairs), 2)),
        random.random(len(pairs)) < 0.6,
        random.integers(0, most_needed + 1, len(pairs)),
        random.integers(0, 2 * most_needed + 1, len(pairs)),
        int(random.integers(0, 8)),
    )
    runs = Runs(numbers(rows).reshape(-1, 3), np.cumsum([0, *counts], dtype=np.int64))
    return texts, pairs.astype(np.int64), runs, lists, asked


def random_days(count: int, random: Random) -> list[int]:
    return random.choice([0, 1, 5, 9, 10, 20, 30, UNDATED], count).tolist()


# --- overlapping articles

PRINTS = st.lists(st.integers(0, 12), max_size=8).map(lambda keys: np.unique(np.array(keys, np.uint64)))
SHARE = st.one_of(st.sampled_from([0.0, 0.2, 0.25, 0.5, 1.0, 2.0, -1.0]), st.floats(0, 1))


@MANY
@given(st.lists(PRINTS, max_size=6), st.lists(PRINTS, max_size=4), SHARE)
def test_overlapping_articles(articles: list[U64], asked: list[U64], share: float) -> None:
    corpus = Corpus([np.zeros(0, np.uint64)] * len(articles), articles, numbers([0] * len(articles)))
    assert_same_overlapping(corpus, asked, share)


def test_fingerprints_that_repeat_or_are_large_or_without_order() -> None:
    prints = [np.array(own, np.uint64) for own in ([7, 7, 1], [2**64 - 1, 7, 0], [0], [7] * 70, [])]
    corpus = Corpus([np.zeros(0, np.uint64)] * 5, prints, numbers([0] * 5))
    for share in (0.0, 0.3, 1.0, float("nan")):
        assert_same_overlapping(corpus, prints, share)


def test_overlapping_articles_of_many() -> None:
    random = np.random.default_rng(1)
    prints = [np.unique(random.integers(0, 900, random.integers(0, 60)).astype(np.uint64)) for _ in range(600)]
    corpus = Corpus([np.zeros(0, np.uint64)] * 600, prints, numbers([0] * 600))
    assert len(assert_same_overlapping(corpus, prints[:50], 0.1).values) > 100


# --- common tokens

SMALL = st.integers(1, 3).flatmap(lambda size: st.lists(st.integers(1, size), max_size=30)).map(hashed)


@MANY
@given(st.lists(SMALL, min_size=1, max_size=6), st.lists(SMALL, max_size=2), st.integers(0, 2**32), st.integers(1, 5))
def test_common_tokens_where_much_repeats(own: list[U64], other: list[U64], seed: int, needed: int) -> None:
    random = np.random.default_rng(seed)
    corpus = plain(own, random_days(len(own), random))
    assert_same_common(corpus, random_case([*own, *other], len(own), random, needed))


@st.composite
def patchworks(draw: st.DrawFn) -> list[U64]:
    """Articles of pieces of one long text, so that runs of all lengths about that of a phrase lie over each other."""
    piece = st.tuples(st.integers(0, 70), st.integers(1, 14))
    made = draw(st.lists(st.lists(piece, min_size=1, max_size=8), min_size=1, max_size=8))
    return [hashed([word for at, size in own for word in range(at, at + size)]) for own in made]


@MANY
@given(patchworks(), st.integers(0, 80), st.integers(3, 90), st.integers(0, 2**32), st.integers(1, 6))
def test_common_tokens_of_long_tiles(own: list[U64], at: int, size: int, seed: int, needed: int) -> None:
    random = np.random.default_rng(seed)
    corpus = plain(own, random_days(len(own), random))
    source = hashed(range(at, at + size))
    for most in (1, needed):
        assert_same_common(corpus, whole(source, most))
    assert_same_common(corpus, random_case([source, *own], len(own), random, needed))


@SOME
@given(
    patchworks(),
    st.lists(st.tuples(st.integers(0, 40), st.integers(3, 5), st.sampled_from([2, 40, 90])), min_size=1, max_size=6),
    st.integers(3, 50),
    st.integers(0, 2**32),
    st.sampled_from([1, 2, 3, 41, 80]),
)
def test_phrases_of_many_articles_beside_rare_ones(
    own: list[U64], stock: list[tuple[int, int, int]], size: int, seed: int, needed: int
) -> None:
    random = np.random.default_rng(seed)
    own = [*own, *(hashed(range(at, at + n)) for at, n, times in stock for _ in range(times))]
    random.shuffle(own)  # type: ignore[arg-type]
    corpus = plain(own, random_days(len(own), random))
    source = hashed(range(size))
    for most in (1, needed):
        assert_same_common(corpus, whole(source, most))
    assert_same_common(corpus, random_case([source, *own], len(own), random, needed))


@pytest.mark.parametrize("seed", range(20))
def test_common_tokens_in_a_larger_corpus(seed: int) -> None:
    """Running words drawn by frequency, with phrases put in: some tokens are common and most are not."""
    random = np.random.default_rng(seed)
    phrases = [random.integers(0, 400, random.integers(3, 25)).tolist() for _ in range(12)]
    made = []
    for _ in range(120):
        words = (400 * random.random(60) ** 3).astype(int).tolist()
        for phrase in random.choice(12, 3):
            at = int(random.integers(0, len(words)))
            words[at:at] = phrases[phrase]
        made.append(hashed(words))
    corpus = plain(made, random_days(len(made), random))
    found = []
    for _ in range(10):
        found += assert_same_common(corpus, random_case(made, len(made), random, 8))
    assert 0 < sum(found) < len(found)


@pytest.mark.parametrize(("tile", "phrase"), [(3, 3), (15, 3), (16, 4), (31, 4), (32, 5), (79, 7), (80, 8), (200, 8)])
def test_the_phrase_grows_with_the_tile(tile: int, phrase: int) -> None:
    source = hashed(range(tile))
    corpus = plain([source[:phrase], source[tile - phrase + 1 :], hashed(["x", "y", "z"])])
    assert assert_same_common(corpus, whole(source, 1)) == [True] * phrase + [False] * (tile - phrase)


def test_different_carriers_cover_a_token_from_both_sides() -> None:
    source = hashed(range(20))
    corpus = plain([source[6:10], source[9:13]])
    assert assert_same_common(corpus, whole(source, 2)) == [at == 9 for at in range(20)]


def test_two_runs_of_one_article_count_twice_where_they_meet() -> None:
    source = hashed(["a", "b", "c", "d", "e"])
    corpus = plain([hashed(["a", "b", "c", "x", "c", "d", "e"])])
    assert assert_same_common(corpus, whole(source, 2)) == [False, False, True, False, False]


def test_a_phrase_of_hundreds_of_articles_next_to_rare_ones() -> None:
    source = hashed(range(60))
    corpus = plain([source[20:23]] * 300 + [source[18:24], source[21:27], source[30:37]])
    for needed in range(5):
        assert_same_common(corpus, whole(source, needed))


@pytest.mark.parametrize("dated", [0, 2, 3])
def test_overlapping_articles_of_three_days_are_a_template(dated: int) -> None:
    source = hashed(["a", "b", "c"])
    days = [*(40, 50, 60)[:dated], UNDATED, 101, 40]
    corpus = plain([source] * len(days), days)
    common = assert_same_common(corpus, whole(source, dated, range(len(days)), days=(100, 100)))
    assert common == [dated in (0, 3)] * 3


def test_days_at_the_end_of_what_int64_holds() -> None:
    source = hashed(["a", "b", "c"])
    ends = [-(2**63), 2**63 - 1, -1, 0]
    corpus = plain([source] * 4, ends)
    for day in ends:
        for needed in range(5):
            with np.errstate(over="ignore"):
                assert_same_common(corpus, whole(source, needed, days=(day, 7)))


def test_no_articles_no_pairs_and_empty_texts() -> None:
    empty = np.zeros(0, np.uint64)
    nothing = Runs(np.zeros((0, 3), np.int64), numbers([0]))
    none = Asked(np.zeros((0, 2), np.int64), np.zeros(0, bool), numbers([]), numbers([]), 3)
    no_lists = Lists(numbers([]), numbers([0]))
    for corpus in (plain([]), plain([empty, hashed(["a"]), hashed(["a", "b"])])):
        assert_same_common(corpus, ([], np.zeros((0, 2), np.int64), nothing, no_lists, none))
        for words in (["a"], ["a", "b"], ["a", "b", "c"]):
            for needed in (-1, 0, 1):
                assert_same_common(corpus, whole(hashed(words), needed))
        assert_same_overlapping(corpus, [], 0.2)


def test_a_text_of_two_tokens_has_a_phrase_of_its_own() -> None:
    """Padded with 0, as shingles has it: found by whoever has that token."""
    padded = np.append(hashed(["a", "b"]), np.uint64(0))
    corpus = plain([hashed(["a", "b"])])
    assert assert_same_common(corpus, whole(padded, 1)) == [True] * 3


def test_the_corpus_needs_nothing_of_what_it_was_made_from() -> None:
    source = hashed(range(30))
    corpus = plain([source.copy() for _ in range(5)])
    native, case = corpus.native(), whole(source, 5)
    for own in corpus.hashes:
        own[:] = 0
    corpus.days[:] = 9
    hashes, pairs, runs, near, asked = case
    assert native.common(hashes, pairs, *runs, *tuple(near), *asked, 1).tolist() == [1] * 30


# --- what is turned away

TOKENS = hashed(["a", "b", "c", "d"])
Arguments = dict[str, Any]


def good() -> Arguments:
    return {
        "hashes": [TOKENS, TOKENS],
        "pairs": numbers([(0, 1)]),
        "rows": numbers([(0, 0, 4)]),
        "offsets": numbers([0, 1]),
        "near_values": numbers([0]),
        "near_offsets": numbers([0, 1, 1]),
        "days": numbers([(0, 0)]),
        "days_count": np.array([True]),
        "needed": numbers([1]),
        "many": numbers([2]),
        "far_days": 3,
        "threads": 1,
    }


WRONG: list[tuple[type[Exception], str, Callable[[], Any]]] = [
    (IndexError, "pairs", lambda: numbers([(0, 2)])),
    (IndexError, "pairs", lambda: numbers([(-1, 0)])),
    (ValueError, "pairs", lambda: numbers([(0, 1, 1)])),
    (TypeError, "pairs", lambda: np.zeros((1, 2), np.int32)),
    (IndexError, "rows", lambda: numbers([(1, 0, 4)])),
    (IndexError, "rows", lambda: numbers([(0, 1, 4)])),
    (IndexError, "rows", lambda: numbers([(0, 0, 0)])),
    (ValueError, "rows", lambda: numbers([(0, 0)])),
    (ValueError, "offsets", lambda: numbers([0, 2])),
    (ValueError, "offsets", lambda: numbers([0, 1, 1])),
    (IndexError, "near_values", lambda: numbers([3])),
    (IndexError, "near_values", lambda: numbers([-1])),
    (ValueError, "near_offsets", lambda: numbers([0, 1])),
    (ValueError, "near_offsets", lambda: numbers([0, 1, 2])),
    (ValueError, "near_offsets", lambda: numbers([0, 2, 1])),
    (ValueError, "near_offsets", lambda: numbers([1, 1, 1])),
    (ValueError, "days", lambda: numbers([(0, 0), (0, 0)])),
    (ValueError, "days", lambda: numbers([(0,)])),
    (ValueError, "days_count", lambda: np.array([True, False])),
    (TypeError, "days_count", lambda: numbers([1])),
    (ValueError, "needed", lambda: numbers([1, 1])),
    (ValueError, "many", lambda: numbers([1, 1])),
    (ValueError, "threads", lambda: 0),
    (ValueError, "hashes", lambda: [TOKENS, TOKENS.astype(np.int64)]),
    (ValueError, "hashes", lambda: [TOKENS, np.repeat(TOKENS, 2)[::2]]),
    (ValueError, "hashes", lambda: [TOKENS, TOKENS.tolist()]),
]


@pytest.mark.parametrize(("error", "name", "value"), WRONG)
def test_arguments_that_do_not_fit_are_turned_away(error: type[Exception], name: str, value: Callable[[], Any]) -> None:
    native = plain([TOKENS] * 3).native()
    assert native.common(**good()).shape == (4,)
    with pytest.raises(error, match=name):
        native.common(**{**good(), name: value()})


def test_a_corpus_that_does_not_fit_is_turned_away() -> None:
    for name, change in [
        ("fingerprints", {"fingerprints": []}),
        ("days", {"days": numbers([])}),
        ("hashes", {"hashes": [TOKENS.astype(np.int64)]}),
        ("fingerprints", {"fingerprints": [TOKENS.astype(np.uint32)]}),
        ("threads", {"threads": 0}),
    ]:
        with pytest.raises(ValueError, match=name):
            _native.Commonness(**{"hashes": [TOKENS], "fingerprints": [TOKENS], "days": numbers([0]), **change})
    native = plain([TOKENS]).native()
    with pytest.raises(ValueError, match="fingerprints"):
        native.overlapping([numbers([1])], 0.2, 1)
    with pytest.raises(ValueError, match="threads"):
        native.overlapping([], 0.2, 0)
