"""Expressions are spared only where they cannot match: no line is lost to the prefilter."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import SEEDS
from phrases import matches_of
from texts import OTHER_STORY, PAGES, STORY, TITLE

from dedup import Article, credit, prepare
from dedup.agencies import is_exact, load_agencies
from dedup.credit import CreditPage, reader
from dedup.kernels import tokenise
from dedup.prefilter import Prefilter, begins, needed
from dedup.records import Prepared

LEXICON = tomllib.loads(resources.files("dedup").joinpath("furniture.toml").read_text("utf-8"))
#: All of furniture.toml: (group, expression).
EXPRESSIONS = [
    *(("heads", pattern) for pattern in LEXICON["heads"]),
    *(("comments", pattern) for pattern in LEXICON["comments"]),
    *(("bylines", pattern) for pattern in LEXICON["bylines"]["patterns"]),
    *(("writers", pattern) for pattern in LEXICON["bylines"]["sentences"]),
    *((reason, pattern) for reason, patterns in LEXICON["lines"].items() for pattern in patterns),
]
GROUPS = {group: [pattern for other, pattern in EXPRESSIONS if other == group] for group, _ in EXPRESSIONS}


@cache
def furniture() -> Prefilter:
    return Prefilter(GROUPS)


def possible(prefilter: Prefilter, line: str) -> set[str]:
    """The groups that may match a line."""
    tokens = tokenise(line)
    found = prefilter.at_start(tokens.packed, line)
    return found.union(*(groups for _, groups in prefilter.inside(tokens)))


@cache
def lines_of(pattern: str, count: int = 60) -> list[str]:
    """Lines with a letter or digit in them that an expression of the furniture matches."""
    found = matches_of(re.compile(pattern, re.IGNORECASE), Random(pattern), count)
    return [line for line in found if len(tokenise(line))]


@pytest.mark.parametrize(("group", "pattern"), EXPRESSIONS, ids=[f"{g}-{n}" for n, (g, _) in enumerate(EXPRESSIONS)])
def test_an_expression_of_the_furniture_is_tried_on_every_line_it_matches(group: str, pattern: str) -> None:
    alone = Prefilter({"it": [pattern]})
    lines = lines_of(pattern)
    assert len(lines) >= 20
    for line in lines:
        keys = tokenise(line).packed
        assert group in possible(furniture(), line), line
        assert possible(alone, line) == {"it"}, line
        assert not begins(pattern) or keys.startswith(tuple(begins(pattern))), line
        assert not needed(pattern) or any(literal in keys for literal in needed(pattern)), line


def written_lines() -> Iterator[str]:
    """Lines that somebody wrote: the seeds', the tests' own, and furniture as outlets print it."""
    for path in sorted(SEEDS.glob("*.txt")):
        yield from path.read_text("utf-8").splitlines()
    yield from (TITLE, *STORY, *OTHER_STORY, *(line for page in PAGES.values() for line in page))
    yield from (
        "Read more", "READ MORE:", "Advertisement", "Share this article", "By Anna Lind", "Photo: Anna Lind / AFP",
        "Sign up for our newsletter", "Comments (12)", "© 2024 The Harbour Post", "Updated 12:30", "Subscribe now",
        "إقرأ أيضاً", "Lesen Sie auch", "À lire aussi", "Lea también", "Leggi anche", "Читайте также", "相关阅读",
        "関連記事", "3 min read",
    )  # fmt: skip


def test_written_lines_have_the_groups_that_match_them() -> None:
    matched = 0
    for line in map(str.strip, written_lines()):
        for group, pattern in EXPRESSIONS:
            if len(tokenise(line)) and re.fullmatch(pattern, line, re.IGNORECASE):
                assert group in possible(furniture(), line), line
                matched += 1
    assert matched > 10


def test_most_expressions_are_spared_on_running_text() -> None:
    paragraphs = [*STORY, *OTHER_STORY]
    assert sum(len(possible(furniture(), line)) for line in paragraphs) < len(paragraphs) * len(GROUPS) / 10


# --- what an expression needs


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("sign up for", {b"sign up for"}),
        ("(?:please )?subscribe", {b"subscribe"}),
        ("sign up|log in", {b"sign up", b"log in"}),
        ("sign up|", set()),
        ("(?:share){2,}", {b"share"}),
        ("(?:share)*", set()),
        ("a.{3}", set()),
        ("ab-longer", {b"longer"}),
        ("l'agence", {b"agence"}),
        ("(?:abc|defgh) ijk", {b"ijk"}),
        ("(?:abcd|defgh) ijk", {b"abcd", b"defgh"}),
        ("Straße", {b"strasse"}),
        ("東京", {"東 京".encode()}),
        (r"\d+ comments", {b"comments"}),
        ("[ab]cd", set()),
        ("[ab]cde", {b"cde"}),
    ],
)
def test_what_every_match_holds(pattern: str, literals: set[bytes]) -> None:
    assert set(needed(pattern)) == literals


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("read more", {b"read more"}),
        ("(?:please )?subscribe", {b"please ", b"subscribe"}),
        (r"a[ -]+b", {b"a "}),
        (r"n/a|\(c\) [0-9]", {b"n ", b"c "}),
        ("a’b|a'b", {b"a"}),
        (r"a[ ’]+b", {b"a"}),
        (r"[-–:]\s*more", {b"more"}),
        ("“?more", {b"more"}),
        ("sign up|log in", {b"sign up", b"log in"}),
        ("(?:sign|.) up", set()),
        ("[ab]cd", set()),
        (".*more", set()),
        (r"\w+", set()),
        ("(?:)", set()),
        ("(?!no)yes", {b"yes"}),
    ],
)
def test_what_every_match_begins_with(pattern: str, literals: set[bytes]) -> None:
    assert set(begins(pattern)) == literals


PIECE = st.sampled_from(
    [
        "sign",
        "up ",
        "l'a",
        "Straße",
        "東京",
        "١",
        "ﬁn",
        "İst",
        r"\d",
        r"\s?",
        "[abc]",
        "[^x]",
        ".",
        "-",
        "’",
        "(?i:K)",
        "é",
        "ı",
        "½",
    ]
)
# Repeats have an end: nested ones without could keep a search busy for ever.
GROUPED = st.sampled_from(
    ["(?:{})", "(?:{})?", "(?:{}){{0,3}}", "(?:{}){{2}}", "(?:{}|b)", "(?:{}|)", "({}){{1,3}}?", "(?!zz){}"]
)
PATTERN = st.recursive(
    PIECE,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join), st.builds(str.format, GROUPED, inner)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(PATTERN, st.integers())
def test_no_match_of_any_expression_is_missed(pattern: str, seed: int) -> None:
    prefilter = Prefilter({"it": [pattern], "other": ["never seen here"]})
    for line in matches_of(re.compile(pattern, re.IGNORECASE), Random(seed), 8):
        if len(tokenise(line)):
            assert "it" in possible(prefilter, line), line


# --- what the stages make of it


def pages(lines: Sequence[str], rng: Random) -> Iterator[str]:
    """Articles with these lines above, within and below their text."""
    left = list(lines)
    rng.shuffle(left)
    while left:
        text = [TITLE, *STORY, *OTHER_STORY]
        for line in [left.pop() for _ in range(min(6, len(left)))]:
            text.insert(rng.randint(0, len(text)), line)
        yield rng.choice(["\n", "\n\n", "\r\n"]).join(text)


def read_all(texts: Sequence[str]) -> list[Prepared]:
    return [prepare(Article(str(at), text, title=None)) for at, text in enumerate(texts)]


def assert_read_alike(
    texts: Sequence[str], monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, answer: object
) -> None:
    """What is read does not change when the prefilter says that everything is possible."""
    found = read_all(texts)
    monkeypatch.setattr(owner, name, lambda *_: answer)
    for one, two in zip(found, read_all(texts), strict=True):
        assert one.zones == two.zones
        assert one.credits == two.credits


def test_zones_are_those_that_all_expressions_would_find(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for _, pattern in EXPRESSIONS for line in lines_of(pattern)[:12]]
    texts = [*pages([*lines, *written_lines()], Random(1)), *(path.read_text("utf-8") for path in SEEDS.glob("*.txt"))]
    assert_read_alike(texts, monkeypatch, Prefilter, "at_start", frozenset(GROUPS))


# --- credits

NAMES = [name for agency in load_agencies() for name in agency.names]
WHOLE = [*(rule for _, rule in credit._LINE_RULES), credit._DISCLAIMER, credit._BARE_NAME]
SIGNS = [sign for agency in load_agencies() for sign in agency.signs]
BEFORE, BEHIND = "The ferries stay in port. ", " The ferries stay in port."


def filled(rule: str, rng: Random) -> re.Pattern[str]:
    """A rule of the credits with one agency's name in it."""
    name = rng.choice(NAMES)
    exact = is_exact(name)
    return credit.CreditReader._compiled(rule, re.escape(name) if exact else f"(?i:{re.escape(name)})")


def whole_lines(rule: str, count: int = 40) -> list[str]:
    """Lines that a rule matches as a whole."""
    rng = Random(rule)
    return [line for _ in range(count) for line in matches_of(filled(rule, rng), rng, 1)]


def page_of(text: str) -> CreditPage:
    return reader().page(Article("a", text), tokenise(text))


@pytest.mark.parametrize("rule", [*WHOLE, *SIGNS], ids=range(len(WHOLE) + len(SIGNS)))
def test_a_credit_of_a_line_is_found_through_the_page(rule: str) -> None:
    lines = whole_lines(rule)
    assert len(lines) >= 20
    credits = 0
    for line in lines:
        text = f"{STORY[0]}\n{line}\n{STORY[1]}"
        start = len(STORY[0]) + 1
        expected = reader().line_kind(line)
        assert page_of(text).line_kind(start, start + len(line)) == expected, line
        assert not expected or page_of(text).may_name(start, start + len(line))
        credits += expected is not None
    assert credits >= 4


@pytest.mark.parametrize("rule", credit._DATELINES, ids=range(len(credit._DATELINES)))
def test_a_dateline_is_found_through_the_page(rule: str) -> None:
    rng = Random(rule)
    datelines = 0
    for _ in range(60):
        pattern = filled(rule, rng)
        for line in matches_of(pattern, rng, 1, lambda line, rule=pattern: rule.match(line + BEHIND)):  # type: ignore[misc]
            paragraph = line + BEHIND
            text = f"{STORY[0]}\n{paragraph}"
            expected = reader().dateline_end(paragraph)
            assert page_of(text).dateline_end(len(STORY[0]) + 1, len(text)) == expected, paragraph
            datelines += bool(expected)
    assert datelines >= 10


@pytest.mark.parametrize("rule", [rule for _, rule in credit._TAILS], ids=range(len(credit._TAILS)))
def test_a_credit_at_the_foot_is_found_through_the_page(rule: str) -> None:
    rng = Random(rule)
    tails = 0
    for _ in range(60):
        pattern = filled(f"(?:{rule})\\s*$", rng)
        found = matches_of(pattern, rng, 1, lambda line, rule=pattern: rule.search(BEFORE.rstrip() + line))  # type: ignore[misc]
        for line in found:
            text = BEFORE.rstrip() + line
            assert page_of(text).may_name(max(0, len(text) - 2 * credit._TAIL), len(text)), text
            tails += 1
    assert tails >= 10


def test_credits_are_those_that_a_look_at_every_line_would_find(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for rule in (*WHOLE, *SIGNS) for line in whole_lines(rule, 12)]
    rng = Random(5)
    for rule in credit._DATELINES:
        pattern = filled(rule, rng)
        lines += [
            line + BEHIND for line in matches_of(pattern, rng, 6, lambda line, rule=pattern: rule.match(line + BEHIND))
        ]  # type: ignore[misc]
    texts = [*pages(lines, rng), *(path.read_text("utf-8") for path in SEEDS.glob("*.txt"))]
    assert_read_alike(texts, monkeypatch, CreditPage, "may_name", True)
