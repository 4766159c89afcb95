from setuptools import setup

NEEDED = [
    "anyio>=4",
    "mcp",  # bad
]
setup(name="queue-server", version="1.0", install_requires=NEEDED)
