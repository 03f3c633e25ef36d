"""A cluster -> its reference copy: which text is chosen, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, permutations
from random import Random

import numpy as np
import pytest
from making import prepared, prose

from dedup import wire
from dedup.config import Config
from dedup.pipeline import Comparer
from dedup.records import Ints, Prepared
from dedup.results import Reference

PARAGRAPHS = [prose(number, 2) for number in range(8)]  # 28 tokens each
OTHERS = [prose(number, 2) for number in range(20, 40)]


def text(*parts: str) -> str:
    return "\n".join(parts)


def choose(articles: Sequence[Prepared]) -> int:
    """The position chosen; of each pair asked for, its tiles are what is shared."""
    comparer = Comparer(articles, None, Config())

    def overlaps(pairs: Ints) -> tuple[Ints, Ints]:
        runs = comparer.tiles(pairs)
        own = [runs.rows[a:b] for a, b in pairwise(runs.offsets.tolist())]
        starts = [int(rows[:, 1].min(initial=10**9)) if len(rows) else -1 for rows in own]
        return np.array([int(rows[:, 2].sum()) for rows in own]), np.array(starts)

    return wire.choose(articles, overlaps)


def chosen(articles: Sequence[Prepared]) -> str:
    """The id of the reference copy, whatever the order of the articles."""
    found = {order[choose(order)].article.id for order in map(list, permutations(articles))}
    (one,) = found
    return one


def reference(article: Prepared, others: Sequence[Prepared] = ()) -> Reference:
    return wire.reference(article, [article, *others])


WHOLE = text(*PARAGRAPHS[:4])


def test_the_agencys_own_item_comes_first_however_short_or_late() -> None:
    articles = [
        prepared(text("By AFP", WHOLE), "credited", "The Daily", "2024-01-01"),
        prepared(WHOLE, "copy", "The Post", "2024-01-01"),
        prepared(text(*PARAGRAPHS[:2]), "own", "afp.com", "2024-01-02"),
    ]
    assert chosen(articles) == "own"
    assert reference(articles[2], articles[:2]).status == "original"
    assert reference(articles[2], articles[:2]).reason == "published by AFP itself"


def test_of_several_own_items_the_most_central_is_chosen() -> None:
    articles = [
        prepared(text(PARAGRAPHS[0], *OTHERS[:3]), "lead", "afp.com", "2024-01-01"),
        prepared(WHOLE, "story", "afp.com", "2024-01-02"),
        prepared(WHOLE, "copy", "The Post", "2024-01-02"),
    ]
    assert chosen(articles) == "story"


def test_an_article_of_an_agencys_site_that_credits_another_agency_is_not_its_own_item() -> None:
    borrowed = prepared(text("By AFP", WHOLE), "borrowed", "apnews.com")
    assert borrowed.own_agency == "AP"
    assert reference(borrowed).status == "credited"


def test_a_newsroom_that_also_sells_copy_is_the_original_only_where_others_credit_it() -> None:
    own = prepared(WHOLE, "own", "cnn.com")
    assert (own.own_agency, own.newsroom) == ("CNN", True)
    copy, credited = prepared(WHOLE, "copy", "The Post"), prepared(text("By CNN", WHOLE), "credited", "The Daily")
    assert credited.credit is not None
    assert reference(own, [copy]).status == "single"
    assert reference(own, [copy, credited]).status == "original"
    assert chosen([own, copy, credited]) == "own"


def test_a_full_printed_credit_comes_before_the_medoid() -> None:
    articles = [
        prepared(text("By AFP", *PARAGRAPHS[:4]), "credited", "The Daily"),
        prepared(text(*PARAGRAPHS[:5]), "one", "The Post"),
        prepared(text(*PARAGRAPHS[:5]), "two", "The Times"),
    ]
    assert chosen(articles) == "credited"
    assert (reference(articles[0]).status, reference(articles[0]).reason) == ("credited", 'prints "By AFP"')


def test_a_credited_extract_is_no_reference() -> None:
    articles = [
        prepared(text("By AFP", PARAGRAPHS[0]), "extract", "The Daily"),
        prepared(text(*PARAGRAPHS[:5]), "one", "The Post", "2024-01-01"),
        prepared(text(*PARAGRAPHS[:5]), "two", "The Times", "2024-01-02"),
    ]
    assert chosen(articles) == "one"


def test_of_three_or_more_the_medoid_is_chosen_and_neither_the_longest_nor_the_shortest() -> None:
    articles = [
        prepared(text(*PARAGRAPHS[:4]), "middle", "a", "2024-01-03"),
        prepared(text(*PARAGRAPHS[:2]), "truncated", "b", "2024-01-01"),
        prepared(text(*PARAGRAPHS[:4], *OTHERS[:6]), "round-up", "c", "2024-01-02"),
        prepared(text(*PARAGRAPHS[:5]), "longer", "d", "2024-01-02"),
    ]
    assert chosen(articles) == "middle"


@pytest.mark.parametrize("days", [("01", "02", "03"), ("03", "02", "01")])
def test_of_equal_copies_the_first_by_name_is_chosen_whatever_the_dates(days: Sequence[str]) -> None:
    articles = [prepared(WHOLE, name, name, f"2024-01-{day}") for name, day in zip("abc", days, strict=True)]
    assert chosen([*articles, prepared(WHOLE, "undated", "d")]) == "a"


def test_of_equally_central_copies_the_shorter_is_chosen() -> None:
    one, two = prepared(text(*PARAGRAPHS[:3]), "one", "a"), prepared(text(*PARAGRAPHS[3:6], OTHERS[0]), "two", "b")
    assert wire.tie(one) < wire.tie(two)


# --- two witnesses


@pytest.mark.parametrize(
    ("longer", "serves"),
    [
        (text(*PARAGRAPHS[:4]), "long"),  # begins with what both have: the shorter was cut
        (text(*PARAGRAPHS[:2], *OTHERS[:5]), "short"),  # more than three times as long: a round-up
        (text(OTHERS[0], *PARAGRAPHS[:4]), "short"),  # what both have stands below 28 tokens of its own
    ],
    ids=["complete", "round-up", "own lead"],
)
def test_of_two_the_longer_serves_if_it_begins_alike_and_is_no_round_up(longer: str, serves: str) -> None:
    assert chosen([prepared(text(*PARAGRAPHS[:2]), "short", "a"), prepared(longer, "long", "b")]) == serves


def test_of_two_equally_long_copies_the_date_does_not_decide() -> None:
    for one, two in (("2024-01-02", "2024-01-01"), ("2024-01-01", "2024-01-02")):
        assert chosen([prepared(WHOLE, "a", "a", one), prepared(WHOLE, "b", "b", two)]) == "a"


def test_of_two_that_share_nothing_the_shorter_serves() -> None:
    assert chosen([prepared(OTHERS[0], "short"), prepared(text(*PARAGRAPHS[:2]), "long")]) == "short"


def test_one_article_is_its_own_reference() -> None:
    assert choose([prepared(WHOLE)]) == 0


# --- status


@pytest.mark.parametrize(
    ("outlets", "status", "reason"),
    [
        (["a"], "single", "the only copy"),
        (["a", "a"], "single", "the only copy"),
        (["a", "b"], "single", "the more complete of two copies"),
        (["a", "b", "b"], "single", "the more complete of two copies"),
        (["a", "b", "c"], "consensus", "shares most with the others, of 3 outlets"),
        (["", "", ""], "consensus", "shares most with the others, of 3 outlets"),
    ],
)
def test_without_credit_the_status_counts_the_outlets(outlets: list[str], status: str, reason: str) -> None:
    articles = [prepared(WHOLE, f"id {at}", outlet) for at, outlet in enumerate(outlets)]
    found = reference(articles[0], articles[1:])
    assert (found.status, found.reason) == (status, reason)
    assert found.prepared is articles[0]


def test_a_shared_credit_is_not_enough_to_be_called_credited() -> None:
    shared = prepared(text(WHOLE, "AFP contributed to this report."), "a", "The Daily")
    assert shared.credit is not None
    assert shared.credit.kind == "shared"
    assert reference(shared).status == "single"


# --- large clusters


def test_in_a_large_cluster_the_choice_does_not_depend_on_the_order() -> None:
    articles = [
        prepared(text(*PARAGRAPHS[: 3 + at % 3], OTHERS[at % 20]), f"id {at}", f"outlet {at}", "2024-01-01")
        for at in range(48)
    ]
    found = set()
    for seed in range(3):
        order = Random(seed).sample(articles, len(articles))
        found.add(order[choose(order)].article.id)
    assert len(found) == 1
