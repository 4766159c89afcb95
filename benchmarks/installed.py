"""Programs of others that are measured, each in an environment of its own with the versions that results speak of."""

import argparse
from pathlib import Path
from typing import Final

from tests.conformance import official_suite
from tests.third_party import environments

SDK: Final = "mcp==2.3.0"
FASTMCP: Final = "fastmcp==4.1.2"
CHUK: Final = "chuk-mcp-server==0.26.1"
FUZZER: Final = "mcp-fuzzer==0.7.0"
SUITE: Final = f"{official_suite.SUITE}@{official_suite.VERSION}"
_FAST: Final = ("uvloop==0.23.0", "httptools==0.9.0")
_BESIDE: Final = {SDK: _FAST, FASTMCP: (SDK, *_FAST), CHUK: _FAST}
"""What makes a server faster than it comes."""
_DEFAULT: Final = Path(".nox") / "third-party"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Let the caller name the directory of the environments."""
    home = environments.environments() or _DEFAULT
    parser.add_argument("--environments", type=Path, default=home, help="what is not there yet is installed into it")


def programs_of(requirement: str, home: Path) -> Path:
    """The directory of programs of an environment, which is made where it is absent."""
    directory = home.resolve() / f"bench-{requirement.partition('==')[0]}"
    environments.python(directory, requirement, *_BESIDE.get(requirement, ()))
    return directory / "bin"


def suite(home: Path) -> Path:
    """The directory of the official conformance suite."""
    directory = home.resolve() / "bench-suite"
    package = directory / "node_modules" / official_suite.SUITE
    if not package.exists():
        directory.mkdir(parents=True, exist_ok=True)
        official_suite.install(official_suite.node_directory(), directory)
    return package
