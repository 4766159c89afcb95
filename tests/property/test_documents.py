"""Files and headers that others wrote: each is read, or refused in the way that its reader documents."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mcp_audit_harness.cli.official import read_checks
from mcp_audit_harness.cli.usage import UsageError
from mcp_audit_harness.engine.saved import Record, Run, dump, facts_of, load
from mcp_audit_harness.errors import TargetError
from mcp_audit_harness.lab.jose import parse as parse_token
from mcp_audit_harness.lock import LockError, lock_text, read_lock
from mcp_audit_harness.model import Exchange, Offer, Revision, RevisionScore, Survey, ToolInfo
from mcp_audit_harness.pins import pins_of
from mcp_audit_reports import read_report
from mcp_audit_scenarios.conformance.challenge import challenges

from tests.exchanges import exchange
from tests.unit.reports.hostile import instances

from .messages import TEXT, TEXTS, VALUES
from .searching import searched

DEEP = b'{"saved_run":1,"schema_version":"1","run":' + b'{"a":' * 5000
_TOOL = ToolInfo("mcp-audit", "0")


def _run_like(value: Any) -> bytes:
    """A file that a reader of runs or reports looks into, with anything behind its first member."""
    try:
        return msgspec.json.encode({"saved_run": 1, "schema_version": "1", "run": value, "survey": value})
    except (UnicodeEncodeError, OverflowError):
        return DEEP


def _fact_like(value: Any) -> bytes:
    """Facts in a saved run, which refer to exchanges."""
    try:
        return msgspec.json.encode({"revision": {"$exchange": value}, "must_pass": value})
    except (UnicodeEncodeError, OverflowError):
        return b"null"


_FILES = TEXT | VALUES.map(_run_like)


@searched(300)
@given(_FILES)
@example(b'{"saved_run":1}')
@example(b'{"a":"\xff"}')
@example(DEEP)
def test_what_is_no_saved_run_is_the_fault_of_who_gave_it(data: bytes) -> None:
    with pytest.raises(TargetError, match="not a saved run"):
        load(data)


@searched(30)
@given(instances(Survey), st.lists(instances(Exchange), max_size=2))
def test_any_run_that_was_saved_is_read_back(survey: Survey, seen: list[Exchange]) -> None:
    run = Run(_TOOL, "http", "x", "2026-01-01T00:00:00Z", 1.0, True, 0, survey, exchanges=tuple(seen))
    try:
        written = dump(run)
    except (UnicodeEncodeError, OverflowError):
        return
    assert dump(load(written)) == written


@searched(200)
@given(VALUES.map(_fact_like))
@example(b'{"$exchange":[]}')
@example(b'{"revision":{"$exchange":"x0001"}}')
def test_facts_of_another_shape_are_told_so(data: bytes) -> None:
    record = Record("x.y", Revision.V2025_11_25, 1.0, msgspec.json.decode(data))
    with pytest.raises(TargetError, match=r"facts of x\.y cannot be read"):
        facts_of(record, RevisionScore, {})


@searched(300)
@given(_FILES)
@example(DEEP)
@example(b'{"a":"\xff"}')
def test_what_is_no_report_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        read_report(data)
    assert str(refused.value)


@searched(100)
@given(TEXT)
@example(b'[{"id":"\xff","status":""}]')
@example(b'[{"id":"a","status":"b","specReferences":[{"a":' + b"[" * 5000)
def test_what_is_no_result_of_the_official_suite_is_wrong_usage(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    results = tmp_path_factory.mktemp("official") / "2025-11-25"
    (results / "server-x").mkdir(parents=True)
    (results / "server-x" / "checks.json").write_bytes(data)
    with suppress(UsageError):
        assert isinstance(read_checks(Path(results)), list)


_LOCKS = st.fixed_dictionaries(
    {"mcp_audit_lock": st.just(1) | VALUES, "revision": st.just("2025-11-25") | VALUES},
    optional={
        "definitions": VALUES
        | st.lists(
            st.fixed_dictionaries(
                {"kind": VALUES, "name": VALUES, "sha256": VALUES},
                optional={"definition": st.dictionaries(TEXTS, VALUES, max_size=3) | VALUES},
            ),
            max_size=2,
        ),
        "target": VALUES,
    },
).map(json.dumps)


@searched(300)
@given(TEXT.map(lambda data: data.decode("utf-8", "surrogateescape")) | _LOCKS)
@example("[" * 100_000)
def test_what_is_no_lock_is_refused(text: str) -> None:
    with suppress(LockError):
        assert not read_lock(text).pins


@searched(100)
@given(instances(Offer))
def test_whatever_is_offered_can_be_locked_and_compared(offer: Offer) -> None:
    pinned = pins_of(offer)
    assert read_lock(lock_text(pinned)) == read_lock(lock_text(read_lock(lock_text(pinned))))


_PARTS = st.sampled_from(["eyJhbGciOiJub25lIn0", "eyJzdWIiOiJ4In0", "AA", "W10", "bnVsbA", "=", "_", "\u00e9", "."])


@searched(200)
@given(st.lists(_PARTS | st.text(max_size=4), max_size=6).map("".join))
@example("W" * 200_000 + ".W.W")
def test_any_text_is_a_token_in_three_parts_or_none(text: str) -> None:
    token = parse_token(text)
    assert token is None or (token.header and token.claims and all(token.parts))


_CHALLENGES = st.sampled_from(
    ["Bearer", "Basic", " ", ",", "=", '"', "\\", "scope=", 'error="invalid_token"', "AA==", "realm", "(", "\u00e9"]
)


@searched(300)
@given(st.lists(_CHALLENGES | st.text(max_size=3), max_size=12).map("".join))
def test_any_challenge_is_taken_apart(text: str) -> None:
    found = challenges(exchange(status=401, headers=(("www-authenticate", text),)))
    assert all(challenge.scheme and challenge.scheme == challenge.scheme.lower() for challenge in found)
