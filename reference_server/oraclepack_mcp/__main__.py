"""`python -m oraclepack_mcp`."""

import sys

from oraclepack_mcp.cli import main

if __name__ == "__main__":
    sys.exit(main())
