"""Printed agency credits: what counts as one, what does not, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from texts import PAGES, STORY, TITLE, prepared, run_outside, zones_of

from dedup import Article, UsageError, prepare
from dedup.agencies import Agency, load_agencies
from dedup.credit import CreditPage, reader
from dedup.kernels import tokenise


def page_of(text: str) -> CreditPage:
    """A text, ready to be asked for credits by place."""
    return reader().page(Article("a", text), tokenise(text))


# Where a line is put: above the text, at the head of its first paragraph, on a line at the foot, or behind the
# last sentence.
ABOVE, HEAD, FOOT, BEHIND = "above", "head", "foot", "behind"
CREDITS = [  # language, place, line, agency ("" for agencies that are not named), kind
    ("en", ABOVE, "By AFP", "AFP", "full"),
    ("en", ABOVE, "By The Associated Press", "AP", "full"),
    ("en", ABOVE, "By Anna Lind, Associated Press", "AP", "full"),
    ("en", ABOVE, "By ANNA LIND Associated Press", "AP", "full"),
    ("en", ABOVE, "By ANNA LIND and OLE BERG, Associated Press", "AP", "full"),
    ("en", ABOVE, "Reuters", "Reuters", "full"),
    ("en", ABOVE, "Reuters Staff", "Reuters", "full"),
    ("en", ABOVE, "Anna Lind for Reuters", "Reuters", "full"),
    ("en", ABOVE, "Afp Afp", "AFP", "full"),
    ("en", ABOVE, "AP | March 4, 2024", "AP", "full"),
    ("en", ABOVE, "By PA Media", "PA Media", "full"),
    ("en", ABOVE, "By Michael Berg, Bloomberg", "Bloomberg", "full"),
    ("en", ABOVE, "Xinhua News Agency", "Xinhua", "full"),
    ("en", ABOVE, "Harbour Post Staff and AFP", "AFP", "shared"),
    ("en", ABOVE, "Anna Lind and AFP", "AFP", "shared"),
    ("en", ABOVE, "By Anna Lind and agencies", "", "generic"),
    ("en", ABOVE, "Agencies", "", "generic"),
    ("en", HEAD, "MOSCOW (AP) — ", "AP", "full"),
    ("en", HEAD, "LONDON, Dec 7 (Reuters) - ", "Reuters", "full"),
    ("en", HEAD, "Paris, Dec 7 (AFP) – ", "AFP", "full"),
    ("en", HEAD, "BEIJING, Dec. 7 (Xinhua) -- ", "Xinhua", "full"),
    ("en", HEAD, "(Reuters) - ", "Reuters", "full"),
    ("en", HEAD, "MOSCOW, December 7. /TASS/. ", "TASS", "full"),
    ("en", HEAD, "KYIV. Dec 7 (Interfax-Ukraine) – ", "Interfax-Ukraine", "full"),
    ("en", HEAD, "ANKARA (AA) - ", "Anadolu", "full"),
    ("en", FOOT, "-- PTI", "PTI", "full"),
    ("en", FOOT, "© 2023 AFP", "AFP", "full"),
    ("en", FOOT, "Copyright 2023 The Associated Press. All rights reserved.", "AP", "full"),
    ("en", FOOT, "(Reporting by Anna Lind; editing by Ole Berg)", "Reuters", "full"),
    ("en", FOOT, "Our Standards: The Thomson Reuters Trust Principles.", "Reuters", "full"),
    ("en", FOOT, "AFP contributed to this report.", "AFP", "shared"),
    ("en", FOOT, "(With inputs from PTI)", "PTI", "shared"),
    ("en", FOOT, "(With inputs from agencies)", "", "generic"),
    ("en", FOOT, "This article first appeared on Reuters.", "Reuters", "disclaimer"),
    ("en", FOOT, "This story is published from a syndicated feed.", "", "disclaimer"),
    (
        "en",
        FOOT,
        "Except for the headline, this has not been edited by Post staff and is published from a syndicated feed.",
        "",
        "disclaimer",
    ),
    ("en", BEHIND, " (AP)", "AP", "full"),
    ("en", BEHIND, " —IANS", "IANS", "full"),
    ("de", ABOVE, "Von dpa", "dpa", "full"),
    ("de", ABOVE, "Von Anna Lind, dpa", "dpa", "full"),
    ("de", ABOVE, "Anna Lind und dpa", "dpa", "shared"),
    ("de", ABOVE, "Von Anna Lind und Agenturen", "", "generic"),
    ("de", HEAD, "Berlin (dpa) - ", "dpa", "full"),
    ("de", HEAD, "München (dpa/lby) - ", "dpa", "full"),
    ("de", FOOT, "Mit Material der dpa", "dpa", "shared"),
    ("de", FOOT, "Quelle: dpa", "dpa", "full"),
    ("de", BEHIND, " (dpa)", "dpa", "full"),
    ("fr", ABOVE, "Par AFP", "AFP", "full"),
    ("fr", ABOVE, "Agence France-Presse", "AFP", "full"),
    ("fr", ABOVE, "Par Anne Lind avec AFP", "AFP", "shared"),
    ("fr", HEAD, "Paris, 7 déc 2023 (AFP) - ", "AFP", "full"),
    ("fr", FOOT, "(avec AFP)", "AFP", "shared"),
    ("fr", FOOT, "avec agences", "", "generic"),
    ("fr", BEHIND, " (AFP)", "AFP", "full"),
    ("es", ABOVE, "Agencia EFE", "EFE", "full"),
    ("es", ABOVE, "Redacción y agencias", "", "generic"),
    ("es", HEAD, "Madrid, 7 dic (EFE).- ", "EFE", "full"),
    ("es", FOOT, "(Con información de EFE)", "EFE", "shared"),
    ("es", FOOT, "Fuente: EFE", "EFE", "full"),
    ("it", ABOVE, "Agenzia ANSA", "ANSA", "full"),
    ("it", HEAD, "ROMA (ANSA) - ", "ANSA", "full"),
    ("it", HEAD, "Roma, 7 dic. (Adnkronos) - ", "Adnkronos", "full"),
    ("it", FOOT, "con informazioni ANSA", "ANSA", "shared"),
    ("pt", ABOVE, "Agência Lusa", "Lusa", "full"),
    ("pt", HEAD, "Lisboa, 07 dez 2023 (Lusa) – ", "Lusa", "full"),
    ("pt", FOOT, "Com informações da Agência Brasil", "Agência Brasil", "shared"),
    ("pt", FOOT, "com agências", "", "generic"),
    ("ru", ABOVE, "РИА Новости", "RIA Novosti", "full"),
    ("ru", HEAD, "МОСКВА, 7 декабря. /ТАСС/. ", "TASS", "full"),
    ("ru", HEAD, "МОСКВА, 7 дек - РИА Новости. ", "RIA Novosti", "full"),
    ("ru", FOOT, "Источник: ТАСС", "TASS", "full"),
    ("ru", FOOT, "По материалам РИА Новости", "RIA Novosti", "shared"),
    ("ar", ABOVE, "رويترز", "Reuters", "full"),
    ("ar", HEAD, "موسكو (أ ف ب) - ", "AFP", "full"),
    ("ar", HEAD, "الرياض 7 ديسمبر 2023 (واس) -- ", "SPA", "full"),
    ("ar", FOOT, "المصدر: رويترز", "Reuters", "full"),
    ("ar", FOOT, "المصدر : وكالات", "", "generic"),
    ("zh", ABOVE, "来源：新华社", "Xinhua", "full"),
    ("zh", HEAD, "新华社北京3月15日电 ", "Xinhua", "full"),
    ("zh", HEAD, "新华社北京１０月２２日电 ", "Xinhua", "full"),
    ("zh", HEAD, "（中央社台北7日電）", "CNA", "full"),
    ("zh", BEHIND, "（新华社）", "Xinhua", "full"),
    ("ja", ABOVE, "時事通信", "Jiji", "full"),
    ("ja", HEAD, "【モスクワ共同】", "Kyodo", "full"),
    ("ja", FOOT, "出典：共同通信", "Kyodo", "full"),
    ("ja", BEHIND, "（共同）", "Kyodo", "full"),
]
TRAPS = [  # no copy credit, whatever else they are
    ("en", FOOT, "Interfax quoted the harbour master as saying"),
    ("en", ABOVE, "Anna Lind / POOL / TASS"),
    ("en", ABOVE, "© AFP 2023 / ANNA LIND"),
    ("en", ABOVE, "AP Photo/Anna Lind"),
    ("en", ABOVE, "Anna Lind/AFP via Getty Images"),
    ("en", FOOT, "Photo: AFP"),
    ("en", ABOVE, "AP classes fill up fast"),
    ("en", ABOVE, "AA batteries recalled"),
    ("en", ABOVE, "PA system fails in the harbour"),
    ("en", ABOVE, "MENA region braces for storms"),
    ("en", ABOVE, "SPA treatments for stranded guests"),
    ("en", ABOVE, "Reuters journalist killed in the storm"),
    ("en", ABOVE, "Sputnik launch remembered"),
    ("en", ABOVE, "Agencies warn of famine"),
    ("en", FOOT, "CP rail strike goes on"),
    ("en", FOOT, "TT races return to the island"),
    ("en", FOOT, "UNI students protest"),
    ("en", FOOT, "Michael Bloomberg"),
    ("en", FOOT, "Bloomberg, who owns the ferries, said that he was sorry."),
    ("en", BEHIND, " “We have sandbags,” she told Reuters."),
    ("en", BEHIND, " It was the worst storm in years, AFP reported."),
    ("en", BEHIND, " He had spoken to the AP."),
    ("en", BEHIND, " The torch takes two AA."),
    ("de", ABOVE, "Foto: Anna Lind/dpa"),
    ("de", BEHIND, " Das sagte er der dpa."),
    ("fr", BEHIND, " Il l'a dit à l'AFP."),
    ("es", BEHIND, " Así lo dijo a EFE."),
    ("it", BEHIND, " Lo ha detto all'ANSA."),
    ("pt", FOOT, "A Lusa faz anos"),
    ("ru", BEHIND, " Об этом он сообщил ТАСС."),
    ("ru", ABOVE, "Фото: Анна Линд / ТАСС"),
    ("ar", FOOT, "ذكرت وكالة رويترز أن العاصفة مستمرة"),
    ("zh", FOOT, "据新华社报道，风暴将持续。"),
    ("ja", BEHIND, "共同通信に語った。"),
]


def page(language: str, place: str, line: str) -> str:
    title, first, last = PAGES[language]
    lines = {
        ABOVE: (title, line, first, last),
        HEAD: (title, line + first, last),
        FOOT: (title, first, last, line),
        BEHIND: (title, first, last + line),
    }
    return "\n".join(lines[place])


@pytest.mark.parametrize(("language", "place", "line", "agency", "kind"), CREDITS)
def test_a_printed_credit_is_found(language: str, place: str, line: str, agency: str, kind: str) -> None:
    found = prepared(page(language, place, line))
    credit = found.credit
    assert credit is not None
    assert (credit.agency, credit.kind) == (agency, kind)
    assert credit.text in line
    assert found.article.text[credit.start : credit.end] == credit.text


@pytest.mark.parametrize(("language", "place", "line", "agency", "kind"), [c for c in CREDITS if c[1] != BEHIND])
def test_a_credit_on_a_line_of_its_own_is_not_scored(
    language: str, place: str, line: str, agency: str, kind: str
) -> None:
    plain = prepared("\n".join(PAGES[language]))
    assert prepared(page(language, place, line)).tokens.keys == plain.tokens.keys


@pytest.mark.parametrize(("language", "place", "line"), TRAPS)
def test_what_looks_like_a_credit_and_is_none_is_not_taken_for_one(language: str, place: str, line: str) -> None:
    found = prepared(page(language, place, line))
    assert found.credit is None
    assert {credit.kind for credit in found.credits} <= {"mention", "photo"}


def test_the_credit_of_another_story_after_read_more_is_not_this_articles() -> None:
    text = "\n".join(
        (TITLE, *STORY, "Read more", "Fish prices rise", "By AFP", "(Reuters) - Prices rose.", "© 2024 AP")
    )
    assert prepared(text).credit is None


def test_an_agency_at_the_head_of_a_later_paragraph_far_down_is_no_dateline() -> None:
    filler = [
        f"Sentence {number} says that the wind blew hard and long over the sound that night." for number in range(20)
    ]
    assert prepared("\n".join((TITLE, *filler, "LONDON (Reuters) - Shares fell."))).credit is None


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("Interfax quoted the harbour master as saying so.", [("Interfax", "mention")]),
        (
            "“We have sandbags,” she told Reuters and Agence France-Presse.",
            [("Reuters", "mention"), ("AFP", "mention")],
        ),
        ("Reuters, Reuters and Reuters again.", [("Reuters", "mention")]),
        ("The torch takes AA and the PA system AP.", []),
        ("He reads reuters every day.", []),
    ],
)
def test_agencies_named_in_running_text_are_mentions_once_each(line: str, kinds: list[tuple[str, str]]) -> None:
    found = prepared("\n".join((TITLE, *STORY, line)))
    assert [(credit.agency, credit.kind) for credit in found.credits] == kinds


def test_a_photographers_name_and_agency_between_paragraphs_is_a_photo_credit() -> None:
    found = prepared("\n".join((TITLE, *STORY[:3], "Anna Lind, AFP", *STORY[3:])))
    assert [(credit.agency, credit.kind) for credit in found.credits] == [("AFP", "photo")]


def test_a_name_and_agency_above_the_text_is_a_byline_unless_a_file_photo_follows() -> None:
    above = prepared("\n".join((TITLE, "Anna Lind, AFP", *STORY)))
    assert [(credit.agency, credit.kind) for credit in above.credits] == [("AFP", "full")]
    photo = prepared("\n".join((TITLE, "Anna Lind, AFP", "FILE - A ferry in the harbour in May.", *STORY)))
    assert [credit.kind for credit in photo.credits] == ["photo"]


def test_an_agency_in_a_caption_is_a_photo_credit() -> None:
    caption = "A ferry lies in the harbour of the island on Monday Anna Lind Reuters"
    found = prepared("\n".join((TITLE, caption, caption, *STORY)))
    assert {(credit.agency, credit.kind) for credit in found.credits} == {("Reuters", "photo")}


def test_credits_come_strongest_first_and_each_place_once() -> None:
    text = "\n".join(
        (TITLE, "By Anna Lind and agencies", *STORY[:2], "He told Reuters.", "(With inputs from PTI)", "© 2024 AFP")
    )
    kinds = [(credit.agency, credit.kind) for credit in prepared(text).credits]
    assert kinds == [("AFP", "full"), ("PTI", "shared"), ("", "generic"), ("Reuters", "mention")]


def test_two_agencies_in_one_byline_are_both_credited() -> None:
    found = prepared("\n".join((TITLE, "Reuters, AFP", *STORY)))
    assert {(credit.agency, credit.kind) for credit in found.credits} == {("Reuters", "full"), ("AFP", "full")}


@pytest.mark.parametrize(
    ("given", "agency"), [("AFP", "AFP"), ("Agence France-Presse", "AFP"), ("Island Wire", "Island Wire")]
)
def test_metadata_names_the_agency(given: str, agency: str) -> None:
    credit = prepared("\n".join((TITLE, *STORY)), agency=given).credit
    assert credit is not None
    assert (credit.agency, credit.kind, credit.zone, credit.text) == (agency, "full", "metadata", given)


@pytest.mark.parametrize("outlet", ["afp.com", "www.afp.com", "AFP", "Agence France-Presse"])
def test_an_agencys_own_site_is_known_and_does_not_credit_itself(outlet: str) -> None:
    found = prepared("\n".join((TITLE, "By AFP", *STORY)), outlet=outlet)
    assert found.own_agency == "AFP"
    assert found.credit is None


@pytest.mark.parametrize("outlet", ["", "The Harbour Post", "afp.example.org", "Daily AFP"])
def test_another_outlet_is_no_agencys_own(outlet: str) -> None:
    assert prepared("\n".join((TITLE, *STORY)), outlet=outlet).own_agency is None


def test_a_line_too_long_for_a_credit_is_none() -> None:
    assert reader().line_kind("By AFP" + " and AFP" * 40) is None
    assert reader().line_kind("   ") is None


@pytest.mark.parametrize("line", ["By AFP", "(With inputs from agencies)"])
def test_is_credit_says_whether_a_line_is_one(line: str) -> None:
    assert page_of(line).is_credit(0, len(line))
    longer = f"{line} yesterday evening in town"
    assert not page_of(longer).is_credit(0, len(longer))
    assert page_of(longer).is_credit(0, len(line))


def test_short_names_are_case_exact_and_long_ones_are_not() -> None:
    assert reader().line_kind("By ap") is None
    assert reader().line_kind("BY ASSOCIATED PRESS") == ("full", ("AP",))


@pytest.fixture
def agencies(tmp_path: Path) -> Path:
    path = tmp_path / "more.toml"
    path.write_text(
        '[[agency]]\nid = "Island Wire"\nnames = ["Island Wire", "IW"]\nambiguous = ["IW"]\n'
        'outlets = ["islandwire.example"]\nsigns = ["sent by the island wire.*"]\n'
        '[[agency]]\nid = "AFP"\nnames = ["Agence Autre"]\n',
        "utf-8",
    )
    return path


def test_an_agencies_file_adds_agencies(agencies: Path) -> None:
    def credit(line: str) -> tuple[str, str] | None:
        found = prepare(Article("a", "\n".join((TITLE, *STORY, line))), agencies=str(agencies)).credit
        return (found.agency, found.kind) if found else None

    assert credit("By Island Wire") == ("Island Wire", "full")
    assert credit("(IW)") == ("Island Wire", "full")
    assert credit("Sent by the Island Wire on Monday") == ("Island Wire", "full")
    assert credit("By Reuters") == ("Reuters", "full")
    assert prepared("\n".join((TITLE, *STORY, "By Island Wire"))).credit is None


def test_an_agencies_file_replaces_an_agency_of_the_same_id(agencies: Path) -> None:
    more = reader(str(agencies))
    assert more.line_kind("By Agence Autre") == ("full", ("AFP",))
    assert more.line_kind("By Agence France-Presse") is None
    page = Article("a", "\n".join((TITLE, *STORY)), "islandwire.example")
    assert prepare(page, agencies=str(agencies)).own_agency == "Island Wire"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[[agency]\n", "not TOML"),
        (b'[[agency]]\nnames = ["X"]\n', "agency 1 needs an id and names"),
        (b'[[agency]]\nid = "X"\nnames = ["X"]\n[[agency]]\nid = "Y"\nnames = []\n', "agency 2 needs an id and names"),
        (b"agency = [1]\n", "agency 1 needs an id and names"),
        (b'[agency]\nid = "X"\nnames = ["X"]\n', "a list of tables is expected"),
        (b'[[agency]]\nid = "X"\nnames = "AFP"\n', r"agency 1 \(X\): names is 'AFP'; a list of strings"),
        (b'[[agency]]\nid = "X"\nnames = ["X", 1]\n', r"agency 1 \(X\): names is .* a list of strings"),
        (b'[[agency]]\nid = "X"\nnames = ["X", " "]\n', r"agency 1 \(X\): names is .* a letter or digit each"),
        (b'[[agency]]\nid = 3\nnames = ["X"]\n', r"agency 1 \(3\): id is 3; a string"),
        (b'[[agency]]\nid = "X"\nnames = ["X"]\nnewsroom = "no"\n', "newsroom is 'no'; true or false is expected"),
        (b'[[agency]]\nid = "X"\nnames = ["X"]\nsigns = "x"\n', "signs is 'x'; a list of strings"),
        (b'[[agency]]\nid = "X"\nnames = ["X"]\nsigns = ["("]\n', r"sign '\(' is no regular expression"),
        (
            b'[[agency]]\nid = "X"\nnames = ["X"]\noutlet = ["x.example"]\n',
            "unknown key 'outlet'; allowed are id, names, ambiguous, outlets, signs, newsroom",
        ),
        (b"\xff\xfe", "cannot read the agencies"),
        (None, "cannot read the agencies"),
    ],
)
def test_a_bad_agencies_file_is_a_usage_error_that_names_it(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as error:
        load_agencies(path)
    assert str(path) in str(error.value)


def test_shipped_agencies_have_unique_ids_and_names_of_their_own() -> None:
    agencies = load_agencies()
    assert len({agency.id for agency in agencies}) == len(agencies) > 80
    names = [name for agency in agencies for name in set(agency.names)]
    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert all(agency.ambiguous <= set(agency.names) for agency in agencies)


@pytest.mark.parametrize("agency", load_agencies(), ids=lambda agency: agency.id)
def test_every_shipped_agencys_first_name_on_a_line_is_its_credit(agency: Agency) -> None:
    assert reader().line_kind(agency.names[0]) == ("full", (agency.id,))


def test_a_credit_line_between_headline_and_text_is_a_byline_zone() -> None:
    assert zones_of("\n".join((TITLE, "By AFP", *STORY)))[1] == ("byline", "By AFP", "agency credit")


def test_a_sign_that_is_no_regular_expression_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "agencies.toml"
    path.write_text('[[agency]]\nid = "Harbour"\nnames = ["Harbour News"]\nsigns = ["("]\n', "utf-8")
    with pytest.raises(UsageError, match=r"agency 1 \(Harbour\): sign '\(' is no regular expression"):
        reader(str(path))


@pytest.mark.parametrize(
    ("line", "kind", "ids"),
    [
        ("Redacción / EFE", "shared", ("EFE",)),
        ("By Tom Reed, with AFP", "shared", ("AFP",)),
        ("From wire reports", "generic", ()),
        ("Agencies contributed to this report", "generic", ()),
        ("Associated Press writer Jim Fox contributed to this report.", "shared", ("AP",)),
        ("With reporting by AP and Reuters", "shared", ("AP", "Reuters")),
        ("(dpa/AFP)", "full", ("dpa", "AFP")),
        ("新华社记者 王明", "full", ("Xinhua",)),
        ("Associated Press Monday, July 16, 2018", "full", ("AP",)),
    ],
)
def test_lines_of_a_newsroom(line: str, kind: str, ids: tuple[str, ...]) -> None:
    assert reader().line_kind(line) == (kind, ids)


@pytest.mark.parametrize(
    ("paragraph", "dateline"),
    [
        ("Москва. 3 марта. INTERFAX.RU - Президент", "Москва. 3 марта. INTERFAX.RU - "),
        ("新华社北京3月3日电（记者王明）中国", "新华社北京3月3日电（记者王明）"),
        ("The minister told Reuters (TRI.N) that", ""),
        ("He spoke to the AFP (AFP). Then he left", ""),
    ],
)
def test_where_an_agencys_dateline_ends(paragraph: str, dateline: str) -> None:
    assert paragraph[: reader().dateline_end(paragraph)] == dateline
    assert paragraph[: page_of(paragraph).dateline_end(0, len(paragraph))] == dateline


@pytest.mark.parametrize(
    "line",
    [
        "The Palestinian Authority (PA) said on Monday that it would pay salaries in full.",
        "Advanced Placement (AP) exams begin in May, and thousands of pupils have enrolled.",
        "The Associated Press (AP) has been barred from the briefing room for a month.",
        "He then joined a broadcaster, CNN. It was the beginning of a long career in television.",
        "Reuters: a history of the agency was published on Thursday by a small press.",
        "Analysts said growth had disappointed throughout the Middle East and North Africa (MENA).",
        "The figures were first reported on Sunday evening by the Press Trust of India (PTI).",
        "Nobody expected so much of the company that he had founded in the eighties — Bloomberg.",
    ],
)
def test_a_sentence_that_names_an_agency_is_no_credit(line: str) -> None:
    for text in ("\n".join((TITLE, line, *STORY)), "\n".join((TITLE, *STORY, line))):
        found = prepare(Article("a", text))
        assert found.credit is None
        assert line.split()[-1].strip(".—()").casefold() in found.tokens.keys


@pytest.mark.parametrize("name", ["AFP ", "dpa ", "the AFP ", "AP通信 ", "AFP, ", "with ", "AFP and ", "by AFP/ "])
def test_a_line_of_one_name_over_and_over_ends(name: str) -> None:
    """Doubling with each name, these would run for longer than anybody waits."""
    assert reader().line_kind(name * 50 + "!") is None
    assert reader().line_kind(f"by {name * 30}!") is None
    assert prepare(Article("a", "\n".join((TITLE, *STORY, f"He left. ({name * 30}x y")))).credit is None


@pytest.mark.parametrize(
    "line", ["Anadolu Ajansı", "ANADOLU AJANSI", "anadolu ajansi", "ANADOLU AJANSİ", "Anadolu ajansı"]
)
def test_a_name_in_turkish_letters_is_its_agencys_in_any_case(line: str) -> None:
    assert reader().line_kind(line) == ("full", ("Anadolu",))
    assert prepared("\n".join((TITLE, line, *STORY))).credit is not None


@pytest.mark.parametrize("space", ["\u00a0", "  ", " \u2009"])
def test_an_agencys_name_may_have_other_spaces_than_it_is_listed_with(space: str) -> None:
    body = "The minister of railways said on Monday that the tunnel would open in spring after long delays."
    (credit,) = prepare(Article("x", f"أ{space}ب\n{body}", "The Post")).credits
    assert (credit.agency, credit.kind) == ("AP", "full")


def test_a_sign_may_hold_the_marks_that_stand_for_names_in_our_own_rules(tmp_path: Path) -> None:
    path = tmp_path / "agencies.toml"
    path.write_text(
        "[[agency]]\nid = 'ZZ'\nnames = ['Zed Zed News']\nsigns = ['zz§news', 'zz[§¶]copy', '§? 5 zz']\n", "utf-8"
    )
    found = reader(str(path))
    for line in ("zz§news", "ZZ¶copy", "§ 5 zz"):
        page = found.page(Article("x", f"{line}\nNothing else."), tokenise(f"{line}\nNothing else."))
        assert page.line_kind(0, len(line)) == ("full", ("ZZ",)), line


def test_naming_an_agency_ten_thousand_times_is_one_mention() -> None:
    found = prepare(Article("x", "The AFP bureau of the city. " + "AFP " * 10_000 + "."))
    assert [(c.agency, c.kind) for c in found.credits] == [("AFP", "mention")]


def test_the_command_takes_an_agencies_file_and_says_what_is_wrong_with_one(tmp_path: Path, agencies: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("\n".join((TITLE, "By Island Wire", *STORY)), "utf-8")
    done = run_outside("compare", page, page, "--format", "json", "--agencies", agencies)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["credit"]["agency"] == "Island Wire"
    agencies.write_text('[[agency]]\nid = "X"\nnames = "X"\n', "utf-8")
    for command in (("compare", page, page), ("scan", tmp_path)):
        done = run_outside(*command, "--agencies", agencies)
        assert done.returncode == 2
        assert f"{agencies}: agency 1 (X): names is 'X'; a list of strings" in " ".join(done.stderr.split())
