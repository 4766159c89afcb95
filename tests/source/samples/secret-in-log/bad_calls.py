import json
import logging
import os
import sys

from starlette.requests import Request

logger = logging.getLogger(__name__)
API_KEY = os.environ["SERVICE_API_KEY"]


async def handle(request: Request, ctx, settings) -> None:
    logger.debug(f"headers: {request.headers}")  # bad
    logger.info("request %s", dict(request.headers))  # bad
    logging.info("environment: %s", os.environ)  # bad
    logger.warning("cannot log in with " + settings.password)  # bad
    await ctx.info(f"using {API_KEY}")  # bad
    print(f"token={request.state.access_token}", file=sys.stderr)  # bad
    logger.error("refused: %s", json.dumps({"key": settings.api_key}))  # bad


def refresh(token: str, answer: dict[str, str]) -> None:
    logger.debug("refreshing {}".format(token))  # bad
    logger.debug("got %s", answer["refresh_token"])  # bad
