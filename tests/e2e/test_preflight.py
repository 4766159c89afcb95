"""Targets that cannot be audited: one sentence, no result, bounded time and memory."""

import resource
import sys

import pytest
from mcp_audit_harness.api import load_catalogue, observe
from mcp_audit_harness.calibration import servers
from mcp_audit_harness.calibration.reference import http_reference
from mcp_audit_harness.engine.saved import Run
from mcp_audit_harness.model import HttpTarget, StdioTarget, Target
from mcp_audit_harness.policy import Options

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]
OPTIONS = Options(timeout_s=2.0, budget_s=30.0)


async def seen_at(target: Target, options: Options = OPTIONS) -> Run:
    return await observe(target, load_catalogue(), options)


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        (servers.black_hole, "accepts connections but does not answer within the time limit; raise it with --timeout"),
        (servers.web_page, "is a web page, not an MCP endpoint"),
        (servers.json_api, "answers JSON that is not JSON-RPC"),
        (servers.redirect_loop, "redirects to /mcp; audit that URL instead"),
        (servers.unauthorized, "requires authorization (Bearer); name a variable that holds a token: --bearer-env"),
        (servers.endless_stream, "opens an event stream but never answers the request on it"),
        (servers.refuse_all, "the server refuses every revision"),
    ],
)
async def test_a_host_that_is_no_usable_server_is_named_in_one_sentence(
    behaviour: servers.Behaviour, says: str
) -> None:
    async with servers.listening(behaviour) as url:
        run = await seen_at(HttpTarget(url))
    assert says in run.failure
    assert "\n" not in run.failure
    assert (run.survey, run.records, run.complete) == (None, (), False)


async def test_a_body_of_ten_gigabytes_is_cut_and_costs_little_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with servers.listening(servers.huge_body) as url:
        run = await seen_at(HttpTarget(url))
    grown_kib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // (
        1024 if sys.platform == "darwin" else 1
    )
    assert "sends more than the harness reads" in run.failure
    assert grown_kib < 200 * 1024


async def test_a_port_on_which_nothing_listens_is_unreachable() -> None:
    async with servers.closed_port() as url:
        run = await seen_at(HttpTarget(url))
    assert "nothing answers at 127.0.0.1" in run.failure


async def test_a_budget_that_ends_before_the_survey_is_said_so() -> None:
    async with servers.listening(servers.black_hole) as url:
        run = await seen_at(HttpTarget(url), Options(timeout_s=30.0, budget_s=0.5))
    assert "the budget of 0.5 s was spent before the target was understood" in run.failure


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; sys.exit(3)", "ended before it answered (exit code 3"),
        ("print('hello', flush=True); import time; time.sleep(60)", "writes text that is not MCP to stdout"),
        ("import time; time.sleep(60)", "does not answer initialize on stdin within the time limit"),
    ],
)
async def test_a_command_that_is_no_usable_server_is_named_in_one_sentence(code: str, says: str) -> None:
    run = await seen_at(StdioTarget((sys.executable, "-c", code)))
    assert says in run.failure
    assert run.records == ()


async def test_the_right_path_is_pointed_out() -> None:
    with http_reference() as target:
        run = await seen_at(HttpTarget(target.url.replace("/mcp", "/wrong")))
    assert run.failure.endswith("answers HTTP 404, but there is an MCP endpoint at /mcp")
