"""report.json is a promise: its shape, its schema, its stability."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from mcp_audit_harness.model import JsonObject, Report, Revision
from mcp_audit_reports.json_v1 import parse, render, schema_text
from mcp_audit_reports.json_v1.__main__ import main
from mcp_audit_reports.json_v1.build import MESSAGE_CHARACTERS
from mcp_audit_reports.json_v1.build import build as build_report
from mcp_audit_reports.json_v1.schema import HOME
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import CLEAN, EXCHANGES, FAILED, FUZZED, RICH, SAMPLES

_VALIDATOR = jsonschema_rs.Draft202012Validator(json.loads(schema_text()))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_written_as_before(name: str, golden: SnapshotAssertion) -> None:
    assert render(SAMPLES[name]) == golden


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_follows_the_published_schema(name: str) -> None:
    assert [error.message for error in _VALIDATOR.iter_errors(json.loads(render(SAMPLES[name])))] == []


@WHOLE_REPORTS
@given(REPORTS)
def test_any_report_follows_the_published_schema_and_can_be_read_back(report: Report) -> None:
    text = render(report)
    assert [error.message for error in _VALIDATOR.iter_errors(json.loads(text))] == []
    assert parse(text).schema_version == "1"


def test_the_published_schema_is_the_one_that_the_shape_gives() -> None:
    assert HOME.read_text(encoding="utf-8") == schema_text(), "run python -m mcp_audit_reports.json_v1 --write-schema"


def test_the_schema_names_itself_and_describes_every_object() -> None:
    schema = json.loads(schema_text())
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["$id"] == "urn:mcp-audit:schema:report:1"
    assert [name for name, item in schema["$defs"].items() if not item.get("description")] == []


def test_the_members_are_those_of_the_contract_in_its_order() -> None:
    assert list(json.loads(render(RICH))) == [
        "schema_version",
        "tool",
        "target",
        "started_at",
        "duration_s",
        "complete",
        "seed",
        "failure",
        "notes",
        "survey",
        "results",
        "findings",
        "exchanges",
        "matrix",
        "scores",
        "coverage",
        "features",
        "gaps",
        "summary",
        "areas",
        "unobserved",
        "official",
    ]


def test_scores_and_coverage_are_keyed_by_revision() -> None:
    document = json.loads(render(RICH))
    assert list(document["scores"]) == ["overall", "2025-06-18", "2025-11-25"]
    assert document["scores"]["2025-11-25"]["must_total"] == 2
    assert document["coverage"]["2025-11-25"] == {
        "requirements": 151,
        "checked": 127,
        "not_observable": 15,
        "excluded": 9,
    }


def test_a_finding_says_how_urgent_it_is_and_how_much_work() -> None:
    findings = json.loads(render(RICH))["findings"]
    assert [(item["priority"], item["when"], item["effort"]) for item in findings] == [
        ("P0", "now", "small"),
        ("P2", "optional", "small"),
    ]


def test_a_gap_names_the_revision_that_brought_the_feature_and_the_one_that_was_looked_at() -> None:
    gaps = json.loads(render(RICH))["gaps"]
    assert [(gap["revision"], gap["feature"], gap["presence"], gap["priority"]) for gap in gaps] == [
        ("2024-11-05", "resources/templates", "partial", "low"),
        ("2025-06-18", "tools/structured-output", "missing", "high"),
        ("2026-07-28", "mrtr/questions", "missing", "high"),
    ]
    assert [gap["offered_revision"] for gap in gaps] == ["2025-11-25", "2025-11-25", None]
    assert gaps[2]["gap"] == "revision 2026-07-28 is not offered"


def test_the_summary_says_what_is_good_and_what_is_critical_and_by_which_rules() -> None:
    summary = json.loads(render(RICH))["summary"]
    assert summary["verdict"].startswith("FAIL: 2 findings")
    assert summary["good"] == [
        "ping: 1 observed MUST duty, all hold",
        "tools/icons: Icons of tools is implemented",
    ]
    assert summary["critical"] == ["F001 http/origin-validation: Server answers requests from foreign web pages"]
    assert (summary["score"], summary["grade"]) == (34, "F")
    assert "P0" in summary["priority_rule"]


def test_members_of_a_row_that_would_be_empty_are_left_out() -> None:
    rows = {(row["requirement"], row["revision"]): row for row in json.loads(render(RICH))["matrix"]}
    ping = rows["ping/prompt-answer", "2025-11-25"]
    assert {"needs", "effort", "since"} & set(ping) == set()
    assert ping["official"] == [{"id": "ping", "status": "SUCCESS"}]
    assert rows["tools/structured-output", "2025-11-25"]["since"] == "2025-06-18"
    assert "official" not in rows["tools/structured-output", "2025-11-25"]
    assert "official" not in json.loads(render(CLEAN))


def test_a_verdict_has_a_message_and_its_absence_a_reason() -> None:
    by_status = {item["status"]: item for item in json.loads(render(RICH))["results"]}
    assert (by_status["fail"]["message"] != "", by_status["fail"]["reason"]) == (True, "")
    assert (by_status["not_applicable"]["message"], by_status["not_applicable"]["reason"]) == (
        "",
        "the server declares no resources",
    )
    assert by_status["error"]["blame"] == "harness"


def test_the_lists_hold_the_newest_item_of_each_name_then_those_that_only_older_revisions_have() -> None:
    tools = json.loads(render(RICH))["survey"]["tools"]
    assert [sorted(tool) for tool in tools] == [["description", "inputSchema", "name"], ["name"], ["name"]]
    assert [tool["name"] for tool in tools[1:]] == ["add", "only_old"]


def test_names_that_one_revision_lists_twice_are_kept_twice() -> None:
    assert CLEAN.survey is not None
    offer = replace(CLEAN.survey.offers[0], tools=({"name": "twin"}, {"name": "twin"}, {"name": ["odd"]}, {}))
    report = replace(CLEAN, survey=replace(CLEAN.survey, offers=(offer,)))
    assert len(json.loads(render(report))["survey"]["tools"]) == 4


def test_a_target_that_could_not_be_audited_has_no_survey_and_a_failure() -> None:
    document = json.loads(render(FAILED))
    assert (document["survey"], document["results"], document["target"]["transport"]) == (None, [], None)
    assert document["failure"].startswith("nothing listens on")


def test_a_message_too_large_for_a_report_is_counted_instead() -> None:
    large = {"result": "x" * MESSAGE_CHARACTERS}
    report = replace(CLEAN, exchanges=(replace(EXCHANGES[0], messages=(large, {"result": {}})),))
    response = json.loads(render(report))["exchanges"][0]["response"]
    assert (response["messages"], response["messages_omitted"]) == ([{"result": {}}], 1)


def test_a_message_of_very_many_values_is_counted_without_writing_it() -> None:
    many: JsonObject = {f"m{number}": [{}] for number in range(MESSAGE_CHARACTERS)}
    report = replace(CLEAN, exchanges=(replace(EXCHANGES[0], messages=(many, [[]] * MESSAGE_CHARACTERS)),))
    assert json.loads(render(report))["exchanges"][0]["response"]["messages_omitted"] == 2


def test_answers_beyond_the_bound_keep_their_outcome_unless_a_finding_cites_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules[build_report.__module__], "EXCHANGE_CHARACTERS", 25_000)
    cited = RICH.findings[0].evidence[0]
    long = tuple(replace(EXCHANGES[0], id=f"y{number}", body="b" * 10_000) for number in range(3))
    last = replace(EXCHANGES[0], id=cited, body="b" * 10_000)
    answers = json.loads(render(replace(RICH, exchanges=(*long, last))))["exchanges"]
    assert [len(answer["response"]["body"]) for answer in answers] == [10_000, 0, 0, 10_000]
    assert "left out of the report" in answers[1]["note"]
    assert answers[1]["status"] == EXCHANGES[0].status


def test_the_value_of_a_header_is_bounded() -> None:
    report = replace(CLEAN, exchanges=(replace(EXCHANGES[0], headers=(("x-long", "v" * 60_000),)),))
    assert len(json.loads(render(report))["exchanges"][0]["response"]["headers"][0]["value"]) == 8192


def test_the_same_report_gives_the_same_text_and_survives_reading() -> None:
    text = render(RICH)
    assert text == render(RICH)
    parsed = parse(text)
    assert parsed.findings[0].revisions == (Revision.V2025_06_18, Revision.V2025_11_25)
    assert parsed.exchanges[1].request.headers[2].value == "http://evil.example"
    assert parsed.scores.v2024_11_05 is msgspec.UNSET


def test_another_version_is_not_read() -> None:
    with pytest.raises(msgspec.ValidationError):
        parse(render(CLEAN).replace('"schema_version": "1"', '"schema_version": "2"'))


def test_nothing_in_the_document_drives_a_terminal() -> None:
    text = render(RICH)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u202e" in text


def test_the_module_prints_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == schema_text()


def test_the_module_writes_its_schema_into_a_checkout_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = tmp_path / "schema" / "report-v1.schema.json"
    monkeypatch.setattr("mcp_audit_reports.json_v1.__main__.HOME", where)
    with pytest.raises(SystemExit) as refused:
        main(["--write-schema"])
    assert refused.value.code == 2
    assert "not a source checkout" in capsys.readouterr().err
    where.parent.mkdir()
    assert main(["--write-schema"]) == 0
    assert where.read_text(encoding="utf-8") == schema_text()


def test_fuzzing_is_a_member_where_requests_were_generated() -> None:
    fuzz = json.loads(render(FUZZED))["fuzz"]
    assert list(fuzz) == ["cases", "cases_per_s", "seed", "failures", "schema_coverage"]
    assert fuzz["cases_per_s"] == 218.9
    assert fuzz["failures"][0]["minimal"]["params"]["arguments"]["n"] == -1
    assert fuzz["schema_coverage"][2]["trouble"]
    assert "fuzz" not in json.loads(render(RICH))
