"""`python -m oraclepack_faults`: the same as the console script `oraclepack-mcp`."""

import sys

from oraclepack_faults.console import main

sys.exit(main())
