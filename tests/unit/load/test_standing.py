"""Where a run stands, and what the tabs of its page and the master of several generators make of it."""

from itertools import chain

import pytest
from mcp_audit_harness.load.generator.crew import Worker, blamed
from mcp_audit_harness.load.generator.ledger import Failure, Group, Ledger
from mcp_audit_harness.load.generator.peers import knows, read_task, task
from mcp_audit_harness.load.generator.results import generated
from mcp_audit_harness.load.generator.schedule import arrivals
from mcp_audit_harness.load.generator.standing import BOUNDS_S, standing
from mcp_audit_harness.load.generator.tabs import TABLES, tables
from mcp_audit_harness.load.plan import Profile, Stage
from mcp_audit_harness.model.loading import Bottleneck

from tests.generating import plan_of

PROFILE = Profile("test", "Test", (Stage(10, 5), Stage(20, 5)), clients=4, warmup_s=1)
REFUSED: Failure = ("jsonrpc", "-32603", "<b>no</b>")
GONE: Failure = ("http", "503", "")


def _ledger() -> Ledger:
    ledger = Ledger(PROFILE, "0")
    ledger.due(-0.5)
    ledger.record("ping", -0.5, -0.4)
    for at, took, error in ((0.5, 0.002, None), (1.5, 0.004, REFUSED), (6.0, 0.2, GONE), (7.0, 3.0, None)):
        ledger.due(at)
        ledger.record("tools/call add", at, at + took, error)
    ledger.record("initialize", 0.1, 0.2, None, Group.SESSION)
    ledger.record("tools/call add", 8.0, 8.1, REFUSED, Group.ABUSE)
    ledger.used(0, 0.25, 0.3)
    ledger.used(1, 0.75, 0.7)
    ledger.second(1).waiting = 3
    ledger.second(1).streams = 2
    ledger.close(1)
    return ledger


def test_a_standing_leaves_the_warmup_out_and_keeps_groups_apart() -> None:
    now = standing(_ledger(), 4)
    found = {(kind.group, kind.label): (kind.done, kind.failed()) for kind in now.kinds}
    assert found == {
        (Group.LOAD, "tools/call add"): (4, 2),
        (Group.SESSION, "initialize"): (1, 0),
        (Group.ABUSE, "tools/call add"): (1, 1),
    }
    assert (now.due, now.waiting, now.clients, now.streams.open, now.sessions_opened) == (4, 3, 4, 2, 1)


def test_latencies_are_counted_within_each_bound_and_summed() -> None:
    [kind] = [kind for kind in standing(_ledger(), 4).kinds if kind.group is Group.LOAD]
    within = dict(zip(BOUNDS_S, kind.within, strict=True))
    assert [within[bound] for bound in (0.001, 0.0025, 0.005, 0.1, 0.25, 2.5, 5.0, 30.0)] == [0, 1, 2, 2, 3, 3, 4, 4]
    assert list(kind.within) == sorted(kind.within)
    assert kind.seconds == pytest.approx(3.206, rel=1e-3)


def test_the_busiest_process_of_the_last_seconds_is_told() -> None:
    ledger = _ledger()
    assert standing(ledger, 4).busiest_percent == 50
    other = Ledger(PROFILE, "1")
    other.used(0, 0.9, 0.95)
    ledger.merge(other.dump())
    now = standing(ledger, 4)
    assert (now.busiest_percent, now.processes) == (95, 2)
    assert now.cpu_s == pytest.approx(1.9)


def test_nothing_yet_is_a_standing_too() -> None:
    now = standing(Ledger(PROFILE), 0)
    assert (now.due, now.kinds, now.processes, now.busiest_percent, now.late_p99_ms) == (0, (), 1, 0, 0)
    assert [table["data"] for table in tables(now)][:2] == [[], []]


def test_every_tab_has_rows_with_just_its_columns_and_the_layers_of_errors_apart() -> None:
    rows = {table["key"]: table["data"] for table in tables(standing(_ledger(), 4))}
    assert set(rows) == set(TABLES)
    for key, (_, columns) in TABLES.items():
        assert rows[key]
        assert all(set(columns) <= set(row) <= {*columns, "name"} for row in rows[key])
    own, abuse = (next(row for row in rows["mcp"] if row["name"] == name) for name in ("tools/call add", _ABUSE))
    assert (own["method"], own["subject"], own["done"], own["jsonrpc"], own["http"]) == ("tools/call", "add", 4, 1, 1)
    assert (abuse["done"], abuse["jsonrpc"]) == (1, 1)
    assert ("tools/call add", "JSON-RPC", "-32603", 1, "<b>no</b>") in {
        tuple(row.values()) for row in rows["mcpErrors"]
    }


_ABUSE = "tools/call add (abusive)"


def test_a_worker_needs_the_key_of_the_run() -> None:
    assert knows({"key": "k"}, "k")
    assert knows({"key": ""}, "")
    assert not any(knows(said, "k") for said in (None, {}, {"key": ""}, {"key": "K"}, {"key": 7}))


def test_a_plan_reaches_a_worker_as_it_was() -> None:
    plan = plan_of("http://127.0.0.1:1/mcp", rate=3)
    assert read_task(task(plan, 1, 3)) == (plan, 1, 3)


def test_what_a_lost_worker_has_not_reported_is_what_the_others_do_not_send() -> None:
    plan = plan_of("http://127.0.0.1:1/mcp", rate=10, duration_s=3, warmup_s=1)
    reported = [list(arrivals(plan.profile, plan.seed, worker, 3)) for worker in range(3)]
    lost = Worker(1, 0, due=4)
    missing = list(lost.missing(plan, 3, 3.0))
    assert reported[1][4:] == missing
    assert len([*chain(reported[0], reported[1][:4], missing, reported[2])]) == 40
    assert list(lost.missing(plan, 3, 0.0)) == [due for due in missing if due < 0]


def test_a_loss_makes_the_generator_the_bottleneck_of_every_stage_whatever_was_achieved() -> None:
    whole = generated(_ledger(), PROFILE, 10.0, interrupted=False)
    assert blamed(whole, []) is whole
    done = blamed(whole, [Worker(1, 0, lost_at_s=2.4).loss(3)])
    assert done.bottleneck is Bottleneck.GENERATOR
    assert all(stage.generator_bound for stage in done.stages)
    assert done.generator.lost == ("generator 2 of 3 was lost after 2 s; its share was not sent",)
