import logging
import math

logger = logging.getLogger(__name__)


def parse(text: str, usage, response, request) -> float:
    for token in text.split():
        logger.debug("unknown word %s", token)  # good
    logger.info("%d tokens of %d", usage.total_tokens, usage.max_tokens)  # good
    logger.debug("next page: %s", response.next_page_token)  # good
    logger.debug("rate: %s", response.headers.get("x-ratelimit-remaining"))  # good
    logger.debug("type %s", request.headers["content-type"])  # good
    print("password:", end="")  # good
    return math.log(usage.token)  # good


def on_progress(params: dict) -> None:
    token = params["token"]
    logger.info("progress %s: %s", token, params["value"])  # good
