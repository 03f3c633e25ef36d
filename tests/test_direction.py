"""Dates: which cannot be, who was first, how long after, and that none of them changes what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import OTHER_STORY, PAGE, STORY, TITLE

import dedup
from dedup import Article, Cluster, Config, ScanResult
from dedup.chronology import direction, earliest, impossible, lag_seconds

TODAY = date(2024, 3, 4)
READ = Config(read_on=TODAY)
EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


def one(id: str, published: str | None = None, outlet: str | None = None) -> Article:
    """An article dated as written: a day where only a day is."""
    when = datetime.fromisoformat(published) if published else None
    return Article(id, "x", id if outlet is None else outlet, published=when, date_only=len(published or "") == 10)


def ids(articles: Iterable[Article]) -> list[str]:
    return [article.id for article in articles]


# which dates cannot be


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("2024-03-05", None),  # tomorrow is today somewhere
        ("2024-03-05T23:59:59+14:00", None),
        ("2024-03-06", "after the day of reading"),
        ("2098-01-01", "after the day of reading"),
        ("9999-12-31T23:59:59", "after the day of reading"),
        ("1970-01-01", "a placeholder"),
        ("1970-01-01T00:00:00+00:00", "a placeholder"),
        ("1969-12-31T19:00:00-05:00", "a placeholder"),
        ("1970-01-01T01:00:00", "a placeholder"),
        ("1970-01-02", None),
        ("1969-12-31", None),
        ("1900-01-01T00:00:00", "a placeholder"),
        ("1900-01-01T06:00:00", None),
        ("1899-12-30", "a placeholder"),
        ("1601-01-01T00:00:00+00:00", "a placeholder"),
        ("1987-10-19T10:02:00", None),
        ("1863-11-20", None),
        ("1600-01-01", None),
        ("1599-12-31", "before there were newspapers"),
        ("0001-01-01", "before there were newspapers"),
    ],
)
def test_a_date_is_impossible_for_a_reason(when: str, why: str | None) -> None:
    assert impossible(datetime.fromisoformat(when), TODAY) == why


class _Silent(tzinfo):
    def utcoffset(self, when: datetime | None) -> None:
        return None


@pytest.mark.parametrize("zone", [None, UTC, EAST, WEST, _Silent()])
@pytest.mark.parametrize("when", [datetime.min, datetime.max, datetime(2024, 3, 4)])
def test_any_date_in_any_zone_is_possible_or_not(when: datetime, zone: tzinfo | None) -> None:
    assert (impossible(when.replace(tzinfo=zone), TODAY) is None) == (when.year == 2024)


def test_without_a_day_of_reading_the_clock_says_it() -> None:
    now = datetime.now(UTC)
    assert impossible(now) is None
    assert impossible(now + timedelta(days=3)) == "after the day of reading"


def test_an_impossible_date_is_none_and_said_so_wherever_the_article_comes_from() -> None:
    found = dedup.scan(
        [
            Article("a", PAGE, "Post", published=datetime(2098, 1, 1), date_only=True),
            {"id": "b", "text": PAGE, "outlet": "Echo", "published": "1970-01-01T00:00:00Z"},
            {"id": "c", "text": PAGE, "outlet": "Star", "published": "2024-03-03T10:00:00"},
            {"id": "d", "text": PAGE, "outlet": "Sun", "published": "0001-01-01"},
        ],
        config=READ,
    )
    assert {warning.place: warning.reason for warning in found.warnings} == {
        "a": "impossible date, taken as none: 2098-01-01 (after the day of reading)",
        "record 2": "impossible date, taken as none: 1970-01-01T00:00:00+00:00 (a placeholder)",
        "record 4": "impossible date, taken as none: 0001-01-01 (before there were newspapers)",
    }
    assert (found.counts["impossible_dates"], found.counts["undated"]) == (3, 3)
    (record,) = [record for record in found.records() if record["record"] == "cluster"]
    dates = {member["id"]: member["published"] for member in record["members"]}  # type: ignore[attr-defined]
    assert dates == {"a": None, "b": None, "c": "2024-03-03T10:00:00", "d": None}
    assert record["first"] is None  # one date alone tells nobody was first
    assert record["direction"] == "undated"


def test_the_day_of_reading_is_the_only_clock() -> None:
    article = {"id": "a", "text": PAGE, "published": "2024-03-09"}
    for day, count in ((4, 1), (7, 1), (8, 0), (9, 0)):
        found = dedup.scan([article], config=Config(read_on=date(2024, 3, day)))
        assert found.counts["impossible_dates"] == count


def test_a_comparison_ignores_an_impossible_date_too() -> None:
    early = Article("a", PAGE, "Post", published=datetime(2024, 3, 3, 10))
    late = Article("b", PAGE, "Echo", published=datetime(2024, 3, 3, 12, 30))
    assert dedup.compare(early, late, config=READ).to_dict()["lag_seconds"] == 9000
    assert dedup.compare(late, early, config=READ).to_dict()["lag_seconds"] == -9000
    wrong = replace(late, published=datetime(2098, 1, 1))
    assert dedup.compare(early, wrong, config=READ).to_dict()["lag_seconds"] is None


# who was first


def test_the_first_is_the_earliest_whatever_the_zone() -> None:
    articles = [one("a", "2024-03-04T09:00:00+00:00"), one("b", "2024-03-04T10:00:00+02:00"), one("c")]
    assert ids(earliest(articles)) == ["b"]
    assert direction(articles, []) == "known"


def test_a_day_and_a_time_of_it_cannot_be_ordered() -> None:
    articles = [one("a", "2024-03-04"), one("b", "2024-03-04T10:00:00"), one("c", "2024-03-04T11:00:00")]
    assert ids(earliest(articles)) == ["a", "b"]
    assert direction(articles, []) == "unclear"
    assert lag_seconds(articles[0], articles[2]) == 0
    assert lag_seconds(articles[1], articles[2]) == 3600
    assert lag_seconds(articles[0], one("d", "2024-03-06T01:00:00")) == 2 * 86_400


def test_midnight_says_no_more_than_its_day() -> None:
    articles = [one("a", "2024-03-04T00:00:00-05:00"), one("b", "2024-03-04T02:00:00")]
    assert ids(earliest(articles)) == ["a", "b"]
    assert lag_seconds(*articles) == 0


def test_an_earlier_day_is_before_a_time() -> None:
    articles = [one("a", "2024-03-04T00:10:00"), one("b", "2024-03-03")]
    assert ids(earliest(articles)) == ["b"]
    assert direction(articles, []) == "known"


def test_the_same_time_twice_is_unclear() -> None:
    articles = [one("a", "2024-03-04T09:00:00"), one("b", "2024-03-04T10:00:00+01:00"), one("c", "2024-03-05")]
    assert ids(earliest(articles)) == ["a", "b"]
    assert direction(articles, []) == "unclear"


@pytest.mark.parametrize("articles", [[], [one("a")], [one("a"), one("b", "2024-03-04")]])
def test_fewer_than_two_dates_say_nothing_of_the_direction(articles: list[Article]) -> None:
    assert direction(articles, []) == "undated"


def test_an_earlier_version_by_another_outlet_leaves_the_direction_open() -> None:
    members = [one("a", "2024-03-04T09:00:00", "Post"), one("b", "2024-03-04T10:00:00", "Echo")]
    assert direction(members, [one("b0", "2024-03-04T08:00:00", "Echo")]) == "unclear"
    assert direction(members, [one("a0", "2024-03-04T08:00:00", "Post")]) == "known"
    assert direction(members, [one("b1", "2024-03-04T12:00:00", "Echo")]) == "known"


zones = st.sampled_from([None, UTC, EAST, WEST, timezone(timedelta(hours=-5))])
times = st.datetimes(datetime(2024, 3, 1), datetime(2024, 3, 4), timezones=st.just(None))
dated = st.builds(
    lambda at, zone, day: (at.replace(tzinfo=zone), day),
    times.map(lambda at: at.replace(minute=0)),
    zones,
    st.booleans(),
)


@given(st.lists(dated, min_size=1, max_size=6), st.randoms())
def test_the_lag_from_the_first_is_never_negative(dates: list[tuple[datetime, bool]], rng: object) -> None:
    articles = [Article(f"{n}", "x", published=at, date_only=day) for n, (at, day) in enumerate(dates)]
    found = earliest(articles)
    assert found
    for first in found:
        assert all((lag := lag_seconds(first, article)) is not None and lag >= 0 for article in articles)
    turned = [*reversed(articles)]
    assert sorted(ids(earliest(turned))) == sorted(ids(found))


# in a cluster


def text(*paragraphs: str) -> str:
    return "\n\n".join((TITLE, *paragraphs))


def corpus(dates: Callable[[int], datetime | None]) -> list[Article]:
    """Two stories by several outlets, no two of one text or one length, a later version, and two versions alone."""
    texts = (
        ("Post", text("By AFP", *STORY)),
        ("Echo", text(*STORY[:5])),
        ("Star", text(*STORY[:4])),
        ("Sun", text(*STORY[:3], "Nobody in the village had seen such waves since the great flood.")),
        ("Echo", text(*STORY[:5], "The mayor thanked everybody who had carried sandbags to the quay all day.")),
        ("Mail", "\n\n".join(OTHER_STORY)),
        ("Dispatch", "\n\n".join(OTHER_STORY[:4])),
        ("Post", "\n\n".join((*OTHER_STORY[1:], "A second map is said to lie in the archive of the diocese."))),
        ("Times", "\n\n".join(("Rowers of the university won the regatta by two lengths on the lower river.", *QUIET))),
        ("Times", "\n\n".join(QUIET)),
    )
    return [Article(f"{n}", body, outlet, "T", published=dates(n)) for n, (outlet, body) in enumerate(texts)]


QUIET = (
    "The crews had trained since October in the dark hours before the lectures of the morning began in town.",
    "Their coach praised the stroke, who had come back from an injury that had kept her ashore half the winter.",
)


def found(articles: list[Article]) -> list[object]:
    result = dedup.scan(articles, config=READ)
    assert {c.judgement.basis for cluster in result.clusters for c in cluster.members} == {"pair"}
    return sorted(
        (
            cluster.id,
            cluster.reference.prepared.article.id,
            sorted(
                (c.article.article.id, c.verdict, c.detail, c.confidence, c.ledger)
                for c in (*cluster.members, *cluster.revisions)
            ),
        )
        for cluster in result.clusters
    )


NEAR = datetime(2024, 3, 2)
WRONG = (datetime(2098, 1, 1), datetime(1970, 1, 1), datetime(1, 1, 1), datetime(9999, 12, 31, tzinfo=WEST))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.none() | st.sampled_from(WRONG) | st.integers(0, 47).map(lambda hours: NEAR + timedelta(hours=hours)),
        min_size=10,
        max_size=10,
    )
)
def test_no_date_changes_a_cluster_or_a_ledger(dates: list[datetime | None]) -> None:
    undated = found(corpus(lambda _: None))
    assert len(undated) == 3
    assert found(corpus(lambda n: dates[n])) == undated


def test_an_impossible_date_makes_no_template_of_a_reprint() -> None:
    """What days apart would: see test_two_texts_alike_in_short_runs_and_days_apart_may_be_forms_of_one_template."""

    def bulletin(id: str, last: str, slots: str) -> Article:
        sentences = (f"{sentence[:-1]}, {slot}." for sentence, slot in zip(STORY, slots.split(), strict=True))
        return Article(id, "\n\n".join((*sentences, last)), published=NEAR)

    one = bulletin("a", OTHER_STORY[2], "seven five nine eleven thirty forty")
    two = bulletin("b", f"{OTHER_STORY[0]} {OTHER_STORY[1]}", "eight sixty twelve ninety fifty twenty")
    apart = replace(two, published=NEAR - timedelta(days=9))
    assert dedup.compare(one, apart, config=READ).verdict == "formula"
    for when in (*WRONG, None):
        found = dedup.compare(one, replace(two, published=when), config=READ)
        assert found.verdict == "edited_reprint"


def only(result: ScanResult) -> Cluster:
    (cluster,) = result.clusters
    return cluster


def test_of_several_that_may_be_first_the_reference_copy_is_named() -> None:
    articles = [
        Article("z", text("By AFP", *STORY), "Post", "T", published=datetime(2024, 3, 2), date_only=True),
        Article("b", text(*STORY[:5]), "Echo", "T", published=datetime(2024, 3, 2, 9)),
        Article("c", text(*STORY[:4]), "Star", "T", published=datetime(2024, 3, 2, 11)),
    ]
    cluster = only(dedup.scan(articles, config=READ))
    assert cluster.first is not None
    assert (cluster.first.id, cluster.direction) == ("z", "unclear")
    cluster = only(dedup.scan([replace(articles[0], published=None), *articles[1:]], config=READ))
    assert cluster.first is not None
    assert (cluster.first.id, cluster.direction) == ("b", "known")
    cluster = only(dedup.scan([replace(article, published=None) for article in articles], config=READ))
    assert (cluster.first, cluster.direction) == (None, "undated")


def test_every_lag_is_from_the_first_publication_and_earlier_versions_are_before_it() -> None:
    articles = [
        Article("a", text("By AFP", *STORY), "Post", "T", published=datetime(2024, 3, 2, 12)),
        Article("b", text(*STORY[:5]), "Echo", "T", published=datetime(2024, 3, 2, 10)),
        Article("b0", text(*STORY[:3]), "Echo", "T", published=datetime(2024, 3, 2, 9)),
        Article("c", text(*STORY[:4]), "Star", "T"),
    ]
    (record,) = [r for r in dedup.scan(articles, config=READ).records() if r["record"] == "cluster"]
    assert record["reference"]["id"] == "a"  # type: ignore[index]
    assert record["first"] == {"id": "b", "outlet": "Echo", "published": "2024-03-02T10:00:00"}
    assert record["direction"] == "known"
    lags = {m["id"]: m["lag_seconds"] for m in (*record["members"], *record["revisions"])}  # type: ignore[misc]
    assert lags == {"a": 7200, "b": 0, "b0": -3600, "c": None}
