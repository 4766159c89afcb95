"""Overrides of a pack: judged, shown, kept, and tried without a shell."""

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.allowlist import known_flags
from oraclepack_mcp.overrides.book import OverrideBook
from oraclepack_mcp.overrides.dry_run import words
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.overrides.settings import OverrideSettings
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.urls.book import UrlBook
from oraclepack_mcp.urls.settings import CHAT_HOSTS

URL = "https://chatgpt.com/g/x"
PACK = """# Questions

```bash
set -eu
# 01) One
oracle \\
  --files-report \\
  -p "hello \\"you\\""
# 02) Two
echo no question
# 03) Three
  oracle 'a b'
oracle x; touch pwn
oracle-x y
oracle $(touch pwn)
```
"""


class House:
    """A directory of packs with a book over it."""

    def __init__(self, path: Path, *, allow_reaching_flags: bool = False) -> None:
        self.path = path
        (path / "b").mkdir()
        (path / "p.md").write_text(PACK)
        (path / "b/p.md").write_text(PACK)
        root = Root.open("packs", path, writable=True)
        roots, workdir = Roots((root,)), Location(root, ("work",))
        self.urls = UrlBook(roots, workdir, None, CHAT_HOSTS)
        self.book = OverrideBook(
            roots,
            workdir,
            self.urls,
            OverrideSettings(allow_reaching_flags=allow_reaching_flags),
            pack_bytes=100_000,
            now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        )

    @property
    def file(self) -> Path:
        return self.path / "work" / "p.overrides.json"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def refusal(call: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value


def codes(house: House, overrides: Overrides) -> list[str]:
    check = house.book.validate("p.md", overrides)
    assert check.ok == (not check.errors)
    return [error.code for error in check.errors]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("--wait", "--copy", "--render", "--render-plain", "--files-report"), []),
        (("--model", "gpt-5.2-pro", "-e", "browser", "--timeout=10m"), []),
        (("--unknown",), ["FLAG_UNKNOWN"]),
        (("stray",), ["FLAG_UNKNOWN"]),
        (("",), ["FLAG_UNKNOWN"]),
        (("--wait; touch pwn",), ["FLAG_UNKNOWN"]),
        (("$(touch pwn)",), ["FLAG_UNKNOWN"]),
        (("--wait\n",), ["FLAG_UNKNOWN"]),
        (("--model", "$(touch pwn)"), ["FLAG_NOT_PLAIN"]),
        (("--model", "a b"), ["FLAG_NOT_PLAIN"]),
        (("--model", "x\n"), ["FLAG_NOT_PLAIN"]),
        (("--model", "--wait"), ["FLAG_NOT_PLAIN"]),
        (("--model=`id`",), ["FLAG_NOT_PLAIN"]),
        (("--model", "x" * 513), ["FLAG_NOT_PLAIN"]),
        (("--model",), ["FLAG_VALUE"]),
        (("--wait=yes",), ["FLAG_VALUE"]),
        (("--chatgpt-url", URL), ["FLAG_RESERVED"]),
        (("--write-output=x",), ["FLAG_RESERVED"]),
        (("-p", "hi"), ["FLAG_RESERVED"]),
        (("--remote-token", "abc"), ["FLAG_SECRET"]),
        (("--base-url", "http://evil.test"), ["FLAG_NOT_ALLOWED"]),
    ],
)
def test_added_flags_are_known_allowed_and_plain(house: House, flags: tuple[str, ...], expected: list[str]) -> None:
    assert codes(house, Overrides(added_flags=flags)) == expected


def test_the_operator_can_allow_flags_that_reach_further_but_not_secrets(tmp_path: Path) -> None:
    house = House(tmp_path, allow_reaching_flags=True)

    assert codes(house, Overrides(added_flags=("--base-url", "http://127.0.0.1:1"))) == []
    assert codes(house, Overrides(added_flags=("--token", "abc"))) == ["FLAG_SECRET"]


def test_the_list_of_flags_holds_those_that_the_original_offers_and_no_flag_twice() -> None:
    flags = known_flags()

    assert len(flags) == 67
    offered = ("--files-report", "--render", "--render-plain", "--copy", "--wait")
    assert all(flags[name].kind == "plain" and not flags[name].takes_value for name in offered)


@pytest.mark.parametrize("steps", [("04",), ("1",), ("../x",), ("01", "99")])
def test_steps_have_to_exist_by_exactly_that_id(house: House, steps: tuple[str, ...]) -> None:
    assert codes(house, Overrides(apply_to_steps=steps)) == ["STEP_UNKNOWN"]


@pytest.mark.parametrize(
    "overrides",
    [
        Overrides(chatgpt_url="https://x/?a=1&b=2;touch pwn"),
        Overrides(chatgpt_url="http://chatgpt.com/"),
        Overrides(url_name="absent"),
        Overrides(chatgpt_url=URL, url_name="Main"),
    ],
)
def test_the_url_has_to_be_one_that_questions_may_go_to(house: House, overrides: Overrides) -> None:
    assert codes(house, overrides) == ["URL_INVALID"]


def test_a_preview_shows_the_flags_and_the_lines_that_change(house: House) -> None:
    shown = house.book.preview("p.md", Overrides(("--wait",), (), f"{URL}?a=1&b=2", None, ("01", "02")))

    first, second, third = shown.steps
    assert first.flags == ["--wait", "--chatgpt-url", f"{URL}?a=1&b=2"]
    assert [(change.line, change.file_line, change.before, change.after) for change in first.changes] == [
        (1, 6, "oracle \\", f"oracle --wait --chatgpt-url {URL}\\?a=1\\&b=2 \\")
    ]
    assert (second.targeted, second.changes) == (True, [])
    assert (third.targeted, third.flags, third.changes) == (False, [], [])
    assert not (house.path / "work/p.overrides.json").exists()


def test_a_stored_url_is_used_but_neither_previewed_nor_told(house: House) -> None:
    house.urls.save("project", "Main", URL, None, "p.md")
    overrides = Overrides(url_name="Main", apply_to_steps=("01",))
    called: list[list[str]] = []

    def runner(argv: list[str]) -> tuple[int, str, str]:
        called.append(argv)
        return 1, "", f"cannot reach {URL}"

    preview = house.book.preview("p.md", overrides)
    check = house.book.dry_run("p.md", overrides, runner)
    ready = house.book.ready("p.md", overrides)

    assert preview.steps[0].flags == ["--chatgpt-url", "stored-url"]
    assert preview.steps[0].changes[0].after == "oracle --chatgpt-url stored-url \\"
    assert called[0][1:3] == ["--chatgpt-url", URL]
    assert check.errors[0].message == "cannot reach stored-url"
    assert URL not in repr((preview, check))
    assert ready is not None
    assert ready.chatgpt_url == URL


def test_overrides_are_kept_shown_and_removed(house: House) -> None:
    overrides = Overrides(("--wait",), ("--copy",), URL, None, ("01",))
    assert house.book.get("p.md").overrides is None
    stored = house.book.set("p.md", overrides)

    assert stat.S_IMODE(house.file.stat().st_mode) == 0o600
    written = json.loads(house.file.read_text())
    assert (written["schema_version"], written["pack_hash"][:7]) == (1, "sha256:")
    assert written["overrides"]["per_tool"] == {"oracle": {"added_flags": ["--wait"], "removed_flags": ["--copy"]}}
    assert written["updated_at"] == "2026-01-02T03:04:05.000000Z"
    assert house.book.get("p.md") == stored
    assert (stored.overrides, stored.stale, stored.path) == (overrides, False, "packs:work/p.overrides.json")
    assert house.book.ready("p.md") == overrides
    assert house.book.preview("p.md").stored

    assert refusal(lambda: house.book.set("p.md", overrides)).code == "CONFLICT"
    assert refusal(lambda: house.book.clear("p.md")).code == "CONFLICT"
    assert house.book.set("p.md", Overrides(), stored.sha256).overrides == Overrides()
    cleared = house.book.clear("p.md", house.book.get("p.md").sha256)
    assert (cleared.sha256, cleared.overrides) == (None, None)
    assert not house.file.exists()
    assert house.book.ready("p.md") is None


def test_wrong_overrides_are_not_stored_and_every_reason_is_told(house: House) -> None:
    error = refusal(lambda: house.book.set("p.md", Overrides(added_flags=("--token", "x"), apply_to_steps=("77",))))

    assert error.code == "OVERRIDE_INVALID"
    assert [reason["code"] for reason in error.details["errors"]] == ["FLAG_SECRET", "STEP_UNKNOWN"]
    assert not house.file.exists()


def test_stored_overrides_of_a_pack_that_changed_are_stale_and_no_run_takes_them(house: House) -> None:
    house.book.set("p.md", Overrides(("--wait",), apply_to_steps=("01",)))
    (house.path / "p.md").write_text(PACK.replace("hello", "goodbye"))

    assert house.book.get("p.md").stale
    assert refusal(lambda: house.book.ready("p.md")).code == "STATE_STALE"


def test_another_pack_of_the_same_base_name_does_not_get_them(house: House) -> None:
    house.book.set("p.md", Overrides(("--wait",), apply_to_steps=("01",)))

    for call in (
        lambda: house.book.get("b/p.md"),
        lambda: house.book.ready("b/p.md"),
        lambda: house.book.set("b/p.md", Overrides()),
        lambda: house.book.clear("b/p.md"),
    ):
        assert refusal(call).code == "STATE_STALE"


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"schema_version": 2}', '{"schema_version": "1"}'])
def test_a_file_that_cannot_be_read_is_refused_and_stays(house: House, text: str) -> None:
    house.file.parent.mkdir()
    house.file.write_text(text)

    assert refusal(lambda: house.book.get("p.md")).code.startswith("STATE_")
    assert refusal(lambda: house.book.set("p.md", Overrides())).code.startswith("STATE_")
    assert house.file.read_text() == text


def test_without_stored_overrides_there_is_nothing_to_preview_or_judge(house: House) -> None:
    assert refusal(lambda: house.book.preview("p.md")).code == "NOT_FOUND"
    assert refusal(lambda: house.book.validate("p.md")).code == "NOT_FOUND"


def test_a_dry_run_calls_the_program_with_plain_words_and_refuses_what_needs_a_shell(house: House) -> None:
    called: list[list[str]] = []

    def runner(argv: list[str]) -> tuple[int, str, str]:
        called.append(argv)
        return (3, "out", "no such model\n") if "a b" in argv else (0, "", "")

    check = house.book.dry_run("p.md", Overrides(("--model", "m"), (), URL, None, ("01", "03")), runner)

    flags = ["--model", "m", "--chatgpt-url", URL, "--dry-run", "summary"]
    assert called == [["oracle", *flags, "--files-report", "-p", 'hello "you"'], ["oracle", *flags, "a b"]]
    assert (check.ok, check.mode, check.checked) == (False, "dry_run", 2)
    assert [(error.step_id, error.code, error.message.split()[0]) for error in check.errors] == [
        ("03", "CALL_FAILED", "no"),
        ("03", "CALL_NOT_PLAIN", "the"),
        ("03", "CALL_NOT_PLAIN", "the"),
    ]
    assert sorted(file.name for file in house.path.iterdir()) == ["b", "p.md"]


def test_a_dry_run_of_wrong_overrides_calls_nothing(house: House) -> None:
    def runner(argv: list[str]) -> tuple[int, str, str]:
        raise AssertionError(argv)

    check = house.book.dry_run("p.md", Overrides(("--token", "x"), apply_to_steps=("01",)), runner)

    assert [error.code for error in check.errors] == ["FLAG_SECRET"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("oracle a  b\tc", ["oracle", "a", "b", "c"]),
        ("oracle ''", ["oracle", ""]),
        ("oracle 'it'\\''s'", ["oracle", "it's"]),
        ('oracle "a\\$b\\n" \\;', ["oracle", "a$b\\n", ";"]),
        ("oracle \\\n  --x=\\\ny", ["oracle", "--x=y"]),
        ("oracle 'a\nb'", ["oracle", "a\nb"]),
        ("oracle \u00e9", ["oracle", "\u00e9"]),
    ],
)
def test_words_are_read_as_a_shell_reads_them(call: str, expected: list[str]) -> None:
    assert words(call) == expected


@pytest.mark.parametrize(
    "call",
    [
        "oracle $x", 'oracle "$x"', "oracle `id`", 'oracle "`id`"', "oracle a|b", "oracle a>b", "oracle <x",
        "oracle a;b", "oracle a&b", "oracle (a)", "oracle *", "oracle ?", "oracle [a]", "oracle {a,b}", "oracle ~",
        "oracle # x", "oracle 'a", 'oracle "a', "oracle a\\", "oracle a\nb", "oracle \\  \n b",
        "oracle a\rb", "oracle a\x00b",
    ],
)  # fmt: skip
def test_what_only_a_shell_can_read_is_refused(call: str) -> None:
    assert refusal(lambda: words(call)).code == "SYNTAX_INVALID"
