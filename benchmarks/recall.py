"""Which of the planted pairs a tool finds: exact 5-gram resemblance within families, by Python sets."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import peers

from dedup import kernels

Pair = tuple[int, int]


def planted(corpus: Path, truth: Path) -> dict[Pair, tuple[float, float]]:
    """For every two articles of a family, by position, their resemblance over match keys and over peers' shingles."""
    with truth.open(encoding="utf-8") as lines:
        family = {known["id"]: known["family"] for known in map(json.loads, lines)}
    members: dict[int, list[tuple[int, str]]] = defaultdict(list)
    with corpus.open(encoding="utf-8") as lines:
        for at, line in enumerate(lines):
            record = json.loads(line)
            if record["id"] in family:
                members[family[record["id"]]].append((at, record["text"]))
    found = {}
    for articles in members.values():
        sets = [
            (at, set(kernels.shingles(kernels.tokenise(text).hashes).tolist()), set(peers.shingles(text)))
            for at, text in articles
        ]
        for (a, *one), (b, *two) in combinations(sets, 2):
            found[a, b] = jaccard(one[0], two[0]), jaccard(one[1], two[1])
    return found


def jaccard(one: set[int] | set[str], two: set[int] | set[str]) -> float:
    """|A∩B| / |A∪B|."""
    shared = len(one & two)
    return shared / max(1, len(one) + len(two) - shared)


def figures(
    pairs: npt.NDArray[np.int64], known: dict[Pair, tuple[float, float]], own: bool
) -> tuple[float, float, float]:
    """Recall at J >= .5 and .8 and precision at J >= .5, over match keys (``own``) or the peers' shingles."""
    side = 0 if own else 1
    found = {(a, b) for a, b in pairs.tolist()}
    half = {pair for pair, resemblances in known.items() if resemblances[side] >= 0.5}
    most = {pair for pair in half if known[pair][side] >= 0.8}
    return (
        len(found & half) / max(1, len(half)),
        len(found & most) / max(1, len(most)),
        len(found & half) / max(1, len(found)),
    )
