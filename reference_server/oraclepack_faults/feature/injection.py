"""Arguments that are run: by a shell, as a template, as code, by the parser of options."""

import re
from collections.abc import Iterator
from typing import Any

from oraclepack_faults.fault import PASS, Context, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.feature.fetching import fetch
from oraclepack_faults.results import method_of, params_of, with_member

_ARITHMETIC = re.compile(r"\$\(\((\d+)\*(\d+)\)\)")
_TEMPLATE = re.compile(r"\{\{(\d+)\*(\d+)\}\}")
_PYTHON = re.compile(r"len\('ab'\*(\d+)\)\*(\d+)//2")
_CALL = re.compile(r"\$\(curl -s -m 2 (\S+?)/\$\(\((\d+)\*(\d+)\)\)\|\|")
_MAIN = "tools/call"


def _given(request: Any) -> Iterator[str]:
    """Yield the texts among the arguments of a call."""
    arguments = params_of(request).get("arguments")
    for value in arguments.values() if isinstance(arguments, dict) else ():
        if isinstance(value, str):
            yield value


def says_more(message: Json, text: str) -> Json:
    """Return a result of a tool with one more text; other messages as they are."""
    result = message.get("result")
    if not text or not isinstance(result, dict) or not isinstance(result.get("content"), list):
        return message
    return with_member(message, "content", [*result["content"], {"type": "text", "text": text}])


def _worked_out(message: Json, context: Context, pattern: re.Pattern[str]) -> Json:
    """Add the products of the factors that a pattern finds in the arguments."""
    if method_of(context) != _MAIN:
        return message
    found = [match for value in _given(context.request) for match in pattern.finditer(value)]
    return says_more(message, " ".join(str(int(match[1]) * int(match[2])) for match in found))


@rewrites("injection/runs-shell-commands", "feature")
def runs_shell_commands(message: Json, context: Context) -> Rewritten:
    """Arguments are part of a command line, and its output is shown."""
    return _worked_out(message, context, _ARITHMETIC)


@rewrites("injection/evaluates-templates", "feature")
def evaluates_templates(message: Json, context: Context) -> Rewritten:
    """Arguments are part of a template before it is rendered."""
    return _worked_out(message, context, _TEMPLATE)


@rewrites("injection/evaluates-code", "feature")
def evaluates_code(message: Json, context: Context) -> Rewritten:
    """Arguments are evaluated as Python."""
    return _worked_out(message, context, _PYTHON)


@answers("injection/runs-commands-unseen", "feature")
def runs_commands_unseen(message: Any, context: Context) -> Reply:
    """Arguments are part of a command line whose output is thrown away."""
    found = next((match for value in _given(message) if (match := _CALL.search(value))), None)
    if found is not None:
        fetch(f"{found[1]}/{int(found[2]) * int(found[3])}")
    return PASS


@rewrites("injection/reads-text-as-option", "feature")
def reads_text_as_option(message: Json, context: Context) -> Rewritten:
    """Arguments are handed to a program that takes what begins with dashes for options."""
    options = [value for value in _given(context.request) if value.startswith("--")]
    if method_of(context) != _MAIN or not options:
        return message
    return says_more(message, f"error: unknown option `{options[0][2:]}'")
