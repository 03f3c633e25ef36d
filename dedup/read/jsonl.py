"""JSON lines -> articles, one bad line costing that line only.

The kernels read what is plainly valid; every other line goes through Python's json, which knows what is wrong with it.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from dedup.errors import InputError, Malformed, TooLarge
from dedup.kernels import NONE, RECORD, STRING, TOO_LONG, JsonlReader
from dedup.limits import MAX_LINE_BYTES
from dedup.read.decode import decode
from dedup.read.files import STDIN, Found
from dedup.read.record import FIELDS, to_article
from dedup.read.text import open_bytes
from dedup.records import Article, Skipped

_CHUNK: Final = 4 * 1024 * 1024
_STEP: Final = 1024  # rows whose figures are turned into Python's at one time

_Record = dict[str, object]
_Line = bytes | None  # None is one over the limit


def read_jsonl(file: Found, fields: Mapping[str, str], defaults: Mapping[str, object]) -> Iterator[Article | Skipped]:
    """The articles of a JSONL file, in order; ``defaults`` fills the fields a record lacks."""
    wanted = _wanted(fields)
    reader = JsonlReader([name.encode("utf-8", "surrogatepass") for name in wanted], MAX_LINE_BYTES)
    empty = True
    try:
        stream = cast(io.BufferedIOBase, sys.stdin.buffer if file.path == STDIN else open_bytes(file.path))
        with stream:
            for chunk in _chunks(stream):
                for number, found in _rows(reader, chunk, wanted):
                    empty = False
                    yield _article(found, f"{file.shown}:{number}", fields, defaults)
        if empty and file.path != STDIN:  # an empty pipe is no fault
            yield Skipped(file.shown, "holds no record")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        place = f"{file.shown}:{reader.lines + 1}"
        yield Skipped(place, f"damaged gzip, the rest of the file is lost: {error}")
    except OSError as error:
        yield Skipped(file.shown, f"cannot be read: {error.strerror or error}")


def _wanted(fields: Mapping[str, str]) -> list[str]:
    """What a record may call the fields that are used; that of the text comes first."""
    names = [fields.get(name, name) for name in ("text", *FIELDS)]
    return list(dict.fromkeys((*names, "published", "date")))


def _chunks(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """What a stream holds, piece by piece, and an empty piece at its end."""
    if isinstance(stream, gzip.GzipFile):
        yield from _unpacked(stream)
    else:
        while chunk := stream.read1(_CHUNK):  # what a slow pipe has by now, never waiting for more
            yield chunk
    yield b""


def _unpacked(stream: gzip.GzipFile) -> Iterator[bytes]:
    """The same of a compressed file. It is unpacked in small steps: damage costs no more than the step it is in."""
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := stream.read1(io.DEFAULT_BUFFER_SIZE):
            pieces.append(piece)
            size += len(piece)
            if size >= _CHUNK:
                yield b"".join(pieces)
                pieces, size = [], 0
    except (EOFError, zlib.error, OSError):
        if pieces:
            yield b"".join(pieces)
        raise
    if pieces:
        yield b"".join(pieces)


def _rows(reader: JsonlReader, chunk: bytes, wanted: Sequence[str]) -> Iterator[tuple[int, _Record | _Line]]:
    """The lines that end in a chunk: number and record, or the line itself where it is not plain or holds no text."""
    batch = reader.feed(chunk, not chunk)
    data = [batch.data(field).data for field in range(len(wanted))]
    offsets = [batch.offsets(field) for field in range(len(wanted))]
    for low in range(0, len(batch), _STEP):
        rows = slice(low, low + _STEP)
        ends = [column[low : low + _STEP + 1].tolist() for column in offsets]
        states, lines, kinds = batch.states[rows].tolist(), batch.lines[rows].tolist(), batch.kinds[rows].tolist()
        for row, (state, line) in enumerate(zip(states, lines, strict=True)):
            if state == RECORD and kinds[row][0] == STRING and ends[0][row] < ends[0][row + 1]:
                values = zip(wanted, kinds[row], data, ends, strict=True)
                yield line, {name: _value(kind, utf8[at[row] : at[row + 1]]) for name, kind, utf8, at in values if kind}
            else:
                yield line, None if state == TOO_LONG else batch.raw(low + row)


def _value(kind: int, data: memoryview) -> object:
    if kind == STRING:
        return str(data, "utf-8")
    return None if kind == NONE else json.loads(str(data, "utf-8"))


def _article(
    found: _Record | _Line, place: str, fields: Mapping[str, str], defaults: Mapping[str, object]
) -> Article | Skipped:
    try:
        record, replaced = (found, 0) if isinstance(found, dict) else _parsed(found, place)
        named = {fields.get(name, name): value for name, value in defaults.items()}
        lacking = {name: value for name, value in named.items() if not record.get(name)}
        if record.get(fields.get("date", "date")):
            lacking.pop(fields.get("published", "published"), None)
        return to_article({**record, **lacking}, place, fields, replaced)
    except InputError as error:
        return Skipped(place, error.reason)


def _parsed(line: _Line, place: str) -> tuple[_Record, int]:
    """The record in a line, and how many of its characters were undecodable."""
    if line is None:
        raise TooLarge(f"the line has over {MAX_LINE_BYTES:,} bytes", place)
    text, replaced = decode(line, place)
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
    return record, replaced
