import subprocess

from .server import mcp

subprocess.run(["true"], check=True)  # good
mcp.run()  # good
