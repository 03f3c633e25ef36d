"""The command: exit status, where the answer goes, and what a person is told."""

from __future__ import annotations

import io
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from texts import OTHER_PAGE, PAGE, SEEDS, STORY, jsonl, records, run, run_outside

import dedup
from dedup import cli

MATCHING = [{"id": "a", "outlet": "Post", "text": PAGE}, {"id": "b", "outlet": "Echo", "text": PAGE}]
APART = [{"id": "a", "outlet": "Post", "text": PAGE}, {"id": "b", "outlet": "Echo", "text": OTHER_PAGE}]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def matching(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "matching.jsonl", MATCHING)


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "apart.jsonl", APART)


def page(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


# Exit status


def test_a_scan_exits_with_0(monkeypatch: pytest.MonkeyPatch, matching: Path) -> None:
    assert run(monkeypatch, "scan", matching) == 0


def test_a_match_exits_with_1_only_where_asked_for(
    monkeypatch: pytest.MonkeyPatch, matching: Path, apart: Path
) -> None:
    assert run(monkeypatch, "scan", matching, "--fail-on-match") == 1
    assert run(monkeypatch, "scan", apart, "--fail-on-match") == 0


def test_compare_exits_with_1_only_where_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one, two = page(tmp_path / "a.txt", PAGE), page(tmp_path / "b.txt", OTHER_PAGE)
    assert run(monkeypatch, "compare", one, one) == 0
    assert run(monkeypatch, "compare", one, one, "--fail-on-match") == 1
    assert run(monkeypatch, "compare", one, two, "--fail-on-match") == 0


def test_skipped_input_exits_with_3_and_a_match_goes_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = jsonl(tmp_path / "a.jsonl", [*MATCHING, {"id": "c"}])
    assert run(monkeypatch, "scan", path) == 3
    assert run(monkeypatch, "scan", path, "--fail-on-match") == 1
    assert capsys.readouterr().err.count("skipped:") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan"],
        ["scan", "gone.txt"],
        ["scan", "{seeds}", "--format", "pdf"],
        ["scan", "{seeds}", "--no-such-option"],
        ["scan", "{seeds}", "--agencies", "gone.toml"],
        ["compare", "{seeds}/iranwire.txt"],
        ["compare", "{seeds}/iranwire.txt", "gone.txt"],
        ["compare", "{seeds}", "{seeds}/iranwire.txt"],
        ["compare", "{seeds}/iranwire.txt", "{seeds}/iranwire.txt", "--format", "jsonl"],
        ["no-such-command"],
        [],
    ],
)
def test_a_wrong_call_exits_with_2_and_a_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *(argument.format(seeds=SEEDS) for argument in arguments)) == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err + printed.out
    assert printed.err or "Usage" in printed.out


def test_an_empty_folder_exits_with_2_and_says_what_is_readable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "scan", tmp_path) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"dedup: {tmp_path}: no readable file in this folder (.txt, .jsonl, .ndjson, each also with .gz)\n"
    )


def test_compare_with_an_unusable_article_exits_with_2_and_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = page(tmp_path / "bad.txt", " "), page(tmp_path / "good.txt", PAGE)
    assert run(monkeypatch, "compare", good, bad) == 2
    assert capsys.readouterr().err == f"dedup: {bad}: the file is empty\n"


def test_an_interrupt_exits_with_130(monkeypatch: pytest.MonkeyPatch, matching: Path) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "scan_corpus", interrupted)
    assert run(monkeypatch, "scan", matching) == 130


def test_an_interrupt_outside_a_command_exits_with_130_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupted)
    assert run(monkeypatch) == 130
    assert capsys.readouterr().err == "dedup: interrupted; nothing was written\n"


def test_a_reader_that_has_gone_is_no_error(matching: Path) -> None:
    command = [sys.executable, "-P", "-m", "dedup", "scan", str(matching), "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_a_page_for_a_reader_that_has_gone_is_no_error(
    monkeypatch: pytest.MonkeyPatch, matching: Path, tmp_path: Path
) -> None:
    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(cli.terminal, "print_scan", gone)
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert run(monkeypatch, "scan", matching, "--format", "text") == 0


def test_an_output_that_is_an_input_is_refused(
    monkeypatch: pytest.MonkeyPatch, matching: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = matching.read_bytes()
    assert run(monkeypatch, "scan", matching, "-o", matching) == 2
    assert "is one of the inputs" in capsys.readouterr().err
    assert matching.read_bytes() == before


@pytest.mark.parametrize("name", ["out.jsonl.gz", "out.csv"])
def test_an_output_format_that_is_not_written_is_refused(
    monkeypatch: pytest.MonkeyPatch, matching: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(monkeypatch, "scan", matching, "-o", tmp_path / name) == 2
    assert "cannot write this format" in capsys.readouterr().err


def test_map_may_be_given_several_times_and_not_twice_for_one_field(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"body": PAGE, "source": "Echo"}), "utf-8")
    assert run(monkeypatch, "scan", path, "--map", "text=body", "--map", "outlet=source") == 0
    assert '"outlet": "Echo"' in capsys.readouterr().out
    assert run(monkeypatch, "scan", path, "--map", "text=body,text=head") == 2
    assert "'text' is given twice" in capsys.readouterr().err


def test_a_date_that_is_not_understood_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": PAGE, "date": "yesterday"}), "utf-8")
    assert run(monkeypatch, "scan", path) == 0
    said = capsys.readouterr()
    assert said.err == f"note: {path}:1: date not understood, taken as none: 'yesterday'\n"
    assert '"record": "warning"' in said.out


def test_an_impossible_date_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"id": "a", "text": PAGE, "date": "9999-12-31"}])
    assert run(monkeypatch, "scan", path) == 0
    printed = capsys.readouterr()
    assert f"note: {path}:1: impossible date, taken as none: 9999-12-31 (after the day of reading)" in printed.err
    assert '"impossible_dates": 1' in printed.out
    assert run(monkeypatch, "compare", path, page(tmp_path / "b.txt", PAGE)) == 0
    said = capsys.readouterr().err
    assert said == f"note: {path}:1: impossible date, taken as none: 9999-12-31 (after the day of reading)\n"


def test_outlets_take_the_place_of_the_clusters_in_text_and_change_no_jsonl(
    monkeypatch: pytest.MonkeyPatch, matching: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "scan", matching, "--outlets", "--format", "text") == 0
    printed = capsys.readouterr().out
    assert "reference copy:" not in printed
    assert "agency's copy" in printed
    target = tmp_path / "page.txt"
    assert run(monkeypatch, "scan", matching, "--outlets", "-o", target) == 0
    assert "agency's copy" in target.read_text("utf-8")
    assert run(monkeypatch, "scan", matching, "--outlets", "--format", "jsonl") == 0
    with_option = capsys.readouterr().out.splitlines()
    assert run(monkeypatch, "scan", matching, "--format", "jsonl") == 0
    assert with_option[:-1] == capsys.readouterr().out.splitlines()[:-1]
    assert json.loads(with_option[-1])["outlets"]


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_a_closed_pipe_gives_no_traceback(form: str) -> None:
    command = [sys.executable, "-P", "-m", "dedup", "scan", str(SEEDS), "--format", form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


# Where the answer goes


def test_in_a_pipe_the_answer_is_jsonl(
    monkeypatch: pytest.MonkeyPatch, matching: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "scan", matching)
    printed = capsys.readouterr()
    assert [record["record"] for record in records(printed.out)] == ["cluster", "summary"]
    assert printed.err == ""


def test_on_a_terminal_the_answer_is_text(monkeypatch: pytest.MonkeyPatch, matching: Path) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "120")
    assert run(monkeypatch, "scan", matching) == 0
    assert "2 articles: 1 cluster of shared copy with 2 articles, 0 independent" in screen.getvalue()


def test_compare_is_json_in_a_pipe_and_text_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = page(tmp_path / "a.txt", PAGE)
    run(monkeypatch, "compare", one, one)
    assert json.loads(capsys.readouterr().out)["verdict"] == "verbatim_reprint"
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "120")
    run(monkeypatch, "compare", one, one)
    assert "verdict: verbatim reprint" in screen.getvalue()


def test_format_overrules_the_terminal(
    monkeypatch: pytest.MonkeyPatch, matching: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "scan", matching, "--format", "text")
    assert capsys.readouterr().out.startswith("2 articles: 1 cluster")
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    run(monkeypatch, "scan", matching, "--format", "jsonl")
    assert len(records(screen.getvalue())) == 2


@pytest.mark.parametrize(
    ("name", "form", "is_json"),
    [("out.jsonl", None, True), ("out.txt", None, False), ("out.dat", "text", False), ("out.txt", "jsonl", True)],
)
def test_a_file_is_written_instead(
    monkeypatch: pytest.MonkeyPatch,
    matching: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    form: str | None,
    is_json: bool,
) -> None:
    target = tmp_path / name
    assert run(monkeypatch, "scan", matching, "-o", target, *(["--format", form] if form else [])) == 0
    assert capsys.readouterr().out == ""
    text = target.read_text("utf-8")
    assert text.startswith("{") == is_json
    assert ("2 articles: 1 cluster" in text) != is_json


@pytest.mark.parametrize(("form", "name"), [("text", "scan.txt"), ("jsonl", "scan.jsonl")])
def test_into_a_folder_the_file_is_named_after_the_format(
    monkeypatch: pytest.MonkeyPatch, matching: Path, tmp_path: Path, form: str, name: str
) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    assert run(monkeypatch, "scan", matching, "-o", folder, "--format", form) == 0
    assert [path.name for path in folder.iterdir()] == [name]


@pytest.mark.parametrize("folder", ["answers", "a/b/answers"])
def test_a_name_without_an_ending_is_a_folder_to_make(
    monkeypatch: pytest.MonkeyPatch, matching: Path, tmp_path: Path, folder: str
) -> None:
    assert run(monkeypatch, "scan", matching, "-o", tmp_path / folder) == 0
    assert [path.name for path in (tmp_path / folder).iterdir()] == ["scan.jsonl"]


def test_a_folder_may_have_an_ending(monkeypatch: pytest.MonkeyPatch, matching: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.txt").mkdir()
    assert run(monkeypatch, "scan", matching, "-o", tmp_path / "answers.txt") == 0
    assert [path.name for path in (tmp_path / "answers.txt").iterdir()] == ["scan.jsonl"]


def test_a_folder_cannot_be_made_in_the_place_of_a_file(
    monkeypatch: pytest.MonkeyPatch, matching: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page(tmp_path / "answers", "mine")
    assert run(monkeypatch, "scan", matching, "-o", tmp_path / "answers") == 2
    assert "answers: cannot be written" in capsys.readouterr().err
    assert (tmp_path / "answers").read_text() == "mine"


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_a_file_that_cannot_be_written_exits_with_2_and_is_named(
    monkeypatch: pytest.MonkeyPatch, matching: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    target = tmp_path / "gone" / "out.jsonl"
    assert run(monkeypatch, "scan", matching, "-o", target, "--format", form) == 2
    assert capsys.readouterr().err == f"dedup: {target}: cannot be written: No such file or directory\n"


def test_skipped_input_is_named_on_standard_error_and_beyond_twenty_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    jsonl(Path("a.jsonl"), [*MATCHING, *({"id": f"x{number}"} for number in range(23))])
    assert run(monkeypatch, "scan", "a.jsonl") == 3
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert lines[0] == "skipped: a.jsonl:3: no field 'text' in the record"
    assert lines[20:] == ["... and 3 more; --format jsonl lists them all"]
    assert sum(record["record"] == "skipped" for record in records(printed.out)) == 23


def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, matching: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "scan", matching)
    assert capsys.readouterr().err == ""
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys, "stderr", screen)
    assert run(monkeypatch, "scan", matching) == 0
    shown = screen.getvalue()
    assert "articles" in shown
    assert "candidate pairs" in shown
    assert "comparisons" in shown


# Options


def test_map_renames_fields(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = [{"id": r["id"], "source": r["outlet"], "body": r["text"], "when": "2024-03-04"} for r in MATCHING]
    path = jsonl(tmp_path / "a.jsonl", raw)
    assert run(monkeypatch, "scan", path, "--map", "text=body, outlet = source,published=when,") == 0
    members = records(capsys.readouterr().out)[0]["members"]
    assert [(entry["outlet"], entry["published"]) for entry in members] == [  # type: ignore[attr-defined]
        ("Echo", "2024-03-04"),
        ("Post", "2024-03-04"),
    ]


@pytest.mark.parametrize("mapping", ["text", "text=", "=body", "txet=body", "text=body,outlet", "Text=body"])
def test_a_wrong_map_exits_with_2_and_says_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, matching: Path, capsys: pytest.CaptureFixture[str], mapping: str
) -> None:
    assert run(monkeypatch, "scan", matching, "--map", mapping) == 2
    message = capsys.readouterr().err
    assert message.startswith("dedup: --map ")
    assert "OURS=THEIRS is expected, with OURS one of id, outlet, url, published, date, title, text, agency" in message


def test_outlet_names_the_outlet_of_articles_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"id": "a", "text": PAGE}])
    run(monkeypatch, "scan", path, "--outlet", "Given")
    assert records(capsys.readouterr().out)[0]["outlet"] == "Given"


def test_agencies_adds_agencies_to_both_commands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = page(tmp_path / "more.toml", '[[agency]]\nid = "IslandWire"\nnames = ["Island Wire"]\n')
    one = page(tmp_path / "a.txt", PAGE + "\n\nBy Island Wire")
    page(tmp_path / "b.txt", PAGE)
    assert run(monkeypatch, "scan", tmp_path, "--agencies", more) == 0
    assert records(capsys.readouterr().out)[0]["agency"] == "IslandWire"
    assert run(monkeypatch, "compare", one, one, "--agencies", more) == 0
    assert json.loads(capsys.readouterr().out)["credit"]["agency"] == "IslandWire"


def test_version_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"newsdedup {dedup.__version__}\n"


@pytest.mark.parametrize("arguments", [["-h"], ["--help"], ["scan", "-h"], ["compare", "--help"]])
def test_help_exits_with_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(monkeypatch, *arguments) == 0
    assert "Usage" in capsys.readouterr().out


def test_the_command_and_the_module_are_the_same(matching: Path) -> None:
    command = Path(sys.executable).parent / "dedup"
    if not command.exists():
        pytest.skip("the package is not installed")
    for arguments in (["--version"], ["compare", str(SEEDS / "iranwire.txt"), str(SEEDS / "caspian-news.txt")]):
        installed = subprocess.run([command, *arguments], capture_output=True, encoding="utf-8", check=False)
        module = run_outside(*arguments)
        assert (installed.returncode, installed.stdout) == (module.returncode, module.stdout)


def test_a_jsonl_file_of_one_article_can_be_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one = jsonl(tmp_path / "a.jsonl", MATCHING[:1])
    assert run(monkeypatch, "compare", one, one) == 0
    assert run(monkeypatch, "compare", one, jsonl(tmp_path / "b.jsonl", MATCHING)) == 2


def test_a_scan_reads_standard_input() -> None:
    both = "".join(json.dumps(record) + "\n" for record in MATCHING)
    done = run_outside("scan", "-", input=both)
    assert (done.returncode, done.stderr) == (0, "")
    assert records(done.stdout)[-1]["articles"] == 2


def test_text_in_any_script_goes_through_a_pipe(tmp_path: Path) -> None:
    name = "Гавань العاصفة 風 😀"
    jsonl(tmp_path / "a.jsonl", [{"id": name, "outlet": name, "text": "\n".join(STORY)}])
    done = run_outside("scan", tmp_path, env={"PYTHONUTF8": "1", "LC_ALL": "C"})
    assert records(done.stdout)[0]["id"] == name


def test_python_m_dedup_is_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["dedup", "--version"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("dedup", run_name="__main__")
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("newsdedup ")


def test_importing_the_main_module_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["dedup", "--version"])
    assert runpy.run_module("dedup.__main__", run_name="imported")["main"] is cli.main
