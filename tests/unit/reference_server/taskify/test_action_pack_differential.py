"""The tool says of every Markdown file of the corpus what the repaired script says, exit code included."""

import json
import os
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.taskify.service import Taskify

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
SCRIPT = "taskify_validate_action_pack_sh_repaired"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "expected.json").exists(), reason="the oraclepack data is not beside the checkout"),
]


def test_verdicts_and_exit_codes_agree_and_prompts_are_made_of_valid_packs_only() -> None:
    verdicts = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    expected = {name: found[SCRIPT] for name, found in verdicts.items() if SCRIPT in found}
    root = Root.open("data", DATA)
    taskify = Taskify(Roots((root,)), Location(root, ()))
    refused = 0
    try:
        for name, wanted in expected.items():
            legacy = taskify.validate_action_pack(name, strict_legacy=True)
            code = 0 if wanted["ok"] else wanted["exit"]
            assert (legacy.ok, legacy.exit_code_equivalent) == (wanted["ok"], code), name
            if taskify.validate_action_pack(name).ok:
                assert taskify.generate_prompt(name).steps, name
            else:
                with pytest.raises(DomainError, match="PACK_INVALID"):
                    taskify.generate_prompt(name)
                refused += 1
    finally:
        os.close(root.descriptor)

    assert (len(expected), refused) == (178, 85)
