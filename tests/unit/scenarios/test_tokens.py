from collections.abc import Sequence

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Visit
from mcp_audit_scenarios.attacks import forged_tokens as forged
from mcp_audit_scenarios.attacks import key_addresses, signed_tokens, tokens
from mcp_audit_scenarios.attacks.attempts import Attempt
from mcp_audit_scenarios.attacks.signed_tokens import SignedTokens
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status, subjects

NAMES = (
    signed_tokens.EXPIRED,
    signed_tokens.PREMATURE,
    signed_tokens.ENDLESS,
    signed_tokens.FOREIGN_AUDIENCE,
    signed_tokens.NO_AUDIENCE,
    *signed_tokens.LOOKALIKES,
    signed_tokens.FOREIGN_ISSUER,
    signed_tokens.NO_SUBJECT,
    signed_tokens.OTHER_TYPE,
    signed_tokens.STRANGER,
)
BY_NAME: Sequence[tuple[Check, str]] = (
    (tokens.expired_accepted, signed_tokens.EXPIRED),
    (tokens.not_yet_valid_accepted, signed_tokens.PREMATURE),
    (tokens.endless_accepted, signed_tokens.ENDLESS),
    (tokens.missing_audience_accepted, signed_tokens.NO_AUDIENCE),
    (tokens.lookalike_audience_accepted, signed_tokens.LOOKALIKES[1]),
    (tokens.foreign_issuer_accepted, signed_tokens.FOREIGN_ISSUER),
    (tokens.other_type_accepted, signed_tokens.OTHER_TYPE),
    (tokens.no_subject_accepted, signed_tokens.NO_SUBJECT),
    (tokens.foreign_key_accepted, signed_tokens.STRANGER),
)


def served() -> Exchange:
    return exchange(result={"protocolVersion": "2025-11-25"}, method="initialize")


def unauthorized() -> Exchange:
    return refusal(-32600, status=401)


def signed(*accepted: str, again: bool = True, verifies: bool = True) -> SignedTokens:
    trials = tuple(Trial(name, served() if name in accepted else unauthorized()) for name in NAMES)
    repeated = tuple(Trial(name, served() if again else unauthorized()) for name in NAMES if name in accepted)
    return SignedTokens(served(), served(), trials, repeated, verifies)


@pytest.mark.parametrize(("check", "name"), BY_NAME, ids=lambda value: getattr(value, "id", ""))
def test_a_token_that_lacks_something_is_refused_or_the_check_fails(check: Check, name: str) -> None:
    assert status(check, signed()) is Status.PASS
    assert status(check, signed(name)) is Status.FAIL
    assert status(check, signed(name, again=False)) is Status.NOT_OBSERVED
    others = [other for other, _ in BY_NAME if other is not check]
    assert {status(other, signed(name)) for other in others} == {Status.PASS}


@pytest.mark.parametrize(("check", "name"), BY_NAME[:-1], ids=lambda value: getattr(value, "id", ""))
def test_nothing_is_said_of_tokens_where_signatures_are_not_verified(check: Check, name: str) -> None:
    assert status(check, signed(name, verifies=False)) is Status.NOT_OBSERVED


def test_where_no_audience_is_looked_at_there_is_one_finding() -> None:
    seen = signed(signed_tokens.FOREIGN_AUDIENCE, signed_tokens.NO_AUDIENCE, *signed_tokens.LOOKALIKES)
    assert status(tokens.missing_audience_accepted, seen) is Status.NOT_OBSERVED
    assert status(tokens.lookalike_audience_accepted, seen) is Status.NOT_OBSERVED
    assert status(tokens.expired_accepted, seen) is Status.PASS


def test_silence_is_no_refusal() -> None:
    silent = tuple(Trial(name, silence()) for name in NAMES)
    seen = SignedTokens(served(), served(), silent, (), verifies=True)
    assert {status(check, seen) for check, _ in BY_NAME} == {Status.NOT_OBSERVED}


def attempt(name: str, accepted: bool = False) -> Attempt:
    return Attempt(name, served(), served()) if accepted else Attempt(name, unauthorized())


FORGERIES = {
    "unsigned": forged.unsigned_accepted,
    "altered": forged.altered_accepted,
    "confused": forged.public_key_as_secret,
    "by_name": forged.key_from_token,
    "embedded": forged.key_from_token,
}


def forgeries(accepted: str = "", **changed: object) -> forged.ForgedTokens:
    kinds = {kind: (attempt(kind, kind == accepted),) for kind in FORGERIES}
    fields = {"control": served(), "random": unauthorized(), "stranger": (attempt("stranger"),), "symmetric": False}
    return forged.ForgedTokens(**{**fields, **kinds, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_token_is_refused_or_its_check_fails(kind: str) -> None:
    assert status(FORGERIES[kind], forgeries()) is Status.PASS
    assert status(FORGERIES[kind], forgeries(kind)) is Status.FAIL
    assert status(FORGERIES[kind], forgeries(kind, random=served())) is Status.NOT_OBSERVED


def test_a_shared_secret_cannot_be_confused_with_a_public_key() -> None:
    assert status(forged.public_key_as_secret, forgeries(symmetric=True)) is Status.NOT_APPLICABLE
    assert status(forged.public_key_as_secret, forgeries(confused=())) is Status.NOT_OBSERVED


def test_a_key_in_the_token_is_no_finding_where_every_key_is_taken() -> None:
    seen = forgeries("embedded", stranger=(attempt("stranger", accepted=True),))
    assert status(forged.key_from_token, seen) is Status.NOT_OBSERVED


def test_a_key_that_is_fetched_from_where_the_token_says_is_a_finding() -> None:
    visit = Visit("http://127.0.0.1:1/x", "GET", "/x", (), "")
    plain = attempt("plain")

    def seen(*visits: Visit) -> key_addresses.KeyAddresses:
        addressed = key_addresses.Addressed("jku", attempt("jku"), visits)
        return key_addresses.KeyAddresses(served(), plain, (addressed,))

    assert status(key_addresses.key_fetched_from_token, seen()) is Status.PASS
    assert subjects(key_addresses.key_fetched_from_token, seen(visit)) == ["header:jku"]
    nothing = key_addresses.KeyAddresses(served(), plain, ())
    assert status(key_addresses.key_fetched_from_token, nothing) is Status.NOT_OBSERVED
