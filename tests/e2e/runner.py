"""The part of a GitHub runner that a composite action needs: inputs, expressions, steps, files for outputs."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
_EXPRESSION: Final = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
_CONDITION: Final = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")


@dataclass
class Job:
    """A job that has this action as its only step."""

    home: Path
    """Where the files of the runner are, its tools and the work tree."""
    inputs: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    """Other actions that a step would have called, and with what."""
    values: dict[str, str] = field(default_factory=dict)
    code: int = 0

    def run(self, *, leave_out: frozenset[str] = frozenset()) -> "Job":
        """Run the steps up to the first that fails; `leave_out` names some that have run before."""
        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        unknown = self.inputs.keys() - action["inputs"].keys()
        assert not unknown, f"the action has no input {sorted(unknown)}"
        for name, declared in action["inputs"].items():
            self.values[f"inputs.{name}"] = self.inputs.get(name, declared["default"])
        for step in action["runs"]["steps"]:
            if step.get("name") not in leave_out and not self.code and self._holds(step.get("if", "")):
                self._step(step)
        for name, declared in action["outputs"].items():
            self.values[f"outputs.{name}"] = self._filled(declared["value"])
        return self

    def output(self, name: str) -> str:
        """Return an output of the action."""
        return self.values[f"outputs.{name}"]

    @property
    def work(self) -> Path:
        """The directory that the steps run in."""
        return self._directory("work")

    @property
    def summary(self) -> str:
        """What the job's page shows."""
        path = self.home / "summary"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _directory(self, name: str) -> Path:
        path = self.home / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def _step(self, step: dict[str, Any]) -> None:
        if "uses" in step:
            self.used[step["uses"].partition("@")[0]] = {
                name: self._filled(text) for name, text in step.get("with", {}).items()
            }
            return
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "inputs reach scripts by variables only"
        outputs = self.home / "outputs"
        outputs.write_text("", encoding="utf-8")
        environment = {
            **{name: text for name, text in os.environ.items() if name not in {"PYTHONPATH", "GITHUB_OUTPUT"}},
            **self.environment,
            **{name: self._filled(text) for name, text in step.get("env", {}).items()},
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(self.home / "summary"),
            "RUNNER_TEMP": str(self._directory("temp")),
        }
        script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            script,
            cwd=self.work,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        self.log += done.stdout
        self.code = done.returncode
        for line in outputs.read_text(encoding="utf-8").splitlines():
            name, _, text = line.partition("=")
            self.values[f"steps.{step['id']}.outputs.{name}"] = text

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda match: self.values.get(match[1], ""), str(text))

    def _holds(self, condition: str) -> bool:
        found = _CONDITION.findall(condition)
        assert " && ".join(f"{name} {sign} '{text}'" for name, sign, text in found) == condition, "not understood"
        return all((self.values.get(name, "") == text) is (sign == "==") for name, sign, text in found)
