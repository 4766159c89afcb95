import jwt
from pydantic import BaseModel


class ServerStatus(BaseModel):
    auth_required: bool = False  # good
    auth_enabled: bool = False  # good


def claims_unverified(token: str) -> dict:
    """Return what a token says, for messages only."""
    return jwt.decode(token, options={"verify_signature": False})  # good


def mail_of(answer: dict) -> str:
    return jwt.decode(answer["id_token"], options={"verify_signature": False})["email"]  # good


async def call(session, args) -> None:
    auth_enabled = False  # good
    await session.get("https://example.com", auth=None)  # good
    await session.start(require_auth=args.auth or auth_enabled)


def created(user, make) -> str:
    token = make(user)
    return jwt.decode(token, options={"verify_signature": False})["jti"]  # good


def issuer(token: str, verifiers: dict) -> object:
    unverified = jwt.decode(token, options={"verify_signature": False})  # good
    return verifiers[unverified["iss"]](token)


def session(token: str) -> str:
    # The gateway has already verified the signature.
    return jwt.decode(token, options={"verify_signature": False})["sid"]  # good
