"""Definitions that change are told from lists that grow, and from words that differ each time."""

from typing import Any

from mcp_audit_harness.model import Status
from mcp_audit_scenarios.attacks import stability
from mcp_audit_scenarios.attacks.stability import Audience, Audiences, Look, Looks

from tests.exchanges import exchange, silence, status, subjects


def look(*tools: tuple[str, str]) -> Look:
    items: list[Any] = [{"name": name, "description": text} for name, text in tools]
    return Look((exchange(result={"tools": items}, method="tools/list"),))


PLAIN, OTHER = look(("read", "Reads.")), look(("read", "Sends."))
NOTHING = Look((silence(method="tools/list"),))


def test_the_same_lists_pass() -> None:
    assert status(stability.changes_between_lists, Looks(PLAIN, PLAIN, PLAIN, PLAIN, ())) is Status.PASS


def test_a_change_in_a_new_session_or_after_calls_is_found() -> None:
    assert subjects(stability.changes_between_lists, Looks(PLAIN, OTHER, OTHER, OTHER, ())) == ["tool:read"]
    assert subjects(stability.changes_between_lists, Looks(PLAIN, PLAIN, OTHER, OTHER, ())) == ["tool:read"]


def test_what_differs_each_time_is_no_rug_pull() -> None:
    first, second, third, fourth = (look(("read", f"Reads at {hour}.")) for hour in range(4))
    assert status(stability.changes_between_lists, Looks(first, second, third, fourth, ())) is Status.PASS


def test_a_tool_more_is_no_change_of_another() -> None:
    more = look(("read", "Reads."), ("write", "Writes."))
    assert status(stability.changes_between_lists, Looks(PLAIN, more, more, more, ())) is Status.PASS


def test_lists_without_an_answer_are_not_judged() -> None:
    assert status(stability.changes_between_lists, Looks(PLAIN, NOTHING, NOTHING, NOTHING, ())) is Status.NOT_OBSERVED
    nobody = Audiences((Audience("a", NOTHING, PLAIN, None, None),))
    assert status(stability.depends_on_client, nobody) is Status.NOT_OBSERVED


def test_a_list_for_one_client_only_is_found_if_it_shows_twice() -> None:
    same = Audience("a", PLAIN, PLAIN, None, None)
    targeted = Audience("b", OTHER, PLAIN, OTHER, PLAIN)
    unsteady = Audience("c", OTHER, PLAIN, PLAIN, PLAIN)
    assert subjects(stability.depends_on_client, Audiences((same, targeted))) == ["tool:read"]
    assert status(stability.depends_on_client, Audiences((same, unsteady))) is Status.PASS
