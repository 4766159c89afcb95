"""Load: requests at their scheduled times from many clients, by Locust in a process of its own, and what came of them."""
