"""Every parameter that changes a result. Two results are comparable iff their fingerprints are equal."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Final

import xxhash

from dedup.errors import UsageError

#: Raised whenever the same Config would give another answer than before.
FORMAT: Final = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits of the verdict rule, in tokens or shares (../ARCHITECTURE.md, "How a pair is judged")."""

    reprint_tokens: int = 10
    evidence_run: int = 8
    evidence_tokens: int = 7
    evidence_share: float = 0.4
    cover_one: float = 0.75
    cover_both: float = 0.40
    quote_tokens: int = 5
    formula_tokens: int = 12
    formula_share: float = 0.07
    far_days: int = 3
    background_tokens: int = 300_000
    tokens_per_count: int = 4_000_000
    unrelated: float = 0.2

    def __post_init__(self) -> None:
        """Check every number; raises UsageError naming the field, what was given and what is allowed."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(item.default, float):
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                    raise UsageError(f"Rules.{item.name} is {value!r}; allowed are shares from 0 to 1")
            elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise UsageError(f"Rules.{item.name} is {value!r}; allowed are whole numbers from 1")


@dataclass(frozen=True, slots=True)
class Config:
    """How articles are sketched, paired and judged.

    ``num_perm`` MinHash values with ``seed``, cut into ``bands`` of ``rows`` (bands x rows <= num_perm);
    fingerprints are winnowed over ``window`` shingles and kept by ``fingerprint_bits``; a bucket of more than
    ``bucket_cap`` articles becomes a star; tiles have at least ``minimum_tile`` tokens. An article dated after
    ``read_on`` counts as undated: None is the day it is read on, the only way in which the clock changes a result.
    """

    num_perm: int = 128
    seed: int = 1
    bands: int = 42
    rows: int = 3
    window: int = 8
    fingerprint_bits: int = 40
    bucket_cap: int = 64
    minimum_tile: int = 5
    rules: Rules = field(default_factory=Rules)
    read_on: date | None = None

    def __post_init__(self) -> None:
        """Check every number; raises UsageError naming the field, what was given and what is allowed."""
        if not isinstance(self.rules, Rules):
            raise UsageError(f"Config.rules is {self.rules!r}; a Rules is expected")
        if not isinstance(self.read_on, date | None) or isinstance(self.read_on, datetime):
            raise UsageError(f"Config.read_on is {self.read_on!r}; a date or None is expected")
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name not in _BOUNDS:
                continue
            low, high = _BOUNDS[item.name]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise UsageError(f"Config.{item.name} is {value!r}; allowed are whole numbers {low} to {high}")
        if self.bands * self.rows > self.num_perm:
            raise UsageError(
                f"Config.bands x rows is {self.bands} x {self.rows}; at most num_perm = {self.num_perm} is allowed"
            )

    def fingerprint(self) -> str:
        """32 hexadecimal digits that are equal iff every parameter and the format are."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True, default=str)
        return xxhash.xxh3_128_hexdigest(text.encode())


_BOUNDS: Final = {
    "num_perm": (2, 4096),
    "seed": (0, 2**32 - 1),
    "bands": (1, 4096),
    "rows": (1, 64),
    "window": (1, 64),
    "fingerprint_bits": (16, 64),
    "bucket_cap": (2, 1_000_000),
    "minimum_tile": (3, 64),
}
