"""Who subscribes hears of packs and states that change, in both eras, and of nothing that they may not read."""

from pathlib import Path

import anyio
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import ResourceUpdatedNotification
from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import RootSetting, Settings

pytestmark = [
    pytest.mark.anyio,
    # later revisions have no such call
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]

PACK, STATE = "oraclepack://pack/root:a.md", "oraclepack://state/root:a.md"


def settings(directory: Path, *scopes: Scope) -> Settings:
    (directory / "a.md").write_text("# A\n")
    roots = (RootSetting(name="root", path=directory, writable=True),)
    return Settings(roots=roots, scopes=scopes or ("packs:read", "runs:read"))


class Ears:
    """Hears notifications, and waits for one about a resource."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._something = anyio.Event()

    async def __call__(self, message: object) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            self.heard.append(str(message.params.uri))
            self._something.set()

    async def wait(self) -> None:
        with anyio.fail_after(20):
            await self._something.wait()


async def test_a_session_hears_of_what_it_subscribed_to_until_it_leaves_off(tmp_path: Path) -> None:
    ears = Ears()
    async with Client(build_server(settings(tmp_path)), mode="legacy", message_handler=ears) as client:
        await client.subscribe_resource(PACK)
        await client.subscribe_resource(STATE)
        (tmp_path / "a.md").write_text("# Another\n")
        await ears.wait()
        await client.unsubscribe_resource(PACK)
        await client.unsubscribe_resource(STATE)
    assert ears.heard == [PACK]


@pytest.mark.parametrize("uri", ["oraclepack://pack/root:absent.md", "oraclepack://nothing", "file:///etc/passwd"])
async def test_what_does_not_exist_cannot_be_subscribed_to(tmp_path: Path, uri: str) -> None:
    async with Client(build_server(settings(tmp_path)), mode="legacy") as client:
        with pytest.raises(MCPError, match="Resource not found"):
            await client.subscribe_resource(uri)


async def test_what_may_not_be_read_looks_like_what_does_not_exist(tmp_path: Path) -> None:
    answers = []
    async with Client(build_server(settings(tmp_path, "packs:read")), mode="legacy") as client:
        for uri in (STATE, "oraclepack://state/root:absent.md"):
            with pytest.raises(MCPError) as caught:
                await client.subscribe_resource(uri)
            answers.append((caught.value.error.code, caught.value.error.message))
    assert answers[0] == answers[1]
