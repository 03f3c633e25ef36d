"""Where the lines of a text stand, and what they hold: the compiled kernel against its readable twin."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup import kernels
from dedup.kernels import compiled, reference

PIECES = st.sampled_from(
    [
        *("\n", "\n\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\u00a0", "   ", "\t"),
        *("a", "word ", "é", "東京", "😀", "12,5", "_", "it’s ", "-", "*", ". ", ".)", ".” –", ".–––"),
        *(".", "!", "?", "…", "。", "۔", "।", '"', "”", "»", ")", "]", "」"),
        "the width of a wire feed broke this line of text here\n",
        "this one ends where a sentence does, as in most texts.\n",
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)
WRAPPED = "\n".join(
    ["The minister said on Monday that the", "new plan would not be changed in the", "next year, as was said."] * 2
)


def rows(text: str, form: object = kernels) -> list[list[int]]:
    tokens = kernels.tokenise(text)
    found: list[list[int]] = form.line_rows(text, tokens.starts, tokens.bounds).tolist()  # type: ignore[attr-defined]
    return found


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("")
@example(WRAPPED)
@example("." + ")" * 39)
@example("." + ")" * 40)
def test_the_compiled_kernel_finds_the_lines_of_the_twin(text: str) -> None:
    assert rows(text, compiled) == rows(text, reference)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_every_token_stands_in_a_line_and_no_line_is_blank(text: str) -> None:
    tokens, found = kernels.tokenise(text), rows(text)
    assert [row[4] for row in found[-1:]] == [len(tokens)] * bool(found)
    for (start, end, text_start, text_end, before, keys, _), first in zip(
        found, [0, *(r[4] for r in found)], strict=False
    ):
        assert text[start:end].strip() == text[text_start:text_end] != ""
        assert all(start <= at < end for at in tokens.starts[first:before].tolist())
        assert keys == tokens.bounds[before]


@pytest.mark.parametrize("form", [reference, compiled])
def test_hard_wrapped_lines_are_joined_up_to_a_blank_line_or_an_indent(form: object) -> None:
    assert [text[:7] for text in texts(f"{WRAPPED}\n\nNext to come", form)] == ["The min", "Next to"]
    assert [text[:7] for text in texts(f"{WRAPPED}\n   Then again", form)] == ["The min", "Then ag"]
    assert len(texts(WRAPPED.replace("the\n", "it all.\n"), form)) == 6


@pytest.mark.parametrize("form", [reference, compiled])
@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("It is so.", 1),
        ("It is so.”)", 1),
        ("It is so. –", 1),
        ("It is so. ––.", 1),
        ("是的。」", 1),
        ("It is so", 0),
        ("So. It is", 0),
    ],
)
def test_a_line_ends_a_sentence_with_a_mark_and_little_behind_it(line: str, ends: int, form: object) -> None:
    assert [row[6] for row in rows(line, form)] == [ends]


def texts(text: str, form: object) -> list[str]:
    return [text[row[2] : row[3]] for row in rows(text, form)]
