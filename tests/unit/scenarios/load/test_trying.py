"""What is tried before the load, by answers that are given by hand."""

from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest
from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.load.plan import Ask, Profile, Stage
from mcp_audit_harness.load.settings import LoadSettings
from mcp_audit_harness.model import Exchange, Offer, Revision, Status, Transport
from mcp_audit_harness.model.loading import LoadRun
from mcp_audit_harness.probe import Probe, Session
from mcp_audit_scenarios.load import under_load as module
from mcp_audit_scenarios.load.failing import does_not_recover
from mcp_audit_scenarios.load.mix import Mix
from mcp_audit_scenarios.load.trying import flaw, tried
from mcp_audit_scenarios.load.under_load import under_load

from tests.exchanges import exchange, refusal, silence, status
from tests.unit.scenarios.load.facts import load_run

pytestmark = pytest.mark.anyio

Answer = Callable[[str, Mapping[str, Any] | None], Exchange]
CALLS = Ask("tools/call add", "tools/call", 6.0, ({"name": "add", "arguments": {"left": 0}}, {"name": "add"}))
LIST = Ask("tools/list", "tools/list", 1.0, ({},))
NOTE = Ask("tools/call note", "tools/call", 6.0, ({"name": "note", "arguments": {"text": "x" * 900}}, {"name": "note"}))


class Talk:
    """A session whose answers are given."""

    def __init__(self, answer: Answer) -> None:
        self.opening: Exchange | None = None
        self.usable = True
        self.asked: list[str] = []
        self._answer = answer

    async def request(self, method: str, params: Mapping[str, Any] | None = None, **_: Any) -> Exchange:
        self.asked.append(method)
        return self._answer(method, params)


def fine(method: str, params: Mapping[str, Any] | None) -> Exchange:
    del method, params
    return exchange(result={})


async def outcome(mix: Mix, answer: Answer, payload_bytes: int = 0) -> tuple[Mix, list[str]]:
    talk = Talk(answer)
    return await tried(cast("Session", talk), mix, payload_bytes), talk.asked


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (exchange(result={}), ""),
        (exchange(result={}, elapsed_ms=2500.0), "alone it takes 2.5 s"),
        (exchange(result={"isError": True}), "with the arguments that could be found it reports an error"),
        (exchange(result={"resultType": "input_required"}), "it asks the client something"),
        (refusal(-32602), "alone it gets error -32602"),
        (exchange(status=429), "alone it gets HTTP 429"),
        (silence(), "alone it takes more than 4 s"),
        (
            exchange(
                messages=({"id": 7, "method": "sampling/createMessage"}, {"jsonrpc": "2.0", "id": 1, "result": {}}),
            ),
            "it asks the client something",
        ),
    ],
)
def test_a_plain_quick_result_is_wanted(seen: Exchange, why: str) -> None:
    assert flaw(seen) == why


async def test_what_has_a_plain_result_is_sent_with_its_share() -> None:
    found, asked = await outcome(Mix((LIST, CALLS, NOTE)), fine)
    assert [(ask.label, ask.weight) for ask in found.asks] == [
        ("tools/list", 1.0),
        ("tools/call add", 3.0),
        ("tools/call note", 3.0),
    ]
    assert (len(asked), found.left_out) == (5, ())


async def test_only_the_arguments_that_fail_are_left_out() -> None:
    found, _ = await outcome(
        Mix((CALLS,)), lambda _, params: exchange(result={}) if "arguments" in (params or {}) else refusal()
    )
    assert found.asks[0].variants == CALLS.variants[:1]


async def test_what_always_fails_is_left_out_and_its_share_goes_to_others() -> None:
    found, _ = await outcome(
        Mix((CALLS, NOTE), ("before",)),
        lambda _, params: refusal() if (params or {})["name"] == "add" else exchange(result={}),
    )
    assert [(ask.label, ask.weight) for ask in found.asks] == [("tools/call note", 6.0)]
    assert found.left_out == ("before", "tools/call add: left out, since alone it gets error -32602")


async def test_what_fails_alike_is_named_together() -> None:
    found, _ = await outcome(Mix((CALLS, NOTE)), lambda *_: exchange(result={"isError": True}))
    assert found.asks == ()
    assert found.left_out == (
        "tools/call add, tools/call note: left out, since with the arguments that could be found it reports an error",
    )


async def test_what_takes_long_is_asked_twice_and_then_no_more() -> None:
    found, asked = await outcome(Mix((CALLS,)), lambda *_: exchange(result={}, elapsed_ms=3000.0))
    assert found.asks == ()
    assert asked == ["tools/call"] * 2


async def test_what_takes_much_longer_than_most_is_left_out() -> None:
    found, _ = await outcome(
        Mix((LIST, CALLS, NOTE)),
        lambda _, params: exchange(result={}, elapsed_ms=900.0 if (params or {}).get("name") == "note" else 4.0),
    )
    assert [(ask.label, ask.weight) for ask in found.asks] == [("tools/list", 1.0), ("tools/call add", 6.0)]
    assert found.left_out == ("tools/call note: left out, since alone it takes 0.9 s",)
    assert found.alone_s == pytest.approx(0.004)


async def test_of_a_tool_the_arguments_that_take_long_are_left_out() -> None:
    found, _ = await outcome(
        Mix((CALLS,)),
        lambda _, params: exchange(result={}, elapsed_ms=4.0 if "arguments" in (params or {}) else 900.0),
    )
    assert found.asks[0].variants == CALLS.variants[:1]
    assert found.left_out == ()


async def test_what_is_slow_throughout_is_sent() -> None:
    found, _ = await outcome(Mix((LIST, CALLS)), lambda *_: exchange(result={}, elapsed_ms=800.0))
    assert found.asks == (LIST, CALLS)
    assert found.alone_s == pytest.approx(0.8)


async def test_what_takes_long_once_is_sent() -> None:
    times = iter([3000.0, 5.0, 300.0, 5.0])
    found, _ = await outcome(Mix((CALLS,)), lambda *_: exchange(result={}, elapsed_ms=next(times)))
    assert found.asks == (CALLS,)
    assert found.alone_s == pytest.approx(0.005)


async def test_of_big_requests_the_small_ones_are_not_sent() -> None:
    found, _ = await outcome(Mix((LIST, NOTE)), fine, 1000)
    assert found.asks[1].variants == NOTE.variants[:1]
    assert found.left_out == ()


async def test_it_is_said_where_nothing_takes_long_strings() -> None:
    found, _ = await outcome(Mix((LIST, CALLS)), fine, 1000)
    assert found.left_out == ("nothing that may be asked takes long strings: all requests are small",)


async def test_a_call_that_fails_is_tried_with_what_another_has_listed() -> None:
    show = Ask("tools/call show", "tools/call", 6.0, ({"name": "show", "arguments": {"pack": "mcp-audit"}},))
    schema = {"properties": {"pack": {"type": "string"}}, "required": ["pack"]}

    def answer(method: str, params: Mapping[str, Any] | None) -> Exchange:
        assert method == "tools/call"
        asked = (params or {}).get("arguments", {})
        known = (params or {})["name"] == "add" or asked == {"pack": "a1"}
        return exchange(result={"structuredContent": {"packs": ["a1"]}} if known else {"isError": True})

    found = await tried(cast("Session", Talk(answer)), Mix((show, CALLS)), 0, [{"name": "show", "inputSchema": schema}])
    assert found.asks[0].variants == ({"name": "show", "arguments": {"pack": "a1"}},)
    assert found.left_out == ()


class Loaded:
    """A probe whose load is made up, and whose ordinary requests are answered as given, one after another."""

    revision = Revision.V2025_11_25
    transport = Transport.HTTP
    offer = Offer(revision, {}, {})

    def __init__(self, *answers: Exchange, then: Unobservable | None = None) -> None:
        self.answers = list(answers)
        self.then = then
        self.loading = LoadSettings(Profile("ours", "Ours", (Stage(10.0, 5.0),), streams=2))
        self.sent: list[tuple[Ask, ...]] = []

    def callable_tools(self) -> tuple[Any, ...]:
        return ()

    @asynccontextmanager
    async def session(self, **_: Any) -> Any:
        if self.then is not None and not self.answers:
            raise self.then
        yield Talk(lambda *_: self.answers.pop(0))

    async def load(self, asks: tuple[Ask, ...], subscribe: tuple[str, ...]) -> LoadRun:
        assert subscribe == ()
        self.sent.append(asks)
        return load_run(samples=())


async def _held(probe: Loaded) -> LoadRun:
    found: LoadRun = await under_load.run(cast("Probe", probe))
    return found


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait."""

    async def no_pause(_: float) -> None:
        await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(module, "anyio", SimpleNamespace(sleep=no_pause))


@pytest.mark.usefixtures("at_once")
async def test_ordinary_requests_before_and_after_are_the_evidence() -> None:
    before, trial, after = (exchange(result={}) for _ in range(3))
    probe = Loaded(before, trial, after)
    run = await _held(probe)
    assert run.samples == (before, after)
    assert [[ask.label for ask in asks] for asks in probe.sent] == [["ping"]]


async def test_where_requests_would_wait_for_a_client_there_is_no_load() -> None:
    probe = Loaded(exchange(result={}), *[exchange(result={}, elapsed_ms=1900.0)] * 2)
    probe.loading = LoadSettings(replace(probe.loading.profile, clients=27))
    with pytest.raises(Unobservable, match=r"alone a request takes 1900 ms.*27 clients are too few.*--clients 28"):
        await _held(probe)
    assert probe.sent == []


@pytest.mark.usefixtures("at_once")
async def test_a_target_that_comes_back_after_a_while_has_recovered() -> None:
    probe = Loaded(*(exchange(result={}) for _ in range(2)), silence(), silence(), exchange(result={}))
    assert status(does_not_recover, await _held(probe)) is Status.PASS


@pytest.mark.usefixtures("at_once")
async def test_a_target_that_does_not_come_back_is_asked_five_times() -> None:
    probe = Loaded(*(exchange(result={}) for _ in range(2)), *(silence() for _ in range(5)))
    assert status(does_not_recover, await _held(probe)) is Status.FAIL


@pytest.mark.usefixtures("at_once")
async def test_where_nobody_can_be_asked_afterwards_nothing_is_said_of_it() -> None:
    probe = Loaded(*(exchange(result={}) for _ in range(2)), then=Unobservable("the program does not start"))
    assert status(does_not_recover, await _held(probe)) is Status.NOT_OBSERVED


async def test_without_an_ordinary_answer_there_is_no_load() -> None:
    with pytest.raises(Unobservable, match="an ordinary request was answered with nothing"):
        await _held(Loaded(silence()))


async def test_without_anything_to_ask_there_is_no_load() -> None:
    probe = Loaded(exchange(result={}), refusal())
    with pytest.raises(Unobservable, match="ping: left out, since alone it gets error -32602; nothing is left to ask"):
        await _held(probe)
    assert probe.sent == []
