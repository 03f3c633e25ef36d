"""One suite over every home of an index: what a crawler is answered, and that it adds up to what a scan says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from making import SEEDS, article, prose
from test_newsroom import newsroom

import dedup
from dedup import Config, Index, Skipped, UsageError
from dedup.errors import IndexFault, InputError, Malformed
from dedup.index import learned, lookups
from dedup.index.sightings import Sighting
from dedup.limits import MAX_COMPARED, MAX_MATCHES
from dedup.records import Article

Open = Callable[..., Index]


@pytest.fixture(params=["memory", "disk"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens an index in the home that is tested, and closes it in the end."""
    made: list[Index] = []

    def open(**settings: Any) -> Index:
        where = ":memory:" if request.param == "memory" else tmp_path / "news.dedup"
        made.append(Index.open(where, **settings))
        return made[-1]

    yield open
    for index in made:
        index.close()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of 32 articles, so that a few hundred make several and merge them."""
    monkeypatch.setattr(lookups, "BLOCK", 32)


WIRE = prose(1, 12)
DAY = datetime(2026, 3, 1, 9)


def wire(outlet: str, text: str = WIRE, number: int = 0, **fields: Any) -> Article:
    """An article of an outlet, with an id and a URL of its own."""
    own = {"id": f"{outlet}-{number}", "url": f"https://{outlet.lower()}.example/{number}", "outlet": outlet}
    return article(text, **{"published": "2026-03-01T09:00", **own, **fields})


def made(count: int, seed: int = 3, words: int = 120) -> list[Article]:
    """Articles of the made newsroom, in the order of publication."""
    records = [record for record, _ in newsroom.generate(count, words, seed)]
    return [item for item in dedup.read.read(records) if isinstance(item, Article)]


def pairs_of(sightings: list[Sighting | Skipped]) -> set[tuple[str, str]]:
    """Ids of articles that were found to share copy."""
    return {
        (match.seen.id, seen.article.article.id)
        for seen in sightings
        if isinstance(seen, Sighting)
        for match in seen.matches
    }


def test_the_second_copy_is_told_of_the_first(opened: Open) -> None:
    index = opened()
    first = index.add(wire("Alpha", number=1))
    second = index.add(wire("Beta", prose(2) + "\n\n" + WIRE, published="2026-03-01T11:30"))
    assert (first.status, first.number, first.matches) == ("new", 1, ())
    assert (second.status, second.number) == ("reprint", 2)
    (match,) = second.matches
    assert (match.seen.number, match.seen.id, match.seen.outlet) == (1, "Alpha-1", "Alpha")
    assert match.verdict == "edited_reprint"
    assert (match.ledger.kept, match.ledger.cut, match.ledger.added) == (12 * 14, 0, 14)
    assert (match.reuse, match.retention) == (12 / 13, 1.0)


def test_what_is_new_in_it_are_stretches_of_its_own_text(opened: Open) -> None:
    index = opened()
    index.add(wire("Alpha"))
    index.add(wire("Beta", prose(3, 10)))
    text = "\n\n".join((prose(8), WIRE, prose(9), prose(3, 10)))
    found = index.check(wire("Gamma", text))
    assert [text[start:end] for start, end in found.novel] == [prose(8)[:-1], prose(9)[:-1]]
    assert found.novel_tokens == 28
    whole = index.check(wire("Delta", prose(77, 4)))
    assert [len(prose(77, 4)[start:end].split()) for start, end in whole.novel] == [4 * 14]
    assert index.check(wire("Delta")).novel == []


def test_each_status_is_told(opened: Open) -> None:
    index = opened()
    saying = f"\u201c{prose(5, 3)}\u201d the minister said."
    assert index.add(wire("Alpha")).status == "new"
    assert index.add(wire("Beta", "\n\n".join((prose(20, 12), saying)))).status == "new"
    assert index.add(wire("Gamma", WIRE, 1)).status == "exact"
    assert index.add(wire("Alpha", WIRE + " " + prose(6), 2)).status == "revision"
    assert index.add(wire("Delta", WIRE + "\n\n" + prose(7))).status == "reprint"
    assert (
        index.add(wire("Epsilon", "\n\n".join((prose(30, 12), prose(31, 12), WIRE[: len(WIRE) // 2])))).status
        == "partial"
    )
    assert index.add(wire("Zeta", "\n\n".join((prose(40, 12), saying)))).status == "quote_only"
    assert index.add(wire("Eta", prose(50, 12))).status == "new"


def test_the_very_same_article_is_stored_once(opened: Open) -> None:
    index = opened()
    first, other = index.add(wire("Alpha")), index.add(wire("Beta"))
    again = index.add(wire("Alpha"))
    assert (again.number, again.again, again.status, again.matches) == (first.number, True, "new", ())
    once_more = index.add(wire("Beta"))
    assert (once_more.number, once_more.again) == (other.number, True)
    assert [match.seen.id for match in once_more.matches] == ["Alpha-0"]
    assert index.info()["articles"] == 2
    assert len(list(index.changes())) == 1
    assert not index.add(wire("Alpha", number=7)).again  # another URL is another article
    assert not index.add(wire("Alpha", WIRE + " More.")).again


def test_the_very_same_article_twice_in_one_batch_is_stored_once(opened: Open) -> None:
    index = opened()
    found = index.add_many([wire("Alpha"), wire("Alpha"), wire("Beta"), wire("Alpha")])
    assert [(seen.number, seen.again) for seen in found if isinstance(seen, Sighting)] == [
        (1, False), (1, True), (2, False), (1, True)
    ]  # fmt: skip
    assert index.info()["articles"] == 2


def test_checking_stores_nothing(opened: Open) -> None:
    index = opened()
    index.add(wire("Alpha"))
    for _ in range(2):
        found = index.check(wire("Beta"))
        assert (found.number, found.again, found.status) == (None, False, "exact")
    same = index.check(wire("Alpha"))
    assert (same.number, same.again, same.matches) == (1, True, ())
    assert index.info()["articles"] == 1


def test_many_at_once_are_told_what_each_one_would_be(opened: Open, tmp_path: Path) -> None:
    articles = made(120)
    index = opened()
    together = index.add_many(articles, batch=50)
    one_by_one = Index.open(":memory:")
    alone = [one_by_one.add(item) for item in articles]
    assert [seen.number for seen in together if isinstance(seen, Sighting)] == list(range(1, 121))
    assert pairs_of(together) == pairs_of(list(alone))
    assert {seen.status for seen in alone} >= {"new", "reprint"}


def test_an_article_that_cannot_be_used_is_skipped_in_its_place(opened: Open) -> None:
    index = opened()
    found = index.add_many([wire("Alpha"), {"text": "   ", "id": "x"}, wire("Beta"), wire("Gamma", "?!")])
    kinds = [type(seen).__name__ for seen in found]
    assert kinds == ["Sighting", "Skipped", "Sighting", "Skipped"]
    assert "empty" in found[1].reason  # type: ignore[union-attr]
    assert index.info()["articles"] == 2
    with pytest.raises(InputError):
        index.add({"text": ""})
    with pytest.raises(Malformed):
        index.add(wire("Gamma", "?!"))
    assert index.add_many([]) == []


def test_mappings_paths_and_prepared_articles_are_taken(opened: Open) -> None:
    index = opened()
    index.add(SEEDS / "the-moscow-times.txt")
    record = {"text": (SEEDS / "the-times-of-israel.txt").read_text("utf-8"), "url": "https://times.example/1"}
    assert index.add(record).status == "reprint"
    ready = dedup.prepare(wire("Alpha"))
    assert index.add(ready).number == 3
    assert index.check(wire("Beta")).matches[0].seen.outlet == "Alpha"


def test_the_first_seen_and_the_first_published_are_told_apart(opened: Open) -> None:
    index = opened()
    index.add(wire("Late", published="2026-03-01T15:00"))
    index.add(wire("Early", WIRE + "\n\n(AFP)", published="2026-03-01T08:00"))
    index.add(wire("Undated", number=5, published=None))
    found = index.add(wire("Gamma", published="2026-03-01T19:00"))
    assert found.first_seen
    assert found.first_published
    assert (found.first_seen.outlet, found.first_published.outlet) == ("Late", "Early")
    assert found.first_published.credit is not None
    assert found.first_published.credit.agency == "AFP"


def test_the_best_matches_are_listed_and_the_others_counted(opened: Open) -> None:
    index = opened()
    index.add(wire("Part", "\n\n".join((prose(60, 20), WIRE[: len(WIRE) // 2]))))
    for number in range(MAX_MATCHES + 3):
        index.add(wire(f"Outlet {number}", WIRE + "\n\n" + prose(100 + number)))
    found = index.check(wire("Last"))
    assert len(found.matches) == MAX_MATCHES
    assert found.more == 4
    shared = [match.ledger.kept + match.ledger.moved for match in found.matches]
    assert shared == sorted(shared, reverse=True)
    assert "partial_reuse" not in {match.verdict for match in found.matches}
    assert len(list(index.changes())) == sum(range(MAX_MATCHES + 4))


def test_a_story_with_more_copies_than_are_compared_says_so(opened: Open) -> None:
    index = opened(config=Config(bucket_cap=200))
    index.add_many([wire(f"Outlet {n}", WIRE + "\n\n" + prose(100 + n)) for n in range(MAX_COMPARED + 6)])
    found = index.check(wire("Last"))
    assert found.unverified == 6
    assert len(found.matches) + found.more == MAX_COMPARED


def test_changes_tell_the_first_copy_of_the_second(opened: Open) -> None:
    index = opened()
    index.add(wire("Alpha"))
    index.add(wire("Beta"))
    (change,) = index.changes()
    assert (change.earlier.outlet, change.later.outlet, change.verdict) == ("Alpha", "Beta", "verbatim_reprint")
    assert change.previous is None
    assert list(index.changes(since=change.cursor)) == []
    index.add(wire("Gamma"))
    later = list(index.changes(since=change.cursor))
    assert [(c.earlier.outlet, c.later.outlet) for c in later] == [("Alpha", "Gamma"), ("Beta", "Gamma")]
    assert change.cursor < later[0].cursor < later[1].cursor
    assert later[0].to_dict()["earlier"]["id"] == "Alpha-0"


def test_changes_come_page_by_page_and_miss_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.index.index._PAGE", 2)
    index = opened()
    index.add_many([wire(f"Outlet {n}") for n in range(5)])
    assert len(list(index.changes())) == 10


def test_what_is_older_than_a_day_is_let_go(opened: Open) -> None:
    index = opened()
    index.add(wire("Alpha", published="2026-01-01"))
    index.add(wire("Beta", published="2026-02-01"))
    index.add(wire("Gamma", published="2026-03-01"))
    assert index.expire(before="2026-02-01") == 1
    assert index.expire(before=date(2026, 2, 1)) == 0
    found = index.check(wire("Delta"))
    assert [match.seen.outlet for match in found.matches] == ["Beta", "Gamma"]
    assert [(c.earlier.outlet, c.later.outlet) for c in index.changes()] == [("Beta", "Gamma")]
    assert index.info()["articles"] == 2
    assert index.add(wire("Alpha", published="2026-01-01")).number == 4  # numbers are never given twice
    assert index.expire(before=datetime(2027, 1, 1)) == 3
    assert index.check(wire("Delta")).status == "new"
    assert index.clusters() == ()


def test_a_window_lets_go_as_time_goes(opened: Open) -> None:
    index = opened(window="30d")
    for day in range(0, 60, 10):
        index.add(wire(f"Outlet {day}", prose(day, 12), published=(DAY + timedelta(day)).isoformat()))
    assert index.check(wire("Late", prose(0, 12))).status == "new"
    assert index.check(wire("Late", prose(10, 12))).status == "new"
    assert index.check(wire("Late", prose(20, 12))).status == "exact"
    assert index.info()["articles"] == 4


@pytest.mark.parametrize("window", ["", "30", 30, "30 days", "4w"])
def test_windows_are_days_or_weeks(window: Any) -> None:
    if window == "":
        with pytest.raises(UsageError, match="window is ''"):
            Index.open(":memory:", window=window)
    else:
        Index.open(":memory:", window=window).close()


@pytest.mark.parametrize("setting", [{"window": "soon"}, {"window": 0}, {"window": True}, {"sync": "never"}])
def test_wrong_arguments_say_what_is_allowed(setting: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="allowed"):
        Index.open(":memory:", **setting)
    with pytest.raises(UsageError, match="a day is expected"):
        Index.open(":memory:").expire("yesterday")


@pytest.mark.usefixtures("small_blocks")
def test_feeding_a_corpus_finds_the_pairs_of_a_scan_and_its_clusters(opened: Open) -> None:
    articles = made(400, seed=11)
    index = opened()
    for start in range(0, 400, 37):
        index.add_many(articles[start : start + 37])
    index.settle()
    whole = dedup.scan(articles)
    expected = [record for record in whole.records() if record["record"] != "summary"]
    assert [record for record in index.scan().records() if record["record"] != "summary"] == expected
    assert [cluster.id for cluster in index.clusters()] == [cluster.id for cluster in whole.clusters]
    index.review()
    known = {(change.earlier.id, change.later.id) for change in index.changes()}
    for cluster in whole.clusters:
        assert len(cluster.members) == 1 or known & {
            (one.article.article.id, other.article.article.id) for one in cluster.members for other in cluster.members
        }


def test_streaming_finds_the_proved_pairs_of_a_scan(opened: Open) -> None:
    articles = made(300, seed=5)
    index = opened()
    found = pairs_of([index.add(item) for item in articles])
    changed = {(c.earlier.id, c.later.id) for c in index.changes() if index.review() >= 0}
    order = {item.id: at for at, item in enumerate(articles)}
    for cluster in dedup.scan(articles).clusters:
        reference = cluster.reference.printed.article.id
        for member in (*cluster.members, *cluster.quote_only):
            pair = tuple(sorted({reference, member.article.article.id}, key=order.__getitem__))
            assert len(pair) == 1 or pair in found | changed


def test_a_verdict_that_changes_because_more_was_seen_is_reported(opened: Open) -> None:
    """Two bulletins share a standing paragraph: only those of other days show that it is one."""
    index = opened()
    standing = prose(900, 3)
    for number in range(4):
        when = (DAY + timedelta(20 * number)).isoformat()
        index.add(wire("Alpha" if number % 2 else "Beta", f"{standing}\n\n{prose(number, 25)}", number, published=when))
    filler = [wire("Filler", prose(2000 + n, 60), n, published=(DAY + timedelta(n)).isoformat()) for n in range(400)]
    before = {(c.earlier.id, c.later.id): c.verdict for c in index.changes()}
    assert before
    index.add_many(filler)
    cursor = max(change.cursor for change in index.changes())
    assert index.review() > 0
    changes = list(index.changes(since=cursor))
    assert {(c.earlier.id, c.later.id) for c in changes} <= before.keys()
    assert {c.verdict for c in changes} == {"independent"}
    assert {c.previous for c in changes} <= set(before.values())
    assert index.review() == 0


def test_furniture_that_was_learned_is_no_body(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "_FIRST", 8)
    index = opened()
    notice = "Subscribe now to read everything that our newsroom writes about your town and its people every day"
    for number in range(12):
        index.add(wire("Alpha", f"{prose(number, 6)}\n\n{notice}", number))
    index.settle()
    found = index.check(wire("Alpha", f"{prose(77, 6)}\n\n{notice}", 99))
    assert [zone.reason for zone in found.article.zones if zone.kind == "furniture"] != []
    assert notice not in [found.article.article.text[start:end] for start, end in found.novel]


def test_coroutines_do_not_hold_up_the_loop(opened: Open) -> None:
    index = opened()

    async def crawl() -> list[Sighting]:
        await index.aadd(wire("Alpha"))
        return [
            *await asyncio.gather(*(index.aadd(wire(f"Outlet {n}")) for n in range(5))),
            await index.acheck(wire("Beta")),
        ]

    found = asyncio.run(crawl())
    assert [seen.number for seen in found] == [2, 3, 4, 5, 6, None]
    assert found[-1].status == "exact"


def test_threads_may_share_an_index(opened: Open) -> None:
    index = opened()
    work = [
        threading.Thread(target=lambda n=n: [index.add(wire(f"Outlet {n}-{k}", prose(k, 12))) for k in range(8)])
        for n in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert index.info()["articles"] == 32
    assert len(list(index.changes())) == 8 * (4 * 3 // 2)


def test_a_closed_index_says_so(opened: Open) -> None:
    with opened() as index:
        index.add(wire("Alpha"))
    index.close()
    for call in (lambda: index.add(wire("Beta")), lambda: index.check(wire("Beta")), lambda: list(index.changes())):
        with pytest.raises(IndexFault, match="closed"):
            call()


def test_a_sighting_as_json_has_what_a_crawler_stores(opened: Open) -> None:
    index = opened()
    index.add(wire("Alpha", WIRE + "\n\n(AFP)"))
    record = index.add(wire("Beta", WIRE + "\n\n" + prose(4))).to_dict()
    assert record["record"] == "sighting"
    assert (record["number"], record["status"], record["again"]) == (2, "reprint", False)
    assert record["novel"] == [[len(WIRE) + 2, len(WIRE) + 1 + len(prose(4))]]
    (match,) = record["matches"]
    assert (match["outlet"], match["verdict"], match["credit"]["agency"]) == ("Alpha", "edited_reprint", "AFP")
    assert match["ledger"]["added"] == 14
    assert record["first_seen"]["published"] == "2026-03-01T09:00:00"


def test_a_step_that_fails_leaves_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened()
    index.add(wire("Alpha"))
    with monkeypatch.context() as broken:
        broken.setattr("dedup.index.index.judge", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            index.add(wire("Beta", prose(3, 12)))
    assert index.info()["articles"] == 1
    assert index.check(wire("Gamma", prose(3, 12))).status == "new"
    assert index.add(wire("Beta", prose(3, 12))).number == 2
    assert index.check(wire("Gamma")).status == "exact"


def test_an_article_older_than_the_window_is_answered_and_not_kept(opened: Open) -> None:
    index = opened(window="30d")
    index.add(wire("Alpha", prose(1, 12), published="2026-03-01"))
    for number in range(2):
        assert index.add(wire("Beta", prose(2, 12), number, published="2026-01-01")).status == "new"
    assert index.info()["articles"] == 1


def test_articles_without_a_name_are_told_apart_by_their_texts(opened: Open) -> None:
    index = opened()
    texts = [WIRE, prose(4, 12), WIRE + " " + prose(5)]
    found = index.add_many([{"text": text, "outlet": f"Outlet {n}"} for n, text in enumerate(texts)])
    assert [seen.status for seen in found] == ["new", "new", "reprint"]  # type: ignore[union-attr]
    assert len({seen.article.article.id for seen in found}) == 3  # type: ignore[union-attr]
    assert [len(cluster.members) for cluster in index.clusters()] == [2]
    assert index.add({"text": WIRE, "outlet": "Outlet 0"}).again


def test_a_page_that_was_brought_up_to_date_is_a_revision_in_the_clusters(opened: Open) -> None:
    index = opened()
    index.add(wire("Alpha"))
    index.add(wire("Beta"))
    assert index.add(wire("Alpha", WIRE + " " + prose(6))).status == "revision"
    (cluster,) = index.clusters()
    assert len(cluster.members) == 2
    assert [entry.article.article.id for entry in cluster.revisions] == ["Alpha-0#3"]
    assert index.review() == 0


def test_paths_that_are_not_there_and_wrong_batches(opened: Open, tmp_path: Path) -> None:
    index = opened()
    (skipped,) = index.add_many([tmp_path / "gone.txt"])
    assert isinstance(skipped, Skipped)
    assert "gone.txt" in skipped.place
    with pytest.raises(UsageError, match="gone"):
        index.add(tmp_path / "gone.txt")
    with pytest.raises(UsageError, match="batch is 0"):
        index.add_many([wire("Alpha")], batch=0)


def test_joined_takes_of_another_scan_do_not_hinder_a_review(opened: Open) -> None:
    index = opened()
    index.add(wire("Alpha", takes=("one", "two")))
    index.add(wire("Beta"))
    assert index.review() == 0


def test_an_index_in_memory_keeps_its_texts() -> None:
    with pytest.raises(UsageError, match="keeps the texts"):
        Index.open(":memory:", store_text=False)


def test_a_living_copy_among_many_that_expired_is_found(opened: Open) -> None:
    index = opened()
    for number in range(100):
        when = "2026-03-01" if number == 50 else "2026-01-01"
        index.add(wire(f"Outlet {number}", WIRE, number, published=when))
    index.expire("2026-02-01")
    found = index.check(wire("Last"))
    assert (found.status, [match.seen.outlet for match in found.matches]) == ("exact", ["Outlet 50"])


def test_an_article_without_a_date_moves_no_window(opened: Open) -> None:
    index = opened(window="30d")
    index.add(wire("Alpha", published="2019-03-01"))
    index.add(wire("Beta", prose(3, 12), published=None))
    assert index.add(wire("Gamma", published="2019-03-02")).status == "exact"
    assert index.info()["articles"] == 3


def test_ids_that_look_like_numbered_ones_are_told_apart(opened: Open) -> None:
    index = opened()
    for number, id in enumerate(("a", "a", "a#2", "a#2")):
        index.add(wire(f"Outlet {number}", WIRE + " " + prose(number), number, id=id))
    assert index.review() == 0
    assert index.scan().counts["articles"] == 4
