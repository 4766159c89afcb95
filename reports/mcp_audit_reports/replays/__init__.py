"""A file of tests for pytest that repeat what generated requests showed, one for each failure.

It stands alone: it needs pytest, and httpx2 where the server is reached by URL. Each test fails as long as the server
handles the smallest input wrongly.
"""

import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mcp_audit_harness.model import Exchange, FailingInput, Report, Transport

from . import over_http, over_stdio, parts
from .expected import ALIVE, NO_TEST, TOGETHER, expectation, recorded_answer
from .parts import Step
from .steps import chosen, renamed, step_of, steps_of

__all__ = ["Emitted", "render_tests"]

_IMPORTS = (
    *("importlib", "json", "os", "queue", "re", "shlex", "socket", "subprocess", "threading", "time"),
    "from concurrent.futures import ThreadPoolExecutor",
    "from dataclasses import dataclass, field, replace",
    "from typing import Any, Self",
    "from urllib.parse import urljoin, urlsplit",
)


@dataclass(frozen=True, slots=True)
class Emitted:
    """A file of tests."""

    text: str
    count: int
    left_out: tuple[str, ...]
    """Failures without a test, and why, a sentence each."""


@dataclass(frozen=True, slots=True)
class _Test:
    text: str
    functions: tuple[str, ...]


def render_tests(report: Report, argv: Sequence[str] = ()) -> Emitted:
    """Return the tests for the failures of a report; `argv` is the command of a stdio server."""
    exchanges = {exchange.id: exchange for exchange in report.exchanges}
    tests: list[_Test] = []
    left_out: list[str] = []
    for failure in report.fuzzing.failures if report.fuzzing is not None else ():
        test = _test(failure, report, exchanges, f"{len(tests) + 1:02}")
        if isinstance(test, str):
            left_out.append(f"no test for {failure.check} at {ascii(failure.subject)[1:-1]}: {test}")
        else:
            tests.append(test)
    return Emitted(_file(report, argv, tests), len(tests), tuple(dict.fromkeys(left_out)))


def _test(failure: FailingInput, report: Report, exchanges: dict[str, Exchange], number: str) -> "_Test | str":
    """Return the test, or why there is none."""
    control = exchanges.get(failure.control)
    if failure.check in NO_TEST:
        return NO_TEST[failure.check]
    if not failure.reproduced or control is None:
        return "it did not show again"
    played = chosen(failure, [exchanges[name] for name in failure.evidence if name in exchanges])
    steps = steps_of(failure, played, report)
    if steps is None:
        return "what was sent is too long, or was not recorded"
    recorded = [recorded_answer(step, exchange) for step, exchange in zip(steps, played, strict=True)]
    needed: tuple[str, ...] = ()
    if failure.check == TOGETHER:
        body, needed = _together(), ("contents", "renumbered")
    else:
        expected = expectation(failure, report, played, recorded)
        if expected is None and failure.check not in ALIVE:
            return "what it shows cannot be told from one answer"
        body = ["answers = server.replay(steps)", expected.call] if expected else ["server.replay(steps)"]
        needed = expected.functions if expected else ()
    *steps, asking = renamed([*steps, step_of(control, report)])
    return _Test(_function(failure, steps, asking, body, number), needed)


def _together() -> list[str]:
    return [
        "alone = server.replay(steps)",
        "for number in range(5):",
        "    both = server.together(renumbered(steps, number))",
        "    assert [contents(answer) for answer in both] == [contents(answer) for answer in alone]",
    ]


def _function(failure: FailingInput, steps: Iterable[Step], control: Step, body: Iterable[str], number: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", f"{failure.check} {failure.subject}".lower()).strip("_")[:70]
    lines = [
        f"def test_{number}_{slug}() -> None:",
        f"    {failure.message!a}",
        f"    control = {_literal(control)}",
        "    steps = [",
        *(f"        {_literal(step)}," for step in steps),
        "    ]",
        f"    with Conversation({str(failure.revision)!r}, control) as server:",
        *(f"        {line}" for line in body),
        "        assert server.is_answered()",
    ]
    return "\n".join(lines)


def _literal(step: Step) -> str:
    members = {"headers": step.headers, "path": step.path, "rpc_id": step.rpc_id, "opens": step.opens}
    given = [f"{name}={value!a}" for name, value in members.items() if value not in {(), "", None}]
    return f"Step({', '.join([ascii(step.verb), ascii(step.body), *given])})"


def _file(report: Report, argv: Sequence[str], tests: Sequence[_Test]) -> str:
    stdio = report.survey is not None and report.survey.transport is Transport.STDIO
    module = over_stdio if stdio else over_http
    names = dict.fromkeys(name for test in tests for name in test.functions)
    copied = [inspect.getsource(getattr(parts, name)) for name in ("Step", "Answer", *names)]
    copied.append(inspect.getsource(module.Conversation))
    if stdio:
        copied.append(inspect.getsource(over_stdio._answers))  # noqa: SLF001 - it belongs to the conversation
    constants = "\n".join(_constants(report, argv, stdio=stdio))
    body = "\n\n\n".join([constants, *(text.rstrip() for text in copied), *(test.text for test in tests)])
    imports = [f"import {name}" for name in _IMPORTS if name.isalpha() and re.search(rf"\b{name}\.", body)]
    imports += [line for line in (_used(line, body) for line in _IMPORTS) if line]
    if not stdio:
        imports += ["", "import httpx2"]
    return "\n".join([_heading(report, stdio=stdio), *imports, "", body, ""])


def _used(line: str, body: str) -> str:
    """Return an import of names without those that nothing uses."""
    source, _, names = line.partition(" import ")
    kept = [name for name in names.split(", ") if name and re.search(rf"\b{name}\b", body)]
    return f"{source} import {', '.join(kept)}" if kept else ""


def _heading(report: Report, *, stdio: bool) -> str:
    target = re.sub(r"[^\w:/.,@=+ -]", "?", report.target_label, flags=re.ASCII)[:200]
    said = (
        f"What `mcp-audit fuzz` found at {target} on {report.started_at[:10]} (seed {report.seed}), as tests: each "
        "repeats the smallest input that showed a failure, and passes once the server handles it."
    )
    more = (
        "MCP_COMMAND names another command to start the server with."
        if stdio
        else "MCP_URL names another address of the server, MCP_HEADERS (a JSON object) what it wants of headers."
    )
    text = "\n\n".join(textwrap.fill(part, 118) for part in (said, more))
    return f'"""{text}\n"""\n'


def _constants(report: Report, argv: Sequence[str], *, stdio: bool) -> list[str]:
    if stdio:
        command = list(argv) or report.target_label.split()
        return [
            f'COMMAND = shlex.split(os.environ.get("MCP_COMMAND", "")) or {command!a}',
            "TIMEOUT_S = 5.0",
            "STARTS_IN_S = 30.0",
        ]
    return [
        f'URL = os.environ.get("MCP_URL", {report.target_label!a})',
        'HEADERS = json.loads(os.environ.get("MCP_HEADERS", "{}"))',
        "TIMEOUT_S = 5.0",
        f"BOTH = {over_http.BOTH!a}",
    ]
