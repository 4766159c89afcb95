"""Mcp-Param-* headers beside the arguments that they mirror (2026-07-28, basic/transports/streamable-http).

One tool with a mirrored parameter is called with header and argument equal, and then with one of them changed.
"""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STATELESS,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..annotations import Annotation, annotations_of
from ..arguments import valid_arguments

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_MISMATCH = -32020
_PLAIN = {"string": "mcp-audit", "integer": 42, "boolean": True}
_BEYOND_ASCII = "\u00fc"


@dataclass(frozen=True, slots=True)
class Mirrored:
    """One call with header and argument equal, and the same call with one of them changed; None where it cannot be."""

    subject: str
    control: Exchange
    absent_header: Exchange
    wrong: Exchange
    encoded: Exchange
    raw_bytes: Exchange | None
    """With bytes above ASCII in the header, of which the argument is the text."""
    absent_argument: Exchange | None
    null_argument: Exchange | None
    with_fraction: Exchange | None
    """With an integer whose header is written with a fraction of zero."""
    integer_control: Exchange | None


def mirrored_tool(probe: Probe) -> Verdict | None:
    """Need a tool that may be called and has a top-level parameter with a correct annotation."""
    if any(_usable(tool) for tool in probe.callable_tools()):
        return None
    if any(_usable(tool) for tool in probe.offer.tools):
        return not_observed("no tool with x-mcp-header may be called; allow it with --tool NAME or --call all")
    return not_applicable("no listed tool has a parameter with x-mcp-header")


def _usable(tool: JsonObject) -> list[Annotation]:
    """Return the annotations of plain top-level parameters, texts first."""
    found = [
        annotation
        for annotation in annotations_of(tool.get("inputSchema"))
        if annotation.static
        and len(annotation.names) == 1
        and isinstance(annotation.token, str)
        and _TOKEN.fullmatch(annotation.token)
        and isinstance(annotation.schema.get("type"), str)
        and annotation.schema["type"] in _PLAIN
    ]
    return sorted(found, key=lambda annotation: annotation.schema["type"] != "string")


@scenario(
    spec=STATELESS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(callable_tool, mirrored_tool),
    bench=Bench.DIAGNOSTICS,
)
async def mirrored(probe: Probe) -> Mirrored:
    tool = next(tool for tool in probe.callable_tools() if _usable(tool))
    annotation = _usable(tool)[0]
    schema, name = tool["inputSchema"], annotation.names[0]
    header = f"mcp-param-{annotation.token.lower()}"
    whole = {**valid_arguments(schema), name: _value(annotation)}

    async def call(arguments: JsonObject, headers: dict[str, str | None] | None = None) -> Exchange:
        return await probe.request("tools/call", {"name": tool["name"], "arguments": arguments}, headers=headers)

    control = await call(whole)
    if not control.ok:
        raise Unobservable("a call with a mirrored parameter and its header was refused", control)
    optional = name not in (schema.get("required") or ())
    without = {key: value for key, value in whole.items() if key != name}
    integer = next((one for one in _usable(tool) if one.schema["type"] == "integer"), None)
    counted = {**whole, integer.names[0]: _value(integer)} if integer is not None else {}
    zero = {f"mcp-param-{integer.token.lower()}": f"{_value(integer)}.0"} if integer is not None else {}
    return Mirrored(
        f"tool:{tool['name']}",
        control,
        absent_header=await call(whole, {header: None}),
        wrong=await call(whole, {header: "mcp-audit-other"}),
        encoded=await call(whole, {header: _encoded(_text(whole[name]))}),
        raw_bytes=await _with_raw_bytes(probe, control, name, header) if isinstance(whole[name], str) else None,
        absent_argument=await call(without, {header: None}) if optional else None,
        null_argument=await call({**without, name: None}, {header: None}) if optional else None,
        with_fraction=await call(counted, {**zero}) if integer is not None else None,
        integer_control=await call(counted) if integer is not None else None,
    )


def _value(annotation: Annotation) -> Any:
    schema = annotation.schema
    if "enum" in schema or "const" in schema or "pattern" in schema or "minimum" in schema:
        return valid_arguments({"properties": {"value": schema}, "required": ["value"]})["value"]
    return _PLAIN[schema["type"]]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encoded(text: str) -> str:
    return f"=?base64?{base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode()}?="


async def _with_raw_bytes(probe: Probe, control: Exchange, name: str, header: str) -> Exchange:
    """Send the call with a text beyond ASCII, and the bytes of that text in the header as they are."""
    message: JsonObject = json.loads(control.sent.body)
    message["params"]["arguments"][name] = _BEYOND_ASCII
    others = {key: value for key, value in control.sent.headers if key.startswith("mcp-param-") and key != header}
    marker = "mcp-audit-marker"
    data = probe.http_request_bytes(message, headers={**others, header: marker})
    return await probe.raw(data.replace(marker.encode(), _BEYOND_ASCII.encode(), 1))


def _refused(seen: Mirrored, spoiled: Exchange, what: str) -> Verdict:
    """FAIL when the spoiled call was served."""
    if spoiled.ok:
        return failed(f"the call was served {what}", spoiled, seen.control, subject=seen.subject)
    if not (spoiled.answered and spoiled.refused):
        return not_observed("the target did not answer", spoiled)
    return passed(spoiled, seen.control)


@check(
    mirrored,
    id="headers/serves-without-parameter-header",
    title="Mirrored argument without its header is served",
    requirements=("streamable-http/missing-param-header-rejected",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Refuse a call whose argument has x-mcp-header and whose header is missing with 400 and -32020.",
)
def serves_without_parameter_header(seen: Mirrored) -> Verdict:
    """Whoever leaves the header out passes every rule that a gateway keeps by it."""
    return _refused(seen, seen.absent_header, "without the header of its argument")


@check(
    mirrored,
    id="headers/serves-mismatched-parameter",
    title="Parameter header that contradicts the argument is served",
    requirements=("streamable-http/header-body-match",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Compare Mcp-Param-* with the argument; answer 400 with -32020 when they differ.",
)
def serves_mismatched_parameter(seen: Mirrored) -> Verdict:
    """A gateway that keeps calls within a region by the header is passed by a header that lies."""
    return _refused(seen, seen.wrong, "with another value in the header than in the argument")


@check(
    mirrored,
    id="headers/serves-invalid-parameter-header",
    title="Parameter header with invalid characters is served",
    requirements=("streamable-http/invalid-header-chars",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse bytes outside printable ASCII in Mcp-Param-* with 400; such values come in base64 form.",
)
def serves_invalid_parameter_header(seen: Mirrored) -> Verdict:
    """Each program on the way reads bytes above ASCII in its own encoding, so that each sees another value."""
    if seen.raw_bytes is None:
        return not_observed("no mirrored parameter is a text", seen.control)
    return _refused(seen, seen.raw_bytes, "with bytes above ASCII in the header")


@check(
    mirrored,
    id="headers/encoded-parameter-not-decoded",
    title="Base64 form of the right argument is refused",
    requirements=("streamable-http/decode-before-compare",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Decode =?base64?…?= before you compare.",
)
def encoded_parameter_not_decoded(seen: Mirrored) -> Verdict:
    """Texts outside ASCII can only be sent encoded; a server that compares the encoded text refuses them all."""
    return _not_a_mismatch(seen, seen.encoded, seen.control, "the right value in base64 form")


@check(
    mirrored,
    id="headers/wants-header-of-absent-parameter",
    title="Argument that is not there is expected in a header",
    requirements=("streamable-http/absent-param-no-header",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Expect a header only for arguments that the call has.",
)
def wants_header_of_absent_parameter(seen: Mirrored) -> Verdict:
    """A client has nothing that it could send, so the tool cannot be called without the optional argument."""
    if seen.absent_argument is None:
        return not_observed("the mirrored parameter is required", seen.control)
    return _not_a_mismatch(seen, seen.absent_argument, seen.control, "a call without the argument and its header")


@check(
    mirrored,
    id="headers/wants-header-of-null-parameter",
    title="Argument that is null is expected in a header",
    requirements=("streamable-http/null-param-no-header",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Expect no header for an argument that is null.",
)
def wants_header_of_null_parameter(seen: Mirrored) -> Verdict:
    """Null has no text, so clients leave the header out; what the tool says to null is another matter."""
    if seen.null_argument is None:
        return not_observed("the mirrored parameter is required", seen.control)
    return _not_a_mismatch(seen, seen.null_argument, seen.control, "a call with null and without a header")


@check(
    mirrored,
    id="headers/compares-integers-as-text",
    title="Integer in a header is compared letter by letter",
    requirements=("streamable-http/integer-compare-numeric",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Compare integers by value: 42 and 42.0 are one number.",
)
def compares_integers_as_text(seen: Mirrored) -> Verdicts:
    """JSON libraries write one number in several ways; clients of those that write 42.0 would all be refused."""
    if seen.with_fraction is None or seen.integer_control is None or not seen.integer_control.ok:
        return not_observed("no mirrored parameter is an integer that can be sent", seen.control)
    return _not_a_mismatch(seen, seen.with_fraction, seen.integer_control, "an integer written with .0 in the header")


def _not_a_mismatch(seen: Mirrored, sent: Exchange, control: Exchange, what: str) -> Verdict:
    """FAIL when the call was refused for its headers; any other answer is not about them."""
    if sent.error_code == _MISMATCH:
        return failed(f"{what} was refused as a header mismatch", sent, control, subject=seen.subject)
    return passed(sent, control) if sent.answered else not_observed("the target did not answer", sent)
