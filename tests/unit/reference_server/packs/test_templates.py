"""Every template, filled in, is a pack of its kind, and no value can become part of a script's commands."""

import re
import string
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.dry_run import try_calls
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.profiles.common import check_common
from oraclepack_mcp.packs.templating import fill, find_template, templates
from oraclepack_mcp.packs.validation import validate

VALUES = {
    "text": "Shop server & friends; version 2",
    "path": ".oraclepack/ticketify",
    "pattern": "src/**",
    "number": "20",
}
NAMES = ("runner", "action-pack", "ticketify", "prd-generator")


def filled(name: str) -> bytes:
    template = find_template(name)
    text, unresolved = fill(template, {item.name: VALUES[item.kind] for item in template.placeholders})
    assert not unresolved
    return text.encode()


def test_there_are_four_templates_and_each_names_exactly_its_placeholders() -> None:
    assert set(templates()) == set(NAMES)
    for template in templates().values():
        used = set(re.findall(r"\{\{(.*?)\}\}", template.text))
        assert used == {item.name for item in template.placeholders}, template.name
        assert fill(template, {})[1] == [item.name for item in template.placeholders]


@pytest.mark.parametrize("name", NAMES)
def test_a_filled_template_passes_its_profile(name: str) -> None:
    profile = find_template(name).profile

    assert [finding.message for finding in validate(filled(name), (profile,)).profiles[profile].findings] == []


def test_the_twenty_questions_pass_for_stage_one_too() -> None:
    raw = filled("runner")

    assert validate(raw, ("gold",)).ok
    assert check_common(raw, "direct") == []


@pytest.mark.parametrize("name", NAMES)
def test_every_script_of_a_template_is_bash_and_no_script_deletes_or_pushes(name: str) -> None:
    pack = parse_pack(filled(name))

    for code in [pack.prelude.code or "", *(step.code or "" for step in pack.steps)]:
        done = subprocess.run(["bash", "-n"], input=code.encode(), capture_output=True, timeout=20, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert not re.search(r"^\s*(rm|read|git push)\b|--force\b", code, re.MULTILINE)


def test_the_questions_can_be_tried_without_a_shell() -> None:
    called: list[list[str]] = []

    def runner(argv: list[str]) -> tuple[int, str, str]:
        called.append(argv)
        return 0, "", ""

    for step in parse_pack(filled("runner")).steps:
        assert try_calls(step.id, step.code or "", ["--wait"], runner) == (1, [])
    assert [argv[:6] for argv in called[:1]] == [
        ["oracle", "--wait", "--dry-run", "summary", "--write-output", ".oraclepack/ticketify/01-public-promises.md"]
    ]
    assert all("### Direct answer" in argv[-1] for argv in called)


def test_the_check_of_the_answers_counts_them(tmp_path: Path) -> None:
    template = find_template("action-pack")
    values = {"project": "x", "answers_dir": "in", "out_dir": "out", "top_n": "5"}
    steps = parse_pack(fill(template, values)[0].encode()).steps
    (tmp_path / "in").mkdir()
    for number in range(1, 21):
        (tmp_path / f"in/{number:02d}-a.md").write_text(f"answer {number}\n")

    def run(code: str | None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", code or ""],
            cwd=tmp_path,
            capture_output=True,
            timeout=20,
            check=False,
        )

    assert run(steps[0].code).returncode == 0
    assert run(steps[1].code).returncode == 0
    assert (tmp_path / "out/answers.md").read_text().count("<!-- in/") == 20
    (tmp_path / "in/07-b.md").write_text("second")
    assert run(steps[0].code).stderr == b"answer 07: expected one file with content, found 2\n"


def test_placeholders_in_commands_stand_inside_double_quotes() -> None:
    for template in templates().values():
        for step in parse_pack(template.text.encode()).steps:
            inside = re.sub(r'"(?:[^"\\]|\\.)*"', "", step.code or "", flags=re.DOTALL)
            commands = [line for line in inside.split("\n") if not line.lstrip().startswith("#")]
            assert "{{" not in "\n".join(commands), (template.name, step.id)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("project", '"; touch pwn; "'),
        ("project", "$(touch pwn)"),
        ("project", "`touch pwn`"),
        ("project", "a\nb"),
        ("project", "a\\"),
        ("project", "{{out_dir}}"),
        ("project", "x ROI=9"),
        ("project", "-x"),
        ("project", "a\u202eb"),
        ("project", ""),
        ("out_dir", "../x"),
        ("out_dir", "a/../b"),
        ("out_dir", "a/.."),
        ("out_dir", "/srv"),
        ("out_dir", "-o"),
        ("out_dir", "a b"),
        ("out_dir", "~/x"),
        ("sources", "$(x)"),
        ("absent", "x"),
    ],
)
def test_a_value_that_could_leave_its_quotes_or_its_directory_is_refused(name: str, value: str) -> None:
    with pytest.raises(DomainError) as caught:
        fill(find_template("runner"), {name: value})

    assert caught.value.code == "INVALID_ARGUMENT"


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet=string.printable, max_size=30))
def test_whatever_is_accepted_as_prose_is_one_word_inside_double_quotes(value: str) -> None:
    try:
        text, _ = fill(find_template("runner"), {"project": value})
    except DomainError:
        return
    code = parse_pack(text.encode()).steps[0].code or ""
    assert f'-p "Project: {value}. Question:' in code
    assert not set(value) & set("\"'`$\\\n\r\x00")
