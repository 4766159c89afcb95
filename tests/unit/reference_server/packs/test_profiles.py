"""Packs that meet a profile, each changed in one place; what is found names the rule and the place."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from oraclepack_mcp.packs import scripts
from oraclepack_mcp.packs.findings import MAX_FINDINGS, MAX_TOKEN
from oraclepack_mcp.packs.model import Finding, Profile
from oraclepack_mcp.packs.profiles.action_pack import check_action_pack, exit_code_equivalent
from oraclepack_mcp.packs.profiles.fences import read_text
from oraclepack_mcp.packs.profiles.ticketify import check_ticketify
from oraclepack_mcp.packs.rendering import CATEGORIES
from oraclepack_mcp.packs.validation import PROFILES, RULES, guess_profile, validate

COVERAGE = "\n## Coverage check\n" + "".join(f"- {category}: OK\n" for category in CATEGORIES)
ANSWER = """Answer format: 1) Direct answer 2) Risks/unknowns 3) Next smallest concrete experiment
4) If evidence is insufficient, name the missing file/path pattern."""
DIRECT = """{name}s=()
mapfile -t __{files} < <(find .)
{name}s+=(-f x)
oracle "${{{name}s[@]}}" \\
  --write-output "out/{number}-a.md" \\
  -p "{answer}"
"""


@dataclass(frozen=True)
class Change:
    """Text replaced in a good pack, and the rule and code of what is then found first, with its step."""

    old: str
    new: str
    rule: str
    code: str
    step: str | None = None


def fenced(bodies: list[str], tokens: Callable[[int], str] = lambda _: "", after: str = "") -> str:
    steps = "".join(f"# {number:02d}){tokens(number)}\n{body}" for number, body in enumerate(bodies, start=1))
    return f"# A pack\n\n```bash\nset -eu\n{steps}```\n{after}"


def actions(count: int = 8) -> str:
    return fenced([f"echo {number}\n" for number in range(1, count + 1)], lambda number: f" Do {number}")


def tokens(number: int) -> str:
    category = CATEGORIES[(number - 1) // 2]
    return f" ROI=1 impact=1 confidence=1 effort=S horizon=Now category={category} reference=Unknown"


def questions(code: str, **values: str) -> str:
    bodies = [code.format(number=f"{number:02d}", answer=ANSWER, **values) for number in range(1, 21)]
    return fenced(bodies, tokens, COVERAGE)


PACKS: dict[Profile, str] = {
    "action-pack": actions(),
    "ticketify": actions(20).replace("set -eu", "set -eu # ticketify"),
    "gold": questions('oracle -f a --file b --write-output "out/{number}-a.md" -p "{answer}"\n'),
    "tickets-direct": questions(DIRECT, files="tickets", name="ticket_arg"),
    "tickets-bundle": questions('oracle -f "x_tickets_bundle.md" --write-output "out/{number}-a.md" -p "{answer}"\n'),
    "codebase": questions(DIRECT, files="code_files", name="code_arg"),
}
CHANGES: list[tuple[Profile, Change]] = [
    ("action-pack", Change("echo 3", "echo {{name}}", "A-3", "PLACEHOLDER_UNRESOLVED")),
    ("action-pack", Change("```bash", "```sh", "A-4", "BLOCK_COUNT")),
    ("action-pack", Change("echo 3", "  ```text", "A-5", "FENCE_COUNT")),
    ("action-pack", Change("# 0", "## 0", "A-6", "NO_STEPS")),
    ("action-pack", Change("# 03)", "# 02)", "A-7", "STEP_DUPLICATE", "02")),
    ("action-pack", Change("# 03)", "# 04)", "A-7", "STEP_SEQUENCE", "04")),
    ("action-pack", Change("\n```bash", "\n ```bash ", "A-8", "FENCE_INDENTED")),
    ("action-pack", Change("echo 8\n```", "echo 8\n ```", "A-8", "FENCE_INDENTED")),
    ("action-pack", Change("\n", "\r\n", "A-8", "CRLF")),
    ("action-pack", Change("8\n```\n", "8\n```text\n", "A-8", "FENCE_UNCLOSED")),
    ("action-pack", Change("A pack", "A pack ends in ```bash\nand starts there", "A-8", "BLOCK_DIFFERS")),
    ("ticketify", Change("echo 3", "echo {{name}}", "T-3", "PLACEHOLDER_UNRESOLVED")),
    ("ticketify", Change("echo 3", "echo __OUT_DIR__", "T-3", "PLACEHOLDER_UNRESOLVED")),
    ("ticketify", Change("echo 3", "```\n```text", "T-4", "FENCE_COUNT")),
    ("ticketify", Change("```bash", "```sh", "T-5", "FENCE_OPENING")),
    ("ticketify", Change("20\n```\n", "20\n```text\n", "T-6", "FENCE_CLOSING")),
    ("ticketify", Change("# 03)", "## 03)", "T-7", "STEP_COUNT")),
    ("ticketify", Change("# 03)", "# 04)", "T-8", "STEP_SEQUENCE", "04")),
    ("gold", Change("set -eu", "# {{a}}", "G-1", "PLACEHOLDER_UNRESOLVED")),
    ("gold", Change("set -eu", "```text", "G-2", "FENCE_COUNT")),
    ("gold", Change("```bash", "```bash ", "G-2", "FENCE_OPENING")),
    ("gold", Change("```\n\n##", "```end\n\n##", "G-2", "FENCE_CLOSING")),
    ("gold", Change("# 03)", "## 03)", "G-3", "STEP_COUNT")),
    ("gold", Change("# 03)", "# 04)", "G-3", "STEP_SEQUENCE", "04")),
    ("gold", Change("# 03) ROI=1", "# 03)", "G-4", "TOKEN_MISSING", "03")),
    ("gold", Change("# 03) ROI=1", "# 03) ROI= ", "G-5", "TOKEN_EMPTY", "03")),
    ("gold", Change("UX flows reference", "UX reference", "G-6", "CATEGORY_UNKNOWN", "15")),
    ("gold", Change('--write-output "out/03-a.md"', "", "G-7", "OUTPUT_MISSING", "03")),
    ("gold", Change('"out/03-a.md"', "'03-a.md'", "G-7", "OUTPUT_DIRECTORY", "03")),
    ("gold", Change('"out/03-a.md"', "out/3-a.md", "G-7", "OUTPUT_NAME", "03")),
    ("gold", Change('"out/03-a.md"', "out/03-a.txt", "G-7", "OUTPUT_SUFFIX", "03")),
    ("gold", Change("## Coverage check", "Coverage check\n---", "G-8", "COVERAGE_MISSING")),
    ("gold", Change("- UX flows: OK\n", "", "G-8", "COVERAGE_INCOMPLETE")),
    (
        "gold",
        Change(
            'a --file b --write-output "out/03', 'a --file b -f c --write-output "out/03', "L-1", "ATTACHMENTS", "03"
        ),
    ),
    ("gold", Change("missing file/path pattern", "gap", "L-2", "REQUEST_MISSING", "01")),
    ("tickets-direct", Change("```bash", "~~~bash", "C-1", "BLOCK_COUNT")),
    ("tickets-direct", Change("```\n\n##", "\n##", "C-1", "FENCE_UNCLOSED")),
    ("tickets-direct", Change(") ROI", ")ROI", "C-2", "NO_STEPS")),
    ("tickets-direct", Change("# 03)", "## 03)", "C-3", "STEP_COUNT")),
    ("tickets-direct", Change("# 03)", "# 04)", "C-3", "STEP_SEQUENCE", "04")),
    ("tickets-direct", Change("# 03) ROI=1", "# 03)", "C-4", "TOKEN_MISSING", "03")),
    ("tickets-direct", Change("=UX flows", "=UX  floes", "C-4", "CATEGORY_UNKNOWN", "15")),
    ("tickets-direct", Change('"out/03-a.md"', "'out/03-a.md'", "C-5", "OUTPUT_MISSING", "03")),
    ("tickets-direct", Change('"out/03-a.md"', '"/out/03-a.md"', "C-5", "OUTPUT_ABSOLUTE", "03")),
    ("tickets-direct", Change('"out/03-a.md"', '"out/../03-a.md"', "C-5", "OUTPUT_PARENT", "03")),
    ("tickets-direct", Change('"out/03-a.md"', '"out/3-a.md"', "C-5", "OUTPUT_NAME", "03")),
    ("tickets-direct", Change('"out/03-a.md"', '"out/03-a.txt"', "C-5", "OUTPUT_SUFFIX", "03")),
    ("tickets-direct", Change("Risks/unknowns", "Risks", "C-6", "ANSWER_FORMAT", "01")),
    ("tickets-direct", Change('"out/03-a.md" \\\n', '"out/03-a.md" \\\n\\\n', "C-7", "BARE_BACKSLASH", "03")),
    ("tickets-direct", Change('"out/03-a.md" \\\n', '"out/03-a.md" \\\n\n# \\\n', "C-7", "COMMENT_CONTINUED", "03")),
    ("tickets-direct", Change('"out/03-a.md" \\\n', '"out/03-a.md"\n', "C-7", "DETACHED_PROMPT", "03")),
    ("tickets-direct", Change("=UX flows", "=permissions", "C-9", "CATEGORY_COUNT")),
    ("tickets-direct", Change("## Coverage check", "# Coverage check", "C-10", "COVERAGE_MISSING")),
    ("tickets-direct", Change("UX flows: OK", "UX flows: TODO", "C-10", "COVERAGE_INCOMPLETE")),
    ("tickets-direct", Change("set -eu", "```", "C-2", "NO_STEPS")),
    ("tickets-direct", Change("mapfile", "# x_tickets_bundle\nmapfile", "TL-1", "BUNDLE_USED", "01")),
    ("tickets-direct", Change("mapfile -t __tickets", "mapfile __tickets", "TL-2", "DISCOVERY_MISSING", "01")),
    ("tickets-direct", Change("ticket_args=()", "", "TL-3", "ARGUMENTS_MISSING", "01")),
    ("tickets-direct", Change("${ticket_args[@]}", "$ticket_args", "TL-4", "ARGUMENTS_UNUSED", "01")),
    ("tickets-direct", Change(COVERAGE, f"{COVERAGE}\n```text\n```\n", "TL-G2", "FENCE_COUNT")),
    ("tickets-bundle", Change("_tickets_bundle", "", "C-8", "BUNDLE_UNUSED", "01")),
    ("tickets-bundle", Change('"x_tickets_bundle.md"', "x_tickets_bundle.md", "C-8", "BUNDLE_NOT_ATTACHED", "01")),
    ("codebase", Change("mapfile -t __code_files", "mapfile __code_files", "CL-2", "DISCOVERY_MISSING", "01")),
    ("codebase", Change("code_args+=(-f x)", "code_args+=(x)", "CL-3", "ARGUMENTS_MISSING", "01")),
    ("codebase", Change("${code_args[@]}", "$code_args", "CL-4", "ARGUMENTS_UNUSED", "01")),
]


def findings(text: str, profile: Profile) -> list[Finding]:
    return validate(text.encode(), (profile,)).profiles[profile].findings


ODDITIES: list[tuple[Profile, str, str, str | None]] = [
    ("codebase", "mapfile", "# x_tickets_bundle\nmapfile", "BUNDLE_USED"),
    ("codebase", "< <(", "<<(", "DISCOVERY_MISSING"),
    ("codebase", "mapfile", "xmapfile", None),
    ("codebase", "code_args=()", "code_args=( )", "ARGUMENTS_MISSING"),
    ("codebase", "code_args=()", "xcode_args=()", None),
    ("tickets-direct", "reference=Unknown", "reference=_tickets_bundle", "BUNDLE_USED"),
    ("tickets-direct", "- UX flows:", "-UX flows:", "COVERAGE_INCOMPLETE"),
    ("tickets-direct", "- UX flows: OK", "-\n UX flows\n:\n\nOK", None),
    ("tickets-direct", "- UX flows: OK", "- UX flows: OK\n- UX flows: TODO", None),
    ("tickets-direct", "- UX flows: OK", "- UX flows: Missing(03,\n04)", None),
    ("tickets-direct", "- UX flows: OK", "- UX flows: Missing(03) x", "COVERAGE_INCOMPLETE"),
    ("tickets-direct", "- feature flags: OK", "- feature flags: Missing(", "COVERAGE_INCOMPLETE"),
    ("tickets-direct", "## Coverage", "##\n\nCoverage", None),
    ("tickets-bundle", "oracle -f", "oracle x-f", "BUNDLE_NOT_ATTACHED"),
    ("tickets-bundle", '"x_', '"\nx_', "BUNDLE_NOT_ATTACHED"),
    ("tickets-bundle", "-f ", '-f "a -f ', None),
    ("gold", "# 03) ROI=1", "# 03) --write-output x/99-a.md ROI=1", "OUTPUT_NAME"),
    ("gold", "- UX flows:", "-UX flows:", "COVERAGE_INCOMPLETE"),
    ("gold", "UX flows reference", "UX flows\treference", "CATEGORY_UNKNOWN"),
    ("gold", "```\n\n##", "```\x0b\n\n##", "FENCE_CLOSING"),
    ("gold", "reference=Unknown", "reference=UNKNOWN", None),
]
"""Text replaced in a good pack, and what is found first; all are as the original's programs have it."""


@pytest.mark.parametrize(("profile", "old", "new", "code"), ODDITIES)
def test_text_that_is_easily_read_otherwise_is_read_as_by_the_original(
    profile: Profile, old: str, new: str, code: str | None
) -> None:
    assert old in PACKS[profile]
    found = findings(PACKS[profile].replace(old, new), profile)

    assert (found[0].code if found else None) == code


@pytest.mark.parametrize(("reference", "rules"), [("unknown", ["L-2"] * 20), ("Unknown-yet", [])])
def test_a_reference_is_unknown_in_any_case_but_only_as_a_whole(reference: str, rules: list[str]) -> None:
    text = PACKS["gold"].replace("missing file/path pattern", "gap").replace("=Unknown", f"={reference}")

    assert [finding.rule for finding in findings(text, "gold")] == rules


def test_a_request_for_files_may_stand_in_the_header() -> None:
    text = PACKS["gold"].replace("missing file/path pattern", "gap").replace(") ROI", ") attach next ROI")

    assert findings(text, "gold") == []


def test_strictly_ticketify_takes_digits_of_any_script() -> None:
    raw = fenced(["true\n"] * 20).replace("# 01)", "# \u0660\u0661)").encode()

    assert check_ticketify(raw, strict_legacy=True) == []
    assert [finding.rule for finding in check_ticketify(raw)] == ["T-7"]


@pytest.mark.parametrize("profile", list(PACKS))
def test_a_good_pack_meets_its_profile_and_is_guessed_to(profile: Profile) -> None:
    assert findings(PACKS[profile], profile) == []
    assert guess_profile(PACKS[profile].encode()) == profile


@pytest.mark.parametrize(("profile", "change"), CHANGES, ids=lambda value: getattr(value, "code", value))
def test_one_change_is_found_by_the_rule_for_it(profile: Profile, change: Change) -> None:
    assert change.old in PACKS[profile]
    found = findings(PACKS[profile].replace(change.old, change.new), profile)

    assert (found[0].rule, found[0].code, found[0].step_id) == (change.rule, change.code, change.step)
    assert {finding.rule for finding in found} <= {rule.id for rule in RULES[profile]}


def test_every_rule_of_a_profile_has_a_text_and_its_own_name() -> None:
    assert set(RULES) == set(PROFILES)
    for rules in RULES.values():
        assert len({rule.id for rule in rules}) == len(rules)
        assert all(rule.text.endswith(".") for rule in rules)


def test_profiles_are_judged_next_to_each_other() -> None:
    validation = validate(PACKS["gold"].encode(), ("runner", "gold", "codebase"))

    assert {name: result.ok for name, result in validation.profiles.items()} == {
        "runner": True,
        "gold": True,
        "codebase": False,
    }
    assert not validation.ok


def test_a_text_without_a_block_is_refused_by_every_profile() -> None:
    validation = validate(b"no pack", PROFILES)

    assert not any(result.ok for result in validation.profiles.values())
    assert validation.steps == []
    assert guess_profile(b"no pack") is None


def test_strictly_ticketify_wants_headers_without_titles_and_overlooks_names() -> None:
    raw = PACKS["ticketify"].replace("echo 3", "echo __OUT_DIR__").encode()

    assert [finding.rule for finding in check_ticketify(raw)] == ["T-3"]
    assert [finding.rule for finding in check_ticketify(raw, strict_legacy=True)] == ["T-7"]
    assert not check_ticketify(fenced(["echo __OUT_DIR__\n"] * 20).encode(), strict_legacy=True)


def test_strictly_an_action_pack_may_hide_its_code_from_the_runner() -> None:
    raw = PACKS["action-pack"].replace("\n", "\r\n").encode()

    assert not check_action_pack(raw, strict_legacy=True)
    assert exit_code_equivalent(check_action_pack(raw)) == 0
    assert not validate(raw, ("action-pack",)).ok


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("echo 3", "{{name}}", 4),
        ("```bash", "```sh", 10),
        ("echo 3", "```text", 11),
        ("# 0", "#0", 20),
        ("# 03)", "# 02)", 21),
        ("# 01)", "# 02)", 22),
        ("# 01)", "# 01)", 0),
    ],
)
def test_the_exit_code_is_that_of_the_first_problem_of_the_script(old: str, new: str, code: int) -> None:
    assert exit_code_equivalent(check_action_pack(PACKS["action-pack"].replace(old, new).encode())) == code


def test_a_finding_names_the_line_in_the_step_and_in_the_file() -> None:
    text = PACKS["tickets-direct"].replace('"out/01-a.md" \\\n', '"out/01-a.md" \\\n\\\n')
    finding = findings(text, "tickets-direct")[0]

    assert text.split("\n")[(finding.file_line or 0) - 1] == "\\"
    assert (finding.line, finding.file_line) == (6, 11)


def test_lines_are_numbered_by_line_feeds_although_python_breaks_them_elsewhere_too() -> None:
    text = read_text("a\u2028b\nc\r\nd\re\x0b\n\nf".encode())

    assert list(zip(text.lines, text.numbers, strict=True)) == [
        ("a\u2028", 1),
        ("b", 1),
        ("c", 2),
        ("d", 3),
        ("e\x0b", 3),
        ("", 3),
        ("", 4),
        ("f", 5),
    ]


@pytest.mark.parametrize("piece", ["#", "`", "<<"])
def test_four_mebibytes_of_one_piece_are_refused_by_every_profile(piece: str) -> None:
    hostile = piece * (4 * 1024 * 1024 // len(piece))

    assert not any(result.ok for result in validate(hostile.encode(), PROFILES).profiles.values())


@pytest.mark.parametrize("piece", ["#", "`", "<<", "{{", "__A", '-f "', "missing file ", "ticket_args=( ", "}", "'"])
def test_long_steps_and_headers_of_one_piece_are_refused(piece: str) -> None:
    hostile = piece * (256 * 1024 // len(piece))
    inside = f"```bash\n# 01) {hostile}\n# 02)\n{hostile}\n```\n"

    assert not validate(inside.encode(), PROFILES).ok


def test_a_file_that_is_wrong_everywhere_has_a_bounded_number_of_short_findings() -> None:
    raw = ("```bash\n" + f"# 01) category={'x' * 5000}\n" * 900 + "```\n").encode()

    for result in validate(raw, PROFILES).profiles.values():
        assert len(result.findings) <= 2 * MAX_FINDINGS
        assert all(len(finding.token or "") <= MAX_TOKEN for finding in result.findings)
    assert len(findings(raw.decode(), "tickets-bundle")) == MAX_FINDINGS


def test_scripts_that_are_left_when_the_time_is_up_count_as_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "PACK_SECONDS", 0)

    assert {finding.code for finding in findings(actions(20), "runner")} == {"SYNTAX_TIMEOUT"}


def test_bash_may_not_take_all_memory_to_read_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "SYNTAX_BYTES", 32 * 1024 * 1024)
    many = fenced(["echo \\\n" + "x \\\n" * 600_000] + ["true\n"] * 19)

    assert [finding.rule for finding in findings(many, "runner")] == ["B-02"]
    monkeypatch.undo()
    assert findings(actions(20), "runner") == []
