"""Attacks by text that harms whoever looks at it (S-26, S-36)."""

import json
import time
from collections.abc import Callable

from oraclepack_mcp.catalogue import ListQuery
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.packs.validation import PROFILES

from tests.attacks.arena import Arena, attack, pack_text

OVERRIDES = Overrides(added_flags=("--verbose",), apply_to_steps=("01",))
KIB = 1024
GROWTH = 4
SLACK = 2.5
"""How much worse than linear a measurement may be; work that grows with the square would be worse by 4."""
LEAST_SECONDS = 0.02
"""What a text is taken to cost at least, so that no limit is within the noise of a clock."""
LARGEST = ("#", "`", "<<", "<<A", '"', "{{")
PIECES = ("x```bash\n", "<<A\n", "# 01) x\n", "\\\n", "-p\n", "oracle \\\n", "--write-output ")


def cost(work: Callable[[str], object], text: str) -> float:
    """Processor time of this thread, the less of two rounds; other programs on the machine do not count.

    Each round has a text of its own, since what is known of a text is not worked out again.
    """
    costs = []
    for number in range(2):
        unheard = text[: len(text) - number] + "." * number
        start = time.thread_time()
        work(unheard)
        costs.append(time.thread_time() - start)
    return max(min(costs), LEAST_SECONDS)


def assert_linear(work: Callable[[str], object], piece: str, largest: int) -> None:
    """Four times the text takes about four times the work, up to the largest text."""
    size, before = 16 * KIB, None
    while size <= largest:
        now = cost(work, piece * (size // len(piece)))
        assert before is None or now < before * GROWTH * SLACK, f"{piece!r}: {before} s, then {now} s for {size}"
        size, before = size * GROWTH, now


@attack("oraclepack/s36-searches-again-and-again")
def test_s36_hostile_text_is_judged_in_linear_time(arena: Arena) -> None:
    def judge(text: str) -> None:
        arena.domain.packs.validate_text(text, PROFILES)

    for piece in PIECES:
        assert_linear(judge, piece, 256 * KIB)
    for piece in LARGEST:
        assert_linear(judge, piece, 4096 * KIB)


@attack("oraclepack/s36-searches-again-and-again")
def test_s36_hostile_packs_are_listed_and_shown_in_linear_time(arena: Arena) -> None:
    def look(text: str) -> None:
        (arena.root / "p.md").write_text(text)
        (arena.root / "q.md").write_text(pack_text(text))
        assert len(arena.domain.packs.list_packs(ListQuery()).packs) == 2
        arena.domain.packs.get_step("q.md", "01")
        arena.domain.overrides.preview("q.md", OVERRIDES)

    for piece in (*PIECES, *LARGEST):
        assert_linear(look, piece, 256 * KIB)


ACTING = "\x1b\x07\x9b\u202e\u2066\ufeff\u200b\x7f"
HOSTILE = f"# {ACTING}]0;pwned\n\n" + pack_text("true").replace(
    "# 01) Step", f"# 01) {ACTING}[2J ROI=4.5 impact={ACTING}31m", 1
).replace("# 02) Step", f"# 02) Step\n# Impact: {ACTING}")


@attack("oraclepack/s26-titles-as-they-are")
def test_s26_titles_are_shown_with_escapes(arena: Arena) -> None:
    (arena.root / "p.md").write_text(HOSTILE)
    answers = arena.calls(
        ("oraclepack_list_packs", {}),
        ("oraclepack_list_steps", {"pack": "p.md"}),
        ("oraclepack_get_pack", {"pack": "p.md"}),
        ("oraclepack_get_step", {"pack": "p.md", "step_id": "01"}),
        ("oraclepack_plan_run", {"pack": "p.md"}),
    )
    shown = json.dumps([answers, json.loads(arena.read("oraclepack://packs"))], ensure_ascii=False)
    assert not any(character in shown for character in ("\\u001b", "\\u0007", *ACTING))
    assert answers[0]["packs"][0]["title"] == r"\x1b\x07\x9b\u202e\u2066\ufeff\u200b\x7f]0;pwned"
    assert answers[1]["steps"][0]["title"] == r"\x1b\x07\x9b\u202e\u2066\ufeff\u200b\x7f[2J"


@attack("oraclepack/s26-nothing-to-be-seen")
def test_s26_characters_that_cannot_be_seen_are_told_of(arena: Arena) -> None:
    (arena.root / "p.md").write_text(HOSTILE.replace("echo step 20", "echo \u202e # \u2066 harmless"))
    result = arena.call("oraclepack_validate_pack", pack="p.md")
    findings = result["profiles"]["runner"]["findings"]
    assert {finding["code"] for finding in findings} == {"ACTING_CHARACTER"}
    assert {finding["severity"] for finding in findings} == {"warning"}
    assert [finding["file_line"] for finding in findings] == [1, 6, 9, 46]
    assert result["ok"]
