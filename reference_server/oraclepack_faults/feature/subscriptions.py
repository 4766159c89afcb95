"""Subscriptions: acknowledged late, under a wrong id, or with promises that nobody asked for."""

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites
from oraclepack_faults.results import params_of

_ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
_ID = "io.modelcontextprotocol/subscriptionId"
_CHANGED = "notifications/resources/list_changed"


def _is_acknowledgement(message: Json) -> bool:
    return message.get("method") == _ACKNOWLEDGED


def _with_promise(message: Json, kind: str) -> Json:
    params = params_of(message)
    promised = {**params.get("notifications", {}), kind: True}
    return {**message, "params": {**params, "notifications": promised}}


@rewrites("subscriptions/not-acknowledged-first", "feature")
def not_acknowledged_first(message: Json, context: Context) -> Rewritten:
    """A change is told before the subscription is acknowledged."""
    if not _is_acknowledgement(message) or "resourcesListChanged" not in params_of(message).get("notifications", {}):
        return message
    changed = {"jsonrpc": "2.0", "method": _CHANGED, "params": {"_meta": params_of(message)["_meta"]}}
    return [changed, message]


@rewrites("subscriptions/wrong-subscription-id", "feature")
def wrong_subscription_id(message: Json, context: Context) -> Rewritten:
    """The acknowledgement bears another id than the request."""
    if not _is_acknowledgement(message):
        return message
    params = params_of(message)
    return {**message, "params": {**params, "_meta": {**params["_meta"], _ID: "another"}}}


@rewrites("subscriptions/acknowledges-more-than-declared", "feature")
def acknowledges_more_than_declared(message: Json, context: Context) -> Rewritten:
    """Changes of tools are promised to who asks for changes, although the server does not declare them."""
    asked = params_of(message).get("notifications")
    return _with_promise(message, "toolsListChanged") if _is_acknowledgement(message) and asked else message


@rewrites("subscriptions/acknowledges-unrequested", "feature")
def acknowledges_unrequested(message: Json, context: Context) -> Rewritten:
    """Changes of resources are promised to who asks for nothing."""
    return _with_promise(message, "resourcesListChanged") if _is_acknowledgement(message) else message
