"""Packs: any bytes are a pack or none, every program that judges packs says what it thinks, and edits stay in place."""

import json
from dataclasses import asdict
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.characters import check_characters
from oraclepack_mcp.packs.editing import StepChange, change_step
from oraclepack_mcp.packs.findings import MAX_FINDINGS
from oraclepack_mcp.packs.headers import read_header
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.sanitizer import sanitizer_findings
from oraclepack_mcp.packs.structure import check_structure
from oraclepack_mcp.packs.validation import PROFILES, guess_profile, validate
from oraclepack_mcp.runs import go_json

from .messages import TEXT
from .searching import searched, spoiled

_STEP: Final = (
    b"# 07) Migration ROI=2.0 impact=9 confidence=0.90 effort=2 horizon=Later category=migrations reference=src/**\n"
    b"# Impact: release blocker\n# ROI: 1e3\noracle \\\n  --write-output \"out/07.md\" \\\n  -f 'src/**' \\\n"
    b'  -p "Answer format: return only: direct answer."\n'
)
_WHOLE: Final = (
    b'# Title\n\n```bash\nset -e\nout_dir="out"\n' + _STEP + b"# 08 \xe2\x80\x94 x\ncat <<EOF\nEOF\n```\n",
    _STEP,
    b'```bash\nmapfile -t __tickets < <(true)\nticket_args=( -f "$t" )\n# 01)\n```\n## Coverage check\n- UX flows: OK',
    b"```bash\n_tickets_bundle=x\n__code_files=()\ncode_args+=( -f x )\n# 01)\n```\n",
)
_PIECES: Final = (
    *(b"```bash\n", b"\n```", b"\n", b"\r\n", b"# ", b"01)", b"99 -", b"ROI=", b"# ROI: 0x1p9999\n", b"# ROI: inf\n"),
    *(
        b"# ROI: 1e999\n",
        b"# Impact:",
        b"--write-output ",
        b"'",
        b'"',
        b"\\\n",
        b"-p x\n",
        b"<<'E'\n",
        b"{{x}}",
        b"\x00",
    ),
    *(b"\xff", b"\xed\xb2\x80", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\x1b[2J", b"ROI=" + b"9" * 400, b"x" * 66_000),
)
PACKS: st.SearchStrategy[bytes] = spoiled(_WHOLE, _PIECES)
_WITHOUT_BASH: Final = tuple(profile for profile in PROFILES if profile != "runner")


@searched(400)
@given(PACKS)
@example(b"```bash\n# 01) ROI=" + b"9" * 5000 + b"\n```")
@example(b"```bash\n# 01) x\n# ROI: 0x1p99999\n```")
@example("```bash\n# \u0660\u0661) x\n```".encode())
def test_any_bytes_are_a_pack_or_hold_none(raw: bytes) -> None:
    try:
        pack = parse_pack(raw, name="name")
    except DomainError as error:
        refused = error.code
        assert refused == "PACK_INVALID"
        return
    shown = asdict(pack)
    for step in shown["steps"]:
        assert 0 <= step["number"] <= 99
        del step["code"]
    del shown["prelude"]["code"]
    assert json.dumps(shown, ensure_ascii=False, allow_nan=False).encode()
    codes = [step.code or "" for step in pack.steps]
    assert sum(len(code) for code in codes) <= len(raw)


@searched(150)
@given(PACKS)
def test_every_program_that_judges_packs_comes_to_findings(raw: bytes) -> None:
    validation = validate(raw, _WITHOUT_BASH)
    for name in _WITHOUT_BASH:
        judged = validation.profiles[name]
        assert judged.ok == all(finding.severity != "error" for finding in judged.findings)
    assert len(check_characters(raw)) <= MAX_FINDINGS + 1
    assert guess_profile(raw) in {None, *PROFILES}
    try:
        pack = parse_pack(raw)
    except DomainError:
        return
    assert len(check_structure(pack)) <= MAX_FINDINGS + 1
    assert all(found.severity == "info" for found in sanitizer_findings(pack, lambda _: False))


@searched(200)
@given(
    PACKS,
    st.builds(
        StepChange,
        title=st.none() | st.text(max_size=10),
        metadata=st.none()
        | st.dictionaries(st.sampled_from(["ROI", "impact", "x"]), st.text(max_size=5) | st.just("2.5"), max_size=2),
        code=st.none() | st.text(max_size=10) | PACKS.map(lambda raw: raw.decode("utf-8", "replace")),
    ),
)
def test_a_change_of_a_step_is_refused_or_changes_that_step_alone(raw: bytes, change: StepChange) -> None:
    try:
        steps = parse_pack(raw).steps
        after = change_step(raw, steps[0].id if steps else "01", change)
    except DomainError as error:
        refused = error.code
        assert refused in {"PACK_INVALID", "NOT_FOUND", "INVALID_ARGUMENT"}
        return
    changed = parse_pack(after).steps
    assert [(step.id, step.code) for step in changed[1:]] == [(step.id, step.code) for step in steps[1:]]
    assert len(changed) == len(steps)


@searched(200)
@given(PACKS.map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_a_line_is_a_header_or_none(line: str) -> None:
    try:
        header = read_header(line)
    except ValueError:
        return
    again = read_header(header.text())
    assert again.title == header.title
    assert again.tokens.keys() == header.tokens.keys()


@searched(300)
@given(TEXT)
@example(b"[" * 100_000)
@example(b'"' * 100_001)
def test_the_state_file_is_json_or_refused(raw: bytes) -> None:
    try:
        go_json.parse(raw)
    except DomainError as error:
        refused = error.code
        assert refused == "STATE_INVALID_JSON"
