"""Clusters with a rebuilt reference copy, witnesses against what was added, and the agency's own versions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from making import prose

import dedup
from dedup import Article, Cluster, ScanResult
from dedup.report.figures import added
from dedup.report.terminal import console, print_scan

LINES = [prose(number, 2) for number in range(8)]  # 28 tokens each
NEW = [prose(number, 2) for number in range(20, 30)]


def scan(*outlets: Sequence[str], **own: Sequence[str]) -> ScanResult:
    """A scan of outlets that print these lines; ``own`` are items of the agency by id."""
    articles = [Article(f"p{at}", "\n".join(lines), f"Paper {at}", "Untitled") for at, lines in enumerate(outlets)]
    return dedup.scan([*articles, *(Article(id, "\n".join(text), "afp.com", "Untitled") for id, text in own.items())])


def record(result: ScanResult) -> Any:
    return next(iter(result.records()))


def member(cluster: Cluster, id: str) -> dedup.Comparison:
    return next(m for m in cluster.members if m.article.article.id == id)


CUT = [
    (LINES[0], LINES[1], LINES[3], LINES[4]),
    (LINES[0], LINES[2], LINES[3], LINES[4]),
    (LINES[0], LINES[1], LINES[2], NEW[0], LINES[4]),
    (LINES[1], LINES[2], LINES[3]),
]


def test_where_nobody_printed_everything_the_copy_is_rebuilt_and_a_printed_one_published_beside_it() -> None:
    result = scan(*CUT)
    (cluster,) = result.clusters
    reference = record(result)["reference"]
    assert reference["status"] == "consensus"
    assert reference["rebuilt"] == {"text": "\n".join(LINES[:5]), "tokens": 140, "outlets": 4}
    assert reference["id"] in {"p0", "p1", "p2", "p3"}
    assert cluster.members[0].article is cluster.reference.printed
    assert cluster.members[0].ledger.cut == 28
    assert {m.ledger.reference_tokens for m in cluster.members} == {140}
    assert member(cluster, "p2").ledger.added == 28


def test_support_covers_every_word_of_the_text_held_against() -> None:
    reference = record(scan(*CUT))["reference"]
    text = reference["rebuilt"]["text"]
    assert {n for _, _, n in reference["support"]} == {3}
    covered = "".join(text[start:end] for start, end, _ in reference["support"])
    assert covered.split() == text[:-1].split()


def test_the_answer_is_the_same_whatever_the_order_of_the_articles() -> None:
    articles = [Article(f"p{at}", "\n".join(lines), f"Paper {at}", "Untitled") for at, lines in enumerate(CUT)]
    assert record(dedup.scan(articles)) == record(dedup.scan(articles[::-1]))


def test_each_added_passage_says_how_many_speak_against_it() -> None:
    a, b, c, d = LINES[:4]
    result = scan((a, b, c, d), (a, b, c, d), (a, b, NEW[0], c, d), (a, NEW[1], b, c), (c, d, NEW[2]))
    (cluster,) = result.clusters
    counts = {
        m.article.article.id: [p.witnesses_against for p in m.passages if p.kind == "added"] for m in cluster.members
    }
    assert counts == {"p0": [], "p1": [], "p2": [3], "p3": [3], "p4": [0]}
    assert [added(cluster, member(cluster, id)) for id in ("p2", "p3", "p4")] == [(28, 28), (28, 28), (0, 28)]
    found = {m["id"]: m for m in record(result)["members"]}
    (passage,) = found["p2"]["added"]
    start, end = passage["article"]
    assert "\n".join((a, b, NEW[0], c, d))[start:end] == NEW[0][:-1]
    assert passage["witnesses_against"] == 3
    assert (found["p4"]["added_low"], found["p4"]["added_high"]) == (0, 28)


def test_two_outlets_claim_nothing() -> None:
    (cluster,) = scan(LINES[:4], (*LINES[:2], NEW[0], *LINES[2:4])).clusters
    assert cluster.reference.status == "single"
    assert cluster.reference.representative is None
    assert [added(cluster, m)[0] for m in cluster.members] == [0, 0]


def test_outside_clusters_no_witness_is_counted() -> None:
    compared = dedup.compare({"text": LINES[0]}, {"text": "\n".join((LINES[0], NEW[0]))})
    assert [p.witnesses_against for p in compared.passages if p.kind == "added"] == [None]


def test_against_the_agencys_own_item_everything_else_was_added() -> None:
    (cluster,) = scan((*LINES[:4], NEW[0]), own=LINES[:4]).clusters
    assert cluster.reference.status == "original"
    assert added(cluster, member(cluster, "p0")) == (28, 28)


def test_a_credited_copy_is_only_ever_added_to() -> None:
    credited = ("By AFP", *LINES[:2], *LINES[3:6])
    cut = LINES[:5]
    found = dedup.scan(
        Article(f"p{at}", "\n".join(lines), f"Paper {at}", "Untitled")
        for at, lines in enumerate([credited, cut, cut, cut])
    )
    (cluster,) = found.clusters
    assert cluster.reference.printed.article.id == "p0"
    assert cluster.reference.prepared.article.text == "\n".join(LINES[:6])
    assert (cluster.agency, cluster.reference.status) == ("AFP", "consensus")
    (cluster,) = scan(credited, *[credited[1:5]] * 3).clusters
    assert (cluster.reference.status, cluster.reference.representative) == ("credited", None)


def test_versions_that_only_the_agency_has_are_its_revisions() -> None:
    (cluster,) = scan(own=LINES[:4], update=LINES[:5]).clusters
    assert (len(cluster.members), len(cluster.revisions), len(cluster.versions)) == (1, 1, 0)


def test_the_agencys_versions_are_not_the_outlets_edits() -> None:
    first, update = LINES[:4], [LINES[0], NEW[0], *LINES[2:6]]
    result = scan(first, first, update, own=first, update=update)
    (cluster,) = result.clusters
    assert {m.article.article.id: m.ledger.cut + m.ledger.added for m in cluster.members} == dict.fromkeys(
        (cluster.reference.printed.article.id, "p0", "p1", "p2"), 0
    )
    assert len(cluster.versions) == 1
    assert not cluster.revisions
    found = record(result)
    other = found["versions"][0]
    assert {found["reference"]["id"], other["id"]} == {"own", "update"}
    assert other["ledger"]["added"] + other["ledger"]["cut"] > 0
    held = {m["id"]: m["version"] for m in found["members"]}
    assert [id for id, version in held.items() if version] == (["p2"] if other["id"] == "update" else ["p0", "p1"])


def test_the_report_shows_the_rebuilt_copy_and_what_was_added_by_its_witnesses() -> None:
    a, b, c, d = LINES[:4]
    out = io.StringIO()
    result = scan((a, b, c, d), (a, b, c, d), (a, b, NEW[0], c, d), (a, NEW[1], b, c), (c, d, NEW[2]))
    print_scan(console(out), result.clusters, dict(result.counts), 0.0)
    (heading,) = [line for line in out.getvalue().splitlines() if line.startswith("outlet")]
    assert "added" in heading
    assert "not in ref." in heading
    row = next(line for line in out.getvalue().splitlines() if line.startswith("Paper 4"))
    assert "28 (33 %)" in row
    out = io.StringIO()
    result = scan(*CUT)
    print_scan(console(out), result.clusters, dict(result.counts), 0.0)
    assert "140 words, consensus (rebuilt from 4 outlets" in out.getvalue()
    assert "printed copy nearest to it: Paper" in out.getvalue()
