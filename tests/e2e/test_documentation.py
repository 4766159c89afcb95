"""Each command that the README and the guides show is run, here or by a test that `documented.py` names."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mcp_audit_harness.calibration.reference import http_reference
from mcp_audit_harness.calibration.tokens import free_port

from tests.e2e.documented import COMMANDS, URL, Elsewhere, Runs
from tests.e2e.program import IN_A_SHELL, set_up_desk

pytestmark = pytest.mark.e2e

_TOP = Path(__file__).parents[2]
_PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (_TOP / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"\s+#\s.*$")
_PROGRAM = re.compile(r"^((?:mcp-audit(?: (?:fuzz|load|pin|issuer|source)\b)?|pytest|oraclepack-mcp))")
_PROGRAMS = {
    "mcp-audit": IN_A_SHELL,
    "oraclepack-mcp": "-m oraclepack_faults",
    "pytest": "-m pytest",
    "python": "",
}


def _commands(page: str) -> list[str]:
    """The commands of a page, without comments; an `export` is none by itself."""
    text = (_TOP / page).read_text(encoding="utf-8")
    lines = [
        _COMMENT.sub("", line)
        for block in _BLOCK.findall(text)
        for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines()
        if line.strip() and not line.startswith(("#", "export "))
    ]
    return list(dict.fromkeys(lines))


@pytest.mark.parametrize("page", _PAGES)
def test_each_command_of_a_page_is_run_or_says_which_test_runs_it(page: str) -> None:
    assert _commands(page) == list(COMMANDS.get(page, {})), "each command needs an entry in documented.py, in its order"


def test_every_guide_is_in_the_navigation_of_the_site() -> None:
    site = yaml.safe_load((_TOP / "mkdocs.yml").read_text(encoding="utf-8"))
    places = {f"docs/{place}" for place in re.findall(r"'([\w./-]+\.md)'", repr(site["nav"]))}
    assert set(_PAGES) - places == {"README.md"}


def test_the_tests_that_run_the_others_exist() -> None:
    places = {fate.test for fates in COMMANDS.values() for fate in fates.values() if isinstance(fate, Elsewhere)}
    assert [place for place in places if not (_TOP / place).is_file()] == []


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with http_reference() as target:
        yield target.url.removesuffix("/mcp")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A directory as the reader of a guide has it: a server, the programs, a home without settings."""
    work = set_up_desk(tmp_path, _PROGRAMS)
    (work / "packs").mkdir()
    return work


def _environment(desk: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "XDG_"))}
    paths = os.pathsep.join((str(desk.parent / "bin"), own["PATH"]))
    return {**own, "PATH": paths, "HOME": str(desk.parent), "STAGING_TOKEN": "not-a-real-token", "NO_COLOR": "1"}


def _as_run(command: str, fate: Runs, address: str) -> str:
    for old, new in fate.instead:
        assert old in command
        command = command.replace(old, new)
    command = command.replace(URL, address).replace(" URL ", f" {address}/mcp ")
    if not fate.more:
        return command
    more = fate.more.replace("FREE", str(free_port()))
    changed, times = _PROGRAM.subn(lambda found: f"{found[1]} {more}", command)
    assert times == 1, command
    return changed


def _run(command: str, fate: Runs, desk: Path) -> None:
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=desk,
        env=_environment(desk),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    said = f"{command}\nexit {ended.returncode}\n{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}"
    assert ended.returncode in fate.exits, said
    assert fate.says in ended.stdout, said


def _serve(command: str, until: str, desk: Path) -> None:
    """Start a program that serves, wait for what it says once it does, and stop it."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=desk,
        env=_environment(desk),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    heard: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=heard.extend, args=(process.stdout,), daemon=True)
    reader.start()
    deadline = time.monotonic() + 60
    while not any(until in line for line in list(heard)) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.terminate()
    process.wait(30)
    reader.join(10)
    process.stdout.close()
    assert any(until in line for line in heard), f"{command}\n{''.join(heard)}"


_RUNNING = [page for page, fates in COMMANDS.items() if any(isinstance(fate, Runs) for fate in fates.values())]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", _RUNNING)
def test_the_commands_of_a_page_do_what_it_says(page: str, address: str, desk: Path) -> None:
    for command, fate in COMMANDS[page].items():
        if isinstance(fate, Runs) and fate.until:
            _serve(_as_run(command, fate, address), fate.until, desk)
        elif isinstance(fate, Runs):
            _run(_as_run(command, fate, address), fate, desk)
