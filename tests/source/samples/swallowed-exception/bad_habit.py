def readings(row) -> list[str]:
    found = []
    try:
        found.append(row["wind"])
    except Exception:  # bad
        pass
    try:
        found.append(row["rain"])
    except Exception:
        pass
    try:
        found.append(row["sun"])
    except Exception:
        pass
    try:
        found.append(row["snow"])
    except Exception:
        pass
    try:
        found.append(row["hail"])
    except Exception:
        pass
    try:
        found.append(row["fog"])
    except Exception:
        pass
    return found
