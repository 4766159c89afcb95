"""Locust's users over HTTP; `course` is set by the class that Locust runs."""

from typing import Any, ClassVar

from geventhttpclient.url import URL
from locust import task
from locust.contrib.fasthttp import FastHttpUser
from locust.exception import StopUser

from .conversation import Conversation
from .course import Course
from .loops import attend, hammer


class HttpClient(FastHttpUser):
    """One client, one connection."""

    abstract = True
    concurrency = 1
    course: ClassVar[Course]

    def __init__(self, environment: Any) -> None:
        plan = self.course.plan
        self.insecure = not plan.verify_tls
        self.connection_timeout = self.network_timeout = plan.profile.timeout_s
        super().__init__(environment)
        agent = self.client.client.clientpool.get_client(URL(plan.url))
        self.pool = agent._connection_pool  # noqa: SLF001 - the one way to the sockets of a FastHttpUser
        self.conversation = Conversation(self.course, self.pool)

    @task
    def work(self) -> None:
        """Live until the end of the run. (Locust adds the tasks of base classes: there is one for all classes.)"""
        self.live()
        raise StopUser

    def live(self) -> None:
        """Send what the schedule asks for."""
        attend(self.course, self.conversation)

    def on_stop(self) -> None:
        """Leave, whether the run is over or was ended."""
        self.conversation.leave()


class Abuser(HttpClient):
    """A client without manners: in the second half of the run it sends as fast as answers come."""

    abstract = True

    def live(self) -> None:
        """Hammer the target."""
        hammer(self.course, self.conversation)
