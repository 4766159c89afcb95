"""Figures of how a tree is kept."""

import textwrap
from pathlib import Path

import pytest
from mcp_audit_harness.source.coverage import of_json, of_lcov, of_xml
from mcp_audit_harness.source.quality import quality_of
from mcp_audit_harness.source.tree import read_tree


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text), encoding="utf-8")
    return root


def test_every_parameter_and_result_counts_but_what_methods_are_bound_to(tmp_path: Path) -> None:
    text = """
    from typing import Any
    import typing as t

    class Store:
        def __init__(self, name: str): ...
        def get(self, key, *more: t.Any, **rest: Any) -> str: ...
        @staticmethod
        def plain(value: int) -> int: ...

    def whole(a: int, /, b: int = 1, *, c: int) -> None:
        ...

    async def bare(a): ...
    """
    quality = quality_of(read_tree(put(tmp_path, {"server.py": text})), 7)
    assert (quality.functions, quality.typed_functions) == (5, 3)
    assert quality.type_completeness == round(100 * 10 / 13, 1)
    assert quality.any_count == 2
    assert quality.mypy_errors == 7


def test_parameters_of_typescript_count_where_nothing_else_gives_them_a_type(tmp_path: Path) -> None:
    pytest.importorskip("tree_sitter_typescript")
    text = """
    export function whole(a: string, b = 1): string { return a; }
    function bare(a, b: any) { return [1].map((item) => item); }
    class Store { get(key: string) { return key as any; } }
    """
    quality = quality_of(read_tree(put(tmp_path, {"server.ts": text})), None)
    assert (quality.functions, quality.typed_functions) == (3, 2)
    assert quality.type_completeness == 80.0
    assert quality.any_count == 2


def test_tests_are_not_measured_and_a_tree_without_functions_has_no_share(tmp_path: Path) -> None:
    quality = quality_of(read_tree(put(tmp_path, {"server.py": "a = 1\n", "test_a.py": "def test_a(): ...\n"})), None)
    assert quality.functions == 0
    assert quality.type_completeness is None


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        ({"tests/test_a.py": "import pytest\n"}, ("unit",)),
        ({"tests/test_a.py": "from unittest import TestCase\n"}, ("unit",)),
        ({"tests/integration/test_a.py": "import pytest\n"}, ("integration",)),
        ({"tests/test_a.py": "from hypothesis import given\n"}, ("property",)),
        ({"tests/test_a.py": "import pytest\n", "e2e/a.spec.ts": "test('a', () => {})\n"}, ("unit", "e2e")),
        ({"src/a.test.ts": 'import { it } from "vitest";\nexpect(a).toMatchSnapshot();\n'}, ("unit", "snapshot")),
        ({"a.spec.ts": "import { test } from '@playwright/test';\n"}, ("e2e",)),
        ({"locustfile.py": "from locust import HttpUser\n"}, ("load",)),
        ({"tests/test_a.py": "import atheris\n"}, ("fuzz",)),
        ({"server.py": "import pytest\n"}, ()),
    ],
)
def test_kinds_of_tests_are_told_by_imports_and_folders(
    tmp_path: Path, files: dict[str, str], kinds: tuple[str, ...]
) -> None:
    assert quality_of(read_tree(put(tmp_path, files)), None).test_kinds == kinds


def test_the_report_of_coverage_nearest_to_the_root_counts(tmp_path: Path) -> None:
    files = {
        "server.py": "a = 1\n",
        "coverage.xml": '<?xml version="1.0" ?>\n<coverage line-rate="0.875"><packages/></coverage>\n',
        "web/lcov.info": "LF:10\nLH:1\n",
    }
    assert quality_of(read_tree(put(tmp_path, files)), None).coverage_percent == 87.5


def test_each_format_of_coverage_is_read() -> None:
    assert of_lcov("SF:a\nLF:10\nLH:5\nend_of_record\nSF:b\nLF:30\nLH:25\n") == 75.0
    assert of_json('{"total": {"lines": {"pct": 61.5}}}') == 61.5
    assert of_json('{"totals": {"percent_covered": 90}}') == 90.0
    doctype = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">'
    assert of_xml(f'{doctype}<coverage line-rate="1"/>') == 100.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<coverage",
        '<coverage line-rate="all"/>',
        '<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><coverage line-rate="0.5">&b;</coverage>',
        '<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><coverage line-rate="0.5">&a;</coverage>',
    ],
)
def test_xml_that_says_nothing_or_declares_entities_gives_no_figure(text: str) -> None:
    assert of_xml(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[]",
        '{"total": {"lines": {"pct": "Unknown"}}}',
        '{"total": {"lines": {"pct": 1%s}}}' % ("0" * 400),
        "[" * 9999,
    ],
)
def test_json_that_says_nothing_gives_no_figure(text: str) -> None:
    assert of_json(text) is None
