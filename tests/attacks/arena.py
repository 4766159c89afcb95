"""Where the reference server is attacked: once as it is, once with the weakness of its predecessor brought back."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import anyio
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequestParams, ElicitResult
from oraclepack_faults.serve import choose, replaced
from oraclepack_mcp.composition import compose
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.security.scopes import SCOPES
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import RootSetting, Settings

SECRET = "the secret outside"
MODERN = "2026-07-28"
_DECLINED = ElicitResult(action="decline")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def pack_text(*codes: str, prelude: str = "") -> str:
    """A pack of twenty steps; the first ones hold the codes."""
    bodies = [*codes, *[f"echo step {number:02}" for number in range(len(codes) + 1, 21)]]
    steps = "".join(f"# {number:02}) Step\n{body}\n" for number, body in enumerate(bodies, start=1))
    return f"# A pack\n\n```bash\n{prelude}{steps}```\n"


@dataclass(frozen=True)
class Arena:
    """A server over `root`, which is writable; `outside` lies beside it and holds a secret.

    `agrees` is what the client says to questions; None: it takes none. `when_asked` is done before it answers one.
    `faults` are those that are switched on, for attacks on a server in a process of its own.
    """

    root: Path
    outside: Path
    settings: Settings
    domain: Domain
    agrees: bool | None = True
    when_asked: Callable[[], object] = bool
    faults: tuple[str, ...] = ()

    def pack(self, *codes: str, name: str = "p.md", prelude: str = "") -> str:
        """Put a pack into the root; its path."""
        (self.root / name).write_text(pack_text(*codes, prelude=prelude))
        return name

    def run(self, *codes: str, **options: Any) -> dict[str, Any]:
        """Run a pack of these steps to its end."""
        return self.call("oraclepack_run_pack", pack=self.pack(*codes), **options)

    def with_scopes(self, *scopes: str) -> "Arena":
        """The same server for a caller who may do less."""
        return replace(self, settings=self.settings.model_copy(update={"scopes": scopes}))

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answers: its structured content and the text as `said`, or an `error` of the protocol."""
        return self.calls((tool, arguments))[0]

    def calls(self, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers of several calls over one connection."""

        async def converse(client: Client) -> list[dict[str, Any]]:
            return [await _called(client, tool, arguments) for tool, arguments in calls]

        answers: list[dict[str, Any]] = self.converse(converse)
        return answers

    def error(self, tool: str, **arguments: Any) -> str:
        """The code of the refusal of a call, which has to be one."""
        answer = self.call(tool, **arguments)
        assert answer.get("isError"), f"{tool} was served: {answer}"
        return str(answer["error"]["code"])

    def read(self, uri: str) -> str:
        """The text of a resource, or of the error that reading it gives."""

        async def converse(client: Client) -> str:
            try:
                contents = (await client.read_resource(uri)).contents
            except MCPError as error:
                return f"error {error.error.code}: {error.error.message}"
            return "".join(getattr(part, "text", "") for part in contents)

        return str(self.converse(converse))

    def converse(self, conversation: Callable[[Client], Awaitable[Any]]) -> Any:
        """The result of a conversation with the server through the SDK's client, in the newest revision."""

        async def answer(context: Any, params: ElicitRequestParams) -> ElicitResult:
            self.when_asked()
            return ElicitResult(action="accept", content={"confirm": True}) if self.agrees else _DECLINED

        async def run() -> Any:
            server = build_server(self.settings, domain=self.domain)
            with anyio.fail_after(60):
                async with Client(server, elicitation_callback=None if self.agrees is None else answer) as client:
                    return await conversation(client)

        return anyio.run(run)


async def _called(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        result = await client.call_tool(tool, arguments)
    except MCPError as error:
        return {"isError": True, "error": {"code": error.error.code, "message": error.error.message}}
    said = "".join(getattr(part, "text", "") for part in result.content)
    return {**(result.structured_content or {}), "isError": bool(result.is_error), "said": said}


@contextmanager
def arena(
    directory: Path,
    faults: Sequence[str] = (),
    *,
    scopes: Sequence[str] = SCOPES,
    execution: Mapping[str, Any] = _NOTHING,
    **more: Any,
) -> Iterator[Arena]:
    """Set a server up below a directory, with some of its parts replaced; more settings may be given."""
    root, outside = directory / "root", directory / "outside"
    root.mkdir(exist_ok=True)
    outside.mkdir(exist_ok=True)
    (outside / "secret.md").write_text(SECRET)
    usual = {"policy": "confirm", "state_dir": directory / "state", "grace_s": 0.5}
    given: dict[str, Any] = {
        "roots": (RootSetting(name="root", path=root, writable=True),),
        "scopes": tuple(scopes),
        "execution": ExecutionSettings.model_validate({**usual, **execution}),
        **more,
    }
    with replaced(choose(faults)):
        settings = Settings(**given)
        domain = compose(settings)
        try:
            yield Arena(root, outside, settings, domain, faults=tuple(faults))
        finally:
            domain.runs.shutdown(5)


Attack: TypeAlias = Callable[[Arena], None]


def attack(fault: str, **settings: Any) -> Callable[[Attack], Callable[..., None]]:
    """Make a test of an attack that asserts what must hold: it passes as shipped, and fails with the fault."""

    def decorate(function: Attack) -> Callable[..., None]:
        @pytest.mark.parametrize("faults", [(), (fault,)], ids=["clean", "broken"])
        def attacked(tmp_path: Path, faults: tuple[str, ...]) -> None:
            with arena(tmp_path, faults, **settings) as found:
                if not faults:
                    function(found)
                    return
                with pytest.raises(AssertionError):
                    function(found)

        functools.update_wrapper(attacked, function)
        attacked.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # pytest reads the fixtures from it
            [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("tmp_path", "faults")]
        )
        del attacked.__wrapped__  # type: ignore[attr-defined] # likewise
        return attacked

    return decorate
