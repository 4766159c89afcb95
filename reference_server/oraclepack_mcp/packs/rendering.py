"""Making a pack out of data; what is read back from it is what was put in, or it is refused."""

import re
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.editing import body_lines, code_text
from oraclepack_mcp.packs.headers import Header, changed_header, number_text
from oraclepack_mcp.packs.model import Pack, Profile
from oraclepack_mcp.packs.parser import parse_pack

MAX_STEPS: Final = 99
CATEGORIES: Final = (
    "contracts/interfaces",
    "invariants",
    "caching/state",
    "background jobs",
    "observability",
    "permissions",
    "migrations",
    "UX flows",
    "failure modes",
    "feature flags",
)
"""What the questions of a stage-1 pack are about."""

_COVERED: Final = frozenset({"gold", "tickets-direct", "tickets-bundle", "codebase"})
"""Profiles that want a list of the categories behind the block."""
_OUT_DIR: Final = re.compile(r"(?!.*(?:^|/)\.\.(?:/|\Z))[A-Za-z0-9._][A-Za-z0-9._/-]*")

_Value: TypeAlias = str | int | float | None


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ManifestStep(_Data):
    """One step of a manifest; without an `id` its number is its position."""

    id: str | None = Field(default=None, pattern=r"^[0-9]{1,2}$")
    title: str = Field(max_length=200)
    roi: float | None = Field(default=None, ge=0)
    impact: _Value = None
    confidence: _Value = None
    effort: _Value = None
    horizon: _Value = None
    category: _Value = None
    reference: _Value = None
    code: str = ""


class Manifest(_Data):
    """A pack as data: `kind` is the profile that it is for, `out_dir` a plain relative path."""

    kind: Profile = "runner"
    title: str = Field(default="Oracle pack", min_length=1, max_length=200)
    out_dir: str = Field(default="", max_length=1024)
    prelude: str = ""
    steps: list[ManifestStep] = Field(min_length=1, max_length=MAX_STEPS)


def read_manifest(data: dict[str, Any]) -> Manifest:
    """Check the data of a pack.

    Raises:
        DomainError: INVALID_ARGUMENT, with every problem in its details.
    """
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        problems = [
            {"path": ".".join(map(str, problem["loc"])), "message": problem["msg"]}
            for problem in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        first = problems[0]
        raise DomainError(
            "INVALID_ARGUMENT", f"manifest {first['path']}: {first['message']}", {"problems": problems[:50]}
        ) from None
    if manifest.out_dir and not _OUT_DIR.fullmatch(manifest.out_dir):
        sentence = "out_dir is a relative path of letters, digits and ._- between slashes, without '..'"
        raise DomainError("INVALID_ARGUMENT", sentence)
    return manifest


def render(manifest: Manifest) -> bytes:
    """The file of a pack.

    Raises:
        DomainError: INVALID_ARGUMENT, a part would be read back as something else.
    """
    out_dir = f'out_dir="{manifest.out_dir}"\n' if manifest.out_dir else ""
    prelude = out_dir + code_text(manifest.prelude)
    headers = [_header(step, position) for position, step in enumerate(manifest.steps, start=1)]
    bodies = [code_text(step.code) for step in manifest.steps]
    if not manifest.title.isprintable():
        raise DomainError("INVALID_ARGUMENT", "the title has printable characters only")
    if prelude.startswith("```"):
        raise DomainError("INVALID_ARGUMENT", "a fence right below the opening one is no end to the original only")
    lines = [f"# {manifest.title}".encode(), b"", b"```bash", *body_lines(prelude, closed_by_blank=True)]
    for position, (header, body) in enumerate(zip(headers, bodies, strict=True), start=1):
        lines += [header.text().encode(), *body_lines(body, closed_by_blank=position < len(bodies))]
    raw = b"\n".join([*lines, b"```", *_coverage(manifest), b""])
    _require_same(parse_pack(raw), manifest, prelude, headers, bodies)
    return raw


def _header(step: ManifestStep, position: int) -> Header:
    number = step.id.zfill(2) if step.id else f"{position:02d}"
    roi = "" if step.roi is None else number_text(step.roi)
    values = {
        "impact": step.impact,
        "confidence": step.confidence,
        "effort": step.effort,
        "horizon": step.horizon,
        "category": step.category,
        "reference": step.reference,
    }
    tokens = {name: _text(value) for name, value in values.items() if value is not None}
    return changed_header(Header(f"# {number})", "", {}), step.title, {"ROI": roi, **tokens})


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else number_text(value)


def _coverage(manifest: Manifest) -> list[bytes]:
    if manifest.kind not in _COVERED:
        return []
    found = {step.category for step in manifest.steps}
    marks = [f"- {name}: {'OK' if name in found else 'Missing(no step)'}" for name in CATEGORIES]
    return [line.encode() for line in ("", "## Coverage check", "", *marks)]


def _require_same(pack: Pack, manifest: Manifest, prelude: str, headers: list[Header], bodies: list[str]) -> None:
    """Text that opens or ends the block, or starts a step, turns up as a difference here."""
    whole = (pack.title, pack.out_dir, pack.prelude.code) == (
        manifest.title,
        manifest.out_dir or pack.out_dir,
        prelude.removesuffix("\n"),
    )
    if not whole or len(pack.steps) != len(headers):
        raise DomainError("INVALID_ARGUMENT", "the title, prelude or code would end the block or start a step")
    for step, header, body in zip(pack.steps, headers, bodies, strict=True):
        if not header.prefix.startswith(f"# {step.id})") or step.code != body:
            raise DomainError("INVALID_ARGUMENT", f"the code of step {step.id} would end the block or start a step")
