"""Every named way to break the reference server, as wrappers around it.

`FAULTS` maps each name to its `Fault`. It is collected on first use by walking the packages of this one, a package per
level: each public module-level value of type `Fault` is a fault. Nothing registers itself.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, get_args

from oraclepack_faults.fault import Fault, Level

FAULTS: Mapping[str, Fault]

__all__ = ["FAULTS", "Fault", "collect"]


def __getattr__(name: str) -> Any:
    if name == "FAULTS":
        return _all_faults()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def collect(modules: Iterable[ModuleType]) -> Mapping[str, Fault]:
    """Find the faults of the modules, in order of their names.

    Raises:
        ValueError: two faults share a name, or a fault's level is not the package that it lies in.
    """
    found: dict[str, Fault] = {}
    for module in modules:
        package = module.__name__.rpartition(".")[0].rpartition(".")[2]
        for name, value in vars(module).items():
            if name.startswith("_") or not isinstance(value, Fault):
                continue
            if value.level != package:
                raise ValueError(f"fault {value.name} says level {value.level} and lies in {module.__name__}")
            if found.setdefault(value.name, value) is not value:
                raise ValueError(f"two faults are named {value.name}; the second is in {module.__name__}")
    return MappingProxyType(dict(sorted(found.items())))


@cache
def _all_faults() -> Mapping[str, Fault]:
    return collect(_modules())


def _modules() -> Iterator[ModuleType]:
    for level in get_args(Level):
        package = importlib.import_module(f"{__name__}.{level}")
        for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
            yield importlib.import_module(f"{package.__name__}.{entry.name}")
