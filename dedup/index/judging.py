"""Candidates -> sightings: an article compared with the earlier ones that share keys with it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dedup.chronology import earliest
from dedup.comparer import Comparer
from dedup.config import Config
from dedup.index.home import Held, Placed
from dedup.index.learned import Lore
from dedup.index.sightings import Match, Seen, SeenAs, Sighting
from dedup.index.veiled import veil
from dedup.limits import MAX_AT_HAND, MAX_COMPARED, MAX_MATCHES
from dedup.marks import marks
from dedup.records import REPRINTS, REUSE, Prepared
from dedup.results import Comparison

Load = Callable[[Sequence[int]], Mapping[int, Held]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A sighting and all the matches behind it, of which it lists the best."""

    sighting: Sighting
    matches: tuple[Match, ...]


class AtHand:
    """Stored articles by number, the latest and those asked for last; others are loaded."""

    def __init__(self, load: Load, veiled: bool) -> None:
        self._load = load
        self._kept: OrderedDict[int, Held] = OrderedDict()
        self.veiled = veiled

    def held(self, article: Prepared) -> Held:
        """An article in the form in which stored ones are compared."""
        return Held(veil(article), marks(article)) if self.veiled else Held(article)

    def keep(self, number: int, held: Held) -> None:
        """Have an article at hand."""
        self._kept[number] = held
        self._kept.move_to_end(number)
        while len(self._kept) > MAX_AT_HAND:
            self._kept.popitem(last=False)

    def get(self, numbers: Iterable[int]) -> dict[int, Held]:
        """The articles of these numbers, without those that are no longer there."""
        asked = set(numbers)
        found = {number: self._kept[number] for number in asked if number in self._kept}
        if len(found) < len(asked):
            found |= self._load(sorted(asked - found.keys()))
        for number, held in found.items():
            self.keep(number, held)
        return found

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()


def judge(
    articles: Sequence[Prepared], placed: Sequence[Placed], at_hand: AtHand, lore: Lore, config: Config
) -> list[Judged]:
    """Each article compared with its candidates, those that share most keys with it first."""
    own = [at_hand.held(article) for article in articles]
    for held, place in zip(own, placed, strict=True):
        if place.number and not place.again:
            at_hand.keep(place.number, held)
    wanted = [[number for number, _ in place.candidates[:MAX_COMPARED]] for place in placed]
    found = at_hand.get({number for numbers in wanted for number in numbers})
    numbers = sorted(found)
    position = {number: at for at, number in enumerate(numbers)}
    texts = [*(found[number] for number in numbers), *own]
    pairs = [
        (position[number], len(numbers) + at)
        for at, asked in enumerate(wanted)
        for number in asked
        if number in position
    ]
    matches: list[list[Match]] = [[] for _ in articles]
    for (earlier, at), comparison in zip(pairs, _compared(texts, pairs, lore, config), strict=True):
        if comparison.verdict in (*REUSE, "quote_only"):
            seen = Seen.of(numbers[earlier], comparison.reference.article, comparison.reference.credit)
            matches[at - len(numbers)].append(Match(seen, comparison))
    return [_judged(*each) for each in zip(articles, placed, matches, strict=True)]


def _compared(texts: Sequence[Held], pairs: Sequence[tuple[int, int]], lore: Lore, config: Config) -> list[Comparison]:
    if not pairs:
        return []
    articles = [held.article for held in texts]
    comparer = Comparer(articles, lore.background, config, marks_of=lambda at: texts[at].marks())
    return comparer.comparisons(np.array(pairs, np.int64))


def _judged(article: Prepared, place: Placed, found: Sequence[Match]) -> Judged:
    matches = tuple(sorted(found, key=lambda match: match.order))
    copies = [match.seen for match in matches if match.verdict in REUSE]
    dated = [seen for seen in copies if seen.published]
    sighting = Sighting(
        number=place.number or None,
        status=_status(article, matches),
        again=place.again,
        article=article,
        matches=matches[:MAX_MATCHES],
        more=max(0, len(matches) - MAX_MATCHES),
        unverified=max(0, len(place.candidates) - MAX_COMPARED),
        first_seen=min(copies, key=lambda seen: seen.number, default=None),
        first_published=min(earliest(dated), key=lambda seen: seen.number, default=None),
    )
    return Judged(sighting, matches)


def _status(article: Prepared, matches: Sequence[Match]) -> SeenAs:
    reprints = [match.comparison for match in matches if match.verdict in REPRINTS]
    if any(found.reference.tokens.packed == found.article.tokens.packed for found in reprints):
        return "exact"
    outlet = article.article.outlet
    if outlet and any(found.reference.article.outlet == outlet for found in reprints):
        return "revision"
    if reprints:
        return "reprint"
    verdicts = {match.verdict for match in matches}
    return "partial" if "partial_reuse" in verdicts else "quote_only" if verdicts else "new"
