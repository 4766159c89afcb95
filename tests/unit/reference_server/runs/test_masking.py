"""Secrets of the environment are replaced in texts, in arguments, and in output that comes in pieces."""

from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.runs.masking import MASK, MaskedStream, Masker

SECRET = "canary-4711-value"
ENVIRONMENT = {"OPENAI_API_KEY": SECRET, "GH_TOKEN": "short", "HOME": "/home/someone", "GIT_AUTHOR_NAME": "jonathan"}


def test_values_of_secret_names_are_masked_and_others_are_not() -> None:
    assert Masker(ENVIRONMENT).text(f"{SECRET} short /home/someone jonathan") == f"{MASK} short /home/someone jonathan"


def test_the_longest_of_secrets_that_contain_each_other_is_masked() -> None:
    masker = Masker({"A_KEY": "abcdef", "B_KEY": "abcdefghij"})
    assert masker.text("abcdefghij abcdef") == f"{MASK} {MASK}"


def test_user_and_password_of_a_url_are_masked() -> None:
    assert Masker({}).text("see https://me:pw@host/x") == f"see https://{MASK}@host/x"


def test_values_of_secret_flags_are_masked() -> None:
    argv = ["oracle", "--remote-token", "abc", "--token=abc", "--model", "gpt", f"x{SECRET}"]
    assert Masker(ENVIRONMENT).argv(argv) == [
        "oracle",
        "--remote-token",
        MASK,
        f"--token={MASK}",
        "--model",
        "gpt",
        f"x{MASK}",
    ]


@given(st.lists(st.integers(1, 20), max_size=12))
def test_output_is_masked_wherever_it_is_cut(lengths: list[int]) -> None:
    raw = f"a {SECRET} b {SECRET[:9]} c {SECRET}{SECRET} canary".encode()
    stream = MaskedStream(Masker(ENVIRONMENT))
    passed = b""
    rest = raw
    for length in lengths:
        passed += stream.feed(rest[:length])
        rest = rest[length:]
    passed += stream.feed(rest) + stream.finish()
    assert passed.decode() == f"a {MASK} b {SECRET[:9]} c {MASK}{MASK} canary"


def test_without_secrets_output_passes_at_once() -> None:
    stream = MaskedStream(Masker({}))
    assert stream.feed(b"anything") == b"anything"


def test_only_the_possible_start_of_a_secret_is_held_back() -> None:
    stream = MaskedStream(Masker(ENVIRONMENT))
    assert stream.feed(b"ready\ncan") == b"ready\n"
    assert stream.finish() == b"can"
