"""`python -m oraclepack_faults`: the same as the console script `oraclepack-mcp`."""

import sys

from oraclepack_faults.cli import main

sys.exit(main())
