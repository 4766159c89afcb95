"""`python -m mcp_audit_harness.load.generator`: reads a plan, produces its load, prints JSON lines.

The plan is the first line of standard input. If that is a pipe, whoever wants the run holds it open: once it is closed
the run ends soon, as after SIGTERM, SIGINT and when standard output is closed, and says `interrupted`.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

from .entry import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
