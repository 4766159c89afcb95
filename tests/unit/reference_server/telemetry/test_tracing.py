"""Spans of requests, seen by a tracer provider that a test can look into."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, TraceFlags
from oraclepack_mcp.telemetry.asgi import Observed
from oraclepack_mcp.telemetry.calls import CallRecorder
from oraclepack_mcp.telemetry.metrics import Metrics
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

pytestmark = pytest.mark.anyio
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class KeptSpan(NonRecordingSpan):
    def __init__(self, name: str, parent: SpanContext, attributes: dict[str, Any]) -> None:
        super().__init__(SpanContext(parent.trace_id or 1, 7, is_remote=False, trace_flags=TraceFlags(1)))
        self.name, self.parent, self.attributes, self.failed = name, parent, attributes, False

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def set_status(self, *_: Any, **__: Any) -> None:
        self.failed = True


class Keeper(trace.TracerProvider, trace.Tracer):
    def __init__(self) -> None:
        self.spans: list[KeptSpan] = []

    def get_tracer(self, *_: Any, **__: Any) -> trace.Tracer:
        return self

    def start_span(self, name: str, context: Context | None = None, *_: Any, **options: Any) -> Span:
        parent = trace.get_current_span(context).get_span_context()
        self.spans.append(KeptSpan(name, parent, dict(options.get("attributes") or {})))
        return self.spans[-1]

    @contextmanager
    def start_as_current_span(self, name: str, context: Context | None = None, **options: Any) -> Iterator[Span]:  # type: ignore[override]
        with trace.use_span(self.start_span(name, context, **options)) as span:
            yield span


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    keeper = Keeper()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: keeper)
    return keeper


async def ask(app: Any, headers: list[tuple[bytes, bytes]]) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        pass

    await Observed(app, Metrics())({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive, send)


async def test_a_request_continues_the_trace_of_its_caller(keeper: Keeper) -> None:
    await ask(Response(status_code=202), [(b"traceparent", f"00-{TRACE}-{CALLER}-01".encode())])

    (span,) = keeper.spans
    assert (span.name, span.parent.trace_id, span.parent.span_id) == ("POST", int(TRACE, 16), int(CALLER, 16))
    assert span.attributes == {"http.request.method": "POST", "http.response.status_code": 202}
    assert not span.failed


@pytest.mark.parametrize("given", [b"", b"nonsense", b"00-0-0-0", b"\xff\xfe"])
async def test_a_malformed_traceparent_starts_a_new_trace(keeper: Keeper, given: bytes) -> None:
    await ask(Response(status_code=503), [(b"traceparent", given)])

    assert not keeper.spans[0].parent.is_valid
    assert keeper.spans[0].failed


async def test_a_tool_call_puts_its_outcome_on_the_current_span(keeper: Keeper) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await CallRecorder().record("a_tool", "local", {}, "LIMIT", 0.1, "run-1")
        await Response()(scope, receive, send)

    await ask(app, [])

    assert keeper.spans[0].attributes["oraclepack.outcome"] == "LIMIT"
    assert keeper.spans[0].attributes["oraclepack.run_id"] == "run-1"
