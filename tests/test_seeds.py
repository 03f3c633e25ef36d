"""The facts about the five seed articles, found by reading them, against what the program says of them."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache

import pytest
from texts import SEEDS, records, run_outside

import dedup
from dedup import Comparison
from dedup.kernels import tokenise
from dedup.records import Prepared

MT, TOI, IW = "the-moscow-times", "the-times-of-israel", "iranwire"
CN, II = "caspian-news", "iran-international"

SHA256 = {
    CN: "33bcc3c87986dc8639366c1fe1ded78c95f424b14415ed8f21e444ef1bfcd897",
    II: "667e17e98cb467848ff9882bb4c9a73522eacf652375bb9fc521948e23c4875c",
    IW: "e969d893cd55e4ab0a1f946595727bd7499898895dd905113f56272226c9c91f",
    MT: "42e048898459879fdac12c3990b6890f1174a4e8ad94aa7054c550f6049a4cea",
    TOI: "889424fef26d317347ccd85f3cb8842ff5850797aae562218971b05702bab1e7",
}
PUBLISHED = {MT: "2023-12-07", TOI: "2023-12-07", II: "2023-12-07", IW: "2023-12-08", CN: "2023-12-09"}
OUTLETS = {
    MT: "The Moscow Times",
    TOI: "The Times of Israel",
    II: "Iran International",
    IW: "IranWire",
    CN: "Caspian News",
}
BODY_TOKENS = {TOI: 410, MT: 199, II: 317, CN: 365, IW: 359}
HEADLINES = {
    TOI: "Putin hails Russia-Iran ties in meeting with Raisi, as they discuss Israel-Hamas war",
    MT: "Putin Hails Ties With Iran in Meeting With Raisi",
    II: "Raisi, Putin Discuss Israel-Hamas War In Moscow",
    CN: "President Putin Praises Strong Ties with Iran Amidst Geopolitical Tensions",
    IW: "Raisi, Putin Praise Iran-Russia Ties In Meeting in Moscow",
}
#: (how a line begins, the zones it may be given); every line that begins so is meant.
NOT_BODY = {
    TOI: [],
    MT: [
        ("date 2023-12-07 Support The Moscow Times!", {"furniture"}),
        ("Pavel Bednyakov / POOL / TASS", {"furniture"}),
        ("By AFP", {"byline"}),
        ("Read more", {"furniture"}),
        ("tete-a-tete", {"furniture"}),
        ("Iranian President to Meet Putin", {"furniture"}),
        ("Qassem Soleimani", {"furniture"}),
        ("If Russia’s frantic peacemaking efforts fail", {"furniture"}),
    ],
    II: [("Russian President Vladimir Putin shakes hands", {"caption"})],
    CN: [
        ("Last update: April 28, 2024 11:45", {"furniture"}),
        ("Newsroom logo", {"furniture"}),
        ("By Vusala Abbasova December 9, 2023", {"byline"}),
        ("None", {"furniture"}),
    ],
    IW: [
        ("close button", {"furniture"}),
        ("Switch to Iranwire Light?", {"furniture"}),
        ("It looks like you’re having trouble", {"furniture"}),
        ("Middle East", {"furniture"}),
        ("IranWire", {"furniture"}),
        ("2 min read", {"furniture"}),
        ("Russian President Vladimir Putin (left) expressed satisfaction", {"caption"}),
        ("visit the accountability section", {"furniture"}),
        ("In this section of Iran Wire", {"furniture"}),
        ("comments", {"furniture"}),
        ("Three Baha’is in Northern Iran", {"furniture"}),
    ],
}
PRINTED_TWICE = {II: "Russian President Vladimir Putin shakes hands", IW: "Russian President Vladimir Putin (left)"}
INDEPENDENT = ("independent",)
PAIRS = [  # reference, article, verdicts, detail, confidence
    (MT, TOI, ("edited_reprint",), "expanded", "high"),
    (MT, IW, ("partial_reuse",), None, "low"),
    (TOI, IW, ("partial_reuse",), None, "low"),
    (MT, CN, ("quote_only",), None, None),
    (TOI, CN, ("quote_only",), None, None),
    (CN, IW, ("quote_only",), None, None),
    (II, MT, INDEPENDENT, None, None),
    (II, TOI, INDEPENDENT, None, None),
    (II, CN, INDEPENDENT, None, None),
    (II, IW, ("independent", "formula"), None, None),
]
LEDGERS = {  # kept, moved, rewritten there, rewritten here, cut, added; against The Moscow Times
    TOI: (199, 0, 0, 0, 0, 211),
    IW: (54, 0, 12, 11, 133, 294),
    CN: (39, 0, 1, 4, 159, 322),
    II: (0, 0, 0, 0, 199, 317),
}
COUNTS = ("kept", "moved", "rewritten_reference", "rewritten_article", "cut", "added")
#: paragraph, tokens, first and last words; "1,200" is one token here.
ADDED = [
    (1, 4, "in the Gaza Strip", "in the Gaza Strip"),
    (6, 44, "Iran is a key supporter of Hamas", "under the cover of heavy rocket fire"),
    (7, 50, "Iranian leaders have threatened", "amid the fighting in Gaza"),
    (9, 33, "But Putin, once a close Israeli ally", "after Russia's invasion"),
    (10, 54, "Putin has repeatedly criticized", "likening Israel to Nazi Germany"),
    (11, 25, "Last month, The Wall Street Journal", "advanced air defense system"),
]


@lru_cache
def pair(reference: str, article: str) -> Comparison:
    return dedup.compare(SEEDS / f"{reference}.txt", SEEDS / f"{article}.txt")


def seed(name: str) -> Prepared:
    return pair(name, MT).reference


@lru_cache
def scanned() -> list[dict]:
    done = run_outside("scan", SEEDS, "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    return records(done.stdout)


def cluster() -> dict:
    (found,) = [record for record in scanned() if record["record"] == "cluster"]
    return found


def entries() -> dict[str, dict]:
    return {entry["id"]: entry for entry in cluster()["members"] + cluster()["quote_only"]}


def words(text: str) -> list[str]:
    return list(tokenise(text).keys)


@pytest.mark.parametrize("name", SHA256)
def test_seed_files_are_byte_for_byte_the_articles_that_were_read(name: str) -> None:
    assert hashlib.sha256((SEEDS / f"{name}.txt").read_bytes()).hexdigest() == SHA256[name]


@pytest.mark.parametrize(("reference", "article", "verdicts", "detail", "confidence"), PAIRS)
def test_compare_gives_the_readers_verdict(
    reference: str, article: str, verdicts: tuple[str, ...], detail: str | None, confidence: str | None
) -> None:
    found = pair(reference, article)
    assert found.verdict in verdicts
    assert found.detail == detail
    assert confidence in (None, found.confidence)


@pytest.mark.parametrize(("reference", "article", "verdicts", "detail", "confidence"), PAIRS)
def test_the_kind_of_reuse_is_the_same_from_the_other_side(
    reference: str, article: str, verdicts: tuple[str, ...], detail: str | None, confidence: str | None
) -> None:
    turned = pair(article, reference).verdict
    reprints = {"edited_reprint": "truncated_reprint"}
    assert turned in {reprints.get(verdict, verdict) for verdict in verdicts}


@pytest.mark.parametrize("name", OUTLETS)
def test_outlet_and_date_come_from_outlets_toml(name: str) -> None:
    article = seed(name).article
    assert article.outlet == OUTLETS[name]
    assert article.published is not None
    assert article.published.date() == date.fromisoformat(PUBLISHED[name])
    assert article.date_only


@pytest.mark.parametrize("name", BODY_TOKENS)
def test_bodies_have_the_counted_tokens(name: str) -> None:
    assert abs(len(seed(name).tokens) - BODY_TOKENS[name]) <= 3


@pytest.mark.parametrize("name", HEADLINES)
def test_headlines_are_found(name: str) -> None:
    found = seed(name)
    zones = [zone for zone in found.zones if zone.kind == "headline"]
    assert [found.article.text[zone.start : zone.end].strip() for zone in zones] == [HEADLINES[name]]
    assert found.headline == HEADLINES[name]


@pytest.mark.parametrize(("name", "start", "kinds"), [(n, *line) for n, lines in NOT_BODY.items() for line in lines])
def test_lines_that_are_not_the_article_stay_out_of_the_body(name: str, start: str, kinds: set[str]) -> None:
    found = seed(name)
    printed = [(found.article.text[zone.start : zone.end].strip(), zone.kind) for zone in found.zones]
    meant = [kind for text, kind in printed if text.startswith(start)]
    assert meant
    assert set(meant) <= kinds


def test_everything_behind_read_more_is_furniture() -> None:
    found = seed(MT)
    start = found.article.text.index("Read more")
    behind = [zone for zone in found.zones if zone.start >= start]
    assert len(behind) > 10
    assert {zone.kind for zone in behind} == {"furniture"}


def test_everything_from_the_accountability_section_on_is_furniture() -> None:
    found = seed(IW)
    start = found.article.text.index("visit the accountability section")
    assert {zone.kind for zone in found.zones if zone.start >= start} == {"furniture"}


@pytest.mark.parametrize(("name", "start"), PRINTED_TWICE.items())
def test_captions_printed_twice_are_both_captions(name: str, start: str) -> None:
    found = seed(name)
    captions = [zone for zone in found.zones if found.article.text[zone.start : zone.end].startswith(start)]
    assert [zone.kind for zone in captions] == ["caption", "caption"]


def test_the_times_of_israel_has_a_standfirst_and_a_bare_dateline() -> None:
    found = seed(TOI)
    printed = {zone.kind: found.article.text[zone.start : zone.end] for zone in found.zones if zone.kind != "body"}
    assert set(printed) == {"headline", "standfirst", "dateline"}
    assert printed["standfirst"].startswith("Russian president asks Iranian counterpart")
    assert words(printed["dateline"]) == ["moscow"]


@pytest.mark.parametrize("name", [MT, II, CN, IW])
def test_the_others_have_no_dateline(name: str) -> None:
    assert "dateline" not in {zone.kind for zone in seed(name).zones}


def test_the_standfirst_that_a_paragraph_repeats_is_scored_once() -> None:
    found = seed(CN)
    sentence = "The meeting with President Raisi follows the signing"
    kinds = [z.kind for z in found.zones if found.article.text[z.start : z.end].startswith(sentence)]
    assert sorted(kinds) == ["body", "standfirst"]


def test_the_moscow_times_credits_afp() -> None:
    credit = seed(MT).credit
    assert credit is not None
    assert (credit.agency, credit.kind, credit.text) == ("AFP", "full", "By AFP")
    assert seed(MT).article.text[credit.start : credit.end] == "By AFP"


@pytest.mark.parametrize("name", [TOI, II, CN, IW])
def test_the_others_print_no_copy_credit(name: str) -> None:
    assert seed(name).credit is None


def test_a_quoted_agency_and_a_photographers_are_no_copy_credits() -> None:
    assert [(c.agency, c.kind) for c in seed(CN).credits] == [("Interfax", "mention")]
    assert ("TASS", "photo") in [(c.agency, c.kind) for c in seed(MT).credits]
    assert ("IRNA", "mention") in [(c.agency, c.kind) for c in seed(II).credits]


@pytest.mark.parametrize("name", LEDGERS)
def test_compare_books_the_counted_tokens(name: str) -> None:
    ledger = pair(MT, name).ledger
    found = [getattr(ledger, count) for count in COUNTS]
    assert found == pytest.approx(LEDGERS[name], abs=3)


def test_the_times_of_israel_cut_nothing() -> None:
    ledger = pair(MT, TOI).ledger
    assert (ledger.kept, ledger.cut, ledger.rewritten_reference, ledger.moved) == (199, 0, 0, 0)


def test_the_six_insertions_of_the_times_of_israel_are_found_in_their_places() -> None:
    found = pair(MT, TOI)
    added = [passage.article for passage in found.passages if passage.kind == "added"]
    article = found.article
    seen = []
    for first, after in added:
        text = article.article.text[int(article.tokens.starts[first]) : int(article.tokens.ends[after - 1])]
        seen.append((int(article.paragraph[first]) + 1, after - first, words(text)))
    assert [paragraph for paragraph, _, _ in seen] == [paragraph for paragraph, *_ in ADDED]
    for (_, count, text), (_, tokens, start, end) in zip(seen, ADDED, strict=True):
        assert abs(count - tokens) <= 1
        assert text[: len(words(start))] == words(start)
        assert text[-len(words(end)) :] == words(end)


def test_the_insertions_in_the_json_are_spans_of_the_original_text() -> None:
    found = pair(MT, TOI).to_dict()
    text = (SEEDS / f"{TOI}.txt").read_text("utf-8")
    added = [passage for passage in found["passages"] if passage["kind"] == "added"]
    assert [passage["reference"] for passage in added] == [None] * len(ADDED)
    for passage, (_, _, start, end) in zip(added, ADDED, strict=True):
        inside = words(text[slice(*passage["article"])])
        assert inside[: len(words(start))] == words(start)
        assert inside[-len(words(end)) :] == words(end)


def test_scan_finds_one_cluster_of_afp_copy() -> None:
    found = cluster()
    assert found["agency"] == "AFP"
    assert (found["reference"]["id"], found["reference"]["outlet"]) == (MT, OUTLETS[MT])
    assert found["reference"]["status"] == "credited"
    assert {entry["id"] for entry in found["members"]} == {MT, TOI, IW}
    assert [entry["id"] for entry in found["quote_only"]] == [CN]
    assert found["revisions"] == []


def test_scan_leaves_the_independent_article_outside() -> None:
    outside = [record for record in scanned() if record["record"] == "article"]
    assert [(record["id"], record["verdict"]) for record in outside] == [(II, "independent")]


@pytest.mark.parametrize(("article", "verdicts", "detail", "confidence"), [p[1:] for p in PAIRS if p[0] == MT])
def test_scan_gives_the_readers_verdict(
    article: str, verdicts: tuple[str, ...], detail: str | None, confidence: str | None
) -> None:
    entry = entries()[article]
    assert entry["verdict"] in verdicts
    assert entry["detail"] == detail
    assert confidence in (None, entry["confidence"])


@pytest.mark.parametrize("name", [TOI, IW, CN])
def test_scan_books_the_same_ledger_as_compare(name: str) -> None:
    assert entries()[name]["ledger"] == pair(MT, name).to_dict()["ledger"]
    assert [entries()[name]["ledger"][count] for count in COUNTS] == pytest.approx(LEDGERS[name], abs=3)


def test_scan_gives_dates_and_lags() -> None:
    assert {name: entry["published"] for name, entry in entries().items()} == {
        name: PUBLISHED[name] for name in (MT, TOI, IW, CN)
    }
    assert [entries()[name]["lag_seconds"] for name in (MT, TOI, IW, CN)] == [0, 0, 86_400, 172_800]


def test_the_page_a_person_sees_names_the_same_facts() -> None:
    done = run_outside("scan", SEEDS, "--format", "text")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[0].startswith(
        "5 articles: 1 cluster of shared copy with 3 articles, 1 sharing quotations only, 1 independent"
    )
    assert "AFP copy: Putin Hails Ties With Iran in Meeting With Raisi" in lines
    assert any("The Times of Israel" in line and "edited reprint, expanded" in line for line in lines)
    assert "quotations only, outside the cluster: Caspian News (2023-12-09)" in lines
