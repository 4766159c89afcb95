"""A plain Locust user, as its documentation shows it; RATE, requests a second of each user, is in the environment."""

import json
import os

from locust import HttpUser, constant, constant_throughput, task

RATE = float(os.environ.get("RATE", "0"))
PREPARED = json.loads(os.environ["PREPARED"])


class Caller(HttpUser):
    """Sends one request over and over and reads the answer."""

    wait_time = constant_throughput(RATE) if RATE else constant(0)

    @task
    def call(self) -> None:
        """One request."""
        with self.client.post(
            "/mcp", data=PREPARED["body"], headers=PREPARED["headers"], name="tools/call", catch_response=True
        ) as answer:
            if "result" not in answer.json():
                answer.failure("no result")
