"""How often one caller may ask: counted in sliding windows of a minute, in memory or in Redis."""

import math
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError, StorageError
from mcp_types import INTERNAL_ERROR

from oraclepack_mcp.http.settings import LimitSettings, Rate
from oraclepack_mcp.http.windows import Windows
from oraclepack_mcp.protocol.refusals import HttpRefusedError
from oraclepack_mcp.protocol.strict import RequestId

_PREFIX: Final = "oraclepack-mcp"
_REDIS_SECONDS: Final = 0.5


class Counter:
    """Counts in the shared storage, and while that is away in this process.

    Raises:
        ValueError: the storage needs a package that is not installed.
    """

    def __init__(self, storage_url: str | None) -> None:
        self._own = Windows()
        self._shared = SlidingWindowCounterRateLimiter(_redis(storage_url)) if storage_url else None

    async def hit(self, item: RateLimitItem, *names: str) -> bool:
        """Count one; False where that would be one too many, which is not counted."""
        if self._shared is not None:
            with suppress(StorageError):
                return await self._shared.hit(item, *names)
        return self._own.hit(item.amount, names)

    async def is_free(self, item: RateLimitItem, *names: str) -> bool:
        """Whether one more would be counted."""
        if self._shared is not None:
            with suppress(StorageError):
                return await self._shared.test(item, *names)
        return self._own.is_free(item.amount, names)

    async def retry_after_s(self, item: RateLimitItem, *names: str) -> int:
        """Whole seconds until one more is counted; at least one."""
        if self._shared is not None:
            with suppress(StorageError):
                stats = await self._shared.get_window_stats(item, *names)
                return max(1, math.ceil(stats.reset_time - time.time()))
        return self._own.retry_after_s(names)


class Rates:
    """Refuses what one caller asks for too often.

    Workers that do not count together get a share each: the sum is right where requests are spread evenly.
    """

    def __init__(self, settings: LimitSettings, *, authenticated: bool, workers: int = 1) -> None:
        shares = 1 if settings.storage_url else workers
        rate: Rate = (settings.authenticated if authenticated else settings.anonymous).share(shares)
        self._counter = Counter(settings.storage_url)
        self._requests = RateLimitItemPerMinute(rate.requests, namespace=_PREFIX)
        self._calls = RateLimitItemPerMinute(rate.calls_of_a_tool, namespace=_PREFIX)
        self._logins = RateLimitItemPerMinute(math.ceil(settings.failed_logins / shares), namespace=_PREFIX)

    async def request(self, caller: str) -> None:
        """Count a request.

        Raises:
            HttpRefusedError: 429.
        """
        await self._count(self._requests, "requests", caller)

    async def call(self, caller: str, tool: str, identity: RequestId | None = None) -> None:
        """Count a call of a tool.

        Raises:
            HttpRefusedError: 429.
        """
        await self._count(self._calls, "calls", caller, tool, identity=identity)

    async def check(self, address: str) -> None:
        """Refuse an address from which too many bad tokens came.

        Raises:
            HttpRefusedError: 429.
        """
        if not await self._counter.is_free(self._logins, "logins", address):
            raise await self._refusal(self._logins, "logins", address)

    async def failed(self, address: str) -> None:
        """Count a bad token."""
        await self._counter.hit(self._logins, "logins", address)

    async def _count(self, item: RateLimitItem, *names: str, identity: RequestId | None = None) -> None:
        if not await self._counter.hit(item, *names):
            raise await self._refusal(item, *names, identity=identity)

    async def _refusal(self, item: RateLimitItem, *names: str, identity: RequestId | None = None) -> HttpRefusedError:
        wait_s = await self._counter.retry_after_s(item, *names)
        return HttpRefusedError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"Too many requests; try again in {wait_s} s.",
            {"Retry-After": str(wait_s)},
            code=INTERNAL_ERROR,
            id=identity,
        )


def _redis(url: str) -> Storage:
    try:
        return RedisStorage(
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
        )
    except ConfigurationError as error:
        raise ValueError("counting requests in Redis needs the package redis") from error
