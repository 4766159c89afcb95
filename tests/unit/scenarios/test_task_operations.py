"""The checks of ids, lists, cancellation, questions and support of tasks judge hand-built exchanges."""

from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import (
    task_cancelling,
    task_ids,
    task_input,
    task_isolation,
    task_owners,
    task_references,
    task_support,
    task_traffic,
)
from mcp_audit_scenarios.conformance.task_calls import RELATED

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL, UNSEEN, NOT_APPLICABLE = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE
TEXT = {"content": [{"type": "text", "text": "done"}]}
RANDOM = ("9fK2", "hQx7", "Zt0b", "mE4c", "Lw8d", "uR1s")
GOOD = tuple(f"{head}{tail}{head[::-1]}{tail}" for head, tail in zip(RANDOM, reversed(RANDOM), strict=True))
MOMENT = "2025-11-25T10:30:00Z"


def task(name: Any = "t1", state: str = "working", **more: Any) -> dict[str, Any]:
    return {"taskId": name, "status": state, "createdAt": MOMENT, "lastUpdatedAt": MOMENT, "ttl": None, **more}


def created(name: Any = "t1", state: str = "working") -> Exchange:
    return exchange(result={"task": task(name, state)}, method="tools/call")


def got(name: Any = "t1", state: str = "working", **more: Any) -> Exchange:
    return exchange(result=task(name, state, **more), method="tasks/get")


def page(*names: str, cursor: str | None = None) -> Exchange:
    result: dict[str, Any] = {"tasks": [task(name) for name in names]}
    return exchange(result=result if cursor is None else {**result, "nextCursor": cursor}, method="tasks/list")


def told(meta: dict[str, Any] | None = None) -> Exchange:
    params = task() if meta is None else {**task(), "_meta": meta}
    return exchange(messages=({"jsonrpc": "2.0", "method": "notifications/tasks/status", "params": params},))


COUNTED = tuple(created(f"task-{number}") for number in range(8))


def several(**changes: Any) -> task_ids.SeveralTasks:
    facts = task_ids.SeveralTasks(
        tuple(created(name) for name in GOOD), "mine", created("own"), (page(*GOOD),), True, (), False
    )
    return replace(facts, **changes)


@pytest.mark.parametrize(
    ("check", "changes", "expected"),
    [
        (task_ids.id_repeats, {}, PASS),
        (task_ids.id_repeats, {"created": (created("a"), created("b"), created("a"))}, FAIL),
        (task_ids.id_repeats, {"created": (created("a"), refusal())}, UNSEEN),
        (task_ids.id_guessable, {}, PASS),
        (task_ids.id_guessable, {"created": COUNTED}, FAIL),
        (
            task_ids.id_guessable,
            {"created": tuple(created(f"{number}") for number in range(8)), "bound": True},
            NOT_APPLICABLE,
        ),
        (task_ids.id_guessable, {"created": (created("a"),) * 8}, UNSEEN),
        (task_ids.adopts_client_id, {}, PASS),
        (task_ids.adopts_client_id, {"adopting": created("mine")}, FAIL),
        (task_ids.adopts_client_id, {"adopting": refusal()}, UNSEEN),
        (task_ids.list_incomplete, {}, PASS),
        (task_ids.list_incomplete, {"pages": (page(*GOOD[1:]),), "unlisted": (got(GOOD[0]),)}, FAIL),
        (task_ids.list_incomplete, {"pages": (page(*GOOD[1:]),), "unlisted": (refusal(),)}, PASS),
        (task_ids.list_incomplete, {"pages": (page(cursor="more"),), "whole": False}, UNSEEN),
        (task_ids.list_incomplete, {"pages": ()}, NOT_APPLICABLE),
    ],
)
def test_several_tasks(check: Check, changes: dict[str, Any], expected: Status) -> None:
    assert status(check, several(**changes)) is expected


def references(**changes: Any) -> task_references.OddReferences:
    facts = task_references.OddReferences(
        ("t1", "t2"), got("t1"), got("t1"), (), (refusal(), refusal(), refusal()), page("t1", "t2"), refusal()
    )
    return replace(facts, **changes)


@pytest.mark.parametrize(
    ("check", "changes", "expected"),
    [
        (task_references.follows_related_task, {}, PASS),
        (task_references.follows_related_task, {"contradicting": got("t2")}, FAIL),
        (task_references.follows_related_task, {"contradicting": refusal()}, FAIL),
        (task_references.follows_related_task, {"contradicting": silence()}, UNSEEN),
        (task_references.follows_related_task, {"contradicting": silence(), "silences": (silence(), got())}, FAIL),
        (task_references.follows_related_task, {"contradicting": silence(), "silences": (got(), got())}, UNSEEN),
        (task_references.follows_related_task, {"contradicting": silence(), "silences": (silence(),) * 2}, UNSEEN),
        (task_references.follows_related_task, {"contradicting": told()}, UNSEEN),
        (task_references.follows_related_task, {"control": refusal()}, UNSEEN),
        (task_references.unknown_task_not_invalid_params, {}, PASS),
        (task_references.unknown_task_not_invalid_params, {"unknown": (refusal(), silence())}, PASS),
        (task_references.unknown_task_not_invalid_params, {"unknown": (refusal(), refusal(-32603))}, FAIL),
        (task_references.unknown_task_not_invalid_params, {"unknown": (got("t3"), refusal())}, FAIL),
        (task_references.unknown_task_not_invalid_params, {"unknown": (silence(),)}, UNSEEN),
        (task_references.unknown_task_not_invalid_params, {"control": refusal()}, UNSEEN),
        (task_references.unknown_cursor_not_invalid_params, {}, PASS),
        (task_references.unknown_cursor_not_invalid_params, {"cursor": refusal(-32600)}, FAIL),
        (task_references.unknown_cursor_not_invalid_params, {"cursor": page("t1")}, FAIL),
        (task_references.unknown_cursor_not_invalid_params, {"cursor": None, "listing": None}, NOT_APPLICABLE),
        (task_references.unknown_cursor_not_invalid_params, {"listing": silence()}, UNSEEN),
        (task_references.error_without_message, {}, PASS),
        (task_references.error_without_message, {"cursor": exchange(error={"code": -32602, "message": " "})}, FAIL),
        (task_references.error_without_message, {"unknown": (silence(),), "cursor": None}, UNSEEN),
    ],
)
def test_references(check: Check, changes: dict[str, Any], expected: Status) -> None:
    assert status(check, references(**changes)) is expected


def cancelled(**changes: Any) -> task_cancelling.Cancelled:
    gone = got(state="cancelled")
    return replace(task_cancelling.Cancelled("slow", got(), got(state="cancelled"), gone, gone), **changes)


@pytest.mark.parametrize(
    ("changes", "leaves", "goes_on"),
    [
        ({}, PASS, PASS),
        ({"cancel": got(state="working")}, FAIL, UNSEEN),
        ({"cancel": refusal()}, UNSEEN, UNSEEN),
        ({"cancel": silence()}, UNSEEN, UNSEEN),
        ({"later": got(state="completed")}, PASS, FAIL),
        ({"at_once": refusal(), "later": refusal()}, PASS, PASS),
        ({"at_once": silence(), "later": silence()}, PASS, UNSEEN),
    ],
)
def test_cancelling(changes: dict[str, Any], leaves: Status, goes_on: Status) -> None:
    facts = cancelled(**changes)
    assert status(task_cancelling.cancel_leaves_status, facts) is leaves
    assert status(task_cancelling.cancelled_task_goes_on, facts) is goes_on


@pytest.mark.parametrize(("message", "expected"), [("broke", PASS), ("", FAIL), (None, FAIL)])
def test_a_failed_task_says_why(message: str | None, expected: Status) -> None:
    final = got(state="failed", statusMessage=message)
    assert status(task_input.failure_without_message, task_input.FailedTask("bad", created(), final)) is expected


def question(meta: dict[str, Any] | None = None, **params: Any) -> Exchange:
    more = {} if meta is None else {"_meta": meta}
    asked = {"jsonrpc": "2.0", "id": 9, "method": "elicitation/create", "params": {"message": "?", **params, **more}}
    return exchange(messages=(asked,), method="tasks/result")


def asking(**changes: Any) -> task_input.AskingTask:
    facts = task_input.AskingTask(
        "ask",
        created(),
        question({RELATED: {"taskId": "t1"}}),
        got(state="input_required"),
        exchange(status=202),
        (got(state="completed"),),
    )
    return replace(facts, **changes)


STUCK = (got(state="input_required"),) * 2


@pytest.mark.parametrize(
    ("changes", "shown", "left", "related"),
    [
        ({}, PASS, PASS, PASS),
        ({"pending": got()}, FAIL, UNSEEN, PASS),
        ({"pending": got(state="failed")}, UNSEEN, UNSEEN, PASS),
        ({"pending": silence()}, UNSEEN, UNSEEN, PASS),
        ({"later": STUCK}, PASS, FAIL, PASS),
        ({"later": (refusal(),)}, PASS, UNSEEN, PASS),
        ({"asked": question()}, PASS, PASS, FAIL),
        ({"asked": question({RELATED: {"taskId": "t2"}})}, PASS, PASS, FAIL),
    ],
)
def test_questions(changes: dict[str, Any], shown: Status, left: Status, related: Status) -> None:
    facts = asking(**changes)
    assert status(task_input.input_required_not_shown, facts) is shown
    assert status(task_input.stays_input_required, facts) is left
    assert status(task_input.question_without_related_task, facts) is related


@pytest.mark.parametrize(
    ("augmented", "after", "undeclared", "refuses"),
    [
        (exchange(result=TEXT), exchange(result=TEXT), PASS, PASS),
        (created(), exchange(result=TEXT), FAIL, UNSEEN),
        (refusal(), exchange(result=TEXT), PASS, FAIL),
        (exchange(result={**TEXT, "isError": True}), exchange(result=TEXT), PASS, FAIL),
        (refusal(), refusal(), PASS, UNSEEN),
        (silence(), exchange(result=TEXT), UNSEEN, UNSEEN),
    ],
)
def test_a_server_without_tasks(augmented: Exchange, after: Exchange, undeclared: Status, refuses: Status) -> None:
    facts = task_support.TaskMetadata("plain", exchange(result=TEXT), augmented, after)
    assert status(task_support.creates_undeclared_task, facts) is undeclared
    assert status(task_support.refuses_task_metadata, facts) is refuses


@pytest.mark.parametrize(
    ("wrong", "control", "required", "forbidden"),
    [
        (refusal(-32601), exchange(result=TEXT), PASS, PASS),
        (refusal(-32600), exchange(result=TEXT), PASS, FAIL),
        (refusal(-32602), exchange(result=TEXT), FAIL, FAIL),
        (exchange(result=TEXT), exchange(result=TEXT), FAIL, FAIL),
        (created(), exchange(result=TEXT), FAIL, FAIL),
        (silence(), exchange(result=TEXT), UNSEEN, UNSEEN),
        (refusal(-32601), refusal(), UNSEEN, UNSEEN),
    ],
)
def test_tools_called_in_the_wrong_way(wrong: Exchange, control: Exchange, required: Status, forbidden: Status) -> None:
    calls = (task_support.WrongCall("tool", wrong, control),)
    facts = task_support.WrongCalls(calls, calls)
    assert status(task_support.required_tool_without_task, facts) is required
    assert status(task_support.forbidden_tool_as_task, facts) is forbidden


def test_tools_of_neither_kind() -> None:
    facts = task_support.WrongCalls((), ())
    assert status(task_support.required_tool_without_task, facts) is NOT_APPLICABLE
    assert status(task_support.forbidden_tool_as_task, facts) is UNSEEN


@pytest.mark.parametrize(
    ("own", "foreign", "expected"),
    [
        (page("t1"), page(), PASS),
        (page("t1"), page("t1"), FAIL),
        (page("t1"), refusal(), PASS),
        (page("t1"), silence(), UNSEEN),
        (page(), page(), UNSEEN),
    ],
)
def test_what_other_sessions_are_shown(own: Exchange, foreign: Exchange, expected: Status) -> None:
    facts = task_isolation.ForeignList(created(), (own,), (foreign,))
    assert status(task_isolation.lists_tasks_to_anybody, facts) is expected


def test_callers_with_credentials_are_known() -> None:
    known = exchange(result={"task": task()}, sent_headers=(("authorization", "…"),))
    facts = task_isolation.ForeignList(known, (page("t1"),), (page("t1"),))
    assert status(task_isolation.lists_tasks_to_anybody, facts) is NOT_APPLICABLE


DENIED = (refusal(), refusal(), refusal())


@pytest.mark.parametrize(
    ("control", "asked", "foreign", "serves", "lists"),
    [
        (got(), DENIED, page(), PASS, PASS),
        (got(), (exchange(status=404),), exchange(status=403), PASS, PASS),
        (got(), (got(), refusal()), page("t1"), FAIL, FAIL),
        (got(), (silence(),), silence(), UNSEEN, UNSEEN),
        (refusal(), (got(),), page(), UNSEEN, UNSEEN),
    ],
)
def test_what_other_users_get(
    control: Exchange, asked: tuple[Exchange, ...], foreign: Exchange, serves: Status, lists: Status
) -> None:
    facts = task_owners.ForeignTask(control, asked, (page("t1"),), (foreign,))
    assert status(task_owners.serves_foreign_task, facts) is serves
    assert status(task_owners.lists_foreign_tasks, facts) is lists


def test_what_cannot_be_listed_is_not_judged() -> None:
    facts = task_owners.ForeignTask(got(), DENIED, (), ())
    assert status(task_owners.lists_foreign_tasks, facts) is NOT_APPLICABLE


OPENED = (exchange(result={"protocolVersion": "2025-11-25"}, method="initialize"),)
OFFERED: dict[str, Any] = {"requests": {"tools": {"call": {}}}, "cancel": {}}


def traffic(**changes: Any) -> task_traffic.TaskTraffic:
    nothing = task_traffic.TaskTraffic(OPENED, {}, (), (), (), (), (), ())
    return replace(nothing, **changes)


@pytest.mark.parametrize(
    ("questions", "expected"), [((), UNSEEN), ((question(),), PASS), ((question(), question(task={})), FAIL)]
)
def test_clients_are_asked_for_no_tasks(questions: tuple[Exchange, ...], expected: Status) -> None:
    assert status(task_traffic.asks_client_for_task, traffic(questions=questions)) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, NOT_APPLICABLE),
        ({"declared": OFFERED}, UNSEEN),
        ({"declared": OFFERED, "statuses": (told(),)}, PASS),
        ({"declared": OFFERED, "statuses": (told({RELATED: {"taskId": "t1"}}),)}, FAIL),
    ],
)
def test_notified_statuses(changes: dict[str, Any], expected: Status) -> None:
    assert status(task_traffic.status_with_related_task, traffic(**changes)) is expected


IMPLEMENTED, MISSING, PARTIAL, NOT_SEEN = Presence.IMPLEMENTED, Presence.MISSING, Presence.PARTIAL, Presence.UNSEEN
USED = {"declared": OFFERED, "tools": ("slow",), "created": (created(),), "finished": (got(state="completed"),)}


@pytest.mark.parametrize(
    ("changes", "tasks", "cancels", "lists", "notifies", "interval"),
    [
        ({}, MISSING, NOT_SEEN, NOT_SEEN, NOT_SEEN, NOT_SEEN),
        ({"openings": ()}, NOT_SEEN, NOT_SEEN, NOT_SEEN, NOT_SEEN, NOT_SEEN),
        ({"declared": OFFERED}, PARTIAL, IMPLEMENTED, MISSING, NOT_SEEN, NOT_SEEN),
        ({"declared": OFFERED, "tools": ("slow",)}, IMPLEMENTED, IMPLEMENTED, MISSING, NOT_SEEN, NOT_SEEN),
        (USED, IMPLEMENTED, IMPLEMENTED, MISSING, NOT_SEEN, MISSING),
        (
            {**USED, "statuses": (told(),), "finished": (got(state="failed", pollInterval=5),)},
            IMPLEMENTED,
            IMPLEMENTED,
            MISSING,
            IMPLEMENTED,
            IMPLEMENTED,
        ),
    ],
)
def test_features(
    changes: dict[str, Any], tasks: Presence, cancels: Presence, lists: Presence, notifies: Presence, interval: Presence
) -> None:
    facts = traffic(**changes)
    assert task_traffic.tasks.sight(facts).presence is tasks
    assert task_traffic.cancellation.sight(facts).presence is cancels
    assert task_traffic.listing.sight(facts).presence is lists
    assert task_traffic.status_notifications.sight(facts).presence is notifies
    assert task_traffic.poll_interval.sight(facts).presence is interval
