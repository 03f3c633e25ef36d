"""The readable twins of all kernels, which define the answers: DEDUP_KERNELS=reference runs on these."""

from __future__ import annotations

from dedup.kernels.buckets import bucket_pairs, resemblance, resemblances
from dedup.kernels.commonness import Commonness
from dedup.kernels.jsonl import JsonlReader
from dedup.kernels.ledger import align
from dedup.kernels.lines import line_rows
from dedup.kernels.literals import LiteralFinder
from dedup.kernels.matchkey import select, token_hash, tokenise
from dedup.kernels.pairs import Texts
from dedup.kernels.postings import Recent, Segment, merge, merged_size
from dedup.kernels.sequence import common_subsequence, heaviest_chain, tiles
from dedup.kernels.sketches import shingles, sketch, sketch_texts
from dedup.kernels.speech import quote_units, quoted, sentences

__all__: list[str] = [
    "Commonness",
    "JsonlReader",
    "LiteralFinder",
    "Recent",
    "Segment",
    "Texts",
    "align",
    "bucket_pairs",
    "common_subsequence",
    "heaviest_chain",
    "isa",
    "line_rows",
    "merge",
    "merged_size",
    "quote_units",
    "quoted",
    "resemblance",
    "resemblances",
    "select",
    "sentences",
    "shingles",
    "sketch",
    "sketch_texts",
    "tiles",
    "token_hash",
    "tokenise",
]


def isa() -> str:
    """The instruction set in use."""
    return "reference"
