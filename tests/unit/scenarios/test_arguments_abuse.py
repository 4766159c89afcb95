"""Arguments that schemas exclude, tokens, code tools, patterns and cursors: judged on hand-built facts."""

import base64
import pickle
from dataclasses import replace

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, JsonObject, Status
from mcp_audit_scenarios.attacks.arguments_abuse import (
    accepts_undeclared,
    breaks_on_other_types,
    ignores_constraints,
    undeclared_takes_effect,
)
from mcp_audit_scenarios.attacks.code_tools import CodeTool, CodeTools, code_reaches_machine, runs_code_of_callers
from mcp_audit_scenarios.attacks.cursors import (
    Cursors,
    Tampered,
    breaks_on_odd_cursor,
    serves_cursor_of_another_list,
)
from mcp_audit_scenarios.attacks.opaque_tokens import Token, Tokens, serialization, token_is_serialized_object
from mcp_audit_scenarios.attacks.patterns import (
    AllGrowing,
    Growing,
    pattern_backtracks,
    pattern_exhausts_server,
    patterns,
    slow,
)
from mcp_audit_scenarios.attacks.prototypes import Polluting, Pollutions, pollutes_prototypes
from mcp_audit_scenarios.attacks.spoiled_arguments import (
    CONSTRAINT,
    TYPE,
    UNDECLARED,
    Abuse,
    Abused,
    AllAbused,
    at_the_edge,
)
from mcp_audit_scenarios.conformance.inventory import Inventory

from tests.exchanges import exchange, refusal, silence, status


def said(text: str, **fields: object) -> Exchange:
    return exchange(result={"content": [{"type": "text", "text": text}]}, method="tools/call", **fields)  # type: ignore[arg-type]


OK = said("done")
NO = exchange(result={"isError": True, "content": []}, method="tools/call")


def abused(
    kind: str, spoiled: Exchange, *, again: Exchange | None = None, closed: bool = True, control: Exchange = OK
) -> AllAbused:
    abuse = Abuse("tool:a", kind, "a spoiling", spoiled, "zq1", again)
    return AllAbused((Abused("tool:a", control, control, closed, (abuse,)),))


def test_bounds() -> None:
    assert status(ignores_constraints, abused(CONSTRAINT, OK)) is Status.FAIL
    assert status(ignores_constraints, abused(CONSTRAINT, NO)) is Status.PASS
    assert status(ignores_constraints, abused(CONSTRAINT, refusal())) is Status.PASS
    assert status(ignores_constraints, abused(UNDECLARED, NO)) is Status.NOT_APPLICABLE
    assert status(ignores_constraints, abused(CONSTRAINT, OK, control=NO)) is Status.NOT_OBSERVED


def test_members_that_are_not_declared() -> None:
    assert status(accepts_undeclared, abused(UNDECLARED, OK)) is Status.FAIL
    assert status(accepts_undeclared, abused(UNDECLARED, NO)) is Status.PASS
    assert status(accepts_undeclared, abused(UNDECLARED, OK, closed=False)) is Status.NOT_APPLICABLE
    assert status(accepts_undeclared, abused(UNDECLARED, silence())) is Status.NOT_OBSERVED


def test_members_that_take_effect() -> None:
    more = said("more")
    assert status(undeclared_takes_effect, abused(UNDECLARED, more, again=more)) is Status.FAIL
    assert status(undeclared_takes_effect, abused(UNDECLARED, more, again=said("other"))) is Status.PASS
    assert status(undeclared_takes_effect, abused(UNDECLARED, OK)) is Status.PASS
    assert status(undeclared_takes_effect, AllAbused(())) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    "broken",
    [
        exchange(status=500, method="tools/call"),
        said('Traceback (most recent call last):\n  File "a.py", line 1'),
        said("TypeError: x\n    at Object.call (/srv/index.js:10:5)"),
    ],
)
def test_types_that_break_the_server(broken: Exchange) -> None:
    assert status(breaks_on_other_types, abused(TYPE, broken)) is Status.FAIL
    assert status(breaks_on_other_types, abused(TYPE, broken, control=broken)) is Status.PASS


def test_an_internal_error_counts_where_other_types_are_refused_in_another_way() -> None:
    def both(*answers: Exchange) -> AllAbused:
        abuses = tuple(Abuse("tool:a", TYPE, "a list", answer) for answer in answers)
        return AllAbused((Abused("tool:a", OK, OK, True, abuses),))

    assert status(breaks_on_other_types, both(refusal(-32603), NO)) is Status.FAIL
    assert status(breaks_on_other_types, both(refusal(-32603), refusal(-32603), OK)) is Status.PASS


def test_types_that_are_refused_pass() -> None:
    assert status(breaks_on_other_types, abused(TYPE, NO)) is Status.PASS
    assert status(breaks_on_other_types, abused(TYPE, silence())) is Status.NOT_OBSERVED


def polluted(afterwards: Exchange, control: Exchange = OK) -> Pollutions:
    return Pollutions((Polluting("tool:a", "zq7", control, (OK,), afterwards, OK),))


def test_what_one_request_leaves_to_others() -> None:
    assert status(pollutes_prototypes, polluted(said("zq7"))) is Status.FAIL
    assert status(pollutes_prototypes, polluted(OK)) is Status.PASS
    assert status(pollutes_prototypes, polluted(said("zq7"), said("zq7"))) is Status.PASS
    assert status(pollutes_prototypes, Pollutions(())) is Status.NOT_OBSERVED


TOOL = CodeTool("tool:run", "'code' of run", (NO,), "", None, "", None, "", None)


def code(**fields: object) -> CodeTools:
    return CodeTools((replace(TOOL, **fields),))  # type: ignore[arg-type]


def test_code_of_callers() -> None:
    assert status(runs_code_of_callers, code(ran="Python", multiplied=OK)) is Status.FAIL
    assert status(code_reaches_machine, code(reached="shell", calling=OK)) is Status.FAIL
    assert status(code_reaches_machine, code(read="shell", reading=OK)) is Status.FAIL
    for check in (runs_code_of_callers, code_reaches_machine):
        assert status(check, code()) is Status.PASS
        assert status(check, code(calls=(silence(),))) is Status.NOT_OBSERVED
        assert status(check, CodeTools(())) is Status.NOT_APPLICABLE


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (b64(pickle.dumps({"page": 2}, 2)), "Python pickle"),
        (b64(pickle.dumps({"page": 2}, 5)) + ".c2lnbmF0dXJl", "Python pickle"),
        (pickle.dumps([1, 2, 3], 4).hex(), "Python pickle"),
        (b64(b"\xac\xed\x00\x05sr\x00\x04Page"), "Java serialization"),
        (b64(b'O:4:"Page":1:{s:1:"n";i:2;}'), "PHP serialization"),
        ("!!python/object:page.Page {n: 2}", "YAML of Python objects"),
        (b64(b'{"page": 2}'), ""),
        (b64(b"\x80\x04not a pickle."), ""),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl", ""),
        ("0123456789abcdef0123456789abcdef", ""),
        ("resources@10", ""),
    ],
)
def test_what_tokens_hold_is_told_by_their_form(token: str, kind: str) -> None:
    assert serialization(token) == kind
    judged = status(token_is_serialized_object, Tokens((Token("cursor", token, OK),)))
    assert judged is (Status.FAIL if kind else Status.PASS)


def test_without_tokens_there_is_nothing_to_judge() -> None:
    assert status(token_is_serialized_object, Tokens(())) is Status.NOT_APPLICABLE


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^([a-z]*)*$", r"(\d+|b)*c", "((x+)+)y", "^(?:[A-Z]+)+$", "(.*)*"])
def test_repetitions_of_repetitions_are_slow(pattern: str) -> None:
    found = slow(pattern)
    assert found is not None
    assert found.letter


@pytest.mark.parametrize(
    "pattern",
    ["^[0-9]{1,2}$", "^[a-z]+(-[a-z]+)*$", "^(a+b)+$", "(ab)+", "^(a{1,3})+$", "(", "", None, "^(foo|bar)*$"],
)
def test_others_are_not(pattern: object) -> None:
    assert slow(pattern) is None


def test_patterns_are_found_wherever_they_stand() -> None:
    schema = {"properties": {"a": {"pattern": "x"}}, "patternProperties": {"y": {}}, "default": {"pattern": "z"}}
    assert sorted(patterns(schema)) == ["x", "y"]
    page = exchange(result={"tools": [{"name": "a", "inputSchema": {"pattern": "^(a+)+$"}}]}, method="tools/list")
    assert status(pattern_backtracks, Inventory({}, (), (page,), ())) is Status.FAIL
    page = exchange(result={"tools": [{"name": "a", "inputSchema": schema}]}, method="tools/list")
    assert status(pattern_backtracks, Inventory({}, (), (page,), ())) is Status.PASS
    assert status(pattern_backtracks, Inventory({}, (), (), ())) is Status.NOT_APPLICABLE


def growing(*times: float, afterwards: float = 2) -> AllGrowing:
    calls = tuple(said("no", elapsed_ms=ms) for ms in times)
    return AllGrowing((Growing("tool:a", "^(a+)+$", OK, calls, said("no", elapsed_ms=afterwards)),))


def test_times_that_grow_fourfold_twice_are_proof() -> None:
    assert status(pattern_exhausts_server, growing(2, 20, 200, 2000)) is Status.FAIL
    assert status(pattern_exhausts_server, growing(2, 20, 200, 2000, afterwards=1900)) is Status.PASS
    assert status(pattern_exhausts_server, growing(2, 3, 2000)) is Status.PASS
    assert status(pattern_exhausts_server, growing(2, 2, 2, 2, 2)) is Status.PASS
    assert status(pattern_exhausts_server, AllGrowing(())) is Status.NOT_APPLICABLE


FIRST = exchange(result={"resources": [], "nextCursor": "c"}, method="resources/list")
TAMPERED = Tampered("tools/list", "a quote", refusal())


def cursors(odd: Exchange, other: Exchange | None = None) -> Cursors:
    others = () if other is None else (replace(TAMPERED, exchange=other),)
    return Cursors((FIRST,), (replace(TAMPERED, exchange=odd),), others, (OK,))


@pytest.mark.parametrize("check", [breaks_on_odd_cursor, serves_cursor_of_another_list])
def test_refused_cursors_pass(check: Check) -> None:
    assert status(check, cursors(refusal(), refusal())) is Status.PASS


def test_odd_cursors_that_break_the_server() -> None:
    broken = replace(cursors(refusal()), odd=(TAMPERED, replace(TAMPERED, exchange=refusal(-32603))))
    assert status(breaks_on_odd_cursor, broken) is Status.FAIL
    assert status(breaks_on_odd_cursor, cursors(refusal(-32603))) is Status.PASS
    assert status(breaks_on_odd_cursor, cursors(exchange(status=500))) is Status.FAIL
    assert status(breaks_on_odd_cursor, cursors(FIRST)) is Status.PASS
    assert status(breaks_on_odd_cursor, cursors(silence())) is Status.NOT_OBSERVED


def test_cursors_of_another_list() -> None:
    other = exchange(result={"tools": [{"name": "later"}]}, method="tools/list")
    assert status(serves_cursor_of_another_list, cursors(OK, other)) is Status.FAIL
    assert status(serves_cursor_of_another_list, cursors(OK, FIRST)) is Status.PASS
    assert status(serves_cursor_of_another_list, cursors(OK)) is Status.NOT_APPLICABLE


def test_the_edge_of_what_a_schema_allows_is_zero_and_the_empty_text() -> None:
    properties: JsonObject = {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "boolean"}}
    plain = {"a": 7, "b": "x", "c": True}
    assert list(at_the_edge({"properties": properties}, plain)) == [{**plain, "a": 0}, {**plain, "b": ""}]
    properties = {"a": {"type": "integer", "minimum": 1}, "b": {"type": "string", "minLength": 1}}
    assert list(at_the_edge({"properties": properties}, {"a": 7, "b": "x"})) == []
