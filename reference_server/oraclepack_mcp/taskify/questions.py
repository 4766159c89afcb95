"""The questions of grouped packs, and a pack of them about some files."""

import shlex
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from oraclepack_mcp.packs.rendering import read_manifest, render
from oraclepack_mcp.taskify.model import GroupKind

_ANSWER: Final = (
    "Answer format: use the headings '### Direct answer', '### Risks and unknowns', '### Next experiment' and "
    "'### Missing evidence'. Give the direct answer first, with the files that show it, then risks/unknowns, then the "
    "next smallest concrete experiment. If evidence is insufficient, name the missing file/path pattern to attach next."
)
_ARRAYS: Final[dict[GroupKind, tuple[str, str]]] = {
    "tickets": ("__tickets", "ticket_args"),
    "codebase": ("__code_files", "code_args"),
}
_PROFILES: Final = {"tickets": "tickets-direct", "codebase": "codebase"}
_NOUNS: Final = {"tickets": "tickets", "codebase": "source files"}


def title_of(kind: GroupKind) -> str:
    """What the first line of every such pack starts with."""
    return f"Questions about {_NOUNS[kind]}:"


def questions_about(kind: GroupKind, slug: str, paths: list[str], out_dir: str) -> bytes:
    """A pack that asks every question about the files and writes one answer for each, as Stage 3 wants them.

    Args:
        kind: Which wording of the questions.
        slug: A name of the group that needs no quoting.
        paths: The files, relative to where the pack runs.
        out_dir: Directory of the answers, likewise.

    Raises:
        DomainError: INVALID_ARGUMENT, out_dir or a path cannot stand in a pack.
    """
    steps = [
        {
            "title": question["title"],
            "roi": question["roi"],
            "impact": question["impact"],
            "confidence": question["confidence"],
            "effort": question["effort"],
            "horizon": question["horizon"],
            "category": question["category"],
            "reference": slug,
            "code": _code(kind, paths, f"{out_dir}/{number:02d}-{question['slug']}.md", question[kind]),
        }
        for number, question in enumerate(_questions(), start=1)
    ]
    manifest = {
        "kind": _PROFILES[kind],
        "title": f"{title_of(kind)} {slug}",
        "out_dir": out_dir,
        "prelude": f'set -euo pipefail\nmkdir -p "{out_dir}"\n',
        "steps": steps,
    }
    return render(read_manifest(manifest))


@cache
def _questions() -> tuple[dict[str, Any], ...]:
    text = files(__package__).joinpath("questions.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["question"])


def _code(kind: GroupKind, paths: list[str], output: str, question: str) -> str:
    array, arguments = _ARRAYS[kind]
    listed = " \\\n".join(f"  {_quoted(path)}" for path in paths)
    return (
        f"mapfile -t {array} < <(printf '%s\\n' \\\n{listed})\n"
        f"{arguments}=()\n"
        f'for path in "${{{array}[@]}}"; do\n'
        f'  {arguments}+=( -f "$path" )\n'
        "done\n"
        "oracle \\\n"
        f'  --write-output "{output}" \\\n'
        f'  "${{{arguments}[@]}}" \\\n'
        f'  -p "Question: {question} {_ANSWER}"\n'
    )


def _quoted(path: str) -> str:
    """A path as one shell word that no program takes for an option."""
    return shlex.quote(f"./{path}" if path.startswith("-") else path)
