"""Published dates against the day of reading and each other: which cannot be, who was first, how long after.

A time without a zone is taken as UTC, and days are days in UTC. A time of exactly midnight says no more than its
day: pages that know the day alone write it so (of 45,000 articles with times, one is dated at midnight).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, Protocol, TypeVar

#: Whether the dates tell who was first: "known"; "unclear", where several may have been (the same day or time, or
#: an earlier version by another outlet); "undated", where fewer than two members have a date.
Direction = Literal["known", "unclear", "undated"]

_FIRST_NEWSPAPER: Final = 1600  # the Relation of Strasbourg is of 1605
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: The zero of FILETIME, of spreadsheets, and of several databases and parsers.
_ZEROS: Final = (datetime(1601, 1, 1), datetime(1899, 12, 30), datetime(1900, 1, 1))
_YEARS_OF_ZEROS: Final = (1601, 1899, 1900, 1969, 1970)  # asked first: hardly any date is of one
_DAY: Final = 86_400


class Dated(Protocol):
    """What an article says of itself and its time."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def outlet(self) -> str:
        """Who published it."""

    @property
    def published(self) -> datetime | None:
        """When."""

    @property
    def date_only(self) -> bool:
        """Whether only the day is known."""


_One = TypeVar("_One", bound=Dated)


def impossible(when: datetime, today: date | None = None) -> str | None:
    """Why ``when`` cannot be the date of an article read on ``today`` (None: by the clock), or None if it can.

    It cannot be before newspapers, the zero of some calendar, or more than a day ahead, which time zones explain.
    """
    if when.year < _FIRST_NEWSPAPER:
        return "before there were newspapers"
    if when.toordinal() > (today or datetime.now(UTC).date()).toordinal() + 1:
        return "after the day of reading"
    if when.year in _YEARS_OF_ZEROS and (
        abs(instant(when) - _EPOCH) < timedelta(days=1) or when.replace(tzinfo=None) in _ZEROS
    ):
        return "a placeholder"
    return None


def instant(when: datetime) -> datetime:
    """A time with a zone: those without one are taken as UTC where they meet times with one."""
    return when.replace(tzinfo=UTC) if when.utcoffset() is None else when


@dataclass(frozen=True, slots=True)
class _Moment:
    """A day (counted from the year 1), and the time where more than the day is known."""

    day: int
    time: datetime | None


def _moment(article: Dated) -> _Moment | None:
    when = article.published
    if when is None:
        return None
    if article.date_only or when.time() == time.min:
        return _Moment(when.toordinal(), None)
    at = instant(when).astimezone(UTC)
    return _Moment(at.toordinal(), at)


def earliest(articles: Sequence[_One]) -> list[_One]:
    """Those that may have been the first, in their order: several where a day or a time is the same.

    On the earliest day these are all of which no more than the day is known, and the earliest of those with times.
    """
    dated = [(article, moment) for article in articles if (moment := _moment(article))]
    day = min((moment.day for _, moment in dated), default=0)
    dated = [(article, moment) for article, moment in dated if moment.day == day]
    first = min((moment.time for _, moment in dated if moment.time), default=None)
    return [article for article, moment in dated if moment.time in (None, first)]


def direction(members: Sequence[Dated], revisions: Sequence[Dated]) -> Direction:
    """Whether one of ``members`` is known to be the first; ``revisions`` are further versions by their outlets."""
    if sum(member.published is not None for member in members) < 2:
        return "undated"
    early = (*earliest(members), *earliest([*members, *revisions]))
    first = {article.outlet or article.id for article in early}
    return "known" if len(first) == 1 else "unclear"


def lag_seconds(first: Dated | None, article: Dated) -> int | None:
    """Seconds from one publication to another; whole days, 0 on the same day, where either is known by its day."""
    begin, end = first and _moment(first), _moment(article)
    if not begin or not end:
        return None
    if begin.time and end.time:
        return round((end.time - begin.time).total_seconds())
    return _DAY * (end.day - begin.day)
