"""Resources by odd addresses, ways out of templates, numbers beside those listed, time that matching takes."""

import re
from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Status, Visit
from mcp_audit_scenarios.attacks import resource_addresses, resource_templates, uri_template_time
from mcp_audit_scenarios.attacks.path_forms import HOST_LINE
from mcp_audit_scenarios.attacks.resource_addresses import OddAddresses, Read
from mcp_audit_scenarios.attacks.resource_templates import Escape, Expansion, Expansions, Neighbours, numbered, ways_to
from mcp_audit_scenarios.attacks.uri_template_time import Timing, Timings, almost
from mcp_audit_scenarios.attacks.uri_templates import Template, templates
from mcp_audit_scenarios.conformance import task_owners
from mcp_audit_scenarios.conformance.task_owners import ForeignTask

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN, NOTHING = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE
TEXT = "a text that no other resource has"


def read(text: str = TEXT) -> Exchange:
    return exchange(result={"contents": [{"uri": "a:b", "text": text}]}, method="resources/read")


def odd(**changes: Any) -> OddAddresses:
    refused = Read("file:///etc/passwd", refusal(), HOST_LINE)
    plain = OddAddresses(
        control=read(),
        unknown=refusal(),
        schemes=("test",),
        file=refused,
        data=Read("data:text/plain;base64,eA==", refusal(), "x"),
        others=(Read("gopher://a", refusal()),),
        web=(Read("http://…", refusal()),),
    )
    return replace(plain, **changes)


def test_refused_addresses_pass() -> None:
    for check in (
        resource_addresses.serves_host_file,
        resource_addresses.fetches_any_address,
        resource_addresses.serves_foreign_scheme,
    ):
        assert status(check, odd()) is PASS
        assert status(check, odd(control=refusal())) is UNSEEN


def test_a_file_of_the_host_is_told_by_its_first_line() -> None:
    served = read("root:x:0:0:root:/root:/bin/sh\n")
    check = resource_addresses.serves_host_file
    assert status(check, odd(file=Read("file:///etc/passwd", served, HOST_LINE, served))) is FAIL
    assert status(check, odd(file=Read("file:///etc/passwd", read(), HOST_LINE, None))) is PASS
    assert status(check, odd(file=Read("file:///etc/passwd", silence(), HOST_LINE, None))) is UNSEEN


def test_a_fetch_is_proved_by_the_listener() -> None:
    check = resource_addresses.fetches_any_address
    visit = Visit("http://127.0.0.1:9/a", "GET", "/a", ())
    visited = odd(web=(Read("http://…", refusal(), again=refusal(), visits=(visit,)),))
    assert status(check, visited) is FAIL
    assert status(check, replace(visited, schemes=("http",))) is NOTHING
    assert status(check, odd(web=(), unreachable="out of reach")) is UNSEEN


def test_a_foreign_scheme_is_served_where_a_made_up_one_is_refused() -> None:
    check = resource_addresses.serves_foreign_scheme
    served = odd(others=(Read("gopher://a", read()),))
    assert status(check, served) is FAIL
    assert subjects(check, served) == ["scheme:gopher"]
    assert status(check, replace(served, schemes=("gopher",))) is PASS
    assert status(check, replace(served, unknown=read())) is UNSEEN
    empty = exchange(result={"contents": []}, method="resources/read")
    assert status(check, odd(others=(Read("gopher://a", empty),))) is PASS


def test_templates_are_filled_in_as_rfc_6570_says() -> None:
    (plain, reserved, query) = templates(
        [{"uriTemplate": text} for text in ("t://a/{id}/b", "t://a/{+path}", "t://a{?q}")] + [{"uriTemplate": 7}]
    )
    assert plain.filled("x/y") == "t://a/x%2Fy/b"
    assert plain.filled("x/y", raw=True) == "t://a/x/y/b"
    assert reserved.filled("x/y") == "t://a/x/y"
    assert query.filled("x") == "t://a?q=x"
    assert (plain.takes_path, reserved.takes_path) == (False, True)
    assert plain.pattern.fullmatch("t://a/anything/b")
    assert not plain.pattern.fullmatch("t://other")


def test_ways_to_another_resource_climb_to_it_and_cut_the_rest() -> None:
    ways = [uri for _, uri in ways_to(Template("test://template/{id}/data"), "test://static-text")]
    assert "test://template/../static-text?/data" in ways
    assert "test://template/..%2fstatic-text%3f/data" in ways
    assert next(uri for _, uri in ways_to(Template("t://{id}"), "t://a")) == "t://a"


def expansion(*escapes: Escape) -> Expansions:
    return Expansions((Expansion("template:t", read("{}"), (read(),), escapes),))


@pytest.mark.parametrize(
    ("escape", "expected"),
    [
        (Escape("dots", TEXT, read(), read()), FAIL),
        (Escape("dots", TEXT, read(), refusal()), PASS),
        (Escape("dots", TEXT, refusal()), PASS),
        (Escape("dots", TEXT, silence()), UNSEEN),
    ],
)
def test_a_value_escapes_where_it_leads_to_another_text_twice(escape: Escape, expected: Status) -> None:
    assert status(resource_templates.template_value_escapes, expansion(escape)) is expected


def test_neighbours_are_unlisted_and_fit_no_template() -> None:
    assert numbered(["n://1", "n://2"], []) == ("n://1", ["n://0", "n://3"], "n://982451653")
    assert numbered(["n://09"], []) == ("n://09", ["n://10", "n://08", "n://11"], "n://982451653")
    assert numbered(["n://1"], [re.compile("n://.*")]) is None
    assert numbered(["n://a"], []) is None


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Neighbours(read(), refusal(), (read(), refusal())), FAIL),
        (Neighbours(read(), refusal(), (refusal(),)), PASS),
        (Neighbours(read(), read(), (read(),)), UNSEEN),
        (Neighbours(refusal(), refusal(), (read(),)), UNSEEN),
        (Neighbours(read(), refusal(), (silence(),)), UNSEEN),
    ],
)
def test_a_neighbour_is_read_where_a_far_number_is_refused(seen: Neighbours, expected: Status) -> None:
    assert status(resource_templates.serves_unlisted_neighbour, seen) is expected


def timing(size: int, lists: float, plain: float = 2.0) -> Timing:
    return Timing(size, tuple([refusal(elapsed_ms=lists)] * 3), tuple([refusal(elapsed_ms=plain)] * 3))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((2, 8, 30, 120, 500), FAIL),
        ((2, 2, 2, 2, 2), PASS),
        ((2, 400, 390, 410, 400), UNSEEN),
        ((2, 3, 5, 8, 12), PASS),
    ],
)
def test_time_that_doubles_is_told_from_time_that_is_long(times: tuple[float, ...], expected: Status) -> None:
    facts = Timings("template:t", tuple(timing(10 + 2 * step, ms) for step, ms in enumerate(times)))
    assert status(uri_template_time.slow_uri_template, facts) is expected


def test_slow_plain_texts_are_the_machine_not_the_template() -> None:
    facts = Timings("template:t", tuple(timing(10, ms, ms) for ms in (2, 8, 30, 120, 500)))
    assert status(uri_template_time.slow_uri_template, facts) is PASS


def test_a_uri_almost_fits() -> None:
    assert almost(Template("t://tags{/tag*}"), "a,a") == "t://tags/a,a/\n//"


def owned(foreign: Exchange, unknown: Exchange | None) -> ForeignTask:
    return ForeignTask(exchange(result={"taskId": "t1"}, method="tasks/get"), (foreign,), (), (), unknown)


def no(task_id: str, message: str) -> Exchange:
    body = '{"params": {"taskId": "' + task_id + '"}}'
    return exchange(error={"code": -32602, "message": message}, method="tasks/get", sent_body=body)


@pytest.mark.parametrize(
    ("foreign", "unknown", "expected"),
    [
        (no("abc1", "no task abc1"), no("fed8", "no task fed8"), PASS),
        (no("abc1", "not yours"), no("fed8", "no task fed8"), FAIL),
        (no("abc1", "not yours"), None, UNSEEN),
        (exchange(result={}, method="tasks/get"), no("fed8", "no task fed8"), UNSEEN),
    ],
)
def test_a_foreign_task_is_refused_like_an_unknown_one(
    foreign: Exchange, unknown: Exchange | None, expected: Status
) -> None:
    assert status(task_owners.foreign_task_told_apart, owned(foreign, unknown)) is expected
