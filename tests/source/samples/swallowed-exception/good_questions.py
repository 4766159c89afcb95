"""Whether a text is of some form is a question: that it is not, is the answer."""

import ast
import json
from datetime import datetime


def records_of(text: str) -> list:
    try:
        found = json.loads(text)
        if not isinstance(found, list) or len(found) < 2:
            return []
    except Exception:  # good
        return []
    return found


def literal_of(text: str):
    value = ""
    try:
        value = ast.literal_eval(text)
    except Exception:  # good
        pass
    return value


def day_of(text: str) -> str:
    try:
        day = datetime.fromisoformat(text)
    except Exception:  # good
        return ""
    return day.isoformat()


def lines_of(text: str) -> list:
    found = []
    for line in text.splitlines():
        try:
            item = json.loads(line)
            if isinstance(item, dict):
                found.append(item)
        except Exception:  # good
            continue
    return found


def client(address: str):
    """Return a connection to the store, or None if there is none."""
    try:
        return connect(address)
    except Exception:  # good
        return None
