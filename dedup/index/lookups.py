"""Which earlier articles share keys: the latest in memory, the others in immutable files beside the database.

Numbers fall into blocks. A block that is full becomes a segment (kernels/postings.py), four neighbours of a size become
one of four times the size (the log-structured merge-tree: O'Neil et al., 1996). Files are built in the background and
never changed; the table "segment" says which count. All of it can be made anew from the rows of the articles.
"""

from __future__ import annotations

import mmap
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import xxhash

from dedup.errors import IndexDamaged
from dedup.kernels import Found, Recent, Segment, merge, merged_size
from dedup.records import U64, Ints, Mask

BLOCK: Final = 8192  # articles; the numbers of block k are k * BLOCK + 1 to (k + 1) * BLOCK
_FAN: Final = 4  # neighbours that are merged
_SUFFIX: Final = ".segment"
_NO_CAP: Final = 2**31


class File(NamedTuple):
    """A row of the table "segment": a file of postings and the numbers that it is about."""

    first: int
    last: int
    file: str
    bytes: int
    checksum: int


class Asked(NamedTuple):
    """The keys of some articles, one after the other: those of article i are keys[offsets[i]:offsets[i + 1]]."""

    keys: U64
    offsets: Ints

    @classmethod
    def of(cls, keys: Sequence[U64]) -> Asked:
        """The keys of each of some articles."""
        sizes = np.array([0, *map(len, keys)], np.int64)
        joined = keys[0] if len(keys) == 1 else np.concatenate([np.zeros(0, np.uint64), *keys])
        return cls(joined, np.cumsum(sizes))

    def part(self, first: int, after: int) -> Asked:
        """Those of articles first to after - 1."""
        a, b = int(self.offsets[first]), int(self.offsets[after])
        return Asked(self.keys[a:b], self.offsets[first : after + 1] - a)


@dataclass(slots=True)
class _Mapped:
    """A segment in use, and its file."""

    row: File
    segment: Segment


@dataclass(frozen=True, slots=True)
class Built:
    """A segment that was built in the background, and the numbers of those it takes the place of."""

    row: File
    replaced: tuple[int, ...]


class Lookups:
    """Postings of all articles. One thread at a time; what ``due`` hands out only reads and may run in another."""

    def __init__(self, folder: Path, cap: int) -> None:
        self._folder = folder
        self._cap = cap
        self._recent: dict[int, Recent] = {}
        self._segments: list[_Mapped] = []
        self.expired = np.zeros((0, 2), np.int64)

    def add_and_look_up(self, first: int, asked: Asked) -> Found:
        """Take in articles numbered from ``first``; for each the earlier ones that share keys with it."""
        count, found, at = len(asked.offsets) - 1, [], 0
        while at < count:
            block = block_of(first + at)
            after = min(count, at + (block + 1) * BLOCK + 1 - (first + at))
            part = asked.part(at, after)
            before = self._look_up(part, without=block)
            numbers = np.arange(first + at, first + after, dtype=np.int64)
            recent, cap = self._recent.setdefault(block, Recent()), self._cap_of(*numbers_of(block))
            own = recent.add_and_look_up(numbers, *part, cap)
            found.append(_side_by_side([*before, own], after - at))
            at = after
        return self._alive(_on_end(found))

    def add(self, numbers: Ints, asked: Asked) -> None:
        """Take in articles, of whose numbers some may be missing."""
        blocks = (numbers - 1) // BLOCK
        for block in np.unique(blocks).tolist():
            a, b = np.searchsorted(blocks, [block, block + 1]).tolist()
            self._recent.setdefault(block, Recent()).add(numbers[a:b], *asked.part(a, b))

    def look_up(self, asked: Asked) -> Found:
        """For each of some articles those that share keys with it."""
        return self._alive(_side_by_side(self._look_up(asked), len(asked.offsets) - 1))

    def _look_up(self, asked: Asked, without: int = -1) -> list[Found]:
        """From each structure, in the order of the numbers."""
        found = [m.segment.look_up(*asked, self._cap_of(m.row.first, m.row.last)) for m in self._segments]
        return found + [
            recent.look_up(*asked, self._cap_of(*numbers_of(block)))
            for block, recent in self._recent.items()
            if block != without
        ]

    def _cap_of(self, first: int, last: int) -> int:
        """The cap of a range of numbers; none where some expired, for a star might consist of these alone."""
        is_whole = not ((self.expired[:, 0] <= last) & (first <= self.expired[:, 1])).any()
        return self._cap if is_whole else _NO_CAP

    def _alive(self, found: Found) -> Found:
        if not len(self.expired) or not len(found.numbers):
            return found
        keep = ~self.is_expired(found.numbers)
        sizes = np.add.reduceat(np.append(keep, False).astype(np.int64), found.offsets[:-1])
        sizes[np.diff(found.offsets) == 0] = 0
        return Found(found.numbers[keep], found.shared[keep], np.concatenate(([0], np.cumsum(sizes))))

    def is_expired(self, numbers: Ints) -> Mask:
        """(n,) whether each number lies in an expired range."""
        if not len(self.expired):
            return np.zeros(len(numbers), bool)
        at = self.expired[:, 0].searchsorted(numbers, "right") - 1
        inside: Mask = (at >= 0) & (numbers <= self.expired[np.maximum(at, 0), 1])
        return inside

    def alive(self, first: int, last: int) -> bool:
        """Whether an article of a range of numbers has not expired."""
        return not ((self.expired[:, 0] <= first) & (last <= self.expired[:, 1])).any()

    def forget(self) -> None:
        """Drop what is in memory."""
        self._recent.clear()

    def uncovered(self, first: int, last: int) -> list[tuple[int, int]]:
        """The ranges of numbers from ``first`` to ``last`` that no segment in use is about."""
        gaps = []
        for mapped in self._segments:
            if first <= mapped.row.last and mapped.row.first <= last:
                if first < mapped.row.first:
                    gaps.append((first, mapped.row.first - 1))
                first = mapped.row.last + 1
        return [*gaps, (first, last)] if first <= last else gaps

    def holds(self, block: int) -> bool:
        """Whether a block's articles are in memory."""
        return block in self._recent

    def use(self, rows: Sequence[File]) -> list[File]:
        """Use these files and no others; what they are about is dropped from memory. Those that are missing or damaged
        are not used, and returned."""
        in_use = {mapped.row: mapped for mapped in self._segments}
        self._segments, bad = [], []
        for row in sorted(rows):
            if self._segments and row.first <= self._segments[-1].row.last:
                bad.append(row)  # it is about what another one is about: the table is damaged
                continue
            try:
                self._segments.append(in_use.get(row) or _Mapped(row, self._mapped(row)))
            except (OSError, IndexDamaged):
                bad.append(row)
        for mapped in self._segments:
            for block in range(block_of(mapped.row.first), block_of(mapped.row.last) + 1):
                self._recent.pop(block, None)
        return bad

    def _mapped(self, row: File) -> Segment:
        """Raises OSError or IndexDamaged."""
        path = self._folder / row.file
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != row.bytes:
                raise IndexDamaged(f"{path}: has another size than when it was written")
            buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if _checksum(buffer) != row.checksum:
            raise IndexDamaged(f"{path}: is not what was written")
        try:
            found = Segment(buffer)
        except ValueError as error:
            raise IndexDamaged(f"{path}: {error}") from error
        if (found.first, found.last) != (row.first, row.last):
            raise IndexDamaged(f"{path}: is about other articles than its name says")
        return found

    def damaged(self, rows: Iterable[File]) -> Iterator[str]:
        """What is wrong with the files of these rows, read anew."""
        for row in rows:
            try:
                self._mapped(row)
            except IndexDamaged as error:
                yield str(error)
            except OSError as error:
                yield f"{self._folder / row.file}: {error.strerror or error}"

    def due(self, last: int) -> list[tuple[tuple[int, int], Callable[[], Built]]]:
        """What is to be built in the background, by the numbers it is about: full blocks up to number ``last``, and
        neighbours to be merged. Blocks of which nothing is alive are let go."""
        full = [block for block in self._recent if (block + 1) * BLOCK <= last]
        for block in [block for block in full if not self.alive(*numbers_of(block))]:
            full.remove(block)
            del self._recent[block]
        jobs = [(numbers_of(block), self._block_builder(block, self._recent[block])) for block in full]
        return jobs + [((g[0].row.first, g[-1].row.last), self._merger(g)) for g in self._groups()]

    def build_block(self, block: int) -> Built:
        """Build the segment of a full block that is in memory."""
        return self._block_builder(block, self._recent[block])()

    def _block_builder(self, block: int, recent: Recent) -> Callable[[], Built]:
        first, last = numbers_of(block)

        def build() -> Built:
            return Built(self._written(first, last, lambda file: _dump(file, recent.segment(first, last))), ())

        return build

    def _groups(self) -> Iterator[list[_Mapped]]:
        """Neighbours of one size that fill a larger range of numbers."""
        by_first = {mapped.row.first: mapped for mapped in self._segments}
        for mapped in self._segments:
            size = mapped.row.last - mapped.row.first + 1
            if (mapped.row.first - 1) % (size * _FAN) == 0:
                own = [by_first.get(mapped.row.first + k * size) for k in range(_FAN)]
                group = [one for one in own if one and one.row.last - one.row.first + 1 == size]
                if len(group) == _FAN:
                    yield group

    def _merger(self, group: Sequence[_Mapped]) -> Callable[[], Built]:
        expired = self.expired
        segments = [mapped.segment for mapped in group]

        def fill(file: int) -> None:
            _take_room(file, merged_size(segments))
            with mmap.mmap(file, 0) as out:
                used = merge(segments, expired, out)
                out.flush()
            os.ftruncate(file, used)

        def build() -> Built:
            row = self._written(group[0].row.first, group[-1].row.last, fill)
            return Built(row, tuple(mapped.row.first for mapped in group))

        return build

    def _written(self, first: int, last: int, fill: Callable[[int], None]) -> File:
        """A new file, on the disk before it has its name."""
        unfinished = self._folder / f"{first}-{last}.{secrets.token_hex(8)}.unfinished"  # others may build the same
        file = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            fill(file)
            os.fsync(file)
            with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as written:
                size, check = len(written), _checksum(written)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        finally:
            os.close(file)
        name = f"{first}-{last}-{check % 2**64:016x}{_SUFFIX}"
        os.replace(unfinished, self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return File(first, last, name, size, check)

    def remove_others(self, rows: Iterable[File]) -> None:
        """Delete the segments that are not among these, and what somebody left unfinished. For one that is alone."""
        kept = {row.file for row in rows}
        left = [*self._folder.glob(f"*{_SUFFIX}"), *self._folder.glob("*.unfinished")]
        self.remove([file.name for file in left if file.name not in kept])

    def remove(self, names: Iterable[str]) -> None:
        """Delete files that no longer count. Who still has them open keeps them."""
        for name in names:
            with suppress(OSError):
                (self._folder / name).unlink()


def block_of(number: int) -> int:
    """The block that a number falls into."""
    return (number - 1) // BLOCK


def numbers_of(block: int) -> tuple[int, int]:
    """The first and the last number of a block."""
    return block * BLOCK + 1, (block + 1) * BLOCK


def _dump(file: int, raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(file, view) :]


def _take_room(file: int, size: int) -> None:
    """Have the disk's room before a mapping is written to: to write to a hole of a full disk is a SIGBUS."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        _dump(file, bytes(size))


def _checksum(buffer: mmap.mmap) -> int:
    return xxhash.xxh3_64_intdigest(buffer) - 2**63


def _on_end(found: Sequence[Found]) -> Found:
    """Lists of articles one after the other."""
    if len(found) == 1:
        return found[0]
    ends = np.cumsum([0, *(len(one.numbers) for one in found)])
    offsets = [one.offsets[:-1] + end for one, end in zip(found, ends.tolist(), strict=False)]
    numbers, shared = (np.concatenate([one[k] for one in found]) for k in (0, 1))
    return Found(numbers, shared, np.concatenate([*offsets, ends[-1:]]))


def _side_by_side(found: Sequence[Found], count: int) -> Found:
    """What several structures have of the same articles, joined article by article."""
    found = [one for one in found if len(one.numbers)]
    if not found:
        empty = np.zeros(0, np.int64)
        return Found(empty, empty, np.zeros(count + 1, np.int64))
    if len(found) == 1:
        return found[0]
    numbers, shared = (np.concatenate([one[k] for one in found]) for k in (0, 1))
    if count == 1:
        return Found(numbers, shared, np.array([0, len(numbers)], np.int64))
    of = np.concatenate([np.repeat(np.arange(count), np.diff(one.offsets)) for one in found])
    order = np.argsort(of, kind="stable")
    sizes = np.bincount(of, minlength=count)
    return Found(numbers[order], shared[order], np.concatenate(([0], np.cumsum(sizes))))
