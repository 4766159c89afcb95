"""A client without manners: in the second half of the run it sends as fast as answers come."""

from locust import task
from locust.exception import StopUser

from .http_user import HttpClient
from .loops import hammer


class Abuser(HttpClient):
    """Everything as a client does it, but for the pace."""

    abstract = True

    @task
    def work(self) -> None:
        """Hammer the target till the end of the run."""
        hammer(self.course, self)
        raise StopUser
