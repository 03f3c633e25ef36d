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
_KNOWN: Final = 100_000  # pairs of days kept in mind
_NOTHING: Final = np.zeros(0, bool)
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
        self._known_limits: dict[tuple[int, ...], tuple[int, int, bool]] = {}
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
        used = sorted(set(pairs.ravel().tolist()))
        texts, places = [articles[at] for at in used], np.array(used, np.int64).searchsorted(pairs)
        own_days = [day_of(article) for article in texts]
        days = np.array(own_days, np.int64)[places]
        limits = np.array([self._limits(own_days[a], own_days[b]) for a, b in places.tolist()], np.int64)
        needed, many, by_date = limits.reshape(-1, 3).T
        by_date = by_date != 0
        if not len(runs.rows):
            return Common(_NOTHING, _NOTHING, by_date)
        hashes, prints = [a.tokens.hashes for a in texts], [a.fingerprints for a in texts]
        near = self._commonness.overlapping(prints, self._rules.unrelated, threads)

        asked = Asked(days, by_date, needed.copy(), many.copy(), self._rules.far_days)
        found = self._commonness.common(hashes, places, runs, near, asked, threads)
        return Common(found > 0, found > 1, by_date)

    def _limits(self, *days: int) -> tuple[int, int, bool]:
        """How many articles make a phrase common for two texts of these days, how many for certain, and whether those
        days apart from both are asked."""
        known = self._known_limits.get(days)
        if known:
            return known
        rules, dated = self._rules, UNDATED not in days
        apart = self._apart(min(days), max(days)) if dated else 0
        by_date = dated and (apart >= rules.background_tokens or not self.suffices)
        needed = 1 + round((apart if by_date else self.tokens) / rules.tokens_per_count)
        if dated and abs(days[0] - days[1]) > rules.far_days:
            needed = max(1, needed - 1)  # the two texts carry it themselves on days apart
        if not self.suffices and not by_date:
            needed = _NEVER
        many = needed if by_date else max(needed, _MANY, round(_MANY_SHARE * len(self._days)))
        if len(self._known_limits) < _KNOWN:
            self._known_limits[days] = needed, many, by_date
        return needed, many, by_date

    def _apart(self, first: int, last: int) -> int:
        """Tokens of articles dated over ``far_days`` from both days, or undated."""
        reach = self._rules.far_days
        spans = [(first - reach, last + reach)]
        if last - first > 2 * reach:
            spans = [(first - reach, first + reach), (last - reach, last + reach)]
        return self.tokens - sum(self._within(*span) for span in spans)

    def _within(self, low: int, high: int) -> int:
        """Tokens of articles dated from ``low`` to ``high``."""
        start, end = self._days.searchsorted(low, "left"), self._days.searchsorted(high, "right")
        return int(self._tokens_before[end] - self._tokens_before[start])
