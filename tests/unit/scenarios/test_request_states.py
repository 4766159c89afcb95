"""States are changed in the form in which they are written."""

import base64
import json

import pytest
from mcp_audit_scenarios.request_states import tampered


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def test_every_value_of_a_readable_state_is_changed_by_itself() -> None:
    assert set(tampered('{"step": 1, "who": {"admin": false, "name": "x"}, "list": [null]}')[:3]) == {
        '{"step": 2, "who": {"admin": false, "name": "x"}, "list": [null]}',
        '{"step": 1, "who": {"admin": true, "name": "x"}, "list": [null]}',
        '{"step": 1, "who": {"admin": false, "name": "x-mcp-audit"}, "list": [null]}',
    }


def test_a_state_in_base64_stays_in_base64() -> None:
    changed = tampered(encoded({"step": 1}))
    assert json.loads(base64.urlsafe_b64decode(changed[0])) == {"step": 2}


def test_the_payload_of_a_token_is_changed_and_its_signature_kept() -> None:
    head, payload, signature = tampered(f"{encoded({'alg': 'HS256'})}.{encoded({'sub': 'a'})}.sign")[0].split(".")
    assert json.loads(base64.urlsafe_b64decode(head)) == {"alg": "HS256"}
    assert json.loads(base64.urlsafe_b64decode(payload)) == {"sub": "a-mcp-audit"}
    assert signature == "sign"


@pytest.mark.parametrize("state", ["", "x", "v1.sealed", "=?base64?", "[[[[[[[[[[1]]]]]]]]]]", "\ud800", "{" * 5000])
def test_any_other_state_is_changed_in_the_middle(state: str) -> None:
    changed = tampered(state)
    assert changed
    assert state not in changed


def test_the_number_of_forms_is_bounded() -> None:
    assert len(tampered(json.dumps(dict.fromkeys(map(str, range(100)), 1)))) <= 7
