from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mcp_audit_scenarios.strategies import tool_arguments


@settings(max_examples=1000, deadline=None, phases=[Phase.generate])
@given(data=st.data())
def test_whatever_fits_the_schema_is_converted(lengths, data):
    arguments = data.draw(tool_arguments(lengths.offer.tools[0]))
    answer = lengths.request("tools/call", {"name": "convert", "arguments": arguments})
    assert "structuredContent" in (answer.result or {})
