"""Articles that are no usual story end in a sensible verdict: single sentences, tables, mixed scripts, live blogs."""

from __future__ import annotations

from random import Random

import pytest
from texts import OTHER_STORY, PAGES, STORY, TITLE, chatter

import dedup
from dedup import Article, compare
from dedup.records import REPRINTS

QUOTES = (
    "“We will not leave the island before the last of the ferries is back in the harbour,” said the mayor.",
    "“My grandfather saw a storm like this one, and he never stopped talking about it,” said a fisherman.",
    "“Nobody had told us that the school would be closed for so many days in a row,” said a teacher.",
)


def verdict(one: str, other: str) -> str:
    return compare({"text": one, "outlet": "one"}, {"text": other, "outlet": "two"}).verdict


def table(seed: int) -> str:
    random = Random(seed)
    teams = ("Harwick", "Pendle", "Aldermouth", "Brunsford", "Selk", "Orm", "Lindgren", "Tarn")
    rows = [
        f"{team} {random.randint(20, 30)} {random.randint(5, 20)} {random.randint(1, 9)} {random.randint(10, 60)}"
        for team in random.sample(teams, len(teams))
    ]
    return "\n".join(rows)


def test_one_sentence() -> None:
    assert verdict(STORY[0], STORY[0]) == "verbatim_reprint"
    assert verdict(STORY[0], STORY[1]) == "independent"
    assert verdict(STORY[0], "\n\n".join(STORY)) in REPRINTS


def test_one_word() -> None:
    assert verdict("Storm", "Harbour") == "independent"


def test_only_quotations() -> None:
    assert verdict("\n\n".join(QUOTES), "\n\n".join((*QUOTES[:2], *STORY[:4]))) == "quote_only"
    assert verdict("\n\n".join(QUOTES), "\n\n".join(QUOTES)) == "verbatim_reprint"


def test_tables_of_scores() -> None:
    assert verdict(table(1), table(2)) in ("formula", "independent")
    assert verdict(table(1), table(1)) == "verbatim_reprint"


@pytest.mark.parametrize("pair", [("en", "ar"), ("ru", "zh"), ("de", "ja"), ("fr", "ko")], ids="-".join)
def test_two_languages_in_one_article(pair: tuple[str, str]) -> None:
    one, other = ("\n\n".join(PAGES[language][1:]) for language in pair)
    both = f"{one}\n\n{other}"
    assert verdict(both, both.replace("\n\n", "\n")) == "verbatim_reprint"
    assert verdict(one, both) in REPRINTS
    assert verdict(one, other) == "independent"


def test_right_to_left_text_with_names_in_latin() -> None:
    text = (
        "قالت شركة Lindgren Shipping يوم الاثنين إن عباراتها ستبقى في الميناء حتى تمر العاصفة، وأضافت"
        " أن نظام Harbour Watch 2"
        " سيبلغ الركاب بمواعيد السفر الجديدة. وانتظر الصيادون الذين سحبوا قواربهم إلى الشاطئ في قاعة"
        " السوق حيث وزع المتطوعون"
        " الحساء والبطانيات على العائلات طوال الليل، وأغلقت المدارس أبوابها في البلدات المجاورة."
    )
    cut = text.replace("، وأغلقت المدارس أبوابها في البلدات المجاورة", "")
    found = compare({"text": text}, {"text": cut})
    assert found.verdict == "truncated_reprint"
    assert found.ledger.added == 0


def test_a_live_blog_holds_the_story_among_many() -> None:
    others = [f"{hour:02}:15 {chatter(hour, 60)}" for hour in range(6, 22)]
    story = "\n\n".join(STORY)
    blog = "\n\n".join((*others[:8], f"14:20 {story}", *others[8:]))
    found = compare({"text": story}, {"text": blog})
    assert (found.verdict, found.detail) == ("edited_reprint", "expanded")
    assert found.retention > 0.95


def test_a_live_blog_is_in_the_cluster_of_each_of_its_stories() -> None:
    stories = ["\n\n".join(STORY), "\n\n".join(OTHER_STORY)]
    blog = Article("blog", "\n\n".join((chatter(1, 80), stories[0], chatter(2, 80), stories[1])), "Blog")
    copies = [
        Article(f"{at} {outlet}", f"{TITLE}\n\n{story}", outlet)
        for at, story in enumerate(stories)
        for outlet in ("A", "B")
    ]
    found = dedup.scan([blog, *copies])
    members = [{member.article.article.id for member in cluster.members} for cluster in found.clusters]
    assert sorted(map(sorted, members)) == [["0 A", "0 B", "blog"], ["1 A", "1 B", "blog"]]


def test_five_hundred_reprints_are_one_cluster() -> None:
    random = Random(5)
    articles = []
    for number in range(500):
        kept = [sentence for sentence in STORY if random.random() < 0.9] or list(STORY)
        articles.append(Article(str(number), "\n\n".join((*kept, chatter(number, 12))), f"outlet {number}"))
    found = dedup.scan(articles)
    assert len(found.clusters[0].members) > 450
    assert {m.verdict for m in found.clusters[0].members} <= {*REPRINTS, "partial_reuse"}
