"""The names that other people's programs import."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import dedup

# A name may be added (at most 20 are promised); none may go.
PUBLIC = (
    "Article", "Background", "Cluster", "Comparison", "Config", "Credit", "DedupError", "Index", "IndexFault",
    "InputError", "Ledger", "Passage", "Quotation", "ScanResult", "Skipped", "UsageError", "compare",
    "from_datasketch", "load_background", "prepare", "scan", "to_datasketch",
)  # fmt: skip


def test_the_public_names_are_these() -> None:
    assert tuple(dedup.__all__) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_says_what_it_is(name: str) -> None:
    found = getattr(dedup, name)
    text = inspect.getdoc(found)
    assert text
    assert not text.startswith(f"{name}(")  # what dataclasses put where nobody wrote anything


@pytest.mark.parametrize("name", [name for name in PUBLIC if inspect.isclass(getattr(dedup, name))])
def test_public_methods_say_what_they_do(name: str) -> None:
    kind = getattr(dedup, name)
    for member, found in vars(kind).items():
        if not member.startswith("_") and (inspect.isfunction(found) or isinstance(found, property)):
            assert inspect.getdoc(found), f"{name}.{member}"


def test_the_error_tree() -> None:
    assert issubclass(dedup.DedupError, Exception)
    for error in (dedup.InputError, dedup.IndexFault, dedup.UsageError):
        assert error.__bases__ == (dedup.DedupError,)
    bad = dedup.InputError("broken", "a.jsonl:3")
    assert (str(bad), bad.reason, bad.place) == ("a.jsonl:3: broken", "broken", "a.jsonl:3")
    assert str(dedup.InputError("broken")) == "broken"


@pytest.mark.parametrize(
    "name", ["Article", "Cluster", "Comparison", "Config", "Credit", "Ledger", "Passage", "Quotation", "Skipped"]
)
def test_records_are_frozen_and_slotted(name: str) -> None:
    kind = getattr(dedup, name)
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


def test_the_version_is_that_of_the_distribution() -> None:
    try:
        assert metadata.version("newsdedup") == dedup.__version__
    except metadata.PackageNotFoundError:
        pytest.skip("the package is not installed")


def test_the_package_says_that_it_has_types() -> None:
    assert (Path(dedup.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize("module", ["datasketch", "rich", "typer"])
def test_importing_the_package_does_not_load_what_only_some_calls_need(module: str) -> None:
    code = f"import sys, dedup; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0


def test_the_command_line_does_not_load_datasketch_or_the_progress_bar() -> None:
    code = "import sys, dedup.cli; sys.exit(bool({'datasketch', 'rich.progress'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
