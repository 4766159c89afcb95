from types import ModuleType

import oraclepack_faults
import pytest
from oraclepack_faults import collect
from oraclepack_faults.fault import (
    PASS,
    ASGIApp,
    Context,
    Fault,
    Json,
    LineStreams,
    Passage,
    answers,
    both,
    replaces,
    rewrites,
    wraps_http,
    wraps_stdio,
)


def module(name: str, **values: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(values)
    return made


@rewrites("ping/never-answers", "wire")
def _never(message: Json, context: Context) -> None:
    """The server never answers
    a ping.

    More of it.
    """


def test_a_fault_says_in_one_sentence_what_is_broken() -> None:
    assert _never.about == "The server never answers a ping."


def test_a_fault_without_a_sentence_is_refused() -> None:
    with pytest.raises(ValueError, match="docstring"):

        @rewrites("ping/never-answers", "wire")
        def nothing_said(message: Json, context: Context) -> None: ...


@pytest.mark.parametrize("name", ["ping", "ping/", "/never", "Ping/Never", "a/b/c", "a/b c"])
def test_a_name_that_is_no_check_id_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="id of its check"):
        Fault(name, "wire", "Broken.", rewrite=_never.rewrite)


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown level"):
        Fault("ping/never", "ether", "Broken.", rewrite=_never.rewrite)  # type: ignore[arg-type]


def test_a_fault_without_a_hook_is_refused() -> None:
    with pytest.raises(ValueError, match="no hook"):
        Fault("ping/never", "wire", "Broken.")


def test_each_decorator_sets_its_own_hook() -> None:
    @answers("a/b", "wire")
    def answering(message: object, context: Context) -> Passage:
        """Broken."""
        return PASS

    @wraps_http("a/b", "wire")
    def http(app: ASGIApp) -> ASGIApp:
        """Broken."""
        return app

    @wraps_stdio("a/b", "wire")
    def stdio(streams: LineStreams) -> LineStreams:
        """Broken."""
        return streams

    @replaces("a/b", "wire", "oraclepack_mcp.VERSION")
    def parts(part: object) -> object:
        """Broken."""
        return part

    joined = both(answering, http, stdio, parts)
    assert all((joined.answer, joined.http, joined.stdio, joined.parts))
    assert joined.rewrite is None
    assert (joined.name, joined.about) == ("a/b", "Broken.")


def test_replacements_of_different_parts_are_joined() -> None:
    first, second = (Fault("a/b", "wire", "Broken.", parts={name: str}) for name in ("x.y", "x.z"))
    assert both(first, second).parts == {"x.y": str, "x.z": str}


def test_parts_that_use_the_same_hook_are_not_joined() -> None:
    with pytest.raises(ValueError, match="two parts hook in at rewrite"):
        both(_never, _never)


def test_parts_of_different_names_are_not_joined() -> None:
    with pytest.raises(ValueError, match="is not a part of"):
        both(_never, Fault("ping/other", "wire", "Broken.", answer=lambda message, context: PASS))


def test_faults_are_found_by_walking_modules_and_private_parts_are_not() -> None:
    found = collect([module("oraclepack_faults.wire.ping", public=_never, _part=_never, other=3)])
    assert dict(found) == {"ping/never-answers": _never}


def test_a_fault_imported_by_a_second_module_is_one_fault() -> None:
    modules = [module("oraclepack_faults.wire.ping", a=_never), module("oraclepack_faults.wire.pong", b=_never)]
    assert list(collect(modules)) == ["ping/never-answers"]


def test_two_faults_of_one_name_are_refused() -> None:
    twin = Fault("ping/never-answers", "wire", "Broken too.", rewrite=_never.rewrite)
    with pytest.raises(ValueError, match="two faults are named ping/never-answers"):
        collect([module("oraclepack_faults.wire.ping", a=_never, b=twin)])


def test_a_fault_in_the_package_of_another_level_is_refused() -> None:
    with pytest.raises(ValueError, match="says level wire"):
        collect([module("oraclepack_faults.session.ping", a=_never)])


def test_the_package_collects_the_faults_of_every_level() -> None:
    found = oraclepack_faults.FAULTS
    assert {
        "lifecycle/echoes-unknown-version",
        "rebinding/accepts-foreign-origin",
        "stdio/writes-noise-to-stdout",
    } <= set(found)
    assert list(found) == sorted(found)
    assert oraclepack_faults.FAULTS is found


def test_an_attribute_that_is_not_there_is_missed() -> None:
    with pytest.raises(AttributeError, match="no attribute 'FAULT'"):
        oraclepack_faults.FAULT  # noqa: B018 - the access is the test
