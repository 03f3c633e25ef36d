"""Bytes -> articles. One file a format; this one says which files there are and in what order they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dedup.errors import InputError, UsageError
from dedup.read.files import STDIN, Found, find
from dedup.read.jsonl import read_jsonl
from dedup.read.outlets import Outlets
from dedup.read.record import to_article
from dedup.read.text import read_text
from dedup.records import Article, Skipped

__all__ = ["STDIN", "find", "read", "read_one", "to_article"]

Source = str | Path
_LONGEST_PATH = 4096


def read(
    sources: Iterable[Source | Article | Mapping[str, object]],
    fields: Mapping[str, str] | None = None,
    outlet: str | None = None,
) -> Iterator[Article | Skipped]:
    """The articles of files, folders, globs, "-" (JSONL on standard input), and of ready articles and mappings.

    ``fields`` renames a record's fields (ours -> theirs), ``outlet`` is the outlet of articles that name none.
    What cannot be used comes as Skipped. Raises UsageError, before anything is read, for a path that does
    not exist and for folders without a readable file.
    """
    outlets = Outlets(outlet)
    paths: list[str] = []
    for number, source in enumerate(sources, 1):
        if isinstance(source, (str, Path)):
            paths.append(str(source))
        else:
            yield _given(source, f"record {number}", fields or {}, outlet)
    for file in find(paths):
        yield from _read_file(file, fields or {}, outlets)


def _given(
    record: Article | Mapping[str, object], place: str, fields: Mapping[str, str], outlet: str | None
) -> Article | Skipped:
    if isinstance(record, Article):
        return record
    if not isinstance(record, Mapping):
        raise UsageError(f"{place} is {type(record).__name__}; a path, an Article or a mapping is expected")
    try:
        lacking = {} if record.get(name := fields.get("outlet", "outlet")) or not outlet else {name: outlet}
        return to_article({**record, **lacking}, place, fields)
    except InputError as error:
        return Skipped(place, error.reason)


def _read_file(file: Found, fields: Mapping[str, str], outlets: Outlets) -> Iterator[Article | Skipped]:
    defaults = outlets.of(file)
    if file.kind == "jsonl":
        yield from read_jsonl(file, fields, defaults)
        return
    try:
        yield read_text(file, defaults)
    except InputError as error:
        yield Skipped(error.place or file.shown, error.reason)
    except OSError as error:
        yield Skipped(file.shown, f"cannot be read: {error.strerror or error}")


def read_one(source: Source | Article | Mapping[str, object], name: str = "record 1") -> Article:
    """The single article in a file, a mapping (whose id is ``name`` where it has none), or as given.

    Raises InputError where it cannot be used, UsageError for a file that holds none or several.
    """
    if isinstance(source, str) and ("\n" in source or len(source) > _LONGEST_PATH):
        raise UsageError('a path is expected, not the text itself; give {"text": ...} for that')
    found = []
    for item in [_given(source, name, {}, None)] if not isinstance(source, (str, Path)) else read([source]):
        if isinstance(item, Skipped):
            raise InputError(item.reason, item.place)
        found.append(item)
        if len(found) > 1:
            raise UsageError(f"{source}: holds more than one article; compare takes one on each side")
    if not found:
        raise UsageError(f"{source}: holds no article")
    return found[0]
