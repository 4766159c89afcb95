"""Attacks on the way from packs and options to scripts and places (S-14 to S-18, S-32, S-35)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.arena import Arena, attack, pack_text

DATA = Path(__file__).parents[3] / "shared" / "oraclepack-data"
TELLING = "oracle() { printf '%s\\n' \"$@\" > said; }\noracle -p hi"
"""A step that writes down the arguments of its call."""
RECORDING = ("/bin/sh", "-c", 'printf %s "$6" | sha256sum >> ran', "sh")
"""A prefix that takes down the hash of each script in the place of running it."""


def code_of(answer: dict[str, Any]) -> str:
    return str(answer["error"]["code"]) if answer["isError"] else "served"


def pwned(arena: Arena) -> bool:
    return arena.root.joinpath("pwn").exists()


@attack("oraclepack/s14-flags-unquoted")
def test_s14_flags_start_nothing_in_a_shell(arena: Arena) -> None:
    arena.pack(TELLING)
    for flags in (
        ["--model=$(touch pwn)"],
        ["--model=x;touch pwn"],
        ["--model=x\ntouch pwn"],
        ["--model=`touch pwn`"],
        ["--model", "x & touch pwn"],
        ["--model=x' ; touch pwn; '"],
        ["$(touch pwn)"],
    ):
        overrides = {"added_flags": flags, "apply_to_steps": ["01"]}
        assert code_of(arena.call("oraclepack_run_pack", pack="p.md", overrides=overrides)) == "OVERRIDE_INVALID"
        stored = arena.call("oraclepack_set_overrides", pack="p.md", overrides=overrides)
        assert code_of(stored) == "OVERRIDE_INVALID"
    assert not pwned(arena)
    assert not arena.root.joinpath("said").exists()


@attack("oraclepack/s14-urls-unquoted")
def test_s14_urls_are_one_word_whatever_they_hold(arena: Arena) -> None:
    arena.pack(TELLING)
    name, url = 'it\'s "a" $(touch pwn)', "https://chatgpt.com/g/a?x=1&y=~2#z"
    saved = arena.call("oraclepack_save_url", scope="project", name=name, url=url, pack="p.md")
    assert not saved["isError"]
    assert not arena.call("oraclepack_run_pack", pack="p.md", url_name=name)["isError"]
    assert arena.root.joinpath("said").read_text().splitlines() == ["--chatgpt-url", url, "-p", "hi"]
    for hostile in (
        "https://x/?a=1&b=2;touch pwn",
        "https://chatgpt.com/$(touch pwn)",
        "https://chatgpt.com/\ntouch pwn",
    ):
        arguments = {"scope": "project", "name": "hostile", "url": hostile, "pack": "p.md"}
        assert code_of(arena.call("oraclepack_save_url", **arguments)) == "URL_INVALID"
    assert not pwned(arena)


@attack("oraclepack/s14-urls-unquoted")
def test_s14_a_store_that_was_tampered_with_starts_nothing(arena: Arena) -> None:
    arena.pack(TELLING)
    url = "https://chatgpt.com/g/a"
    saved = arena.call("oraclepack_save_url", scope="project", name="a", url=url, pack="p.md")
    assert not saved["isError"]
    for file in arena.root.rglob("*.json"):
        file.write_text(file.read_text().replace(url, url + ";touch pwn"))
    assert code_of(arena.call("oraclepack_run_pack", pack="p.md", url_name="a")) == "URL_INVALID"
    assert not pwned(arena)


@attack("oraclepack/s15-dry-run-in-a-shell")
def test_s15_judging_overrides_runs_no_step(arena: Arena) -> None:
    arena.pack("oracle x; touch pwn", "oracle $(touch pwn)", "oracle x \\\n  > pwn", "oracle x || touch pwn")
    overrides = {"added_flags": ["--verbose"], "apply_to_steps": ["01", "02", "03", "04"]}
    static = arena.call("oraclepack_validate_overrides", pack="p.md", overrides=overrides)
    assert (static["mode"], static["checked"]) == ("static", 0)
    tried = arena.call("oraclepack_dry_run_overrides", pack="p.md", overrides=overrides)
    assert not pwned(arena)
    assert [error["code"] for error in tried["errors"]] == ["CALL_NOT_PLAIN"] * 4


@attack("oraclepack/s16-sanitizes-unasked")
def test_s16_a_function_call_stays_one(arena: Arena) -> None:
    run = arena.run("guard() { touch guarded; exit 3; }\nguard")
    assert arena.root.joinpath("guarded").exists()
    assert (run["steps"][0]["status"], run["steps"][0]["exit_code"]) == ("failed", 3)


@attack("oraclepack/s17-directories-anywhere")
def test_s17_output_directories_are_made_below_the_working_directory_only(arena: Arena) -> None:
    arena.root.joinpath("link").symlink_to(arena.outside)
    with environment(HOME=str(arena.outside)):
        for out_dir in ("../outside/made", f"{arena.outside}/made", "$HOME/made", "link/made", "~/made", ".git/made"):
            assert arena.run("true", out_dir=out_dir)["isError"]
            arena.root.joinpath("p.md").write_text(pack_text("true", prelude=f"out_dir='{out_dir}'\n"))
            plan = arena.call("oraclepack_plan_run", pack="p.md")
            assert "OUT_DIR_REFUSED" in [finding["code"] for finding in plan["findings"]]
            assert plan["plan_token"] is None
            assert arena.call("oraclepack_run_pack", pack="p.md")["isError"]
    assert [path.name for path in arena.outside.iterdir()] == ["secret.md"]
    assert not list(arena.root.rglob("made"))


@attack("oraclepack/s17-answers-anywhere")
def test_s17_answers_go_below_the_roots_only(arena: Arena) -> None:
    arena.root.joinpath("link").symlink_to(arena.outside)
    writing = 'oracle() { echo answer > "$2"; }\n'
    for path in ("../outside/a.md", f"{arena.outside}/a.md", "link/a.md", "$out_dir/../../outside/a.md"):
        assert arena.run(f"{writing}oracle --write-output {path}")["isError"]
    assert [path.name for path in arena.outside.iterdir()] == ["secret.md"]


@attack("oraclepack/s18-directories-first")
def test_s18_nothing_is_made_for_what_does_not_run(arena: Arena) -> None:
    arena.root.joinpath("p.md").write_text("# A pack\n\n```bash\nout_dir='made'\n# 01) Alone\ntrue\n```\n")
    before = sorted(arena.root.iterdir())
    assert code_of(arena.call("oraclepack_run_pack", pack="p.md", out_dir="made")) == "PACK_INVALID"
    assert arena.call("oraclepack_plan_run", pack="p.md", out_dir="made")["plan_token"] is None
    assert sorted(arena.root.iterdir()) == before
    assert arena.run("if; then", out_dir="made")["isError"]
    assert arena.call("oraclepack_plan_run", pack=arena.pack("true"), out_dir="made")["plan_token"]
    assert sorted(arena.root.iterdir()) == before


ALLOWED = pack_text("if; then")


@attack(
    "oraclepack/s18-directories-first",
    execution={"policy": "allow", "allowed_packs": {sha256(ALLOWED.encode()).hexdigest()}},
)
def test_s18_nothing_is_made_for_an_allowed_pack_that_does_not_run_either(arena: Arena) -> None:
    arena.pack("if; then")
    assert code_of(arena.call("oraclepack_run_pack", pack="p.md", out_dir="made")) == "SYNTAX_INVALID"
    assert not arena.root.joinpath("made").exists()


@attack("oraclepack/s32-two-parsers", execution={"runner_prefix": RECORDING})
def test_s32_what_is_shown_is_what_runs(arena: Arena) -> None:
    hidden = pack_text(*["touch pwn"] * 20)
    cases = {
        "second-fence.md": pack_text("true") + hidden,
        "tilde.md": "~~~bash\n~~~\n" + pack_text("true"),
        "carriage-returns.md": pack_text("cat <<'E'\n# 21) no step\nE").replace("\n# 0", "\r\n# 0"),
        "heredoc.md": pack_text("cat <<'E'\n```\nE", "touch pwn"),
        "opener-in-code.md": pack_text("echo hi # ```bash", "touch pwn"),
        "long.md": pack_text("# " + "x" * 70_000, "touch pwn"),
        "zero.md": pack_text("echo \0", "touch pwn"),
        "huge.md": pack_text("# huge\n" * 20_000, "touch pwn"),
        "odd.md": pack_text("echo \u00a0\u2028\x0b\x85 é", prelude="true\n"),
    }
    for name, text in cases.items():
        arena.root.joinpath(name).write_bytes(text.encode())
    assert_shown_is_run(arena, list(cases), at_least=3)


@pytest.mark.shared
@pytest.mark.skipif(not DATA.exists(), reason="the oraclepack data is not beside the checkout")
@attack("oraclepack/s32-two-parsers", execution={"runner_prefix": RECORDING})
def test_s32_what_is_shown_of_odd_packs_is_what_runs(arena: Arena) -> None:
    files = sorted(file for file in DATA.joinpath("edge", "runner").glob("*.md") if "outdir" not in file.name)
    for file in files:
        arena.root.joinpath(file.name).write_bytes(file.read_bytes())
    assert_shown_is_run(arena, [file.name for file in files], at_least=15)


def assert_shown_is_run(arena: Arena, packs: list[str], *, at_least: int) -> None:
    """Run each pack that runs, and hold the hashes of its scripts against those that are shown."""
    runnable = 0
    for pack in packs:
        ran = arena.root / "ran"
        ran.unlink(missing_ok=True)
        plan, run, shown = arena.calls(
            ("oraclepack_plan_run", {"pack": pack, "step_count": "any"}),
            ("oraclepack_run_pack", {"pack": pack, "step_count": "any"}),
            ("oraclepack_get_pack", {"pack": pack, "include_code": True}),
        )
        runs = not plan["isError"] and plan["plan_token"] is not None
        assert (runs, ran.exists()) == (not run["isError"],) * 2, pack
        if not runs:
            continue
        runnable += 1
        scripts = [shown["prelude"], *shown["steps"]]
        expected = [script["code_sha256"] for script in scripts if script["code"] or script is not scripts[0]]
        assert [line.split()[0] for line in ran.read_text().splitlines()] == expected, pack
        exact = [script for script in scripts if "\ufffd" not in script["code"]]
        assert all(sha256(script["code"].encode()).hexdigest() == script["code_sha256"] for script in exact), pack
    assert runnable >= at_least


@attack("oraclepack/s35-code-as-options")
def test_s35_code_is_never_an_option(arena: Arena) -> None:
    arena.root.joinpath("p.md").write_text(pack_text("true", prelude="--version\n"))
    run = arena.call("oraclepack_run_pack", pack="p.md")
    assert (run["steps"][0]["id"], run["steps"][0]["exit_code"]) == ("prelude", 127)


@attack("oraclepack/s35-names-as-options")
def test_s35_names_are_never_options(arena: Arena) -> None:
    named = arena.pack("true", name="-o x.md")
    run = arena.call("oraclepack_run_pack", pack=named, out_dir="--help")
    assert run["status"] == "success"
    assert {"--help", "-o x.md", "-o x.state.json", "-o x.report.json"} == {path.name for path in arena.root.iterdir()}
    with oracle_that_tells(arena):
        answer = arena.call("oraclepack_call_oracle", prompt="--help", files=["-o x.md"])
    said = answer["text"].split("\0")
    assert said[:-1] == ["-f", str(arena.root / "-o x.md"), "-p", "--help"]


@contextmanager
def oracle_that_tells(arena: Arena) -> Iterator[None]:
    """An `oracle` on PATH that says its arguments."""
    program = arena.outside / "oracle"
    program.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    program.chmod(0o700)
    with environment(PATH=f"{arena.outside}:{os.environ['PATH']}"):
        yield


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Variables of the server for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
