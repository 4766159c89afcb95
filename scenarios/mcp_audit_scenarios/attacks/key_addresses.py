"""Tokens that name an address where their key is: whether the server goes there (RFC 8725, section 2.8)."""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.lab.jose import compact
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    Visit,
    failed,
    since,
)
from mcp_audit_harness.probe import Probe

from ..conformance.challenge import bearer_guarded, welcomed
from .attempts import Attempt, attempted, judged
from .forged_tokens import bearing, own_jwt, stranger_of
from .occasions import newest_only

_PATIENCE_S = 0.3


@dataclass(frozen=True, slots=True)
class Addressed:
    """The opening with a token whose header names an address, and who came there."""

    header: str
    """The name of the header's member."""
    attempt: Attempt
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class KeyAddresses:
    """Tokens by a key of the auditor's own, without and with an address."""

    control: Exchange
    plain: Attempt
    addressed: tuple[Addressed, ...]


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded, newest_only),
    bench=Bench.AUTHORIZED,
)
async def key_addresses(probe: Probe) -> KeyAddresses:
    control = await welcomed(probe)
    token = own_jwt(probe, control)
    key = stranger_of(token)
    if key is None:
        raise Unobservable("signing tokens needs the extra: pip install 'mcp-audit[server]'", control)
    header = {**token.header, "alg": key.algorithm, "kid": f"mcp-audit-{probe.rng.getrandbits(64):016x}"}
    plain = await attempted(probe, "a token by an unknown key", bearing(probe, compact(header, token.claims, key.sign)))
    body = json.dumps({"keys": [{**key.public_jwk(), "kid": header["kid"]}]})
    addressed = []
    async with probe.canary() as canary:
        for name in ("jku", "x5u"):
            url = canary.url(body=body, content_type="application/json", suffix="/jwks.json")
            text = compact({**header, name: url}, token.claims, key.sign)
            attempt = await attempted(probe, f"a token whose {name} says where its key is", bearing(probe, text))
            addressed.append(Addressed(name, attempt, await canary.wait(url, timeout=_PATIENCE_S)))
    return KeyAddresses(control, plain, tuple(addressed))


@check(
    key_addresses,
    id="tokens/key-fetched-from-token",
    title="A key is fetched from where the token says",
    requirements=("tokens/key-address-ignored",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Configure where the keys of your issuer are; ignore jku and x5u in tokens.",
    references=(
        "https://cwe.mitre.org/data/definitions/918.html",
        "https://cwe.mitre.org/data/definitions/347.html",
        "https://www.rfc-editor.org/rfc/rfc8725#section-2.8",
    ),
)
def key_fetched_from_token(seen: KeyAddresses) -> Verdicts:
    """A caller that nobody knows yet makes the server ask any address in its own network. If it believes the key that
    it finds there, the caller is whoever they say they are.
    """
    failures = [
        failed(
            f"The server asked for the address in {one.header} of a token that nobody had verified.",
            one.attempt.first,
            seen.plain.first,
            seen.control,
            subject=f"header:{one.header}",
        )
        for one in seen.addressed
        if one.visits
    ]
    return failures or judged([one.attempt for one in seen.addressed], seen.plain.first, seen.control)
