import os

from example import Client

DB_PASSWORD = "tr0ub4dor&3-Kx9"  # bad
JWT_SECRET = os.getenv("JWT_SECRET", "9f8b2c7d1e6a4053bb71")  # bad
CONFIG = {"host": "db.internal", "api_key": "q7Rt2LmZ9vB4xN8c"}  # bad
client = Client(api_key="q7Rt2LmZ9vB4xN8c")  # bad


def connect(user: str, password: str = "Wint3r!2024snow") -> Client:  # bad
    return Client(user=user, password=password)
