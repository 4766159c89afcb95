"""Generated reports whose every text may be hostile."""

import dataclasses
import enum
import types
import typing
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from mcp_audit_harness.model import Finding, MatrixRow, Report, Result, RevisionScore, Sent, SseEvent

STEADY = settings(deadline=None, derandomize=True)
"""The same texts in every run, however slow the machine."""
WHOLE_REPORTS = settings(
    STEADY,
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
"""As above; shrinking a whole report takes minutes and makes it little clearer."""

_WORDS = """
    http://evil.example www.evil.example a@b.example mailto:a@b.example <script> <!-- --> ![x](y) [a](b) [^1] [a]:
    [/red] | \\ ` ``` * _ ~~ # 1. 1) - + = > &lt; &#124; $ : // @ ' " $(id) :smile: \U0001f600 \u3042
"""
_UNSEEN = "\n \r \t \x00 \x1b[2J \x9b2J \x7f \u202e \u2066 \u200b \ufeff \u2028 \ud800 \U000e0041"
FRAGMENTS = st.sampled_from([*_WORDS.split(), *_UNSEEN.split(" "), " ", "    ", "PASS  no findings", "# MCP audit"])
TEXTS = st.lists(FRAGMENTS | st.text(max_size=4), max_size=6).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**4000) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
_OBJECTS = st.dictionaries(st.sampled_from(["name", "version", "uri", "uriTemplate"]) | TEXTS, JSON, max_size=3)
_IDS = st.sampled_from(["x0001", "x0002", "x0003"]) | TEXTS
_COUNTS = st.integers(0, 10**6)
_MEASURES = st.floats(0, 1e9, allow_nan=False)

_FIELDS: dict[tuple[type, str], st.SearchStrategy[Any]] = {
    (MatrixRow, "gap"): st.sampled_from(["none", "low", "medium", "high", "critical"]),
    (MatrixRow, "effort"): st.sampled_from(["", "small", "medium", "large"]),
    (MatrixRow, "since"): st.sampled_from(["", "2024-11-05", "2026-07-28"]),
    (Result, "blame"): st.sampled_from(["", "target", "network", "harness"]),
    (RevisionScore, "compliance_percent"): st.floats(0, 100),
    (Sent, "rpc_id"): st.none() | TEXTS | st.integers(),
    (SseEvent, "retry"): st.none() | _COUNTS,
    (Finding, "evidence"): st.lists(_IDS, max_size=4).map(tuple),
    (Finding, "reproduce"): TEXTS
    | TEXTS.map(lambda text: f"curl '{text}' \\\n  -d \"{text}\"")
    | st.just("x" * 20_000),
}
_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: _COUNTS,
    float: _MEASURES,
    bool: st.booleans(),
    type(None): st.none(),
    Any: JSON,
    dict[str, Any]: _OBJECTS,
}


def instances(shape: type) -> st.SearchStrategy[Any]:
    """Return a strategy for instances of a dataclass of the model, every field generated."""
    hints = typing.get_type_hints(shape)
    names = [field.name for field in dataclasses.fields(shape)]
    return st.builds(
        shape, **{name: _FIELDS[shape, name] if (shape, name) in _FIELDS else _values(hints[name]) for name in names}
    )


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _LEAVES:
        return _LEAVES[hint]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return st.deferred(lambda: instances(hint))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return st.one_of(*(_values(argument) for argument in arguments))
    if typing.get_origin(hint) is tuple and arguments[-1] is Ellipsis:
        return st.lists(_values(arguments[0]), max_size=2).map(tuple)
    if typing.get_origin(hint) is tuple:
        return st.tuples(*(_values(argument) for argument in arguments))
    raise TypeError(f"no strategy for {hint}")


REPORTS: st.SearchStrategy[Report] = instances(Report)
