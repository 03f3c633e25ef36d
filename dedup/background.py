"""What is common: phrases that stand in unrelated articles, and lines that are an outlet's furniture.

A phrase is common if articles dated more than a few days from both texts carry it: a story's own reprints
cluster in time, standing phrases and bulletins return. Articles without a usable date are judged by overlap
instead: those with little in common with either text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from dedup import kernels
from dedup.config import Rules
from dedup.records import U64, Ints, Mask, Prepared, Tile

_PHRASE: Final = 3  # tokens of the shingle that commonness is counted on
_LONGEST_PHRASE: Final = 8
_PHRASE_GROWTH: Final = 16  # tokens of a tile that make the phrase one token longer
_RECURS: Final = 3  # days on which overlapping articles stand that make them a template and not late copies
_UNDATED: Final = -(10**9)
_EDGE_UNRELATED: Final = 3  # unrelated articles of the outlet that make an edge line furniture
_ANYWHERE_UNRELATED: Final = 10
_RUNNING: Final = 12  # tokens from which a line may be running text
_EDGE_HEAD, _EDGE_TAIL = 4, 8  # lines from the top and from the bottom that are an edge
_MAX_RELATED_CHECKS: Final = 64  # articles a line's unrelatedness is tried on before it is settled


def day_of(article: Prepared) -> int:
    """Days since the year 1 of the published date; a large negative number where there is none."""
    published = article.article.published
    return published.toordinal() if published else _UNDATED


class Background:
    """The distinct articles of a corpus, asked which phrases of a pair are common there."""

    def __init__(self, articles: Iterable[Prepared], rules: Rules) -> None:
        distinct: dict[int, Prepared] = {}
        for article in articles:
            distinct.setdefault(article.digest, article)
        self._articles = list(distinct.values())
        self._rules = rules
        self._days = np.array([day_of(article) for article in self._articles], np.int64)
        self._sizes = np.array([len(article.tokens) for article in self._articles], np.int64)
        self._print_counts = np.array([len(article.fingerprints) for article in self._articles], np.int64)
        self._prints, self._owners = _postings([a.fingerprints for a in self._articles])
        self._phrases = np.zeros(0, np.uint64)
        self._carriers = np.zeros(0, np.int32)
        self._related: dict[int, Ints] = {}
        self._by_days: dict[tuple[int, int], tuple[Mask, int]] = {}
        if self.suffices:
            self._phrases, self._carriers = _postings(
                [np.unique(kernels.shingles(a.tokens.hashes, _PHRASE)) for a in self._articles]
            )

    @property
    def tokens(self) -> int:
        """Tokens of all distinct articles."""
        return int(self._sizes.sum())

    @property
    def suffices(self) -> bool:
        """Whether there is enough text here to say that a phrase is rare."""
        return self.tokens >= self._rules.background_tokens

    def common(self, reference: Prepared, article: Prepared, found: Sequence[Tile]) -> list[Mask]:
        """For each tile a mask of its tokens that a common phrase within the tile covers."""
        far, needed = self._far(reference, article)
        hashes = reference.tokens.hashes
        return [self._carried(hashes[tile.reference : tile.reference + tile.length], far) >= needed for tile in found]

    def _carried(self, words: U64, far: Mask) -> Ints:
        """For each of the (n,) token hashes of a tile, how many far articles carry a run of the tile over it.

        The run must be the longer, the longer the tile: in a large corpus on one topic nearly every three
        words stand somewhere, and copy of a hundred words would look common piece by piece.
        """
        counts = np.zeros(len(words) + 1, np.int64)
        if len(words) < _PHRASE:
            return counts[:-1]
        asked = kernels.shingles(words, _PHRASE)
        starts = np.searchsorted(self._phrases, asked, "left")
        ends = np.searchsorted(self._phrases, asked, "right")
        place = np.repeat(np.arange(len(asked)), ends - starts)
        carrier = self._carriers[_ranges(starts, ends)]
        kept = far[carrier]
        order = np.lexsort((place[kept], carrier[kept]))
        place, carrier = place[kept][order], carrier[kept][order]
        if not len(place):
            return counts[:-1]
        breaks = np.flatnonzero((np.diff(place) != 1) | (np.diff(carrier) != 0))
        first, last = place[np.append(0, breaks + 1)], place[np.append(breaks, len(place) - 1)]
        long = last - first + _PHRASE >= phrase_length(len(words))
        np.add.at(counts, first[long], 1)
        np.add.at(counts, last[long] + _PHRASE, -1)
        return np.cumsum(counts)[:-1]

    def _far(self, reference: Prepared, article: Prepared) -> tuple[Mask, int]:
        """Articles that cannot be of the pair's story, and how many of them make a phrase common.

        Articles that overlap with the pair count if they are days apart and recur on several days, as the
        issues of a template do; a late copy or two, or an undated one, is of the story.
        """
        apart, tokens = self._apart(day_of(reference), day_of(article))
        near = np.union1d(self._overlapping(reference), self._overlapping(article))
        if tokens >= self._rules.background_tokens:
            far = apart.copy()
            days = self._days[near][apart[near]]
            recurs = len(np.unique(days[days != _UNDATED])) >= _RECURS
            far[near[self._days[near] == _UNDATED] if recurs else near] = False
        else:
            far, tokens = np.ones(len(self._articles), bool), self.tokens
            far[near] = False
        return far, 1 + round(tokens / self._rules.tokens_per_count)

    def _apart(self, one: int, two: int) -> tuple[Mask, int]:
        """Articles dated more than ``far_days`` from both days, or undated, and their tokens; 0 without a day."""
        days = (min(one, two), max(one, two))
        if days not in self._by_days:
            apart = np.minimum(np.abs(self._days - one), np.abs(self._days - two)) > self._rules.far_days
            self._by_days[days] = apart, 0 if _UNDATED in days else int(self._sizes[apart].sum())
        return self._by_days[days]

    def _overlapping(self, article: Prepared) -> Ints:
        """Articles (by position) that share a fifth of their fingerprints with ``article``, itself included."""
        known = self._related.get(article.digest)
        if known is not None:
            return known
        prints = article.fingerprints
        starts = np.searchsorted(self._prints, prints, "left")
        ends = np.searchsorted(self._prints, prints, "right")
        shared = np.bincount(self._owners[_ranges(starts, ends)], minlength=len(self._articles))
        smaller = np.minimum(self._print_counts, len(prints))
        found = np.flatnonzero(shared >= np.maximum(1, self._rules.unrelated * smaller))
        self._related[article.digest] = found
        return found


def phrase_length(tile: int) -> int:
    """Tokens that an unrelated article must share running with a tile of ``tile`` tokens to make them common."""
    return min(_LONGEST_PHRASE, _PHRASE + tile // _PHRASE_GROWTH)


def _postings(keys: Sequence[U64]) -> tuple[U64, npt.NDArray[np.int32]]:
    """All keys of all articles, sorted, and the position of the article that each belongs to."""
    joined = np.concatenate([np.zeros(0, np.uint64), *keys])
    owners = np.repeat(np.arange(len(keys), dtype=np.int32), [len(own) for own in keys])
    order = np.argsort(joined, kind="stable")
    return joined[order], owners[order]


def _ranges(starts: Ints, ends: Ints) -> Ints:
    """The concatenation of start..end-1 of every row."""
    sizes = ends - starts
    offsets = np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    return offsets + np.arange(int(sizes.sum()))


Lines = Sequence[tuple[tuple[str, ...], bool]]


def furniture(articles: Sequence[tuple[Prepared, Lines]]) -> dict[str, frozenset[tuple[str, ...]]]:
    """By outlet, the lines that are furniture: repeated in unrelated articles of that outlet.

    ``articles`` come with the match keys of their lines, each with whether it is mostly quoted (such a line
    is never furniture). Three unrelated articles do at an edge of the article, ten anywhere; a line as long
    as running text that another outlet carries too is copy.
    """
    holders: dict[tuple[str, tuple[str, ...]], list[tuple[int, bool]]] = defaultdict(list)
    seen: set[int] = set()
    for at, (article, lines) in enumerate(articles):
        if article.digest in seen or not article.article.outlet:
            continue
        seen.add(article.digest)
        for place, (keys, is_quote) in enumerate(lines):
            if keys and not is_quote:
                edge = place < _EDGE_HEAD or place >= len(lines) - _EDGE_TAIL
                holders[article.article.outlet, keys].append((at, edge))
    outlets: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for outlet, keys in holders:
        outlets[keys].add(outlet)
    found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for (outlet, keys), held in holders.items():
        at_edge = [at for at, edge in held if edge]
        if len(keys) >= _RUNNING and len(outlets[keys]) > 1:
            continue  # a background paragraph of the wire, which returns in many stories
        if (len(at_edge) >= _EDGE_UNRELATED and _unrelated(articles, at_edge, _EDGE_UNRELATED, len(keys))) or (
            len(held) >= _ANYWHERE_UNRELATED
            and _unrelated(articles, [at for at, _ in held], _ANYWHERE_UNRELATED, len(keys))
        ):
            found[outlet].add(keys)
    return {outlet: frozenset(lines) for outlet, lines in found.items()}


def _unrelated(articles: Sequence[tuple[Prepared, Lines]], at: Sequence[int], needed: int, size: int) -> bool:
    """Whether ``needed`` of the articles have little in common besides ``size`` shared tokens."""
    chosen: list[Prepared] = []
    for position in at[:_MAX_RELATED_CHECKS]:
        article = articles[position][0]
        if all(_overlap(article.fingerprints, other.fingerprints, size) < 0.2 for other in chosen):
            chosen.append(article)
            if len(chosen) >= needed:
                return True
    return False


def _overlap(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64], size: int) -> float:
    """Share of the smaller's fingerprints in both, those of a common line of ``size`` tokens left out."""
    own = 2 * size // 9 + 1  # winnowing keeps 2 of 9 shingles
    shared = len(np.intersect1d(a, b, assume_unique=True)) - own
    return max(0, shared) / max(1, min(len(a), len(b)) - own)
