import json
from typing import Any

import httpx2
import pytest
from oraclepack_faults.fault import ASGIApp, Context, Fault, LineStreams, Receive, Scope, Send
from oraclepack_faults.serve import (
    ExposedFaultError,
    UnknownFaultError,
    build_app,
    choose,
    replaced,
    running,
    serve,
    wrap_http,
)
from oraclepack_mcp.security import roots
from oraclepack_mcp.settings import Settings

from tests.unit.faults.driving import ask

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


def parts_fault(name: str, part: str, replacement: Any) -> Fault:
    return Fault(name, "feature", "Broken.", parts={part: replacement})


def known(*names: str) -> dict[str, Fault]:
    return {name: parts_fault(name, "oraclepack_mcp.VERSION", lambda part: part) for name in names}


def test_faults_come_in_the_order_asked_for_and_once() -> None:
    assert [fault.name for fault in choose(["a/b", "a/a", "a/b"], known("a/a", "a/b"))] == ["a/b", "a/a"]


def test_an_unknown_name_is_told_with_the_closest_ones() -> None:
    with pytest.raises(UnknownFaultError) as caught:
        choose(["lifecycle/echos-unknown"], known("lifecycle/echoes-unknown-version", "tools/sleeps"))
    assert str(caught.value) == (
        "unknown fault 'lifecycle/echos-unknown': did you mean lifecycle/echoes-unknown-version?"
    )


def test_a_name_that_is_like_none_points_to_the_list() -> None:
    with pytest.raises(UnknownFaultError, match="--list-faults names them all"):
        choose(["zzz"], known("lifecycle/echoes-unknown-version"))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])  # noqa: S104 - they are refused
def test_faults_are_refused_on_an_address_that_others_reach(host: str) -> None:
    settings = Settings().model_copy(update={"transport": "streamable-http", "host": host})
    names = ["lifecycle/echoes-unknown-version"]
    with pytest.raises(ExposedFaultError, match=f"not on {host}"):
        serve(settings, names)
    with pytest.raises(ExposedFaultError), running(settings, names):
        raise AssertionError("it listens")


def test_parts_are_replaced_in_turn_and_put_back() -> None:
    clean = roots.open_part
    name = "oraclepack_mcp.security.roots.open_part"
    faults = [
        parts_fault("a/a", name, lambda part: ("first", part)),
        parts_fault("a/b", name, lambda part: ("b", part)),
    ]
    with replaced(faults):
        now: object = roots.open_part
    assert now == ("b", ("first", clean))
    assert roots.open_part is clean


def test_a_method_is_a_part_too() -> None:
    clean = vars(roots.Roots)["locate"]
    with replaced([parts_fault("a/a", "oraclepack_mcp.security.roots.Roots.locate", lambda _: "other")]):
        assert vars(roots.Roots)["locate"] == "other"
    assert vars(roots.Roots)["locate"] is clean


@pytest.mark.parametrize("name", ["oraclepack_mcp.security.roots.absent", "absent.part", "absent"])
def test_a_part_that_the_server_lacks_is_told(name: str) -> None:
    with pytest.raises(AttributeError), replaced([parts_fault("a/a", name, lambda part: part)]):
        raise AssertionError("it was replaced")


@pytest.mark.anyio
async def test_http_wrappers_stand_outside_the_messages_and_the_last_outermost() -> None:
    order: list[str] = []

    def wrapping(tag: str) -> Fault:
        def wrap(app: ASGIApp) -> ASGIApp:
            async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
                order.append(tag)
                await app(scope, receive, send)

            return wrapped

        return Fault("a/b", "wire", "Broken.", http=wrap)

    def answer(message: Any, context: Context) -> Any:
        order.append("message")
        return message

    faults = [wrapping("inner"), Fault("a/b", "wire", "Broken.", answer=answer), wrapping("outer")]
    await ask(wrap_http(build_app(Settings()), faults), "POST", {"a": 1})
    assert order == ["outer", "inner", "message"]


def test_faults_of_stdio_alone_leave_the_app_as_it_is() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None: ...

    def same(streams: LineStreams) -> LineStreams:
        return streams

    assert wrap_http(app, [Fault("a/b", "transport", "Broken.", stdio=same)]) is app


def initialize(url: str, **headers: str) -> httpx2.Response:
    with httpx2.Client() as client:
        return client.post(url, json=INITIALIZE, headers=HEADERS | headers)


def negotiated(response: httpx2.Response) -> str:
    data = [line.removeprefix("data:").strip() for line in response.text.splitlines() if line.startswith("data:")]
    payload = next(item for item in data if item) if data else response.text
    return str(json.loads(payload)["result"]["protocolVersion"])


def test_the_clean_server_runs_in_a_thread_until_it_is_left() -> None:
    with running(Settings(transport="streamable-http", port=0)) as url:
        assert negotiated(initialize(url)) == "2025-11-25"
        assert initialize(url, origin="http://evil.example").status_code == 403
    with pytest.raises(httpx2.ConnectError):
        initialize(url)


def test_the_faulty_server_runs_in_a_thread() -> None:
    names = ["lifecycle/echoes-unknown-version", "rebinding/accepts-foreign-origin"]
    with running(Settings(transport="streamable-http", port=0), names) as url:
        assert negotiated(initialize(url, origin="http://evil.example")) == "1999-01-01"


def test_a_server_that_cannot_bind_says_so() -> None:
    settings = Settings(transport="streamable-http", port=0)
    with running(settings) as url:
        taken = settings.model_copy(update={"port": int(url.rpartition(":")[2].partition("/")[0])})
        with pytest.raises(OSError, match="in use"), running(taken):
            raise AssertionError("two servers on one port")
