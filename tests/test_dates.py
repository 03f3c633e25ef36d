"""Published dates: what is read, and what is rather none than a guess."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.read import to_article
from dedup.read.dates import parse_date

DAY = datetime(2023, 12, 7)
NOON = datetime(2023, 12, 7, 12, 30)


@pytest.mark.parametrize(
    "text",
    [
        "2023-12-07", "20231207", "2023-W49-4", "7 December 2023", "7 Dec 2023", "December 7, 2023", "Dec 7, 2023",
        "Dec. 7, 2023", "2023/12/07", "2023.12.07", "07.12.2023", "7-DEC-2023", "  7  Dec\n2023 ",
    ],
)  # fmt: skip
def test_days_are_read_as_days(text: str) -> None:
    assert parse_date(text) == (DAY, True)


@pytest.mark.parametrize(
    "text",
    [
        "2023-12-07T12:30:00", "2023-12-07 12:30", "2023-12-07T12:30", "2023/12/07 12:30:00", "07.12.2023 12:30",
        "20231207123000", "7-DEC-2023 12:30:00.00",
    ],
)  # fmt: skip
def test_naive_times_stay_as_they_stand(text: str) -> None:
    assert parse_date(text) == (NOON, False)


@pytest.mark.parametrize(
    "text",
    [
        "2023-12-07T12:30:00Z", "2023-12-07T12:30:00+00:00", "2023-12-07T13:30:00+0100", "2023-12-07T12:30:00.000Z",
        "Thu, 07 Dec 2023 12:30:00 GMT", "Thu, 7 Dec 2023 13:30:00 +0100", "Thu Dec 07 12:30:00 +0000 2023",
    ],
)  # fmt: skip
def test_times_with_a_zone_keep_it(text: str) -> None:
    found, date_only = parse_date(text)
    assert found is not None
    assert found.tzinfo is not None
    assert found == NOON.replace(tzinfo=UTC)
    assert not date_only


@pytest.mark.parametrize("value", [1701952200, 1701952200.0, 1701952200000])
def test_unix_times_are_seconds_or_milliseconds(value: float) -> None:
    assert parse_date(value) == (NOON.replace(tzinfo=UTC), False)


@pytest.mark.parametrize(
    "text",
    [
        "12/07/2023", "07/12/2023", "7/12", "2023", "2023-12", "December 2023", "yesterday", "3 hours ago", "", "   ",
        "Last update", "2023-13-07", "31 February 2023", "2023-12-07T25:00", "10:30", "-1", "\x00",
        "Фев 2023", "٢٠٢٣-١٢-٠٧T", "not a date " * 500,
    ],
)  # fmt: skip
def test_what_is_unclear_is_no_date(text: str) -> None:
    assert parse_date(text) == (None, False)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, -1e300, 10**30])
def test_impossible_numbers_are_no_date(value: float) -> None:
    assert parse_date(value) == (None, False)


def test_unix_times_are_seconds_or_milliseconds_of_our_time() -> None:
    when = datetime(2023, 12, 7, 12, 30, tzinfo=UTC)
    assert parse_date(1701952200) == parse_date(1701952200000) == (when, False)
    assert parse_date(2023) == parse_date(10**11) == parse_date(-5) == (None, False)


def test_a_day_written_as_a_number_is_no_unix_time() -> None:
    assert parse_date(20231207) == (DAY, True)
    assert parse_date(20231207123000) == (NOON, False)


@pytest.mark.parametrize("text", ["Sept. 7, 2023", "Sep 7 2023", "Thursday 7 September 2023"])
def test_days_as_newspapers_write_them(text: str) -> None:
    assert parse_date(text) == (datetime(2023, 9, 7), True)


def test_hours_as_newspapers_write_them() -> None:
    assert parse_date("Dec. 7, 2023 12:30 p.m.") == (NOON, False)


def test_dates_and_datetimes_are_taken_as_given() -> None:
    zone = timezone(timedelta(hours=-5))
    assert parse_date(date(2023, 12, 7)) == (DAY, True)
    assert parse_date(NOON) == (NOON, False)
    assert parse_date(NOON.replace(tzinfo=zone)) == (NOON.replace(tzinfo=zone), False)


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_every_iso_day_is_read_back(value: date) -> None:
    assert parse_date(value.isoformat()) == (datetime(value.year, value.month, value.day), True)


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))
def test_every_iso_time_is_read_back(value: datetime) -> None:
    assert parse_date(value.isoformat()) == (value, False)


@given(st.text(max_size=30) | st.text("0123456789-/:., TZ+Wabcdefjnouyrlgcpvmst", max_size=40) | st.floats())
def test_anything_is_a_date_or_none(value: str | float) -> None:
    found, date_only = parse_date(value)
    assert found is None or isinstance(found, datetime)
    assert date_only in (True, False)
    assert found is not None or not date_only


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1772571000", datetime(2026, 3, 3, 20, 50, tzinfo=UTC)),  # Unix time as text, not the year 1772
        ("1772571000000", datetime(2026, 3, 3, 20, 50, tzinfo=UTC)),
        ("Mar 3, 2026 9:10 PM", datetime(2026, 3, 3, 21, 10)),
        ("Tuesday, March 3, 2026", datetime(2026, 3, 3)),
        ("2026年3月3日", datetime(2026, 3, 3)),
    ],
)
def test_forms_that_are_easily_misread(text: str, meant: datetime) -> None:
    assert parse_date(text)[0] == meant


@pytest.mark.parametrize("text", ["Mon, 32 Dec 2023 10:00:00 GMT", "03/04/2026", "2026-13-45", "yesterday"])
def test_what_could_be_two_days_or_none_is_none(text: str) -> None:
    assert parse_date(text) == (None, False)


HUGE = [10**18, 10**400, -(10**400), 10**5000]


@pytest.mark.parametrize("value", HUGE, ids=range(4))
def test_a_number_too_large_for_a_time_is_no_date(value: float) -> None:
    assert parse_date(value) == (None, False)


@pytest.mark.parametrize("value", HUGE, ids=range(4))
def test_a_record_with_such_a_number_is_used_and_the_number_reported(value: int) -> None:
    article = to_article({"text": "A story.", "date": value}, "here", {})
    assert (article.published, bool(article.unread_date)) == (None, True)


@pytest.mark.parametrize("record", [{"published": 0}, {"date": 0.0}, {"published": 0, "date": ""}])
def test_the_zero_of_unix_time_is_no_date_and_reported(record: dict[str, object]) -> None:
    article = to_article({"text": "A story.", **record}, "here", {})
    assert (article.published, article.unread_date) == (None, str(next(iter(record.values()))))
