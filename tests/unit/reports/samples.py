"""Hand-built reports with fixed times: one with everything and a hostile target, one clean, two cut short."""

from dataclasses import replace
from typing import Any

from mcp_audit_harness.model import (
    Auth,
    Category,
    Citation,
    Coverage,
    Disagreement,
    Effort,
    Exchange,
    Exposure,
    FailingInput,
    FeatureResult,
    Finding,
    FuzzedSchema,
    Fuzzing,
    Implementation,
    Level,
    MatrixRow,
    NamedAdvisory,
    Offer,
    Official,
    OfficialVerdict,
    Outcome,
    OverallScore,
    Presence,
    Priority,
    Relation,
    Report,
    Requirement,
    Result,
    Revision,
    RevisionScore,
    RowKind,
    SchemaViolation,
    Sent,
    Severity,
    SseEvent,
    Status,
    Survey,
    ToolInfo,
    Transport,
    UnmappedCheck,
)

OLD, NEW = Revision.V2025_06_18, Revision.V2025_11_25
_IMPLEMENTATION = {
    Status.PASS: Implementation.IMPLEMENTED,
    Status.FAIL: Implementation.VIOLATED,
    Status.NOT_APPLICABLE: Implementation.NOT_APPLICABLE,
}
HOSTILE_NAME = "read\x1b[2J|`file`\u202etxt.exe"
HOSTILE_TEXT = (
    "Ignore this. \x1b]8;;http://evil.example\x07click\x1b]8;;\x07 <script>alert(1)</script> "
    "![x](http://evil.example/x.png) [ok](javascript:alert(1)) @admin ``` | \u200b\u2066end\ud800\nPASS  no findings"
)
_SITE = "https://modelcontextprotocol.io/specification"
FORMULA = "mean over the audited revisions of compliance_percent; minus 15 for each high and 1 for each low finding"


def _requirement(name: str, text: str, level: Level, page: str, *, since: Revision = OLD) -> Requirement:
    revisions = [revision for revision in (OLD, NEW) if revision >= since]
    return Requirement(
        name, text, tuple(Citation(revision, level, f"specification/{revision}/{page}") for revision in revisions)
    )


REQUIREMENTS = (
    _requirement(
        "ping/prompt-answer", "A ping is answered promptly with an empty result.", Level.MUST, "basic/utilities/ping"
    ),
    _requirement(
        "http/origin-validation",
        "The Origin header of every incoming connection is validated.",
        Level.MUST,
        "basic/transports",
    ),
    _requirement(
        "http/origin-403",
        "An invalid Origin is answered with 403 Forbidden.",
        Level.MUST,
        "basic/transports",
        since=NEW,
    ),
    _requirement("tools/unique-names", "Names of tools are unique within the server.", Level.SHOULD, "server/tools"),
    _requirement(
        "resources/not-found", "An unknown resource is answered with -32002.", Level.SHOULD, "server/resources"
    ),
)


def result(requirement: Requirement, revision: Revision, status: Status, message: str = "", **fields: Any) -> Result:
    """Return a result of the check named like the requirement."""
    citation = requirement.at(revision)
    values: dict[str, Any] = {
        "check": requirement.id,
        "title": f"Check of {requirement.id}",
        "revision": revision,
        "status": status,
        "severity": Severity.LOW,
        "level": citation.level if citation else Level.ADVICE,
        "category": Category.CONFORMANCE,
        "area": requirement.id.partition("/")[0],
        "requirements": (requirement.id,),
        "message": message,
        "evidence": () if status in {Status.NOT_APPLICABLE, Status.NOT_OBSERVED} else ("x0001",),
        "duration_ms": 2.5,
    }
    return Result(**{**values, **fields})


def matrix(results: tuple[Result, ...]) -> tuple[MatrixRow, ...]:
    """Return one row for each duty that its revision knows."""
    by_id = {row.id: row for row in REQUIREMENTS}
    return tuple(
        MatrixRow(
            area=item.area,
            feature=by_id[name].text,
            requirement=name,
            level=item.level,
            revision=item.revision,
            status=item.status,
            gap=item.severity.value if item.status is Status.FAIL else "none",
            note="" if item.status is Status.PASS else item.message,
            implementation=_IMPLEMENTATION.get(item.status, Implementation.NOT_OBSERVED),
            spec=citation.url,
            effort=item.effort if item.status is Status.FAIL else "",
        )
        for item in results
        for name in item.requirements
        if (citation := by_id[name].at(item.revision))
    )


def featured(
    name: str,
    title: str,
    revision: Revision,
    implementation: Implementation,
    note: str = "",
    *,
    priority: Priority = Priority.HIGH,
    since: Revision = OLD,
) -> MatrixRow:
    """Return the row of a feature at a revision."""
    lacking = implementation not in {Implementation.IMPLEMENTED, Implementation.NOT_OBSERVED}
    return MatrixRow(
        area=name.partition("/")[0],
        feature=title,
        requirement=name,
        level=Level.MAY,
        revision=revision,
        status=Status.PASS if implementation is Implementation.IMPLEMENTED else Status.NOT_APPLICABLE,
        gap=priority if lacking else "none",
        note=note,
        kind=RowKind.FEATURE,
        implementation=implementation,
        spec=f"{_SITE}/{since}/server/{name.replace('/', '#')}",
        effort=Effort.MEDIUM if lacking else "",
        since=str(since),
    )


PING, ORIGIN, ORIGIN_403, NAMES, NOT_FOUND = REQUIREMENTS
_TWICE = f"two tools are called {HOSTILE_NAME}"
_ACCEPTED = "a request with Origin http://evil.example was answered like one without: 200 and a result"
_UNSEEN = "may change state or load the target; allow it with --intrusive"

RICH_RESULTS = (
    result(PING, OLD, Status.PASS),
    result(PING, NEW, Status.PASS),
    result(
        ORIGIN, OLD, Status.FAIL, _ACCEPTED, severity=Severity.HIGH, category=Category.SECURITY, evidence=("x0002",)
    ),
    result(
        ORIGIN, NEW, Status.FAIL, _ACCEPTED, severity=Severity.HIGH, category=Category.SECURITY, evidence=("x0002",)
    ),
    result(ORIGIN_403, NEW, Status.NOT_OBSERVED, "no Origin was refused, so no refusal could be seen"),
    result(NAMES, OLD, Status.FAIL, _TWICE, subject=f"tool:{HOSTILE_NAME}", evidence=("x0003", "x0004")),
    result(NAMES, NEW, Status.PASS),
    result(NOT_FOUND, OLD, Status.NOT_APPLICABLE, "the server declares no resources"),
    result(NOT_FOUND, NEW, Status.NOT_OBSERVED, _UNSEEN),
    result(NOT_FOUND, NEW, Status.ERROR, "KeyError: 'uri' (judge:12)", blame="harness"),
)

EXCHANGES = (
    Exchange(
        id="x0001",
        scenario="ping.ping",
        revision="2025-11-25",
        transport=Transport.HTTP,
        sent=Sent("POST", "/mcp", (("accept", "application/json, text/event-stream"),), '{"jsonrpc":"2.0"}', "ping", 1),
        outcome=Outcome.ANSWERED,
        status=200,
        headers=(("content-type", "text/event-stream"),),
        messages=({"jsonrpc": "2.0", "id": 1, "result": {}},),
        events=(SseEvent("message", '{"jsonrpc":"2.0","id":1,"result":{}}', "e1", 500),),
        body='event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
        elapsed_ms=1.25,
    ),
    Exchange(
        id="x0002",
        scenario="rebinding.foreign_origin",
        revision="2025-11-25",
        transport=Transport.HTTP,
        sent=Sent(
            "POST",
            "/mcp",
            (
                ("accept", "application/json, text/event-stream"),
                ("content-type", "application/json"),
                ("origin", "http://evil.example"),
            ),
            '{"jsonrpc":"2.0","id":2,"method":"tools/list"}',
            "tools/list",
            2,
        ),
        outcome=Outcome.ANSWERED,
        status=200,
        headers=(("content-type", "application/json"),),
        messages=({"jsonrpc": "2.0", "id": 2, "result": {"tools": []}},),
        body='{"jsonrpc":"2.0","id":2,"result":{"tools":[]}}',
        elapsed_ms=3.0,
    ),
    Exchange(
        id="x0003",
        scenario="tools.listing",
        revision="2025-06-18",
        transport=Transport.STDIO,
        sent=Sent("LINE", body='{"jsonrpc":"2.0","id":"a","method":"tools/list"}', method="tools/list", rpc_id="a"),
        outcome=Outcome.ANSWERED,
        messages=({"jsonrpc": "2.0", "id": "a", "result": {"tools": [{"name": HOSTILE_NAME, "x": float("nan")}]}},),
        strays=("debug: \x1b[31mhello",),
        violations=(SchemaViolation("ListToolsResult", "/result/tools/0/inputSchema", "is required"),),
        elapsed_ms=0.5,
    ),
    Exchange(
        id="x0004",
        scenario="tools.listing",
        revision="2025-06-18",
        transport=Transport.HTTP,
        sent=Sent("BYTES", body="GET / HTTP/9.9\r\n\r\n"),
        outcome=Outcome.RESET,
        note="connection reset by peer",
        elapsed_ms=0.5,
    ),
)

_ADVISORIES = (
    NamedAdvisory(
        id="CVE-2025-66416",
        aliases=("GHSA-9h52-p55h-vw2f",),
        package="mcp (PyPI)",
        affected="<1.23.0",
        fixed="1.23.0",
        relation=Relation.CONFIRMED,
        reason="the server says that it is mcp (PyPI) 1.22.0, and behaves as the advisory says",
        url="https://github.com/advisories/GHSA-9h52-p55h-vw2f",
    ),
    NamedAdvisory(
        id="CVE-2025-66414",
        aliases=("GHSA-w48q-cv73-mx4w",),
        package="@modelcontextprotocol/sdk (npm)",
        affected="<1.24.0",
        fixed="1.24.0",
        relation=Relation.RELATED,
        reason="the same behaviour in @modelcontextprotocol/sdk (npm)",
        url="",
    ),
)
FINDINGS = (
    Finding(
        id="F001",
        check="http/origin-validation",
        revisions=(OLD, NEW),
        severity=Severity.HIGH,
        level=Level.MUST,
        category=Category.SECURITY,
        title="Server answers requests from foreign web pages",
        subject="header:origin",
        message=_ACCEPTED,
        remediation="Refuse requests whose Origin is not on a list of your own with 403, before anything else.",
        explanation="Any web page can reach a server on loopback by DNS rebinding; only the Origin tells it apart.",
        docs=(f"{_SITE}/2025-11-25/basic/transports#security-warning", "CWE-346"),
        evidence=("x0002",),
        reproduce=(
            "curl -isS --max-time 5 -X POST http://127.0.0.1:8000/mcp \\\n"
            "  -H 'accept: application/json, text/event-stream' \\\n  -H 'content-type: application/json' \\\n"
            "  -H 'origin: http://evil.example' \\\n"
            """  --data-binary '{"jsonrpc":"2.0","id":2,"method":"tools/list"}'"""
        ),
        fingerprint="0011223344556677",
        advisories=_ADVISORIES,
    ),
    Finding(
        id="F002",
        check="tools/unique-names",
        revisions=(OLD,),
        severity=Severity.LOW,
        level=Level.SHOULD,
        category=Category.CONFORMANCE,
        title="Two tools have the same name",
        subject=f"tool:{HOSTILE_NAME}",
        message=_TWICE,
        remediation="Give every tool a name of its own.",
        explanation="A client that looks tools up by name reaches only one of them.",
        docs=(f"{_SITE}/2025-06-18/server/tools",),
        evidence=("x0003", "x0004"),
        reproduce=(
            """(printf '%s\\n' '{"method":"tools/call","params":{"name":\""""
            + HOSTILE_NAME
            + """"}}'; sleep 2) | python -m twins"""
        ),
        fingerprint="8899aabbccddeeff",
    ),
)

_OFFERS = (
    Offer(
        revision=OLD,
        server_info={"name": HOSTILE_NAME, "version": "0.9"},
        capabilities={"tools": {}},
        tools=({"name": HOSTILE_NAME}, {"name": "only_old"}),
    ),
    Offer(
        revision=NEW,
        server_info={"name": HOSTILE_NAME, "version": "1.0", "title": HOSTILE_TEXT},
        capabilities={"tools": {"listChanged": True}, "resources": {}},
        instructions=HOSTILE_TEXT,
        tools=({"name": HOSTILE_NAME, "description": HOSTILE_TEXT, "inputSchema": {"type": "object"}}, {"name": "add"}),
        resources=({"uri": "file:///etc/passwd", "name": "p"},),
        resource_templates=({"uriTemplate": "file:///{path}", "name": "t"},),
        prompts=({"name": "greet"},),
        notes=("prompts/list was cut at 1000 items",),
    ),
)

_NO_SCHEMA = f"no tool of {HOSTILE_NAME} has an output schema"
FEATURES = (
    FeatureResult(
        feature="tools/structured-output",
        title="Structured output of tools",
        explanation="Clients can rely on the shape of what a tool gives.",
        area="tools",
        since=OLD,
        revision=NEW,
        presence=Presence.MISSING,
        priority=Priority.HIGH,
        effort=Effort.MEDIUM,
        spec=f"{_SITE}/2025-06-18/server/tools#structured-output",
        remediation="Give tools an outputSchema, and their results structuredContent.",
        note=_NO_SCHEMA,
        evidence=("x0003",),
    ),
)
_STATELESS = Revision.V2026_07_28
FEATURE_ROWS = (
    featured("tools/structured-output", "Structured output of tools", NEW, Implementation.MISSING, _NO_SCHEMA),
    featured(
        "resources/templates",
        "Templates of resources",
        NEW,
        Implementation.PARTIAL,
        "one template of two names its arguments",
        priority=Priority.MEDIUM,
        since=Revision.V2024_11_05,
    ),
    featured("tools/icons", "Icons of tools", NEW, Implementation.IMPLEMENTED, since=NEW),
    featured("progress/reports", "Reports of progress", OLD, Implementation.NOT_OBSERVED, "no tool reported progress"),
    featured(
        "mrtr/questions",
        "Questions in the middle of a request",
        _STATELESS,
        Implementation.NOT_OFFERED,
        "the server does not offer this revision",
        since=_STATELESS,
    ),
)
OFFICIAL = Official(
    checks=3,
    mapped=2,
    compared=2,
    disagreements=(
        Disagreement(
            revision=NEW,
            official="localhost-host-rebinding-rejected",
            official_status="SUCCESS",
            official_message=f"refused {HOSTILE_NAME}",
            requirement="http/origin-validation",
            implementation=Implementation.VIOLATED,
            note=_ACCEPTED,
            evidence=("x0002",),
            explanation="The suite sends a foreign Host and a foreign Origin at once.",
        ),
    ),
    unmapped=(UnmappedCheck("tools-call-image", "FAILURE", "asks for a tool of the suite's own"),),
)

RICH = Report(
    tool=ToolInfo("mcp-audit", "0.1.0"),
    survey=Survey(
        Transport.HTTP, "http://127.0.0.1:8000/mcp", Exposure.LOCAL, _OFFERS, Auth(required=True, scheme="Bearer")
    ),
    target_kind="http",
    target_label="http://127.0.0.1:8000/mcp",
    started_at="2026-11-01T12:00:00Z",
    duration_s=8.41,
    complete=True,
    seed=7,
    results=RICH_RESULTS,
    findings=FINDINGS,
    exchanges=EXCHANGES,
    features=FEATURES,
    matrix=(
        *(
            replace(row, official=(OfficialVerdict("ping", "SUCCESS"),)) if row.requirement == PING.id else row
            for row in matrix(RICH_RESULTS)
        ),
        *FEATURE_ROWS,
    ),
    official=OFFICIAL,
    scores=(RevisionScore(OLD, 1, 2, 0, 1, 40.0), RevisionScore(NEW, 1, 2, 1, 1, 60.0)),
    overall=OverallScore(34, "F", FORMULA),
    coverage=(Coverage(OLD, 140, 118, 14, 8), Coverage(NEW, 151, 127, 15, 9)),
    requirements=REQUIREMENTS,
    notes=("3 tools were not called: none is annotated readOnlyHint; allow them with --call or --tool", HOSTILE_TEXT),
)

CLEAN_RESULTS = (
    result(PING, NEW, Status.PASS),
    result(ORIGIN, NEW, Status.PASS),
    result(NAMES, NEW, Status.PASS),
    result(NOT_FOUND, NEW, Status.NOT_APPLICABLE, "the server declares no resources"),
)

CLEAN = Report(
    tool=ToolInfo("mcp-audit", "0.1.0"),
    survey=Survey(
        Transport.STDIO,
        "python -m two_tools",
        Exposure.LOCAL,
        (Offer(NEW, {"name": "two-tools", "version": "2.0"}, {"tools": {}}, tools=({"name": "add"}, {"name": "sub"})),),
    ),
    target_kind="stdio",
    target_label="python -m two_tools",
    started_at="2026-11-01T12:00:00Z",
    duration_s=1.5,
    complete=True,
    seed=0,
    results=CLEAN_RESULTS,
    exchanges=EXCHANGES[:1],
    matrix=matrix(CLEAN_RESULTS),
    scores=(RevisionScore(NEW, 2, 2, 1, 1, 100.0),),
    overall=OverallScore(100, "A", FORMULA),
    coverage=(Coverage(NEW, 151, 127, 15, 9),),
    requirements=REQUIREMENTS,
)

FAILED = Report(
    tool=ToolInfo("mcp-audit", "0.1.0"),
    survey=None,
    target_kind="http",
    target_label="http://127.0.0.1:9/mcp",
    started_at="2026-11-01T12:00:00Z",
    duration_s=0.02,
    complete=False,
    seed=0,
    failure="nothing listens on 127.0.0.1:9: connection refused. Start the server, or check host and port",
)

_CUT = "the run was interrupted"
_INTERRUPTED_RESULTS = (
    result(PING, NEW, Status.PASS),
    *(result(row, NEW, Status.NOT_OBSERVED, _CUT) for row in (ORIGIN, ORIGIN_403, NAMES, NOT_FOUND)),
)

INTERRUPTED = replace(
    CLEAN,
    complete=False,
    results=_INTERRUPTED_RESULTS,
    matrix=matrix(_INTERRUPTED_RESULTS),
    scores=(RevisionScore(NEW, 1, 1, 0, 0, 100.0),),
    notes=(_CUT,),
)

FUZZED = replace(
    CLEAN,
    findings=(
        Finding(
            id="F001",
            check="fuzz/internal-error",
            revisions=(NEW,),
            severity=Severity.MEDIUM,
            level=Level.ADVICE,
            category=Category.ROBUSTNESS,
            title="The server breaks on arguments",
            subject="tool:add",
            message="the tool answers with an internal error where n is below zero",
            remediation="Answer with an error that says which argument is wrong.",
            explanation="A model cannot correct what it is not told.",
            docs=(),
            evidence=("x0001",),
            reproduce="(printf '%s\\n' '{\"jsonrpc\":\"2.0\"}'; sleep 2) | python -m two_tools",
            fingerprint="8899aabbccddeeff",
        ),
    ),
    fuzzing=Fuzzing(
        cases=1204,
        seconds=5.5,
        seed=0,
        failures=(
            FailingInput(
                check="fuzz/internal-error",
                subject="tool:add",
                revision=NEW,
                cause="-32603",
                message="the tool answers with an internal error where n is below zero",
                minimal={"method": "tools/call", "params": {"name": "add", "arguments": {"n": -1, "s": HOSTILE_NAME}}},
                evidence=("x0001",),
                reproduced=True,
                first_after=17,
                reproduce="(printf '%s\\n' '{\"jsonrpc\":\"2.0\"}'; sleep 2) | python -m two_tools",
                finding="F001",
            ),
            FailingInput(
                check="fuzz/slow-for-small-input",
                subject=f"tool:{HOSTILE_NAME}",
                revision=NEW,
                cause="slow",
                message="it took 4 s",
                minimal={"bytes": "AAECAw=="},
                evidence=(),
                reproduced=False,
                first_after=800,
            ),
        ),
        schemas=(
            FuzzedSchema("tool:add", NEW, 1000, 700, 300, 12, 14),
            FuzzedSchema(f"tool:{HOSTILE_NAME}", NEW, 204, 204, 0, 3, 3),
            FuzzedSchema("tool:broken", NEW, 0, 0, 0, 0, 0, "its schema refers to itself without end"),
            FuzzedSchema("tool:odd", NEW, 0, 0, 0, 0, 0, "its schema refers to itself without end"),
        ),
    ),
)

SAMPLES = {"rich": RICH, "clean": CLEAN, "failed": FAILED, "interrupted": INTERRUPTED, "fuzzed": FUZZED}
