"""What servers show over HTTP, judged on hand-built exchanges."""

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks import (
    doubled_headers,
    http_disclosures,
    json_differentials,
    odd_batches,
    side_endpoints,
)
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status

CONTROL = exchange(result={}, body="{}")
SERVED = exchange(result={})
NOT_FOUND = exchange(status=404, body="no")


def _surface(unknown: Exchange = NOT_FOUND, trace: Exchange = NOT_FOUND, **headers: str) -> http_disclosures.Surface:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return http_disclosures.Surface(exchange(result={}, body="{}", headers=fields), unknown, trace, "marker")


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (exchange(status=200, body="x-mcp-audit: marker"), Status.FAIL),
        (exchange(status=405), Status.PASS),
        (silence(), Status.NOT_OBSERVED),
    ],
)
def test_trace(trace: Exchange, expected: Status) -> None:
    assert status(http_disclosures.echoes_trace, _surface(trace=trace)) is expected


def test_versions_and_types() -> None:
    assert status(http_disclosures.names_its_version, _surface(server="Werkzeug/3.0.1 Python/3.11")) is Status.FAIL
    assert status(http_disclosures.names_its_version, _surface(server="uvicorn", x_powered_by="Express")) is Status.PASS
    assert status(http_disclosures.lets_types_be_guessed, _surface(x_content_type_options="nosniff")) is Status.PASS
    assert status(http_disclosures.lets_types_be_guessed, _surface()) is Status.FAIL


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<title>KeyError // Werkzeug Debugger</title>", Status.FAIL),
        ("You're seeing this error because you have <code>DEBUG = True</code> in", Status.FAIL),
        ("<pre>SyntaxError: Unexpected token<br> &nbsp; &nbsp;at JSON.parse", Status.FAIL),
        ("<pre>Cannot GET /audit</pre>", Status.PASS),
    ],
)
def test_debug_pages(body: str, expected: Status) -> None:
    page = exchange(status=500, body=body, headers=(("content-type", "text/html"),))
    assert status(http_disclosures.shows_debug_page, http_disclosures.Pages((page,), ())) is expected


def test_without_refusals_there_are_no_pages() -> None:
    assert status(http_disclosures.shows_debug_page, http_disclosures.Pages((), ())) is Status.NOT_OBSERVED


def _beside(pages: dict[str, Exchange], anonymous: Exchange = SERVED, **companions: Exchange) -> side_endpoints.Beside:
    return side_endpoints.Beside(
        CONTROL,
        NOT_FOUND,
        tuple(Trial(path, answer) for path, answer in pages.items()),
        anonymous,
        tuple(Trial(f"/{path}", answer) for path, answer in companions.items()),
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (exchange(status=200, body="HOST=a\nAPP_API_KEY=0123456789\n"), Status.FAIL),
        (exchange(status=200, body='{"db_password": "correct horse"}'), Status.PASS),
        (exchange(status=200, body='{"db_password": "correct-horse"}'), Status.FAIL),
        (exchange(status=200, body="API_KEY=${API_KEY}"), Status.PASS),
        (exchange(status=403, body="APP_API_KEY=0123456789"), Status.PASS),
        (exchange(status=200, body='{"status": "ok"}'), Status.PASS),
        (silence(), Status.NOT_OBSERVED),
    ],
)
def test_secrets_beside_the_endpoint(answer: Exchange, expected: Status) -> None:
    assert status(side_endpoints.side_endpoint_shows_secrets, _beside({"/.env": answer})) is expected


@pytest.mark.parametrize(
    ("anonymous", "companion", "expected"),
    [
        (exchange(status=401), SERVED, Status.FAIL),
        (exchange(status=401), exchange(status=401), Status.PASS),
        (exchange(status=401), silence(), Status.NOT_OBSERVED),
        (silence(), SERVED, Status.NOT_OBSERVED),
        (SERVED, SERVED, Status.NOT_APPLICABLE),
    ],
)
def test_companions(anonymous: Exchange, companion: Exchange, expected: Status) -> None:
    facts = _beside({}, anonymous, messages=companion)
    assert status(side_endpoints.companion_serves_anyone, facts) is expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((exchange(status=404, headers=(("x-audit-1", "injected"),)), NOT_FOUND), Status.FAIL),
        ((NOT_FOUND, NOT_FOUND), Status.PASS),
        ((silence(), silence()), Status.NOT_OBSERVED),
    ],
)
def test_injected_headers(answers: tuple[Exchange, ...], expected: Status) -> None:
    facts = doubled_headers.Injections(CONTROL, answers, "x-audit-1")
    assert status(doubled_headers.lets_headers_be_injected, facts) is expected


@pytest.mark.parametrize(
    ("stranger", "first", "again", "expected"),
    [
        (refusal(-32601), SERVED, SERVED, Status.FAIL),
        (refusal(-32601), SERVED, None, Status.NOT_OBSERVED),
        (refusal(-32601), refusal(-32601), None, Status.PASS),
        (refusal(-32601), silence(), None, Status.NOT_OBSERVED),
        (SERVED, SERVED, SERVED, Status.NOT_OBSERVED),
        (SERVED, refusal(-32600), None, Status.PASS),
        (silence(), SERVED, SERVED, Status.NOT_OBSERVED),
    ],
)
def test_which_of_two_methods_counts(
    stranger: Exchange, first: Exchange, again: Exchange | None, expected: Status
) -> None:
    facts = json_differentials.Doubles(CONTROL, stranger, first, SERVED, again)
    assert status(json_differentials.first_duplicate_counts, facts) is expected


PINGED = exchange(method="ping", result={})
LISTED = exchange(method="tools/list", result={"tools": []})
PINGED_LISTED = exchange(method="ping", result={"tools": []})
LISTED_PINGED = exchange(method="tools/list", result={})


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [
        (((PINGED_LISTED, LISTED), (PINGED, LISTED_PINGED)), Status.FAIL),
        (((PINGED, LISTED, silence(), LISTED_PINGED), (PINGED_LISTED, LISTED)), Status.FAIL),
        (((PINGED_LISTED, LISTED), (PINGED, LISTED)), Status.NOT_OBSERVED),
        (((PINGED, LISTED), (PINGED, LISTED)), Status.PASS),
        (((PINGED, LISTED), (PINGED, silence())), Status.NOT_OBSERVED),
        (((PINGED, exchange(status=400)),), Status.PASS),
        (((silence(), silence()),), Status.NOT_OBSERVED),
        ((), Status.NOT_OBSERVED),
    ],
)
def test_equal_ids(rounds: tuple[tuple[Exchange, ...], ...], expected: Status) -> None:
    facts = odd_batches.EqualIds(CONTROL, rounds)
    assert status(odd_batches.mixes_equal_ids, facts) is expected
