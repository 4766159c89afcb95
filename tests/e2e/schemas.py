"""What reports are held against: schemas of formats that others own, and axe. Fetched once, held against hashes.

npm's jest-sarif (MIT, Microsoft) has the schema of SARIF 2.1.0; pytest's source archive (MIT) has `junit-10.xsd`, the
schema of JUnit reports that Jenkins' xUnit plugin defines. Neither can be had from a registry by itself.
"""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from tests.source.trees import FetchError, Published, home, tree

SARIF: Final = Published(
    "@microsoft/jest-sarif",
    "npm",
    "1.0.0-beta.0",
    "748e2c3d1a842e7bb258416685c7ea3a0da40005b72267b2052c2856d48ad102",
)
JUNIT: Final = Published("pytest", "PyPI", "9.2.0", "97c4f3b1f3c7414aa36465e09b8220f1d03627993bd51b1282e193753c80557b")

AXE: Final = Published("axe-core", "npm", "4.14.1", "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745")
"""Looks at pages for what keeps people out; it runs in a browser."""


def axe_script(config: pytest.Config) -> str:
    """Return the text of axe; skips the test where it cannot be had."""
    return (_fetched(AXE, config) / "axe.min.js").read_text(encoding="utf-8")


def sarif_schema(config: pytest.Config) -> dict[str, Any]:
    """Return the schema of SARIF 2.1.0; skips the test where it cannot be had.

    A bracket too many in one of its patterns (of a language that we do not name) is none for every engine.
    """
    path = _fetched(SARIF, config) / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8").replace("{2}]?$", "{2}$"))
    return schema


def junit_schema(config: pytest.Config) -> Path:
    """Return the file of the schema of JUnit reports; skips the test where it cannot be had."""
    return _fetched(JUNIT, config) / "testing" / "example_scripts" / "junit-10.xsd"


def _fetched(package: Published, config: pytest.Config) -> Path:
    """Return the root of a package, kept from run to run; where CI cannot have it, the test fails."""
    directory = home() or config.rootpath / ".pytest_cache" / "d" / "schemas"
    try:
        return tree(package, directory)
    except FetchError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the schema cannot be had: {error}")
    except OSError:
        # Another process of the same run was faster.
        return tree(package, directory)
