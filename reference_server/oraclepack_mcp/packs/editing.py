"""Changing one step of a pack; every byte outside of it stays as it was."""

from dataclasses import dataclass, replace

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.block import find_block
from oraclepack_mcp.packs.headers import changed_header, read_header
from oraclepack_mcp.packs.model import Pack, Step
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.text import decode, encode


@dataclass(frozen=True, slots=True)
class StepChange:
    """What becomes of a step; None leaves a part as it is.

    `metadata` holds the tokens that change, an empty value takes one away. An empty `code` leaves the header alone.
    """

    title: str | None = None
    metadata: dict[str, str] | None = None
    code: str | None = None


def change_step(raw: bytes, step_id: str, change: StepChange) -> bytes:
    """The pack with one step changed, the first of that id.

    Raises:
        DomainError: PACK_INVALID, there is no bash block; NOT_FOUND, no such step; INVALID_ARGUMENT, the change would
            not be read back as it was meant, or would change another part of the pack.
    """
    before = parse_pack(raw)
    index = next((index for index, step in enumerate(before.steps) if step.id == step_id), None)
    if index is None:
        raise DomainError("NOT_FOUND", f"the pack has no step {step_id!r}")
    code = None if change.code is None else code_text(change.code)
    lines = raw.split(b"\n")
    start, end = _body(raw, before, index)
    if code is not None:
        is_last = index == len(before.steps) - 1
        lines[start:end] = body_lines(code, closed_by_blank=not is_last or lines[end] == b"")
    if change.title is not None or change.metadata is not None:
        lines[start - 1] = _header(lines[start - 1], change)
    after = b"\n".join(lines)
    _require_same(before, parse_pack(after), index, code)
    return after


def code_text(code: str) -> str:
    """Code as steps hold it: each line with its line feed.

    Raises:
        DomainError: INVALID_ARGUMENT, it holds carriage returns, NUL, or what is no Unicode text.
    """
    if "\r" in code or "\0" in code:
        raise DomainError("INVALID_ARGUMENT", "code has line feeds only, and no NUL")
    if any("\ud800" <= character <= "\udfff" for character in code):
        raise DomainError("INVALID_ARGUMENT", "code holds half of a character")
    return code if not code or code.endswith("\n") else f"{code}\n"


def body_lines(code: str, *, closed_by_blank: bool) -> list[bytes]:
    """The file lines of a body.

    A blank line right above the closing fence is not part of the block, so a last body that ends in one needs another.
    """
    lines = code.encode().split(b"\n")[:-1]
    return lines if closed_by_blank or not lines or lines[-1] else [*lines, b""]


def _body(raw: bytes, pack: Pack, index: int) -> tuple[int, int]:
    """The file lines of a body, counted from 0, the end not included."""
    start = pack.steps[index].first_line - 1
    if index + 1 < len(pack.steps):
        return start, pack.steps[index + 1].first_line - 2
    block = find_block(raw)
    return start, start if block is None else block.first_line - 1 + len(block.lines)


def _header(line: bytes, change: StepChange) -> bytes:
    header = changed_header(read_header(decode(line)), change.title, change.metadata)
    return encode(header.text()) + (b"\r" if line.endswith(b"\r") else b"")


def _require_same(before: Pack, after: Pack, index: int, code: str | None) -> None:
    """Headers were checked on their own; here it is about code that ends the block or starts another step."""
    expected, found = _without_header(before, index), _without_header(after, index)
    if code is not None and index < len(found.steps):
        expected.steps[index] = replace(expected.steps[index], code=code)
    if expected != found:
        raise DomainError("INVALID_ARGUMENT", "the change would end the block, start a step, or alter another one")


def _without_header(pack: Pack, index: int) -> Pack:
    """What has to be equal: for the changed step the code only."""
    steps = [
        _code_only(step) if position == index else replace(step, first_line=0)
        for position, step in enumerate(pack.steps)
    ]
    return replace(pack, steps=steps, long_lines=[])


def _code_only(step: Step) -> Step:
    return replace(
        step,
        title="",
        raw_header="",
        roi=0.0,
        impact="",
        metadata={},
        tool="unknown",
        outputs=[],
        contract="unknown",
        code_sha256="",
        first_line=0,
    )
