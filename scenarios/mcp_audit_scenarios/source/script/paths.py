"""Files that a client names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments, string
from mcp_audit_harness.source.script.values import Arrival, Kind, Taint

from ..paths import open_after_check, path_check_without_realpath, path_from_argument
from .reaching import hit, reached

if TYPE_CHECKING:
    from tree_sitter import Node

_OPENS: Final = frozenset({
    *("readFile", "writeFile", "appendFile", "open", "createReadStream", "createWriteStream", "readdir", "opendir"),
    *("unlink", "rm", "rmdir", "rename", "copyFile", "cp", "mkdir", "truncate", "symlink", "link", "chmod"),
    *("outputFile", "readJson", "writeJson", "remove", "move", "copy", "ensureDir", "emptyDir"),
})  # fmt: skip
_TWO_PATHS: Final = frozenset({"rename", "copyFile", "cp", "symlink", "link", "move", "copy"})
_ASKS: Final = frozenset({"fs.realpath", "fs.realpathSync", "fs.lstat", "fs.lstatSync"})
_PATTERN: Final = re.compile(r"glob|pattern|ignore", re.IGNORECASE)
_SEPARATED: Final = re.compile(r"\bsep\b|['\"`]/['\"`]|\}/`|endsWith\(")


@also(path_from_argument, reads=Reads.SCRIPT)
def argument_names_a_file(module: ScriptModule) -> Iterator[Hit]:
    """Flag functions of fs, and `sendFile`, that get a path from an argument which nothing was held against."""
    for arrival in reached(module):
        for value in _paths(arrival):
            if "path" not in value.checked and value.kind is Kind.TEXT and not value.members:
                what = arrival.name.rpartition(".")[2]
                message = f"{what} takes the path that the argument {value.argument or 'object'} gives, unchecked."
                yield hit(module, arrival, value, message)
                break


def _paths(arrival: Arrival) -> Iterator[Taint]:
    """Yield the client's values that a call takes for paths."""
    owner, _, method = arrival.name.rpartition(".")
    plain = method.removesuffix("Sync")
    if owner == "fs" and plain in _OPENS:
        yield from (value for value in arrival.values[: 2 if plain in _TWO_PATHS else 1] if value is not None)
    elif method in {"sendFile", "download"} and owner in {"res", "reply", "response"}:
        yield from (value for value in arrival.values[:1] if value is not None)


@also(path_check_without_realpath, reads=Reads.SCRIPT)
def path_is_compared_as_text(module: ScriptModule) -> Iterator[Hit]:
    """Flag `startsWith` of a resolved path where no links are resolved, or the prefix ends in no separator.

    Without a separator `/srv/data-old` lies in `/srv/data`.
    """
    resolves = "realpath" in module.text
    for arrival in module.arrivals:
        value = arrival.receiver
        if value is None or not (value.path or value.real) or not arrival.name.endswith(".startsWith"):
            continue
        given = arguments(arrival.node)
        said = string(module, given[0]) if given else None
        if (said is not None and not said.startswith("..")) or _is_pattern(module, arrival.node):
            continue
        open_end = said is None and not _is_separated(module, given[0])
        if not resolves and not arrival.tool.checks:
            yield hit(module, arrival, value, "The path is compared as text: a link inside the directory leads out.")
        elif open_end:
            message = "The prefix does not end in a separator: /data-old passes for a path in /data."
            yield hit(module, arrival, value, message)


def _is_pattern(module: ScriptModule, call: Node) -> bool:
    """Whether a path is compared with a pattern: that chooses among files, and guards none."""
    return bool(_PATTERN.search(module.function_name(call)))


def _is_separated(module: ScriptModule, prefix: Node) -> bool:
    """Whether the prefix that a path must have ends in a separator, as far as the function around shows."""
    function = module.function_of(prefix)
    around = module.function_of(function) if function is not None else None
    caller = module.parents.get(module.parents[function.id].id) if function is not None else None
    listed = caller.child_by_field_name("function") if caller is not None else None
    owner = module.value_of(listed.child_by_field_name("object")) if listed is not None else None
    if owner is not None and owner.type == "array" and "/" in module.text_of(owner):
        return True
    texts = [module.text_of(node) for node in (prefix, function, around, module.value_of(prefix)) if node is not None]
    return any(_SEPARATED.search(text) for text in texts)


@also(open_after_check, reads=Reads.SCRIPT)
def file_is_opened_after_check(module: ScriptModule) -> Iterator[Hit]:
    """Flag the opening of a path whose links the same function has just looked at by that very name."""
    if "O_NOFOLLOW" in module.text:
        return
    asked = [arrival for arrival in reached(module) if arrival.name in _ASKS]
    for arrival in reached(module):
        value = next(_paths(arrival), None)
        if value is None:
            continue
        name = module.text_of(arguments(arrival.node)[0])
        function = module.function_of(arrival.node)
        for question in asked:
            same = module.function_of(question.node) == function and question.node.start_byte < arrival.node.start_byte
            if same and module.text_of(arguments(question.node)[0]) == name:
                what = question.name.rpartition(".")[2]
                message = f"Between {what} and this call {name} can become a link to somewhere else."
                yield hit(module, arrival, value, message)
                break
