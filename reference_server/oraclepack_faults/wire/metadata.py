"""Faults in metadata: keys that the grammar of `_meta` does not allow, in the lists of tools."""

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites
from oraclepack_faults.results import method_of, with_member


def _with_key(message: Json, context: Context, key: str) -> Rewritten:
    if method_of(context) != "tools/list" or not isinstance(message.get("result"), dict):
        return message
    return with_member(message, "_meta", {**message["result"].get("_meta", {}), key: "on"})


@rewrites("basic/malformed-meta-prefix", "wire")
def numbered_prefix(message: Json, context: Context) -> Rewritten:
    """The list of tools has metadata whose prefix begins with a digit."""
    return _with_key(message, context, "1st.example/colour")


@rewrites("basic/malformed-meta-name", "wire")
def name_with_underscore(message: Json, context: Context) -> Rewritten:
    """The list of tools has metadata whose name begins with an underscore."""
    return _with_key(message, context, "_colour")


@rewrites("basic/meta-prefix-not-reversed", "wire")
def forward_domain(message: Json, context: Context) -> Rewritten:
    """The list of tools has metadata whose prefix is a domain as addresses have it."""
    return _with_key(message, context, "example.com/colour")
