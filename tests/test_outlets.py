"""What each outlet does with copy: every figure against one counted by hand."""

from __future__ import annotations

import io
import json
from datetime import datetime
from random import Random

import pytest
from texts import OTHER_PAGE, PAGE, STORY, TITLE

import dedup
from dedup import Article, ScanResult
from dedup.kernels import tokenise
from dedup.outlets import CREDITS, Outlet
from dedup.report.outlets import print_outlets
from dedup.report.terminal import console

OWN = "The outlet's own reporter watched the waves from the lighthouse and counted fourteen wrecked dinghies."
ROW = (
    "outlet", "articles", "words", "agency_articles", "agency_share", "revisions", "copy_articles", "originals",
    "reference_copies", "matches", "reprints", "against_originals", "headlines", "copy_share", "mean_retention",
    "kept", "cut", "not_in_reference", "added", "headline_changed", "credits", "firsts", "median_lag_seconds",
    "agencies",
)  # fmt: skip


def text(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def words(*paragraphs: str) -> int:
    return sum(len(tokenise(paragraph)) for paragraph in paragraphs)


def at(hour: int) -> datetime:
    return datetime(2024, 3, 4, hour)


def articles() -> list[Article]:
    """AFP's own item, reprints of it that cut, add and change the headline, a version, and an article alone."""
    return [
        Article("o", text(*STORY), "AFP", TITLE, published=at(8)),
        Article("p", text("By AFP", *STORY[:4]), "Post", TITLE.upper(), published=at(10)),
        Article("e", text(*STORY, OWN), "Echo", "Ferries stay in port", published=at(9)),
        Article("e0", text(*STORY), "Echo", TITLE, published=at(8)),
        Article("s", text("By Reuters", *STORY[:5]), "Star", published=at(12)),
        Article("n", OTHER_PAGE, "Post", published=at(10)),
    ]


def rows(result: ScanResult) -> dict[str, Outlet]:
    return {row.outlet: row for row in result.outlets}


@pytest.fixture(scope="module")
def found() -> dict[str, Outlet]:
    return rows(dedup.scan(articles()))


def test_the_cluster_of_these_tests_is_held_against_the_agencys_own_item() -> None:
    (cluster,) = dedup.scan(articles()).clusters
    assert (cluster.agency, cluster.reference.status, cluster.direction) == ("AFP", "original", "unclear")
    assert sorted(member.article.article.id for member in cluster.members) == ["e", "o", "p", "s"]


def test_articles_and_words_are_all_of_the_outlet(found: dict[str, Outlet]) -> None:
    post = found["Post"]
    assert (post.articles, post.agency_articles, post.copy.articles) == (2, 1, 1)
    (alone,) = [article for article in dedup.scan(articles()).others if article.article.id == "n"]
    assert post.words == words(*STORY[:4]) + len(alone.tokens)
    assert post.agency_share == words(*STORY[:4]) / post.words


def test_what_is_cut_is_a_share_of_the_reference(found: dict[str, Outlet]) -> None:
    copy = found["Post"].copy
    assert copy.cut == words(*STORY[4:]) / words(*STORY)
    assert copy.kept == copy.mean_retention == words(*STORY[:4]) / words(*STORY)
    assert (copy.copy_share, copy.not_in_reference, copy.added) == (1.0, 0.0, 0.0)


def test_the_headline_is_changed_only_in_its_words(found: dict[str, Outlet]) -> None:
    assert (found["Post"].copy.headline_changed, found["Post"].copy.headlines) == (0.0, 1)
    assert (found["Echo"].copy.headline_changed, found["Echo"].copy.headlines) == (1.0, 1)


def test_an_article_without_a_headline_has_not_changed_it(found: dict[str, Outlet]) -> None:
    star = found["Star"].copy
    assert (star.reprints, star.headlines, star.headline_changed) == (1, 0, None)


def test_a_credit_to_another_agency_is_told_apart(found: dict[str, Outlet]) -> None:
    assert found["Post"].copy.credits == {**dict.fromkeys(CREDITS, 0), "full": 1}
    assert found["Star"].copy.credits == {**dict.fromkeys(CREDITS, 0), "other": 1}
    assert found["Echo"].copy.credits == {**dict.fromkeys(CREDITS, 0), "none": 1}


def test_the_agencys_own_item_is_an_original_and_no_copy(found: dict[str, Outlet]) -> None:
    own = found["AFP"]
    assert (own.agency_articles, own.agency_share, own.copy.articles, own.copy.originals) == (0, 0.0, 0, 1)
    assert own.copy.credits == dict.fromkeys(CREDITS, 0)
    assert own.copy.kept is own.copy.median_lag_seconds is None


def test_an_agencys_own_item_is_no_copy_in_anybodys_cluster_but_a_newsrooms_is() -> None:
    def copy(outlet: str, credit: str = "") -> tuple[int, int]:
        paragraphs = (credit, *STORY[:3]) if credit else STORY[:3]
        other = Article("b", text(*paragraphs, OWN), outlet, TITLE)
        found = rows(dedup.scan([Article("a", text("By Reuters", *STORY), "Post", TITLE), other]))[outlet].copy
        return found.originals, found.articles

    assert copy("AFP") == (1, 0)
    assert copy("AFP", "By Reuters") == (0, 1)
    assert copy("nytimes.com") == (0, 1)


def test_one_version_counts_and_the_others_apart(found: dict[str, Outlet]) -> None:
    echo = found["Echo"]
    assert (echo.articles, echo.copy.articles, echo.revisions) == (2, 1, 1)


def without_version() -> list[Article]:
    return [article for article in articles() if article.id != "e0"]


def test_added_is_measured_against_an_original_alone() -> None:
    share = words(OWN) / words(*STORY, OWN)
    strict = rows(dedup.scan(without_version()))["Echo"].copy
    assert (strict.not_in_reference, strict.added, strict.against_originals) == (share, share, 1)
    assert strict.headline_changed == 1.0
    others = [article for article in without_version() if article.id != "o"]
    (cluster,) = dedup.scan(others).clusters
    assert cluster.reference.status != "original"
    for row in dedup.scan(others).outlets:
        assert (row.copy.added, row.copy.against_originals) == (None, 0)


def test_a_reference_copy_is_copy_whole_and_held_against_nothing() -> None:
    result = dedup.scan([article for article in without_version() if article.id != "o"])
    (cluster,) = result.clusters
    copy = rows(result)[cluster.reference.prepared.article.outlet].copy
    assert (copy.articles, copy.reference_copies, copy.matches, copy.copy_share) == (1, 1, 0, 1.0)
    assert copy.kept is copy.cut is copy.mean_retention is copy.headline_changed is None


def test_lags_are_medians_after_the_first_and_the_first_is_counted() -> None:
    result = rows(dedup.scan(without_version()))
    assert {name: row.copy.firsts for name, row in result.items()} == {"AFP": 1, "Echo": 0, "Post": 0, "Star": 0}
    lags = {name: row.copy.median_lag_seconds for name, row in result.items()}
    assert lags == {"AFP": None, "Echo": 3600, "Post": 7200, "Star": 4 * 3600}


def test_of_an_unclear_direction_nobody_is_the_first(found: dict[str, Outlet]) -> None:
    assert {row.copy.firsts for row in found.values()} == {0}


def two_stories(seed: int = 0) -> list[Article]:
    """The storm by AFP, and another story of no known agency, in the same outlets, some of them unknown."""
    other = OTHER_PAGE.split("\n\n")
    found = [
        *without_version(),
        Article("m1", text(*other), "Echo", published=at(7)),
        Article("m2", text(*other[:5], OWN), "Star", published=at(10)),
        Article("u1", text(*other[:5]), ""),
        Article("u2", text(*STORY[:5]), ""),
        Article("u3", text(*STORY[1:]), ""),
    ]
    found = [article for article in found if article.id != "n"]
    Random(seed).shuffle(found)
    return found


def test_every_agency_has_its_own_figures_and_unknown_outlets_share_a_row() -> None:
    result = rows(dedup.scan(two_stories()))
    assert [agency for agency, _ in result["Star"].by_agency] == ["AFP", None]
    assert [agency for agency, _ in result[""].by_agency] == ["AFP", None]
    assert [figures.articles for _, figures in result[""].by_agency] == [2, 1]
    assert (result[""].articles, result[""].copy.articles, result[""].agency_articles) == (3, 3, 2)
    for row in result.values():
        assert sum(figures.articles for _, figures in row.by_agency) == row.copy.articles
        assert sum(figures.firsts for _, figures in row.by_agency) == row.copy.firsts


def test_shares_are_weighted_by_words() -> None:
    result = dedup.scan(two_stories())
    star = rows(result)["Star"]
    members = [m for cluster in result.clusters for m in cluster.members if m.article.article.outlet == "Star"]
    ledgers = [m.ledger for m in {m.article.article.id: m for m in reversed(members)}.values()]  # largest cluster
    assert len(ledgers) == star.copy.matches == 2
    assert star.copy.cut == sum(one.cut for one in ledgers) / sum(one.reference_tokens for one in ledgers)
    assert star.copy.not_in_reference == sum(one.added for one in ledgers) / sum(one.article_tokens for one in ledgers)
    assert star.copy.copy_share == sum(one.kept + one.moved for one in ledgers) / sum(
        one.article_tokens for one in ledgers
    )
    assert star.copy.mean_retention == sum((one.kept + one.moved) / one.reference_tokens for one in ledgers) / 2


def test_the_rows_do_not_depend_on_the_order_of_input() -> None:
    assert len({json.dumps([row.to_dict() for row in dedup.scan(two_stories(n)).outlets]) for n in range(4)}) == 1


def test_the_summary_has_the_rows_those_with_most_copy_first() -> None:
    *_, summary = dedup.scan(two_stories()).records()
    listed = json.loads(json.dumps(summary))["outlets"]
    assert all(tuple(row) == ROW for row in listed)
    assert all(tuple(part) == ("agency", *ROW[6:-1]) for row in listed for part in row["agencies"])
    assert [row["outlet"] for row in listed] == ["", "Echo", "Star", "Post", "AFP"]


def test_versions_of_one_outlet_are_no_copy() -> None:
    result = dedup.scan([Article("a", PAGE, "Post"), Article("b", text(PAGE, OWN), "Post")])
    (row,) = result.outlets
    assert (row.articles, row.revisions, row.copy.articles, row.by_agency) == (2, 1, 0, ())


def test_nothing_read_is_no_outlet() -> None:
    assert dedup.scan([]).outlets == ()


# on a terminal


def page(result: ScanResult, width: int = 200) -> list[str]:
    out = io.StringIO()
    plain = console(out)
    plain.width = width
    print_outlets(plain, result.outlets)
    return out.getvalue().splitlines()


def test_the_tables_show_the_figures() -> None:
    lines = page(dedup.scan(two_stories()))
    star, _ = [line.split() for line in lines if line.startswith("Star") and "other" not in line][:2]
    row = rows(dedup.scan(two_stories()))["Star"]
    for share in (row.agency_share, row.copy.copy_share, row.copy.kept, row.copy.cut, row.copy.not_in_reference):
        assert share is not None
        assert f"{100 * share:.1f}" in star
    assert any(line.startswith("(no outlet)") for line in lines)
    assert any("(no agency known)" in line for line in lines)
    assert any("1 other" in line for line in lines)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_figures_are_never_cut_short_and_the_outlet_is_always_named(width: int) -> None:
    lines = page(dedup.scan(two_stories()), width)
    tables = [line for line in lines if line.startswith(("Star", "Echo", "Post", "AFP", "(no outlet)"))]
    assert len(tables) == 5 + 8
    assert not any("…" in line for line in tables)
    if width >= 80:
        assert all(len(line) <= width for line in tables)


def test_outlets_without_copy_are_counted_and_hostile_names_are_tame() -> None:
    evil = "Ec\x1b[31mho\u202e"
    result = dedup.scan([Article("a", PAGE, evil), Article("b", PAGE, "Post"), Article("c", OTHER_PAGE, "Sun")])
    lines = page(result)
    assert lines[0] == "1 of 3 outlets shares no copy"
    assert not any("\x1b" in line or "\u202e" in line for line in lines)
    assert any("Ec\\x1b[31mho\\u202e" in line for line in lines)
    assert page(dedup.scan([Article("c", OTHER_PAGE, "Sun")])) == ["1 of 1 outlets shares no copy"]
