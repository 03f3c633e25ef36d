"""The reference copy against the agency's own items, hidden: what is rebuilt from the reprints, token by token.

    python benchmarks/quality.py --hide-originals CORPUS [--outlet NAME] [--date DAY] [--json]

The agency's items are those of outlets that agencies.toml knows as an agency's own, takes joined. A scan with
them says who reprinted each (one article an outlet); the family is then built without the original.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any, Final

import numpy as np

import dedup
from dedup import booking, kernels, pipeline, read, wire
from dedup.collate import MINIMUM
from dedup.config import Config
from dedup.kernels import Texts
from dedup.records import REPRINTS, Article, Ints, Prepared
from dedup.results import Comparison

_GAP, _GAP_DICE = 80, 0.3
_CUT: Final = 0.3  # share of the sentences that a witness of the stress rows loses
_FOREIGN: Final = (15, 40)  # tokens that half of them gain
_TITLE: Final = 20  # width of a row's title
_DRAWS: Final = 5  # stress draws of each family
METHODS: Final = ("longest", "medoid", "printed", "reference")


@dataclass(frozen=True, slots=True)
class Family:
    """An agency's item and its reprints, one an outlet; printed ``before`` its day, it had another source."""

    original: Prepared
    reprints: tuple[Prepared, ...]
    before: bool


def families(articles: Sequence[Article], outlet: str | None, day: str | None) -> Iterator[Family]:
    """The agency's items that two or more outlets reprinted."""
    for cluster in dedup.scan(articles).clusters:
        item = cluster.reference.prepared
        wanted = outlet in (None, item.article.outlet) and str(item.article.published).startswith(day or "")
        if cluster.reference.status != "original" or not wanted:
            continue
        compared = [*cluster.members[1:], *(r for r in cluster.revisions if not r.article.own_agency)]
        best: dict[str, Comparison] = {}
        for comparison in sorted(compared, key=_closeness):
            if comparison.verdict in REPRINTS and not comparison.article.own_agency:
                best[comparison.article.article.outlet or comparison.article.article.id] = comparison
        reprints = tuple(comparison.article for _, comparison in sorted(best.items()))
        if len(reprints) >= 2:
            yield Family(item, reprints, any(_day(reprint) < _day(item) for reprint in reprints))


def _closeness(comparison: Comparison) -> tuple[int, str]:
    return comparison.ledger.kept + comparison.ledger.moved, comparison.article.article.id


def _day(prepared: Prepared) -> str:
    return str(prepared.article.published or "9999")[:10]


def found_again(articles: Sequence[Article], families: Sequence[Family]) -> list[tuple[Family, Prepared]]:
    """The reference copies of a scan without the agencies' items: of each family the cluster with most of it."""
    own = {article.id for family in families for article in (family.original.article,)}
    takes = {take for family in families for take in family.original.article.takes}
    hidden = {family.original.article.outlet for family in families}
    rest = [a for a in articles if a.outlet not in hidden and a.id not in own | takes]
    clusters = dedup.scan(rest).clusters
    home = {m.article.article.id: at for at, cluster in enumerate(clusters) for m in cluster.members}
    out = []
    for family in families:
        homes = [home[reprint.article.id] for reprint in family.reprints if reprint.article.id in home]
        if homes:
            most = max(sorted(set(homes)), key=homes.count)
            out.append((family, clusters[most].reference.prepared))
    return out


def matched(one: Prepared, two: Prepared) -> int:
    """Tokens of one that stand in two: runs of 4 and more, and a common subsequence between runs in order."""
    texts = Texts([one.tokens, two.tokens], [one.sentence, two.sentence], [one.units, two.units])
    runs = [tuple(row) for row in texts.tiles(np.array([[0, 1]]), MINIMUM).rows.tolist()]
    chain = kernels.heaviest_chain(runs, one.tokens.hashes)
    used_one, used_two = set[int](), set[int]()
    for i, j, n in runs:
        used_one.update(range(i, i + n))
        used_two.update(range(j, j + n))
    found = len(used_one)
    ends = [(0, 0), *((i + n, j + n) for i, j, n in chain)]
    starts = [*((i, j) for i, j, _ in chain), (len(one.tokens), len(two.tokens))]
    for (a, c), (b, d) in zip(ends, starts, strict=True):
        left = [at for at in range(a, b) if at not in used_one]
        right = [at for at in range(c, d) if at not in used_two]
        if left and right and len(left) <= _GAP and len(right) <= _GAP:
            pairs = kernels.common_subsequence(one.tokens.hashes[left].tolist(), two.tokens.hashes[right].tolist())
            found += len(pairs) if 2 * len(pairs) >= _GAP_DICE * (len(left) + len(right)) else 0
    return found


def f1(found: Prepared, original: Prepared) -> float:
    """Token F1 of a rebuilt text."""
    return 2 * matched(found, original) / (len(found.tokens) + len(original.tokens))


def chosen(members: Sequence[Prepared], rule: Callable[..., int] = wire.choose) -> int:
    """Position of the printed reference copy."""
    texts = Texts([a.tokens for a in members], [a.sentence for a in members], [a.units for a in members])

    def overlaps(pairs: Ints) -> tuple[Ints, Ints]:
        runs = texts.tiles(pairs, Config().minimum_tile)
        own = [runs.rows[a:b] for a, b in pairwise(runs.offsets.tolist())]
        starts = [int(rows[:, 1].min()) if len(rows) else -1 for rows in own]
        return np.array([int(rows[:, 2].sum()) for rows in own], np.int64), np.array(starts, np.int64)

    return rule(members, overlaps)


def _medoid(members: Sequence[Prepared], overlaps: wire.Overlaps) -> int:
    """By mean Dice alone; of two the shorter."""
    pairs = np.array([(a, b) for a in range(len(members)) for b in range(len(members)) if a != b], np.int64)
    sizes = np.array([len(member.tokens) for member in members])
    dice = np.bincount(pairs[:, 0], 2 * overlaps(pairs)[0] / sizes[pairs].sum(1)).round(9).tolist()
    return min(range(len(members)), key=lambda at: (-dice[at], wire.tie(members[at])))


def copies(members: Sequence[Prepared]) -> dict[str, Prepared]:
    """What each method takes for the wire copy."""
    first = chosen(members)
    ordered = [members[first], *(m for at, m in enumerate(members) if at != first)]
    return {
        "longest": min(members, key=lambda m: (-len(m.tokens), wire.tie(m))),
        "medoid": members[chosen(members, _medoid)],
        "printed": members[first],
        "reference": booking.reference_copy(ordered, Config()).reference.prepared,
    }


def stressed(family: Family, witnesses: int, random: Random, foreign: Sequence[Prepared]) -> list[Prepared]:
    """``witnesses`` of a family, each without 30 % of its sentences, half of them with words of another story.

    ``foreign`` are other stories, each of which gives words to one witness at most.
    """
    donors = random.sample(foreign, witnesses)
    out = []
    for number, member in enumerate(random.sample(family.reprints, witnesses)):
        starts = np.flatnonzero(np.diff(member.sentence, prepend=-1)).tolist()
        bounds = [*starts, len(member.tokens)]
        kept = [span for span in pairwise(bounds) if random.random() >= _CUT] or [(0, bounds[1])]
        lines = [member.article.text[member.tokens.starts[a] : member.tokens.ends[b - 1]] + "." for a, b in kept]
        if number % 2:
            keys, size = donors[number].tokens.keys, random.randint(*_FOREIGN)
            start = random.randrange(max(1, len(keys) - size))
            lines.insert(random.randint(0, len(lines)), " ".join(keys[start : start + size]) + ".")
        article = replace(member.article, text="\n".join(lines))
        out.append(pipeline.prepare_text(article, member.headline, "cut at random"))
    return out


def shares(comparison: Comparison) -> tuple[float, float]:
    """Kept share of the reference, added share of the article."""
    return comparison.retention, comparison.ledger.added / comparison.ledger.article_tokens


def run(path: Path, outlet: str | None, day: str | None, as_json: bool) -> None:
    """Print the table: items that nobody printed on a day before the agency did, then all of them."""
    start = time.perf_counter()
    articles = [item for item in read.read([path]) if isinstance(item, Article)]
    every = list(families(articles, outlet, day))
    found = [family for family in every if not family.before]
    rows = _natural(found) | _cut(found) | {f"all, {name}": row for name, row in _natural(every).items()}
    again = [f1(text, family.original) for family, text in found_again(articles, found)]
    errors = _ledger_errors(found)
    _print(path.name, rows, errors, time.perf_counter() - start)
    print(f"left out: {len(every) - len(found)} items that an outlet had printed on a day before the agency")
    print(f"references of a scan without the items: {len(again)}, F1 {fmean(again or [0]):.3f}")
    if as_json:
        shown = {name: {k: round(v, 4) for k, v in row.items()} for name, row in rows.items()}
        scan = {"n": len(again), "f1": round(fmean(again or [0]), 4)}
        print(
            json.dumps(
                {
                    "set": path.name,
                    "f1": shown,
                    "ledger_errors": errors,
                    "scan": scan,
                    "before": len(every) - len(found),
                }
            )
        )


def size_of(witnesses: int) -> str:
    """The row of a family."""
    return f"{min(witnesses, 4)}{'+' if witnesses >= 4 else ''} witnesses"


def _natural(found: Sequence[Family]) -> dict[str, dict[str, float]]:
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    for family in found:
        scored = {name: f1(text, family.original) for name, text in copies(family.reprints).items()}
        scores[size_of(len(family.reprints))].append(scored)
    return {name: _means(scores[name]) for name in sorted(scores)}


def _cut(found: Sequence[Family]) -> dict[str, dict[str, float]]:
    rows = {}
    for witnesses in (4, 6):
        random, scored = Random(witnesses), []
        for family in found:
            if len(family.reprints) < witnesses:
                continue
            foreign = [other.original for other in found if other is not family]
            for _ in range(_DRAWS):
                members = stressed(family, witnesses, random, foreign)
                scored.append({name: f1(text, family.original) for name, text in copies(members).items()})
        if scored:
            rows[f"{witnesses} cut witnesses"] = _means(scored)
    return rows


def _means(scored: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {"n": len(scored), **{name: fmean(row[name] for row in scored) for name in METHODS}}


def _ledger_errors(found: Sequence[Family]) -> dict[str, float]:
    """Mean absolute error of an outlet's kept and added share, 4 witnesses and more."""
    errors: list[tuple[float, float]] = []
    for family in found:
        if len(family.reprints) < 4:
            continue
        reference = copies(family.reprints)["reference"]
        for member in family.reprints:
            true, held = (shares(pipeline.compare(text, member)) for text in (family.original, reference))
            errors.append((abs(true[0] - held[0]), abs(true[1] - held[1])))
    if not errors:
        return {}
    kept, added = (fmean(column) for column in zip(*errors, strict=True))
    return {"articles": len(errors), "kept": round(kept, 4), "added": round(added, 4)}


def _print(name: str, rows: Mapping[str, Mapping[str, float]], errors: Mapping[str, Any], seconds: float) -> None:
    print(f"{name}: {seconds:.1f} s; F1 with the hidden original")
    print("".ljust(_TITLE) + "".join(title.rjust(12) for title in ("n", *METHODS)))
    for title, row in rows.items():
        cells = (f"{row['n']:.0f}", *(f"{row[method]:.3f}" for method in METHODS))
        print(title.ljust(_TITLE) + "".join(cell.rjust(12) for cell in cells))
    if errors:
        print("error of the ledger, 4+ witnesses:", ", ".join(f"{name} {value}" for name, value in errors.items()))
