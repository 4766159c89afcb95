"""Dependencies against advisories: how grave it is, and what is said of it."""

from pathlib import Path

import pytest
from mcp_audit_harness.model import (
    Advisory,
    AdvisoryDatabase,
    Affected,
    Aspect,
    Engine,
    Package,
    Severity,
    SourceFinding,
)
from mcp_audit_harness.source.dependencies.exposure import serves_http
from mcp_audit_harness.source.dependencies.judging import judge_dependencies
from mcp_audit_harness.source.looked import Looked
from mcp_audit_harness.source.rules import Hit, Reads, Rule, rule
from mcp_audit_harness.source.tree import read_tree
from mcp_audit_scenarios.advisories import load_advisories
from mcp_audit_scenarios.source import advisories, dependencies

RULES: list[Rule] = [
    advisories.vulnerable_version,
    advisories.lower_bound_allows_advisory,
    dependencies.unpinned_dependency,
    dependencies.no_lock_file,
]
HTTP = 'import uvicorn\nuvicorn.run("server:app")\n'
SDK = Package("PyPI", "sdk")


def advisory(number: int, *affected: str, fixed: str, severity: Severity = Severity.HIGH, **more: object) -> Advisory:
    rows = (Affected(SDK, affected, fixed),)
    component = str(more.get("component", "server-sdk"))
    http_only = bool(more.get("http_only"))
    return Advisory(f"A-{number}", (), component, severity, "", (), "", rows, http_only=http_only)


def judged(root: Path, files: dict[str, str], *known: Advisory) -> Looked:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    database = AdvisoryDatabase(known) if known else load_advisories()
    return judge_dependencies(read_tree(root), RULES, database)


def only(root: Path, requirement: str, *known: Advisory, **files: str) -> SourceFinding:
    manifest = f'[project]\nname = "x"\ndependencies = ["{requirement}"]\n'
    found = judged(root, {"pyproject.toml": manifest, **files}, *known).findings
    (finding,) = (one for one in found if one.rule == "source/lower-bound-allows-advisory")
    return finding


def test_the_bound_that_admits_every_old_sdk_is_told_the_version_to_ask_for(tmp_path: Path) -> None:
    found = only(tmp_path, "mcp[cli]>=0.1.0")
    assert found.severity is Severity.MEDIUM
    assert str(found.place) == "pyproject.toml:3"
    assert found.place.text == 'dependencies = ["mcp[cli]>=0.1.0"]'
    assert found.subject == "package:mcp"
    assert found.message.startswith("mcp >=0.1.0 admits versions affected by CVE-2025-53366 (fixed in 1.9.4), ")
    assert "none is known of 1.30.0 and 2.2.0" in found.message


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (Severity.CRITICAL, Severity.MEDIUM),
        (Severity.HIGH, Severity.MEDIUM),
        (Severity.MEDIUM, Severity.LOW),
        (Severity.LOW, Severity.LOW),
    ],
)
def test_what_the_newest_version_avoids_weighs_less(tmp_path: Path, severity: Severity, expected: Severity) -> None:
    known = advisory(1, "<1.5", fixed="1.5", severity=severity)
    assert only(tmp_path, "sdk>=1", known).severity is expected


@pytest.mark.parametrize("requirement", ["sdk>=1,<1.5", "sdk~=1.4.0", "sdk<1.2"])
def test_a_range_of_affected_versions_only_weighs_as_much_as_the_advisory(tmp_path: Path, requirement: str) -> None:
    assert only(tmp_path, requirement, advisory(1, "<1.5", fixed="1.5")).severity is Severity.HIGH


def test_the_fixed_version_that_the_range_admits_is_the_one_to_ask_for(tmp_path: Path) -> None:
    known = advisory(1, "<1.5", ">=2.0 <2.3", fixed="1.5, 2.3"), advisory(2, "<1.4", fixed="1.4")
    assert only(tmp_path, "sdk>=1,<2", *known).message.endswith("; none is known of 1.5")
    assert only(tmp_path, "sdk>=2", *known).message.endswith("; none is known of 2.3")


def test_a_fix_that_another_advisory_is_about_is_not_recommended(tmp_path: Path) -> None:
    known = advisory(1, "<1.5", fixed="1.5"), advisory(2, ">=1.5 <1.7", fixed="1.7")
    assert only(tmp_path, "sdk>=1", *known).message.endswith("; none is known of 1.7")


def test_an_advisory_on_later_versions_counts_though_the_lower_bound_is_older(tmp_path: Path) -> None:
    assert "A-1" in only(tmp_path, "sdk>=1", advisory(1, ">=1.3 <1.5", fixed="1.5")).message


def test_where_no_http_is_served_an_advisory_on_http_counts_little(tmp_path: Path) -> None:
    known = advisory(1, "<1.5", fixed="1.5", http_only=True)
    quiet = only(tmp_path / "stdio", "sdk>=1", known)
    assert quiet.severity is Severity.LOW
    assert quiet.message.endswith("1 of them needs an HTTP transport, which no source here starts")
    assert only(tmp_path / "http", "sdk>=1", known, **{"server.py": HTTP}).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", 'mcp.run(transport="streamable-http")', True),
        ("a.py", 'mcp.run(transport="http")', True),
        ("a.py", 'parser.add_argument("--transport", choices=["stdio", "http"])', True),
        ("a.py", "app = mcp.sse_app()", True),
        ("a.ts", 'import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js"', True),
        ("a.ts", 'import express from "express"', True),
        ("a.ts", "http.createServer(handle).listen(8080)", True),
        ("a.py", 'mcp.run(transport="stdio")', False),
        ("a.py", 'if urlsplit(address).scheme not in ("http", "https"): refuse()', False),
        ("a.py", "async with streamablehttp_client(address) as streams: ...", False),
        ("a.ts", "const { server, cleanup } = createServer()", False),
        ("tests/test_a.py", 'mcp.run(transport="sse")', False),
    ],
)
def test_a_tree_serves_http_if_a_source_that_is_shipped_says_so(
    tmp_path: Path, path: str, text: str, *, expected: bool
) -> None:
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    assert serves_http(read_tree(tmp_path)) is expected


@pytest.mark.parametrize("component", ["client", "client-sdk"])
def test_an_advisory_on_clients_is_none_on_a_server(tmp_path: Path, component: str) -> None:
    files = {"requirements.txt": "sdk==1.0\n"}
    assert judged(tmp_path, files, advisory(1, "<1.5", fixed="1.5", component=component)).findings == ()


def test_a_malicious_package_counts_for_those_too_who_only_develop(tmp_path: Path) -> None:
    files = {"requirements-dev.txt": "sdk==1.0\n"}
    assert judged(tmp_path / "plain", files, advisory(1, "<1.5", fixed="1.5")).findings == ()
    known = advisory(1, "*", fixed="", severity=Severity.CRITICAL, component="malicious-package")
    (found,) = judged(tmp_path / "malicious", files, known).findings
    assert (found.severity, found.message) == (Severity.CRITICAL, "sdk 1.0 is affected by A-1 (malicious)")


def test_a_locked_version_is_judged_in_place_of_the_range(tmp_path: Path) -> None:
    known = advisory(1, "<1.5", fixed="1.5")
    manifest = '[project]\nname = "x"\ndependencies = ["sdk>=1"]\n'
    lock = '[[package]]\nname = "sdk"\nversion = "{}"\n'
    old = judged(tmp_path / "old", {"pyproject.toml": manifest, "uv.lock": lock.format("1.2")}, known)
    assert [(one.rule, str(one.place), one.severity) for one in old.findings] == [
        ("source/vulnerable-version", "uv.lock:3", Severity.HIGH)
    ]
    assert old.findings[0].message == "sdk 1.2 is affected by A-1 (fixed in 1.5); none is known of 1.5"
    new = judged(tmp_path / "new", {"pyproject.toml": manifest, "uv.lock": lock.format("1.5")}, known)
    assert new.findings == ()


def test_a_lock_file_that_cannot_be_read_is_said_and_the_range_not_judged(tmp_path: Path) -> None:
    files = {"package.json": '{"dependencies": {"@modelcontextprotocol/sdk": "^1.2.0"}}', "bun.lockb": "\0"}
    looked = judged(tmp_path, files)
    assert looked.findings == ()
    assert [(item.what, item.why) for item in looked.unrun] == [
        ("bun.lockb", "no version could be read from this lock file")
    ]


def test_a_tree_without_manifests_was_not_looked_at(tmp_path: Path) -> None:
    assert judged(tmp_path, {"server.py": HTTP}) == Looked()


def test_a_rule_that_raises_costs_itself_only(tmp_path: Path) -> None:
    @rule(
        id="source/broken",
        title="",
        severity=Severity.LOW,
        aspect=Aspect.DEPENDENCIES,
        remediation="",
        reads=Reads.DEPENDENCIES,
        engine=Engine.ADVISORIES,
    )
    def broken(seen: object) -> list[Hit]:
        """It raises."""
        raise ValueError(seen.__class__.__name__)

    (tmp_path / "requirements.txt").write_text("mcp==1.0\n")
    looked = judge_dependencies(read_tree(tmp_path), [broken, *RULES], load_advisories())
    assert [item.what for item in looked.unrun] == ["source/broken"]
    assert "ValueError: Dependencies" in looked.unrun[0].why
    assert {found.rule for found in looked.findings} == {"source/vulnerable-version"}
    assert broken.about.engine is Engine.ADVISORIES


def test_control_characters_of_a_manifest_do_not_reach_a_report(tmp_path: Path) -> None:
    npm = '{"dependencies": {"@modelcontextprotocol/sdk": "^1.2.0"}, "a": "\x1b[2J"}'
    looked = judged(tmp_path, {"package.json": npm, "requirements.txt": "mcp>=0.1  # \x1b[31m\x85\n"})
    assert {one.place.path for one in looked.findings} == {"package.json", "requirements.txt"}
    assert not any("\x1b" in one.message + one.place.text for one in looked.findings)
