"""Schemas as nobody should write them, but as servers may list them: by what each should come to."""

from typing import Any, Final

D7: Final = "http://json-schema.org/draft-07/schema#"
D4: Final = "http://json-schema.org/draft-04/schema#"
D2019: Final = "https://json-schema.org/draft/2019-09/schema"
D2020: Final = "https://json-schema.org/draft/2020-12/schema"


def members(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties]}


def deep(levels: int) -> Any:
    schema: Any = {"type": "string"}
    for _ in range(levels):
        schema = members(inner=schema)
    return schema


def doubling(levels: int) -> dict[str, Any]:
    both = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {**members(n={"$ref": "#/$defs/d0"}), "$defs": {**both, f"d{levels}": {"type": "integer"}}}


TREE: Final = {"type": "object", "properties": {"child": {"$ref": "#/$defs/tree"}, "v": {"type": "integer"}}}

USABLE: Final[dict[str, Any]] = {
    "nothing said": {},
    "anything": True,
    "object": {"type": "object"},
    "no type": {"properties": {"n": {"type": "integer"}}, "required": ["n"]},
    "types": {"type": ["object", "null"], "properties": {"n": {"type": ["integer", "null", "string"]}}},
    "definitions": {**members(n={"$ref": "#/$defs/n"}), "$defs": {"n": {"type": "integer"}}},
    "odd names of definitions": {**members(n={"$ref": "#/$defs/a~1b%20c~0"}), "$defs": {"a/b c~": {"type": "integer"}}},
    "reference to a property": {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"$ref": "#/properties/a"}},
    },
    "reference to an unknown keyword": {**members(n={"$ref": "#/x-shared/n"}), "x-shared": {"n": {"type": "integer"}}},
    "reference into another": {
        **members(n={"$ref": "#/$defs/o/properties/k"}),
        "$defs": {"o": members(k={"const": 3})},
    },
    "reference beside keywords": {
        **members(n={"$ref": "#/$defs/n", "minimum": 3}),
        "$defs": {"n": {"type": "integer"}},
    },
    "anchor": {**members(n={"$ref": "#here"}), "$defs": {"n": {"$anchor": "here", "type": "integer"}}},
    "own id": {
        "$id": "https://example.com/s.json",
        **members(n={"$ref": "https://example.com/s.json#/$defs/n"}),
        "$defs": {"n": {"type": "integer"}},
    },
    "relative id": {
        "$id": "https://example.com/a/s.json",
        **members(n={"$ref": "n.json"}),
        "$defs": {"n": {"$id": "n.json", "type": "integer"}},
    },
    "dynamic reference": {
        **members(n={"$dynamicRef": "#n"}),
        "$defs": {"n": {"$dynamicAnchor": "n", "type": "integer"}},
    },
    "recursion": {"$schema": D2020, **members(t={"$ref": "#/$defs/tree"}), "$defs": {"tree": TREE}},
    "recursion of the whole": {"type": "object", "properties": {"child": {"$ref": "#"}, "n": {"type": "integer"}}},
    "mutual recursion": {
        **members(a={"$ref": "#/$defs/a"}),
        "$defs": {
            "a": {"type": "array", "items": {"$ref": "#/$defs/b"}},
            "b": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}},
        },
    },
    "recursive reference of 2019": {
        "$schema": D2019,
        "type": "object",
        "properties": {"child": {"$recursiveRef": "#"}},
    },
    "tuple": members(t={"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False}),
    "tuple of draft 7": {
        "$schema": D7,
        **members(t={"type": "array", "items": [{"type": "integer"}], "additionalItems": False}),
    },
    "definitions of draft 7": {
        "$schema": D7,
        **members(n={"$ref": "#/definitions/n"}),
        "definitions": {"n": {"type": "integer"}},
    },
    "siblings of draft 7": {
        "$schema": D7,
        **members(n={"$ref": "#/definitions/n", "type": "string"}),
        "definitions": {"n": {"type": "integer"}},
    },
    "dependencies of draft 7": {
        "$schema": D7,
        "type": "object",
        "properties": {"a": {}, "b": {}},
        "dependencies": {"a": ["b"], "b": {"required": ["a"]}},
    },
    "bounds of draft 4": {"$schema": D4, **members(n={"type": "integer", "minimum": 0, "exclusiveMinimum": True})},
    "dependent required": {"type": "object", "properties": {"a": {}, "b": {}}, "dependentRequired": {"a": ["b"]}},
    "dependent schemas": {
        "type": "object",
        "properties": {"a": {}},
        "dependentSchemas": {"a": members(b={"type": "integer"})},
    },
    "unevaluated": {
        "type": "object",
        "allOf": [{"properties": {"a": {"type": "string"}}}],
        "unevaluatedProperties": False,
    },
    "contains": members(l={"type": "array", "contains": {"const": 7}, "minContains": 2, "maxContains": 3}),
    "if then else": {
        **members(k={"enum": ["a", "b"]}),
        "if": {"properties": {"k": {"const": "a"}}},
        "then": {"required": ["x"]},
        "else": {"required": ["y"]},
    },
    "names": {"type": "object", "propertyNames": {"pattern": "^x-"}, "minProperties": 1},
    "patterns of names": {
        "type": "object",
        "patternProperties": {"^x-": {"type": "integer"}},
        "additionalProperties": False,
    },
    "map": {"type": "object", "additionalProperties": {"type": "integer"}},
    "const": members(c={"const": {"a": [1, None]}}),
    "null": members(n={"type": "null"}),
    "enum of all kinds": members(e={"enum": [None, 1, "a", [], {}, 1.5, False]}),
    "one of": members(v={"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]}),
    "any of objects": members(v={"anyOf": [members(a={"type": "string"}), members(b={"type": "integer"})]}),
    "discriminated": members(
        v={
            "oneOf": [
                members(kind={"const": "a"}, x={"type": "integer"}),
                members(kind={"const": "b"}, y={"type": "string"}),
            ]
        }
    ),
    "not": members(v={"type": "integer", "not": {"const": 0}}),
    "multiple": members(n={"type": "number", "multipleOf": 0.01}),
    "narrow": members(n={"type": "integer", "minimum": 5, "maximum": 5}),
    "very large": members(n={"type": "integer", "minimum": 10**400}),
    "wide": members(n={"type": "integer", "minimum": -(2**70), "maximum": 2**70}),
    "fraction bounds": members(n={"type": "number", "exclusiveMinimum": 0.1, "exclusiveMaximum": 0.2}),
    "format": members(
        m={"type": "string", "format": "email"}, u={"type": "string", "format": "uri"}, d={"format": "date-time"}
    ),
    "unknown format": members(m={"type": "string", "format": "phase-of-the-moon"}),
    "pattern": members(p={"type": "string", "pattern": "^[a-z]{3}-\\d{2,}$"}),
    "pattern of unicode": members(p={"type": "string", "pattern": "^\\p{Lu}\\p{Ll}+$"}),
    "looking pattern": members(p={"type": "string", "pattern": "^(?=.*\\d)(?=.*[a-z]).{4,8}$"}),
    "slow pattern": members(p={"type": "string", "pattern": "^(a+)+$"}),
    "slow looking pattern": members(p={"type": "string", "pattern": "^(?=(a+)+b)a"}),
    "repeating pattern": members(p={"type": "string", "pattern": "^(?:a{1,50}){1,50}$"}),
    "long text": members(s={"type": "string", "minLength": 5000}),
    "many items": members(l={"type": "array", "minItems": 40, "items": {"type": "integer"}}),
    "unique items": members(l={"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3}),
    "many members": members(**{f"m{n}": {"type": "integer"} for n in range(40)}),
    "many choices": members(e={"enum": [*range(500)]}),
    "deep": deep(8),
    "odd names": {
        "type": "object",
        "properties": {"": {"type": "integer"}, "a/b~c%": {"type": "string"}, "$ref": {"type": "string"}},
    },
    "a member called $ref": {"type": "object", "properties": {"$ref": {"type": "string"}}, "required": ["$ref"]},
    "required only": {"type": "object", "required": ["x"]},
    "content": members(c={"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}),
    "openapi words": members(n={"type": "string", "nullable": True, "example": 3, "discriminator": {}, "xml": {}}),
    "defaults that do not fit": members(n={"type": "integer", "default": "none", "examples": [None]}),
    "false member": {"type": "object", "properties": {"never": False, "n": {"type": "integer"}}},
}
"""Schemas that something fits."""

BROKEN: Final[dict[str, Any]] = {
    "none": None,
    "false": False,
    "list": [{"type": "object"}],
    "text": "object",
    "unknown type": {"type": "dict"},
    "type of a member": members(n={"type": "int"}),
    "required as in draft 3": {"type": "object", "properties": {"n": {"type": "integer", "required": True}}},
    "properties as a list": {"type": "object", "properties": [{"name": "n"}]},
    "examples that are no list": members(n={"type": "string", "examples": "x"}),
    "dangling reference": members(n={"$ref": "#/$defs/nothing"}),
    "dangling anchor": members(n={"$ref": "#nothing"}),
    "contradictory bounds": members(n={"type": "integer", "minimum": 2, "maximum": 1}),
    "contradictory lengths": members(s={"type": "string", "minLength": 3, "maxLength": 2}),
    "contradictory types": {**members(n={"allOf": [{"type": "integer"}, {"type": "string"}]})},
    "empty choice": members(n={"not": {}}),
    "endless": {**members(t={"$ref": "#/$defs/t"}), "$defs": {"t": members(t={"$ref": "#/$defs/t"})}},
    "forbidden member": {"type": "object", "properties": {"n": False}, "required": ["n"]},
    "no object": {"type": "string"},
}
"""Schemas that nothing fits, or that are none; each is to blame itself."""

UNREAD: Final[dict[str, Any]] = {
    "pattern that cannot be read": members(p={"type": "string", "pattern": "("}),
    "unknown dialect": {"$schema": "https://example.com/my-dialect", **members(n={"type": "integer"})},
    "other document": members(n={"$ref": "https://127.0.0.1:9/n.json"}),
    "file": members(n={"$ref": "file:///etc/passwd"}),
    "other document by its name": members(n={"$ref": "n.json"}),
    "too deep": deep(200),
    "doubling": doubling(40),
    "in place for ever": {"type": "object", "allOf": [{"$ref": "#"}]},
}
"""Schemas that are left alone, without a word against them."""
