"""Every file that the original's validators judged gets the same verdict from ours, for the same reasons in order."""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from oraclepack_mcp.packs.model import Finding, Profile
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.profiles.action_pack import check_action_pack, exit_code_equivalent
from oraclepack_mcp.packs.profiles.codebase_lint import check_codebase_lint
from oraclepack_mcp.packs.profiles.common import check_common
from oraclepack_mcp.packs.profiles.gold import check_gold
from oraclepack_mcp.packs.profiles.gold_lint import check_gold_lint
from oraclepack_mcp.packs.profiles.ticketify import check_ticketify
from oraclepack_mcp.packs.profiles.tickets_lint import check_tickets_lint
from oraclepack_mcp.packs.scripts import check_scripts
from oraclepack_mcp.packs.validation import validate

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
Check: TypeAlias = Callable[[bytes], list[Finding]]

SHELL = "taskify_validate_action_pack_sh_repaired"
AS_SHIPPED = "taskify_validate_action_pack_sh_as_shipped"
WRAPPER = "mcp_taskify_validate_action_pack"
TICKETIFY = "ticketify_validate_ticket_action_pack_py"
PYTHON: dict[str, Check] = {
    TICKETIFY: lambda raw: check_ticketify(raw, strict_legacy=True),
    "gold_validate_pack_py": check_gold,
    "gold_lint_attachments_py": check_gold_lint,
    "common_validate_pack_py_direct": lambda raw: check_common(raw, "direct"),
    "common_validate_pack_py_bundle": lambda raw: check_common(raw, "bundle"),
    "tickets_grouped_lint_py": check_tickets_lint,
    "codebase_grouped_lint_py": check_codebase_lint,
}
PROFILE_PROGRAMS: dict[Profile, tuple[str, ...]] = {
    "action-pack": (SHELL,),
    "ticketify": (TICKETIFY,),
    "gold": ("gold_validate_pack_py", "gold_lint_attachments_py"),
    "tickets-direct": ("common_validate_pack_py_direct", "tickets_grouped_lint_py"),
    "tickets-bundle": ("common_validate_pack_py_bundle",),
    "codebase": ("common_validate_pack_py_direct", "codebase_grouped_lint_py"),
}
ACCEPTED = {
    SHELL: 104,
    TICKETIFY: 11,
    "gold_validate_pack_py": 23,
    "gold_lint_attachments_py": 100,
    "common_validate_pack_py_direct": 14,
    "common_validate_pack_py_bundle": 1,
    "tickets_grouped_lint_py": 7,
    "codebase_grouped_lint_py": 10,
    WRAPPER: 142,
}
MEANINGS = {
    r"unresolved template placeholders": "PLACEHOLDER_UNRESOLVED",
    r"(xpected exactly (1|one)|expected exactly 1 code) .*fence": "FENCE_COUNT",
    r"Opening fence|expected the only code fence": "FENCE_OPENING",
    r"(C|c)losing (code )?fence": "FENCE_CLOSING",
    r"No ```bash fence|Multiple ```bash fences": "BLOCK_COUNT",
    r"No closing ```": "FENCE_UNCLOSED",
    r"No step headers": "NO_STEPS",
    r"xpected (exactly )?20 step(s| headers)": "STEP_COUNT",
    r"tep numbering": "STEP_SEQUENCE",
    r"missing required token": "TOKEN_MISSING",
    r"header missing/empty": "TOKEN_EMPTY",
    r"invalid category=|category must be one of": "CATEGORY_UNKNOWN",
    r"missing --write-output": "OUTPUT_MISSING",
    r"must look like <out_dir>": "OUTPUT_DIRECTORY",
    r"must start with '..-'|must include '..-'": "OUTPUT_NAME",
    r"must end with \.md": "OUTPUT_SUFFIX",
    r"must not be absolute": "OUTPUT_ABSOLUTE",
    r"must not contain '\.\.'": "OUTPUT_PARENT",
    r'Missing "## Coverage check"': "COVERAGE_MISSING",
    r"Coverage check missing": "COVERAGE_INCOMPLETE",
    r"has \d+ attachments": "ATTACHMENTS",
    r"does not request missing": "REQUEST_MISSING",
    r"missing required Answer format": "ANSWER_FORMAT",
    r"contains a bare": "BARE_BACKSLASH",
    r"comment line appears": "COMMENT_CONTINUED",
    r"not attached to a continued command": "DETACHED_PROMPT",
    r"must reference the ticket bundle": "BUNDLE_UNUSED",
    r"must attach the ticket bundle": "BUNDLE_NOT_ATTACHED",
    r"Category distribution": "CATEGORY_COUNT",
    r"missing mapfile": "DISCOVERY_MISSING",
    r"missing (ticket|code)_args builder": "ARGUMENTS_MISSING",
    r"usage in oracle invocation": "ARGUMENTS_UNUSED",
}
"""What the messages of the original mean, as codes of ours."""
OVERSIGHTS = {
    "A-8: a closing fence with a language leaves the block open": "a14 r54",
    "A-8: a plain fence before the block, which is never closed": "a15 a37",
    "A-8: indented fences": "a16 r62",
    "A-8: white space behind the opening fence": "a17 r20",
    "A-8: carriage returns": "a18 r22",
    "A-8: a sentence that ends in the opener makes the runner start there": "r28",
}
"""Files that the shell script accepts and the profile refuses."""
TITLED = """
    derived/codebase-pack.resolved derived/gold-pack.resolved-atx derived/gold-pack.resolved
    derived/ticketify-action-pack.resolved
    a03 c01 c02 c03 c04 c05 c06 c07 c08 g01 g02 g03 g04 g05 g06 g07 g08 g09 g10 g11 g12 g13 g15 g16
    r01 r20 r22 r23 r28 r32 r33-01 r33-02 r33-03 r33-04 r33-05 r33-06 r33-07 r33-08 r33-09 r33-10 r33-11 r33-12 r33-13
    r33-14 r33-15 r33-16 r34 r35 r36 r37 r38 r39 r40 r41 r42 r43 r44 r45 r46 r47 r53 r66 r67 r69 r70
    packs/actions packs/mcp packs/misc packs/other packs/prd-tui packs/raw-exports
"""
"""Files that the ticketify script refuses for the titles in their headers; section 6.4 has the profile accept them."""
WEAKNESSES = {
    "A-3, which the wrapper does not check (6.8 no. 4)": """
        a06 r57 references/codebase-pack-template references/oracle-pack-template assets/action-pack-template
        references/tickets-pack-template-bundle references/tickets-pack-template""",
    "A-4, since it looks for the opener anywhere in the text (6.8 no. 1)": "a19 a35 a38 r56",
    "A-5, since it ignores other fences (6.8 no. 1)": """
        derived/tickets-bundle-pack.resolved a09 a13 a34 c09 r24 r27 r29 r71""",
    "A-6, since it takes any digits anywhere (6.8 no. 2)": "a22 a23 a24 a31 a32 r11 r48 r49 r65",
    "A-7, which it does not check (6.8 no. 3)": "a25 a27 a28 a29 a30 a37 r04 r10 r14 r15 r16 r17 r30 r31 r51",
    "A-8, which it overlooks as the script does": "a14 a15 a16 a17 a18 r20 r22 r54 r62",
    "bytes that are no UTF-8, on which it gives up (6.8 no. 5)": "a43 r47",
}
"""Files on which the profile and the wrapper of old disagree."""

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "expected.json").exists(), reason="the oraclepack data is not beside the checkout"),
]


@cache
def expected() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    assert len(loaded) == 222
    return loaded


def verdicts(validator: str) -> dict[str, Any]:
    """The original's verdicts by file."""
    found = {name: row[validator] for name, row in expected().items() if validator in row}
    assert len(found) == 178
    assert sum(verdict["ok"] for verdict in found.values()) == ACCEPTED.get(validator, 0)
    return found


def raw(name: str) -> bytes:
    return (DATA / name).read_bytes()


def named(name: str) -> str:
    """A file as the tables above name it: an edge pack by its number, another by its folder and stem."""
    path = Path(name)
    edge = re.match(r"(r33-\d\d|[acgr]\d\d)-", path.name) if name.startswith("edge/") else None
    return edge[1] if edge else f"{path.parent.name}/{path.name.removesuffix('.md')}"


def table(rows: Iterable[str]) -> list[str]:
    return sorted(name for row in rows for name in row.split())


def meaning(message: str) -> tuple[str, str | None]:
    """The code of ours for a message of the original, and the step that it names."""
    codes = [code for pattern, code in MEANINGS.items() if re.search(pattern, message)]
    assert len(codes) == 1, (message, codes)
    step = re.search(r"\] Step (\w\w):", message)
    return codes[0], step[1] if step else None


def ours(finding: Finding) -> tuple[str, str | None]:
    whole_pack = finding.code == "STEP_SEQUENCE"  # the original names no step, we name the first that is wrong
    return finding.code, None if whole_pack else finding.step_id


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


@pytest.mark.parametrize("validator", list(PYTHON))
def test_a_python_validator_and_ours_give_the_same_errors_in_the_same_order(
    validator: str, capsys: pytest.CaptureFixture[str]
) -> None:
    compared = 0
    for name, verdict in verdicts(validator).items():
        findings = PYTHON[validator](raw(name))
        assert bool(findings) is not verdict["ok"], name
        stops = verdict["n_errors"] == 1  # where the original stops at its first error, we may go on
        assert len(findings) >= verdict["n_errors"] if stops else len(findings) == verdict["n_errors"], name
        shown = verdict["errors"]
        assert [ours(finding) for finding in findings[: len(shown)]] == [meaning(message) for message in shown], name
        compared += len(shown)
    say(capsys, f"{validator}: 178 verdicts, {ACCEPTED[validator]} accepted, {compared} messages alike")
    assert compared > 50


def test_the_repaired_shell_script_and_ours_end_with_the_same_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    codes: Counter[int] = Counter()
    for name, verdict in verdicts(SHELL).items():
        findings = check_action_pack(raw(name), strict_legacy=True)
        assert exit_code_equivalent(findings) == verdict["exit"], name
        assert bool(findings) is not verdict["ok"], name
        codes[verdict["exit"]] += 1
    say(capsys, f"{SHELL}: 178 exit codes alike: {dict(sorted(codes.items()))}")
    assert set(codes) == {0, 4, 10, 11, 20, 21, 22}


def test_the_shell_script_as_shipped_gets_no_further_than_its_placeholder_check() -> None:
    for name, verdict in verdicts(AS_SHIPPED).items():
        unresolved = exit_code_equivalent(check_action_pack(raw(name), strict_legacy=True)) == 4
        assert verdict["exit"] == (4 if unresolved else 2), name


@pytest.mark.parametrize("profile", list(PROFILE_PROGRAMS))
def test_a_strict_profile_holds_exactly_where_all_its_programs_accept_the_file(profile: Profile) -> None:
    programs = [verdicts(program) for program in PROFILE_PROGRAMS[profile]]
    for name in programs[0]:
        accepted = all(program[name]["ok"] for program in programs)
        assert validate(raw(name), (profile,), strict_legacy=True).ok is accepted, name


def test_the_action_pack_profile_refuses_in_addition_what_the_script_overlooks() -> None:
    deviating = [
        named(name)
        for name, verdict in verdicts(SHELL).items()
        if validate(raw(name), ("action-pack",)).ok is not verdict["ok"]
    ]
    assert sorted(deviating) == table(OVERSIGHTS.values())


def test_the_ticketify_profile_accepts_in_addition_packs_with_titles() -> None:
    deviating = []
    for name, verdict in verdicts(TICKETIFY).items():
        if validate(raw(name), ("ticketify",)).ok is not verdict["ok"]:
            assert [finding.rule for finding in check_ticketify(raw(name), strict_legacy=True)] == ["T-7"], name
            deviating.append(named(name))
    assert sorted(deviating) == table([TITLED])
    assert len(deviating) == 75


def test_the_template_of_ticketify_is_refused_for_its_own_placeholders() -> None:
    findings = check_ticketify(raw("real/skills/oraclepack-ticketify/assets/ticket-action-pack.template.md"))

    assert {finding.rule for finding in findings} == {"T-3"}


@pytest.mark.parametrize("profile", ["gold", "tickets-direct", "tickets-bundle", "codebase"])
def test_a_profile_of_questions_judges_as_strictly_without_being_asked_to(profile: Profile) -> None:
    for name in verdicts(SHELL):
        assert validate(raw(name), (profile,)) == validate(raw(name), (profile,), strict_legacy=True), name


def test_the_profile_and_the_wrapper_of_old_disagree_only_where_the_wrapper_is_weak() -> None:
    deviating = [
        named(name)
        for name, verdict in verdicts(WRAPPER).items()
        if validate(raw(name), ("action-pack",)).ok is not verdict["ok"]
    ]
    assert sorted(deviating) == table(WEAKNESSES.values())


def test_the_runner_strictly_stops_reading_where_the_original_does() -> None:
    names = [name for name, row in expected().items() if "-line-" in name and "go_validate" in row]

    assert len(names) >= 3
    for name in names:
        assert validate(raw(name), strict_legacy=True).ok is expected()[name]["go_validate"]["ok"], name


def test_orphan_flags_are_found_alike() -> None:
    vectors: dict[str, list[dict[str, Any]]] = json.loads(
        (DATA / "vectors" / "unit_vectors.json").read_text(encoding="utf-8")
    )
    assert len(vectors["orphan_flags"]) == 15
    pack = parse_pack(b"```bash\n# 01) x\ntrue\n```\n")
    for row in vectors["orphan_flags"]:
        changed = replace(pack, steps=[replace(pack.steps[0], code=row["in"]["script"])])
        orphans = [finding for finding in check_scripts(changed) if finding.rule == "B-01"]
        found = [{"line": finding.line, "token": finding.token} for finding in orphans]
        assert found == (row["out"] or []), row
