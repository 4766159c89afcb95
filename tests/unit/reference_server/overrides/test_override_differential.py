"""Flags are merged, put in and found as the original does it, but for what is ordered otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.flags import apply_url_rule, effective_flags, inject_flags, inject_text, step_flags
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.overrides.scan import scan_invocations
from oraclepack_mcp.packs.parser import parse_pack

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
OWN_URL_IS_KEPT = {
    "override URL: present in effective, stripped at run time when runner URL empty (bug)": "https://step",
    "override URL loses to runner URL at run time (bug)": "https://step",
}
"""OV-03: a URL of the overrides wins over that of the run, which the original takes instead."""

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "go_probe.json").exists(), reason="the oraclepack data is not beside the checkout"),
]


def vectors(family: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((DATA / "vectors/unit_vectors.json").read_text(encoding="utf-8"))[family]
    return loaded


def overrides_of(value: dict[str, Any] | None) -> Overrides | None:
    if value is None:
        return None
    return Overrides(
        added_flags=tuple(value.get("added", ())),
        removed_flags=tuple(value.get("removed", ())),
        chatgpt_url=value.get("chatgpt_url"),
        apply_to_steps=tuple(value.get("apply_to_steps", ())),
    )


def test_the_rule_for_urls_is_that_of_the_original() -> None:
    rows = vectors("apply_chatgpt_url")

    assert len(rows) == 12
    for row in rows:
        assert apply_url_rule(row["in"]["flags"] or (), row["in"]["url"]) == (row["out"] or []), row["why"]


def test_flags_are_merged_as_the_original_merges_them_but_a_url_of_the_overrides_is_kept() -> None:
    rows = vectors("effective_flags")
    kept = set()

    assert len(rows) == 15
    for row in rows:
        value, overrides = row["in"], overrides_of(row["in"]["overrides"])
        effective = effective_flags(value["step"], value["baseline"], overrides)
        assert effective == (row["out"]["effective"] or []), row["why"]
        assert apply_url_rule(effective, value["runner_url"]) == (row["out"]["run_time"] or []), row["why"]
        ours = [flag for flag in step_flags(value["step"], overrides, value["runner_url"]) if flag.startswith("https:")]
        theirs = [flag for flag in row["out"]["run_time"] or () if flag.startswith("https:")]
        if ours != theirs:
            assert ours == [OWN_URL_IS_KEPT[row["why"]]]
            kept.add(row["why"])
    assert kept == set(OWN_URL_IS_KEPT)


def test_flags_are_put_where_the_original_puts_them() -> None:
    rows = vectors("inject_flags")

    assert len(rows) == 27
    for row in rows:
        assert inject_text(row["in"]["script"], " ".join(row["in"]["flags"])) == row["out"], row["why"]


def test_flags_that_are_plain_give_the_same_script_and_the_others_are_refused() -> None:
    rows = vectors("inject_flags")
    hostile = [row for row in rows if any("touch" in flag for flag in row["in"]["flags"])]
    for row in rows:
        plain = [flag.replace("x y", "x-y") for flag in row["in"]["flags"]]
        if row in hostile:
            with pytest.raises(DomainError, match="OVERRIDE_INVALID"):
                inject_flags(row["in"]["script"], plain)
        else:
            expected = row["out"].replace("--model x y", "--model x-y")
            assert inject_flags(row["in"]["script"], plain) == expected, row["why"]

    assert len(hostile) == 1


def test_calls_are_found_as_the_original_finds_them() -> None:
    rows = vectors("oracle_scan")

    assert len(rows) == 11
    for row in rows:
        found = [
            {"display": call.display, "end": call.end, "indent": call.indent, "raw": call.raw, "start": call.start}
            for call in scan_invocations(row["in"]["script"])
        ]
        assert found == (row["out"] or []), row["why"]


def test_the_calls_of_every_probed_step_are_those_that_the_original_found() -> None:
    compared = 0
    for name, probe in json.loads((DATA / "go_probe.json").read_text(encoding="utf-8")).items():
        try:
            steps = parse_pack((DATA / name).read_bytes()).steps
        except DomainError:
            continue
        if len(steps) != len(probe.get("steps") or ()):
            continue
        for step, theirs in zip(steps, probe["steps"] or (), strict=True):
            if step.code_sha256 == theirs["code_sha256"]:
                code = step.code or ""
                found = (len(scan_invocations(code)), inject_flags(code, ["--wait"]) != code)
                assert found == (theirs["oracle_invocations"], theirs["injected_changed"]), (name, step.id)
                compared += 1

    assert compared == 2584  # of 2595; eleven lie beyond a line at which the original stops reading
