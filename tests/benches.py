"""The reference server on every bench of calibration, in this process, where it costs no start."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from mcp_audit_harness.calibration.reference import http_reference, legacy_target, planted_directory
from mcp_audit_harness.declare import Bench
from mcp_audit_harness.model import HttpTarget
from oraclepack_faults.serve import running
from oraclepack_mcp.settings import RootSetting, Settings

from tests.authorized_server import authorized

_MAY_WRITE: Final = ("packs:read", "packs:write", "runs:read", "urls:read")
_DIAGNOSTICS: Final = Settings(transport="streamable-http", port=0, profile="diagnostics")
_SETTINGS: Final[Mapping[Bench, Settings]] = {
    Bench.DEFAULT: Settings(transport="streamable-http", port=0),
    Bench.DIAGNOSTICS: _DIAGNOSTICS,
    Bench.LEGACY_SSE: _DIAGNOSTICS,
}


@contextmanager
def served(faults: Sequence[str] = (), bench: Bench = Bench.DEFAULT) -> Iterator[HttpTarget]:
    """Serve the reference server with the named faults and yield the target that it is."""
    if bench in {Bench.PROCESS, Bench.TLS}:
        with http_reference(faults, bench) as target:
            yield target
        return
    if bench is Bench.AUTHORIZED:
        with authorized(faults) as target:
            yield target
        return
    if bench is Bench.PLANTED:
        planted = RootSetting.parse(f"planted={planted_directory()}:rw")
        with running(_DIAGNOSTICS.model_copy(update={"roots": (planted,), "scopes": _MAY_WRITE}), faults) as url:
            yield HttpTarget(url)
        return
    with running(_SETTINGS[bench], faults) as url:
        yield legacy_target(url) if bench is Bench.LEGACY_SSE else HttpTarget(url)
