"""Does the verdict rule hold where it was not tuned?

    python benchmarks/generalise.py --set PAIRS LABELS CORPUS[,CORPUS...] [--set ...] [--negatives CORPUS ...]

For every set: F1 of "shares copy", macro F1 and F1 of ``partial`` with the whole background, with a tenth and 3 % of
it, with no dates at all, with the articles of four days only, and without a background; then the same after the limits
of the rule were chosen on the other sets (leave one set out). ``--negatives`` judges pairs of different outlets about
one event (records with the same ``cluster``; else of the same or the next day, with common key words) that share
hardly a word in a row: whatever is called reuse there is false.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from quality import COPY, LABELS, f1, label_of, load

import dedup
from dedup import read
from dedup.comparer import Comparer
from dedup.config import Rules
from dedup.judge import PARTIAL
from dedup.kernels import shingles
from dedup.records import Ints, Prepared, Skipped

GRID = {
    "evidence_tokens": (6, 7, 9, 12),
    "evidence_share": (0.3, 0.4, 0.5),
    "cover_one": (0.7, 0.75, 0.8),
    "cover_both": (0.35, 0.4, 0.45),
}
NO_COPY = 0.02  # containment of 5-word shingles under which a pair shares no copy
KEY_WORDS, COMMON = 40, 8  # words that an article is known by, and how many two articles about one event share


class Labelled(NamedTuple):
    """A set of pairs, their labels, and its background."""

    name: str
    articles: list[Prepared]  # of pair p: 2 p and 2 p + 1
    labels: list[str]
    corpus: list[Prepared]


class Figures(NamedTuple):
    """F1 of "shares copy", macro F1 and F1 of ``partial``, over the classes that occur."""

    shares: float
    macro: float
    partial: float

    def __str__(self) -> str:
        return f"{self.shares:.3f} / {self.macro:.3f} / {self.partial:.2f}"


def prepared(*paths: str) -> Iterator[Prepared]:
    """What can be used of a corpus."""
    for item in read.read(paths):
        if not isinstance(item, Skipped):
            try:
                yield dedup.prepare(item)
            except dedup.InputError:
                continue


def labelled(pairs: str, labels: str, corpora: str) -> Labelled:
    """A set from its files."""
    by_pair = {row["pair"]: row["label"] for row in load(Path(labels))}
    rows = load(Path(pairs))
    articles = [dedup.prepare(read.read_one(row[side], side)) for row in rows for side in "ab"]
    truth = ["none" if by_pair[row["pair"]] == "formula" else by_pair[row["pair"]] for row in rows]
    return Labelled(Path(pairs).name.split(".")[0], articles, truth, list(prepared(*corpora.split(","))))


def figures(found: Sequence[str], truth: Sequence[str]) -> Figures:
    """The figures of verdicts against labels."""
    classes = {
        label: f1([t == label for t in truth], [v == label for v in found])[2]
        for label in LABELS
        if label in truth or label in found
    }
    shares = f1([t in COPY for t in truth], [v in COPY for v in found])[2]
    return Figures(shares, sum(classes.values()) / len(classes), classes.get("partial", 1.0))


def judged(articles: Sequence[Prepared], corpus: Sequence[Prepared] | None, rules: Rules) -> list[str]:
    """The labels given to the pairs of ``articles``."""
    background = None if corpus is None else dedup.Background(corpus, rules)
    comparer = Comparer(articles, background, dedup.Config(rules=rules))
    pairs = np.arange(len(articles)).reshape(-1, 2)
    return [label_of(found.verdict) for found in comparer.comparisons(pairs)]


def undated(articles: Sequence[Prepared]) -> list[Prepared]:
    """The same articles without dates."""
    return [replace(a, article=replace(a.article, published=None)) for a in articles]


def backgrounds(own: Labelled) -> Iterator[tuple[str, list[Prepared], list[Prepared] | None]]:
    """What is known in each mode: its name, the pairs' articles, the background."""
    yield "whole background", own.articles, own.corpus
    for share in (0.1, 0.03):
        for seed in (1, 2):
            part = Random(seed).sample(own.corpus, int(share * len(own.corpus)))
            yield f"{share:.0%} of it, draw {seed}", own.articles, part
    yield "no dates", undated(own.articles), undated(own.corpus)
    days = sorted(a.article.published.date() for a in own.articles if a.article.published)
    if days:
        middle = days[len(days) // 2]
        near = [a for a in own.corpus if (p := a.article.published) and abs((p.date() - middle).days) <= 2]
        yield "the middle five days only", own.articles, near
    yield "lone pairs", own.articles, None


def tuned(others: Sequence[Labelled]) -> Rules:
    """The limits that do best on some sets: their mean F1, then macro F1."""
    best, chosen = (-1.0, -1.0), Rules()
    for values in product(*GRID.values()):
        rules = Rules(**dict(zip(GRID, values, strict=True)))  # type: ignore[arg-type]
        found = [figures(judged(s.articles, s.corpus, rules), s.labels) for s in others]
        score = (sum(f.shares for f in found) / len(found), sum(f.macro for f in found) / len(found))
        if score > best:
            best, chosen = score, rules
    return chosen


def containment(one: Prepared, other: Prepared) -> float:
    """Share of the smaller's 5-word shingles in both."""
    a, b = (np.unique(shingles(each.tokens.hashes, 5)) for each in (one, other))
    return len(np.intersect1d(a, b)) / max(1, min(len(a), len(b)))


def about_one_event(path: str, articles: Sequence[Prepared]) -> Iterator[tuple[int, int]]:
    """Pairs by the records' ``cluster``; else pairs of outlets within a day that share key words."""
    clusters = {row["id"]: row["cluster"] for row in load(Path(path)) if "cluster" in row}
    counted = [np.unique(a.tokens.hashes, return_counts=True) for a in articles]
    words, holders = np.unique(np.concatenate([w for w, _ in counted]), return_counts=True)
    known = []
    for own, times in counted:
        weight = np.minimum(times, 3) * np.log(len(articles) / holders[words.searchsorted(own)])
        known.append(set(own[np.argsort(-weight, kind="stable")[:KEY_WORDS]].tolist()))
    for a, b in combinations(range(len(articles)), 2):
        one, other = articles[a].article, articles[b].article
        if clusters:
            if clusters[one.id] == clusters[other.id]:
                yield a, b
        elif _within_a_day(one, other) and one.outlet != other.outlet and len(known[a] & known[b]) >= COMMON:
            yield a, b


def _within_a_day(one: dedup.Article, other: dedup.Article) -> bool:
    days = [when.toordinal() for when in (one.published, other.published) if when]
    return len(days) == 2 and abs(days[0] - days[1]) <= 1


def negatives(path: str) -> dict[str, object]:
    """How many pairs about one event without shared copy are called reuse."""
    articles = sorted(prepared(path), key=lambda a: (a.article.published is None, str(a.article.published)))
    pairs: Ints = np.array(
        [p for p in about_one_event(path, articles) if containment(*(articles[i] for i in p)) < NO_COPY]
    )
    found = {}
    for name, background in (("corpus", dedup.Background(articles, Rules())), ("pair", None)):
        kinds = Comparer(articles, background, dedup.Config()).kinds(pairs)[0]
        found[name] = round(float((kinds <= PARTIAL).mean()), 5)
        print(f"{Path(path).name}: {found[name]:.2%} of {len(pairs)} pairs without copy called reuse ({name})")
    return {"corpus": Path(path).name, "pairs": len(pairs), "false": found}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs=3, action="append", default=[], metavar=("PAIRS", "LABELS", "CORPORA"))
    parser.add_argument("--negatives", nargs="*", default=[], metavar="CORPUS")
    options = parser.parse_args()
    sets = [labelled(*files) for files in options.set]
    result: dict[str, object] = {}
    pooled: tuple[list[str], list[str]] = ([], [])
    print("shares copy F1 / macro F1 / partial F1")
    for own in sets:
        rows = {}
        for mode, articles, corpus in backgrounds(own):
            found = judged(articles, corpus, Rules())
            rows[mode] = figures(found, own.labels)
            if mode == "whole background":
                pooled = (pooled[0] + found, pooled[1] + own.labels)
            print(f"{own.name}, {mode}: {rows[mode]}")
        others = [other for other in sets if other is not own]
        if others:
            rules = tuned(others)
            rows["limits chosen on the other sets"] = figures(judged(own.articles, own.corpus, rules), own.labels)
            limits = ", ".join(f"{name} {getattr(rules, name)}" for name in GRID)
            print(f"{own.name}, limits chosen on the other sets ({limits}): {rows['limits chosen on the other sets']}")
        result[own.name] = {mode: [round(value, 4) for value in row] for mode, row in rows.items()}
    if sets:
        print(f"all sets pooled: {figures(*pooled)}")
    result["negatives"] = [negatives(path) for path in options.negatives]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
