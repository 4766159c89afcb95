#!/bin/sh
# Starts a server, audits it when it answers, and ends with the exit code of the audit.
set -eu

port="${PORT:-8000}"
url="http://127.0.0.1:$port/mcp"

my-server --port "$port" &
server=$!
trap 'kill "$server"' EXIT

curl --silent --head --output /dev/null --retry 30 --retry-delay 1 --retry-connrefused "$url"
mcp-audit "$url" --fail-on high --format console,html,junit --out audit-report
