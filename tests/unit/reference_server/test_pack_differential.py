"""Every pack that the original runner judged gets the same structure and the same verdict from ours."""

import json
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.structure import check_structure
from oraclepack_mcp.packs.text import encode
from oraclepack_mcp.packs.validation import Validation, is_well_formed, validate

DATA = Path(__file__).parents[4] / "shared" / "oraclepack-data"
ORDERED_DEVIATIONS = {
    "edge/runner/r43-long-line-step20.md": "P-06: the original cuts the step silently, we report the line",
}

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "go_probe.json").exists(), reason="the oraclepack data is not beside the checkout"),
]


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return loaded


def has_long_line(raw: bytes) -> bool:
    try:
        return bool(parse_pack(raw).long_lines)
    except DomainError:
        return False


@cache
def judged(name: str) -> Validation:
    return validate((DATA / name).read_bytes())


def differences(name: str, probe: dict[str, Any]) -> list[str]:
    """What our parser says otherwise than the original about one file."""
    raw = (DATA / name).read_bytes()
    try:
        pack = parse_pack(raw)
    except DomainError as error:
        return [] if probe.get("parse_error", "").endswith(error.sentence) else [f"{name}: {error}"]
    if "parse_error" in probe:
        return [f"{name}: should not parse"]
    code = encode(pack.prelude.code or "")
    pairs: list[tuple[str, object, object]] = [
        ("out_dir", pack.out_dir, probe["out_dir"]),
        ("write_output", pack.write_output, probe["write_output"]),
        ("prelude", sha256(code).hexdigest(), probe["prelude_sha256"]),
        ("prelude size", len(code), probe["prelude_bytes"]),
        ("step count", len(pack.steps), len(probe["steps"] or [])),
    ]
    for step, theirs in zip(pack.steps, probe["steps"] or [], strict=False):
        ours = {
            "id": step.id,
            "number": step.number,
            "title": step.raw_header,
            "roi": step.roi,
            "impact": step.impact,
            "code_sha256": step.code_sha256,
            "code_bytes": len(encode(step.code or "")),
            "tool": step.tool,
            "contract": step.contract.replace("unknown", ""),
            "write_output_paths": step.outputs or None,
        }
        refused = {"roi": 0.0} if theirs.get("roi") == "+Inf" else {}  # P-15: infinity is no JSON
        known = {key: value for key, value in {**theirs, **refused}.items() if value}
        pairs += [(f"step {step.id} {key}", value, known.get(key, ours_empty(value))) for key, value in ours.items()]
    structure = check_structure(pack)
    findings = [f for f in judged(name).profiles["runner"].findings if f.rule != "L-01"] if not structure else []
    expected = probe.get("validate_error")
    if expected:
        pairs.append(("validate_error", expected.endswith(structure[0].message) if structure else None, True))
    elif findings or probe["findings"]:
        ours_found = [{"step_id": f.step_id, "line": f.line, "token": f.token, "message": f.message} for f in findings]
        theirs_found = [
            {key: found.get(key) for key in ("step_id", "line", "token", "message")}
            for found in probe["findings"] or []
        ]
        pairs.append(("findings", ours_found, theirs_found))
    return [f"{name}: {key}: ours {mine!r}, theirs {other!r}" for key, mine, other in pairs if mine != other]


def ours_empty(value: object) -> object:
    """The probe leaves empty values out or null."""
    return {str: "", float: 0.0, int: 0}.get(type(value))


def test_every_probed_file_parses_as_the_original_parsed_it(capsys: pytest.CaptureFixture[str]) -> None:
    probes = load("go_probe.json")
    long_lined = {name for name in probes if has_long_line((DATA / name).read_bytes())}
    found = [line for name in probes if name not in long_lined for line in differences(name, probes[name])]

    with capsys.disabled():
        sys.stdout.write(f"\n{len(probes)} packs probed, {len(long_lined)} with over-long lines, {len(found)} differ\n")
    assert not found, "\n".join(found)
    assert len(probes) == 178


def test_every_verdict_of_validate_and_list_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    expected = {name: row for name, row in load("expected.json").items() if "go_validate" in row}
    deviating: list[str] = []
    for name, row in expected.items():
        try:
            listed = is_well_formed(parse_pack((DATA / name).read_bytes()))
        except DomainError:
            listed = False
        if (judged(name).ok, listed) != (row["go_validate"]["ok"], row["go_list"]["ok"]):
            deviating.append(name)

    with capsys.disabled():
        sys.stdout.write(f"\n{len(expected)} files judged, {len(deviating)} deviate as ordered: {deviating}\n")
    assert len(expected) == 178
    assert set(deviating) == set(ORDERED_DEVIATIONS)


def test_a_line_at_which_the_original_stops_reading_is_reported_as_an_error() -> None:
    names = [name for name in load("go_probe.json") if has_long_line((DATA / name).read_bytes())]

    assert len(names) >= 3
    for name in names:
        findings = judged(name).profiles["runner"].findings
        assert findings[0].code == "LINE_TOO_LONG", name
