import json
import logging

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
logger = logging.getLogger(__name__)


@mcp.tool()
def search_notes(query: str) -> list[str]:
    try:
        return index.search(query)
    except Exception:  # bad
        return []


@mcp.tool()
async def read_note(name: str):
    try:
        return await store.read(name)
    except Exception as error:  # bad
        return None


def load_settings(path: str) -> dict[str, str]:
    settings = {}
    try:
        settings = json.loads(open(path).read())
    except (ValueError, Exception):  # bad
        pass
    return settings


def titles(names: list[str]) -> list[str]:
    found = []
    for name in names:
        try:
            found.append(store.title(name))
        except BaseException:  # noqa: BLE001, S112  # bad
            continue  # next
    return found
