"""What packages of npm ask for: package.json."""

from collections.abc import Iterator
from typing import Final

from .json_text import read_json
from .packages import NPM, Declared, Group, Manifest, wanted

_GROUPS: Final = {
    "dependencies": Group.MAIN,
    "optionalDependencies": Group.EXTRA,
    "peerDependencies": Group.PEER,
    "devDependencies": Group.DEV,
}
_ALIAS: Final = "npm:"


def package_json(path: str, text: str) -> Iterator[Declared]:
    """Yield the requirements in a package.json."""
    root = read_json(text)
    manifest = Manifest.of(path, text)
    for key, group in _GROUPS.items():
        for name, node in root.get(key).members.items():
            real, requirement = unaliased(name, node.text)
            yield from wanted(NPM, real, requirement, group, manifest.place(node.line))


def unaliased(name: str, requirement: str) -> tuple[str, str]:
    """Return the package and its range behind `"alias": "npm:name@range"`; of anything else what is given."""
    if not requirement.startswith(_ALIAS):
        return name, requirement
    real, at, wanted_range = requirement.removeprefix(_ALIAS).rpartition("@")
    if not at or not real:
        return requirement.removeprefix(_ALIAS), ""
    return real, wanted_range
