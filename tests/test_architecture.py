"""The house rules, read off the source: who imports whom, how long things are, what is not used."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

import dedup
from dedup import kernels
from dedup.kernels import _native

ROOT = Path(dedup.__file__).parent
STAGES = (
    "clean", "credit", "tokens", "speech", "sketch", "candidates", "align", "quotations", "judge", "template",
    "background", "furniture", "headline", "cluster", "takes", "collate", "compose", "wire", "read", "report",
)  # fmt: skip
#: From the ground up. A module imports from layers below its own only.
LAYERS = (
    ("errors", "limits", "chronology", "records", "results", "config"),
    ("kernels",),
    ("capitals", "prefilter", "tallies"),
    ("agencies", "lexicon", "outlets", "marks"),
    STAGES,
    ("comparer",),
    ("pipeline",),
    ("booking",),
    ("matcher",),
    ("scan", "pair"),
    ("index",),
    ("crawl",),
    ("console",),
    ("cli_index",),
    ("cli",),
    ("__main__",),
)
#: Within the ground layer: a module imports those before it only.
GROUND = ("errors", "limits", "chronology", "records", "results", "config")
LAZY = {"datasketch", "rich.progress"}
NEVER = {"pickle", "cPickle", "marshal", "shelve", "dill"}


@lru_cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def name_of(path: Path) -> str:
    """dedup/read/text.py -> read.text; dedup/read/__init__.py -> read"""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def house(module: str) -> str:
    return module.split(".")[0]


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Full names of what a module imports, each with whether that happens when the module is loaded."""
    for node, at_load in _nodes(tree(path), True):
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_load) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            for alias in node.names:
                inner = ROOT.parent.joinpath(*node.module.split("."), alias.name)
                is_module = inner.is_dir() or any(inner.parent.glob(f"{alias.name}.*"))  # a compiled one too
                yield (f"{node.module}.{alias.name}" if is_module else node.module), at_load


def _nodes(node: ast.AST, at_load: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        loads = at_load and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield child, loads
        yield from _nodes(child, loads)


def own_imports(path: Path) -> set[str]:
    found = {full for full, _ in imports(path) if full.split(".")[0] == "dedup"}
    return {full.removeprefix("dedup").removeprefix(".") for full in found}


def layer(module: str) -> int:
    (found,) = [number for number, members in enumerate(LAYERS) if house(module) in members]
    return found


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


every_module = pytest.mark.parametrize("path", modules(), ids=name_of)


@every_module
def test_every_module_has_its_layer(path: Path) -> None:
    assert name_of(path) == "__init__" or layer(name_of(path)) >= 0


@every_module
def test_modules_import_from_layers_below_only(path: Path) -> None:
    name = name_of(path)
    for imported in own_imports(path):
        if name == "__init__":
            assert house(imported) not in ("cli", "__main__", "")
        elif imported == "":
            assert name == "cli"  # the package itself, for its version
        elif house(imported) != house(name):
            same_ground = {house(name), house(imported)} <= set(GROUND)
            below = GROUND.index(house(imported)) < GROUND.index(name) if same_ground else layer(imported) < layer(name)
            assert below, f"{name} imports {imported}"


@every_module
def test_no_stage_imports_another_stage(path: Path) -> None:
    name = name_of(path)
    if house(name) in STAGES:
        assert {house(imported) for imported in own_imports(path)} & set(STAGES) <= {house(name)}


def test_only_the_door_of_the_kernels_is_used() -> None:
    for path in modules():
        if house(name_of(path)) != "kernels":
            assert not {full for full in own_imports(path) if full.startswith("kernels.")}, path
            assert not {node.attr for node in ast.walk(tree(path)) if is_below_the_door(node)}, path


def is_below_the_door(node: ast.AST) -> bool:
    """Whether it is ``kernels.name`` of a file's name."""
    below = {path.name.split(".")[0] for path in (ROOT / "kernels").iterdir()} - set(kernels.__all__)
    return isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("kernels") and node.attr in below


def test_the_check_of_the_door_sees_files_twins_and_the_compiled_module() -> None:
    (used,) = [node for node in ast.walk(ast.parse("dedup.kernels.sequence.tiles")) if is_below_the_door(node)]
    assert ast.unparse(used) == "dedup.kernels.sequence"
    assert {"kernels._native", "kernels.buckets"} <= own_imports(ROOT / "kernels" / "compiled.py")


def test_the_stubs_name_what_the_compiled_module_has() -> None:
    stubs = ast.parse((ROOT / "kernels" / "_native.pyi").read_text("utf-8"))
    assert signatures_of(stubs.body) == {name: built(one) for name, one in vars(_native).items() if name[0] != "_"}


def signatures_of(body: list[ast.stmt]) -> dict[str, object]:
    """The parameters of functions by name, and of classes what their methods and properties have."""
    found: dict[str, object] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            is_property = any(ast.unparse(mark) == "property" for mark in node.decorator_list)
            found[node.name] = "property" if is_property else [argument.arg for argument in node.args.args]
        elif isinstance(node, ast.ClassDef):
            found[node.name] = signatures_of(node.body)
    return found


def built(one: object) -> object:
    """The same of what nanobind made."""
    if isinstance(one, type):
        members = {name: built(member) for name, member in vars(one).items() if name[0] != "_" or callable(member)}
        return {name: what for name, what in members.items() if what is not None}
    if isinstance(one, property):
        return "property"
    plain = re.sub(r"\[.*?\](?=,|\)| =| ->)", "", inspect.getdoc(one) or "")  # without what is said of arrays
    called = re.match(r"\w+\((.*?)\)(?: -> |$)", plain)
    return [part.split(":")[0] for part in called[1].split(", ") if part] if called else None


def test_the_definition_of_the_match_key_needs_the_standard_library_alone() -> None:
    """The build runs it before anything is installed."""
    for name in ("character", "unicode14"):
        used = {full for full, _ in imports(ROOT / "kernels" / f"{name}.py")} - {"dedup.kernels.unicode14"}
        assert {full.split(".")[0] for full in used} <= sys.stdlib_module_names


def test_there_are_no_import_cycles() -> None:
    known = {name_of(path): own_imports(path) & {name_of(other) for other in modules()} for path in modules()}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join((*above, module))
        if module not in done:
            for imported in known[module]:
                visit(imported, (*above, module))
            done.add(module)

    for module in known:
        visit(module, ())
    assert len(done) == len(modules())


@every_module
def test_modules_have_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@every_module
def test_functions_have_at_most_60_lines_and_6_parameters(path: Path) -> None:
    for function in functions(path):
        assert function.end_lineno is not None
        is_command = name_of(path) in ("cli", "cli_index") and any(
            "app.command" in ast.unparse(d) for d in function.decorator_list
        )
        arguments = function.args
        count = len([*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs])
        count -= bool(arguments.args) and arguments.args[0].arg in ("self", "cls")
        assert is_command or function.end_lineno - function.lineno < 60, f"{path.name}: {function.name}"
        assert is_command or count <= 6, f"{path.name}: {function.name}"


@every_module
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path))


@every_module
def test_no_module_has_a_name_that_says_nothing(path: Path) -> None:
    assert not {"utils", "util", "helpers", "base", "common", "manager", "misc"} & set(name_of(path).split("."))


@every_module
def test_nothing_runs_bytes_or_text_as_code(path: Path) -> None:
    assert not {full.split(".")[0] for full, _ in imports(path)} & NEVER
    called = {
        node.func.id for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__"}


@every_module
def test_slow_imports_wait_until_they_are_needed(path: Path) -> None:
    loaded = {full for full, at_load in imports(path) if at_load}
    assert not {full for full in loaded if any(full == slow or full.startswith(f"{slow}.") for slow in LAZY)}


@every_module
def test_only_the_module_of_a_crawler_imports_it(path: Path) -> None:
    if house(name_of(path)) != "crawl" or name_of(path) == "crawl":
        assert not {full.split(".")[0] for full, _ in imports(path)} & {"scrapy", "itemadapter", "twisted"}


def test_the_checks_see_imports_inside_functions_and_from_packages() -> None:
    seen = dict(imports(ROOT / "sketch.py"))
    assert seen["datasketch"] is False
    assert seen["dedup.kernels"] is True
    assert "read.record" in own_imports(ROOT / "console.py")


def test_only_the_pipeline_prepares_and_compares_by_the_stages() -> None:
    for path in modules():
        if name_of(path) not in ("pipeline", "comparer", "__init__"):
            used = own_imports(path)
            inner = {"clean", "credit", "tokens", "speech", "align", "headline", "quotations"}
            assert not used & inner, name_of(path)
