"""`oraclepack-mcp install`: print, or merge, the configuration that makes a client use this server."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from oraclepack_mcp.clients.known import CLIENTS
from oraclepack_mcp.clients.merging import snippet, write
from oraclepack_mcp.clients.model import ClientConfigError, Launch, Reach, Remote

PROGRAM: Final = "oraclepack-mcp"
USAGE_ERROR: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.description = "Print the configuration that makes a client use this server, or merge it."
    parser.add_argument("--client", required=True, choices=tuple(CLIENTS), help="which client to set up")
    parser.add_argument("--name", default="oraclepack", help="name of the server in the client (default: oraclepack)")
    parser.add_argument("--root", dest="roots", metavar="NAME=PATH[:rw]", action="append", help="directory of packs")
    parser.add_argument("--url", help="reach a server that runs already, in the place of starting one")
    parser.add_argument("--write", action="store_true", help="merge it into the client's file, and keep a backup")
    parser.add_argument("--file", type=Path, help="the client's file, where it is not in its usual place")


def run(args: argparse.Namespace) -> int:
    """Do as the arguments ask; 0, or 2 when the file cannot be merged into."""
    client = CLIENTS[args.client]
    path = args.file or client.path(Path.home(), Path.cwd())
    try:
        reach = _reach(args.url, args.roots or ())
        if not args.write:
            sys.stdout.write(snippet(client, args.name, reach))
            sys.stderr.write(f"{client.title} reads this from {path}; --write puts it there.\n")
            return 0
        backup = write(client, path, args.name, reach)
    except (ClientConfigError, OSError) as error:
        sys.stderr.write(f"{PROGRAM}: error: {path}: {error}\n")
        return USAGE_ERROR
    kept = f"; the old file is {backup.name}" if backup else ""
    sys.stdout.write(f"Wrote {path}{kept}. {client.afterwards}\n")
    return 0


def _reach(url: str | None, roots: Sequence[str]) -> Reach:
    if url is not None:
        return Remote(url)
    command = shutil.which(PROGRAM)
    options = tuple(word for root in roots for word in ("--root", root))
    return Launch(command, options) if command else Launch(sys.executable, ("-m", "oraclepack_mcp", *options))
