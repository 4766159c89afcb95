"""`doctor`: whether this machine has what audits need, and what to do where it has not."""

import importlib.metadata
import json
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from packaging.requirements import Requirement

from ..policy import Exit
from .terminal import columns, shows_color
from .usage import UsageError

_NAME = "mcp-audit"
_SPAWN_S = 30.0
_FEW_FILES = 1024
_NARROWEST = 40
_EXTRAS = {
    "fuzz": "mcp-audit fuzz, --profile deep",
    "load": "mcp-audit load",
    "source": "mcp-audit source, --source",
    "server": "mcp-audit demo, serve-reference, issuer, calibrate",
    "redis": "the reference server with several workers",
}
"""Extra to what needs it."""
_FORMATS = ("console", "json")

State = Literal["ok", "optional", "broken"]
_MARK = {"ok": "ok", "optional": "--", "broken": "!!"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    name: str
    state: State
    """`optional`: it is not there, and not every audit needs it."""
    found: str
    advice: str = ""
    """What to do, where there is something to do."""


def doctor_command(form: str) -> int:
    """Print what was found; return 1 if no audit can run as things are. Raises UsageError for an unknown form."""
    if form not in _FORMATS:
        raise UsageError(f"no format {form!r}; there are {', '.join(_FORMATS)}")
    lines = tuple(examined())
    broken = [line for line in lines if line.state == "broken"]
    if form == "json":
        document = {"ok": not broken, "checks": [asdict(line) for line in lines]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        sys.stdout.write("".join(_shown(line) for line in lines))
        told = f"{len(broken)} of them broken" if broken else "audits can run here"
        sys.stdout.write(f"{len(lines)} things looked at, {told}\n")
    return Exit.FINDINGS if broken else Exit.CLEAN


def _shown(line: Line) -> str:
    width = max(_NARROWEST, columns())
    margin = " " * 16
    texts = [f"{_MARK[line.state]}  {line.name:12}{line.found}", *([f"{margin}{line.advice}"] if line.advice else [])]
    wrapped = (textwrap.fill(text, width, subsequent_indent=margin, break_on_hyphens=False) for text in texts)
    return "".join(f"{text}\n" for text in wrapped)


def examined() -> Iterator[Line]:
    """Yield what this machine is and can do."""
    yield _python()
    yield _program()
    yield from _installed()
    yield _checks()
    yield _binds("IPv4", socket.AF_INET, "127.0.0.1")
    yield _binds("IPv6", socket.AF_INET6, "::1")
    yield _spawns()
    yield _writes()
    yield _files()
    yield _terminal()
    yield _node()


def _python() -> Line:
    found = f"{platform.python_version()}, {sys.executable}, {platform.system()} {platform.machine()}"
    return Line("python", "ok", found)


def _program() -> Line:
    try:
        return Line("mcp-audit", "ok", importlib.metadata.version(_NAME))
    except importlib.metadata.PackageNotFoundError:
        return Line("mcp-audit", "broken", "it is not installed as a package", f"pip install {_NAME}")


def _installed() -> Iterator[Line]:
    """Yield the packages that every audit needs, then those of each extra."""
    try:
        declared = [Requirement(text) for text in importlib.metadata.requires(_NAME) or ()]
    except importlib.metadata.PackageNotFoundError:
        return
    base = [requirement for requirement in declared if _wanted(requirement, "")]
    found, lacking = _versions(base)
    yield Line("packages", "broken" if lacking else "ok", found, f"pip install {_NAME}" if lacking else "")
    known = importlib.metadata.metadata(_NAME).get_all("Provides-Extra") or ()
    for extra, use in ((extra, use) for extra, use in _EXTRAS.items() if extra in known):
        more = [item for item in declared if _wanted(item, extra) and not _wanted(item, "")]
        found, lacking = _versions(more)
        advice = f"for {use}: pip install '{_NAME}[{extra}]'" if lacking else ""
        yield Line(extra, "optional" if lacking else "ok", found, advice)


def _wanted(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _versions(requirements: list[Requirement]) -> tuple[str, bool]:
    """Return the packages with their versions, those that are missing or of another version first."""
    there: list[str] = []
    lacking: list[str] = []
    for requirement in requirements:
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            lacking.append(requirement.name)
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        (there if fits else lacking).append(f"{requirement.name} {version}")
    told = [f"missing or of another version: {', '.join(lacking)}"] if lacking else []
    return "; ".join([*told, *([", ".join(there)] if there else [])]) or "nothing needed", bool(lacking)


def _checks() -> Line:
    from ..api import PACKS, load_catalogue  # noqa: PLC0415 - a broken pack is a line here, not the end

    names = [entry.name for entry in importlib.metadata.entry_points(group=PACKS)]
    try:
        catalogue = load_catalogue()
    except Exception as error:  # noqa: BLE001 - packs are code of others
        advice = "update or uninstall the pack that does not load"
        return Line("checks", "broken", f"{type(error).__name__}: {error}", advice)
    packs = f"{len(catalogue.checks)} checks of {', '.join(sorted(names)) or 'no pack'}"
    return Line("checks", "ok" if catalogue.checks else "broken", packs)


def _binds(name: str, family: socket.AddressFamily, host: str) -> Line:
    """Return whether a server on loopback can be reached: attacks listen there, and the reference server does."""
    try:
        with socket.socket(family) as server:
            server.bind((host, 0))
            server.listen(1)
            port = server.getsockname()[1]
            with socket.create_connection((host, port), timeout=5):
                return Line(name, "ok", f"a server on {host} can be reached")
    except OSError as error:
        needed = family is socket.AF_INET
        advice = "allow this process to listen on 127.0.0.1" if needed else ""
        return Line(name, "broken" if needed else "optional", f"no server on {host}: {error}", advice)


def _spawns() -> Line:
    try:
        done = subprocess.run([sys.executable, "-c", ""], timeout=_SPAWN_S, check=False, capture_output=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Line("processes", "broken", f"none can be started: {error}", "allow this process to start others")
    state: State = "ok" if done.returncode == 0 else "broken"
    return Line("processes", state, "can be started" if state == "ok" else f"end with {done.returncode}")


def _writes() -> Line:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"mcp-audit")
    except OSError as error:
        return Line("files", "broken", f"no temporary file: {error}", "set TMPDIR to a directory that can be written")
    return Line("files", "ok", f"temporary ones in {tempfile.gettempdir()}")


def _files() -> Line:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return Line("open files", "optional", "no limit is known")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    few = 0 <= limit < _FEW_FILES
    return Line(
        "open files", "optional" if few else "ok", f"at most {limit}", "for load: ulimit -n 4096" if few else ""
    )


def _terminal() -> Line:
    kind = "a terminal" if sys.stdout.isatty() else "no terminal"
    color = "colours" if shows_color() else "no colours"
    return Line("output", "ok", f"{kind}, {columns()} columns, {color}, {sys.stdout.encoding}")


def _node() -> Line:
    found = [name for name in ("node", "npm") if shutil.which(name)]
    if found:
        return Line("node", "ok", " and ".join(found))
    return Line("node", "optional", "not found", "for servers that run on Node: install Node 22 or later")
