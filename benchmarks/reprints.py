"""What houses do to wire copy, and the ledger of it, known because it was done here.

Of two stretches that changed places the lighter one counts as moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from random import Random
from typing import Any, Final, NamedTuple

from stories import Source, Story

Truth = dict[str, Any]
Spans = list[tuple[int, int]]

_MARKS: Final = frozenset('“”"()[]«»')  # come in pairs: a word that carries one is not replaced


class Policy(NamedTuple):
    """What a house does to wire copy: shares of tokens left, chances for each sentence, own paragraphs."""

    left: tuple[float, float]
    drop: float
    reword: float
    move: float
    own: tuple[int, int]


POLICIES: Final = {
    "verbatim": Policy((1.0, 1.0), 0.0, 0.0, 0.0, (0, 0)),
    "trimmed": Policy((0.35, 0.9), 0.0, 0.02, 0.0, (0, 0)),
    "edited": Policy((0.85, 1.0), 0.04, 0.35, 0.15, (0, 1)),
    "expanded": Policy((0.8, 1.0), 0.02, 0.15, 0.1, (2, 9)),
    "reworked": Policy((0.4, 0.8), 0.15, 0.5, 0.5, (1, 6)),
}
POLICY_SHARES: Final = (30, 25, 20, 15, 10)


class Segment(NamedTuple):
    """A stretch of a reprint: what became of it, its token span in the wire (empty if added), its pieces."""

    kind: str
    start: int
    end: int
    pieces: list[str]


def reprint(story: Story, policy: Policy, source: Source, random: Random) -> list[list[Segment]]:
    """The paragraphs of a house's version of a story."""
    paragraphs, at = [], 0
    total = sum(len(sentence) for sentences in story.paragraphs for sentence in sentences)
    limit = total * random.uniform(*policy.left)
    for sentences in story.paragraphs:
        paragraph: list[Segment] = []
        for sentence in sentences:
            begins, at = at, at + len(sentence)
            if begins and (at > limit or random.random() < policy.drop):
                continue
            whole = Segment("kept", begins, at, sentence)
            paragraph += _reworded(whole, source, random) if random.random() < policy.reword else [whole]
        if paragraph:
            paragraphs.append(paragraph)
    if random.random() < policy.move:
        _move(paragraphs, random)
    for _ in range(random.randint(*policy.own)):
        own = [piece for _ in range(random.randrange(1, 4)) for piece in source.sentence()]
        paragraphs.insert(random.randint(1, len(paragraphs)), [Segment("added", 0, 0, own)])
    return paragraphs


def _reworded(whole: Segment, source: Source, random: Random) -> Iterator[Segment]:
    """A sentence with words replaced, inserted and left out, so far apart that nobody doubts what it was."""
    pieces, done, at = whole.pieces, 0, random.randrange(5, 9)
    seen = {piece.strip(" .,").lower() for piece in pieces}
    while at < len(pieces) - 5:
        size, chance = random.randrange(1, 3), random.random()
        size = 0 if chance < 0.15 else size
        if not any(_MARKS.intersection(piece) for piece in pieces[at : at + size]):
            yield Segment("kept", whole.start + done, whole.start + at, pieces[done:at])
            done = at + size
            fresh = [word for word in (source.word() for _ in range(3)) if word.strip().lower() not in seen]
            new = fresh[: random.randrange(1, 4)] if chance < 0.85 else []
            if new:
                kind = "rewritten" if size else "added"
                yield Segment(kind, whole.start + at, whole.start + done, new)
        at = done + random.randrange(7, 14) if done > at - 1 else at + 3
    yield Segment("kept", whole.start + done, whole.end, pieces[done:])


def _move(paragraphs: list[list[Segment]], random: Random) -> None:
    """Move one paragraph past heavier ones: then it is this one that moved, and not what it passed."""
    if len(paragraphs) < 4:
        return
    at = random.randrange(len(paragraphs))
    to = random.randrange(len(paragraphs))
    passed = paragraphs[to:at] if to < at else paragraphs[at + 1 : to + 1]
    if sum(map(_weight, passed)) > _weight(paragraphs[at]) + 10:
        paragraphs.insert(to, [s._replace(kind="moved") if s.kind == "kept" else s for s in paragraphs.pop(at)])


def _weight(paragraph: Sequence[Segment]) -> int:
    return sum(s.end - s.start for s in paragraph if s.kind == "kept")


def compose(paragraphs: Iterable[Sequence[Segment]], start: int) -> tuple[str, list[tuple[Segment, int, int]]]:
    """The body, and each segment with the characters where it begins and ends if the body begins at ``start``."""
    lines, placed = [], []
    for paragraph in paragraphs:
        line = "".join("".join(segment.pieces) for segment in paragraph).rstrip()
        at = start
        for segment in paragraph:
            text = "".join(segment.pieces)
            placed.append((segment, at, at + len(text.rstrip())))
            at += len(text)
        lines.append(line)
        start += len(line) + 2
    return "\n\n".join(lines), placed


def whole(story: Story) -> list[list[Segment]]:
    """A story unchanged, a segment a sentence."""
    at = 0
    paragraphs: list[list[Segment]] = []
    for sentences in story.paragraphs:
        paragraphs.append([])
        for sentence in sentences:
            paragraphs[-1].append(Segment("kept", at, at := at + len(sentence), sentence))
    return paragraphs


def token_spans(story: Story, start: int) -> Spans:
    """Where each token of a story stands in its text, with the signs beside it, if the text begins at ``start``."""
    spans: Spans = []
    for sentences in story.paragraphs:
        at = start
        for piece in chain.from_iterable(sentences):
            spans.append((at, at + len(piece.rstrip())))
            at += len(piece)
        start = spans[-1][1] + 2  # two newlines in the place of the last piece's space
    return spans


def book(placed: Sequence[tuple[Segment, int, int]], wire: Spans, story: Story) -> tuple[dict[str, int], list[Truth]]:
    """The ledger of a reprint and its passages, from its segments in place and the places of the wire's tokens."""
    passages: list[Truth] = []
    left = bytearray(b"\x01" * len(wire))
    ends = (-1, "")  # where the last passage ends in the wire, and its kind
    for segment, start, end in placed:
        kind, a, b, pieces = segment
        left[a:b] = bytes(b - a)
        if (a, kind) == ends and kind in ("kept", "moved"):
            last = passages[-1]
            last["reference"][1], last["article"][1] = wire[b - 1][1], end
            last["reference_tokens"] += b - a
            last["article_tokens"] += b - a
        else:
            passages.append(_passage(kind, wire[a:b], [start, end], len(pieces)))
        ends = (b, kind)
    at = 0
    for sentences in story.paragraphs:
        after = at + sum(map(len, sentences))
        for run in re.finditer(b"\x01+", left[at:after]):
            passages.append(_passage("cut", wire[at + run.start() : at + run.end()], None, 0))
        at = after
    return _ledger(passages), passages


def _passage(kind: str, reference: Spans, article: list[int] | None, tokens: int) -> Truth:
    return {
        "kind": kind,
        "reference": [reference[0][0], reference[-1][1]] if reference else None,
        "article": article,
        "reference_tokens": len(reference),
        "article_tokens": tokens,
    }


def _ledger(passages: Sequence[Truth]) -> dict[str, int]:
    def total(side: str, *kinds: str) -> int:
        return sum(passage[side] for passage in passages if not kinds or passage["kind"] in kinds)

    return {
        "reference_tokens": total("reference_tokens"),
        "article_tokens": total("article_tokens"),
        "kept": total("reference_tokens", "kept"),
        "moved": total("reference_tokens", "moved"),
        "rewritten_reference": total("reference_tokens", "rewritten"),
        "rewritten_article": total("article_tokens", "rewritten"),
        "cut": total("reference_tokens", "cut"),
        "added": total("article_tokens", "added"),
    }
