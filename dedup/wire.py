"""A cluster -> its reference copy: the text that the others are held against, and how far it can be trusted.

Chosen, in this order: the agency's own item; a full printed agency credit, if its text is nearly as central
as any; the medoid by mean Dice (2 x shared / total tokens). Never the longest, which is the round-up, and
never by shared / own length, which prefers truncated copies. Dates never decide. Where nobody printed the whole
text, it is rebuilt from what several print (collate.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dedup.records import Ints, Prepared, Status
from dedup.results import Reference

#: For (m, 2) pairs of positions the tokens shared (m,), and where these begin in the second (m,), -1 for none.
Overlaps = Callable[[Ints], tuple[Ints, Ints]]

_WITNESSES = 40  # articles that a text's centrality is measured against in a larger cluster
_NEARLY = 0.8  # a credited copy must have this share of the best mean Dice: a short extract is no reference
_RELATED = 0.1  # Dice from which two articles of a cluster have a story in common
SAME = 0.95  # Dice of a rebuilt and a printed copy from which the printed one serves
_LEAST_OUTLETS = 3  # that a copy is rebuilt from
_TWO_START = 20  # of two witnesses the longer serves if what they share starts within so many tokens ...
_TWO_RATIO = 3  # ... and it is at most so many times as long: else it is a round-up


def choose(articles: Sequence[Prepared], overlaps: Overlaps) -> int:
    """Position of the reference copy; ``overlaps`` tells what pairs of the articles share."""
    central = _mean_dice(articles, overlaps)
    own = [at for at, article in enumerate(articles) if is_original(article, articles)]
    if own:
        return min(own, key=lambda at: (-central[at], tie(articles[at])))
    best = max(central)
    full = [at for at, a in enumerate(articles) if a.credit and a.credit.kind == "full"]
    full = [at for at in full if central[at] >= _NEARLY * best]
    if len(articles) == 2:  # their mean Dice is one and the same
        longest = max(len(article.tokens) for article in articles)
        full = [at for at in full if _TWO_RATIO * len(articles[at].tokens) >= longest]
    if len(articles) == 2 and len(full) != 1:
        return _of_two(articles, overlaps)
    if full:
        return min(full, key=lambda at: (-central[at], tie(articles[at])))
    return min(range(len(articles)), key=lambda at: (-central[at], tie(articles[at])))


def tie(article: Prepared) -> tuple[int, int, str, str]:
    """Parts articles that serve equally well: the shorter, then by content and name, never by date."""
    return len(article.tokens), article.digest, article.article.outlet, article.article.id


def is_original(article: Prepared, articles: Sequence[Prepared]) -> bool:
    """Whether an article is the agency's own item: on its own site, and not credited there to another agency.

    A newsroom that also sells copy (``newsroom``) runs other agencies' copy too: its article is the original
    only where one of ``articles`` credits it.
    """
    own = article.own_agency
    if own is None or (article.credit and article.credit.kind == "full"):
        return False
    return not article.newsroom or any(other.credit and other.credit.agency == own for other in articles)


def is_version(article: Prepared, reference: Reference) -> bool:
    """Whether an article is another version of an original: by the same outlet, and by the agency itself."""
    first = reference.prepared
    return (
        reference.status == "original"
        and article.article.outlet == first.article.outlet
        and article.own_agency == first.own_agency
        and not (article.credit and article.credit.kind == "full")
    )


def is_to_be_rebuilt(printed: Reference, outlets: int, alike: float) -> bool:
    """Whether a text put together is a better reference than the ``printed`` one, whose Dice with it is ``alike``.

    Never of an original, which is the text itself, nor of two outlets, which say nothing of private text; and
    where the two hardly differ, the one that was printed serves.
    """
    return printed.status != "original" and outlets >= _LEAST_OUTLETS and alike < SAME


def reference(prepared: Prepared, members: Sequence[Prepared]) -> Reference:
    """``prepared``, printed, as reference copy of a cluster with these ``members``."""
    outlets = len({member.article.outlet or member.article.id for member in members})
    status, reason = _status(prepared, is_original(prepared, members), outlets)
    return Reference(prepared, status, reason, np.ones(len(prepared.tokens), np.int64))


def _status(prepared: Prepared, original: bool, outlets: int) -> tuple[Status, str]:
    if original:
        return "original", f"published by {prepared.own_agency} itself"
    credit = prepared.credit
    if credit and credit.kind == "full":
        return "credited", f'prints "{credit.text}"'
    if outlets >= 3:
        return "consensus", f"shares most with the others, of {outlets} outlets"
    return "single", "the more complete of two copies" if outlets == 2 else "the only copy"


def _mean_dice(articles: Sequence[Prepared], overlaps: Overlaps) -> list[float]:
    """How central each article is among those it has something in common with: a round-up is near to none of its."""
    ordered = sorted(range(len(articles)), key=lambda at: (articles[at].digest, tie(articles[at])))
    witnesses = np.array(ordered[:_WITNESSES], np.int64)
    every = np.arange(len(articles))
    pairs = np.stack([np.repeat(every, len(witnesses)), np.tile(witnesses, len(articles))], 1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    tokens = np.array([len(article.tokens) for article in articles], np.int64)
    dice = 2 * overlaps(pairs)[0] / tokens[pairs].sum(1)
    pairs, dice = pairs[dice >= _RELATED], dice[dice >= _RELATED]
    total, times = np.bincount(pairs[:, 0], dice, len(articles)), np.bincount(pairs[:, 0], minlength=len(articles))
    return [round(mean, 6) for mean in (total / np.maximum(1, times)).tolist()]


def _of_two(articles: Sequence[Prepared], overlaps: Overlaps) -> int:
    short, long = sorted((0, 1), key=lambda at: tie(articles[at]))
    sizes = len(articles[short].tokens), len(articles[long].tokens)
    if sizes[0] == sizes[1]:
        return short
    start = int(overlaps(np.array([[short, long]]))[1][0])
    at_head = 0 <= start <= _TWO_START
    return long if at_head and sizes[1] <= _TWO_RATIO * sizes[0] else short
