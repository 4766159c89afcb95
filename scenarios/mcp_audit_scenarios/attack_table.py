"""Which checks try which known attack: tables in `attacks/table/`, a file for each group of attacks."""

import tomllib
from importlib.resources import files

from mcp_audit_harness.declare import DeclarationError
from mcp_audit_harness.model import Attack


def load_attacks() -> tuple[Attack, ...]:
    """Return every row, sorted by id; raises DeclarationError for a row that occurs twice or says nothing."""
    rows: dict[str, Attack] = {}
    for path in files(__package__).joinpath("attacks", "table").iterdir():
        if not path.name.endswith(".toml"):
            continue
        for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
            attack = Attack(name, tuple(row.get("checks", ())), row.get("excluded", ""))
            if name in rows:
                raise DeclarationError(f"{path.name}: the attack {name} has two rows")
            if bool(attack.checks) is bool(attack.excluded):
                raise DeclarationError(f"{path.name}: the attack {name} needs checks, or a reason for none")
            rows[name] = attack
    return tuple(rows[name] for name in sorted(rows))
