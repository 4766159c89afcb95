"""The checks of the life of a task judge hand-built exchanges."""

from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Transport
from mcp_audit_scenarios.conformance import task_results, task_times, tasks
from mcp_audit_scenarios.conformance.task_calls import RELATED, support_of
from mcp_audit_scenarios.conformance.tasks import PLAIN_PROGRESS, TASK_PROGRESS, TaskLife

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN, NOT_APPLICABLE = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE

TASK = {
    "taskId": "t1",
    "status": "working",
    "createdAt": "2025-11-25T10:30:00Z",
    "lastUpdatedAt": "2025-11-25T10:30:00Z",
    "ttl": 60000,
}
JSON = (("content-type", "application/json"),)
STREAM = (("content-type", "text/event-stream"),)
TEXT = {"content": [{"type": "text", "text": "done"}]}
OF_TASK: dict[str, Any] = {"_meta": {RELATED: {"taskId": "t1"}}}


def created(**members: Any) -> Exchange:
    return exchange(result={"task": {**TASK, **members}}, method="tools/call", headers=JSON, elapsed_ms=5)


def got(state: str = "working", **members: Any) -> Exchange:
    fields = members.pop("fields", {"headers": JSON})
    return exchange(result={**TASK, "status": state, **members}, method="tasks/get", **fields)


def plain(result: Any = None, **fields: Any) -> Exchange:
    fields.setdefault("elapsed_ms", 500)
    return exchange(result=result or TEXT, method="tools/call", headers=JSON, **fields)


def returned(result: Any = None, *before: dict[str, Any]) -> Exchange:
    answer = {"jsonrpc": "2.0", "id": 1, "result": {**TEXT, **OF_TASK} if result is None else result}
    return exchange(messages=(*before, answer), method="tasks/result", headers=STREAM)


def progress(token: str = TASK_PROGRESS, **more: Any) -> dict[str, Any]:
    params = {"progressToken": token, "progress": 1, **more}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


WHOLE = TaskLife(
    "slow",
    (plain(),),
    created(),
    got(),
    returned(None, progress(**OF_TASK)),
    got("completed"),
    refusal(-32602, method="tasks/cancel", headers=JSON),
    got("completed"),
)
REFUSED = TaskLife("slow", (plain(),), refusal(-32601, headers=JSON))

EVERY = [
    tasks.no_create_task_result,
    tasks.begins_in_other_status,
    tasks.leaves_final_status,
    tasks.id_not_text,
    tasks.cancels_ended_task,
    tasks.redundant_related_task,
    task_times.created_at_not_iso_8601,
    task_times.last_updated_at_not_iso_8601,
    task_times.ttl_missing,
    task_results.result_differs_from_call,
    task_results.result_without_related_task,
    task_results.result_does_not_block,
    task_results.created_late,
    task_results.get_as_stream,
    task_results.breaks_transport,
    task_results.progress_under_other_token,
    task_results.progress_after_end,
    task_results.progress_without_related_task,
]


@pytest.mark.parametrize("check", EVERY, ids=[check.id for check in EVERY])
def test_a_task_that_keeps_the_rules_passes(check: Check) -> None:
    assert status(check, WHOLE) is PASS


@pytest.mark.parametrize("check", EVERY, ids=[check.id for check in EVERY])
def test_without_a_task_nothing_is_judged(check: Check) -> None:
    assert status(check, REFUSED) in {UNSEEN, NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        (tasks.no_create_task_result, {"created": plain()}),
        (tasks.no_create_task_result, {"created": got()}),
        (tasks.begins_in_other_status, {"created": created(status="completed")}),
        (tasks.leaves_final_status, {"last": got("working")}),
        (tasks.leaves_final_status, {"last": got("failed")}),
        (tasks.leaves_final_status, {"before": got("completed"), "after": got("working")}),
        (tasks.id_not_text, {"after": got(taskId=7)}),
        (tasks.id_not_text, {"created": created(taskId=None)}),
        (tasks.cancels_ended_task, {"cancel": got("cancelled")}),
        (tasks.cancels_ended_task, {"cancel": refusal(-32603)}),
        (tasks.redundant_related_task, {"after": got("completed", **OF_TASK)}),
        (task_times.created_at_not_iso_8601, {"created": created(createdAt=1764066600)}),
        (task_times.created_at_not_iso_8601, {"last": got("completed", createdAt="Tue, 25 Nov 2025")}),
        (task_times.last_updated_at_not_iso_8601, {"before": got(lastUpdatedAt=None)}),
        (task_times.last_updated_at_not_iso_8601, {"before": got(lastUpdatedAt="2025-11-25T10:29:59Z")}),
        (task_times.last_updated_at_not_iso_8601, {"before": got(lastUpdatedAt="2025-11-25T10:30:00+01:00")}),
        (task_times.ttl_missing, {"before": got(ttl="long")}),
        (task_times.ttl_missing, {"before": got(ttl=True)}),
        (task_results.result_differs_from_call, {"plain": (plain({"content": []}), plain({"content": []}))}),
        (task_results.result_without_related_task, {"result": returned(TEXT)}),
        (
            task_results.result_without_related_task,
            {"result": returned({**TEXT, "_meta": {RELATED: {"taskId": "t2"}}})},
        ),
        (task_results.result_does_not_block, {"after": got("working")}),
        (task_results.result_does_not_block, {"after": got("input_required"), "result": refusal(-32603)}),
        (
            task_results.created_late,
            {
                "plain": (plain(elapsed_ms=300),),
                "created": replace(created(), elapsed_ms=290),
                "before": got("completed"),
            },
        ),
        (
            task_results.get_as_stream,
            {name: got(fields={"headers": STREAM}) for name in ("before", "after", "last")},
        ),
        (task_results.breaks_transport, {"before": got(fields={"headers": (("content-type", "text/plain"),)})}),
        (task_results.breaks_transport, {"result": exchange(method="tasks/result", status=202)}),
        (task_results.progress_under_other_token, {"result": returned(None, progress(PLAIN_PROGRESS, **OF_TASK))}),
        (
            task_results.progress_after_end,
            {"cancel": exchange(messages=(progress(), {"id": 1, "error": {"code": -32602, "message": "no"}}))},
        ),
        (task_results.progress_without_related_task, {"result": returned(None, progress())}),
    ],
)
def test_each_slip_is_found(check: Check, changed: dict[str, Any]) -> None:
    facts = replace(WHOLE, **changed)
    assert status(check, facts) is FAIL
    assert subjects(check, facts)[0]


@pytest.mark.parametrize(
    ("check", "changed", "expected"),
    [
        (tasks.no_create_task_result, {"created": plain({**TEXT, "isError": True})}, UNSEEN),
        (tasks.leaves_final_status, {"after": got(), "last": None}, UNSEEN),
        (tasks.cancels_ended_task, {"cancel": None}, NOT_APPLICABLE),
        (tasks.cancels_ended_task, {"cancel": silence()}, UNSEEN),
        (tasks.cancels_ended_task, {"cancel": exchange(messages=(progress(),))}, UNSEEN),
        (task_times.ttl_missing, {"before": got(ttl=None)}, PASS),
        (task_times.created_at_not_iso_8601, {"before": got(createdAt="2025-11-25T10:30:00.123456+02:00")}, PASS),
        (task_times.last_updated_at_not_iso_8601, {"before": got(lastUpdatedAt="20251125T103000")}, PASS),
        (task_results.result_differs_from_call, {"plain": (plain({"content": []}), plain())}, UNSEEN),
        (task_results.result_differs_from_call, {"plain": ()}, UNSEEN),
        (task_results.result_differs_from_call, {"plain": (silence(),)}, UNSEEN),
        (task_results.result_without_related_task, {"result": refusal()}, UNSEEN),
        (task_results.result_does_not_block, {"before": got("completed")}, UNSEEN),
        (task_results.result_does_not_block, {"result": silence()}, UNSEEN),
        (task_results.created_late, {"plain": (plain(elapsed_ms=20),), "before": got("completed")}, UNSEEN),
        (
            task_results.created_late,
            {"created": replace(created(), elapsed_ms=300), "before": got("completed")},
            UNSEEN,
        ),
        (task_results.created_late, {"created": replace(created(), elapsed_ms=9000)}, PASS),
        (task_results.get_as_stream, {"last": got(fields={"headers": STREAM})}, PASS),
        (task_results.get_as_stream, {"created": replace(created(), transport=Transport.STDIO)}, NOT_APPLICABLE),
        (task_results.breaks_transport, {"created": replace(created(), transport=Transport.STDIO)}, NOT_APPLICABLE),
        (task_results.breaks_transport, {"result": silence()}, PASS),
        (task_results.progress_under_other_token, {"result": returned()}, UNSEEN),
        (task_results.progress_after_end, {"cancel": None, "last": None}, UNSEEN),
    ],
)
def test_what_cannot_be_told_is_not_judged(check: Check, changed: dict[str, Any], expected: Status) -> None:
    assert status(check, replace(WHOLE, **changed)) is expected


def test_on_lines_progress_under_another_token_counts_only_where_it_names_the_task() -> None:
    def stray(**more: Any) -> TaskLife:
        result = returned(None, progress("other", **more))
        return replace(WHOLE, result=replace(result, transport=Transport.STDIO))

    assert status(task_results.progress_under_other_token, stray()) is UNSEEN
    assert status(task_results.progress_under_other_token, stray(**OF_TASK)) is FAIL


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ({"execution": {"taskSupport": "required"}}, "required"),
        ({"execution": {"taskSupport": "optional"}}, "optional"),
        ({"execution": {"taskSupport": "sometimes"}}, "forbidden"),
        ({"execution": "optional"}, "forbidden"),
        ({}, "forbidden"),
    ],
)
def test_silence_about_tasks_forbids_them(tool: dict[str, Any], expected: str) -> None:
    assert support_of(tool) == expected
