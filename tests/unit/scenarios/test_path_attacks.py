"""Ways out of a directory: where paths are taken, how they are spelt, what proves that a file was read."""

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, JsonObject, Planted, PlantedFile, Status
from mcp_audit_scenarios.attacks import path_escapes, path_names, path_races, path_writes
from mcp_audit_scenarios.attacks.path_arguments import path_arguments, readers, writers
from mcp_audit_scenarios.attacks.path_forms import (
    DIRECT,
    DOTS,
    ENCODED,
    HOST_LINE,
    LINK,
    NULL,
    ODD,
    SIBLING,
    absolute,
    as_uri,
    directory_attacks,
    file_attacks,
    host_attacks,
    missing_beside,
    relative_to,
)
from mcp_audit_scenarios.attacks.path_races import Race
from mcp_audit_scenarios.attacks.path_reads import Attempt, Place, Reads, tells
from mcp_audit_scenarios.attacks.path_writes import Write, Writer, Writes

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
TEXT = "canary-0011223344556677"


def tool(name: str, annotations: JsonObject | None = None, **properties: Any) -> JsonObject:
    schema = {"type": "object", "properties": properties, "required": [*properties]}
    return {"name": name, "inputSchema": schema, **({"annotations": annotations} if annotations else {})}


STRING: JsonObject = {"type": "string"}


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (tool("read_file", path=STRING), ["path"]),
        (tool("readFile", filePath=STRING), ["filePath"]),
        (tool("get", repo_path=STRING, count={"type": "integer"}), ["repo_path"]),
        (tool("get", paths={"type": "array", "items": STRING}), ["paths"]),
        (tool("get", pack={"type": "string", "description": "Path of the pack."}), ["pack"]),
        (tool("get", where={"anyOf": [STRING, {"type": "null"}], "description": "A directory."}), ["where"]),
        (tool("fetch", url={"type": "string", "description": "The path of a page."}), []),
        (tool("search", query=STRING), []),
        (tool("get", path={"type": "string", "enum": ["a"]}), []),
        ({"name": "odd", "inputSchema": {"properties": ["path"]}}, []),
        ({"name": "odd"}, []),
    ],
)
def test_paths_are_told_by_names_and_descriptions(found: JsonObject, names: list[str]) -> None:
    assert [argument.name for argument in path_arguments(found)] == names


def test_what_may_write_is_never_handed_a_path_to_read() -> None:
    tools = [
        tool("write_file", path=STRING, content=STRING),
        tool("delete_file", path=STRING),
        tool("list_directory", path=STRING),
        tool("read_file", path=STRING),
        tool("get_note", {"readOnlyHint": True, "destructiveHint": True}, path=STRING),
        tool("render_page", {"readOnlyHint": True}, path=STRING),
        tool("stat", {"readOnlyHint": False}, path=STRING),
    ]
    assert [argument.subject for argument in readers(tools)] == [
        "tool:read_file",
        "tool:list_directory",
        "tool:render_page",
    ]
    assert [argument.subject for argument in writers(tools)] == ["tool:write_file", "tool:render_page"]


def test_other_arguments_are_plain_and_places_are_the_directory() -> None:
    (argument,) = [one for one in path_arguments(tool("get", path=STRING, root=STRING)) if one.name == "path"]
    assert argument.arguments("/d/a.txt", "/d") == {"path": "/d/a.txt", "root": "/d"}
    (many,) = path_arguments(tool("get", paths={"type": "array", "items": STRING}))
    assert many.arguments("/a") == {"paths": ["/a"]}
    (writing,) = path_arguments(tool("write", path=STRING, content=STRING, allow_invalid={"type": "boolean"}))
    assert writing.writing("/a") == {"path": "/a", "content": "mcp-audit", "allow_invalid": True}


def test_a_description_may_say_where_paths_have_to_lie() -> None:
    found = {**tool("get", path=STRING), "description": "Only works within allowed directories."}
    assert [argument.confined for argument in path_arguments(found)] == [True]
    assert [argument.confined for argument in path_arguments(tool("get", path=STRING))] == [False]


PLANTED = Planted(
    "/home/x/files",
    PlantedFile("/home/x/files/in.txt", "canary-in"),
    PlantedFile("/tmp/far/beyond.txt", "canary-beyond"),  # noqa: S108 - never opened
    PlantedFile("/home/x/files/link.txt", "canary-beyond"),
    PlantedFile("/home/x/files/door/beyond.txt", "canary-beyond"),
    PlantedFile("/home/x/beside.txt", "canary-beside"),
    PlantedFile("/home/x/files-1/sibling.txt", "canary-sibling"),
)


def test_each_way_out_is_spelt_as_the_target_wants_its_paths() -> None:
    by_kind: dict[str, list[str]] = {}
    for attack in file_attacks(PLANTED, absolute):
        by_kind.setdefault(attack.kind, []).append(attack.value)
    assert by_kind[DIRECT] == ["/tmp/far/beyond.txt", "file:///tmp/far/beyond.txt"]  # noqa: S108 - never opened
    assert "/home/x/files/../beside.txt" in by_kind[DOTS]
    assert "/home/x/files/" + "../" * 12 + "tmp/far/beyond.txt" in by_kind[DOTS]
    assert "/home/x/files/%2e%2e/beside.txt" in by_kind[ENCODED]
    assert by_kind[LINK] == ["/home/x/files/link.txt", "/home/x/files/door/beyond.txt"]
    assert by_kind[SIBLING] == ["/home/x/files-1/sibling.txt"]
    assert "/home/x/files/in.txt\0.png" in by_kind[NULL]
    assert "/home/x/files/in.txt::$DATA" in by_kind[ODD]


def test_other_forms_keep_their_dots() -> None:
    relative = [attack.value for attack in file_attacks(PLANTED, relative_to(PLANTED.directory))]
    assert "../beside.txt" in relative
    assert "link.txt" in relative
    uris = [attack.value for attack in file_attacks(PLANTED, as_uri)]
    assert "file:///home/x/files/../beside.txt" in uris
    assert "file:///home/x/files/%2e%2e/beside.txt" in uris


def test_without_a_writable_parent_there_is_nothing_beside() -> None:
    lone = replace(PLANTED, beside=None, sibling=None)
    assert not [attack for attack in file_attacks(lone, absolute) if attack.kind == SIBLING]
    assert {attack.kind for attack in directory_attacks(lone, absolute)} == {DIRECT, DOTS, ENCODED, LINK}


def test_a_proof_is_never_a_part_of_the_request() -> None:
    for attacks in (file_attacks(PLANTED, absolute), directory_attacks(PLANTED, absolute), host_attacks()):
        assert not [attack for attack in attacks if attack.proof in attack.value]


def test_what_is_missing_lies_beside_and_is_as_long() -> None:
    assert missing_beside("/tmp/far/beyond-0123456789ab.txt") == "/tmp/far/mcp-audit-none-mcp-audi"  # noqa: S108
    assert missing_beside("/etc/passwd") == "/etc/mcp-au"


@pytest.mark.parametrize(
    ("result", "proof", "expected"),
    [
        ({"content": [{"type": "text", "text": f"x {TEXT} y"}]}, TEXT, True),
        ({"contents": [{"blob": base64.b64encode(TEXT.encode()).decode()}]}, TEXT, True),
        ({"contents": [{"blob": "no base64"}]}, TEXT, False),
        ({"content": [{"type": "text", "text": "root:x:0:0:root:/root:/bin/sh\n"}]}, HOST_LINE, True),
        ({"content": [{"type": "text", "text": json.dumps({"text": "a\nroot:x:0:0:"})}]}, HOST_LINE, True),
        ({"content": [{"type": "text", "text": "chroot:x:0:0:"}]}, HOST_LINE, False),
    ],
)
def test_a_file_is_told_by_its_text(result: JsonObject, proof: str, expected: bool) -> None:
    assert tells(exchange(result=result), proof) is expected


def read(text: str, path: str = "/a", *, error: bool = False) -> Exchange:
    body = json.dumps({"method": "tools/call", "params": {"name": "t", "arguments": {"path": path}}})
    content = {"content": [{"type": "text", "text": text}], "isError": error}
    return exchange(result=content, method="tools/call", sent_body=body)


def denied(path: str = "/a", text: str = "no: {}") -> Exchange:
    return read(text.format(path), path, error=True)


def attempt(kind: str, *, told: bool) -> Attempt:
    seen = read(TEXT) if told else denied()
    return Attempt(kind, "dots", TEXT, seen, seen if told else None)


def place(*attempts: Attempt, limit: str = "", control: Exchange | None = None, **fields: Any) -> Place:
    direct = [] if any(one.kind == DIRECT for one in attempts) else [attempt(DIRECT, told=False)]
    return Place("tool:t", limit, control or read("in"), denied(), (*direct, *attempts), **fields)


def reads(*places: Place, planted: bool = True) -> Reads:
    return Reads(places, planted)


WAYS: Sequence[tuple[Check, str]] = (
    (path_escapes.climbs_by_dots, DOTS),
    (path_escapes.climbs_by_encoded_dots, ENCODED),
    (path_escapes.follows_links_outside, LINK),
    (path_escapes.takes_sibling_for_allowed, SIBLING),
    (path_names.cuts_at_null_byte, NULL),
    (path_names.opens_alias_of_name, ODD),
)


@pytest.mark.parametrize(("check", "kind"), WAYS)
def test_a_way_out_is_a_failure_where_the_file_was_told_twice(check: Check, kind: str) -> None:
    assert status(check, reads(place(attempt(kind, told=True)))) is FAIL
    assert status(check, reads(place(attempt(kind, told=False)))) is PASS
    once = replace(attempt(kind, told=True), again=denied())
    assert status(check, reads(place(once))) is PASS
    assert status(check, reads(place(attempt(kind, told=False)), planted=False)) is UNSEEN
    assert status(check, reads()) is UNSEEN
    assert status(check, reads(place(replace(attempt(kind, told=False), exchange=silence())))) is UNSEEN
    assert status(check, reads(place())) is UNSEEN


@pytest.mark.parametrize(("check", "kind"), WAYS[:4])
def test_a_way_around_proves_nothing_where_no_way_is_closed(check: Check, kind: str) -> None:
    facts = reads(place(attempt(DIRECT, told=True), attempt(kind, told=True)))
    assert status(check, facts) is UNSEEN


def test_a_file_read_by_its_own_path_is_a_breach_where_a_limit_was_told_else_a_capability() -> None:
    leaves, anything = path_escapes.leaves_allowed_directory, path_escapes.reads_any_file
    limited = reads(place(attempt(DIRECT, told=True), limit="its command line names the directory"))
    assert status(leaves, limited) is FAIL
    assert subjects(leaves, limited) == ["tool:t"]
    assert status(anything, limited) is UNSEEN
    unlimited = reads(place(attempt(DIRECT, told=True)))
    assert (status(leaves, unlimited), status(anything, unlimited)) == (UNSEEN, FAIL)
    unplanted = reads(place(attempt(DIRECT, told=True), limit="it says so"), planted=False)
    assert (status(leaves, unplanted), status(anything, unplanted)) == (UNSEEN, FAIL)
    shut = reads(place())
    assert (status(leaves, shut), status(anything, shut)) == (PASS, PASS)
    assert status(leaves, reads()) is UNSEEN


@pytest.mark.parametrize(
    ("present", "absent", "expected"),
    [
        ("denied: {}", "denied: {}", PASS),
        ("denied: {}", "no such file: {}", FAIL),
    ],
)
def test_refusals_are_compared_without_what_they_repeat(present: str, absent: str, expected: Status) -> None:
    there = Attempt(DIRECT, "its own path", TEXT, denied("/far/beyond.txt", present))
    again = (denied("/far/beyond.txt", present), denied("/far/none", absent))
    one = replace(place(there), missing=denied("/far/none", absent), repeated=again)
    assert status(path_names.tells_existing_from_missing, reads(one)) is expected


def test_a_name_that_stands_elsewhere_in_both_refusals_makes_no_difference() -> None:
    said = "denied: {} is not in /tmp/mcp-audit-0sf/files"
    there = Attempt(DIRECT, "its own path", TEXT, denied("/etc/passwd", said))
    again = (denied("/etc/passwd", said), denied("/etc/mcp-au", said))
    one = replace(place(there), missing=denied("/etc/mcp-au", said), repeated=again)
    assert status(path_names.tells_existing_from_missing, reads(one)) is PASS


def test_refusals_that_vary_by_themselves_tell_nothing() -> None:
    there = Attempt(DIRECT, "its own path", TEXT, denied("/far/b", "at 10:00"))
    one = replace(place(there), repeated=(denied("/far/b", "at 10:01"), denied()))
    assert status(path_names.tells_existing_from_missing, reads(one)) is UNSEEN
    assert status(path_names.tells_existing_from_missing, reads()) is UNSEEN
    assert status(path_names.tells_existing_from_missing, reads(place(), planted=False)) is UNSEEN


def writes(*found: Write) -> Writes:
    return Writes((Writer("tool:w", read("written"), found),), ())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (writes(Write("dots", read("ok"), appeared=True, again=read("ok"))), FAIL),
        (writes(Write("dots", denied(), appeared=True, again=denied())), FAIL),
        (writes(Write("dots", read("ok"), appeared=True)), PASS),
        (writes(Write("dots", read("ok"), appeared=False)), PASS),
        (writes(Write("dots", silence(), appeared=False)), UNSEEN),
        (Writes((), (denied(),)), UNSEEN),
    ],
)
def test_a_write_outside_is_proved_by_the_disk_alone(facts: Writes, expected: Status) -> None:
    assert status(path_writes.writes_outside, facts) is expected


@pytest.mark.parametrize(
    ("linked_told", "won", "last", "expected"),
    [
        (False, 2, read("allowed"), FAIL),
        (False, 1, read("allowed"), PASS),
        (False, 0, refusal(), PASS),
        (False, 0, silence(), UNSEEN),
        (True, 0, read(TEXT), UNSEEN),
    ],
)
def test_a_race_is_lost_when_the_file_outside_was_told_twice(
    linked_told: bool, won: int, last: Exchange, expected: Status
) -> None:
    facts = Race("tool:t", read("in"), denied(), linked_told, 100, tuple([read(TEXT)] * won), last)
    assert status(path_races.checks_before_use, facts) is expected
