"""Clusters by resemblance alone, as other tools make them: JSONL -> signatures -> candidate pairs -> proof -> clusters.

    python benchmarks/resemblance.py FILE.jsonl [--threshold .5]

For comparison with such tools only; `dedup scan` does not rest on resemblance.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup import kernels
from dedup.candidates import band_keys
from dedup.config import Config

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Packed = tuple[npt.NDArray[np.uint8], Ints]  # texts one after the other, and where each begins

_BLOCK = 1 << 23
_LONGEST = 1 << 24  # bytes of a line
_PAIRS = 1 << 12  # proved at once: bounds the texts in memory
_DOUBT = 2.5  # standard deviations of an estimate by which a pair may lie under the threshold and still be proved


class Found(NamedTuple):
    """The ids of the articles, the proved pairs of positions, their resemblance, and each article's cluster."""

    ids: list[str]
    pairs: Ints
    resemblances: Floats
    clusters: list[int]


def clusters(path: Path, threshold: float = 0.5, threads: int = 1, every_pair: bool = False) -> Found:
    """Articles of a JSONL file that resemble each other, joined.

    Proved are the pairs that clusters need, or with ``every_pair`` all candidates.
    """
    config = Config()
    ids: list[str] = []
    signatures, lines = [], []
    for batch in _batches(path):
        lines.append(np.stack([batch.starts, batch.lengths], 1)[batch.states == kernels.RECORD])
        used = np.flatnonzero(batch.states == kernels.RECORD)
        data, offsets = bytes(batch.data(0)), batch.offsets(0).tolist()
        ids += [data[offsets[row] : offsets[row + 1]].decode() for row in used.tolist()]
        texts = batch.data(1), batch.offsets(1)
        signatures.append(kernels.sketch_texts(texts, window=0, threads=threads).signatures[used])
    table = np.concatenate(signatures)
    owners = np.arange(len(table))
    channels = [(keys, owners) for keys in band_keys(table, config)]
    candidates = kernels.bucket_pairs(channels, config.bucket_cap, threads).pairs
    estimates = _estimates(table, candidates)
    likely = estimates >= threshold - _DOUBT * (threshold * (1 - threshold) / 128) ** 0.5
    candidates = candidates[likely]
    families = Families(len(table))
    if not every_pair:  # the most alike first: they join most, and pairs already joined need no proof
        candidates = candidates[np.argsort(-estimates[likely], kind="stable")]
    pairs, resemblances = [], []
    for likeliest in _parts(candidates):
        part = likeliest if every_pair else families.apart(likeliest)
        found = _proof(path, np.concatenate(lines), part, threads)
        families.join(part[found >= threshold])
        pairs.append(part[found >= threshold])
        resemblances.append(found[found >= threshold])
    nothing = np.zeros((0, 2), np.int64)
    return Found(ids, np.concatenate([nothing, *pairs]), np.concatenate([np.zeros(0), *resemblances]), families.first())


def _batches(path: Path) -> Iterator[Any]:
    """The file's records by the block: ids and texts."""
    reader = kernels.JsonlReader([b"id", b"text"], _LONGEST)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield reader.feed(block)
    yield reader.feed(b"", final=True)


def _estimates(signatures: npt.NDArray[np.uint32], pairs: Ints) -> Floats:
    """(m,): the share of equal values in the signatures of each pair."""
    equal = [(signatures[part[:, 0]] == signatures[part[:, 1]]).mean(1) for part in _parts(pairs)]
    return np.concatenate([np.zeros(0), *equal])


def _parts(pairs: Ints) -> list[Ints]:
    return [pairs[at : at + _PAIRS] for at in range(0, len(pairs), _PAIRS)]


def _proof(path: Path, lines: Ints, pairs: Ints, threads: int) -> Floats:
    """(m,): the exact resemblance of pairs, whose lines are read once more."""
    used, places = np.unique(pairs, return_inverse=True)
    reader = kernels.JsonlReader([b"text"], _LONGEST)
    with path.open("rb") as file:
        raw = b"".join(os.pread(file.fileno(), length, start) for start, length in lines[used].tolist())
    batch = reader.feed(raw, final=True)
    return kernels.resemblances((batch.data(0), batch.offsets(0)), places.reshape(pairs.shape), threads)


class Families:
    """Articles joined by pairs: union-find with path halving."""

    def __init__(self, size: int) -> None:
        self._first = list(range(size))

    def _root(self, at: int) -> int:
        first = self._first
        while first[at] != at:
            first[at] = at = first[first[at]]
        return at

    def join(self, pairs: Ints) -> None:
        """Join the two of each pair."""
        for a, b in pairs.tolist():
            one, two = self._root(a), self._root(b)
            self._first[max(one, two)] = min(one, two)

    def apart(self, pairs: Ints) -> Ints:
        """The pairs whose two are not joined yet."""
        return pairs[[self._root(a) != self._root(b) for a, b in pairs.tolist()]]

    def first(self) -> list[int]:
        """For each article the first one of its family."""
        return [self._root(at) for at in range(len(self._first))]


def main() -> None:
    """The command: prints the ids of each cluster in a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    found = clusters(options.file, options.threshold, options.threads)
    members: dict[int, list[str]] = {}
    for id, first in zip(found.ids, found.clusters, strict=True):
        members.setdefault(first, []).append(id)
    for group in members.values():
        if len(group) > 1:
            print("\t".join(group))


if __name__ == "__main__":
    main()
