"""Sketches -> candidate pairs: nothing that shares copy is missed, and large buckets stay cheap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from random import Random

import numpy as np
import pytest
from making import WORDS, prepared

from dedup.candidates import band_keys, candidates
from dedup.config import Config
from dedup.kernels import BucketPairs
from dedup.records import Prepared

Pair = tuple[int, int]


def pairs_of(found: BucketPairs) -> list[Pair]:
    return [(a, b) for a, b in found.pairs.tolist()]


def components(size: int, pairs: Sequence[Pair]) -> list[set[int]]:
    home = {at: {at} for at in range(size)}
    for a, b in pairs:
        if home[a] is not home[b]:
            home[a] |= home[b]
            for at in home[b]:
                home[at] = home[a]
    return [group for at, group in home.items() if at == min(group)]


# --- against brute force on two thousand articles


def edited(words: list[str], random: Random) -> list[str]:
    """A copy as outlets make them: with other words, a cut, a paragraph of its own, or a passage lifted out."""
    copy = list(words)
    kind = random.choice(["same", "words", "cut", "more", "passage"])
    if kind == "words":
        for _ in range(random.randint(1, 4)):
            copy[random.randrange(len(copy))] = random.choice(WORDS)
    elif kind == "cut":
        copy = copy[: random.randint(6, len(copy))]
    elif kind == "more":
        copy += random.choices(WORDS, k=random.randint(5, 40))
    elif kind == "passage":
        start = random.randrange(max(1, len(copy) - 15))
        own = random.choices(WORDS, k=30)
        copy = own[:15] + copy[start : start + random.randint(9, 15)] + own[15:]
    return copy


@pytest.fixture(scope="module")
def corpus() -> list[Prepared]:
    random = Random(7)
    texts: list[list[str]] = []
    while len(texts) < 2000:
        original = random.choices(WORDS, k=random.choice([6, 12, 20, 40, 60]))
        texts += [edited(original, random) for _ in range(random.choice([1, 1, 1, 2, 3, 6]))]
    return [prepared(" ".join(words) + ".", str(at)) for at, words in enumerate(texts)]


def sharing(corpus: Sequence[Prepared], length: int) -> dict[Pair, int]:
    """How many distinct runs of ``length`` tokens two articles share, for all pairs that share one."""
    holders: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for at, article in enumerate(corpus):
        keys = article.tokens.keys
        for start in range(max(1, len(keys) - length + 1)):
            holders[keys[start : start + length]].add(at)
    counts: dict[Pair, int] = defaultdict(int)
    for found in holders.values():
        for pair in combinations(sorted(found), 2):
            counts[pair] += 1
    return counts


def test_every_pair_that_shares_12_running_tokens_is_a_candidate(corpus: list[Prepared]) -> None:
    expected = {pair for pair in sharing(corpus, 12) if all(len(corpus[at].tokens) >= 12 for at in pair)}
    assert len(expected) > 1000
    assert expected <= set(pairs_of(candidates(corpus, Config())))


def test_every_pair_of_high_resemblance_is_a_candidate_by_its_signature_alone(corpus: list[Prepared]) -> None:
    sizes = [len({a.tokens.keys[k : k + 5] for k in range(max(1, len(a.tokens) - 4))}) for a in corpus]
    expected = {
        (a, b) for (a, b), shared in sharing(corpus, 5).items() if shared >= 0.8 * (sizes[a] + sizes[b] - shared)
    }
    apart = [replace(article, fingerprints=np.array([at], np.uint64)) for at, article in enumerate(corpus)]
    assert len(expected) > 200
    assert expected <= set(pairs_of(candidates(apart, Config())))
    assert expected <= set(pairs_of(candidates(corpus, Config())))


def test_pairs_are_ascending_sorted_and_named_once(corpus: list[Prepared]) -> None:
    pairs = pairs_of(candidates(corpus, Config()))
    assert all(a < b for a, b in pairs)
    assert pairs == sorted(set(pairs))


def test_only_articles_that_share_a_shingle_are_candidates(corpus: list[Prepared]) -> None:
    related = sharing(corpus, 5).keys()
    assert all(pair in related for pair in pairs_of(candidates(corpus, Config())))


def test_candidates_do_not_depend_on_the_order_of_the_articles(corpus: list[Prepared]) -> None:
    order = list(range(300))
    Random(1).shuffle(order)
    shuffled = pairs_of(candidates([corpus[at] for at in order], Config()))
    expected = pairs_of(candidates(corpus[:300], Config()))
    assert sorted(tuple(sorted((order[a], order[b]))) for a, b in shuffled) == expected


# --- buckets over the cap


def family(size: int) -> list[Prepared]:
    """Articles that share one run of 14 tokens and nothing else."""
    random, shared = Random(3), " ".join(WORDS[:14])
    return [
        prepared(f"{' '.join(random.choices(WORDS, k=12))} {shared} {' '.join(random.choices(WORDS, k=12))}.", str(at))
        for at in range(size)
    ]


def test_a_bucket_over_the_cap_becomes_a_star_that_keeps_the_family_together() -> None:
    articles = family(120)
    every = candidates(articles, Config(bucket_cap=120))
    star = candidates(articles, Config(bucket_cap=16))
    assert (every.hot, len(every.pairs)) == (0, 120 * 119 // 2)
    assert star.hot > 0
    assert star.buckets == every.buckets
    assert len(star.pairs) < 5 * 120 * star.hot
    assert len(star.pairs) < len(every.pairs) / 4
    assert components(120, pairs_of(star)) == [set(range(120))]
    assert set(pairs_of(star)) < set(pairs_of(every))


def test_in_a_star_every_article_is_paired_with_the_first_four_and_with_the_next() -> None:
    articles = [
        replace(article, fingerprints=np.array([7], np.uint64), signature=article.signature + np.uint32(at))
        for at, article in enumerate(family(30))
    ]
    expected = {(a, b) for a, b in combinations(range(30), 2) if a < 4 or b == a + 1}
    assert set(pairs_of(candidates(articles, Config(bucket_cap=29)))) == expected


@pytest.mark.parametrize("cap", [2, 3, 5])
def test_the_smallest_caps_keep_a_small_family_together(cap: int) -> None:
    articles = family(7)
    assert components(7, pairs_of(candidates(articles, Config(bucket_cap=cap)))) == [set(range(7))]


# --- nothing to pair


def test_no_articles_and_one_article_make_no_pairs() -> None:
    for articles in ([], family(1)):
        found = candidates(articles, Config())
        assert found.pairs.shape == (0, 2)
        assert found.hot == 0
    assert candidates([], Config()).buckets == 0


def test_articles_without_fingerprints_are_no_candidates_of_each_other() -> None:
    empty = [replace(article, fingerprints=np.zeros(0, np.uint64)) for article in family(3)]
    assert pairs_of(candidates(empty, Config())) == []
    with_two = [empty[0], *family(2), empty[1]]
    assert pairs_of(candidates(with_two, Config())) == [(1, 2)]


# --- bands


def test_band_keys_are_equal_where_the_rows_of_the_band_are() -> None:
    config = Config(num_perm=12, bands=4, rows=3)
    one = np.arange(12, dtype=np.uint32)
    two = one.copy()
    two[4] = 99
    keys = band_keys(np.stack([one, two, one]), config)
    assert [bool(key[0] == key[1]) for key in keys] == [True, False, True, True]
    assert all(key[0] == key[2] for key in keys)


def test_the_same_values_in_another_band_or_another_order_are_another_bucket() -> None:
    config = Config(num_perm=6, bands=2, rows=3)
    same = np.array([[1, 2, 3, 1, 2, 3], [3, 2, 1, 3, 2, 1]], np.uint32)
    first, second = band_keys(same, config)
    assert len({*first.tolist(), *second.tolist()}) == 4


def test_buckets_of_many_sizes_make_each_pair_once() -> None:
    articles = [
        replace(article, fingerprints=np.arange(at + 1, dtype=np.uint64)) for at, article in enumerate(family(70))
    ]
    found = candidates(articles, Config(bucket_cap=70))
    assert pairs_of(found) == list(combinations(range(70), 2))
