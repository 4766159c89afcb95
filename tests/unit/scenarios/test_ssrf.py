"""What tools fetch, open and put into addresses: judged on hand-built facts."""

from dataclasses import replace

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Visit
from mcp_audit_scenarios.attacks.addresses_inside import allowed_hosts
from mcp_audit_scenarios.attacks.argument_kinds import Slot
from mcp_audit_scenarios.attacks.fetching import Fetch, Fetching, Fetchings
from mcp_audit_scenarios.attacks.markup import (
    Document,
    Documents,
    expands_entities,
    resolves_external_entities,
)
from mcp_audit_scenarios.attacks.schema_references import (
    Handed,
    SchemasHanded,
    fetches_reference,
    references,
    refers_to_network,
)
from mcp_audit_scenarios.attacks.ssrf import (
    allows_lookalike_address,
    filter_misses_spelling,
    follows_redirect_inside,
    reaches_loopback,
    sends_credentials_out,
    splits_requests_at_newlines,
)
from mcp_audit_scenarios.attacks.ssrf_headers import HeaderVisits, Named, fetches_address_in_header
from mcp_audit_scenarios.attacks.ssrf_schemes import Opening, Openings, opens_other_schemes
from mcp_audit_scenarios.attacks.url_paths import Identified, Identifiers, identifier_becomes_path
from mcp_audit_scenarios.conformance.inventory import Inventory

from tests.exchanges import exchange, refusal, silence, status

REFUSED = exchange(result={"isError": True, "content": []}, method="tools/call")
SERVED = exchange(result={"content": [{"type": "text", "text": "A page."}]}, method="tools/call")
UNKNOWN = exchange(result={"content": [{"type": "text", "text": "No such thing."}]}, method="tools/call")
QUIET = Fetch("its number", REFUSED)
CAME = Fetch("a form", SERVED, visited=True, again=SERVED)
PLACE = Fetching("tool:fetch", "'url' of fetch", QUIET, QUIET, (QUIET,), (QUIET,), (QUIET,), (QUIET,))
PARTS = {
    "plain": reaches_loopback,
    "spelled": filter_misses_spelling,
    "lookalike": allows_lookalike_address,
    "redirected": follows_redirect_inside,
}


def fetched(**parts: object) -> Fetchings:
    return Fetchings((replace(PLACE, **parts),))  # type: ignore[arg-type]


@pytest.mark.parametrize(("part", "check"), PARTS.items())
def test_a_visit_fails_and_none_passes(part: str, check: Check) -> None:
    assert status(check, fetched(**{part: CAME if part == "plain" else (QUIET, CAME)})) is Status.FAIL
    assert status(check, fetched()) is Status.PASS
    assert status(check, Fetchings(())) is Status.NOT_APPLICABLE


@pytest.mark.parametrize("part", ["spelled", "redirected"])
def test_where_loopback_is_fetched_anyway_its_forms_tell_nothing(part: str) -> None:
    assert status(PARTS[part], fetched(plain=CAME, **{part: ()})) is Status.NOT_OBSERVED


def test_lookalikes_need_a_name_that_the_schema_allows() -> None:
    assert status(allows_lookalike_address, fetched(lookalike=())) is Status.NOT_APPLICABLE
    said = {"description": "A page of https://docs.example.com.", "pattern": r"^https://api\.example\.org/"}
    assert allowed_hosts(Slot({"name": "t"}, "url", said)) == ("docs.example.com", "api.example.org")


def test_credentials_and_split_requests_need_a_visit() -> None:
    named = replace(CAME, credentials=("authorization",))
    assert status(sends_credentials_out, fetched(named=named)) is Status.FAIL
    assert status(sends_credentials_out, fetched(named=CAME)) is Status.PASS
    assert status(sends_credentials_out, fetched()) is Status.NOT_OBSERVED
    assert status(splits_requests_at_newlines, fetched(broken=(replace(CAME, split=True),))) is Status.FAIL
    assert status(splits_requests_at_newlines, fetched(broken=(CAME,))) is Status.PASS
    assert status(splits_requests_at_newlines, fetched(broken=())) is Status.NOT_OBSERVED


def opening(**fields: object) -> Opening:
    return replace(Opening("tool:fetch", "'url' of fetch", "file:", REFUSED), **fields)  # type: ignore[arg-type]


def test_other_schemes() -> None:
    opened = opening(exchange=SERVED, opened=True, again=SERVED)
    assert status(opens_other_schemes, Openings((opened,), addresses=True, files=True)) is Status.FAIL
    assert status(opens_other_schemes, Openings((opening(),), addresses=True, files=True)) is Status.PASS
    assert status(opens_other_schemes, Openings((opening(),), addresses=True, files=False)) is Status.NOT_OBSERVED
    assert status(opens_other_schemes, Openings((), addresses=False, files=False)) is Status.NOT_APPLICABLE


def test_headers_that_name_a_backend() -> None:
    followed, plain = Named(SERVED, ("x-base-url",)), Named(SERVED, ())
    assert status(fetches_address_in_header, HeaderVisits((SERVED,), (followed,), (followed,))) is Status.FAIL
    assert status(fetches_address_in_header, HeaderVisits((SERVED,), (followed,), (plain,))) is Status.PASS
    assert status(fetches_address_in_header, HeaderVisits((refusal(),), (plain,), ())) is Status.NOT_OBSERVED


def identified(added: Exchange, *, odd: Exchange = UNKNOWN) -> Identifiers:
    place = Identified("tool:get", "'id' of get", SERVED, SERVED, UNKNOWN, odd, (("a fragment", added),))
    return Identifiers((place,), any=True)


def test_identifiers_that_mean_something_in_an_address() -> None:
    assert status(identifier_becomes_path, identified(SERVED)) is Status.FAIL
    assert status(identifier_becomes_path, identified(UNKNOWN)) is Status.PASS
    assert status(identifier_becomes_path, identified(SERVED, odd=SERVED)) is Status.NOT_OBSERVED
    assert status(identifier_becomes_path, Identifiers((), any=True)) is Status.NOT_OBSERVED
    assert status(identifier_becomes_path, Identifiers((), any=False)) is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({"$ref": "https://example.com/a.json"}, ["https://example.com/a.json"]),
        ({"items": {"$dynamicRef": "file:///etc/a.json#x"}}, ["file:///etc/a.json#x"]),
        ({"$ref": "#/$defs/a", "$schema": "https://json-schema.org/draft/2020-12/schema"}, []),
        ({"$id": "https://example.com/a", "$ref": "https://example.com/a#/$defs/b"}, []),
        ({"$ref": "urn:example:a"}, []),
        ({"default": {"$ref": "https://example.com/a.json"}}, []),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, []),
    ],
)
def test_references_that_lead_out_of_a_schema(schema: dict[str, object], found: list[str]) -> None:
    assert list(references(schema)) == found


def listed(schema: object) -> Inventory:
    page = exchange(result={"tools": [{"name": "a", "inputSchema": schema}]}, method="tools/list")
    return Inventory({}, (), (page,), ())


def test_schemas_that_refer_to_the_network() -> None:
    assert status(refers_to_network, listed({"$ref": "https://example.com/a.json"})) is Status.FAIL
    assert status(refers_to_network, listed({"type": "object"})) is Status.PASS
    assert status(refers_to_network, Inventory({}, (), (), ())) is Status.NOT_APPLICABLE


def test_schemas_that_are_handed_over() -> None:
    visit = Visit("http://127.0.0.1:1/a", "GET", "/a", ())
    assert status(fetches_reference, SchemasHanded((Handed("judge", SERVED, (REFUSED,), (visit,)),))) is Status.FAIL
    assert status(fetches_reference, SchemasHanded((Handed("judge", SERVED, (REFUSED,), ()),))) is Status.PASS
    assert status(fetches_reference, SchemasHanded((Handed("judge", SERVED, (silence(),), ()),))) is Status.NOT_OBSERVED
    assert status(fetches_reference, SchemasHanded(())) is Status.NOT_APPLICABLE


def document(**fields: object) -> Documents:
    plain = Document("tool:read", "'xml' of read", SERVED, UNKNOWN, "123456654321", (UNKNOWN,), visited=False)
    return Documents((replace(plain, **fields),), any=True)  # type: ignore[arg-type]


def test_entities() -> None:
    both = document(visited=True, again=(SERVED,), visited_again=True)
    expanded = exchange(result={"content": [{"type": "text", "text": "123456654321"}]}, method="tools/call")
    assert status(resolves_external_entities, both) is Status.FAIL
    assert status(resolves_external_entities, document(visited=True)) is Status.PASS
    assert status(resolves_external_entities, document(file=expanded, file_text="123456654321")) is Status.FAIL
    assert status(resolves_external_entities, document(file=UNKNOWN, file_text="123456654321")) is Status.PASS
    assert status(expands_entities, document(inner=expanded)) is Status.FAIL
    assert status(expands_entities, document()) is Status.PASS
    for check in (resolves_external_entities, expands_entities):
        assert status(check, Documents((), any=False)) is Status.NOT_APPLICABLE
        assert status(check, Documents((), any=True)) is Status.NOT_OBSERVED
