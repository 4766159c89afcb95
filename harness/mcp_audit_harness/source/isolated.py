"""Runs a program over a copy of the files of a tree: nothing of the tree is imported, none of its settings is read.

The copy holds sources only, so that there are no configurations, plugins, links or caches to be found. The program
gets an environment without anybody's credentials, and works in a directory that the tree has no say in.
"""

import importlib.util
import os
import signal
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..model import Unrun
from .tree import SourceFile

COPY: Final = "tree"
"""The directory of the copy, below the one that programs work in."""
_LARGEST_OUTPUT: Final = 64 * 1024 * 1024
_INHERITED: Final = ("PATH", "SYSTEMROOT")


class ProgramError(Exception):
    """A program is not there, took too long or said too much."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended."""

    code: int
    output: str
    errors: str


def lacking(package: str) -> Unrun | None:
    """Return what to say if a package of the extra `source` is not installed."""
    if importlib.util.find_spec(package) is None:
        return Unrun(package, "it is not installed: pip install 'mcp-audit[source]'")
    return None


@contextmanager
def copied(files: Iterable[SourceFile]) -> Iterator[Path]:
    """Copy files into a temporary directory, below `COPY`; yield that directory, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="mcp-audit-", ignore_cleanup_errors=True) as scratch:
        home = Path(scratch)
        (home / COPY).mkdir()
        for file in files:
            path = home / COPY / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8", newline="\n")
        yield home


def run(
    module: str, arguments: Sequence[str], home: Path, *, patience_s: float, settings: Mapping[str, str] | None = None
) -> Finished:
    """Run a module of ours in `home`, and wait for its end; `settings` are added to its environment.

    Its search path for modules is that of this installation: -P keeps the working directory out of it.

    Raises:
        ProgramError: if it takes longer than `patience_s`, or writes more than can be read.
    """
    command = [sys.executable, "-P", "-m", module, *arguments]
    with tempfile.TemporaryFile(dir=home) as output, tempfile.TemporaryFile(dir=home) as errors:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, and modules that we name
            command,
            cwd=home,
            env={**_environment(home), **(settings or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            code = process.wait(patience_s)
        except subprocess.TimeoutExpired:
            raise ProgramError(f"it was not done after {patience_s:g} s") from None
        finally:
            _end(process)
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            data = stream.read(_LARGEST_OUTPUT + 1)
            if len(data) > _LARGEST_OUTPUT:
                raise ProgramError("it wrote more than can be read")
            texts.append(data.decode("utf-8", "replace"))
    return Finished(code, texts[0], texts[1])


def path_of(named: str) -> str:
    """Return the path below the root of the tree of a file that a program names."""
    return named.replace("\\", "/").removeprefix("./").removeprefix(f"{COPY}/")


def _environment(home: Path) -> dict[str, str]:
    """Return what the program is told: where it finds itself, and that every cache is to be in `home`."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(home))
    settings = {
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUSERBASE": site.getuserbase(),
    }
    return {**kept, **places, **settings}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program and what it started, if it still runs."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
