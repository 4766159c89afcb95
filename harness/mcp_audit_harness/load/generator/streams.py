"""A client that listens: an event stream that stays open (GET or subscriptions/listen), and subscriptions.

One that the target drops is opened again; one that it refuses is tried again ever more rarely.
"""

from typing import Final

from geventhttpclient.response import HTTPParseError
from locust import task
from locust.exception import StopUser

from ...model import Era
from .answers import take_events
from .connection import Connection, NoAnswerError, Reply
from .http_user import HttpClient
from .messages import Request, request

_AGAIN_S: Final = 1.0
_LONGEST_S: Final = 30.0
_LOOK_S: Final = 0.5
"""How often a silent stream looks whether the run is over."""
_EVERY_CHANGE: Final = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}


class Listener(HttpClient):
    """Holds one stream open for the whole run, over a connection of its own beside that of its session."""

    abstract = True
    concurrency = 2

    @task
    def work(self) -> None:
        """Listen till the end of the run."""
        self.course.begun.wait()
        self._ear = Connection(self.pool, self.course.profile.timeout_s)
        pause = _AGAIN_S
        while self.course.now() < self.course.end_s:
            reply = self._open()
            if reply is None:
                self.course.ledger.streams.refused += 1
                pause = min(pause * 2, _LONGEST_S)
            else:
                self._hold(reply)
                pause = _AGAIN_S
            self._ear.close()
            self.course.sleep_until(self.course.now() + pause)
        raise StopUser

    def leave(self) -> None:
        """Close the stream before the session that it belongs to."""
        ear: Connection | None = getattr(self, "_ear", None)
        if ear is not None:
            ear.close()
        super().leave()

    def _open(self) -> Reply | None:
        """Open the stream, and what it needs before; return the answer once its header says that it is a stream."""
        if not self._prepare():
            return None
        try:
            reply = self._ear.begin(self._asked())
            until = self.course.now() + self.course.profile.timeout_s
            while not reply.headers_complete and self.course.now() < until:
                self._ear.follow(reply, _LOOK_S)
        except (OSError, HTTPParseError, NoAnswerError):
            return None
        return reply if reply.headers_complete and reply.get_code() == 200 and reply.streams else None

    def _hold(self, reply: Reply) -> None:
        """Count events until the run or the stream ends."""
        ledger = self.course.ledger
        ledger.streams.opened += 1
        self.course.streams_open += 1
        try:
            while self.course.now() < self.course.end_s:
                ledger.streams.events += sum(1 for _ in take_events(reply.buffer))
                if reply.message_complete:
                    ledger.streams.dropped += 1
                    return
                self._ear.follow(reply, _LOOK_S)
        except (OSError, HTTPParseError, NoAnswerError):
            ledger.streams.dropped += 1
        finally:
            self.course.streams_open -= 1

    def _prepare(self) -> bool:
        """Open the session and subscribe to what there is, where the revision does that by requests of their own."""
        if self.revision.era is Era.STATELESS:
            return True
        if not self.ready:
            self.begin_session()
            if not self.ready:
                return False
            for uri in self.course.plan.subscribe:
                self.send(request(self.revision, "resources/subscribe", "resources/subscribe", {"uri": uri}, {}))
            self.connection.settle()
        return True

    def _asked(self) -> bytes:
        if self.revision.era is Era.HANDSHAKE:
            return self.raw("GET")
        wanted = {**_EVERY_CHANGE, "resourceSubscriptions": list(self.course.plan.subscribe)}
        asked: Request = request(
            self.revision, "subscriptions/listen", "subscriptions/listen", {"notifications": wanted}, {}
        )
        return self.raw("POST", asked.head, asked.body(next(self.ids)))
