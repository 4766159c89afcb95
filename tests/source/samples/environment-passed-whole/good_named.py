import os
import subprocess

from mcp import StdioServerParameters
from mcp.client.stdio import get_default_environment

NEEDED = ("PATH", "HOME", "LANG")


def peers(extra: dict[str, str]) -> list[StdioServerParameters]:
    first = StdioServerParameters(command="npx", args=["-y", "peer"])  # good
    second = StdioServerParameters(command="uvx", env={**get_default_environment(), **extra})  # good
    return [first, second, StdioServerParameters(command="x", env={"TOKEN": os.environ["PEER_TOKEN"]})]  # good


def convert(path: str) -> None:
    env = {name: os.environ[name] for name in NEEDED if name in os.environ}
    subprocess.run(["convert", "--", path], env=env, check=True)  # good


def started(command: str, env: dict[str, str]) -> StdioServerParameters:
    env = dict(env)
    env["NO_COLOR"] = "1"
    return StdioServerParameters(command=command, env=env)  # good
