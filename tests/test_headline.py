"""Two headlines side by side."""

from __future__ import annotations

import pytest

from dedup.headline import headlines


def test_equal_headlines_keep_everything_whatever_their_case_and_quotes() -> None:
    found = headlines("Storm ‘closes’ the harbour", 'STORM "CLOSES" THE HARBOUR')
    assert (found.kept, found.in_reference, found.dice) == (1.0, 1.0, 1.0)
    assert (found.added, found.dropped) == ((), ())


def test_one_word_headlines_are_all_or_nothing() -> None:
    assert (headlines("Storm!", "STORM").kept, headlines("Storm!", "STORM").in_reference) == (1.0, 1.0)
    assert (headlines("Storm", "Calm").kept, headlines("Storm", "Calm").in_reference) == (0.0, 0.0)


def test_shares_are_of_distinct_words_and_dice_of_the_common_order() -> None:
    found = headlines("Storm closes harbour", "Harbour closed: storm, storm!")
    assert found.kept == pytest.approx(2 / 3)
    assert found.in_reference == pytest.approx(2 / 3)
    assert found.dice == pytest.approx(2 / 7)


def test_added_and_dropped_words_are_printed_as_they_stand_each_once() -> None:
    found = headlines("Ferries STAY in Port Ellen", "Two ferries, two crews stay in")
    assert found.added == ("Two", "crews")
    assert found.dropped == ("Port", "Ellen")


@pytest.mark.parametrize(
    ("reference", "article"), [(None, "Storm"), ("Storm", None), (None, None), ("", "…"), ("—", "Storm")]
)
def test_a_missing_headline_shares_nothing(reference: str | None, article: str | None) -> None:
    found = headlines(reference, article)
    assert (found.kept, found.in_reference, found.dice) == (0.0, 0.0, 0.0)
    assert (found.reference, found.article) == (reference, article)


def test_swapping_the_sides_swaps_what_is_added_and_dropped() -> None:
    one, two = headlines("Storm closes harbour", "Harbour open"), headlines("Harbour open", "Storm closes harbour")
    assert (one.added, one.dropped) == (two.dropped, two.added)
    assert (one.kept, one.in_reference, one.dice) == (two.in_reference, two.kept, two.dice)
