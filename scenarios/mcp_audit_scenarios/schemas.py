"""JSON Schemas that a target wrote: whether they are valid, and whether a value fits them.

The target chooses every word of such a schema. A reference to another document (`$ref`, `$schema`) would be an order to
fetch a URL or read a file of its choice on the machine of whoever audits it, so nothing outside the schema is ever
fetched: a schema that needs it is left unjudged.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from mcp_audit_harness.model import JsonObject

if TYPE_CHECKING:
    from jsonschema_rs import Registry, ValidationError, Validator

_DIALECT_2020_12 = "https://json-schema.org/draft/2020-12/schema"
_MAX_TEXT = 160


def flaw(schema: JsonObject) -> str:
    """Return why the schema breaks the meta-schema of its dialect; empty if it does not, or the dialect is unknown.

    A schema without `$schema` is read as 2020-12, the default of MCP.
    """
    import jsonschema_rs  # noqa: PLC0415 - takes longer to load than all checks that do not need it

    try:
        jsonschema_rs.meta.validate({"$schema": _DIALECT_2020_12, **schema}, registry=closed_registry())
    except jsonschema_rs.ValidationError as error:
        return _sentence(error)
    except (jsonschema_rs.ReferencingError, ValueError):
        return ""
    return ""


def misfit(schema: JsonObject, value: Any) -> str:
    """Return why the value does not fit the schema; empty if it does, or if the schema itself cannot be used."""
    import jsonschema_rs  # noqa: PLC0415 - as above

    try:
        validator = jsonschema_rs.validator_for(schema, registry=closed_registry())
    except (jsonschema_rs.ReferencingError, ValueError):
        return ""
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return _sentence(error)
    except ValueError:
        return ""
    return ""


class UnusableSchema(Exception):  # noqa: N818 - the schema is to blame
    """A schema that values cannot be judged by; says why."""


def judge(schema: Any) -> Callable[[Any], bool]:
    """Return what says whether a value fits the schema, compiled once for many values.

    What cannot be judged in bounded time (a pattern that backtracks without end) counts as fitting.

    Raises:
        UnusableSchema: if it is none, or needs another document.
    """
    validator = _compiled(schema)

    def fits(value: Any) -> bool:
        try:
            return validator.is_valid(value) or all(is_unsure(error) for error in validator.iter_errors(value))
        except ValueError:
            return True

    return fits


def evaluator(schema: Any) -> Callable[[Any], list[JsonObject]]:
    """Return what says of a value which places of the schema it came by, and whether it fitted there.

    Each has a `schemaLocation` (a URI whose fragment is a JSON Pointer, or that fragment alone) and `valid`.

    Raises:
        UnusableSchema: as `judge`.
    """
    validator = _compiled(schema)

    def places(value: Any) -> list[JsonObject]:
        try:
            found: list[Any] = validator.evaluate(value).list()["details"]
        except ValueError:
            return []
        return found

    return places


def _compiled(schema: Any) -> "Validator":
    import jsonschema_rs  # noqa: PLC0415 - as above

    try:
        return jsonschema_rs.validator_for(schema, registry=closed_registry())
    except (jsonschema_rs.ReferencingError, jsonschema_rs.ValidationError, ValueError) as error:
        raise UnusableSchema(getattr(error, "message", None) or str(error)) from error


def is_unsure(error: "ValidationError") -> bool:
    """Whether an error may be one of our own reading: a pattern that is too hard, fractions that no double can hold."""
    from jsonschema_rs import ValidationErrorKind as Kind  # noqa: PLC0415 - as above

    if isinstance(error.kind, Kind.BacktrackLimitExceeded | Kind.RegexEngineFailure | Kind.Referencing):
        return True
    return isinstance(error.kind, Kind.MultipleOf) and isinstance(error.instance, float)


@cache
def closed_registry() -> "Registry":
    """Return a registry that knows the published drafts and fetches nothing."""
    import jsonschema_rs  # noqa: PLC0415 - as above

    return jsonschema_rs.Registry([], retriever=_refuse)


def _refuse(uri: str) -> NoReturn:
    raise LookupError(uri)


def _sentence(error: "ValidationError") -> str:
    where = "/".join(str(part) for part in error.instance_path)
    return f"{error.message[:_MAX_TEXT]}{f' at {where}' if where else ''}"
