def test_a_mile_in_meters(lengths):
    arguments = {"value": 1, "unit": "mi", "to": "m"}
    answer = lengths.request("tools/call", {"name": "convert", "arguments": arguments})
    assert answer.result["structuredContent"] == {"value": 1609.344, "unit": "m"}
