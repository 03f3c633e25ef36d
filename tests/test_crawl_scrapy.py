"""Scrapy crawls of a site on this machine: what its items carry, what is dropped, and what happens when things fail."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest
from making import prose

from dedup.errors import IndexFault, InputError, UsageError
from dedup.index import Index

scrapy = pytest.importorskip("scrapy", minversion="2.13")
attr = pytest.importorskip("attr")

from itemadapter import ItemAdapter  # noqa: E402
from scrapy.exceptions import DropItem, NotConfigured  # noqa: E402
from scrapy.settings import Settings  # noqa: E402
from scrapy.statscollectors import MemoryStatsCollector  # noqa: E402

from dedup.crawl.options import Options  # noqa: E402
from dedup.crawl.scrapy import Addon, Pipeline  # noqa: E402

SCRIPT = Path(__file__).with_name("crawl_a_site.py")
SEVERAL = 12  # pages that share nothing, besides those that do
STORY = [prose(seed, 3) for seed in (1, 2, 3)]
OTHER = [prose(seed, 3) for seed in (4, 5)]


def page(outlet: str, paragraphs: Sequence[str], title: str = "Untitled") -> str:
    meta = f'<meta name="outlet" content="{outlet}">' if outlet else ""
    meta += '<meta name="published" content="2026-11-02T08:00:00+00:00">'
    return f"<title>{title}</title>{meta}" + "".join(f"<p>{text}</p>" for text in paragraphs)


#: Four outlets of one story, and a page without text.
FEW = {
    "/first": page("alpha.example", STORY),
    "/exact": page("beta.example", STORY),
    "/reprint": page("gamma.example", [*STORY, prose(9, 1)]),
    "/new": page("delta.example", OTHER),
    "/images": page("delta.example", []),
}
MANY = {f"/{number}": page("", [prose(100 + number, 4)], f"Story {number}") for number in range(SEVERAL)}


class Pages(BaseHTTPRequestHandler):
    """/few/ and /many/ list links, the others are articles."""

    def do_GET(self) -> None:
        pages = {"/few/": FEW, "/many/": MANY}
        if found := pages.get(self.path):
            html = "".join(f'<a href="{self.path[:-1]}{path}">x</a>' for path in found)
        else:
            html = next(found[self.path[len(start) - 1 :]] for start, found in pages.items() if start in self.path)
        body = html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Crawl:
    """What came of a crawl."""

    items: list[dict[str, Any]]
    dropped: list[dict[str, Any]]
    failed: list[dict[str, Any]]
    stats: dict[str, Any]
    log: str

    def dedup(self) -> dict[str, Any]:
        return {item["url"].rsplit("/", 1)[1]: item.get("dedup") for item in self.items}

    def statuses(self) -> dict[str, str]:
        return {name: found and found["status"] for name, found in self.dedup().items()}


def begin(url: str, index: object, spiders: Sequence[str] = ("site",), **asked: Any) -> subprocess.Popen[str]:
    settings = {"DEDUP_INDEX": str(index) if index else None} | asked.pop("settings", {})
    request = json.dumps({"url": url, "spiders": spiders, "settings": settings, **asked})
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-W", "error", SCRIPT, request], cwd=SCRIPT.parent.parent, **pipes)


def ended(process: subprocess.Popen[str]) -> Crawl:
    out, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    came = json.loads(out)
    assert "Deprecat" not in log
    return Crawl(came["items"], came["dropped"], came["failed"], came["stats"][0] if came["stats"] else {}, log)


def crawl(url: str, index: object, settings: dict[str, Any] | None = None, **asked: Any) -> Crawl:
    return ended(begin(url, index, settings=settings or {}, **asked))


def test_every_item_carries_what_the_index_says_and_a_later_crawl_goes_on(site: str, tmp_path: Path) -> None:
    first = crawl(f"{site}/few/", tmp_path / "i.dedup")
    found = first.dedup()
    assert first.statuses() == {"first": "new", "exact": "exact", "reprint": "reprint", "new": "new", "images": None}
    assert found["exact"]["matches"][0]["outlet"] == "alpha.example"
    assert found["reprint"]["first_seen"]["url"] == f"{site}/few/first"
    assert found["reprint"]["first_seen"]["published"] == "2026-11-02T08:00:00+00:00"
    assert 0 < found["reprint"]["novel_tokens"] < found["reprint"]["tokens"]
    counted = {name.removeprefix("dedup/"): count for name, count in first.stats.items() if name.startswith("dedup/")}
    assert counted.pop("seconds") > 0
    assert counted == {
        "checked": 4, "matched": 2, "exact": 1, "new": 2, "without_text": 1,
        "status/new": 2, "status/exact": 1, "status/reprint": 1,
    }  # fmt: skip
    assert " ERROR: " not in first.log

    again = crawl(f"{site}/few/", tmp_path / "i.dedup")
    assert again.statuses() == first.statuses()
    assert {name: seen and seen["number"] for name, seen in again.dedup().items()} == {
        name: seen and seen["number"] for name, seen in found.items()
    }
    assert again.stats["dedup/again"] == 4
    with Index.open(tmp_path / "i.dedup") as index:
        assert index.info()["articles"] == 4


def test_copies_are_dropped_where_that_is_asked_for(site: str, tmp_path: Path) -> None:
    found = crawl(f"{site}/few/", tmp_path / "i.dedup", {"DEDUP_POLICY": "drop"})
    assert found.statuses() == {"first": "new", "new": "new", "images": None}
    of = f"copy of {site}/few/first (alpha.example, number 1)"
    assert [item["why"] for item in found.dropped] == [f"{of}: exact", f"{of}: reprint"]
    assert found.dropped[1]["dedup"]["status"] == "reprint"


@pytest.mark.parametrize(
    "reactor",
    [{"TWISTED_REACTOR": "twisted.internet.selectreactor.SelectReactor"}, {"TWISTED_REACTOR_ENABLED": False}],
    ids=["without asyncio", "none"],
)
def test_another_reactor_and_none_serve_as_well(site: str, tmp_path: Path, reactor: dict[str, Any]) -> None:
    if "TWISTED_REACTOR_ENABLED" in reactor and scrapy.version_info < (2, 15):
        pytest.skip("this Scrapy needs a reactor")
    found = crawl(f"{site}/few/", tmp_path / "i.dedup", reactor)
    assert Counter(found.statuses().values()) == {"new": 2, "exact": 1, "reprint": 1, None: 1}
    assert " ERROR: " not in found.log


def test_crawls_at_once_see_each_other(site: str, tmp_path: Path) -> None:
    """In two processes, one of which has two spiders: a page is new to one of the three and exact to the others."""
    many = {"url": f"{site}/many/", "index": tmp_path / "i.dedup", "settings": {"CONCURRENT_REQUESTS": 8}}
    crawls = [ended(process) for process in [begin(spiders=names, **many) for names in (["one", "two"], ["three"])]]
    seen: dict[str, Counter[str]] = {}
    for item in crawls[0].items + crawls[1].items:
        seen.setdefault(item["title"], Counter())[item["dedup"]["status"]] += 1
    assert len(seen) == SEVERAL
    assert all(counts == {"new": 1, "exact": 2} for counts in seen.values())


def damage(path: Path) -> Path:
    path.write_bytes(b"no database at all " * 500)
    return path


def test_without_an_index_all_items_pass_and_one_line_says_so(site: str, tmp_path: Path) -> None:
    found = crawl(f"{site}/few/", damage(tmp_path / "i.dedup"))
    assert set(found.statuses().values()) == {None}
    assert len(found.items) == 5
    assert found.stats["dedup/errors"] == found.stats["dedup/errors/IndexDamaged"] == 5  # four items, and opening it
    assert found.log.count(" ERROR: ") == 1
    assert "all items pass without 'dedup'" in found.log


def test_an_index_that_fails_later_loses_no_item(site: str, tmp_path: Path) -> None:
    found = crawl(f"{site}/few/", tmp_path / "i.dedup", closed=True)
    assert set(found.statuses().values()) == {None}
    assert len(found.items) == 5
    assert found.stats["dedup/errors/IndexFault"] == 4
    assert found.log.count(" ERROR: ") == 1


def test_a_crawl_ends_where_the_index_fails_if_that_is_asked_for(site: str, tmp_path: Path) -> None:
    found = crawl(f"{site}/few/", damage(tmp_path / "i.dedup"), {"DEDUP_ON_ERROR": "raise"})
    assert not found.items
    assert "IndexDamaged" in found.log


def test_without_an_index_named_the_addon_is_off_and_says_why(site: str) -> None:
    found = crawl(f"{site}/few/", None)
    assert set(found.statuses().values()) == {None}
    assert "Disabled dedup.crawl.scrapy.Addon: DEDUP_INDEX is not set" in found.log
    assert not any(name.startswith("dedup/") for name in found.stats)


# What needs no reactor: the pipeline between an opening and a closing, in this process.


def passed(items: Sequence[Any], pipeline: Pipeline) -> list[Any]:
    """What the pipeline makes of items, one after the other: an item, or what was raised for it."""

    async def run() -> list[Any]:
        await cast(Any, pipeline.open_spider())
        try:
            return [await outcome(pipeline, item) for item in items]
        finally:
            await cast(Any, pipeline.close_spider())

    return asyncio.run(run())


async def outcome(pipeline: Pipeline, item: Any) -> Any:
    try:
        return await pipeline.process_item(item)
    except Exception as error:
        return error


def pipeline_of(**settings: Any) -> Pipeline:
    all_settings = Settings({"DEDUP_INDEX": ":memory:"} | {f"DEDUP_{name}": value for name, value in settings.items()})
    crawler: Any = SimpleNamespace(settings=all_settings, spider=SimpleNamespace(name="site"))
    crawler.stats = MemoryStatsCollector(crawler)
    return Pipeline.from_crawler(crawler)


def stats_of(pipeline: Pipeline) -> dict[str, Any]:
    found = pipeline._stats.get_stats()
    return {name.removeprefix("dedup/"): value for name, value in found.items() if name != "dedup/seconds"}


class WithField(scrapy.Item):  # type: ignore[misc]
    text = scrapy.Field()
    url = scrapy.Field()
    dedup = scrapy.Field()


class WithoutField(scrapy.Item):  # type: ignore[misc]
    text = scrapy.Field()
    url = scrapy.Field()


@dataclass
class Record:
    text: str
    url: str
    dedup: dict[str, Any] | None = None


@dataclass(frozen=True)
class Frozen:
    text: str
    url: str
    dedup: None = None


@attr.s(auto_attribs=True, slots=True)
class Attrs:
    text: str
    url: str
    dedup: Any = None


@pytest.mark.parametrize("kind", [dict, WithField, Record, Attrs])
def test_every_kind_of_item_can_carry_it(kind: Any) -> None:
    first, second = (kind(text=STORY[0], url=f"https://www.{host}.example/a") for host in "ab")
    assert passed([first, second], pipeline_of()) == [first, second]
    found = ItemAdapter(second)["dedup"]
    assert (found["status"], found["outlet"], found["first_seen"]["outlet"]) == ("exact", "b.example", "a.example")
    assert json.loads(json.dumps(found))["number"] == 2


@pytest.mark.parametrize("kind", [WithoutField, Frozen])
def test_an_item_that_has_no_field_for_it_passes_and_is_said_once(kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    items = [kind(text=STORY[0], url=f"https://{number}.example/") for number in range(3)]
    pipeline = pipeline_of()
    assert passed(items, pipeline) == items
    assert stats_of(pipeline)["unannotated"] == 3
    assert stats_of(pipeline)["status/exact"] == 2
    assert [record.getMessage() for record in caplog.records] == [
        f"{kind.__name__} takes no field 'dedup'; add one to see what dedup found"
    ]


def test_a_tag_is_the_part_that_fits_a_row() -> None:
    found = passed([{"text": STORY[0], "outlet": "a"}, {"text": STORY[0], "outlet": "b"}], pipeline_of(POLICY="tag"))
    assert [*found[1]["dedup"]] == ["number", "status", "again", "tokens", "novel_tokens", "first_seen"]
    assert found[1]["dedup"]["first_seen"]["outlet"] == "a"


def test_what_is_dropped_can_be_chosen() -> None:
    pipeline = pipeline_of(POLICY="drop", DROP="new,again")
    one, two = {"text": STORY[0], "outlet": "a", "id": "1"}, {"text": STORY[0], "outlet": "b", "id": "2"}
    found = passed([one, two, two], pipeline)
    assert found[1] is two
    assert [str(error) for error in found if isinstance(error, DropItem)] == ["new", "added before, number 2"]


def test_fields_may_have_other_names_and_be_lists() -> None:
    """As an item loader without processors leaves them."""
    fields = {"text": "body", "outlet": "paper", "published": "day"}
    item = {"body": STORY, "paper": ["The Paper"], "day": [date(2026, 11, 2)], "tags": ["a", "b"], "images": []}
    pipeline = pipeline_of(FIELDS=json.dumps(fields))
    found = passed([item, {**item, "paper": "Another"}], pipeline)[1]["dedup"]
    assert found["first_seen"]["outlet"] == "The Paper"
    assert found["first_seen"]["published"] == "2026-11-02"
    assert found["tokens"] == 3 * 3 * 14


def test_an_item_without_outlet_url_and_id_is_named_by_its_spider_and_its_words() -> None:
    found = [passed([{"text": STORY[0]}], pipeline_of())[0]["dedup"] for _ in range(2)]
    assert found[0]["outlet"] == "site"
    assert found[0]["id"] == found[1]["id"]
    assert found[0]["id"].startswith("site:")


def test_items_that_cannot_be_read_pass_and_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    items = [{"text": {"html": "..."}}, {"text": {"html": "..."}}, {"text": STORY[0]}]
    pipeline = pipeline_of()
    assert passed(items, pipeline) == items
    assert [*map(len, items)] == [1, 1, 2]
    assert stats_of(pipeline)["errors/Malformed"] == 2
    assert len(caplog.records) == 1
    assert "field 'text' is dict, not text" in caplog.text


def test_they_fail_where_that_is_asked_for() -> None:
    (error,) = passed([{"text": 5.5}], pipeline_of(ON_ERROR="raise"))
    assert isinstance(error, InputError)


def test_no_item_is_lost_to_a_fault_nobody_foresaw(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Index, "add", lambda *_: 1 / 0)
    pipeline = pipeline_of()
    assert passed([{"text": STORY[0]}], pipeline) == [{"text": STORY[0]}]
    assert stats_of(pipeline)["errors/ZeroDivisionError"] == 1
    assert "Traceback" in caplog.text


def test_an_index_that_cannot_be_made_is_a_fault_too(tmp_path: Path) -> None:
    (tmp_path / "i.dedup-lookup").write_text("")  # where its folder would be
    pipeline = pipeline_of(INDEX=tmp_path / "i.dedup")
    assert passed([{"text": STORY[0]}], pipeline) == [{"text": STORY[0]}]
    assert stats_of(pipeline)["errors"] == 2
    with pytest.raises(IndexFault):
        passed([], pipeline_of(INDEX=tmp_path / "i.dedup", ON_ERROR="raise"))


def test_the_index_is_not_closed_before_items_on_their_way_are_done(tmp_path: Path) -> None:
    """Scrapy before 2.19 closes a spider without waiting for the items of its start()."""
    pipeline = pipeline_of(INDEX=tmp_path / "i.dedup")
    items = [{"text": text} for text in STORY]

    async def run() -> None:
        await cast(Any, pipeline.open_spider())
        passing = [asyncio.ensure_future(pipeline.process_item(item)) for item in items]
        await asyncio.sleep(0)
        await cast(Any, pipeline.close_spider())
        await asyncio.gather(*passing)

    asyncio.run(run())
    assert [item["dedup"]["status"] for item in items] == ["new"] * 3  # type: ignore[index]


@pytest.mark.parametrize("item", [{}, {"text": None}, {"text": " \n"}, {"text": []}, {"text": [""]}])
def test_an_item_without_text_passes_as_it_is(item: dict[str, Any]) -> None:
    before, pipeline = dict(item), pipeline_of()
    assert passed([item], pipeline) == [before]
    assert stats_of(pipeline) == {"without_text": 1}


def test_fields_with_another_name_are_hinted_at(caplog: pytest.LogCaptureFixture) -> None:
    passed([{"body": STORY[0], "url": "https://a.example/"}, {"body": ""}], pipeline_of())
    assert "No item had text in its field 'text'; DEDUP_FIELDS" in caplog.text
    assert "the first had: body, url" in caplog.text


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("POLICY", "dorp", "'annotate', 'tag', 'drop'"),
        ("ON_ERROR", "ignore", "'pass', 'raise'"),
        ("SYNC", "never", "'always', 'batch', 'close'"),
        ("WINDOW", "a month", "days and weeks"),
        ("DROP", "exact,copy", "'exact', 'revision'"),
        ("DROP", 5, "'exact', 'revision'"),
        ("FIELDS", "text=body", "a mapping of 'id'"),
        ("FIELDS", {"body": "text"}, "a mapping of 'id'"),
        ("FIELDS", {"text": ["body"]}, "a mapping of 'id'"),
        ("AGENCIES", "nowhere.toml", "cannot read the agencies"),
        ("AGENCIES", 3, "the path of a file"),
        ("INDEX", "no/such/folder/i.dedup", "a file in a folder that there is"),
        ("INDEX", ["a"], "a path and ':memory:'"),
        ("ENABLED", "perhaps", "true and false"),
    ],
)
def test_a_wrong_setting_is_an_error_at_the_start(name: str, value: object, allowed: str) -> None:
    settings = Settings({"DEDUP_INDEX": ":memory:", f"DEDUP_{name}": value})
    for at_start in (Addon.update_pre_crawler_settings, Addon().update_settings, Options.of):
        with pytest.raises(UsageError, match=f"DEDUP_{name} is ") as raised:
            at_start(settings)
        said = [value.split(","), value] if isinstance(value, str) else [value]
        assert any(repr(one) in str(raised.value) for one in said)
        assert allowed in str(raised.value)


def test_settings_as_the_command_line_gives_them(tmp_path: Path) -> None:
    agencies = tmp_path / "agencies.toml"
    agencies.write_text('[[agency]]\nid = "x"\nnames = ["X News"]\n')
    given = {"WINDOW": "30", "DROP": "partial,again", "POLICY": "drop", "AGENCIES": str(agencies), "ENABLED": "1"}
    options = Options.of(
        Settings({"DEDUP_INDEX": "i.dedup", **{f"DEDUP_{name}": value for name, value in given.items()}})
    )
    assert (options.window, options.drop, options.agencies) == ("30", {"partial", "again"}, str(agencies))
    assert (options.sync, options.on_error, options.fields) == ("always", "pass", {})


@pytest.mark.parametrize("key", ["dedup.crawl.scrapy.Addon", Addon])
def test_the_pipeline_stands_where_the_addon_does_unless_the_project_placed_it(key: object) -> None:
    settings = Settings({"DEDUP_INDEX": ":memory:", "ADDONS": {key: 310}})
    Addon().update_settings(settings)
    assert settings.getdict("ITEM_PIPELINES") == {Pipeline: 310}
    placed = {"dedup.crawl.scrapy.Pipeline": 5}
    settings = Settings({"DEDUP_INDEX": ":memory:", "ADDONS": {key: 310}, "ITEM_PIPELINES": placed})
    Addon().update_settings(settings)
    assert settings.getdict("ITEM_PIPELINES") == placed


def test_it_can_be_switched_off_and_a_misspelt_name_is_said(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings({"DEDUP_INDEX": ":memory:", "DEDUP_ENABLED": False})
    with pytest.raises(NotConfigured):
        Addon().update_settings(settings)
    Addon.update_pre_crawler_settings(settings)
    Addon().update_settings(Settings({"DEDUP_INDEX": ":memory:", "DEDUP_POLICES": "drop"}))
    assert "There is no setting DEDUP_POLICES" in caplog.text
    assert caplog.text.count("There is no setting") == 1  # those that there are, are not spoken of
