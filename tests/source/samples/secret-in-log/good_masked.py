import logging
import os

logger = logging.getLogger(__name__)
API_KEY = "SERVICE_API_KEY"


def mask(text: str) -> str:
    return f"{text[:2]}…"


def connect(settings, token: str) -> None:
    logger.info("token %s", mask(token))  # good
    logger.debug("token has %d characters, begins %s", len(token), token[:4])  # good
    logger.info("password is set: %s", bool(settings.password))  # good
    logger.error("set %s first", API_KEY)  # good
    logger.info("key from %s", settings.api_key_source)  # good
    logger.debug("home %s", os.environ["HOME"])  # good
    logger.info("logged in as %s", token_owner(token))  # good


def token_owner(token: str) -> str:
    return token.partition(".")[0]
