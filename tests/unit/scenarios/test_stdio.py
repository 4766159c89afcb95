"""The checks of stdio and of messages that end parsers judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status, Transport, Verdict
from mcp_audit_scenarios.attacks import crashes
from mcp_audit_scenarios.conformance import stdio, stdio_process

from tests.exchanges import exchange, silence

PRETTY = ("{", '  "jsonrpc": "2.0",', '  "id": 1,', '  "result": {', '    "versions": [', "    ]", "  }", "}")


def status(check: Check, facts: Any) -> Status:
    found = check.judge(facts)
    assert isinstance(found, Verdict)
    return found.status


def line(**fields: Any) -> Exchange:
    return exchange(**{"result": {}, "transport": Transport.STDIO, "verb": "LINE", **fields})


def mute(**fields: Any) -> Exchange:
    return silence(transport=Transport.STDIO, verb="LINE", **fields)


def gone() -> Exchange:
    return line(outcome=Outcome.CLOSED, messages=())


def pretty() -> Exchange:
    """What a message over several lines looks like, one of which is JSON by itself."""
    text = '{\n  "jsonrpc": "2.0",\n  "id": 1,\n  "result": {\n    "versions": [\n      "2026-07-28"\n    ]\n  }\n}'
    return mute(strays=PRETTY, body=text)


@pytest.mark.parametrize(
    ("exchanges", "expected"),
    [
        ((line(),), Status.PASS),
        ((line(messages=([{"jsonrpc": "2.0", "id": 1, "result": {}}],)),), Status.PASS),
        ((line(strays=("INFO starting",)),), Status.FAIL),
        ((line(messages=({"level": "info"},)),), Status.FAIL),
        ((line(strays=("", "  ")),), Status.PASS),
        ((pretty(), line()), Status.PASS),
        ((mute(strays=('{"jsonrpc": "2.0", "id": 1, "result": {"name": "\ufffd"}}',)), line()), Status.PASS),
        ((mute(strays=("",)),), Status.NOT_OBSERVED),
        ((), Status.NOT_OBSERVED),
    ],
)
def test_standard_output_is_for_messages(exchanges: tuple[Exchange, ...], expected: Status) -> None:
    assert status(stdio.writes_noise_to_stdout, stdio.Output(exchanges)) is expected


def ids(two_lines: Exchange, separated: Exchange, after: Exchange) -> stdio.OddIds:
    return stdio.OddIds(line(), two_lines, separated, after)


def test_a_message_is_one_line() -> None:
    check = stdio.message_over_several_lines
    broken = mute(strays=('{"jsonrpc": "2.0", "id": "one', 'two", "result": {}}'))
    torn = mute(strays=broken.strays, body="\n".join(broken.strays))
    assert status(check, ids(line(), line(), line())) is Status.PASS
    assert status(check, ids(pretty(), line(), line())) is Status.FAIL
    assert status(check, ids(torn, line(), line())) is Status.FAIL
    assert status(check, ids(mute(strays=("one", "two"), body="one\ntwo"), line(), line())) is Status.NOT_OBSERVED
    assert status(check, ids(mute(), line(), line())) is Status.NOT_OBSERVED


def test_separators_of_unicode_do_not_end_a_message() -> None:
    check = stdio.splits_at_unicode_separators
    refusal = line(result=None, error={"code": -32700, "message": "no"}, reply_id=None)
    assert status(check, ids(line(), line(), line())) is Status.PASS
    assert status(check, ids(line(), refusal, line())) is Status.FAIL
    assert status(check, ids(line(), mute(), line())) is Status.FAIL
    assert status(check, ids(mute(), mute(), line())) is Status.NOT_OBSERVED
    assert status(check, ids(line(), refusal, mute())) is Status.NOT_OBSERVED


DEATHS = {
    "malformed": stdio_process.dies_on_malformed_line,
    "empty": stdio_process.dies_on_empty_line,
    "not UTF-8": stdio_process.dies_on_invalid_utf_8,
    "large": stdio_process.dies_on_large_message,
}


@pytest.mark.parametrize("name", DEATHS)
def test_an_odd_line_does_not_end_the_process(name: str) -> None:
    def after(exchange_: Exchange) -> stdio_process.OddLines:
        return stdio_process.OddLines(line(), (stdio_process.Line(name, mute(), exchange_),))

    check = DEATHS[name]
    assert status(check, after(line())) is Status.PASS
    assert status(check, after(gone())) is Status.FAIL
    assert status(check, after(mute())) is Status.NOT_OBSERVED
    assert status(check, stdio_process.OddLines(line(), ())) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("ending", "exited", "expected"),
    [
        (line(messages=()), True, Status.PASS),
        (mute(), False, Status.FAIL),
        (gone(), False, Status.NOT_OBSERVED),
    ],
)
def test_a_server_ends_with_its_input(ending: Exchange, exited: bool, expected: Status) -> None:
    signal = "" if exited else "SIGTERM"
    facts = stdio_process.EndOfInput(line(), ending, exited, 0 if exited else -15, signal)
    assert status(stdio_process.outlives_its_input, facts) is expected


@pytest.mark.parametrize(
    "check", [crashes.dies_on_deep_nesting, crashes.dies_on_huge_integer, crashes.dies_on_long_method]
)
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ((exchange(result={}),), Status.PASS),
        ((exchange(status=503), exchange(result={})), Status.PASS),
        ((exchange(error={"code": -32600, "message": "no"}, status=400),), Status.PASS),
        ((exchange(status=503), exchange(status=503)), Status.FAIL),
        ((gone(), gone()), Status.FAIL),
        ((silence(), silence()), Status.FAIL),
        ((exchange(outcome=Outcome.MALFORMED), exchange(outcome=Outcome.MALFORMED)), Status.NOT_OBSERVED),
    ],
)
def test_only_a_server_that_answers_nobody_is_dead(check: Check, after: tuple[Exchange, ...], expected: Status) -> None:
    assert status(check, crashes.Survival(exchange(result={}), silence(), after)) is expected
