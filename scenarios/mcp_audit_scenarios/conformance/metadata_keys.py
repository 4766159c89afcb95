"""Keys of `_meta`: an optional prefix of dotted labels, and a name (page `basic`, from 2025-06-18 on).

Judged on all that was said. Where the text leaves a key two readings (`a/b/c` can be split at either slash), the one
that fits counts.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    since,
)
from mcp_audit_harness.probe import Probe

_META = "_meta"
_LABEL = re.compile(r"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?", re.ASCII)
_NAME = re.compile(r"(?:[A-Za-z0-9](?:.*[A-Za-z0-9])?)?", re.ASCII | re.DOTALL)
_DATA = frozenset({"arguments", "data", "inputSchema", "outputSchema", "requestedSchema"})
"""Members that hold values of tools and users, in which `_meta` is a word like any other."""
_OPAQUE = _DATA | {"structuredContent", "experimental", "extensions", "input", _META}
_TOP_LEVEL = frozenset({"com", "org", "net", "edu", "gov", "io", "dev", "ai", "co", "me", "info", "biz", "cloud"})
"""Labels that end the names of most domains."""
_MOST = 5


@dataclass(frozen=True, slots=True)
class Key:
    """A key that stands in some `_meta` of a message, and the first exchange that shows it."""

    text: str
    exchange: Exchange

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"meta:{self.text[:80]}"


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key once, in the order in which they came."""

    keys: tuple[Key, ...]


@scenario(spec=since("2025-06-18"), observes=True)
async def keys(probe: Probe) -> Keys:
    """Collect the keys of every `_meta` that the target sent."""
    found: dict[str, Key] = {}
    for exchange in probe.transcript:
        for message in exchange.objects:
            for text in _keys(message):
                found.setdefault(text, Key(text, exchange))
    return Keys(tuple(found.values()))


def _keys(message: object) -> Iterator[str]:
    waiting: list[object] = [message]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            meta = value.get(_META)
            yield from meta if isinstance(meta, dict) else ()
            waiting.extend(inner for name, inner in value.items() if name not in _OPAQUE)
        elif isinstance(value, list):
            waiting.extend(value)


def _readings(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield prefix and name, split at the first slash and at the last; the prefix is None where there is no slash."""
    if "/" not in text:
        yield None, text
        return
    yield tuple(text.split("/", 1))  # type: ignore[misc]
    yield tuple(text.rsplit("/", 1))  # type: ignore[misc]


def _has_good_prefix(text: str) -> bool:
    return any(prefix is None or _labels_fit(prefix) for prefix, _ in _readings(text))


def _labels_fit(prefix: str) -> bool:
    return all(_LABEL.fullmatch(label) for label in prefix.split("."))


def _has_good_name(text: str) -> bool:
    return any(_NAME.fullmatch(name) for _, name in _readings(text))


def _is_forward(text: str) -> bool:
    """Whether the prefix is a domain as addresses have it: its last label is a top-level one, its first is not."""
    prefix, slash, _ = text.partition("/")
    labels = prefix.lower().split(".")
    return bool(slash) and len(labels) > 1 and labels[-1] in _TOP_LEVEL and labels[0] not in _TOP_LEVEL


@check(
    keys,
    id="basic/malformed-meta-prefix",
    title="The prefix of a metadata key is no series of labels",
    requirements=("basic/meta-prefix-labels", "basic/meta-label-chars"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Put labels before the slash, with dots between them: letters, digits and hyphens, a letter first.",
)
def malformed_meta_prefix(seen: Keys) -> Verdicts:
    """Prefixes keep the metadata of different authors apart. One that cannot be read as labels belongs to nobody, and
    software that sorts metadata by prefix drops it.
    """
    return _judged(seen, _has_good_prefix, "has a prefix that is no series of labels")


@check(
    keys,
    id="basic/malformed-meta-name",
    title="The name of a metadata key begins or ends with a sign",
    requirements=("basic/meta-name-ends",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Begin and end names of metadata with a letter or a digit.",
)
def malformed_meta_name(seen: Keys) -> Verdicts:
    """Names begin and end with a letter or a digit, so that they survive as parts of headers, variables and file
    names. A leading underscore, customary for private things, is just what is excluded.
    """
    return _judged(seen, _has_good_name, "has a name that does not begin and end with a letter or digit")


@check(
    keys,
    id="basic/meta-prefix-not-reversed",
    title="The prefix of a metadata key is a domain that is not reversed",
    requirements=("basic/meta-reverse-dns",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Write the domain backwards: com.example/name, not example.com/name.",
)
def meta_prefix_not_reversed(seen: Keys) -> Verdicts:
    """Which prefixes are reserved is decided by their second label, counted in reverse notation. A domain that is
    written forwards can fall among them by accident.
    """
    return _judged(seen, lambda text: not _is_forward(text), "has a domain for its prefix that is not reversed")


def _judged(seen: Keys, fits: Callable[[str], bool], trouble: str) -> Verdicts:
    shown = [key.exchange for key in seen.keys if key.exchange.answered]
    if not shown:
        return not_applicable("the server sends no metadata")
    wrong: list[Verdict] = [
        failed(f"The metadata key {key.text[:80]!r} {trouble}.", key.exchange, subject=key.subject)
        for key in seen.keys
        if not fits(key.text)
    ]
    return wrong[:_MOST] or passed(*shown[:_MOST])
