"""Print the JSON Schema of report.json, or write it to its place in the source checkout."""

import argparse
import sys

from .schema import HOME, schema_text


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m mcp_audit_reports.json_v1", description=__doc__)
    parser.add_argument("--write-schema", action="store_true", help=f"write {HOME.name} into the source checkout")
    options = parser.parse_args(arguments)
    if not options.write_schema:
        sys.stdout.write(schema_text())
        return 0
    if not HOME.parent.is_dir():
        parser.error("not a source checkout: there is no reports/schema/ beside the package")
    HOME.write_text(schema_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
