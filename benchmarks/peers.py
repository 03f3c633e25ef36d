"""Other tools that find near-duplicates, called as their documentation does, with 128 values and word 5-grams."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: Module and distribution of each.
PEERS: Final = {
    "datasketch": "datasketch",
    "rensa": "rensa",
    "gaoya": "gaoya",
    "daft": "daft",
    "text_dedup": "text-dedup",
}
NUM_PERM: Final = 128
SIZE: Final = 5
THRESHOLD: Final = 0.5
_WORD: Final = re.compile(r"\w+")


def versions() -> dict[str, str | None]:
    """The version of each peer, None for those that are not installed."""
    found: dict[str, str | None] = {}
    for module, distribution in PEERS.items():
        try:
            found[module] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            found[module] = None
    return found


def shingles(text: str) -> list[str]:
    """Word 5-grams, made the way users of these tools make them."""
    words = _WORD.findall(text.lower())
    return [" ".join(words[at : at + SIZE]) for at in range(max(1, len(words) - SIZE + 1))]


def datasketch_signatures(texts: Sequence[str]) -> list[Any]:
    """Text -> MinHash, in bulk, with xxhash."""
    xxh32 = import_module("xxhash").xxh32_intdigest
    sets = ([shingle.encode() for shingle in shingles(text)] for text in texts)
    found: list[Any] = import_module("datasketch").MinHash.bulk(sets, num_perm=NUM_PERM, hashfunc=xxh32)
    return found


def rensa_signatures(texts: Sequence[str]) -> object:
    """Text -> matrix of digests."""
    return rensa_of_tokens([shingles(text) for text in texts])


def rensa_of_tokens(sets: Sequence[Sequence[str]]) -> object:
    """Shingles already made -> matrix of digests."""
    return import_module("rensa").RMinHash.digest_matrix_from_token_sets(sets, NUM_PERM, 42)


def gaoya_signatures(texts: Sequence[str]) -> object:
    """Text -> signatures, with its native tokeniser; 25 bands of 5 make 125 values."""
    return _gaoya().minhash_index.bulk_hash_docs(texts)


def _gaoya() -> Any:
    return import_module("gaoya").minhash.MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=25,
        band_size=5,
        analyzer="word",
        lowercase=True,
        ngram_range=(SIZE, SIZE),
    )


def daft_signatures(texts: Sequence[str]) -> object:
    """Text -> normalised text -> MinHash column."""
    daft, functions = import_module("daft"), import_module("daft.functions")
    plain = functions.normalize(daft.col("text"), remove_punct=True, lowercase=True, white_space=True)
    hashed = functions.minhash(plain, num_hashes=NUM_PERM, ngram_size=SIZE, hash_function="xxhash")
    return daft.from_pydict({"text": texts}).select(hashed).collect()


SIGNATURES: Final[dict[str, Callable[[Sequence[str]], object]]] = {
    "datasketch": datasketch_signatures,
    "rensa": rensa_signatures,
    "gaoya": gaoya_signatures,
    "daft": daft_signatures,
}


def _texts(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def _pairs(found: Iterable[tuple[int, Iterable[int]]]) -> Ints:
    """Answers to queries as distinct pairs i < j."""
    pairs = {(min(at, other), max(at, other)) for at, others in found for other in others if at != other}
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def datasketch_pairs(path: Path) -> Ints:
    """JSONL -> MinHash -> MinHashLSH with its own choice of bands."""
    index = import_module("datasketch").MinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM)
    hashes = datasketch_signatures(list(_texts(path)))
    with index.insertion_session() as session:
        for at, minhash in enumerate(hashes):
            session.insert(at, minhash)
    return _pairs((at, index.query(minhash)) for at, minhash in enumerate(hashes))


def rensa_pairs(path: Path) -> Ints:
    """JSONL -> RMinHash -> RMinHashLSH of 32 bands of 4."""
    rensa = import_module("rensa")
    hashes = rensa.RMinHash.from_token_sets((shingles(text) for text in _texts(path)), NUM_PERM, 42)
    index = rensa.RMinHashLSH(THRESHOLD, NUM_PERM, 32)
    index.insert_many(hashes)
    return _pairs(enumerate(index.query_all(hashes)))


def gaoya_pairs(path: Path) -> Ints:
    """JSONL -> MinHashStringIndex, which tokenises and checks the estimated resemblance itself."""
    index, texts = _gaoya(), list(_texts(path))
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    return _pairs(enumerate(index.par_bulk_query(texts)))


def text_dedup_pairs(path: Path) -> Ints:
    """JSONL -> its functions for one article -> buckets, each joined to its first article as it does."""
    module, utils = import_module("text_dedup.minhash"), import_module("text_dedup.utils")
    bands, rows = utils.optimal_param(THRESHOLD, NUM_PERM, false_positive_weight=0.5, false_negative_weight=0.5)
    ranges = [(band * rows, (band + 1) * rows) for band in range(bands)]
    prime = np.uint64((1 << 61) - 1)
    permutations = tuple(module.RNG.randint(low, prime, NUM_PERM, np.uint64) for low in (1, 0))
    tables: list[dict[bytes, list[int]]] = [{} for _ in ranges]
    settings = {
        "num_perm": NUM_PERM,
        "ngram_size": SIZE,
        "min_length": SIZE,
        "hashranges": ranges,
        "permutations": permutations,
        "hash_func": utils.xxh3_32hash,
        "dtype": np.uint64,
        "max_hash": np.uint32((1 << 32) - 1),
        "modulo_prime": prime,
    }
    for at, text in enumerate(_texts(path)):
        for table, key in zip(tables, module.embed_func(text, at, **settings)["__signatures__"], strict=True):
            table.setdefault(key, []).append(at)
    return _pairs((bucket[0], bucket) for table in tables for bucket in table.values() if len(bucket) > 1)


PAIRS: Final[dict[str, Callable[[Path], Ints]]] = {
    "rensa": rensa_pairs,
    "gaoya": gaoya_pairs,
    "datasketch": datasketch_pairs,
    "text_dedup": text_dedup_pairs,
}
