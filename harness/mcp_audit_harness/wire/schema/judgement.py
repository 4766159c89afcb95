"""Finds what does not fit a definition, at a cost that the target cannot choose.

The validator collects every error of an instance before it shows the first, and each error holds copies of what it is
about: 40 000 wrong items of a list, less than a megabyte, would take seconds and more than a gigabyte. Whether an
instance fits is cheap to ask at any size; so errors are collected of small instances only. Long lists are looked at in
portions, as far as needed. What is still large is cut: fewer items and members, shorter texts, which makes nothing
wrong that was right. If what was wrong has been cut away with the rest, its place has to do.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, TypeAlias

import jsonschema_rs

from ...model import JsonObject, SchemaViolation
from .sentences import Error, Path, place, sentence, specific
from .table import schema_for

MOST = 20
"""Violations that are shown of one message."""
_PORTION = 20
"""Items of a list, and members of an object that no shape names, that are looked at together."""
_LARGE = 5000
"""Items, members and hundreds of characters in an instance of which not all errors are collected."""
_CHARACTERS = 100
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")

Validator: TypeAlias = jsonschema_rs.Draft202012Validator
Found: TypeAlias = tuple[Path, Error | None]
"""A place where something does not fit, with the error if it was collected."""


@cache
def definitions(revision: str) -> JsonObject:
    """Return the definitions of a revision; raises KeyError for an unknown one."""
    found: JsonObject = schema_for(revision)["$defs"]
    return found


@cache
def validator(definition: str, revision: str, member: str = "") -> Validator:
    """Return the compiled schema of a definition, or of one member of it; raises KeyError for an unknown one."""
    known = definitions(revision)
    wanted = known[definition]["properties"][member] if member else known[definition]
    return Validator({**wanted, "$defs": known})


def misfits(instance: Any, definition: str, revision: str) -> tuple[SchemaViolation, ...]:
    """Return what does not fit, at most `MOST`."""
    try:
        return _violations(instance, definition, revision)
    except UnicodeEncodeError:
        return _violations(_encodable(instance), definition, revision)


def _violations(instance: Any, definition: str, revision: str) -> tuple[SchemaViolation, ...]:
    if validator(definition, revision).is_valid(instance):
        return ()
    found = (
        SchemaViolation(definition, place(path), sentence(error, path))
        for path, error in _misfits(instance, definition, revision)
    )
    return tuple(dict.fromkeys(islice(found, MOST)))


def _misfits(instance: Any, definition: str, revision: str) -> Iterator[Found]:
    members: JsonObject = definitions(revision)[definition].get("properties", {})
    lists = [name for name in _long_lists(instance) if members.get(name, {}).keys() == {"type", "items"}]
    rest = {**instance, **{name: [] for name in lists}} if lists else instance
    errors = _errors(validator(definition, revision), rest, revision)
    if errors is None:
        yield from ((path, None) for path in _wrong_members(rest, definition, revision) or [()])
    else:
        yield from ((error.instance_path, error) for error in errors)
    for name in lists:
        yield from _wrong_items(name, instance[name], validator(definition, revision, name), revision)


def _long_lists(instance: Any) -> list[str]:
    members = instance.items() if isinstance(instance, dict) else ()
    return [name for name, value in members if isinstance(value, list) and len(value) > _PORTION]


def _wrong_members(instance: Any, definition: str, revision: str) -> list[Path]:
    known = definitions(revision)[definition].get("properties", {})
    return [
        (name,)
        for name, value in (instance.items() if isinstance(instance, dict) else ())
        if name in known and not validator(definition, revision, name).is_valid(value)
    ]


def _wrong_items(name: str, items: list[Any], judge: Validator, revision: str) -> Iterator[Found]:
    for start in range(0, len(items), _PORTION):
        portion = items[start : start + _PORTION]
        errors = _errors(judge, portion, revision)
        if errors is None:
            wrong = [index for index, item in enumerate(portion) if not judge.is_valid([item])]
            yield from (((name, start + index), None) for index in wrong)
        else:
            for error in errors:
                index, *inner = error.instance_path
                yield (name, start + int(index), *inner), error


def _errors(judge: Validator, portion: Any, revision: str) -> Iterator[Error] | None:
    """Return what is wrong with a portion, or None if that is more than may be collected."""
    if judge.is_valid(portion):
        return iter(())
    if _is_large(portion):
        portion = _cut(portion, _names(revision))
        if _is_large(portion) or judge.is_valid(portion):
            return None
    return (inner for error in judge.iter_errors(portion) for inner in specific(error))


def _is_large(portion: Any) -> bool:
    waiting, size = [portion], 0
    while waiting and size <= _LARGE:
        value = waiting.pop()
        if isinstance(value, str):
            size += len(value) // _CHARACTERS
        elif isinstance(value, dict | list):
            size += len(value)
            if size <= _LARGE:
                waiting.extend(value.values() if isinstance(value, dict) else value)
    return size > _LARGE


def _cut(value: Any, names: frozenset[str]) -> Any:
    """Return a value without most items of long lists, and without most members that no shape names."""
    if isinstance(value, str):
        return value[:_CHARACTERS]
    if isinstance(value, list):
        return [_cut(item, names) for item in value[:_PORTION]]
    if isinstance(value, dict):
        others = set(islice((name for name in value if name not in names), _PORTION))
        return {name: _cut(inner, names) for name, inner in value.items() if name in names or name in others}
    return value


@cache
def _names(revision: str) -> frozenset[str]:
    """Return the names of all members that some shape has."""
    waiting: list[Any] = [definitions(revision)]
    names: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            names.update(value.get("properties", ()))
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return frozenset(names)


def _encodable(instance: Any) -> Any:
    """Return the instance with U+FFFD for lone surrogates, which JSON can escape but UTF-8 cannot carry."""
    return json.loads(_LONE_SURROGATES.sub("\ufffd", json.dumps(instance, ensure_ascii=False)))
