"""Days as an index counts them, and windows of them."""

from __future__ import annotations

import re
from datetime import date, datetime

from dedup.errors import UsageError

_WINDOW = re.compile(r"\s*(\d{1,6})\s*(d|days?|w|weeks?)?\s*", re.IGNORECASE)


def as_window(window: str | int | None) -> int | None:
    """A window in days: "30d", "4w", or a number of days. Raises UsageError for anything else."""
    if window is None:
        return None
    found = _WINDOW.fullmatch(str(window)) if not isinstance(window, bool) else None
    if not found or not int(found[1]):
        raise UsageError(f"window is {window!r}; allowed are days or weeks, as '30d' or '4w'")
    return int(found[1]) * (7 if (found[2] or "d").lower().startswith("w") else 1)


def as_day(when: date | datetime | str) -> int:
    """A day counted from the year 1. Raises UsageError for what is no day."""
    try:
        return (date.fromisoformat(when) if isinstance(when, str) else when).toordinal()
    except (ValueError, AttributeError) as error:
        raise UsageError(f"before is {when!r}; a day is expected, as '2026-10-01'") from error
