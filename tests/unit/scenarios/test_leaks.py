"""What answers give away: secrets by structure, likely ones by form, traces, places, the environment."""

import base64
import json
import zlib
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.attacks import command_lines, leaks, leaks_environment, log_forging, media_types
from mcp_audit_scenarios.attacks.command_lines import CommandLines, Word
from mcp_audit_scenarios.attacks.leak_patterns import likely_secret, place, proven_secret, trace
from mcp_audit_scenarios.attacks.leaks import Answers
from mcp_audit_scenarios.attacks.leaks_environment import Environment
from mcp_audit_scenarios.attacks.log_forging import Forging, text_argument
from mcp_audit_scenarios.attacks.media_types import real_type
from mcp_audit_scenarios.conformance.inventory import Inventory

from tests.exchanges import exchange, silence, status, subjects, verdicts

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
LETTERS = "x7Kq9ZpLm2Vt4Rb8Wd1Yh6Nc3Fs5Ga"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checked(letters: str = LETTERS) -> str:
    number, found = zlib.crc32(letters.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        found = DIGITS[rest] + found
    return f"ghp_{letters}{found.rjust(6, '0')}"


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


TOKEN = f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part({'iss': 'https://i', 'sub': 'me'})}.{'s' * 43}"
DER = base64.b64encode(b"\x30\x82" + b"k" * 100).decode()
BLOCK = f"-----BEGIN PRIVATE KEY-----\n{DER}\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"token {checked()} end", "a token of a service"),
        (f"token ghp_{LETTERS}000000 end", ""),
        (f"bearer {TOKEN}", "a JSON Web Token"),
        (f"{part({'typ': 'x'})}.{part({'iss': 'i', 'filler': 'long enough'})}.{'s' * 43}", ""),
        (BLOCK, "a private key"),
        (f"-----BEGIN PRIVATE KEY-----\n{'A' * 80}\n-----END PRIVATE KEY-----", ""),
        ("nothing", ""),
    ],
)
def test_a_secret_is_proved_by_its_structure(text: str, kind: str) -> None:
    found = proven_secret(text)
    assert (found[0] if found else "") == kind
    assert proven_secret(text, known=text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("postgresql://svc:q8Zt-kk2vWm@db.internal/packs", "a URL with a password"),
        ("postgresql://user:password@localhost/db", ""),
        ("redis://svc:${REDIS}@cache/0", ""),
        ("AKIAQ7RT2KD93JX0ZLPM", "an access key of a cloud"),
        ("AKIAIOSFODNN7EXAMPLE", ""),
        ("see https://example.com/a", ""),
    ],
)
def test_samples_and_placeholders_are_no_secrets(text: str, kind: str) -> None:
    assert likely_secret(text) == kind


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ('Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1', "Python"),
        ('  File "a.py", line 1, in f\n    x()\nValueError: 1', "Python"),
        ("TypeError: no\n    at run (/app/a.js:1:2)\n    at main (/app/b.js:3:4)", "JavaScript"),
        ("java.lang.IllegalStateException: no\n\tat a.b.C.d(C.java:12)", "Java"),
        ("panic: no\n\ngoroutine 1 [running]:\nmain.main()\n\t/a/main.go:5 +0x1", "Go"),
        ("thread 'main' panicked at src/main.rs:2:5:\nno", "Rust"),
        ("System.InvalidOperationException: no\n   at A.B.C(String s)", ".NET"),
        ("PHP Fatal error:  Uncaught Exception: no in /a/b.php:3", "PHP"),
        ("a.rb:3:in `run': no (RuntimeError)", "Ruby"),
        ("sqlite3.OperationalError: near SELECT: syntax error", "a database"),
        ("The tool failed at line 3 of your text.", ""),
        ("ValueError: expected an integer", ""),
        ('File "a.py", line 1', ""),
    ],
)
def test_a_trace_says_what_went_wrong_and_where(text: str, whose: str) -> None:
    assert trace(text) == whose
    assert trace(text, known=text) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no such file /home/deploy/app/config.json", "/home/deploy/app/config.json"),
        ("open /usr/lib/x/y.so: denied", "/usr/lib/x/y.so"),
        ("in C:\\Users\\me\\a.txt", "C:\\Users\\me\\a.txt"),
        ("at /x/site-packages/mcp/server.py", "/site-packages/mcp/server.py"),
        ("connect ECONNREFUSED 10.0.3.7:5432", "10.0.3.7:5432"),
        ("see https://example.com/home/deploy/app/config.json", ""),
        ("no route for /app/mcp", ""),
        ("version 10.0.3.7", ""),
    ],
)
def test_a_place_is_an_absolute_path_or_an_inner_address(text: str, found: str) -> None:
    assert place(text) == found
    assert place(text, known=text) == ""


def failing(text: str, sent: str = "{}", **fields: Any) -> Exchange:
    return exchange(error={"code": -32603, "message": text}, sent_body=sent, method="tools/list", **fields)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (leaks.secret_in_answer, f"refused {checked()}"),
        (leaks.likely_secret_in_answer, "postgresql://svc:q8Zt-kk2vWm@db.internal/packs"),
        (leaks.stack_trace_in_error, "thread 'main' panicked at src/main.rs:2:5:\nno"),
        (leaks.place_in_error, "no /home/deploy/app/config.json"),
    ],
)
def test_an_error_that_gives_something_away_is_a_failure(check: Check, text: str) -> None:
    assert status(check, Answers((failing(text),), ())) is FAIL
    assert subjects(check, Answers((failing(text),), ())) == ["method:tools/list"]
    assert status(check, Answers((failing(text, json.dumps({"params": {"x": text}})),), ())) is not FAIL
    assert status(check, Answers((failing("no"),), ())) is PASS
    assert status(check, Answers((), ())) is UNSEEN


def test_a_secret_is_not_repeated() -> None:
    (found,) = verdicts(leaks.secret_in_answer, Answers((failing(checked()),), ()))
    assert checked() not in found.message
    assert "SHA-256" in found.message


def test_a_body_that_is_no_json_counts_too() -> None:
    page = exchange(messages=(), status=500, body="thread 'main' panicked at src/main.rs:2:5:\nno")
    assert status(leaks.stack_trace_in_error, Answers((page,), ())) is FAIL


@pytest.mark.parametrize("check", [leaks.likely_secret_in_answer, leaks.place_in_error, leaks.stack_trace_in_error])
def test_a_request_of_our_own_that_nests_too_deep_is_no_obstacle(check: Check) -> None:
    facts = Answers((failing("no /home/deploy/files/a.txt", "[" * 100_000), failing("no", "[" * 100_000)), ())
    assert status(check, facts) in {PASS, FAIL}


def test_errors_about_paths_may_name_paths() -> None:
    sent = json.dumps({"params": {"name": "read", "arguments": {"path": "/etc/none"}}})
    facts = Answers((failing("/etc/none is not in /home/deploy/files/a.txt", sent),), ())
    assert status(leaks.place_in_error, facts) is UNSEEN


@pytest.mark.parametrize(
    ("seen", "answers", "tools"),
    [
        (Environment((), (), on_stderr=False, looked=(exchange(result={}),)), PASS, PASS),
        (Environment((), (failing("x"),), on_stderr=False, looked=()), FAIL, UNSEEN),
        (Environment((failing("x"),), (), on_stderr=False, looked=(exchange(result={}),)), PASS, FAIL),
        (Environment((), (), on_stderr=True, looked=(exchange(result={}),)), FAIL, PASS),
        (Environment((), (), on_stderr=False, looked=()), UNSEEN, UNSEEN),
    ],
)
def test_the_environment_is_told_by_its_canary(seen: Environment, answers: Status, tools: Status) -> None:
    assert status(leaks_environment.environment_in_answer, seen) is answers
    assert status(leaks_environment.tool_shows_environment, seen) is tools


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (CommandLines(exchange(result={}), 2, (Word("sh", 3, "a token of a service"),)), FAIL),
        (CommandLines(exchange(result={}), 2, ()), PASS),
        (CommandLines(exchange(result={}), 0, ()), UNSEEN),
        (CommandLines(silence(), 1, ()), UNSEEN),
    ],
)
def test_a_word_of_a_command_line_may_be_a_secret(seen: CommandLines, expected: Status) -> None:
    assert status(command_lines.secret_on_command_line, seen) is expected


def test_log_messages_are_left_to_their_own_checks() -> None:
    text = "postgresql://svc:q8Zt-kk2vWm@db.internal/packs"
    entry = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": text}}
    question = {"jsonrpc": "2.0", "id": 1, "method": "elicitation/create", "params": {"message": text}}
    alone = exchange(messages=(entry,), body=json.dumps(entry))
    beside = exchange(messages=(entry, question), body=f"{json.dumps(entry)} {json.dumps(question)}")
    assert status(leaks.likely_secret_in_answer, Answers((), (alone,))) is PASS
    assert status(leaks.likely_secret_in_answer, Answers((), (beside,))) is FAIL


def logged(text: str) -> Exchange:
    entry = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": {"said": text}}}
    return exchange(messages=(entry, {"jsonrpc": "2.0", "id": 1, "result": {}}))


@pytest.mark.parametrize(
    ("text", "forged"), [("a\nmark[31m", True), ("a\\nmark", False), ("mark", False), ("a mark", False)]
)
def test_a_line_is_forged_where_it_begins_with_the_marker(text: str, forged: bool) -> None:
    (entry,) = logged(text).notifications("notifications/message")
    assert log_forging.forged(entry, "mark") is forged


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Forging("m", (logged("a\nm"),), stderr_line=False, logged=(logged("a\nm"),)), FAIL),
        (Forging("m", (logged("x"),), stderr_line=True, logged=()), FAIL),
        (Forging("m", (logged("x"),), stderr_line=False, logged=()), PASS),
        (Forging("m", (silence(),), stderr_line=False, logged=()), UNSEEN),
    ],
)
def test_forged_lines_are_looked_for_in_both_logs(seen: Forging, expected: Status) -> None:
    assert status(log_forging.forges_lines, seen) is expected


def test_a_text_argument_takes_any_text() -> None:
    fields = {"day": {"type": "string", "format": "date"}, "n": {"type": "integer"}, "note": {"type": "string"}}
    assert text_argument({"inputSchema": {"properties": fields}}) == "note"
    assert text_argument({"inputSchema": {"properties": []}}) == ""


PNG = b"\x89PNG\r\n\x1a\n...."


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        (PNG, "image/png", ""),
        (PNG, "image/jpeg", "a PNG picture"),
        (PNG, "application/octet-stream", ""),
        (b"RIFF....WAVE", "audio/wav", ""),
        (b"RIFF....WAVE", "audio/mpeg", "a WAVE sound"),
        (b"xxxx....WAVE", "audio/mpeg", ""),
        (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""),
        (b"PK\x03\x04", "image/png", "a ZIP archive"),
        (b"  <!DOCTYPE html><p>", "image/png", "an HTML page"),
        (b"<html>", "text/html", ""),
        (b"anything", "image/png", ""),
    ],
)
def test_types_are_told_by_their_first_bytes(data: bytes, declared: str, expected: str) -> None:
    assert real_type(data, declared) == expected


def picture(declared: str, data: bytes) -> Inventory:
    item = {"type": "image", "mimeType": declared, "data": base64.b64encode(data).decode()}
    return Inventory({}, (), (), (exchange(result={"content": [item]}, method="tools/call"),))


def test_a_type_that_is_not_true_is_a_failure() -> None:
    check = media_types.type_differs_from_bytes
    assert status(check, picture("image/gif", PNG)) is FAIL
    assert status(check, picture("image/png", PNG)) is PASS
    assert status(check, Inventory({}, (), (), ())) is UNSEEN


@pytest.mark.parametrize(
    ("svg", "expected"),
    [
        (b"<svg><script>1</script></svg>", FAIL),
        (b'<svg onload="x()"/>', FAIL),
        (b'<svg><a href="javascript:x()"/></svg>', FAIL),
        (b'<svg><path d="M0 0"/></svg>', PASS),
    ],
)
def test_a_picture_may_hold_a_script(svg: bytes, expected: Status) -> None:
    assert status(media_types.script_in_picture, picture("image/svg+xml", svg)) is expected
    contents = {"contents": [{"uri": "a:b", "mimeType": "image/svg+xml", "text": svg.decode()}]}
    facts = Inventory({}, (), (), (exchange(result=contents, method="resources/read"),))
    assert status(media_types.script_in_picture, facts) is expected


def test_an_answer_without_a_body_is_left_out() -> None:
    assert not leaks.is_failure(exchange(result={}, outcome=Outcome.ANSWERED))
    assert leaks.is_failure(exchange(result={"isError": True}))
    assert leaks.is_failure(exchange(messages=(), status=404))


@pytest.mark.parametrize(
    "word", ["a", "a.", "/a", "/home/a", "aError", "Error ", 'File "a", line 1, in a\n', "ghp_", "eyJa."]
)
def test_long_texts_of_a_target_are_looked_at_in_no_time(word: str) -> None:
    text = f"Error: {word * 100_000}"
    assert trace(text) == ""
    assert proven_secret(text) is None
    assert likely_secret(text) == ""
    place(text)
