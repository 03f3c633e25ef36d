"""Body -> sentences and quotations, in the styles of many languages."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dedup.records import Ints, Tokens
from dedup.speech import quote_units, quoted, sentences
from dedup.tokens import tokens, within


def read(text: str) -> tuple[Ints, Tokens]:
    """The text's lines as paragraphs, and the tokens in them."""
    spans = [found.span() for found in re.finditer(r"[^\n]+", text)]
    return np.array(spans, np.int64).reshape(-1, 2), within(tokens(text), spans)


def quotes(text: str) -> str:
    """The quoted tokens as they stand in the text."""
    spans, found = read(text)
    mask = quoted(text, spans, found)
    starts, ends = found.starts[mask].tolist(), found.ends[mask].tolist()
    return " ".join(text[a:b] for a, b in zip(starts, ends, strict=True))


def split(text: str) -> list[str]:
    """The tokens of each sentence."""
    spans, found = read(text)
    numbers = sentences(text, spans, found).tolist()
    words = [text[a:b] for a, b in zip(found.starts.tolist(), found.ends.tolist(), strict=True)]
    assert numbers == sorted(numbers)
    return [" ".join(w for w, n in zip(words, numbers, strict=True) if n == at) for at in range(len(set(numbers)))]


# --- quotations


@pytest.mark.parametrize(
    "text",
    [
        "He said “we leave today” and left.",
        'He said "we leave today" and left.',
        '"we leave today," he said.',
        'He said: ("we leave today").',
        "He said ``we leave today'' and left.",
        "He said ‘we leave today’ and left.",
        "He said 'we leave today' and left.",
        "Er sagte „we leave today“ und ging.",
        "Er sagte „we leave today” und ging.",
        "Er sagte »we leave today« und ging.",
        "Il a dit « we leave today » puis rien.",
        "Il a dit «\u00a0we leave today\u00a0» puis rien.",
        "Il a dit ‹we leave today› puis rien.",
        "Han sade ”we leave today” och gick.",
        "Он сказал «we leave today» и ушёл.",
        "Он сказал „we leave today“ и ушёл.",
        "قال «we leave today» ثم غادر",
        'قال "we leave today" ثم غادر',
        "قال “we leave today” ثم غادر",
        "他说：“we leave today。”然后走了。",
        "他说：「we leave today。」然后走了。",
        "彼は『we leave today』と述べた。",
    ],
)
def test_what_stands_between_the_marks_of_a_style_is_quoted(text: str) -> None:
    assert quotes(text) == "we leave today"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他说：“我们今天走。”然后走了。", "我 们 今 天 走"),
        ("彼は「今日『行く』と言う」と述べた。", "今 日 行 く と 言 う"),
        ("「行く」「来る」", "行 く 来 る"),
        ("وأضاف «نعم» ثم «لا»", "نعم لا"),
        ("Он сказал: «Мы „все“ идём», и ушёл.", "Мы все идём"),
        ("Sie sagte „Ja“, er sagte „Nein“.", "Ja Nein"),
        ("Il a dit « oui », puis « non ».", "oui non"),
        ('He said "yes", "no" and "maybe".', "yes no maybe"),
        ("“Go” he said, “or stay.”", "Go or stay"),
        ("“They call it the ‘big one’ here,” he said.", "They call it the big one here"),
        ("\"They call it the 'big one' here\", she said.", "They call it the big one here"),
        ('He said “we go" and left.', "we go"),
    ],
)
def test_several_and_nested_quotations(text: str, expected: str) -> None:
    assert quotes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "the workers' rights and the boys' club",
        "the workers’ rights and the boys’ club",
        "don't, won't and can't, said O'Brien's dogs' owner",
        "don’t, won’t and can’t, said O’Brien’s dogs’ owner",
        "rock'n'roll, l'homme qu'il n'a pas vu d'ici",
        "He is 6'2\" tall, she 5'10\" or so",
        'A 12" pipe and a 6" pipe',
        "no marks at all",
        '“” "" «» empty marks',
    ],
)
def test_apostrophes_feet_and_inches_never_open_a_quotation(text: str) -> None:
    assert quotes(text) == ""


@pytest.mark.parametrize("text", ["the 'big one' came", "the ‘big one’ came", "the 'one' and the 'other'"])
def test_single_marks_around_fewer_than_three_words_are_no_quotation(text: str) -> None:
    assert quotes(text) == ""


def test_an_apostrophe_does_not_end_a_quotation() -> None:
    assert quotes("He said 'I can't do it now', and left.") == "I can't do it now"
    assert quotes("“Don’t,” he said. “It’s over.”") == "Don’t It’s over"


def test_hebrew_abbreviations_neither_open_nor_close_a_quotation() -> None:
    assert quotes('צה"ל הודיע על כך אתמול') == ""
    assert quotes('דובר אמר "אנחנו עם צה"ל לשם" אתמול') == "אנחנו עם צה ל לשם"


def test_typographic_marks_override_a_stray_straight_one() -> None:
    assert quotes('an "odd mark and “we go” then') == "we go"
    assert quotes("an 'odd mark and “we go” then") == "we go"
    assert quotes('an \'odd mark and "we go" then') == "we go"


def test_a_guillemet_that_points_at_nothing_opens_no_quotation() -> None:
    assert quotes("Mehr dazu » hier « und dort") == ""
    assert quotes("et oui », dit-il. Puis « non », encore") == "non"


# --- marks without a partner


@pytest.mark.parametrize("mark", "“„«「『")
def test_an_unclosed_quotation_runs_to_the_end_of_its_paragraph_if_the_next_opens_with_a_mark(mark: str) -> None:
    assert quotes(f"He said {mark}we go on.\n  “And on,” he added.") == "we go on And on"
    assert quotes(f"He said {mark}we go on.\nAnd on, he added.") == ""
    assert quotes(f"He said {mark}we go on.") == ""


@pytest.mark.parametrize("mark", ['"', "'", "‘"])
def test_an_unclosed_straight_or_single_mark_is_void(mark: str) -> None:
    assert quotes(f"He said {mark}we go on.\n“And on,” he added.") == "And on"


def test_a_quotation_ends_with_its_paragraph() -> None:
    assert quotes("He said “we go on.\nNothing more” was said.") == ""


def test_an_embedded_post_is_quoted_and_the_line_of_its_author_is_not() -> None:
    assert quotes("We leave today!\n— Jane Doe (@jane) May 3, 2024") == "We leave today"
    assert quotes("We leave today!\n— Jane Doe, May 3, 2024") == ""


def test_marks_in_another_paragraph_change_nothing() -> None:
    assert quotes("one “two\nthree\n“four” five") == "four"


def test_a_text_without_tokens_has_no_quotation_and_no_sentence() -> None:
    assert quotes("“…”") == ""
    assert split("“…”") == []


# --- sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One went. Three came! Why? So… Seven", ["One went", "Three came", "Why", "So", "Seven"]),
        ("The U.S. officials met. Then they left.", ["The U S officials met", "Then they left"]),
        ("Mr. Smith met J. K. Rowling. They left.", ["Mr Smith met J K Rowling", "They left"]),
        ("It grew 3.5 percent at 1.200 each. Then fell.", ["It grew 3 5 percent at 1 200 each", "Then fell"]),
        ("It cost $5. Then 2020. More", ["It cost 5", "Then 2020", "More"]),
        ("“They left.” Nobody came.", ["They left", "Nobody came"]),
        ("«Ils partent.» Personne (ici.) Rien", ["Ils partent", "Personne ici", "Rien"]),
        ("What?! Never... Again", ["What", "Never", "Again"]),
        ("今天走。明天走！后天？好。", ["今 天 走", "明 天 走", "后 天", "好"]),
        ("他说“好。”然后走。", ["他 说 好", "然 后 走"]),
        ("「行く。」「来る。」と言う。", ["行 く", "来 る", "と 言 う"]),
        ("「そうだ」『はい』", ["そ う だ", "は い"]),
        ("वह गया। वह आया।", ["वह गया", "वह आया"]),
        ("هل ذهب؟ نعم.", ["هل ذهب", "نعم"]),
        ("وہ گیا۔ وہ آیا۔", ["وہ گیا", "وہ آیا"]),
        ("ሰላም። ደህና።", ["ሰላም", "ደህና"]),
        ("First paragraph\nSecond paragraph", ["First paragraph", "Second paragraph"]),
        ("no-end.here example.com it", ["no end here example com it"]),
        ("…\nOne\n!\nTwo", ["One", "Two"]),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_only_what_stands_in_the_body_is_looked_at() -> None:
    text = "Furniture “one. Two three. Four” five."
    spans = np.array([(15, 25)], np.int64)  # "Two three."
    found = within(tokens(text), [(15, 25)])
    assert found.keys == ("two", "three")
    assert sentences(text, spans, found).tolist() == [0, 0]
    assert not quoted(text, spans, found).any()


# --- quote units


def units(text: str) -> str:
    """The tokens in quote units."""
    spans, found = read(text)
    mask = quote_units(sentences(text, spans, found), quoted(text, spans, found))
    return " ".join(key for key, inside in zip(found.keys, mask.tolist(), strict=True) if inside)


def numbered(quoted_tokens: int, rest: int) -> int:
    """How many tokens of a sentence are in the unit."""
    sentence = np.zeros(quoted_tokens + rest, np.int64)
    mask = np.arange(quoted_tokens + rest) < quoted_tokens
    return int(quote_units(sentence, mask).sum())


def test_the_reporting_clause_joins_the_quotation_in_any_language() -> None:
    assert units("“We leave today,” the minister said. Nobody came.") == "we leave today the minister said"
    assert units("「我们今天走」，他说。没有人来。") == "我 们 今 天 走 他 说"


def test_a_word_in_quotation_marks_makes_no_unit_of_its_sentence() -> None:
    assert units("The “reform” passed after a long debate.") == "reform"


@pytest.mark.parametrize(
    ("inside", "rest", "joins"),
    [(3, 1, True), (2, 1, False), (8, 12, True), (9, 13, False), (4, 6, True), (4, 7, False), (20, 12, True)],
)
def test_the_rest_joins_from_three_quoted_tokens_and_two_fifths_and_up_to_twelve(
    inside: int, rest: int, joins: bool
) -> None:
    assert numbered(inside, rest) == (inside + rest if joins else inside)


def test_units_are_told_sentence_by_sentence() -> None:
    sentence = np.array([0] * 5 + [1] * 5, np.int64)
    mask = np.array([1, 1, 1, 0, 0, 1, 0, 0, 0, 0], bool)
    assert quote_units(sentence, mask).tolist() == [True] * 5 + [True] + [False] * 4


def test_no_tokens_make_no_units() -> None:
    assert len(quote_units(np.zeros(0, np.int64), np.zeros(0, bool))) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('他称"非常好"并离开', "非 常 好"),  # straight marks between letters of a script without spaces
        ('彼は"行く"と述べた', "行 く"),
        ('“He said "no" then” and left', "He said no then"),  # a quotation within the quotation
        ("the '90s boom and the workers' rights", ""),
        ("«Nos vamos.\n»Y seguimos», dijo.", "Nos vamos Y seguimos"),  # Spanish repeats the closing mark
        ("He said “we go. Then she said “they stay” and left.", "they stay"),  # the first was never closed
    ],
)
def test_marks_in_hard_places(text: str, expected: str) -> None:
    assert quotes(text) == expected
