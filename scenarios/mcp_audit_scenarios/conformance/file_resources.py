"""Resources with addresses of files do not lead to other files (server/resources#security-considerations)."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .trials import Trial, subject_of

_FILE = "file:///"
_TARGET = "etc/passwd"
"""A file that every POSIX host has, that holds no secret, and that is told by its first line."""
_FIRST_LINE = re.compile(r"^root:[^:\n]*:0:0:", re.MULTILINE)
_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Climbs:
    """A listed file, a file of the host by its own address, and the same by ways up from the listed one."""

    control: Exchange
    direct: Exchange
    climbs: tuple[Trial, ...]


def lists_files(probe: Probe) -> Verdict | None:
    """Need a listed resource with the address of a file."""
    return None if any(_files(probe)) else not_applicable("the server lists no file:/// resources")


def _files(probe: Probe) -> Iterator[str]:
    for item in probe.offer.resources:
        uri = item.get("uri")
        if isinstance(uri, str) and uri.startswith(_FILE):
            yield uri


@scenario(needs=(lists_files,), impact=Impact.PROBING, bench=Bench.DIAGNOSTICS)
async def climbs(probe: Probe) -> Climbs:
    listed = next(_files(probe))
    control = await probe.request("resources/read", {"uri": listed})
    if not control.ok:
        raise Unobservable("the listed file cannot be read", control)
    folder = listed.rpartition("/")[0]
    ways = (
        ("dots", f"{folder}/{'../' * _DEPTH}{_TARGET}"),
        ("encoded dots", f"{folder}/{'%2e%2e/' * _DEPTH}{_TARGET}"),
        ("encoded slashes", f"{folder}/{'..%2f' * _DEPTH}{_TARGET}"),
    )
    direct = await probe.request("resources/read", {"uri": f"{_FILE}{_TARGET}"})
    tried = [Trial(name, await probe.request("resources/read", {"uri": uri})) for name, uri in ways]
    return Climbs(control, direct, tuple(tried))


@check(
    climbs,
    id="resources/climbs-out-of-folder",
    title="Address of a resource leads to any file of the host",
    requirements=("resources/sanitize-file-paths", "resources/validate-resource-uris"),
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation="Resolve the whole path, links included, and serve it only if it lies in a folder that you share.",
    references=("https://cwe.mitre.org/data/definitions/22.html",),
)
def climbs_out_of_folder(seen: Climbs) -> Verdicts:
    """A server that joins paths without a look at where they lead hands out keys and configuration with the files that
    it means to share. Proof is the first line of /etc/passwd, which is served by a way up from a listed file, and not
    by its own address.
    """
    if _is_passwd(seen.direct):
        return not_observed("the server serves /etc/passwd by its own address, so a way up proves nothing", seen.direct)
    climbed = [
        failed(
            f"/etc/passwd was served by {climb.name}",
            climb.exchange,
            seen.direct,
            seen.control,
            subject=subject_of(climb),
        )
        for climb in seen.climbs
        if _is_passwd(climb.exchange)
    ]
    answered = [climb.exchange for climb in seen.climbs if climb.exchange.answered]
    return climbed or (passed(*answered, seen.control) if answered else not_observed("no answer came", seen.control))


def _is_passwd(exchange: Exchange) -> bool:
    contents = exchange.result.get("contents") if exchange.result is not None else None
    return any(_FIRST_LINE.search(text) for text in _texts(contents if isinstance(contents, list) else []))


def _texts(contents: list[object]) -> Iterator[str]:
    for item in contents:
        text, blob = (item.get("text"), item.get("blob")) if isinstance(item, dict) else (None, None)
        if isinstance(text, str):
            yield text
        if isinstance(blob, str):
            try:
                yield base64.b64decode(blob).decode("utf-8", "replace")
            except ValueError:
                continue
