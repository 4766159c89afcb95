"""Knowledge of the Model Context Protocol: requirements, scenarios and checks.

If the specification changes, only this package should.
"""

import importlib
import pkgutil
from dataclasses import replace
from types import ModuleType

from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.source.rules import Rule

from . import attacks, conformance, fuzz, load
from .advisories import load_advisories
from .attack_table import load_attacks
from .examples import load_example
from .fuzz.offered import projected
from .load.profiles import profile, profile_names
from .official_suite import load_official_suite
from .requirements import load_requirements


def catalogue() -> Catalogue:
    """Return every check of this package with the requirements that they look at."""
    modules = [module for package in (conformance, attacks, fuzz, load) for module in _modules(package)]
    collected = Catalogue.collect(modules, load_requirements(), load_example)
    official, known_attacks, advisories = load_official_suite(), load_attacks(), load_advisories()
    return replace(
        collected,
        official=official,
        attacks=known_attacks,
        advisories=advisories,
        project=projected,
        load_profile=profile,
        load_profiles=profile_names(),
        source_rules=_source_rules,
    )


def _source_rules() -> tuple[Rule, ...]:
    from .source import source_rules  # noqa: PLC0415 - start-up time: most audits read no source

    return source_rules()


def _modules(package: ModuleType) -> list[ModuleType]:
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]
