"""Faults of a server that one odd message brings down: HTTP is out of order for a while, a stdio process ends."""

import re
from re import Pattern

from oraclepack_faults.fault import (
    ASGIApp,
    Event,
    Fault,
    LineStreams,
    Receive,
    Scope,
    Send,
    both,
    wraps_http,
    wraps_stdio,
)
from oraclepack_faults.transport.asgi import respond
from oraclepack_faults.transport.stdio import ending_at

_OUTAGE = 2
"""POSTs that find the server down, until it has been started again."""


def _brought_down_by(name: str, about: str, deadly: Pattern[bytes]) -> Fault:
    def out_of_order(app: ASGIApp) -> ASGIApp:
        outage = 0

        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal outage
            is_post = scope["type"] == "http" and scope["method"] == "POST"
            if is_post and outage:
                outage -= 1
                await respond(send, 503)
                return
            seen = bytearray()

            async def received() -> Event:
                nonlocal outage
                event = await receive()
                seen.extend(event.get("body", b""))
                if deadly.search(seen):
                    outage = _OUTAGE
                    seen.clear()
                return event

            await app(scope, received if is_post else receive, send)

        return served

    def ended(streams: LineStreams) -> LineStreams:
        return ending_at(streams, lambda line: deadly.search(line.encode("utf-8", "surrogateescape")) is not None)

    out_of_order.__doc__ = ended.__doc__ = about
    return both(wraps_http(name, "transport")(out_of_order), wraps_stdio(name, "transport")(ended))


dies_on_deep_nesting = _brought_down_by(
    "robustness/dies-on-deep-nesting",
    "A message of thousands of levels brings the server down.",
    re.compile(rb"\[{1000}"),
)
dies_on_huge_integer = _brought_down_by(
    "robustness/dies-on-huge-integer",
    "An integer of thousands of digits brings the server down.",
    re.compile(rb"9{1000}"),
)
dies_on_long_method = _brought_down_by(
    "robustness/dies-on-long-method", "A very long method name brings the server down.", re.compile(rb"a{10000}")
)
