"""Reading a pack: prelude and steps (rules P-05 to P-12)."""

import re
from hashlib import sha256
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs import metadata
from oraclepack_mcp.packs.block import SCANNER_LIMIT, Block, find_block
from oraclepack_mcp.packs.characters import escaped
from oraclepack_mcp.packs.model import Pack, Prelude, Step
from oraclepack_mcp.packs.text import BLANK, decode, displayable, encode, go_trim

_HEADER: Final = re.compile(rf"#{BLANK}*([0-9]{{2}})(?:\)|{BLANK}+[-\u2014])")
_HEADING: Final = re.compile(rb"^#[ \t]+([^\r\n]+)", re.MULTILINE)


def parse_pack(raw: bytes, *, name: str = "") -> Pack:
    """Read a pack from the bytes of its file; `name` is the title of a file that has no heading above its block.

    Raises:
        DomainError: PACK_INVALID, the file has no bash block.
    """
    block = find_block(raw)
    if block is None:
        raise DomainError("PACK_INVALID", "no bash code block found")
    lines = [decode(line.removesuffix(b"\r")) for line in block.lines]
    headers = [
        (index, found[1]) for index, line in enumerate(lines) if "#" in line and (found := _HEADER.match(go_trim(line)))
    ]
    ends = [index for index, _ in headers[1:]] + [len(lines)]
    prelude = lines[: headers[0][0]] if headers else lines
    code = "\n".join(prelude)
    return Pack(
        title=_title(raw, name),
        out_dir=displayable(metadata.out_dir(prelude)),
        write_output="--write-output" in code,
        prelude=Prelude(_digest(code), len(encode(code)), block.first_line, code),
        steps=[
            _step(step_id, lines[start], lines[start + 1 : end], block.first_line + start + 1)
            for (start, step_id), end in zip(headers, ends, strict=False)
        ],
        long_lines=_long_lines(block),
    )


def _step(step_id: str, header: str, body: list[str], first_line: int) -> Step:
    roi, raw_header = metadata.take_header_roi(header)
    text = go_trim(_HEADER.sub("", go_trim(raw_header), count=1)).lstrip("-\u2014 ")
    title, tokens = metadata.header_tokens(escaped(displayable(text)))
    code = "".join(f"{line}\n" for line in body)
    return Step(
        id=step_id,
        number=int(step_id),
        title=title or f"Step {step_id}",
        raw_header=escaped(displayable(raw_header)),
        roi=roi or metadata.body_roi(body),
        impact=escaped(displayable(metadata.impact(body))),
        metadata=tokens,
        tool=metadata.tool_kind(body),
        outputs=[displayable(path) for path in metadata.outputs(code)],
        contract=metadata.contract(code),
        code_sha256=_digest(code),
        first_line=first_line,
        code=code,
    )


def _title(raw: bytes, name: str) -> str:
    heading = _HEADING.search(raw, 0, max(raw.find(b"```bash\n"), 0))
    return escaped(displayable(go_trim(decode(heading[1])))) if heading else name


def _long_lines(block: Block) -> list[int]:
    return [block.first_line + index for index, line in enumerate(block.lines) if len(line) >= SCANNER_LIMIT]


def _digest(code: str) -> str:
    return sha256(encode(code)).hexdigest()
