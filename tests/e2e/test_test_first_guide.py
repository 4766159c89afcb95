"""The guide `docs/test-first.md` does what it says: each command of it fails with what the guide shows, and no more."""

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from os import environ, pathsep
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

_DOCS = Path(__file__).parents[2] / "docs"
_GUIDE = (_DOCS / "test-first.md").read_text()
_STEPS = _DOCS / "guides" / "test-first"
_COMMAND = re.compile(r"<!-- (?P<files>.*?) -->\n```console\n\$ (?P<command>.*)\n(?P<shown>(?:.*\n)*?)```")
_ENDINGS = re.compile(r"^(?:FAILED|ERROR) \S+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the guide, the files that are there when it is given, and what it says."""

    files: tuple[str, ...]
    command: str
    shown: tuple[str, ...]


_COMMANDS = [
    Command(tuple(found["files"].split()), found["command"], tuple(_ENDINGS.findall(found["shown"])))
    for found in _COMMAND.finditer(_GUIDE)
]


def _laid_out(command: Command, directory: Path) -> None:
    server, *others = command.files
    if server != "nothing":
        shutil.copy(_STEPS / server, directory / "server.py")
    for name in others:
        shutil.copy(_STEPS / name, directory / name)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: f"{command.files[0]}{len(command.files)}")
def test_a_command_of_the_guide_fails_with_what_the_guide_shows(command: Command, tmp_path: Path) -> None:
    _laid_out(command, tmp_path)
    words = shlex.split(command.command)
    assert words[0] == "pytest"
    path = f"{Path(sys.executable).parent}{pathsep}{environ['PATH']}"
    own = {name: value for name, value in environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        [sys.executable, "-m", *words, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**own, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(_ENDINGS.findall(ended.stdout)) == sorted(command.shown), ended.stdout + ended.stderr
    assert (ended.returncode == 0) == (not command.shown)


def test_every_step_is_audited_before_and_after() -> None:
    steps = [command.files[0] for command in _COMMANDS]
    assert list(dict.fromkeys(steps)) == ["nothing", *(path.name for path in sorted(_STEPS.glob("step_*.py")))]
    assert _COMMANDS[-1].shown == ()


def test_the_code_that_the_guide_shows_is_the_code_of_its_files() -> None:
    files = [path.read_text() for path in _STEPS.glob("*.py")]
    shown = re.findall(r"```python\n(.*?)```", _GUIDE, re.DOTALL)
    assert len(shown) >= 8
    for code in shown:
        assert any(code in text for text in files), code
