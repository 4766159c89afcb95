"""A vulnerable server and a correct one: every planted defect is found by its check, and nothing else is said."""

import sys
from pathlib import Path

import pytest

from tests.side_by_side.compare import finds, ours, serving
from tests.side_by_side.defects import DEFECTS

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]


@pytest.mark.parametrize("with_token", [False, True], ids=["open", "with-token"])
def test_every_planted_defect_is_found(tmp_path: Path, *, with_token: bool) -> None:
    planted = [defect for defect in DEFECTS if defect.with_token is with_token]
    with serving("vulnerable", with_token=with_token) as server:
        findings = ours(server, tmp_path, with_token=with_token)
    assert [defect.name for defect in planted if not finds(defect, findings)] == []


@pytest.mark.parametrize("with_token", [False, True], ids=["open", "with-token"])
def test_nothing_is_said_of_the_correct_server(tmp_path: Path, *, with_token: bool) -> None:
    with serving("correct", with_token=with_token) as server:
        findings = ours(server, tmp_path, with_token=with_token)
    assert [(finding["check"], finding["subject"], finding["message"]) for finding in findings] == []


def test_there_are_enough_of_them() -> None:
    assert len(DEFECTS) >= 20
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)
