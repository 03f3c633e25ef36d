"""A corpus through the library call: the same answer whatever the order, and who is listed where."""

from __future__ import annotations

import gc
import json
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from texts import (
    OTHER_PAGE,
    OTHER_STORY,
    OTHER_TITLE,
    PAGE,
    SEEDS,
    STORY,
    TITLE,
    chatter,
    day,
    jsonl,
    run_outside,
)

import dedup
from dedup import Article, Cluster, Config, ScanResult, Skipped, UsageError
from dedup.config import Rules

QUOTES = (
    "“We shall wait in the harbour until the wind has dropped and the sea is calm enough for the ferries,” he said.",
    "“Nobody has to go hungry tonight, because the whole island has brought soup and bread to the hall,” she said.",
)


def news(count: int = 60) -> list[dict[str, object]]:
    """Articles of some twelve stories by eight outlets: copies, cuts, additions, versions, and loners."""
    rng = random.Random(11)
    found = []
    for number in range(count):
        paragraphs = chatter(number % 12, 150).split("\n\n")
        shape = rng.randrange(6)
        if shape == 0:
            paragraphs = paragraphs[: rng.randint(1, 4)]
        elif shape == 1:
            paragraphs.insert(rng.randint(0, 3), chatter(1000 + number, 45))
        elif shape == 2:
            rng.shuffle(paragraphs)
        elif shape == 3:
            paragraphs = [rng.choice(paragraphs), *chatter(2000 + number, 120).split("\n\n")]
        elif shape == 4:
            paragraphs = [chatter(3000 + number, 150)]
        when = day(1 + number % 12) + timedelta(hours=rng.randrange(24))
        found.append(
            {
                "id": f"n{number}",
                "outlet": f"outlet {rng.randrange(8)}" if number % 9 else "",
                "text": "\n\n".join(paragraphs),
                "published": when.isoformat() if number % 5 else None,
            }
        )
    return found


def answer(result: ScanResult) -> list[dict[str, object]]:
    """All of a result but the time it took."""
    return [{key: value for key, value in record.items() if key != "seconds"} for record in result.records()]


def ids(comparisons: object) -> list[str]:
    return [comparison.article.article.id for comparison in comparisons]  # type: ignore[attr-defined]


def only(result: ScanResult) -> Cluster:
    (cluster,) = result.clusters
    return cluster


# Determinism


def test_the_order_of_the_articles_changes_nothing() -> None:
    articles = news()
    expected = answer(dedup.scan(articles))
    assert sum(record["record"] == "cluster" for record in expected) >= 8
    for seed in range(3):
        random.Random(seed).shuffle(articles)
        assert answer(dedup.scan(articles)) == expected


def test_the_order_of_the_files_changes_nothing() -> None:
    files = sorted(SEEDS.glob("*.txt"))
    expected = answer(dedup.scan(files))
    assert answer(dedup.scan(files[::-1])) == expected
    assert answer(dedup.scan(SEEDS)) == expected


def test_the_order_of_the_articles_changes_nothing_with_a_background() -> None:
    articles, config = news(), Config(rules=Rules(background_tokens=500))
    expected = answer(dedup.scan(articles, config=config))
    random.Random(5).shuffle(articles)
    assert answer(dedup.scan(articles, config=config)) == expected


def test_the_same_input_gives_the_same_bytes_whatever_the_order_and_the_hash_seed(tmp_path: Path) -> None:
    articles, printed = news(), set()
    for hash_seed in ("0", "1", "2"):
        random.Random(hash_seed).shuffle(articles)
        path = jsonl(tmp_path / f"{hash_seed}.jsonl", articles)
        done = run_outside(
            "scan", *random.Random(hash_seed).sample([path, SEEDS], 2), env={"PYTHONHASHSEED": hash_seed}
        )
        assert done.returncode == 0, done.stderr
        printed.add(re.sub(r'"seconds": [\d.]+', "", done.stdout))
    assert len(printed) == 1
    assert len(printed.pop().splitlines()) > 15


def test_a_config_with_other_limits_is_named_in_the_summary() -> None:
    one, two = dedup.scan([Article("a", PAGE)]), dedup.scan([Article("a", PAGE)], config=Config(seed=2))
    assert one.config_fingerprint != two.config_fingerprint
    assert list(two.records())[-1]["config"] == Config(seed=2).fingerprint()


# Who is listed where


def test_a_reprint_a_shortened_and_a_longer_copy_make_one_cluster() -> None:
    found = dedup.scan(
        [
            Article("a", "\n".join((TITLE, "By AFP", *STORY)), "Post", published=day(4)),
            Article("b", "\n".join((TITLE, *STORY[:4])), "Echo", published=day(5)),
            Article("c", "\n".join((TITLE, *STORY, *OTHER_STORY)), "Star", published=day(4)),
            Article("d", OTHER_PAGE.replace("map", "chart"), "Sun", published=day(4)),
        ]
    )
    cluster = found.clusters[0]
    assert cluster.agency == "AFP"
    assert cluster.reference.prepared.article.id == "a"
    assert ids(cluster.members) == ["a", "c", "b"]
    verdicts = {c.article.article.id: (c.verdict, c.detail) for c in cluster.members}
    assert verdicts["b"] == ("truncated_reprint", None)
    assert verdicts["c"][0] == "edited_reprint"


def test_every_member_is_compared_with_the_reference_copy() -> None:
    for cluster in dedup.scan(news()).clusters:
        reference = cluster.reference.prepared
        listed = (*cluster.members, *cluster.quote_only, *cluster.revisions)
        assert all(comparison.reference is reference for comparison in listed)
        assert cluster.members[0].article is cluster.reference.printed
        assert {c.verdict for c in cluster.members} <= set(dedup.records.REUSE)
        assert {c.verdict for c in cluster.quote_only} <= {"quote_only"}


def test_every_article_is_listed_once_as_member_or_alone() -> None:
    articles = news()
    found = dedup.scan(articles)
    listed = [id for cluster in found.clusters for id in (*ids(cluster.members), *ids(cluster.revisions))]
    quoting = {id for cluster in found.clusters for id in ids(cluster.quote_only)}
    alone = [article.article.id for article in found.others]
    assert len(set(listed)) == len(listed)
    assert sorted({*listed, *quoting, *alone}) == sorted(str(article["id"]) for article in articles)
    assert not set(alone) & {*listed, *quoting}


def test_no_cluster_holds_two_members_of_one_outlet() -> None:
    for cluster in dedup.scan(news()).clusters:
        outlets = [c.article.article.outlet for c in cluster.members if c.article.article.outlet]
        assert len(set(outlets)) == len(outlets)


def test_clusters_come_largest_first() -> None:
    sizes = [len(cluster.members) for cluster in dedup.scan(news()).clusters]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]


def test_a_later_version_by_the_same_outlet_is_a_revision_of_the_cluster() -> None:
    later = f"{PAGE}\n\nThe mayor thanked everybody who had carried sandbags to the quay."
    found = dedup.scan([Article("a", PAGE, "Post"), Article("b", PAGE, "Echo"), Article("b2", later, "Echo")])
    cluster = only(found)
    assert sorted(ids(cluster.members)) == ["a", "b"]
    assert ids(cluster.revisions) == ["b2"]


def test_versions_of_one_outlet_alone_are_no_syndication() -> None:
    later = f"{PAGE}\n\nThe mayor thanked everybody who had carried sandbags to the quay."
    found = dedup.scan(
        [Article("new", later, "Post", published=day(5)), Article("old", PAGE, "Post", published=day(4))]
    )
    cluster = only(found)
    assert ids(cluster.members) == ["new"]  # the fuller one, which no date decides
    assert ids(cluster.revisions) == ["old"]


def test_articles_without_an_outlet_each_count_for_themselves() -> None:
    cluster = only(dedup.scan([Article("a", PAGE), Article("b", PAGE), Article("c", PAGE)]))
    assert sorted(ids(cluster.members)) == ["a", "b", "c"]
    assert cluster.revisions == ()
    assert cluster.agency is None


def test_exact_copies_by_many_outlets_are_one_cluster_of_few_pairs() -> None:
    found = dedup.scan([Article(f"a{n:02}", PAGE, f"outlet {n}") for n in range(30)])
    assert len(only(found).members) == 30
    assert {c.verdict for c in only(found).members} == {"verbatim_reprint"}
    assert found.counts["exact_copies"] == 29
    assert found.counts["candidate_pairs"] == 29


def test_shared_quotations_never_join_a_cluster() -> None:
    one = "\n\n".join((*STORY[:3], *QUOTES))
    two = "\n\n".join((QUOTES[0], *OTHER_STORY, QUOTES[1]))
    assert dedup.compare({"text": one}, {"text": two}).verdict == "quote_only"
    alone = dedup.scan([Article("a", one, "Post"), Article("b", two, "Echo")])
    assert alone.clusters == ()
    assert len(alone.others) == 2
    beside = dedup.scan([Article("a", one, "Post"), Article("b", two, "Echo"), Article("c", one, "Star")])
    assert sorted(ids(only(beside).members)) == ["a", "c"]
    assert ids(only(beside).quote_only) == ["b"]
    assert beside.others == ()


def test_an_outlet_that_is_the_agency_is_the_original() -> None:
    found = dedup.scan(
        [Article("wire", PAGE, "afp.com"), Article("a", f"{PAGE}\n\nBy AFP", "Post"), Article("b", PAGE, "Echo")]
    )
    assert only(found).reference.status == "original"
    assert only(found).reference.prepared.article.id == "wire"
    assert only(found).agency == "AFP"


# Furniture of the corpus


def test_a_line_that_an_outlet_prints_under_every_story_is_furniture() -> None:
    line = "Our reporters can be reached at any hour."
    texts = [PAGE, OTHER_PAGE, chatter(1), chatter(2)]
    found = dedup.scan([Article(str(n), f"{text}\n\n{line}", "Post") for n, text in enumerate(texts)])
    for article in found.others:
        zone = article.zones[-1]
        assert article.article.text[zone.start : zone.end] == line
        assert (zone.kind, zone.reason) == ("furniture", "repeated in 4 unrelated articles of the outlet")
    assert len(found.others) == 4


def test_a_page_that_is_nothing_but_its_outlets_furniture_is_skipped() -> None:
    line = "Our reporters can be reached at any hour."
    texts = [f"{PAGE}\n\n{line}", f"{OTHER_PAGE}\n\n{line}", f"{chatter(1)}\n\n{line}", line]
    found = dedup.scan([Article(str(n), text, "Post") for n, text in enumerate(texts)])
    reason = "nothing but furniture: repeated in 3 unrelated articles of the outlet"
    assert [(item.place, item.reason) for item in found.skipped] == [("3", reason)]
    assert {article.article.id for article in found.others} == {"0", "1", "2"}
    assert found.counts["articles"] == 3


# Input


def test_a_scan_takes_paths_mappings_and_articles_together(tmp_path: Path) -> None:
    (tmp_path / "Star.txt").write_text(PAGE, "utf-8")
    found = dedup.scan([tmp_path / "Star.txt", {"id": "m", "outlet": "Post", "text": PAGE}, Article("a", PAGE, "Echo")])
    assert sorted(ids(only(found).members)) == ["Star", "a", "m"]


@pytest.mark.parametrize("source", [Article("a", PAGE), {"id": "a", "text": PAGE}])
def test_a_single_article_is_a_corpus(source: object) -> None:
    found = dedup.scan(source)  # type: ignore[arg-type]
    assert [article.article.id for article in found.others] == ["a"]


def test_a_generator_of_nothing_is_an_empty_corpus() -> None:
    found = dedup.scan(item for item in ())
    assert (found.clusters, found.others, found.skipped) == ((), (), ())
    assert found.counts["articles"] == 0


def test_a_path_that_does_not_exist_stops_the_scan() -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        dedup.scan("gone-for-good.jsonl")


def test_what_cannot_be_used_is_skipped_with_place_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps({"id": "1", "text": PAGE})
    path.write_text(f'{good}\n{{"id": "2"}}\n\n{{"id": "3", "text": "* * *"}}\n{good}\n', "utf-8")
    found = dedup.scan([path, {"id": "m"}, Article("blank", " ")])
    assert {item.place: item.reason for item in found.skipped} == {
        f"{path}:2": "no field 'text' in the record",
        f"{path}:4": "no body text was found in it",
        f"{path}:5": f"the id '1' was read before ({path}:1)",
        "record 2": "no field 'text' in the record",
        "blank": "the text is empty",
    }
    assert [article.article.id for article in found.others] == ["1"]


def test_an_id_given_twice_by_hand_is_named_too() -> None:
    found = dedup.scan([Article("x", PAGE), Article("x", OTHER_PAGE)])
    assert found.skipped == (Skipped("", "the id 'x' was read before (the same input)"),)


def test_of_two_articles_with_one_id_the_first_counts() -> None:
    found = dedup.scan([{"id": "x", "text": PAGE}, {"id": "x", "text": OTHER_PAGE}])
    assert found.others[0].article.text == PAGE
    assert found.skipped == (Skipped("record 2", "the id 'x' was read before (record 1)"),)


def test_skipped_inputs_come_by_file_and_line(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.jsonl").write_text("{}\n" * 11, "utf-8")
    found = dedup.scan([tmp_path / "b.jsonl", tmp_path / "a.jsonl"])
    assert [item.place for item in found.skipped] == [
        f"{tmp_path}/{name}.jsonl:{line}" for name in ("a", "b") for line in range(1, 12)
    ]


def test_counts_add_up() -> None:
    found = dedup.scan([*news(20), {"id": "bad"}, {"id": "r", "text": "caf\ufffd " + PAGE}])
    counts = found.counts
    assert counts["articles"] == 21
    assert counts["clustered"] + counts["independent"] == counts["articles"]
    assert counts["clusters"] == len(found.clusters)
    assert counts["skipped"] == len(found.skipped) == 1
    assert counts["undated"] == 4 + 1
    assert found.seconds > 0


def test_progress_names_every_stage_and_reaches_the_end() -> None:
    seen: dict[str, tuple[int, int]] = {}
    dedup.scan(news(20), progress=lambda stage, done, total: seen.__setitem__(stage, (done, total)))
    assert list(seen) == ["articles", "candidate pairs", "comparisons"]
    assert seen["articles"] == (20, 0)
    assert seen["comparisons"][0] == seen["comparisons"][1] > 0


# Two articles on their own


def test_compare_takes_an_article_a_mapping_and_a_path(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, "utf-8")
    for one in (Article("a", PAGE), {"text": PAGE}, tmp_path / "a.txt", str(tmp_path / "a.txt")):
        found = dedup.compare(one, {"id": "b", "text": PAGE})
        assert (found.verdict, found.confidence, found.reuse, found.retention) == ("verbatim_reprint", "high", 1.0, 1.0)


def test_an_article_over_the_limit_is_refused_whatever_its_bytes() -> None:
    for letter in ("a", "風"):
        text = f"{letter} " * (16 * 1024 * 1024 // (len(letter.encode()) + 1) + 1)
        with pytest.raises(dedup.InputError, match="over 16,777,216 bytes"):
            dedup.compare({"text": PAGE}, {"text": text})


def test_a_text_without_a_word_is_refused() -> None:
    with pytest.raises(dedup.InputError, match="no body text was found in it"):
        dedup.compare({"text": PAGE}, {"id": "b", "text": "* * *\n—"})


def test_texts_with_nothing_in_common_are_independent() -> None:
    found = dedup.compare({"text": PAGE}, {"text": chatter(1)})
    assert (found.verdict, found.confidence, found.reuse, found.resemblance) == ("independent", "high", 0.0, 0.0)


@pytest.mark.parametrize(
    ("article", "said"),
    [
        (Article("a", PAGE, published="2026-03-03"), "Article.published is '2026-03-03'"),  # type: ignore[arg-type]
        (Article(3, PAGE), "Article.id is int"),  # type: ignore[arg-type]
    ],
)
def test_an_article_of_the_wrong_types_is_skipped(article: Article, said: str) -> None:
    result = dedup.scan([article, {"id": "good", "text": PAGE}])
    assert [said in item.reason for item in result.skipped] == [True]
    assert result.counts["articles"] == 1


def test_prepare_takes_articles_only() -> None:
    with pytest.raises(UsageError, match="an Article is expected, not dict"):
        dedup.prepare({"text": PAGE})  # type: ignore[arg-type]


def test_articles_that_share_quotations_alone_are_in_no_cluster_but_point_at_each_other() -> None:
    quotation = "“We shall rebuild every single bridge before the autumn floods return to this valley,” the mayor said."
    one = Article("a", "\n\n".join((TITLE, *STORY, quotation)), "Post")
    two = Article("b", "\n\n".join((OTHER_TITLE, *OTHER_STORY, quotation)), "Echo")
    result = dedup.scan([one, two])
    assert not result.clusters
    assert result.quotes == {"a": ("b",), "b": ("a",)}
    assert result.counts["quote_only"] == 2
    assert [r.get("shares_quotations_with") for r in result.records()] == [["a"], ["b"], None]  # Echo comes before Post


def test_two_texts_alike_in_short_runs_and_days_apart_may_be_forms_of_one_template() -> None:
    def bulletin(*slots: str) -> str:
        return "\n\n".join(f"{sentence[:-1]}, {slot}." for sentence, slot in zip(STORY, slots, strict=True))

    one = bulletin(*["seven", "five", "nine", "eleven", "thirty", "forty"])
    two = bulletin(*["eight", "sixty", "twelve", "ninety", "fifty", "twenty"])

    def kind(published: int | None) -> str:
        other = Article(
            "b", f"{two}\n\n{OTHER_STORY[0]} {OTHER_STORY[1]}", published=day(published) if published else None
        )
        return dedup.compare(Article("a", f"{one}\n\n{OTHER_STORY[2]}", published=day(4)), other).verdict

    assert [kind(4), kind(6), kind(None)] == ["edited_reprint"] * 3
    assert [kind(7), kind(1)] == ["formula"] * 2


def test_a_config_is_what_a_comparison_goes_by() -> None:
    one, two = {"text": PAGE}, {"text": "\n\n".join((STORY[0], *OTHER_STORY))}
    assert dedup.compare(one, two).ledger.kept > 15
    assert dedup.compare(one, two, config=Config(minimum_tile=40)).ledger.kept == 0


def test_a_phrase_weighs_by_the_shorter_text() -> None:
    phrase = "at the of in on by it as"
    short = f"{chatter(1, 45)}\n\n{phrase}"
    long = f"{chatter(2, 600)}\n\n{phrase}"
    assert dedup.compare({"text": short}, {"text": long}).verdict == "formula"
    assert dedup.compare({"text": long}, {"text": f"{chatter(3, 600)}\n\n{phrase}"}).verdict == "independent"


def test_copy_shared_with_a_member_but_not_with_the_reference_copy_makes_a_cluster_of_its_own() -> None:
    a = Article("a", "\n\n".join((TITLE, "By AFP", *STORY[:3])), "One")
    d = Article("d", "\n\n".join((TITLE, *STORY[:3])), "Four")
    b = Article("b", "\n\n".join((TITLE, *STORY)), "Two")
    c = Article("c", "\n\n".join((OTHER_TITLE, *OTHER_STORY, *STORY[4:])), "Three")
    result = dedup.scan([a, b, c, d])
    members = [{member.article.article.id for member in cluster.members} for cluster in result.clusters]
    assert members == [{"a", "b", "d"}, {"b", "c"}]
    assert result.others == ()
    assert (result.counts["clustered"], result.counts["independent"]) == (4, 0)


def test_exact_copies_of_an_agencys_versions_are_one_cluster_with_them() -> None:
    first, second = "\n\n".join((TITLE, *STORY[:4])), PAGE
    articles = [
        Article("v1", first, "apnews.com", published=day(1)),
        Article("v2", second, "apnews.com", published=day(2)),
        Article("p", second, "Post", published=day(2)),
        Article("q", first, "Quill", published=day(2)),
    ]
    (cluster,) = dedup.scan(articles).clusters
    assert {member.article.article.id for member in cluster.members} >= {"p", "q"}
    assert cluster.reference.status == "original"
    assert len(cluster.versions) == 1


def test_members_stand_by_the_instant_they_were_published_whatever_the_zones() -> None:
    late = {"id": "late", "outlet": "Two", "text": PAGE, "date": "2023-12-07T20:00Z"}
    early = {"id": "early", "outlet": "Three", "text": PAGE, "date": "2023-12-08T01:00+09:00"}
    (cluster,) = dedup.scan([late, early, {"id": "first", "outlet": "One", "text": PAGE}]).clusters
    assert ids(cluster.members) == ["first", "early", "late"]


def test_dates_do_not_choose_the_reference_copy() -> None:
    chosen = set()
    for one, two in (("2023-12-07", "2023-12-08"), ("2023-12-08", "2023-12-07"), ("", "2023-12-07")):
        articles = [{"id": "a", "outlet": "One", "text": PAGE, "date": one},
                    {"id": "b", "outlet": "Two", "text": PAGE, "date": two}]  # fmt: skip
        (cluster,) = dedup.scan(articles).clusters
        chosen.add(cluster.reference.prepared.article.id)
    assert chosen == {"a"}


def test_the_outlet_given_is_that_of_records_that_name_none() -> None:
    result = dedup.scan([{"text": PAGE}, {"text": OTHER_PAGE, "outlet": "Own"}], outlet="Given")
    assert sorted(article.article.outlet for article in result.others) == ["Given", "Own"]


def test_undecodable_characters_are_replaced_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(PAGE.encode().replace(b"harbour", b"harb\xf3ur", 1))
    result = dedup.scan(path)
    assert [(w.place, w.reason) for w in result.warnings] == [
        (str(path), "1 undecodable characters were read as U+FFFD")
    ]


def test_an_article_with_lone_surrogates_in_its_fields_is_scanned_and_written(tmp_path: Path) -> None:
    result = dedup.scan([Article("a\ud800", PAGE, "Post"), Article("b", PAGE, "Echo", title="x\udfff")])
    assert result.counts["clusters"] == 1
    result.to_jsonl(tmp_path / "out.jsonl")
    (cluster, *_) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert {member["id"] for member in cluster["members"]} == {"a\ud800", "b"}


def test_the_garbage_collector_runs_again_after_a_scan_whatever_happens_in_it() -> None:
    def broken() -> Iterator[dict[str, str]]:
        assert not gc.isenabled()
        yield {"text": "A story of some words."}
        raise RuntimeError("the crawler stopped")

    with pytest.raises(RuntimeError):
        dedup.scan(broken())
    assert gc.isenabled()
    gc.disable()
    try:
        dedup.scan([{"text": "A story of some words."}])
        assert not gc.isenabled()
    finally:
        gc.enable()
