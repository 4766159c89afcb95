"""The two pages that a user of the test issuer sees; nothing of a client is on them that is not escaped."""

from collections.abc import Mapping
from html import escape

from .grants import Request

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def consent(request: Request, ticket: str) -> str:
    """Return the page that asks a user for consent."""
    client = request.client
    facts = (
        ("Client", client.name or client.client_id),
        ("Goes back to", request.redirect_uri),
        ("Server", request.resource),
        ("Scopes", request.scope or "none"),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return _page(
        "Test login",
        f"<dl>{rows}</dl>"
        f'<form method="post"><input type="hidden" name="ticket" value="{escape(ticket)}">'
        '<label>User <input name="subject" value="alice"></label>'
        '<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>',
    )


def refusal(description: str) -> str:
    """Return the page that says why a request is not even shown."""
    return _page("Refused", f"<p>{escape(description)}</p>")


def _page(title: str, body: str) -> str:
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}</html>'
