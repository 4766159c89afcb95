import logging

import httpx

logger = logging.getLogger(__name__)


async def show(request: httpx.Request) -> None:
    logger.debug("headers: %s", request.headers)  # good


client = httpx.AsyncClient(event_hooks={"request": [show]}, timeout=10)
