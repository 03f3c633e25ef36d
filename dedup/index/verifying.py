"""Everything that an index on a disk stores, read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dedup.errors import IndexDamaged
from dedup.index.lookups import Lookups
from dedup.index.rows import Rows


def faults_in(path: Path, rows: Rows, lookups: Lookups) -> list[str]:
    """What is not as it was written, each with its place: by SQLite's own check, then row by row, then the segments.

    Within a transaction.
    """
    found = [f"{path}: {fault}" for fault in rows.broken()]
    return found or [*_in_rows(path, rows, lookups), *lookups.damaged(rows.files())]


def _in_rows(path: Path, rows: Rows, lookups: Lookups) -> Iterator[str]:
    numbers = np.arange(1, rows.last() + 1)
    for number in numbers[~lookups.is_expired(numbers)].tolist():
        for what, read in (("article", rows.article), ("the text of article", rows.body)):
            try:
                if read(number) is None:
                    yield f"{path}: {what} {number} is missing"
            except IndexDamaged as error:
                yield str(error)
    yield from (f"{path}: {fault}" for fault in rows.damaged_pairs())
