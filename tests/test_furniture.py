"""What a corpus learns of furniture: repeated lines, blocks in long lines, notices of many outlets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from random import Random

import pytest
from texts import chatter, prepared

import dedup
from dedup import Article, Config, compare, load_background, prepare
from dedup.config import Rules
from dedup.furniture import FurnitureCounts, outline
from dedup.records import Prepared, Zone

LINE = "Call our news desk at any time with your story"
#: A line that an outlet prints under its stories, in each language; numbers in it change.
LINES = {
    "en": LINE,
    "fr": "Retrouvez tous nos articles dans notre édition numéro {}",
    "ru": "Больше рассказов о нашем острове в воскресном номере",
    "ar": "للتواصل مع قسم التحرير أرسل رسالة إلى الرقم {}",
    "zh": "欢迎关注本报官方账号获取更多新闻",
    "th": "ติดตามข่าวสารอื่นได้ทุกวันที่นี่",
}
PARAGRAPH = "The island has some three hundred people, two ferries and a school of seven pupils."
NOTICE = "Subscribers of this paper can read every article on every device, today and for a whole year."
BLOCK = "see more stories of the harbour on our own pages every single evening"


def page(seed: int, paragraphs: int, at: int, *lines: str, outlet: str = "Post", title: str | None = None) -> Prepared:
    """An article of so many paragraphs of its own, with lines put in before one of them."""
    text = chatter(seed, 30 * paragraphs).split("\n\n")
    text[at:at] = lines
    return prepared("\n\n".join(text), f"{outlet}{seed}", outlet=outlet, title=title or f"Untitled {seed}")


def learned(articles: Iterable[Prepared]) -> FurnitureCounts:
    """What the articles teach, one after the other."""
    counts = FurnitureCounts()
    for article in articles:
        counts.add(outline(article))
    return counts


def words(article: Prepared, zones: Sequence[Zone]) -> list[tuple[str, str]]:
    """The zones' words and reasons."""
    return [(article.article.text[zone.start : zone.end], zone.reason) for zone in zones]


def found_in(articles: Sequence[Prepared], asked: Prepared | None = None) -> list[tuple[str, str]]:
    """What the articles know to be furniture in one of them, by default the first."""
    one = asked or articles[0]
    return words(one, learned(articles).of(one))


def unrelated(count: int) -> str:
    return f"repeated in {count} unrelated articles of the outlet"


# Lines of one outlet


@pytest.mark.parametrize(("at", "count", "found"), [
    (20, 3, True), (20, 2, False), (13, 3, True), (0, 3, True), (3, 3, True), (4, 3, False), (12, 3, False),
    (8, 9, False), (8, 10, True),
])  # fmt: skip
def test_a_line_is_furniture_in_three_unrelated_articles_at_an_edge_or_ten_anywhere(
    at: int, count: int, found: bool
) -> None:
    articles = [page(number, 20, at, LINE) for number in range(count)]
    assert found_in(articles) == ([(LINE, unrelated(count))] if found else [])


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_it_does_not_matter_what_language_a_line_is_in_or_which_numbers_it_has(line: str) -> None:
    articles = [page(number, 3, 3, line.format(415 + 7 * number)) for number in range(3)]
    assert found_in(articles) == [(line.format(415), unrelated(3))]


def test_places_at_an_edge_and_inside_add_up_to_ten() -> None:
    articles = [page(number, 20, 0 if number < 2 else 8, LINE) for number in range(10)]
    assert found_in(articles) == [(LINE, unrelated(10))]


def test_a_line_inside_the_text_does_not_become_furniture_by_being_so_elsewhere() -> None:
    articles = [page(9, 20, 8, LINE), *(page(number, 20, 20, LINE) for number in range(3))]
    assert found_in(articles) == []
    assert found_in(articles, articles[1]) == [(LINE, unrelated(4))]


def test_the_edge_is_peeled_line_by_line() -> None:
    menu = [f"Section {name} of our paper" for name in ("north", "south", "harbour", "market", "council", "school")]
    articles = [page(number, 20, 0, *menu) for number in range(3)]
    assert [line for line, _ in found_in(articles)] == menu
    broken = [page(number, 20, 0, *menu[:3], f"{chatter(50 + number, 15)}", *menu[3:]) for number in range(3)]
    assert [line for line, _ in found_in(broken)] == menu[:3]


def test_the_peel_works_from_the_end_as_well() -> None:
    names = ("ferry", "quay", "light", "mill", "tower", "chapel", "lake", "bay", "hill")
    foot = [f"More about the {name} of our island" for name in names]
    articles = [page(number, 20, 20, *foot) for number in range(3)]
    assert [line for line, _ in found_in(articles)] == foot


def test_a_count_beyond_the_remembered_articles_is_that_of_all_articles() -> None:
    articles = [page(number, 3, 3, LINE) for number in range(40)]
    assert found_in(articles) == [(LINE, "repeated in 40 articles of the outlet")]


@pytest.mark.parametrize("count", [3, 12])
def test_a_quoted_line_is_never_furniture(count: int) -> None:
    line = "“We shall wait until the wind has dropped and the boats are safe.”"
    assert found_in([page(number, 3, 3, line) for number in range(count)]) == []


def test_lines_of_related_articles_are_not_furniture() -> None:
    story = chatter(1, 300)
    versions = [f"{story}\n\nVersion {name * 3} ends here." for name in "abcdefghijkl"]
    articles = [prepared(text, str(n), outlet="Post", title="Untitled") for n, text in enumerate(versions)]
    assert found_in(articles) == []


def test_versions_that_grow_are_related() -> None:
    paragraphs = chatter(1, 600).split("\n\n")
    articles = [
        prepared("\n\n".join(paragraphs[-count:]), str(count), outlet="Post", title="Untitled")
        for count in range(2, len(paragraphs))
    ]
    counts = learned(articles)
    assert [counts.of(article) for article in articles] == [()] * len(articles)


def test_exact_copies_of_one_article_are_one_article() -> None:
    copies = [prepared(page(1, 3, 3, LINE).article.text, str(n), outlet="Post", title="Untitled") for n in range(4)]
    assert found_in(copies) == []


def test_each_outlet_is_looked_at_by_itself_and_unknown_ones_not_at_all() -> None:
    outlets = ["Post", "Post", "Echo", "Echo", "Echo", "", "", ""]
    articles = [page(number, 3, 3, LINE, outlet=outlet) for number, outlet in enumerate(outlets)]
    counts = learned(articles)
    assert [bool(counts.of(article)) for article in articles] == [outlet == "Echo" for outlet in outlets]


def test_a_page_of_little_more_than_the_notice_shows_that_it_is_one() -> None:
    notices = (NOTICE, "The rest of this page is kept for the friends of our paper and their families.")
    teasers = [chatter(number, 15) for number in range(12)]
    articles = [
        prepared("\n\n".join((teaser, *notices)), str(n), outlet="Post", title="Untitled")
        for n, teaser in enumerate(teasers)
    ]
    assert [line for line, _ in found_in(articles)] == list(notices)


# Running text of several outlets


@pytest.mark.parametrize(("count", "found"), [(2, False), (3, True)])
def test_a_line_as_long_as_running_text_that_one_outlet_alone_prints_is_furniture(count: int, found: bool) -> None:
    assert bool(found_in([page(number, 20, 20, PARAGRAPH) for number in range(count)])) == found


def test_a_background_paragraph_that_two_outlets_carry_is_no_furniture() -> None:
    articles = [page(number, 20, 20, PARAGRAPH) for number in range(12)]
    assert found_in([*articles, page(99, 20, 20, PARAGRAPH, outlet="Echo")]) == []


def outlets(count: int) -> list[str]:
    return [f"Gazette {'abcdefghijklmnop'[number]}" for number in range(count)]


@pytest.mark.parametrize(("count", "found"), [(4, False), (5, True), (9, True)])
def test_a_notice_at_the_edge_of_unrelated_articles_of_many_outlets_is_furniture(count: int, found: bool) -> None:
    articles = [page(number, 6, 6, NOTICE, outlet=outlet) for number, outlet in enumerate(outlets(count))]
    reason = f"repeated in unrelated articles of {count} outlets"
    assert found_in(articles) == ([(NOTICE, reason)] if found else [])


def test_a_notice_is_known_to_an_outlet_that_has_printed_it_once_or_has_no_name() -> None:
    articles = [page(number, 6, 6, NOTICE, outlet=outlet) for number, outlet in enumerate(outlets(5))]
    counts = learned(articles)
    for outlet in ("Star", ""):
        new = page(77, 6, 6, NOTICE, outlet=outlet)
        assert words(new, counts.of(new)) == [(NOTICE, "repeated in unrelated articles of 5 outlets")]


def test_a_background_paragraph_of_the_wire_stands_inside_the_text_too() -> None:
    articles = [
        page(number, 14, 14 if number % 3 else 6, PARAGRAPH, outlet=outlet) for number, outlet in enumerate(outlets(9))
    ]
    assert [found_in(articles, article) for article in articles] == [[]] * 9


def test_a_last_paragraph_that_names_an_agency_is_its_background() -> None:
    background = (
        "The strike at the harbour began in March and has cost shipping lines millions, according to an AFP tally based"
        " on figures of the port authority."
    )
    articles = [page(number, 6, 6, background, outlet=outlet) for number, outlet in enumerate(outlets(9))]
    assert found_in(articles) == []


def test_a_last_paragraph_of_one_story_in_many_outlets_is_copy() -> None:
    story = chatter(1, 240)
    articles = [
        prepared(f"{chatter(70 + number, 30)}\n\n{story}\n\n{PARAGRAPH}", outlet, outlet=outlet, title="Untitled")
        for number, outlet in enumerate(outlets(9))
    ]
    assert [found_in(articles, article) for article in articles] == [[]] * 9


# Blocks in texts without line ends


def unbroken(seed: int, *, head: str = "", tail: str = "", outlet: str = "Post", title: str | None = None) -> Prepared:
    """An article that is one line."""
    text = " ".join((head, *chatter(seed, 120).split(), tail)).strip()
    return prepared(text, f"{outlet}{seed}", outlet=outlet, title=title or f"Untitled {seed}")


@pytest.mark.parametrize(("count", "found"), [(29, False), (30, True)])
def test_a_block_at_the_end_of_thirty_articles_without_line_ends_is_furniture(count: int, found: bool) -> None:
    articles = [unbroken(number, tail=BLOCK) for number in range(count)]
    reason = f"block of 13 words at the end of {count} articles of the outlet"
    assert found_in(articles) == ([(BLOCK, reason)] if found else [])


def test_a_block_at_the_beginning_is_one_too() -> None:
    head = "our reporter in the northern harbour"
    articles = [unbroken(number, head=head) for number in range(31)]
    assert found_in(articles) == [(head, "block of 6 words at the beginning of 31 articles of the outlet")]


def test_a_phrase_that_other_outlets_print_or_that_stands_inside_is_no_block() -> None:
    own = [unbroken(number, tail=BLOCK) for number in range(40)]
    others = [unbroken(100 + number, tail=BLOCK, outlet=f"Echo {number}") for number in range(10)]
    assert found_in([*own, *others]) == []
    inside = [unbroken(200 + number, tail=f"{BLOCK} {chatter(300 + number, 60)}") for number in range(40)]
    assert found_in([*own, *inside]) == []


def test_a_quoted_block_is_never_furniture() -> None:
    assert found_in([unbroken(number, tail=f"“{BLOCK}”") for number in range(40)]) == []


def test_an_echo_of_the_headline_behind_a_block_goes_with_it() -> None:
    titles = [" ".join(chatter(900 + number, 15).split()[:6]) for number in range(30)]
    articles = [
        unbroken(number, tail=f"{BLOCK} {title.rstrip('.')}", title=title) for number, title in enumerate(titles)
    ]
    (_, (echo, reason)) = found_in(articles)
    assert (echo, reason) == (titles[0].rstrip("."), "echo of the headline after a block of the outlet")
    other = unbroken(77, tail=f"{BLOCK} and then the ferries sailed again", title="Council meets on the school roof")
    assert [line for line, _ in found_in(articles, other)] == [BLOCK]


def test_in_a_short_text_the_end_is_the_end_that_is_nearer() -> None:
    articles = [unbroken(number, tail=BLOCK) for number in range(30)]
    text = " ".join([*chatter(500, 15).split()[:8], BLOCK])
    short = prepared(text, outlet="Post", title="Untitled", id="short")
    assert found_in(articles, short) == [(BLOCK, "block of 13 words at the end of 30 articles of the outlet")]


def test_the_zones_of_a_line_with_a_block_cover_it_all() -> None:
    head = "our reporter in the northern harbour"
    articles = [unbroken(number, head=head, tail=BLOCK) for number in range(30)]
    cleaned = prepare(articles[0].article, repeated=learned(articles).of(articles[0]))
    text = cleaned.article.text
    assert [zone.kind for zone in cleaned.zones] == ["furniture", "body", "furniture"]
    assert "".join(text[zone.start : zone.end] for zone in cleaned.zones) == text
    assert len(cleaned.tokens) == 120


# Credits


def test_a_printed_credit_stays_a_credit() -> None:
    articles = [page(number, 5, 5, LINE, "(Reuters)") for number in range(4)]
    cleaned = prepare(articles[0].article, repeated=learned(articles).of(articles[0]))
    assert [zone.kind for zone in cleaned.zones][-2:] == ["furniture", "byline"]
    assert cleaned.credit is not None
    assert (cleaned.credit.agency, cleaned.credit.kind) == ("Reuters", "full")


def test_the_credit_at_the_end_of_a_block_is_kept_and_is_no_body() -> None:
    articles = [unbroken(number, tail=f"{BLOCK}. (AFP)") for number in range(30)]
    cleaned = prepare(articles[0].article, repeated=learned(articles).of(articles[0]))
    assert len(cleaned.tokens) == 120
    assert cleaned.credit is not None
    assert (cleaned.credit.agency, cleaned.credit.text) == ("AFP", "(AFP)")


def test_the_dateline_before_a_block_is_kept() -> None:
    head = "LONDON (Reuters) - Good morning to all our readers"
    articles = [unbroken(number, head=head) for number in range(30)]
    cleaned = prepare(articles[0].article, repeated=learned(articles).of(articles[0]))
    assert cleaned.credit is not None
    assert (cleaned.credit.agency, cleaned.credit.zone) == ("Reuters", "dateline")
    assert cleaned.tokens.keys[:2] == articles[0].tokens.keys[6:8]


# Learning as it goes


def corpus() -> list[Prepared]:
    """Lines, blocks and notices of several outlets, with copies and versions among them."""
    articles = [page(number, 12, 12, LINE) for number in range(30)]
    articles += [page(number, 12, 5, "A heading of ours") for number in range(30, 41)]
    articles += [unbroken(number, tail=BLOCK, outlet="Star") for number in range(50, 82)]
    articles += [page(90 + number, 6, 6, NOTICE, outlet=outlet) for number, outlet in enumerate(outlets(6))]
    return [*articles, *articles[:5]]


def test_the_order_of_adding_does_not_matter() -> None:
    articles = corpus()
    expected = [learned(articles).of(article) for article in articles]
    assert sum(map(bool, expected)) > 60
    for seed in range(3):
        mixed = Random(seed).sample(articles, len(articles))
        counts = learned(mixed)
        assert [counts.of(article) for article in articles] == expected


def test_asking_in_between_or_for_one_at_a_time_changes_nothing() -> None:
    articles = corpus()
    counts = FurnitureCounts()
    for article in articles:
        counts.add(outline(article))
        counts.of(article)
    at_once = learned(articles)
    outlines = [outline(article) for article in articles]
    assert counts.furniture(outlines) == at_once.furniture(outlines) == [at_once.of(article) for article in articles]


def test_what_is_learned_later_is_known_later() -> None:
    counts = FurnitureCounts()
    known = []
    for number in range(4):
        article = page(number, 5, 5, LINE)
        counts.add(outline(article))
        known.append([reason for _, reason in words(article, counts.of(article))])
    assert known == [[], [], [unrelated(3)], [unrelated(4)]]


def test_nothing_is_known_by_a_corpus_of_nothing() -> None:
    assert FurnitureCounts().furniture([]) == []
    assert FurnitureCounts().of(page(1, 3, 3, LINE)) == ()


@pytest.mark.parametrize("text", ["One", "One two three", "One two three four", "一二三"])
def test_texts_of_a_few_words_can_be_learned_from(text: str) -> None:
    article = prepared(text, outlet="Post", title="Untitled")
    assert found_in([article]) == []


# A scan, and a background


def test_a_page_of_nothing_but_furniture_is_skipped_with_its_place_and_the_reason() -> None:
    texts = [f"{chatter(number)}\n\n{NOTICE}" for number in range(4)]
    pages = [Article(str(n), text, "Post", "Untitled", place=f"news.jsonl:{n + 1}") for n, text in enumerate(texts)]
    only = [Article(f"only{n}", NOTICE, "Post", "Untitled", place=f"news.jsonl:{n + 10}") for n in range(2)]
    found = dedup.scan([*pages, *only])
    assert [(item.place, item.reason) for item in found.skipped] == [
        (f"news.jsonl:{line}", f"nothing but furniture: {unrelated(4)}") for line in (10, 11)
    ]
    assert found.clusters == ()
    assert len(found.others) == 4


def test_pages_with_one_text_under_unrelated_headlines_are_no_reprints_of_one_another() -> None:
    titles = ("Mayor opens the new harbour", "Flooding closes two schools", "Orchestra plays without conductor")
    found = dedup.scan([Article(str(n), NOTICE, "Post", title) for n, title in enumerate(titles)])
    assert found.clusters == ()
    assert [item.reason for item in found.skipped] == [f"nothing but furniture: {unrelated(3)}"] * 3


def test_a_short_text_under_headlines_that_it_takes_up_is_kept() -> None:
    text = "Both ferries of the island will stay in the harbour until the storm has passed, the harbour master said."
    titles = ("Storm keeps ferries in harbour", "Island without ferries", "Harbour master waits for storm to pass")
    found = dedup.scan([Article(str(n), text, "Post", title) for n, title in enumerate(titles)])
    assert found.skipped == ()


def test_pages_of_a_notice_of_many_outlets_make_no_cluster() -> None:
    pages = [Article(f"a{n}", f"{chatter(n)}\n\n{NOTICE}", outlet) for n, outlet in enumerate(outlets(6))]
    only = [Article(f"b{n}", NOTICE, outlet) for n, outlet in enumerate(outlets(3))]
    found = dedup.scan([*pages, *only])
    assert found.clusters == ()
    assert {item.reason for item in found.skipped} == {
        "nothing but furniture: repeated in unrelated articles of 6 outlets"
    }


def test_a_scan_gives_the_same_zones_in_any_order() -> None:
    articles = [Article(str(n), f"{chatter(n)}\n\n{LINE}", "Post") for n in range(4)]
    results = [dedup.scan(order) for order in permutations(articles)]
    assert len({tuple((a.article.id, a.zones) for a in result.others) for result in results}) == 1


def test_compare_knows_the_furniture_of_its_background() -> None:
    articles = [Article(str(n), f"{chatter(n)}\n\n{LINE}", "Post") for n in range(4)]
    one = Article("x", f"{chatter(50)}\n\n{LINE}", "Post")
    other = Article("y", f"{chatter(60)}\n\n{LINE}", "Echo")
    background = load_background(articles, config=Config(rules=Rules(background_tokens=100)))
    found = compare(one, other, background=background)
    assert found.reference.zones[-1] == Zone("furniture", one.text.index(LINE), len(one.text), unrelated(4))
    assert found.article.zones[-1].kind == "body"
    assert compare(one, other).reference.zones[-1].kind == "body"


def test_a_background_counts_no_furniture_as_text() -> None:
    articles = [Article(str(n), f"{chatter(n)}\n\n{NOTICE}", "Post") for n in range(4)]
    assert load_background([*articles, Article("only", NOTICE, "Post")]).tokens == 4 * 120
