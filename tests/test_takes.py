"""Takes of an agency's item: which belong together, in what order, and what of them is no text."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from making import prepared, prose

import dedup
from dedup import Article, takes
from dedup.records import Prepared

BODIES = [prose(number, 3) for number in range(6)]
STEM = "Ministers agree on a plan for the harbour"


def item(title: str, body: int, minute: int = 0, outlet: str = "afp.com", text: str = "") -> Prepared:
    when = f"2024-05-02T{10 + minute // 60}:{minute % 60:02}"
    return prepared(text or BODIES[body], f"t{body}", outlet, when, title=title)


def joined(items: Sequence[Prepared]) -> list[list[str]]:
    """The ids of the takes found, the same whatever the order of the items."""
    found = [[items[at].article.id for at in group] for group in takes.groups(items)]
    turned = items[::-1]
    assert [[turned[at].article.id for at in group] for group in takes.groups(turned)] == found
    return found


@pytest.mark.parametrize(
    "titles",
    [
        (STEM, f"{STEM} (2)", f"{STEM} (3)"),
        (f"{STEM} - Take 1", f"{STEM} - Take 2", f"{STEM} - Take 3"),
        (f"{STEM} 1/3", f"{STEM} 2/3", f"{STEM} 3/3"),
        (STEM, f"2nd take: {STEM}", f"3rd and last take: {STEM}"),
        (STEM, f"{STEM} / first addition", f"{STEM} / second and last addition"),
        ("الوزراء يتفقون على خطة الميناء", "الوزراء يتفقون على خطة الميناء   إضافة أولى",
         "الوزراء يتفقون على خطة الميناء / إضافة ثانية واخيرة"),
        ("اتفاق الوزراء على الميناء (١)", "اتفاق الوزراء على الميناء (٢)", "اتفاق الوزراء على الميناء (٣)"),
        ("Ministros acuerdan un plan (1)", "Ministros acuerdan un plan (2)", "Ministros acuerdan un plan (y 3)"),
        ("Minister einigen sich (Teil eins)", "Minister einigen sich (Teil zwei)", "Minister einigen sich (Schluss)"),
        ("Министры договорились о порте", "Министры договорились о порте (продолжение)",
         "Министры договорились о порте (окончание)"),
    ],
)  # fmt: skip
def test_takes_are_joined_in_the_order_of_their_numbers(titles: Sequence[str]) -> None:
    items = [item(title, at, 10 - at) for at, title in enumerate(titles)]  # the last take is the first in the feed
    assert joined([*items, item("Another story of the day", 5)]) == [["t0", "t1", "t2"]]


def test_a_number_above_the_text_counts_like_one_in_the_headline() -> None:
    last = item(STEM, 2, 2, text=f"third and last addition\n{BODIES[2]}")
    assert next(zone.reason for zone in last.zones) == "number of a take"
    items = [item(STEM, 0), item(f"{STEM} / addition 1", 1, 1), last]
    assert joined(items) == [["t0", "t1", "t2"]]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (item(STEM, 0), item(f"{STEM} (2)", 1, 90)),  # an hour and a half apart
        (item(STEM, 0, outlet="The Daily"), item(f"{STEM} (2)", 1, outlet="The Daily")),  # no agency
        (item(STEM, 0), item(f"{STEM} (2)", 1, outlet="reuters.com")),
        (item(STEM, 0), item(f"{STEM} 2024", 1)),  # a year
        (item(STEM, 0), item(f"{STEM} today", 1)),
        (item("Shares close 0.22", 0), item("Shares close 0.31", 1)),
        (item("Market report 1", 0), item("Market report 2", 1)),
        (item("Riders ready for the cup", 0), item("Riders ready for the cup final", 1)),
        (item("One killed in Karon crash", 0), item("Two killed in Karon crash", 1)),
        (item("Delmar draw Tabor 1-1", 0), item("Delmar draw Tabor 2-2", 1)),
        (item("Queen Elizabeth meets sailors", 0), item("Queen Elizabeth II meets sailors", 1)),
        (item(STEM, 0), item(f"{STEM} (2)", 1, 5, text=f"{BODIES[0]}\n{prose(40)}")),  # a version
    ],
    ids=[
        "apart",
        "no agency",
        "two agencies",
        "year",
        "words",
        "figures",
        "bulletins",
        "final",
        "dead",
        "score",
        "queen",
        "version",
    ],
)
def test_what_is_no_take_is_not_joined(one: Prepared, two: Prepared) -> None:
    assert joined([one, two]) == []


def test_days_do_where_only_days_are_known() -> None:
    def dated(title: str, body: int, day: str) -> Prepared:
        return prepared(BODIES[body], f"t{body}", "afp.com", day, title=title, date_only=True)

    assert joined([dated(STEM, 0, "2024-05-02"), dated(f"{STEM} (2)", 1, "2024-05-02")]) == [["t0", "t1"]]
    assert joined([dated(STEM, 0, "2024-05-02"), dated(f"{STEM} (2)", 1, "2024-05-03")]) == []


def test_the_agencys_marks_are_no_text() -> None:
    text = f"Port City, 2 May 2024 AFP\n{BODIES[0]}\n// more //\n10:32 GMT\nsecond take\n{BODIES[1]}\n(END)\n10:40 GMT"
    own = prepared(text, "a", "afp.com")
    assert [zone.kind for zone in own.zones if zone.kind != "body"] == ["dateline", *["furniture"] * 5]
    assert own.tokens.packed == prepared("\n".join(BODIES[:2])).tokens.packed
    paper = prepared(text, "a", "The Daily")
    assert len(paper.tokens) > len(own.tokens)


def test_the_joined_item_is_the_original_and_names_its_takes() -> None:
    feed = [
        Article(f"t{at}", f"{BODIES[at]}\n{mark}", "afp.com", title)
        for at, (title, mark) in enumerate([(STEM, "MORE"), (f"{STEM} 2nd take", "MORE"), (f"{STEM} 3rd take", "END")])
    ]
    papers = [Article(f"p{at}", "\n".join(BODIES[:3]), f"Paper {at}", "Harbour plan agreed") for at in range(2)]
    result = dedup.scan([*feed, *papers])
    (cluster,) = result.clusters
    assert cluster.reference.status == "original"
    assert cluster.reference.prepared.article.takes == ("t0", "t1", "t2")
    assert [member.verdict for member in cluster.members] == ["verbatim_reprint"] * 3
    record = next(iter(result.records()))
    assert (record["reference"]["id"], record["reference"]["takes"]) == ("t0", ["t0", "t1", "t2"])  # type: ignore[index]
    assert (result.counts["articles"], result.counts["takes_joined"]) == (3, 2)
