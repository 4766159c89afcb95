"""What is done with each command of the README and the guides, so that none of them is shown without being run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

URL: Final = "http://127.0.0.1:8000"
"""The server of the guides; a test puts the address of a running one in its place."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The command is run as it stands, in the order of its page."""

    more: str = ""
    """Options put behind the name of the program, so that it takes seconds; FREE is a port on which nobody listens."""
    exits: tuple[int, ...] = (0,)
    says: str = ""
    """Part of what it prints."""
    until: str = ""
    """It serves until it is stopped: stopped once a line holds this."""
    instead: tuple[tuple[str, str], ...] = ()
    """Words, and others in their place."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another test runs it, or does all that can be done of it here."""

    test: str
    why: str


Fate: TypeAlias = Runs | Elsewhere

_PING: Final = Runs("--only 'ping/*'")
_LOAD: Final = Runs("--duration 2 --rate 20", exits=(0, 1))  # a busy machine may miss a threshold
_INSTALLS: Final = Elsewhere("tests/e2e/test_packaging.py", "installs the wheel, with and without extras")
_PACK: Final = Elsewhere("tests/e2e/test_check_pack.py", "builds the pack, installs it and audits with it")
_IMAGE: Final = Elsewhere(
    "tests/e2e/test_packaging.py", "needs a container engine; what the image is made of is tested"
)
_DISTRIBUTED: Final = Elsewhere(
    "tests/e2e/test_load_distributed.py", "needs three machines; does it with three processes"
)
_CI: Final = Elsewhere(".ci/run", "CI runs both commands as they stand")

COMMANDS: Final[Mapping[str, Mapping[str, Fate]]] = {
    "README.md": {
        "python3 -m venv .venv && .venv/bin/pip install --quiet '.[server]' && .venv/bin/mcp-audit demo": _CI,
        "python3 -m venv .venv-nox && .venv-nox/bin/pip install --quiet nox && .venv-nox/bin/nox -s tests": _CI,
    },
    "docs/attacks.md": {
        "mkdir /tmp/files": Runs(instead=(("/tmp/files", "files"),)),  # noqa: S108 - it is the one of the guide
        "mcp-audit --call all --plant-dir /tmp/files -- npx -y @modelcontextprotocol/server-filesystem /tmp/files": (
            Elsewhere("tests/third_party/test_servers_of_others.py", "needs npm; audits this package")
        ),
        f"mcp-audit issuer --port 9000 --resource {URL}/mcp --key issuer-key.json": Runs(
            until="http://127.0.0.1:", instead=(("--port 9000", "--port 0"),)
        ),
        f"mcp-audit {URL}/mcp --issuer-key issuer-key.json": _PING,
        f"mcp-audit pin {URL}/mcp": Runs(),
        f"mcp-audit {URL}/mcp --pins mcp-audit.lock": Runs("--only 'pins/*' --fail-on low --strict"),
    },
    "docs/check-packs.md": {
        "cd docs/examples/check-pack": _PACK,
        "pip install --no-deps .": _PACK,
        "mcp-audit list --only 'house/*'": _PACK,
        "mcp-audit explain house/tool-without-prefix": _PACK,
        "mcp-audit --only 'house/*' --fail-on low -- oraclepack-mcp": _PACK,
        "mcp-audit --only 'house/*' --fail-on low -- python server.py": _PACK,
        "pytest --mcp-stdio oraclepack-mcp --mcp-only 'house/*' --mcp-fail-on low": _PACK,
    },
    "docs/ci.md": {
        "mcp-audit --fail-on high -- python server.py": _PING,
        "mcp-audit doctor": Runs(says="audits can run here"),
        "mcp-audit --format sarif,junit,summary,badge,shield --out audit-report -- python server.py": _PING,
        "mcp-audit --write-baseline accepted.toml -- python server.py": _PING,
        "mcp-audit --baseline accepted.toml --fail-on low -- python server.py": _PING,
        "mcp-audit --out before -- python server.py": _PING,
        "mcp-audit --out after -- python server.py": _PING,
        "mcp-audit diff before/report.json after/report.json --format markdown": Runs(),
        "sh gate.sh": Elsewhere("tests/e2e/test_ci_examples.py", "runs it with a clean server and with a broken one"),
        "source <(mcp-audit completion bash)": Runs(),
    },
    "docs/comparison.md": {
        "python -m tests.side_by_side.compare --rivals rivals --write side-by-side.md": Elsewhere(
            "tests/e2e/test_side_by_side.py", "needs the other tools; does it with mcp-audit alone"
        ),
        "python -m tests.side_by_side.official official": Elsewhere(
            "tests/side_by_side/official.py", "needs npm; `nox -s conformance` runs the suite on the reference server"
        ),
        "nox -s bench": Elsewhere("noxfile.py", "needs an idle machine and programs of others"),
    },
    "docs/consent.md": {
        f"mcp-audit {URL}/mcp --dry-run": Runs(says="ping/not-answered"),
        f"mcp-audit {URL}/mcp --call none": _PING,
        f"mcp-audit {URL}/mcp --tool 'search_*'": _PING,
        "mcp-audit --call all --intrusive -- python server.py": Runs("--only exhaustion"),
        f"mcp-audit {URL}/mcp --bearer-env STAGING_TOKEN": _PING,
    },
    "docs/fuzzing.md": {
        "pip install 'mcp-audit[fuzz]'": _INSTALLS,
        f"mcp-audit fuzz {URL}/mcp": Runs("--cases 5 --revision 2025-11-25 --tool oraclepack_list_runs"),
        "mcp-audit fuzz --call all -- python server.py": Runs("--cases 5 --revision 2025-11-25"),
    },
    "docs/index.md": {
        "pip install mcp-audit": _INSTALLS,
        "pip install 'mcp-audit[all]'": _INSTALLS,
        f"mcp-audit {URL}/mcp": _PING,
        "mcp-audit -- python server.py": Runs(says="PASS"),
        "mcp-audit demo": Elsewhere("tests/e2e/test_packaging.py", "does it with what the wheel installs"),
        "mcp-audit explain ping/not-answered": Runs(says="Answer every ping"),
        "docker build --tag mcp-audit .": _IMAGE,
        'docker run --rm --network host --volume "$PWD/reports:/audit/.mcp-audit" mcp-audit ' + f"{URL}/mcp": _IMAGE,
    },
    "docs/load-testing.md": {
        "pip install 'mcp-audit[load]'": _INSTALLS,
        f"mcp-audit load {URL}/mcp": _LOAD,
        f"mcp-audit load {URL}/mcp --profile sustained-1000": _LOAD,
        "mcp-audit load --profile smoke -- python server.py": _LOAD,
        "mcp-audit load --list-profiles": Runs(says="sustained-1000"),
        f"mcp-audit load {URL}/mcp --out before": _LOAD,
        f"mcp-audit load {URL}/mcp --out after --baseline before/report.json": _LOAD,
        f"mcp-audit load {URL.replace('127.0.0.1', '10.0.0.5')}/mcp --i-am-authorized 10.0.0.5 --expect-workers 2"
        " --master-bind 0.0.0.0:5557": _DISTRIBUTED,
        "mcp-audit load --worker 10.0.0.4:5557 --i-am-authorized 10.0.0.5": _DISTRIBUTED,
        "mcp-audit load --write-dashboards dashboards": Runs(),
        "docker compose --project-directory dashboards up": Elsewhere(
            "tests/e2e/test_load_dashboards.py", "needs a container engine; reads the files that the engine would"
        ),
    },
    "docs/pytest.md": {
        f"pytest --mcp-target {URL}/mcp": Runs("--mcp-only 'ping/*'", says="passed"),
        "pytest --mcp-stdio 'python server.py'": Runs("--mcp-only 'ping/*'", says="passed"),
        "pytest --mcp-target URL -m mcp": Runs("--mcp-only 'ping/*'", says="passed"),
        "pytest --mcp-target URL -m mcp_security": Runs("--mcp-only 'rebinding/*'", says="passed"),
        "pytest --mcp-target URL -m 'mcp_tools or mcp_tasks'": Runs("--mcp-only 'tools/name-*'", says="passed"),
        "pytest --mcp-target URL -m \"mcp(severity='high')\"": Runs("--mcp-only 'rebinding/*'", says="passed"),
        "pytest --mcp-target URL 'mcp-audit::ping/not-answered[2025-11-25]'": Runs(says="1 passed"),
    },
    "docs/reference-server.md": {
        "oraclepack-mcp --root packs=./packs": Runs(),
        "oraclepack-mcp --root packs=./packs:rw --exec confirm"
        " --scope packs:read --scope packs:execute --scope runs:read": Runs(),
        "oraclepack-mcp --transport streamable-http --dev-auth": Runs("--port FREE", until="http://127.0.0.1:"),
        "oraclepack-mcp dev-token --scope packs:read": Runs(says="."),
        "oraclepack-mcp install --client vscode": Runs(says="oraclepack"),
    },
    "docs/report-format.md": {
        f"mcp-audit {URL}/mcp --format console,json,html,sarif,junit": Runs("--only 'ping/*'", says="PASS"),
        f"mcp-audit {URL}/mcp --format json --out -": Runs("--only 'ping/*'", says='"schema_version"'),
        "mcp-audit judge .mcp-audit/run.json --fail-on low": Runs(says="PASS"),
        "mcp-audit matrix .mcp-audit/report.json --csv": Runs(says="ping/ping-empty-response"),
        "mcp-audit diff .mcp-audit/report.json .mcp-audit/report.json --fail-on low": Runs(),
    },
    "docs/source-audit.md": {
        "pip install 'mcp-audit[source]'": _INSTALLS,
        "mcp-audit source .": Runs(exits=(0, 1)),
        "mcp-audit source . --only 'source/*' --fail-on low": Runs(exits=(0, 1)),
        f"mcp-audit {URL}/mcp --source .": Runs("--only 'ping/*' --only 'source/*'", exits=(0, 1), says="Source"),
    },
    "docs/test-first.md": {
        "pip install 'mcp-audit[fuzz]' pytest": _INSTALLS,
        "mkdir lengths && cd lengths": Runs(),
        "pytest --mcp-stdio 'python server.py' 'mcp-audit::stdio/dies-on-malformed-line[2025-11-25]'": Runs(),
        "pytest --mcp-stdio 'python server.py' --lf": Runs("--mcp-only 'stdio/*'"),
        "pytest --mcp-stdio 'python server.py' -m mcp_jsonrpc": Runs("--mcp-only 'jsonrpc/*'"),
    },
}
"""By page, and by the command without its comment, in the order of the page."""
