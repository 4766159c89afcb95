"""Weaknesses of who may start something, and of what they agreed to."""

from collections.abc import Callable
from typing import Any

from oraclepack_faults.fault import replaces


@replaces("oraclepack/s13-one-switch-for-all", "security", "oraclepack_mcp.security.scopes.Caller.require")
def one_switch_for_all(_: object) -> Callable[..., None]:
    """Once execution is switched on, everybody who may look at packs may run them."""
    return lambda *_: None


@replaces("oraclepack/s13-yes-by-default", "security", "oraclepack_mcp.server.tools.toolbox.ToolBox._consent")
def yes_by_default(_: object) -> Callable[..., Any]:
    """A run needs no confirmation: nobody is asked."""

    async def consent(*_: object) -> None:
        return None

    return consent


@replaces("oraclepack/s13-consent-to-any-text", "security", "oraclepack_mcp.runs.plan._Survey.subject")
def consent_to_any_text(_: object) -> property:
    """A confirmation is for a pack by its name, whatever its text is by the time it runs."""
    return property(lambda survey: survey.pack.id)


@replaces("oraclepack/s13-consent-to-any-questions", "security", "oraclepack_mcp.runs.plan.Planner._subject_of")
def consent_to_any_questions(subject_of: Callable[..., str]) -> Callable[..., str]:
    """The confirmation of a trial of overrides is for a pack by its name, whatever questions are in it by then."""
    return lambda self, subject, _: subject_of(self, subject, None)


@replaces("oraclepack/s13-checks-then-reads-again", "security", "oraclepack_mcp.runs.preparation.Preparation.check")
def checks_then_reads_again(check: Callable[..., Any]) -> Callable[..., Any]:
    """The text that runs is read anew after the confirmation has been checked, and not held against it."""
    return lambda self, options, _: check(self, options, None)


@replaces("oraclepack/s13-lasting-tokens", "security", "oraclepack_mcp.runs.service.RunService.use_nonce")
def lasting_tokens(_: object) -> Callable[..., bool]:
    """A plan token can be used again and again."""
    return lambda *_, **__: True


@replaces(
    "oraclepack/s13-tokens-for-anybody",
    "security",
    "oraclepack_mcp.runs.tokens.PlanTokens.issue",
    "oraclepack_mcp.runs.tokens.PlanTokens.redeem",
)
def tokens_for_anybody(part: Callable[..., Any]) -> Callable[..., Any]:
    """A plan token serves whoever holds it."""
    return lambda self, *subject_and_principal: part(self, *subject_and_principal[:-1], "anybody")
