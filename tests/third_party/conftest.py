"""Names the mark of tests that start the servers of others, and finds what they need."""

from pathlib import Path

import pytest

from .environments import VARIABLE, environments, install


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "third_party: starts servers of others, installed from PyPI and npm")


@pytest.fixture(scope="session")
def home() -> Path:
    """Return the directory of the environments; the first use installs what is missing."""
    directory = environments()
    if directory is None:
        pytest.skip(f"{VARIABLE} names no directory with the servers of others")
    install(directory)
    return directory
