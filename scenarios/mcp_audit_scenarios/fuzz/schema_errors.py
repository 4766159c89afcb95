"""Where a value does not fit a JSON Schema: by place and keyword, which do not follow the value. Nothing is fetched."""

import itertools
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ..schemas import closed_registry, is_unsure

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

_KEPT: Final = 256
_MOST: Final = 20
_compiled: "OrderedDict[str, Any]" = OrderedDict()


@dataclass(frozen=True, slots=True)
class Misfit:
    """One keyword that a value breaks."""

    cause: str
    """The place of the keyword in the schema: `/properties/limit/minimum`."""
    keyword: str
    value: Any = None
    """The part of the value that breaks it."""
    types: frozenset[str] = field(default_factory=frozenset)
    """Of the keyword `type`, what it allows."""


def misfits(schema: Any, value: Any) -> tuple[Misfit, ...]:
    """Return where a value breaks a schema, in the order of the places; empty too if the schema cannot be used."""
    validator = _validator(schema)
    if validator is None:
        return ()
    try:
        errors = list(itertools.islice(validator.iter_errors(value), _MOST))
    except ValueError:
        return ()
    return tuple(sorted((_misfit(error) for error in errors if not is_unsure(error)), key=lambda misfit: misfit.cause))


def _misfit(error: "ValidationError") -> Misfit:
    place = "".join(f"/{part}" for part in error.schema_path)
    keyword = str(error.schema_path[-1]) if error.schema_path else "false"
    types = frozenset(str(kind) for kind in getattr(error.kind, "types", ())) if keyword == "type" else frozenset()
    return Misfit(place or "/", keyword, error.instance, types)


def _validator(schema: Any) -> Any:
    """Return a validator, compiled once for each schema; None if the schema is broken or needs another document."""
    import jsonschema_rs  # noqa: PLC0415 - takes longer to load than all that does not need it

    key = json.dumps(schema, sort_keys=True)
    if key in _compiled:
        _compiled.move_to_end(key)
        return _compiled[key]
    try:
        made = jsonschema_rs.validator_for(schema, registry=closed_registry())
    except (jsonschema_rs.ReferencingError, ValueError):
        made = None
    _compiled[key] = made
    if len(_compiled) > _KEPT:
        _compiled.popitem(last=False)
    return made
