"""Results as JSON lines: the contract that other programs rely on. Lossless; nothing is escaped but by JSON."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from dedup.chronology import lag_seconds
from dedup.errors import IndexFault
from dedup.records import Article, Cluster, Comparison, Prepared, Skipped, identity


def line(record: object) -> str:
    """One record as one line, with its newline."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def scan_records(
    clusters: Sequence[Cluster],
    others: Sequence[Prepared],
    links: Mapping[str, Mapping[str, Sequence[str]]],
    skipped: Sequence[Skipped],
    warnings: Sequence[Skipped],
) -> Iterator[dict[str, Any]]:
    """A record a cluster, an article in no cluster, a skipped input, and a warning."""
    yield from map(_cluster, clusters)
    for article in others:
        own = {
            f"shares_{what}_with": list(ids[article.article.id])
            for what, ids in links.items()
            if article.article.id in ids
        }
        yield {"record": "article", **identity(article), "verdict": "independent", **own}
    for kind, items in (("skipped", skipped), ("warning", warnings)):
        for item in items:
            yield {"record": kind, "place": item.place, "reason": item.reason}


def _cluster(cluster: Cluster) -> dict[str, Any]:
    reference, first = cluster.reference, cluster.first
    return {
        "record": "cluster",
        "id": cluster.id,
        "agency": cluster.agency,
        "reference": {
            **identity(reference.prepared),
            "status": reference.status,
            "tokens": len(reference.prepared.tokens),
            "reason": reference.reason,
        },
        "first": {"id": first.id, "outlet": first.outlet, "published": published(first)} if first else None,
        "direction": cluster.direction,
        "members": [_member(comparison, first) for comparison in cluster.members],
        "quote_only": [_member(comparison, first) for comparison in cluster.quote_only],
        "revisions": [_member(comparison, first) for comparison in cluster.revisions],
    }


def _member(comparison: Comparison, first: Article | None) -> dict[str, Any]:
    article = comparison.article.article
    credit = comparison.article.credit
    return {
        **identity(comparison.article),
        "published": published(article),
        "verdict": comparison.verdict,
        "detail": comparison.detail,
        "confidence": comparison.confidence,
        "ledger": asdict(comparison.ledger),
        "reuse": round(comparison.reuse, 4),
        "retention": round(comparison.retention, 4),
        "narrative_reuse": round(comparison.narrative_reuse, 4),
        "quote_reuse": round(comparison.quote_reuse, 4),
        "resemblance": round(comparison.resemblance, 4),
        "credit": asdict(credit) if credit else None,
        "mentions": [c.agency for c in comparison.article.credits if c.kind == "mention"],
        "lag_seconds": lag_seconds(first, article),
        "url": article.url,
        "headline": asdict(comparison.headline),
        "basis": comparison.judgement.basis,
        "reasons": list(comparison.judgement.reasons),
    }


def published(article: Article) -> str | None:
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
