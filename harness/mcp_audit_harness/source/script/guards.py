"""What counts as a check or a cleaning of a value: functions by their names, conditions that end a function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .syntax import arguments, key, member

if TYPE_CHECKING:
    from tree_sitter import Node

    from .module import ScriptModule

_JUDGING: Final = re.compile(
    r"(valid(ate|ates|ated|ator|ation)?|invalid|saniti[sz]e[sdr]?|asserts?|ensure|checks?|verif(y|ied)|safe(ly)?|secure"
    r"|allow(ed|list)?|allowlisted|permit(ted)?|forbid(den)?|escaped?|quoted?|whitelist(ed)?|within|inside|contained"
    r"|guard|clean(ed)?|invariant|blocked|authorized?|restrict(ed)?|enforce)"
)
_ABOUT_EXISTENCE: Final = frozenset(
    {"exist", "exists", "dir", "directory", "directories", "folder", "git", "installed"}
)
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
HARMLESS: Final = frozenset(
    {
        "Number",
        "Number.parseInt",
        "Number.parseFloat",
        "parseInt",
        "parseFloat",
        "Boolean",
        "BigInt",
        "Date",
        "encodeURIComponent",
        "path.extname",
        "Buffer.byteLength",
        "isNaN",
        "Number.isInteger",
    }
)
"""What these return is no text that a client chose freely."""
KEEPING: Final = frozenset(
    {
        "String",
        "decodeURIComponent",
        "decodeURI",
        "encodeURI",
        "Buffer.from",
        "Array.from",
        "Array.of",
        "Object.assign",
        "Object.values",
        "Object.entries",
        "JSON.parse",
        "JSON.stringify",
        "URL",
        "URL.parse",
        "url.parse",
        "url.fileURLToPath",
        "url.pathToFileURL",
        "util.format",
        "structuredClone",
        "Promise.resolve",
        "fs.realpath",
        "fs.realpathSync",
        "fs.realpathSync.native",
    }
)
"""What these return is still the client's."""
_TESTS: Final = frozenset({"includes", "has", "test", "match", "some", "every", "hasOwnProperty", "hasOwn", "indexOf"})
_ENDS: Final = frozenset({"return_statement", "throw_statement", "continue_statement", "break_statement"})
_PLAIN_TYPES: Final = re.compile(r"^:?\s*(number|boolean|bigint|Date)\b[\s|a-z]*$")
_PLAIN_ZOD: Final = re.compile(
    r"^\s*\w+\s*\.\s*(coerce\s*\.\s*)?(number|boolean|enum|literal|nativeEnum|bigint|date|int|uuid|iso)\b"
    r"|^\s*\w+\s*\.\s*array\(\s*\w+\s*\.\s*(number|enum|literal|boolean)"
    r"|\.(regex|uuid|refine|ip|datetime|email|cuid2?|ulid|superRefine|transform)\("
)
_ADDRESS_ZOD: Final = re.compile(r"\.(?:url|httpUrl)\(")
_ADDRESS_JSON: Final = re.compile(r"""\bformat['"]?\s*:\s*['"]uri['"]""")
_PLAIN_JSON: Final = re.compile(
    r"""\btype['"]?\s*:\s*['"](number|integer|boolean)['"]|\benum['"]?\s*:|\bpattern['"]?\s*:"""
)


def judges(name: str) -> bool:
    """Whether a function says by its name that it judges or cleans what it is given; such a one is believed."""
    words = [word.lower() for word in _WORDS.findall(name.rpartition(".")[2])]
    return any(_JUDGING.fullmatch(word) for word in words) and not _ABOUT_EXISTENCE.intersection(words)


def is_plain_type(annotation: str) -> bool:
    """Whether a type has no text in it."""
    return bool(_PLAIN_TYPES.match(annotation))


def harmless_members(module: ScriptModule, schema: Node | None) -> frozenset[str]:
    """Return the properties that a schema (zod types, a call of zod, a JSON Schema) keeps from being text."""
    return _members(module, schema, _PLAIN_ZOD, _PLAIN_JSON)


def addresses(module: ScriptModule, schema: Node | None) -> frozenset[str]:
    """Return the properties that a schema keeps from beginning with anything but a scheme."""
    return _members(module, schema, _ADDRESS_ZOD, _ADDRESS_JSON)


def _members(module: ScriptModule, schema: Node | None, zod: re.Pattern[str], json: re.Pattern[str]) -> frozenset[str]:
    described = _object_of(module, schema)
    if described is None:
        return frozenset()
    properties = member(module, described, "properties")
    plain = zod if properties is None else json
    found = set()
    for pair in (properties or described).named_children:
        value = pair.child_by_field_name("value") if pair.type == "pair" else None
        value = module.value_of(value)
        if value is not None and plain.search(module.text_of(value)):
            found.add(key(module, pair))
    return frozenset(found)


def _object_of(module: ScriptModule, schema: Node | None) -> Node | None:
    """Return the first object literal in an expression of a schema, names of constants followed."""
    for _ in range(8):
        schema = module.value_of(schema)
        if schema is None or schema.type == "object":
            break
        if schema.type == "call_expression":
            given = arguments(schema)
            schema = given[0] if given else schema.child_by_field_name("function")
        elif schema.type == "member_expression":
            schema = schema.child_by_field_name("object")
        else:
            return None
    return schema if schema is not None and schema.type == "object" else None


def ends(node: Node | None) -> bool:
    """Whether a branch leaves the function or the loop that it is in."""
    if node is None:
        return False
    last = node.named_children[-1:] if node.type == "statement_block" else [node]
    return any(item.type in _ENDS or b"process.exit" in (item.text or b"") for item in last)


def judged(module: ScriptModule, condition: Node, *, refuses: bool) -> Iterator[tuple[Node, str]]:
    """Yield the expressions that a condition holds against something, each with what that settles.

    A condition that `refuses` is followed by leaving the function, and settles what comes after that; any other one
    settles what it is followed by.

    `all`: it is one of a list, of a form, or equal to a constant; `option`: it does not begin with a dash;
    `path`: it begins with a directory, or has no dots; `scheme`: it is an address of the web.
    """
    for node, what in _judged(module, condition, refuses=refuses):
        scheme = module.text_of(node).endswith(".protocol")
        yield node, "scheme" if scheme else what


def _judged(module: ScriptModule, condition: Node, *, refuses: bool) -> Iterator[tuple[Node, str]]:
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.named_children)
        if node.type == "call_expression":
            yield from _judged_by_call(module, node)
        elif node.type == "binary_expression":
            yield from _judged_by_operator(module, node, refuses)
        elif node.type == "subscript_expression":
            index = node.child_by_field_name("index")
            if index is not None and index.type != "string":
                yield index, "all"


def _judged_by_call(module: ScriptModule, call: Node) -> Iterator[tuple[Node, str]]:
    function = call.child_by_field_name("function")
    if function is None:
        return
    method = module.text_of(function.child_by_field_name("property")) or module.text_of(function)
    owner = function.child_by_field_name("object")
    given = arguments(call)
    said = module.text_of(given[0]).strip("'\"`") if given else ""
    if method == "startsWith" and owner is not None and given:
        if said.startswith(("https://", "http://")):
            yield owner, "all" if said.count("/") > len("//") else "scheme"
        elif said.startswith("-") or given[0].type != "string":
            yield owner, "option" if said.startswith("-") else "path"
    elif method in _TESTS:
        dots = said in {"..", "../", "/", "\\\\", "\\", "~"}
        dashes = method == "test" and owner is not None and module.text_of(owner).startswith(("/^-", "/^--"))
        what = "path" if dots else "option" if dashes else "all"
        yield from ((item, what) for item in (*given, owner) if item is not None)


def _judged_by_operator(module: ScriptModule, node: Node, refuses: bool) -> Iterator[tuple[Node, str]]:
    operator = module.text_of(node.child_by_field_name("operator"))
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    if operator == "in":
        yield left, "all"
    if operator in ({"!==", "!="} if refuses else {"===", "=="}) or module.text_of(right) == "-":
        for this, other in ((left, right), (right, left)):
            constant = other.type == "string" and len(module.text_of(other)) > len("''")
            if constant and this.type != "unary_expression":
                dash = this.type == "subscript_expression" or module.text_of(this).endswith(("[0]", "charAt(0)"))
                yield this, "option" if dash and module.text_of(other)[1:2] == "-" else "all"
