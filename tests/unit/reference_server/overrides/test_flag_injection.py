"""What is put into scripts stays one word each, wherever the line stands."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.flags import effective_script, inject_flags
from oraclepack_mcp.overrides.model import Overrides

URL = "https://chatgpt.com/g/x?a=1&b=2#c~d"
SHOW = 'oracle() { printf "[%s]" "$@"; echo; }\n'


def run(script: str, directory: Path) -> str:
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", SHOW + script],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return done.stdout


def test_a_url_arrives_as_one_argument(tmp_path: Path) -> None:
    assert run(inject_flags("oracle -p hi", ["--chatgpt-url", URL]), tmp_path) == f"[--chatgpt-url][{URL}][-p][hi]\n"


@pytest.mark.parametrize(
    "script",
    [
        "cat <<'EOF'\noracle says\nEOF",
        "cat <<EOF\noracle says\nEOF",
        "echo 'one\noracle says\ntwo'",
        'echo "one\noracle says\ntwo"',
    ],
)
def test_a_line_that_only_looks_like_a_call_starts_nothing(tmp_path: Path, script: str) -> None:
    shown = run(
        inject_flags(script, ["--chatgpt-url", "https://chatgpt.com/?a&touch${IFS}x".replace("${IFS}", "+")]), tmp_path
    )

    assert "oracle --chatgpt-url https://chatgpt.com/" in shown
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "flag",
    [
        "$(touch pwn)",
        "`touch pwn`",
        "a b",
        "a;b",
        "a\nb",
        "a'b",
        'a"b',
        "a|b",
        "a>b",
        "a\\",
        "(",
        "{a,b}",
        "*",
        "!",
        "",
        "\u00e9",
        "\x00",
    ],
)
def test_what_a_shell_could_act_on_is_refused(flag: str) -> None:
    with pytest.raises(DomainError) as caught:
        inject_flags("oracle x", [flag])

    assert caught.value.code == "OVERRIDE_INVALID"


@settings(deadline=None, derandomize=True)
@given(st.text(), st.lists(st.text(alphabet="aZ09@%+:,./_=?#&~-", min_size=1), max_size=4))
def test_injecting_only_adds_and_only_to_lines_that_start_with_the_word(script: str, flags: list[str]) -> None:
    injected = inject_flags(script, flags)
    pairs = zip(script.split("\n"), injected.split("\n"), strict=True)

    for before, after in pairs:
        if before != after:
            assert flags
            assert before.lstrip(" \t").startswith("oracle")
            assert after.startswith(before[: before.index("oracle") + 6])
            assert after.endswith(before[before.index("oracle") + 6 :])


def test_a_targeted_step_gets_its_own_url_and_another_one_that_of_the_run() -> None:
    overrides = Overrides(("--wait",), (), "https://chatgpt.com/own", None, ("02",))

    assert effective_script("02", "oracle x", overrides, "https://chatgpt.com/run") == (
        "oracle --wait --chatgpt-url https://chatgpt.com/own x"
    )
    assert effective_script("01", "oracle x", overrides, "https://chatgpt.com/run") == (
        "oracle --chatgpt-url https://chatgpt.com/run x"
    )
    assert effective_script("01", "oracle x", overrides, None) == "oracle x"
    assert effective_script("02", "oracle x", None, None) == "oracle x"


def test_a_url_that_was_never_looked_up_stops_the_run() -> None:
    overrides = Overrides(url_name="Main", apply_to_steps=("01",))

    with pytest.raises(DomainError, match="OVERRIDE_INVALID"):
        effective_script("01", "oracle x", overrides, None)
    assert effective_script("02", "oracle x", overrides, None) == "oracle x"
