"""The JSON contract, and text for a terminal that no article can take over."""

from __future__ import annotations

import io
import json
import random
import re
import sys
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest
from texts import OTHER_STORY, PAGE, SEEDS, STORY, TITLE, day

import dedup
from dedup import Article, Comparison, IndexFault, ScanResult, Skipped
from dedup.chronology import lag_seconds
from dedup.kernels import tokenise
from dedup.report import jsonl
from dedup.report.terminal import console, print_comparison, print_scan, print_skipped, printable

# Field names are a contract: more may be added, none may go.
COMPARISON = (
    "reference", "article", "verdict", "detail", "confidence", "ledger", "reuse", "retention", "narrative_reuse",
    "quote_reuse", "resemblance", "passages", "headline", "credit",
)  # fmt: skip
IDENTITY = ("id", "outlet")
LEDGER = (
    "reference_tokens", "article_tokens", "kept", "moved", "rewritten_reference", "rewritten_article", "cut", "added",
)  # fmt: skip
PASSAGE = ("kind", "reference", "article", "quote", "witnesses_against")
CREDIT = ("agency", "kind", "zone", "start", "end", "text")
CLUSTER = ("record", "id", "agency", "reference", "members", "quote_only", "revisions", "first", "direction")
REFERENCE = ("id", "outlet", "status", "tokens")
MEMBER = (
    "id", "outlet", "published", "verdict", "detail", "confidence", "ledger", "reuse", "retention", "narrative_reuse",
    "quote_reuse", "credit", "lag_seconds",
)  # fmt: skip
ARTICLE = ("record", "id", "outlet", "verdict")
SKIPPED = ("record", "place", "reason")
SUMMARY = ("record", "articles", "clusters", "independent", "skipped", "config", "seconds", "outlets")


@pytest.fixture(scope="module")
def seeds() -> ScanResult:
    return dedup.scan(SEEDS)


@pytest.fixture(scope="module")
def mixed() -> ScanResult:
    """One cluster with a revision, one article alone, one skipped."""
    return dedup.scan(
        [
            Article("a", "\n".join((TITLE, "By AFP", *STORY)), "Post", published=day(4)),
            Article("b", "\n".join((TITLE, *STORY[:5])), "Echo", url="https://echo.example/b"),
            Article("c", "\n".join((TITLE, *STORY[:5], "Rain fell all night.")), "Echo"),
            Article("d", "\n".join(OTHER_STORY), "Post"),
            {"id": "e"},
        ]
    )


def shown(comparison: Comparison) -> str:
    out = io.StringIO()
    print_comparison(console(out), comparison)
    return out.getvalue()


def page(result: ScanResult) -> str:
    out = io.StringIO()
    print_scan(console(out), result.clusters, dict(result.counts), result.seconds)
    return out.getvalue()


# JSON


def test_a_comparison_has_the_fields_of_the_contract() -> None:
    found = dedup.compare(SEEDS / "iranwire.txt", SEEDS / "the-moscow-times.txt").to_dict()
    assert set(COMPARISON) <= set(found)
    assert tuple(found["reference"]) == tuple(found["article"]) == IDENTITY
    assert tuple(found["ledger"]) == LEDGER
    assert {tuple(passage) for passage in found["passages"]} == {PASSAGE}
    assert tuple(found["credit"]) == CREDIT
    assert json.loads(jsonl.line(found))["passages"] == found["passages"]


def test_scan_records_have_the_fields_of_the_contract(mixed: ScanResult) -> None:
    found = {record["record"]: record for record in mixed.records()}
    assert set(found) == {"cluster", "article", "skipped", "summary"}
    cluster = found["cluster"]
    assert set(CLUSTER) <= set(cluster)
    assert set(REFERENCE) <= set(cluster["reference"])  # type: ignore[call-overload]
    entries = [*cluster["members"], *cluster["revisions"]]  # type: ignore[misc]
    assert len(entries) == 3
    for entry in entries:
        assert set(MEMBER) <= set(entry)
        assert tuple(entry["ledger"]) == LEDGER
    assert tuple(found["article"]) == ARTICLE
    assert tuple(found["skipped"]) == SKIPPED
    assert set(SUMMARY) <= set(found["summary"])


def test_the_summary_comes_last_and_counts_the_rest(mixed: ScanResult) -> None:
    found = list(mixed.records())
    summary = found[-1]
    assert summary["record"] == "summary"
    assert [record["record"] for record in found[:-1]] == ["cluster", "article", "skipped"]
    assert (summary["articles"], summary["clusters"], summary["independent"], summary["skipped"]) == (4, 1, 1, 1)
    assert summary["config"] == dedup.Config().fingerprint()


def test_spans_are_characters_of_the_original_text() -> None:
    sentences = [
        "😀 Ça va, dit l’ingénieur : « La tempête passe. »",
        "Le port rouvrira demain matin à six heures.",
        "終わりました。",
    ]
    one = "\n\n".join((sentences[0], "\u200bDes vagues énormes ont frappé la digue pendant la nuit.", *sentences[1:]))
    two = "\n".join((f" {sentences[0]}", *sentences[1:]))
    found = dedup.compare({"id": "1", "text": one}, {"id": "2", "text": two}).to_dict()
    rebuilt: dict[str, list[str]] = {"reference": [], "article": []}
    for passage in found["passages"]:
        sides = {
            side: tokenise({"reference": one, "article": two}[side][slice(*passage[side])]).keys
            for side in rebuilt
            if passage[side]
        }
        if passage["kind"] in ("kept", "moved"):
            assert sides["reference"] == sides["article"]
        for side, keys in sides.items():
            rebuilt[side].extend(keys)
    assert sorted(rebuilt["reference"]) == sorted(tokenise(one).keys)
    assert rebuilt["article"] == list(tokenise(two).keys)
    assert "kept" in {passage["kind"] for passage in found["passages"]}


@pytest.mark.parametrize(("kind", "sides"), [("kept", (True, True)), ("cut", (True, False)), ("added", (False, True))])
def test_passages_have_a_span_on_the_sides_their_kind_has(kind: str, sides: tuple[bool, bool]) -> None:
    found = dedup.compare(SEEDS / "the-moscow-times.txt", SEEDS / "iranwire.txt").to_dict()["passages"]
    spans = {(bool(p["reference"]), bool(p["article"])) for p in found if p["kind"] == kind}
    assert spans == {sides}


def test_json_is_utf_8_and_has_no_nan() -> None:
    assert jsonl.line({"outlet": "Гавань 風"}) == '{"outlet": "Гавань 風"}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsonl.line({"reuse": float("nan")})


@pytest.mark.parametrize(
    ("published", "date_only", "text"),
    [
        (None, False, None),
        (datetime(2024, 3, 4), True, "2024-03-04"),
        (datetime(2024, 3, 4), False, "2024-03-04T00:00:00"),
        (datetime(2024, 3, 4, 10, tzinfo=UTC), False, "2024-03-04T10:00:00+00:00"),
    ],
)
def test_published_is_a_day_or_a_time_in_iso_8601(
    published: datetime | None, date_only: bool, text: str | None
) -> None:
    assert jsonl.published(Article("a", "x", published=published, date_only=date_only)) == text


def test_the_page_says_who_was_first_or_that_the_dates_do_not(mixed: ScanResult) -> None:
    assert "first published" not in page(mixed)
    late = Article("b", "\n".join((TITLE, *STORY[:5])), "Echo", published=day(5))
    early = Article("a", "\n".join((TITLE, "By AFP", *STORY)), "Post", published=day(4))
    assert "first published: Post\n" in page(dedup.scan([early, late]))
    same = Article("b", late.text, "Echo", published=early.published)
    line = "first published: not known, several may have been the first by their dates\n"
    assert line in page(dedup.scan([early, same]))


@pytest.mark.parametrize(
    ("one", "two", "date_only", "seconds"),
    [
        (day(4), day(6), True, 172_800),
        (datetime(2024, 3, 4, 23), datetime(2024, 3, 5, 1), False, 7200),
        (datetime(2024, 3, 4, 23), datetime(2024, 3, 5, 1), True, 86_400),
        (datetime(2024, 3, 4, 12), datetime(2024, 3, 4, 10, tzinfo=UTC), False, -7200),
        (None, day(4), False, None),
        (day(4), None, False, None),
    ],
)
def test_lag_is_in_seconds_and_in_whole_days_where_only_days_are_known(
    one: datetime | None, two: datetime | None, date_only: bool, seconds: int | None
) -> None:
    reference = Article("a", "x", published=one, date_only=date_only)
    assert lag_seconds(reference, Article("b", "x", published=two)) == seconds


def test_a_file_appears_whole(tmp_path: Path, mixed: ScanResult) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old")
    mixed.to_jsonl(target)
    assert target.read_text("utf-8") == "".join(map(jsonl.line, mixed.records()))
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    assert target.stat().st_mode & 0o777 == 0o644


def test_a_record_that_cannot_be_written_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsonl.write(target, [{"a": 1}, {"b": float("inf")}])
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_file_that_cannot_be_written_is_an_index_fault_that_names_it(tmp_path: Path, mixed: ScanResult) -> None:
    target = tmp_path / "gone" / "out.jsonl"
    with pytest.raises(IndexFault, match=re.escape(f"{target}: cannot be written: No such file or directory")):
        mixed.to_jsonl(target)


def test_a_folder_in_the_place_of_the_file_is_an_index_fault(tmp_path: Path, mixed: ScanResult) -> None:
    (tmp_path / "out.jsonl").mkdir()
    with pytest.raises(IndexFault, match="cannot be written"):
        mixed.to_jsonl(tmp_path / "out.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


# Terminal


def test_a_scan_reads_like_a_mail(seeds: ScanResult) -> None:
    lines = page(seeds).splitlines()
    assert lines[0].startswith(
        "5 articles: 1 cluster of shared copy with 3 articles, 1 sharing quotations only, 1 independent"
    )
    assert 'reference copy: The Moscow Times, 199 words, credited (prints "By AFP")' in lines
    rows = [line.split() for line in lines if re.match(r"The Moscow|The Times|IranWire", line)]
    assert [row[-1] for row in rows] == ["0", "0", "d"]
    assert all(len(line) <= 120 for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_columns_that_say_nothing_are_left_out() -> None:
    page_of_two = page(dedup.scan([Article("a", PAGE, "Post"), Article("b", PAGE, "Echo")]))
    assert "kept%" in page_of_two
    assert not re.search("moved%|rewr.%|lag", page_of_two)


def test_added_is_said_against_an_agencys_own_item_only() -> None:
    longer = f"{PAGE}\n\nThe mayor of the island thanked everybody who had carried sandbags to the quay."
    own = page(dedup.scan([Article("a", PAGE, "AFP"), Article("b", longer, "Echo")]))
    other = page(dedup.scan([Article("a", PAGE, "Post"), Article("b", longer, "Echo")]))
    assert (" added " in own, "not in ref." in own) == (True, False)
    table = other.split("\n\n")[1]
    assert (" added " in table, "not in ref." in table) == (False, True)


def test_a_scan_without_clusters_is_one_line() -> None:
    result = dedup.scan([Article("a", PAGE)])
    assert page(result).startswith("1 article: 0 clusters of shared copy with 0 articles, 1 independent")
    assert len(page(result).splitlines()) == 1


def test_versions_of_one_outlet_are_named_so() -> None:
    result = dedup.scan([Article("a", PAGE, "Post"), Article("b", PAGE, "Post")])
    assert f"Versions of one outlet: {TITLE}" in page(result)
    assert "further versions by the same outlet: Post" in page(result)


def test_an_article_without_outlet_and_headline_is_named_by_its_id() -> None:
    text = "\n".join(STORY)
    result = page(dedup.scan([Article("first", text), Article("second", text)]))
    assert "Shared copy: (no headline)" in result
    assert "first" in result
    assert "second" in result


def test_long_names_are_shortened(mixed: ScanResult) -> None:
    result = page(dedup.scan([Article("a", PAGE, "The Harbour and Island Evening Post"), Article("b", PAGE, "Echo")]))
    assert "The Harbour and Island Ev…" in result


def test_a_comparison_signs_every_kind_of_passage() -> None:
    one = [STORY[0], STORY[1], STORY[2], STORY[3], STORY[4]]
    two = [STORY[3], STORY[0].replace("would stay in port until", "remain moored till"), STORY[2], OTHER_STORY[0]]
    text = shown(dedup.compare({"id": "1", "text": "\n\n".join(one)}, {"id": "2", "text": "\n\n".join(two)}))
    flat = re.sub(r"\s+", " ", text)
    assert "[-Fishermen who had hauled" in flat
    assert "{+Librarians sorting a cellar" in flat
    assert "[>Two freighters" in flat
    assert "[~remain moored till~]" in flat
    assert "signs: [-cut-] {+not in the reference+} [~rewritten~] [>moved<] italics: quotation" in flat


def test_a_comparison_ends_with_verdict_reasons_and_both_ledgers() -> None:
    text = shown(dedup.compare(SEEDS / "the-moscow-times.txt", SEEDS / "caspian-news.txt"))
    assert "verdict: quote only, confidence high (judged by the two texts alone)" in text
    assert "why: " in text
    assert re.search(r"of the reference's 199 words: 39 kept \(19\.6 %\), 0 moved \(0\.0 %\)", text)
    assert re.search(r"of the article's 36\d words: 39 kept", text)
    assert "credit of the article: none found in the text given" in text


def test_a_comparison_shows_the_credit_of_the_article() -> None:
    text = shown(dedup.compare(SEEDS / "iranwire.txt", SEEDS / "the-moscow-times.txt"))
    assert "credit of the article: By AFP (AFP)" in text
    assert "reference: IranWire" in text
    assert "article: The Moscow Times" in text


def test_a_comparison_shows_every_word_of_both_bodies() -> None:
    found = dedup.compare(SEEDS / "the-moscow-times.txt", SEEDS / "the-times-of-israel.txt")
    out = io.StringIO()
    wide = console(out)
    wide.width = 20_000
    print_comparison(wide, found)
    printed = set(tokenise(out.getvalue()).keys)
    assert set(found.reference.tokens.keys) | set(found.article.tokens.keys) <= printed


def test_a_basis_in_a_corpus_is_said() -> None:
    rules = dedup.config.Rules(background_tokens=10)
    background = dedup.load_background([{"text": PAGE, "published": "2023-12-07"}], config=dedup.Config(rules=rules))
    dated = {"text": PAGE, "published": "2023-11-07"}
    text = shown(dedup.compare(dated, dated, background=background))
    assert "phrases common in the corpus left out" in text


def test_skipped_inputs_are_named_up_to_twenty() -> None:
    out = io.StringIO()
    print_skipped(console(out), [Skipped(f"a.jsonl:{n}", "broken JSON") for n in range(1, 24)])
    lines = out.getvalue().splitlines()
    assert lines[0] == "skipped: a.jsonl:1: broken JSON"
    assert len(lines) == 21
    assert lines[-1] == "... and 3 more; --format jsonl lists them all"


HARMLESS = {
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
    "Sm", "Sc", "Sk", "So",
}  # fmt: skip


@lru_cache
def code_points() -> str:
    """Every character outside the large blocks of ideographs, private use and nothing; of those every 97th."""
    whole = [
        range(0x3400),
        range(0xA000, 0xAC00),
        range(0xD7A4, 0xE100),
        range(0xF800, 0x17000),
        range(0x1D000, 0x20000),
    ]
    whole += [range(0xE0000, 0xE0200), range(sys.maxunicode - 3, sys.maxunicode + 1), range(0, sys.maxunicode, 97)]
    return "".join(map(chr, sorted({point for span in whole for point in span})))


def test_no_code_point_comes_through_that_a_terminal_might_obey() -> None:
    through = set(printable(code_points())) - {" "}
    assert {unicodedata.category(ch) for ch in through} <= HARMLESS
    assert len(through) > 30_000


def test_letters_marks_and_signs_of_all_scripts_are_shown_as_they_are() -> None:
    for text in ("Çà et là – “déjà”", "Шторм", "العاصفة", "กรุงเทพฯ", "風 、 嵐", "नमस्ते", "😀 €5 ½"):
        assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a\tb\nc\u00a0d", "a b c d"),
        ("\x1b[31m\x07", "\\x1b[31m\\x07"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\ud800\U000e0041", "\\ud800\\U000e0041"),
    ],
)
def test_what_is_not_shown_is_escaped(text: str, escaped: str) -> None:
    assert printable(text) == escaped


@lru_cache
def hostile() -> str:
    rng = random.Random(1)
    kinds: dict[str, list[str]] = {}
    for ch in code_points():
        kinds.setdefault(unicodedata.category(ch), []).append(ch)
    chosen = [ch for kind in sorted(kinds) for ch in rng.sample(kinds[kind], min(40, len(kinds[kind])))]
    return "\x1b]0;owned\x07 \x9b31m \u202e\u2066 [bold]x[/bold] [/] [link=x]y :smile: " + "".join(
        ch for ch in chosen if ch not in "\r\n\u2028\u2029"
    )


@pytest.fixture(scope="module")
def hostile_result() -> ScanResult:
    evil = hostile()
    text = "\n".join((TITLE, STORY[0] + evil, f"“{evil}” {STORY[1]}", *STORY[2:]))
    return dedup.scan(
        [
            {"id": f"a{evil}", "text": text, "outlet": f"Post{evil}", "title": f"[bold]Storm{evil}[/bold]"},
            {
                "id": f"b{evil}",
                "text": f"{text}\n{evil * 2}\nBy AFP",
                "outlet": f"Echo{evil}",
                "title": f"{evil} Storm",
            },
            {"id": f"c{evil}", "text": text.replace("ferries", "boats") + evil, "outlet": f"Echo{evil}"},
            {"id": evil, "title": evil},
        ]
    )


def assert_tame(printed: str) -> None:
    bad = {hex(ord(ch)) for ch in printed if ch not in " \n" and unicodedata.category(ch) not in HARMLESS}
    assert bad == set()


def test_the_page_of_hostile_articles_holds_nothing_a_terminal_obeys(hostile_result: ScanResult) -> None:
    assert hostile_result.clusters
    printed = page(hostile_result)
    assert_tame(printed)
    assert "[bold]x[/bold]" in re.sub(r"\s+", "", printed)


def test_a_comparison_of_hostile_articles_holds_nothing_a_terminal_obeys(hostile_result: ScanResult) -> None:
    for cluster in hostile_result.clusters:
        for found in (*cluster.members, *cluster.revisions):
            printed = shown(found)
            assert_tame(printed)
            assert "[bold]x[/bold]" in re.sub(r"\s+", "", printed)


def test_hostile_skipped_places_are_tame_too() -> None:
    out = io.StringIO()
    print_skipped(console(out), [Skipped(hostile(), hostile())])
    assert_tame(out.getvalue())
    assert "[bold]x[/bold]" in out.getvalue()


def test_colour_is_for_terminals_and_never_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.delenv("NO_COLOR", raising=False)
    found = dedup.compare(SEEDS / "the-moscow-times.txt", SEEDS / "iranwire.txt")
    screen = Terminal()
    print_comparison(console(screen), found)
    coloured = screen.getvalue()
    assert "\x1b[31m" in coloured
    assert "\x1b[3m" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert "[-" in plain
    assert "{+" in plain
