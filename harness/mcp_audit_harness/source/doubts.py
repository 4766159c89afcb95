"""Whether an error of a type checker's is one of the program: what else could give a name, a method or a parameter.

A checker believes what is declared. Classes that are made at run time, subclasses that take more than they may, names
in annotations that nobody evaluates: there it is right about types, and the program runs all the same.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .python.syntax import parsed


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of an error."""

    text: str
    """Of the file."""
    line: int

    @property
    def words(self) -> str:
        """The line."""
        return "".join(self.text.split("\n")[self.line - 1 : self.line])


def doubtless(said: Mapping[str, str | None], texts: Sequence[str], spot: Spot) -> bool:
    """Whether what a message names is as it says in the whole tree; `said` are the names in it by what they are.

    These are the class `owner` that lacks `name`, the `callee` (and the class that it is a method `of`) that does not
    take its arguments, the `undefined` name.
    """
    owner, name = said.get("owner"), said.get("name")
    if owner and name:
        return _missing(owner, name, texts, spot.words)
    callee, of = said.get("callee"), said.get("of")
    if callee:
        return _defined_once(callee, texts) and not (of and _any(_subclass(of), texts))
    undefined = said.get("undefined")
    return not undefined or _evaluated(undefined, spot)


def _missing(owner: str, name: str, texts: Sequence[str], line: str) -> bool:
    """Whether nothing can give an object of the tree's class `owner` the attribute: no assignment, no subclass."""
    gives = rf"\.{name}\s*(?::[^=\n]+)?=(?!=)|setattr\([^)\n]*[\"']{name}[\"']"
    mixed_in = re.search(rf"\b(?:self|cls|super\(\))\.{name}\b", line)
    return (
        not mixed_in
        and _any(rf"^[ \t]*class {owner}\b", texts)
        and not _any(gives, texts)
        and not _any(_subclass(owner), texts)
    )


def _defined_once(callee: str, texts: Sequence[str]) -> bool:
    """Whether the tree has exactly one function or class of the name, and never assigns it."""
    definition = re.compile(rf"^[ \t]*(?:(?:async )?def|class) {callee}\b", re.MULTILINE)
    assigned = rf"\b{callee}\s*(?::[^=\n]+)?=(?!=)\s*[A-Za-z]"
    return sum(len(definition.findall(text)) for text in texts) == 1 and not _any(assigned, texts)


def _subclass(name: str) -> str:
    return rf"^[ \t]*class \w+\([^)\n]*\b{name}\b"


def _any(pattern: str, texts: Sequence[str]) -> bool:
    found = re.compile(pattern, re.MULTILINE)
    return any(found.search(text) for text in texts)


def _evaluated(name: str, spot: Spot) -> bool:
    """Whether the program looks the name up at the line: a quoted annotation is only looked up by who asks for it."""
    tree = parsed(spot.text)
    if tree is None:
        return False
    late = {id(node) for node in _unevaluated(tree)}
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name)
    return any(node.lineno == spot.line and id(node) not in late for node in found)


def _unevaluated(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what is in annotations, if the module asks that they be left as they are."""
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    if any(item.name == "annotations" for node in futures for item in node.names):
        for node in ast.walk(tree):
            for field in ("annotation", "returns"):
                written = getattr(node, field, None)
                if isinstance(written, ast.expr):
                    yield from ast.walk(written)
