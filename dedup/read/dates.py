"""Published dates as pages and feeds write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_FORMATS: Final = (
    "%d-%b-%Y %H:%M:%S.%f", "%d-%b-%Y", "%B %d, %Y", "%b %d, %Y", "%b. %d, %Y", "%d %B %Y", "%d %b %Y",
    "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%Y%m%d%H%M%S",
    "%A, %B %d, %Y", "%A, %d %B %Y", "%B %d, %Y %I:%M %p", "%b %d, %Y %I:%M %p", "%B %d, %Y %H:%M", "%Y年%m月%d日",
    "%a %b %d %H:%M:%S %z %Y",
)  # fmt: skip
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d{4}-W\d\d(?:-\d)?(?:T.*)?|\d{8}(?:T.*)?")
_SECONDS: Final = re.compile(r"\d{9,13}(?:\.\d+)?")  # Unix time as text
_MAIL: Final = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} [\d:]+(?: .{1,6})?")
_MILLISECONDS: Final = 10**11  # an epoch above this counts milliseconds
_EARLIEST: Final = datetime(1400, 1, 1)


def parse_date(value: str | float | date | datetime) -> tuple[datetime | None, bool]:
    """The time meant, and whether only a day was given; (None, False) for what cannot be a published date.

    Read are ISO 8601, RFC 2822, Unix times in seconds or milliseconds, and a few unambiguous written forms;
    never a form in which day and month could be mistaken for each other.
    """
    if isinstance(value, datetime):
        return value, False
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day), True
    if isinstance(value, (int, float)):
        return _epoch(float(value)), False
    text = " ".join(value.split())
    if _SECONDS.fullmatch(text):
        return _epoch(float(text)), False
    for attempt in (_iso, _written, _mail):
        found = attempt(text)
        if found and found[0].replace(tzinfo=None) >= _EARLIEST:
            return found
    return None, False


def _epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


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
