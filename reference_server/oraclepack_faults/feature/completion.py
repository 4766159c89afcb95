"""Completions: too many values, unknown references served, wrong codes."""

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result

_NO_SUCH_PROMPT = "mcp-audit-no-such-prompt"


def _unknown(context: Context) -> bool:
    reference = params_of(context.request).get("ref")
    name = reference.get("name") if isinstance(reference, dict) else None
    return method_of(context) == "completion/complete" and str(name).startswith(_NO_SUCH_PROMPT)


@rewrites("completion/too-many-values", "feature")
def too_many_values(message: Json, context: Context) -> Rewritten:
    """Every completion has 101 values."""
    if method_of(context) != "completion/complete" or not isinstance(message.get("result"), dict):
        return message
    found = message["result"]["completion"]["values"]
    more = [f"{number}" for number in range(101 - len(found))]
    return with_member(message, "completion", {"values": [*found, *more]})


@rewrites("completion/serves-unknown-reference", "feature")
def serves_unknown_reference(message: Json, context: Context) -> Rewritten:
    """A prompt that does not exist has no completions."""
    return with_result(message, {"completion": {"values": []}}, context) if _unknown(context) else message


@rewrites("completion/wrong-code-for-unknown-reference", "feature")
def wrong_code_for_unknown_reference(message: Json, context: Context) -> Rewritten:
    """Completing a prompt that does not exist is an internal error."""
    return with_error(message, -32603) if _unknown(context) else message


@rewrites("completion/served-undeclared", "feature")
def served_undeclared(message: Json, context: Context) -> Rewritten:
    """Arguments are completed, and nobody is told that they can be."""
    result = message.get("result")
    if not isinstance(result, dict) or not isinstance(result.get("capabilities"), dict):
        return message
    declared = {name: value for name, value in result["capabilities"].items() if name != "completions"}
    return with_member(message, "capabilities", declared)


@rewrites("completion/completes-malformed-request", "feature")
def completes_malformed_request(message: Json, context: Context) -> Rewritten:
    """A value that is a number is completed."""
    argument = params_of(context.request).get("argument")
    value = argument.get("value") if isinstance(argument, dict) else None
    if method_of(context) != "completion/complete" or not isinstance(value, int):
        return message
    return with_result(message, {"completion": {"values": ["seven"]}}, context)


@rewrites("completion/discloses-host-files", "feature")
def discloses_host_files(message: Json, context: Context) -> Rewritten:
    """The beginning of a path is completed to a file of the host."""
    argument = params_of(context.request).get("argument")
    typed = argument.get("value") if isinstance(argument, dict) else None
    if method_of(context) != "completion/complete" or not str(typed).endswith("/etc/pass") or "result" not in message:
        return message
    return with_member(message, "completion", {"values": [f"{typed}wd"]})
