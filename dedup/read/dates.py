"""Published dates as pages and feeds write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_FORMATS: Final = (
    "%d-%b-%Y %H:%M:%S.%f", "%d-%b-%Y", "%B %d, %Y", "%b %d, %Y", "%b. %d, %Y", "%d %B %Y", "%d %b %Y",
    "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%Y%m%d%H%M%S", "%b %d %Y",
    "%A %d %B %Y", "%b %d, %Y, %I:%M %p", "%B %d, %Y, %I:%M %p", "%A, %B %d, %Y", "%A, %d %B %Y",
    "%B %d, %Y %I:%M %p", "%b %d, %Y %I:%M %p", "%B %d, %Y %H:%M", "%Y年%m月%d日", "%a %b %d %H:%M:%S %z %Y",
)  # fmt: skip
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d{4}-W\d\d(?:-\d)?(?:T.*)?|\d{8}(?:T.*)?")
_SECONDS: Final = re.compile(r"\d{9,13}(?:\.\d+)?")  # Unix time as text
_MAIL: Final = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} [\d:]+(?: .{1,6})?")
_DAY_NUMBER: Final = re.compile(r"(?:19|20)\d{6}(?:\d{6})?")  # 20231207, a day and no Unix time
_NOON: Final = re.compile(r"\s([ap])\.?m\b\.?", re.IGNORECASE)
_MONTH: Final = re.compile(r"\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.(?= ?\d)", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1980, 2100  # a Unix time outside these is a number of something else
_MILLISECONDS: Final = 10**11  # an epoch above this counts milliseconds
_NO_TIME: Final = 10**18  # numbers from here on are no times, and may be too large for a float


def parse_date(value: str | float | date | datetime) -> tuple[datetime | None, bool]:
    """The time meant, and whether only a day was given; (None, False) for what is no date.

    Whether an article can have been published then is for chronology.py to say.

    Read are ISO 8601, RFC 2822, Unix times in seconds or milliseconds, and a few unambiguous written forms;
    never a form in which day and month could be mistaken for each other.
    """
    if isinstance(value, datetime):
        return value, False
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day), True
    if isinstance(value, (int, float)):
        if not abs(value) < _NO_TIME:
            return None, False
        if not _DAY_NUMBER.fullmatch(str(value)):
            return _epoch(float(value)), False
    text = _plain(str(value))
    if _SECONDS.fullmatch(text):
        return _epoch(float(text)), False
    for attempt in (_iso, _written, _mail):
        if found := attempt(text):
            return found
    return None, False


def _plain(text: str) -> str:
    """A date as newspapers write it, in the forms read here: "Sept. 7, 2023, 10 a.m." loses its house style."""
    text = _NOON.sub(lambda found: f" {found.group(1).upper()}M", " ".join(text.split()))
    return _MONTH.sub(lambda found: found.group(1)[:3], text).removesuffix(" UTC")


def _epoch(seconds: float) -> datetime | None:
    try:
        when = datetime.fromtimestamp(seconds / 1000 if abs(seconds) > _MILLISECONDS else seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return when if when.year >= _FIRST_YEAR and when.year < _LAST_YEAR else None


def _iso(text: str) -> tuple[datetime, bool] | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text), len(text) <= 10
    except ValueError:
        return None


def _written(text: str) -> tuple[datetime, bool] | None:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form), "%H" not in form and "%I" not in form
        except ValueError:
            continue
    return None


def _mail(text: str) -> tuple[datetime, bool] | None:
    if not _MAIL.fullmatch(text):
        return None
    try:
        return parsedate_to_datetime(text), False
    except (TypeError, ValueError, IndexError):
        return None
