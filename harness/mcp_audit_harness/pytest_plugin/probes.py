"""Probes for tests, sync and async: the same conversations that the checks hold."""

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, ExitStack
from types import TracebackType
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from ..api import take_survey
from ..model import Revision, Survey, Target
from ..opened import open_probe
from ..policy import Options
from ..probe import Probe

T = TypeVar("T")


class Probes:
    """Opens probes of one target; the target is asked once what it offers."""

    def __init__(self, target: Target, options: Options) -> None:
        self.target = target
        self.options = options
        self._survey: Survey | None = None

    def __call__(self, revision: str | Revision | None = None) -> "Opening":
        """Return a context that gives a probe at `revision`, or at the newest that the target offers."""
        return Opening(self, Revision(revision) if revision is not None else None)

    async def survey(self) -> Survey:
        """Return what the target offers; raises TargetError if that cannot be found out."""
        if self._survey is None:
            self._survey = await take_survey(self.target, self.options)
        return self._survey


class Opening:
    """A probe to be opened with `with` (every method of it blocks) or with `async with`."""

    def __init__(self, probes: Probes, revision: Revision | None) -> None:
        self._probes = probes
        self._revision = revision
        self._stack = ExitStack()
        self._async_stack = AsyncExitStack()

    async def __aenter__(self) -> Probe:
        survey = await self._probes.survey()
        opened = open_probe(self._probes.target, self._revision, options=self._probes.options, survey=survey)
        return await self._async_stack.enter_async_context(opened)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._async_stack.__aexit__(kind, error, trace)

    def __enter__(self) -> "Blocking":
        with ExitStack() as stack:
            portal = stack.enter_context(start_blocking_portal())
            probe = stack.enter_context(portal.wrap_async_context_manager(self))
            self._stack = stack.pop_all()
        return Blocking(probe, portal)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)


class Blocking:
    """A probe, or a session of one, whose methods wait for their results: `answer = probe.request("ping")`.

    It has all that `Probe` and `Session` have. What is a context there (`session`, `link`, `canary`) is one here.
    """

    def __init__(self, inner: Any, portal: BlockingPortal) -> None:
        self._inner = inner
        self._portal = portal

    def run(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Call an async function with the probe and further arguments, and wait for its result."""
        return self._portal.call(function, self._inner, *args)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._inner, name)
        return self._waiting(value) if callable(value) else value

    def _waiting(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **words: Any) -> Any:
            made = self._portal.call(_called, method, args, words)
            return self._context(made) if isinstance(made, AbstractAsyncContextManager) else made

        return call

    def _context(self, made: AbstractAsyncContextManager[Any]) -> AbstractContextManager["Blocking"]:
        return _BlockingContext(self._portal.wrap_async_context_manager(made), self._portal)


class _BlockingContext(AbstractContextManager[Blocking]):
    """A context of a probe whose content blocks, too."""

    def __init__(self, inner: AbstractContextManager[Any], portal: BlockingPortal) -> None:
        self._inner = inner
        self._portal = portal

    def __enter__(self) -> Blocking:
        return Blocking(self._inner.__enter__(), self._portal)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._inner.__exit__(kind, error, trace)


async def _called(method: Callable[..., Any], args: tuple[Any, ...], words: dict[str, Any]) -> Any:
    made = method(*args, **words)
    return await made if inspect.isawaitable(made) else made
