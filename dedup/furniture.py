"""Furniture learned from a corpus, article by article: repeated lines, and blocks in texts without line ends.

A line is furniture where unrelated articles of its outlet carry it, or at the edge of articles of many outlets
(a notice of the paywall). Unrelated means that the rest of the articles has little in common: the lines of a
story that an outlet prints in ten versions are no furniture. What is kept of an article is a few hundred bytes:
hashes of its lines, and the least hashes of its phrases (a bottom-k sketch: Broder, On the resemblance and
containment of documents, 1997). All of it are sets and sums, so that the order of adding changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import xxhash

from dedup.kernels import line_keys, tokenise
from dedup.records import U64, Ints, Mask, Prepared, Span, Zone
from dedup.tallies import HEADLINE, NONE, SAMPLE, SKETCH, Holders, HolderTable, Sketches, Tally

_EDGE_UNRELATED: Final = 3  # unrelated articles of the outlet that make an edge line furniture
_ANYWHERE_UNRELATED: Final = 10
_RUNNING: Final = 12  # tokens from which a line may be running text
_EDGE_HEAD, _EDGE_TAIL = 4, 8  # lines from the top and from the bottom that are an edge
_TIGHT_HEAD, _TIGHT_TAIL = 2, 4  # the same for running text that many outlets carry
_OUTLETS: Final = 5  # outlets with unrelated articles that make a line a notice
_AT_EDGE: Final = 0.9  # share of a notice's places that are at the edge
_GRAM: Final = 4  # tokens of a phrase
_BLOCK_ARTICLES: Final = 30  # articles of the outlet that make a phrase at the edge part of a block
_BLOCK_SHARE: Final = 0.9  # share of a phrase's places that are at the edge of articles of the outlet
_BLOCK_HEAD, _BLOCK_TAIL = 12, 40  # tokens from the top and from the bottom that are an edge
_INSIDE: Final = 8  # one article in so many is asked for the phrases inside
_WORD, _TAKEN_UP = 4, 0.34  # bytes of a headline's word that counts; share of them that a text takes up
_SHORT_PAGE, _HEADLINE_WORDS = 100, 3  # tokens of a page that may be a notice; words of its headline at least
_ECHO: Final = 0.8  # share of an echo's tokens that are the headline's
_ODD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
_STEPS: Final = np.arange(_GRAM)
_WEIGHTS: Final = np.array([pow(int(_ODD), _GRAM - 1 - step, 1 << 64) for step in range(_GRAM)], np.uint64)
_FIRST: Final = np.arange(_BLOCK_HEAD - _GRAM + 1)
_INNER, _EDGE, _TIGHT = 0, 1, 3  # places of a line: at a tight edge is at the edge, too


@dataclass(frozen=True, slots=True)
class Outline:
    """What furniture is learned from: an article's n lines and its phrases at both ends.

    ``lines`` holds hashes of the lines' keys, ``bounds`` (n + 1,) where they begin in tokens, ``kept`` which are never
    furniture: mostly quoted, or running text that names an agency; ``edge`` holds the phrases at the ends of the text
    that do not go over the end of a line, and ``edge_at`` the tokens at which they begin.
    """

    article: Prepared
    outlet: int
    lines: U64
    bounds: Ints
    kept: Mask
    edge: U64
    edge_at: Ints


def outline(article: Prepared) -> Outline:
    """The outline of an article, which is to be prepared without what was learned before."""
    paragraph = article.paragraph
    begins = np.ones(len(paragraph) + 1, bool)
    np.not_equal(paragraph[1:], paragraph[:-1], out=begins[1:-1])
    bounds = begins.nonzero()[0]
    keys = line_keys(article.tokens.packed, article.tokens.bounds[bounds].tolist())
    lines = np.fromiter(map(xxhash.xxh3_64_intdigest, keys), np.uint64, len(keys))
    sizes = bounds[1:] - bounds[:-1]
    kept = 2 * np.add.reduceat(article.quoted, bounds[:-1], dtype=np.int64) > sizes
    mentions = [credit.start for credit in article.credits if credit.kind == "mention"]
    if mentions:  # such running text is the agency's background, however many print it last
        tokens = article.tokens.starts.searchsorted(np.array(mentions, np.int32), "right") - 1
        naming = bounds.searchsorted(tokens, "right") - 1
        kept[naming] |= sizes[naming] >= _RUNNING
    first, last = _phrases(len(paragraph))
    within = paragraph[first] == paragraph[last]
    ends = first[within]
    outlet = article.article.outlet
    name = xxhash.xxh3_64_intdigest(outlet.encode("utf-8", "surrogatepass")) if outlet else 0
    return Outline(article, name, lines, bounds, kept, _grams(article.tokens.hashes, ends), ends)


@lru_cache(maxsize=4096)
def _phrases(size: int) -> tuple[Ints, Ints]:
    """The first and the last tokens of the phrases at both ends of a text of ``size`` tokens."""
    total = max(0, size - _GRAM + 1)
    tail = max(_BLOCK_HEAD - _GRAM + 1, size - _BLOCK_TAIL)
    first = np.concatenate((_FIRST[:total], np.arange(tail, max(tail, total))))
    return first, first + (_GRAM - 1)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a line in an outlet: unrelated articles that carry it, at the edge and anywhere; a reason."""

    edge: bool = False
    repeated: bool = False
    anywhere: bool = False
    reason: str = ""


class FurnitureCounts:
    """What a corpus knows of its outlets' furniture; it learns as articles are added, in any order.

    Articles of unknown outlets teach nothing; of exact copies under one headline the first one counts.
    """

    def __init__(self) -> None:
        self._holders = HolderTable()
        self._sketches = Sketches()
        self._at_edge = Tally()  # articles by (phrase, outlet)
        self._at_any_edge = Tally()  # articles by phrase
        self._inside = Tally()  # places by phrase, of one article in _INSIDE
        self._known: dict[Span, _Known] = {}

    def add(self, seen: Outline) -> None:
        """Learn from one article."""
        if not seen.outlet:
            return
        article = seen.article
        rank = xxhash.xxh3_64_intdigest((article.headline or "").encode("utf-8", "surrogatepass"), _seed(seen))
        if rank in self._sketches:
            return
        self._known.clear()
        row = self._sketches.add(rank, *_least(seen), _headline(article))
        self._holders.add(_placed(seen), seen.outlet, rank, row)
        edge = seen.edge[_first_of_each(seen.edge)]
        self._at_edge.add(_in_outlet(edge, seen.outlet))
        self._at_any_edge.add(edge)
        if rank % _INSIDE == 0:
            inside = np.arange(_BLOCK_HEAD - _GRAM + 1, len(article.tokens) - _BLOCK_TAIL)
            self._inside.add(_grams(article.tokens.hashes, inside))

    def frozen(self) -> FurnitureCounts:
        """What is known by now, for others to ask, from other threads too, while this one goes on learning."""
        found = FurnitureCounts()
        found._holders, found._sketches = self._holders.frozen(), self._sketches.frozen()
        found._at_edge, found._at_any_edge = self._at_edge.frozen(), self._at_any_edge.frozen()
        found._inside = self._inside.frozen()
        return found

    def furniture(self, asked: Sequence[Outline]) -> list[tuple[Zone, ...]]:
        """For each article the stretches of its body that are furniture as far as is known now, in order.

        A stretch is a whole line or, in a long line, a block at an edge of the text; the reason has the count. A
        mostly quoted one never is furniture. Asking for many articles at once is faster and gives the same.
        """
        if not asked:
            return []
        rows = self._holders.rows(np.concatenate([seen.lines for seen in asked]))
        outlets = np.repeat(np.array([seen.outlet for seen in asked], np.uint64), [len(seen.edge) for seen in asked])
        standing = self._standing(np.concatenate([seen.edge for seen in asked]), outlets)
        often, stands = (rows >= _EDGE_UNRELATED).nonzero()[0], standing.nonzero()[0]
        found: list[tuple[Zone, ...]] = [()] * len(asked)
        if not len(often) and not len(stands):
            return found
        by_line = np.cumsum([0, *(len(seen.lines) for seen in asked)]).tolist()
        by_edge = np.cumsum([0, *(len(seen.edge) for seen in asked)]).tolist()
        may = set((np.searchsorted(by_line, often, "right") - 1).tolist())
        may |= set((np.searchsorted(by_edge, stands, "right") - 1).tolist())
        for at in sorted(may):
            own = rows[by_line[at] : by_line[at + 1]], standing[by_edge[at] : by_edge[at + 1]]
            found[at] = self._zones(asked[at], *own)
        return found

    def of(self, article: Prepared) -> tuple[Zone, ...]:
        """The same for one article, prepared without what was learned before."""
        return self.furniture([outline(article)])[0]

    def _zones(self, seen: Outline, rows: Ints, standing: Ints) -> tuple[Zone, ...]:
        reasons = self._line_reasons(seen, rows)
        whole = [(*seen.bounds[at : at + 2].tolist(), reason) for at, reason in reasons.items()]
        free = np.isin(np.searchsorted(seen.bounds, seen.edge_at, "right") - 1, list(reasons), invert=True)
        blocks = _blocks(seen, np.where(free, standing, 0))
        text, starts, ends = seen.article.article.text, seen.article.tokens.starts, seen.article.tokens.ends
        return tuple(
            Zone("furniture", int(starts[a]), _marks_end(text, int(ends[b - 1])), reason)
            for a, b, reason in sorted([*whole, *blocks])
        )

    def _line_reasons(self, seen: Outline, rows: Ints) -> dict[int, str]:
        """The lines that are furniture, by number, with reasons: peeled from the edges inwards."""
        total = len(rows)
        often = ((rows >= _EDGE_UNRELATED) & ~seen.kept).nonzero()[0]
        known = {at: self._of_line(int(seen.lines[at]), seen.outlet) for at in often.tolist()}
        found = {
            at
            for at, line in known.items()
            if line.anywhere or (line.edge and (at < _EDGE_HEAD or at >= total - _EDGE_TAIL))
        }
        for inward in (range(_EDGE_HEAD, total), range(total - _EDGE_TAIL - 1, -1, -1)):
            step = inward.step
            for at in inward:
                if at - step not in found or at not in known or not known[at].repeated:
                    break
                found.add(at)
        return {at: known[at].reason for at in found}

    def _of_line(self, line: int, outlet: int) -> _Known:
        if (line, outlet) not in self._known:
            held = self._holders.of(line)
            own = held[held["outlet"] == outlet] if outlet else held[:0]
            size, outlets = int(held["size"].max()), len(np.unique(held["outlet"]))
            found = _Known()
            if len(own) >= _EDGE_UNRELATED and (size < _RUNNING or outlets == 1):
                found = self._of_outlet(own)
            if not found.edge and outlets >= _OUTLETS and self._is_notice(held, size):
                found = _Known(True, True, found.anywhere, f"repeated in unrelated articles of {outlets:,} outlets")
            self._known[line, outlet] = found
        return self._known[line, outlet]

    def _of_outlet(self, own: Holders) -> _Known:
        """What the articles of one outlet say about a line."""
        sampled, total = own[own["row"] >= 0], int(own["count"].sum())
        edge = sampled[sampled["place"] >= _EDGE]
        count = len(self._unrelated(sampled))
        at_edge = count if len(edge) == len(sampled) else len(self._unrelated(edge)) if len(edge) else 0
        if total > SAMPLE:
            reason = f"repeated in {total:,} articles of the outlet"
        else:
            reason = f"repeated in {count} unrelated articles of the outlet"
        return _Known(at_edge >= _EDGE_UNRELATED, count >= _EDGE_UNRELATED, count >= _ANYWHERE_UNRELATED, reason)

    def _is_notice(self, held: Holders, size: int) -> bool:
        """Whether many outlets print a line at the edge of articles that have nothing else in common.

        A paragraph of the wire stands inside the text too, and its articles come in families.
        """
        place = _TIGHT if size >= _RUNNING else _EDGE
        sampled = held[held["row"] >= 0]
        if (sampled["place"] >= place).mean() < _AT_EDGE:
            return False
        first_of_each = sampled[np.unique(sampled["outlet"], return_index=True)[1]]
        asked = first_of_each[np.argsort(first_of_each["rank"])][:SAMPLE]
        return len(self._unrelated(asked)) >= max(_OUTLETS, len(asked) / 2)

    def _unrelated(self, held: Holders) -> Holders:
        """Those of the articles whose rest has little in common with each one chosen before."""
        related = self._sketches.related(held["row"], self._companions(held))
        chosen: list[int] = []
        for at in range(len(held)):
            if not related[at, chosen].any() and not related[at, at]:
                chosen.append(at)
        return held[chosen]

    def _companions(self, held: Holders) -> U64:
        """The line itself, and lines that travel with it: those that recur much themselves in these articles."""
        lines = np.unique(self._sketches.lines(held["row"]))
        often = lines[self._holders.rows(lines) >= _OUTLETS]
        found = [line for line in often.tolist() if self._travels(self._holders.of(line))]
        return np.array([*held["line"][:1].tolist(), *found], np.uint64)

    @staticmethod
    def _travels(other: Holders) -> bool:
        if int(other["size"].max()) < _RUNNING:
            return True
        _, outlet = np.unique(other["outlet"], return_inverse=True)
        return bool(np.bincount(outlet, other["count"]).max() >= _ANYWHERE_UNRELATED)

    def _standing(self, grams: U64, outlets: U64) -> Ints:
        """(n,) articles of the outlet with each phrase at their edge; 0 where it stands elsewhere as well."""
        own = self._at_edge.counts(_in_outlet(grams, outlets))
        own[outlets == 0] = 0
        often = (own >= _BLOCK_ARTICLES).nonzero()[0]
        found = np.zeros(len(grams), np.int64)
        if not len(often):
            return found
        everywhere = self._at_any_edge.counts(grams[often]) + _INSIDE * self._inside.counts(grams[often])
        found[often] = np.where(own[often] >= _BLOCK_SHARE * everywhere, own[often], 0)
        return found


def _least(seen: Outline) -> tuple[U64, U64]:
    """The SKETCH least phrase hashes of an article, ascending, and the lines that these stand in."""
    paragraph = seen.article.paragraph
    within = (paragraph[: 1 - _GRAM] == paragraph[_GRAM - 1 :]).nonzero()[0]
    grams = _grams(seen.article.tokens.hashes, within)
    low = (grams < np.uint64(2**64 * 2 * SKETCH // max(2 * SKETCH + 1, len(grams)))).nonzero()[0]
    first = low[_first_of_each(grams[low])]
    if len(first) < SKETCH:  # the hashes lie unevenly, or the text repeats itself
        first = _first_of_each(grams)
    first = first[:SKETCH]
    least, line = np.full((2, SKETCH), NONE)
    least[: len(first)] = grams[first]
    line[: len(first)] = seen.lines[seen.bounds.searchsorted(within[first], "right") - 1]
    return least, line


def _first_of_each(hashes: U64) -> Ints:
    """Where each distinct hash stands first, in ascending order of the hashes."""
    order = hashes.argsort(kind="stable")
    ascending = hashes[order]
    new = np.ones(len(order), bool)
    new[1:] = ascending[1:] != ascending[:-1]
    found: Ints = order[new]
    return found


def _headline(article: Prepared) -> U64:
    """(HEADLINE,) the words of a short page's headline, if it takes up hardly one of them; else NONE.

    Such a page is not what its headline promises: a notice instead of the text.
    """
    found = np.full(HEADLINE, NONE)
    if len(article.tokens) > _SHORT_PAGE or not article.headline:
        return found
    words = tokenise(article.headline)
    long = np.unique(words.hashes[(np.diff(words.bounds) > _WORD) | words.unspaced])
    if len(long) >= _HEADLINE_WORDS and np.isin(long, article.tokens.hashes).sum() < _TAKEN_UP * len(long):
        found[: len(long)] = long[:HEADLINE]
    return found


def _seed(seen: Outline) -> int:
    return seen.outlet ^ seen.article.digest


def _placed(seen: Outline) -> list[tuple[int, int, int]]:
    """The distinct lines of an article that may be furniture: hash, outermost place, size in tokens."""
    total = len(seen.lines)
    found: dict[int, tuple[int, int, int]] = {}
    for at, (line, size, kept) in enumerate(
        zip(seen.lines.tolist(), np.diff(seen.bounds).tolist(), seen.kept.tolist(), strict=True)
    ):
        if not kept:
            edge = _EDGE if at < _EDGE_HEAD or at >= total - _EDGE_TAIL else _INNER
            place = _TIGHT if at < _TIGHT_HEAD or at >= total - _TIGHT_TAIL else edge
            found[line] = (line, max(place, found[line][1]) if line in found else place, size)
    return list(found.values())


def _grams(hashes: U64, at: Ints) -> U64:
    """(n,) hashes of the phrases of four tokens that begin at each of the places."""
    mixed = hashes[at[:, None] + _STEPS] @ _WEIGHTS
    mixed = (mixed ^ (mixed >> _HALF)) * _ODD
    found: U64 = mixed ^ (mixed >> _HALF)
    return found


def _in_outlet(grams: U64, outlet: int | U64) -> U64:
    found: U64 = (grams ^ np.asarray(outlet, np.uint64)) * _ODD
    return found


def _blocks(seen: Outline, counts: Ints) -> Iterator[tuple[int, int, str]]:
    """Blocks at both ends of a text as (first token, token after, reason); ``counts`` of its phrases, or 0."""
    article, size, after = seen.article, len(seen.article.tokens), 0
    for begins, last, articles in _runs(seen, counts):
        first, end = max(begins, after), last + _GRAM
        if 2 * int(article.quoted[first:end].sum()) > end - first:
            continue
        echoed = end > size - _BLOCK_TAIL and first > 0 and _is_echo(article, end)
        tail = echoed or first > size - end  # in a short text it may be near both ends
        after = size if echoed else end
        place = "end" if tail else "beginning"
        yield first, end, f"block of {end - first} words at the {place} of {articles:,} articles of the outlet"
        if after > end:
            yield end, after, "echo of the headline after a block of the outlet"
            return


def _runs(seen: Outline, counts: Ints) -> Iterator[tuple[int, int, int]]:
    """Overlapping phrases that stand (a count is not 0) in one line: the first, the last, and the least count."""
    standing, counts = seen.edge_at[counts > 0], counts[counts > 0]
    if not len(standing):
        return
    line = seen.bounds.searchsorted(standing, "right")
    breaks = ((np.diff(standing) > _GRAM) | (np.diff(line) != 0)).nonzero()[0] + 1
    for own, articles in zip(np.split(standing, breaks), np.split(counts, breaks), strict=True):
        yield int(own[0]), int(own[-1]), int(articles.min())


def _marks_end(text: str, end: int) -> int:
    """Behind the full stops and brackets that directly follow a word."""
    while end < len(text) and not text[end].isspace() and not text[end].isalnum():
        end += 1
    return end


def _is_echo(article: Prepared, first: int) -> bool:
    """Whether what stands behind a block is the article's own headline."""
    behind = article.tokens.hashes[first:]
    if not len(behind) or not article.headline:
        return False
    return bool(np.isin(behind, tokenise(article.headline).hashes).mean() >= _ECHO)
