"""Lines of JSON in chunks -> packed columns of the wanted fields, the readable twin, which defines the answer.

What is plainly valid becomes a record: UTF-8, strict JSON, an object. Any other line is *odd* and is handed out as it
stands; whoever reads it has to say what is wrong with it, or to make the best of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]

#: Kinds of a value. Strings are unescaped, null is empty, of the others the JSON itself is kept.
ABSENT, STRING, NONE, NUMBER, TRUTH, NESTED = range(6)
#: States of a row.
RECORD, ODD, TOO_LONG = range(3)

MAX_DEPTH: Final = 64  # objects and arrays in each other, the record itself included
MAX_NUMBER: Final = 300  # characters of a number
_SPACE: Final = re.compile(r"[ \t\n\r]*")

_Row = tuple[int, int, int, int, list[tuple[int, bytes]]]  # state, line, start, length, (kind, bytes) of each field


class _OddError(ValueError):
    """The line is not plainly valid."""


class JsonlBatch:
    """The lines that ended in one call, blank ones left out.

    One row a line: a record, or odd, or too long; the latter two have empty fields of kind ABSENT.
    """

    def __init__(self, rows: Sequence[_Row], raws: Sequence[bytes], fields: int) -> None:
        self._rows, self._raws, self._fields = rows, raws, fields

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def states(self) -> U8:
        """(n,): RECORD, ODD or TOO_LONG."""
        return np.array([state for state, _, _, _, _ in self._rows], np.uint8)

    @property
    def lines(self) -> I64:
        """(n,): the line's number, from 1, blank ones counted."""
        return np.array([line for _, line, _, _, _ in self._rows], np.int64)

    @property
    def starts(self) -> I64:
        """(n,): where the line begins in the stream, in bytes."""
        return np.array([start for _, _, start, _, _ in self._rows], np.int64)

    @property
    def lengths(self) -> I64:
        """(n,): the bytes of the line, with the newline."""
        return np.array([length for _, _, _, length, _ in self._rows], np.int64)

    @property
    def kinds(self) -> U8:
        """(n, fields): ABSENT, STRING, NONE, NUMBER, TRUTH or NESTED."""
        kinds = [[kind for kind, _ in values] for _, _, _, _, values in self._rows]
        return np.array(kinds, np.uint8).reshape(len(self._rows), self._fields)

    def data(self, field: int) -> U8:
        """The UTF-8 of one field, all rows on end."""
        return np.frombuffer(b"".join(values[field][1] for _, _, _, _, values in self._rows), np.uint8)

    def offsets(self, field: int) -> I64:
        """(n + 1,): row i of that field is ``data(field)[offsets[i]:offsets[i + 1]]``."""
        sizes = [len(values[field][1]) for _, _, _, _, values in self._rows]
        return np.cumsum([0, *sizes], dtype=np.int64)

    def raw(self, row: int) -> bytes:
        """The line itself, with its newline; nothing where it was too long to be kept."""
        if not 0 <= row < len(self):
            raise IndexError("out of range")
        return self._raws[row]


class JsonlReader:
    """Reads a stream in chunks cut anywhere; a line is held until it ends, and no longer than ``max_line_bytes``.

    ``fields`` are the wanted keys of a record, in UTF-8; of a key that is there twice the last value counts. A batch
    keeps its arrays for as long as it lives itself.
    """

    def __init__(self, fields: Sequence[bytes], max_line_bytes: int) -> None:
        if len(set(fields)) < len(fields):
            raise ValueError("a field is named twice")
        self._fields, self._limit = list(fields), max(0, max_line_bytes)
        self._held, self._held_size = b"", 0  # the unfinished line (nothing once it is too long) and its length
        self._ended = False
        self.lines, self._position = 0, 0

    def feed(self, data: bytes, final: bool = False) -> JsonlBatch:
        """The lines that end in ``data``, and with ``final`` what is left without a newline."""
        if self._ended:
            raise ValueError("the stream has ended")
        self._ended = final
        rows: list[_Row] = []
        raws: list[bytes] = []
        for part in _split(data):
            self._held_size += len(part)
            self._held = self._held + part if self._held_size <= self._limit else b""
            if part.endswith(b"\n"):
                self._end_line(rows, raws)
        if final and self._held_size:
            self._end_line(rows, raws)
        return JsonlBatch(rows, raws, len(self._fields))

    def _end_line(self, rows: list[_Row], raws: list[bytes]) -> None:
        line, size = self._held, self._held_size
        self._held, self._held_size = b"", 0
        self.lines += 1
        if size > self._limit or not line.isspace():
            values = None if size > self._limit else _values(line, self._fields)
            state = RECORD if values is not None else TOO_LONG if size > self._limit else ODD
            nothing = [(ABSENT, b"")] * len(self._fields)
            rows.append((state, self.lines, self._position, size, nothing if values is None else values))
            raws.append(line)
        self._position += size


def _split(data: bytes) -> Iterator[bytes]:
    """Lines that end at a newline only."""
    *whole, rest = data.split(b"\n")
    yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


def _values(line: bytes, fields: Sequence[bytes]) -> list[tuple[int, bytes]] | None:
    """The kind and bytes of each field, None for a line that is odd."""
    try:
        found = dict(_members(line.decode()))
    except (ValueError, RecursionError):  # not UTF-8, no JSON, or valid but odd
        return None
    return [found.get(field, (ABSENT, b"")) for field in fields]


def _members(text: str) -> Iterator[tuple[bytes, tuple[int, bytes]]]:
    """The keys and values of an object, in order. Raises ValueError."""
    at = _passed(text, 0, "{")
    more = text[at : at + 1] != "}"
    while more:
        key, end = _DECODER.raw_decode(text, at)
        if not isinstance(key, str):
            raise _OddError
        at = _passed(text, end, ":")
        value, end = _DECODER.raw_decode(text, at)
        _check(value, 2)
        _check(key, 2)
        yield key.encode(), _packed(value, text[at:end])
        at = _passed(text, end, "")
        more = text[at : at + 1] != "}"
        at = _passed(text, at, ",") if more else at
    if _passed(text, at, "}") != len(text):
        raise _OddError


def _passed(text: str, at: int, sign: str) -> int:
    """The place after ``sign`` and the white space around it."""
    at = _space(text, at)
    if not text.startswith(sign, at):
        raise _OddError
    return _space(text, at + len(sign))


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _packed(value: object, raw: str) -> tuple[int, bytes]:
    if isinstance(value, str):
        return STRING, value.encode()
    if value is None:
        return NONE, b""
    if isinstance(value, bool):
        return TRUTH, raw.encode()
    return NESTED if isinstance(value, (tuple, list)) else NUMBER, raw.encode()


def _check(value: object, depth: int) -> None:
    """Raises ValueError for nesting beyond the limit, and for strings with NUL or half a surrogate pair in them."""
    if isinstance(value, str):
        if b"\x00" in value.encode():
            raise _OddError
    elif isinstance(value, (tuple, list)):
        if depth > MAX_DEPTH:
            raise _OddError
        for inner in value:
            _check(inner, depth + 1)


def _all_parts(pairs: list[tuple[str, object]]) -> tuple[object, ...]:
    """An object as its keys and values in a row: those of a key that is there twice are looked at as well."""
    return tuple(part for pair in pairs for part in pair)


def _number(raw: str) -> float:
    if len(raw) > MAX_NUMBER:
        raise _OddError
    return 0.0  # its value is not needed, and might be beyond any number


def _constant(raw: str) -> float:
    raise _OddError(raw)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_all_parts, parse_int=_number, parse_float=_number, parse_constant=_constant
)
