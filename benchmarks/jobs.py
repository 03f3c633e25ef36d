"""What throughput.py measures in processes of their own; each prints its figures as one JSON object.

    python benchmarks/jobs.py pairs NAME FILE | scan FILE | words FILE

``seconds`` is CPU time without the imports, ``peak_mb`` the largest resident memory of the process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import peers
import resemblance

_LOOPS: Final = 5


def pairs(name: str, file: str) -> dict[str, Any]:
    """JSONL -> pairs -> clusters by one tool; the pairs are saved beside the file."""
    path = Path(file)
    if name == "dedup":
        start = time.process_time()
        resemblance.clusters(path)
        seconds = time.process_time() - start
        found = resemblance.clusters(path, every_pair=True).pairs  # for the recall: clusters need fewer proofs
    else:
        import_module(name)
        start = time.process_time()
        found = peers.PAIRS[name](path)
        with path.open("rb") as lines:
            families = resemblance.Families(sum(1 for _ in lines))
        families.join(found)
        families.first()
        seconds = time.process_time() - start
    saved = path.with_suffix(f".{name}.npy")
    np.save(saved, found)
    return {"seconds": seconds, "file": str(saved)}


def scan(file: str) -> dict[str, Any]:
    """The whole scan."""
    import dedup

    start = time.process_time()
    result = dedup.scan(file)
    seconds = time.process_time() - start
    return {"seconds": seconds, "counts": {name: result.counts[name] for name in ("articles", "clusters", "clustered")}}


def words(file: str) -> dict[str, Any]:
    """Text -> signature, user CPU time of one pass over a file."""
    from dedup import kernels

    texts = np.fromfile(file, np.uint8), np.load(Path(file).with_suffix(".npy"))
    kernels.sketch_texts(texts, window=0)
    start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    for _ in range(_LOOPS):
        kernels.sketch_texts(texts, window=0)
    return {"seconds": (resource.getrusage(resource.RUSAGE_SELF).ru_utime - start) / _LOOPS}


def peak() -> float:
    """Megabytes. A process starts with the ru_maxrss of the one that started it, so Linux is asked elsewhere."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


JOBS: Final[dict[str, Callable[..., dict[str, Any]]]] = {"pairs": pairs, "scan": scan, "words": words}

if __name__ == "__main__":
    figures = JOBS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({**figures, "peak_mb": peak()}))
