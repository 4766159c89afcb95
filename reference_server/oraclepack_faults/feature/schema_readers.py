"""Faults in what a tool makes of schemas that its callers bring."""

from typing import Any

from oraclepack_faults.fault import PASS, Context, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.results import params_of, with_result

_READER = "test_validate_schema"


def _schema(request: Any) -> Json:
    """Return the schema that a request brings to the tool that reads some; empty where there is none."""
    asked = params_of(request)
    arguments = asked.get("arguments")
    if asked.get("name") != _READER or not isinstance(arguments, dict):
        return {}
    found = arguments.get("schema")
    return found if isinstance(found, dict) else {}


def _fits(message: Json, context: Context) -> Json:
    return with_result(message, {"content": [{"type": "text", "text": "It fits."}]}, context)


@rewrites("schemas/guesses-unknown-dialect", "feature")
def guesses_dialect(message: Json, context: Context) -> Rewritten:
    """Every dialect is taken for the one that is known."""
    return _fits(message, context) if "$schema" in _schema(context.request) else message


@rewrites("schemas/passes-unresolved-reference", "feature")
def drops_references(message: Json, context: Context) -> Rewritten:
    """A reference that leads nowhere is dropped, so that everything fits."""
    return _fits(message, context) if "$ref" in _schema(context.request) else message


@answers("schemas/reads-without-bound", "feature")
def reads_all(message: Any, context: Context) -> Reply:
    """No schema is too deep: one that nobody can follow counts as one that fits."""
    return _fits(message, context) if "not" in _schema(message) else PASS
