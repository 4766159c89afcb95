"""What the tests of the server that converts lengths can ask for."""

import pytest


@pytest.fixture(scope="module")
def lengths(mcp_probe):
    with mcp_probe() as probe:
        yield probe
