"""A record (a JSON object, a row, a mapping of a crawler) -> an article."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from dedup.errors import Malformed, TooLarge
from dedup.limits import MAX_FIELD_CHARS, MAX_TITLE_CHARS
from dedup.read.dates import parse_date
from dedup.read.decode import scalars
from dedup.records import Article

#: The fields of a record; ``published`` may also be called ``date``.
FIELDS: Final = ("id", "outlet", "url", "published", "date", "title", "text", "agency")
_SHOWN: Final = 80  # characters of a date that could not be read, as it is reported
_LIKELY_TEXT: Final = ("body", "content", "article", "full_text", "article_text", "maintext", "raw_content")


def to_article(record: Mapping[str, object], place: str, fields: Mapping[str, str], replaced: int = 0) -> Article:
    """The article in a record; ``fields`` says what a field of ours is called there.

    Without an id the URL serves, else ``place``; without an outlet the URL's host. A date that cannot be
    read counts as none and is kept as ``unread_date``. Raises Malformed (no text, a field of another type) or
    TooLarge.
    """
    body = record.get(fields.get("text", "text"))
    if isinstance(body, (int, float)):
        raise Malformed(f"field {fields.get('text', 'text')!r} is {type(body).__name__}, not text", place)
    text = _text(record, fields.get("text", "text"), place)
    if not text.strip():
        raise Malformed(_missing(record, fields.get("text", "text")), place)
    url = _short(record, fields.get("url", "url"), place)
    name = fields.get("published") or fields.get("date")
    when = record.get(name) if name else _given(record, "published", "date")
    published, date_only = None, False
    if isinstance(when, (str, int, float, date, datetime)) and not isinstance(when, bool):
        published, date_only = parse_date(when)
    title = _text(record, fields.get("title", "title"), place)
    if len(title) > MAX_TITLE_CHARS:
        raise TooLarge(f"field {fields.get('title', 'title')!r} has over {MAX_TITLE_CHARS:,} characters", place)
    return Article(
        id=_short(record, fields.get("id", "id"), place) or url or place,
        text=text,
        outlet=_short(record, fields.get("outlet", "outlet"), place) or _host(url),
        title=title.strip() or None,
        url=url or None,
        published=published,
        date_only=date_only,
        unread_date=None if published or when in (None, "") else _shown(when),
        agency=_short(record, fields.get("agency", "agency"), place) or None,
        place=place,
        replaced=replaced,
    )


def _given(record: Mapping[str, object], *names: str) -> object:
    """The first value that says something, else the first that is there: a 0 stands for an unknown time."""
    values = [value for name in names if (value := record.get(name)) not in (None, "")]
    return next(filter(None, values), values[0] if values else None)


def _shown(value: object) -> str:
    """A date that was not understood, as it is reported."""
    try:
        return str(value)[:_SHOWN]
    except ValueError:  # an integer of thousands of digits
        return "a number of thousands of digits"


def _text(record: Mapping[str, object], name: str, place: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Malformed(f"field {name!r} is {type(value).__name__}, not text", place)
    return scalars(value if isinstance(value, str) else str(value))


def _short(record: Mapping[str, object], name: str, place: str) -> str:
    value = _text(record, name, place).strip()
    if len(value) > MAX_FIELD_CHARS:
        raise TooLarge(f"field {name!r} has over {MAX_FIELD_CHARS:,} characters", place)
    return value


def _missing(record: Mapping[str, object], name: str) -> str:
    if name in record:
        return f"field {name!r} is empty"
    likely = next((other for other in _LIKELY_TEXT if isinstance(record.get(other), str)), None)
    hint = f"; --map text={likely} would take it from {likely!r}" if likely else ""
    return f"no field {name!r} in the record{hint}"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
