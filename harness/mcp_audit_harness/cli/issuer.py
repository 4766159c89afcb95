"""`mcp-audit issuer`: the test authorization server."""

import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from ..lab.jose import ALGORITHMS
from ..policy import Exit
from .extras import demand, importable
from .usage import UsageError

_HOST = "127.0.0.1"


def issuer_command(
    port: int, resources: Sequence[str], key_file: Path, *, scope: str, low_scope: str, algorithm: str
) -> int:
    """Serve an issuer on loopback until it is stopped; print its URL, write its key.

    Raises:
        UsageError: for a missing extra, a port that is taken, or an algorithm that nobody knows.
    """
    demand("server", "the issuer", installed=importable("jwt", "starlette", "uvicorn"))
    if algorithm not in ALGORITHMS:
        raise UsageError(f"--algorithm takes {', '.join(ALGORITHMS)}, not {algorithm!r}")
    import uvicorn  # noqa: PLC0415 - of an extra

    from ..issuer.app import build  # noqa: PLC0415
    from ..issuer.settings import Issuer, signing_key, write_key_file  # noqa: PLC0415

    with _listener(port) as listener:
        url = f"http://{_HOST}:{listener.getsockname()[1]}"
        key = signing_key(key_file, algorithm)
        issuer = Issuer(url, key, tuple(resources), tuple(scope.split()), low_scope)
        write_key_file(key_file, issuer)
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stderr.write(f"keys: {url}/jwks; the key that signs: {key_file} (tests only: who has it can be anybody)\n")
        server = uvicorn.Server(uvicorn.Config(build(issuer), log_level="warning", server_header=False))
        server.run(sockets=[listener])
    return Exit.CLEAN


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((_HOST, port))
    except OSError as error:
        raise UsageError(f"the issuer cannot listen on {_HOST}:{port}: {error.strerror}") from error
