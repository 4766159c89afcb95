"""What the server offers, asked over a connection in memory, at every revision."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import jsonschema_rs
import pytest
from oraclepack_mcp.catalogue import Catalogue
from oraclepack_mcp.composition import compose
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.settings import RootSetting, Settings
from oraclepack_mcp.stdio import serve_stdio

HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
REVISIONS = (*HANDSHAKE, MODERN)
SCHEMAS = Path(__file__).parents[4] / "shared" / "spec" / "schema"
META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
FIX_PACK = {"type": "ref/prompt", "name": "oraclepack_fix_pack"}


class Lines:
    """Both ends of a connection: what the client says, and what the server answers."""

    def __init__(self, *said: str) -> None:
        self.said = said
        self.answered: list[str] = []

    async def __aiter__(self) -> AsyncIterator[str]:
        for line in self.said:
            yield line + "\n"

    async def write(self, text: str) -> None:
        self.answered.append(text)

    async def flush(self) -> None:
        pass


def exchange(*said: object, settings: Settings | None = None, domain: Domain | None = None) -> list[Any]:
    """Everything that the server says in answer to some lines; a message is written as JSON, a text as it is."""
    lines = Lines(*(line if isinstance(line, str) else json.dumps(line) for line in said))

    async def converse() -> None:
        await serve_stdio(settings or Settings(), stdin=lines, stdout=lines, domain=domain)

    anyio.run(converse)
    assert all(text.endswith("\n") and text.count("\n") == 1 for text in lines.answered)
    return [json.loads(text) for text in lines.answered]


def with_packs(function: Any) -> Domain:
    """The sample domain, but every question about packs is answered by one function."""
    return replace(compose(Settings()), packs=Catalogue(**dict.fromkeys(Catalogue.__slots__, function)))


def request(method: str, params: dict[str, Any] | None = None, identity: object = 2) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params or {}}


def handshake(revision: str) -> list[dict[str, Any]]:
    client = {"name": "test", "version": "1"}
    opening = {"protocolVersion": revision, "capabilities": {}, "clientInfo": client}
    return [request("initialize", opening, 1), {"jsonrpc": "2.0", "method": "notifications/initialized"}]


def ask(revision: str, method: str, params: dict[str, Any] | None = None, **serving: Any) -> dict[str, Any]:
    """The response to one request at a revision."""
    if revision == MODERN:
        said: list[object] = [request(method, {**(params or {}), "_meta": META})]
    else:
        said = [*handshake(revision), request(method, params)]
    answers = {answer["id"]: answer for answer in exchange(*said, **serving)}
    found: dict[str, Any] = answers[2]
    return found


def code(answer: dict[str, Any]) -> int:
    assert "\n" not in answer["error"]["message"]
    found: int = answer["error"]["code"]
    return found


def call(revision: str, name: str, arguments: dict[str, Any], **serving: Any) -> dict[str, Any]:
    found: dict[str, Any] = ask(revision, "tools/call", {"name": name, "arguments": arguments}, **serving)["result"]
    return found


CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("oraclepack_list_packs", {"limit": 2}),
    ("oraclepack_get_pack", {"pack": "release-readiness.md", "include_code": True}),
    ("oraclepack_list_steps", {"pack": "samples:incident-review.md", "roi_threshold": 3.5}),
    ("oraclepack_get_step", {"pack": "dependency-review.md", "step_id": "07"}),
    ("oraclepack_validate_pack", {"pack": "broken-numbering.md"}),
    ("oraclepack_validate_pack", {"text": "no pack"}),
    ("oraclepack_read_file", {"path": "release-readiness.md", "max_bytes": 10, "encoding": "base64"}),
)


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_a_result_fits_its_output_schema_and_is_repeated_as_text(name: str, arguments: dict[str, Any]) -> None:
    tools = ask("2025-11-25", "tools/list")["result"]["tools"]
    tool = next(tool for tool in tools if tool["name"] == name)
    result = call("2025-11-25", name, arguments)

    jsonschema_rs.validate(tool["inputSchema"], arguments)
    jsonschema_rs.validate(tool["outputSchema"], result["structuredContent"])
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert not result.get("isError")


OLD_TOOLS = {
    "oraclepack_read_file": {"path"},
    "oraclepack_list_packs": set(),
    "oraclepack_validate_pack": set(),
    "oraclepack_list_steps": {"pack"},
    "oraclepack_run_pack": {"pack"},
    "oraclepack_taskify_detect_stage2": set(),
    "oraclepack_taskify_validate_stage2": {"out_dir"},
    "oraclepack_taskify_validate_action_pack": {"file_path"},
    "oraclepack_taskify_artifacts_summary": {"out_dir"},
    "oraclepack_taskify_run_action_pack": {"file_path"},
    "oraclepack_taskify_generate_prompt": {"file_path"},
}
"""Tools of the program that this server replaces, with the parameters that they require here."""
WRITING = {"write", "update", "render", "save", "set", "delete", "clear", "reset", "ticketify", "generate"}
RUNNING = {"run", "cancel", "call", "dry"}


def test_hints_say_what_the_name_of_a_tool_promises() -> None:
    tools = ask("2025-11-25", "tools/list")["result"]["tools"]

    assert len(tools) == len({tool["name"] for tool in tools})
    for tool in tools:
        words = tool["name"].removeprefix("oraclepack_").removeprefix("taskify_").split("_")
        hints = tool["annotations"]
        changes = words[0] in WRITING | RUNNING and words[:2] != ["generate", "prompt"]
        assert hints["readOnlyHint"] is not changes, tool["name"]
        assert hints["openWorldHint"] is (words[0] in RUNNING - {"cancel"}), tool["name"]
        assert not (hints["readOnlyHint"] and hints["destructiveHint"])
        assert tool["title"] == hints["title"]
        assert tool["description"]


def test_the_old_tools_are_there() -> None:
    tools = {tool["name"]: tool for tool in ask("2025-11-25", "tools/list")["result"]["tools"]}

    for name, required in OLD_TOOLS.items():
        assert set(tools[name]["inputSchema"].get("required", [])) == required


@pytest.mark.parametrize(
    ("name", "arguments", "refusal"),
    [
        ("oraclepack_get_pack", {"pack": "absent.md"}, "NOT_FOUND"),
        ("oraclepack_get_pack", {"pack": "../x.md"}, "PATH_INVALID"),
        ("oraclepack_read_file", {"path": "/etc/passwd"}, "PATH_OUTSIDE_ROOTS"),
        ("oraclepack_get_pack", {"pack": "nested"}, "NOT_A_FILE"),
        ("oraclepack_get_step", {"pack": "release-readiness.md", "step_id": "77"}, "NOT_FOUND"),
        ("oraclepack_list_packs", {"cursor": "random"}, "CURSOR_INVALID"),
        ("oraclepack_list_packs", {"limit": 201}, "INVALID_ARGUMENT"),
        ("oraclepack_list_packs", {"limit": "5"}, "INVALID_ARGUMENT"),
        ("oraclepack_list_packs", {"unknown": 1}, "INVALID_ARGUMENT"),
        ("oraclepack_get_pack", {}, "INVALID_ARGUMENT"),
        ("oraclepack_validate_pack", {}, "INVALID_ARGUMENT"),
        ("oraclepack_validate_pack", {"pack": "a", "text": "b"}, "INVALID_ARGUMENT"),
    ],
)
def test_what_the_domain_refuses_is_a_result_with_a_code(name: str, arguments: dict[str, Any], refusal: str) -> None:
    for revision in ("2025-11-25", MODERN):
        result = call(revision, name, arguments)
        assert result["isError"] is True
        error = result["structuredContent"]["error"]
        assert error["code"] == refusal
        assert result["content"][0]["text"] == f"{refusal}: {error['message']}"
        tools = ask(revision, "tools/list")["result"]["tools"]
        tool = next(tool for tool in tools if tool["name"] == name)
        jsonschema_rs.validate(tool["outputSchema"], result["structuredContent"])


def test_bad_arguments_are_a_protocol_error_where_the_revision_says_so() -> None:
    for revision in ("2024-11-05", "2025-03-26", "2025-06-18"):
        answer = ask(revision, "tools/call", {"name": "oraclepack_get_pack", "arguments": {}})
        assert code(answer) == -32602


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {}),
        ("tools/call", {"name": 5}),
        ("tools/call", {"name": "nope"}),
        ("tools/call", {"name": "oraclepack_get_pack", "arguments": 5}),
        ("resources/read", {}),
        ("resources/read", {"uri": 5}),
        ("prompts/get", {}),
        ("prompts/get", {"name": "nope"}),
        ("prompts/get", {"name": "oraclepack_fix_pack"}),
        ("prompts/get", {"name": "oraclepack_fix_pack", "arguments": {"pack": "absent.md"}}),
        ("prompts/get", {"name": "oraclepack_fix_pack", "arguments": {"pack": "release-readiness.md", "profile": "x"}}),
        ("completion/complete", {}),
        ("completion/complete", {"ref": FIX_PACK}),
        ("completion/complete", {"ref": {**FIX_PACK, "name": "x"}, "argument": {"name": "pack", "value": ""}}),
        ("completion/complete", {"ref": FIX_PACK, "argument": {"name": "other", "value": ""}}),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "x"}, "argument": {"name": "a", "value": ""}}),
        ("tools/list", {"cursor": "random"}),
        ("tools/list", {"cursor": ""}),
        ("tools/list", {"cursor": 5}),
        ("resources/list", {"cursor": "random"}),
        ("resources/templates/list", {"cursor": "random"}),
        ("prompts/list", {"cursor": "random"}),
    ],
)
def test_unusable_params_are_invalid_params(revision: str, method: str, params: dict[str, Any]) -> None:
    assert code(ask(revision, method, params)) == -32602


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_unknown_resource_has_the_code_of_the_revision(revision: str) -> None:
    for uri in (
        "oraclepack://nope",
        "oraclepack://pack/absent.md",
        "oraclepack://pack/..%2Fx.md",
        "file:///etc/passwd",
    ):
        answer = ask(revision, "resources/read", {"uri": uri})
        assert code(answer) == (-32602 if revision == MODERN else -32002)
        assert answer["error"]["data"] == {"uri": uri}


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("method", ["logging/setLevel", "no/such"])
def test_what_is_not_declared_is_not_there(revision: str, method: str) -> None:
    assert code(ask(revision, method)) == -32601


def test_what_a_later_revision_has_dropped_is_not_there() -> None:
    assert code(ask(MODERN, "resources/subscribe", {"uri": "oraclepack://packs"})) == -32601


def test_every_listed_resource_can_be_read_and_pages_join() -> None:
    cursor: str | None = None
    uris: list[str] = []
    pages = 0
    while True:
        result = ask(MODERN, "resources/list", {"cursor": cursor} if cursor else {})["result"]
        uris += [resource["uri"] for resource in result["resources"]]
        pages += 1
        cursor = result.get("nextCursor")
        if cursor is None:
            break

    assert pages > 1
    assert len(uris) == len(set(uris)) == 9
    for uri in [*uris, "oraclepack://pack-model/release-readiness.md", "oraclepack://validation/a.md?profile=runner"]:
        answer = ask(MODERN, "resources/read", {"uri": uri.replace("/a.md", "/broken-numbering.md")})
        assert answer["result"]["contents"][0]["text"]


def test_completions_find_packs_and_profiles() -> None:
    def values(ref: dict[str, str], name: str, typed: str) -> list[str]:
        params = {"ref": ref, "argument": {"name": name, "value": typed}}
        found: list[str] = ask("2025-06-18", "completion/complete", params)["result"]["completion"]["values"]
        return found

    template = {"type": "ref/resource", "uri": "oraclepack://validation/{+path}{?profile}"}
    assert values(FIX_PACK, "pack", "samples:rel") == ["samples:release-readiness.md"]
    assert values(template, "path", "inc") == ["samples:incident-review.md"]
    assert values(template, "profile", "t") == ["ticketify", "tickets-direct", "tickets-bundle"]
    assert values(FIX_PACK, "pack", "../") == []


def test_no_more_than_a_hundred_completions_are_sent(tmp_path: Path) -> None:
    for number in range(130):
        (tmp_path / f"p{number:03}.md").write_text("x")
    settings = Settings(roots=(RootSetting(name="many", path=tmp_path),))
    params = {"ref": FIX_PACK, "argument": {"name": "pack", "value": "p"}}

    completion = ask(MODERN, "completion/complete", params, settings=settings)["result"]["completion"]

    assert (len(completion["values"]), completion["total"], completion["hasMore"]) == (100, 130, True)


def test_the_prompt_quotes_the_pack_as_data() -> None:
    params = {"name": "oraclepack_fix_pack", "arguments": {"pack": "broken-numbering.md"}}
    first, second = ask("2025-06-18", "prompts/get", params)["result"]["messages"]

    assert "duplicate step number 6" in first["content"]["text"]
    assert second["content"]["resource"]["text"].startswith("# Broken numbering")


def test_a_substituted_domain_is_what_the_tools_ask() -> None:
    def refuse(*_: object) -> Any:
        raise DomainError("LIMIT", "not today")

    domain = with_packs(refuse)
    result = call(MODERN, "oraclepack_list_packs", {}, domain=domain)

    assert result["content"][0]["text"] == "LIMIT: not today"


@pytest.mark.parametrize("revision", REVISIONS)
def test_listing_packs_reports_progress_to_who_asks_for_it(revision: str) -> None:
    token = {"progressToken": "how-far"}
    params = {"name": "oraclepack_list_packs", "arguments": {"limit": 3}}
    opening = [] if revision == MODERN else handshake(revision)

    *_, first, second, third, result = exchange(
        *opening, request("tools/call", {**params, "_meta": {**(META if revision == MODERN else {}), **token}})
    )

    assert [told["params"] for told in (first, second, third)] == [
        {**token, "progress": done, "total": 3} for done in (1, 2, 3)
    ]
    assert all(told["method"] == "notifications/progress" and "id" not in told for told in (first, second, third))
    assert len(result["result"]["structuredContent"]["packs"]) == 3


@pytest.mark.parametrize("revision", REVISIONS)
def test_nobody_hears_of_progress_without_asking(revision: str) -> None:
    params = {"name": "oraclepack_list_packs", **({"_meta": META} if revision == MODERN else {})}
    opening = [] if revision == MODERN else handshake(revision)

    assert all("result" in message for message in exchange(*opening, request("tools/call", params)))


def test_progress_over_many_packs_comes_in_few_notifications(tmp_path: Path) -> None:
    for number in range(130):
        (tmp_path / f"p{number:03}.md").write_text("x")
    settings = Settings(roots=(RootSetting(name="many", path=tmp_path),))
    params = {"name": "oraclepack_list_packs", "arguments": {"limit": 130}, "_meta": {**META, "progressToken": 1}}

    *told, _ = exchange(request("tools/call", params), settings=settings)

    steps = [message["params"]["progress"] for message in told]
    assert steps == [*range(7, 130, 7), 130]


def test_a_failing_handler_is_an_internal_error_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> Any:
        raise RuntimeError("secret detail")

    domain = with_packs(fail)
    for revision in ("2025-11-25", MODERN):
        answer = ask(revision, "tools/call", {"name": "oraclepack_list_packs"}, domain=domain)
        assert code(answer) == -32603
        assert "secret" not in json.dumps(answer)
    assert "secret detail" in caplog.text


# -- the official schemas


RESULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "tools/list": ("ListToolsResult", {}),
    "tools/call": ("CallToolResult", {"name": "oraclepack_list_packs", "arguments": {}}),
    "resources/list": ("ListResourcesResult", {}),
    "resources/templates/list": ("ListResourceTemplatesResult", {}),
    "resources/read": ("ReadResourceResult", {"uri": "oraclepack://packs"}),
    "prompts/list": ("ListPromptsResult", {}),
    "prompts/get": ("GetPromptResult", {"name": "oraclepack_fix_pack", "arguments": {"pack": "release-readiness.md"}}),
    "completion/complete": ("CompleteResult", {"ref": FIX_PACK, "argument": {"name": "pack", "value": ""}}),
    "server/discover": ("DiscoverResult", {}),
}


@pytest.mark.shared
@pytest.mark.skipif(not SCHEMAS.exists(), reason="the official schemas are not beside the checkout")
@pytest.mark.parametrize("revision", REVISIONS)
def test_every_result_fits_the_official_schema_of_its_revision(revision: str) -> None:
    schema = json.loads((SCHEMAS / f"{revision}.json").read_text(encoding="utf-8"))
    definitions = "$defs" if "$defs" in schema else "definitions"
    for method, (name, params) in RESULTS.items():
        if method == "server/discover" and revision != MODERN:
            continue
        result = ask(revision, method, params)["result"]
        jsonschema_rs.validate({**schema, "$ref": f"#/{definitions}/{name}"}, result)
    if revision != MODERN:
        opened = exchange(*handshake(revision))[0]["result"]
        jsonschema_rs.validate({**schema, "$ref": f"#/{definitions}/InitializeResult"}, opened)


def test_a_long_text_is_cut_and_says_where_the_whole_is() -> None:
    name, arguments = "oraclepack_get_pack", {"pack": "release-readiness.md", "include_code": True}
    whole = call(MODERN, name, arguments)
    cut = call(MODERN, name, arguments, settings=Settings(text_limit=100))

    assert cut["structuredContent"] == whole["structuredContent"]
    text, link = cut["content"]
    assert text["text"].startswith(whole["content"][0]["text"][:100] + "… cut")
    assert link["uri"] == "oraclepack://pack-model/samples:release-readiness.md"
    assert "code" in ask(MODERN, "resources/read", {"uri": link["uri"]})["result"]["contents"][0]["text"]
