"""What is made of mypy's output, which files it is given, and that it sees the certain defects itself."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from mcp_audit_harness.model import Language
from mcp_audit_harness.source.checkable import checkable
from mcp_audit_harness.source.mypy import CERTAIN, read_output, run_mypy
from mcp_audit_harness.source.tree import SourceFile, read_tree

DEFECTS = """import asyncio


class Store:
    def get(self, name: str) -> str:
        return name


async def save() -> None:
    await asyncio.sleep(0)


async def serve(store: Store) -> None:
    store.fetch("a")
    store.get()
    print(undefined)
    print(later)
    later = 1
    save()
    print("%d %d" % (1,))
"""
STORE = "class Store:\n    def get(self): ...\n"


def file(path: str, text: str = "a = 1\n") -> SourceFile:
    return SourceFile(path, Language.PYTHON, text, test=False, aside=False)


def error(code: str, message: str, line: int = 1, **more: object) -> str:
    return json.dumps(
        {"file": "tree/server.py", "line": line, "column": 4, "message": message, "code": code, "severity": "error"}
        | more
    )


def rules_of(lines: Iterable[str], text: str, *others: str) -> list[str]:
    files = [file("server.py", text), *(file(f"m{count}.py", other) for count, other in enumerate(others))]
    return [finding.rule for finding in read_output("\n".join(lines), files)[0]]


MISSING = '"Store" has no attribute "fetch"'


def test_errors_are_counted_that_do_not_follow_from_absent_packages_and_certain_defects_are_findings() -> None:
    lines = [
        error("assignment", "Incompatible types"),
        error("call-arg", 'Missing positional argument "name" in call to "get" of "Store"'),
        error("misc", "a note", severity="note"),
        error("valid-type", 'Variable "a.Context" is not valid as a type'),
        error("attr-defined", 'Context? has no attribute "session"'),
        error("call-arg", 'Unexpected keyword argument "frozen" for "__init_subclass__" of "object"'),
        "no json",
        "[]",
    ]
    findings, errors = read_output("\n".join(lines), [file("server.py", "store.get()\n"), file("store.py", STORE)])
    assert errors == 2
    (finding,) = findings
    assert (finding.rule, str(finding.place), finding.place.column) == ("mypy/call-arg", "server.py:1", 5)
    assert finding.message == 'Missing positional argument "name" in call to "get" of "Store".'


def test_a_missing_method_of_a_class_of_the_tree_is_a_finding() -> None:
    assert rules_of([error("attr-defined", MISSING)], "store.fetch()\n", STORE) == ["mypy/attr-defined"]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("store.fetch()\n", "from store import Store\n"),
        ("self.fetch()\n", STORE),
        ("store.fetch()\n", STORE + "Store.fetch = get\n"),
        ("store.fetch()\n", STORE + 'setattr(Store, "fetch", get)\n'),
        ("store.fetch()\n", STORE + "class Quick(Store):\n    def fetch(self): ...\n"),
        ("store.fetch()  # pyright: ignore[reportAttributeAccessIssue]\n", STORE),
    ],
    ids=["class of others", "mixin", "assigned", "setattr", "subclass", "reviewed"],
)
def test_an_attribute_that_may_come_from_elsewhere_is_none(text: str, other: str) -> None:
    assert rules_of([error("attr-defined", MISSING)], text, other) == []


@pytest.mark.parametrize(
    "message", ['"None" has no attribute "run"', '"object" has no attribute "a"', 'Module has no attribute "a"']
)
def test_doubts_about_what_a_value_is_are_no_findings(message: str) -> None:
    assert rules_of([error("attr-defined", message)], "a.run()\n", STORE) == []


def test_names_that_a_template_fills_in_are_no_findings() -> None:
    assert rules_of([error("name-defined", 'Name "__PROMPT__" is not defined')], "a = __PROMPT__\n") == []


UNKNOWN = 'Unexpected keyword argument "b" for "send" of "Wire"'


@pytest.mark.parametrize(
    ("others", "found"),
    [
        (("class Wire:\n    def send(self, a): ...\n",), True),
        (("class Wire:\n    def send(self, a): ...\n", "class Fast(Wire):\n    pass\n"), False),
        (("class Wire:\n    def send(self, a): ...\n", "def send(a, b): ...\n"), False),
        (("class Wire:\n    def send(self, a): ...\n", "Wire.send = other\n"), False),
        (("from wire import Wire\n",), False),
    ],
    ids=["one definition", "subclass", "two definitions", "assigned", "of others"],
)
def test_a_call_is_wrong_for_certain_only_if_one_definition_can_be_meant(others: tuple[str, ...], found: bool) -> None:
    assert rules_of([error("call-arg", UNKNOWN)], "wire.send(1, b=2)\n", *others) == ["mypy/call-arg"] * found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Missing()\n", True),
        ("def f(a: Missing): ...\n", True),
        ('def f(a: "Missing"): ...\n', False),
        ("from __future__ import annotations; a: Missing = 1\n", False),
        ("from __future__ import annotations; a = Missing\n", True),
    ],
)
def test_a_name_is_missed_only_where_it_is_looked_up(text: str, found: bool) -> None:
    assert rules_of([error("name-defined", 'Name "Missing" is not defined')], text) == ["mypy/name-defined"] * found


def test_packages_are_found_from_where_they_are_imported() -> None:
    files = [file("src/app/__init__.py"), file("src/app/deep/tools.py"), file("scripts-old/run.py"), file("one.py")]
    found = checkable(files)
    assert found.bases == (".", "scripts-old", "src")
    assert {item.path for item in found.files} == {item.path for item in files}
    assert not found.left


def test_of_files_with_one_name_the_nearest_to_the_root_is_checked() -> None:
    found = checkable([file("b-2/server.py"), file("a-1/server.py"), file("a-1/types.py"), file("my tool.py")])
    assert [item.path for item in found.files] == ["a-1/server.py"]
    assert {item.what for item in found.left} == {"mypy on b-2/server.py", "mypy on a-1/types.py", "mypy on my tool.py"}


def test_files_that_cannot_be_parsed_do_not_end_the_check() -> None:
    assert [item.path for item in checkable([file("bad.py", "def :\n"), file("good.py")]).files] == ["good.py"]


def test_a_missing_package_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "server.py").write_text("a = 1\n")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    looked, errors = run_mypy(read_tree(tmp_path))
    assert errors is None
    assert [item.what for item in looked.unrun] == ["mypy"]


@pytest.mark.e2e
def test_mypy_finds_each_certain_defect_whatever_the_tree_says_of_mypy(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    package = tmp_path / "src" / "app"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "server.py").write_text(DEFECTS)
    (package / "main.py").write_text("import absent_package\nfrom app.server import Store\n\nx: int = Store()\n")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "a"\nrequires-python = ">=3.10"\n[tool.mypy]\nignore_errors = true\n'
    )
    looked, errors = run_mypy(read_tree(tmp_path))
    assert not looked.unrun
    assert {finding.rule for finding in looked.findings} == {f"mypy/{code}" for code in CERTAIN}
    assert {finding.place.path for finding in looked.findings} == {"src/app/server.py"}
    assert errors is not None
    assert errors > len(CERTAIN), "the assignment in main.py is an error, too"
