"""Numbers as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dedup.records import Span
from dedup.results import Cluster, Comparison

ADDED_FROM: Final = 3  # outlets against a passage from which it was surely added
_HOUR, _DAY = 3600, 86_400


def percentages(parts: Sequence[int]) -> list[float]:
    """Each part of the whole in per cent with one decimal; they sum to exactly 100.0 (largest remainder).

    All are 0.0 where the whole is nothing.
    """
    whole = sum(parts)
    if not whole:
        return [0.0] * len(parts)
    tenths = [1000 * part // whole for part in parts]
    left = 1000 - sum(tenths)
    order = sorted(range(len(parts)), key=lambda at: (-(1000 * parts[at] % whole), at))
    for at in order[:left]:
        tenths[at] += 1
    return [tenth / 10 for tenth in tenths]


def lag(seconds: int | None) -> str:
    """A time between publications: "+3 h", "-2 d", "" where it is not known."""
    if seconds is None:
        return ""
    sign, size = ("-" if seconds < 0 else "+"), abs(seconds)
    if not size:
        return "0"
    if size < _HOUR:
        return f"{sign}{max(1, size // 60)} min"
    return f"{sign}{size // _HOUR} h" if size < 2 * _DAY and size % _DAY else f"{sign}{size // _DAY} d"


def words(verdict: str, detail: str | None = None) -> str:
    """A verdict as people write it: "edited reprint, expanded"."""
    plain = verdict.replace("_", " ")
    return f"{plain}, {detail}" if detail else plain


def added(cluster: Cluster, member: Comparison) -> Span:
    """Tokens that a member added: at least, and at most.

    Against the agency's own item these are one number. Elsewhere a passage was surely added if three other
    outlets have the text around it without it; the rest may be wire copy that others cut.
    """
    most = member.ledger.added
    if cluster.reference.status == "original" or not most:
        return most, most
    spans = [p.article for p in member.passages if p.article and (p.witnesses_against or 0) >= ADDED_FROM]
    return sum(after - first for first, after in spans), most
