"""Audits servers and rewrites reports/published: `python -m tests.third_party.publish [TITLE…]`, or `nox -s published`.

A title is matched by its beginning; without one, every server is audited. Nothing that differs
from run to run or from machine to machine is published: no time, no port, no directory, no exchange.
"""

import functools
import re
import sys
import uuid
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio
from mcp_audit_harness.api import load_catalogue, observe
from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.engine.judge import judge
from mcp_audit_harness.engine.saved import Run
from mcp_audit_harness.model import Call, Report, Status
from mcp_audit_harness.policy import Options
from mcp_audit_reports import RENDERERS

from .environments import NODE, PYTHON, VARIABLE, environments, install
from .judged import PUBLISHED, Fails, Judged, merged, read, write
from .servers import SERVERS, Server, running

README: Final = PUBLISHED / "README.md"
_BEGIN: Final = "<!-- generated from findings.toml -->"
_UNDATED: Final = "as published"


@functools.cache
def _catalogue() -> Catalogue:
    return load_catalogue()


def observed(server: Server, home: Path) -> Run:
    """Run `server` and audit it; return what was seen."""
    with running(server, home) as target:
        return anyio.run(observe, target, _catalogue(), Options(consent=server.consent))


def reported(run: Run, server: Server) -> Report:
    """Judge the run under the server's public name, and without its date and duration."""
    survey = replace(run.survey, label=server.label) if run.survey else None
    neutral = replace(run, target_label=server.label, survey=survey, started_at=_UNDATED, duration_s=0.0)
    return judge(neutral, _catalogue(), Options())


def fails(report: Report) -> Fails:
    """Return the checks that failed, with the revisions at which they did."""
    shown: dict[str, set[str]] = {}
    for result in report.results:
        if result.status is Status.FAIL:
            shown.setdefault(result.check, set()).add(str(result.revision))
    return {check: tuple(sorted(revisions)) for check, revisions in sorted(shown.items())}


def table(findings: Iterable[Judged]) -> str:
    """Return the Markdown table: one row for each server, version, transport and check."""
    rows = [
        (title, f"`{item.check}`", ", ".join(revisions), _linked(item.page, revisions[-1]), item.reasoning)
        for item in findings
        for title, revisions in item.seen.items()
    ]
    head = ("Server, version, transport", "Check", "Revisions", "Page", "Why it is true")
    lines = [head, ("---",) * len(head), *sorted(rows)]
    return "\n".join("| " + " | ".join(" ".join(cell.split()) for cell in line) + " |" for line in lines) + "\n"


def readme(findings: Iterable[Judged], before: str) -> str:
    """Return the README with its table renewed; what stands `before` the table is written by hand."""
    return f"{before.partition(_BEGIN)[0]}{_BEGIN}\n\n{table(findings)}"


def _linked(page: str, revision: str) -> str:
    exact = page.replace("{revision}", revision)
    if not exact.startswith("specification/"):
        return exact
    return f"[{exact.removeprefix('specification/')}](https://modelcontextprotocol.io/{exact})"


def page_of(server: Server, text: str) -> str:
    """Return the rendered report `text` under the server's name, without what belongs to one run."""
    _, _, rest = text.partition("\n")
    return scrubbed(f"# Audit of {server.title}\n\n{provenance(server)}\n{rest}")


def provenance(server: Server) -> str:
    """Return how the report was made, as commands."""
    command = " ".join(server.command)
    packages = [f"pip install {' '.join(PYTHON[name])}" for name in PYTHON if f"{{{name}}}" in command]
    packages += [f"npm install {package}" for package in NODE if package.rpartition("@")[0] in command]
    target = server.label if server.transport != "stdio" else f"-- {server.label}"
    consent = "" if server.call is Call.READONLY else f"--call {server.call} "
    lines = [
        *packages,
        f"mcp-audit {consent}{target}" if server.transport == "stdio" else f"mcp-audit {target} {consent}",
    ]
    return "```sh\n" + "\n".join(line.strip() for line in lines) + "\n```"


def scrubbed(text: str) -> str:
    """Take date, ports, temporary directories, drawn ids and counted ones out of what is published."""
    text = re.sub(r"^\| Audited \|.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(127\.0\.0\.1|attacker\.example):\d+", r"\1:8000", text)
    text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", str(uuid.UUID(int=0)), text)
    text = re.sub(r"^(  --data-binary .*\"id\": ?)\d{1,3}(?=[,}])", r"\g<1>1", text, flags=re.MULTILINE)
    return re.sub(r"(/[\w.-]+)+/mcp-audit-\w+", "/scratch", text)


def publish(servers: Iterable[Server], home: Path) -> None:
    """Audit the servers, write a report for each, and bring findings and table up to date."""
    titles = {server.title for server in SERVERS}
    for server in servers:
        run = observed(server, home)
        report = reported(run, server)
        if report.survey is None:
            raise RuntimeError(f"{server.title} could not be audited: {report.failure}")
        published = replace(report, exchanges=())
        text = page_of(server, RENDERERS["markdown"].render(published, width=120, color=False))
        (PUBLISHED / f"{server.slug}.md").write_text(text, encoding="utf-8")
        shown = fails(report)
        write(merged(read(), {server.title: shown}, titles).values())
        figures = f"{len(shown)} checks fail, {len(run.exchanges)} exchanges, {run.duration_s:.1f} s"
        print(f"{server.title}: {figures}", flush=True)  # noqa: T201
    README.write_text(readme(read().values(), README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    directory = environments()
    if directory is None:
        sys.exit(f"set {VARIABLE} to the directory of the servers' environments")
    install(directory)
    publish([server for server in SERVERS if server.title.startswith(tuple(sys.argv[1:]) or "")], directory)
