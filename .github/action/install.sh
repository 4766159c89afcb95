#!/usr/bin/env bash
# Installs mcp-audit beside the job's own packages: VERSION from PyPI, or else what this action was checked out with.
set -euo pipefail

extras=${EXTRAS:-}
if [ -n "${SOURCE:-}" ]; then
  extras="${extras:+$extras,}source"
fi

venv="$RUNNER_TEMP/mcp-audit-venv"
"${PYTHON:-python3}" -m venv "$venv"
if [ -n "${VERSION:-}" ]; then
  what="mcp-audit${extras:+[$extras]}==$VERSION"
else
  what="$GITHUB_ACTION_PATH${extras:+[$extras]}"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$what"
"$venv/bin/mcp-audit" --version
