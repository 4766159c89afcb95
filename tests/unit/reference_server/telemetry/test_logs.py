"""The server's log lines."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from oraclepack_mcp.telemetry import request_ids
from oraclepack_mcp.telemetry.logs import configure
from oraclepack_mcp.telemetry.settings import TelemetrySettings


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers, root.level = before, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_its_fields_and_request_id(stream: io.StringIO) -> None:
    configure(TelemetrySettings(log_level="info"), stream)
    before = request_ids.current.set("abcdefgh")
    logging.getLogger("a.library").info("took %d of\n%s", 1, "two", extra={"tool": "x"})
    request_ids.current.reset(before)

    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "took 1 of\ntwo",
        "level": "info",
        "logger": "a.library",
        "tool": "x",
        "request_id": "abcdefgh",
    }


def test_what_is_below_the_level_is_left_out(stream: io.StringIO) -> None:
    configure(TelemetrySettings(), stream)
    logging.getLogger("a.library").info("quiet")
    logging.getLogger("a.library").warning("loud")

    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_configuring_again_replaces_what_was(stream: io.StringIO) -> None:
    configure(TelemetrySettings(), io.StringIO())
    configure(TelemetrySettings(), stream)
    logging.getLogger("a.library").warning("once")

    assert len(lines(stream)) == 1


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_tokens_session_ids_and_arguments_are_hidden(stream: io.StringIO, log_format: Any) -> None:
    configure(TelemetrySettings(log_format=log_format), stream)
    jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln"
    session = "0123456789abcdef0123456789abcdef"
    logging.getLogger("a.library").warning("saw Bearer %s", "opaque-token-1", extra={"detail": f"{jwt} {session}"})
    logging.getLogger("a.library").warning("call", extra={"arguments": {"pack": "private.md"}, "token": "t-o-k"})

    for secret in ("opaque-token-1", jwt, session, "private.md", "t-o-k"):
        assert secret not in stream.getvalue()
    assert stream.getvalue().count("[hidden]") == 5


def test_an_exception_is_told_by_type_and_place_not_by_its_text(stream: io.StringIO) -> None:
    configure(TelemetrySettings(), stream)
    try:
        int("private.md")
    except ValueError:
        logging.getLogger("a.library").exception("failed")

    (line,) = lines(stream)
    assert line["exception"] == "ValueError"
    assert "test_logs.py" in line["frames"][-1]
    assert "private.md" not in stream.getvalue()
