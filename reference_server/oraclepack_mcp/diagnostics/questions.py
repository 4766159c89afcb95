"""Asking the client something on the way, in the manner of either era.

Up to 2025-11-25 a question is a request of its own, sent while the tool waits. From 2026-07-28 on nothing is sent: the
result says `input_required`, and the client calls again with the answers and the state. A fixture is written once, for
both.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final, TypeAlias, TypeVar

from mcp.server.elicitation import render_elicitation_schema
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    CreateMessageResultWithTools,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    InputResponse,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, ValidationError

from oraclepack_mcp.diagnostics.fixture import Asked, Context, UnansweredError

PATIENCE_SECONDS: Final = 30.0
"""How long a client, and the person in front of it, has for an answer."""

Answers: TypeAlias = Mapping[str, InputResponse]
Form = TypeVar("Form", bound=BaseModel)

_logger = logging.getLogger(__name__)

_RESULTS: Final[Mapping[type[Any], type[BaseModel]]] = {
    CreateMessageRequest: CreateMessageResult,
    ElicitRequest: ElicitResult,
    ListRootsRequest: ListRootsResult,
}


def form(message: str, fields: type[BaseModel]) -> ElicitRequest:
    """A question that is answered by filling in fields."""
    return ElicitRequest(
        params=ElicitRequestFormParams(message=message, requested_schema=render_elicitation_schema(fields))
    )


def page(message: str, url: str, elicitation_id: str | None) -> ElicitRequest:
    """A question that is answered on a page outside the client; the id has gone with 2026-07-28."""
    return ElicitRequest(params=ElicitRequestURLParams(message=message, url=url, elicitation_id=elicitation_id))


def sampling(prompt: str, max_tokens: int = 100) -> CreateMessageRequest:
    """A question to the client's model."""
    message = SamplingMessage(role="user", content=TextContent(text=prompt))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=max_tokens))


async def answers_to(
    asked: Asked,
    questions: Mapping[str, InputRequest],
    state: str | None = None,
    *,
    patience: float = PATIENCE_SECONDS,
    follows: bool = False,
) -> Answers | InputRequiredResult:
    """The answers, or the result that asks for them; an answer without the `state` of its question does not count.

    Up to 2025-11-25 each has to come within `patience` seconds, and the client may report progress if the tool
    `follows` it; progress prolongs nothing.

    Raises:
        MCPError: -32021, the client of a 2026-07-28 request did not say that it can be asked this.
        UnansweredError: an older client cannot be asked this, refused, or answered something else.
    """
    for question in questions.values():
        require(asked.ctx, needed_for(question))
    if asked.ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        return {key: await _send(asked.ctx, question, patience, follows) for key, question in questions.items()}
    given = _given(asked, questions) if asked.state == state else {}
    if len(given) == len(questions):
        return given
    return InputRequiredResult(input_requests=dict(questions), request_state=state)


def filled_in(answer: InputResponse, fields: type[Form]) -> Form | None:
    """The fields of an accepted form, or None where the person declined or left.

    Raises:
        UnansweredError: the content does not fit the form.
    """
    if not isinstance(answer, ElicitResult) or answer.action != "accept":
        return None
    try:
        return fields.model_validate(answer.content or {})
    except ValidationError as error:
        raise UnansweredError("the answer does not fit the form") from error


def needed_for(question: InputRequest) -> ClientCapabilities:
    """What a client has to declare before it may be asked this."""
    match question:
        case CreateMessageRequest():
            with_tools = question.params.tools is not None
            return ClientCapabilities.model_validate({"sampling": {"tools": {}} if with_tools else {}})
        case ListRootsRequest():
            return ClientCapabilities.model_validate({"roots": {}})
        case _:
            mode = question.params.mode
            return ClientCapabilities.model_validate({"elicitation": {mode: {}}})


def can_be_asked(ctx: Context, needed: ClientCapabilities) -> bool:
    """Whether the client declared it; an elicitation without a mode means forms."""
    declared = ctx.session.client_capabilities
    if declared is None:
        return False
    if needed.elicitation is None:
        return ctx.session.check_client_capability(needed)
    has = declared.elicitation
    if has is None:
        return False
    return has.url is not None if needed.elicitation.url is not None else has.form is not None or has.url is None


def require(ctx: Context, needed: ClientCapabilities) -> None:
    """Refuse to go on with a client that cannot be asked.

    Raises:
        MCPError: -32021, at 2026-07-28.
        UnansweredError: before.
    """
    if can_be_asked(ctx, needed):
        return
    names = needed.model_dump(by_alias=True, mode="json", exclude_none=True)
    sentence = f"This needs a client with the capability {', '.join(names)}."
    if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, sentence, {"requiredCapabilities": names})
    raise UnansweredError(sentence)


def _given(asked: Asked, questions: Mapping[str, InputRequest]) -> dict[str, InputResponse]:
    return {
        key: answer
        for key, question in questions.items()
        if isinstance(answer := asked.responses.get(key), _answer_types(question))
    }


def _answer_types(question: InputRequest) -> tuple[type[BaseModel], ...]:
    """What an answer may be, the widest form last: a model that was offered tools answers several things at once."""
    if isinstance(question, CreateMessageRequest) and question.params.tools is not None:
        return CreateMessageResult, CreateMessageResultWithTools
    return (_RESULTS[type(question)],)


async def _send(ctx: Context, question: InputRequest, patience: float, follows: bool) -> InputResponse:
    try:
        answer: Any = await ctx.session.send_request(
            question,
            _answer_types(question)[-1],
            request_read_timeout_seconds=patience,
            metadata=ServerMessageMetadata(related_request_id=ctx.request_id),
            progress_callback=_follow if follows else None,
        )
    except MCPError as error:
        raise UnansweredError(f"The client refused with code {error.error.code}.") from error
    except ValidationError as error:
        raise UnansweredError("The client answered something else.") from error
    found: InputResponse = answer
    return found


async def _follow(progress: float, total: float | None, message: str | None) -> None:
    """Take note of how far the client is."""
    _logger.debug("the client reports progress", extra={"progress": progress, "total": total, "said": message})
