"""Questions of servers, judged by hand-built facts: who was asked what, and what became of the answer."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from mcp_audit_harness.model import Call, Consent, Exchange, Outcome, Presence, Status
from mcp_audit_scenarios.conformance.asking import Client, Consultation, Question, candidates, input_requests
from mcp_audit_scenarios.conformance.client_features import (
    elicitation_defaults,
    elicitation_pages,
    elicitation_titled_choices,
    roots_requests,
    sampling_tools,
)
from mcp_audit_scenarios.conformance.client_replies import (
    ACCEPT,
    CANCEL,
    DECLINE,
    LOOP,
    MARKER,
    MOST_USES,
    SILENT,
    WRONG,
    filled_in,
    reply,
    wrong_content,
)
from mcp_audit_scenarios.conformance.elicitation import (
    asks_for_secret,
    hands_over_credentials,
    invalid_url,
    link_in_form,
    personal_data_in_url,
    preauthenticated_url,
    url_without_tls,
)
from mcp_audit_scenarios.conformance.elicitation_outcomes import (
    completes_for_others,
    completes_unknown_id,
    decline_counts_as_acceptance,
    required_error_of_other_mode,
    required_error_without_list,
    required_error_without_need,
    takes_unfit_content,
    uses_undeclared_mode,
)
from mcp_audit_scenarios.conformance.exploration import Asking
from mcp_audit_scenarios.conformance.roots import asks_undeclared_roots
from mcp_audit_scenarios.conformance.sampled_results import tool_result_breaks_schema
from mcp_audit_scenarios.conformance.sampling import (
    asks_undeclared_sampling,
    context_without_capability,
    endless_tool_loop,
    leaves_tool_use_unanswered,
    mixes_tool_results,
    result_of_unknown_use,
    takes_unknown_content,
    tools_without_capability,
)

from tests.exchanges import exchange, silence, status, subjects

NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
ON_EXPLORATION = (
    asks_for_secret,
    hands_over_credentials,
    invalid_url,
    link_in_form,
    personal_data_in_url,
    preauthenticated_url,
    url_without_tls,
    completes_for_others,
    completes_unknown_id,
    decline_counts_as_acceptance,
    required_error_of_other_mode,
    required_error_without_list,
    required_error_without_need,
    takes_unfit_content,
    uses_undeclared_mode,
    asks_undeclared_roots,
    tool_result_breaks_schema,
    asks_undeclared_sampling,
    context_without_capability,
    endless_tool_loop,
    leaves_tool_use_unanswered,
    mixes_tool_results,
    result_of_unknown_use,
    takes_unknown_content,
    tools_without_capability,
)


def form(schema: Any = NAME, message: str = "Who are you?") -> Question:
    return Question("elicitation/create", {"message": message, "requestedSchema": schema}, {}, rpc_id=1)


def page(url: str, identity: str = "e1") -> Question:
    params = {"mode": "url", "message": "Open this", "url": url, "elicitationId": identity}
    return Question("elicitation/create", params, {"action": "accept"}, rpc_id=1)


def sample(*messages: Any, **params: Any) -> Question:
    return Question("sampling/createMessage", {"messages": list(messages), **params}, {}, rpc_id=1)


def said(text: str, *, wrong: bool = False, before: tuple[Any, ...] = ()) -> Exchange:
    result = {"content": [{"type": "text", "text": text}], "isError": wrong}
    messages = (*before, {"jsonrpc": "2.0", "id": 1, "result": result})
    return exchange(messages=messages, method="tools/call", body=json.dumps(result))


def call(*questions: Question, manner: str = ACCEPT, end: Exchange | None = None, declared: Any = None) -> Consultation:
    return Consultation("ask", manner, questions, end or said("done"), declared=declared)


def asked(*calls: Consultation, restricted: tuple[Consultation, ...] = (), **more: Any) -> Asking:
    return Asking(calls, restricted, **more)


@pytest.mark.parametrize("check", ON_EXPLORATION, ids=lambda check: check.id)
def test_a_server_whose_tools_ask_nothing_gives_nothing_to_judge(check: Any) -> None:
    assert status(check, Asking()) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    "field",
    [
        {"password": {"type": "string"}},
        {"apiKey": {"type": "string"}},
        {"card-number": {"type": "string"}},
        {"value": {"type": "string", "title": "Access Token"}},
        {"value": {"type": "string", "format": "password"}},
    ],
)
def test_a_form_with_a_field_for_a_secret_is_found(field: Any) -> None:
    seen = asked(call(form({"type": "object", "properties": field})))
    assert subjects(asks_for_secret, seen) == ["tool:ask"]


@pytest.mark.parametrize(
    "field",
    [
        {"max_tokens": {"type": "integer"}},
        {"tokenCount": {"type": "string"}},
        {"resetPassword": {"type": "boolean"}},
        {"secretary": {"type": "string"}},
        {"author": {"type": "string", "title": "Key person"}},
        {"password": {"type": "string", "enum": ["show", "hide"]}},
    ],
)
def test_a_field_that_only_sounds_like_a_secret_is_none(field: Any) -> None:
    assert status(asks_for_secret, asked(call(form({"type": "object", "properties": field})))) is Status.PASS


def test_a_link_in_a_form_is_found_and_an_example_is_not() -> None:
    assert subjects(link_in_form, asked(call(form(message="See https://pages.test/a")))) == ["tool:ask"]
    assert status(link_in_form, asked(call(form(message="Like https://docs.example.com/a")))) is Status.PASS


@pytest.mark.parametrize(
    ("url", "checks"),
    [
        ("https://pages.test/open?state=0f3c", ()),
        ("http://localhost:8080/open", ()),
        ("http://127.0.0.1/open", ()),
        ("https:///open", (invalid_url,)),
        ("/open", (invalid_url,)),
        ("https://pages.test/with blank", (invalid_url,)),
        ("http://pages.test/open", (url_without_tls,)),
        ("https://pages.test/open?for=alice%40example.org", (personal_data_in_url,)),
        ("https://pages.test/open?access_token=abc", (preauthenticated_url,)),
        ("https://me:secret@pages.test/open", (preauthenticated_url,)),
        ("https://pages.test/eyJhbGciOiJub25l.eyJzdWIiOiJhbGlj.x", (preauthenticated_url,)),
    ],
)
def test_the_address_of_a_page_is_judged(url: str, checks: tuple[Any, ...]) -> None:
    seen = asked(call(page(url)))
    every = (invalid_url, url_without_tls, personal_data_in_url, preauthenticated_url)
    assert [check for check in every if status(check, seen) is Status.FAIL] == list(checks)


def test_pages_of_a_refusal_are_judged_too() -> None:
    entry = {"mode": "url", "url": "http://pages.test/a", "elicitationId": "e", "message": "Open"}
    end = exchange(error={"code": -32042, "message": "open", "data": {"elicitations": [entry]}}, method="tools/call")
    assert subjects(url_without_tls, asked(call(end=end))) == ["tool:ask"]


def test_a_token_in_the_result_after_a_page_is_found() -> None:
    question = page("https://pages.test/a")
    assert status(hands_over_credentials, asked(call(question))) is Status.PASS
    leak = said("token ya29." + "a" * 40)
    assert subjects(hands_over_credentials, asked(call(question, end=leak))) == ["tool:ask"]


def test_declining_has_to_make_a_difference() -> None:
    accepted = call(form(), end=said("Hello, x"))
    for manner in (DECLINE, CANCEL):
        same = call(form(), manner=manner, end=said("Hello, x"))
        other = call(form(), manner=manner, end=said("Hello, stranger"))
        assert subjects(decline_counts_as_acceptance, asked(accepted, same)) == ["tool:ask"]
        assert status(decline_counts_as_acceptance, asked(accepted, other)) is Status.PASS


def test_a_form_that_can_be_left_as_it_is_tells_nothing_of_declining() -> None:
    schema = {"type": "object", "properties": {"unit": {"type": "string", "default": "m"}}, "required": ["unit"]}
    calls = (call(form(schema)), call(form(schema), manner=DECLINE))
    assert status(decline_counts_as_acceptance, asked(*calls)) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (said("no", wrong=True), Status.PASS),
        (exchange(error={"code": -32602, "message": "no"}, method="tools/call"), Status.PASS),
        (said(f"Hello, {MARKER}"), Status.FAIL),
        (said("done"), Status.FAIL),
        (said(f"1 validation error: {MARKER}"), Status.NOT_OBSERVED),
        (said(f"I did not understand {MARKER}"), Status.NOT_OBSERVED),
        (said("something else"), Status.NOT_OBSERVED),
    ],
)
def test_content_of_other_types_has_to_be_refused(end: Exchange, expected: Status) -> None:
    seen = asked(call(form()), call(form(), manner=WRONG, end=end))
    assert status(takes_unfit_content, seen) is expected


def test_asking_again_is_an_answer_to_content_that_does_not_fit() -> None:
    seen = asked(call(form()), call(form(), form(), manner=WRONG, end=said("well")))
    assert status(takes_unfit_content, seen) is Status.PASS


@pytest.mark.parametrize(
    ("declared", "question", "expected"),
    [
        ({"elicitation": {"form": {}}}, page("https://a.test/"), Status.FAIL),
        ({"elicitation": {"url": {}}}, form(), Status.FAIL),
        ({}, form(), Status.FAIL),
        ({"elicitation": {}}, form(), Status.PASS),
        ({"elicitation": {"url": {}}}, page("https://a.test/"), Status.PASS),
    ],
)
def test_only_declared_modes_may_be_used(declared: Any, question: Question, expected: Status) -> None:
    seen = asked(call(question), restricted=(call(question, declared=declared),))
    assert status(uses_undeclared_mode, seen) is expected


def required(data: Any) -> Asking:
    return asked(call(end=exchange(error={"code": -32042, "message": "open", "data": data}, method="tools/call")))


PAGE = {"mode": "url", "url": "https://a.test/", "elicitationId": "e", "message": "Open"}


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (None, required_error_without_list),
        ({"pages": [PAGE]}, required_error_without_list),
        ({"elicitations": []}, required_error_without_need),
        ({"elicitations": [PAGE, {"mode": "form"}]}, required_error_of_other_mode),
        ({"elicitations": [{"mode": "url", "url": "https://a.test/"}]}, required_error_of_other_mode),
    ],
)
def test_a_refusal_until_a_page_is_opened_has_to_list_pages(data: Any, check: Any) -> None:
    every = (required_error_without_list, required_error_without_need, required_error_of_other_mode)
    assert [found for found in every if status(found, required(data)) is Status.FAIL] == [check]
    assert {status(found, required({"elicitations": [PAGE]})) for found in every} == {Status.PASS}


def done(identity: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "notifications/elicitation/complete", "params": {"elicitationId": identity}}


def test_the_end_of_an_elicitation_is_announced_under_its_id() -> None:
    question = page("https://a.test/", "e1")
    assert status(completes_unknown_id, asked(call(question, end=said("x", before=(done("e1"),))))) is Status.PASS
    assert status(completes_unknown_id, asked(call(question, end=said("x", before=(done("e2"),))))) is Status.FAIL


def test_nobody_else_hears_of_the_end_of_an_elicitation() -> None:
    own = call(page("https://a.test/"), end=said("x", before=(done("e1"),)))
    quiet, loud = exchange(messages=(), verb="GET"), exchange(messages=(done("e1"),), verb="GET")
    assert status(completes_for_others, asked(own, others=(quiet,))) is Status.PASS
    assert status(completes_for_others, asked(own, others=(loud,))) is Status.FAIL
    assert status(completes_for_others, asked(own)) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("check", "question", "able"),
    [
        (asks_undeclared_sampling, sample(), {"elicitation": {}}),
        (tools_without_capability, sample(tools=[]), {"sampling": {}}),
        (tools_without_capability, sample(toolChoice={}), {"sampling": {}}),
        (context_without_capability, sample(includeContext="thisServer"), {"sampling": {}}),
        (asks_undeclared_roots, Question("roots/list", {}, {}), {"sampling": {}}),
    ],
)
def test_what_the_client_did_not_declare_is_not_asked(check: Any, question: Question, able: Any) -> None:
    unasked = call(end=said("This needs more", wrong=True), declared=able)
    assert status(check, asked(call(question), restricted=(unasked,))) is Status.PASS
    assert subjects(check, asked(call(question), restricted=(call(question, declared=able),))) == ["tool:ask"]


def test_sampling_without_tools_and_context_suits_every_client() -> None:
    seen = asked(call(sample()), restricted=(call(sample(includeContext="none"), declared={"sampling": {}}),))
    assert status(tools_without_capability, seen) is Status.PASS
    assert status(context_without_capability, seen) is Status.PASS


USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "u", "name": "double", "input": {}}]}
RESULT = {"type": "tool_result", "toolUseId": "u", "content": []}


def results(*items: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(items)}


@pytest.mark.parametrize(
    ("messages", "checks"),
    [
        ((USE, results(RESULT)), ()),
        ((USE,), (leaves_tool_use_unanswered,)),
        ((USE, results({"type": "text", "text": "no"})), (leaves_tool_use_unanswered,)),
        ((USE, results(RESULT, {"type": "text", "text": "there"})), (mixes_tool_results,)),
        ((USE, results(RESULT, {**RESULT, "toolUseId": "v"})), (result_of_unknown_use,)),
    ],
)
def test_every_use_of_a_tool_has_its_result(messages: tuple[Any, ...], checks: tuple[Any, ...]) -> None:
    seen = asked(call(sample(*messages)))
    every = (leaves_tool_use_unanswered, mixes_tool_results, result_of_unknown_use)
    assert [check for check in every if status(check, seen) is Status.FAIL] == list(checks)


def test_the_result_of_a_tool_has_to_fit_what_the_model_was_shown() -> None:
    schema = {"type": "object", "properties": {"number": {"type": "integer"}}}
    tools = [{"name": "double", "outputSchema": schema}]
    for number, expected in ((2, Status.PASS), ("two", Status.FAIL)):
        result = {**RESULT, "structuredContent": {"number": number}}
        assert status(tool_result_breaks_schema, asked(call(sample(USE, results(result), tools=tools)))) is expected


def test_a_loop_of_tools_has_to_end() -> None:
    ended = call(sample(), sample(), manner=LOOP, end=said("enough", wrong=True))
    endless = call(*[sample()] * (MOST_USES + 1), manner=LOOP)
    assert status(endless_tool_loop, asked(ended)) is Status.PASS
    assert status(endless_tool_loop, asked(endless)) is Status.FAIL


def test_content_of_an_unknown_type_has_to_be_refused() -> None:
    refused = call(sample(), manner=WRONG, end=said("no", wrong=True))
    taken = call(sample(), manner=WRONG, end=said(f"The model said {MARKER}"))
    assert status(takes_unknown_content, asked(refused)) is Status.PASS
    assert status(takes_unknown_content, asked(taken)) is Status.FAIL
    quoted = call(sample(), manner=WRONG, end=said(f"Sampling not supported or error: {MARKER}"))
    assert status(takes_unknown_content, asked(quoted)) is Status.NOT_OBSERVED


def test_features_of_clients_are_seen_where_they_are_used_and_never_missed() -> None:
    assert elicitation_pages.sight(asked(call(page("https://a.test/")))).presence is Presence.IMPLEMENTED
    assert elicitation_pages.sight(required({"elicitations": [PAGE]})).presence is Presence.IMPLEMENTED
    assert elicitation_pages.sight(asked(call(form()))).presence is Presence.UNSEEN
    assert sampling_tools.sight(asked(call(sample()))).presence is Presence.UNSEEN
    assert roots_requests.sight(asked(call(), before=(Question("roots/list", {}, {}),))).presence is (
        Presence.IMPLEMENTED
    )


def test_a_question_that_came_while_a_call_went_unanswered_is_shown_by_the_stream_that_brought_it() -> None:
    heard = exchange(messages=({"jsonrpc": "2.0", "id": 0, "method": "roots/list"},), verb="GET", method=None)
    unanswered = call(Question("roots/list", {}, {}), end=silence(method="tools/call"))
    assert heard.id in roots_requests.sight(asked(unanswered, asides=(heard,))).evidence
    before = asked(unanswered, before=(Question("roots/list", {}, {}),), asides=(heard,))
    assert heard.id in roots_requests.sight(before).evidence


def test_defaults_and_titles_are_missing_where_forms_could_have_them() -> None:
    plain = {"type": "object", "properties": {"size": {"type": "string", "enum": ["s", "l"]}}}
    rich = {"type": "object", "properties": {"size": {"oneOf": [{"const": "s", "title": "Small"}], "default": "s"}}}
    for sight in (elicitation_defaults.sight, elicitation_titled_choices.sight):
        assert sight(asked(call(form(plain)))).presence is Presence.MISSING
        assert sight(asked(call(form(rich)))).presence is Presence.IMPLEMENTED
        assert sight(Asking()).presence is Presence.UNSEEN
    assert elicitation_titled_choices.sight(asked(call(form()))).presence is Presence.UNSEEN


def test_forms_are_filled_in_as_they_ask() -> None:
    fields = {
        "mail": {"type": "string", "format": "email"},
        "sure": {"type": "boolean"},
        "one": {"type": "string", "oneOf": [{"const": "a", "title": "A"}]},
        "some": {"type": "array", "items": {"anyOf": [{"const": "b", "title": "B"}]}},
        "any": {"type": "array", "items": {"type": "string", "enum": ["c"]}},
        "long": {"type": "string", "minLength": 12},
        "given": {"type": "integer", "default": 7},
    }
    content = filled_in({"type": "object", "properties": fields})
    assert "@" in content.pop("mail")
    assert len(content.pop("long")) == 12
    assert content == {"sure": True, "one": "a", "some": ["b"], "any": ["c"], "given": 7}
    assert all(value == {MARKER: 1} for value in wrong_content({"properties": fields}).values())


def test_a_client_plays_each_manner() -> None:
    question = {"method": "elicitation/create", "params": {"requestedSchema": NAME}}
    assert reply(question, DECLINE) == {"action": "decline"}
    assert reply(question, CANCEL) == {"action": "cancel"}
    assert reply(question, SILENT) is None
    assert reply({"method": "tools/list"}, ACCEPT) == {"error": {"code": -32601, "message": "Method not found"}}
    offer = {"method": "sampling/createMessage", "params": {"tools": [{"name": "t", "inputSchema": {}}]}}
    for manner, uses in ((ACCEPT, 1), (LOOP, MOST_USES)):
        replies = [reply(offer, manner, earlier) or {} for earlier in range(MOST_USES + 2)]
        assert sum(answer["stopReason"] == "toolUse" for answer in replies) == uses


def test_a_client_remembers_what_it_was_asked() -> None:
    client = Client()
    assert client({"id": 7, "method": "roots/list"}) == {"roots": [{"uri": "file:///tmp/mcp-audit", "name": "root-0"}]}
    assert [(question.kind, question.rpc_id) for question in client.heard] == [("roots", 7)]


def test_an_interim_result_is_told_from_a_final_one() -> None:
    assert input_requests({"resultType": "input_required"}) == {}
    assert input_requests({"resultType": "complete"}) is None
    assert input_requests(None) is None


def chosen(consent: Consent, *exchanges: Exchange) -> list[str]:
    names = ["plain", "asks", "slow", *(f"new-{number}" for number in range(8)), "confirm_order"]
    probe = SimpleNamespace(
        transcript=exchanges, consent=consent, callable_tools=lambda: tuple({"name": name} for name in names)
    )
    return [tool["name"] for tool in candidates(probe)]


def test_only_tools_that_ask_or_are_not_known_are_called() -> None:
    def body(name: str) -> str:
        return json.dumps({"params": {"name": name}})

    question = {"jsonrpc": "2.0", "id": 9, "method": "elicitation/create"}
    plain = exchange(result={"content": []}, method="tools/call", sent_body=body("plain"))
    asks = exchange(messages=(question,), method="tools/call", sent_body=body("asks"))
    slow = exchange(messages=(), outcome=Outcome.SILENT, method="tools/call", sent_body=body("slow"))
    everything = chosen(Consent(call=Call.ALL), plain, asks, slow)
    assert everything == ["asks", *(f"new-{number}" for number in range(8)), "confirm_order", "slow"]
    few = chosen(Consent(), plain, asks, slow)
    assert few == ["asks", "new-0", "new-1", "new-2", "new-3", "new-4", "confirm_order", "slow"]
