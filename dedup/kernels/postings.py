"""Postings, from a key to the numbers of the articles that have it: the readable twin.

``Recent`` holds those of the latest articles in memory; a ``Segment`` is immutable and lies in a buffer, such as a
mapped file. Little endian, one after the other:

* a header of 64 bytes (``_HEADER``, then zeros): the least and greatest number that it may hold, its postings n, the
  bits b of a bucket's number, the bits of a number less the first, the bytes of a posting;
* (1 << b) + 1 times uint32: where the postings of each bucket begin, by the top b bits of the key, and where all end;
* n postings, strictly ascending: the low 40 - b bits of the key, then the number less the first;
* 3 zeros, so that eight bytes can be read wherever a posting starts.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from dedup.kernels.buckets import HUBS
from dedup.records import U64, Ints

if TYPE_CHECKING:
    from typing_extensions import Buffer

KEY_BITS: Final = 40
_HEADER: Final = struct.Struct("<8sIIIIIIQ")  # magic, version, first, last, bucket bits, id bits, bytes, postings
_HEADER_BYTES: Final = 64
_MAGIC: Final = b"dedup-ps"
_VERSION: Final = 1
_LEAST_BUCKET_BITS: Final = 8  # so that a posting has at most 64 bits
_MOST_BUCKET_BITS: Final = 28
_BUCKET: Final = 16  # postings of a bucket, at most, on average
_LEAST_BYTES: Final = 5
_PADDING: Final = 3


class Found(NamedTuple):
    """What m articles have in common with others; the list of article i is [offsets[i]:offsets[i + 1]].

    numbers: of articles that have one of the keys asked for, distinct and ascending in each list
    shared: in how many of the keys asked for each was found
    offsets: (m + 1,)
    """

    numbers: Ints
    shared: Ints
    offsets: Ints


class Layout(NamedTuple):
    """How a segment of so many postings of the numbers first..last is laid out."""

    first: int
    last: int
    bucket_bits: int
    postings: int

    @classmethod
    def of(cls, first: int, last: int, postings: int) -> Layout:
        """Buckets of 8 to 16 postings. Raises ValueError for what no segment can hold."""
        if not 0 <= first <= last < 1 << 32:
            raise ValueError("first and last must ascend, from 0 to 2^32 - 1")
        if postings >= 1 << 32:
            raise ValueError("a segment has fewer than 2^32 postings")
        bits = _LEAST_BUCKET_BITS
        while _BUCKET << bits < postings:
            bits += 1
        return cls(first, last, bits, postings)

    @property
    def id_bits(self) -> int:
        """Bits of a number less the first."""
        return (self.last - self.first).bit_length()

    @property
    def width(self) -> int:
        """Bytes of a posting."""
        return max(_LEAST_BYTES, (KEY_BITS - self.bucket_bits + self.id_bits + 7) // 8)

    @property
    def size(self) -> int:
        """Bytes of the segment."""
        return _HEADER_BYTES + 4 * ((1 << self.bucket_bits) + 1) + self.postings * self.width + _PADDING

    def header(self) -> bytes:
        """As it stands in the segment."""
        bits = self.bucket_bits, self.id_bits, self.width
        return _HEADER.pack(_MAGIC, _VERSION, self.first, self.last, *bits, self.postings).ljust(_HEADER_BYTES, b"\0")


class Recent:
    """Postings of the latest articles, in memory."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._postings: dict[int, list[int]] = {}

    def __len__(self) -> int:
        """The number of articles."""
        return len(self._numbers)

    def add(self, numbers: Ints, keys: U64, offsets: Ints) -> None:
        """Add m articles, their numbers ascending and above all before; keys[offsets[i]:offsets[i + 1]] are i's."""
        self._check_new(numbers)
        for number, own in zip(numbers.tolist(), _lists(keys, offsets, len(numbers)), strict=True):
            self._add(number, own)

    def look_up(self, keys: U64, offsets: Ints, cap: int) -> Found:
        """Which articles have keys in common with each of m that are asked.

        A key that more than ``cap`` articles have is hot: only the first few of them and the last are found by it.
        """
        return _found([self._look_up(own, cap) for own in _lists(keys, offsets)])

    def add_and_look_up(self, numbers: Ints, keys: U64, offsets: Ints, cap: int) -> Found:
        """Article by article: look it up, then add it."""
        self._check_new(numbers)
        found = []
        for number, own in zip(numbers.tolist(), _lists(keys, offsets, len(numbers)), strict=True):
            found.append(self._look_up(own, cap))
            self._add(number, own)
        return _found(found)

    def segment(self, first: int, last: int) -> bytes:
        """The postings of the articles first..last."""
        rows = [(key, n) for key, numbers in self._postings.items() for n in numbers if first <= n <= last]
        keys, numbers = np.array(rows, np.uint64).reshape(-1, 2).T
        return _encoded(Layout.of(first, last, len(rows)), keys, numbers)

    def without(self, last: int) -> Recent:
        """A copy that holds only articles of numbers above ``last``."""
        other = Recent()
        other._numbers = [number for number in self._numbers if number > last]
        kept = {key: [number for number in numbers if number > last] for key, numbers in self._postings.items()}
        other._postings = {key: numbers for key, numbers in kept.items() if numbers}
        return other

    def _check_new(self, numbers: Ints) -> None:
        all_numbers = [*self._numbers[-1:], *numbers.tolist()]
        if any(not 0 <= number < 1 << 32 for number in all_numbers) or sorted(set(all_numbers)) != all_numbers:
            raise ValueError("numbers must ascend, above those before, from 0 to 2^32 - 1")

    def _look_up(self, keys: U64, cap: int) -> Ints:
        lists = [self._postings.get(key, []) for key in np.unique(keys).tolist()]
        return np.array([number for numbers in lists for number in _few(numbers, cap)], np.int64)

    def _add(self, number: int, keys: U64) -> None:
        self._numbers.append(number)
        for key in np.unique(keys).tolist():
            self._postings.setdefault(key, []).append(number)


class Segment:
    """Immutable postings in a buffer, which it keeps alive.

    Raises ValueError where the buffer can be no segment. The postings are not read for that: of damaged ones
    ``look_up`` may give anything that lies within first..last.
    """

    def __init__(self, buffer: Buffer) -> None:
        self._data = np.frombuffer(memoryview(buffer), np.uint8)
        header = bytes(self._data[:_HEADER_BYTES])
        if len(header) < _HEADER_BYTES or header[:8] != _MAGIC:
            raise ValueError("this is no segment")
        _, _, first, last, bits, _, _, postings = _HEADER.unpack_from(header)
        self._layout = layout = Layout(first, last, bits, postings)
        possible = first <= last and _LEAST_BUCKET_BITS <= bits <= _MOST_BUCKET_BITS and postings < 1 << 32
        if not possible or header != layout.header() or len(self._data) != layout.size:
            raise ValueError("the header or the size of the segment is wrong")
        self._starts = self._data[_HEADER_BYTES:].view()[: 4 * ((1 << bits) + 1)].view("<u4").astype(np.int64)
        if self._starts[0] != 0 or self._starts[-1] != postings or (np.diff(self._starts) < 0).any():
            raise ValueError("the buckets of the segment are wrong")

    @property
    def first(self) -> int:
        """The least number that it may hold."""
        return self._layout.first

    @property
    def last(self) -> int:
        """The greatest number that it may hold."""
        return self._layout.last

    @property
    def postings(self) -> int:
        """How many there are."""
        return self._layout.postings

    def look_up(self, keys: U64, offsets: Ints, cap: int) -> Found:
        """As that of Recent."""
        return _found([self._look_up(own, cap) for own in _lists(keys, offsets)])

    def _look_up(self, keys: U64, cap: int) -> Ints:
        lists = [_few(self._numbers_of(key), cap) for key in np.unique(keys).tolist()]
        found = np.concatenate([np.zeros(0, np.int64), *lists])
        return found[found <= self.last]

    def _numbers_of(self, key: int) -> Ints:
        rest = KEY_BITS - self._layout.bucket_bits
        bucket = key >> rest
        values = self.values(int(self._starts[bucket]), int(self._starts[bucket + 1]))
        own: U64 = values[values >> np.uint64(self._layout.id_bits) == key & ((1 << rest) - 1)]
        return self.first + (own & np.uint64((1 << self._layout.id_bits) - 1)).astype(np.int64)

    def values(self, begin: int, end: int) -> U64:
        """The postings begin..end - 1 as they stand there."""
        width = self._layout.width
        start = _HEADER_BYTES + 4 * len(self._starts)
        rows = self._data[start + begin * width : start + end * width].reshape(-1, width)
        return np.pad(rows, ((0, 0), (0, 8 - width))).view("<u8").ravel().astype(np.uint64)

    def decoded(self) -> tuple[U64, U64]:
        """Keys and numbers of all postings, in their order. Raises ValueError if they are damaged."""
        values = self.values(0, self.postings)
        buckets = np.repeat(np.arange(len(self._starts) - 1, dtype=np.uint64), np.diff(self._starts))
        low = values >> np.uint64(self._layout.id_bits)
        rest = np.uint64(KEY_BITS - self._layout.bucket_bits)
        keys, ids = buckets << rest | low, values & np.uint64((1 << self._layout.id_bits) - 1)
        ascending = (keys[1:] > keys[:-1]) | ((keys[1:] == keys[:-1]) & (ids[1:] > ids[:-1]))
        if (low >> rest).any() or not ascending.all() or (ids > self.last - self.first).any():
            raise ValueError("the postings of a segment are damaged")
        return keys, ids + np.uint64(self.first)


def merged_size(segments: Sequence[Segment]) -> int:
    """How many bytes ``merge`` needs at most."""
    return _merged(segments).size


def merge(segments: Sequence[Segment], expired: Ints, out: Buffer) -> int:
    """Merge segments into the writable buffer ``out``; returns the bytes used.

    Their ranges ascend and are disjoint. ``expired`` (k, 2) are ranges first..last of numbers that are left out,
    ascending and disjoint.
    """
    bounds = expired.ravel().tolist()
    if sorted(bounds) != bounds or (expired[1:, 0] == expired[:-1, 1]).any():
        raise ValueError("the expired ranges must ascend and be disjoint")
    layout = _merged(segments)
    if len(memoryview(out).cast("B")) < layout.size:
        raise ValueError(f"merging needs {layout.size} bytes")
    decoded = [segment.decoded() for segment in segments]
    keys, numbers = (np.concatenate(parts) for parts in zip(*decoded, strict=True))
    kept = np.ones(len(numbers), bool)
    for first, last in expired.tolist():
        kept &= (numbers.astype(np.int64) < first) | (numbers.astype(np.int64) > last)
    layout = layout._replace(postings=int(kept.sum()))
    memoryview(out).cast("B")[: layout.size] = _encoded(layout, keys[kept], numbers[kept])
    return layout.size


def _merged(segments: Sequence[Segment]) -> Layout:
    """That of all their postings: what expires is not known before they are read."""
    if not segments or any(one.last >= two.first for one, two in itertools.pairwise(segments)):
        raise ValueError("there must be segments, whose ranges ascend and are disjoint")
    return Layout.of(segments[0].first, segments[-1].last, sum(segment.postings for segment in segments))


def _encoded(layout: Layout, keys: U64, numbers: U64) -> bytes:
    """The segment of these postings (n,), which are distinct."""
    order = np.lexsort((numbers, keys))
    rest = np.uint64(KEY_BITS - layout.bucket_bits)
    buckets = np.bincount((keys >> rest).astype(np.int64), minlength=1 << layout.bucket_bits)
    low = keys[order] & np.uint64((1 << int(rest)) - 1)
    values = low << np.uint64(layout.id_bits) | (numbers[order] - np.uint64(layout.first))
    starts = np.append(0, np.cumsum(buckets)).astype("<u4")
    rows = values.astype("<u8").view(np.uint8).reshape(-1, 8)[:, : layout.width]
    return b"".join((layout.header(), starts.tobytes(), rows.tobytes(), bytes(_PADDING)))


def _lists(keys: U64, offsets: Ints, count: int | None = None) -> list[U64]:
    ends = offsets.tolist()
    if not ends or ends[0] != 0 or ends[-1] != len(keys) or sorted(ends) != ends:
        raise ValueError("offsets must ascend from 0 to the number of keys")
    if count is not None and len(ends) != count + 1:
        raise ValueError("offsets must have one number more than there are articles")
    if (keys >> np.uint64(KEY_BITS)).any():
        raise ValueError(f"keys must have {KEY_BITS} bits")
    return [keys[begin:end] for begin, end in itertools.pairwise(ends)]


def _few(numbers: Ints | list[int], cap: int) -> Ints | list[int]:
    """Those that are found by a key: of a hot one the first few and the last."""
    if len(numbers) <= max(cap, HUBS):
        return numbers
    return np.append(numbers[:HUBS], numbers[-1])


def _found(articles: Sequence[Ints]) -> Found:
    distinct = [np.unique(found, return_counts=True) for found in articles]
    numbers = np.concatenate([np.zeros(0, np.int64), *(numbers for numbers, _ in distinct)])
    shared = np.concatenate([np.zeros(0, np.int64), *(counts for _, counts in distinct)])
    return Found(numbers, shared, np.cumsum([0, *(len(numbers) for numbers, _ in distinct)], dtype=np.int64))
