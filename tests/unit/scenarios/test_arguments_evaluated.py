"""Arguments that are run, read as options or part of queries: judged on hand-built answers."""

import random
from dataclasses import replace

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Visit
from mcp_audit_scenarios.attacks.argument_kinds import (
    Slot,
    slots,
    takes_address,
    takes_code,
    takes_identifier,
    takes_markup,
    takes_query,
    texts,
)
from mcp_audit_scenarios.attacks.injection import Evaluated, evaluates_code, evaluates_templates, runs_shell_commands
from mcp_audit_scenarios.attacks.injection_options import Options, reads_text_as_option
from mcp_audit_scenarios.attacks.injection_unseen import AllUnseen, Nap, Unseen, runs_commands_unseen
from mcp_audit_scenarios.attacks.payloads import CODE, SHELL, TEMPLATE, filled, forms
from mcp_audit_scenarios.attacks.queries import (
    OTHER,
    SQL,
    Divergence,
    Divergences,
    bare,
    text_changes_query,
    text_changes_sql,
)
from mcp_audit_scenarios.attacks.tries import Place, Try

from tests.exchanges import exchange, silence, status, subjects


def said(text: str, **fields: object) -> Exchange:
    return exchange(result={"content": [{"type": "text", "text": text}]}, method="tools/call", **fields)  # type: ignore[arg-type]


def tool(name: str = "search", description: str = "", **properties: dict[str, object]) -> dict[str, object]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": description, "inputSchema": schema}


RANDOM = random.Random(1)  # noqa: S311 - nothing is secret here
TEXT: dict[str, object] = {"type": "string"}
PLAIN = said("Nothing of the name mcpaudit.")
CHECKS = {SHELL: runs_shell_commands, TEMPLATE: evaluates_templates, CODE: evaluates_code}


def evaluated(kind: str, first: Exchange, again: Exchange | None) -> Evaluated:
    tried = Try(kind, "a form", first, "600000001", again, "700000002" if again is not None else "")
    return Evaluated((Place("tool:search", "'q' of search", PLAIN, (tried,)),))


@pytest.mark.parametrize("kind", CHECKS)
def test_a_product_that_comes_back_twice_is_proof(kind: str) -> None:
    facts = evaluated(kind, said("It is 600000001."), said("It is 700000002."))
    assert status(CHECKS[kind], facts) is Status.FAIL
    assert subjects(CHECKS[kind], facts) == ["tool:search"]


@pytest.mark.parametrize("kind", CHECKS)
def test_a_product_that_does_not_come_back_again_is_none(kind: str) -> None:
    assert status(CHECKS[kind], evaluated(kind, said("It is 600000001."), said("No."))) is Status.PASS


@pytest.mark.parametrize("kind", CHECKS)
def test_a_text_that_is_shown_as_it_is_passes(kind: str) -> None:
    assert status(CHECKS[kind], evaluated(kind, said("No such thing: $((20000*30000))"), None)) is Status.PASS


@pytest.mark.parametrize("kind", CHECKS)
def test_without_a_place_or_an_answer_nothing_is_observed(kind: str) -> None:
    assert status(CHECKS[kind], Evaluated(())) is Status.NOT_OBSERVED
    assert status(CHECKS[kind], evaluated(kind, silence(), None)) is Status.NOT_OBSERVED


@pytest.mark.parametrize(("kind", "how", "form"), list(forms(templates=True, yaml=True)))
def test_no_form_holds_its_own_proof(kind: str, how: str, form: object) -> None:
    payload = filled(kind, how, form, RANDOM)  # type: ignore[arg-type]
    assert payload.proof not in payload.value
    assert int(payload.proof) < 2**31


def test_what_python_makes_of_its_forms_is_the_product() -> None:
    for kind, how, form in forms(templates=False, yaml=False):
        if kind == CODE and "Python" in how:
            payload = filled(kind, how, form, RANDOM)
            code = payload.value if "quotes" not in how else f"'{payload.value}'"
            assert payload.proof in str(eval(code))  # noqa: S307 - our own text


def unseen(**fields: object) -> AllUnseen:
    place = Unseen("tool:ping", "'host' of ping", took(50), said("ok"), (), "600000001", (nap(1, 60),))
    return AllUnseen((replace(place, **fields),))  # type: ignore[arg-type]


def took(ms: float) -> Exchange:
    return said("ok", elapsed_ms=ms)


def nap(seconds: int, ms: float) -> Nap:
    return Nap(seconds, took(ms))


def visit(target: str) -> Visit:
    return Visit("http://127.0.0.1:1/a", "GET", target, ())


def test_two_calls_of_the_listener_from_a_shell_are_proof() -> None:
    called = unseen(visits=(visit("/a/600000001"),), again=said("ok"), visits_again=(visit("/b/7"),), product_again="7")
    assert status(runs_commands_unseen, called) is Status.FAIL


def test_an_address_that_is_fetched_as_it_stands_is_no_shell() -> None:
    assert status(runs_commands_unseen, unseen(visits=(visit("/a/$((2*3))"),))) is Status.PASS


def test_delays_in_proportion_are_proof_and_others_are_not() -> None:
    linear = tuple(nap(seconds, 50 + 1000 * seconds) for seconds in (1, 2, 0, 3, 1))
    assert status(runs_commands_unseen, unseen(naps=linear)) is Status.FAIL
    slow = tuple(nap(seconds, 1100) for seconds in (1, 2, 0, 3, 1))
    assert status(runs_commands_unseen, unseen(naps=slow)) is Status.PASS
    assert status(runs_commands_unseen, AllUnseen(())) is Status.NOT_OBSERVED


MARKER = "mcpaudit1234567"


def options(answer: Exchange, again: Exchange | None = None, how: str = "an unknown option") -> Options:
    control = said(f"fatal: ambiguous name {MARKER}")
    return Options((Place("tool:diff", "'target' of diff", control, (Try("option", how, answer, MARKER, again),)),))


@pytest.mark.parametrize(
    "complaint",
    [
        f"error: unknown option `{MARKER}'",
        f"error: invalid option: --{MARKER}",
        f"unrecognized argument: --{MARKER}",
        f"ls: unrecognized option '--{MARKER}'",
        f"error: Unknown option '--{MARKER}'",
    ],
)
def test_a_parser_that_complains_of_the_marker_is_found(complaint: str) -> None:
    assert status(reads_text_as_option, options(said(complaint), said(complaint))) is Status.FAIL


@pytest.mark.parametrize(
    "answer", [f"Invalid target: '--{MARKER}' - cannot start with '-'", f"No file --{MARKER}", "unknown option -x"]
)
def test_a_refusal_of_dashes_passes(answer: str) -> None:
    assert status(reads_text_as_option, options(said(answer), said(answer))) is Status.PASS


def test_a_version_that_is_told_is_found() -> None:
    version = said("git version 2.43.0")
    assert status(reads_text_as_option, options(version, version, "--version")) is Status.FAIL
    assert status(reads_text_as_option, Options(())) is Status.NOT_OBSERVED


def divergence(
    language: str, holding: tuple[str, ...], other: tuple[str, ...], own: tuple[str, ...] = ()
) -> Divergences:
    yes, no = tuple(map(said, holding)), tuple(map(said, other))
    found = Divergence("tool:find", "'q' of find", language, "a condition", said("none"), yes, no, ())
    return Divergences((found,), 1)


QUERIES = {SQL: text_changes_sql, OTHER: text_changes_query}


@pytest.mark.parametrize("language", QUERIES)
def test_answers_that_follow_the_condition_are_proof(language: str) -> None:
    facts = divergence(language, ("three",) * 3, ("none",) * 3)
    assert status(QUERIES[language], facts) is Status.FAIL


@pytest.mark.parametrize("language", QUERIES)
def test_answers_that_only_differ_are_none(language: str) -> None:
    check: Check = QUERIES[language]
    assert status(check, divergence(language, ("a", "b", "c"), ("d",) * 3)) is Status.PASS
    assert status(check, divergence(language, ("a",), ("b",))) is Status.PASS
    assert status(check, Divergences((), 0)) is Status.NOT_APPLICABLE
    assert status(check, Divergences((), 1)) is Status.NOT_OBSERVED


def test_what_was_sent_is_taken_out_of_an_answer_in_every_form() -> None:
    own = "zq1' or '4'=\"4"
    assert bare(said(f"none for {own}"), [own]) == bare(said("none for "), [])


def test_kinds_of_arguments_are_told_by_what_schemas_say() -> None:
    found = tool(
        url=TEXT,
        query=TEXT,
        user_id=TEXT,
        svg={"type": ["string", "null"]},
        page={"anyOf": [{"type": "string", "description": "The URL of a page."}, {"type": "null"}]},
        url_name=TEXT,
        mode={"type": "string", "enum": ["a"]},
        day={"type": "string", "format": "date"},
        number={"type": "integer"},
    )

    def names(wanted: object) -> list[str]:
        return [slot.name for slot in slots([found], wanted, 10)]  # type: ignore[arg-type]

    assert [slot.name for slot in texts(found)] == ["url", "query", "user_id", "svg", "page", "url_name"]
    assert names(takes_address) == ["url", "page"]
    assert names(takes_query) == ["query"]
    assert names(takes_identifier) == ["user_id", "url_name"]
    assert names(takes_markup) == ["svg"]


def test_code_is_meant_where_a_tool_says_that_it_runs_it() -> None:
    assert takes_code(Slot(tool("run_python", code=TEXT), "code", TEXT))
    assert takes_code(Slot(tool("terminal", "Executes a shell command.", command=TEXT), "command", TEXT))
    assert not takes_code(Slot(tool("get_country", "By its code.", code=TEXT), "code", TEXT))


def test_places_are_spread_over_tools() -> None:
    tools = [tool("a", one=TEXT, two=TEXT), tool("b", three=TEXT)]
    assert [slot.name for slot in slots(tools, lambda _: True, 2)] == ["one", "three"]


def test_hostile_schemas_have_no_places() -> None:
    odd: list[dict[str, object]] = [
        {"name": "a"},
        {"name": "b", "inputSchema": []},
        {"name": "c", "inputSchema": {"properties": {"d": 1}}},
    ]
    assert slots(odd, lambda _: True, 9) == []
