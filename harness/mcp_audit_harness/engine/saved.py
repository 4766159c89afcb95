"""A run as it is kept: what was seen, before any judgement, so that it can be judged again without the target."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..errors import TargetError
from ..model import Exchange, Revision, Survey, ToolInfo, Verdict
from .select import Skip

_REFERENCE = "$exchange"


@dataclass(frozen=True, slots=True)
class Record:
    """What one scenario at one revision gave: facts, or a verdict for all its checks."""

    scenario: str
    revision: Revision
    duration_ms: float
    facts: Any = None
    """The scenario's facts; after loading, still JSON, with exchanges by reference."""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that a judgement needs, and nothing that it decides."""

    tool: ToolInfo
    target_kind: str
    target_label: str
    started_at: str
    duration_s: float
    complete: bool
    seed: int
    survey: Survey | None
    records: tuple[Record, ...] = ()
    skips: tuple[Skip, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()
    failure: str = ""


def dump(run: Run) -> bytes:
    """Return the run as JSON. Facts name their exchanges, which are written once."""
    records = tuple(dataclasses.replace(record, facts=_by_reference(record.facts)) for record in run.records)
    return msgspec.json.encode({"saved_run": 1, "run": dataclasses.replace(run, records=records)})


def load(data: bytes) -> Run:
    """Return the run that `dump` wrote.

    Raises:
        TargetError: if the data is no saved run.
    """
    try:
        envelope = msgspec.json.decode(data, type=dict[str, Any])
        if envelope.get("saved_run") != 1:
            raise TargetError("not a saved run of mcp-audit (no saved_run: 1)")
        return msgspec.convert(envelope.get("run"), Run)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise TargetError(f"not a saved run of mcp-audit: {error}") from error


def facts_of(record: Record, facts: type, exchanges: dict[str, Exchange]) -> Any:
    """Return the record's facts as an instance of `facts`.

    Raises:
        TargetError: if they were saved by a version whose facts had another shape.
    """
    if isinstance(record.facts, facts):
        return record.facts
    try:
        return msgspec.convert(_resolved(record.facts, exchanges), facts)
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise TargetError(f"facts of {record.scenario} cannot be read: {error}") from error


def with_facts(run: Run, kinds: Mapping[str, type], exchanges: dict[str, Exchange]) -> Run:
    """Return a run whose facts are read once for all that judge them; `kinds` by scenario."""

    def read(record: Record) -> Record:
        kind = kinds.get(record.scenario)
        if record.facts is None or kind is None or isinstance(record.facts, kind):
            return record
        try:
            return dataclasses.replace(record, facts=facts_of(record, kind, exchanges))
        except TargetError:  # each of its checks says so
            return record

    return dataclasses.replace(run, records=tuple(map(read, run.records)))


def _by_reference(value: Any) -> Any:
    match value:
        case Exchange():
            return {_REFERENCE: value.id}
        case tuple() | list():
            return [_by_reference(item) for item in value]
        case dict():
            return {key: _by_reference(item) for key, item in value.items()}
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {field.name: _by_reference(getattr(value, field.name)) for field in dataclasses.fields(value)}
        case _:
            return value


def _resolved(value: Any, exchanges: dict[str, Exchange]) -> Any:
    if isinstance(value, list):
        return [_resolved(item, exchanges) for item in value]
    if isinstance(value, dict):
        if set(value) == {_REFERENCE}:
            return exchanges[value[_REFERENCE]]
        return {key: _resolved(item, exchanges) for key, item in value.items()}
    return value
