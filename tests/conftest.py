"""What every test can ask for."""

import gc
import itertools
import signal
import threading

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    # A shell has its background jobs ignore interrupts, and so would every program that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have each worker begin with some modules that start whole programs: a long test that comes last holds up all."""
    workers = getattr(config, "workerinput", {}).get("workercount", 0)
    if not workers:
        return
    modules = list(dict.fromkeys(item.path for item in items if item.get_closest_marker("e2e")))
    begins = {path: number % workers for number, path in enumerate(modules)}
    others = iter([item for item in items if item.path not in begins])
    share = -(-len(items) // workers)
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        own = [item for item in items if begins.get(item.path) == worker]
        ordered += [*own, *itertools.islice(others, max(0, share - len(own)))]
    items[:] = [*ordered, *others]


def pytest_collection_finish() -> None:
    """Keep the collector from walking through fourteen thousand collected tests again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
