"""Load: requests at their scheduled times from many clients, by Locust in its own process, and what came of them."""
