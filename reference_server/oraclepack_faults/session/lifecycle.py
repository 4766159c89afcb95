"""Faults in the handshake and in version negotiation."""

from oraclepack_faults.fault import Context, Json, rewrites


@rewrites("lifecycle/echoes-unknown-version", "session")
def echoes_unknown_version(message: Json, context: Context) -> Json:
    """The server agrees to whatever protocol version the client asks for."""
    request, result = context.request, message.get("result")
    if request is None or request.get("method") != "initialize" or not isinstance(result, dict):
        return message
    return {**message, "result": {**result, "protocolVersion": request["params"]["protocolVersion"]}}
