"""The original's variables of the environment set how answers are checked."""

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.model import VerifyOptions
from oraclepack_mcp.runs.verification import verification_defaults


def test_nothing_is_checked_unless_the_environment_says_so() -> None:
    assert verification_defaults({"ORACLEPACK_OUTPUT": "1"}) == VerifyOptions()


def test_every_option_has_its_variable() -> None:
    environment = {
        "ORACLEPACK_OUTPUT_VERIFY": " On ",
        "ORACLEPACK_OUTPUT_RETRIES": "2",
        "ORACLEPACK_OUTPUT_REQUIRE_HEADINGS": "yes",
        "ORACLEPACK_OUTPUT_CHUNK_MODE": "SINGLE",
    }

    assert verification_defaults(environment) == VerifyOptions(True, 2, True, "single")
    assert verification_defaults({"ORACLEPACK_OUTPUT_RETRIES": "-3"}).retries == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("VERIFY", "maybe"), ("VERIFY", ""), ("RETRIES", "many"), ("RETRIES", "1.5"), ("CHUNK_MODE", "all")],
)
def test_another_word_is_refused(name: str, value: str) -> None:
    with pytest.raises(DomainError) as caught:
        verification_defaults({f"ORACLEPACK_OUTPUT_{name}": value})
    assert caught.value.code == "INVALID_ARGUMENT"
