"""Refusals over HTTP: every layer answers with a status and a JSON-RPC error."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from mcp_types import INVALID_REQUEST
from starlette.responses import Response

from oraclepack_mcp.protocol.strict import RefusedError, RequestId


class HttpRefusedError(RefusedError):
    """A refusal with an HTTP status of its own; other refusals answer 400."""

    def __init__(
        self,
        status: HTTPStatus,
        sentence: str,
        headers: Mapping[str, str] | None = None,
        *,
        code: int = INVALID_REQUEST,
        id: RequestId | None = None,  # noqa: A002
    ) -> None:
        super().__init__(code, sentence, id=id)
        self.status = status
        self.headers = dict(headers or {})


def answer_of(refused: RefusedError) -> Response:
    """The HTTP answer to what was refused."""
    if isinstance(refused, HttpRefusedError):
        return json_answer(refused.status, refused.reply(), refused.headers)
    return json_answer(HTTPStatus.BAD_REQUEST, refused.reply(), {})


def json_answer(status: HTTPStatus, content: object, headers: Mapping[str, str]) -> Response:
    """JSON on one line."""
    body = json.dumps(content, separators=(",", ":"))
    return Response(body, status_code=status, media_type="application/json", headers=headers)
