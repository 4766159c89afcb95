"""Spans of HTTP requests, for whichever OpenTelemetry SDK the process has set up; without one there are none.

The SDK of MCP opens a span for every message (`tools/call NAME`) under the `traceparent` of its `_meta`, or else under
the span that is current: the one of the request, which continues the `traceparent` header.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import Span, SpanKind, StatusCode

_TRACER: Final = "oraclepack_mcp"
_SILENT: Final = frozenset({trace.ProxyTracerProvider, trace.NoOpTracerProvider})
_CARRIED: Final = frozenset({b"traceparent", b"tracestate", b"baggage"})


def wanted() -> bool:
    """Whether anybody collects spans."""
    return type(trace.get_tracer_provider()) not in _SILENT


@contextmanager
def request_span(method: str, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Span]:
    """The span of one HTTP request, a child of the caller's when the headers name it."""
    carrier = {name.decode(): value.decode("latin-1") for name, value in headers if name in _CARRIED}
    tracer = trace.get_tracer(_TRACER)
    attributes = {"http.request.method": method}
    with tracer.start_as_current_span(
        method, context=extract(carrier), kind=SpanKind.SERVER, attributes=attributes, record_exception=False
    ) as span:
        yield span


def note_status(span: Span, status: int | None) -> None:
    """Put the status of the answer on a request's span; none: the client left first."""
    if status is not None:
        span.set_attribute("http.response.status_code", status)
    if status is None or status >= 500:
        span.set_status(StatusCode.ERROR)


def note_call(outcome: str, run_id: str | None) -> None:
    """Put the outcome of a tool call on the current span, which is the one of its message."""
    span = trace.get_current_span()
    span.set_attribute("oraclepack.outcome", outcome)
    if run_id is not None:
        span.set_attribute("oraclepack.run_id", run_id)
