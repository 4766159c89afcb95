"""What a client is told that may not call: where to get a token, and for which scopes (RFC 6750, RFC 9728)."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from oraclepack_mcp.protocol.refusals import HttpRefusedError
from oraclepack_mcp.protocol.strict import RequestId
from oraclepack_mcp.security.scopes import READING, Scope, in_order

HEADER: Final = "WWW-Authenticate"


class Challenge:
    """Makes the refusals of one resource.

    Without a good token nothing is said about the call, so that nobody learns from it what exists: the scopes are
    always those that one begins with.
    """

    def __init__(self, metadata_url: str) -> None:
        self._metadata_url = metadata_url

    def no_token(self) -> HttpRefusedError:
        """Refuse a request without a token; there is no error to name, the client just has to log in."""
        return self._refusal(HTTPStatus.UNAUTHORIZED, "A bearer token is needed.", READING)

    def bad_token(self) -> HttpRefusedError:
        """Refuse a request whose token is not good; why is the business of the server's operator."""
        sentence = "The bearer token is not valid here."
        return self._refusal(HTTPStatus.UNAUTHORIZED, sentence, READING, error="invalid_token")

    def malformed(self) -> HttpRefusedError:
        """Refuse a request that presents more than one token."""
        sentence = "A request has one Authorization header, with a bearer token."
        return self._refusal(HTTPStatus.BAD_REQUEST, sentence, READING, error="invalid_request")

    def too_narrow(self, required: Iterable[Scope], identity: RequestId | None = None) -> HttpRefusedError:
        """Refuse a call that needs more; names all its scopes, so that one step up is enough."""
        sentence = f"This call needs the scopes {in_order(required)}."
        return self._refusal(HTTPStatus.FORBIDDEN, sentence, required, error="insufficient_scope", identity=identity)

    def _refusal(
        self,
        status: HTTPStatus,
        sentence: str,
        scopes: Iterable[Scope],
        *,
        error: str | None = None,
        identity: RequestId | None = None,
    ) -> HttpRefusedError:
        said = {"error": error, "error_description": sentence} if error else {}
        named = {**said, "scope": in_order(scopes), "resource_metadata": self._metadata_url}
        value = "Bearer " + ", ".join(f'{name}="{text}"' for name, text in named.items())
        return HttpRefusedError(status, sentence, {HEADER: value}, id=identity)
