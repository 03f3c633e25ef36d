"""Print the run list of dedup/kernels/unicode14.py; needs a Python whose unicodedata is 14.0 (3.11).

python tests/make_unicode14.py
"""

from __future__ import annotations

import unicodedata
from itertools import groupby


def runs() -> list[str]:
    assigned = [(c, unicodedata.category(chr(c)) != "Cn") for c in range(0x110000)]
    out, end = [], 0
    for is_assigned, group in groupby(assigned, key=lambda pair: pair[1]):
        if is_assigned:
            points = [c for c, _ in group]
            out.append(f"{points[0] - end:x}.{points[-1] - points[0]:x}")
            end = points[-1]
    return out


if __name__ == "__main__":
    if unicodedata.unidata_version != "14.0.0":
        raise SystemExit(f"needs unicodedata 14.0.0, this Python has {unicodedata.unidata_version}")
    print(" ".join(runs()))  # noqa: T201
