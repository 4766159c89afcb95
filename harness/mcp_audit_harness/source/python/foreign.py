"""What functions and methods that are not in the module return, as far as their names tell."""

from dataclasses import replace
from typing import Final

from .arrivals import Given
from .sanitizers import ANSWERS, CARRIERS, CLEANING_METHODS
from .syntax import mark
from .texts import formatted, strung
from .values import AS_PATH, AS_TEXT, CHOSEN, NOTHING, Danger, State, Value, joint

PARSING: Final = frozenset({"model_validate", "parse_obj", "validate_python", "model_construct", "from_dict"})
"""Methods that make an object of a dictionary."""
_PATHS: Final = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "anyio.Path", "upath.UPath"})
_RESOLVING: Final = frozenset({"os.path.realpath", "resolve", "readlink"})
_NORMAL: Final = frozenset({"os.path.abspath", "os.path.normpath", "absolute", "os.path.normcase"})
_SAME: Final = frozenset({"str", "os.fspath", "list", "tuple", "sorted"})
_SAME_TEXT: Final = frozenset(
    {"strip", "lstrip", "rstrip", "expanduser", "decode", "encode", "lower", "upper", "as_posix"}
)


def carried(called: str, given: Given) -> Value:
    """Return what a function returns that neither checks nor cleans."""
    every, first, name = given.every, given.first, called.rpartition(".")[2]
    if called in _PATHS or called == "os.path.join" or name == "joinpath":
        return _path(called, given)
    if called in _RESOLVING or called in _NORMAL:
        return replace(first, resolved=called in _RESOLVING, joined=True, template=f"/{CHOSEN}")
    if called == "urllib.parse.urljoin":
        return joint(every, given.arguments[-1].template if given.arguments else None)
    if called == "typing.cast" and every:
        return every[-1]
    if called in _SAME and every:
        return replace(first, of="")
    return _text(called, name, given)


def _path(called: str, given: Given) -> Value:
    parts = [given.receiver, *given.every] if called.endswith(".joinpath") else given.every
    template = "/".join(part.template for part in parts)
    made = joint(parts, template, of="" if called == "os.path.join" else "pathlib.Path")
    whole = len(parts) == 1
    made = replace(made, joined=True, resolved=whole and given.first.resolved)
    return made if whole else made.step(given.node, AS_PATH)


def _text(called: str, name: str, given: Given) -> Value:
    if name == "join" and given.arguments:
        return strung(given.receiver, given.first).step(given.node, AS_TEXT)
    if name == "format" and given.receiver.text is not None:
        return formatted(given.receiver, given.arguments, given.keywords).step(given.node, AS_TEXT)
    if called == "shlex.split":
        return replace(given.first, template=CHOSEN, items=None)
    if called in {"os.path.commonpath", "os.path.commonprefix"}:
        return next((item for item in given.first.items or () if item.origins), given.first)
    if called in CARRIERS:
        return replace(joint(given.every), template=given.first.template, resolved=given.first.resolved)
    return Value(of=called)


def of_object(name: str, owner: Value) -> Value:
    """Return what a method of the object of all arguments returns."""
    return owner if name in {"model_dump", "dict", "copy", "model_copy"} else owner.part()


def of_method(name: str, given: Given) -> Value | None:
    """Return what a method of a client's text or path returns; None where its arguments matter more."""
    owner = given.receiver
    if name in CLEANING_METHODS:
        return owner.clean(CLEANING_METHODS[name])
    if name in _RESOLVING or name in _NORMAL:
        return replace(owner, resolved=owner.resolved or name in _RESOLVING, template=f"/{CHOSEN}")
    if name == "replace" and given.arguments:
        return _replaced(owner, given.arguments)
    if name in {"join", "joinpath", "format"}:
        return None
    return NOTHING if name in ANSWERS else _derived(name, given)


def _derived(name: str, given: Given) -> Value:
    owner = given.receiver
    if name in _SAME_TEXT:
        bare = name == "lstrip" and "-" in (given.first.text or "")
        return owner.clean({Danger.OPTION}) if bare else owner
    if owner.of and not owner.of.startswith("pathlib."):
        return Value(of=f"{owner.of}.{name}")
    return replace(owner, items=None, template=owner.template if name.startswith("with_") else CHOSEN)


def relative(given: Given, state: State, *, alone: bool) -> Value:
    """Return `path.relative_to(…)`, which raises for a path that is not below; `alone`: called just for that."""
    owner = given.receiver
    if owner.resolved or not alone:
        state.passed(owner, {Danger.PATH})
    else:
        state.weakly(owner, mark(given.node, "a check of its text"))
    return owner


def _replaced(owner: Value, arguments: list[Value]) -> Value:
    """Return `text.replace(old, new)`."""
    old = arguments[0].text or ""
    cleaned: set[Danger] = set()
    if "/" in old and ".." not in old:
        cleaned.add(Danger.PATH)
    if any(mark in old for mark in "'\"`]\\"):
        cleaned |= {Danger.SQL, Danger.SHELL, Danger.CODE}
    return owner.clean(cleaned)


def untouched(called: str, given: Given) -> Value:
    """Return what a call without anything of a client returns."""
    if called in {"list", "tuple"} and given.first.items is not None:
        return given.first
    if called.endswith(".join") and given.receiver.text is not None:
        return strung(given.receiver, given.first)
    if called in _PATHS:
        return Value(of="pathlib.Path")
    if called in {"str", "os.path.join"}:
        return NOTHING if len(given.every) != 1 else given.first
    return Value(of=called)
