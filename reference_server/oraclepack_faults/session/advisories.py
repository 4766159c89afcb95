"""Faults in what the server says that it is."""

from typing import Any, Final

from oraclepack_faults.fault import Context, Json, rewrites

_META_INFO: Final = "io.modelcontextprotocol/serverInfo"
_VULNERABLE: Final = {"name": "mcp-server-kubernetes", "version": "3.4.0"}


@rewrites("advisories/known-vulnerable-version", "session")
def says_it_is_vulnerable(message: Json, context: Context) -> Json:
    """The server says that it is a version of a package for which vulnerabilities are published."""
    result: Any = message.get("result")
    if not isinstance(result, dict):
        return message
    if isinstance(result.get("serverInfo"), dict):
        result = {**result, "serverInfo": {**result["serverInfo"], **_VULNERABLE}}
    meta = result.get("_meta")
    if isinstance(meta, dict) and isinstance(meta.get(_META_INFO), dict):
        result = {**result, "_meta": {**meta, _META_INFO: {**meta[_META_INFO], **_VULNERABLE}}}
    return {**message, "result": result}
