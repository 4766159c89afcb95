"""The wire schema: whatever a server sends, at every revision, is judged in a few short sentences."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from mcp_audit_harness.model import Revision
from mcp_audit_harness.wire.schema import definition_fits, result_definition, violations
from mcp_audit_harness.wire.schema.judgement import MOST, definitions

from .messages import MESSAGES, VALUES
from .searching import searched

_METHODS = (
    *(
        "initialize",
        "server/discover",
        "ping",
        "tools/list",
        "tools/call",
        "resources/read",
        "prompts/get",
        "tasks/get",
    ),
    *(
        "completion/complete",
        "subscriptions/listen",
        "tasks/cancel",
        "resources/templates/list",
        "\x00",
        "logging/setLevel",
    ),
)
_ASKED = st.none() | st.sampled_from(_METHODS)


@searched(120)
@given(MESSAGES, st.sampled_from(Revision), _ASKED)
@example(
    {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "\ud800"}] * 21}}, Revision.V2025_11_25, "tools/list"
)
@example({"method": {}, "params": [[]] * 6000}, Revision.V2026_07_28, None)
@example({"result": {"resultType": "input_required"}}, Revision.V2026_07_28, None)
def test_any_message_is_judged_shortly_and_the_same_way_again(
    message: dict[str, Any], revision: Revision, asked: str | None
) -> None:
    found = violations(message, revision, method=asked)
    assert len(found) <= MOST
    assert all(item.message and len(item.message) <= 200 for item in found)
    assert violations(message, str(revision), method=asked) == found


@searched(300)
@given(st.sampled_from(Revision), st.sampled_from(_METHODS), VALUES, st.integers(0, 30))
def test_what_does_not_fit_alone_does_not_fit_in_a_crowd(
    revision: Revision, asked: str, item: Any, others: int
) -> None:
    definition = result_definition(asked, str(revision))
    if definition is None:
        return
    members = definitions(str(revision))[definition].get("properties", {})
    for name, shape in members.items():
        if shape.keys() == {"type", "items"}:
            alone, crowd = ({name: [item] * count} for count in (1, 1 + others))
            said = [
                bool([found for found in _said(result, revision, asked) if found.path.startswith(f"{name}[")])
                for result in (alone, crowd)
            ]
            assert said[0] == said[1]


@searched(200)
@given(st.sampled_from(Revision), VALUES, st.data())
def test_whether_a_value_fits_never_raises(revision: Revision, value: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(definitions(str(revision)))))
    try:
        assert definition_fits(name, value, str(revision)) in {True, False}
    except UnicodeEncodeError:
        assert "\\ud" in ascii(value)


def _said(result: dict[str, Any], revision: Revision, asked: str) -> Any:
    return violations({"jsonrpc": "2.0", "id": 1, "result": result}, revision, method=asked)
