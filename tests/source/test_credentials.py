"""Credentials in a line of source are known, and do not go into reports."""

import pytest
from mcp_audit_harness.source.credentials import is_likely_value, names_secret, strike_out

KEY = "q7Rt2LmZ9vB4xN8c"


@pytest.mark.parametrize(
    ("line", "struck_out"),
    [
        (f'API_KEY = "{KEY}"', 'API_KEY = "[redacted]"'),
        (f"client = Client('api', token='{KEY}')", "client = Client('api', token='[redacted]')"),
        (f'f("x", some_long_name, password="{KEY}")', 'f("x", some_long_name, password="[redacted]")'),
        (f'{{"host": "db.internal", "api_key": "{KEY}"}}', '{"host": "db.internal", "api_key": "[redacted]"}'),
        ('x = "ghp_Zk3Qd8Rt7Lm2Vx9Bn4Cw6Yp1Hs5Jf0Ga2Te8"', 'x = "[redacted]"'),
        ('url = "postgresql://me:k3Jd92hfQm@db/orders"', 'url = "postgresql://[redacted]@db/orders"'),
        ("key = '''-----BEGIN RSA PRIVATE KEY-----", "key = '''[redacted]"),
        ('API_KEY = os.environ["SERVICE_API_KEY"]', 'API_KEY = os.environ["SERVICE_API_KEY"]'),
        ('path = "/usr/share/x1/y2"', 'path = "/usr/share/x1/y2"'),
        (f'cache_id = "{KEY}"', f'cache_id = "{KEY}"'),
        (f'    "{KEY}",  # of the test system', '    "[redacted]",  # of the test system'),
        (f"b'{KEY}')", "b'[redacted]')"),
    ],
)
def test_a_line_loses_its_credentials_and_nothing_else(line: str, struck_out: str) -> None:
    assert strike_out(line) == struck_out


@pytest.mark.parametrize("name", ["password", "API_KEY", "githubToken", "client-secret", "DB_PASSWORD", "secret_key"])
def test_names_of_credentials_are_known_in_every_spelling(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize(
    "name", ["next_page_token", "token_url", "max_tokens", "keyboard", "api_key_header", "eosToken"]
)
def test_names_of_other_things_are_not_taken_for_credentials(name: str) -> None:
    assert not names_secret(name)


@pytest.mark.parametrize(
    "text", ["", "changeme123", "your-api-key-1", "${TOKEN_1234}", "https://a.example/1234", "access_token", "aaaaaaa1"]
)
def test_placeholders_words_and_addresses_are_no_credentials(text: str) -> None:
    assert not is_likely_value(text)
