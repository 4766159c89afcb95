"""Asks registries for advisories on the packages of a tree: pip-audit for PyPI, `npm audit` for npm, where they are.

Only names and versions leave this machine. The programs work in an empty directory, on a list written here: no file of
the tree can give them options, another index or scripts. What pip has to resolve it takes from wheels only, since
building a source distribution runs code of its author.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from ...model import Aspect, Engine, Place, Severity, SourceFinding, SourceRule, Unrun
from ..looked import Looked, together
from ..tree import SourceTree
from .packages import NPM, PYPI, Declared, Group, Locked, listed, plain, read_text
from .ranges import as_pep_440
from .reading import declared, locked

_PATIENCE_S: Final = 180.0
_LARGEST_OUTPUT: Final = 32 * 1024 * 1024
_MOST_NAMED: Final = 8
_NPM_LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json")
_INHERITED: Final = re.compile(
    "PATH|SYSTEMROOT|TMPDIR|TE?MP|LANG|HOME|USERPROFILE|(LOCAL)?APPDATA|HTTPS?_PROXY|NO_PROXY|SSL_CERT_(FILE|DIR)"
    "|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|PIP_(CONFIG_FILE|CERT|INDEX_URL)|NPM_CONFIG_(REGISTRY|CAFILE)",
    re.IGNORECASE,
)
"""Variables that say where programs are, and how this machine reaches registries."""
_SEVERITIES: Final = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.INFO,
}


def _rule(program: str, severity: Severity, engine: Engine, reference: str) -> SourceRule:
    return SourceRule(
        f"{program}/vulnerable-version",
        f"{program} knows a vulnerability of a dependency",
        severity,
        Aspect.DEPENDENCIES,
        "CWE-1395",
        "Advisories on every package are published day by day; only a registry knows those on the whole set of"
        " packages that a server runs with.",
        "Raise the version to one that fixed it, in the lock file and in the lower bound of the requirement.",
        engine,
        references=(reference,),
    )


PIP_AUDIT: Final = _rule("pip-audit", Severity.MEDIUM, Engine.PIP_AUDIT, "https://pypi.org/project/pip-audit/")
NPM_AUDIT: Final = _rule(
    "npm-audit", Severity.MEDIUM, Engine.NPM_AUDIT, "https://docs.npmjs.com/cli/commands/npm-audit"
)


class _SilentError(Exception):
    """A program was not there, or did not answer what it was asked."""


def audit_online(tree: SourceTree) -> Looked:
    """Return the advisories that registries publish on the packages of a tree; what cannot be asked is said."""
    return together((_pip_audit(tree), _npm_audit(tree)))


def _pip_audit(tree: SourceTree) -> Looked:
    pins = [lock for lock in locked(tree) if lock.ecosystem == PYPI and _is_version(lock.version)]
    wanted = [one for one in declared(tree) if one.ecosystem == PYPI and one.group in {Group.MAIN, Group.EXTRA}]
    if not pins and not wanted:
        return Looked()
    if importlib.util.find_spec("pip_audit") is None:
        return Looked(unrun=(Unrun("pip-audit", "it is not installed: pip install pip-audit"),))
    places: dict[str, Place] = {}
    for name, place in (*((lock.name, lock.place) for lock in pins), *((one.name, one.place) for one in wanted)):
        places.setdefault(name, place)
    lines = _pinned_lines(pins) if pins else _wanted_lines(wanted)
    try:
        answer = _asked_pip_audit(lines, resolved=bool(pins))
    except _SilentError as error:
        return Looked(unrun=(Unrun("pip-audit", str(error)),))
    return _of_pip_audit(answer, places)


def _pinned_lines(pins: Sequence[Locked]) -> list[str]:
    """Return one line per package: of several versions the lowest, pip-audit refuses a list that names two."""
    lowest: dict[str, str] = {}
    for lock in pins:
        known = lowest.get(lock.name)
        if known is None or Version(lock.version) < Version(known):
            lowest[lock.name] = lock.version
    return [f"{name}=={version}" for name, version in sorted(lowest.items())]


def _wanted_lines(wanted: Sequence[Declared]) -> list[str]:
    ranges = {one.name: as_pep_440(one.requirement) for one in reversed(wanted) if not one.by_address}
    return [name + specifiers for name, specifiers in sorted(ranges.items())]


def _asked_pip_audit(lines: Sequence[str], *, resolved: bool) -> Any:
    with tempfile.TemporaryDirectory(prefix="mcp-audit-") as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text("\n".join((*lines, "")), encoding="utf-8")
        options = ["--format", "json", "--progress-spinner", "off", "--cache-dir", scratch]
        options += ["--no-deps", "--disable-pip"] if resolved else []
        command = [sys.executable, "-P", "-m", "pip_audit", "-r", str(requirements), *options]
        return _answer(command, Path(scratch))


def _of_pip_audit(answer: Any, places: Mapping[str, Place]) -> Looked:
    """Return a finding for each package, at the requirement, or at the first one for what came along.

    Packages that pip-audit could not look up are said, and the rule looked at nothing if that is all of them.
    """
    rows = _list(answer.get("dependencies") if isinstance(answer, dict) else None)
    skipped = [row for row in rows if "skip_reason" in row]
    findings: list[SourceFinding] = []
    for row in rows:
        name, version = plain(str(row.get("name", ""))), plain(str(row.get("version", "")))
        known = list(dict.fromkeys(_advisory(item) for item in _list(row.get("vulns"))))
        place = places.get(name) or next(iter(places.values()), None)
        if known and place is not None:
            message = f"{name} {version} is affected by {listed(known, _MOST_NAMED)}"
            findings.append(_finding(PIP_AUDIT, place, PIP_AUDIT.severity, message, name))
    unrun: tuple[Unrun, ...] = ()
    if skipped or not rows:
        why = plain(str(skipped[0]["skip_reason"])) if skipped else "it named no package"
        unrun = (Unrun("pip-audit", f"{len(skipped)} of {len(rows)} packages were not looked up: {why}"),)
    return Looked((PIP_AUDIT,) if len(rows) > len(skipped) else (), tuple(findings), unrun)


def _advisory(item: Mapping[str, Any]) -> str:
    fixed = [plain(str(version)) for version in item.get("fix_versions") or () if isinstance(version, str)]
    said = f"fixed in {','.join(fixed)}" if fixed else "not fixed"
    return f"{plain(str(item.get('id', '')))} ({said})"


def _npm_audit(tree: SourceTree) -> Looked:
    seen = [_npm_audit_of(tree, path) for path in tree.others if Path(path).name in _NPM_LOCKS]
    if not seen and any(one.ecosystem == NPM and one.group is Group.MAIN for one in declared(tree)):
        return Looked(unrun=(Unrun("npm audit", "there is no package-lock.json that says which versions are meant"),))
    return together(seen)


def _npm_audit_of(tree: SourceTree, path: str) -> Looked:
    places = {lock.name: lock.place for lock in reversed(locked(tree)) if lock.place.path == path}
    program = shutil.which("npm")
    if program is None:
        return Looked(unrun=(Unrun(f"npm audit of {path}", "npm is not installed"),))
    try:
        answer = _asked_npm(program, tree, path)
    except _SilentError as error:
        return Looked(unrun=(Unrun(f"npm audit of {path}", str(error)),))
    return Looked((NPM_AUDIT,), tuple(_of_npm(answer, places)))


def _asked_npm(program: str, tree: SourceTree, path: str) -> Any:
    manifest = str(Path(path).with_name("package.json"))
    with tempfile.TemporaryDirectory(prefix="mcp-audit-") as scratch:
        Path(scratch, Path(path).name).write_text(read_text(tree, path), encoding="utf-8")
        Path(scratch, "package.json").write_text(read_text(tree, manifest) or "{}", encoding="utf-8")
        command = [program, "audit", "--json", "--package-lock-only", "--ignore-scripts"]
        answer = _answer(command, Path(scratch))
    told: Mapping[str, Any] = answer if isinstance(answer, dict) else {}
    if not isinstance(told.get("vulnerabilities"), dict):
        error = told.get("error")
        said = error.get("summary") if isinstance(error, dict) else None
        raise _SilentError(plain(str(said or told.get("message") or "it gave no answer")))
    return told["vulnerabilities"]


def _of_npm(answer: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[SourceFinding]:
    """Yield a finding for each package that has advisories of its own, not only such of packages that it needs."""
    for name, row in answer.items():
        via = _list(row.get("via")) if isinstance(row, dict) else []
        texts = (plain(f"{item.get('url', '')} (affects {item.get('range', '')})") for item in via)
        known = list(dict.fromkeys(texts))
        if known and name in places:
            severity = _SEVERITIES.get(str(row.get("severity")), Severity.MEDIUM)
            yield _finding(
                NPM_AUDIT, places[name], severity, f"{name} is affected by {listed(known, _MOST_NAMED)}", name
            )


def _finding(rule: SourceRule, place: Place, severity: Severity, message: str, name: str) -> SourceFinding:
    return SourceFinding(rule.id, place, severity, message, f"package:{plain(name)}")


def _answer(command: Sequence[str], home: Path) -> Any:
    """Run a program and return the JSON that it writes; it may end with any code: findings are one."""
    environment = {name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)}
    environment |= {"PIP_ONLY_BINARY": ":all:", "PIP_NO_INPUT": "1", "NO_COLOR": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - programs that we name, arguments of ours
            command,
            check=False,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        raise _SilentError(f"it was not done after {_PATIENCE_S:g} s") from None
    except OSError as error:
        raise _SilentError(f"it could not be started: {error.strerror}") from None
    try:
        return json.loads(done.stdout[:_LARGEST_OUTPUT])
    except (ValueError, RecursionError):
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        said = plain(lines[-1]) if lines else "no reason was given"
        raise _SilentError(f"it ended with code {done.returncode} and no answer: {said}") from None


def _list(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in a list, of anything else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
