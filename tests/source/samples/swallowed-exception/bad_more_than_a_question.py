"""What is read comes from somewhere that can fail as well."""

import json
from urllib.request import urlopen


def records(address: str) -> list:
    found = []
    try:
        found = json.loads(urlopen(address, timeout=5).read())
    except Exception:  # bad
        pass
    return found
