"""What a server should do in the place of what it did: for each oracle the expectations that a test may state."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.model import Exchange, FailingInput, Report

from . import parts
from .parts import Answer, Step

ALIVE: Final = frozenset({"fuzz/stops-answering", "fuzz/message-stops-answers"})
"""Oracles whose whole expectation is that the server goes on answering."""
TOGETHER: Final = "fuzz/mixes-concurrent-answers"
NO_TEST: Final = {
    "fuzz/memory-grows": "one input does not show it",
    "fuzz/read-only-tool-changes-files": "it shows in a directory that the server may read",
    "fuzz/unusable-schema": "no input shows it",
}
_FORM: Final = frozenset({"fuzz/malformed-answer", "fuzz/message-malformed-answer"})
_NO_METHOD: Final = -32601
_LEAST_SLOW_S: Final = 0.5
_QUOTED: Final = re.compile(r"'([^']{6,})'")
_REQUIRED_OF: Final[dict[str, tuple[str, ...]]] = {"expect_another_end": ("kind_of",)}
"""Functions that an expectation calls."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A call of one of the functions in `parts`."""

    function: Callable[..., None]
    arguments: tuple[Any, ...] = ()

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of what has to be copied into the file."""
        name = self.function.__name__
        return (name, *_REQUIRED_OF.get(name, ()))

    @property
    def call(self) -> str:
        """The line of the test."""
        return f"{self.function.__name__}({', '.join(('answers', *(ascii(item) for item in self.arguments)))})"

    def is_met(self, answers: list[Answer]) -> bool:
        """Whether what was recorded meets it: then a test of it would pass on the broken server."""
        try:
            self.function(answers, *self.arguments)
        except AssertionError:
            return False
        except Exception:  # noqa: BLE001 - a check by others (JSON Schema, JSON) raises errors of its own
            return False
        return True


def expectation(
    failure: FailingInput, report: Report, played: list[Exchange], recorded: list[Answer]
) -> Expectation | None:
    """Return an expectation that the recorded answers do not meet, or None if there is none."""
    found = next((found for found in _candidates(failure, report, recorded) if not found.is_met(recorded)), None)
    if found is None and failure.check in _FORM and any(exchange.violations for exchange in played):
        return Expectation(parts.expect_fits_the_wire, (str(failure.revision),))
    return found


_SIMPLE: Final[dict[str, tuple[Expectation, ...]]] = {
    "fuzz/stops-answering": (Expectation(parts.expect_answers),),
    "fuzz/message-stops-answers": (),
    "fuzz/internal-error": (
        Expectation(parts.expect_no_server_error),
        Expectation(parts.expect_no_server_error, (_NO_METHOD,)),
    ),
    "fuzz/message-server-error": (Expectation(parts.expect_no_server_error),),
    "fuzz/accepts-invalid-arguments": (Expectation(parts.expect_refusal),),
    "fuzz/accepts-malformed-message": (Expectation(parts.expect_refusal),),
    "fuzz/malformed-answer": (Expectation(parts.expect_well_formed),),
    "fuzz/message-malformed-answer": (Expectation(parts.expect_well_formed),),
    "fuzz/dirty-stdout": (Expectation(parts.expect_clean_stdout),),
    "fuzz/idempotent-tool-fails-again": (Expectation(parts.expect_same_again),),
}
"""What oracles expect of every input alike."""


def _candidates(failure: FailingInput, report: Report, recorded: list[Answer]) -> Iterator[Expectation]:
    match failure.check:
        case "fuzz/leaks-internals" | "fuzz/message-leaks-internals":
            yield Expectation(parts.expect_no_trace)
            yield from (Expectation(parts.expect_absent, (text,)) for text in _QUOTED.findall(failure.message))
        case "fuzz/slow-for-small-input":
            slowest = max(answer.seconds for answer in recorded)
            yield Expectation(parts.expect_within, (max(_LEAST_SLOW_S, round(slowest / 2, 1)),))
        case "fuzz/breaks-output-schema":
            yield from (Expectation(parts.expect_output, (schema,)) for schema in _output_schema(failure, report))
        case check if check in _SIMPLE:
            yield from _SIMPLE[check]
        case _:
            yield Expectation(parts.expect_another_end, (parts.kind_of(recorded[-1]),))


def _output_schema(failure: FailingInput, report: Report) -> Iterator[Any]:
    offers = report.survey.offers if report.survey is not None else ()
    for offer in offers:
        for tool in offer.tools:
            if offer.revision is failure.revision and f"tool:{tool.get('name')}" == failure.subject:
                yield tool.get("outputSchema", {})


def recorded_answer(step: Step, exchange: Exchange) -> Answer:
    """Return what came back when the failure was found."""
    return Answer(
        step,
        list(exchange.messages),
        exchange.status,
        exchange.body,
        list(exchange.strays),
        exchange.elapsed_ms / 1000,
        "" if exchange.answered else exchange.outcome.value,
    )
