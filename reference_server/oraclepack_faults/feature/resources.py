"""Resources: untrue contents, odd URIs, unknown ones served, subscriptions promised and refused."""

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result

_UNKNOWN = "mcp-audit-none:"
_INTERNAL_ERROR = -32603


def _uri(context: Context) -> str:
    """Return the URI that was asked for, where the message answers resources/read."""
    return str(params_of(context.request).get("uri")) if method_of(context) == "resources/read" else ""


def _contents(message: Json, context: Context) -> list[Json] | None:
    result = message.get("result")
    if not _uri(context) or not isinstance(result, dict):
        return None
    contents: list[Json] = result["contents"]
    return contents


@rewrites("resources/foreign-contents", "feature")
def foreign_contents(message: Json, context: Context) -> Rewritten:
    """Whatever is read, the contents say that they are another resource's."""
    contents = _contents(message, context)
    if not contents:
        return message
    return with_member(message, "contents", [{**contents[0], "uri": "oraclepack://another"}])


@rewrites("resources/bad-base64", "feature")
def bad_base64(message: Json, context: Context) -> Rewritten:
    """Contents are sent as binary data that does not decode."""
    contents = _contents(message, context)
    if not contents:
        return message
    return with_member(message, "contents", [{"uri": contents[0]["uri"], "blob": "no base64!"}])


@rewrites("resources/malformed-uri", "feature")
def malformed_uri(message: Json, context: Context) -> Rewritten:
    """A resource is listed whose URI has blanks in it."""
    first_page = method_of(context) == "resources/list" and "cursor" not in params_of(context.request)
    if not first_page or not isinstance(message.get("result"), dict):
        return message
    listed = message["result"]["resources"]
    return with_member(message, "resources", [*listed, {"uri": "oraclepack://a b c", "name": "blanks"}])


@rewrites("resources/serves-unknown", "feature")
def serves_unknown(message: Json, context: Context) -> Rewritten:
    """A resource that does not exist has empty contents."""
    return with_result(message, _cached({"contents": []}, context), context) if _unknown(context) else message


def _unknown(context: Context) -> bool:
    return _uri(context).startswith(_UNKNOWN)


@rewrites("resources/wrong-code-for-unknown", "feature")
def wrong_code_for_unknown(message: Json, context: Context) -> Rewritten:
    """A resource that does not exist is an internal error."""
    return with_error(message, -32603) if _unknown(context) else message


@rewrites("resources/reads-what-is-no-uri", "feature")
def reads_what_is_no_uri(message: Json, context: Context) -> Rewritten:
    """Text that is no URI is read as if it were one."""
    uri = _uri(context)
    if not uri.startswith("no uri"):
        return message
    return with_result(message, _cached({"contents": [{"uri": uri, "text": "read"}]}, context), context)


@rewrites("resources/subscribe-declared-but-refused", "feature")
def subscribe_declared_but_refused(message: Json, context: Context) -> Rewritten:
    """Subscriptions are declared, and every one is refused."""
    if method_of(context) == "initialize" and isinstance(message.get("result"), dict):
        capabilities = message["result"]["capabilities"]
        resources = {**capabilities.get("resources", {}), "subscribe": True}
        return with_member(message, "capabilities", {**capabilities, "resources": resources})
    if method_of(context) in {"resources/subscribe", "resources/unsubscribe"} and context.era == "handshake":
        return with_error(message, -32603)
    return message


@rewrites("resources/climbs-out-of-folder", "feature")
def climbs_out_of_folder(message: Json, context: Context) -> Rewritten:
    """A way up from a listed file leads to the files of the host."""
    uri = _uri(context)
    if not uri.startswith("file:///diagnostics/../"):
        return message
    contents = [{"uri": uri, "text": "root:x:0:0:root:/root:/bin/sh\n"}]
    return with_result(message, _cached({"contents": contents}, context), context)


@rewrites("resources/wrong-code-for-failure", "feature")
def wrong_code_for_failure(message: Json, context: Context) -> Rewritten:
    """Where reading fails for reasons of the server, the code is none that JSON-RPC knows."""
    error = message.get("error")
    internal = bool(_uri(context)) and isinstance(error, dict) and error.get("code") == _INTERNAL_ERROR
    return with_error(message, 0) if internal else message


def _cached(result: Json, context: Context) -> Json:
    return {**result, "ttlMs": 0, "cacheScope": "private"} if context.era == "stateless" else result
