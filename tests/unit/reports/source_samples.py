"""A hand-built report with a source scan, of a hostile tree beside a running server."""

from dataclasses import replace

from mcp_audit_harness.engine.sourcing import with_source
from mcp_audit_harness.model import (
    Aspect,
    Engine,
    Language,
    Place,
    Project,
    Quality,
    Report,
    Sdk,
    Severity,
    SourceFinding,
    SourceRule,
    SourceScan,
    Step,
    Unrun,
)

from tests.unit.reports.samples import HOSTILE_NAME, HOSTILE_TEXT, RICH

PATHS = SourceRule(
    id="source/path-from-argument",
    title="Clients choose which file is opened",
    severity=Severity.HIGH,
    aspect=Aspect.SECURITY,
    weakness="CWE-22",
    why="Whoever may call the tool reads every file that the server can read.",
    remediation="Resolve the path and compare it with the directory that is meant.",
    languages=(Language.PYTHON,),
    references=("https://modelcontextprotocol.io/docs/security",),
)
HINTS = replace(PATHS, id="source/tool-without-type-hints", aspect=Aspect.TYPES, severity=Severity.LOW, weakness="")
EXEC = replace(PATHS, id="bandit/B102", engine=Engine.BANDIT, severity=Severity.INFO, weakness="CWE-78")
PLACE = Place(f"src/{HOSTILE_NAME}.py", 12, 5, 13, f"return open(path).read()  # {HOSTILE_TEXT}")
SCAN = SourceScan(
    root="tree",
    project=Project(
        name=HOSTILE_NAME,
        version="1.0",
        languages=(Language.PYTHON, Language.TYPESCRIPT),
        sdks=(Sdk("mcp", "PyPI", ">=1.2", "1.9.4"),),
        transports=("stdio", "streamable-http"),
        entry_points=(f"serve = {HOSTILE_TEXT}",),
        files=12,
        lines=1234,
        tests=3,
    ),
    quality=Quality(20, 15, 81.5, 4, 2, ("unit", "property"), 73.0),
    rules=(PATHS, HINTS, EXEC),
    findings=(
        SourceFinding(
            PATHS.id,
            PLACE,
            Severity.HIGH,
            f"open() takes the argument path of {HOSTILE_NAME}",
            f"tool:{HOSTILE_NAME}",
            (Step(Place("src/a.py", 10, 1, 0, "def read(path):"), "a client chooses path"), Step(PLACE, HOSTILE_TEXT)),
            "0123456789abcdef",
        ),
        SourceFinding(EXEC.id, Place("src/b.py", 3), Severity.INFO, "exec is called", "", (), "fedcba9876543210"),
    ),
    unrun=(Unrun("src/c.py", f"it cannot be parsed: {HOSTILE_TEXT}"),),
    duration_s=1.5,
)
SOURCED: Report = with_source(RICH, SCAN)
SOURCE_ALONE: Report = with_source(
    replace(
        RICH,
        survey=None,
        target_kind="source",
        target_label="tree",
        results=(),
        findings=(),
        features=(),
        exchanges=(),
        matrix=(),
        scores=(),
        coverage=(),
        requirements=(),
        notes=(),
        official=None,
    ),
    SCAN,
)
EVERY = {"sourced": SOURCED, "source_alone": SOURCE_ALONE}
