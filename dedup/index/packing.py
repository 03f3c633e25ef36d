"""Articles as rows: what is stored of one, read back only if its checksum says it is what was written."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
import xxhash
import zstandard

from dedup import pipeline
from dedup.config import Config
from dedup.index.home import Entry, Held
from dedup.index.veiled import Known, columns, veiled
from dedup.marks import marks
from dedup.records import U32, U64, Article, Credit, Prepared, Zone

_LEVEL: Final = 3
_PRINT_BYTES: Final = 5  # of a fingerprint of up to 40 bits; wider ones take 8
_FIELDS: Final = (
    "id", "outlet", "url", "date_only", "title", "agency", "unread_date", "impossible_date", "place", "replaced",
)  # fmt: skip

_CREDIT: Final = tuple(field.name for field in fields(Credit))


class Row(NamedTuple):
    """A row of the table "article"; the columns that people read first."""

    number: int
    id: str
    outlet: str
    url: str | None
    published: str | None
    title: str | None
    credit: str | None
    status: str
    day: int
    identity: bytes
    sketch: bytes
    checksum: int


class Sketched(NamedTuple):
    """What lookups are rebuilt from."""

    digest: int
    signature: U32
    fingerprints: U64


def checksum(*parts: object) -> int:
    """A signed 64-bit number, as SQLite keeps them, of the values of a row: XXH3_64."""
    state = xxhash.xxh3_64()
    for part in parts:
        raw = part if isinstance(part, bytes) else repr(part).encode("utf-8", "surrogatepass")
        state.update(len(raw).to_bytes(4, "little"))
        state.update(raw)
    return state.intdigest() - 2**63


def row(number: int, entry: Entry, day: int, status: str, config: Config) -> Row:
    """The row of an article."""
    article = entry.article.article
    credit = entry.article.credit
    values = (
        number,
        readable(article.id),
        readable(article.outlet),
        readable(article.url),
        article.published.isoformat() if article.published else None,
        readable(article.title),
        readable(credit.agency if credit else None),
        status,
        day,
        entry.identity,
        _sketch(entry.article, config),
    )
    return Row(*values, checksum(*values))


def readable(text: Any) -> Any:
    """Text as a database takes it: lone surrogates are escaped; the body has it as it is."""
    return text.encode("utf-8", "backslashreplace").decode() if text else text


def _sketch(article: Prepared, config: Config) -> bytes:
    """Digest, signature and fingerprints, little endian, one after the other."""
    prints = article.fingerprints.astype("<u8").view(np.uint8).reshape(-1, 8)
    width = _width(config)
    return b"".join(
        (
            article.digest.to_bytes(8, "little"),
            article.signature.astype("<u4").tobytes(),
            prints[:, :width].tobytes(),
        )
    )


def sketched(blob: bytes, config: Config) -> Sketched:
    """The same read back."""
    start, width = 8 + 4 * config.num_perm, _width(config)
    narrow = np.frombuffer(blob, np.uint8, offset=start).reshape(-1, width)
    wide = np.zeros((len(narrow), 8), np.uint8)
    wide[:, :width] = narrow
    signature = np.frombuffer(blob, "<u4", config.num_perm, 8).astype(np.uint32)
    return Sketched(int.from_bytes(blob[:8], "little"), signature, wide.view("<u8").reshape(-1).astype(np.uint64))


def _width(config: Config) -> int:
    return _PRINT_BYTES if config.fingerprint_bits <= 8 * _PRINT_BYTES else 8


def body(article: Prepared, store_text: bool) -> bytes:
    """The rest of an article, compressed: its text, and what was found in it when it was prepared.

    A line of JSON; without the text what veiled.py needs of its tokens stands behind it.
    """
    own = article.article
    record: dict[str, Any] = {name: getattr(own, name) for name in _FIELDS}
    record["published"] = own.published.isoformat() if own.published else None
    record["takes"] = own.takes
    record["headline"] = article.headline
    record["house"] = (article.own_agency, article.newsroom)
    record["zones"] = [(zone.kind, zone.start, zone.end, zone.reason) for zone in article.zones]
    record["credits"] = [tuple(getattr(credit, name) for name in _CREDIT) for credit in article.credits]
    behind = b""
    if store_text:
        record["text"] = own.text
    else:
        marked = marks(article)
        record["style"] = marked.style
        behind = b"\n" + columns(article, marked)
    packed = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return zstandard.ZstdCompressor(level=_LEVEL).compress(packed + behind)


class Body(NamedTuple):
    """What ``body`` packed: the record, and the columns of its tokens where the text is not stored."""

    record: dict[str, Any]
    columns: bytes

    @property
    def has_text(self) -> bool:
        """Whether the text is stored."""
        return "text" in self.record


def unpacked(blob: bytes) -> Body:
    """What ``body`` packed."""
    record, _, behind = zstandard.ZstdDecompressor().decompress(blob).partition(b"\n")
    return Body(json.loads(record), behind)


def article(body: Body) -> Article:
    """The article in a body; without its text where that is not stored."""
    record = body.record
    when = record["published"]
    return Article(
        **{name: record[name] for name in _FIELDS},
        published=datetime.fromisoformat(when) if when else None,
        takes=tuple(record["takes"]),
        text=record.get("text", ""),
    )


def credits(body: Body) -> tuple[Credit, ...]:
    """The credits in a body."""
    return tuple(Credit(*each) for each in body.record["credits"])


def held(body: Body, config: Config) -> Held:
    """The article in a body as it was prepared before; veiled where its text is not stored."""
    own_agency, newsroom = body.record["house"]
    zones = tuple(Zone(*each) for each in body.record["zones"])
    found, headline = credits(body), body.record["headline"]
    if body.has_text:
        return Held(pipeline.restored(article(body), zones, found, headline, (own_agency, newsroom), config))
    known = Known(zones, found, headline, own_agency, newsroom)
    return Held(*veiled(body.columns, article(body), known, body.record["style"], config))
