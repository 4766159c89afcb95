"""Lists that change without a word, although listChanged is declared."""

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites


@rewrites("tools/change-not-announced", "feature")
def tools_change_not_announced(message: Json, context: Context) -> Rewritten:
    """Tools come and go, and nobody is told."""
    return None if message.get("method") == "notifications/tools/list_changed" else message


@rewrites("prompts/change-not-announced", "feature")
def prompts_change_not_announced(message: Json, context: Context) -> Rewritten:
    """Prompts come and go, and nobody is told."""
    return None if message.get("method") == "notifications/prompts/list_changed" else message


@rewrites("resources/change-not-announced", "feature")
def resources_change_not_announced(message: Json, context: Context) -> Rewritten:
    """Resources come and go, and nobody is told."""
    return None if message.get("method") == "notifications/resources/list_changed" else message
