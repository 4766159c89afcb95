"""The command line of the server; `add_arguments` and `settings_from` serve programs that wrap it, too."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, Final

import anyio
from pydantic import ValidationError

from oraclepack_mcp import VERSION
from oraclepack_mcp.http.app import build_http_app
from oraclepack_mcp.http.listening import serve_http
from oraclepack_mcp.server.sentences import describe
from oraclepack_mcp.settings import RootSetting, Settings
from oraclepack_mcp.stdio import serve_stdio

USAGE_ERROR: Final = 2
_SET: Final = ("transport", "host", "port", "profile")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the server to a parser; what is not given comes from the environment."""
    parser.add_argument("--transport", choices=("stdio", "streamable-http"), help="how to serve (default: stdio)")
    parser.add_argument("--host", help="loopback address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for a free one (default: 8000)")
    parser.add_argument(
        "--root",
        dest="roots",
        metavar="NAME=PATH[:rw]",
        action="append",
        help="directory of packs; repeatable (default: the sample packs)",
    )
    parser.add_argument("--profile", choices=("default",), help="set of features to offer (default: default)")


def settings_from(args: argparse.Namespace) -> Settings:
    """The settings that parsed arguments ask for.

    Raises:
        ValueError: a value is not allowed; its text is one sentence.
    """
    given: dict[str, Any] = {name: value for name in _SET if (value := getattr(args, name)) is not None}
    try:
        if args.roots:
            given["roots"] = tuple(RootSetting.parse(text) for text in args.roots)
        return Settings(**given)
    except ValidationError as error:
        raise ValueError(describe(error)) from error


def main(argv: Sequence[str] | None = None) -> int:
    """Serve as the arguments ask; 0 after serving, 2 when they cannot be served."""
    parser = argparse.ArgumentParser(prog="oraclepack-mcp", description="An MCP server for oraclepack packs.")
    parser.add_argument("--version", action="version", version=VERSION)
    add_arguments(parser)
    args = parser.parse_args(argv)
    try:
        serve(settings_from(args))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"oraclepack-mcp: error: {error}\n")
        return USAGE_ERROR
    except KeyboardInterrupt:
        pass
    return 0


def serve(settings: Settings) -> None:
    """Serve over the transport of the settings until the client or the operator ends it.

    Raises:
        OSError: a root cannot be opened, or the address cannot be bound.
    """
    if settings.transport == "stdio":
        anyio.run(serve_stdio, settings)
    else:
        serve_http(build_http_app(settings), settings, on_listening=announce)


def announce(url: str) -> None:
    """Tell the operator where the server listens."""
    sys.stderr.write(f"{url}\n")
    sys.stderr.flush()
