"""Articles without their text, for indexes that may not keep it: every token by its hash, and what is told of it.

Two veiled articles are compared as any others are; their tiles are proved on 64 bits a token in place of the words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from dedup import sketch
from dedup.capitals import Style
from dedup.config import Config
from dedup.marks import Marks
from dedup.records import U64, Article, Credit, Int32s, Prepared, Tokens, Zone

_KEY: Final = 17  # bytes of a veiled match key: 16 hexadecimal digits and the space behind them
_HASH_BYTES: Final = 8
_ROW: Final = 28  # bytes of a token in all columns


class Known(NamedTuple):
    """What was found in an article when it was prepared, besides its tokens."""

    zones: tuple[Zone, ...]
    credits: tuple[Credit, ...]
    headline: str | None
    own_agency: str | None
    newsroom: bool


def veil(article: Prepared) -> Prepared:
    """The article with the hash of each token as its match key, and without its text."""
    tokens = article.tokens
    return replace(
        article,
        article=replace(article.article, text=""),
        tokens=replace(tokens, packed=_packed(tokens.hashes), bounds=_bounds(len(tokens))),
    )


def _packed(hashes: U64) -> bytes:
    raw = hashes.astype(">u8").tobytes()
    return (raw.hex(" ", _HASH_BYTES) + " ").encode("ascii") if raw else b""


def _bounds(count: int) -> Int32s:
    found: Int32s = np.arange(count + 1, dtype=np.int32) * _KEY
    return found


def columns(article: Prepared, marks: Marks) -> bytes:
    """What ``veiled`` needs of each of n tokens: 28 bytes, in columns that compress well."""
    tokens = article.tokens
    places = (tokens.starts, tokens.ends, article.sentence, article.paragraph)
    flags = (marks.flags, article.quoted, article.units, tokens.unspaced)
    steps = [np.diff(own.astype("<i4"), prepend=np.int32(0)) for own in places]
    return b"".join([tokens.hashes.astype("<u8").tobytes(), *(own.tobytes() for own in (*steps, *flags))])


def veiled(raw: bytes, article: Article, known: Known, style: Style, config: Config) -> tuple[Prepared, Marks]:
    """A veiled article and its marks, from its columns."""
    count = len(raw) // _ROW
    hashes = np.frombuffer(raw, "<u8", count).astype(np.uint64)
    steps = np.frombuffer(raw, "<i4", 4 * count, 8 * count).reshape(4, count)
    starts, ends, sentence, paragraph = steps.cumsum(axis=1, dtype=np.int64)
    flags, *masks = np.frombuffer(raw, np.uint8, 4 * count, 24 * count).reshape(4, count)
    quoted, units, unspaced = (mask.astype(bool) for mask in masks)
    places = starts.astype(np.int32), ends.astype(np.int32)
    sketched = sketch.sketch(hashes, config)
    prepared = Prepared(
        article=article,
        zones=known.zones,
        credits=known.credits,
        headline=known.headline,
        tokens=Tokens(_packed(hashes), _bounds(count), hashes, *places, unspaced),
        paragraph=paragraph,
        sentence=sentence,
        quoted=quoted,
        units=units,
        signature=sketched.signature,
        fingerprints=sketched.fingerprints,
        digest=sketched.digest,
        own_agency=known.own_agency,
        newsroom=known.newsroom,
    )
    return prepared, Marks(style, flags.copy())
