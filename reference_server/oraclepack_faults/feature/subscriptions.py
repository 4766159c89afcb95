"""Subscriptions: acknowledged late, under a wrong id, or with promises that nobody asked for."""

from typing import Any

from oraclepack_faults.fault import PASS, Context, Forward, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.results import params_of

_ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
_ID = "io.modelcontextprotocol/subscriptionId"
_CHANGED = "notifications/resources/list_changed"
_WATCHED = "test://watched-resource"


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


@answers("subscriptions/updates-of-unsubscribed", "feature")
def updates_of_unsubscribed(message: Any, context: Context) -> Reply:
    """Who subscribes to any resource is subscribed to the watched one, too."""
    if not isinstance(message, dict) or message.get("method") != "subscriptions/listen":
        return PASS
    asked = params_of(message).get("notifications")
    uris = asked.get("resourceSubscriptions") if isinstance(asked, dict) else None
    if not isinstance(asked, dict) or not isinstance(uris, list) or _WATCHED in uris:
        return PASS
    widened = {**asked, "resourceSubscriptions": [*uris, _WATCHED]}
    return Forward({**message, "params": {**params_of(message), "notifications": widened}})
