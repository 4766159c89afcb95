"""What `oraclepack-mcp` does besides serving: `install` sets up a client, `dev-token` mints a token."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from oraclepack_mcp.clients import command as install
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.security.scopes import SCOPES

PROGRAM: Final = "oraclepack-mcp"
EPILOG: Final = "Commands: `oraclepack-mcp install --help`, `oraclepack-mcp dev-token --help`."
USAGE_ERROR: Final = 2


def resource_url(host: str, port: int, path: str) -> str:
    """The URL that tokens for a server on this machine name.

    Raises:
        ValueError: the port is not known beforehand.
    """
    from oraclepack_mcp.protocol.callers import authority_name  # noqa: PLC0415 - the SDK's types are slow to load

    if port == 0:
        raise ValueError("tokens name the URL of the server, so it needs a port other than 0")
    return f"http://{authority_name(host)}:{port}{path}"


def run(words: Sequence[str]) -> int:
    """Run the command that the first word names."""
    name, *rest = words
    add_arguments, execute = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} {name}")
    add_arguments(parser)
    return execute(parser.parse_args(rest))


def _add_token_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Mint a token for a server on this machine that was started with --dev-auth."
    parser.add_argument("--scope", dest="scopes", action="append", choices=SCOPES, help="repeatable (default: reading)")
    parser.add_argument("--ttl", type=int, default=3600, metavar="SECONDS", help="how long it lives (default: 3600)")
    parser.add_argument("--subject", default="developer", help="whom it stands for (default: developer)")
    parser.add_argument("--host", default="127.0.0.1", help="host of the server (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port of the server (default: 8000)")
    parser.add_argument("--path", default="/mcp", help="path of the endpoint (default: /mcp)")


def _mint(args: argparse.Namespace) -> int:
    from oraclepack_mcp.http.dev_token import START, mint  # noqa: PLC0415 - cryptography is slow to load
    from oraclepack_mcp.security.scopes import READING  # noqa: PLC0415

    try:
        url = resource_url(args.host, args.port, args.path)
        made = mint(
            ExecutionSettings().records(), url, scopes=args.scopes or READING, ttl_s=args.ttl, subject=args.subject
        )
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{PROGRAM}: error: {error}\n")
        return USAGE_ERROR
    sys.stdout.write(f"{made.token}\n")
    sys.stderr.write(f"For {url}, with {' '.join(made.scopes)}, for {args.ttl} s. Start the server with: {START}\n")
    return 0


COMMANDS: Final[Mapping[str, tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]]] = (
    MappingProxyType({"install": (install.add_arguments, install.run), "dev-token": (_add_token_arguments, _mint)})
)
