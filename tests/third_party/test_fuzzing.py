"""What fuzzing found at the servers of others is published, with a verdict by hand for each flaw."""

from tests.third_party.fuzzing import FUZZED, PAGE, page, read


def test_each_server_was_fuzzed_and_each_flaw_has_a_verdict() -> None:
    known = read()
    assert set(known.played) == set(FUZZED)
    unjudged = [row.key for row in known.rows.values() if not row.verdict or not row.reasoning]
    assert unjudged == []
    assert {row.verdict for row in known.rows.values()} <= {"true", "by design"}


def test_the_page_is_the_one_that_the_file_gives() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(read(), text) == text
