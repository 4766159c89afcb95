import jwt

LENIENT = {"verify_signature": True, "verify_aud": False}


def user_of(token: str) -> str:
    return jwt.decode(token, options={"verify_signature": False})["sub"]  # bad


def subject(token: str, key: str) -> str:
    claims = jwt.decode(token, key, algorithms=["RS256"], options=LENIENT)  # bad
    return claims["sub"]


def weak(token: str, key: str) -> dict:
    return jwt.decode(token, key, algorithms=["HS256", "none"])  # bad
