"""What each line of a page is taken for, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import OTHER_STORY, PAGES, STORY, TITLE, kind_of, prepared, zones_of

from dedup import Article, clean, credit, prepare, tokens
from dedup.records import Zone

FURNITURE = [
    ("Support the Harbour Post!", "share or donate line"),
    ("Donate now", "share or donate line"),
    ("Share on Facebook", "share or donate line"),
    ("Facebook Twitter WhatsApp Email", "share or donate line"),
    ("Follow us on Telegram", "share or donate line"),
    ("Подпишитесь на наш канал в Телеграме", "share or donate line"),
    ("Already a subscriber? Log in", "subscription notice"),
    ("Get our morning newsletter", "subscription notice"),
    ("This article is for subscribers only", "subscription notice"),
    ("Photo: Anna Lind", "photo credit"),
    ("Foto: Anna Lind", "photo credit"),
    ("صورة: مينا حداد", "photo credit"),
    ("Anna Lind / POOL / TASS", "photo credit"),
    ("Anna Lind via Getty Images", "photo credit"),
    ("© AFP 2023 / ANNA LIND", "photo credit"),
    ("AP Photo/Anna Lind", "photo credit"),
    ("2 min read", "reading time"),
    ("Reading time: 4 minutes", "reading time"),
    ("Lesezeit: 3 Min.", "reading time"),
    ("3 minutes de lecture", "reading time"),
    ("Last update: April 28, 2024 11:45", "time stamp"),
    ("Published on Monday, March 4, 2024", "time stamp"),
    ("Aktualisiert am 4.3.2024", "time stamp"),
    ("Publié le 4 mars 2024 à 10:30", "time stamp"),
    ("Опубликовано 4 марта 2024", "time stamp"),
    ("2024年3月4日 10:30", "time stamp"),
    ("December 8, 2023", "time stamp"),
    ("2024-03-04", "time stamp"),
    ("3 hours ago", "time stamp"),
    ("Advertisement", "placeholder"),
    ("Anzeige", "placeholder"),
    ("إعلان", "placeholder"),
    ("广告", "placeholder"),
    ("None", "placeholder"),
    ("Newsroom logo", "placeholder"),
    ("close button", "placeholder"),
    ("Switch to Harbour Light?", "placeholder"),
    ("It looks like you’re having trouble loading the content on this page.", "page notice"),
    ("© 2024 The Harbour Post. All rights reserved.", "page notice"),
    ("Tous droits réservés", "page notice"),
    ("版权所有", "page notice"),
    ("Related: Ferries collide off the northern cape", "teaser"),
    ("Lire aussi : Deux ferries se heurtent au large", "teaser"),
    ("Leggi anche: Due traghetti si scontrano al largo", "teaser"),
    ("* * *", "no letter or digit in it"),
]
HEADS = [
    "Read more", "Related articles", "More from Harbour Post", "Most popular", "You may also like", "About the author",
    "Mehr zum Thema", "Lire aussi", "Te puede interesar", "Leggi anche", "Leia também", "Читайте также", "اقرأ أيضا",
    "相关阅读", "関連記事",
]  # fmt: skip
COMMENTS = ["Comments", "12 comments", "Leave a comment", "Kommentare", "Комментарии", "التعليقات", "评论"]
BYLINES = [
    "By Anna Lind",
    "BY ANNA LIND AND OLE BERG",
    "Von Anna Lind",
    "Par Anna Lind",
    "Por Ana Lind",
    "بقلم منى حداد",
    "记者：王林",
    "Anna Lind, staff writer",
    "Newsroom",
]


def lines_between(*lines: str) -> str:
    return "\n".join((TITLE, *STORY[:2], *lines, *STORY[2:]))


@pytest.mark.parametrize(("line", "reason"), FURNITURE)
def test_furniture_lines_are_known_by_their_wording(line: str, reason: str) -> None:
    found = [(kind, why) for kind, words, why in zones_of(lines_between(line)) if words == line]
    assert found == [("furniture", reason)]


@pytest.mark.parametrize("line", BYLINES)
def test_lines_that_name_the_writer_are_bylines(line: str) -> None:
    assert kind_of(line, "\n".join((TITLE, line, *STORY))) == "byline"


@pytest.mark.parametrize(
    "line",
    [
        "She agreed.",
        "Nobody was hurt.",
        "Why?",
        "Then came rain.",
        "“No.”",
        "A calm night",
        "It sank in 1912.",
        "Yes, twice.",
    ],
)
def test_a_short_line_is_not_furniture_for_being_short(line: str) -> None:
    assert kind_of(line, lines_between(line)) == "body"


@pytest.mark.parametrize("language", PAGES)
def test_a_plain_page_is_a_headline_and_a_body(language: str) -> None:
    assert [kind for kind, _, _ in zones_of("\n".join(PAGES[language]))] == ["headline", "body", "body"]


@pytest.mark.parametrize("head", HEADS)
def test_what_follows_a_head_at_the_foot_is_furniture_with_it(head: str) -> None:
    teasers = (
        "Ferries collide off the cape",
        "Two ferries touched in the fog but nobody on board was hurt.",
        "Fish prices",
    )
    found = zones_of("\n".join((TITLE, *STORY, head, *teasers)))
    assert [kind for kind, _, _ in found] == ["headline", *["body"] * len(STORY), *["furniture"] * 4]
    assert {reason for _, words, reason in found if words in teasers} == {f'after "{head}"'}


@pytest.mark.parametrize("head", COMMENTS)
def test_comments_go_even_where_they_are_running_text(head: str) -> None:
    found = zones_of("\n".join((TITLE, *STORY, head, *OTHER_STORY)))
    assert [kind for kind, words, _ in found if words in OTHER_STORY] == ["furniture"] * len(OTHER_STORY)


def test_running_text_that_goes_on_behind_a_head_stays_body() -> None:
    text = "\n".join((TITLE, *STORY[:4], "Read more", "Ferries collide off the cape", *STORY[4:]))
    assert kind_of("Read more", text) == "furniture"
    assert [kind_of(line, text) for line in STORY] == ["body"] * len(STORY)


def test_a_head_near_the_top_costs_its_own_line_only() -> None:
    text = "\n".join((TITLE, STORY[0], "Read more", *STORY[1:]))
    assert kind_of("Read more", text) == "furniture"
    assert [kind_of(line, text) for line in STORY] == ["body"] * len(STORY)


def test_bylines_behind_a_head_stay_bylines() -> None:
    text = "\n".join((TITLE, *STORY, "Read more", "By Anna Lind", "Fish prices"))
    assert (kind_of("By Anna Lind", text), kind_of("Fish prices", text)) == ("byline", "furniture")


def test_labels_above_the_headline_are_furniture() -> None:
    assert kind_of("Middle East", "\n".join(("Middle East", TITLE, *STORY))) == "furniture"


def test_lines_without_a_full_stop_below_the_headline_are_standfirst_then_caption() -> None:
    below = ("Soup and blankets for fishermen", "Wind picks up again on Tuesday", "A ferry in the harbour on Monday")
    text = "\n".join((TITLE, *below, *STORY))
    assert [kind_of(line, text) for line in below] == ["standfirst", "standfirst", "caption"]


def test_a_line_below_the_headline_that_ends_a_sentence_or_opens_a_quotation_is_body() -> None:
    text = "\n".join((TITLE, "Nobody was hurt.", "“We wait”", *STORY))
    assert [kind_of(line, text) for line in ("Nobody was hurt.", "“We wait”")] == ["body", "body"]


def test_the_outlets_name_below_the_headline_is_furniture() -> None:
    text = "\n".join((TITLE, "The Harbour Post", *STORY))
    assert kind_of("The Harbour Post", text, outlet="the harbour post") == "furniture"


def test_a_line_printed_twice_in_a_row_below_the_headline_is_a_caption() -> None:
    caption = "A ferry lies in the harbour of the island on Monday"
    found = zones_of("\n".join((TITLE, caption, caption, *STORY)))
    assert [kind for kind, words, _ in found if words == caption] == ["caption", "caption"]


def test_a_standfirst_that_a_paragraph_repeats_leaves_the_paragraph_in_the_body() -> None:
    found = zones_of("\n".join((TITLE, STORY[2], *STORY)))
    assert [kind for kind, words, _ in found if words == STORY[2]] == ["standfirst", "body"]


def test_a_second_copy_of_a_paragraph_is_furniture() -> None:
    found = zones_of("\n".join((TITLE, *STORY, STORY[3])))
    assert [(kind, why) for kind, words, why in found if words == STORY[3]] == [
        ("body", "running text"),
        ("furniture", "second copy of a line of this article"),
    ]


def test_a_quoted_line_said_twice_is_no_furniture() -> None:
    line = "“We shall wait for the wind to drop,” the harbour master said."
    found = zones_of("\n".join((TITLE, *STORY[:2], line, *STORY[2:4], line, *STORY[4:])))
    assert [kind for kind, words, _ in found if words == line] == ["body", "body"]


def test_two_word_lines_may_recur() -> None:
    found = zones_of("\n".join((TITLE, STORY[0], "He waited.", STORY[1], "He waited.", *STORY[2:])))
    assert [kind for kind, words, _ in found if words == "He waited."] == ["body", "body"]


def test_what_the_corpus_knows_as_furniture_is_taken_out_for_its_reason() -> None:
    line = "Call our news desk on 01632 960777 with your story."
    text = "\n".join((TITLE, *STORY, line))
    known = Zone("furniture", text.index(line), len(text) - 1, "repeated in 7 unrelated articles of the outlet")
    assert zones_of(text, [known])[-1] == ("furniture", line, known.reason)


def test_a_part_of_a_line_that_the_corpus_knows_is_cut_off_it() -> None:
    text = f"{STORY[0]} {STORY[1]} Read it in the evening edition"
    start, middle = text.index("Read it"), text.index(STORY[1])
    head, tail = Zone("furniture", 0, middle, "head"), Zone("furniture", start, len(text), "tail")
    found = zones_of(text, [head, tail])
    assert found == [
        ("furniture", STORY[0], "head"),
        ("body", STORY[1], "running text"),
        ("furniture", "Read it in the evening edition", "tail"),
    ]


def test_a_given_title_says_which_line_is_the_headline() -> None:
    title = "Exclusive: Island cut off"
    found = zones_of("\n".join(("News", title.upper(), *STORY)), title=title)
    assert found[:2] == [
        ("furniture", "News", "stands above the headline"),
        ("headline", title.upper(), "equals the title"),
    ]


def test_a_title_that_the_text_does_not_print_makes_no_line_a_headline() -> None:
    found = zones_of("\n".join((TITLE, *STORY)), title="Island cut off")
    assert "headline" not in [kind for kind, _, _ in found]


def test_the_headline_of_an_article_is_its_title_else_the_printed_one() -> None:
    page = "\n".join((TITLE, *STORY))
    assert prepared(page).headline == TITLE
    assert prepared(page, title=" Island cut off ").headline == "Island cut off"


def test_a_text_that_opens_with_its_first_paragraph_has_no_headline() -> None:
    assert [kind for kind, _, _ in zones_of("\n".join(STORY))] == ["body"] * len(STORY)
    assert prepared("\n".join(STORY)).headline is None


@pytest.mark.parametrize("text", [STORY[0], "Storm", "Storm in the harbour of the island", "風", "12"])
def test_a_text_of_one_line_is_body(text: str) -> None:
    assert [kind for kind, _, _ in zones_of(text)] == ["body"]


@pytest.mark.parametrize("text", ["", " \n\t\n\u00a0", "\r\n\r\n"])
def test_a_blank_text_has_no_zones(text: str) -> None:
    assert zones_of(text) == []


def test_a_bare_dateline_is_split_from_the_first_paragraph() -> None:
    found = zones_of("\n".join((TITLE, f"PORT ELLEN — {STORY[0]}", *STORY[1:])))
    assert found[1:3] == [
        ("dateline", "PORT ELLEN —", "place and date before the first sentence"),
        ("body", STORY[0], "running text"),
    ]


def test_a_dateline_is_found_behind_and_before_white_space() -> None:
    found = zones_of("\n".join((TITLE, f" \tPORT ELLEN — {STORY[0]} \u00a0 ", *STORY[1:])))
    assert [words for kind, words, _ in found if kind == "dateline"] == ["PORT ELLEN —"]
    assert found[2] == ("body", STORY[0], "running text")


def test_an_agency_in_brackets_on_a_line_of_its_own_is_not_body() -> None:
    assert kind_of("(dpa)", "\n".join((TITLE, *STORY, "(dpa)"))) != "body"


def test_short_lines_below_a_title_are_body_where_no_running_text_follows() -> None:
    found = zones_of("\n".join(("Island cut off", "No ferries", "No mail")), title="Island cut off")
    assert [kind for kind, _, _ in found] == ["headline", "body", "body"]


def test_a_place_before_a_later_paragraph_is_no_dateline() -> None:
    found = zones_of("\n".join((TITLE, STORY[0], f"PORT ELLEN — {STORY[1]}", *STORY[2:])))
    assert "dateline" not in [kind for kind, _, _ in found]


def test_hard_wrapped_text_is_read_by_paragraphs() -> None:
    wrapped = (
        "The harbour master said on Monday that the two ferries\n"
        "would stay in port until the storm had passed, and that\n"
        "nobody should try to cross the sound in a small boat.\n"
        "\n"
        "Fishermen who had hauled their boats ashore waited in\n"
        "the market hall while volunteers handed out soup and\n"
        "dry blankets to everybody who had come in.\n"
    )
    bodies = [words for kind, words, _ in zones_of(f"{TITLE}\n\n{wrapped}") if kind == "body"]
    assert bodies == [paragraph.strip() for paragraph in wrapped.split("\n\n")]


def test_an_indent_opens_a_paragraph_of_hard_wrapped_text() -> None:
    one = "   The harbour master said on Monday that\nthe ferries would stay in port until the\nstorm had passed.\n"
    two = "   Fishermen who had hauled their boats\nashore waited in the market hall where\nthere was hot soup."
    assert [words for _, words, _ in zones_of(one + two)] == [one.strip(), two.strip()]


def test_a_list_of_sentences_is_not_taken_for_hard_wrapped_text() -> None:
    text = "\n".join(
        (
            "The wind dropped before noon, to relief.",
            "A ferry left after lunch with mail.",
            "Shops opened at two.",
            "Rain fell again at night, but little.",
        )
    )
    assert [kind for kind, _, _ in zones_of(text)] == ["body"] * 4


def test_thai_text_without_full_stops_keeps_its_first_lines() -> None:
    page = (
        "พายุทำให้เรือข้ามฟากของเกาะต้องจอดที่ท่าเรือ",
        "นายท่าเรือกล่าวเมื่อวันจันทร์ว่าเรือข้ามฟากสองลำของเกาะจะจอดที่ท่าเรือจนกว่าพายุจะผ่านไป",
        "ชาวประมงที่ลากเรือขึ้นฝั่งรออยู่ในตลาดขณะที่อาสาสมัครแจกซุปร้อนและผ้าห่มแห้ง",
    )
    assert [kind for kind, _, _ in zones_of("\n".join(page))] == ["headline", "body", "body"]


def test_arabic_paragraphs_without_full_stops_are_body() -> None:
    title, *paragraphs = PAGES["ar"]
    found = zones_of("\n".join((title, *(paragraph.rstrip(".") for paragraph in paragraphs))))
    assert [kind for kind, _, _ in found][1:] == ["body", "body"]


def test_a_very_long_line_is_body_however_it_is_worded() -> None:
    line = "Photo: " + " ".join(STORY)
    assert kind_of(line, "\n".join((TITLE, line, *STORY))) == "body"


_LINES = st.one_of(
    st.text(max_size=60),
    st.sampled_from([*STORY, TITLE, *HEADS, *COMMENTS, *BYLINES, *(line for line, _ in FURNITURE), "", "  "]),
    st.sampled_from(["MOSCOW (AP) — ", "PORT ELLEN — ", "\t北京（共同）", "(dpa) - "]).map(
        lambda place: place + STORY[0]
    ),
)


@given(st.lists(_LINES, max_size=14), st.sampled_from(["\n", "\r\n", "\n\n", "\u2028"]), st.sampled_from([None, TITLE]))
def test_every_printed_character_is_in_exactly_one_zone(lines: list[str], end: str, title: str | None) -> None:
    text = end.join(lines)
    article, everything = Article("a", text, "Post", title), tokens.tokens(text)
    zones = clean.zones(article, everything, credit.reader().page(article, everything))
    at = 0
    for zone in zones:
        assert not text[at : zone.start].strip()
        assert text[zone.start : zone.end].strip() or zone.kind in ("body", "dateline")
        assert zone.reason
        at = zone.end
    assert not text[at:].strip()


@given(st.lists(_LINES, max_size=14), st.sampled_from(["\n", "\n\n"]))
def test_every_word_of_the_text_is_scored_or_has_a_zone_that_says_why_not(lines: list[str], end: str) -> None:
    text = end.join(lines)
    article, everything = Article("a", text), tokens.tokens(text)
    zones = clean.zones(article, everything, credit.reader().page(article, everything))
    inside = sum(len(tokens.within(everything, [(zone.start, zone.end)])) for zone in zones)
    assert inside == len(everything)


def zoned(text: str, title: str | None = None) -> list[tuple[str, str]]:
    found = prepare(Article("a", text, title=title))
    return [(zone.kind, text[zone.start : zone.end].strip()) for zone in found.zones]


def test_a_first_line_without_a_full_stop_is_the_headline_though_the_text_does_not_repeat_its_words() -> None:
    text = "Land unter in Husum\n\n" + "\n\n".join(STORY)
    assert zoned(text)[0] == ("headline", "Land unter in Husum")


def test_menus_above_a_headline_are_furniture() -> None:
    menu = [f"Section number {name}" for name in ("one", "two", "three", "four", "five", "six", "seven", "eight")]
    kinds = {words: kind for kind, words in zoned("\n".join((*menu, *menu[:7], TITLE, *STORY)))}
    assert kinds[TITLE] == "headline"
    assert {kinds[line] for line in menu} == {"furniture"}


def test_a_line_that_names_the_sender_is_no_photo_credit() -> None:
    assert ("byline", "By AFP / Times staff") in zoned("\n".join((TITLE, "By AFP / Times staff", *STORY)))
    assert ("furniture", "Anna Lind / AFP") in zoned("\n".join((TITLE, "Anna Lind / AFP", *STORY)))


def test_running_text_of_an_article_about_cookies_is_body() -> None:
    line = "The company updated its privacy policy on Monday after customers had problems viewing their accounts."
    assert ("body", line) in zoned("\n".join((TITLE, *STORY[:3], line, *STORY[3:])))


@pytest.mark.parametrize(
    "line",
    [
        "Published in 1998, the book sold 2 million copies.",
        "Updated figures show that unemployment rose to 5.2 percent in March.",
        "Share prices in London fell sharply on Monday.",
        "Getty Images sued a software company in London over copyright.",
        "By continuing the strike, unions hope to secure better terms.",
        "Already a member of the union, the country wants more.",
        "Topics ranged from taxes to housing.",
        "2023年12月7日、首相は辞任した。",
    ],
)
def test_a_sentence_of_the_text_is_body_whatever_it_begins_with(line: str) -> None:
    assert ("body", line) in zoned("\n".join((TITLE, *STORY[:3], line, *STORY[3:])))


def test_a_headline_is_known_by_a_title_with_the_sites_name_behind_it() -> None:
    assert zoned("\n".join((TITLE, *STORY)), f"{TITLE} | The Island Post")[0] == ("headline", TITLE)
