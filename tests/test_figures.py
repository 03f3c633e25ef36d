"""Numbers as they are printed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.report.figures import lag, percentages, words

DAY, HOUR, MINUTE = 86_400, 3600, 60


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
@example([1, 1, 1])
@example([1] * 7)
@example([1, 0, 0, 10**9])
@example([1] * 1001)
def test_percentages_as_printed_sum_to_exactly_100(parts: list[int]) -> None:
    printed = percentages(parts)
    assert sum(Decimal(f"{value:.1f}") for value in printed) == 100
    assert printed == [round(value, 1) for value in printed]
    for part, value in zip(parts, printed, strict=True):
        assert abs(value - 100 * part / sum(parts)) < 0.1 + 1e-9
        assert part or value == 0


def test_what_is_left_goes_to_the_largest_remainder_and_of_equals_to_the_first() -> None:
    assert percentages([1, 1, 1]) == [33.4, 33.3, 33.3]
    assert percentages([2, 1]) == [66.7, 33.3]
    assert percentages([5, 1, 1]) == [71.4, 14.3, 14.3]
    assert percentages([0, 1]) == [0.0, 100.0]


@pytest.mark.parametrize("parts", [[], [0], [0, 0, 0]])
def test_of_nothing_all_shares_are_nothing(parts: list[int]) -> None:
    assert percentages(parts) == [0.0] * len(parts)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0"),
        (1, "+1 min"),
        (90, "+1 min"),
        (-30 * MINUTE, "-30 min"),
        (HOUR - 1, "+59 min"),
        (HOUR, "+1 h"),
        (3 * HOUR, "+3 h"),
        (-47 * HOUR, "-47 h"),
        (DAY, "+1 d"),
        (DAY + HOUR, "+25 h"),
        (2 * DAY, "+2 d"),
        (-2 * DAY - 5 * HOUR, "-2 d"),
        (400 * DAY, "+400 d"),
    ],
)
def test_a_lag_is_told_in_the_unit_that_fits(seconds: int | None, text: str) -> None:
    assert lag(seconds) == text


def test_a_verdict_is_written_as_people_write_it() -> None:
    assert words("edited_reprint", "expanded") == "edited reprint, expanded"
    assert words("quote_only") == "quote only"
