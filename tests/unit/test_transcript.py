import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.model import Exchange, Outcome, Revision, SchemaViolation, Sent, SseEvent, Transport
from mcp_audit_harness.session.redaction import inherited_secrets
from mcp_audit_harness.session.transcript import BODY_CHARACTERS, Transcript

REVISION = Revision.V2025_11_25


def draft(*messages: Any, sent: Sent | None = None, **fields: Any) -> Exchange:
    return Exchange(
        "",
        "a.scenario",
        str(fields.pop("revision", REVISION)),
        Transport.HTTP,
        sent or Sent("POST", method="tools/list", rpc_id=1),
        Outcome.ANSWERED,
        messages=messages,
        **fields,
    )


def quiet(*secrets: str) -> Transcript:
    return Transcript(secrets=secrets, tap=lambda *_: ())


def test_exchanges_are_numbered_in_the_order_of_their_recording() -> None:
    transcript = quiet()
    assert [transcript.record(draft()).id, transcript.record(draft()).id] == ["x0001", "x0002"]
    assert [exchange.id for exchange in transcript.exchanges] == ["x0001", "x0002"]


def test_exchanges_can_be_asked_for_by_revision() -> None:
    transcript = quiet()
    transcript.record(draft())
    other = transcript.record(draft(revision=Revision.V2024_11_05))
    assert transcript.at(Revision.V2024_11_05) == transcript.at("2024-11-05") == (other,)


def test_texts_are_bounded_but_messages_stay_whole() -> None:
    long = "x" * (BODY_CHARACTERS + 1)
    recorded = quiet().record(draft({"long": long}, body=long, strays=(long,) * 500))
    assert len(recorded.body) == BODY_CHARACTERS
    assert recorded.messages == ({"long": long},)
    assert len(recorded.strays) == 100


@pytest.mark.parametrize("name", ["authorization", "cookie", "proxy-authorization"])
def test_values_of_credential_headers_are_never_kept(name: str) -> None:
    recorded = quiet().record(draft(sent=Sent("POST", headers=((name, "anything"),))))
    assert recorded.sent.headers == ((name, "[redacted]"),)


def test_a_short_secret_is_replaced_where_it_stands_alone() -> None:
    recorded = quiet("abc").record(draft("abc", "abcdef", sent=Sent("POST", headers=(("x-key", "abc"),))))
    assert recorded.messages == ("[redacted]", "abcdef")
    assert recorded.sent.headers == (("x-key", "[redacted]"),)


def recorded_with(secret: str) -> Exchange:
    """Return an exchange that had the secret in every corner."""
    body = json.dumps({"echo": secret})
    return quiet(secret).record(
        draft(
            {secret: [secret, {"a": "b" + secret}]},
            sent=Sent("POST", path=f"/{secret}", headers=(("x-key", secret),), body=body, method="m"),
            headers=(("x-echo", secret),),
            events=(SseEvent("message", secret),),
            body=body,
            strays=(secret,),
            note=secret,
            violations=(SchemaViolation("d", secret, secret),),
        )
    )


OUR_OWN_WORDS = repr(recorded_with("~~~~~~~~"))


@given(secret=st.text(min_size=6, max_size=12).filter(lambda text: text not in OUR_OWN_WORDS))
def test_a_secret_is_found_in_every_corner_of_an_exchange(secret: str) -> None:
    recorded = recorded_with(secret)
    assert secret not in repr(recorded)
    assert json.dumps(secret)[1:-1] not in recorded.body


def test_a_secret_across_the_bound_of_a_body_is_replaced_first() -> None:
    body = "x" * (BODY_CHARACTERS - 3) + "hunter22"
    assert "hun" not in quiet("hunter22").record(draft(body=body)).body


def test_lone_surrogates_are_replaced_because_no_report_can_hold_them() -> None:
    recorded = quiet().record(draft({"a": "\ud800"}, body="\udfff"))
    assert recorded.messages == ({"a": "\ufffd"},)
    assert recorded.body == "\ufffd"


def test_every_object_is_held_against_the_schema_with_the_method_that_it_answers() -> None:
    seen: list[tuple[object, object]] = []

    def tap(message: dict[str, Any], revision: Revision, asked: str | None) -> Iterable[SchemaViolation]:
        assert revision is REVISION
        seen.append((message.get("id", message.get("method")), asked))
        return [SchemaViolation("D", "/", "wrong")] if message.get("id") == 1 else []

    reply = {"jsonrpc": "2.0", "id": 1, "result": {}}
    recorded = Transcript(tap=tap).record(draft({"method": "n"}, 5, [{"id": 9, "result": {}}], reply))
    assert seen == [("n", None), (9, None), (1, "tools/list")]
    assert recorded.violations == (SchemaViolation("D", "/", "wrong"),)


def test_the_method_that_a_reply_answers_can_be_given() -> None:
    seen: list[str | None] = []

    def tap(_message: dict[str, Any], _revision: Revision, asked: str | None) -> Iterable[SchemaViolation]:
        seen.append(asked)
        return ()

    Transcript(tap=tap).record(draft({"id": 1, "result": {}}), asked="initialize")
    assert seen == ["initialize"]


def test_events_are_bounded_as_a_whole_but_all_of_them_are_kept() -> None:
    events = tuple(SseEvent("e" * 5000, "d" * 100_000, "i" * 5000) for _ in range(4))
    recorded = quiet().record(draft(events=events)).events
    assert [len(event.data) for event in recorded] == [100_000, 100_000, 62_144, 0]
    assert {(len(event.event), len(event.id or "")) for event in recorded} == {(2048, 2048)}


def test_violations_of_one_exchange_are_bounded() -> None:
    endless = Transcript(tap=lambda *_: (SchemaViolation("a", "b", "c") for _ in range(10_000)))
    assert len(endless.record(draft({"jsonrpc": "2.0"})).violations) == 200


def test_whoever_holds_the_run_is_told_once_that_a_target_has_sent_too_much() -> None:
    transcript, calls = quiet(), []
    transcript.on_full = lambda: calls.append(len(transcript.exchanges))
    for _ in range(5):
        transcript.record(draft(body="{}," * 1_000_000))
    assert calls == [2]


def test_a_violation_quotes_only_so_much_of_what_was_sent() -> None:
    tapped = Transcript(tap=lambda *_: [SchemaViolation("Request", "/method", "m" * 100_000)])
    (violation,) = tapped.record(draft({"jsonrpc": "2.0"})).violations
    assert len(violation.message) == 4096


def test_what_a_child_inherits_under_a_secret_name_is_not_recorded() -> None:
    environment = {"GITHUB_TOKEN": "abcdefgh", "DB_PASSWORD": "ijklmnop", "HOME": "/home/somebody", "TOKEN": "short"}
    assert inherited_secrets(environment) == ("abcdefgh", "ijklmnop")
