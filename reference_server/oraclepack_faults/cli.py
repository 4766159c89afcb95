"""The console script `oraclepack-mcp`: the clean server's command line, and `--fault` to break it."""

import argparse
import sys
from collections.abc import Sequence

from oraclepack_mcp import VERSION, commands
from oraclepack_mcp import cli as clean

import oraclepack_faults

USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Serve as the arguments ask; 0 after serving, 2 when they cannot be served."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words and words[0] in commands.COMMANDS:
        return commands.run(words)
    args = _parser().parse_args(words)
    if args.list_faults:
        _list_faults()
        return 0
    try:
        _serve(args)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"oraclepack-mcp: error: {error}\n")
        return USAGE_ERROR
    except KeyboardInterrupt:
        pass
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=commands.PROGRAM, description="An MCP server for oraclepack packs.", epilog=commands.EPILOG
    )
    parser.add_argument("--version", action="version", version=VERSION)
    clean.add_arguments(parser)
    faults = parser.add_argument_group("faults", "break the server on purpose, to see what an audit finds")
    faults.add_argument("--fault", dest="faults", metavar="NAME", action="append", help="switch on a fault; repeatable")
    faults.add_argument("--list-faults", action="store_true", help="name every fault, and exit")
    return parser


def _list_faults() -> None:
    width = max(map(len, oraclepack_faults.FAULTS), default=0)
    for fault in oraclepack_faults.FAULTS.values():
        sys.stdout.write(f"{fault.name:{width}}  {fault.level:9}  {fault.about}\n")


def _serve(args: argparse.Namespace) -> None:
    if not args.faults:
        clean.serve(clean.settings_from(args))
        return
    from oraclepack_faults.serve import choose, replaced, serve  # noqa: PLC0415 - the SDK is slow to load

    with replaced(choose(args.faults)):
        settings = clean.settings_from(args)
    lines = [f"  {fault.name}: {fault.about}" for fault in choose(args.faults)]
    warning = "WARNING: this server is broken on purpose; never expose it. Faults switched on:"
    sys.stderr.write("\n".join([warning, *lines, ""]))
    sys.stderr.flush()
    serve(settings, args.faults)
