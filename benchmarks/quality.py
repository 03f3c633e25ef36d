"""Verdicts against pairs labelled by reading.

    python benchmarks/quality.py --pairs F --labels F [--background CORPUS ...] [--scan] [--json]
    python benchmarks/quality.py --hide-originals CORPUS [--outlet NAME] [--date DAY] [--json]

Prints a confusion table, F1 of "shares copy" (reprint or partial) and macro F1 over four labels, where
``formula`` and ``none`` count as one; then precision and recall of the agencies that both texts credit over the
labelled ``agency``. ``--scan`` scans the background and counts the labelled pairs that stand in one cluster. Files are
JSONL, .gz or not, as described in benchmarks/README.md. The second form rebuilds an agency's items from their
reprints (originals.py).
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import originals

import dedup
from dedup.records import REPRINTS

LABELS = ("reprint", "partial", "quote_only", "none")
COPY = ("reprint", "partial")


def label_of(verdict: str) -> str:
    """A verdict as the label of the same meaning."""
    if verdict in REPRINTS:
        return "reprint"
    return {"partial_reuse": "partial", "quote_only": "quote_only"}.get(verdict, "none")


def load(path: Path) -> list[dict[str, Any]]:
    """The records of a JSONL file."""
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def f1(truth: Sequence[bool], found: Sequence[bool]) -> tuple[float, float, float]:
    """Precision, recall, F1; 1.0 where there is nothing to find and nothing was found."""
    both = sum(t and f for t, f in zip(truth, found, strict=True))
    precision = both / sum(found) if sum(found) else float(not sum(truth))
    recall = both / sum(truth) if sum(truth) else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def credited(comparison: dedup.Comparison) -> set[str]:
    """The agencies whose copy either article says it is."""
    printed = (*comparison.reference.credits, *comparison.article.credits)
    return {c.agency for c in printed if c.kind in ("full", "shared", "disclaimer") and c.agency}


def named(label: Any) -> set[str]:
    """The agencies of a label, by the ids that the program gives them; several may stand in a list."""
    if isinstance(label, list):
        return {agency for one in label for agency in named(one)}
    return {credit.agency for credit in dedup.prepare(dedup.Article("", "label", agency=label)).credits}


def agency_figures(comparisons: Sequence[dedup.Comparison], labels: Sequence[str | None]) -> dict[str, float]:
    """Precision and recall of credited agencies over labelled ones, counted a pair and agency."""
    pairs = [(named(label), credited(found)) for found, label in zip(comparisons, labels, strict=True)]
    both = sum(len(truth & found) for truth, found in pairs)
    found, truth = sum(len(found) for _, found in pairs), sum(len(truth) for truth, _ in pairs)
    return {"precision": both / found if found else 1.0, "recall": both / truth if truth else 1.0}


def in_one_cluster(found: dedup.ScanResult, pairs: Sequence[dedup.Comparison]) -> int:
    """How many pairs a scan has in one cluster, as members or further versions."""
    homes: dict[str, set[str]] = defaultdict(set)
    for cluster in found.clusters:
        for member in (*cluster.members, *cluster.revisions, *cluster.versions):
            homes[member.article.article.id].add(cluster.id)
    return sum(bool(homes[p.reference.article.id] & homes[p.article.article.id]) for p in pairs)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--hide-originals", type=Path, metavar="CORPUS", help="rebuild the agency's items in it")
    parser.add_argument("--outlet", help="the agency's outlet; without it any that is an agency's own")
    parser.add_argument("--date", help="the day of the items, as 2015-08-10")
    parser.add_argument("--background", nargs="*", default=[])
    parser.add_argument("--scan", action="store_true", help="scan the background: are the pairs in one cluster?")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    if options.hide_originals:
        originals.run(options.hide_originals, options.outlet, options.date, options.json)
        return
    if not (options.pairs and options.labels):
        parser.error("either --pairs and --labels, or --hide-originals")
    start = time.perf_counter()
    background = dedup.load_background(options.background) if options.background else None
    labels = {row["pair"]: row for row in load(options.labels)}
    rows = []
    for pair in load(options.pairs):
        truth = labels.get(pair["pair"], {}).get("label")
        truth = "none" if truth == "formula" else truth
        if truth not in LABELS:
            parser.error(
                f"{options.labels}: pair {pair['pair']} has label {truth!r}; allowed are {', '.join(LABELS)}, formula"
            )
        try:
            comparison = dedup.compare(pair["a"], pair["b"], background=background)
        except dedup.InputError as error:
            print(f"pair {pair['pair']} is left out: {error}")
            continue
        rows.append((pair["pair"], truth, label_of(comparison.verdict), comparison))
    name = options.pairs.name.split(".")[0]
    figures = agency_figures([row[3] for row in rows], [labels[row[0]].get("agency") for row in rows])
    if options.scan:
        copies = [row[3] for row in rows if row[1] in COPY]
        together = in_one_cluster(dedup.scan(options.background), copies)
        print(f"in one cluster of the scan: {together} of {len(copies)} labelled reprints and partials")
    report(name, rows, figures, options.json, background is not None, time.perf_counter() - start)


def report(
    name: str, rows: Sequence[Any], agency: dict[str, float], as_json: bool, with_background: bool, seconds: float
) -> None:
    """Print the confusion table and the figures."""
    table = Counter((truth, found) for _, truth, found, _ in rows)
    print(f"{name}: {len(rows)} pairs, {'with background' if with_background else 'lone pairs'}, {seconds:.1f} s")
    print("truth \\ verdict".ljust(16) + "".join(label.rjust(12) for label in LABELS))
    for truth in LABELS:
        print(truth.ljust(16) + "".join(str(table[truth, found]).rjust(12) for found in LABELS))
    classes = {
        label: f1([t == label for _, t, _, _ in rows], [f == label for _, _, f, _ in rows])[2]
        for label in LABELS
        if any(t == label or f == label for _, t, f, _ in rows)
    }
    shares = f1([t in COPY for _, t, _, _ in rows], [f in COPY for _, _, f, _ in rows])
    macro = sum(classes.values()) / len(classes)
    print(f"shares copy: precision {shares[0]:.3f} recall {shares[1]:.3f} F1 {shares[2]:.3f}; macro F1 {macro:.3f}")
    print("by class: " + ", ".join(f"{label} {value:.3f}" for label, value in classes.items()))
    print(f"credited agency: precision {agency['precision']:.3f} recall {agency['recall']:.3f} over labelled agency")
    wrong = [{"pair": pair, "label": t, "verdict": f} for pair, t, f, _ in rows if t != f]
    for pair, truth, found, comparison in rows:
        if truth != found:
            numbers = {k: round(v, 2) for k, v in comparison.judgement.evidence.items()}
            print(f"  pair {pair}: {truth} read, {found} said ({comparison.confidence}) {numbers}")
    if as_json:
        shown = {
            "set": name,
            "pairs": len(rows),
            "shares_copy_f1": round(shares[2], 4),
            "macro_f1": round(macro, 4),
            "agency": {name: round(value, 4) for name, value in agency.items()},
        }
        print(json.dumps({**shown, "classes": {k: round(v, 4) for k, v in classes.items()}, "wrong": wrong}))


if __name__ == "__main__":
    main()
