"""Ledgers against the truth of a made newsroom (newsroom.py).

    python benchmarks/ledgers.py [--articles N] [--words N] [--seed N] [--language en ...] [--json]

Every reprint is compared with its wire story: alone, and with the newsroom's articles as background. A token is booked
right if it is kept, moved, rewritten, cut or added as it truly was; both texts count. The passages that are kept or
moved are scored as PAN does (Potthast et al. 2010): recall and precision over the characters of the reprint, macro
over passages; granularity is how many of ours one true passage falls into; plagdet = F1 / log2(1 + granularity).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from math import log2
from typing import Any

import newsroom

import dedup
from dedup.kernels import tokenise

Span = tuple[int, int]
SHARED = ("kept", "moved")


def labels(passages: Sequence[Mapping[str, Any]], side: str, starts: Sequence[int]) -> list[str | None]:
    """What becomes of the token that begins at each of ``starts``; None outside all passages."""
    spans = sorted((*p[side], p["kind"]) for p in passages if p[side])
    found: list[str | None] = []
    at = 0
    for start in starts:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        found.append(spans[at][2] if at < len(spans) and spans[at][0] <= start else None)
    return found


def booked(truth: Mapping[str, Any], found: Mapping[str, Any], texts: Mapping[str, str]) -> tuple[int, int]:
    """Tokens of a pair that are booked right, and all that the truth has."""
    right = total = 0
    for side, text in texts.items():
        starts = tokenise(text).starts.tolist()
        for true, ours in zip(
            labels(truth["passages"], side, starts), labels(found["passages"], side, starts), strict=True
        ):
            total += true is not None
            right += true is not None and true == ours
    return right, total


def shared(passages: Sequence[Mapping[str, Any]]) -> list[Span]:
    """The characters of the reprint that are kept or moved, a span a passage."""
    return [(p["article"][0], p["article"][1]) for p in passages if p["kind"] in SHARED]


def overlap(span: Span, others: Sequence[Span]) -> int:
    """Characters of a span that lie in others, which do not overlap."""
    return sum(max(0, min(span[1], b) - max(span[0], a)) for a, b in others)


def covered(spans: Sequence[Span], others: Sequence[Span]) -> list[float]:
    """How much of each span others cover."""
    return [overlap(span, others) / (span[1] - span[0]) for span in spans]


def pairs(articles: int, words: int, seed: int, language: str) -> Iterator[tuple[dict[str, str], dict[str, str], Any]]:
    """Wire story, reprint, truth."""
    wires: dict[str, dict[str, str]] = {}
    for record, truth in newsroom.generate(articles, words, seed, language=language):
        if truth and truth["policy"] == "wire":
            wires[record["id"]] = record
        elif truth:
            yield wires[truth["wire"]], record, truth


def measure(articles: int, words: int, seed: int, language: str, alone: bool) -> dict[str, float]:
    """The figures of one newsroom."""
    made = newsroom.generate(articles, words, seed, language=language)
    background = None if alone else dedup.load_background(record for record, _ in made)
    right = total = count = reuse = 0
    recall: list[float] = []
    precision: list[float] = []
    pieces: list[int] = []
    for wire, copy, truth in pairs(articles, words, seed, language):
        comparison = dedup.compare(wire, copy, background=background)
        found = comparison.to_dict()
        a, b = booked(truth, found, {"reference": wire["text"], "article": copy["text"]})
        right, total, count = right + a, total + b, count + 1
        reuse += comparison.verdict in ("verbatim_reprint", "truncated_reprint", "edited_reprint", "partial_reuse")
        cases, detections = shared(truth["passages"]), shared(found["passages"])
        recall += covered(cases, detections)
        precision += covered(detections, cases)
        pieces += [n for case in cases if (n := sum(overlap(case, [d]) > 0 for d in detections))]
    r, p, granularity = (sum(x) / max(1, len(x)) for x in (recall, precision, pieces))
    return {
        "pairs": count,
        "called reuse": round(reuse / count, 4),
        "tokens booked right": round(right / total, 4),
        "recall": round(r, 4),
        "precision": round(p, 4),
        "granularity": round(granularity, 4),
        "plagdet": round(2 * p * r / (p + r) / log2(1 + granularity), 4),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=3000)
    parser.add_argument("--words", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--language", nargs="*", default=["en", "ar", "zh"])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    found = {}
    for language in options.language:
        for alone in (True, False):
            name = f"{language}, {'lone pairs' if alone else 'in its corpus'}"
            found[name] = measure(options.articles, options.words, options.seed, language, alone)
            print(f"{name}: " + ", ".join(f"{figure} {value}" for figure, value in found[name].items()))
    if options.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
