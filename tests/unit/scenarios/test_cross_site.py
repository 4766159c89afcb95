"""What pages of other sites reach and read, judged on hand-built exchanges."""

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks import cross_origin, csrf
from mcp_audit_scenarios.attacks.eras_protection import Guards, Pair, one_is_guarded_less

from tests.exchanges import exchange, refusal, silence, status

CONTROL = exchange(result={})
SERVED = exchange(result={})
FORBIDDEN = exchange(status=403)
UPGRADED = exchange(status=101)
FIRST, SECOND = "https://a.attacker.example", "https://b.attacker.example"


def allowing(origin: str, *, result: bool = True, credentials: str = "false") -> Exchange:
    fields = {"access-control-allow-origin": origin, "access-control-allow-credentials": credentials}
    return exchange(result={} if result else None, headers=tuple(fields.items()))


def crossing(request: Exchange, other: Exchange | None, preflight: Exchange = FORBIDDEN) -> cross_origin.CrossOrigin:
    return cross_origin.CrossOrigin(CONTROL, FIRST, request, preflight, SECOND, other)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (crossing(allowing(FIRST, credentials="true"), allowing(SECOND, credentials="true")), Status.FAIL),
        (crossing(allowing(FIRST, credentials="true"), allowing("https://own.example")), Status.NOT_OBSERVED),
        (crossing(allowing("*", credentials="true"), allowing("*")), Status.PASS),
        (crossing(FORBIDDEN, None), Status.PASS),
        (crossing(silence(), None, silence()), Status.NOT_OBSERVED),
    ],
)
def test_two_unknown_origins_are_needed_for_reflection(facts: cross_origin.CrossOrigin, expected: Status) -> None:
    assert status(cross_origin.reflects_any_origin_in_cors, facts) is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (crossing(allowing("*"), allowing("*")), Status.FAIL),
        (crossing(allowing(FIRST), allowing(SECOND)), Status.FAIL),
        (crossing(allowing(FIRST), FORBIDDEN), Status.NOT_OBSERVED),
        (crossing(allowing("*", result=False), allowing("*", result=False)), Status.PASS),
        (crossing(SERVED, None), Status.PASS),
        (crossing(silence(), None), Status.NOT_OBSERVED),
    ],
)
def test_answers_that_pages_may_read(facts: cross_origin.CrossOrigin, expected: Status) -> None:
    assert status(cross_origin.lets_any_page_read, facts) is expected


@pytest.mark.parametrize(
    ("request_", "delete", "afterwards", "expected"),
    [
        (FORBIDDEN, exchange(status=200), exchange(status=404), Status.FAIL),
        (FORBIDDEN, FORBIDDEN, SERVED, Status.PASS),
        (FORBIDDEN, exchange(status=200), SERVED, Status.PASS),
        (SERVED, exchange(status=200), exchange(status=404), Status.NOT_OBSERVED),
        (FORBIDDEN, silence(), SERVED, Status.NOT_OBSERVED),
    ],
)
def test_a_foreign_page_must_not_end_a_session(
    request_: Exchange, delete: Exchange, afterwards: Exchange, expected: Status
) -> None:
    facts = cross_origin.Ending(CONTROL, request_, delete, afterwards)
    assert status(cross_origin.ends_session_for_foreign_origin, facts) is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (csrf.Upgrades(exchange(status=404), None, None), Status.NOT_APPLICABLE),
        (csrf.Upgrades(UPGRADED, FORBIDDEN, None), Status.PASS),
        (csrf.Upgrades(UPGRADED, UPGRADED, UPGRADED), Status.FAIL),
        (csrf.Upgrades(UPGRADED, UPGRADED, FORBIDDEN), Status.NOT_OBSERVED),
        (csrf.Upgrades(UPGRADED, silence(), None), Status.NOT_OBSERVED),
    ],
)
def test_a_foreign_page_must_not_open_a_websocket(facts: csrf.Upgrades, expected: Status) -> None:
    assert status(csrf.upgrades_for_foreign_origin, facts) is expected


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ((SERVED, SERVED), (FORBIDDEN, FORBIDDEN), Status.FAIL),
        ((FORBIDDEN, FORBIDDEN), (SERVED, SERVED), Status.FAIL),
        ((SERVED, FORBIDDEN), (FORBIDDEN, FORBIDDEN), Status.PASS),
        ((SERVED, SERVED), (silence(), silence()), Status.PASS),
        ((FORBIDDEN,), (refusal(-32020, status=400),), Status.PASS),
        ((silence(),), (silence(),), Status.NOT_OBSERVED),
    ],
)
def test_both_eras_are_guarded_alike(
    older: tuple[Exchange, ...], newer: tuple[Exchange, ...], expected: Status
) -> None:
    assert status(one_is_guarded_less, Guards(CONTROL, CONTROL, (Pair("a", older, newer),))) is expected


def test_eras_that_serve_nothing_are_not_compared() -> None:
    assert status(one_is_guarded_less, Guards(FORBIDDEN, CONTROL, ())) is Status.NOT_OBSERVED
