"""The command line of the server; `add_arguments` and `settings_from` serve programs that wrap it, too."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from oraclepack_mcp import VERSION, commands
from oraclepack_mcp.server.sentences import describe
from oraclepack_mcp.settings import RootSetting, Settings, read_settings

USAGE_ERROR: Final = 2
_SET: Final = ("transport", "host", "port", "profile", "workers", "workdir")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the server to a parser; what is not given comes from the environment, then from the file."""
    parser.add_argument("--transport", choices=("stdio", "streamable-http"), help="how to serve (default: stdio)")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1); others only with auth and TLS")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for a free one (default: 8000)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes that serve HTTP (default: 1)")
    parser.add_argument(
        "--root",
        dest="roots",
        metavar="NAME=PATH[:rw]",
        action="append",
        help="directory of packs; repeatable (default: the sample packs)",
    )
    parser.add_argument("--workdir", metavar="ROOT:DIR", help="where packs run (default: the first writable root)")
    parser.add_argument(
        "--profile", choices=("default", "diagnostics"), help="set of features to offer (default: default)"
    )
    parser.add_argument("--exec", dest="policy", choices=("off", "confirm"), help="whether packs run (default: off)")
    parser.add_argument(
        "--scope", dest="scopes", action="append", help="what callers without a token may do; repeatable"
    )
    parser.add_argument("--dev-auth", action="store_true", help="want tokens of `oraclepack-mcp dev-token`")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file with any setting")


def settings_from(args: argparse.Namespace) -> Settings:
    """The settings that parsed arguments ask for.

    Raises:
        ValueError: a value is not allowed; its text is one sentence.
        OSError: the file cannot be read, or the key for development cannot be made.
    """
    given: dict[str, Any] = {name: value for name in _SET if (value := getattr(args, name)) is not None}
    try:
        if args.roots:
            given["roots"] = tuple(RootSetting.parse(text) for text in args.roots)
        if args.scopes:
            given["scopes"] = tuple(args.scopes)
        settings = read_settings(args.config, **given)
        if args.policy:
            execution = settings.execution.model_copy(update={"policy": args.policy})
            settings = settings.model_copy(update={"execution": execution})
        return _with_development_auth(settings) if args.dev_auth else settings
    except ValidationError as error:
        raise ValueError(describe(error)) from error


def main(argv: Sequence[str] | None = None) -> int:
    """Serve as the arguments ask, or run a command; 0 when that went well, 2 when it cannot be done."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words and words[0] in commands.COMMANDS:
        return commands.run(words)
    parser = argparse.ArgumentParser(
        prog=commands.PROGRAM, description="An MCP server for oraclepack packs.", epilog=commands.EPILOG
    )
    parser.add_argument("--version", action="version", version=VERSION)
    add_arguments(parser)
    args = parser.parse_args(words)
    try:
        serve(settings_from(args))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{commands.PROGRAM}: error: {error}\n")
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
        import anyio  # noqa: PLC0415 - each way to serve loads what it needs

        from oraclepack_mcp.stdio import serve_stdio  # noqa: PLC0415
        from oraclepack_mcp.telemetry.logs import configure  # noqa: PLC0415

        configure(settings.telemetry)
        anyio.run(serve_stdio, settings)
    elif settings.workers > 1:
        from oraclepack_mcp.http.workers import serve_with_workers  # noqa: PLC0415

        serve_with_workers(settings, on_listening=announce)
    else:
        from oraclepack_mcp.http.app import build_http_app  # noqa: PLC0415
        from oraclepack_mcp.http.listening import serve_http  # noqa: PLC0415

        serve_http(build_http_app(settings), settings, on_listening=announce)


def announce(url: str) -> None:
    """Tell the operator where the server listens."""
    sys.stderr.write(f"{url}\n")
    sys.stderr.flush()


def _with_development_auth(settings: Settings) -> Settings:
    from oraclepack_mcp.http.dev_token import development_auth  # noqa: PLC0415 - cryptography is slow to load

    url = commands.resource_url(settings.host, settings.port, settings.path)
    auth = development_auth(settings.execution.records(), url)
    return Settings(**{**dict(settings), "auth": auth})
