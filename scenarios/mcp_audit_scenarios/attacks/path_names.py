"""Names that mean another file than they say, and refusals that say which files there are."""

import json
from typing import Any, Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Exchange, Severity, Verdict, failed, not_observed, passed

from .path_forms import DIRECT, NULL, ODD
from .path_reads import GRANT, NOT_READ, Place, Reads, judged, outside_reads

_VALID: Final = ("tools/validate-tool-inputs", "resources/validate-resource-uris")


@check(
    outside_reads,
    id="paths/cuts-at-null-byte",
    title="A path ends at a null byte",
    requirements=_VALID,
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Refuse paths with NUL or other control characters, also when they are percent-encoded.",
    references=("https://cwe.mitre.org/data/definitions/158.html",),
)
def cuts_at_null_byte(seen: Reads) -> Verdicts:
    """`key.pem\\0.png` passes every look at its end, and opens `key.pem`: the check and the file system read different
    names. Proof is the text of a file that was asked for under a longer name.
    """
    return judged(seen, NULL, sentence="A file was read under a name with {how}", by_itself=True)


@check(
    outside_reads,
    id="paths/opens-alias-of-name",
    title="A file is read under a name that is not its own",
    requirements=_VALID,
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Compare with the name that the file system gives the file; refuse streams and reserved names.",
    references=("https://cwe.mitre.org/data/definitions/178.html", "https://cwe.mitre.org/data/definitions/69.html"),
)
def opens_alias_of_name(seen: Reads) -> Verdicts:
    """Rules about names (`.env` is never shown) hold for one spelling. Capitals on a file system that does not tell
    them apart, the suffix `::$DATA`, reserved names and endless paths are others. Proof is the text of the file.
    """
    return judged(seen, ODD, sentence="A file was read by {how}", by_itself=True)


@check(
    outside_reads,
    id="paths/tells-existing-from-missing",
    title="The refusal tells whether a file outside exists",
    requirements=("paths/same-refusal-outside",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Check whether the path is allowed before you look at the disk, and refuse both in the same words.",
    references=("https://cwe.mitre.org/data/definitions/203.html",),
)
def tells_existing_from_missing(seen: Reads) -> Verdicts:
    """Whoever gets another error for a file that exists can map the host file by file: users, programs, their versions.
    Judged on two refusals of paths in one directory outside, each asked for twice, without what they repeat of the
    path.
    """
    failures: list[Verdict] = []
    same: list[Exchange] = []
    for place in seen.places:
        pair = _refusals(place)
        if pair is None or (not seen.planted and not place.limit):
            continue
        present, absent = pair
        asked = _asked(present) | _asked(absent)
        if _said(present, asked) != _said(absent, asked):
            text = "A file outside that exists is refused in other words than one that does not."
            failures.append(failed(text, present, absent, *place.repeated, subject=place.subject))
        same += [present, absent]
    if failures or same:
        return failures or passed(*same[:6])
    if not seen.places:
        return not_observed(NOT_READ, *seen.tried)
    return not_observed(GRANT if not seen.planted else "files outside were not refused, or not always alike")


def _refusals(place: Place) -> tuple[Exchange, Exchange] | None:
    """Return the refusals of a file that exists and of one that does not; None if they vary by themselves."""
    direct = place.of(DIRECT)
    if place.open or not direct or len(place.repeated) != 2:
        return None
    present, absent = direct[0].exchange, place.missing
    again_present, again_absent = place.repeated
    if not all(map(_is_refusal, (present, absent, again_present, again_absent))):
        return None
    asked = _asked(present) | _asked(absent)
    steady = _said(present, asked) == _said(again_present, asked) and _said(absent, asked) == _said(again_absent, asked)
    return (present, absent) if steady else None


def _is_refusal(exchange: Exchange) -> bool:
    return exchange.error is not None or (exchange.result or {}).get("isError") is True


def _said(exchange: Exchange, asked: set[str]) -> str:
    """Return the refusal without what it repeats of the requests that are compared; names may stand elsewhere, too."""
    result = exchange.result
    said = json.dumps(
        [exchange.error, result.get("content") if result else None, result.get("structuredContent") if result else None]
    )
    for value in sorted(asked, key=len, reverse=True):
        said = said.replace(json.dumps(value)[1:-1], "…")
    return said


def _asked(exchange: Exchange) -> set[str]:
    """Return the paths of a request, with their directories and names."""
    try:
        params: Any = json.loads(exchange.sent.body)["params"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return set()
    holder = params.get("arguments") if isinstance(params.get("arguments"), dict) else params
    texts = [text for value in holder.values() for text in (value if isinstance(value, list) else [value])]
    paths = {text.removeprefix("file://") for text in texts if isinstance(text, str) and "/" in text}
    return paths | {path.rpartition("/")[2] for path in paths if path.rpartition("/")[2]}
