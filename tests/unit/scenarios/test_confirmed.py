"""Checks that try what looks bad once more: one table for all of them."""

from collections.abc import Callable
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status, Transport
from mcp_audit_scenarios.attacks import (
    csrf,
    doubled_headers,
    http_surface,
    json_differentials,
    odd_batches,
    odd_headers,
    odd_requests,
    rebinding_forms,
    smuggling,
)
from mcp_audit_scenarios.attacks.confirmed import Tried, Tries, breaks

from tests.exchanges import exchange, refusal, silence, status, subjects

CONTROL = exchange(result={})
SERVED = exchange(result={})
REFUSED = exchange(status=403)
BROKEN = exchange(status=500)
PAGE = exchange(status=200, body="<p>", headers=(("content-type", "text/html"),))
INITIALIZED = exchange(result={"protocolVersion": "2025-11-25"})
OTHER_ID = exchange(result={}, rpc_id="audit", reply_id="aud")
FOLLOWED = exchange(status=400, note="connection left open; followed by: HTTP/1.1 404 Not Found")


def _forms(**fields: Any) -> rebinding_forms.OriginForms:
    facts: dict[str, Any] = dict.fromkeys(("parts", "spellings", "unspecified", "ports"), ())
    return rebinding_forms.OriginForms(
        **{**facts, "control": CONTROL, "foreign": REFUSED, "foreign_host": REFUSED, "local": True, **fields}
    )


def _dialects(**fields: Any) -> json_differentials.Dialects:
    facts: dict[str, Any] = dict.fromkeys(("dialects", "encodings", "names", "texts"), ())
    return json_differentials.Dialects(**{**facts, "control": CONTROL, "strangers": (REFUSED,), **fields})


def _batches(**fields: Any) -> odd_batches.OddBatches:
    return odd_batches.OddBatches(**{"control": CONTROL, "arrays": (), "initialize": (), **fields})


def _framings(**fields: Any) -> smuggling.Framings:
    return smuggling.Framings(
        **{"control": CONTROL, "within": (), "behind": (), "lengths": (), "codings": (), **fields}
    )


def _doubled(**fields: Any) -> doubled_headers.Doubled:
    facts: dict[str, Any] = {"origins": (), "hosts": (), "targets": (), "local": True}
    return doubled_headers.Doubled(
        **{**facts, "control": CONTROL, "foreign_origin": REFUSED, "foreign_host": REFUSED, **fields}
    )


def _tries(tries: tuple[Tried, ...]) -> Tries:
    return Tries(CONTROL, tries)


TABLE: list[tuple[Check, Callable[[tuple[Tried, ...]], Any], Exchange]] = [
    (rebinding_forms.matches_part_of_origin, lambda tries: _forms(parts=tries), SERVED),
    (rebinding_forms.trips_over_odd_origin, lambda tries: _forms(spellings=tries), BROKEN),
    (rebinding_forms.trusts_unspecified_address, lambda tries: _forms(unspecified=tries), SERVED),
    (rebinding_forms.trusts_any_local_port, lambda tries: _forms(ports=tries), SERVED),
    (csrf.serves_cross_site_post, lambda tries: csrf.CrossSitePosts(CONTROL, tries), SERVED),
    (csrf.serves_get, lambda tries: csrf.Links(CONTROL, tries), SERVED),
    (http_surface.serves_other_content_type, _tries, SERVED),
    (http_surface.trips_over_odd_accept, _tries, PAGE),
    (http_surface.serves_odd_verb, _tries, SERVED),
    (json_differentials.serves_almost_json, lambda tries: _dialects(dialects=tries), SERVED),
    (json_differentials.serves_invalid_utf_8, lambda tries: _dialects(encodings=tries), SERVED),
    (json_differentials.folds_odd_names, lambda tries: _dialects(names=tries), SERVED),
    (json_differentials.trips_over_odd_text, lambda tries: _dialects(texts=tries), BROKEN),
    (odd_requests.serves_odd_method, _tries, SERVED),
    (odd_requests.trips_over_odd_params, _tries, BROKEN),
    (odd_requests.trips_over_extreme_id, _tries, OTHER_ID),
    (odd_requests.trips_over_odd_token, _tries, BROKEN),
    (odd_requests.trips_over_stray_response, _tries, SERVED),
    (odd_batches.trips_over_odd_batch, lambda tries: _batches(arrays=tries), BROKEN),
    (odd_batches.serves_initialize_in_batch, lambda tries: _batches(initialize=tries), INITIALIZED),
    (smuggling.serves_what_is_hidden, lambda tries: _framings(within=tries), FOLLOWED),
    (smuggling.keeps_doubtful_connection, lambda tries: _framings(behind=tries), FOLLOWED),
    (smuggling.accepts_doubtful_length, lambda tries: _framings(lengths=tries), SERVED),
    (smuggling.accepts_doubtful_coding, lambda tries: _framings(codings=tries), SERVED),
    (odd_headers.reads_odd_base64, _tries, SERVED),
    (doubled_headers.accepts_doubled_origin, lambda tries: _doubled(origins=tries), SERVED),
    (doubled_headers.serves_doubled_host, lambda tries: _doubled(hosts=tries), SERVED),
    (doubled_headers.ignores_host_of_target, lambda tries: _doubled(targets=tries), SERVED),
]


@pytest.mark.parametrize(("check", "facts", "bad"), TABLE, ids=[check.id for check, _, _ in TABLE])
def test_what_looks_bad_twice_is_a_failure(
    check: Check, facts: Callable[[tuple[Tried, ...]], Any], bad: Exchange
) -> None:
    assert status(check, facts((Tried("an attack", bad, bad),))) is Status.FAIL
    assert status(check, facts((Tried("an attack", REFUSED),))) is Status.PASS
    assert status(check, facts((Tried("an attack", silence()),))) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("check", "facts", "bad"),
    [row for row in TABLE if row[0] is not rebinding_forms.trusts_any_local_port],
    ids=[check.id for check, _, _ in TABLE if check is not rebinding_forms.trusts_any_local_port],
)
def test_what_looks_bad_once_is_not_sure(
    check: Check, facts: Callable[[tuple[Tried, ...]], Any], bad: Exchange
) -> None:
    assert status(check, facts((Tried("an attack", bad, REFUSED),))) is Status.NOT_OBSERVED
    assert status(check, facts((Tried("an attack", bad),))) is Status.NOT_OBSERVED


def test_a_failure_names_what_was_sent() -> None:
    facts = _tries((Tried("the verb AUDIT", SERVED, SERVED),))
    assert subjects(http_surface.serves_odd_verb, facts) == ["message:the-verb-AUDIT"]


def test_where_every_origin_is_served_its_forms_are_not_judged() -> None:
    facts = _forms(foreign=SERVED)
    for check in (
        rebinding_forms.matches_part_of_origin,
        rebinding_forms.trips_over_odd_origin,
        rebinding_forms.trusts_unspecified_address,
        rebinding_forms.trusts_any_local_port,
    ):
        assert status(check, facts) is Status.NOT_OBSERVED
    assert status(doubled_headers.accepts_doubled_origin, _doubled(foreign_origin=SERVED)) is Status.NOT_OBSERVED
    assert status(doubled_headers.ignores_host_of_target, _doubled(foreign_host=SERVED)) is Status.NOT_OBSERVED


def test_local_names_of_a_remote_server_are_not_judged() -> None:
    facts = _forms(local=False)
    assert status(rebinding_forms.trusts_unspecified_address, facts) is Status.NOT_APPLICABLE
    assert status(rebinding_forms.trusts_any_local_port, facts) is Status.NOT_APPLICABLE
    assert status(doubled_headers.ignores_host_of_target, _doubled(local=False)) is Status.NOT_APPLICABLE


def test_where_any_name_is_served_none_is_folded() -> None:
    facts = _dialects(names=(Tried("a long s", SERVED, SERVED),), strangers=(SERVED,))
    assert status(json_differentials.folds_odd_names, facts) is Status.NOT_OBSERVED


def test_one_trusted_port_is_not_every_port() -> None:
    facts = _forms(ports=(Tried("port 1", SERVED, SERVED), Tried("port 2", REFUSED)))
    assert status(rebinding_forms.trusts_any_local_port, facts) is Status.PASS


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (BROKEN, True),
        (exchange(status=501), False),
        (exchange(status=503), False),
        (refusal(-32603), False),
        (exchange(outcome=Outcome.CLOSED, transport=Transport.STDIO), True),
        (exchange(outcome=Outcome.CLOSED), False),
        (silence(), False),
    ],
)
def test_a_server_error_or_the_end_of_a_process_is_a_break(answer: Exchange, expected: bool) -> None:
    assert breaks(answer) is expected
