"""What users install: wheel and sdist hold what they have to, and work in an environment that has nothing else."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), pytest.mark.xdist_group("packaging")]

_TOP = Path(__file__).parents[2]
_PACKAGES = (
    "mcp_audit_harness",
    "mcp_audit_scenarios",
    "mcp_audit_reports",
    "oraclepack_mcp",
    "oraclepack_faults",
)
_MOMENT = "1700000000"
_UV = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST_"))}


def _build(directory: Path, sources: Path = _TOP, *targets: str) -> None:
    chosen = [word for target in targets for word in ("--target", target)]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", *chosen, "--directory", str(directory)],
        cwd=sources,
        env={**_ENVIRONMENT, "SOURCE_DATE_EPOCH": _MOMENT},
        capture_output=True,
        check=True,
    )


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("dist")
    _build(directory)
    return directory


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment in which only what was installed here is importable."""

    directory: Path

    def run(self, program: str, *words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        environment = {**_ENVIRONMENT, "NO_COLOR": "1", "HOME": str(cwd)}
        path = self.directory / "bin" / program
        return subprocess.run(
            [str(path), *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
        )


Install = Callable[..., Environment]


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Install requirements into an empty environment, as the machine's configuration says where from."""

    def made(*requirements: str) -> Environment:
        directory = tmp_path_factory.mktemp("environment")
        python = str(directory / "bin" / "python")
        if _UV:
            commands = [[_UV, "venv", "--quiet", "--clear", "--python", sys.executable, str(directory)]]
            commands += [[_UV, "pip", "install", "--quiet", "--python", python, *requirements]]
        else:
            commands = [[sys.executable, "-m", "venv", str(directory)]]
            commands += [[python, "-m", "pip", "install", "--quiet", *requirements]]
        for command in commands:
            ended = subprocess.run(command, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
            assert ended.returncode == 0, ended.stderr
        return Environment(directory)

    return made


@pytest.fixture(scope="module")
def bare(install: Install, wheel: Path) -> Environment:
    return install(str(wheel))


def _names(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def _tracked(*folders: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *folders], cwd=_TOP, capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.split("\0") if name and (_TOP / name).exists()}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    folders = tomllib.loads((_TOP / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    tracked = {name.partition("/")[2] for name in _tracked(*folders["packages"])}
    names = {name for name in _names(wheel) if ".dist-info/" not in name}
    assert tracked - names == set()
    assert {name.partition("/")[0] for name in names} == set(_PACKAGES)
    assert [name for name in names if re.search(r"(^|/)(tests?|__pycache__)/|\.pyc$", name)] == []


def test_the_wheel_says_that_it_is_typed_and_holds_its_data(wheel: Path) -> None:
    names = _names(wheel)
    assert [package for package in _PACKAGES if f"{package}/py.typed" not in names] == []
    data = ("requirements/ping.toml", "load/profiles/smoke.toml", "attacks/table/", "advisories/", "examples/")
    for piece in data:
        assert any(name.startswith(f"mcp_audit_scenarios/{piece}") for name in names), piece
    assert any(name.startswith("mcp_audit_harness/load/dashboards/") for name in names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_sdist_builds_the_same_wheel(dist: Path, wheel: Path, tmp_path: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (sources,) = tmp_path.iterdir()
    for name in ("docs/index.md", "tests/correct_server.py", "uv.lock", "reports/schema/report-v1.schema.json"):
        assert (sources / name).is_file(), name
    _build(tmp_path / "again", sources, "wheel")
    assert (tmp_path / "again" / wheel.name).read_bytes() == wheel.read_bytes()


def test_building_twice_gives_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    before = _tracked_state()
    _build(tmp_path)
    if before != _tracked_state():
        pytest.skip("the sources changed meanwhile")
    assert _hashes(tmp_path) == _hashes(dist)


def _tracked_state() -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=_TOP, capture_output=True, text=True, check=True).stdout


def _hashes(directory: Path) -> dict[str, str]:
    built = [*directory.glob("*.whl"), *directory.glob("*.tar.gz")]
    assert len(built) == 2
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in built}


def test_the_image_gets_what_the_wheel_needs(wheel: Path, tmp_path: Path) -> None:
    lines = (_TOP / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:] for line in lines if line.startswith("COPY ") and "--from" not in line]
    tracked = _tracked()
    for *sources, place in copied:
        for source in sources:
            for name in (name for name in tracked if name == source or name.startswith(f"{source}/")):
                goal = tmp_path / (name if place == "./" else place + name.removeprefix(source))
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(_TOP / name, goal)
    allowed = {line[1:] for line in (_TOP / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == {source for *sources, _ in copied for source in sources}
    _build(tmp_path / "dist", tmp_path, "wheel")
    in_packages = _names(wheel) & {name.partition("/")[2] for name in tracked}
    assert in_packages <= _names(tmp_path / "dist" / wheel.name)
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    assert 'ENTRYPOINT ["mcp-audit"]' in lines


def test_the_guide_mounts_its_volume_where_the_image_works() -> None:
    *_, place = re.findall(r"^WORKDIR (\S+)$", (_TOP / "Dockerfile").read_text(), re.MULTILINE)
    assert f"$PWD/reports:{place}/.mcp-audit" in (_TOP / "docs" / "index.md").read_text()


def test_a_bare_installation_audits_a_server_by_its_command(bare: Environment, tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    shutil.copy(_TOP / "tests" / "correct_server.py", server)
    python = str(bare.directory / "bin" / "python")
    ended = bare.run("mcp-audit", "--fail-on", "low", "--", python, str(server), "handshake", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = json.loads((tmp_path / ".mcp-audit" / "report.json").read_text())
    assert report["survey"]["revisions_offered"] == ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
    assert sum(result["status"] == "pass" for result in report["results"]) > 100
    assert [result for result in report["results"] if result["status"] == "error"] == []


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("demo",), "server"),
        (("serve-reference",), "server"),
        (("issuer",), "server"),
        (("fuzz", "http://127.0.0.1:9/mcp"), "fuzz"),
        (("load", "http://127.0.0.1:9/mcp"), "load"),
        (("source", "."), "source"),
        (("http://127.0.0.1:9/mcp", "--source", "."), "source"),
    ],
    ids=str,
)
def test_a_missing_extra_is_one_sentence_with_the_command(
    words: tuple[str, ...], extra: str, bare: Environment, tmp_path: Path
) -> None:
    ended = bare.run("mcp-audit", *words, cwd=tmp_path)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert ended.stdout == ""
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("mcp-audit: error: ")
    assert sentence.endswith(f": pip install 'mcp-audit[{extra}]'")


def test_the_reference_server_without_its_extra_says_so(bare: Environment, tmp_path: Path) -> None:
    ended = bare.run("oraclepack-mcp", "--version", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "oraclepack-mcp: error: the server needs the extra: pip install 'mcp-audit[server]'\n"


@pytest.mark.parametrize(
    "words",
    [("--help",), ("list", "--coverage"), ("explain", "ping/not-answered"), ("list", "--attacks")],
    ids=" ".join,
)
def test_what_needs_no_server_needs_no_extra(words: tuple[str, ...], bare: Environment, tmp_path: Path) -> None:
    ended = bare.run("mcp-audit", *words, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_with_the_extra_the_demo_audits_the_reference_server(install: Install, wheel: Path, tmp_path: Path) -> None:
    served = install(f"{wheel}[server]")
    ended = served.run("mcp-audit", "demo", "--fail-on", "low", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.startswith("PASS")
    assert served.run("oraclepack-mcp", "--version", cwd=tmp_path).returncode == 0


def test_all_extras_are_what_their_commands_ask_for(install: Install, wheel: Path, tmp_path: Path) -> None:
    full = install(f"{wheel}[all]")
    (tmp_path / "server.py").write_text("print()\n")
    source = full.run("mcp-audit", "source", ".", "--only", "source/*", cwd=tmp_path)
    assert source.returncode == 0, source.stdout + source.stderr
    for command in ("fuzz", "load"):
        ended = full.run("mcp-audit", command, "http://127.0.0.1:9/mcp", cwd=tmp_path)
        assert ended.returncode == 3, ended.stdout + ended.stderr
        assert "connection refused" in ended.stderr
