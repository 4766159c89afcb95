"""Other tools: how they are run (design/PEERS.md, section 7) and how their reports are read."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .doors import TOKEN

_LIMIT_S = 180


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tool runs, and at what."""

    url: str
    launcher: Path
    """A program that starts the server on stdio."""
    output: Path
    header: bool = False
    """Whether the server asks for a token."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Another tool."""

    name: str
    package: str
    words: Callable[[Place], list[str]]
    read: Callable[[str, Path], Iterator[str]]
    """Gives one line for each finding: its rule, the tool that it is about, what it says."""
    takes_token: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool found."""

    lines: tuple[str, ...]
    elapsed_s: float
    trouble: str = ""


def run(rival: Rival, home: Path, place: Place) -> Said:
    """Run a tool from its own environment, without anything of ours in its own."""
    place.output.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place.output),
        "NO_COLOR": "1",
        "DO_NOT_TRACK": "1",
        "AGENT_SECURITY_TELEMETRY": "off",
    }
    program, *words = rival.words(place)
    command = [str(home / rival.package / "bin" / program), *words]
    begun = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=place.output, env=environment, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
        lines = tuple(rival.read(done.stdout, place.output))
    except subprocess.TimeoutExpired:
        return Said((), time.monotonic() - begun, f"no end after {_LIMIT_S} s")
    except (ValueError, OSError, KeyError):
        mode = "the server that asks for a token" if place.header else "the open server"
        return Said(
            (), time.monotonic() - begun, f"no report on {mode}: it ended with an exception, exit {done.returncode}"
        )
    return Said(lines, time.monotonic() - begun)


def version(rival: Rival, home: Path) -> str:
    """Return the version that is installed; empty if none is."""
    found = sorted(
        (home / rival.package).glob(f"lib/python*/site-packages/{rival.package.replace('-', '_')}-*.dist-info")
    )
    return found[0].name.removesuffix(".dist-info").rpartition("-")[2] if found else ""


def _json(text: str) -> Any:
    start = re.search(r"^[\[{](?=\s*[\"{\n])", text, re.MULTILINE)
    if start is None:
        raise ValueError("no JSON")
    return json.JSONDecoder().raw_decode(text[start.start() :])[0]


def _mcpsnare(text: str, _: Path) -> Iterator[str]:
    for found in _json(text)["findings"]:
        yield f"{found['check']}:{found['param']} {found['tool']} {found['confidence']} {found['title']}"


def _redcell(_: str, output: Path) -> Iterator[str]:
    for found in json.loads((output / "red.json").read_text())["findings"]:
        yield f"{found['attack_id']} {found['tool']} {found['attack_name']}"


def _ssrf_check(_: str, output: Path) -> Iterator[str]:
    for check in json.loads((output / "ssrf.json").read_text())["checks"]:
        if check["status"] == "fail":
            yield f"{check['id']} {check['title']}"


def _mcpscore(_: str, output: Path) -> Iterator[str]:
    for found in json.loads((output / "score.sarif").read_text())["runs"][0]["results"]:
        yield f"{found['ruleId']} {found['level']} {found['message']['text'].splitlines()[0]}"


def _fuzzer(_: str, output: Path) -> Iterator[str]:
    for path in sorted(output.glob("fuzz/**/findings.json"))[:1]:
        for found in json.loads(path.read_text())["findings"]:
            yield f"{found['category']} {found['target']} {found['detail']}"


def _agent(text: str, _: Path) -> Iterator[str]:
    for found in _json(text)["results"]:
        if not found["passed"] and not str(found["details"]).startswith("INCONCLUSIVE"):
            yield f"{found['test_id']} {found['name']}: {found['details']}"


def _with_header(place: Place, *words: str) -> list[str]:
    return [*words] if place.header else []


RIVALS = (
    Rival(
        "mcpsnare",
        "mcpsnare",
        lambda at: [
            *("mcpsnare", "scan", "--http", at.url, "--output", "json"),
            *_with_header(at, "--header", f"Authorization:Bearer {TOKEN}"),
        ],
        _mcpsnare,
        takes_token=True,
    ),
    Rival(
        "redcell",
        "redcell",
        lambda at: ["redcell", "scan", "--json", "red.json", "--out", "red.html", "--", str(at.launcher)],
        _redcell,
    ),
    Rival(
        "mcp-ssrf-check",
        "mcp-ssrf-check",
        lambda at: [
            *("mcp-ssrf-check", "--url", at.url, "--fetch-tool", "fetch_url", "--json-out", "ssrf.json"),
            *_with_header(at, "--bearer", TOKEN),
        ],
        _ssrf_check,
        takes_token=True,
    ),
    Rival(
        "mcpscore",
        "mcpscore",
        lambda at: ["mcpscore", "--sarif", "score.sarif", "--json", *_with_header(at, "--token", TOKEN), at.url],
        _mcpscore,
        takes_token=True,
    ),
    Rival(
        "mcp-fuzzer",
        "mcp-fuzzer",
        lambda at: [
            *("mcp-fuzzer", "--mode", "tools", "--protocol", "streamablehttp", "--endpoint", at.url, "--phase", "both"),
            *("--runs", "5", "--security-audit", "--security-audit-intrusive", "--seed", "42", "--output-dir", "fuzz"),
        ],
        _fuzzer,
    ),
    Rival(
        "agent-security-harness",
        "agent-security-harness",
        lambda at: [
            *("agent-security", "test", "mcp", "--url", at.url, "--html", "agent.html"),
            *_with_header(at, "--header", f"Authorization:Bearer {TOKEN}"),
        ],
        _agent,
        takes_token=True,
    ),
)
