"""Text -> match keys, against definitions.md and against unicodedata."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from make_unicode14 import runs
from making import SEEDS

from dedup.kernels import UNICODE_VERSION, line_key, line_keys, matchkey, unicode14
from dedup.kernels.unicode14 import assigned
from dedup.records import Tokens

tokenise: Callable[[str], Tokens] = matchkey.tokenise


@pytest.fixture(scope="module", autouse=True)
def every_form(form: ModuleType) -> Iterator[None]:
    """All that stands here is promised by the twin and by the compiled kernels with each instruction set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.tokenise", form.tokenise)
        yield


def keys(text: str) -> list[str]:
    return list(tokenise(text).keys)


# --- the oracle: the definition, one character after the other, with unicodedata alone

WITHOUT_SPACES = (
    *(range(0x0E00, 0x0F00), range(0x1000, 0x10A0), range(0x1780, 0x1800), range(0x19E0, 0x1A00)),
    *(range(0x3005, 0x3008), range(0x3040, 0x3100), range(0x31F0, 0x3200), range(0x3400, 0x4DC0)),
    *(range(0x4E00, 0xA000), range(0xA9E0, 0xAA00), range(0xAA60, 0xAA80), range(0xF900, 0xFB00)),
    range(0x20000, 0x40000),
)


def is_dropped(x: str) -> bool:
    c, k, category = ord(x), unicodedata.combining(x), unicodedata.category(x)
    variation = 0xFE00 <= c <= 0xFE0F or 0xE0100 <= c <= 0xE01EF or 0x180B <= c <= 0x180F
    accent = category == "Mn" and (k == 1 or 10 <= k <= 36 or k >= 200)
    return category == "Cf" or c in (0x0640, 0x034F) or variation or accent


@cache
def kind_of(x: str) -> str:
    if x in "'’ʼ":
        return "apostrophe"
    category = unicodedata.category(x)
    if category[0] == "M":
        return "mark"
    if category[0] not in "LN":
        return "comma" if x == "," else "separator"
    if x in "0123456789":
        return "digit"
    is_letter = category[0] == "L" or category == "Nl"
    return "single" if is_letter and any(ord(x) in script for script in WITHOUT_SPACES) else "word"


@cache
def fold(ch: str) -> list[str]:
    return [x for x in unicodedata.normalize("NFKD", ch).casefold().replace("ı", "i") if not is_dropped(x)]


def folded(text: str) -> Iterator[tuple[str, int]]:
    """The characters after folding, each with the place of the character that it came from."""
    for at, ch in enumerate(text):
        for x in fold(ch):
            yield x, at
    yield "\n", len(text)


def oracle(text: str) -> list[tuple[str, int, int]]:
    """Key, start and end of each token."""
    stream = list(folded(text))
    kind = [kind_of(x) for x, _ in stream]
    found: list[tuple[str, int, int]] = []  # key, index of its first and its last folded character
    growing = ""
    for k, (x, _) in enumerate(stream[:-1]):
        between = {kind[k - 1], kind[k + 1]} if k else set()
        if kind[k] == "single" or (kind[k] in ("word", "digit") and growing != "word"):
            found.append((x, k, k))
            growing = "single" if kind[k] == "single" else "word"
        elif kind[k] in ("word", "digit") or (kind[k] == "mark" and growing):
            found[-1] = found[-1][0] + x, found[-1][1], k
        elif growing != "word" or not (
            (kind[k] == "apostrophe" and kind[k + 1] in ("word", "digit"))
            or (kind[k] == "comma" and between == {"digit"})
        ):
            growing = ""
    return [(key, stream[a][1], max(stream[b][1] + 1, stream[b + 1][1])) for key, a, b in found]


def found_in(text: str) -> list[tuple[str, int, int]]:
    found = tokenise(text)
    return list(zip(found.keys, found.starts.tolist(), found.ends.tolist(), strict=True))


BLOCKS = ((0, 0x6FF), (0x700, 0x1FFF), (0x2000, 0x33FF), (0xA000, 0xABFF), (0xF900, 0xFFFF), (0x10000, 0x1FFFF))
ANY = st.one_of(
    st.sampled_from("aIz19 ,.'’ʼ-\n"),
    st.sampled_from("ıİßςﬁ½ﷺŉ²²®™Ａ７，＇한\u1112\u1161กำแ่か゛\u3099ﾞｶー々〇中ं़िक्"),
    st.sampled_from(
        "\u0301\u0308\u0323\u0338\u0345\u034f\u05b7\u05bc\u064e\u0640\u0670\u200b\u200d\u00ad\ufe0f\U000e0101"
    ),
    st.sampled_from("\u302e\u0bcd\u0e49\u0ebb\u0f71\u1dfa\U0001d165\U0001d7d9\U00016fe4\U0002a6d6\U0002fa1d\U000e0001"),
    *(st.integers(low, high).map(chr) for low, high in BLOCKS),
    st.integers(0, 0x10FFFF).map(chr),
).filter(lambda ch: assigned(ord(ch)))


@settings(max_examples=500, deadline=None)
@given(st.text(ANY, max_size=24))
@example("a\u0301\u0301'\u0301b\u00ad")
@example("\u0301\u093f")
@example("1\u200b,2 1,,2 ,1 1,a")
def test_keys_and_offsets_are_those_of_the_definition_in_every_script(text: str) -> None:
    assert found_in(text) == oracle(text)


ALIKE = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xAC00, 0xD800), range(0x20000, 0xE0000))


def test_all_of_unicode_14_is_folded_and_classed_as_unicodedata_says() -> None:
    """Of Han and Hangul, whose characters are all alike, every 16th."""
    few = [c for c in range(0xF0100) if c % 16 == 0 or not any(c in block for block in ALIKE)]
    text = "".join(f"1{chr(c)}a {chr(c)}," for c in few if assigned(c))
    assert len(text) > 300_000
    assert found_in(text) == oracle(text)


def test_a_code_point_that_unicode_14_does_not_know_separates() -> None:
    later = "\u0378\U0001e4d0\u0cf3"  # of no version yet; a letter and a mark of Unicode 15
    assert not any(assigned(ord(ch)) for ch in later)
    for ch in later:
        assert keys(f"a{ch}b") == ["a", "b"]


def test_the_pinned_code_points_are_those_of_unicode_14() -> None:
    assert UNICODE_VERSION == "14.0"
    if unicodedata.unidata_version == "14.0.0":
        assert unicode14._RUNS.split() == runs()
    else:
        assert all(unicodedata.category(chr(c)) != "Cn" for c in range(0x110000) if assigned(c))


# --- the table of cases


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("IĞDIR", "ığdır"),
        ("İSTANBUL", "istanbul"),
        ("STRASSE", "Straße"),
        ("finance", "ﬁnance"),
        ("abc12", "Ａｂｃ１２"),
        ("km2", "km²"),
        ("km2", "㎢"),
        ("café", "CAFE"),
        ("naïve", "nai\u0308ve"),
        ("cooperate", "co\u00adop\u200berate"),
        ("한국어", unicodedata.normalize("NFD", "한국어")),
        ("محمد", "مُحَمَّد"),
        ("محمد", "محـــمد"),
        ("احمد", "أحمد"),
        ("اسيا", "آسيا"),
        ("מלך", "מֶלֶךְ"),
        ("ガ", "ｶﾞ"),
        ("ᾳ", "ΑΙ"),
        ("don't", "don’t"),
        ("don't", "donʼt"),
        ("don't", "dont"),
        ("1,200", "1200"),
        ("1,200,000", "1200000"),
        ("१,२", "१ २"),
    ],
)
def test_spellings_of_one_word_have_one_key(one: str, other: str) -> None:
    assert keys(one) == keys(other)
    assert keys(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("か", "が"),
        ("है", "हैं"),
        ("में", "मे"),
        ("की", "का"),
        ("น้า", "นา"),
        ("ပု", "ပူ"),
        ("ى", "ي"),
        ("مدرسة", "مدرسه"),
        ("ł", "l"),
        ("ø", "o"),
        ("đ", "d"),
    ],
)
def test_signs_that_tell_words_apart_are_kept(one: str, other: str) -> None:
    assert keys(one) != keys(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("½ 1/2", ["1", "2", "1", "2"]),
        ("ﷺ", ["صلى", "الله", "عليه", "وسلم"]),
        ("Sony™ wait…what", ["sonytm", "wait", "what"]),
        ("Israel-Hamas e.g. a_b", ["israel", "hamas", "e", "g", "a", "b"]),
        ("rock'n'roll 'tis o''b dogs'", ["rocknroll", "tis", "o", "b", "dogs"]),
        ("1,2,3 a,b 1,a a,1 1, 2", ["123", "a", "b", "1", "a", "a", "1", "1", "2"]),
        ("3.5 1.200", ["3", "5", "1", "200"]),
        ("हिन्दी किताब", ["हिन्दी", "किताब"]),
        ("日本語のニュース2024年", [*"日本語のニュース", "2024", "年"]),
        ("aかb", ["a", "か", "b"]),
        ("か'a", ["か", "a"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("น้ำ", ["น้ํ", "า"]),
        ("가나 다", [unicodedata.normalize("NFD", "가나"), unicodedata.normalize("NFD", "다")]),
        ("", []),
        (" \n.,'-—…", []),
    ],
)
def test_what_a_token_is(text: str, expected: list[str]) -> None:
    assert keys(text) == expected


def test_a_kana_voicing_mark_belongs_to_its_letter() -> None:
    assert keys("が") == ["か\u3099"]


@pytest.mark.parametrize("text", ["ภาษาไทย", "ພາສາລາວ", "မြန်မာ", "ភាសាខ្មែរ", "ひらかな", "漢字仮名", "𠀀𠀁"])
def test_scripts_without_spaces_start_a_token_at_each_letter(text: str) -> None:
    letters = [ch for ch in text if unicodedata.category(ch)[0] == "L"]
    assert [key[0] for key in keys(text)] == letters


def test_offsets_point_into_the_original_text() -> None:
    text = "“Ünï\u0301” co\u00adop\u00ad ﬁ½x"
    assert [text[a:b] for _, a, b in found_in(text)] == ["Ünï\u0301", "co\u00adop\u00ad", "ﬁ½", "½x"]


# --- other forms, other sizes

REAL_WORDS = re.split(
    r"\s+",
    """Übermäßig naïveté œuvre Ångström żółć příliš žluťoučký őrült çığlık ȘTEFAN piñón coração ệ nghiệp ngữ
Việt Ελλάδα ΐδιος Ёлка йод Їжак مُؤتَمَر الأُمَم آذار ئەمە פְּעֻלָּה שִׁיר हिन्दी ज़रूर फ़िल्म विद्यार्थी বাংলা ড়োয়া தமிழ் కొత్త ಕನ್ನಡ മലയാളം
සිංහල ไทยน้ำ ລາວ မြန်မာ ខ្មែរ ガギグゲゴ パピプ がぎぐ 한국어뉴스 각각 漢字 བོད་ཡིག ქართული Հայերեն""",
)


@pytest.mark.parametrize("word", REAL_WORDS)
def test_composed_and_decomposed_words_have_the_same_keys(word: str) -> None:
    assert keys(unicodedata.normalize("NFC", word)) == keys(unicodedata.normalize("NFD", word))


def test_composed_and_decomposed_articles_have_the_same_keys() -> None:
    for path in SEEDS.glob("*.txt"):
        text = path.read_text("utf-8")
        assert keys(unicodedata.normalize("NFD", text)) == keys(text)


@pytest.mark.parametrize(("mark", "kept"), [("\u0301", 0), ("\u200d", 0), ("\u093f", 1_000_000)])
def test_a_million_marks_are_no_token_and_belong_to_the_letter_before_them(mark: str, kept: int) -> None:
    million = mark * 1_000_000
    assert found_in(million) == []
    assert found_in("k" + million) == [("k" + kept * mark, 0, 1_000_001)]


def test_a_million_apostrophes_and_commas_are_worked_through() -> None:
    assert keys("a'" * 500_000) == ["a" * 500_000]
    assert keys("1," * 500_000) == ["1" * 500_000]
    assert keys("'" * 1_000_000) == keys("," * 1_000_000) == []


def test_lone_surrogates_separate() -> None:
    assert keys("a\ud800b") == ["a", "b"]


def line_key_of(line: str) -> bytes:
    return line_key(tokenise(line).packed)


def test_a_line_that_recurs_with_other_digits_has_the_same_line_key() -> None:
    assert line_key_of("Updated 12:30, page 1,200") == line_key_of("updated 07:45 page 9999")
    assert line_key_of("Updated ١٢, é 30") == line_key_of("updated ٣٤, e 12") == b"updated ## e ## "
    assert line_key_of("Updated at noon") != line_key_of("Updated at night")
    assert not re.search(r"\d", line_key_of("A1 ٣ x22").decode())


@pytest.mark.parametrize("text", ["Page 1 of 20 and more", "Page ١ of 20 é ２ more"])
def test_the_keys_of_many_lines_are_those_of_each(text: str) -> None:
    tokens = tokenise(text)
    bounds = tokens.bounds[[0, 2, 2, 5, len(tokens)]].tolist()
    assert line_keys(tokens.packed, bounds) == [line_key(tokens.packed[a:b]) for a, b in pairwise(bounds)]


def test_the_twins_match_keys_are_those_of_its_tokens() -> None:
    text = "Ünï’s 1,200 ﬁn½ 東京 한국 가\u00ad"
    found, starts, ends = matchkey.match_keys(text)
    assert list(zip(found, starts.tolist(), ends.tolist(), strict=True)) == found_in(text)
