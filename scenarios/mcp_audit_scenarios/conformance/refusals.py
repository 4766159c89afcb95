"""The judgement that several pages share: what names nothing is refused as invalid parameters (-32602)."""

from mcp_audit_harness.model import Exchange, Verdict, failed, not_observed, passed

INVALID_PARAMS = -32602


def refused_as_invalid_params(spoiled: Exchange, control: Exchange, subject: str = "") -> Verdict:
    """Judge the code of a refusal; NOT_OBSERVED where there was no error to judge."""
    if spoiled.error is None:
        return not_observed("the request was not refused with an error", spoiled)
    if spoiled.error_code == INVALID_PARAMS:
        return passed(spoiled, control)
    text = f"the error has code {spoiled.error_code}, not {INVALID_PARAMS}"
    return failed(text, spoiled, control, subject=subject)
