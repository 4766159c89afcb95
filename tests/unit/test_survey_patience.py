"""The survey tells a revision that is not offered from one to which a slow server has not answered yet."""

from collections import Counter
from typing import Any, cast

import anyio
import pytest
from mcp_audit_harness.errors import TargetError
from mcp_audit_harness.model import Era, Exchange, Revision, StdioTarget, Survey, Transport
from mcp_audit_harness.session.connector import Connector
from mcp_audit_harness.survey import survey_target

from tests.exchanges import exchange, silence


class _Session:
    """A conversation with a server that answers, or does not."""

    def __init__(self, revision: Revision, answers: bool) -> None:
        self.revision = revision
        self.opening = self._answer(answers) if revision.era is Era.HANDSHAKE else None
        self._answers = answers

    def _answer(self, answers: bool) -> Exchange:
        if not answers:
            return silence()
        versions = {"protocolVersion": str(self.revision), "supportedVersions": [str(self.revision)]}
        return exchange(result={**versions, "capabilities": {}})

    async def request(self, method: str) -> Exchange:
        return self._answer(self._answers)

    async def close(self) -> None:
        return None


class _Slow:
    """Connects to a server that is silent to the first attempts at some revisions."""

    transport = Transport.STDIO

    def __init__(self, **silences: int) -> None:
        self.silences = {Revision[name]: times for name, times in silences.items()}
        self.opened: Counter[Revision] = Counter()

    async def open(self, revision: Revision, scenario: str) -> Any:
        self.opened[revision] += 1
        return _Session(revision, self.opened[revision] > self.silences.get(revision, 0))

    def survey(self, *wanted: Revision) -> Survey:
        return anyio.run(survey_target, cast("Connector", self), StdioTarget(("server",)), wanted)


def test_a_server_that_is_slow_to_start_is_asked_again() -> None:
    slow = _Slow(V2025_03_26=1, V2026_07_28=1)
    survey = slow.survey()
    assert survey.revisions == tuple(Revision)
    assert survey.notes == ()


def test_silence_that_lasts_is_no_offer_and_is_noted() -> None:
    survey = _Slow(V2025_03_26=9).survey()
    assert Revision.V2025_03_26 not in survey.revisions
    assert survey.notes == ("2025-03-26: no answer within the time limit, so it counts as not offered",)


def test_a_discover_request_that_is_ignored_is_not_repeated() -> None:
    legacy = _Slow(V2026_07_28=9)
    survey = legacy.survey()
    assert legacy.opened[Revision.V2026_07_28] == 1
    assert survey.revisions == tuple(revision for revision in Revision if revision.era is Era.HANDSHAKE)


def test_an_attempt_that_was_answered_is_not_repeated() -> None:
    slow = _Slow(V2025_03_26=1)
    slow.survey()
    assert slow.opened[Revision.V2025_06_18] == 1
    assert slow.opened[Revision.V2025_03_26] == 2


def test_revisions_that_nobody_wants_are_not_tried() -> None:
    server = _Slow()
    survey = server.survey(Revision.V2026_07_28)
    assert survey.revisions == (Revision.V2026_07_28,)
    assert set(server.opened) == {Revision.V2025_11_25, Revision.V2026_07_28}


def test_where_no_wanted_revision_is_offered_the_reason_names_the_others() -> None:
    older = _Slow(V2025_06_18=9)
    with pytest.raises(TargetError, match="the server offers 2024-11-05, 2025-03-26, 2025-11-25, 2026-07-28"):
        older.survey(Revision.V2025_06_18)
