"""Results as JSON lines: the contract that other programs rely on. Lossless; nothing is escaped but by JSON."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from dedup.chronology import Dated, lag_seconds
from dedup.errors import IndexFault
from dedup.records import Article, Prepared, Skipped, characters, identity
from dedup.report.figures import added
from dedup.results import Cluster, Comparison, Reference


def line(record: object) -> str:
    """One record as one line, with its newline."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def scan_records(
    clusters: Sequence[Cluster],
    others: Sequence[Prepared],
    quotes: Mapping[str, Sequence[str]],
    skipped: Sequence[Skipped],
    warnings: Sequence[Skipped],
) -> Iterator[dict[str, Any]]:
    """A record a cluster, an article in no cluster, a skipped input, and a warning."""
    yield from map(_cluster, clusters)
    for article in others:
        ids = quotes.get(article.article.id)
        own = {"shares_quotations_with": list(ids)} if ids else {}
        yield {"record": "article", **identity(article), "verdict": "independent", **own, **_takes(article)}
    for kind, items in (("skipped", skipped), ("warning", warnings)):
        yield from (notice(item, kind) for item in items)


def _cluster(cluster: Cluster) -> dict[str, Any]:
    reference, first = cluster.reference, cluster.first
    return {
        "record": "cluster",
        "id": cluster.id,
        "agency": cluster.agency,
        "reference": {
            **identity(reference.printed),
            "status": reference.status,
            "tokens": len(reference.prepared.tokens),
            "reason": reference.reason,
            "rebuilt": _rebuilt(cluster),
            "support": _support(reference),
            **_takes(reference.printed),
        },
        "first": {"id": first.id, "outlet": first.outlet, "published": published(first)} if first else None,
        "direction": cluster.direction,
        "members": [{**_member(comparison, first), **_added(cluster, comparison)} for comparison in cluster.members],
        "quote_only": [_member(comparison, first) for comparison in cluster.quote_only],
        "revisions": [_member(comparison, first) for comparison in cluster.revisions],
        "versions": [_member(comparison, first) for comparison in cluster.versions],
    }


def _rebuilt(cluster: Cluster) -> dict[str, Any] | None:
    """The rebuilt text that the members are held against, and from how many outlets; None for a printed one."""
    reference = cluster.reference
    if reference.representative is None:
        return None
    text = reference.prepared
    return {"text": text.article.text, "tokens": len(text.tokens), "outlets": len(cluster.members)}


def _support(reference: Reference) -> list[list[int]]:
    """Runs of tokens that equally many outlets have, as [start, end, outlets]; they cover every token."""
    support = reference.support
    changes = (np.flatnonzero(np.diff(support)) + 1).tolist()
    spans = pairwise([0, *changes, len(support)])
    return [[*(characters(reference.prepared, span) or ()), int(support[span[0]])] for span in spans]


def _added(cluster: Cluster, member: Comparison) -> dict[str, Any]:
    """What the member has and the reference copy has not, passage by passage, and how much of it was surely added."""
    low, high = added(cluster, member)
    version = member.reference if any(member.reference is v.article for v in cluster.versions) else None
    return {
        "added_low": low,
        "added_high": high,
        "added": [
            {"article": characters(member.article, p.article), "witnesses_against": p.witnesses_against}
            for p in (member.passages if member.ledger.added else ())
            if p.kind == "added"
        ],
        "version": identity(version) if version else None,
    }


def _member(comparison: Comparison, first: Article | None) -> dict[str, Any]:
    article = comparison.article.article
    credit = comparison.article.credit
    return {
        **identity(comparison.article),
        "published": published(article),
        **measured(comparison),
        "credit": asdict(credit) if credit else None,
        "mentions": [c.agency for c in comparison.article.credits if c.kind == "mention"],
        "lag_seconds": lag_seconds(first, article),
        "url": article.url,
        "headline": asdict(comparison.headline),
        "basis": comparison.judgement.basis,
        "reasons": list(comparison.judgement.reasons),
        **_takes(comparison.article),
    }


def measured(comparison: Comparison) -> dict[str, Any]:
    """The verdict, the ledger and the shares, as every record of a comparison within a corpus has them."""
    return {
        "verdict": comparison.verdict,
        "detail": comparison.detail,
        "confidence": comparison.confidence,
        "ledger": asdict(comparison.ledger),
        "reuse": round(comparison.reuse, 4),
        "retention": round(comparison.retention, 4),
        "narrative_reuse": round(comparison.narrative_reuse, 4),
        "quote_reuse": round(comparison.quote_reuse, 4),
        "resemblance": round(comparison.resemblance, 4),
    }


def notice(item: Skipped, kind: str) -> dict[str, Any]:
    """The record of an input that was "skipped", or used with a reserve ("warning")."""
    return {"record": kind, "place": item.place, "reason": item.reason}


def _takes(article: Prepared) -> dict[str, list[str]]:
    """The takes that an agency's item was joined from; offsets count in their texts, joined by line ends."""
    return {"takes": list(article.article.takes)} if article.article.takes else {}


def published(article: Dated) -> str | None:
    """The published date as ISO 8601, a day where only a day was given."""
    if article.published is None:
        return None
    return article.published.date().isoformat() if article.date_only else article.published.isoformat()


def write(path: str | Path, records: Iterable[object]) -> None:
    """Write records to a file that appears whole or not at all. Raises IndexFault when it cannot be written."""
    with whole(path) as file:
        file.writelines(map(line, records))


@contextmanager
def whole(path: str | Path) -> Iterator[TextIO]:
    """A text file to write that appears under its name only when all went well. Raises IndexFault."""
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                yield file
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise IndexFault(f"{target}: cannot be written: {error.strerror or error}") from error
