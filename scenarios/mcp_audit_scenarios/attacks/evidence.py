"""A PASS rests on what the target sent; where it sent nothing, nothing was seen."""

from mcp_audit_harness.model import Exchange, Verdict, not_observed, passed


def passed_if_answered(*evidence: Exchange, message: str = "") -> Verdict:
    """Return a PASS, or NOT_OBSERVED where nothing in the evidence was answered."""
    if any(exchange.answered for exchange in evidence):
        return passed(*evidence, message=message)
    return not_observed("no answer came", *evidence)
