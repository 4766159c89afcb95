"""The page: it fetches nothing, runs its own script only, and nothing of a target becomes markup."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.model import Accepted, Exchange, Finding, Report, SchemaViolation, Severity, Status
from mcp_audit_reports.html import render
from mcp_audit_reports.html.highlight import Defect, Line, body_lines, drawn, header_lines, message_lines
from mcp_audit_reports.html.words import spans
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import JSON, REPORTS, STEADY, TEXTS, WHOLE_REPORTS
from tests.unit.reports.load_samples import LOADED
from tests.unit.reports.pages import Page
from tests.unit.reports.samples import CLEAN, EXCHANGES, FAILED, FINDINGS, FUZZED, NEW, OLD, RICH, SAMPLES
from tests.unit.reports.source_samples import EVERY, SOURCED

EVERYTHING = replace(
    SOURCED,
    loads=LOADED["hostile"].loads,
    fuzzing=FUZZED.fuzzing,
    accepted=(Accepted(FINDINGS[1], "agreed with <b>Ada</b>", "2027-01-01"),),
    stale=("tools/gone on tool:x",),
)
"""Every kind of result at once."""
ALL: dict[str, Report] = {**SAMPLES, **EVERY, "everything": EVERYTHING}

_ELEMENTS = """
    html head meta title style body header h1 h2 h3 p span strong div a nav ul ol li main section footer script
    dl dt dd small table caption thead tbody tr th td code pre mark details summary button label select option input
    figure figcaption svg desc rect line text path circle i
"""
_ATTRIBUTES = """
    lang charset http-equiv content name id class href rel role aria-label aria-labelledby aria-live aria-pressed
    type autocomplete value tabindex title scope open hidden
    data-copy data-filter data-filters data-reset data-count data-all data-row data-severity data-category
    data-revision data-group data-level data-state data-area data-at
    viewbox x y x1 x2 y1 y2 cx cy r d width height pathlength stroke-dasharray
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("name", ALL)
def test_a_sample_is_written_as_before(name: str, golden: SnapshotAssertion) -> None:
    text = re.sub(r"(?<=<style>).*?(?=</style>)|(?<=<script>).*?(?=</script>)", "", render(ALL[name]), flags=re.DOTALL)
    assert re.sub(r"(?<='sha256-)[^']*", "", text) == golden


@WHOLE_REPORTS
@given(REPORTS)
def test_any_report_gives_a_page_of_our_elements_and_attributes_only(report: Report) -> None:
    text = render(report)
    found = Page(text)
    assert set(found.elements) <= set(_ELEMENTS.split())
    assert {name for _, name, _ in found.attributes} <= set(_ATTRIBUTES.split())
    assert found.open == []
    assert found.elements.count("script") == found.elements.count("style") == 1
    assert all(re.fullmatch(r"#[a-z-]+\d*|https?://[\w.~:/?#%+,;=-]+", target) for target in found.values("href"))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    text.encode()
    _refers_to_itself_only(found)


def _refers_to_itself_only(found: Page) -> None:
    """Hold that ids are unique, and that whatever refers to one refers to one that is there."""
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    named = [*found.values("data-copy"), *found.values("data-filters"), *found.values("data-all")]
    named += [name for value in found.values("aria-labelledby") for name in value.split()]
    named += [target[1:] for target in found.values("href") if target.startswith("#")]
    assert set(named) <= set(ids)


@pytest.mark.parametrize("report", [CLEAN, EVERYTHING, FAILED], ids=["clean", "everything", "failed"])
def test_the_policy_allows_the_style_sheet_and_the_script_of_the_page_and_nothing_else(report: Report) -> None:
    text = render(report)
    [style], [script] = (re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("style", "script"))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text
    assert not re.search(r"url\(|@import|innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", style + script)


def _nav(text: str) -> str:
    return text[text.index("<nav") : text.index("</nav>")]


def test_a_page_is_read_from_the_verdict_down_to_the_details() -> None:
    text = render(EVERYTHING)
    places = [text.index(f'id="{name}"') for name in re.findall(r'<li><a href="#([a-z]+)">', _nav(text))]
    assert places == sorted(places)
    assert text.index('class="verdict fail"') < text.index("<nav") < places[0]


def test_every_part_names_itself_and_empty_ones_are_left_out() -> None:
    assert 'id="load"' not in render(CLEAN)
    assert 'id="fuzz"' not in render(CLEAN)
    assert 'id="matrix"' not in render(FAILED)
    assert FAILED.failure.split(".")[0] in render(FAILED)
    for name in ("findings", "matrix", "gaps", "charts", "load", "fuzz", "source", "official", "baseline", "errors"):
        assert f'<section id="{name}" aria-labelledby="{name}-title">' in render(EVERYTHING)


def test_a_violated_duty_leads_to_its_finding() -> None:
    text = render(RICH)
    row = re.search(r"<tr data-row[^>]*><th scope=\"row\">The Origin header.*?</tr>", text)
    assert row is not None
    assert '<a href="#finding-0">F001</a>' in row[0]
    assert row[0].count("<i>violated</i>") == 2


def test_only_exchanges_that_findings_cite_are_embedded() -> None:
    text = render(RICH)
    assert "<strong>x0002</strong>" in text
    assert "<strong>x0001</strong>" not in text


@pytest.mark.parametrize(("filling", "most"), [("x ", 2_000_000), ("<&>", 3_500_000)], ids=["text", "escaped"])
def test_a_report_with_very_many_findings_stays_small(filling: str, most: int) -> None:
    body = f'{{"jsonrpc":"2.0","result":["{filling * 20_000}"]}}'
    exchanges = tuple(replace(EXCHANGES[1], id=f"x{place}", body=body, messages=()) for place in range(50))
    ids = tuple(exchange.id for exchange in exchanges)
    many = tuple(
        replace(FINDINGS[0], id=f"F{place}", check=f"a/{place}", evidence=ids[place % 40 :]) for place in range(1000)
    )
    text = render(replace(RICH, findings=many, exchanges=exchanges))
    assert len(text) < most
    assert "600 more findings in report.json" in text


def test_a_finding_shows_what_to_do_its_advisories_and_how_to_see_it_again() -> None:
    text = render(RICH)
    assert '<pre id="reproduce-0" tabindex="0">curl -isS' in text
    assert 'data-copy="reproduce-0"' in text
    assert "<strong>confirmed</strong>: " in text
    assert 'href="https://github.com/advisories/GHSA-9h52-p55h-vw2f"' in text


def _marked(lines: list[Line]) -> list[str]:
    return [line.text.strip() for line in lines if line.marked]


def test_the_header_that_a_finding_is_about_is_marked() -> None:
    sent = EXCHANGES[1].sent.headers
    assert _marked(header_lines(sent, FINDINGS[0], Defect.of(FINDINGS[0], EXCHANGES[1]))) == [
        "origin: http://evil.example"
    ]


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("result.tools[0].inputSchema", "{"),
        ("tools[0].name", '"name": "a"'),
        ("tools[*].name", '"name": "a"'),
        ("tools[7]", '"tools": ['),
        ("", '"result": {'),
        ("params.x", ""),
        ("id", '"id": true,'),
        ("tools[99999999999999999999]", '"tools": ['),
    ],
)
def test_the_place_of_a_schema_violation_is_marked_or_the_place_where_it_would_be(path: str, marked: str) -> None:
    exchange = replace(EXCHANGES[0], violations=(SchemaViolation("ListToolsResult", path, "is required"),))
    message = {"id": True, "result": {"tools": [{"name": "a"}]}}
    defect = Defect.of(replace(FINDINGS[1], message="", subject=""), exchange)
    assert _marked(message_lines("{}", [message], defect)) == ([marked] if marked else [])


def test_what_the_sentence_quotes_and_the_name_of_the_subject_are_marked() -> None:
    defect = Defect("the tool add answered -32603 and Traceback for 'n'", "add")
    text = '{"error":{"code":-32603,"data":"Traceback"},"name":"add","n":1,"other":32603}'
    assert _marked(body_lines(text, defect)) == ['"code": -32603,', '"data": "Traceback"', '"name": "add",', '"n": 1,']


def test_what_is_cut_out_keeps_the_lines_that_matter() -> None:
    lines = [Line(f"line {place}", marked=place == 500) for place in range(1000)]
    text = drawn(lines, 100)
    assert "<mark>line 500</mark>" in text
    assert "line 499\n" in text
    assert "line 400" not in text
    assert "more lines in report.json" in text


@STEADY
@given(TEXTS, st.lists(JSON, max_size=2), TEXTS, st.lists(TEXTS, max_size=2), st.integers(0, 200))
def test_any_message_is_drawn_as_text(
    body: str, messages: list[object], said: str, paths: list[str], room: int
) -> None:
    defect = Defect(said, said, tuple(paths))
    text = drawn(message_lines(body, messages, defect), room) + drawn(body_lines(body, defect), room)
    assert not re.sub(r"</?mark>|<span class=\"cut\">|</span>", "", text).count("<")


def test_revisions_that_follow_each_other_are_put_together() -> None:
    assert spans([NEW, OLD]) == "2025-06-18 to 2025-11-25"
    assert spans([NEW]) == "2025-11-25"
    assert spans([]) == ""


def test_a_violation_is_told_apart_from_advice_that_is_not_followed() -> None:
    text = render(RICH)
    cells = re.findall(r'<a class="s (\w)"[^>]*aria-label="(\w+) at 2025-06-18', text)
    assert ("f", "http") in cells
    assert ("d", "tools") in cells


def test_the_figures_of_the_first_screen_are_those_of_the_report() -> None:
    text = render(RICH)
    assert "Score 34 of 100, grade F" in text
    assert re.search(r"critical and high findings</dt><dd>1<small>of 2 findings", text)
    failing = sum(result.status is Status.FAIL for result in RICH.results)
    assert f"{failing} fail</small>" in text


def test_what_was_not_observed_is_counted_in_words_that_say_what_is_counted() -> None:
    text = render(RICH)
    assert "<dt>verdicts not observed</dt><dd>2<small>of 10; 1 error</small>" in text
    assert '<a href="#unseen">3 verdicts, duties and features</a> not observed' in text


def test_a_critical_finding_that_is_not_told_in_full_leads_to_the_section() -> None:
    many = [replace(FINDINGS[0], id=f"F{place}", severity=Severity.CRITICAL) for place in range(400)]
    last = replace(FINDINGS[0], id="F400", check="a/last", title="The last one")
    text = render(replace(RICH, findings=(*many, last)))
    assert '<a href="#findings">The last one</a>' in text
    _refers_to_itself_only(Page(text))


def _cited(finding: Finding, exchange: Exchange) -> Report:
    return replace(
        RICH, findings=(replace(finding, severity=Severity.HIGH, evidence=(exchange.id,)),), exchanges=(exchange,)
    )


def test_what_did_not_come_back_is_marked_in_words() -> None:
    text = render(_cited(FINDINGS[1], EXCHANGES[3]))
    assert "<mark>reset</mark>" in text
    assert "connection reset by peer" in text
