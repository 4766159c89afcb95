"""From hostile answers to the reader: whatever a server said, every format of the report of it can be trusted."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from random import Random
from typing import Any

import anyio
import jsonschema_rs
from hypothesis import example, given
from hypothesis import strategies as st
from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.engine.judge import judge
from mcp_audit_harness.engine.saved import Record, Run, dump, load
from mcp_audit_harness.errors import TargetError
from mcp_audit_harness.model import Exchange, JsonObject, Report, Revision, StdioTarget, ToolInfo
from mcp_audit_harness.policy import Options
from mcp_audit_harness.session.bounds import Bounds
from mcp_audit_harness.session.lines import LineConnector
from mcp_audit_harness.session.transcript import Transcript
from mcp_audit_harness.survey import survey_target
from mcp_audit_harness.transport.memory import MemoryTarget, ReceiveLine, SendLine
from mcp_audit_harness.wire.codec import dump as dumped
from mcp_audit_reports import MATRIX_FORMATS, RENDERERS, read_report, render_matrix
from mcp_audit_reports.escape import block
from mcp_audit_reports.json_v1 import parse, schema_text
from mcp_audit_scenarios import catalogue

from tests.unit.reports.hostile import REPORTS
from tests.unit.scenarios.hostile_facts import FactsMaker, vocabulary

from .messages import MESSAGES, TEXTS, VALUES
from .searching import searched

_TOOL = ToolInfo("mcp-audit", "0")
_SCHEMA = jsonschema_rs.Draft202012Validator(json.loads(schema_text()))
_LISTS = {
    "tools/list": "tools",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
    "prompts/list": "prompts",
}
_ITEMS = st.dictionaries(
    st.sampled_from(["name", "uri", "uriTemplate", "description", "inputSchema", "arguments", "_meta"]),
    TEXTS | VALUES,
    max_size=4,
)
_ANSWERS = st.fixed_dictionaries(
    {
        "serverInfo": st.dictionaries(st.sampled_from(["name", "version", "icons"]), VALUES, max_size=3) | VALUES,
        "capabilities": st.dictionaries(st.sampled_from(["tools", "resources", "prompts"]), VALUES, max_size=3)
        | VALUES,
        "instructions": VALUES,
        "items": st.lists(_ITEMS | VALUES, max_size=3) | VALUES,
        "nextCursor": st.none() | VALUES,
        "before": st.lists(MESSAGES | TEXTS, max_size=2),
    }
)


def trusted(report: Report) -> None:
    """Render a report in every format and hold each against what its readers rely on."""
    for name, (_, render) in RENDERERS.items():
        text = render(report, width=100, color=False)
        assert block(text) == text, name
        assert text.encode(), name
    written = RENDERERS["json"].render(report, width=80, color=False)
    assert [error.message for error in _SCHEMA.iter_errors(json.loads(written))] == []
    assert parse(written).schema_version == "1"
    again = read_report(written)
    assert [row.requirement for row in again.matrix] == [row.requirement for row in parse(written).matrix]
    for form in MATRIX_FORMATS:
        text = render_matrix(report, form, width=100, color=False)
        assert block(text.replace("\r\n", "\n")) == text.replace("\r\n", "\n"), form
    rows = list(csv.reader(io.StringIO(render_matrix(report, "csv", width=80, color=False), newline="")))
    assert len(rows) == len(report.matrix) + 1
    assert {len(row) for row in rows} == {len(rows[0])}


@searched(15)
@given(REPORTS)
def test_any_report_can_be_trusted_in_every_format(report: Report) -> None:
    trusted(report)


@searched(40)
@given(_ANSWERS, st.sampled_from(Revision))
@example(
    {
        "serverInfo": {"name": "\x1b[2J"},
        "capabilities": {"tools": {}},
        "instructions": "\u202e",
        "items": [{"name": 10**400}],
        "nextCursor": None,
        "before": [],
    },
    Revision.V2025_11_25,
)
def test_the_survey_of_any_server_can_be_reported(answers: JsonObject, revision: Revision) -> None:
    run = anyio.run(_surveyed, answers, revision)
    assert dump(load(dump(run))) == dump(run)
    trusted(judge(run, _catalogue(), Options()))


@searched(4)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_whatever_was_seen_can_be_judged_and_reported(seed: int, size: int) -> None:
    random = Random(seed)  # noqa: S311 - nothing is secret here
    checks = random.sample(sorted(_catalogue().checks, key=lambda check: check.id), 8)
    records, exchanges = [], dict[str, Exchange]()
    for check in checks:
        facts = FactsMaker(random, size, vocabulary((check,))).make(check.scenario.facts)
        exchanges |= {seen.id: seen for seen in _exchanges(facts)}
        records.append(Record(check.scenario.name, random.choice(list(Revision)), 1.0, facts))
    run = Run(
        *(_TOOL, "http", "http://127.0.0.1:8000/mcp", "2026-01-01T00:00:00Z", 1.0, True, seed, None),
        records=tuple(records),
        exchanges=tuple(exchanges.values()),
    )
    trusted(judge(run, _catalogue(), Options()))


@cache
def _catalogue() -> Catalogue:
    return catalogue()


def _exchanges(facts: Any) -> Iterator[Exchange]:
    if isinstance(facts, Exchange):
        yield facts
    elif is_dataclass(facts):
        for field in fields(facts):
            yield from _exchanges(getattr(facts, field.name))
    elif isinstance(facts, tuple | list | frozenset):
        for item in facts:
            yield from _exchanges(item)


async def _surveyed(answers: JsonObject, revision: Revision) -> Run:
    """Survey a server that answers at once and as it likes, over its lines."""

    async def serve(receive: ReceiveLine, send: SendLine) -> int:
        while (line := await receive()) is not None:
            asked = json.loads(line)
            for stray in answers["before"]:
                await send(dumped(stray))
            if "id" in asked and "method" in asked:
                await send(dumped({"jsonrpc": "2.0", "id": asked["id"], "result": _answer(asked, answers)}))
        return 0

    transcript, survey, failure = Transcript(), None, ""
    connector = LineConnector(MemoryTarget(serve), transcript, Bounds(probe_timeout_s=1.0, settle_s=0.0))
    try:
        survey = await survey_target(connector, StdioTarget(("server",)), (revision,))
    except TargetError as refused:
        failure = str(refused)
    finally:
        await connector.aclose()
    return Run(
        *(_TOOL, "memory", "memory", "2026-01-01T00:00:00Z", 1.0, True, 0, survey),
        exchanges=transcript.exchanges,
        failure=failure,
    )


def _answer(asked: JsonObject, answers: JsonObject) -> JsonObject:
    named = _LISTS.get(asked["method"])
    if named is not None:
        return {named: answers["items"], "nextCursor": answers["nextCursor"]}
    version = asked.get("params", {}).get("protocolVersion", "2026-07-28")
    offered = {"protocolVersion": version, "supportedVersions": [version]}
    return {**offered, **{name: answers[name] for name in ("serverInfo", "capabilities", "instructions")}}
