"""Asking the person at the client before something is started, on both eras.

Up to 2025-11-25 the question is a request of its own on the way back; from 2026-07-28 on the call ends with
`input_required`, and the client calls again with the answer. What was asked about travels as a plan token, in memory or
in the sealed request state, and is checked again when the answer comes: what has changed meanwhile is not done.
"""

from typing import Any, Final

from mcp.server.context import ServerRequestContext
from mcp_types import (
    CallToolRequestParams,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.server.tools.spec import Proposal

QUESTION: Final = "confirm"
"""The key of the one input request, and of the one field of its form."""
_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        QUESTION: {
            "type": "boolean",
            "title": "Run it",
            "description": "Whether to start this now.",
            "default": False,
        }
    },
    "required": [QUESTION],
}


def answered(params: CallToolRequestParams) -> str | None:
    """The token that a second call brings back with a yes; None for a first call.

    Raises:
        DomainError: NOT_CONFIRMED, the answer was no, or none.
    """
    if params.request_state is None:
        return None
    answer = (params.input_responses or {}).get(QUESTION)
    if not isinstance(answer, ElicitResult):
        raise DomainError("NOT_CONFIRMED", "the question was not answered; nothing was started")
    _require_yes(answer)
    return params.request_state


async def ask(ctx: ServerRequestContext[Any, Any], proposal: Proposal) -> str | InputRequiredResult:
    """Put the question; the token of the proposal once it is agreed to, or the result that asks for a second call.

    Raises:
        DomainError: NOT_CONFIRMED, the answer was no, or the client cannot be asked.
    """
    if not _can_be_asked(ctx):
        sentence = "a run needs a confirmation, and this client takes no questions; pass a plan_token instead"
        raise DomainError("NOT_CONFIRMED", sentence, {"plan_with": "oraclepack_plan_run"})
    if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
        form = ElicitRequestFormParams(message=proposal.question, requested_schema=_FORM)
        return InputRequiredResult(input_requests={QUESTION: ElicitRequest(params=form)}, request_state=proposal.token)
    _require_yes(await ctx.session.elicit_form(proposal.question, _FORM, ctx.request_id))
    return proposal.token


def _require_yes(answer: ElicitResult) -> None:
    if answer.action != "accept" or (answer.content or {}).get(QUESTION) is not True:
        raise DomainError("NOT_CONFIRMED", "the run was not agreed to; nothing was started")


def _can_be_asked(ctx: ServerRequestContext[Any, Any]) -> bool:
    """Whether the client declared elicitation by form; up to 2025-06-18 the capability has no modes."""
    capabilities = ctx.session.client_capabilities
    declared: ElicitationCapability | None = capabilities.elicitation if capabilities else None
    if declared is None:
        return False
    return declared.form is not None or declared.url is None
