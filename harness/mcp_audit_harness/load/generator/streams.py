"""A client that listens: an event stream that stays open (GET or subscriptions/listen), and subscriptions.

One that the target drops is opened again; one that it refuses is tried again ever more rarely.
"""

from typing import Any, Final

from geventhttpclient.response import HTTPParseError

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

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.ear = Connection(self.pool, self.course.profile.timeout_s)

    def live(self) -> None:
        """Listen."""
        self.course.begun.wait()
        pause = _AGAIN_S
        while self.course.now() < self.course.end_s:
            reply = self._open()
            if reply is None:
                self.course.ledger.streams.refused += 1
                pause = min(pause * 2, _LONGEST_S)
            else:
                self._hold(reply)
                pause = _AGAIN_S
            self.ear.close()
            self.course.nap(pause)

    def on_stop(self) -> None:
        """Close the stream before the session that it belongs to."""
        self.ear.close()
        super().on_stop()

    def _open(self) -> Reply | None:
        """Open the stream, and what it needs before; return the answer once its header says that it is a stream."""
        if not self._prepare():
            return None
        try:
            reply = self.ear.begin(self._asked())
            until = self.course.now() + self.course.profile.timeout_s
            while not reply.headers_complete and self.course.now() < until:
                self.ear.follow(reply, _LOOK_S)
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
                if reply.whole:
                    ledger.streams.dropped += 1
                    return
                self.ear.follow(reply, _LOOK_S)
        except (OSError, HTTPParseError, NoAnswerError):
            ledger.streams.dropped += 1
        finally:
            self.course.streams_open -= 1

    def _prepare(self) -> bool:
        """Open the session and subscribe to what there is, where the revision does that by requests of their own."""
        if self.course.plan.revision.era is Era.STATELESS:
            return True
        talk = self.conversation
        if not talk.ready:
            talk.begin_session()
            for uri in self.course.plan.subscribe:
                talk.send(self._request("resources/subscribe", {"uri": uri}))
                talk.connection.settle()
        return talk.ready

    def _asked(self) -> bytes:
        if self.course.plan.revision.era is Era.HANDSHAKE:
            return self.conversation.raw("GET")
        wanted = {**_EVERY_CHANGE, "resourceSubscriptions": list(self.course.plan.subscribe)}
        return self.conversation.raw_request(self._request("subscriptions/listen", {"notifications": wanted}))

    def _request(self, method: str, params: dict[str, Any]) -> Request:
        return request(self.course.plan.revision, method, method, params, {})
