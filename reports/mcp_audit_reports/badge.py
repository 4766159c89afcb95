"""The report as a badge: for a service that draws it (shields.io's endpoint), or drawn here.

Its colour is that of the gravest finding, whatever the score; grey where there is no verdict.
"""

from dataclasses import dataclass

from mcp_audit_harness.model import Report, Severity

from . import digest
from .escape import html
from .plain import document
from .urgency import in_order

_LABEL = "MCP audit"
_SHORTEST = 4
_PER_CHARACTER, _PADDING = 6.6, 10
"""Pixels: of a character of Verdana at 11 on average, and around a text."""
_WORST = {
    Severity.CRITICAL: ("red", "#c33"),
    Severity.HIGH: ("red", "#c33"),
    Severity.MEDIUM: ("orange", "#b85c00"),
    Severity.LOW: ("yellow", "#8a6d00"),
}
_SOUND = ("brightgreen", "#2a7d1f")
_UNKNOWN = ("lightgrey", "#6a6a6a")


@dataclass(frozen=True, slots=True)
class Badge:
    """Words and colour."""

    message: str
    name: str
    """Of the colour, as shields.io calls it."""
    paint: str
    """The colour in CSS; white text on it has a contrast of 4.5 to 1 or more."""


def badge_of(report: Report) -> Badge:
    """Return the badge of a report."""
    verdict = digest.headline(report)
    if verdict.word in {"NOT AUDITED", "INCOMPLETE"}:
        return Badge(verdict.word.lower(), *_UNKNOWN)
    grave = in_order(report.findings)
    colour = _WORST.get(grave[0].severity, _SOUND) if grave else _SOUND
    if report.stale and colour == _SOUND:
        colour = _WORST[Severity.LOW]
    return Badge(_message(report, verdict.word), *colour)


def _message(report: Report, word: str) -> str:
    if report.overall is not None:
        return f"{report.overall.grade} {report.overall.score}/100"
    if report.source_score is not None:
        return f"source {report.source_score.percent:.0f} %"
    return word.lower()


def render_json(report: Report) -> str:
    """Return the badge as JSON for https://shields.io/badges/endpoint-badge."""
    badge = badge_of(report)
    endpoint = {"schemaVersion": 1, "label": _LABEL, "message": badge.message, "color": badge.name}
    return document(endpoint, indent=0)


def render_svg(report: Report) -> str:
    """Return the badge as an SVG image that stands alone."""
    badge = badge_of(report)
    left, right = _width(_LABEL), _width(badge.message)
    message = html(badge.message)
    whole = left + right
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{_LABEL}: {message}">
  <title>{_LABEL}: {message}</title>
  <clipPath id="round"><rect width="{whole}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="{left}" height="20" fill="#444"/>
    <rect x="{left}" width="{right}" height="20" fill="{badge.paint}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="{left / 2:g}" y="14">{_LABEL}</text>
    <text x="{left + right / 2:g}" y="14">{message}</text>
  </g>
</svg>
"""


def _width(text: str) -> int:
    return round(max(len(text), _SHORTEST) * _PER_CHARACTER) + _PADDING
