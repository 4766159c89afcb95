"""The checks of questions to the client judge hand-built rounds."""

import json
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, JsonObject, Presence, Status
from mcp_audit_scenarios.conformance import mrtr_answers, mrtr_questions, mrtr_states
from mcp_audit_scenarios.conformance.mrtr import Carried, Questions, Retried
from mcp_audit_scenarios.questions import Try, kind_of, plain_answers, repeated_keys

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
FORM = {"method": "elicitation/create", "params": {"message": "Who?", "requestedSchema": {"required": ["name"]}}}


def result(**members: Any) -> Exchange:
    return exchange(result={"resultType": "complete", "content": [], **members}, method="tools/call")


def question(requests: Any = ..., state: Any = None, **fields: Any) -> Exchange:
    found = {"a": FORM} if requests is ... else requests
    members = {"inputRequests": found, "requestState": state}
    given = {name: value for name, value in members.items() if value is not None}
    return exchange(result={"resultType": "input_required", **given}, method="tools/call", **fields)


def tried(answer: Exchange, subject: str = "tool:ask") -> Try:
    return Try(subject, "tools/call", {"name": "ask"}, answer)


def seen(
    *tries: Try,
    bare: tuple[tuple[Try, Exchange], ...] = (),
    retried: tuple[Retried, ...] = (),
    carried: tuple[Carried, ...] = (),
    repeated: tuple[Exchange, ...] = (),
) -> Questions:
    return Questions(tries, bare, retried, carried, repeated)


def ways(**spoiled: Exchange) -> Questions:
    """One request that is finished by its answers, and a right reaction to everything else."""
    right = {
        "whole": result(),
        "extra": result(),
        "partial": question(),
        "malformed": refusal(),
        "unreadable": refusal(),
    }
    asked = tried(question())
    return seen(asked, retried=(Retried(asked, **{**right, **spoiled}),))


def states(**spoiled: Any) -> Questions:
    right: dict[str, Any] = {
        "whole": result(),
        "absent": question(state="s"),
        "tampered": (refusal(),),
        "garbage": (refusal(), refusal()),
        "foreign": refusal(),
    }
    asked = tried(question(state="s"))
    return seen(asked, carried=(Carried(asked, **{**right, **spoiled}),))


OF_QUESTIONS = (
    mrtr_questions.empty_question,
    mrtr_questions.unknown_kind_of_question,
    mrtr_questions.repeated_question_key,
    mrtr_questions.asks_client_that_cannot_answer,
    mrtr_questions.wrong_error_for_missing_capability,
    mrtr_questions.abandoned_question_blocks,
)
OF_ANSWERS = (
    mrtr_answers.refuses_extra_answer,
    mrtr_answers.refuses_missing_answer,
    mrtr_answers.accepts_malformed_answer,
    mrtr_answers.unreadable_answers_without_error,
)
OF_STATES = (mrtr_states.accepts_tampered_state, mrtr_states.accepts_foreign_state, mrtr_states.trips_over_odd_state)


@pytest.mark.parametrize("check", [*OF_QUESTIONS, *OF_ANSWERS, *OF_STATES])
def test_where_nobody_asks_nothing_is_observed(check: Check) -> None:
    assert status(check, seen(tried(result()))) is UNSEEN


@pytest.mark.parametrize(
    ("check", "answer", "expected"),
    [
        (mrtr_questions.empty_question, question(), PASS),
        (mrtr_questions.empty_question, question(None, "state"), PASS),
        (mrtr_questions.empty_question, question(None), FAIL),
        (mrtr_questions.unknown_kind_of_question, question(), PASS),
        (mrtr_questions.unknown_kind_of_question, question({"a": {"method": "roots/list"}}), PASS),
        (mrtr_questions.unknown_kind_of_question, question({"a": {"method": "ping"}}), FAIL),
        (mrtr_questions.unknown_kind_of_question, question({"a": {"method": ["roots/list"]}}), FAIL),
        (mrtr_questions.unknown_kind_of_question, question({"a": "Who?"}), FAIL),
        (mrtr_questions.unknown_kind_of_question, question(["Who?"]), FAIL),
        (mrtr_questions.unknown_kind_of_question, question(None, "state"), UNSEEN),
        (mrtr_questions.repeated_question_key, question(body='{"inputRequests":{"a":{},"b":{}}}'), PASS),
        (mrtr_questions.repeated_question_key, question(body='{"inputRequests":{"a":{},"a":{}}}'), FAIL),
    ],
)
def test_what_a_question_says(check: Check, answer: Exchange, expected: Status) -> None:
    assert status(check, seen(tried(answer))) is expected


@pytest.mark.parametrize(
    ("bare", "asks", "code"),
    [
        (refusal(-32021), PASS, FAIL),
        (refusal(-32602), PASS, FAIL),
        (result(), PASS, UNSEEN),
        (result(isError=True), PASS, UNSEEN),
        (question(), FAIL, UNSEEN),
        (silence(), UNSEEN, UNSEEN),
        (
            exchange(error={"code": -32021, "message": "no", "data": {"requiredCapabilities": {"roots": {}}}}),
            PASS,
            PASS,
        ),
    ],
)
def test_a_client_that_cannot_answer(bare: Exchange, asks: Status, code: Status) -> None:
    facts = seen(tried(question()), bare=((tried(question()), bare),))
    assert status(mrtr_questions.asks_client_that_cannot_answer, facts) is asks
    assert status(mrtr_questions.wrong_error_for_missing_capability, facts) is code


@pytest.mark.parametrize(("last", "expected"), [(question(), PASS), (refusal(), FAIL), (silence(), UNSEEN)])
def test_questions_that_nobody_answers(last: Exchange, expected: Status) -> None:
    facts = seen(tried(question()), repeated=(question(), last))
    assert status(mrtr_questions.abandoned_question_blocks, facts) is expected


@pytest.mark.parametrize(
    ("check", "way", "answer", "expected"),
    [
        (mrtr_answers.refuses_extra_answer, "extra", result(), PASS),
        (mrtr_answers.refuses_extra_answer, "extra", refusal(), FAIL),
        (mrtr_answers.refuses_extra_answer, "extra", result(isError=True), FAIL),
        (mrtr_answers.refuses_missing_answer, "partial", question(), PASS),
        (mrtr_answers.refuses_missing_answer, "partial", result(), PASS),
        (mrtr_answers.refuses_missing_answer, "partial", refusal(), FAIL),
        (mrtr_answers.accepts_malformed_answer, "malformed", question(), PASS),
        (mrtr_answers.accepts_malformed_answer, "malformed", result(isError=True), PASS),
        (mrtr_answers.accepts_malformed_answer, "malformed", result(), FAIL),
        (mrtr_answers.unreadable_answers_without_error, "unreadable", refusal(), PASS),
        (mrtr_answers.unreadable_answers_without_error, "unreadable", result(), FAIL),
        (mrtr_answers.unreadable_answers_without_error, "unreadable", question(), FAIL),
        (mrtr_answers.unreadable_answers_without_error, "unreadable", silence(), UNSEEN),
    ],
)
def test_ways_back(check: Check, way: str, answer: Exchange, expected: Status) -> None:
    assert status(check, ways(**{way: answer})) is expected


@pytest.mark.parametrize("check", OF_ANSWERS)
def test_a_question_that_cannot_be_answered_is_no_control(check: Check) -> None:
    assert status(check, ways(whole=refusal(), extra=refusal(), malformed=result(), unreadable=result())) is UNSEEN


@pytest.mark.parametrize(
    ("check", "member", "answer", "expected"),
    [
        (mrtr_states.accepts_tampered_state, "tampered", (refusal(), question()), PASS),
        (mrtr_states.accepts_tampered_state, "tampered", (refusal(), result()), FAIL),
        (mrtr_states.accepts_foreign_state, "foreign", refusal(), PASS),
        (mrtr_states.accepts_foreign_state, "foreign", result(), FAIL),
        (mrtr_states.accepts_foreign_state, "foreign", None, UNSEEN),
        (mrtr_states.trips_over_odd_state, "garbage", (refusal(), refusal()), PASS),
        (mrtr_states.trips_over_odd_state, "garbage", (refusal(-32603),), FAIL),
        (mrtr_states.trips_over_odd_state, "garbage", (exchange(status=502, error={"code": 1, "message": ""}),), FAIL),
        (mrtr_states.trips_over_odd_state, "garbage", (result(),), FAIL),
    ],
)
def test_states_that_were_not_handed_out(check: Check, member: str, answer: Any, expected: Status) -> None:
    assert status(check, states(**{member: answer})) is expected


def test_a_state_that_nothing_depends_on_needs_no_protection() -> None:
    facts = states(absent=result(), tampered=(result(),), foreign=result())
    assert status(mrtr_states.accepts_tampered_state, facts) is UNSEEN
    assert status(mrtr_states.accepts_foreign_state, facts) is UNSEEN


def test_features_are_seen_where_somebody_asks() -> None:
    facts = seen(tried(question(state="s")))
    assert mrtr_questions.questions_to_the_client.sight(facts).presence is Presence.IMPLEMENTED
    assert mrtr_questions.request_state.sight(facts).presence is Presence.IMPLEMENTED
    assert mrtr_questions.questions_to_the_client.sight(seen()).presence is Presence.UNSEEN
    assert mrtr_questions.request_state.sight(seen()).presence is Presence.UNSEEN


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (question(), "question"),
        (result(), "result"),
        (result(isError=True), "tool error"),
        (refusal(), "error"),
        (silence(), "nothing"),
    ],
)
def test_kinds_of_answers(answer: Exchange, kind: str) -> None:
    assert kind_of(answer) == kind


def test_each_kind_of_question_gets_an_answer_of_its_kind() -> None:
    requests: JsonObject = {
        "form": FORM,
        "page": {"method": "elicitation/create", "params": {"mode": "url", "url": "https://example.com"}},
        "model": {"method": "sampling/createMessage", "params": {}},
        "roots": {"method": "roots/list"},
        "odd": 7,
    }
    answers = plain_answers(requests)
    assert answers["form"] == {"action": "accept", "content": {"name": "mcp-audit"}}
    assert answers["page"] == {"action": "accept"}
    assert answers["model"]["role"] == "assistant"
    assert answers["roots"]["roots"][0]["uri"].startswith("file:///")
    assert answers["odd"] == {"action": "accept"}


def test_repeated_keys_are_found_in_events_and_lines_too() -> None:
    text = '{"result":{"inputRequests":{"a":{},"a":{}}}}'
    assert repeated_keys(exchange(body=f"{text}\n{{}}")) == ("a",)
    assert repeated_keys(exchange(body="inputRequests, but no JSON")) == ()
    assert repeated_keys(exchange(body=json.dumps({"a": [{"inputRequests": {"b": 1}}]}))) == ()
