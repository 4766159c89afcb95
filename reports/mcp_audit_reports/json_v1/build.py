"""From the model to the shape of report.json."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
from mcp_audit_harness import model
from mcp_audit_harness.model import Report, Status
from msgspec import UNSET, structs

from ..assessment import assess
from ..plain import dumped
from ..urgency import urgency
from . import shape
from .analysis import analysis_of
from .source import place_of, trail_of

MESSAGE_CHARACTERS = 64 * 1024
"""A message whose JSON is longer is left out of the report."""
EXCHANGE_CHARACTERS = 64 * 1024 * 1024
"""What is kept of all answers together; of those beyond, only such as findings cite keep what they hold."""
_HEADER_CHARACTERS = 8 * 1024
_SMALL = 4 * 1024
"""An answer that is shorter is kept in any case."""
_LEFT_OUT = "what it holds is left out of the report, which is long enough"


def build(report: Report) -> shape.ReportV1:
    """Return the report in the shape of version 1."""
    survey = report.survey
    return shape.ReportV1(
        schema_version="1",
        tool=shape.Tool(report.tool.name, report.tool.version),
        target=shape.Target(
            kind=report.target_kind,
            label=report.target_label,
            transport=survey.transport if survey else None,
            exposure=survey.exposure if survey else None,
        ),
        started_at=report.started_at,
        duration_s=report.duration_s,
        complete=report.complete,
        seed=report.seed,
        failure=report.failure,
        notes=report.notes,
        survey=_survey(survey) if survey else None,
        results=tuple(_result(result) for result in report.results),
        findings=tuple(_finding(finding) for finding in report.findings),
        exchanges=tuple(_exchanges(report)),
        matrix=tuple(row_of(row) for row in report.matrix),
        scores=_scores(report),
        coverage={item.revision: _coverage(item) for item in report.coverage},
        accepted=tuple(_accepted(item) for item in report.accepted) or UNSET,
        stale=report.stale or UNSET,
        **analysis_of(report, assess(report)),
    )


def _survey(survey: model.Survey) -> shape.Survey:
    newest_first = sorted(survey.offers, key=lambda offer: offer.revision, reverse=True)
    newest = newest_first[0] if newest_first else None
    notes = [f"{offer.revision}: {note}" for offer in survey.offers for note in offer.notes]
    return shape.Survey(
        server_info=newest.server_info if newest else {},
        revisions_offered=survey.revisions,
        capabilities={offer.revision: offer.capabilities for offer in survey.offers},
        instructions=newest.instructions if newest else "",
        tools=_united(newest_first, lambda offer: offer.tools, "name"),
        resources=_united(newest_first, lambda offer: offer.resources, "uri"),
        resource_templates=_united(newest_first, lambda offer: offer.resource_templates, "uriTemplate"),
        prompts=_united(newest_first, lambda offer: offer.prompts, "name"),
        auth=shape.Auth(survey.auth.required, survey.auth.scheme),
        notes=(*survey.notes, *notes),
    )


def _united(
    newest_first: Iterable[model.Offer], listed: Callable[[model.Offer], Iterable[model.JsonObject]], key: str
) -> tuple[model.JsonObject, ...]:
    """Return the items of the newest offer, and of each older one those whose key no newer one lists."""
    items: list[model.JsonObject] = []
    seen: set[str] = set()
    for offer in newest_first:
        added = [item for item in listed(offer) if _name(item, key) not in seen]
        items.extend(added)
        seen.update(_name(item, key) for item in added)
    return tuple(items)


def _name(item: model.JsonObject, key: str) -> str:
    return dumped(item.get(key, item))


def _result(result: model.Result) -> shape.Result:
    told = result.status in {Status.PASS, Status.FAIL}
    return shape.Result(
        check=result.check,
        title=result.title,
        revision=result.revision,
        status=result.status,
        reason="" if told else result.message,
        severity=result.severity,
        level=result.level,
        category=result.category,
        area=result.area,
        requirements=result.requirements,
        subject=result.subject,
        message=result.message if told else "",
        blame=result.blame,
        evidence=result.evidence,
        duration_ms=result.duration_ms,
    )


def _finding(finding: model.Finding) -> shape.Finding:
    return shape.Finding(
        id=finding.id,
        check=finding.check,
        revisions=finding.revisions,
        severity=finding.severity,
        level=finding.level,
        category=finding.category,
        title=finding.title,
        subject=finding.subject,
        message=finding.message,
        explanation=finding.explanation,
        remediation=finding.remediation,
        docs=finding.docs,
        evidence=finding.evidence,
        reproduce=finding.reproduce,
        fingerprint=finding.fingerprint,
        priority=urgency(finding).value,
        effort=finding.effort,
        when=urgency(finding).when,
        advisories=tuple(_advisory(item) for item in finding.advisories),
        places=tuple(place_of(place) for place in finding.places) or UNSET,
        trail=trail_of(finding.trail) or UNSET,
        rules=finding.rules or UNSET,
    )


def _accepted(item: model.Accepted) -> shape.Accepted:
    return shape.Accepted(_finding(item.finding), item.reason, item.expires)


def _advisory(item: model.NamedAdvisory) -> shape.NamedAdvisory:
    return shape.NamedAdvisory(
        id=item.id,
        aliases=item.aliases,
        package=item.package,
        affected=item.affected,
        fixed=item.fixed,
        relation=item.relation,
        reason=item.reason,
        url=item.url,
    )


def _exchanges(report: Report) -> Iterator[shape.Exchange]:
    """Yield every exchange; one that goes beyond the bound and is no evidence of a finding keeps its outcome only."""
    cited = {name for finding in report.findings for name in finding.evidence}
    room = EXCHANGE_CHARACTERS
    for exchange in report.exchanges:
        size = _size(exchange)
        if exchange.id in cited or size <= max(room, _SMALL):
            room -= size
            yield _exchange(exchange)
        else:
            note = "; ".join(filter(None, (exchange.note, _LEFT_OUT)))
            yield _exchange(replace(exchange, headers=(), body="", messages=(), events=(), strays=(), note=note))


def _size(exchange: model.Exchange) -> int:
    """Return about how many characters an answer takes in a report."""
    held = sum(len(event.data) for event in exchange.events) + sum(len(stray) for stray in exchange.strays)
    headers = sum(min(len(value), _HEADER_CHARACTERS) for _, value in exchange.headers)
    return 2 * (len(exchange.body) + held) + headers


def _exchange(exchange: model.Exchange) -> shape.Exchange:
    sent = exchange.sent
    return shape.Exchange(
        id=exchange.id,
        scenario=exchange.scenario,
        revision=exchange.revision,
        transport=exchange.transport,
        request=shape.Request(sent.verb, sent.path, _headers(sent.headers), sent.body, sent.method, sent.rpc_id),
        outcome=exchange.outcome,
        status=exchange.status,
        response=_response(exchange),
        elapsed_ms=exchange.elapsed_ms,
        note=exchange.note,
    )


def _response(exchange: model.Exchange) -> shape.Response:
    kept = tuple(message for message in exchange.messages if _fits(message))
    return shape.Response(
        headers=_headers(exchange.headers),
        body=exchange.body,
        messages=kept,
        messages_omitted=len(exchange.messages) - len(kept),
        events=tuple(shape.Event(item.event, item.data, item.id, item.retry) for item in exchange.events),
        strays=exchange.strays,
        violations=tuple(shape.Violation(item.definition, item.path, item.message) for item in exchange.violations),
    )


def _headers(headers: Iterable[tuple[str, str]]) -> tuple[shape.Header, ...]:
    return tuple(shape.Header(name, value[:_HEADER_CHARACTERS]) for name, value in headers)


def _fits(message: Any) -> bool:
    """Whether a message is kept; says no to a large one without having looked at all of it."""
    if _is_small(message):
        return True
    waiting, seen = [message], 0
    while waiting:
        value = waiting.pop()
        seen += len(value) + 2 if isinstance(value, str) else 1
        if seen > MESSAGE_CHARACTERS:
            return False
        if isinstance(value, dict):
            waiting.extend(itertools.islice(value.values(), MESSAGE_CHARACTERS))
            waiting.extend(itertools.islice(value.keys(), MESSAGE_CHARACTERS))
        elif isinstance(value, list):
            waiting.extend(itertools.islice(value, MESSAGE_CHARACTERS))
    return len(dumped(message)) <= MESSAGE_CHARACTERS


def _is_small(message: Any) -> bool:
    """Whether a message is half as long as may be kept, at most: its length with spaces need not be counted."""
    try:
        return 2 * len(msgspec.json.encode(message)) <= MESSAGE_CHARACTERS
    except (UnicodeEncodeError, OverflowError, RecursionError, msgspec.MsgspecError):
        return False


def row_of(row: model.MatrixRow) -> shape.MatrixRow:
    """Return a row of the matrix as it is written; what would be empty is left out."""
    return shape.MatrixRow(
        area=row.area,
        feature=row.feature,
        requirement=row.requirement,
        level=row.level,
        revision=row.revision,
        status=row.status,
        gap=row.gap,
        note=row.note,
        kind=row.kind,
        implementation=row.implementation,
        spec=row.spec or UNSET,
        needs=row.needs or UNSET,
        effort=row.effort or UNSET,
        since=row.since or UNSET,
        official=tuple(shape.OfficialVerdict(said.id, said.status) for said in row.official) or UNSET,
    )


def _scores(report: Report) -> shape.Scores:
    figure = report.overall
    overall = shape.OverallScore(figure.score, figure.grade, figure.formula) if figure else None
    fields = dict(zip(shape.Scores.__struct_encode_fields__, shape.Scores.__struct_fields__, strict=True))
    by_revision = {fields[str(score.revision)]: _score(score) for score in report.scores}
    return structs.replace(shape.Scores(overall), **by_revision)


def _score(score: model.RevisionScore) -> shape.RevisionScore:
    return shape.RevisionScore(
        must_pass=score.must_pass,
        must_total=score.must_total,
        should_pass=score.should_pass,
        should_total=score.should_total,
        compliance_percent=score.compliance_percent,
    )


def _coverage(item: model.Coverage) -> shape.Coverage:
    return shape.Coverage(item.requirements, item.checked, item.not_observable, item.excluded)
