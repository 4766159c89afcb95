"""Functions of the original, by what they gave for what they got."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs import metadata
from oraclepack_mcp.packs.outputs import ChunkMode, expectations, missing_headings, parse_chunk_mode
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.sanitizer import sanitize
from oraclepack_mcp.packs.text import encode
from oraclepack_mcp.runs.verification import parse_boolean

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
MODES: tuple[ChunkMode, ...] = ("auto", "multi", "single")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "vectors").exists(), reason="the oraclepack data is not beside the checkout"),
]


def vectors(family: str, count: int) -> list[dict[str, Any]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads((DATA / "vectors" / "unit_vectors.json").read_text("utf-8"))
    assert len(loaded[family]) == count
    return loaded[family]


def is_program(token: str) -> bool:
    return shutil.which(token, path="/usr/bin:/bin") is not None


def as_lists(expected: dict[str, tuple[str, ...]]) -> dict[str, list[str]] | None:
    return {path: list(headings) for path, headings in expected.items()} or None


def value_or_error(read: Callable[[str], object], raw: str) -> dict[str, Any]:
    try:
        return {"value": read(raw)}
    except DomainError:
        return {"error": True}


def test_booleans_are_read_alike() -> None:
    for row in vectors("boolish", 13):
        assert value_or_error(parse_boolean, row["in"]["raw"]) == row["out"], row


def test_chunk_modes_are_read_alike() -> None:
    for row in vectors("chunk_mode", 7):
        assert value_or_error(parse_chunk_mode, row["in"]["raw"]) == row["out"], row


def test_paths_contracts_and_expectations_are_found_alike() -> None:
    for row in vectors("output_contract", 20):
        code = row["in"]["code"]
        paths, contract = metadata.outputs(code), metadata.contract(code)
        found: dict[str, Any] = {mode: as_lists(expectations(paths, contract, mode)) for mode in MODES}
        assert found | {"paths": paths or None, "contract": contract.replace("unknown", "")} == row["out"], row


def test_headings_are_missed_alike() -> None:
    for row in vectors("output_tokens", 14):
        assert (missing_headings(row["in"]["content"], row["in"]["tokens"]) or None) == row["out"]["missing"], row


def test_scripts_are_sanitized_alike() -> None:
    for row in vectors("sanitize", 31):
        found = sanitize(row["in"]["script"], is_program)
        changed = [{"line": one.line, "token": one.token} for one in found.conversions] or None
        assert {"script": found.code, "warnings": changed} == row["out"], row


def test_tools_are_told_alike_but_for_a_line_that_the_original_trims_before_it_asks() -> None:
    differing = [
        row["in"]["line"]
        for row in vectors("classify", 20)
        if metadata.tool_kind([row["in"]["line"]]) != row["out"].get("tool", "unknown")
    ]
    assert differing == ["\u00a0oracle x"]


def test_every_step_of_every_pack_has_the_same_expectations_and_the_same_sanitized_script() -> None:
    probes = json.loads((DATA / "go_probe.json").read_text(encoding="utf-8"))
    compared = 0
    for name, probe in probes.items():
        try:
            pack = parse_pack((DATA / name).read_bytes())
        except DomainError:
            continue
        if pack.long_lines:
            continue
        for step, theirs in zip(pack.steps, probe.get("steps") or [], strict=True):
            for mode in ("auto", "single"):
                ours = as_lists(expectations(step.outputs, step.contract, mode))
                assert ours == theirs[f"expect_{mode}"], (name, step.id)
            found = sanitize(step.code or "", is_program)
            changed = [f"{one.line}:{one.token}" for one in found.conversions] or None
            assert changed == theirs["sanitize_warnings"], (name, step.id)
            assert sha256(encode(found.code)).hexdigest() == theirs["sanitized_sha256"], (name, step.id)
            compared += 1
    assert compared > 2000
