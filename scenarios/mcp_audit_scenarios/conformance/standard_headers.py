"""Standard headers of 2026-07-28: version, method and name are mirrored into headers and have to match the body.

A gateway that routes or filters by header is only as good as the server's comparison of header and body.
"""

import base64
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
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
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from .stateless import discover_control

_OTHER_REVISION = "2025-11-25"
_MISMATCH = -32020


@dataclass(frozen=True, slots=True)
class VersionHeader:
    """server/discover with the version header right, absent, and of another revision than the body."""

    control: Exchange
    absent: Exchange
    other: Exchange


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def version_header(probe: Probe) -> VersionHeader:
    return VersionHeader(
        control=await discover_control(probe),
        absent=await probe.request("server/discover", headers={"mcp-protocol-version": None}),
        other=await probe.request("server/discover", headers={"mcp-protocol-version": _OTHER_REVISION}),
    )


@check(
    version_header,
    id="headers/serves-version-mismatch",
    title="Version header that contradicts the body is served",
    requirements=("streamable-http/version-header-mismatch-400",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Compare MCP-Protocol-Version with the version in _meta; answer 400 with -32020 when they differ.",
)
def serves_version_mismatch(seen: VersionHeader) -> Verdict:
    """A gateway decides by the header, the server by the body: both have to see the same version."""
    if seen.other.ok:
        return failed(f"served with the header {_OTHER_REVISION} and the body 2026-07-28", seen.other, seen.control)
    return _refused(seen.control, seen.other)


@check(
    version_header,
    id="headers/wrong-answer-to-version-mismatch",
    title="Version mismatch is not refused with 400 and HeaderMismatch",
    requirements=("streamable-http/version-header-mismatch-400",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer HTTP 400 with code -32020.",
)
def wrong_answer_to_version_mismatch(seen: VersionHeader) -> Verdict:
    """By this code a client learns that its headers are wrong, not its session or its message."""
    return _right_refusal(seen.other, seen.control)


@dataclass(frozen=True, slots=True)
class MethodHeader:
    """server/discover with Mcp-Method right, absent and wrong."""

    control: Exchange
    absent: Exchange
    wrong: Exchange


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def method_header(probe: Probe) -> MethodHeader:
    control = await discover_control(probe)
    return MethodHeader(
        control=control,
        absent=await probe.request("server/discover", headers={"mcp-method": None}),
        wrong=await probe.request("server/discover", headers={"mcp-method": "prompts/list"}),
    )


@check(
    method_header,
    id="headers/serves-without-method-header",
    title="Request without Mcp-Method is served",
    requirements=("streamable-http/standard-headers-required",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse a POST without Mcp-Method with 400 and -32020.",
)
def serves_without_method_header(seen: MethodHeader) -> Verdict:
    """Intermediaries that route by method see nothing of a request that comes without the header."""
    if seen.absent.ok:
        return failed("served without Mcp-Method", seen.absent, seen.control)
    return _refused(seen.control, seen.absent)


@check(
    method_header,
    id="headers/serves-mismatched-method",
    title="Mcp-Method that contradicts the body is served",
    requirements=("streamable-http/header-body-match",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Compare Mcp-Method with the method of the body; answer 400 with -32020 when they differ.",
)
def serves_mismatched_method(seen: MethodHeader) -> Verdict:
    """A filter that allows `prompts/list` by its header would let any other method pass."""
    if seen.wrong.ok:
        return failed("served with Mcp-Method: prompts/list and another method in the body", seen.wrong, seen.control)
    return _refused(seen.control, seen.wrong)


@dataclass(frozen=True, slots=True)
class NameHeader:
    """One read of a listed thing with Mcp-Name right, absent, wrong, and encoded in three ways."""

    control: Exchange
    absent: Exchange
    wrong: Exchange
    encoded: Exchange
    encoded_wrong: Exchange
    shouted_marker: Exchange


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def name_header(probe: Probe) -> NameHeader:
    method, params, name = named_request(probe)
    control = await probe.request(method, params)
    if not control.ok:
        raise Unobservable(f"a correct {method} of a listed item was refused", control)

    async def with_name(value: str | None) -> Exchange:
        return await probe.request(method, params, headers={"mcp-name": value})

    return NameHeader(
        control=control,
        absent=await with_name(None),
        wrong=await with_name("mcp-audit-other-name"),
        encoded=await with_name(f"=?base64?{_base64(name)}?="),
        encoded_wrong=await with_name(f"=?base64?{_base64('mcp-audit-other-name')}?="),
        shouted_marker=await with_name(f"=?BASE64?{_base64(name)}?="),
    )


def named_request(probe: Probe) -> tuple[str, JsonObject, str]:
    """Return a harmless request that has a name: a resource, a prompt without required arguments, an allowed tool."""
    for resource in probe.offer.resources:
        uri = resource.get("uri")
        if isinstance(uri, str):
            return "resources/read", {"uri": uri}, uri
    for prompt in probe.offer.prompts:
        name = prompt.get("name")
        if isinstance(name, str) and not _needs_arguments(prompt):
            return "prompts/get", {"name": name}, name
    for tool in probe.callable_tools():
        return "tools/call", {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}, tool["name"]
    raise Unobservable("there is no resource, no prompt without required arguments and no allowed tool to ask for")


def _needs_arguments(prompt: JsonObject) -> bool:
    arguments = prompt.get("arguments")
    items = arguments if isinstance(arguments, list) else []
    return any(isinstance(item, dict) and item.get("required") for item in items)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode(errors="replace")).decode()


@check(
    name_header,
    id="headers/serves-without-name-header",
    title="Request without Mcp-Name is served",
    requirements=("streamable-http/standard-headers-required",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse tools/call, prompts/get and resources/read without Mcp-Name with 400 and -32020.",
)
def serves_without_name_header(seen: NameHeader) -> Verdict:
    """Rate limits and access rules per tool are kept at gateways, by this header."""
    if seen.absent.ok:
        return failed(f"{seen.absent.sent.method} was served without Mcp-Name", seen.absent, seen.control)
    return _refused(seen.control, seen.absent)


@check(
    name_header,
    id="headers/serves-mismatched-name",
    title="Mcp-Name that contradicts the body is served",
    requirements=("streamable-http/header-body-match",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Decode Mcp-Name and compare it with the name or URI of the body; answer 400 with -32020.",
)
def serves_mismatched_name(seen: NameHeader) -> Verdicts:
    """A gateway that forbids a tool by name is passed by naming another tool in the header."""
    served = [
        failed(f"{spoiled.sent.method} was served with {how}", spoiled, seen.control, subject=how)
        for how, spoiled in (("another name", seen.wrong), ("another name in base64", seen.encoded_wrong))
        if spoiled.ok
    ]
    return served or _refused(seen.control, seen.wrong, seen.encoded_wrong)


@check(
    name_header,
    id="headers/encoded-name-not-decoded",
    title="Base64 form of the right name is refused",
    requirements=("streamable-http/decode-before-compare",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Decode =?base64?…?= before you compare.",
)
def encoded_name_not_decoded(seen: NameHeader) -> Verdict:
    """Names outside ASCII can only be sent encoded; a server that compares the encoded text refuses them all."""
    if seen.encoded.ok:
        return passed(seen.encoded, seen.control)
    if seen.encoded.refused:
        return failed("the right name in base64 form was refused", seen.encoded, seen.control)
    return not_observed("no answer to the encoded name", seen.encoded)


@check(
    name_header,
    id="headers/loose-base64-marker",
    title="Base64 marker is recognised in capitals",
    requirements=("streamable-http/base64-marker-exact",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Recognise exactly =?base64? and ?=; any other spelling is a literal value.",
)
def loose_base64_marker(seen: NameHeader) -> Verdict:
    """When gateway and server differ in what they decode, they differ in what they allow."""
    if seen.shouted_marker.ok:
        return failed("=?BASE64?…?= was decoded", seen.shouted_marker, seen.control)
    return _refused(seen.control, seen.shouted_marker)


@check(
    name_header,
    id="headers/wrong-answer-to-mismatch",
    title="Name mismatch is not refused with 400 and HeaderMismatch",
    requirements=("streamable-http/header-mismatch-32020",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer HTTP 400 with code -32020.",
)
def wrong_answer_to_mismatch(seen: NameHeader) -> Verdict:
    """By this code a client learns that its headers are wrong, not its parameters."""
    return _right_refusal(seen.wrong, seen.control)


def _refused(control: Exchange, *spoiled: Exchange) -> Verdict:
    unseen = [exchange for exchange in spoiled if not (exchange.answered and exchange.refused)]
    return not_observed("the target did not answer", *unseen) if unseen else passed(*spoiled, control)


def _right_refusal(spoiled: Exchange, control: Exchange) -> Verdict:
    if spoiled.ok or not spoiled.refused:
        return not_observed("the request was not refused", spoiled)
    if spoiled.status == 400 and spoiled.error_code == _MISMATCH:
        return passed(spoiled, control)
    return failed(
        f"refused with HTTP {spoiled.status} and code {spoiled.error_code}, not 400 and {_MISMATCH}", spoiled, control
    )
