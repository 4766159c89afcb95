"""What shows a run while it lasts: Locust's web page and the Prometheus endpoint, as far as the plan asks for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from locust.env import Environment

from ..plan import Plan
from .entry import Finish
from .ledger import Ledger
from .standing import Standing, standing


@contextmanager
def watched(
    found: Environment, plan: Plan, ledger: Ledger, tell: Callable[[str], object], finish: Finish
) -> Iterator[None]:
    """Show a run whose runner has been created; its page can end it by `finish`.

    `tell` is called with the address of the page once it listens.

    Raises:
        OSError: if a port is taken.
    """

    def look() -> Standing:
        return standing(ledger, found.runner.user_count if found.runner is not None else 0)

    page = endpoint = None
    try:
        if plan.metrics_port:
            from .metrics import MetricsServer  # noqa: PLC0415 - only what the plan needs

            endpoint = MetricsServer(plan, look)
        if plan.web_port:
            from .web import serve_page, web_url  # noqa: PLC0415

            page = serve_page(found, plan, look, finish)
            tell(web_url(plan))
        yield
    finally:
        if page is not None:
            page.stop()  # type: ignore[no-untyped-call]
        if endpoint is not None:
            endpoint.stop()
