"""The URIs of the resources. The verb comes first, since nothing can follow a path of several segments."""

from typing import Final

from mcp.shared.uri_template import UriTemplate

SERVER_URI: Final = "oraclepack://server"
PACKS_URI: Final = "oraclepack://packs"
RUNS_URI: Final = "oraclepack://runs"

PACK: Final = UriTemplate.parse("oraclepack://pack/{+path}")
PACK_MODEL: Final = UriTemplate.parse("oraclepack://pack-model/{+path}")
VALIDATION: Final = UriTemplate.parse("oraclepack://validation/{+path}{?profile}")
STATE: Final = UriTemplate.parse("oraclepack://state/{+path}")
REPORT: Final = UriTemplate.parse("oraclepack://report/{+path}")
OVERRIDES: Final = UriTemplate.parse("oraclepack://overrides/{+path}")
RUN: Final = UriTemplate.parse("oraclepack://run/{run_id}")
LOG: Final = UriTemplate.parse("oraclepack://run/{run_id}/step/{step_id}/log{?offset,limit}")
URLS: Final = UriTemplate.parse("oraclepack://urls/{scope}")
ACTIONS: Final = UriTemplate.parse("oraclepack://actions/{+out_dir}")
RULES: Final = UriTemplate.parse("oraclepack://rules/{profile}")


def pack_uri(pack_id: str) -> str:
    """The URI of a pack's Markdown."""
    return PACK.expand({"path": pack_id})


def pack_model_uri(pack_id: str) -> str:
    """The URI of a pack as data."""
    return PACK_MODEL.expand({"path": pack_id})


def state_uri(pack_id: str) -> str:
    """The URI of a pack's stored state."""
    return STATE.expand({"path": pack_id})


def report_uri(pack_id: str) -> str:
    """The URI of a pack's stored report."""
    return REPORT.expand({"path": pack_id})


def overrides_uri(pack_id: str) -> str:
    """The URI of the overrides that are stored for a pack."""
    return OVERRIDES.expand({"path": pack_id})


def run_uri(run_id: str) -> str:
    """The URI of a run."""
    return RUN.expand({"run_id": run_id})
