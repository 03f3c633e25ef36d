"""JSON lines -> articles, one bad line costing that line only."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from dedup.errors import InputError, Malformed, TooLarge
from dedup.limits import MAX_LINE_BYTES
from dedup.read.decode import decode
from dedup.read.files import STDIN, Found
from dedup.read.record import to_article
from dedup.read.text import open_bytes
from dedup.records import Article, Skipped


def read_jsonl(file: Found, fields: Mapping[str, str], defaults: Mapping[str, object]) -> Iterator[Article | Skipped]:
    """The articles of a JSONL file, in order; ``defaults`` fills the fields a record lacks."""
    number, empty = 0, True
    try:
        stream = sys.stdin.buffer if file.path == STDIN else open_bytes(file.path)
        with stream:
            for number, line in enumerate(_lines(stream), 1):
                if line is None or not line.isspace():
                    empty = False
                    yield _article(line, f"{file.shown}:{number}", fields, defaults)
        if empty and file.path != STDIN:  # an empty pipe is no fault
            yield Skipped(file.shown, "holds no record")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Skipped(f"{file.shown}:{number + 1}", f"damaged gzip, the rest of the file is lost: {error}")
    except OSError as error:
        yield Skipped(file.shown, f"cannot be read: {error.strerror or error}")


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Lines, None for one over the limit; never more than the limit is held."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
        yield None


def _article(
    line: bytes | None, place: str, fields: Mapping[str, str], defaults: Mapping[str, object]
) -> Article | Skipped:
    try:
        if line is None:
            raise TooLarge(f"the line has over {MAX_LINE_BYTES:,} bytes", place)
        text, replaced = decode(line, place)
        record = _parsed(text, place)
        named = {fields.get(name, name): value for name, value in defaults.items()}
        lacking = {name: value for name, value in named.items() if not record.get(name)}
        if record.get(fields.get("date", "date")):
            lacking.pop(fields.get("published", "published"), None)
        return to_article({**record, **lacking}, place, fields, replaced)
    except InputError as error:
        return Skipped(place, error.reason)


def _parsed(text: str, place: str) -> dict[str, object]:
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise Malformed(f"broken JSON: {error.msg.removesuffix(' at')} at character {error.pos + 1}", place) from error
    except RecursionError as error:
        raise Malformed("broken JSON: nested too deep", place) from error
    except ValueError as error:  # an integer of thousands of digits
        raise Malformed(f"broken JSON: {error}", place) from error
    if not isinstance(record, dict):
        raise Malformed(f"a JSON object was expected, not {type(record).__name__}", place)
    return record
