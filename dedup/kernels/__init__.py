"""The inner loops, behind one door: stages import from here and never from a file below.

Each kernel has a readable twin that defines its answer (reference.py) and a compiled form that gives the same
bits (native/, through compiled.py), in one version for each instruction set. The best that the machine can run
is taken; DEDUP_KERNELS=reference|portable|avx2|avx512 forces one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dedup.kernels.buckets import BucketPairs
from dedup.kernels.commonness import UNDATED, Asked, Lists
from dedup.kernels.jsonl import NESTED, NONE, NUMBER, ODD, RECORD, STRING, TOO_LONG, TRUTH
from dedup.kernels.ledger import CUT_OR_ADDED, KEPT, MOVED, PAIRED, REWRITTEN, Alignment
from dedup.kernels.matchkey import line_key, line_keys
from dedup.kernels.pairs import Books, Runs
from dedup.kernels.postings import KEY_BITS, Found
from dedup.kernels.sketches import SHINGLE_SIZE, Sketch, permutations
from dedup.kernels.unicode14 import UNICODE_VERSION

_CHOSEN = os.environ.get("DEDUP_KERNELS", "")

if TYPE_CHECKING or _CHOSEN != "reference":
    try:
        from dedup.kernels import compiled as chosen
    except ImportError as error:
        raise ImportError(
            f"the compiled kernels of dedup are missing in {os.path.dirname(__file__)}: install the package and run "
            "outside its source folder, or install it with pip install -e . to run within; DEDUP_KERNELS=reference "
            f"does without them, 100 times slower ({error})"
        ) from error
    if _CHOSEN:
        chosen.use(_CHOSEN)
    from dedup.kernels.compiled import *  # noqa: F403
else:
    from dedup.kernels import reference as chosen
    from dedup.kernels.reference import *  # noqa: F403


def threads() -> int:
    """The threads that work on many texts or pairs should take: the processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


__all__ = [
    "CUT_OR_ADDED",
    "KEPT",
    "KEY_BITS",
    "MOVED",
    "NESTED",
    "NONE",
    "NUMBER",
    "ODD",
    "PAIRED",
    "RECORD",
    "REWRITTEN",
    "SHINGLE_SIZE",
    "STRING",
    "TOO_LONG",
    "TRUTH",
    "UNDATED",
    "UNICODE_VERSION",
    "Alignment",
    "Asked",
    "Books",
    "BucketPairs",
    "Found",
    "Lists",
    "Runs",
    "Sketch",
    "line_key",
    "line_keys",
    "permutations",
    "threads",
]
__all__ += chosen.__all__
