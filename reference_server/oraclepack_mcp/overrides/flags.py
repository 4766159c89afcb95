"""Which flags a step gets, and how they are put into its script."""

from oraclepack_mcp.overrides.model import Overrides


def effective_script(step_id: str, code: str, overrides: Overrides | None, run_url: str | None) -> str:
    """The script of a step with its flags put in."""
    raise NotImplementedError
