"""How much of a schema the arguments made use of: keywords that were fulfilled and violated, and branches taken."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mcp_audit_harness.model import JsonObject

from ..attacks.schema_limits import excess
from ..schemas import UnusableSchema, evaluator
from .pointers import escaped, pointed, pointer_parts
from .projection import schemas_inside

if TYPE_CHECKING:
    from collections.abc import Callable

_JUDGING: Final = frozenset(
    {
        *("type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
        *("maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "contains", "maxProperties"),
        *("minProperties", "required", "dependentRequired", "propertyNames", "not", "anyOf", "oneOf"),
    }
)
_CLOSING: Final = frozenset({"additionalProperties", "unevaluatedProperties", "unevaluatedItems", "items"})
"""What may be false, and judges only then."""
_EMPTY: Final[dict[str, tuple[Any, ...]]] = {
    "required": ([],),
    "dependentRequired": ({},),
    "minLength": (0,),
    "minItems": (0,),
    "minProperties": (0,),
    "uniqueItems": (False,),
    "propertyNames": (True, {}),
}
"""Values with which a keyword demands nothing."""
_BRANCHES: Final = ("anyOf", "oneOf")
_DEFINED: Final = ("$defs/", "definitions/")
_MOST: Final = 5_000
_NONE: Final[frozenset[str]] = frozenset()


@dataclass(slots=True)
class SchemaCoverage:
    """Which points of a schema some arguments touched.

    A point is `/properties/n/minimum+`: the keyword was there and fulfilled, `…-`: it was violated;
    `/properties/v/anyOf/1+`: a value fitted the branch. Not each can be reached: `coverable` is an upper bound.
    """

    schema: Any
    coverable: int = 0
    covered: tuple[str, ...] = ()
    """In the order in which they were first touched."""
    _open: set[str] = field(default_factory=set)
    _fulfilled: dict[str, frozenset[str]] = field(default_factory=dict)
    """By the place of a schema, what a value that fits it fulfils: several keywords may be judged in one go."""
    _evaluate: "Callable[[Any], list[JsonObject]] | None" = None

    def __post_init__(self) -> None:
        if not isinstance(self.schema, dict) or excess(self.schema):
            return
        try:
            self._evaluate = evaluator(self.schema)
        except UnusableSchema:
            return
        for place, points in _points(self.schema):
            self._open |= points
            self._fulfilled[place] = frozenset(
                point for point in points if point.endswith("+") and point.rpartition("/")[0] == place
            )
        self.coverable = len(self._open)

    def note(self, arguments: Any) -> None:
        """Take these arguments into account; costs nothing once all is covered."""
        if self._evaluate is None or not self._open:
            return
        touched: set[str] = set()
        for seen in self._evaluate(arguments):
            place = seen["schemaLocation"].rpartition("#")[2]
            touched.add(f"{place}{'+' if seen['valid'] else '-'}")
            if seen["valid"]:
                touched |= self._fulfilled.get(place, _NONE)
            else:
                within = place.rpartition("/")[0]
                touched.update(f"{within}/{word}-" for word in seen.get("errors", ()))
        new = touched & self._open
        if new:
            self._open -= new
            self.covered += tuple(sorted(new))


def _points(root: JsonObject) -> Iterator[tuple[str, set[str]]]:
    """Yield the points of each schema that can come to be applied, by its place."""
    waiting, seen = [""], set[str]()
    while waiting and len(seen) < _MOST:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        schema = pointed(root, place)
        if isinstance(schema, dict):
            yield place, set(_own_points(place, schema))
            waiting += [f"{place}/{part}" for part, _ in schemas_inside(schema) if not part.startswith(_DEFINED)]
            waiting += _referred(root, schema)


def _own_points(place: str, schema: JsonObject) -> Iterator[str]:
    for word, value in schema.items():
        if word in _JUDGING and not any(value == empty for empty in _EMPTY.get(word, ())):
            yield f"{place}/{word}+"
            yield f"{place}/{word}-"
        elif word in _CLOSING and value is False:
            yield f"{place}/{word}-"
        if word in _BRANCHES and isinstance(value, list):
            yield from (f"{place}/{word}/{index}+" for index in range(len(value)))


def _referred(root: JsonObject, schema: JsonObject) -> Iterator[str]:
    """Yield where a reference within the document leads."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        return
    try:
        pointed(root, reference[1:])
    except (LookupError, ValueError):
        return
    yield "".join(f"/{escaped(part)}" for part in pointer_parts(reference[1:]))
