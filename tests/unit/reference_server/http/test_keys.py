"""Keys that workers share."""

import secrets

import pytest
from oraclepack_mcp.http import keys


def test_a_purpose_has_one_key_and_every_purpose_its_own() -> None:
    assert keys.shared_key("one") == keys.shared_key("one")
    assert keys.shared_key("one") != keys.shared_key("two")
    assert len(keys.shared_key("one")) == 32


def test_processes_that_adopt_the_same_secret_have_the_same_keys() -> None:
    before, secret = keys._secret.value, secrets.token_bytes(32)
    try:
        keys.adopt(secret)
        first = keys.shared_key("one")
        keys.adopt(secrets.token_bytes(32))
        assert keys.shared_key("one") != first
        keys.adopt(secret)
        assert keys.shared_key("one") == first
    finally:
        keys.adopt(before)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        keys.adopt(b"short")
