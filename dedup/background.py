"""What is common: phrases that stand in unrelated articles.

A phrase is common if articles dated more than a few days from both texts carry it: a story's own reprints
cluster in time, standing phrases and bulletins return. Articles without a usable date are judged by overlap
instead: those with little in common with either text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np

from dedup.config import Rules
from dedup.kernels import UNDATED, Asked, Commonness, Runs
from dedup.records import Ints, Mask, Prepared, Zone

_NEVER: Final = 2**31 - 1  # articles: nothing is carried by so many
_MANY, _MANY_SHARE = 50, 0.02  # articles of whatever date that make a phrase common for certain


def day_of(article: Prepared) -> int:
    """Days since the year 1 of the published date; a large negative number where there is none."""
    published = article.article.published
    return published.toordinal() if published else UNDATED


class Common(NamedTuple):
    """Of each token of each tile whether it is ``common`` and whether it is so ``everywhere``; of each of m pairs
    whether that was told ``by_date``."""

    common: Mask
    everywhere: Mask
    by_date: Mask


class Furniture(Protocol):
    """What a corpus knows of its outlets' furniture (furniture.py has it)."""

    def of(self, article: Prepared) -> tuple[Zone, ...]:
        """The stretches of an article's body that are furniture."""


class Background:
    """The distinct articles of a corpus, asked which phrases of a pair are common there.

    ``learned`` is what the corpus knows of furniture, None where nobody asked for that.
    """

    def __init__(self, articles: Iterable[Prepared], rules: Rules, learned: Furniture | None = None) -> None:
        self.learned = learned
        distinct: dict[int, Prepared] = {}
        for article in articles:
            distinct.setdefault(article.digest, article)
        self._rules = rules
        days = np.array([day_of(article) for article in distinct.values()], np.int64)
        sizes = np.array([len(article.tokens) for article in distinct.values()], np.int64)
        order = np.argsort(days, kind="stable")
        self._days = days[order]
        self._tokens_before = np.concatenate(([0], np.cumsum(sizes[order])))  # of the days sorted
        own = list(distinct.values())
        self._commonness = Commonness([a.tokens.hashes for a in own], [a.fingerprints for a in own], days)

    @property
    def tokens(self) -> int:
        """Tokens of all distinct articles."""
        return int(self._tokens_before[-1])

    @property
    def suffices(self) -> bool:
        """Whether there is enough text here to say that a phrase is rare."""
        return self.tokens >= self._rules.background_tokens

    def common(self, articles: Sequence[Prepared], pairs: Ints, runs: Runs, threads: int = 1) -> Common:
        """Which tokens of the tiles of ``pairs`` (m, 2) unrelated articles carry too, in a phrase within the tile.

        Those dated days apart from both are asked. Where a date is missing, or too little text is that far, all with
        little overlap are: these may be about the same story, so that the count tells less. In a background of too
        little text only those days apart are asked, however few.
        """
        used, places = np.unique(pairs, return_inverse=True)
        places = places.reshape(-1, 2).astype(np.int64)
        texts = [articles[at] for at in used.tolist()]
        days = np.array([day_of(article) for article in texts], np.int64).reshape(-1)[places]
        apart = self._apart(days)
        dated = (days != UNDATED).all(1)
        by_date = dated & ((apart >= self._rules.background_tokens) | (not self.suffices))
        tokens = np.where(by_date, apart, self.tokens)
        needed = 1 + np.round(tokens / self._rules.tokens_per_count).astype(np.int64)
        recurs = dated & (np.abs(days[:, 0] - days[:, 1]) > self._rules.far_days)
        needed = np.maximum(1, needed - recurs)  # the two texts carry it themselves on days apart
        if not self.suffices:
            needed[~by_date] = _NEVER
        hashes, prints = [a.tokens.hashes for a in texts], [a.fingerprints for a in texts]
        near = self._commonness.overlapping(prints, self._rules.unrelated, threads)

        def carried(needed: Ints) -> Mask:
            asked = Asked(days, by_date, needed, self._rules.far_days)
            return self._commonness.common(hashes, places, runs, near, asked, threads)

        common = carried(needed)
        if by_date.all():
            return Common(common, common, by_date)
        many = max(_MANY, round(_MANY_SHARE * len(self._days)))
        return Common(common, carried(np.maximum(needed, many)), by_date)

    def _apart(self, days: Ints) -> Ints:
        """(m,) tokens of articles dated over ``far_days`` from both of (m, 2) days, or undated; 0 without a day."""
        first, last = days.min(1), days.max(1)
        reach = self._rules.far_days
        near = self._within(first - reach, first + reach) + self._within(last - reach, last + reach)
        near -= self._within(last - reach, first + reach)
        found: Ints = np.where(first == UNDATED, 0, self.tokens - near)
        return found

    def _within(self, low: Ints, high: Ints) -> Ints:
        """(m,) tokens of articles dated from ``low`` to ``high``; none where low is beyond high."""
        start, end = self._days.searchsorted(low, "left"), self._days.searchsorted(high, "right")
        found: Ints = np.maximum(0, self._tokens_before[end] - self._tokens_before[start])
        return found
