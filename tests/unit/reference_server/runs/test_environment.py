"""Scripts inherit what is allowed by name, what the operator adds, and where their run belongs."""

from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.environment import link_tools, mark_of, script_environment, tool_links
from oraclepack_mcp.runs.settings import ExecutionSettings

INHERITED = {
    "PATH": "/usr/bin",
    "HOME": "/home/x",
    "LC_TIME": "C",
    "LANG": "C.UTF-8",
    "SECRET_KEY": "canary",
    "LD_PRELOAD": "x.so",
    "BASH_ENV": "x.sh",
    "ORACLEPACK_MCP_PROFILE": "default",
    "ORACLEPACK_ENABLE_EXEC": "1",
}


def environment(settings: ExecutionSettings) -> dict[str, str]:
    return script_environment(settings, INHERITED, run_id="r1", out_dir="o", tools=Path("/t"))


def test_only_allowed_names_are_inherited() -> None:
    assert environment(ExecutionSettings()) == {
        "PATH": "/t:/usr/bin",
        "HOME": "/home/x",
        "LC_TIME": "C",
        "LANG": "C.UTF-8",
        "out_dir": "o",
        "ORACLEPACK_RUN_ID": "r1",
    }


def test_the_servers_own_settings_are_never_inherited() -> None:
    names = set(environment(ExecutionSettings(environment_names=("*",))))
    assert names == (set(INHERITED) - {"ORACLEPACK_MCP_PROFILE", "ORACLEPACK_ENABLE_EXEC"}) | {
        "out_dir",
        "ORACLEPACK_RUN_ID",
    }


def test_explicit_values_win_over_inherited_ones() -> None:
    settings = ExecutionSettings(environment={"PATH": "/opt/bin", "OPENAI_API_KEY": "k", "ORACLEPACK_RUN_ID": "forged"})
    chosen = environment(settings)
    assert (chosen["PATH"], chosen["OPENAI_API_KEY"], chosen["ORACLEPACK_RUN_ID"]) == ("/t:/opt/bin", "k", "r1")


def test_a_path_is_there_even_when_none_is_inherited() -> None:
    assert environment(ExecutionSettings(environment_names=()))["PATH"].startswith("/t:/usr/local/bin:")


def test_the_mark_is_the_entry_of_the_environment() -> None:
    assert mark_of("r1") == b"ORACLEPACK_RUN_ID=r1"


def test_a_named_program_is_found_as_oracle(tmp_path: Path) -> None:
    program = tmp_path / "oracle-beta"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    settings = ExecutionSettings(tools={"beta": program})
    assert tool_links(settings, None) == {"beta": program}
    links = tool_links(settings, "beta")
    link_tools(tmp_path / "tools", links)
    assert (tmp_path / "tools" / "oracle").resolve() == program.resolve()


@pytest.mark.parametrize("name", ["gamma", "/bin/sh", "-rf", ""])
def test_programs_that_the_operator_did_not_name_are_refused(name: str) -> None:
    with pytest.raises(DomainError) as caught:
        tool_links(ExecutionSettings(tools={"beta": Path("/bin/sh")}), name)
    assert caught.value.code == "INVALID_ARGUMENT"


def test_a_named_program_that_is_absent_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DomainError) as caught:
        tool_links(ExecutionSettings(tools={"beta": tmp_path / "absent"}), None)
    assert caught.value.code == "TOOL_MISSING"
